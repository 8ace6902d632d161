"""What a name can hold on the machine. Numbers, texts, lists and dicts are Python's own."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from pytest_readiness.repo.modules import Class, FunctionNode, Module, Site

Emit = Callable[[object], None]
"""Takes what a generator yields."""


class Unknown:
    """A value about which little is known.

    `hint` is the name it was read by; `origin` the dotted name of what it comes from outside the repository, calls and
    attributes on the way included: `redis.from_url.ping`. `negated` tells a truth that is more likely false.
    """

    __slots__ = ("args", "hint", "negated", "origin")

    def __init__(self, hint: str = "", origin: str = "", negated: bool = False, args: tuple[object, ...] = ()) -> None:
        self.hint, self.origin, self.negated, self.args = hint, origin, negated, args

    def __repr__(self) -> str:
        return f"Unknown({self.hint})"


class NamedInt(int):
    """An integer that was read by a name in capitals: such constants stand for states."""

    name: str = ""


class Reading(float):
    """A number that some instrument shows, between 0 and 100; the parts of what it shows are attributes."""


@dataclass(frozen=True)
class Ext:
    """A function, class or module outside the repository, by its dotted name."""

    name: str


@dataclass(eq=False)
class ExtObj:
    """An object of a class outside the repository: a lock, an exception."""

    name: str
    args: list[object] = field(default_factory=list)
    is_held: bool = False
    """Of a lock: somebody has entered it."""
    attrs: dict[str, object] = field(default_factory=dict)
    """What it was made with by keyword, and what was set on it."""


@dataclass(eq=False)
class Obj:
    """An object of a class of the repository."""

    cls: Class
    attrs: dict[str, object] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)
    """Attribute -> where its value was written: the literal, the setting, the read of the environment."""
    made: Site | None = None
    """The call that created it."""


@dataclass(eq=False)
class Member:
    """A member of an enum of the repository."""

    cls: Class
    name: str
    value: object


class Scope:
    """The names of a running function or of a module."""

    def __init__(self, module: Module, parent: Scope | None = None, node: ast.AST | None = None) -> None:
        self.module, self.parent, self.node = module, parent, node
        self.vars: dict[str, object] = {}
        self.sites: dict[str, Site] = {}
        self.owner: Class | None = None
        """The class whose method runs; for `super()`."""
        self.receiver: object = None
        self.emit: Emit | None = None
        """Where a running generator yields to."""

    def holder(self, name: str) -> Scope | None:
        """The innermost scope that has the name."""
        scope: Scope | None = self
        while scope is not None and name not in scope.vars:
            scope = scope.parent
        return scope


@dataclass(eq=False)
class Fn:
    """A function of the repository with the names it closes over."""

    node: FunctionNode | ast.Lambda
    scope: Scope
    owner: Class | None = None
    kind: str = ""
    """"context" where it is decorated as a context manager."""

    @property
    def name(self) -> str:
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def is_async(self) -> bool:
        return isinstance(self.node, ast.AsyncFunctionDef)


@dataclass(eq=False)
class Bound:
    """A method together with its object."""

    receiver: object
    callee: object


@dataclass(eq=False)
class Native:
    """A callable of ours, or a method of a list, dict or text."""

    name: str
    run: Callable[[list[object], dict[str, object]], object]
    is_async: bool = False


@dataclass(eq=False)
class Coroutine:
    """A call that runs when it is awaited."""

    run: Callable[[], object]


@dataclass(eq=False)
class Stream:
    """A call of a generator: it runs when somebody iterates over it."""

    run: Callable[[Emit], None]


@dataclass(eq=False)
class Managed:
    """A call of a function decorated as a context manager."""

    stream: Stream


@dataclass(frozen=True, order=True)
class Moment:
    """A datetime, in seconds of the machine's clock."""

    seconds: float


@dataclass(frozen=True, order=True)
class Span:
    """A timedelta, in seconds."""

    seconds: float


class Raised(Exception):
    """An exception on its way up. `value` is the exception object."""

    def __init__(self, value: object, site: Site | None = None) -> None:
        super().__init__(repr(value))
        self.value, self.site = value, site


class Stuck(Exception):
    """The run does not come to an end: a deadlock, or more steps than are allowed."""
