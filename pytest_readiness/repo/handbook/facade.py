"""What documents say of the service facade: its modes, its services, how to use it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.docs import PythonExample, Section
from pytest_readiness.repo.handbook.sections import Element, at, found, text_of
from pytest_readiness.repo.handbook.teams import words_of
from pytest_readiness.repo.handbook.tools import has_word
from pytest_readiness.repo.modules import Class, Function, Module, Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_ENUMS = ("enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag")
_ACCESSOR = re.compile(r"get_\w+_service")


class FacadeDocs:
    """The sections on the facade."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @property
    def module(self) -> Module | None:
        """The facade module."""
        return self._repo.resilience.module

    @property
    def sections(self) -> list[tuple[Element, ...]]:
        """The elements of each section on the facade that has substance."""
        cls = self._repo.resilience.cls
        own = rf"|\b{re.escape(cls.name)}\b" if cls is not None else ""
        heading = re.compile(
            rf"service[ _-]?fa[cç]ade|tjänstefasad|plattformsfasad|\bfasad(?:en)?\b{own}", re.IGNORECASE
        )
        sections = (s for d in self._repo.documents.all() for s in d.outermost(heading))
        return [self._elements(s) for s in sections if s.has_substance]

    def _elements(self, section: Section) -> tuple[Element, ...]:
        examples = [e for e in self._repo.docs.examples(section) if self._uses_facade(e)]
        shown = [Site(section.path, e.fence.line, "uses the facade") for e in examples]
        return (
            Element("substance", True, (at(section, "says more than a heading"),)),
            self._named("modes", section, self.modes, _names_words),
            self._named("services", section, self.accessors, has_word),
            found("example", shown, "no sound Python example imports the facade and calls something", at(section)),
        )

    def _named(
        self, name: str, section: Section, wanted: dict[str, Site], names: Callable[[str, str], bool]
    ) -> Element:
        text = text_of(section)
        missing = [word for word in wanted if not names(text, word)]
        if not missing:
            return Element(name, True, (at(section, f"names all {name}"),))
        places = tuple(Site(p.path, p.line, f"{word} is not named") for word in missing for p in [wanted[word]])
        note = f"it does not name {', '.join(missing)}"
        return Element(name, False, (at(section, note), *places), note)

    @cached_property
    def modes(self) -> dict[str, Site]:
        """The members of the facade module's mode enumerations; empty where it has none."""
        return {m: c.module.at(node) for c in self._mode_classes() for m, node in _members(c)}

    def _mode_classes(self) -> list[Class]:
        if self.module is None:
            return []
        bound = [n for n in self._repo.names.bindings(self.module) if "Mode" in n]
        symbols = [s for n in bound for s in self._repo.names.exported(self.module, n)]
        classes = dict.fromkeys(s for s in symbols if isinstance(s, Class) and "Mode" in s.name)
        return [c for c in classes if self._repo.names.inherits(c, *_ENUMS)]

    @cached_property
    def accessors(self) -> dict[str, Site]:
        """The public `get_<x>_service` methods of the facade class, inherited ones too; else what hands them out."""
        cls = self._repo.resilience.cls
        owners = [c for c in self._repo.names.ancestry(cls) if isinstance(c, Class)] if cls is not None else []
        methods = {n: m for c in reversed(owners) for n, m in c.methods.items() if _ACCESSOR.fullmatch(n)}
        if methods:
            return {name: Site(m.path, m.line) for name, m in methods.items()}
        return {s if a.takes_name else a.name: a.site for s, a in self._repo.resilience.accessors.items()}

    def _uses_facade(self, example: PythonExample) -> bool:
        """Whether a sound example imports from the facade module, or what is defined there, and calls something."""
        if not example.is_sound or example.tree is None:
            return False
        nodes = list(ast.walk(example.tree))
        imports = [n for n in nodes if isinstance(n, ast.ImportFrom)]
        taken = {a.name for n in imports for a in n.names}
        behind = [s for m in example.imported for name in taken for s in self._repo.names.exported(m, name)]
        homes = {s.module for s in behind if isinstance(s, Class | Function)}
        return any(isinstance(n, ast.Call) for n in nodes) and self.module in {*example.imported, *homes}


def _members(cls: Class) -> list[tuple[str, ast.AST]]:
    """The names that the class body assigns."""
    assigned = [(t, n) for n in cls.node.body if isinstance(n, ast.Assign) for t in n.targets]
    return [(t.id, n) for t, n in assigned if isinstance(t, ast.Name) and not t.id.startswith("_")]


def _names_words(text: str, name: str) -> bool:
    """Whether the text has the name's words in a row: `AWS_ONLY`, `aws-only`, "AWS only"."""
    return f" {' '.join(words_of(name))} " in f" {' '.join(words_of(text))} "
