"""The repository's caches, each fact computed once: `repo.caches`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.caches.classes import CacheClass, CacheClasses
from pytest_readiness.repo.caches.counting import Counting
from pytest_readiness.repo.caches.expiry import Expiry
from pytest_readiness.repo.caches.invalidation import Invalidation
from pytest_readiness.repo.caches.proof import Proof
from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.telemetry.signals import Finding

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Caches:
    """Entry to the facts about caches."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def found(self) -> CacheClasses:
        """Which classes write to a cache, and where code reads one."""
        return CacheClasses(self._repo)

    @property
    def classes(self) -> tuple[CacheClass, ...]:
        """Every cache class."""
        return self.found.all

    @cached_property
    def _expiry(self) -> Expiry:
        return Expiry(self._repo, self.found)

    def expires(self, cache: CacheClass) -> Finding:
        """Whether all that the class writes expires."""
        problem = self._repo.imports.problem(cache.module)
        if problem is not None:
            return Finding(False, "cannot be imported", (problem,))
        judged = [(w, self._expiry.of(cache, w)) for w in cache.writes]
        missing = tuple(w.module.at(w.node, "this entry never expires") for w, note in judged if note is None)
        if missing:
            return Finding(False, "writes entries that never expire", missing)
        places = tuple(w.module.at(w.node, str(note)) for w, note in judged)
        return Finding(True, "all that it writes expires", places)

    @cached_property
    def _invalidation(self) -> Invalidation:
        return Invalidation(self._repo, self.found, self._expiry)

    @cached_property
    def removes(self) -> Finding:
        """Whether a cache class has an operation that deletes entries."""
        found = list(self._invalidation.operations.items())
        if not found:
            return Finding(False, "no cache class that can be imported has an operation that deletes entries")
        operation, at = found[0]
        place = operation.module.at(at, "deletes on the backend")
        return Finding(True, f"{operation.qualname} deletes entries", (Site(operation.path, operation.line), place))

    @cached_property
    def removed_on_change(self) -> Finding:
        """Whether code calls such an operation where what is cached changes."""
        calls = self._invalidation.calls
        if not calls:
            return Finding(False, "no code calls it where the cached data's source, prompt, model or tenant changes")
        module, call = calls[0]
        return Finding(True, "entries are removed when their source changes", (module.at(call),))

    @cached_property
    def removal_tested(self) -> Finding:
        """Whether a test proves that an entry is gone once it was removed."""
        places = Proof(self._repo, self.found, self._invalidation).found
        note = "a test proves it" if places else "no test writes an entry, removes it and asserts that it is gone"
        return Finding(bool(places), note, places)

    @cached_property
    def counted(self) -> Finding:
        """Whether hits and misses are measured and shown."""
        return Counting(self._repo, self.found).finding
