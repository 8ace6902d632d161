"""What an expression of a test stands for: fixtures, parametrize, patches, helpers and setUp looked through."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from pytest_readiness.repo.modules import Class, Function, Module, call_name, constant, dotted, text_of
from pytest_readiness.repo.names import Binding, Names
from pytest_readiness.repo.origins import Origins, is_static
from pytest_readiness.repo.suite.cases import TestCase, is_fixture
from pytest_readiness.repo.suite.definitions import Definitions, results
from pytest_readiness.repo.suite.parameters import Row
from pytest_readiness.repo.suite.replacing import Replacement, injected, replacements

DEPTH = 10
MOST = 64
"""Most values of one expression."""
STEPS = 3000
"""Most expressions that one question looks at."""


@dataclass(frozen=True, eq=False)
class Spot:
    """Where an expression is evaluated in a test: the function, and what its parameters were given."""

    module: Module
    function: Function | None
    given: dict[str, tuple[Spot, ast.expr]] = field(default_factory=dict)
    depth: int = DEPTH

    def deeper(self) -> Spot:
        return replace(self, depth=self.depth - 1)

    def outside(self, module: Module | None = None) -> Spot:
        """Module level, of another module maybe."""
        return Spot(module or self.module, None, depth=self.depth)


@dataclass(frozen=True, eq=False)
class Found:
    """An expression that is followed no further, and where it is evaluated."""

    spot: Spot
    node: ast.expr


class TestValues:
    """Answers for one run of one test: `row` is what parametrize gives it."""

    __test__ = False

    def __init__(self, case: TestCase, definitions: Definitions, names: Names, origins: Origins, row: Row) -> None:
        self.case, self._definitions, self._names, self._origins = case, definitions, names, origins
        self._row = row
        self._asking = self._steps = 0
        self._injected = injected(case)

    @property
    def start(self) -> Spot:
        """The test's own function."""
        return Spot(self.case.function.module, self.case.function)

    def of(self, spot: Spot, node: ast.expr | None) -> list[Found]:
        """The expressions that the expression may stand for: calls that build something, constants, and the like."""
        found: dict[ast.expr, Found] = {}
        self._steps = self._steps if self._asking else 0
        self._asking += 1
        try:
            for one in self._of(spot, node) if node is not None else ():
                found.setdefault(one.node, one)
                if len(found) >= MOST:
                    break
        finally:
            self._asking -= 1
        return list(found.values())

    def text(self, spot: Spot, node: ast.expr) -> str | None:
        """The text that the expression gives: a constant, a name for one, parts put together; None where unknown."""
        match node:
            case ast.JoinedStr():
                parts = [self.text(spot, v.value if isinstance(v, ast.FormattedValue) else v) for v in node.values]
            case ast.BinOp(op=ast.Add()):
                parts = [self.text(spot, node.left), self.text(spot, node.right)]
            case ast.Constant():
                return text_of(node)
            case ast.Name() | ast.Attribute():
                found = [f for f in self.of(spot, node) if f.node is not node]
                return self.text(found[0].spot, found[0].node) if found else None
            case _:
                return None
        return None if None in parts else "".join(p for p in parts if p is not None)

    def replaced(self, functions: Iterable[Function]) -> list[Replacement]:
        """What functions of test code put in the place of something else."""
        return replacements(functions, lambda f, node: self.text(Spot(f.module, f), node))

    def nodes(self, spot: Spot, node: ast.expr | None) -> set[ast.expr]:
        """The same without the places."""
        return {f.node for f in self.of(spot, node)}

    def _of(self, spot: Spot, node: ast.expr) -> Iterator[Found]:
        self._steps += 1
        if spot.depth <= 0 or self._steps > STEPS:
            return
        spot = spot.deeper()
        match node:
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                yield from self._of(spot, node.value)
            case ast.IfExp():
                yield from (f for value in (node.body, node.orelse) for f in self._of(spot, value))
            case ast.BoolOp():
                yield from (f for value in node.values for f in self._of(spot, value))
            case ast.Name():
                yield from self._name(spot, node)
            case ast.Attribute():
                yield from self._attribute(spot, node)
            case ast.Subscript():
                yield from self._item(spot, node)
            case ast.Call():
                yield from self._call(spot, node)
            case _:
                yield Found(spot, node)

    # names

    def _name(self, spot: Spot, node: ast.Name) -> Iterator[Found]:
        if node.id in spot.given:
            yield from self._of(*spot.given[node.id])
            return
        scope = spot.function
        while scope is not None:
            bindings = self._names.bindings(scope).get(node.id, [])
            if bindings:
                for binding in bindings:
                    yield from self._bound(replace(spot, function=scope), scope, node, binding)
                return
            scope = spot.module.enclosing_function(scope.node)
        yield from self._global(spot.outside(), node)

    def _global(self, spot: Spot, node: ast.Name) -> Iterator[Found]:
        bindings = self._names.bindings(spot.module).get(node.id, [])
        values = [b.value for b in bindings if b.value is not None]
        for value in values:
            yield from self._of(spot, value)
        if values:
            return
        behind = [o for o in self._origins.of(spot.module, node) if self._definitions.holds(o.module)]
        for origin in (o for o in behind if not isinstance(o.node, ast.Name)):
            yield from self._of(spot.outside(origin.module), origin.node)
        if all(isinstance(o.node, ast.Name) for o in behind):
            yield Found(spot, node)

    def _bound(self, spot: Spot, scope: Function, node: ast.Name, binding: Binding) -> Iterator[Found]:
        match binding.node:
            case ast.arg():
                yield from self._parameter(spot, scope, node.id)
            case ast.For() | ast.AsyncFor() | ast.comprehension() as loop:
                yield from self._looped(spot, loop.target, loop.iter, node.id)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield Found(spot, node)
            case ast.Assign() as statement if binding.value is None:
                yield from self._unpacked(spot, statement, node.id)
            case _ if binding.value is not None:
                yield from self._of(spot, binding.value)
            case ast.Import() | ast.ImportFrom():
                yield Found(spot, node)

    def _looped(self, spot: Spot, target: ast.expr, iterated: ast.expr, name: str) -> Iterator[Found]:
        for found in self.of(spot, iterated):
            for element in getattr(found.node, "elts", []):
                part = _part(target, element, name)
                yield from self._of(found.spot, part) if part is not None else ()

    def _unpacked(self, spot: Spot, statement: ast.Assign, name: str) -> Iterator[Found]:
        """`agent, model = make()`."""
        for found in self.of(spot, statement.value):
            for target in statement.targets:
                part = _part(target, found.node, name)
                yield from self._of(found.spot, part) if part is not None and part is not found.node else ()

    def _parameter(self, spot: Spot, function: Function, name: str) -> Iterator[Found]:
        """What parametrize gives, what is patched in, what the fixture of that name returns, or the default."""
        given = self._row.get(name) if function is self.case.function else None
        if given is not None and not given.indirect:
            yield from self._of(spot.outside(given.module), given.node)
            return
        if function is self.case.function and name in self._injected:
            yield Found(spot, self._injected[name])
            return
        fixture = self._definitions.fixture(name, self.case.cls)
        if fixture is not None and fixture is not function:
            yield from self._returned(fixture, spot, {})
        elif name in function.defaults:
            yield from self._of(spot.outside(), function.defaults[name])

    # attributes and items

    def _attribute(self, spot: Spot, node: ast.Attribute) -> Iterator[Found]:
        match node.value:
            case ast.Name(id="self"):
                yield from self._own(spot, node)
            case ast.Name(id="request") if node.attr == "param" and spot.function is not None:
                yield from self._requested(spot, spot.function)
            case ast.Name(id="self" | "request"):
                yield Found(spot, node)
            case _:
                found = [f for b in self.of(spot, node.value) for f in self._member(b, node.attr)]
                yield from found or [Found(spot, node)]

    def _member(self, base: Found, name: str) -> Iterator[Found]:
        """An attribute of an object that the test code makes: of a class of its own, or of a plain namespace."""
        if not isinstance(base.node, ast.Call):
            return
        for cls in self._names.classes(base.spot.module, base.node.func):
            if self._definitions.holds(cls.module):
                for method, binding in self._names.attributes(cls).get(name, []):
                    given = arguments(method, base.node, base.spot) if method.name == "__init__" else {}
                    inner = Spot(method.module, method, given, base.spot.depth)
                    yield from self._of(inner, binding.value) if binding.value is not None else ()
        if call_name(base.node) == "SimpleNamespace":
            for keyword in base.node.keywords:
                yield from self._of(base.spot, keyword.value) if keyword.arg == name else ()

    def _requested(self, spot: Spot, fixture: Function) -> Iterator[Found]:
        """`request.param`: what indirect parametrization gives, else the fixture's own params."""
        given = self._row.get(fixture.name)
        if given is not None and given.indirect:
            yield from self._of(spot.outside(given.module), given.node)
            return
        marks = [d for d in fixture.node.decorator_list if isinstance(d, ast.Call)]
        for params in (k.value for d in marks for k in d.keywords if k.arg == "params"):
            for element in getattr(params, "elts", []):
                yield from self._of(spot.outside(), element)

    def _own(self, spot: Spot, node: ast.Attribute) -> Iterator[Found]:
        cls = self.case.cls
        found = False
        for owner in (c for c in self._names.ancestry(cls) if isinstance(c, Class)) if cls else ():
            for method, binding in self._names.attributes(owner).get(node.attr, []):
                if binding.value is not None:
                    found = True
                    yield from self._of(Spot(method.module, method, depth=spot.depth), binding.value)
        if not found:
            yield Found(spot, node)

    def _item(self, spot: Spot, node: ast.Subscript) -> Iterator[Found]:
        key = constant(node.slice)
        found = False
        for base in self.of(spot, node.value):
            for value in _entries(base.node, key):
                found = True
                yield from self._of(base.spot, value)
        if not found:
            yield Found(spot, node)

    # calls

    def _call(self, spot: Spot, node: ast.Call) -> Iterator[Found]:
        if call_name(node) == "cast" and len(node.args) == 2:
            yield from self._of(spot, node.args[1])
            return
        helper = self.helper(spot, node)
        if helper is not None:
            yield from self._returned(helper, spot, arguments(helper, node, spot))
            return
        body = [f for f in self.of(spot, node.func) if isinstance(f.node, ast.Lambda)] if _is_local(node) else []
        for found in body:
            yield from self._of(found.spot, found.node.body) if isinstance(found.node, ast.Lambda) else ()
        if not body:
            yield Found(spot, node)

    def spots(self, function: Function, functions: Iterable[Function]) -> list[Spot]:
        """Where a function of test code is evaluated: once for each call of it in the functions, with its arguments."""
        found = []
        for caller in functions if function is not self.case.function else ():
            outer = Spot(caller.module, caller)
            calls = (n for n in ast.walk(caller.node) if isinstance(n, ast.Call) and caller is not function)
            found += [
                Spot(function.module, function, arguments(function, c, outer))
                for c in calls
                if self.helper(outer, c) is function
            ]
        return found or [Spot(function.module, function)]

    def helper(self, spot: Spot, node: ast.Call) -> Function | None:
        """The function of test code that a call runs."""
        if isinstance(node.func, ast.Attribute) and dotted(node.func.value) == "self" and self.case.cls:
            return self._names.method(self.case.cls, node.func.attr)
        callees = self._definitions.callees(spot.function, node, self.case) if spot.function else []
        callees = callees or [f for f in self._names.functions(spot.module, node.func) if self._is_own(f)]
        plain = [f for f in callees if f.cls is None or isinstance(node.func, ast.Attribute)]
        return plain[0] if plain else None

    def _is_own(self, function: Function) -> bool:
        return self._definitions.holds(function.module) and not is_fixture(function)

    def _returned(self, function: Function, spot: Spot, given: dict[str, tuple[Spot, ast.expr]]) -> Iterator[Found]:
        inner = Spot(function.module, function, given, spot.depth)
        for value in results(function):
            yield from self._of(inner, value)


def arguments(function: Function, call: ast.Call, spot: Spot) -> dict[str, tuple[Spot, ast.expr]]:
    """Parameter -> the call's argument and where it is evaluated."""
    names = [p.arg for p in (*function.node.args.posonlyargs, *function.node.args.args)]
    names = names[1:] if function.cls is not None and not is_static(function) else names
    found = {name: (spot, value) for name, value in zip(names, call.args, strict=False)}
    named = {k.arg: (spot, k.value) for k in call.keywords if k.arg}
    rest = {name: value for name, (_, value) in named.items() if name not in {p.arg for p in function.params}}
    stars = function.node.args.kwarg
    if stars is not None:
        keys = [ast.Constant(name) for name in rest]
        named[stars.arg] = (spot, ast.Dict(keys=list(keys), values=list(rest.values())))
    return found | named


def _is_local(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name | ast.Subscript)


def _entries(node: ast.expr, key: object) -> list[ast.expr]:
    """What a display holds under a key; under a key that is not known, all of it."""
    if isinstance(node, ast.Dict):
        pairs = list(zip(node.keys, node.values, strict=True))
        return [v for k, v in pairs if key is None or (text_of(k) or constant(k)) == key]
    if isinstance(node, ast.List | ast.Tuple):
        known = type(key) is int and -len(node.elts) <= key < len(node.elts)
        return [node.elts[key]] if known and isinstance(key, int) else node.elts if key is None else []
    return []


def _part(target: ast.expr, value: ast.expr, name: str) -> ast.expr | None:
    """The part of a display that an unpacking target gives the name."""
    if isinstance(target, ast.Name):
        return value if target.id == name else None
    if not isinstance(target, ast.Tuple | ast.List) or not isinstance(value, ast.Tuple | ast.List):
        return None
    found = (_part(t, v, name) for t, v in zip(target.elts, value.elts, strict=False))
    return next((p for p in found if p is not None), None)
