"""Where checks run: limits around every phase, and the outcome judged on the spot and sent on as one text."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from pytest_readiness.authoring import Units
from pytest_readiness.inner.audit import SPEC, Audit
from pytest_readiness.inner.fixtures import UNITS
from pytest_readiness.inner.guard import CheckAborted, CheckTimeout, FixtureTimeout, Guard
from pytest_readiness.inner.runfolder import RAN, RUNS
from pytest_readiness.judging import Ending, ending_of, judge
from pytest_readiness.models import CheckResult, Status, encodable
from pytest_readiness.redact import mask

PAYLOAD = "readiness"
"""Attribute of a report that carries the result as JSON."""
LONGEST_TEXT = 4000
"""Characters of a message that a result keeps."""
OUTCOMES: dict[Status, Any] = {Status.PASS: "passed", Status.UNKNOWN: "skipped"}


class Examiner:
    """Hooks of a process in which checks run."""

    def __init__(self, audit: Audit, guard: Guard) -> None:
        self.audit = audit
        self.guard = guard

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Write down which check runs, for the case that it kills the process."""
        self.audit.folder.journal.note(RUNS, item.nodeid, self.audit.who)
        result = yield
        self.audit.folder.journal.note(RAN, item.nodeid, self.audit.who)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self) -> Generator[None]:
        """Limit the fixtures."""
        with self._guarded(FixtureTimeout):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None]:
        """Limit the body."""
        with self._guarded(CheckTimeout):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None]:
        """Limit the fixtures' ends."""
        with self._guarded(FixtureTimeout):
            return (yield)

    @contextmanager
    def _guarded(self, error: type[BaseException]) -> Iterator[None]:
        """The time limit; and an attempt to end the whole run is an error of this check alone."""
        try:
            with self.guard.limit(error):
                yield
        except (KeyboardInterrupt, pytest.exit.Exception) as attempt:
            if self.audit.interrupted:
                raise
            raise CheckAborted(f"the check tried to end the run: {type(attempt).__name__} {attempt}") from attempt

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge, put the result on the report, and let the report say the same."""
        report = yield
        result = verdict(item, call)
        if result is not None:
            setattr(report, PAYLOAD, result.model_dump_json())
            align(report, result)
        cover(report)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_to_serializable(
        self, config: pytest.Config
    ) -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
        """Nothing may leave a worker that cannot be encoded: execnet would end it, and the run with status 0."""
        data = yield
        return sendable(data) if hasattr(config, "workerinput") else data


def verdict(item: pytest.Item, call: pytest.CallInfo[None]) -> CheckResult | None:
    """The result that this phase settles, None where another phase does."""
    error = call.excinfo.value if call.excinfo else None
    if call.when != "call" and error is None:
        return None
    units = item.stash.get(UNITS, Units())
    ending, text = _ending(error, str(call.when))
    return judge(item.stash[SPEC], units, ending, text[:LONGEST_TEXT], call.duration)


def _ending(error: BaseException | None, phase: str) -> tuple[Ending, str]:
    """How a phase ended. An xfail mark has no say in it: accepted risks stand in the settings, with a reason."""
    if isinstance(error, pytest.FixtureLookupError):
        return Ending.BROKE, f"there is no fixture {error.argname!r}; a check has repo and units"
    ending, text = ending_of(error)
    if phase == "call" or (phase == "setup" and ending is Ending.SKIPPED):
        return ending, text
    return Ending.BROKE, f"{phase}: {text}"


def align(report: pytest.TestReport, result: CheckResult) -> None:
    """Let pytest count what was judged: by the units, and whatever an xfail mark made of it."""
    report.outcome = OUTCOMES.get(result.status, "failed")
    report.__dict__.pop("wasxfail", None)
    path, line, _ = report.location
    if report.outcome == "passed":
        report.longrepr = None
    elif report.outcome == "skipped" and not isinstance(report.longrepr, tuple):
        report.longrepr = (path, line or 0, f"Skipped: {result.details}")
    elif report.outcome == "failed" and (report.longrepr is None or isinstance(report.longrepr, tuple)):
        report.longrepr = result.details


def cover(report: pytest.TestReport) -> None:
    """Mask secrets in all that pytest itself would show of a check."""
    if isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        report.longrepr = (path, line, mask(reason))
    elif report.longrepr is not None:
        report.longrepr = mask(str(report.longrepr))
    report.sections = [(name, mask(text)) for name, text in report.sections]


def sendable(data: Any) -> Any:
    """The same data, every text encodable."""
    if isinstance(data, dict):
        return {key: sendable(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return type(data)(sendable(value) for value in data)
    return encodable(data) if isinstance(data, str) else data
