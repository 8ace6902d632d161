"""What the checks of fallbacks share: the agents that call the model, and what a path shows."""

from collections.abc import Iterator

from pytest_readiness.authoring import Place, Repo, Units, needs_models

from .agents import existing


def judge_fallbacks(repo: Repo, units: Units) -> None:
    """Count for each agent that calls the model whether it answers on both paths of every call."""
    needs_models(repo)
    for title, problem in calling_agents(repo):
        if problem:
            units.bad(title, *problem, note="the agent cannot be loaded")
            continue
        sites = repo.llm.links[title].outages
        short = [place for outage in sites for place in outage.shortcomings]
        good = [place for outage in sites for place in outage.shown]
        units.decide(title, not short, *(short or good), note=short[0].note if short else "")


def judge_substance(repo: Repo, units: Units) -> None:
    """Count for each call of the model whether what is returned instead is worked out from the request."""
    needs_models(repo)
    for title, problem in calling_agents(repo):
        if problem:
            for name in _unit_names(repo, title):
                units.bad(name, *problem, note="the agent cannot be loaded")
            continue
        for outage in repo.llm.links[title].outages:
            short = [*outage.shortcomings, *outage.hollow]
            name = f"{title}.{outage.function}"
            units.decide(name, not short, *(short or outage.shown), note=short[0].note if short else "")


def judge_tested(repo: Repo, units: Units) -> None:
    """Count for each agent that calls the model whether a test drives its fallback and asserts the answer."""
    needs_models(repo)
    for title, problem in calling_agents(repo):
        driven = [e for e in repo.llm.exercises.of(title) if e.reaches_model and e.modes & {"absent", "raising"}]
        note = "" if driven else "no test that counts builds it without the model, calls it and asserts the answer"
        places = [e.call for e in driven] or problem or [repo.llm.agents[title]]
        units.decide(title, bool(driven), *places, note=note)


def calling_agents(repo: Repo) -> Iterator[tuple[str, list[Place]]]:
    """Title of each agent that calls the model itself, and why it cannot be loaded (nothing where it can).

    A file that cannot be read as Python counts: what it holds cannot be told, and breaking it must not help.
    """
    for role in repo.llm.roster:
        agent = repo.llm.agents.get(role.title)
        if repo.llm.is_unreadable(role) or (agent is not None and agent.sites):
            problem = repo.llm.problem(role)
            yield role.title, existing(repo, problem) if problem else []


def _unit_names(repo: Repo, title: str) -> list[str]:
    """One unit for each call of the agent; one for the agent where its calls cannot be told."""
    agent = repo.llm.agents.get(title)
    return [f"{title} line {site.line}" for site in agent.sites] if agent else [title]
