"""Units: what a check ranges over. The share of good units is the score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NoReturn, Protocol

import pytest

from pytest_readiness.models import Evidence, Status


class Place(Protocol):
    """Anything that stands at a line of a file: modules, functions, calls and documents of the repository model do."""

    @property
    def path(self) -> str: ...
    @property
    def line(self) -> int | None: ...


def unknown(reason: str) -> NoReturn:
    """End the check: the data needed is missing. `reason` names the file or command that would supply it."""
    pytest.skip(reason)


@dataclass(frozen=True)
class Unit:
    """One thing that was judged."""

    name: str
    status: Status
    note: str
    evidence: tuple[Evidence, ...]
    share: float = 0.0
    """How much of it is reached, 0-1: 1 where it passes."""


@dataclass
class Units:
    """Recorder of one check run, given to the check as the fixture `units`."""

    judged: list[Unit] = field(default_factory=list)
    cited: list[Evidence] = field(default_factory=list)
    no_units_reason: str | None = None

    def good(self, name: str, *where: Place, note: str = "") -> None:
        """Count a unit that meets the condition."""
        self._add(name, Status.PASS, where, note)

    def bad(self, name: str, *where: Place, note: str) -> None:
        """Count a unit that falls short; `note` says in which way."""
        self._add(name, Status.FAIL, where, note)

    def unknown(self, name: str, *where: Place, note: str) -> None:
        """Count a unit that cannot be judged; `note` names what would settle it."""
        self._add(name, Status.UNKNOWN, where, note)

    def decide(self, name: str, ok: bool, *where: Place, note: str = "") -> None:
        """Count a unit as good or bad."""
        self._add(name, Status.PASS if ok else Status.FAIL, where, note)

    def part(self, name: str, share: float, *where: Place, note: str, enough: float = 1.0) -> None:
        """Count a unit that can be reached in part: `share` of it, 0-1; it passes with as much as is `enough`."""
        status = Status.PASS if share >= enough else Status.FAIL
        self._add(name, status, where, note, min(max(share, 0.0), 1.0))

    def cite(self, *where: Place, note: str = "") -> None:
        """Add evidence that belongs to no single unit."""
        self.cited += _evidence(where, note)

    def none_is_fine(self, reason: str) -> None:
        """Where there is no unit at all, pass with this reason. Without this call no unit means failure."""
        self.no_units_reason = reason

    def _add(self, name: str, status: Status, where: Iterable[Place], note: str, share: float | None = None) -> None:
        reached = float(status is Status.PASS) if share is None else share
        self.judged.append(Unit(name, status, note, tuple(_evidence(where, note or name)), reached))


def _evidence(where: Iterable[Place], note: str) -> list[Evidence]:
    return [Evidence(path=p.path, line=p.line, note=getattr(p, "note", "") or note) for p in where]
