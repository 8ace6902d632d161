"""Drives a breaker on the machine and tells which properties of a circuit breaker it has.

Every property is asked for by itself, with the state fixed at entry: where calls do not bring the breaker into a state,
its own code for entering it is run. A property holds where it holds in every run that the choices allow.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.breakers.classes import BreakerClass, Executor
from pytest_readiness.repo.breakers.session import Leaf, Outcome, Session, copied, holder_of, leaves, site_of
from pytest_readiness.repo.breakers.states import State
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.machine import Budget, Choices, Ext, ExtObj, Machine, Obj, Span, Stuck, Unknown, explore
from pytest_readiness.repo.machine.machine import Compared
from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.names import Names

MOST_CALLS = 130
"""Failing calls after which a breaker that is still closed never opens."""
LATER = (1000.0, 5000.0, 90_000.0, 1_234_567.0)
"""Seconds after which every sane wait is over."""
MOST_TRIALS = 30
FEW = 3.0
MANY = 60
"""Successes that outweigh a failure in every sane window."""
LONGEST = 1_234_567.0
_FAILURES = ("builtins.ConnectionError", "builtins.TimeoutError")
"""What an operation raises when its service is away."""
_HALF = (True, False)
"""Every other call fails."""
_SETTINGS = 24
"""Most numbers that are tried as the threshold or the wait."""
PATHS = 8
STEPS = 400_000
"""Most steps that are spent on one breaker."""


@dataclass(frozen=True)
class Setting:
    """A number that governs the breaker: its value, where it was written, and where it is compared."""

    value: float
    """A count, a rate, or seconds."""
    site: Site | None
    compared: Site | None


class Driven:
    """What a breaker object does when it is driven. Answers are worked out once."""

    def __init__(self, names: Names, imports: Imports, breaker: BreakerClass, executor: Executor, obj: Obj) -> None:
        self._names, self._imports = names, imports
        self.breaker, self.executor, self.obj = breaker, executor, obj
        self._budget = Budget(STEPS)

    @cached_property
    def lets_through(self) -> bool:
        """As it was made, it runs what it is handed."""
        return self._always(lambda s: s.call().ran, {})

    # The six properties

    @cached_property
    def opens(self) -> bool:
        """Failing calls open it, at its threshold; a threshold out of all proportion is lowered to see it."""
        return (self.failures is not None or bool(self._lowered)) and self.threshold is not None

    @cached_property
    def rejects(self) -> bool:
        """Open, it raises and does not run the callable."""
        return self._always(lambda s: self._enter_open(s) and _rejected(s.call()))

    @cached_property
    def probes(self) -> bool:
        """Open, once the wait is over, it is half-open and runs the callable."""
        return self._always(lambda s: self._trial(s, fails=False) is not None)

    @cached_property
    def closes(self) -> bool:
        """Half-open, a success or several make it closed, and the failures are forgotten."""
        return self._always(self._recovers)

    @cached_property
    def reopens(self) -> bool:
        """Half-open, a failure makes it open, and the wait starts anew."""
        return self._always(self._falls_back)

    # The settings

    @cached_property
    def failures(self) -> int | None:
        """The number of failing calls in a row after which it is open; None where it never opens."""
        counts = set(self._each(lambda s: self._opening(s, (True,))))
        return counts.pop() if len(counts) == 1 else None

    @cached_property
    def threshold(self) -> Setting | None:
        """The number that decides when it opens; None where none does."""
        for leaf in self._leaves:
            if any(self._moves_opening(leaf, pattern) for pattern in ((True,), _HALF)):
                return Setting(leaf.number, site_of(self.obj, leaf), self._opening_site(leaf.number))
        return self._fixed_threshold()

    @cached_property
    def threshold_leaf(self) -> Leaf | None:
        """The setting that the threshold is."""
        found = (x for x in self._leaves if any(self._moves_opening(x, p) for p in ((True,), _HALF)))
        return next(found, None)

    @cached_property
    def wait(self) -> float | None:
        """Seconds after opening until it runs a callable again; None where it never does, 0 where it does at once."""
        if not self._allows_after(LATER[0]) and not any(self._allows_after(s) for s in LATER):
            return None
        if self._allows_after(0.0):
            return 0.0
        return self._shortest_wait({})

    @cached_property
    def recovery(self) -> Setting | None:
        """The number that decides how long it waits; None where none does."""
        if not self.wait:
            return None
        for leaf in self._leaves:
            changed = self._shortest_wait({leaf: leaf.number * 2 or 30.0})
            if changed is not None and abs(changed - self.wait) > max(0.01, self.wait * 0.01):
                return Setting(self.wait, site_of(self.obj, leaf), self._waiting_site())
        return self._fixed_wait()

    @cached_property
    def forgets(self) -> bool:
        """Failures that lie apart do not add up: a success, or time, clears their count."""
        count, change = self._small_count()
        if count is None:
            return False
        if count == 1:
            return True
        return self._always(lambda s: self._cleared(s, count), change) or self._always(
            lambda s: self._faded(s, count), change
        )

    # How

    @cached_property
    def _lowered(self) -> dict[Leaf, float]:
        """The setting with which it opens after a few failures, where as it was made it does not."""
        if self.failures is not None:
            return {}
        found = ({leaf: FEW} for leaf in self._leaves if leaf.number > MOST_CALLS)
        return next((c for c in found if None not in self._each(lambda s: self._opening(s, (True,), 40), c)), {})

    @cached_property
    def _leaves(self) -> list[Leaf]:
        return list(leaves(self.obj))[:_SETTINGS]

    def _each(
        self, scenario: Callable[[Session], int | None], change: dict[Leaf, float] | None = None
    ) -> list[int | None]:
        def run(choices: Choices) -> int | None:
            try:
                return scenario(self._session(choices, change if change is not None else {}))
            except Stuck:
                return None

        return explore(run, PATHS)

    def _always(self, scenario: Callable[[Session], bool], change: dict[Leaf, float] | None = None) -> bool:
        given = self._lowered if change is None else change
        return all(self._each(lambda s: int(scenario(s)), given))

    def _session(self, choices: Choices, change: dict[Leaf, float], failure: object = None) -> Session:
        obj = copied(self.obj, {})
        assert isinstance(obj, Obj)
        for leaf, value in change.items():
            given = Span(value) if isinstance(leaf.value, Span) else type(leaf.value)(value)
            holder_of(obj, leaf).attrs[leaf.path[-1]] = given
        machine = Machine(self._names, self._imports, choices, budget=self._budget)
        return Session(machine, self.breaker, self.executor, obj, failure or self._failure)

    @cached_property
    def _failure(self) -> object:
        """A kind of failure that it counts: of the obvious ones, and of those that it names itself."""
        kinds: list[object] = [ExtObj(n) for n in _FAILURES]
        kinds += self._own_failures()
        return next((k for k in kinds if self._counts_as(k)), kinds[0])

    def _counts_as(self, failure: object) -> bool:
        def run(choices: Choices) -> int | None:
            return self._opening(self._session(choices, {}, failure), (True,))

        try:
            return explore(run, 1)[0] is not None
        except Stuck:
            return False

    def _own_failures(self) -> list[ExtObj]:
        """Exceptions of libraries that its handlers name: by them a failure may be told from a caller's mistake."""
        cls = self.breaker.cls
        handlers = (n for n in ast.walk(cls.node) if isinstance(n, ast.ExceptHandler) and n.type is not None)
        types = (t for h in handlers for t in (h.type.elts if isinstance(h.type, ast.Tuple) else [h.type]))
        named = (n for t in types if t is not None for n in self._names.dotted(cls.module, t))
        given = (v.name for v in self.obj.attrs.values() if isinstance(v, Ext))
        foreign = (n for n in (*named, *given) if n.partition(".")[0] not in sys.stdlib_module_names)
        return [*(ExtObj(n) for n in dict.fromkeys(foreign) if n.endswith(("Error", "Exception")))][:4]

    def _opening(self, session: Session, pattern: Sequence[bool], most: int = MOST_CALLS) -> int | None:
        """The number of calls after which it rejects; None where it does not."""
        for count in range(1, most + 1):
            outcome = session.call(fails=pattern[(count - 1) % len(pattern)])
            if not outcome.ran:
                return None
            if outcome.after is State.OPEN:
                return count
        return None

    def _moves_opening(self, leaf: Leaf, pattern: Sequence[bool]) -> bool:
        """Whether another value of the setting makes it open at another time."""
        base = self._pattern_opening(pattern)
        most = (base or MOST_CALLS) + 12
        for value in _others(leaf):
            found = self._each(lambda s: self._opening(s, pattern, most), {leaf: value})
            if found != [base] * len(found):
                return True
        return False

    def _pattern_opening(self, pattern: Sequence[bool]) -> int | None:
        key = tuple(pattern)
        if key not in self._openings:
            found = set(self._each(lambda s: self._opening(s, pattern)))
            self._openings[key] = found.pop() if len(found) == 1 else None
        return self._openings[key]

    @cached_property
    def _openings(self) -> dict[tuple[bool, ...], int | None]:
        return {}

    def _fixed_threshold(self) -> Setting | None:
        """A number in the code itself, where the breaker was given none that should have been used."""
        if self.failures is None or any(_says(x, _COUNTING) for x in self._leaves):
            return None
        site = self._opening_site(float(self.failures))
        return Setting(float(self.failures), site, site) if site else None

    def _fixed_wait(self) -> Setting | None:
        if not self.wait or any(_says(x, _WAITING) for x in self._leaves):
            return None
        site = self._waiting_site()
        return Setting(self.wait, site, site) if site else None

    # Scenarios

    def _enter_open(self, session: Session) -> bool:
        """Opens it: by failing calls, else as its own code does."""
        for _ in range(self.failures or int(FEW)):
            session.call(fails=True)
        return session.state() is State.OPEN or session.force(State.OPEN)

    def _trial(self, session: Session, fails: bool) -> Outcome | None:
        """Opens it, waits, and calls; None where the call does not run in the half-open state."""
        if not self._enter_open(session):
            return None
        session.advance(self._long_enough)
        outcome = session.call(fails)
        return outcome if outcome.ran and outcome.during is State.HALF_OPEN else None

    @cached_property
    def _long_enough(self) -> float:
        return next((s for s in LATER if self._allows_after(s)), LATER[0])

    def _half_open(self, session: Session, fails: bool) -> Outcome | None:
        """The outcome of a call in the half-open state, which is forced where waiting does not lead there."""
        if self.probes:
            return self._trial(session, fails)
        if not self._enter_open(session):
            return None
        session.advance(1.0)
        if not session.force(State.HALF_OPEN):
            return None
        outcome = session.call(fails)
        return outcome if outcome.ran else None

    def _recovers(self, session: Session) -> bool:
        outcome = self._half_open(session, fails=False)
        for _ in range(MOST_TRIALS):
            if outcome is None or outcome.after is State.CLOSED:
                break
            outcome = session.call()
        if outcome is None or outcome.after is not State.CLOSED:
            return False
        return all(session.call(fails=True).after is State.CLOSED for _ in range((self.failures or 1) - 1))

    def _falls_back(self, session: Session) -> bool:
        outcome = self._half_open(session, fails=True)
        if outcome is None or outcome.after is not State.OPEN:
            return False
        return _rejected(session.call())

    def _small_count(self) -> tuple[int | None, dict[Leaf, float]]:
        """The failures that open it, with its threshold set to a few where it would be one."""
        leaf = self.threshold_leaf
        if self.failures == 1 and leaf is not None:
            found = self._each(lambda s: self._opening(s, (True,)), {leaf: 3.0})
            return (found[0] if len(set(found)) == 1 else None), {leaf: 3.0}
        return self.failures, {}

    def _cleared(self, session: Session, count: int) -> bool:
        calls = [True, *[False] * MANY, *[True] * (count - 1)]
        return all(session.call(fails).after is State.CLOSED for fails in calls)

    def _faded(self, session: Session, count: int) -> bool:
        for _ in range(count - 1):
            session.call(fails=True)
        session.advance(LATER[-1])
        return session.call(fails=True).after is State.CLOSED

    # The wait

    def _allows_after(self, seconds: float, change: dict[Leaf, float] | None = None) -> bool:
        def allowed(session: Session) -> bool:
            if not self._enter_open(session):
                return False
            session.advance(seconds)
            return session.call().ran

        return self._always(allowed, self._lowered | (change or {}))

    def _shortest_wait(self, change: dict[Leaf, float]) -> float | None:
        low, high = 0.0, LONGEST
        if not self._allows_after(high, change):
            high = next((s for s in LATER if self._allows_after(s, change)), 0.0)
            if not high:
                return None
        for _ in range(40):
            if high - low < 0.005 + high * 1e-6:
                break
            middle = (low + high) / 2
            low, high = (low, middle) if self._allows_after(middle, change) else (middle, high)
        return round(high, 2)

    # Where it compares

    def _opening_site(self, value: float) -> Site | None:
        """The comparison that the call which opens it makes with the value."""
        count = self._pattern_opening((True,))
        if count is None:
            return None

        def run(choices: Choices) -> list[Compared]:
            session = self._session(choices, {})
            for _ in range(count - 1):
                session.call(fails=True)
            session.machine.trace.compared.clear()
            session.call(fails=True)
            return session.machine.trace.compared

        made = explore(run, 1)[0]
        exact = [c for c in made if value in (c.left, c.right)]
        return _site((exact or made)[-1:])

    def _waiting_site(self) -> Site | None:
        """The comparison that turns out otherwise once the wait is over."""
        assert self.wait is not None
        early, late = self._compared_after(self.wait * 0.5), self._compared_after(self.wait + 0.1)
        results = {c.node: c.result for c in early}
        flipped = [c for c in late if results.get(c.node, c.result) is not c.result]
        return _site((flipped or late)[:1])

    def _compared_after(self, seconds: float) -> list[Compared]:
        def run(choices: Choices) -> list[Compared]:
            session = self._session(choices, self._lowered)
            self._enter_open(session)
            session.advance(seconds)
            session.machine.trace.compared.clear()
            session.call()
            return session.machine.trace.compared

        try:
            return explore(run, 1)[0]
        except Stuck:
            return []


_COUNTING = frozenset({"threshold", "failures", "failure", "fail", "errors", "max"})
_WAITING = frozenset({"timeout", "recovery", "reset", "wait", "cooldown", "duration", "delay", "seconds", "interval"})


def _says(leaf: Leaf, words: frozenset[str]) -> bool:
    return bool(set(leaf.path[-1].lower().strip("_").split("_")) & words)


def _others(leaf: Leaf) -> list[float]:
    """Other values to try for a setting."""
    value = leaf.number
    if isinstance(leaf.value, int):
        return [value + 2, max(1.0, value // 2), 2.0] if value > 2 else [value + 2]
    return [value * 1.6, value * 0.6] if value else [30.0]


def _rejected(outcome: Outcome) -> bool:
    return outcome.raised and not outcome.ran


def _site(found: Sequence[Compared]) -> Site | None:
    return found[0].module.at(found[0].node) if found else None


def known_numbers(obj: Obj, depth: int = 3) -> None:
    """Gives settings that are not known a value to drive with: a few failures, half a minute."""
    for name, value in obj.attrs.items():
        if isinstance(value, Unknown):
            words = set(name.lower().strip("_").split("_"))
            if words & _WAITING:
                obj.attrs[name] = 30.0
            elif words & _COUNTING:
                obj.attrs[name] = 3
        elif isinstance(value, Obj) and depth:
            known_numbers(value, depth - 1)
