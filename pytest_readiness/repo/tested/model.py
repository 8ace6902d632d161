"""What the tests show, each fact computed once: `repo.tested`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Module
from pytest_readiness.repo.suite import TestCase
from pytest_readiness.repo.tested.breakers import BreakerTests
from pytest_readiness.repo.tested.faults import Faults
from pytest_readiness.repo.tested.outside import Outside
from pytest_readiness.repo.tested.runs import SuiteRun
from pytest_readiness.repo.tested.seams import Seams
from pytest_readiness.repo.tested.tenants import TenantTests

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

NO_UNIT = frozenset({"integration", "e2e", "load", "performance"})
"""Marks and folders of tests that are no unit tests."""


class Tested:
    """Entry to what the tests show."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def llm_tests(self) -> tuple[TestCase, ...]:
        """LLM TESTs: counted tests of an agent, of a module that asks a model, or of the LLM package."""
        suite = self._repo.suite
        return tuple(c for c in suite.counted if not self.llm_modules.isdisjoint(suite.subjects(c)))

    @cached_property
    def llm_modules(self) -> frozenset[Module]:
        """Agent files of the roster, modules that define a completion method or ask a model, those in a folder llm."""
        llm = self._repo.llm
        paths = {role.path for role in llm.roster}
        asking = {call.module for call in llm.calls.all}
        return frozenset(m for m in self._repo.product if m.path in paths or m in asking or self._is_llm(m))

    def _is_llm(self, module: Module) -> bool:
        folder = self._repo.settings.paths.llm.rstrip("/") + "/"
        if "llm" in module.path.split("/")[:-1] or module.path.startswith(folder):
            return True
        return any(self._repo.llm.calls.declares_completion(c) for c in module.classes)

    def run(self, path: str) -> SuiteRun:
        """The suite against the JUnit file at the path."""
        return SuiteRun(self._repo, path)

    @cached_property
    def seams(self) -> Seams:
        """The tests that join real parts of the system."""
        return Seams(self._repo, self)

    @cached_property
    def faults(self) -> Faults:
        """The ways of a model call going wrong that are tried."""
        return Faults(self._repo, self)

    @cached_property
    def breakers(self) -> BreakerTests:
        """The transitions of circuit breakers that tests show."""
        return BreakerTests(self._repo)

    @cached_property
    def tenants(self) -> TenantTests:
        """The tests that keep tenants apart."""
        return TenantTests(self._repo, self)

    @cached_property
    def unit_tests(self) -> tuple[TestCase, ...]:
        """Counted tests of parts on their own."""
        return tuple(c for c in self._repo.suite.counted if self._is_unit(c))

    def _is_unit(self, case: TestCase) -> bool:
        if NO_UNIT & {*case.marks, *case.path.split("/")[:-1]}:
            return False
        return self.outside(case).is_unit()

    def outside(self, case: TestCase) -> Outside:
        """What a test does with the world outside."""
        suite = self._repo.suite
        values = suite.values(case, case.rows[0] if case.rows else {})
        return Outside(values, suite.definitions(case.module), suite.context(case.module)[1])
