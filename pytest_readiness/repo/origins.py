"""Where does this object come from? The expressions that a name was bound to, followed to where they were written.

`resolve` of the names says what kind of thing an expression is; an origin says which one: the very call that created
the router, the literal list that a loop runs over, the argument that a caller passed for a parameter.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Class, Function, Module, argument, call_name
from pytest_readiness.repo.names import Binding, Instance, Names, Scope

DEPTH = 10
"""Most steps (assignments, imports, calls) that one question follows."""
MOST_CALLERS = 40
"""Most calls that are looked at for the arguments of one parameter."""


class Origin(NamedTuple):
    """An expression, and the module it stands in."""

    module: Module
    node: ast.expr


class Origins:
    """Follows objects back over assignments, imports, loops, attributes, parameters and returns.

    `made` are calls that count as creations themselves: what their functions return is not looked at.
    """

    def __init__(
        self, names: Names, imports: Imports, modules: Iterable[Module], made: Container[ast.AST] = frozenset()
    ) -> None:
        self._names, self._imports, self._modules, self._made = names, imports, tuple(modules), made
        self._busy: set[ast.AST] = set()

    def of(self, module: Module, node: ast.expr | None, depth: int = DEPTH) -> list[Origin]:
        """The expressions that created what the expression holds; the expression itself where nothing lies behind."""
        if node is None or depth <= 0 or node in self._busy:
            return []
        self._busy.add(node)
        try:
            return list(dict.fromkeys(self._of(module, node, depth)))
        finally:
            self._busy.discard(node)

    def calls_of(self, function: Function) -> Iterator[tuple[Module, ast.Call]]:
        """The calls in the modules that run the function; those of a class run its __init__."""
        name = function.cls.name if function.cls and function.name == "__init__" else function.name
        for module, call in self._calls.get(name, [])[:MOST_CALLERS]:
            called = self._names.resolve(module, call.func)
            if function in called or (function.cls in called and function.name == "__init__"):
                yield module, call

    def argument_of(self, function: Function, call: ast.Call, name: str) -> ast.expr | None:
        """What the call passes for the parameter; a bound first parameter is not counted."""
        names = [p.arg for p in function.params]
        bound = function.cls is not None and not is_static(function)
        return argument(call, name, names.index(name) - bound) if name in names[bound:] else None

    @cached_property
    def _calls(self) -> dict[str, list[tuple[Module, ast.Call]]]:
        found: dict[str, list[tuple[Module, ast.Call]]] = {}
        for module in self._modules:
            for call in module.calls:
                found.setdefault(call_name(call), []).append((module, call))
        return found

    def _of(self, module: Module, node: ast.expr, depth: int) -> Iterator[Origin]:
        match node:
            case ast.Name():
                found = self._names.lookup(module, node)
                behind = self._bound(module, node.id, *found, depth) if found else []
                yield from behind or [Origin(module, node)]
            case ast.Attribute():
                yield from self._attribute(module, node, depth) or [Origin(module, node)]
            case ast.Call():
                yield from self._returned(module, node, depth) or [Origin(module, node)]
            case ast.IfExp():
                yield from [*self.of(module, node.body, depth - 1), *self.of(module, node.orelse, depth - 1)]
            case ast.BoolOp():
                yield from (o for v in node.values for o in self.of(module, v, depth - 1))
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                yield from self.of(module, node.value, depth - 1)
            case _:
                yield Origin(module, node)

    def _bound(self, module: Module, name: str, scope: Scope, bindings: list[Binding], depth: int) -> list[Origin]:
        return [o for b in bindings for o in self._binding(module, name, scope, b, depth - 1)]

    def _binding(self, module: Module, name: str, scope: Scope, binding: Binding, depth: int) -> list[Origin]:
        match binding.node:
            case ast.ImportFrom() as statement:
                return self._imported(module, statement, name, depth)
            case ast.For() | ast.AsyncFor() | ast.comprehension() as loop:
                return self._element(module, loop.target, loop.iter, name, depth)
            case ast.arg() as parameter if (default := _lambda_default(module, parameter)) is not None:
                return self.of(module, default, depth)
            case ast.arg() if isinstance(scope, Function):
                return self._passed(scope, name, depth)
        return self.of(module, binding.value, depth)

    def _imported(self, module: Module, statement: ast.ImportFrom, name: str, depth: int) -> list[Origin]:
        base = self._imports.base(statement, module)
        source = self._imports.find(base, module) if base is not None else None
        original = next((a.name for a in statement.names if (a.asname or a.name) == name), name)
        return self._exported(source, original, depth) if isinstance(source, Module) else []

    def _exported(self, module: Module, name: str, depth: int) -> list[Origin]:
        bindings = self._names.bindings(module)
        wanted = bindings.get(name) or bindings.get("*", [])
        return self._bound(module, name, module, wanted, depth) if depth > 0 else []

    def _element(self, module: Module, target: ast.expr, source: ast.expr, name: str, depth: int) -> list[Origin]:
        """What a loop over literal elements gives the name."""
        found: list[Origin] = []
        for origin in self.of(module, source, depth):
            for element in self._elements(origin, depth):
                part = _part(target, element, name)
                found += self.of(origin.module, part, depth - 1)
        return found

    def _elements(self, origin: Origin, depth: int) -> list[ast.expr]:
        match origin.node:
            case ast.List() | ast.Tuple() | ast.Set():
                return origin.node.elts
            case ast.Call(func=ast.Attribute(value=ast.expr() as receiver, attr="values" | "items" as method)):
                tables = [o.node for o in self.of(origin.module, receiver, depth - 1) if isinstance(o.node, ast.Dict)]
                return [e for table in tables for e in _entries(table, method)]
            case ast.Call(func=ast.Name(id="enumerate" | "list" | "tuple" | "reversed" | "sorted"), args=[first, *_]):
                return [e for o in self.of(origin.module, first, depth - 1) for e in self._elements(o, depth - 1)]
        return []

    def _passed(self, function: Function, name: str, depth: int) -> list[Origin]:
        """What the callers pass for a parameter, and its default."""
        passed = [(m, self.argument_of(function, c, name)) for m, c in self.calls_of(function)]
        passed.append((function.module, function.defaults.get(name)))
        return [o for m, a in passed for o in self.of(m, a, depth - 1)]

    def _attribute(self, module: Module, node: ast.Attribute, depth: int) -> list[Origin]:
        found: list[Origin] = []
        for base in self._names.resolve(module, node.value):
            if isinstance(base, Module):
                found += self._exported(base, node.attr, depth - 1)
            elif isinstance(base, Class) or (isinstance(base, Instance) and isinstance(base.of, Class)):
                cls = base if isinstance(base, Class) else base.of
                found += self._member(cls, node.attr, depth - 1) if isinstance(cls, Class) else []
        return found

    def _member(self, cls: Class, name: str, depth: int) -> list[Origin]:
        for owner in self._names.ancestry(cls):
            if not isinstance(owner, Class):
                continue
            own = self._names.bindings(owner).get(name, [])
            found = self._bound(owner.module, name, owner, own, depth)
            for method, binding in self._names.attributes(owner).get(name, []):
                found += self._binding(method.module, name, method, binding, depth)
            if found:
                return found
        return []

    def _returned(self, module: Module, call: ast.Call, depth: int) -> list[Origin]:
        """Where a function of the repository is called: what it returns."""
        if call in self._made:
            return []
        functions = self._names.functions(module, call.func)
        values = [(f.module, r.value) for f in functions for r in f.returns if r.value is not None]
        return [o for m, v in values for o in self.of(m, v, depth - 1)]


def _lambda_default(module: Module, parameter: ast.arg) -> ast.expr | None:
    """What `lambda x=value: ...` gives its parameter."""
    arguments = module.parents.get(parameter)
    if not isinstance(arguments, ast.arguments) or not isinstance(module.parents.get(arguments), ast.Lambda):
        return None
    positional = [*arguments.posonlyargs, *arguments.args]
    given = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    given |= {p: d for p, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d is not None}
    return given.get(parameter)


def is_static(function: Function) -> bool:
    """Whether a method is declared @staticmethod: it takes no bound first parameter."""
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.node.decorator_list)


def _entries(table: ast.Dict, method: str) -> list[ast.expr]:
    if method == "values":
        return table.values
    pairs = zip(table.keys, table.values, strict=True)
    return [ast.Tuple([k, v], ast.Load()) for k, v in pairs if k is not None]


def _part(target: ast.expr, element: ast.expr, name: str) -> ast.expr | None:
    """The part of a loop's element that is bound to the name."""
    if isinstance(target, ast.Name):
        return element if target.id == name else None
    if not isinstance(target, ast.Tuple | ast.List):
        return None
    if not isinstance(element, ast.Tuple | ast.List):
        found = (_part(t, element, name) for t in target.elts)
        return next((p for p in found if p is not None), None)
    pairs = zip(target.elts, element.elts, strict=False)
    return next((p for p in (_part(t, e, name) for t, e in pairs) if p is not None), None)
