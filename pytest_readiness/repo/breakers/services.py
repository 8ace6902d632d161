"""The breakers of the platform services: which breaker guards which service, and what goes around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.breakers.classes import BreakerClass
from pytest_readiness.repo.breakers.concrete import Concrete
from pytest_readiness.repo.breakers.driving import Driven
from pytest_readiness.repo.breakers.library import LibraryBreaker
from pytest_readiness.repo.breakers.session import leaves, site_of
from pytest_readiness.repo.breakers.states import State, state_named
from pytest_readiness.repo.machine import Choices, Machine, Obj, Raised, Stuck
from pytest_readiness.repo.modules import Class, FunctionNode, Module, Site
from pytest_readiness.repo.resilience import Conditions, Service, Side
from pytest_readiness.repo.symbolic import values as symbolic
from pytest_readiness.repo.symbolic.world import Mode

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

Users = dict[symbolic.Value, set[str]]
MOST_PLACES = 3
"""Most statements that are named for one property."""
MOST_NESTED = 3
"""Objects within objects in which a breaker is held."""


@dataclass(eq=False)
class Guarding:
    """How one service is guarded."""

    service: Service
    breakers: list[symbolic.Obj] = field(default_factory=list)
    """The breakers that its first guarded call runs inside: its own, else the shared ones."""
    idle: list[symbolic.Obj] = field(default_factory=list)
    """Breakers that are held for it and guard no call."""
    guarded: list[Site] = field(default_factory=list)
    """Calls of the primary implementation inside a breaker."""
    bare: list[Site] = field(default_factory=list)
    """Calls of the primary implementation beside every breaker of the service's own."""
    shared: list[str] = field(default_factory=list)
    """Other services that run inside the same breaker."""

    @property
    def held(self) -> symbolic.Obj | None:
        """The breaker that is held for the service."""
        return next(iter([*self.breakers, *self.idle]), None)

    @property
    def is_own(self) -> bool:
        """A breaker of its own guards it."""
        return bool(self.breakers) and not self.shared


def _users(calls: dict[str, list[symbolic.Call]]) -> Users:
    """Breaker -> the services whose calls run inside it."""
    users: Users = {}
    for name, made in calls.items():
        for guard in (g for c in made for g in c.guards):
            users.setdefault(guard, set()).add(name)
    return users


class ServiceBreakers:
    """Looks at every operation of every service, in every mode and with the breaker in every state."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._driven: dict[symbolic.Obj, Driven | None] = {}
        self._alike: dict[tuple[object, ...], Driven] = {}

    @cached_property
    def all(self) -> dict[str, Guarding]:
        """Service -> how it is guarded; empty where there is no facade."""
        found = {s.name: Guarding(s) for s in self._repo.resilience.services}
        for conditions in self._conditions if found else ():
            calls = {name: list(self._primary_calls(g.service, conditions)) for name, g in found.items()}
            users = _users(calls)
            for name, guarding in found.items():
                for call in calls[name]:
                    self._add(guarding, call, users)
        for guarding in found.values():
            if not guarding.breakers:
                guarding.idle = list(self._held(guarding.service))
        return found

    def _add(self, guarding: Guarding, call: symbolic.Call, users: Users) -> None:
        """Counts a call of the primary implementation; one that runs inside somebody else's breaker is not its own."""
        name = guarding.service.name
        guards = [g for g in call.guards if isinstance(g, symbolic.Obj)]
        own = [g for g in guards if users[g] == {name}]
        if not guards:
            guarding.bare.append(self._place(call))
            return
        guarding.guarded.append(self._place(call))
        if not guarding.breakers:
            guarding.breakers = own or guards
        if not own:
            others = {u for g in guards for u in users[g]} - {name}
            guarding.shared = sorted({*guarding.shared, *others})

    def _place(self, call: symbolic.Call) -> Site:
        name = call.name.value if isinstance(call.name, symbolic.Const) else "the operation"
        beside = "" if call.guards else ", beside the breaker"
        return Site(call.place.path, call.place.line, f"runs {name} on the primary implementation{beside}")

    @cached_property
    def _conditions(self) -> list[Conditions]:
        modes: list[Mode | None] = [m.fixed for m in self._repo.resilience.modes]
        return [Conditions(mode=m, breaker=s) for m in modes or [None] for s in State]

    def _primary_calls(self, service: Service, conditions: Conditions) -> Iterator[symbolic.Call]:
        for operation in service.operations:
            for way in self._repo.resilience.ways(service.name, operation, conditions):
                yield from way.calls_on(Side.PRIMARY)

    # Breakers that are held

    def _held(self, service: Service) -> Iterator[symbolic.Obj]:
        """Breakers that the facade, or the front object of the service, keeps under the service's name."""
        resilience = self._repo.resilience
        run = resilience.run(self._conditions[0])
        yield from self._under(run.object, service.name, MOST_NESTED)
        for front in resilience.fronts(run, service.name):
            if isinstance(front, symbolic.Obj):
                yield from self._under(front, "", 1)

    def _under(self, owner: symbolic.Obj, name: str, depth: int) -> Iterator[symbolic.Obj]:
        machine = self._repo.resilience.run(self._conditions[0]).machine
        attributes = self._repo.names.attributes(owner.of) if isinstance(owner.of, Class) else {}
        for attribute in attributes:
            for value in machine.members(owner, attribute):
                if isinstance(value, symbolic.Table):
                    entries = value.under(symbolic.Const(name)) if name else ()
                    yield from (v for v in entries if isinstance(v, symbolic.Obj) and self._is_breaker(v))
                elif isinstance(value, symbolic.Obj) and self._is_breaker(value) and name in attribute:
                    yield value
                elif isinstance(value, symbolic.Obj) and depth > 1 and isinstance(value.of, Class) and value != owner:
                    yield from self._under(value, name, depth - 1) if name else ()

    def _is_breaker(self, obj: symbolic.Obj) -> bool:
        kinds = self._repo.breakers.kinds
        return kinds.is_library(obj.of) or (isinstance(obj.of, Class) and kinds.of(obj.of) is not None)

    # What a breaker does

    def library(self, obj: symbolic.Obj) -> LibraryBreaker | None:
        """The breaker as one of a library; None where its class is the repository's own."""
        if not self._repo.breakers.kinds.is_library(obj.of):
            return None
        machine = Machine(self._repo.names, self._repo.imports, Choices())
        return LibraryBreaker(obj, Concrete(machine, self._repo.origins), self._repo.names)

    def kind(self, obj: symbolic.Obj) -> BreakerClass | None:
        """The class of the breaker; None for one of a library."""
        return self._repo.breakers.of(obj.of) if isinstance(obj.of, Class) else None

    def driven(self, obj: symbolic.Obj) -> Driven | None:
        """The breaker with what it was constructed with, ready to be driven; None for one of a library."""
        if obj not in self._driven:
            breaker = self.kind(obj)
            self._driven[obj] = self._made(obj, breaker) if breaker is not None else None
        return self._driven[obj]

    def _made(self, obj: symbolic.Obj, breaker: BreakerClass) -> Driven:
        machine = Machine(self._repo.names, self._repo.imports, Choices())
        try:
            made = Concrete(machine, self._repo.origins).of(obj)
        except (Raised, Stuck):
            made = None
        concrete = made if isinstance(made, Obj) else Obj(breaker.cls)
        key = (breaker.cls.node, *((x.path, x.value, site_of(concrete, x)) for x in leaves(concrete)))
        if key not in self._alike:
            self._alike[key] = self._repo.breakers.prepared(breaker, concrete)
        return self._alike[key]

    def evidence(self, obj: symbolic.Obj, prop: str) -> list[Site]:
        """Where a property of the breaker is decided: the statements that enter the state, or refuse the call."""
        breaker = self.kind(obj)
        if breaker is None or self._repo.breakers.kinds.is_library(obj.of):
            return [obj.place]
        refusals = [f.module.at(node, "refuses the call") for f, node in breaker.rejections]
        wanted = {"opens": State.OPEN, "probes": State.HALF_OPEN, "closes": State.CLOSED, "reopens": State.OPEN}.get(
            prop
        )
        entered = [w.module.at(w.node, f"enters the state {wanted}") for w in breaker.writes if w.to in (wanted, None)]
        return (refusals if prop == "rejects" else entered)[:MOST_PLACES] or [breaker.cls.module.at(breaker.cls.node)]

    # Led around

    @cached_property
    def led_around(self) -> dict[tuple[str, str], Site]:
        """Service and operation -> the test by which an open breaker is never asked again."""
        found = {}
        for name, guarding in self.all.items():
            for operation in guarding.service.operations if guarding.breakers else ():
                site = self._around(guarding.service, operation)
                if site is not None:
                    found[name, operation] = site
        return found

    def _around(self, service: Service, operation: str) -> Site | None:
        """None where the executing method is reached with the breaker open, as it is with the breaker closed."""
        closed, opened = (self._entered(service, operation, s) for s in (State.CLOSED, State.OPEN))
        return self._test(service) if closed and not opened else None

    def _entered(self, service: Service, operation: str, state: State) -> bool:
        """Whether a mode that uses the primary side reaches the executing method."""
        resilience = self._repo.resilience
        for conditions in (c for c in self._conditions if c.breaker is state):
            resilience.ways(service.name, operation, conditions)
            if resilience.run(conditions).entered.get((service.name, operation)):
                return True
        return False

    def _test(self, service: Service) -> Site:
        """The condition over the state of a breaker, outside of breaker classes; one beside the call goes first."""
        tests = [
            (m, n)
            for m in self._repo.resilience.modules
            for n in m.nodes
            if isinstance(n, ast.If | ast.IfExp | ast.While) and self._asks_state(m, n.test)
        ]
        if tests:
            module, node = min(tests, key=lambda t: not self._executes(*t))
            note = "asks whether the breaker is open instead of calling it: no trial call can happen"
            return module.at(node.test, note)
        accessor = service.accessor
        place = accessor.site if accessor else Site(self._repo.settings.paths.facade, None)
        return Site(place.path, place.line, "an open breaker is not called any more")

    def _asks_state(self, module: Module, test: ast.expr) -> bool:
        asked = [n for n in ast.walk(test) if isinstance(n, ast.Attribute) and self._names_state(n)]
        cls = module.enclosing_class(test)
        inside = cls is not None and self._repo.breakers.of(cls) is not None
        function = next((p for p in module.ancestors(test) if isinstance(p, FunctionNode)), None)
        return bool(asked) and not inside and function is not None

    def _executes(self, module: Module, node: ast.AST) -> bool:
        """Whether the function of the node calls an executing method."""
        names = {e.method.name for b in self._repo.breakers.classes for e in b.executors} | {"call", "call_async"}
        function = next((p for p in module.ancestors(node) if isinstance(p, FunctionNode)), None)
        calls = (n for n in ast.walk(function) if isinstance(n, ast.Call)) if function else ()
        return any(isinstance(c.func, ast.Attribute) and c.func.attr in names for c in calls)

    def _names_state(self, node: ast.Attribute) -> bool:
        return state_named(node.attr) is State.OPEN or node.attr in {"state", "current_state"}
