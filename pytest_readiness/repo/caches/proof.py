"""Is there a test that writes an entry, removes it, and asserts that the next read misses?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.caches.classes import CacheClass, CacheClasses, functions_of
from pytest_readiness.repo.caches.invalidation import Invalidation
from pytest_readiness.repo.modules import Class, Function, Site, call_name, constant, dotted
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.suite import TestCase
from pytest_readiness.repo.suite.values import TestValues

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_MOCKS = ("Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec", "mock_open")
_PATCHES = frozenset({"patch", "object", "setattr"})
_MISSES = frozenset({"assertIsNone", "assertFalse", "assertNotIn", "assertNotEqual", "raises", "assertRaises"})
_DEPTH = 3


@dataclass(frozen=True)
class Steps:
    """The methods of a cache class by what they do, those that lead there included."""

    writes: frozenset[Function]
    removes: frozenset[Function]
    reads: frozenset[Function]


class Proof:
    """Looks through the counted tests."""

    def __init__(self, repo: Repo, classes: CacheClasses, invalidation: Invalidation) -> None:
        self._repo, self._classes, self._invalidation = repo, classes, invalidation

    @cached_property
    def found(self) -> tuple[Site, ...]:
        """The removing call and the assertion of the first such test."""
        wanted = self._method_names
        for case in self._repo.suite.cases if wanted else ():
            named = {call_name(n) for n in ast.walk(case.function.node) if isinstance(n, ast.Call)}
            if named & wanted and (places := self._proves(case)) and self._repo.suite.why_not_counted(case) is None:
                return places
        return ()

    @cached_property
    def _method_names(self) -> set[str]:
        return {f.name for f in self._removers}

    @cached_property
    def _removers(self) -> frozenset[Function]:
        """The operations, and functions of the product that lead to one."""
        return self._leading(frozenset(self._invalidation.operations))

    def _leading(self, targets: frozenset[Function]) -> frozenset[Function]:
        found, frontier = set(targets), set(targets)
        for _ in range(_DEPTH):
            above = {u for f in frontier for m, c in self._invalidation.callers(f) if (u := m.enclosing_function(c))}
            frontier = above - found
            found |= frontier
        return frozenset(found)

    def _proves(self, case: TestCase) -> tuple[Site, ...]:
        calls = sorted((n for n in ast.walk(case.function.node) if isinstance(n, ast.Call)), key=_position)
        for cache in self._classes.all:
            steps = self._steps(cache)
            if steps.removes:
                places = self._sequence(case, calls, cache, steps)
                if places:
                    return places
        return ()

    def _steps(self, cache: CacheClass) -> Steps:
        if cache.cls.node not in self._known:
            methods = functions_of(cache.cls)
            writes = frozenset(w.function for w in cache.writes)
            reads = frozenset(f for f in methods if self._classes.reads(f) or _looks_up(f))
            removes = frozenset(self._invalidation.operations_of(cache.cls))
            self._known[cache.cls.node] = Steps(self._within(methods, writes), removes, self._within(methods, reads))
        return self._known[cache.cls.node]

    @cached_property
    def _known(self) -> dict[ast.AST, Steps]:
        return {}

    def _within(self, methods: list[Function], targets: frozenset[Function]) -> frozenset[Function]:
        """The methods that are or call one of the targets."""
        names = {f.name for f in targets}
        return targets | {m for m in methods if any(call_name(c) in names for c in m.calls)}

    def _sequence(self, case: TestCase, calls: list[ast.Call], cache: CacheClass, steps: Steps) -> tuple[Site, ...]:
        written: ast.Call | None = None
        removed: ast.Call | None = None
        for call in calls:
            kinds = self._methods(case, call, cache)
            if kinds & steps.writes and written is None:
                written = call
            elif written is not None and removed is None and self._takes_away(case, call, kinds, steps):
                removed = call
            elif removed is not None and kinds & steps.reads:
                asserted = self._asserted(case, call)
                if asserted is not None:
                    module = case.function.module
                    return (module.at(removed, "the test removes the entry"), module.at(asserted, "and asserts a miss"))
        return ()

    def _takes_away(self, case: TestCase, call: ast.Call, kinds: set[Function], steps: Steps) -> bool:
        if kinds & steps.removes:
            return True
        names: Names = self._repo.suite.context(case.module)[1]
        others = self._removers - frozenset(self._invalidation.operations)
        return any(f in others for f in names.functions(case.function.module, call.func))

    def _methods(self, case: TestCase, call: ast.Call, cache: CacheClass) -> set[Function]:
        """The methods of the cache class that the call runs on a real object of it."""
        if not isinstance(call.func, ast.Attribute):
            return set()
        name = call.func.attr
        own = [f for f in functions_of(cache.cls) if f.name == name]
        own += [f for f in self._inherited(cache.cls) if f.name == name]
        return set(own) if own and self._is_real(case, call.func.value, cache) else set()

    def _inherited(self, cls: Class) -> Iterator[Function]:
        for owner in self._repo.names.ancestry(cls)[1:]:
            if isinstance(owner, Class):
                yield from owner.methods.values()

    def _is_real(self, case: TestCase, owner: ast.expr, cache: CacheClass) -> bool:
        """Whether the object is of the class, and neither it nor its backend is a mock."""
        names: Names = self._repo.suite.context(case.module)[1]
        values = self._repo.suite.values(case, case.rows[0] if case.rows else {})
        for found in values.of(values.start, owner):
            if not isinstance(found.node, ast.Call):
                continue
            built = names.constructed(found.spot.module, found.node)
            if any(cache.cls in names.ancestry(b) for b in built):
                given = [*found.node.args, *(k.value for k in found.node.keywords)]
                fake = any(_is_mock(v.node) for g in given for v in values.of(found.spot, g))
                return not fake and not self._replaces(case, values, owner)
        return False

    def _replaces(self, case: TestCase, values: TestValues, owner: ast.expr) -> bool:
        """Whether the test puts a mock into the object: `cache._client = MagicMock()`, `patch.object(cache, ...)`."""
        name = dotted(owner)
        for node in ast.walk(case.function.node):
            if isinstance(node, ast.Assign):
                parts = [t for t in node.targets if isinstance(t, ast.Attribute) and dotted(t.value) == name]
                if parts and any(_is_mock(v.node) for v in values.of(values.start, node.value)):
                    return True
            patched = node.args[:1] if isinstance(node, ast.Call) and call_name(node) in _PATCHES else []
            if any(dotted(p) == name for p in patched):
                return True
        return False

    def _asserted(self, case: TestCase, read: ast.Call) -> ast.AST | None:
        """The assertion that says that the read found nothing."""
        module = case.function.module
        told = {read}
        statement = module.statement_of(read)
        bound = {t.id for t in getattr(statement, "targets", []) if isinstance(t, ast.Name)}
        for node in self._repo.suite.assertions(case):
            if _position(node) < (statement.lineno, 0) or not _says_miss(node):
                continue
            inside = set(ast.walk(node))
            outer = isinstance(node, ast.Call) and any(
                isinstance(p, ast.With | ast.AsyncWith) and node in [i.context_expr for i in p.items]
                for p in module.ancestors(read)
            )
            if told & inside or outer or any(isinstance(n, ast.Name) and n.id in bound for n in inside):
                return node
        return None


def _says_miss(node: ast.AST) -> bool:
    """`x is None`, `x == None`, `not x`, `x != old`, `calls == 2`, assertIsNone(x), raises(KeyError)."""
    if isinstance(node, ast.Call):
        return call_name(node) in _MISSES
    test = node.test if isinstance(node, ast.Assert) else None
    match test:
        case ast.UnaryOp(op=ast.Not()):
            return True
        case ast.Compare(ops=[ast.Is() | ast.Eq()], comparators=[right]):
            value = constant(right)
            empty = isinstance(right, ast.Constant) and (not value or (isinstance(value, int) and value > 1))
            return empty or (isinstance(right, ast.Name) and right.id.isupper())
        case ast.Compare(ops=[ast.NotEq() | ast.NotIn() | ast.IsNot()], comparators=[right]):
            return constant(right) is not None or not isinstance(right, ast.Constant)
    return False


def _is_mock(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and call_name(node) in _MOCKS


def _looks_up(function: Function) -> bool:
    """`key in self._entries`."""
    return any(isinstance(n, ast.Compare) and isinstance(n.ops[0], ast.In | ast.NotIn) for n in function.own_nodes)


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
