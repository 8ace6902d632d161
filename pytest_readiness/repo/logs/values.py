"""What an expression stands for, followed through local names, parameters of the calls on the way, and returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pytest_readiness.repo.binding import Binding
from pytest_readiness.repo.modules import Class, Function, Module
from pytest_readiness.repo.names import Instance, Names
from pytest_readiness.repo.origins import Origins

DEPTH = 8
_MOST = 12
"""Most values of one expression that are looked at."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A function (None: the module's own statements), and the call that runs it, where that is known."""

    module: Module
    function: Function | None
    call: ast.Call | None = None
    outer: Frame | None = None


class Spot(NamedTuple):
    """An expression, and where it is evaluated."""

    frame: Frame
    node: ast.expr


class Values:
    """Follows expressions. What cannot be followed stands for itself.

    `callers`: whether a parameter of a function whose call is not known stands for what any caller passes.
    """

    def __init__(self, names: Names, origins: Origins, *, callers: bool = True) -> None:
        self._names, self._origins, self._callers = names, origins, callers

    def of(self, spot: Spot, depth: int = DEPTH) -> list[Spot]:
        """The expressions that the expression may stand for."""
        return list(self._of(spot, depth))[:_MOST] if depth > 0 else [spot]

    def _of(self, spot: Spot, depth: int) -> Iterator[Spot]:
        frame, node = spot
        match node:
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                yield from self.of(Spot(frame, node.value), depth - 1)
            case ast.IfExp():
                yield from (s for n in (node.body, node.orelse) for s in self.of(Spot(frame, n), depth - 1))
            case ast.BoolOp():
                yield from (s for n in node.values for s in self.of(Spot(frame, n), depth - 1))
            case ast.Name():
                yield from list(self._name(spot, node, depth)) or [spot]
            case ast.Attribute():
                yield from list(self._attribute(spot, node, depth)) or [spot]
            case ast.Call():
                yield from list(self._returned(spot, node, depth)) or [spot]
            case _:
                yield spot

    def _name(self, spot: Spot, name: ast.Name, depth: int) -> Iterator[Spot]:
        frame = spot.frame
        found = self._names.lookup(frame.module, name)
        scope, bindings = found if found else (None, [])
        if scope is not frame.function:
            yield from self._elsewhere(spot, depth)
            return
        for binding in bindings:
            if isinstance(binding.node, ast.arg):
                yield from self._parameter(frame, name.id, depth)
            elif isinstance(value := _given(binding), ast.expr):
                yield from self.of(Spot(frame, value), depth - 1)

    def _elsewhere(self, spot: Spot, depth: int) -> Iterator[Spot]:
        """A name of the module or of another function."""
        for origin in self._origins.of(spot.frame.module, spot.node):
            if origin.node is not spot.node and depth > 0:
                yield Spot(Frame(origin.module, origin.module.enclosing_function(origin.node)), origin.node)

    def _parameter(self, frame: Frame, name: str, depth: int) -> Iterator[Spot]:
        """What the call on the way passes; the default where it passes nothing; any caller's where none is known."""
        function = frame.function
        if function is None:
            return
        if frame.call is None or frame.outer is None:
            for module, call in list(self._origins.calls_of(function))[:_MOST] if self._callers else ():
                given = self._origins.argument_of(function, call, name)
                if given is not None:
                    user = Frame(module, module.enclosing_function(call))
                    yield from self.of(Spot(user, given), depth - 2)
            return
        given = _passed(self._origins, function, frame.call, name)
        if given is not None:
            yield from self.of(Spot(frame.outer, given), depth - 1)
        elif name in function.defaults and not any(k.arg is None for k in frame.call.keywords):
            yield Spot(Frame(function.module, function), function.defaults[name])

    def _attribute(self, spot: Spot, node: ast.Attribute, depth: int) -> Iterator[Spot]:
        """What a constructor was given for the attribute, or what methods of the class assign to it."""
        for base in self.of(Spot(spot.frame, node.value), depth - 2) if depth > 2 else ():
            if isinstance(base.node, ast.Call):
                for cls in self._names.constructed(base.frame.module, base.node):
                    given = field_of(cls, base.node, node.attr)
                    if given is not None:
                        yield from self.of(Spot(base.frame, given), depth - 1)
        yield from self._elsewhere(spot, depth)

    def _returned(self, spot: Spot, call: ast.Call, depth: int) -> Iterator[Spot]:
        for function in self._names.functions(spot.frame.module, call.func):
            inner = Frame(function.module, function, call, spot.frame)
            for returned in function.returns:
                if returned.value is not None:
                    yield from self.of(Spot(inner, returned.value), depth - 1)

    def classes(self, spot: Spot) -> list[Class]:
        """Classes of the repository that the expression builds an object of, or is one of."""
        found = self._names.resolve(spot.frame.module, spot.node)
        return [s.of for s in found if isinstance(s, Instance) and isinstance(s.of, Class)]


def _given(binding: Binding) -> ast.expr | None:
    """What is bound, or added to what was bound before."""
    return binding.node.value if isinstance(binding.node, ast.AugAssign) else binding.value


def _passed(origins: Origins, function: Function, call: ast.Call, name: str) -> ast.expr | None:
    """What a call passes; one that hands the function on (`to_thread(f, x)`) passes what stands behind it."""
    handed = next((i for i, a in enumerate(call.args) if _names_function(a, function)), None)
    if handed is None:
        return origins.argument_of(function, call, name)
    behind = ast.Call(call.args[handed], call.args[handed + 1 :], call.keywords)
    return origins.argument_of(function, behind, name)


def _names_function(node: ast.expr, function: Function) -> bool:
    named = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return named == function.name


def field_of(cls: Class, call: ast.Call, name: str) -> ast.expr | None:
    """What a call of a class gives for one of its fields."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    at = cls.fields.index(name) if name in cls.fields else len(call.args)
    return call.args[at] if at < len(call.args) else None
