"""Does the suite pass? What a JUnit file proves, held against the test functions that there are."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Module, Site
from pytest_readiness.repo.suite import TestCase
from pytest_readiness.repo.suite.junit import JunitRun, Testcase, read_run

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

Key = tuple[str, str]
_ENDED = {"failed": "failed", "error": "ended in an error"}


@dataclass(frozen=True)
class Proof:
    """What a run shows: `passed` of `judged` testcases, and why it does not prove that the suite passes."""

    judged: int
    passed: int
    doubt: str = ""


class SuiteRun:
    """The test functions against one JUnit file, which may not exist."""

    def __init__(self, repo: Repo, path: str) -> None:
        self._repo, self.path = repo, path

    @cached_property
    def run(self) -> JunitRun | None:
        """What the file reports, tests of the audit's own tools left out; None where there is no file."""
        found = read_run(self._repo.files, self.path)
        if found is None:
            return None
        kept = tuple(e for e in found.entries if not self._is_excluded(e))
        return JunitRun(found.path, found.problem, kept, found.timestamp)

    def _is_excluded(self, entry: Testcase) -> bool:
        """Whether the entry is of a file that the setting `exclude` leaves out."""
        parts = entry.classname.split(".")
        paths = ("/".join(parts[:end]) + ".py" for end in range(1, len(parts) + 1))
        return any(self._repo.scope.excluded(p) and self._repo.files.exists(p) for p in paths)

    @cached_property
    def unrunnable(self) -> list[Site]:
        """Why test functions cannot run, one place for each, those that the file shows as passed left out."""
        suite = self._repo.suite
        stuck = [(c, why) for c in suite.cases if (why := suite.cannot_run(c)) is not None]
        notes = [
            Site(c.path, c.line, f"{c.name} cannot run: {_where(c, why)}") for c, why in stuck if not self._passed(c)
        ]
        return [*self.unparsed, *notes]

    @cached_property
    def unparsed(self) -> list[Site]:
        """Test files that do not parse."""
        return [_unparsed(m) for m in self._repo.suite.files if m.tree is None]

    @cached_property
    def proof(self) -> Proof | None:
        """What the file shows; None where there is none."""
        found = self.run
        if found is None:
            return None
        passed, bad = found.count("passed"), found.count("failed") + found.count("error")
        return Proof(passed + bad, passed, self._doubt(found))

    def _doubt(self, run: JunitRun) -> str:
        if run.problem:
            return f"{run.path} {run.problem}"
        if self.missing:
            some = f"{self.missing[0].name} in {self.missing[0].path}"
            return f"{run.path} holds no testcase for {len(self.missing)} test functions, such as {some}"
        skipped = run.count("skipped") > len(run.entries) / 2
        return f"more than half of the tests in {run.path} were skipped" if skipped else ""

    @property
    def failures(self) -> list[Site]:
        """The tests that failed, at their functions where those are known, else in the file."""
        if self.run is None:
            return []
        known = {e: c for c in self._repo.suite.cases for e in self.entries(c)}
        bad = [e for e in self.run.entries if e.outcome in ("failed", "error")]
        placed = [(known.get(e, self.run), e) for e in bad]
        return [Site(place.path, place.line, f"{e.title} {_ENDED[e.outcome]}: {e.message}") for place, e in placed]

    def _passed(self, case: TestCase) -> bool:
        entries = self.entries(case)
        return bool(entries) and all(e.outcome == "passed" for e in entries)

    @cached_property
    def missing(self) -> list[TestCase]:
        """Test functions for which the file holds no testcase."""
        return [c for c in self._repo.suite.cases if not self.entries(c)]

    def entries(self, case: TestCase) -> list[Testcase]:
        """The file's testcases of a test function; the file may have been written in a folder below the root."""
        if self.run is None or self.run.problem:
            return []
        for key in _keys(case):
            if self._owners[key] == 1 and key in self.run.by_name:
                return self.run.by_name[key]
        return []

    @cached_property
    def _owners(self) -> Counter[Key]:
        """How many test functions may go by a name."""
        return Counter(key for case in self._repo.suite.cases for key in set(_keys(case)))


def _unparsed(module: Module) -> Site:
    return Site(module.path, module.problem_line or 1, f"the test file does not parse: {module.problem}")


def _where(case: TestCase, why: Site) -> str:
    return why.note if why.path == case.path else f"{why.path}:{why.line} {why.note}"


def _keys(case: TestCase) -> list[Key]:
    """Names under which JUnit files know a test function, the whole path first."""
    parts = case.path.removesuffix(".py").split("/")
    below = _nested(case.cls) if case.cls else []
    return [(".".join([*parts[start:], *below]), case.function.name) for start in range(len(parts))]


def _nested(cls: Class) -> list[str]:
    """The class's name below those of the classes around it."""
    around = cls.module.enclosing_class(cls.node)
    return [*(_nested(around) if around else []), cls.name]
