"""Operations of the facade followed path by path, with mode, breaker state and the fate of the primary side fixed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.breakers import State as BreakerState
from pytest_readiness.repo.breakers import state_named
from pytest_readiness.repo.breakers.classes import LIBRARY
from pytest_readiness.repo.modules import Class, Function, Module, Site
from pytest_readiness.repo.resilience.modes import KIND_WORDS
from pytest_readiness.repo.resilience.words import Side, side_of, words_of
from pytest_readiness.repo.symbolic.core import TooMuch
from pytest_readiness.repo.symbolic.statements import Machine
from pytest_readiness.repo.symbolic.values import (
    NONE,
    Answer,
    Call,
    Const,
    Error,
    Frame,
    Func,
    Guarded,
    Items,
    Kind,
    Log,
    Member,
    Obj,
    Partial,
    Refusal,
    State,
    Step,
    Table,
    Unknown,
    Value,
    names_of,
    parts_of,
)
from pytest_readiness.repo.symbolic.world import FAILS, WORKS, Mode, World
from pytest_readiness.repo.symbols import External

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

MOST_ENDINGS = 400
BREAKER_PACKAGES = frozenset(name.partition(".")[0] for name in LIBRARY)


@dataclass(frozen=True)
class Conditions:
    """What is stipulated for a run.

    `breaker` is the state of every breaker at the start. `primary` is the fate of calls on the primary side: both
    where either may happen. `absent` lets lookups of implementations find nothing.
    """

    mode: Mode | None = None
    breaker: BreakerState = BreakerState.CLOSED
    primary: tuple[str, ...] = (WORKS, FAILS)
    local: tuple[str, ...] = (WORKS,)
    absent: bool = False


@dataclass(frozen=True)
class Way:
    """One way through an operation: how it ends (`return` or `raise`), with what, and what was called before."""

    kind: str
    value: Value
    state: State
    place: Site | None
    run: Run

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls of implementations, in order."""
        return self.state.calls

    @property
    def logs(self) -> tuple[Log, ...]:
        return self.state.logs

    def place_of(self, note: str) -> Site:
        """Where the way ends, with a note."""
        assert self.place is not None
        return Site(self.place.path, self.place.line, note)

    def calls_on(self, side: Side) -> tuple[Call, ...]:
        """The calls of implementations of one side."""
        return tuple(c for c in self.calls if self.run.side(c.target) is side)

    @property
    def answers(self) -> tuple[Call, ...]:
        """The calls whose results are in what is returned."""
        found = (p.call for p in parts_of(self.value) if isinstance(p, Answer))
        return tuple(dict.fromkeys(found))

    @property
    def asks_breaker(self) -> bool:
        """Whether the primary is called inside a breaker, or a library's breaker refuses the call."""
        refused = any(isinstance(e, Refusal) for e in self.state.events)
        return refused or any(c.guards for c in self.calls_on(Side.PRIMARY))

    @property
    def settled(self) -> tuple[Call, ...]:
        """The calls whose results are returned, and those that worked and have no result to return."""
        return (*self.answers, *(c for c in self.calls if not c.failed and self.run.gives_nothing(c)))

    @property
    def is_empty(self) -> bool:
        """Ends without the result of an implementation and without an exception."""
        return self.kind != "raise" and not self.settled


@dataclass(frozen=True)
class Maker:
    """How the system comes by the facade: where it is constructed, or which functions choose among its classes."""

    cls: Class
    site: tuple[Module, ast.Call] | None = None
    factories: tuple[Function, ...] = ()
    family: frozenset[Class | External] = frozenset()


class FacadeWorld(World):
    """Implementations are observed; breakers are held in one state."""

    def __init__(self, repo: Repo, conditions: Conditions, errors: tuple[Class, ...]) -> None:
        super().__init__(conditions.mode, conditions.absent, errors=errors)
        self._repo, self.conditions = repo, conditions
        self.run: Run | None = None
        self._guards: dict[object, bool] = {}
        self.entered: set[Value] = set()
        """The breakers whose executing method was reached."""

    def called(self, callee: Value, args: tuple[Value, ...], step: Step) -> None:  # noqa: ARG002
        if isinstance(callee, Func) and isinstance(callee.this, Obj) and self.is_guard(callee.this):
            of = callee.this.of
            breaker = self._repo.breakers.of(of) if isinstance(of, Class) else None
            if breaker is not None and breaker.executor(callee.name) is not None:
                self.entered.add(callee.this)

    def observes(self, value: Value) -> bool:
        return self.run is not None and self.run.side(value) is not None

    def fate(self, value: Value, name: Value) -> tuple[str, ...]:  # noqa: ARG002
        primary = self.run is not None and self.run.side(value) is Side.PRIMARY
        return self.conditions.primary if primary else self.conditions.local

    def is_guard(self, value: Value) -> bool:
        if not isinstance(value, Obj):
            return False
        if value.of not in self._guards:
            kinds = self._repo.breakers.kinds
            own = isinstance(value.of, Class) and kinds.of(value.of) is not None
            self._guards[value.of] = own or kinds.is_library(value.of)
        return self._guards[value.of]

    def library_guard(self, value: Value) -> bool:
        return isinstance(value, Obj) and self.is_guard(value) and self._repo.breakers.kinds.is_library(value.of)

    def open_error(self, value: Value) -> Error | None:
        self.entered.add(value)
        if self.conditions.breaker is not BreakerState.OPEN or not isinstance(value, Obj):
            return None
        package = value.of.name.partition(".")[0] if isinstance(value.of, External) else "pybreaker"
        return Error(External(f"{package}.CircuitBreakerError"))

    def meant(self, value: Value) -> Value:
        """A state of a library's breaker as the text that its object gives: pybreaker.STATE_OPEN."""
        if not isinstance(value, Kind) or not isinstance(value.of, External):
            return value
        package, _, name = value.of.name.partition(".")
        state = state_named(name.rpartition(".")[2]) if package in BREAKER_PACKAGES else None
        return Const(state.value) if state is not None else value

    def missing(self, table: Table, key: Value) -> tuple[Value, ...]:
        """An implementation that is not registered where it should be: what dispatch does with it is another matter."""
        known = isinstance(key, Const) and key.value in self._repo.settings.services
        if not known or side_of([table.name]) is None:
            return ()
        return (Unknown(str(key.value), Unknown(table.name)),)  # type: ignore[union-attr]

    def fixed(self, obj: Obj, name: str) -> tuple[Value, ...] | None:
        """The attribute that holds a breaker's state, in the state that is stipulated."""
        if not self.is_guard(obj) or self.run is None:
            return None
        if self.library_guard(obj):
            return self._library_state(name)
        held = list(self.run.machine.members(obj, name) or self.run.machine.field_values(obj, name))
        return self._state_of(held, name)

    def _library_state(self, name: str) -> tuple[Value, ...] | None:
        wanted = self.conditions.breaker
        text = wanted.value
        if name in ("current_state", "state", "state_name"):
            return (Const(text),)
        asked = state_named(name)
        return (Const(asked is wanted),) if asked is not None else None

    def _state_of(self, held: list[Value], name: str) -> tuple[Value, ...] | None:
        wanted = self.conditions.breaker
        known = [(v, s) for v in held if (s := state_of_value(v)) is not None]
        if not known:
            flags = [v for v in held if isinstance(v, Const) and isinstance(v.value, bool)]
            asked = state_named(name)
            return (Const(asked is wanted),) if flags and asked is not None else None
        same = [v for v, s in known if s is wanted]
        first = known[0][0]
        if not same and isinstance(first, Member):
            named = [n for n in self.run.machine.enum_names(first.cls) if state_named(n) is wanted] if self.run else []
            same = [Member(first.cls, n) for n in named]
        return tuple(same[:1]) or (known[0][0],)


def state_of_value(value: Value) -> BreakerState | None:
    if isinstance(value, Member):
        return state_named(value.name)
    if isinstance(value, Const) and isinstance(value.value, str):
        return state_named(value.value)
    return state_named(value.of.name) if isinstance(value, Obj) and isinstance(value.of, Class) else None


class Run:
    """The facade under one set of conditions."""

    def __init__(
        self, repo: Repo, conditions: Conditions, maker: Maker, errors: tuple[Class, ...] = (), like: Run | None = None
    ) -> None:
        """`like` is a run in the same mode: what objects there are, and what they hold, is known from it."""
        self.conditions, self._repo, self._cls, self._maker = conditions, repo, maker.cls, maker
        self.world: FacadeWorld = like.world if like else FacadeWorld(repo, conditions, errors)
        self.machine: Machine = like.machine if like else Machine(repo, self.world)
        self._sides: dict[Value, Side | None] = like._sides if like else {}
        self._roles: dict[Obj, tuple[str, Side]] = like._roles if like else {}
        self._kinds: dict[object, set[Side]] = like._kinds if like else {}
        self._ways: dict[tuple[str, str], tuple[Way, ...]] = {}
        self.entered: dict[tuple[str, str], frozenset[Value]] = {}
        """Service and operation -> the breakers whose executing method some way through it reaches."""
        if like is not None:
            self.object = like.object
        self.enter()

    def enter(self) -> None:
        """Lets the conditions of this run hold."""
        self.world.conditions, self.world.run = self.conditions, self

    @cached_property
    def object(self) -> Obj:
        """The facade as the system constructs it, in the mode of this run."""
        try:
            return next(self._from_factories(), None) or self._from_site()
        except (TooMuch, RecursionError):
            return self._bare()

    def _bare(self) -> Obj:
        """A facade about whose construction nothing is known."""
        return Obj(self._cls, self.machine.key("facade"), self._cls.module, self._cls.node)

    def _from_site(self) -> Obj:
        """The facade as the first place that constructs it does."""
        if self._maker.site is None:
            return self._bare()
        module, call = self._maker.site
        inside = module.enclosing_function(call)
        frames = self.machine.contexts(None, inside) if inside else [self.machine.module_frame(module)]
        return self._constructed(module, call, frames)

    def _from_factories(self) -> Iterator[Obj]:
        """What functions that choose among the classes of the facade give in this mode."""
        for function in self._maker.factories:
            module, machine = function.module, self.machine
            owner = Kind(function.cls) if function.cls is not None else None
            factory = Func(module, function.node, machine.module_frame(module), owner, function.cls)
            first = 0 if owner is None else 1
            args = tuple(self._factory_argument(function, p) for p in function.params[first:])
            at = (module, function.node, machine.module_frame(module))
            for step in machine.whole(machine.apply(factory, args, (), at, State())):
                if step.kind == "value" and isinstance(step.value, Obj) and step.value.of in self._maker.family:
                    yield step.value

    def _factory_argument(self, function: Function, parameter: ast.arg) -> Value:
        """Something from outside; where the parameter is the mode, its default is what it is for those who say none."""
        default = function.defaults.get(parameter.arg)
        if default is not None and set(words_of(parameter.arg)) & KIND_WORDS:
            found = self.machine.loosely(default, self.machine.module_frame(function.module))
            self.world.modes_seen += [v for v in found if v != NONE]
        return Unknown(parameter.arg)

    def _constructed(self, module: Module, call: ast.Call, frames: list[Frame]) -> Obj:
        names = [k.arg for k in call.keywords]
        given = [*(a for a in call.args if not isinstance(a, ast.Starred)), *(k.value for k in call.keywords)]
        values = [self._first(g, frames) for g in given]
        count = len(given) - len(names)
        kwargs = tuple((n, v) for n, v in zip(names, values[count:], strict=True) if n)
        number = self.machine.key("facade", call)
        return Obj(self._cls, number, module, call, tuple(values[:count]), kwargs)

    def _first(self, node: ast.expr, frames: list[Frame]) -> Value:
        """What is handed over: an object where one is known."""
        found = [v for f in frames for v in self.machine.loosely(node, f) if v != NONE]
        known = [v for v in found if not isinstance(v, Unknown)]
        return next(iter([*known, *found]), Unknown(getattr(node, "id", "")))

    # Breakers and modes

    def breaker_state_after(self, guard: Obj, state: State) -> BreakerState | None:
        """The state in which a way leaves a breaker; None where the way does not change it."""
        held = (v for (owner, _), v in state.store.items() if owner == guard.key)
        states = [s for v in held if (s := state_of_value(v)) is not None]
        return states[-1] if states else None

    def listened(self, guard: Obj, end: BreakerState) -> list[Log]:
        """What the listeners of a library's breaker log when it enters a state."""
        self.enter()
        given = dict(guard.kwargs).get("listeners")
        found: list[Log] = []
        for listener in given.items if isinstance(given, Items) else ():
            if isinstance(listener, Obj):
                found += self._told(listener, guard, end)
        return found

    def _told(self, listener: Obj, guard: Obj, end: BreakerState) -> list[Log]:
        before = Const("closed" if end is BreakerState.OPEN else "half-open")
        states = tuple(Unknown("breaker state", None, (Const(str(v)),)) for v in (before.value, end.value))
        at = (guard.module, guard.node, self.machine.module_frame(guard.module))
        steps = self.machine.then(
            self.machine.attribute(listener, "state_change", State()),
            lambda v, s: self.machine.apply(v, (guard, *states), (), at, s),
        )
        return [g for s in self.machine.whole(steps) for g in s.state.logs]

    def default_modes(self) -> list[Value]:
        """What the mode was before it was held fixed, wherever it came from outside."""
        return [v for one in self.world.modes_seen if (v := self._default_mode(one)) is not None]

    def _default_mode(self, one: Value) -> Value | None:
        mode = self.world.mode
        if mode is None or mode.is_one(one):
            return one
        texts = [p for p in parts_of(one) if isinstance(p, Const | Member)]
        for text in texts:
            if mode.is_one(text):
                return text
            members = self.machine.enum_names(mode.cls) if mode.cls is not None else []
            for name in members:
                member = Member(mode.cls, name)  # type: ignore[arg-type]
                if self.machine.enum_value(member) == text:
                    return member
        return None

    # Sides

    def assign_roles(self, roles: dict[Obj, tuple[str, Side]]) -> None:
        """Tells which objects are implementations, of which service and side."""
        self._roles.update(roles)
        self._sides.clear()
        for obj, (_, side) in roles.items():
            self._kinds.setdefault(obj.of, set()).add(side)

    def side(self, value: Value) -> Side | None:
        """The side of an implementation; None for anything else."""
        if not isinstance(value, Obj | Unknown):
            return None
        if value not in self._sides:
            self._sides[value] = self._side(value)
        return self._sides[value]

    def _side(self, value: Obj | Unknown) -> Side | None:
        if isinstance(value, Obj):
            if value in self._roles:
                return self._roles[value][1]
            sides = self._kinds.get(value.of, set())
            return next(iter(sides)) if len(sides) == 1 else None
        if value.parts and value.name not in ("()", "[]"):
            return None
        return side_of(n for n in names_of(value) if n not in ("()", "[]", "get"))

    def gives_nothing(self, call: Call) -> bool:
        """Whether the operation that was called is known to return nothing."""
        of = call.target.of if isinstance(call.target, Obj) else None
        named = isinstance(call.name, Const) and isinstance(of, Class)
        method = self._repo.names.method(of, str(call.name.value)) if named else None  # type: ignore[arg-type, union-attr]
        if method is None:
            return False
        values = (n.value for n in method.own_nodes if isinstance(n, ast.Return | ast.Yield | ast.YieldFrom))
        return all(v is None or (isinstance(v, ast.Constant) and v.value is None) for v in values)

    # Operations

    def accessed(self, steps: Iterator[Step]) -> list[Step]:
        """The outcomes of reading or calling an accessor, coroutines awaited."""
        self.enter()
        at = (self._cls.module, self._cls.node, self.machine.module_frame(self._cls.module))
        return self.machine.whole(self.machine.forced(steps, at))

    def ways(self, front: Value, service: str, operation: str, through: str = "") -> tuple[Way, ...]:
        """Every way through an operation of the front object of a service, or `through` a method that is told it."""
        key = (service, operation)
        if key not in self._ways:
            self.enter()
            self.world.entered.clear()
            self._ways[key] = tuple(self._followed(front, operation, through))[:MOST_ENDINGS]
            self.entered[key] = frozenset(self.world.entered)
        return self._ways[key]

    def followed(self, function: Function) -> tuple[Way, ...]:
        """Every way through a function outside of the facade, its arguments unknown."""
        self.enter()
        machine = self.machine
        at = (function.module, function.node, machine.module_frame(function.module))
        func = Func(function.module, function.node, at[2], None, function.cls)
        args, kwargs = self._arguments(func)
        steps = machine.forced(machine.apply(func, args, kwargs, at, State()), at)
        return tuple(self._way(s) for s in machine.whole(steps))[:MOST_ENDINGS]

    def _followed(self, front: Value, operation: str, through: str) -> Iterator[Way]:
        machine = self.machine
        at = (self._cls.module, self._cls.node, machine.module_frame(self._cls.module))

        def called(value: Value, state: State) -> Iterator[Step]:
            args, kwargs = self._arguments(value)
            args = (Const(operation), *args[1:]) if through else args
            return machine.forced(machine.apply(value, args, kwargs, at, state), at)

        steps = machine.then(machine.attribute(front, through or operation, State()), called)
        yield from (self._way(s) for s in machine.whole(steps))

    def _way(self, step: Step) -> Way:
        kind = "raise" if step.kind == "raise" else "return"
        place = step.module.at(step.node) if step.module is not None and step.node is not None else None
        return Way(kind, step.value, step.state, place, self)

    def _arguments(self, value: Value) -> tuple[tuple[Value, ...], tuple[tuple[str, Value], ...]]:
        """One argument of its own for each parameter of an operation."""
        func: Value = value
        bound = 0
        while isinstance(func, Partial | Guarded):
            bound += len(func.args) if isinstance(func, Partial) else 0
            func = func.of
        if not isinstance(func, Func):
            return (Unknown("argument"),), ()
        a = func.code.args
        positional = [p.arg for p in (*a.posonlyargs, *a.args)]
        first = 1 if func.this is not None else bound
        args = tuple(Unknown(f"argument {n}") for n in positional[first:])
        kwargs = tuple((p.arg, Unknown(f"argument {p.arg}")) for p in a.kwonlyargs)
        extra = (Unknown("argument *"),) if a.vararg else ()
        named = (("extra", Unknown("argument **")),) if a.kwarg else ()
        return (*args, *extra), (*kwargs, *named)
