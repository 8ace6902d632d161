"""Dashboards and alarms that programs create: calls of put_dashboard, put_metric_alarm and their like."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.code_values import CodeValues
from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.modules import AtNode, Function, Module, call_name, dotted, text_of
from pytest_readiness.repo.origins import Origins
from pytest_readiness.repo.reach import Reach

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

MOST = 40
"""Most values of one expression that are looked at: rounds of a loop, callers of a helper."""
DEEP = 20
"""Most steps from a call to the literals that it passes: the body of a dashboard is a deep tree."""
_IAC_FOLDERS = frozenset(
    {"infra", "infrastructure", "iac", "deploy", "deployment", "ops", "cdk", "terraform", "monitoring"}
)


@dataclass(frozen=True, eq=False)
class ProgramCall(AtNode):
    """One call with one set of arguments; a call in a loop over a table comes once for each of its rows."""

    module: Module
    node: ast.Call
    arguments: Datum
    is_live: bool
    """A start of the system reaches it."""
    in_script: bool
    """A script that is started as a program reaches it."""
    in_iac: bool
    """A script of the infrastructure code reaches it."""


class Programs:
    """Calls by their method's name, in product code and in scripts."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def calls(self, method: str) -> list[ProgramCall]:
        """Every call of the method; those of stand-ins that the repository defines are left out."""
        found = ((m, c) for m in self._modules if method in m.text for c in m.calls if call_name(c) == method)
        return [p for m, c in found if not self._is_own(m, c) for p in self._variants(m, c)]

    def _is_own(self, module: Module, call: ast.Call) -> bool:
        found = self._repo.names.resolve(module, call.func)
        return bool(found) and all(isinstance(s, Function) for s in found)

    @cached_property
    def _modules(self) -> tuple[Module, ...]:
        return (*self._repo.product, *self._scripts)

    @cached_property
    def _scripts(self) -> tuple[Module, ...]:
        """Modules outside the product that are started as programs, tests left out."""
        scope, product = self._repo.scope, set(self._repo.product)
        others = (m for m in self._repo.modules.values() if m not in product and m.tree is not None)
        return tuple(m for m in others if m.main_guards and not scope.is_test(m.path))

    @cached_property
    def _by_script(self) -> Reach:
        return Reach(self._repo, self._scripts)

    @cached_property
    def _by_iac(self) -> Reach:
        return Reach(self._repo, [m for m in self._scripts if self._is_iac(m.path)])

    def _is_iac(self, path: str) -> bool:
        """Below the infrastructure code's folder; where there is none, in a folder that is named so."""
        has_own = any(self._repo.infra.is_iac(p) for p in self._repo.files.paths)
        return self._repo.infra.is_iac(path) if has_own else bool(_IAC_FOLDERS & set(path.split("/")[:-1]))

    @cached_property
    def _origins(self) -> Origins:
        return Origins(self._repo.names, self._repo.imports, self._modules)

    @cached_property
    def values(self) -> CodeValues:
        return CodeValues(self._repo.names, self._origins, MOST)

    def _variants(self, module: Module, call: ast.Call) -> Iterator[ProgramCall]:
        live = self._repo.live.runs(module, call)
        script = live or self._by_script.runs(module, call)
        iac = live or (script and self._by_iac.runs(module, call))
        for arguments in self._arguments(module, call):
            yield ProgramCall(module, call, arguments, live, script, iac)

    def _arguments(self, module: Module, call: ast.Call) -> Iterator[Datum]:
        """What the call passes; each table that `**` may stand for gives a variant of its own."""
        base = self.values.arguments(module, call, DEEP)
        spread = [o for k in call.keywords if k.arg is None for o in self._origins.of(module, k.value)]
        tables = [o for o in spread if isinstance(o.node, ast.Dict | ast.Call)]
        for origin in tables[:MOST]:
            table = self.values.of(origin.module, origin.node, DEEP)
            entries = base.entries | table.entries | self._set_later(module, call)
            yield Datum(origin.module.path, origin.node.lineno, entries)
        if not tables:
            yield base

    def _set_later(self, module: Module, call: ast.Call) -> dict[str, Datum]:
        """`table["AlarmActions"] = [...]` before `**table`."""
        names = {dotted(k.value) for k in call.keywords if k.arg is None}
        function = module.enclosing_function(call)
        statements = (n for n in function.own_nodes if isinstance(n, ast.Assign)) if function else iter(())
        found: dict[str, Datum] = {}
        for statement in statements:
            for target in statement.targets:
                if isinstance(target, ast.Subscript) and dotted(target.value) in names and text_of(target.slice):
                    found[text_of(target.slice) or ""] = self.values.of(module, statement.value, DEEP)
        return found
