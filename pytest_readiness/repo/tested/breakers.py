"""Which transitions of a circuit breaker do tests show? A test is read as what it does to a breaker, step by step."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.breakers import BreakerClass, State, state_named, state_of
from pytest_readiness.repo.llm.doubles import Doubles, Mode
from pytest_readiness.repo.modules import Class, Module, Site, argument, call_name, constant
from pytest_readiness.repo.names import External, Instance, Names
from pytest_readiness.repo.suite import TestCase
from pytest_readiness.repo.suite.assertions import is_raises
from pytest_readiness.repo.suite.cases import is_fixture
from pytest_readiness.repo.suite.outcomes import Outcomes
from pytest_readiness.repo.suite.parameters import Row
from pytest_readiness.repo.suite.replacing import patch_kind
from pytest_readiness.repo.suite.values import Found, Spot, arguments
from pytest_readiness.repo.tested.held import LIBRARY_CALLS, Holders

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

TRANSITIONS = ("OPENS", "REJECTS", "RECOVERS")
HELPERS, VISITS = 3, 200
"""Most helpers that call one another, and most of their runs that are followed in one test."""
_CLOCKS = frozenset({"time", "monotonic", "perf_counter", "now", "utcnow", "datetime", "monotonic_ns", "time_ns"})
_WAITS = frozenset({"sleep", "tick", "move_to", "shift", "travel", "freeze_time", "advance", "advance_time", "elapse"})
_TIMES = ("time", "until", "_at", "since", "last", "deadline")
_RECOVERY = ("timeout", "recovery", "reset", "cooldown", "cool_down", "delay", "wait", "after", "retry")


@dataclass(frozen=True)
class Event:
    """One step: `kind` is fail, pass, refused, force, wait, state or untouched; `breaker` tells breakers apart."""

    kind: str
    breaker: str
    site: Site
    state: State | None = None


class BreakerTests:
    """Transition -> the places in tests that show it."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def shown(self) -> dict[str, list[Site]]:
        """For each transition the assertions of counted tests that show it."""
        found: dict[str, list[Site]] = {name: [] for name in TRANSITIONS}
        for case in self._repo.suite.counted:
            for row in case.rows if self._concerns(case) else ():
                events = list(Reader(self._repo, case, row).events())
                for name, site in _transitions(events):
                    found[name] += [site] if site not in found[name] else []
        return found

    @cached_property
    def exist(self) -> bool:
        """Whether the product has a breaker class, or uses one of a library."""
        return bool(self._modules)

    @cached_property
    def _modules(self) -> frozenset[Module]:
        """Modules that define a breaker class or make a breaker of a library."""
        own = {b.cls.module for b in self._repo.breakers.classes}
        library = {m for m in self._repo.product if "breaker" in m.text.lower() and self._uses_library(m)}
        return frozenset(own | library)

    def _uses_library(self, module: Module) -> bool:
        kinds, names = self._repo.breakers.kinds, self._repo.names
        return any(kinds.is_library(s) for c in module.calls for s in names.resolve(module, c.func))

    def _concerns(self, case: TestCase) -> bool:
        return not self._modules.isdisjoint(self._repo.suite.subjects(case))


def _transitions(events: list[Event]) -> Iterator[tuple[str, Site]]:
    """What the steps show, breaker by breaker."""
    for key in dict.fromkeys(e.breaker for e in events if e.breaker):
        yield from _of_breaker([e for e in events if e.breaker in (key, "")])


def _of_breaker(events: list[Event]) -> Iterator[tuple[str, Site]]:
    failed = waited = recovered = False
    for event in events:
        match event.kind:
            case "force":
                failed = waited = recovered = False
            case "fail":
                failed, recovered = True, False
            case "wait":
                waited = failed
            case "pass":
                recovered = failed and waited
            case "refused" | "untouched" if failed:
                yield "REJECTS", event.site
            case "state" if event.state is State.OPEN and failed:
                yield "OPENS", event.site
            case "state" if event.state is State.CLOSED and recovered:
                yield "RECOVERS", event.site


class Reader:
    """Reads one run of one test as steps."""

    def __init__(self, repo: Repo, case: TestCase, row: Row) -> None:
        self._repo, self._case = repo, case
        suite = repo.suite
        self._values = suite.values(case, row)
        self._names: Names = suite.context(case.module)[1]
        self._outcomes = Outcomes(case, suite, self._values)
        self._doubles = Doubles(self._values, suite.definitions(case.module), self._names, repo.llm)
        self._holders = Holders(repo, self._values, self._doubles, self._names)
        self._guarded: set[ast.expr] = set()
        self._visits = 0
        self._expected: list[tuple[Module, ast.expr] | None] = []

    def events(self) -> Iterator[Event]:
        """The steps of set-up, fixtures and test in order."""
        for decorator in self._case.function.node.decorator_list:
            if isinstance(decorator, ast.Call) and (call_name(decorator) in _WAITS or self._patches_clock(decorator)):
                yield Event("wait", "", self._case.module.at(decorator))
        for setup in self._outcomes.setups():
            yield from self._run(Spot(setup.module, setup), HELPERS)
        yield from self._run(self._values.start, HELPERS)

    def _run(self, spot: Spot, steps: int) -> Iterator[Event]:
        function = spot.function
        self._visits += 1
        if function is None or steps < 0 or self._visits > VISITS:
            return
        for _, fixture in self._outcomes.fixtures(function):
            yield from self._run(Spot(fixture.module, fixture), steps - 1)
        for node in function.own_nodes:
            yield from self._step(spot, node, steps)

    def _step(self, spot: Spot, node: ast.AST, steps: int) -> Iterator[Event]:
        match node:
            case ast.Call():
                yield from self._called(spot, node, steps)
            case ast.Assign():
                yield from self._assigned(spot, node)
            case ast.AugAssign() if _tells_time(node.target):
                yield Event("wait", "", spot.module.at(node))
            case ast.With() | ast.AsyncWith():
                yield from self._entered(spot, node)
            case ast.Assert():
                yield from self._asserted(spot, node, node.test)

    # what is a breaker?

    def _breaker(self, spot: Spot, node: ast.expr) -> tuple[str, BreakerClass | None] | None:
        """A name for the product's breaker that the expression is, and its class (None for one of a library)."""
        for found in self._values.of(spot, node):
            made = found.node.func if isinstance(found.node, ast.Call) else None
            for cls in self._names.classes(found.spot.module, made) if made is not None else ():
                breaker = self._repo.breakers.of(cls)
                if breaker is not None and self._repo.scope.is_product(cls.path):
                    return f"{found.spot.module.path}:{found.node.lineno}:{found.node.col_offset}", breaker
            kept = found.node.attr if isinstance(found.node, ast.Attribute) else ""
            holders = self._holders.held(found.spot, found.node.value) if isinstance(found.node, ast.Attribute) else ()
            held = next((h for h in holders if h.attribute == kept), None)
            if held is not None:
                return held.key, held.kind
            known = self._resolved(found.spot.module, found.node)
            if known is not None:
                return ast.unparse(found.node), known[0]
        return None

    def _resolved(self, module: Module, node: ast.expr) -> tuple[BreakerClass | None] | None:
        """The breaker that an expression holds by what the product says: an object of it, or one that it keeps."""
        for symbol in self._names.resolve(module, node):
            if not isinstance(symbol, Instance):
                continue
            if isinstance(symbol.of, Class):
                breaker = self._repo.breakers.of(symbol.of)
                if breaker is not None and self._repo.scope.is_product(symbol.of.path):
                    return (breaker,)
            elif self._repo.breakers.kinds.is_library(symbol.of) and not isinstance(node, ast.Call):
                return (None,)
        return None

    # calls

    def _called(self, spot: Spot, call: ast.Call, steps: int) -> Iterator[Event]:
        guarded = self._decorated(spot, call)
        if guarded is not None:
            yield from self._guarded_call(spot, call, *guarded)
            return
        helper = self._outcomes.helper(spot, call)
        if helper is not None and not is_fixture(helper):
            self._expected.append(self._demanded(spot.module, call))
            yield from self._run(Spot(helper.module, helper, arguments(helper, call, spot)), steps - 1)
            self._expected.pop()
            return
        site = spot.module.at(call, self._case.name)
        if call_name(call) in _WAITS or self._patches_clock(call):
            yield Event("wait", "", site)
        yield from self._patched_state(spot, call)
        if isinstance(call.func, ast.Attribute):
            yield from self._on_breaker(spot, call, call.func)
            yield from self._untouched(spot, call, call.func)
        if call_name(call).startswith("assert") and call.args:
            yield from self._asserted(spot, call, _as_condition(call))

    def _decorated(self, spot: Spot, call: ast.Call) -> tuple[str, ast.expr, BreakerClass | None] | None:
        """For a call of a function that stands under a breaker as its decorator: the breaker, and the function."""
        for function in self._names.functions(spot.module, call.func):
            for decorator in function.node.decorator_list:
                known = self._breaker(spot, decorator.func if isinstance(decorator, ast.Call) else decorator)
                if known is not None:
                    return known[0], call.func, known[1]
        return None

    def _patches_clock(self, call: ast.Call) -> bool:
        if not patch_kind(call) or not call.args:
            return False
        texts = [str(constant(a)) for a in call.args[:2] if isinstance(a, ast.Constant)]
        return any(t.rpartition(".")[2] in _CLOCKS for t in texts)

    def _patched_state(self, spot: Spot, call: ast.Call) -> Iterator[Event]:
        """`patch.object(breaker, "state", …)`, `monkeypatch.setattr(breaker, "state", …)`."""
        if patch_kind(call) in ("object", "setattr") and len(call.args) >= 2:
            known, name = self._breaker(spot, call.args[0]), str(constant(call.args[1]))
            if known is not None:
                yield Event("wait" if self._is_time(known[1], name) else "force", known[0], spot.module.at(call))

    def _is_time(self, breaker: BreakerClass | None, attribute: str) -> bool:
        held = breaker.attributes if breaker else frozenset()
        return attribute not in held and any(word in attribute for word in _TIMES)

    def _on_breaker(self, spot: Spot, call: ast.Call, func: ast.Attribute) -> Iterator[Event]:
        known = self._breaker(spot, func.value)
        if known is None:
            yield from self._through_holder(spot, call, func)
            return
        key, breaker = known
        if self._has_no_recovery_time(spot, func.value):
            yield Event("wait", key, spot.module.at(call))
        executor = breaker.executor(func.attr) if breaker else None
        if executor is not None and executor.parameter:
            position = [p.arg for p in executor.method.params].index(executor.parameter) - 1
            yield from self._guarded_call(spot, call, key, argument(call, executor.parameter, position), breaker)
        elif breaker is None and func.attr in LIBRARY_CALLS and call.args:
            yield from self._guarded_call(spot, call, key, call.args[0], None)
        elif self._forces(breaker, func.attr):
            yield Event("force", key, spot.module.at(call))

    def _through_holder(self, spot: Spot, call: ast.Call, func: ast.Attribute) -> Iterator[Event]:
        """A call of an object of the product that runs what it was made with inside a breaker of its own."""
        for held in self._holders.held(spot, func.value):
            if not self._holders.guards(held, func.attr):
                continue
            site = spot.module.at(call, self._case.name)
            if self._sets_no_time(held.owner.spot, held.owner.node, 2):
                yield Event("wait", held.key, site)
            if self._expects_refusal(spot, call, held.kind):
                yield Event("refused", held.key, site)
                return
            kinds = {Mode.RAISING: "fail", Mode.ANSWERING: "pass"}
            modes = self._holders.modes(held, call, func.attr)
            yield from (Event(kinds[m], held.key, site) for m in kinds if m in modes)

    def _forces(self, breaker: BreakerClass | None, method: str) -> bool:
        """Whether a method sets the breaker's state by hand."""
        private = method.startswith("_") and not method.startswith("__")
        written = {w.function.name for w in breaker.writes} if breaker else {"open", "close", "half_open"}
        return private or method in written or method.startswith(("force", "trip", "reset"))

    def _guarded_call(
        self, spot: Spot, call: ast.Call, key: str, guarded: ast.expr | None, breaker: BreakerClass | None
    ) -> Iterator[Event]:
        site = spot.module.at(call, self._case.name)
        if self._expects_refusal(spot, call, breaker):
            yield Event(
                "refused", key, replace(site, note=f"{self._case.name}: a call is refused with the breaker's own error")
            )
            return
        modes = {m for f in self._values.of(spot, guarded) for m in self._doubles.called(f)}
        self._guarded |= self._values.nodes(spot, guarded) if Mode.RAISING not in modes else set()
        if Mode.RAISING in modes:
            yield Event("fail", key, site)
        if Mode.ANSWERING in modes or not modes:
            yield Event("pass", key, site)

    def _has_no_recovery_time(self, spot: Spot, receiver: ast.expr) -> bool:
        """Whether the breaker was built so that it may be tried again at once."""
        built = [f for f in self._values.of(spot, receiver) if isinstance(f.node, ast.Call)]
        return any(self._sets_no_time(f.spot, f.node, 2) for f in built)

    def _sets_no_time(self, spot: Spot, call: ast.expr, steps: int) -> bool:
        """Whether an argument named after the recovery is 0, in the call itself or in one that makes an argument."""
        if not isinstance(call, ast.Call | ast.Dict | ast.BinOp) or steps <= 0:
            return False
        for name, where, value in self._holders.given(Found(spot, call)):
            found = self._values.of(where, value)
            times = [constant(f.node) for f in found] if any(word in name for word in _RECOVERY) else []
            if any(isinstance(t, int | float) and not isinstance(t, bool) and t <= 0 for t in times):
                return True
            if any(self._sets_no_time(f.spot, f.node, steps - 1) for f in found):
                return True
        return False

    def _expects_refusal(self, spot: Spot, node: ast.AST, breaker: BreakerClass | None) -> bool:
        """Whether the call, or that of a helper around it, stands under `pytest.raises` of the breaker's own error."""
        demanded = self._demanded(spot.module, node) or next((d for d in reversed(self._expected) if d), None)
        return demanded is not None and self._is_own_error(*demanded, breaker)

    def _demanded(self, module: Module, node: ast.AST) -> tuple[Module, ast.expr] | None:
        """The exception that the innermost `pytest.raises` around the node demands."""
        for parent in module.ancestors(node):
            for item in parent.items if isinstance(parent, ast.With | ast.AsyncWith) else ():
                call = item.context_expr
                if isinstance(call, ast.Call) and is_raises(call) and call.args:
                    return module, call.args[0]
        return None

    def _is_own_error(self, module: Module, node: ast.expr, breaker: BreakerClass | None) -> bool:
        symbols = self._names.resolve(module, node)
        if breaker is None:
            return any(isinstance(s, External) and s.name.endswith("CircuitBreakerError") for s in symbols)
        own: set[object] = set()
        for function, statement in breaker.rejections:
            raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
            for cls in self._names.classes(function.module, raised) if raised is not None else ():
                own |= set(self._names.ancestry(cls))
        return any(isinstance(s, Class) and s in own for s in symbols)

    # with, assignments

    def _entered(self, spot: Spot, node: ast.With | ast.AsyncWith) -> Iterator[Event]:
        """`with breaker:` or `with breaker.guard():` around what fails or works."""
        for item in node.items:
            expression = item.context_expr
            method = expression.func if isinstance(expression, ast.Call) else None
            receiver = method.value if isinstance(method, ast.Attribute) else expression
            known = self._breaker(spot, receiver)
            if known is None or (known[1] and not any(e.is_context for e in known[1].executors)):
                continue
            site = spot.module.at(node, self._case.name)
            if self._expects_refusal(spot, node, known[1]):
                yield Event("refused", known[0], site)
            else:
                yield Event("fail" if self._raises_inside(spot, node) else "pass", known[0], site)

    def _raises_inside(self, spot: Spot, node: ast.With | ast.AsyncWith) -> bool:
        nodes = [n for s in node.body for n in ast.walk(s)]
        if any(isinstance(n, ast.Raise) for n in nodes):
            return True
        calls = (n for n in nodes if isinstance(n, ast.Call))
        return any(Mode.RAISING in self._doubles.called(f) for c in calls for f in self._values.of(spot, c.func))

    def _assigned(self, spot: Spot, node: ast.Assign) -> Iterator[Event]:
        if any(isinstance(t, ast.Attribute | ast.Subscript) and _tells_time(t) for t in node.targets):
            yield Event("wait", "", spot.module.at(node))
        for target in node.targets:
            known = self._breaker(spot, target.value) if isinstance(target, ast.Attribute) else None
            if known is not None and isinstance(target, ast.Attribute):
                kind = "wait" if self._is_time(known[1], target.attr) else "force"
                yield Event(kind, known[0], spot.module.at(node))

    # assertions

    def _asserted(self, spot: Spot, node: ast.AST, test: ast.expr) -> Iterator[Event]:
        for part in test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]:
            yield from self._state_asserted(spot, node, part)
            yield from self._count_asserted(spot, node, part)

    def _state_asserted(self, spot: Spot, node: ast.AST, test: ast.expr) -> Iterator[Event]:
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq | ast.Is):
            sides = [test.left, test.comparators[0]]
            for side, other in (sides, sides[::-1]):
                state = state_of(other)
                key = self._speaker(spot, side) if state is not None else None
                if key is not None:
                    yield Event("state", key, self._note(spot, node, state), state)
        elif isinstance(test, ast.Attribute | ast.Call):
            member = test.func if isinstance(test, ast.Call) else test
            state = state_named(member.attr) if isinstance(member, ast.Attribute) else None
            key = self._speaker(spot, test) if state is not None else None
            if key is not None:
                yield Event("state", key, self._note(spot, node, state), state)

    def _note(self, spot: Spot, node: ast.AST, state: State | None) -> Site:
        return spot.module.at(node, f"{self._case.name} asserts the state {state}")

    def _speaker(self, spot: Spot, node: ast.expr) -> str | None:
        """The breaker of which an expression reads the state: `breaker.state`, `breaker.get_state().value`."""
        while isinstance(node, ast.Attribute | ast.Call | ast.Await):
            if isinstance(node, ast.Attribute):
                known = self._breaker(spot, node.value)
                if known is not None:
                    return known[0]
                node = node.value
            else:
                node = node.func if isinstance(node, ast.Call) else node.value
        return None

    def _untouched(self, spot: Spot, call: ast.Call, func: ast.Attribute) -> Iterator[Event]:
        """`guarded.assert_not_called()` after it was handed to a breaker."""
        if func.attr in ("assert_not_called", "assert_not_awaited") and self._is_guarded(spot, func.value):
            yield from self._for_all(spot, call)

    def _count_asserted(self, spot: Spot, node: ast.AST, test: ast.expr) -> Iterator[Event]:
        """`assert guarded.call_count == 3`, `assert not guarded.called`, after it was handed to a breaker."""
        for part in ast.walk(test):
            counts = isinstance(part, ast.Attribute) and part.attr in ("call_count", "await_count", "called", "awaited")
            if counts and isinstance(part, ast.Attribute) and self._is_guarded(spot, part.value):
                yield from self._for_all(spot, node)

    def _is_guarded(self, spot: Spot, node: ast.expr) -> bool:
        return bool(self._guarded & self._values.nodes(spot, node))

    def _for_all(self, spot: Spot, node: ast.AST) -> Iterator[Event]:
        yield Event("untouched", "", spot.module.at(node, f"{self._case.name}: the guarded function is not called"))


def _tells_time(target: ast.expr) -> bool:
    """`clock.now`, `now[0]`: a clock of the test's own is moved."""
    named = {
        n.id if isinstance(n, ast.Name) else n.attr for n in ast.walk(target) if isinstance(n, ast.Name | ast.Attribute)
    }
    return any(word in name.lower() for name in named for word in ("clock", "now", "time"))


def _as_condition(call: ast.Call) -> ast.expr:
    """`self.assertEqual(a, b)` as `a == b`, `self.assertTrue(a)` as `a`."""
    name = call_name(call)
    if name in ("assertEqual", "assertIs", "assertEquals") and len(call.args) >= 2:
        return ast.Compare(call.args[0], [ast.Eq()], [call.args[1]])
    return call.args[0] if name == "assertTrue" else ast.Constant(None)
