"""Calls that a test makes, itself or through helpers and fixtures, and what it asserts about what they give."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Function, call_name, text_of
from pytest_readiness.repo.suite.assertions import is_raises, subjects_of_assertion
from pytest_readiness.repo.suite.cases import TestCase, is_fixture
from pytest_readiness.repo.suite.values import Spot, TestValues, arguments

if TYPE_CHECKING:
    from pytest_readiness.repo.suite.model import Suite

T = TypeVar("T")
HELPERS = 3
"""Most helpers between a test and the call that is looked for."""
VISITS = 200
"""Most runs of helpers that are followed in one test."""
_COMPARING = frozenset({"startswith", "endswith", "search", "match", "fullmatch", "count", "find", "get", "issubset",
                        "issuperset", "intersection"})  # fmt: skip


@dataclass(frozen=True, eq=False)
class Check:
    """An effective assertion, and the expressions of its function that speak of what the call gave."""

    spot: Spot
    node: ast.AST
    about: frozenset[ast.AST]

    @property
    def raises(self) -> bool:
        """It demands an exception."""
        return is_raises(self.node)


@dataclass(frozen=True, eq=False)
class Outcome(Generic[T]):
    """A call that was picked: `what` it was picked as, where it stands, and what is asserted about its result."""

    what: T
    spot: Spot
    call: ast.Call
    checks: tuple[Check, ...] = ()
    carrier: ast.expr | None = None
    """What carries the result in the function that is looked at; None where nothing does, or `name`."""
    name: str = ""
    handed_on: bool = False


class Outcomes:
    """Answers for one run of one test."""

    def __init__(self, case: TestCase, suite: Suite, values: TestValues) -> None:
        self._case, self._suite, self.values = case, suite, values
        self._definitions = suite.definitions(case.module)

    def of(
        self,
        pick: Callable[[Spot, ast.Call], Iterable[T]],
        more: Callable[[T, Function, Spot], frozenset[ast.AST]] = lambda *_: frozenset(),
    ) -> list[Outcome[T]]:
        """The calls that `pick` names, in the test and all that runs for it; `more` adds what speaks of them.

        `pick` gets every call with where it is evaluated, and says what it is, maybe several things.
        """
        return _Search(self, pick, more).calls(self.values.start, HELPERS)

    def helper(self, spot: Spot, node: ast.Call) -> Function | None:
        """The function of test code that a call runs, other than the one it stands in."""
        helper = self.values.helper(spot, node)
        return None if helper is spot.function else helper

    def fixtures(self, function: Function) -> Iterator[tuple[str, Function]]:
        """Parameter and fixture for each fixture that the test, or a fixture, asks for."""
        if function is self._case.function or is_fixture(function):
            for name in (p.arg for p in function.params):
                fixture = self._definitions.fixture(name, self._case.cls)
                if fixture is not None and fixture is not function:
                    yield name, fixture

    def asserted(self, function: Function) -> list[ast.AST]:
        """Effective assertions of a function."""
        return self._suite.asserted(self._case, function)

    def setups(self) -> list[Function]:
        """What runs before the test."""
        return self._definitions.setups(self._case)


class _Search(Generic[T]):
    """One search through a test."""

    def __init__(
        self,
        outcomes: Outcomes,
        pick: Callable[[Spot, ast.Call], Iterable[T]],
        more: Callable[[T, Function, Spot], frozenset[ast.AST]],
    ) -> None:
        self._outcomes, self._pick, self._more = outcomes, pick, more
        self._visits = 0

    def calls(self, spot: Spot, steps: int) -> list[Outcome[T]]:
        """The picked calls that running the function makes, with what it asserts about them."""
        function = spot.function
        self._visits += 1
        if function is None or steps < 0 or self._visits > VISITS:
            return []
        nodes = [n for n in ast.walk(function.node) if isinstance(n, ast.Call)]
        found = [Outcome(what, spot, n, carrier=n) for n in nodes for what in self._pick(spot, n)]
        found += [outcome for n in nodes for outcome in self._below(spot, n, steps)]
        found += self._by_fixtures(function, steps)
        return [self._judged(o, spot, function) for o in found]

    def _below(self, spot: Spot, node: ast.Call, steps: int) -> Iterator[Outcome[T]]:
        """What a helper calls: the call of it carries what it hands on."""
        helper = self._outcomes.helper(spot, node)
        if helper is not None:
            inner = Spot(helper.module, helper, arguments(helper, node, spot))
            for outcome in self.calls(inner, steps - 1):
                yield replace(outcome, carrier=node if outcome.handed_on else None, name="")

    def _by_fixtures(self, function: Function, steps: int) -> Iterator[Outcome[T]]:
        """What a fixture calls before the test: its parameter carries what it hands on."""
        for name, fixture in self._outcomes.fixtures(function):
            for outcome in self.calls(Spot(fixture.module, fixture), steps - 1):
                yield replace(outcome, carrier=None, name=name if outcome.handed_on else "")

    def _judged(self, outcome: Outcome[T], spot: Spot, function: Function) -> Outcome[T]:
        carrier = outcome.carrier
        flow = Flow(function, lambda n: n is carrier, names=[outcome.name] if outcome.name else [])
        about = frozenset(flow.carrying) | self._more(outcome.what, function, spot)
        assertions = self._outcomes.asserted(function)
        found = [Check(spot, a, about) for a in assertions if speaks(a, about, function)]
        if carrier is not None:
            found += [Check(spot, a, about) for a in assertions if _raises_around(a, carrier, function)]
        for node in (n for n in ast.walk(function.node) if isinstance(n, ast.Call)):
            found += self._handed_over(spot, node, about)
        return replace(outcome, checks=(*outcome.checks, *found), handed_on=bool(flow.returned))

    def _handed_over(self, spot: Spot, node: ast.Call, about: frozenset[ast.AST]) -> Iterator[Check]:
        """What a helper asserts about the result that it is given."""
        helper = self._outcomes.helper(spot, node)
        given = arguments(helper, node, spot) if helper is not None else {}
        names = [name for name, (_, value) in given.items() if value in about]
        if helper is not None and names:
            carried = frozenset(Flow(helper, names=names).carrying)
            inner = Spot(helper.module, helper, given)
            asserted = self._outcomes.asserted(helper)
            yield from (Check(inner, a, carried) for a in asserted if speaks(a, carried, helper))


def speaks(assertion: ast.AST, about: Iterable[ast.AST], function: Function | None) -> bool:
    """Whether an assertion mentions one of the expressions, a name that holds a comparison with them looked through."""
    wanted = set(about)
    return any(n in wanted for e in expanded(assertion, function) for n in ast.walk(e))


def expanded(assertion: ast.AST, function: Function | None) -> list[ast.expr]:
    """What an assertion speaks about: `assert found` also about what `found = any(…)` compares."""
    spoken = list(subjects_of_assertion(assertion))
    spoken += [assertion] if isinstance(assertion, ast.Call) else []
    names = {n.id for e in spoken for n in ast.walk(e) if isinstance(n, ast.Name)}
    for node in function.own_nodes if function else ():
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id in names for t in node.targets):
            spoken += [node.value] if any(isinstance(n, ast.Compare) for n in ast.walk(node.value)) else []
    return spoken


def _raises_around(assertion: ast.AST, node: ast.AST, function: Function) -> bool:
    """`with pytest.raises(…):` around the call."""
    if not is_raises(assertion):
        return False
    blocks = (p for p in function.module.ancestors(node) if isinstance(p, ast.With | ast.AsyncWith))
    return any(i.context_expr is assertion for b in blocks for i in b.items)


class Texts:
    """The texts that an assertion compares with what a call gave."""

    def __init__(self, check: Check, values: TestValues) -> None:
        self._check, self._values = check, values

    @cached_property
    def compared(self) -> set[str]:
        """Constants compared with it, and keys that are looked up in it."""
        found: set[str] = set()
        for expression in expanded(self._check.node, self._check.spot.function):
            for node in ast.walk(expression):
                found |= self._of(node)
        return found

    def _of(self, node: ast.AST) -> set[str]:
        match node:
            case ast.Compare():
                sides = [node.left, *node.comparators]
            case ast.Call() if call_name(node).startswith("assert") or call_name(node) in _COMPARING:
                sides = [*node.args, *(k.value for k in node.keywords)]
                sides += [node.func.value] if isinstance(node.func, ast.Attribute) else []
            case ast.Subscript():
                text = text_of(node.slice)
                return {text} if text and node.value in self._check.about else set()
            case _:
                return set()
        carried = [s for s in sides if self._is_about(s)]
        return {t for s in sides if s not in carried for t in self._texts(s)} if carried else set()

    def _is_about(self, node: ast.expr) -> bool:
        return any(n in self._check.about for n in ast.walk(node))

    def _texts(self, node: ast.expr) -> Iterator[str]:
        """The texts of an expression, names looked through."""
        for part in ast.walk(node):
            if (text := text_of(part)) is not None:
                yield text
            elif isinstance(part, ast.Name | ast.Attribute):
                for found in self._values.of(self._check.spot, part):
                    yield from (t for n in ast.walk(found.node) if (t := text_of(n)) is not None)
