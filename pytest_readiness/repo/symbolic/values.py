"""What an expression may stand for when code is followed without being run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site
from pytest_readiness.repo.symbols import External

Lambda = ast.Lambda
Code = FunctionNode | ast.Lambda


@dataclass(frozen=True)
class Const:
    """A constant: None, a number, a text."""

    value: Hashable

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and self.value == other.value and type(self.value) is type(other.value)

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


NONE = Const(None)


@dataclass(frozen=True)
class Member:
    """A member of an enumeration of the repository."""

    cls: Class
    name: str


@dataclass(frozen=True)
class Kind:
    """A class, or a function or module outside the repository."""

    of: Class | External


@dataclass(frozen=True)
class Space:
    """A module or folder of the repository."""

    of: Module | object


@dataclass(frozen=True, eq=False)
class Frame:
    """Where names are looked up: a running function, a module or a class body.

    A loose frame is not running: its names stand for whatever the function ever binds to them. `bound` are names with a
    known value there (parameters, variables of unrolled loops). `home` is where the state keeps its names; rounds of a
    loop share it and have a `key` each, so that what they construct differs. `outer` is the frame around a round.
    """

    module: Module
    code: Code | ast.ClassDef | None
    key: int
    home: int
    parent: Frame | None = None
    owner: Class | None = None
    this: Value | None = None
    loose: bool = False
    bound: Mapping[str, Value] = field(default_factory=dict)
    loop: ast.AST | None = None
    outer: Frame | None = None
    manager: Callable[[State], Iterator[Step]] | None = None
    """What runs where a context manager's function yields."""


@dataclass(frozen=True)
class Func:
    """A function or lambda of the repository; `this` is what its first parameter is bound to."""

    module: Module
    code: Code
    frame: Frame | None
    this: Value | None = None
    owner: Class | None = None

    @property
    def name(self) -> str:
        return self.code.name if isinstance(self.code, FunctionNode) else "<lambda>"


@dataclass(frozen=True)
class Partial:
    """functools.partial."""

    of: Value
    args: tuple[Value, ...]
    kwargs: tuple[tuple[str, Value], ...]


@dataclass(frozen=True)
class Guarded:
    """A callable that runs inside a guard (a breaker used as a decorator)."""

    of: Value
    guard: Value


@dataclass(frozen=True, eq=False)
class Obj:
    """An object that the call `node` constructs. The same place in the same context gives the same object."""

    of: Class | External
    key: int
    module: Module
    node: ast.AST
    args: tuple[Value, ...] = ()
    kwargs: tuple[tuple[str, Value], ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Obj) and self.key == other.key and self.of == other.of

    def __hash__(self) -> int:
        return self.key

    @property
    def place(self) -> Site:
        """Where it is constructed."""
        return self.module.at(self.node)


@dataclass(frozen=True)
class Table:
    """A mapping. `entries` hold all alternatives of a key; `rest` are values under keys that are not known.

    `certain` means that its entries are there in any case (a display), not put there by statements that may not run.
    """

    entries: tuple[tuple[Value, tuple[Value, ...]], ...] = ()
    rest: tuple[Value, ...] = ()
    certain: bool = True
    factory: Value | None = None
    name: str = ""
    key: int = 0

    def under(self, key: Value) -> tuple[Value, ...]:
        """The alternatives under a key."""
        return next((values for k, values in self.entries if k == key), ())

    def put(self, key: Value, value: Value) -> Table:
        """The mapping after an assignment to one key."""
        others = tuple(e for e in self.entries if e[0] != key)
        return replace(self, entries=(*others, (key, (value,))))


@dataclass(frozen=True)
class Items:
    """A list, tuple or set. `more` says that it may hold further items that are not known."""

    items: tuple[Value, ...] = ()
    more: bool = False


@dataclass(frozen=True)
class Unknown:
    """A value of which only the way to it is known: `name` on `of`, or something worked out from `parts`."""

    name: str = ""
    of: Value | None = None
    parts: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Error:
    """An exception. `of` None stands for whatever an outage of a dependency raises."""

    of: Class | External | None = None
    node: ast.AST | None = None
    parts: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Later:
    """A coroutine or generator that has not run yet."""

    of: Func | Unknown
    args: tuple[Value, ...]
    kwargs: tuple[tuple[str, Value], ...]
    key: int
    at: tuple[Module, ast.AST, Frame] | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Logger:
    """A logger with the values bound to it."""

    bound: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Answer:
    """What an observed call returned."""

    call: Call


Value = (
    Const | Member | Kind | Space | Func | Partial | Guarded | Obj | Table | Items | Unknown | Error | Later | Logger
    | Answer
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A call on an observed object. `guards` are the breakers that it ran inside."""

    target: Value
    name: Value
    args: tuple[Value, ...]
    kwargs: tuple[tuple[str, Value], ...]
    module: Module = field(compare=False)
    node: ast.AST = field(compare=False)
    guards: tuple[Value, ...] = ()
    failed: bool = False

    @property
    def place(self) -> Site:
        return self.module.at(self.node)

    def site(self, note: str) -> Site:
        """Where the call stands, with a note."""
        return self.module.at(self.node, note)


@dataclass(frozen=True)
class Log:
    """A line written to a log: its level, and what it is made of."""

    level: str
    parts: tuple[Value, ...]
    module: Module = field(compare=False)
    node: ast.AST = field(compare=False)

    @property
    def place(self) -> Site:
        return self.module.at(self.node)


@dataclass(frozen=True)
class Choice:
    """A test whose outcome was not known, and the way that was taken."""

    module: Module = field(compare=False)
    node: ast.AST
    truth: bool


@dataclass(frozen=True)
class Refusal:
    """A library's breaker that is open was asked to run something, and refused."""

    guard: Value


Event = Call | Log | Choice | Refusal


@dataclass(frozen=True)
class State:
    """One way so far: what names and attributes hold, and what has happened. `store` is never changed in place."""

    store: Mapping[tuple[int, Hashable], Value] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    guards: tuple[Value, ...] = ()
    handling: tuple[Error, ...] = ()
    yielded: tuple[Value, ...] = ()

    def put(self, owner: int, name: Hashable, value: Value) -> State:
        """The state after `name` of the frame or object `owner` was set."""
        return replace(self, store={**self.store, (owner, name): value})

    def with_event(self, event: Event) -> State:
        return replace(self, events=(*self.events, event))

    @property
    def calls(self) -> tuple[Call, ...]:
        return tuple(e for e in self.events if isinstance(e, Call))

    @property
    def logs(self) -> tuple[Log, ...]:
        return tuple(e for e in self.events if isinstance(e, Log))


@dataclass(frozen=True)
class Step:
    """What may come of an expression (value, raise) or a statement (next, return, raise, break, continue)."""

    kind: str
    value: Value
    state: State
    node: ast.AST | None = None
    module: Module | None = None


def function_of(func: Func) -> Function | None:
    """The model's record of the function; None for a lambda."""
    return func.module.function_of(func.code) if isinstance(func.code, FunctionNode) else None


def parts_of(value: Value, seen: int = 0) -> Iterator[Value]:
    """The value and everything it is made of."""
    yield value
    if seen > 12:
        return
    for part in _parts(value):
        yield from parts_of(part, seen + 1)


def _parts(value: Value) -> Iterator[Value]:
    match value:
        case Unknown():
            yield from value.parts
            if value.of is not None:
                yield value.of
        case Items():
            yield from value.items
        case Table():
            yield from (v for _, values in value.entries for v in values)
            yield from value.rest
        case Obj():
            yield from value.args
            yield from (v for _, v in value.kwargs)
        case Error():
            yield from value.parts
        case Partial() | Later():
            yield from value.args
            yield from (v for _, v in value.kwargs)
        case Logger():
            yield from value.bound


def names_of(value: Value) -> Iterator[str]:
    """The names on the way to a value that is not known, the last one first."""
    at: Value | None = value
    while isinstance(at, Unknown):
        if at.name:
            yield at.name
        at = at.of
