"""What do the names of modules stand for? As the names of the model say, without definitions that never take effect.

Of `try: from x import C` and the stand-in in its `except ImportError`, only the one that Python would take counts.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.execution import catches
from pytest_readiness.repo.finder import Missing
from pytest_readiness.repo.modules import FunctionNode, Module
from pytest_readiness.repo.names import Binding
from pytest_readiness.repo.symbols import External

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

STEPS = 20
"""Most imports that lead from a name to where it is defined."""
Import = ast.Import | ast.ImportFrom


class Scopes:
    """Module-level names, by where their value comes from: a definition, an expression, another module, outside."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._effective: dict[ast.AST, bool] = {}

    def takes_effect(self, module: Module, node: ast.AST) -> bool:
        """Whether the binding statement can run and, in or under a try of imports, is the one that does."""
        if node not in self._effective:
            self._effective[node] = self._takes_effect(module, node)
        return self._effective[node]

    def definitions(self, module: Module, name: str, steps: int = STEPS) -> Iterator[tuple[Module, Binding] | External]:
        """Where the name of the module is bound in the end, imports followed."""
        bindings = self._repo.names.bindings(module)
        found = [b for b in bindings.get(name, []) if self.takes_effect(module, b.node)]
        for binding in self._last(module, found):
            if isinstance(binding.node, Import):
                yield from self.imported(module, binding, name, steps - 1)
            else:
                yield module, binding
        if not found:
            for star in bindings.get("*", []):
                yield from self.imported(module, star, name, steps - 1)
        if not found and "*" not in bindings and hasattr(builtins, name):
            yield External(f"builtins.{name}")

    def _last(self, module: Module, bindings: list[Binding]) -> list[Binding]:
        """Without those that a later function or class of the same block replaces."""
        last = next((i for i in range(len(bindings) - 1, -1, -1) if self._replaces(module, bindings[i])), 0)
        return bindings[last:]

    def _replaces(self, module: Module, binding: Binding) -> bool:
        return module.parents.get(binding.node) is module.tree and isinstance(binding.node, FunctionNode | ast.ClassDef)

    def imported(
        self, module: Module, binding: Binding, name: str, steps: int
    ) -> Iterator[tuple[Module, Binding] | External]:
        """Where an import takes the name from."""
        statement = binding.node
        if steps <= 0 or not isinstance(statement, Import):
            return
        if isinstance(statement, ast.Import):
            yield from self._module(module, statement, name)
            return
        source = self._repo.imports.source(statement, module)
        original = next((a.name for a in statement.names if (a.asname or a.name) == name), name)
        if source is None:
            yield External(f"{statement.module or ''}.{original}")
        elif isinstance(source, Module) and (
            original in self._repo.names.bindings(source) or "*" in self._repo.names.bindings(source)
        ):
            yield from self.definitions(source, original, steps)
        elif not isinstance(source, Missing):
            sub = self._repo.imports.submodule(source, original)
            if sub is not None:
                yield module, Binding(statement, ast.Name(name, ast.Load()))

    def _module(self, module: Module, statement: ast.Import, name: str) -> Iterator[tuple[Module, Binding] | External]:
        for alias in statement.names:
            wanted = alias.name if alias.asname else alias.name.split(".")[0]
            if name == (alias.asname or wanted):
                found = self._repo.imports.find(wanted, module)
                if found is None:
                    yield External(wanted)
                elif not isinstance(found, Missing):
                    yield module, Binding(statement, ast.Name(name, ast.Load()))

    def _takes_effect(self, module: Module, node: ast.AST) -> bool:
        repo = self._repo
        if isinstance(node, Import) and repo.imports.failure(node, module) is not None:
            return False
        if repo.statements.why_dead(module, node) is not None:
            return False
        handlers = (p for p in module.ancestors(node) if isinstance(p, ast.ExceptHandler))
        return not any(self._idle(module, h) for h in handlers)

    def _idle(self, module: Module, handler: ast.ExceptHandler) -> bool:
        """A handler of failing imports, where nothing but imports that succeed stands in the try."""
        body = getattr(module.parents.get(handler), "body", [])
        imports = [s for s in body if isinstance(s, Import)]
        others = [s for s in body if not isinstance(s, Import) and not _is_plain(s)]
        fails = any(self._repo.imports.failure(s, module) for s in imports)
        return bool(imports) and not others and not fails and catches(handler.type, ModuleNotFoundError)


def _is_plain(statement: ast.stmt) -> bool:
    """An assignment of a constant."""
    return isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
