"""Guides for setting the system up: deployment as a whole, on a developer's machine, in the cloud account."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.docs import Document, Item, Section, Text
from pytest_readiness.repo.handbook.sections import Element, at, found, ordered_lists
from pytest_readiness.repo.instructions import commands
from pytest_readiness.repo.instructions.commands import Steps, first
from pytest_readiness.repo.modules import Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

GUIDE_WORDS = 150
GUIDE_PREREQUISITES = 10
LOCAL_PREREQUISITES = 8
"""Words."""
GUIDE_COMMANDS = 5
STEPS = 3
_MAKES = (
    r"(?:creat|cop(?:y|ies)|add|edit|set|sets|fill|writ|export|defin|provid|put|renam|duplicat"
    r"|skapa|kopier|lägg|redigera|ange|sätt|fyll|skriv|exporter|definier)\w*"
)
_ENV = r"(?:\.env\b|environment variables?|miljövariab\w*)"
_CONFIGURES = re.compile(rf"\b{_MAKES}\b[^.\n]{{0,80}}{_ENV}|{_ENV}[^.\n]{{0,40}}\b{_MAKES}\b", re.IGNORECASE)
_VARIABLES = frozenset({"env", "dotenv", "ini", "properties", "shell", ".env"})
_VARIABLE = re.compile(r"^\s*(?:export\s+)?[A-Z][A-Z0-9_]*=", re.MULTILINE)
_IAM = re.compile(
    r"\bIAM\b[^.\n]{0,60}\b(?:roles?|polic(?:y|ies)|permissions?|roll\w*|behörighet\w*|polic[yi]\w*)\b"
    r"|\b(?:roles?|polic(?:y|ies)|permissions?|roll\w*|behörighet\w*)\b[^.\n]{0,60}\bIAM\b",
    re.IGNORECASE,
)
_ACTS = re.compile(
    r"\b(?:attach|create|grant|give|assign|add|allow|need|require|configure|use|make sure|ensure|must"
    r"|koppla|skapa|ge|tilldela|lägg|tillåt|behöver|kräver|konfigurera|använd|måste|ska)\w*\b",
    re.IGNORECASE,
)


class Setup:
    """The elements of set-up guides, for each candidate."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._steps = Steps(repo)

    @property
    def deployment(self) -> list[tuple[Element, ...]]:
        """Documents on deployment as a whole; of others their largest deployment section."""
        found_ = []
        for document in self._repo.documents.all():
            sections = [document.whole] if document.is_about("deploy") else document.outermost("deploy")
            if sections:
                found_.append(self._deployment(max(sections, key=lambda s: s.words)))
        return found_

    def _deployment(self, section: Section) -> tuple[Element, ...]:
        place = at(section)
        guide = [at(section, f"{section.words} words")] if section.words >= GUIDE_WORDS else []
        prerequisites = _prerequisites(section.document, GUIDE_PREREQUISITES)
        ran = section.commands
        commanded = [Site(section.path, ran[0].line, f"{len(ran)} commands")] if len(ran) >= GUIDE_COMMANDS else []
        return (
            found("substance", guide, f"{section.words} words, not {GUIDE_WORDS}", place),
            found("prerequisites", prerequisites, f"no section on them of {GUIDE_PREREQUISITES} words", place),
            found("commands", commanded, f"{len(ran)} commands, not {GUIDE_COMMANDS}", place),
            found("steps", _steps_of(section), f"neither {STEPS} subsections nor an ordered list of {STEPS}", place),
        )

    @property
    def local(self) -> list[tuple[Element, ...]]:
        """Outermost sections on local set-up."""
        return [self._local(s) for s in self._repo.docs.outermost("local")]

    def _local(self, section: Section) -> tuple[Element, ...]:
        place, of = at(section), self._steps.of
        prerequisites = _prerequisites(section.document, LOCAL_PREREQUISITES)
        configured = [*of(section, commands.configures), *_configured(section)]
        return (
            found("prerequisites", prerequisites, f"no section on them of {LOCAL_PREREQUISITES} words", place),
            found("installation", first(of(section, commands.installs)), "no command installs anything", place),
            found("configuration", first(configured), "nothing makes an .env file or sets variables", place),
            found("start", first(self._steps.starting(section)), "no command starts the system", place),
            found("check", first(of(section, commands.checks)), "no command checks that it runs", place),
            self.sound(section),
        )

    @property
    def cloud(self) -> list[tuple[Element, ...]]:
        """Sections on the set-up of the cloud."""
        every = (s for d in self._repo.documents.all() for s in d.matching("cloud") if s.matches("setup"))
        return [self._cloud(s) for s in every]

    def _cloud(self, section: Section) -> tuple[Element, ...]:
        place, of = at(section), self._steps.of
        provisioned = [*of(section, commands.provisions), *self._steps.deploying(section)]
        permitted = [*of(section, commands.permits), *_permissions(section)]
        return (
            found("credentials", first(of(section, commands.logs_in)), "no command sets credentials", place),
            found("provisioning", first(provisioned), "no command makes a resource", place),
            found("secrets", first(of(section, commands.stores_secret)), "no command stores a secret", place),
            found("permissions", first(permitted), "no step gives permissions", place),
            found("check", first(of(section, commands.inspects)), "no command looks at what was made", place),
            self.sound(section),
        )

    def sound(self, section: Section) -> Element:
        """Substance and no dead reference."""
        dead = self._repo.docs.dead(section)
        if dead:
            places = tuple(Site(r.path, r.line, r.problem) for r in dead)
            return Element("references", False, places, dead[0].problem)
        said = [at(section, f"{section.words} words, no dead reference")] if section.has_substance else []
        return found("references", said, "too little stands in it", at(section))


def _prerequisites(document: Document, least: int) -> list[Site]:
    sections = [s for s in document.matching("prereq") if s.words >= least]
    return [at(s, s.title) for s in sections[:1]]


def _steps_of(section: Section) -> list[Site]:
    """Three subsections, or the first ordered list of three steps that is no table of contents."""
    if len(section.subsections) >= STEPS:
        return [at(section.subsections[0], f"{len(section.subsections)} subsections")]
    lists = (items for items in ordered_lists(section) if not all(map(_is_link, items)))
    return [Site(section.path, x[0].line, f"{len(x)} steps") for x in lists if len(x) >= STEPS][:1]


def _is_link(item: Item) -> bool:
    """Nothing but a link, as in a table of contents."""
    return re.fullmatch(r"\[[^\]]*\]\([^)]*\)[\s.]*", item.text.strip()) is not None


def _configured(section: Section) -> Iterator[Site]:
    """Sentences that have variables set, and listings of variables to set."""
    for text in _sentences(section):
        if _CONFIGURES.search(text.plain):
            yield Site(section.path, text.line, "sets variables")
    for fence in section.fences:
        if fence.language in _VARIABLES and _VARIABLE.search(fence.text):
            yield Site(section.path, fence.line, "variables to set")


def _permissions(section: Section) -> Iterator[Site]:
    """Headings and sentences that give an IAM role, a policy or a permission."""
    for subsection in (s for s in [section, *section.subsections] if _IAM.search(s.title)):
        if any(_ACTS.search(t.plain) or (isinstance(t, Item) and t.ordered) for t in _sentences(subsection)):
            yield at(subsection, subsection.title)
    for text in _sentences(section):
        if _IAM.search(text.plain) and (_ACTS.search(text.plain) or (isinstance(text, Item) and text.ordered)):
            yield Site(section.path, text.line, "a step on IAM")


def _sentences(section: Section) -> Iterable[Text]:
    """What is written, boxes to tick left out."""
    return (t for t in section.texts if not (isinstance(t, Item) and t.is_task))
