"""What the checks of health monitoring share."""

import ast

from pytest_readiness.authoring import Place, Repo, Units, unknown

from .platform_units import existing


def judge_probes(repo: Repo, units: Units) -> None:
    """Count for each required service whether a health route or the facade's health method looks at its backend."""
    if not repo.resilience.applies:
        unknown("neither a cloud nor a language model is used: set services and paths.facade, or disable the check")
    for service in repo.settings.services:
        found = repo.health.probes.of(service)
        if found and not found[0].shortcoming:
            units.good(service, found[0].site, note="its own backend is looked at")
        elif found:
            units.bad(service, found[0].site, note=found[0].shortcoming)
        else:
            units.bad(service, *elsewhere(repo, service), note=without_probe(repo, service))


def without_probe(repo: Repo, service: str) -> str:
    """Why a service has no probe: what would have to be looked at."""
    backends = sorted(b.partition(":")[2] or b for b in repo.health.probes.backends.services[service])
    if not backends:
        return "no health route looks at it: no class of it with a client is known"
    return f"no health route or health method looks at its backend ({', '.join(backends[:4])})"


def elsewhere(repo: Repo, service: str) -> list[Place]:
    """The entry of a health method that maps the service to something else, else where the service is constructed."""
    for function in (f for f in repo.health.probes.reached if f.module in repo.resilience.modules):
        for table in (n for n in ast.walk(function.node) if isinstance(n, ast.Dict)):
            for key in table.keys:
                if isinstance(key, ast.Constant) and key.value == service:
                    return [function.module.at(key)]
    for module, call, _ in repo.health.probes.backends.constructed(service):
        return [module.at(call)]
    return existing(repo, repo.resilience.place) if repo.resilience.module is not None else []


def judge_accuracy(repo: Repo, units: Units) -> None:
    """Count the health routes whose answers follow what they look at."""
    assert repo.health.verdicts, "there is no health route"
    for route, verdict in repo.health.verdicts.items():
        units.decide(f"{route.own_path} ({route.function.qualname})", verdict.holds, *verdict.places, note=verdict.note)


def judge_endpoints(repo: Repo, units: Units) -> None:
    """Count the HTTP applications that a load balancer can ask for their health."""
    if not repo.health.applications:
        unknown("no module constructs an HTTP application that is known here: disable the check if there is none")
    for application in repo.health.applications:
        name, asked = application.module.path, [a.site for a in application.asked]
        if application.problem is not None:
            units.bad(name, application.site, application.problem, note="the module cannot be imported")
        elif not asked:
            units.bad(name, application.site, note="no health route is registered on it")
        elif not application.answers:
            units.bad(name, *asked[:1], *application.refused[:1], note="its health routes ask for a credential")
        else:
            units.good(name, application.site, *asked[:1], note="answers about its health without a credential")


def judge_dashboard(repo: Repo, units: Units) -> None:
    """Count the one question: does a dashboard show how healthy the services are?"""
    panels = repo.health.panels
    shown = [p for p in panels if p.exists]
    if shown:
        units.good("dashboard", shown[0].site, *shown[0].emitted, note=f"shows {shown[0].use.name}")
    elif panels:
        units.bad("dashboard", panels[0].site, note=f"nothing emits {panels[0].use.name}")
    else:
        boards = repo.telemetry.dashboards[:3]
        note = "no panel shows a health signal" if boards else "there is no dashboard"
        units.bad("dashboard", *boards, *repo.telemetry.rejected_dashboards[:3], note=note)
