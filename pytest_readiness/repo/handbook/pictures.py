"""Pictures of the system and of each team."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.docs import Diagram, Document, Section
from pytest_readiness.repo.handbook.places import in_docs_folder
from pytest_readiness.repo.handbook.sections import Element
from pytest_readiness.repo.handbook.teams import AgentTeam
from pytest_readiness.repo.modules import Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Pictures:
    """Which diagrams show the system, and which a team."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def of_system(self) -> Element:
        """Whether a document outside the teams' folders draws all teams, or shows an image of the architecture."""
        teams = self._repo.handbook.teams
        outside = [d for d in self._repo.documents.all() if not any(t.folder and t.holds(d.path) for t in teams)]
        drawn = [(d, document) for document in outside for d in self._repo.docs.diagrams(document)]
        shown = [d for d, document in drawn if not d.problem and self._shows_system(d, document)]
        if shown:
            return Element("the system", True, tuple(_site(d, "draws the system") for d in shown))
        why = [(d, d.problem or self._absent(d)) for d, document in drawn if _is_architectural(d, document)]
        return _rejected("the system", why or [(d, d.problem or self._absent(d)) for d, _ in drawn])

    def _shows_system(self, diagram: Diagram, document: Document) -> bool:
        if all(t.is_named(diagram.text) for t in self._repo.handbook.teams):
            return True
        return diagram.kind == "image" and _is_architectural(diagram, document)

    def _absent(self, diagram: Diagram) -> str:
        missing = [t.title for t in self._repo.handbook.teams if not t.is_named(diagram.text)]
        return f"the {diagram.kind} diagram does not show {', '.join(missing)}"

    def of_team(self, team: AgentTeam) -> Element:
        """Whether one of the team's documents has a diagram, or a section in docs/ whose heading names the team."""
        own = [d for d in self._repo.documents.all() if team.holds(d.path)]
        others = [d for d in self._repo.documents.all() if in_docs_folder(d.path, self._repo.settings)]
        named = [s for d in others for s in d.sections if team.is_named(s.title)]
        drawn = list(self._drawn([*own, *named]))
        shown = [d for d in drawn if not d.problem]
        if shown:
            return Element(team.title, True, tuple(_site(d, f"draws {team.title}") for d in dict.fromkeys(shown)))
        return _rejected(team.title, [(d, d.problem) for d in drawn])

    def _drawn(self, parts: Iterable[Document | Section]) -> Iterator[Diagram]:
        return (d for part in parts for d in self._repo.docs.diagrams(part))


def _is_architectural(diagram: Diagram, document: Document) -> bool:
    """Whether a section on the architecture holds the diagram."""
    return any(s.holds(diagram.line) for s in document.matching("architecture"))


def _site(diagram: Diagram, note: str) -> Site:
    return Site(diagram.path, diagram.line, note)


def _rejected(name: str, why: list[tuple[Diagram, str]]) -> Element:
    note = why[0][1] if why else "no diagram"
    return Element(name, False, tuple(_site(d, problem) for d, problem in why[:5]), note)
