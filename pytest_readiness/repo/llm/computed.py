"""Is a value worked out from the request, or the same for every request? Levels of data in what a way returns."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from pytest_readiness.repo.llm.agents import is_self
from pytest_readiness.repo.llm.handles import passed
from pytest_readiness.repo.llm.paths import Ending, Walk
from pytest_readiness.repo.modules import Function, FunctionNode, call_name, dotted

ECHOES = frozenset(
    {
        "get", "str", "dict", "list", "copy", "deepcopy", "tuple", "items", "keys", "values", "dumps", "repr",
        "model_dump", "asdict", "cast",
    }
)  # fmt: skip
"""Calls whose result is their argument again, in another dress."""
DEPTH = 12


class Level(IntEnum):
    """How much of the request is in a value."""

    CONSTANT = 0
    ECHO = 1
    """The request, or a part of it, passed through unchanged."""
    COMPUTED = 2


class Callees(Protocol):
    """Finds what a call runs."""

    def callee(self, function: Function, call: ast.Call) -> Function | None:
        """The function of the repository that the call runs; None for any other."""

    def walk(self, function: Function) -> Walk:
        """The ways through a function while the model is away."""

    def is_constructor(self, function: Function, call: ast.Call) -> bool:
        """Whether the call builds an object of a class of the repository: a container of its arguments."""

    def handed(self, node: ast.Call, at: Context) -> Level | None:
        """What a call of a parameter (`otherwise()`) returns, as the callers fill it; None for any other call."""


@dataclass(eq=False)
class Context:
    """Where an expression stands: the way through the function that led there, and what its parameters carry."""

    walk: Walk
    ending: Ending
    params: dict[str, Level]
    site: ast.AST | None = None
    """The call of the model; branches around it decide whether it is made, not what is answered instead."""
    depth: int = DEPTH
    known: dict[str, Level | None] = field(default_factory=dict)
    """Levels of names that were asked for; constant while being worked out, so that cycles end."""

    @property
    def function(self) -> Function:
        return self.walk.function


class Levels:
    """Judges expressions."""

    def __init__(self, callees: Callees) -> None:
        self._callees = callees

    def of(self, node: ast.expr | None, at: Context) -> Level:
        """How much of the request the expression's value holds."""
        match node:
            case None | ast.Constant() | ast.Lambda():
                return Level.CONSTANT
            case ast.Name() | ast.Attribute() if dotted(node):
                return self._named(node, at)
            case ast.JoinedStr() | ast.UnaryOp() | ast.Compare():
                return self._worked(self._parts(node, at))
            case ast.BinOp():
                level = self._parts(node, at)
                return level if isinstance(node.op, ast.BitOr) else self._worked(level)
            case ast.IfExp():
                return self._if_exp(node, at)
            case ast.Call():
                return self._call(node, at)
            case ast.Subscript(slice=ast.Slice()):
                return self._worked(self._parts(node, at))
            case ast.Subscript():
                return max(self.of(node.value, at), self._worked(self.of(node.slice, at)))
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                sources = [e for g in node.generators for e in (g.iter, *g.ifs)]
                return max(self._parts(node, at), *(self._worked(self.of(s, at)) for s in sources))
        return self._parts(node, at)

    def _worked(self, level: Level) -> Level:
        return Level.COMPUTED if level else Level.CONSTANT

    def _parts(self, node: ast.AST, at: Context) -> Level:
        children = (c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr))
        return max((self.of(c, at) for c in children), default=Level.CONSTANT)

    def _if_exp(self, node: ast.IfExp, at: Context) -> Level:
        inner = max(self.of(node.body, at), self.of(node.orelse, at))
        if ast.dump(node.test) == ast.dump(node.body):
            return inner
        return max(inner, self._worked(self.of(node.test, at)))

    def _call(self, node: ast.Call, at: Context) -> Level:
        handed = self._callees.handed(node, at) if at.depth > 0 else None
        if handed is not None:
            return handed
        arguments = [*node.args, *(k.value for k in node.keywords)]
        receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        level = max((self.of(a, at) for a in [*arguments, *receiver]), default=Level.CONSTANT)
        callee = self._callees.callee(at.function, node)
        if callee is not None and at.depth > 0:
            return self.result(callee, self.arguments(callee, node, at), at.depth - 1)
        if self._callees.is_constructor(at.function, node):
            return level
        if call_name(node) == "get" and receiver and not self.of(receiver[0], at):
            return self._worked(level)
        return level if call_name(node) in ECHOES else self._worked(level)

    def arguments(self, callee: Function, call: ast.Call, at: Context) -> dict[str, Level]:
        """What the call's arguments carry, by the callee's parameter."""
        spread = [a for a in call.args if isinstance(a, ast.Starred)] + [
            k.value for k in call.keywords if k.arg is None
        ]
        anyway = max((self.of(s, at) for s in spread), default=Level.CONSTANT)
        names = [p.arg for p in callee.params]
        found = {name: passed(call, callee, name) for name in names}
        return {name: max(anyway, self.of(value, at)) for name, value in found.items() if name != "self"}

    def result(self, callee: Function, params: dict[str, Level], depth: int) -> Level:
        """What the callee returns: the least of its ways, unless the request decides between them."""
        walk = self._callees.walk(callee)
        ways = [Context(walk, e, params, depth=depth) for e in heard(walk.endings, walk) if e.kind != "raise"]
        if self.chooses(ways):
            return Level.COMPUTED
        levels = [self.of(v, c) for c in ways for v in values_of(c.ending, walk)]
        return min(levels, default=Level.CONSTANT)

    def chooses(self, ways: list[Context]) -> bool:
        """Whether the request's content, not its mere presence, decides between different returns."""
        returns = {w.ending.node: w for w in ways if isinstance(w.ending.node, ast.Return)}
        if len(returns) < 2:
            return False
        tests = [(t, w) for node, w in returns.items() for t in self._tests(node, w)]
        return any(not is_presence(t) and self.of(t, w) for t, w in tests)

    def _named(self, node: ast.expr, at: Context) -> Level:
        name = dotted(node) or ""
        own = self._stored(name, at)
        if own is not None:
            return own
        if isinstance(node, ast.Attribute):
            return self.of(node.value, at) if not is_self(node.value, at.function) else Level.CONSTANT
        return at.params.get(name, self._around(node, at))

    def _stored(self, name: str, at: Context) -> Level | None:
        """The level of a name that the way assigned, or that the request decided about."""
        if name not in at.known:
            at.known[name] = Level.CONSTANT
            writes = at.ending.state.writes.get(name)
            if any(self._decided(w.statement, at) for w in at.walk.written.get(name, ())):
                at.known[name] = Level.COMPUTED
            else:
                at.known[name] = None if writes is None else max(self.of(w.value, at) for w in writes)
        return at.known[name]

    def _decided(self, statement: ast.stmt, at: Context) -> bool:
        """Whether data of the request decides if, or how often, the statement runs."""
        return any(self.of(test, at) for test in self._tests(statement, at))

    def _tests(self, statement: ast.AST, at: Context) -> Iterator[ast.expr]:
        """The conditions and loops around a statement, those around the call of the model left out."""
        around = set(at.function.module.ancestors(at.site)) if at.site else set()
        for parent in at.function.module.ancestors(statement):
            if isinstance(parent, FunctionNode):
                return
            if parent in around:
                continue
            match parent:
                case ast.If() | ast.While():
                    yield parent.test
                case ast.For() | ast.AsyncFor():
                    yield parent.iter
                case ast.Match():
                    yield parent.subject

    def _around(self, node: ast.expr, at: Context) -> Level:
        """A name of a comprehension around the node, or of the function around a nested one."""
        name = dotted(node)
        for parent in at.function.module.ancestors(node):
            for generator in getattr(parent, "generators", []):
                if any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(generator.target)):
                    return self.of(generator.iter, at)
            if isinstance(parent, FunctionNode):
                break
        return Level.CONSTANT


def heard(endings: list[Ending], walk: Walk) -> list[Ending]:
    """The ways on which a generator yields something, where there are such: a loop without rounds tells nothing."""
    if not walk.is_generator or not any(e.state.yielded for e in endings):
        return endings
    return [e for e in endings if e.state.yielded or e.kind == "raise"]


def values_of(ending: Ending, walk: Walk) -> list[ast.expr | None]:
    """What the way gives to its caller: the value returned, or what a generator yields; None for nothing."""
    if walk.is_generator:
        return [*ending.state.yielded] or [None]
    return [ending.value]


def is_presence(test: ast.expr) -> bool:
    """`x`, `not x`, `x is None`, `len(x) == 0`: whether there is something, not what it is."""
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return is_presence(test.operand)
        case ast.BoolOp():
            return all(is_presence(v) for v in test.values)
        case ast.Compare(comparators=[ast.Constant(value=None | 0 | "")]):
            return True
        case ast.Call():
            return call_name(test) in ("get", "bool", "strip", "isinstance", "len")
    return isinstance(test, ast.Name | ast.Attribute | ast.Subscript)
