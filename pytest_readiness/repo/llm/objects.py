"""Which objects may stand behind an expression of a class: what it builds, is given, or keeps in lists."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from pytest_readiness.repo.llm.agents import is_self
from pytest_readiness.repo.llm.handles import constructor_fields, passed
from pytest_readiness.repo.llm.wiring import Wiring
from pytest_readiness.repo.modules import Class, Function, Module, call_name
from pytest_readiness.repo.names import Binding, External, Instance, Names

DEPTH = 9
_GROWING = frozenset({"append", "add", "insert", "appendleft", "extend", "update", "setdefault"})
_VIEWS = frozenset(
    {"items", "values", "list", "tuple", "sorted", "reversed", "enumerate", "zip", "copy", "dict", "filter", "cycle"}
)
_LOOKUPS = frozenset({"get", "pop", "popleft", "next", "iter", "choice"})


@dataclass(frozen=True, eq=False)
class Spot:
    """An expression's place: its module, the function and the class whose object `self` is there."""

    module: Module
    function: Function | None
    cls: Class | None
    depth: int = DEPTH

    def deeper(self) -> Spot:
        return replace(self, depth=self.depth - 1)

    def within(self, function: Function | None) -> Spot:
        """Another function of the same class."""
        return replace(self, module=function.module if function else self.module, function=function)


class Objects:
    """Follows expressions through assignments, containers and constructions."""

    def __init__(self, names: Names, wiring: Wiring) -> None:
        self._names, self._wiring = names, wiring

    def behind(self, spot: Spot, node: ast.expr) -> list[Class | External]:
        """Classes of the repository, and external names, that the expression may be an object of."""
        return list(dict.fromkeys(self._behind(spot, node)))

    def _behind(self, spot: Spot, node: ast.expr) -> Iterator[Class | External]:
        if spot.depth <= 0:
            return
        followed = False
        for where, value in self._sources(spot.deeper(), node):
            followed = True
            yield from self._behind(where, value)
        if not followed:
            yield from (s.of for s in self._names.resolve(spot.module, node) if isinstance(s, Instance))

    def _sources(self, spot: Spot, node: ast.expr) -> Iterator[tuple[Spot, ast.expr]]:
        """The expressions that the expression's value comes from."""
        match node:
            case ast.Await() | ast.NamedExpr():
                yield spot, node.value
            case ast.BoolOp():
                yield from ((spot, v) for v in node.values)
            case ast.IfExp():
                yield from ((spot, v) for v in (node.body, node.orelse))
            case ast.Name():
                yield from self._named(spot, node)
            case ast.Attribute() if self._is_own(spot, node):
                yield from self._attribute(spot, node.attr)
            case ast.Subscript():
                yield from self.elements(spot, node.value)
            case ast.Call() if call_name(node) in _LOOKUPS and self._base(node) is not None:
                yield from self.elements(spot, self._base(node))  # type: ignore[arg-type]
            case ast.Call():
                yield from self._returned(spot, node)

    def _returned(self, spot: Spot, node: ast.Call) -> Iterator[tuple[Spot, ast.expr]]:
        yield from self._made(spot, node.func)
        own = self._names.method(spot.cls, node.func.attr) if spot.cls and self._is_own(spot, node.func) else None  # type: ignore[attr-defined]
        for function in [own] if own else self._names.functions(spot.module, node.func):
            for returned in function.returns:
                if returned.value is not None:
                    yield Spot(function.module, function, spot.cls if own else function.cls, spot.depth), returned.value

    def _made(self, spot: Spot, node: ast.expr) -> Iterator[tuple[Spot, ast.expr]]:
        """What the lambdas and classes of a table make, one of which is called: `MAKERS[name]()`."""
        found = self._sources(spot.deeper(), node) if isinstance(node, ast.Subscript) and spot.depth > 0 else ()
        for where, value in found:
            if isinstance(value, ast.Lambda):
                yield where, value.body
            elif isinstance(value, ast.Name | ast.Attribute):
                yield where, ast.Call(value, [], [])

    def _base(self, node: ast.Call) -> ast.expr | None:
        if isinstance(node.func, ast.Attribute):
            return node.func.value
        return node.args[0] if node.args else None

    def _is_own(self, spot: Spot, node: ast.expr) -> bool:
        """`self.x` in a method of the spot's class."""
        in_method = spot.cls is not None and spot.function is not None
        return in_method and isinstance(node, ast.Attribute) and is_self(node.value, spot.function)  # type: ignore[arg-type]

    def _named(self, spot: Spot, node: ast.Name) -> Iterator[tuple[Spot, ast.expr]]:
        scope = spot.function
        while scope is not None:
            bindings = self._names.bindings(scope).get(node.id, [])
            for binding in bindings:
                yield from self._bound(spot.within(scope), scope, binding, node.id)
            if bindings:
                return
            scope = spot.module.enclosing_function(scope.node)
        for binding in self._names.bindings(spot.module).get(node.id, []):
            if binding.value is not None:
                yield replace(spot, function=None, cls=None), binding.value

    def _bound(self, spot: Spot, scope: Function, binding: Binding, name: str) -> Iterator[tuple[Spot, ast.expr]]:
        if isinstance(binding.node, ast.arg):
            yield from self._parameter(spot, scope, name)
        elif binding.value is not None:
            yield spot, binding.value
        elif isinstance(iterated := getattr(binding.node, "iter", None), ast.expr):
            yield from self.elements(spot, iterated)

    def _parameter(self, spot: Spot, scope: Function, name: str) -> Iterator[tuple[Spot, ast.expr]]:
        if scope.name == "__init__" and scope.cls is not None:
            yield from self._given(spot, name)
        elif spot.cls is not None:
            yield from self._passed(spot, scope, name)

    def _passed(self, spot: Spot, scope: Function, name: str) -> Iterator[tuple[Spot, ast.expr]]:
        """What the class's own methods pass to one of them."""
        family = [c for c in self._names.ancestry(spot.cls) if isinstance(c, Class)] if spot.cls else []
        for method in (m for c in family for m in c.methods.values()):
            for call in method.calls:
                own = isinstance(call.func, ast.Attribute) and is_self(call.func.value, method)
                value = passed(call, scope, name) if own and call_name(call) == scope.name else None
                if value is not None and self._wiring.runs(method.module, call):
                    yield spot.within(method), value

    def _given(self, spot: Spot, name: str) -> Iterator[tuple[Spot, ast.expr]]:
        """What the places that build the class give to its constructor."""
        for construction in self._wiring.constructions(spot.cls) if spot.cls else ():
            value = self._wiring.argument(spot.cls, name, construction) if spot.cls else None
            if value is not None and self._wiring.runs(construction.module, construction.call):
                function = construction.function
                owner = function.cls if function else None
                yield Spot(construction.module, function, owner, spot.depth), value

    def _attribute(self, spot: Spot, name: str) -> Iterator[tuple[Spot, ast.expr]]:
        family = [c for c in self._names.ancestry(spot.cls) if isinstance(c, Class)] if spot.cls else []
        for cls in family:
            for method, binding in self._names.attributes(cls).get(name, []):
                if binding.value is not None and self._wiring.runs(method.module, binding.value):
                    yield spot.within(method), binding.value
        if spot.cls and name in constructor_fields(self._names, spot.cls):
            yield from self._given(spot, name)

    def elements(self, spot: Spot, node: ast.expr) -> Iterator[tuple[Spot, ast.expr]]:
        """The expressions that a container holds; tuples in it are opened."""
        if spot.depth <= 0:
            return
        spot = spot.deeper()
        match node:
            case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items) | ast.Dict(values=items):
                for item in items:
                    yield from self.elements(spot, item) if isinstance(item, ast.Tuple) else [(spot, item)]
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                yield from self.elements(spot, node.elt) if _is_open(node.elt) else [(spot, node.elt)]
                if isinstance(node.elt, ast.Name):
                    yield from self.elements(spot, node.generators[0].iter)
            case ast.Call() if call_name(node) in _VIEWS:
                receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
                for given in [*node.args, *receiver]:
                    yield from self.elements(spot, given)
            case ast.BinOp():
                for side in (node.left, node.right):
                    yield from self.elements(spot, side)
            case _:
                for where, value in self._sources(spot, node):
                    yield from self.elements(where, value)
                yield from self._put(spot, node)

    def _put(self, spot: Spot, node: ast.expr) -> Iterator[tuple[Spot, ast.expr]]:
        """What is appended to the container or stored in it: in the function for a local, in the class for `self.x`."""
        text = ast.unparse(node)
        scopes = self._scopes(spot, node)
        for function in scopes:
            for inner in function.own_nodes:
                for value in _stored(inner, text):
                    if self._wiring.runs(function.module, inner):
                        yield from (
                            self.elements(spot.within(function), value)
                            if _is_open(value)
                            else [(spot.within(function), value)]
                        )

    def _scopes(self, spot: Spot, node: ast.expr) -> list[Function]:
        if isinstance(node, ast.Attribute) and self._is_own(spot, node):
            family = [c for c in self._names.ancestry(spot.cls) if isinstance(c, Class)] if spot.cls else []
            return [m for c in family for m in c.methods.values()]
        return [spot.function] if isinstance(node, ast.Name) and spot.function else []


def _stored(node: ast.AST, text: str) -> list[ast.expr]:
    match node:
        case ast.Call(func=ast.Attribute(value=base, attr=attr), args=args) if attr in _GROWING:
            return args[-1:] if ast.unparse(base) == text else []
        case ast.Assign(targets=[ast.Subscript(value=base)], value=value) if ast.unparse(base) == text:
            return [value]
        case ast.AugAssign(target=target, value=value) if ast.unparse(target) == text:
            return [value]
    return []


def _is_open(node: ast.expr) -> bool:
    return isinstance(node, ast.Tuple | ast.List | ast.Dict)
