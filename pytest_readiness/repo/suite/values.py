"""What an expression of a test stands for: fixtures, parametrize, helpers and setUp looked through."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pytest_readiness.repo.modules import Class, Function, Module, dotted
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.suite.cases import TestCase, is_fixture
from pytest_readiness.repo.suite.definitions import Definitions

DEPTH = 8


@dataclass(frozen=True, eq=False)
class Spot:
    """Where an expression is evaluated in a test: the function, and what its parameters were given."""

    module: Module
    function: Function | None
    given: dict[str, tuple[Spot, ast.expr]] = field(default_factory=dict)
    depth: int = DEPTH

    def deeper(self) -> Spot:
        return replace(self, depth=self.depth - 1)


@dataclass(frozen=True, eq=False)
class Found:
    """An expression that is followed no further, and where it is evaluated."""

    spot: Spot
    node: ast.expr


class TestValues:
    """Answers for one test."""

    __test__ = False

    def __init__(self, case: TestCase, definitions: Definitions, names: Names) -> None:
        self._case, self._definitions, self._names = case, definitions, names

    def of(self, spot: Spot, node: ast.expr) -> list[Found]:
        """The expressions that the expression may stand for: calls that build something, constants, and the like."""
        return list(self._of(spot, node))

    def _of(self, spot: Spot, node: ast.expr) -> Iterator[Found]:
        if spot.depth <= 0:
            return
        spot = spot.deeper()
        match node:
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                yield from self._of(spot, node.value)
            case ast.IfExp():
                for value in (node.body, node.orelse):
                    yield from self._of(spot, value)
            case ast.Name():
                yield from self._name(spot, node)
            case ast.Attribute(value=ast.Name(id="self")):
                yield from self._own(spot, node)
            case ast.Call():
                yield from self._call(spot, node)
            case _:
                yield Found(spot, node)

    def _name(self, spot: Spot, node: ast.Name) -> Iterator[Found]:
        if node.id in spot.given:
            yield from self._of(*spot.given[node.id])
            return
        scope = spot.function
        while scope is not None:
            bindings = self._names.bindings(scope).get(node.id, [])
            for binding in bindings:
                if isinstance(binding.node, ast.arg):
                    yield from self._parameter(spot, scope, node.id)
                elif binding.value is not None:
                    yield from self._of(replace(spot, function=scope), binding.value)
            if bindings:
                return
            scope = spot.module.enclosing_function(scope.node)
        values = [b.value for b in self._names.bindings(spot.module).get(node.id, []) if b.value is not None]
        for value in values:
            yield from self._of(replace(spot, function=None), value)
        if not values:
            yield Found(spot, node)

    def _parameter(self, spot: Spot, function: Function, name: str) -> Iterator[Found]:
        """What parametrize gives, what the fixture of that name returns, or the default."""
        values = self._case.parameters.get(name, []) if function is self._case.function else []
        for value in values:
            yield from self._of(Spot(self._case.module, None, depth=spot.depth), value)
        fixture = self._definitions.fixture(name)
        if not values and fixture is not None and fixture is not function:
            yield from self._returned(fixture, spot, {})
        elif not values and name in function.defaults:
            yield from self._of(replace(spot, function=None), function.defaults[name])

    def _own(self, spot: Spot, node: ast.Attribute) -> Iterator[Found]:
        cls = self._case.cls
        found = False
        for owner in (c for c in self._names.ancestry(cls) if isinstance(c, Class)) if cls else ():
            for method, binding in self._names.attributes(owner).get(node.attr, []):
                if binding.value is not None:
                    found = True
                    yield from self._of(Spot(method.module, method, depth=spot.depth), binding.value)
        if not found:
            yield Found(spot, node)

    def _call(self, spot: Spot, node: ast.Call) -> Iterator[Found]:
        helper = self.helper(spot, node)
        if helper is None:
            yield Found(spot, node)
            return
        yield from self._returned(helper, spot, arguments(helper, node, spot))

    def helper(self, spot: Spot, node: ast.Call) -> Function | None:
        """The function of the test's files that a call runs."""
        if isinstance(node.func, ast.Attribute) and dotted(node.func.value) == "self" and self._case.cls:
            return self._names.method(self._case.cls, node.func.attr)
        found = self._names.functions(spot.module, node.func)
        return found[0] if found and found[0].module in self._definitions.files and found[0].cls is None else None

    def _returned(self, function: Function, spot: Spot, given: dict[str, tuple[Spot, ast.expr]]) -> Iterator[Found]:
        inner = Spot(function.module, function, given, spot.depth)
        values = [r.value for r in function.returns if r.value is not None]
        if is_fixture(function) or not values:
            values += [n.value for n in function.own_nodes if isinstance(n, ast.Yield) and n.value is not None]
        for value in values:
            yield from self._of(inner, value)


def arguments(function: Function, call: ast.Call, spot: Spot) -> dict[str, tuple[Spot, ast.expr]]:
    """Parameter -> the call's argument and where it is evaluated."""
    names = [p.arg for p in (*function.node.args.posonlyargs, *function.node.args.args)]
    names = names[1:] if names[:1] == ["self"] else names
    found = {name: (spot, value) for name, value in zip(names, call.args, strict=False)}
    return found | {k.arg: (spot, k.value) for k in call.keywords if k.arg}
