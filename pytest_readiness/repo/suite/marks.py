"""Marks of a test: those written above it and those that a name stands for (`skip_slow = pytest.mark.skipif(…)`)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.modules import Class, Function, Module, dotted
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.origins import Origins

_SKIPS = frozenset({"skip", "skipIf", "skipUnless", "skipif"})


@dataclass(frozen=True, eq=False)
class Mark:
    """One mark: its name in lower case, the module it is written in, and its expression."""

    name: str
    module: Module
    node: ast.expr

    @property
    def arguments(self) -> list[ast.expr]:
        """Its positional arguments."""
        return self.node.args if isinstance(self.node, ast.Call) else []

    def keyword(self, name: str) -> ast.expr | None:
        """The argument passed by that keyword."""
        keywords = self.node.keywords if isinstance(self.node, ast.Call) else []
        return next((k.value for k in keywords if k.arg == name), None)


class Marks:
    """Reads marks off functions, classes and modules."""

    def __init__(self, names: Names, origins: Origins) -> None:
        self._names, self._origins = names, origins

    def of(self, function: Function, cls: Class | None, module: Module) -> list[Mark]:
        """All marks of a test: its own, those of its class and the classes above it, those of its module."""
        written = [(function.module, d) for d in function.node.decorator_list]
        for owner in self._names.ancestry(cls) if cls else ():
            if isinstance(owner, Class):
                written += [(owner.module, d) for d in owner.node.decorator_list]
                written += [(owner.module, e) for e in _pytestmarks(owner.node.body)]
        written += [(module, e) for e in _pytestmarks(module.tree.body if module.tree else [])]
        return [mark for where, node in written for mark in self.read(where, node)]

    def read(self, module: Module, node: ast.expr) -> list[Mark]:
        """The marks that an expression means."""
        own = _written(module, node)
        if own:
            return own
        if isinstance(node, ast.List | ast.Tuple):
            return [m for e in node.elts for m in self.read(module, e)]
        if not isinstance(node, ast.Name | ast.Attribute):
            return []
        origins = [o for o in self._origins.of(module, node) if o.node is not node]
        behind = [m for o in origins for m in (self.read(o.module, o.node) if _is_plain(o.node) else [])]
        return behind or list(self._applied(module, node))

    def _applied(self, module: Module, node: ast.expr) -> Iterator[Mark]:
        """`def slow(test): return pytest.mark.skipif(…)(test)`: the marks that a decorator puts on."""
        for function in self._names.functions(module, node):
            for returned in function.returns:
                called = returned.value.func if isinstance(returned.value, ast.Call) else None
                yield from _written(function.module, called) if called is not None else ()


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Call | ast.Attribute | ast.List | ast.Tuple)


def _written(module: Module, node: ast.expr) -> list[Mark]:
    """`pytest.mark.x`, `pytest.mark.x(…)`, `unittest.skip(…)`."""
    parts = (dotted(node.func if isinstance(node, ast.Call) else node) or "").split(".")
    if "mark" in parts[:-1] or parts[-1] in _SKIPS:
        return [Mark(parts[-1].lower(), module, node)]
    return []


def _pytestmarks(body: list[ast.stmt]) -> Iterator[ast.expr]:
    for statement in body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="pytestmark")], value=value):
                yield value
            case ast.AnnAssign(target=ast.Name(id="pytestmark"), value=ast.expr() as value):
                yield value
