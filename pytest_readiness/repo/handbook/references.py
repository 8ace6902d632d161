"""What reference documentation says of the code: the LLM service's methods, the tools and routes of teams."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.docs import Document, Section
from pytest_readiness.repo.handbook.llm_interface import own_parameters
from pytest_readiness.repo.handbook.places import in_docs_folder
from pytest_readiness.repo.handbook.sections import Element, at, own, text_of
from pytest_readiness.repo.handbook.teams import AgentTeam
from pytest_readiness.repo.handbook.tools import Offer, has_word
from pytest_readiness.repo.modules import Function, Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

TOOL_WORDS = 5
"""Words that the section of a tool has at least."""
_RESULT = re.compile(
    r"\b(?:returns?|returned|returner\w*|yields?)\b|\bsvar\w*"
    r"|\b(?:ger|lämnar) (?:\w+ )?(?:tillbaka|text\w*|list\w*|ett|en|antal\w*)\b|->|→",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"\\?\{[^/{}]*\}|<[^/<>]*>|:\w+")
_SEGMENT = r"(?:\{[^/{}\s]+\}|<[^/<>\s]+>|:\w+|\$?[\w.~-]+)"


class References:
    """Which methods, tools and routes the documents explain."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def of_method(self, method: Function) -> Element:
        """Whether a section in the LLM service's folder or in docs/ explains the method."""
        tried = [
            self._method_in(method, s)
            for d in self._llm_documents()
            for s in d.sections
            if has_word(s.title, method.name)
        ]
        if not tried:
            return Element(method.name, False, (_defined(method),), f"no section is headed {method.name}")
        return min(tried, key=lambda e: (not e.ok, len(e.note)))

    def _llm_documents(self) -> Iterator[Document]:
        folder = self._repo.handbook.llm_interface.folder
        for document in self._repo.documents.all():
            is_beside = folder is not None and (not folder or document.path.startswith(folder + "/"))
            if is_beside or in_docs_folder(document.path, self._repo.settings):
                yield document

    def _method_in(self, method: Function, section: Section) -> Element:
        text = text_of(section)
        missing = [f"the parameter {p}" for p in own_parameters(method) if not has_word(text, p)]
        missing += [] if _RESULT.search(text) else ["what comes back"]
        if not section.has_substance:
            missing = ["more than a heading"]
        if not missing:
            return Element(method.name, True, (at(section, f"explains {method.name}"),))
        note = f"its section lacks {', '.join(missing)}"
        return Element(method.name, False, (at(section, note), _defined(method)), note)

    def of_offer(self, team: AgentTeam, offer: Offer) -> Element:
        """Whether a section of the team's documents or in docs/ explains the tool or route."""
        sections = [o for d in self._team_documents(team) for o in _own_sections(d) if _presents(o, offer)]
        tried = [(o, [p.name for p in offer.parameters if not p.is_named(text_of(o))]) for o in sections]
        for section, missing in tried:
            if not missing:
                return Element(offer.title, True, (_presented(section, offer),))
        place = Site(offer.path, offer.line, f"{offer.title} is not documented")
        if not tried:
            return Element(offer.title, False, (place,), "no section presents it")
        section, missing = min(tried, key=lambda t: len(t[1]))
        note = f"it is presented without {', '.join(missing)}"
        return Element(offer.title, False, (at(section, note), place), note)

    def _team_documents(self, team: AgentTeam) -> Iterator[Document]:
        for document in self._repo.documents.all():
            if team.holds(document.path) or in_docs_folder(document.path, self._repo.settings):
                yield document


def _defined(method: Function) -> Site:
    return Site(method.path, method.line, f"{method.qualname} is defined here")


def _own_sections(document: Document) -> Iterator[Section]:
    """Each section's own text; what stands before the first heading too."""
    yield own(document.whole)
    yield from (own(s) for s in document.sections)


def _presents(section: Section, offer: Offer) -> bool:
    """Whether the section's own text names the offer in its heading, as inline code or in a fence, in enough words."""
    if section.words < TOOL_WORDS:
        return False
    return any(_names(text, offer) for text in _marked(section))


def _marked(section: Section) -> Iterator[str]:
    """The heading, inline code and fences of a section; a directory tree is no fence that presents anything."""
    yield section.title if section.level else ""
    yield from (code for t in section.texts for code in t.codes)
    yield from (code for r in section.rows for cell in r.cells for code in re.findall(r"`+([^`]+)`+", cell))
    yield from (f.text for f in section.fences if not re.search(r"[├└]──|^[|`+]--", f.text, re.MULTILINE))


def _names(text: str, offer: Offer) -> bool:
    if not offer.is_route:
        return has_word(text, offer.name)
    parts = [_SEGMENT if _PARAMETER.fullmatch(p) else re.escape(p) for p in offer.name.strip("/").split("/")]
    return (
        re.search(rf"(?:^|[\s`'\"(]|://[^/\s]+)/{'/'.join(parts)}/?(?=$|[\s`'\"?),#;])", text, re.MULTILINE) is not None
    )


def _presented(section: Section, offer: Offer) -> Site:
    """The line of the section that names the offer."""
    line = next((t.line for t in section.said if _names(t.text, offer)), section.line)
    return Site(section.path, line, f"presents {offer.title}")
