"""Where maskers are applied, and whether that protects anything: in code that runs, or on the way to a model."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Function, Module, Site
from pytest_readiness.repo.pii import words_of
from pytest_readiness.repo.privacy.maskers import Masker, Maskers

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_TELLING = frozenset({"mask", "redact", "sanitize", "sanitise", "anonymize", "anonymise", "scrub", "pseudonymize"})


@dataclass(frozen=True, eq=False)
class Application:
    """A call of a masker. `problem` says why it does not count, "" where it does."""

    module: Module
    call: ast.Call
    masker: Masker | None
    """None for a masking library."""
    problem: str

    @property
    def site(self) -> Site:
        return self.module.at(self.call, "the masker is applied here, and its result is used")


class Masking:
    """The calls of maskers in the product code."""

    def __init__(self, repo: Repo, maskers: Maskers) -> None:
        self._repo, self._maskers = repo, maskers

    @cached_property
    def applications(self) -> tuple[Application, ...]:
        """Every call of a masker, those that count first."""
        found = [a for m in self._repo.product for c in m.calls for a in self._application(m, c)]
        return tuple(sorted(found, key=lambda a: a.problem != ""))

    @property
    def rejected(self) -> list[Site]:
        """The maskers and calls that do not count; functions that only have the name, where there is no masker."""
        calls = [a.module.at(a.call, f"a masker is called, but {a.problem}") for a in self.applications]
        unused = [m.site for m in self._maskers.all]
        named = [f.module.at(f.node, f"{f.name} gives back no masked data") for f in self.lookalikes]
        return [*calls, *unused] or named

    @property
    def reason(self) -> str:
        """Why nothing counts, in a sentence."""
        if self.applications:
            return f"a masker is called, but {self.applications[0].problem}"
        return "a masker exists, but nothing calls it" if self._maskers.all else "there is no masking function"

    @cached_property
    def lookalikes(self) -> tuple[Function, ...]:
        """Functions that are named like maskers and are none."""
        functions = (f for m in self._repo.product for f in m.functions)
        return tuple(f for f in functions if _TELLING & set(words_of(f.name)) and not self._maskers.is_masker(f))

    def _application(self, module: Module, call: ast.Call) -> Iterator[Application]:
        if not self._maskers.applies(module, call):
            return
        found = [m for m in self._maskers.all if m.function in self._maskers.called(module, call)]
        if not found:
            yield Application(module, call, None, self._problem(module, call, None))
        for masker in found:
            yield Application(module, call, masker, self._problem(module, call, masker))

    def _problem(self, module: Module, call: ast.Call, masker: Masker | None) -> str:
        if masker is not None and masker.path == module.path:
            return "only its own module calls it here"
        if not self._maskers.used(module, call):
            return "the result is dropped"
        if self._repo.live.runs(module, call) or self._asks_model(module.enclosing_class(call)):
            return ""
        return "no start of the system reaches this call"

    def _asks_model(self, cls: Class | None) -> bool:
        """The class calls a model, or an object that does."""
        return cls is not None and cls.node in self._askers

    @cached_property
    def _askers(self) -> frozenset[ast.AST]:
        owners = (c.module.enclosing_class(c.node) for c in self._repo.llm.calls.all)
        return frozenset(o.node for o in owners if o is not None)
