"""What happens when the primary side fails or its breaker is open: is the local side used, and is it said?

Everything is told from the ways through the operations in combined mode (`runs`), with the breaker's state and the fate
of the primary side held fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.breakers import State as BreakerState
from pytest_readiness.repo.modules import Class, Site
from pytest_readiness.repo.resilience.adapters import Adapters
from pytest_readiness.repo.resilience.runs import Conditions, Way
from pytest_readiness.repo.resilience.words import Side, names_service
from pytest_readiness.repo.symbolic.values import Call, Const, Log, Member, Obj, Unknown, Value, parts_of
from pytest_readiness.repo.symbolic.world import FAILS, WORKS

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo
    from pytest_readiness.repo.resilience.model import Resilience, Service

WARNING = frozenset({"warning", "warn", "error", "exception", "critical", "fatal"})
INFO = WARNING | {"info", "success", "notice"}


@dataclass(frozen=True)
class Finding:
    """One thing that must hold: what shows it, or what is missing."""

    name: str
    shown: tuple[Site, ...] = ()
    missing: tuple[Site, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.missing


class Failover:
    """Judges failover in the facade's combined mode."""

    def __init__(self, repo: Repo, resilience: Resilience) -> None:
        self._repo, self._resilience = repo, resilience

    @cached_property
    def _adapters(self) -> Adapters:
        return Adapters(self._repo, self._resilience.errors)

    def conditions(self, breaker: BreakerState, *fate: str) -> Conditions:
        """Combined mode, where there is one, with that state of the breakers and fate of the primary side."""
        mode = self._resilience.combined
        return Conditions(mode.fixed if mode else None, breaker, fate)

    def ways(self, service: Service, breaker: BreakerState, *fate: str) -> Iterator[tuple[str, Way]]:
        """Each way through each operation of the service."""
        conditions = self.conditions(breaker, *fate)
        for operation in service.operations:
            yield from ((operation, w) for w in self._resilience.ways(service.name, operation, conditions))

    def guarded(self, service: Service) -> frozenset[str]:
        """The operations whose primary call runs inside a breaker."""
        found = self.ways(service, BreakerState.CLOSED, FAILS)
        return frozenset(o for o, w in found if any(c.guards for c in w.calls_on(Side.PRIMARY)))

    # A service

    def of(self, service: Service) -> tuple[Finding, ...]:
        """The four parts of failover from the managed to the local implementation of a service."""
        return (self._on_failure(service), self._on_open(service), self._local(service), self._lets_out(service))

    def _on_failure(self, service: Service) -> Finding:
        name = "(a) a failing call goes to the local side"
        seen = list(self.ways(service, BreakerState.CLOSED, FAILS))
        if not any(w.calls_on(Side.PRIMARY) for _, w in seen):
            return Finding(name, missing=(self._place(service, "no call of its primary implementation is seen"),))
        return Finding(
            name, self._shown(seen), tuple(dict.fromkeys(self._not_taken_over(seen, "when the primary fails")))
        )

    def _on_open(self, service: Service) -> Finding:
        name = "(b) an open breaker leads to the local side"
        if not self.guarded(service):
            return Finding(name, missing=(self._place(service, "no breaker guards its primary calls"),))
        seen = list(self.ways(service, BreakerState.OPEN, FAILS))
        return Finding(
            name, self._shown(seen), tuple(dict.fromkeys(self._not_taken_over(seen, "when the breaker is open")))
        )

    def _not_taken_over(self, seen: list[tuple[str, Way]], when: str) -> Iterator[Site]:
        for operation, way in seen:
            if way.kind == "raise":
                yield self._end(way, f"{when} {operation} raises here instead of using the local side")
            elif way.is_empty:
                yield self._end(way, f"{when} {operation} ends here without a call of the local side")
            elif not any(self._takes_over(way, call, operation) for call in way.settled):
                yield self._end(way, f"{when} {operation} does not do the same on the local side")

    def _takes_over(self, way: Way, call: Call, operation: str) -> bool:
        """Whether the call does the operation on the local side, with the arguments that the primary was given."""
        if way.run.side(call.target) is not Side.LOCAL or call.failed:
            return False
        before = way.calls_on(Side.PRIMARY)
        same = [c for c in before if c.name == call.name]
        if before and not same:
            return False
        named = not isinstance(call.name, Const) or before or call.name.value == operation
        return bool(named) and all(_same_arguments(c, call) for c in same[-1:])

    def _shown(self, seen: list[tuple[str, Way]]) -> tuple[Site, ...]:
        local = (c.place for _, w in seen for c in w.calls_on(Side.LOCAL))
        return tuple(dict.fromkeys(local))[:1]

    def _end(self, way: Way, note: str) -> Site:
        return way.place_of(note) if way.place is not None else self._resilience.place_noted(note)

    def _place(self, service: Service, note: str) -> Site:
        accessor = service.accessor
        return Site(accessor.path, accessor.line, note) if accessor else self._resilience.place_noted(note)

    def _local(self, service: Service) -> Finding:
        found = self._resilience.coverages.on(service, Side.LOCAL)
        name = "(c) a complete local implementation is registered"
        if found.registration is None and not found.lacking:
            return Finding(name, missing=(self._place(service, "no local implementation is registered"),))
        return Finding(name, found.shown, found.lacking)

    def _lets_out(self, service: Service) -> Finding:
        name = "(d) the primary lets failures out"
        primary = service.on(Side.PRIMARY)
        if not primary:
            return Finding(name, missing=(self._place(service, "no primary implementation is registered"),))
        pairs = ((r, o) for r in primary for o in service.operations)
        found = [s for r, o in pairs if (s := self._adapters.swallows(r.of, o)) is not None]
        return Finding(name, tuple(r.site for r in primary), tuple(dict.fromkeys(found)))

    # Without anybody doing anything

    def automatic(self) -> tuple[Finding, ...]:
        """default_on, on_error, on_open, fail_back."""
        return (self._default_on(), self._on_error(), self._open_error(), self._fail_back())

    def _default_on(self) -> Finding:
        combined = self._resilience.combined
        if combined is None:
            return Finding("default_on", missing=(self._resilience.place_noted("no mode names both sides"),))
        defaults = self._resilience.default_modes
        wrong = [d for d in defaults if d != combined.fixed.value]
        if defaults and not wrong:
            return Finding("default_on", shown=(combined.place_of("the default mode"),))
        said = (
            f"the default mode is {_shown_value(wrong[0])}, not the combined one"
            if wrong
            else "there is no default mode"
        )
        return Finding("default_on", missing=(combined.place_of(said),))

    def _all(self, breaker: BreakerState, *fate: str) -> list[tuple[str, Way]]:
        """The ways of all guarded operations."""
        return [
            (o, w)
            for s in self._resilience.services
            for o, w in self.ways(s, breaker, *fate)
            if o in self._guarded[s.name]
        ]

    @cached_property
    def _guarded(self) -> dict[str, frozenset[str]]:
        return {s.name: self.guarded(s) for s in self._resilience.services}

    def _on_error(self) -> Finding:
        return self._leads("on_error", self._all(BreakerState.CLOSED, FAILS), "a failing primary call")

    def _open_error(self) -> Finding:
        return self._leads("on_open", self._all(BreakerState.OPEN, FAILS), "an open breaker")

    def _leads(self, name: str, seen: list[tuple[str, Way]], what: str) -> Finding:
        if not seen:
            return Finding(name, missing=(self._resilience.place_noted("no primary call runs inside a breaker"),))
        without = [(o, w) for o, w in seen if not w.calls_on(Side.LOCAL)]
        sites = (self._end(w, f"{what} ends here without a call of the local side") for _, w in without)
        return Finding(name, self._shown(seen), tuple(dict.fromkeys(sites)))

    def _fail_back(self) -> Finding:
        """An open breaker is still asked, so that its trial call can happen, and in the trial the primary is called."""
        missing: dict[Site, None] = {}
        for state, said in ((BreakerState.OPEN, "open"), (BreakerState.HALF_OPEN, "half-open")):
            seen = self._all(state, WORKS)
            for operation in dict.fromkeys(o for o, _ in seen):
                ways = [w for o, w in seen if o == operation]
                if not any(w.asks_breaker for w in ways):
                    note = f"a breaker that is {said} is passed by, so the primary is never tried again"
                    missing[self._end(ways[0], note)] = None
        if not self._all(BreakerState.CLOSED, WORKS):
            missing[self._resilience.place_noted("no primary call runs inside a breaker")] = None
        for breaker in self._breakers:
            missing |= dict.fromkeys(self._cannot_recover(breaker))
        shown = (c.place for _, w in self._all(BreakerState.HALF_OPEN, WORKS) for c in w.calls_on(Side.PRIMARY))
        return Finding("fail_back", tuple(dict.fromkeys(shown))[:1], tuple(missing))

    @cached_property
    def _breakers(self) -> tuple[Obj, ...]:
        """The breakers that guard primary calls."""
        calls = (c for _, w in self._all(BreakerState.CLOSED, FAILS) for c in w.calls_on(Side.PRIMARY))
        found: dict[object, Obj] = {}
        for guard in (g for c in calls for g in c.guards):
            if isinstance(guard, Obj):
                found.setdefault(guard.of, guard)
        return tuple(found.values())

    def _cannot_recover(self, breaker: Obj) -> Iterator[Site]:
        known = self._repo.breakers.of(breaker.of) if isinstance(breaker.of, Class) else None
        if known is None or self._repo.breakers.kinds.is_library(breaker.of):
            return
        driven = self._repo.breakers.driven(known)
        if not driven.probes or not driven.closes:
            said = "never runs a trial call" if not driven.probes else "does not close after a trial call that works"
            yield known.cls.module.at(known.cls.node, f"{known.name} {said}")

    # What the logs say

    def events(self) -> tuple[Finding, ...]:
        """opened, used_fallback, recovered."""
        if not self._all(BreakerState.CLOSED, FAILS):
            missing = (self._resilience.place_noted("no primary call runs inside a breaker"),)
            return tuple(Finding(n, missing=missing) for n in ("opened", "used_fallback", "recovered"))
        return (
            self._transition("opened", BreakerState.CLOSED, FAILS, BreakerState.OPEN, WARNING),
            self._used_fallback(),
            self._transition("recovered", BreakerState.HALF_OPEN, WORKS, BreakerState.CLOSED, INFO),
        )

    def _used_fallback(self) -> Finding:
        missing: dict[Site, None] = {}
        shown: dict[Site, None] = {}
        for state in (BreakerState.CLOSED, BreakerState.OPEN):
            for service in self._resilience.services:
                for operation, way in self.ways(service, state, FAILS):
                    if operation in self._guarded[service.name] and way.calls_on(Side.LOCAL):
                        logs = [g for g in way.logs if g.level in WARNING and _names(g, service.name)]
                        shown |= {g.place: None for g in logs[:1]}
                        if not logs:
                            call = way.calls_on(Side.LOCAL)[0]
                            missing[call.site("the local side is used without a warning that names the service")] = None
        if not shown and not missing:
            missing = {self._resilience.place_noted("no guarded operation ever goes to the local side"): None}
        return Finding("used_fallback", tuple(shown)[:3], tuple(missing))

    def _transition(
        self, name: str, start: BreakerState, fate: str, end: BreakerState, levels: frozenset[str]
    ) -> Finding:
        """Each change of state is logged at that level with the name, and nothing else writes the same line."""
        missing: dict[Site, None] = {}
        shown: dict[Site, None] = {}
        for service in self._resilience.services:
            ways = [w for o, w in self.ways(service, start, fate) if o in self._guarded[service.name]]
            changed = [w for w in ways if self._entered(w, end) and end is not start]
            quiet = {g.node for w in ways if w not in changed for g in w.logs}
            for way in changed:
                logs = [g for g in way.logs if g.node not in quiet and g.level in levels and _names(g, service.name)]
                shown |= {g.place: None for g in logs}
                if not logs:
                    missing[self._changing(way, end, name)] = None
            listened = self._listeners(service, end, levels)
            shown |= {s: None for f in listened for s in f.shown}
            missing |= {s: None for f in listened for s in f.missing}
        if not shown and not missing:
            missing = {self._resilience.place_noted(f"no change to {end.value} is seen"): None}
        return Finding(name, tuple(shown)[:3], tuple(missing))

    def _entered(self, way: Way, end: BreakerState) -> bool:
        return any(state is end for state in self._states_after(way))

    def _states_after(self, way: Way) -> Iterator[BreakerState | None]:
        for guard in {g for c in way.calls for g in c.guards}:
            if isinstance(guard, Obj):
                yield way.run.breaker_state_after(guard, way.state)

    def _changing(self, way: Way, end: BreakerState, name: str) -> Site:
        """The statement of the breaker's class that enters the state."""
        note = f"entering {end.value} writes no log that names the service ({name})"
        for guard in (g for c in way.calls for g in c.guards):
            known = self._repo.breakers.of(guard.of) if isinstance(guard, Obj) and isinstance(guard.of, Class) else None
            for write in known.writes if known else ():
                if write.to is end:
                    return Site(write.path, write.line, note)
        return self._end(way, note)

    def _listeners(self, service: Service, end: BreakerState, levels: frozenset[str]) -> list[Finding]:
        """What the listeners of a library's breaker log."""
        guards: Callable[[Obj], bool] = lambda g: self._repo.breakers.kinds.is_library(g.of)  # noqa: E731
        found = []
        for guard in {g for o, w in self.ways(service, BreakerState.CLOSED, FAILS) for c in w.calls for g in c.guards}:
            if isinstance(guard, Obj) and guards(guard):
                run = self._resilience.run(self.conditions(BreakerState.CLOSED, FAILS))
                logs = [g for g in run.listened(guard, end) if g.level in levels and _names(g, service.name)]
                place = guard.module.at(
                    guard.node, f"the breaker of {service.name} is {end.value} without a log that names it"
                )
                found.append(Finding(end.value, tuple(g.place for g in logs), () if logs else (place,)))
        return found

    # What is left

    def share(self) -> tuple[float, list[Finding]]:
        """The share of all operations that the local side has, and per service what is there and what is missing."""
        has_all, count, found = 0, 0, []
        for service in self._resilience.services:
            has, lacks = self._resilience.coverages.operations(service, Side.LOCAL)
            has_all, count = has_all + len(has), count + len(service.operations)
            note = f"{service.name}: {len(has)} of {len(service.operations)} operations on the local side"
            note += f", without {', '.join(lacks)}" if lacks else ""
            sites = [Site(r.path, r.line, note) for r in service.on(Side.LOCAL)[:1]] or [self._place(service, note)]
            found.append(Finding(service.name, tuple(sites) if not lacks else (), tuple(sites) if lacks else ()))
        return (has_all / count if count else 0.0), found


def _same_arguments(one: Call, other: Call) -> bool:
    """Whether two calls pass the same: in the same order, or under the same names."""
    if one.args == other.args and one.kwargs == other.kwargs:
        return True
    if set(one.args) | {v for _, v in one.kwargs} != set(other.args) | {v for _, v in other.kwargs}:
        return False
    return one.args[: len(other.args)] == other.args or other.args[: len(one.args)] == one.args


def _names(log: Log, service: str) -> bool:
    """Whether the line names the service or the breaker."""
    return any(_is_name(p, service) for part in log.parts for p in parts_of(part))


def _is_name(part: Value, service: str) -> bool:
    if isinstance(part, Const) and isinstance(part.value, str):
        return names_service(part.value, service)
    return isinstance(part, Unknown) and part.name in (
        "name",
        "service",
        "service_name",
        "service_type",
        "breaker_name",
    )


def _shown_value(value: Value) -> str:
    if isinstance(value, Member):
        return value.name
    return str(value.value) if isinstance(value, Const) else "not known"
