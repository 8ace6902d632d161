"""What the checks of single agents share: the judgement of the links."""

from collections.abc import Iterable

from pytest_readiness.authoring import Evidence, Place, Repo, Units, needs_models, unknown

from .swedish import swedish_signs

NO_CALL = "the agent makes no call of the model"
LINKS = ("CENTRAL", "CALLED", "USED", "WIRED")


def judge_links(repo: Repo, units: Units, team: str, role: str) -> None:
    """Count the four links between the team's agent and the central service."""
    _judge(repo, units, team, role, LINKS)


def judge_refactored(repo: Repo, units: Units, team: str, role: str) -> None:
    """Count the four links, and that the agent's file is free of vendor SDKs."""
    _judge(repo, units, team, role, ("DIRECT-FREE", *LINKS))


def _judge(repo: Repo, units: Units, team: str, role: str, names: Iterable[str]) -> None:
    place = repo.llm.role(team, role)
    if place is None:
        unknown(f"the roster has no {role} in team {team}: name it in [tool.readiness.teams.{team}] roles and files")
    needs_models(repo)
    problem = repo.llm.problem(place)
    if problem is not None:
        units.cite(*existing(repo, problem), note=problem.note)
        for name in names:
            units.bad(name, note=f"{place.path} cannot be loaded")
        return
    links = repo.llm.links[place.title]
    found = {link.name: link for link in (links.direct_free, *links.four)}
    for name in names:
        units.decide(name, found[name].ok, *found[name].places, note=found[name].note)


def judge_swedish(repo: Repo, units: Units) -> None:
    """Count for each agent of the teams with language sv whether every question of it is Swedish."""
    roles = [r for r in repo.llm.roster if r.language == "sv"]
    if not roles:
        unknown('no team works in Swedish: set language = "sv" in [tool.readiness.teams.<team>]')
    for role in roles:
        needs_models(repo)
        problem = repo.llm.problem(role)
        if problem is not None:
            units.bad(role.title, *existing(repo, problem), note=f"cannot be loaded: {problem.note}")
        else:
            ok, places = _swedish(repo, role.title)
            units.decide(role.title, ok, *places, note=places[0].note)


def _swedish(repo: Repo, title: str) -> tuple[bool, list[Evidence]]:
    """Whether the agent asks every question in Swedish, and the calls that show it."""
    links = repo.llm.links[title]
    called = links.four[1]
    if not links.sites or not called.ok:
        return False, [Evidence(path=p.path, line=p.line, note=called.note or NO_CALL) for p in called.places]
    asked = [(site, *_asked_in_swedish(links.prompts.texts(site))) for site in links.sites]
    places = [(ok, Evidence(path=site.path, line=site.line, note=note)) for site, ok, note in asked]
    english = [place for ok, place in places if not ok]
    return not english, english or [place for _, place in places]


def _asked_in_swedish(texts: list[str]) -> tuple[bool, str]:
    """Whether every wording of a question is Swedish, and the words that decided."""
    found = [swedish_signs(text) for text in texts]
    return next((f for f in found if not f[0]), found[0])


def existing(repo: Repo, place: Place) -> list[Place]:
    """The place, or the nearest folder where its file does not exist; nothing where there is no such folder."""
    if repo.files.exists(place.path):
        return [place]
    parts = place.path.split("/")
    folders = ["/".join(parts[:end]) for end in range(len(parts) - 1, 0, -1)]
    nearest = next((f for f in folders if repo.files.exists(f)), None)
    return [Evidence(path=nearest, note=f"{place.path} does not exist")] if nearest else []
