"""Sections on how the system hangs together: where data flows, what is deployed, what happens when a part fails."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.delivery.roots import CDK, IacRoot
from pytest_readiness.repo.docs import Diagram, Document, Section
from pytest_readiness.repo.handbook.sections import (
    STEPS,
    Element,
    at,
    below_title,
    found,
    lines_with,
    ordered_lists,
    text_of,
)
from pytest_readiness.repo.handbook.teams import letters
from pytest_readiness.repo.modules import Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

FAILOVER_WORDS = 25
_OTHER_FLOW = re.compile(
    r"work[ -]?flow|\bdemo\b|\bauth(?:entication|orization)?\b|log-?in|inloggning|autentisering", re.IGNORECASE
)
_DATA_FLOW = re.compile(r"data[ -]?flow|dataflöde", re.IGNORECASE)
_ENTRY = re.compile(
    r"\busers?\b|\bclients?\b|front-?end|\bbrowsers?\b|\bAPI\b|\bAPI-|användar|\bklient|webbläsar", re.IGNORECASE
)
_STORE = re.compile(
    r"database|dynamo|\bS3\b|redis|\bcach(?:e|en|ar)|opensearch|supabase|postgres|\bstor(?:e[sd]?|age)\b|databas|lagr",
    re.IGNORECASE,
)
_PROTECTION = re.compile(
    r"tenant|personal data|\bPII\b|encrypt|\bmask(?:s|ed|ing|as|erar|eras|ering)?\b|personuppgift|krypter|hyresgäst"
    r"|avidentifier|anonymiser|pseudonymiser",
    re.IGNORECASE,
)
_DEPLOYED = re.compile(
    r"deploy|infrastructure|production|network|\baws\b|cloud|\bdrift|infrastruktur|nätverk|produktion|\bmoln",
    re.IGNORECASE,
)
_INFRASTRUCTURE = re.compile(r"deploy|infrastructure|infrastruktur|driftsätt", re.IGNORECASE)
_ENVIRONMENTS = {
    "dev": re.compile(r"\bdev\b|\bdevelopment\b(?! kit)|utvecklingsmiljö|\butveckling\b", re.IGNORECASE),
    "staging": re.compile(r"\bstag(?:ing|e)\b|stagingmiljö|\bstagning|\btestmiljö|förproduktion", re.IGNORECASE),
    "prod": re.compile(
        r"\bprod\b|\bproduction\b(?![- ](?:ready|grade))|\bproduktion|\bskarp(?:a|t)? (?:miljö|drift)", re.IGNORECASE
    ),
}
_TRIGGER = re.compile(
    r"failure[ _-]threshold"
    r"|\b(?:\d+|two|three|four|five|six|seven|eight|nine|ten|två|tre|fyra|fem|sex|sju|åtta|nio|tio)\s+"
    r"(?:\w+\s+){0,2}?(?:fail|fel|misslyck)|repeated failures"
    r"|\b(?:when|if|after|on|vid|när|om|efter)\b[^.]{0,80}?(?:fail|error|time-?out|unavailable|outage"
    r"|\bfel(?:ar|et|en|aktig\w*)?\b|misslyck|otillgänglig|avbrott|fallerar|(?:faller|fallit) (?:bort|ifrån)"
    r"|(?:är|ligger|går) nere?\b|svarar inte|inte (?:\w+ )?svara|sluta[rt]? svara)"
    r"|(?:^|[.:;]\s+)(?:svarar (?:\w+ ){1,4}?inte|svarar ingen|slutar (?:\w+ ){1,4}?svara"
    r"|(?:misslyckas|fallerar|faller) \w+)",
    re.IGNORECASE,
)
_PROVIDERS = {
    "Bedrock": r"bedrock|\baws\b", "OpenAI": r"open ?ai", "Google": r"google|gemini", "Anthropic": r"anthropic",
    "Azure": r"azure", "Ollama": r"ollama", "local": r"\blocal|\blokal", "rules": r"rule[ -]?based|regelbaser",
    "cache": r"\bcach",
}  # fmt: skip
_RECOVERY = re.compile(
    r"half[- ]?open|recover|återhämt|återgå|stängs?\b|stänger|halvöpp"
    r"|\b(?:går?|växlar?|faller|återvänder|kopplas) (?:\w+ ){0,3}?(?:tillbaka|in igen)\b(?! (?:ett )?(?:fel|svar))"
    r"|\b(?:pröva[rs]?|prova[rs]?|fråga[rs]?|svarar|används|använder) (?:\w+ ){0,4}?(?:igen|på nytt)\b", re.IGNORECASE
)  # fmt: skip
_VISIBLE = re.compile(
    r"(?<![a-z])log(?:s|ged|ging|gar|gas|gen|garna)?\b|logg|metric|\balert|alarm|\blarm|mätvärde", re.IGNORECASE
)


class Flows:
    """The best section or document for each of the three, as its elements."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @property
    def data(self) -> list[tuple[Element, ...]]:
        """The elements of each data flow section that has substance."""
        sections = (s for d in self._repo.documents.all() for s in d.outermost("flow"))
        return [self._data_flow(s) for s in sections if s.has_substance and not _is_other_flow(s)]

    def _data_flow(self, section: Section) -> tuple[Element, ...]:
        place = at(section)
        ends = [next(lines_with(section, p), None) for p in (_ENTRY, _STORE)]
        named = [e for e in ends if e is not None]
        return (
            Element("substance", True, (at(section, "says more than a heading"),)),
            found("path", self._path(section), "neither a diagram nor an ordered list of three steps", place),
            found("ends", named if len(named) == 2 else [], "it does not name both an entry and a store", place),
            found("protection", lines_with(section, _PROTECTION), "it does not say how data is protected", place),
        )

    def _path(self, section: Section) -> Iterator[Site]:
        yield from (Site(section.path, d.line, "a diagram") for d in self._drawn(section))
        for items in ordered_lists(section):
            if len(items) >= STEPS:
                yield Site(section.path, items[0].line, f"an ordered list of {len(items)} steps")

    def _drawn(self, section: Section) -> list[Diagram]:
        return [d for d in self._repo.docs.diagrams(section) if not d.problem]

    @property
    def deployed(self) -> list[tuple[Element, ...]]:
        """The elements of each section on the deployed architecture that has substance."""
        sections = (s for d in self._repo.documents.all() for s in below_title(d) if self._is_deployed(s))
        return [self._deployment(s) for s in sections if s.has_substance]

    def _is_deployed(self, section: Section) -> bool:
        if not section.matches("architecture"):
            return False
        root, document = self._repo.delivery.iac_root, section.document
        is_beside = root is not None and root.holds(document.path)
        return is_beside or bool(_DEPLOYED.search(section.title) or _INFRASTRUCTURE.search(document.title))

    def _deployment(self, section: Section) -> tuple[Element, ...]:
        place = at(section)
        diagrams = (Site(section.path, d.line, "a diagram") for d in self._drawn(section))
        return (
            Element("substance", True, (at(section, "says more than a heading"),)),
            found("diagram", diagrams, "no diagram", place),
            self._stacks(section),
            self._environments(section.document),
        )

    def _stacks(self, section: Section) -> Element:
        plain = letters(text_of(section))
        stacks = {s.name: s for s in self._repo.delivery.stacks}
        if not stacks:
            return self._whole_root(section)
        missing = [s for name, s in stacks.items() if letters(name).removesuffix("stack") not in plain]
        if not missing:
            return Element("stacks", True, (at(section, "names every stack"),))
        note = f"it does not name {', '.join(s.name for s in missing)}"
        places = (Site(s.place.path, s.place.line, f"{s.name} is not named") for s in missing)
        return Element("stacks", False, (at(section, note), *places), note)

    def _whole_root(self, section: Section) -> Element:
        """Infrastructure code that is one stack: the section must name its folder or its language."""
        root = self._repo.delivery.iac_root
        if root is None or root.kind in ("", CDK):
            return found("stacks", [], "there is no infrastructure code that deploys a stack", at(section))
        named = [at(section, f"names {root.folder}")] if _names_root(text_of(section), root) else []
        return found("stacks", named, f"it does not say that {root.folder} deploys this", at(section))

    def _environments(self, document: Document) -> Element:
        named = {name: next(lines_with(document.whole, p), None) for name, p in _ENVIRONMENTS.items()}
        places = [p for p in named.values() if p is not None]
        missing = "its document does not tell two environments apart"
        return found("environments", places if len(places) >= 2 else [], missing, at(document))

    @property
    def failover(self) -> list[tuple[Element, ...]]:
        """The elements of each document that has failover sections, all of them taken together."""
        return [e for d in self._repo.documents.all() if (e := self._failing_over(d))]

    def _failing_over(self, document: Document) -> tuple[Element, ...]:
        sections = [s for s in document.outermost("failover") if s.words >= FAILOVER_WORDS]
        if not sections:
            return ()
        place = at(sections[0])
        return (
            found("trigger", _first(sections, _TRIGGER), "it does not say when the system fails over", place),
            found("order", self._order(sections), "neither an ordered list nor a diagram gives the order", place),
            found("recovery", _first(sections, _RECOVERY), "it does not say how the system returns", place),
            found("visibility", _first(sections, _VISIBLE), "it does not say how one sees it", place),
        )

    def _order(self, sections: Iterable[Section]) -> Iterator[Site]:
        """An ordered list or a diagram that names at least two of what can answer."""
        for section in sections:
            pieces = [(items[0].line, "\n".join(i.text for i in items)) for items in ordered_lists(section)]
            pieces += [(d.line, d.text) for d in self._drawn(section)]
            for line, text in pieces:
                named = [n for n, p in _PROVIDERS.items() if re.search(p, text, re.IGNORECASE)]
                if len(named) >= 2:
                    yield Site(section.path, line, f"orders {', '.join(named)}")


def _names_root(text: str, root: IacRoot) -> bool:
    """Whether the text names the root's folder, or what it is written in."""
    is_folder = bool(root.folder) and re.search(rf"(?<![\w.-]){re.escape(root.folder)}(?![\w-])", text) is not None
    return is_folder or root.kind in text.lower()


def _is_other_flow(section: Section) -> bool:
    """A workflow, a demo or a login: the heading says so, and does not speak of data."""
    return _OTHER_FLOW.search(section.title) is not None and _DATA_FLOW.search(section.title) is None


def _first(sections: Iterable[Section], pattern: re.Pattern[str]) -> list[Site]:
    return [p for s in sections if (p := next(lines_with(s, pattern), None)) is not None]
