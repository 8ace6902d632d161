"""The README of a team: does it tell a newcomer what the team is, how to configure, run and test it?"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.repo.command_lines import Target, is_python, targets
from pytest_readiness.repo.docs import Call, Document, Section, Step, words
from pytest_readiness.repo.docs.references import named_in
from pytest_readiness.repo.handbook.guides import has_remedy
from pytest_readiness.repo.handbook.sections import Element, at, below_title, found, lines_with
from pytest_readiness.repo.handbook.teams import AgentTeam
from pytest_readiness.repo.modules import Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

PURPOSE_WORDS = 20
ENTRIES = 2
SHOWN = 4
"""Most places that are cited for an element."""
_VARIABLE = re.compile(r"\b(?!YOUR_)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")
_PROVIDER = re.compile(r"bedrock|open ?ai|\bgpt|claude|gemini|gen ?ai|anthropic|ollama", re.IGNORECASE)
_FALLBACK = re.compile(
    r"f[ae]ll(?:s|ing|en)?[ -]?back|f[aö]ll(?:a|er)? (?:\w+ )?tillbaka|\breserv(?!ed|ation|oir|ing|er)"
    r"|rule[ -]based|regelbaser|regelstyr|\begna regler\b",
    re.IGNORECASE,
)
_PROSE = frozenset({"", "text", "txt", "mermaid", "plantuml", "puml", "markdown", "md"})
"""Languages of fences that hold words and pictures, not code."""
_NO_SERVICE = re.compile(
    r"^(?:\w+[-_.])?(?:tests?|lint|check|format|fmt|clean|install|help|docs?|build|types?|cov(?:er(?:age)?)?|deps|venv"
    r"|set-?up|stop|down|logs?|ps)(?:[-_.]\w+)?$"
)
"""Names of make targets that start no service."""
_UNITTEST = {(python, "-m", "unittest") for python in ("python", "python3")}
_COMPOSE_STARTS = frozenset({"up", "run", "start", "watch", "restart", "create"})


class TeamReadme:
    """The eight elements of one README."""

    def __init__(self, repo: Repo, team: AgentTeam, document: Document) -> None:
        self._repo, self._team, self.document = repo, team, document

    @property
    def elements(self) -> tuple[Element, ...]:
        """Purpose, agents, configuration, run, LLM, tests, troubleshooting, references."""
        return (
            self._found("purpose", self._purpose(), f"no paragraph of {PURPOSE_WORDS} words says what the team is for"),
            self._agents(),
            self._found("configuration", self._configuration(), "no section on configuration names a variable"),
            self._found("run", self._run(), "no live section starts the team's service"),
            self._found("LLM", self._llm(), "no section on the LLM names a provider and the fallback"),
            self._found("tests", self._tests(), "no section on tests runs tests that exist"),
            self._found(
                "troubleshooting", self._trouble(), f"no troubleshooting section has {ENTRIES} entries with a remedy"
            ),
            self._references(),
        )

    def _found(self, name: str, places: Iterator[Site], missing: str) -> Element:
        return found(name, islice(places, SHOWN), missing, at(self.document))

    def _sections(self, key: str) -> list[Section]:
        return [s for s in below_title(self.document) if s.matches(key)]

    def _purpose(self) -> Iterator[Site]:
        """Paragraphs before the second section below the title."""
        below = below_title(self.document)
        highest = min((s.level for s in below), default=0)
        starts = [s.line for s in below if s.level == highest and not _is_contents(s)]
        end = starts[1] if len(starts) > 1 else self.document.whole.end
        for paragraph in self.document.paragraphs:
            if paragraph.line < end and words.count(paragraph.plain) >= PURPOSE_WORDS:
                yield Site(self.document.path, paragraph.line, "says what the team is for")

    def _agents(self) -> Element:
        whole = self.document.whole
        pieces = [s.title for s in self.document.sections] + [t.text for t in whole.texts]
        pieces += [" ".join(r.cells) for r in whole.rows] + [f.text for f in whole.fences if f.language in _PROSE]
        text = "\n".join(pieces)
        unnamed = [a for a in self._team.agents if not a.is_named(text)]
        if not unnamed:
            return Element("agents", True, (at(self.document, "names every agent"),))
        note = f"it names no {', '.join(a.name for a in unnamed)}"
        return Element("agents", False, tuple(Site(a.path, a.line, f"{a.name} is not named") for a in unnamed), note)

    def _configuration(self) -> Iterator[Site]:
        for section in self._sections("config"):
            yield from lines_with(section, _VARIABLE)

    def _run(self) -> Iterator[Site]:
        for section in self._sections("run"):
            if not self._repo.docs.dead(section):
                yield from (_site(section, c) for c in self._calls(section) if self._starts(c))

    def _calls(self, section: Section) -> list[Call]:
        return [step.call for step in self._repo.docs.steps(section) if step.call.words]

    def _starts(self, call: Call) -> bool:
        """Compose, docker run, make; or a command that starts one of the team's service entry modules."""
        match call.name, call.arguments:
            case "make" | "gmake", _:
                return any(not _NO_SERVICE.match(target) for target in _make_targets(call) or ["all"])
            case "docker-compose" | "podman-compose", arguments:
                return bool(_COMPOSE_STARTS & set(arguments))
            case "docker" | "podman", ("compose", *arguments):
                return bool(_COMPOSE_STARTS & set(arguments))
            case "docker" | "podman", ("run", *_) | ("container", "run", *_):
                return True
        return any(self._is_entry(t) for t in targets(call.words))

    def _is_entry(self, target: Target) -> bool:
        dotted = target.module.replace(".", "/")
        files = [target.file] if target.file else [f"{dotted}.py", f"{dotted}/__main__.py"]
        ends = ["/" + posixpath.normpath(f).lstrip("./") for f in files]
        return any(f"/{e.path}".endswith(tuple(ends)) for e in self._team.entry_modules)

    def _llm(self) -> Iterator[Site]:
        for section in self._sections("llm"):
            providers, fallbacks = list(lines_with(section, _PROVIDER)), list(lines_with(section, _FALLBACK))
            if providers and fallbacks:
                yield from (providers[0], fallbacks[0])

    def _tests(self) -> Iterator[Site]:
        for section in self._sections("tests"):
            live = {r.target for r in self._repo.docs.references(section) if r.is_live}
            yield from (_site(section, s.call) for s in self._repo.docs.steps(section) if self._runs_tests(s, live))

    def _runs_tests(self, step: Step, live: set[str]) -> bool:
        """pytest on a path that exists (none given: on a folder with tests), unittest, make test, npm test."""
        call = step.call
        if call.words[:3] in _UNITTEST:
            return True
        named = list(named_in(call))
        if _is_pytest(call):
            paths = [n.target for n in named if n.kind == "file"]
            return bool(live.intersection(paths)) if paths else self._has_tests(step.folder or "")
        return any(n.kind in ("make", "npm") and "test" in n.target and n.target in live for n in named)

    def _has_tests(self, folder: str) -> bool:
        inside = f"{folder}/" if folder else ""
        return any(
            p.startswith(inside) and p.endswith(".py") and self._repo.scope.is_test(p) for p in self._repo.files.paths
        )

    def _trouble(self) -> Iterator[Site]:
        remedied = [e for s in self._sections("trouble") for e in self._repo.docs.entries(s) if has_remedy(e)]
        if len(remedied) >= ENTRIES:
            yield from (Site(self.document.path, e.line, e.title) for e in remedied)

    def _references(self) -> Element:
        dead = self._repo.docs.dead(self.document.whole)
        if not dead:
            return Element("references", True, (at(self.document, "no reference is dead"),))
        places = tuple(Site(r.path, r.line, r.problem) for r in dead)
        return Element("references", False, places, f"a reference is dead: {dead[0].problem}")


def _site(section: Section, call: Call) -> Site:
    return Site(section.path, call.line, call.text)


def _make_targets(call: Call) -> list[str]:
    return [n.target for n in named_in(call) if n.kind == "make"]


def _is_pytest(call: Call) -> bool:
    return call.name in ("pytest", "py.test") or (is_python(call.words[0]) and call.words[1:3] == ("-m", "pytest"))


def _is_contents(section: Section) -> bool:
    """A table of contents: nothing but links."""
    return bool(section.links) and not section.paragraphs and not section.fences and not section.rows
