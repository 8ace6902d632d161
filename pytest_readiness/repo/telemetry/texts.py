"""Texts that an expression may hold, each with the place that says it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Class, Function, Module, argument, call_name, text_of
from pytest_readiness.repo.names import Instance, Names
from pytest_readiness.repo.origins import Origins

DEPTH = 8
"""Most steps that one text is followed."""
MOST = 300
"""Most texts of one expression."""
UNKNOWN = "*"
"""Stands for a part of a text that cannot be known."""


@dataclass(frozen=True)
class Said:
    """A text, and the node that says it: a literal, or the call that hands it on."""

    text: str
    module: Module
    node: ast.AST


class Texts:
    """Follows names, parameters, fields and keys back to literals."""

    def __init__(self, modules: tuple[Module, ...], names: Names, imports: Imports) -> None:
        self._modules, self._names = modules, names
        self._origins = Origins(names, imports, modules)

    def of(self, module: Module, node: ast.expr | None, site: ast.AST | None = None, depth: int = DEPTH) -> list[Said]:
        """Every text that the expression may be; `site` is the call that is to be cited for a literal in it."""
        found = self._of(module, node, site, depth) if node is not None and depth > 0 else ()
        return list(dict.fromkeys(said for said, _ in zip(found, range(MOST), strict=False)))

    def one(self, module: Module, node: ast.expr | None) -> str:
        """The only text that the expression may be; "" where there are several or none."""
        found = {s.text for s in self.of(module, node)}
        return found.pop() if len(found) == 1 else ""

    def _of(self, module: Module, node: ast.expr, site: ast.AST | None, depth: int) -> Iterator[Said]:
        match node:
            case ast.Constant(value=str() as value):
                yield Said(value, module, site or node)
            case ast.JoinedStr():
                yield Said("".join(self._part(module, v, depth) for v in node.values), module, site or node)
            case ast.BinOp(op=ast.Add()):
                sides = [self._part(module, n, depth) for n in (node.left, node.right)]
                yield Said("".join(sides), module, site or node)
            case ast.IfExp():
                yield from [
                    *self.of(module, node.body, site, depth - 1),
                    *self.of(module, node.orelse, site, depth - 1),
                ]
            case ast.Subscript():
                yield from self._keyed(module, node, depth)
            case ast.Call(func=ast.Attribute(attr="get"), args=[key, *_]) if text_of(key):
                yield from self._under(module, text_of(key) or "", depth)
            case ast.Attribute(attr="value" | "name", value=ast.Attribute() as member):
                yield from self._followed(module, member, site, depth)
            case ast.Name() | ast.Attribute():
                yield from self._followed(module, node, site, depth)

    def _part(self, module: Module, node: ast.expr, depth: int) -> str:
        """The text of a part; UNKNOWN where it is not one text."""
        inner = node.value if isinstance(node, ast.FormattedValue) else node
        found = {s.text for s in self.of(module, inner, None, depth - 1)}
        return found.pop() if len(found) == 1 else UNKNOWN

    def _followed(self, module: Module, node: ast.expr, site: ast.AST | None, depth: int) -> Iterator[Said]:
        parameter = self._parameter(module, node)
        if parameter is not None:
            yield from self._passed(parameter, node.id if isinstance(node, ast.Name) else "", depth)
            return
        found = [o for o in self._origins.of(module, node) if o.node is not node]
        for origin in found:
            yield from self.of(origin.module, origin.node, site, depth - 1)
        if not found and isinstance(node, ast.Attribute):
            yield from self._field(module, node, depth)

    def _parameter(self, module: Module, node: ast.expr) -> Function | None:
        """The function whose parameter the name is."""
        found = self._names.lookup(module, node) if isinstance(node, ast.Name) else None
        if found is None or not isinstance(found[0], Function):
            return None
        own = [b.node for b in found[1]]
        return found[0] if len(own) == 1 and own[0] in found[0].params else None

    def _passed(self, function: Function, name: str, depth: int) -> Iterator[Said]:
        """What callers pass for the parameter: their calls are what says it."""
        for module, call in self._origins.calls_of(function):
            yield from self.of(module, self._origins.argument_of(function, call, name), call, depth - 1)
        yield from self.of(function.module, function.defaults.get(name), None, depth - 1)

    def _field(self, module: Module, node: ast.Attribute, depth: int) -> Iterator[Said]:
        """`self.name` of a record: what the calls that make records give that field."""
        for cls in self._owners(module, node.value):
            if node.attr in cls.fields:
                for other, call in self._made.get(cls.name, []):
                    if cls in self._names.constructed(other, call):
                        given = argument(call, node.attr, cls.fields.index(node.attr))
                        yield from self.of(other, given, call, depth - 1)

    def _owners(self, module: Module, node: ast.expr) -> list[Class]:
        """The classes that the object may be of."""
        own = module.enclosing_class(node) if isinstance(node, ast.Name) and node.id == "self" else None
        found = [s.of for s in self._names.resolve(module, node) if isinstance(s, Instance)] if own is None else [own]
        return [c for c in found if isinstance(c, Class)]

    def _keyed(self, module: Module, node: ast.Subscript, depth: int) -> Iterator[Said]:
        """`record["key"]`: what the dict behind it holds there, else what the module's dicts hold under that key."""
        key = text_of(node.slice)
        if key is None:
            return
        displays = [o for o in self._origins.of(module, node.value) if isinstance(o.node, ast.Dict)]
        values = [(o.module, v) for o in displays for v in _under(o.node, key)]
        for other, value in values:
            yield from self.of(other, value, None, depth - 1)
        if not values:
            yield from self._under(module, key, depth)

    def _under(self, module: Module, key: str, depth: int) -> Iterator[Said]:
        for display in (n for n in module.nodes if isinstance(n, ast.Dict)):
            for value in _under(display, key):
                yield from self.of(module, value, None, depth - 1)

    @cached_property
    def _made(self) -> dict[str, list[tuple[Module, ast.Call]]]:
        found: dict[str, list[tuple[Module, ast.Call]]] = {}
        for module in self._modules:
            for call in module.calls:
                found.setdefault(call_name(call), []).append((module, call))
        return found


def _under(display: ast.expr, key: str) -> list[ast.expr]:
    """The values that a dict display holds under the key."""
    if not isinstance(display, ast.Dict):
        return []
    return [v for k, v in zip(display.keys, display.values, strict=True) if text_of(k) == key]
