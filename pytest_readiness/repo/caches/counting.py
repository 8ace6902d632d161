"""Are hits and misses of a cache that is in use counted, and does anybody see the count?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.caches.classes import GETTERS, SETTERS, CacheClass, CacheClasses, functions_of
from pytest_readiness.repo.logs.order import after_exception, together
from pytest_readiness.repo.modules import Function, Site, text_of
from pytest_readiness.repo.telemetry.metrics import Metric, Recording
from pytest_readiness.repo.telemetry.shown import Shown
from pytest_readiness.repo.telemetry.signals import Finding

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

MANAGED = frozenset({"CacheHits", "CacheMisses", "CacheHitRate", "Evictions"})
"""Metrics of AWS/ElastiCache that tell whether a managed cache does its work."""
_HELPERS = 3


class Counting:
    """Follows the count from the read path to the panel."""

    def __init__(self, repo: Repo, classes: CacheClasses) -> None:
        self._repo, self._classes, self._shown = repo, classes, Shown(repo)

    @cached_property
    def finding(self) -> Finding:
        """Whether hits and misses are measured and shown; else the first link that is broken."""
        managed = self._managed
        if managed is not None:
            return Finding(True, "the managed cache's own metrics are shown", (managed,))
        found = [self._of(c) for c in self._classes.all]
        nothing = Finding(False, "no cache class was found")
        return next((f for f in found if f.ok), max(found, key=lambda f: len(f.places), default=nothing))

    @property
    def _managed(self) -> Site | None:
        """Where a deployed dashboard or alarm asks for metrics of ElastiCache."""
        found = (s for s, u in self._shown.uses if u.namespace == "AWS/ElastiCache" and u.name in MANAGED)
        return next(found, None)

    def _of(self, cache: CacheClass) -> Finding:
        problem = self._repo.imports.problem(cache.module)
        if problem is not None:
            return Finding(False, f"{cache.name} cannot be imported", (problem,))
        used = self._repo.uses.from_outside(cache.cls)
        counted = next(self._counted(cache), None)
        if counted is None:
            reading = [f for f in functions_of(cache.cls) if self._classes.reads(f)]
            places = tuple(Site(f.path, f.line, "reads without counting") for f in reading[:2])
            return Finding(False, f"{cache.name} does not count hits and misses as metrics", places)
        at = tuple(r.module.at(r.node, f"updates {r.metric.name}") for r in counted)
        if used is None:
            return Finding(False, f"nothing outside its module uses {cache.name}", at)
        shown = next((s for r in counted if (s := self._shown.asked(r.metric)) is not None), None)
        if shown is None:
            return Finding(False, "no panel, alarm or alert rule asks for the counters", (*at, used))
        return Finding(True, f"{cache.name} counts hits and misses, and they are shown", (*at, used, shown))

    def _counted(self, cache: CacheClass) -> Iterator[tuple[Recording, ...]]:
        """The updates on the branches of a hit and of a miss, in a method that reads."""
        for function in functions_of(cache.cls):
            if self._classes.reads(function):
                yield from self._pairs(list(self._updates(function)))

    def _updates(self, function: Function, depth: int = _HELPERS) -> Iterator[tuple[Function, ast.AST, Recording]]:
        """What a function records itself or through helpers: where in which function, and the recording."""
        for recording in self._by_function.get(function, []):
            yield function, recording.node, recording
        for call in function.calls if depth > 0 else ():
            for helper in self._helpers(function, call):
                inner = list(self._updates(helper, depth - 1))
                yield from inner
                yield from ((function, call, r) for _, _, r in inner)

    def _helpers(self, function: Function, call: ast.Call) -> list[Function]:
        found = self._repo.names.functions(function.module, call.func)
        if not found and isinstance(call.func, ast.Attribute) and call.func.attr not in GETTERS | SETTERS:
            found = [f for f in self._by_function if f.name == call.func.attr and f.cls is not None]
        return [f for f in found if f is not function]

    @cached_property
    def _by_function(self) -> dict[Function, list[Recording]]:
        found: dict[Function, list[Recording]] = {}
        for recording in self._repo.telemetry.recordings:
            if recording.function is not None and not self._repo.live.is_dead(recording.module, recording.node):
                found.setdefault(recording.function, []).append(recording)
        return found

    def _pairs(self, updates: list[tuple[Function, ast.AST, Recording]]) -> Iterator[tuple[Recording, ...]]:
        normal = [(f, n, r) for f, n, r in updates if _counts_lookups(r) and not after_exception(f, n)]
        for function, node, recording in normal:
            if _tells_outcome(recording):
                yield (recording,)
            for other_function, other, second in normal:
                if other_function is not function:
                    continue
                apart = _one_of(recording, second) if other is node else not together(function, node, other)
                if apart and _differ(recording, second):
                    yield (recording, second)


def _counts_lookups(recording: Recording) -> bool:
    """A metric of a cache by its name."""
    return bool(recording.metric.words & {"hit", "miss", "misse", "cache", "lookup"})


def _tells_outcome(recording: Recording) -> bool:
    """One update whose label is hit or miss as it happens: `labels(result="hit" if found else "miss")`."""
    for value in recording.labels.values():
        texts = {text_of(n) for n in ast.walk(value)}
        if {"hit", "miss"} <= texts:
            return True
    return False


def _one_of(first: Recording, second: Recording) -> bool:
    """One update of either counter: `(HITS if found else MISSES).inc()`."""
    return "hit" in first.metric.words and bool({"miss", "misse"} & second.metric.words)


def _differ(first: Recording, second: Recording) -> bool:
    """Two counters, or one with other labels."""
    same: Metric = first.metric
    return second.metric is not same or {k: ast.dump(v) for k, v in first.labels.items()} != {
        k: ast.dump(v) for k, v in second.labels.items()
    }
