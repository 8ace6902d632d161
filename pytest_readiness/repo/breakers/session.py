"""One breaker on the machine: it is called, time passes, and its state is looked at."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.breakers.classes import BreakerClass, Executor, StateWrite
from pytest_readiness.repo.breakers.states import State, state_named, state_of
from pytest_readiness.repo.machine import (
    Bound,
    Coroutine,
    ExtObj,
    Fn,
    Machine,
    Member,
    NamedInt,
    Native,
    Obj,
    Raised,
    Span,
    Stuck,
    Unknown,
)
from pytest_readiness.repo.machine.values import Scope
from pytest_readiness.repo.modules import Class, Function, Site

_NESTED = 3
"""Objects within objects that a breaker's state and settings may lie in."""

_CLOCK = 1e8
"""A larger number is a reading of the clock."""


@dataclass(frozen=True)
class Outcome:
    """What one call through the breaker came to."""

    ran: bool
    """The operation ran, inside the executing method."""
    raised: bool
    during: State | None
    """The state while the operation ran."""
    after: State | None


@dataclass(frozen=True)
class Leaf:
    """A number or a span among the settings of a breaker."""

    path: tuple[str, ...]
    value: float | Span

    @property
    def number(self) -> float:
        """The number; seconds of a span."""
        return self.value.seconds if isinstance(self.value, Span) else self.value


class Session:
    """A copy of a breaker object on a machine of its own."""

    def __init__(self, machine: Machine, breaker: BreakerClass, executor: Executor, obj: Obj, failure: object) -> None:
        self.machine, self.breaker, self.executor, self.obj = machine, breaker, executor, obj
        self._failure = failure
        self._ran = False
        self._during: State | None = None

    def call(self, fails: bool = False) -> Outcome:
        """Calls an operation through the breaker. Raises Stuck where the run does not come to an end."""
        self._ran, self._during = False, None
        raised = False
        try:
            self._execute(fails)
        except Raised:
            raised = True
        return Outcome(self._ran, raised, self._during, self.state())

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        self.machine.clock += seconds

    def _execute(self, fails: bool) -> None:
        method = self.executor.method
        if self.executor.is_context:
            self._in_context(fails)
            return
        operation = Native("operation", lambda _a, _k: self._started(fails), self._is_async)
        callee = Bound(self.obj, self.machine.function(method))
        result = self.machine.finish(self.machine.call(callee, [], {self.executor.parameter: operation}))
        if isinstance(result, Fn | Native | Bound) and not self._ran:
            self.machine.finish(self.machine.call(result, [], {}))

    @cached_property
    def _is_async(self) -> bool:
        nodes = list(ast.walk(self.executor.method.node))
        return any(isinstance(n, ast.AsyncFunctionDef) for n in nodes)

    def _started(self, fails: bool) -> object:
        return Coroutine(lambda: self._operate(fails)) if self._is_async else self._operate(fails)

    def _operate(self, fails: bool) -> object:
        inside = any(f.belongs_to(self.obj) for f in self.machine.frames)
        self._ran, self._during = inside, self.state()
        if fails:
            raise Raised(self._failure)
        return "result"

    def _in_context(self, fails: bool) -> None:
        method = self.executor.method
        is_enter = method.name in {"__enter__", "__aenter__"}
        value = self.obj if is_enter else self.machine.call(Bound(self.obj, self.machine.function(method)), [], {})
        self.machine.within(
            value, lambda _: _ignored(self._operate(fails)), isinstance(method.node, ast.AsyncFunctionDef)
        )

    # State

    def state(self) -> State | None:
        """The state that the object is in, by what it stores or works out; None where that cannot be told."""
        stored = self._stored(self.obj, _NESTED)
        if stored is State.CLOSED:
            return stored
        return self._computed() or stored

    def _stored(self, obj: Obj, depth: int) -> State | None:
        flags: dict[State, bool] = {}
        for name, value in obj.attrs.items():
            if name in self.breaker.attributes:
                named = state_named(name)
                if isinstance(value, bool) and named:
                    flags[named] = value
                elif (found := label_of(value)) is not None:
                    return found
        if flags:
            raised = [s for s in (State.HALF_OPEN, State.OPEN) if flags.get(s)]
            return raised[0] if raised else State.CLOSED
        inner = (v for v in obj.attrs.values() if isinstance(v, Obj)) if depth else ()
        return next((s for v in inner if (s := self._stored(v, depth - 1)) is not None), None)

    def _computed(self) -> State | None:
        """What a property or method that works out half-open from the clock says."""
        for function in self._computing():
            try:
                value = self.machine.call(Bound(self.obj, self.machine.function(function)), [], {})
            except (Raised, Stuck):
                continue
            found = label_of(self.machine.await_(value))
            if found is not None:
                return found
        return None

    def _computing(self) -> Iterator[Function]:
        line = [c for c in self.machine.names.ancestry(self.obj.cls) if isinstance(c, Class)]
        for function in (f for c in line for f in c.methods.values()):
            if len(function.params) == 1 and any(state_of(r.value) is State.HALF_OPEN for r in function.returns):
                yield function

    def force(self, state: State) -> bool:
        """Puts the object into the state as its own code does; whether that was possible."""
        for write in self.breaker.writes:
            if write.to is state and self._by_method(write, state):
                return True
        return self._by_helper(state) or any(w.to is state and self._by_block(w, state) for w in self.breaker.writes)

    def _by_method(self, write: StateWrite, state: State) -> bool:
        """A method that does little else than to enter the state."""
        method = write.function
        executing = {e.method for e in self.breaker.executors}
        if (
            method in executing
            or method.cls is None
            or self.machine.names.method(self.obj.cls, method.name) is not method
        ):
            return False
        return self._enters(method, {p.arg: self._guess(p.arg) for p in method.params[1:]}, state)

    def _by_helper(self, state: State) -> bool:
        """`self._change_to(State.OPEN)`."""
        helpers = {w.function.name: w.function for w in self.breaker.writes if w.to is None}
        line = [c for c in self.machine.names.ancestry(self.obj.cls) if isinstance(c, Class)]
        for function in (f for c in line for f in c.methods.values()):
            for call in (n for n in ast.walk(function.node) if isinstance(n, ast.Call)):
                name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
                if name in helpers and call.args and state_of(call.args[0]) is state:
                    value = self.machine.expr(call.args[0], self._scope(function))
                    params = helpers[name].params[1:]
                    given = {p.arg: self._guess(p.arg) for p in params[1:]} | {params[0].arg: value}
                    return self._enters(helpers[name], given, state)
        return False

    def _enters(self, method: Function, given: dict[str, object], state: State) -> bool:
        try:
            self.machine.finish(self.machine.call(Bound(self.obj, self.machine.function(method)), [], given))
        except (Raised, Stuck):
            return False
        return self.state() is state

    def _by_block(self, write: StateWrite, state: State) -> bool:
        """The assignments and own calls of the block in which the state is set."""
        scope = self._scope(write.function)
        try:
            for statement in _block_of(write):
                self.machine.statement(statement, scope)
        except (Raised, Stuck):
            return False
        return self.state() is state

    def _scope(self, function: Function) -> Scope:
        scope = Scope(function.module, self.machine.module_scope(function.module))
        stored = {n.id for n in function.own_nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for name in [*(p.arg for p in function.params), *stored]:
            scope.vars[name] = self._guess(name)
        if function.params:
            scope.vars[function.params[0].arg] = self.obj
        return scope

    def _guess(self, name: str) -> object:
        return self.machine.clock if "time" in name or name in {"now", "at", "when"} else Unknown(name)


def _block_of(write: StateWrite) -> list[ast.stmt]:
    """The plain statements of the block that the write stands in."""
    parent = write.module.parents[write.node]
    blocks = (getattr(parent, name, []) for name in ("body", "orelse", "finalbody"))
    block = next((b for b in blocks if isinstance(b, list) and write.node in b), [write.node])
    calls = (ast.Assign, ast.AnnAssign, ast.AugAssign)
    return [s for s in block if isinstance(s, calls) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Call))]


def label_of(value: object) -> State | None:
    """The state that a value stands for."""
    match value:
        case Member():
            return state_named(value.name) or (state_named(value.value) if isinstance(value.value, str) else None)
        case str():
            return state_named(value)
        case NamedInt():
            return state_named(value.name)
        case Obj():
            return state_named(value.cls.name)
        case Class():
            return state_named(value.name)
    return None


def leaves(obj: Obj, depth: int = _NESTED, above: tuple[str, ...] = ()) -> Iterator[Leaf]:
    """The numbers and spans that the object and the objects in it hold and never change."""
    changing = _changing(obj.cls)
    for name, value in obj.attrs.items():
        if name in changing:
            continue
        if isinstance(value, Span) or (isinstance(value, int | float) and not isinstance(value, bool | NamedInt)):
            leaf = Leaf((*above, name), value)
            if 0 <= leaf.number < _CLOCK:
                yield leaf
        elif isinstance(value, Obj) and depth and value is not obj:
            yield from leaves(value, depth - 1, (*above, name))


def _changing(cls: Class) -> frozenset[str]:
    """The attributes that other methods than the constructor set."""
    functions = (f for f in cls.functions if f.name not in {"__init__", "__post_init__"})
    nodes = (n for f in functions for n in ast.walk(f.node) if isinstance(n, ast.Attribute))
    return frozenset(n.attr for n in nodes if isinstance(n.ctx, ast.Store))


def holder_of(obj: Obj, leaf: Leaf) -> Obj:
    """The object that holds the leaf."""
    for name in leaf.path[:-1]:
        inner = obj.attrs[name]
        assert isinstance(inner, Obj)
        obj = inner
    return obj


def site_of(obj: Obj, leaf: Leaf) -> Site | None:
    """Where the value of the leaf was written."""
    return holder_of(obj, leaf).sites.get(leaf.path[-1])


def copied(value: object, seen: dict[int, object]) -> object:
    """A copy of an object with all that hangs on it; classes, functions and enum members are shared."""
    if id(value) in seen:
        return seen[id(value)]
    match value:
        case Obj():
            made = Obj(value.cls, {}, dict(value.sites), value.made)
            seen[id(value)] = made
            made.attrs |= {k: copied(v, seen) for k, v in value.attrs.items()}
            return made
        case Bound():
            return Bound(copied(value.receiver, seen), value.callee)
        case ExtObj():
            seen[id(value)] = ExtObj(value.name, list(value.args), value.is_held)
        case list() | deque():
            copy = value.copy()
            copy.clear()
            seen[id(value)] = copy
            copy.extend(copied(v, seen) for v in value)
        case dict():
            plain = value.copy()
            seen[id(value)] = plain
            for key in plain:
                plain[key] = copied(plain[key], seen)
        case _:
            return value
    return seen[id(value)]


def _ignored(_: object) -> None:
    return None
