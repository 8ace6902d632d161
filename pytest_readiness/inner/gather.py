"""Gathers results where the run is controlled, asks for the report, and decides the exit status."""

from __future__ import annotations

import getpass
import logging
import os
import signal
import sys
import time
from collections.abc import Generator
from datetime import UTC, datetime

import pytest

from pytest_readiness.inner.audit import Audit
from pytest_readiness.inner.conclude import Conclusion, conclude
from pytest_readiness.inner.examine import PAYLOAD
from pytest_readiness.inner.guard import HARD_EXTRA, HARD_FACTOR
from pytest_readiness.inner.part import Found, part_of
from pytest_readiness.inner.runfolder import ALLOWED, OWN_FILE, PID, STARTED, USAGE_FILE
from pytest_readiness.models import CheckResult, CheckSpec, Status

LOG = logging.getLogger("pytest_readiness")
PASSED, FAILED, INTERRUPTED, INTERNAL, USAGE = 0, 1, 2, 3, 4
PATIENCE = 3.0
"""Seconds after a first signal in which further ones are taken for the same wish."""


def user() -> str:
    """Name of whoever runs the audit."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody without a name"


class Gatherer:
    """Hooks of the process that gathers, and what it has gathered."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.started = time.monotonic()
        self.began_at = datetime.now(UTC)
        self.specs: dict[str, CheckSpec] = {}
        """By node id, before any selection."""
        self.selected: list[str] = []
        self.results: dict[str, CheckResult] = {}
        self.crashed: dict[str, str] = dict(audit.plan.crashed)
        self.unread: dict[str, str] = {}
        """File of checks -> why it could not be collected."""
        self.failed_reports = 0
        self.internal = False
        self.signal_at: float | None = None
        self.finishing = False
        self.conclusion: Conclusion | None = None

    # ------------------------------------------------------------------------------------------------- while it runs

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Answer signals from now on; results of an earlier run in the same folder count. Who audits is logged."""
        LOG.info("audit of %s by %s", self.audit.root, user())
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        journal = self.audit.folder.journal
        journal.note(STARTED)
        limit = self.audit.settings.timeout
        journal.note(ALLOWED, str(60 + 3 * (limit * HARD_FACTOR + HARD_EXTRA)))
        for node, result in self.audit.folder.kept_results().items():
            self.results[node] = CheckResult.model_validate_json(result)

    def _interrupt(self, _number: int, _frame: object) -> None:
        """First signal: end with a partial report. Later ones: ignored for a while, then the process ends at once."""
        now = time.monotonic()
        if self.signal_at is None:
            self.signal_at = now
            if not self.finishing:
                self.audit.interrupted = True
                self._end_workers()
                raise KeyboardInterrupt
        elif now - self.signal_at > PATIENCE:
            os._exit(INTERRUPTED)

    def _end_workers(self) -> None:
        for note in self.audit.folder.journal.notes():
            if note.mark == PID:
                try:
                    os.kill(int(note.what), signal.SIGTERM)
                except OSError:
                    continue

    def learn(self) -> None:
        """Read what was collected, once."""
        if self.specs:
            return
        collected = self.audit.folder.read("collected") or {"all": {}, "selected": []}
        self.specs = {node: CheckSpec.model_validate(spec) for node, spec in collected["all"].items()}
        self.selected = collected["selected"]

    def status_of(self, node: str) -> Status | None:
        """What is known of a check so far."""
        if node in self.crashed:
            return Status.ERROR
        result = self.results.get(node)
        return result.status if result else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Without xdist, everything is collected here."""
        self.learn()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a file could not be collected; every worker says so, and it counts once."""
        if report.failed:
            self.failed_reports += 1
            self.unread.setdefault(report.nodeid, str(report.longrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result that a report carries. A later phase or attempt overrides an earlier one."""
        self.failed_reports += report.failed
        payload = getattr(report, PAYLOAD, None)
        if payload is not None and report.outcome != "rerun":  # type: ignore[comparison-overlap]
            self.results[report.nodeid] = CheckResult.model_validate_json(payload)
            self.audit.folder.add_result(report.nodeid, payload)

    def pytest_internalerror(self) -> None:
        """Ours or a worker's: pytest itself would end with status 0 after a worker's."""
        self.internal = True

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """However the run was interrupted. xdist ends a run like this after -x, too, which is no interruption."""
        if type(excinfo.value) in (KeyboardInterrupt, pytest.exit.Exception):
            self.audit.interrupted = True

    # ---------------------------------------------------------------------------------------------------- at the end

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """Conclude before anybody else finishes; set the exit status after everybody has."""
        self.finishing = True
        wrong = self.audit.folder.read(USAGE_FILE)
        if wrong:
            session.exitstatus = USAGE
            print(f"\nERROR: {wrong}", file=sys.stderr)  # noqa: T201
        if int(session.exitstatus) != USAGE:
            self._conclude(session)
        try:
            return (yield)
        finally:
            session.exitstatus = self.status(session)
            self.audit.folder.write("verdict", session.exitstatus)

    def _conclude(self, session: pytest.Session) -> None:
        """Make the report. Whatever goes wrong here must not keep xdist from ending its workers."""
        try:
            if self.audit.plan.is_own:
                self.audit.folder.write(OWN_FILE, part_of(self.found(session), self.audit).model_dump_json())
                return
            self.conclusion = conclude(self.found(session), self.audit)
            session.config.hook.pytest_readiness_report(report=self.conclusion.report, config=session.config)
        except Exception as error:
            self.internal = True
            print(f"\nERROR: the report could not be made: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201

    def found(self, session: pytest.Session) -> Found:
        """All that the run left behind."""
        stopped = bool(session.shouldstop or session.shouldfail or int(session.exitstatus) == INTERRUPTED)
        why = "it was interrupted" if self.audit.interrupted else "it was stopped after a failure" if stopped else ""
        return Found(
            specs=self.specs,
            selected=self.selected,
            results=self.results,
            crashed=self.crashed,
            unread=self.unread,
            ended_early="an internal error ended it" if self.internal else why,
            began_at=self.began_at,
            duration_s=time.monotonic() - self.started,
        )

    def status(self, session: pytest.Session) -> int:
        """The exit status. A failure that some other plugin added (a coverage threshold, say) counts as well."""
        if self.audit.interrupted:
            return INTERRUPTED
        if int(session.exitstatus) == USAGE:
            return USAGE
        if self.audit.plan.is_own:
            return INTERNAL if self.internal else PASSED
        done = self.conclusion
        if self.internal or done is None or not done.written or int(session.exitstatus) == INTERNAL:
            return INTERNAL
        foreign = session.testsfailed > self.failed_reports
        return PASSED if done.report.gate.passed and not foreign else FAILED
