"""Which product code uses a class: builds it, hands it on, extends it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Function, Module, Site
from pytest_readiness.repo.names import Instance

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Uses:
    """Finds uses by name, then by what the name means. Imports, annotations and `__all__` are no uses."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def anywhere(self, cls: Class) -> bool:
        """Whether product code outside the class itself uses it."""
        return next(self.of(cls), None) is not None

    def outside(self, cls: Class) -> Site | None:
        """A use in another module of product code."""
        return next((s for s in self.of(cls) if s.path != cls.path), None)

    def from_outside(self, cls: Class) -> Site | None:
        """A use of the class in another module, or of what its own module makes of it: a factory, an object."""
        return self.outside(cls) or next((s for n in self._makers(cls) for s in self._of_name(cls, n)), None)

    def _makers(self, cls: Class) -> Iterator[str]:
        """Names of its module's functions and variables that build an object of the class."""
        for call in cls.module.calls:
            if cls in self._repo.names.constructed(cls.module, call):
                function = cls.module.enclosing_function(call)
                if function is not None and function.cls is None:
                    yield function.name
                statement = cls.module.statement_of(call)
                targets = statement.targets if function is None and isinstance(statement, ast.Assign) else []
                yield from (t.id for t in targets if isinstance(t, ast.Name))

    def _of_name(self, cls: Class, name: str) -> Iterator[Site]:
        """Uses of a name of the class's module in other modules."""
        for module, node in self._mentioned.get(name, []):
            if module is cls.module:
                continue
            for symbol in self._repo.names.resolve(module, node):
                of_class = isinstance(symbol, Instance) and symbol.of is cls
                if of_class or (isinstance(symbol, Function) and symbol.module is cls.module):
                    yield module.at(node, f"uses {cls.name}")

    def of(self, cls: Class) -> Iterator[Site]:
        """Every use."""
        names = {cls.name, *self._aliases.get(cls.name, ())}
        for module, node in (m for n in sorted(names) for m in self._mentioned.get(n, [])):
            if cls in self._repo.names.resolve(module, node) and not _is_inside(module, node, cls):
                yield module.at(node, f"uses {cls.name}")

    @cached_property
    def _mentioned(self) -> dict[str, list[tuple[Module, ast.expr]]]:
        """Name -> where it is read, annotations left out."""
        found: dict[str, list[tuple[Module, ast.expr]]] = {}
        for module in self._repo.product:
            for node in module.nodes:
                if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    name = node.attr if isinstance(node, ast.Attribute) else node.id
                    if not _is_annotation(module, node):
                        found.setdefault(name, []).append((module, node))
        return found

    @cached_property
    def _aliases(self) -> dict[str, set[str]]:
        """Name -> other names under which modules import it."""
        found: dict[str, set[str]] = {}
        for statement in (s for m in self._repo.product for s in m.imports):
            for alias in statement.names:
                if alias.asname and alias.asname != alias.name:
                    found.setdefault(alias.name, set()).add(alias.asname)
        return found


def _is_inside(module: Module, node: ast.AST, cls: Class) -> bool:
    return module is cls.module and any(p is cls.node for p in module.ancestors(node))


def _is_annotation(module: Module, node: ast.AST) -> bool:
    """Whether the node stands in an annotation, or only names the kind of exception or object that is asked for."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.arg | ast.AnnAssign) and parent.annotation is child:
            return True
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            return parent.returns is child
        if isinstance(parent, ast.ExceptHandler):
            return parent.type is child
        if isinstance(parent, ast.stmt) and not isinstance(parent, ast.AnnAssign):
            return False
        child = parent
    return False
