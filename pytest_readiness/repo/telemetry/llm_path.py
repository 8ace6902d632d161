"""The way on which a model is asked: the code that makes the call, what calls that code, and what both call."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.finder import Folder
from pytest_readiness.repo.llm.calls import LlmCaller
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, call_name
from pytest_readiness.repo.names import External, Instance, Value

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

STEPS = 4
"""Most steps from the call of the model up to the code that counts as its path."""
DEEP = 4
"""Most calls within calls that are followed down from the path."""
_CONTEXT = ("__init__", "__enter__", "__exit__", "__aenter__", "__aexit__", "__call__")


@dataclass(frozen=True, eq=False)
class LlmPath:
    """The path of one caller."""

    caller: LlmCaller
    functions: dict[Function, int]
    """Function -> steps from the call of the model: 0 makes it, 1 calls that, ..."""


class LlmPaths:
    """The paths of all callers, and the code that runs on them."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def all(self) -> tuple[LlmPath, ...]:
        """One path for each caller of a vendor SDK."""
        return tuple(LlmPath(c, self._upwards(c)) for c in self._repo.llm.calls.callers)

    @cached_property
    def functions(self) -> frozenset[Function]:
        """The functions of all paths."""
        return frozenset(f for path in self.all for f in path.functions)

    @cached_property
    def reached(self) -> frozenset[Function]:
        """The functions of all paths, and what they call: recorders, context managers, decorators."""
        return frozenset(self.reached_from(self.functions))

    def calls_of(self, function: Function) -> list[tuple[Module, ast.Call]]:
        """The calls on the paths that run the function."""
        calls = self._calls.get(function.name, [])
        return [(m, c) for m, c in calls if function in self._functions(m, c.func)]

    @cached_property
    def _calls(self) -> dict[str, list[tuple[Module, ast.Call]]]:
        found: dict[str, list[tuple[Module, ast.Call]]] = {}
        for function in self.reached:
            for call in function.calls:
                found.setdefault(call_name(call), []).append((function.module, call))
        return found

    def _upwards(self, caller: LlmCaller) -> dict[Function, int]:
        found = {f: 0 for c in caller.calls if (f := c.function) is not None}
        frontier = list(found)
        for step in range(1, STEPS + 1):
            above = [u for f in frontier for u in self.users(f)]
            frontier = [f for f in dict.fromkeys(above) if f not in found]
            found |= dict.fromkeys(frontier, step)
        return found

    def users(self, function: Function) -> Iterator[Function]:
        """Functions that call the function, or hand it on to what calls it; by name where the object is not known."""
        outer = function.module.enclosing_function(function.node)
        if outer is not None:
            yield outer
        found = (module.enclosing_function(node) for module, node in self.uses(function))
        yield from (user for user in found if user is not None and user is not function)

    def uses(self, function: Function) -> Iterator[tuple[Module, ast.expr]]:
        """The expressions by which calls run the function or are handed it."""
        return ((m, n) for m, n in self._references.get(function.name, []) if self._means(m, n, function))

    def _means(self, module: Module, node: ast.expr, function: Function) -> bool:
        found = self._repo.names.resolve(module, node)
        own = [s for s in found if isinstance(s, Function)]
        if own:
            return function in own or any(self._overrides(function, s) for s in own)
        known = any(isinstance(s, External | Class | Module | Folder | Instance | Value) for s in found)
        return not known and isinstance(node, ast.Attribute) and not function.name.startswith("__")

    def _overrides(self, function: Function, other: Function) -> bool:
        """Whether the function fills in the other, as a method of a class below it or of one that fits its protocol."""
        if function.cls is None or other.cls is None:
            return False
        return other.cls in self._repo.names.ancestry(function.cls) or self._fits(function.cls, other.cls)

    def _fits(self, cls: Class, protocol: Class) -> bool:
        names = self._repo.names
        if cls is protocol or not names.inherits(protocol, "typing.Protocol", "typing_extensions.Protocol"):
            return False
        return all(names.method(cls, name) is not None for name in protocol.methods)

    @cached_property
    def _references(self) -> dict[str, list[tuple[Module, ast.expr]]]:
        """Last name -> where it is called, or handed to a call."""
        found: dict[str, list[tuple[Module, ast.expr]]] = {}
        for module in self._repo.product:
            for call in module.calls:
                for node in (call.func, *call.args, *(k.value for k in call.keywords)):
                    name = getattr(node, "attr", None) or getattr(node, "id", None)
                    if name is not None:
                        found.setdefault(name, []).append((module, node))
        return found

    def reached_from(self, functions: Iterable[Function], deep: int = DEEP) -> dict[Function, int]:
        """The functions, and what they run: function -> calls below them."""
        found = dict.fromkeys(functions, 0)
        frontier = list(found)
        for depth in range(1, deep + 1):
            below = [r for f in frontier for r in self._runs(f)]
            frontier = [f for f in dict.fromkeys(below) if f not in found]
            found |= dict.fromkeys(frontier, depth)
        return found

    def _runs(self, function: Function) -> Iterator[Function]:
        """What a run of the function runs: what it calls or hands on, its decorators, the functions nested in it."""
        yield from (function.module.function_of(n) for n in function.own_nodes if isinstance(n, FunctionNode))
        for decorator in function.node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            yield from self._functions(function.module, target)
        for call in function.calls:
            for node in (call.func, *call.args, *(k.value for k in call.keywords)):
                if isinstance(node, ast.Name | ast.Attribute):
                    yield from self._functions(function.module, node)

    def _functions(self, module: Module, node: ast.expr) -> Iterator[Function]:
        """Functions that the expression may name; for a class, what its objects run as context and callback."""
        found = self._repo.names.resolve(module, node)
        for symbol in found:
            if isinstance(symbol, Function):
                yield symbol
                yield from (r for r in self._recorders.get(symbol.name, []) if self._overrides(r, symbol))
            elif isinstance(symbol, Class):
                hooks = (self._repo.names.method(symbol, n) for n in (*_CONTEXT, *self._callbacks(symbol)))
                yield from (h for h in hooks if h is not None)
        if not found and isinstance(node, ast.Attribute):
            yield from self._handed_in(module, node) or filter(self._is_made, self._recorders.get(node.attr, []))

    def _is_made(self, function: Function) -> bool:
        """A method of a class that live code makes objects of."""
        return function.cls is not None and self._repo.live.live_class(function.cls)

    def _handed_in(self, module: Module, node: ast.Attribute) -> list[Function]:
        """The methods of objects that callers hand in."""
        made = (o for o in self._repo.origins.of(module, node.value) if isinstance(o.node, ast.Call))
        classes = [s.of for o in made for s in self._repo.names.resolve(o.module, o.node) if isinstance(s, Instance)]
        methods = (self._repo.names.method(c, node.attr) for c in classes if isinstance(c, Class))
        return [m for m in methods if m is not None]

    def _callbacks(self, cls: Class) -> list[str]:
        owners = (c for c in self._repo.names.ancestry(cls) if isinstance(c, Class))
        return [n for c in owners for n in c.methods if n.startswith("on_")]

    @cached_property
    def _recorders(self) -> dict[str, list[Function]]:
        """Methods that record metrics, by name: what a call on an object that is not known exactly may run."""
        found: dict[str, list[Function]] = {}
        for recording in self._repo.telemetry.recordings:
            function = recording.function
            if function is not None and function.cls is not None:
                found.setdefault(function.name, []).append(function)
        return found
