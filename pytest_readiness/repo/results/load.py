"""Did the system serve the target number of users? Load tests that reached it, and those that did not."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.results.rows import FAILED_AT_MOST, Kind, Row
from pytest_readiness.repo.results.runs import Run, Worst, worst_of
from pytest_readiness.settings import PerformanceSettings

HOLD_S = 300.0
"""Seconds that the users must be there."""
REQUESTS = 1000
"""Fewest requests of a load test."""
P95_MS = 3000.0
"""Overall p95 above which the system does not serve its users."""


@dataclass(frozen=True)
class LoadTests:
    """The runs whose overall figures are known. `kind` says what a row measures."""

    runs: Sequence[Run]
    kind: Callable[[Row], Kind]
    settings: PerformanceSettings

    @cached_property
    def _whole(self) -> list[tuple[Run, Row]]:
        enough = self.settings.min_requests
        return [(r, r.overall) for r in self.runs if r.overall is not None and r.overall.requests >= enough]

    @property
    def objective(self) -> Worst | None:
        """The worst overall row of the runs at the target number of users; None where there is no such run."""
        target, limit = self.settings.target_users, math.nextafter(self.settings.slo_p95_ms, math.inf)
        return worst_of([(run, row) for run, row in self._whole if (run.at_users or 0) >= target], limit)

    @property
    def broken(self) -> list[Worst]:
        """Load tests that held the users and broke a limit, each with the reason."""
        found = ((run, row, _broke(row)) for run, row in self._held)
        return [Worst(False, run.at(row), f"{run.paths[0]}: {why}") for run, row, why in found if why]

    @property
    def proofs(self) -> list[Worst]:
        """Load tests that held the users and kept every limit, with enough requests of other than health routes."""
        found = [(run, row) for run, row in self._held if not _broke(row) and not self._weakness(run, row)]
        return [Worst(True, run.at(row), f"{run.held(self._users):.0f} s; {row.figures}") for run, row in found]

    @property
    def weak(self) -> list[str]:
        """For people: runs that prove nothing about so many users, and why."""
        return [f"{run.paths[0]}: {why}" for run, row in self._whole if (why := self._weakness(run, row))]

    @property
    def _users(self) -> int:
        return self.settings.target_users

    @property
    def _held(self) -> list[tuple[Run, Row]]:
        return [(run, row) for run, row in self._whole if run.held(self._users) >= HOLD_S]

    def _weakness(self, run: Run, row: Row) -> str:
        held = run.held(self._users)
        if held < HOLD_S:
            count = "an unknown number of" if run.at_users is None else f"at most {run.at_users}"
            return f"{count} users, {self._users} of them for {held:.0f} s"
        if row.requests < REQUESTS:
            return f"only {row.requests} requests"
        single = [r for r in run.rows if not r.is_overall]
        healthy = sum(r.requests for r in single if self.kind(r) is Kind.HEALTH)
        return "mostly requests of health routes" if 2 * healthy > sum(r.requests for r in single) else ""


def _broke(row: Row) -> str:
    """Which limit the run broke; "" where it kept both."""
    if row.failed > FAILED_AT_MOST:
        return f"{row.failed:.1%} of the requests failed"
    return f"overall p95 is {row.p95_ms:.4g} ms" if row.p95_ms > P95_MS else ""
