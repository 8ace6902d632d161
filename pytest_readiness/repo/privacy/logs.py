"""Log calls that hold personal data, and whether every record is masked on its way out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.logs.calls import chain
from pytest_readiness.repo.logs.setups import Part, Setup
from pytest_readiness.repo.modules import Class, Function, Module, Site
from pytest_readiness.repo.privacy.holding import NOTHING, Held, Holding, mentions
from pytest_readiness.repo.privacy.maskers import Maskers

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_RECORD_METHODS = ("filter", "format", "emit", "__call__", "process")


@dataclass(frozen=True, eq=False)
class LogPlace:
    """A log call that holds personal data: `held` names it, `masked_by` is what masks every record on its way out."""

    module: Module
    node: ast.Call
    held: Held
    masked_by: Site | None = None

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line}"

    @property
    def note(self) -> str:
        """What is logged, and how it is hidden, where it is."""
        if not self.held.bare:
            return f"{', '.join(self.held.hidden)} is hidden in the call"
        logged = f"logs {', '.join(self.held.bare)}"
        return f"{logged}, which is masked at {self.masked_by.path}:{self.masked_by.line}" if self.masked_by else logged

    @property
    def is_clean(self) -> bool:
        return not self.held.bare or self.masked_by is not None


class Logs:
    """Where the product code logs personal data."""

    def __init__(self, repo: Repo, maskers: Maskers) -> None:
        self._repo, self._names, self._maskers = repo, repo.names, maskers

    @cached_property
    def places(self) -> tuple[LogPlace, ...]:
        """Every log call with personal data among its arguments, by path and line."""
        return tuple(p for m in self._repo.product for p in self._places(m))

    def _places(self, module: Module) -> Iterator[LogPlace]:
        holding: dict[ast.AST | None, Holding] = {}
        telling: dict[ast.AST | None, bool] = {}
        for call in sorted(module.calls, key=lambda c: (c.lineno, c.col_offset)):
            if not self._repo.logging.calls.is_log(module, call):
                continue
            function = module.enclosing_function(call)
            key = function.node if function else None
            if key not in telling:
                telling[key] = mentions(function.node if function else call)
            if not telling[key]:
                continue
            if key not in holding:
                holding[key] = Holding(module, function, self._names, self._maskers)
            held = self._held(holding[key], call)
            if held:
                yield LogPlace(module, call, held, self._masked_by(module, call))

    def _held(self, holding: Holding, call: ast.Call) -> Held:
        found = NOTHING
        for part in chain(call):
            for node in part.args:
                found |= holding.held(node)
            for keyword in part.keywords:
                found |= holding.under(keyword.arg, keyword.value)
        return found

    def _masked_by(self, module: Module, call: ast.Call) -> Site | None:
        """What masks this call's text: a logger class of the repository itself, or what the root handlers run."""
        if isinstance(call.func, ast.Name):
            return None
        for method in self._names.functions(module, call.func):
            if self._masks(method):
                return Site(method.path, method.line)
        return self.root_masking

    @cached_property
    def root_masking(self) -> Site | None:
        """Where live code puts a masking filter, formatter or processor on all handlers of the root logger."""
        masking = (s for s in self._repo.logging.setups.all if self._masks_all(s))
        return next((s.module.at(s.node) for s in masking if self._repo.live.runs(s.module, s.node)), None)

    def _masks_all(self, setup: Setup) -> bool:
        """Whether each handler that the set-up gives the root logger masks what it writes."""
        if any(map(self._masking, setup.shared)):
            return True
        return bool(setup.outlets) and all(any(map(self._masking, outlet)) for outlet in setup.outlets)

    def _masking(self, part: Part) -> bool:
        """Whether the part is a function, class or object that masks records."""
        if any(map(self._masking, part.inner)):
            return True
        return any(
            (isinstance(kind, Class) and self._masks_records(kind))
            or (isinstance(kind, Function) and self._masks(kind))
            for kind in part.kinds
        )

    def _masks_records(self, cls: Class) -> bool:
        methods = (self._names.method(cls, n) for n in _RECORD_METHODS)
        return any(m is not None and self._masks(m) for m in methods)

    def _masks(self, function: Function) -> bool:
        """It applies a masker and uses what comes back, or substitutes in the record itself."""
        applied = (c for c in function.calls if self._maskers.applies(function.module, c))
        if any(self._maskers.used(function.module, c) for c in applied):
            return True
        return self._maskers.is_masker(function) or self._maskers.masks_record(function)
