"""The gate: one function, one result, read by terminal, JSON and exit status alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from pytest_readiness.engine.scoring import exact
from pytest_readiness.models import Gap, GateResult, Severity, Status
from pytest_readiness.settings import Settings
from pytest_readiness.wording import NEARLY_FROM, READY_ABOVE, points

NAMED_GAPS = 5


@dataclass(frozen=True)
class Facts:
    """What the gate looks at. `judged` is false where nothing that carries weight was judged."""

    overall: Fraction
    gaps: Sequence[Gap]
    partial: str
    judged: bool


def gate_of(facts: Facts, settings: Settings) -> GateResult:
    """Passed only if no reason speaks against it. A proven score equal to `fail_under` is enough."""
    reasons = [
        *_whole(facts),
        *_score(facts, settings),
        *_severities(facts, settings),
        *_broken(facts),
    ]
    return GateResult(passed=not reasons, reasons=tuple(reasons) or (_why_passed(facts, settings),))


def production_ready(facts: Facts) -> bool:
    """Whether the system may go live: above 80, no CRITICAL gap open (a waiver does not close one), a whole audit."""
    return facts.judged and not facts.partial and facts.overall > READY_ABOVE and not _critical(facts)


def recommendation_of(facts: Facts) -> str:
    """What to do, in the design's three sentences; a partial audit recommends nothing but a whole one."""
    if facts.partial:
        return "Run the whole audit"
    if production_ready(facts):
        return "Go-live"
    return "Fix critical gaps" if facts.overall >= NEARLY_FROM and _critical(facts) else "Significant work needed"


def _critical(facts: Facts) -> list[Gap]:
    return [gap for gap in facts.gaps if gap.severity is Severity.CRITICAL]


def _whole(facts: Facts) -> Iterable[str]:
    if facts.partial:
        yield f"This is not a whole audit: {facts.partial}."
    if not facts.judged:
        yield "Nothing was judged that carries weight in the score."


def _score(facts: Facts, settings: Settings) -> Iterable[str]:
    if facts.overall < exact(settings.fail_under):
        yield f"The proven score is {points(facts.overall)}, below the required {points(settings.fail_under)}."


def _severities(facts: Facts, settings: Settings) -> Iterable[str]:
    if settings.fail_on == "never":
        return
    for severity in list(Severity)[: Severity(settings.fail_on).rank + 1]:
        ids = [g.check_id for g in facts.gaps if g.severity is severity and g.status is not Status.WAIVED]
        if ids:
            yield f"{len(ids)} {severity.upper()} {_gaps(ids)} open: {_listed(ids)}."


def _broken(facts: Facts) -> Iterable[str]:
    ids = [gap.check_id for gap in facts.gaps if gap.status is Status.ERROR]
    if ids:
        yield f"{len(ids)} {'check or file' if len(ids) == 1 else 'checks or files'} of checks broke: {_listed(ids)}."


def _why_passed(facts: Facts, settings: Settings) -> str:
    rule = "" if settings.fail_on == "never" else f", and no gap of {settings.fail_on.upper()} or above is open"
    return f"The proven score is {points(facts.overall)}, at least the required {points(settings.fail_under)}{rule}."


def _gaps(ids: Sequence[str]) -> str:
    return "gap is" if len(ids) == 1 else "gaps are"


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - NAMED_GAPS} more" if len(ids) > NAMED_GAPS else ""
    return ", ".join(ids[:NAMED_GAPS]) + more
