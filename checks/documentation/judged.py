"""What the checks of this category share: elements as units, the best of several tries, repositories without teams."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from pytest_readiness.authoring import Place, Repo, Units, unknown


class Element(Protocol):
    """One thing that a document must hold."""

    @property
    def name(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def places(self) -> Sequence[Place]: ...
    @property
    def note(self) -> str: ...


def count(units: Units, elements: Iterable[Element]) -> None:
    """Count each element."""
    for element in elements:
        units.decide(element.name, element.ok, *element.places, note=element.note)


def count_best(units: Units, tried: Iterable[Sequence[Element]], missing: str) -> None:
    """Count the elements of the try that has most of them; fail with this message where there is none."""
    listed = list(tried)
    assert listed, missing
    count(units, max(listed, key=lambda elements: sum(e.ok for e in elements)))


def skip_without_teams(repo: Repo) -> None:
    """End the check where the repository has no agent team."""
    if not repo.handbook.teams:
        unknown(
            "no agent team exists in this repository: set [tool.readiness.teams.<team>] files (or folder), "
            "or disable the check with a reason"
        )


def judge_readme(repo: Repo, units: Units, name: str) -> None:
    """Count the eight elements of the team's README."""
    team = repo.handbook.all_teams.get(name)
    if team is None or not team.roles:
        unknown(f"the settings have no roles for team {name}: disable the check with a reason, or set its files")
    skip_without_teams(repo)
    assert team.exists, f"there is no team {name} at {team.path}"
    readmes = [repo.handbook.readme(team, document).elements for document in team.readmes]
    count_best(units, readmes, f"there is no README directly in {team.path}")
