"""Which classes of the product are circuit breakers, by what they hold and run; no class is recognised by its name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from pytest_readiness.repo.breakers.states import State, state_named, state_of
from pytest_readiness.repo.modules import AtNode, Class, Function, FunctionNode, Module, call_name, dotted
from pytest_readiness.repo.names import External, Names

LIBRARY = frozenset(
    {
        "pybreaker.CircuitBreaker", "aiobreaker.CircuitBreaker", "aiobreaker.circuitbreaker.CircuitBreaker",
        "circuitbreaker.CircuitBreaker", "circuitbreaker.circuit",
    }
)  # fmt: skip
"""Breakers of libraries, by dotted name; their state machine is taken as correct."""
_RUNNERS = frozenset(
    {
        "run_in_executor", "to_thread", "run_sync", "partial", "submit", "apply", "run", "create_task", "call",
        "ensure_future", "run_in_threadpool", "sync_to_async", "maybe_await", "invoke", "execute",
    }
)  # fmt: skip
"""Last names of functions elsewhere that run a callable they are given."""
_CONTEXTS = frozenset({"contextmanager", "asynccontextmanager"})
DEPTH = 4
"""Most methods through which a callable is handed on until it runs."""


@dataclass(frozen=True, eq=False)
class Executor:
    """A way in which a breaker class runs what it guards."""

    method: Function
    parameter: str
    """The parameter that holds the callable; "" where the operation stands in a `with` of the object or method."""

    @property
    def is_context(self) -> bool:
        return not self.parameter


@dataclass(frozen=True, eq=False)
class StateWrite(AtNode):
    """A statement of a breaker class, outside __init__, that sets its state. `to` is None where a caller says which."""

    module: Module
    node: ast.stmt
    function: Function
    to: State | None


@dataclass(frozen=True, eq=False)
class BreakerClass:
    """A class with the states closed, open and half-open that runs what it guards."""

    cls: Class
    executors: tuple[Executor, ...]
    attributes: frozenset[str]
    """The attributes that hold its state."""
    writes: tuple[StateWrite, ...]
    """Where its state changes, statements of base classes and of its state objects among them."""
    rejections: tuple[tuple[Function, ast.Raise], ...]
    """`raise` statements in the executing methods and those they call, outside of handlers: the refusals."""

    @property
    def name(self) -> str:
        return self.cls.name

    @property
    def path(self) -> str:
        return self.cls.path

    @property
    def line(self) -> int:
        return self.cls.line

    def executor(self, method: str) -> Executor | None:
        """The executing method of that name."""
        return next((e for e in self.executors if e.method.name == method), None)


class BreakerClasses:
    """Finds the breaker classes among the product modules."""

    def __init__(self, modules: Iterable[Module], names: Names) -> None:
        self._modules, self._names = tuple(modules), names
        self._known: dict[ast.AST, BreakerClass | None] = {}

    @cached_property
    def all(self) -> tuple[BreakerClass, ...]:
        """Every class of the product that is a breaker, in the order of the modules."""
        found = (self.of(c) for m in self._modules if "half" in m.text.lower() for c in m.classes)
        return tuple(b for b in found if b is not None)

    def of(self, cls: Class) -> BreakerClass | None:
        """The class as a breaker; None where it is none. A class that extends a breaker is one too."""
        if cls.node not in self._known:
            self._known[cls.node] = self._judged(cls)
        return self._known[cls.node]

    def is_library(self, symbol: object) -> bool:
        """Whether the symbol is a breaker of a library, or a class that extends one."""
        line = self._names.ancestry(symbol) if isinstance(symbol, Class) else [symbol]
        return any(isinstance(s, External) and s.name in LIBRARY for s in line)

    def machine(self, cls: Class) -> BreakerClass | None:
        """The class where it holds and sets the three states, even if it leaves the guarded calls to others."""
        line = [c for c in self._names.ancestry(cls) if isinstance(c, Class)]
        if state_named(cls.name) or not self._holds_states(line):
            return None
        if not set(State) <= self._named([*line, *self._state_classes(line)]):
            return None
        attributes = frozenset(a for c in line for a in self._state_attributes(c))
        return BreakerClass(cls, (), attributes, tuple(self._writes(line)), ())

    def _judged(self, cls: Class) -> BreakerClass | None:
        found = self.machine(cls)
        if found is None:
            return None
        line = [c for c in self._names.ancestry(cls) if isinstance(c, Class)]
        executors = tuple(e for e in self._executors(cls, line) if self._asks_state(cls, line, e.method))
        if not executors:
            return None
        return replace(found, executors=executors, rejections=tuple(self._rejections(cls, executors)))

    # States

    def _named(self, line: list[Class]) -> set[State]:
        """The states that the classes name, members of enums that they use among them."""
        found: set[State] = set()
        for cls in line:
            for node in ast.walk(cls.node):
                state = state_of(node) if isinstance(node, ast.Name | ast.Attribute | ast.Constant) else None
                if state is not None:
                    found.add(state)
                    found |= self._members(cls.module, node)
        return found

    def _members(self, module: Module, node: ast.AST) -> set[State]:
        """The states among the members of the class that `X.OPEN` reads from."""
        owners = self._names.classes(module, node.value) if isinstance(node, ast.Attribute) else []
        targets = (t for o in owners for s in o.node.body if isinstance(s, ast.Assign) for t in s.targets)
        return {s for t in targets if isinstance(t, ast.Name) and (s := state_named(t.id))}

    def _holds_states(self, line: list[Class]) -> bool:
        """The class sets a state of its own, or works out which one it is in."""
        if any(True for _ in self._writes(line, initial=True)):
            return True
        returned = {s for c in line for f in c.functions for r in f.returns for s in _states_in(r.value)}
        return len(returned) > 1

    def _writes(self, line: list[Class], initial: bool = False) -> Iterator[StateWrite]:
        attributes = {a for c in line for a in self._state_attributes(c)}
        for cls in [*line, *self._state_classes(line)]:
            for function in cls.functions:
                if initial or function.name not in {"__init__", "__post_init__", "__new__"}:
                    yield from _written(function, attributes)
            if initial:
                yield from _declared(cls)

    def _state_attributes(self, cls: Class) -> set[str]:
        """The attributes that hold a state, by what is assigned to them."""
        pairs = [(t, v) for f in cls.functions for n in f.own_nodes for t, v in _assigned(n)]
        pairs += [(n.target, n.value) for n in cls.node.body if isinstance(n, ast.AnnAssign) and n.value]
        named = {_attribute(t) for t, v in pairs if _states_in(v)}
        flags = {_attribute(t) for t, v in pairs if _is_flag(v) and state_named(_attribute(t))}
        return (named | flags) - {""}

    def _state_classes(self, line: list[Class]) -> list[Class]:
        """The classes of state objects that the breaker or one of them creates: `OpenState(self)`."""
        found: dict[ast.AST, Class] = {}
        todo = list(line)
        while todo:
            current = todo.pop()
            for function in current.functions:
                for call in function.calls:
                    made = self._names.constructed(current.module, call) if state_of(call) else []
                    fresh = [c for c in made if c.node not in found and c not in line]
                    found |= {c.node: c for c in fresh}
                    todo += fresh
        return list(found.values())

    # Executing methods

    def _executors(self, cls: Class, line: list[Class]) -> Iterator[Executor]:
        seen: set[str] = set()
        for owner in line:
            for method in owner.methods.values():
                if method.name in seen or method.name == "__init__":
                    continue
                seen.add(method.name)
                yield from self._executing(cls, method)

    def _executing(self, cls: Class, method: Function) -> Iterator[Executor]:
        if method.name in {"__enter__", "__aenter__"} or _is_context(method):
            yield Executor(method, "")
        elif method.name not in {"__exit__", "__aexit__", "__setattr__"}:
            for parameter in method.params[1:]:
                if self._runs(cls, method, parameter.arg, DEPTH):
                    yield Executor(method, parameter.arg)

    def _asks_state(self, cls: Class, line: list[Class], method: Function) -> bool:
        """Whether the method, itself or through others of the object, looks at the state: a mere helper does not."""
        attributes = {a for c in line for a in self._state_attributes(c)}
        nodes = (n for m in self._called(cls, [method]) for n in ast.walk(m.node))
        return any(state_of(n) or (isinstance(n, ast.Attribute) and n.attr in attributes) for n in nodes)

    def _runs(self, cls: Class, method: Function, name: str, depth: int) -> bool:
        """Whether the method calls the parameter, or hands it to something that does."""
        calls = [n for n in ast.walk(method.node) if isinstance(n, ast.Call)]
        if any(isinstance(c.func, ast.Name) and c.func.id == name for c in calls):
            return True
        given = [(c, i) for c in calls for i, a in enumerate(c.args) if isinstance(a, ast.Name) and a.id == name]
        if any(call_name(c) in _RUNNERS for c, _ in given):
            return True
        return depth > 0 and any(self._hands_on(cls, c, i, depth) for c, i in given)

    def _hands_on(self, cls: Class, call: ast.Call, position: int, depth: int) -> bool:
        """`self.other(func, ...)`: whether the other method runs it."""
        if not isinstance(call.func, ast.Attribute) or dotted(call.func.value) != "self":
            return False
        other = self._names.method(cls, call.func.attr)
        params = other.params[1:] if other else ()
        return other is not None and position < len(params) and self._runs(cls, other, params[position].arg, depth - 1)

    # Refusals

    def _rejections(self, cls: Class, executors: Iterable[Executor]) -> Iterator[tuple[Function, ast.Raise]]:
        for method in self._called(cls, [e.method for e in executors]):
            for node in ast.walk(method.node):
                if isinstance(node, ast.Raise) and node.exc is not None and not _in_handler(method.module, node):
                    yield method, node

    def _called(self, cls: Class, methods: list[Function]) -> list[Function]:
        """The methods, and those of the same object that they call or read as properties."""
        found = list(dict.fromkeys(methods))
        for method in found:
            for node in ast.walk(method.node):
                own = isinstance(node, ast.Attribute) and dotted(node.value) == "self"
                other = self._names.method(cls, node.attr) if own else None  # type: ignore[attr-defined]
                if other is not None and other not in found:
                    found.append(other)
        return found


def _states_in(node: ast.AST | None) -> set[State]:
    """The states that a value may be: both sides of a condition."""
    if isinstance(node, ast.IfExp):
        return _states_in(node.body) | _states_in(node.orelse)
    if isinstance(node, ast.Call) and call_name(node) == "field":
        return {s for k in node.keywords if k.arg == "default" for s in _states_in(k.value)}
    found = state_of(node)
    return {found} if found else set()


def _assigned(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _paired(target, node.value)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield node.target, node.value


def _paired(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Each target with what it is given: `a, b = x, y` taken apart."""
    displays = (ast.Tuple, ast.List)
    if isinstance(target, displays) and isinstance(value, displays) and len(target.elts) == len(value.elts):
        return [p for t, v in zip(target.elts, value.elts, strict=True) for p in _paired(t, v)]
    return [(target, value)]


def _attribute(target: ast.expr) -> str:
    """`x` for `self.x`, `breaker.x` and a field `x` of a class body; "" for anything else."""
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def _is_flag(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def _written(function: Function, attributes: set[str]) -> Iterator[StateWrite]:
    for node in ast.walk(function.node):
        for target, value in _assigned(node):
            if isinstance(target, ast.Attribute) and target.attr in attributes and isinstance(node, ast.stmt):
                states = _states_in(value)
                to = next(iter(states)) if len(states) == 1 else None
                yield StateWrite(function.module, node, function, to)


def _declared(cls: Class) -> Iterator[StateWrite]:
    """A field of the class body that starts with a state."""
    for node in cls.node.body:
        for _, value in _assigned(node):
            if _states_in(value) and cls.methods:
                yield StateWrite(cls.module, node, next(iter(cls.methods.values())), None)


def _is_context(method: Function) -> bool:
    decorators = {(dotted(d) or "").rpartition(".")[2] for d in method.node.decorator_list}
    return bool(decorators & _CONTEXTS)


def _in_handler(module: Module, node: ast.AST) -> bool:
    for parent in module.ancestors(node):
        if isinstance(parent, ast.ExceptHandler):
            return True
        if isinstance(parent, FunctionNode):
            return False
    return False
