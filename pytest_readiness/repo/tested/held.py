"""Breakers that an object of the product keeps, and calls of the object's methods that run inside them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.repo.breakers import BreakerClass
from pytest_readiness.repo.llm.doubles import Doubles, Mode
from pytest_readiness.repo.modules import Class, Module, dotted, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.suite.values import Found, Spot, TestValues, arguments

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

LIBRARY_CALLS = frozenset({"call", "call_async", "call_with_fallback", "calling"})
"""Executing methods of the libraries' breakers."""
DEPTH = 4
"""Most methods between the one that a test calls and the guarded call."""
Argument = tuple[str, Spot, ast.expr]


@dataclass(frozen=True, eq=False)
class Held:
    """A breaker in an attribute of an object that a test makes; `kind` is None for one of a library."""

    owner: Found
    cls: Class
    attribute: str
    kind: BreakerClass | None

    @property
    def key(self) -> str:
        """A name that tells the breaker from others in the test."""
        node = self.owner.node
        return f"{self.owner.spot.module.path}:{node.lineno}:{node.col_offset}.{self.attribute}"


class Holders:
    """Answers for one run of one test."""

    def __init__(self, repo: Repo, values: TestValues, doubles: Doubles, names: Names) -> None:
        self._repo, self._values, self._doubles, self._names = repo, values, doubles, names

    def held(self, spot: Spot, node: ast.expr) -> Iterator[Held]:
        """The breakers of the product's object that the expression is."""
        for owner in self._values.of(spot, node):
            made = owner.node.func if isinstance(owner.node, ast.Call) else None
            for cls in self._names.classes(owner.spot.module, made) if made is not None else ():
                if self._repo.scope.is_product(cls.path):
                    yield from (Held(owner, cls, name, kind) for name, kind in self._kept(cls))

    def _kept(self, cls: Class) -> Iterator[tuple[str, BreakerClass | None]]:
        """Attribute and class of each breaker that objects of the class make and keep."""
        for owner in (c for c in self._repo.names.ancestry(cls) if isinstance(c, Class)):
            for name, bindings in self._repo.names.attributes(owner).items():
                for method, binding in bindings:
                    if isinstance(binding.value, ast.Call):
                        yield from ((name, kind) for kind in self._kinds(method.module, binding.value))

    def _kinds(self, module: Module, call: ast.Call) -> Iterator[BreakerClass | None]:
        breakers = self._repo.breakers
        for symbol in self._repo.names.resolve(module, call.func):
            kind = breakers.of(symbol) if isinstance(symbol, Class) else None
            if kind is not None or breakers.kinds.is_library(symbol):
                yield kind

    def guards(self, held: Held, method: str, steps: int = DEPTH) -> bool:
        """Whether a method of the object runs something inside the breaker."""
        function = self._repo.names.method(held.cls, method)
        if function is None or steps <= 0:
            return False
        nodes = list(ast.walk(function.node))
        entered = [i.context_expr for n in nodes if isinstance(n, ast.With | ast.AsyncWith) for i in n.items]
        if any(dotted(e) == f"self.{held.attribute}" for e in entered):
            return True
        called = [n.func for n in nodes if isinstance(n, ast.Call)]
        if any(self._executes(held, f) for f in called):
            return True
        own = {f.attr for f in called if isinstance(f, ast.Attribute) and dotted(f.value) == "self"} - {method}
        return any(self.guards(held, name, steps - 1) for name in sorted(own))

    def _executes(self, held: Held, func: ast.expr) -> bool:
        """`self.breaker.call`, or `self.breaker` itself as a decorator."""
        kept = f"self.{held.attribute}"
        if isinstance(func, ast.Attribute) and dotted(func.value) == kept:
            return func.attr in LIBRARY_CALLS if held.kind is None else held.kind.executor(func.attr) is not None
        return held.kind is None and dotted(func) == kept

    # What the guarded call comes to

    def modes(self, held: Held, call: ast.Call, method: str) -> set[Mode]:
        """What the doubles that the object was made with do by now when the method is asked of them."""
        found: set[Mode] = set()
        for _, spot, value in self.given(held.owner):
            for double in self._objects(spot, value):
                found |= set(self._doubles.asked(double, method, call))
        return {Mode.RAISING} if Mode.RAISING in found else found

    def _objects(self, spot: Spot, node: ast.expr) -> Iterator[Found]:
        """What an argument is, or makes: `lambda: cloud`."""
        for found in self._values.of(spot, node):
            if isinstance(found.node, ast.Lambda):
                yield from self._values.of(found.spot, found.node.body)
            else:
                yield found

    def given(self, made: Found) -> list[Argument]:
        """The arguments of the call that makes an object, by the parameters they fill; the entries of a mapping."""
        call, spot = made.node, made.spot
        if not isinstance(call, ast.Call):
            return self._spread(spot, call) if isinstance(call, ast.Dict | ast.BinOp) else []
        found: list[Argument] = []
        for cls in self._names.classes(spot.module, call.func)[:1]:
            init = self._repo.names.method(cls, "__init__")
            filled = arguments(init, call, spot) if init is not None else {}
            names = [*filled] if init is not None else list(cls.fields)
            found += [(n, spot, a) for n, a in zip(names, call.args, strict=False)]
        for keyword in call.keywords:
            found += [(keyword.arg, spot, keyword.value)] if keyword.arg else self._spread(spot, keyword.value)
        return found

    def _spread(self, spot: Spot, node: ast.expr) -> list[Argument]:
        """The entries of `**a`, `**a | b`, `**{**a, "b": 1}`: what comes later wins."""
        entries: dict[str, Argument] = {}
        for found in self._values.of(spot, node):
            match found.node:
                case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                    parts = [*self._spread(found.spot, left), *self._spread(found.spot, right)]
                case ast.Dict(keys=keys, values=values):
                    parts = []
                    for key, value in zip(keys, values, strict=True):
                        parts += [(text_of(key) or "", found.spot, value)] if key else self._spread(found.spot, value)
                case _:
                    parts = []
            entries |= {p[0]: p for p in parts}
        return list(entries.values())
