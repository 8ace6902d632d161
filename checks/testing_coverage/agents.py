"""What the checks of agents' tests share: the roster's agents, and the tests that exercise them."""

import re

from pytest_readiness.authoring import Place, Repo, Units, needs_models, unknown

WAYS = {
    "ANSWERING": ({"answering"}, "a model that answers"),
    "ABSENT or RAISING": ({"absent", "raising"}, "no model, or one that raises"),
    "ABSENT": ({"absent"}, "no model"),
    "RAISING": ({"raising"}, "a model that raises"),
}
"""Way of building an agent -> the modes that it stands for, and what the agent has then."""
UNUSED = "no test that counts calls it and asserts the answer"
_WORD = re.compile(r"[^\W\d_]+")


def judge_exercised(repo: Repo, units: Units) -> None:
    """Count for each agent whether a test makes it work."""
    needs_models(repo)
    if not repo.llm.roster:
        unknown("no team has a role: set [tool.readiness.teams.<team>] roles, or disable the check")
    for role in repo.llm.roster:
        _decide(repo, units, role.title, _driven(repo, role.title), UNUSED)


def judge_team(repo: Repo, units: Units, team: str) -> None:
    """Count for each agent of the team whether it is tested with and without the model."""
    needs_models(repo)
    roles = [role for role in repo.llm.roster if role.team == team]
    if not roles:
        unknown(
            f"the roster has no team {team}: set [tool.readiness.teams.{team}] roles and files, or disable the check"
        )
    for role in roles:
        if repo.llm.is_unreadable(role) or _asks(repo, role.title):
            _judge_ways(repo, units, role.title, "ANSWERING", "ABSENT or RAISING")
        else:
            _decide(repo, units, role.title, _driven(repo, role.title), UNUSED)


def judge_outages(repo: Repo, units: Units) -> None:
    """Count for each agent that asks the model itself whether both ways of losing it are tested."""
    needs_models(repo)
    for role in repo.llm.roster:
        agent = repo.llm.agents.get(role.title)
        if repo.llm.is_unreadable(role) or (agent is not None and agent.sites):
            _judge_ways(repo, units, role.title, "ABSENT", "RAISING")
    if not units.judged:
        units.bad("agents", note="no agent of the roster calls a model itself: there is no outage to test")


def judge_swedish(repo: Repo, units: Units) -> None:
    """Count for each agent of the teams with language sv whether a test asserts Swedish of its answer or prompt."""
    needs_models(repo)
    roles = [role for role in repo.llm.roster if role.language == "sv"]
    if not roles:
        unknown('no team works in Swedish: set language = "sv" in [tool.readiness.teams.<team>], or disable the check')
    words = frozenset(word.lower() for word in repo.settings.tests.swedish_words)
    for role in roles:
        note = "no test that counts compares a Swedish text with its answer or its prompt"
        exercises = (e for e in repo.llm.exercises.of(role.title) if e.reaches_model)
        _decide(repo, units, role.title, [e.call for e in exercises if _swedish(e.texts, words)], note)


def _judge_ways(repo: Repo, units: Units, title: str, *ways: str) -> None:
    """Count for each way of building the agent whether a test exercises its calls of the model so."""
    for way in ways:
        modes, words = WAYS[way]
        note = f"no test that counts asks it with {words} and asserts the answer"
        exercises = (e for e in repo.llm.exercises.of(title) if e.reaches_model)
        _decide(repo, units, f"{title} {way}", [e.call for e in exercises if e.modes & modes], note)


def _driven(repo: Repo, title: str) -> list[Place]:
    """Where tests call a method of the agent and assert what it gives."""
    return [e.call for e in repo.llm.exercises.of(title)]


def _decide(repo: Repo, units: Units, name: str, driven: list[Place], note: str) -> None:
    """Count whether tests drive the agent whose title starts the name."""
    units.decide(name, bool(driven), *(driven or _agent(repo, name.partition(" ")[0])), note="" if driven else note)


def _agent(repo: Repo, title: str) -> list[Place]:
    """Where the agent stands; nothing where its file does not exist."""
    role = next(r for r in repo.llm.roster if r.title == title)
    problem = repo.llm.problem(role)
    place = problem or repo.llm.agents[title]
    return [place] if repo.files.exists(place.path) else []


def _asks(repo: Repo, title: str) -> bool:
    """Whether the agent calls the model, or hands its handle to agents that do."""
    agent, links = repo.llm.agents.get(title), repo.llm.links.get(title)
    return (agent is not None and bool(agent.sites)) or (links is not None and bool(links.delegates))


def _swedish(texts: frozenset[str], words: frozenset[str]) -> bool:
    """Whether a text holds a Swedish letter or one of the words."""
    return any(set(t.lower()) & set("åäö") or words & set(_WORD.findall(t.lower())) for t in texts)
