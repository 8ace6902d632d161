"""What the checks of providers share."""

from pytest_readiness.authoring import Place, Repo, Units, needs_models

LABELS = {"bedrock": "Bedrock", "openai": "OpenAI"}


def judge_provider(repo: Repo, units: Units, kind: str) -> None:
    """Count whether a class asks the vendor (PROVIDER), and whether the service gets there (SELECTED)."""
    needs_models(repo)
    found, label = repo.llm.providers, LABELS[kind]
    asking = [ask.at(f"{view.cls.name} asks {label} and returns its answer") for view, ask in found.asking(kind)]
    note = f"no class outside the agents asks {label} in a completion method and returns the answer"
    units.decide("PROVIDER", bool(asking), *asking, note="" if asking else note)
    selecting = [ask.at(f"{view.cls.name} gets answers of {label} here") for view, ask in found.selecting(kind)]
    note = f"no service class that can be imported gets answers of {label}"
    units.decide("SELECTED", bool(selecting), *(selecting or _services(repo)), note="" if selecting else note)


def judge_local(repo: Repo, units: Units) -> None:
    """Count whether the service answers by itself when no remote provider can be used."""
    needs_models(repo)
    places = [site for _, site in repo.llm.providers.local()]
    note = "the service has no answer of its own when its remote providers are away"
    where: list[Place] = [*places] or [*repo.llm.providers.gives_up, *_services(repo)]
    units.decide("local answer", bool(places), *dict.fromkeys(where), note="" if places else note)


def judge_failover(repo: Repo, units: Units) -> None:
    """Count the two hops: between Bedrock and OpenAI, and from a remote provider to the local answer."""
    needs_models(repo)
    found = repo.llm.providers
    crossing = [*found.hops("bedrock", "openai"), *found.hops("openai", "bedrock")]
    for name, pairs in (("BEDROCK-OPENAI", crossing), ("REMOTE-LOCAL", found.hops("remote", "local"))):
        places = [place for ask, answer in pairs for place in (ask.at("when this fails"), answer)]
        note = "no service class that can be imported hands a failing request on"
        units.decide(name, bool(places), *dict.fromkeys(places or _services(repo)), note="" if places else note)


def _services(repo: Repo) -> list[Place]:
    """The service classes there are, and why others cannot be used."""
    return [*repo.llm.providers.dead, *(view.cls for view in repo.llm.providers.services)]
