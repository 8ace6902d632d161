"""The one place that decides what a run of a check means: outcome + units -> CheckResult."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import pytest

from pytest_readiness.authoring.units import Unit, Units
from pytest_readiness.models import EVIDENCE_LIMIT, CheckResult, CheckSpec, Evidence, Status
from pytest_readiness.redact import mask

NO_UNITS = "nothing was found that this check could count"
NAMED_UNITS = 10


class Ending(StrEnum):
    """How the body of a check ended."""

    RETURNED = "returned"
    ASSERTED = "asserted"
    SKIPPED = "skipped"
    BROKE = "broke"


def ending_of(error: BaseException | None) -> tuple[Ending, str]:
    """How a body ended that raised `error` (None: it returned), and the message, reason or error to show."""
    if error is None:
        return Ending.RETURNED, ""
    if isinstance(error, pytest.skip.Exception):
        return Ending.SKIPPED, str(error)
    if isinstance(error, AssertionError | pytest.fail.Exception):
        said, _, _ = str(error).partition("\nassert ")  # pytest appends the values compared; the message says enough
        return Ending.ASSERTED, said or "the condition does not hold"
    return Ending.BROKE, f"{type(error).__name__}: {error}{_raised_at(error)}".strip()


def _raised_at(error: BaseException) -> str:
    """` (folder/file.py:12)`, the innermost place that the error came from, else nothing."""
    frames = list(traceback.walk_tb(error.__traceback__))
    if not frames:
        return ""
    frame, line = frames[-1]
    return f" ({'/'.join(Path(frame.f_code.co_filename).parts[-2:])}:{line})"


@dataclass(frozen=True)
class Verdict:
    """What `judge` concluded before it is dressed as a CheckResult."""

    status: Status
    score: float
    possible: float
    details: str


def judge(spec: CheckSpec, units: Units, ending: Ending, text: str = "", duration_s: float = 0.0) -> CheckResult:
    """The result of one run. `text` is the assertion's message, the skip's reason or the error; it is masked here."""
    verdict = _verdict(units, ending, text)
    against = dict.fromkeys([*_rows(u for u in units.judged if u.status is not Status.PASS), *units.cited])
    evidence = list(dict.fromkeys([*against, *_rows(_of(units.judged, Status.PASS))]))
    return CheckResult(
        id=spec.id,
        name=spec.name,
        category=spec.category,
        criterion=spec.criterion,
        status=verdict.status,
        passed=verdict.status is Status.PASS,
        score=verdict.score,
        possible=verdict.possible,
        weight=spec.weight,
        mode=spec.mode,
        severity=spec.severity,
        details=mask(verdict.details),
        evidence=tuple(masked(e) for e in evidence[:EVIDENCE_LIMIT]),
        evidence_against=min(len(against), EVIDENCE_LIMIT),
        evidence_dropped=max(0, len(evidence) - EVIDENCE_LIMIT),
        proved_by=spec.proved_by,
        duration_s=duration_s,
    )


def broken(spec: CheckSpec, reason: str) -> CheckResult:
    """The result of a check that gave none: its process died, it was never run, its file does not import."""
    return judge(spec, Units(), Ending.BROKE, reason)


def masked(evidence: Evidence) -> Evidence:
    """The same evidence with every secret value replaced."""
    return evidence.model_copy(update={"path": mask(evidence.path), "note": mask(evidence.note)})


def _verdict(units: Units, ending: Ending, text: str) -> Verdict:
    match ending:
        case Ending.BROKE:
            return Verdict(Status.ERROR, 0, 0, text)
        case Ending.ASSERTED:
            return Verdict(Status.FAIL, 0, 0, text)
        case Ending.SKIPPED:
            return Verdict(Status.UNKNOWN, 0, 100, text)
    return _counted(units) if units.judged else _without_units(units)


def _without_units(units: Units) -> Verdict:
    if units.no_units_reason is not None:
        return Verdict(Status.PASS, 100, 100, units.no_units_reason)
    return Verdict(Status.FAIL, 0, 0, NO_UNITS)


def _counted(units: Units) -> Verdict:
    total = len(units.judged)
    good, bad, open_ = (_of(units.judged, s) for s in (Status.PASS, Status.FAIL, Status.UNKNOWN))
    status = Status.FAIL if bad else Status.PASS if len(good) == total else Status.UNKNOWN
    reached = sum(u.share for u in units.judged)
    score, possible = 100 * reached / total, 100 * (reached + len(open_)) / total
    return Verdict(status, score, possible, _sentence(good, bad + open_, total))


def _sentence(good: list[Unit], short: list[Unit], total: int) -> str:
    if len(good) == total:
        return f"{total} of {total}: {_names(good)}"
    if total == 1 and short[0].note:
        return short[0].note
    listed = "; ".join(f"{u.name}: {u.note}" if u.note else u.name for u in short[:NAMED_UNITS])
    more = f"; and {len(short) - NAMED_UNITS} more" if len(short) > NAMED_UNITS else ""
    return f"{len(good)} of {total} hold. {listed}{more}".rstrip()


def _names(units: list[Unit]) -> str:
    more = f" and {len(units) - NAMED_UNITS} more" if len(units) > NAMED_UNITS else ""
    return ", ".join(u.name for u in units[:NAMED_UNITS]) + more


def _of(units: Iterable[Unit], status: Status) -> list[Unit]:
    return [u for u in units if u.status is status]


def _rows(units: Iterable[Unit]) -> Iterable[Evidence]:
    for unit in units:
        yield from unit.evidence
