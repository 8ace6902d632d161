"""A fresh run of the real system, and which of its rows decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from functools import cached_property

from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.results.rows import FAILED_AT_MOST, Lookups, Row
from pytest_readiness.repo.results.sidecar import Sidecar

HELD_GAP = 30.0
"""Most seconds between two samples of the number of users that still count as held."""


@dataclass(frozen=True)
class Worst:
    """The row that decides, and whether it keeps the limit."""

    ok: bool
    site: Site
    note: str


@dataclass(frozen=True)
class Run:
    """A fresh run of the real system: its result files, taken together."""

    paths: tuple[str, ...]
    facts: Sidecar
    rows: tuple[Row, ...]
    users: tuple[tuple[float, int], ...]
    most_users: int | None
    lookups: tuple[Lookups, ...]

    @property
    def site(self) -> Site:
        return self.at()

    def at(self, row: Row | Lookups | None = None) -> Site:
        """Where the figure stands, with what was run and when."""
        when = self.facts.started_at.astimezone(UTC).strftime("%Y-%m-%d")
        told = f"{self.facts.target}, commit {self.facts.commit[:10]}, {when}"
        return Site(self.paths[0], row.line if row else None, f"{row.figures}; {told}" if row else told)

    @property
    def at_users(self) -> int | None:
        """The most users there were at once; None where that cannot be told."""
        known = [n for n in (self.most_users, self.facts.users if not self.users else None) if n is not None]
        return max(known, default=None)

    def held(self, users: int) -> float:
        """The longest time in seconds that at least so many users were there."""
        if not self.users:
            return self.facts.hold_s or 0.0 if (self.at_users or 0) >= users else 0.0
        longest, start, last = 0.0, None, 0.0
        for when, count in self.users:
            if count < users or (start is not None and when - last > HELD_GAP):
                start = None
            if count >= users:
                start = when if start is None else start
                longest = max(longest, when - start)
            last = when
        return longest

    @cached_property
    def overall(self) -> Row | None:
        """The row of all requests together."""
        return next((r for r in self.rows if r.is_overall), None)


def worst_of(rows: list[tuple[Run, Row]], limit_ms: float) -> Worst | None:
    """The row that decides whether all are below the limit; None where none tells."""
    telling = [(run, row) for run, row in rows if row.keeps(limit_ms) or not row.at_most]
    if not telling:
        return None
    run, row = max(
        telling, key=lambda pair: (not pair[1].keeps(limit_ms), pair[1].failed > FAILED_AT_MOST, pair[1].p95_ms)
    )
    return Worst(row.keeps(limit_ms), run.at(row), row.figures)
