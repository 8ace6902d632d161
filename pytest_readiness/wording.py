"""How figures and names are put into words, alike in every report and in the reasons of the gate."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from fractions import Fraction

from pytest_readiness.models import AuditResult, Status

READY_ABOVE, NEARLY_FROM = 80, 60
"""Bands of the overall score: above 80 is production-ready, 60 to 80 nearly ready."""
BOUNDS = (0, NEARLY_FROM, READY_ABOVE, 100)
"""Scores that decide something: rounding never moves a score onto one."""
MOST_DECIMALS = 6
HOURS_A_DAY = 8
_SPELLINGS = {"aws": "AWS", "llm": "LLM", "api": "API", "cdk": "CDK", "pii": "PII", "gdpr": "GDPR", "eu": "EU",
              "ttl": "TTL", "iac": "IaC"}  # fmt: skip


def closest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one resembles most, if any does."""
    return next(iter(difflib.get_close_matches(word, sorted(known), n=1)), None)


def points(score: float | Fraction) -> str:
    """A score for people, rounded down so that it never looks better than it is: 61, 61.2, 79.9.

    More decimals only where one would make it look like a bound it is not: 80.004.
    """
    for decimals in range(1, MOST_DECIMALS + 1):
        shown = math.floor(Fraction(str(score)) * 10**decimals) / 10**decimals
        if shown not in BOUNDS or shown == score:
            break
    return f"{shown:.{MOST_DECIMALS}f}".rstrip("0").rstrip(".")


def verdict(overall: Fraction) -> str:
    """The band of an overall score, in words."""
    if overall > READY_ABOVE:
        return "production-ready"
    return "nearly ready" if overall >= NEARLY_FROM else "significant work remains"


def share(weight: float) -> str:
    """A share of the whole in per cent: 15 %, 12.5 %."""
    return f"{weight * 100:.1f}".removesuffix(".0") + " %"


def effort(days: float) -> str:
    """Days of work, for people: "2 hours", "half a day", "1 day", "1.5 days"."""
    if days == 0.5:
        return "half a day"
    hours = max(1, round(days * HOURS_A_DAY))
    if days < 1 and hours < HOURS_A_DAY:
        return f"{hours} hour{'s' if hours > 1 else ''}"
    return "1 day" if days == 1 else f"{days:g} days"


def hope(proven: float, possible: float, unknowns: int) -> str:
    """` (to 78 if the 14 unknowns hold)`, or nothing where no unknown can move the score."""
    if possible <= proven:
        return ""
    which = "the unknown holds" if unknowns == 1 else f"the {unknowns} unknowns hold"
    return f" (to {points(possible)} if {which})"


def category_hope(audit: AuditResult) -> str:
    """What `hope` says of one category; nothing where it was not judged."""
    if audit.score is None or audit.possible is None:
        return ""
    return hope(audit.score, audit.possible, unknowns([audit]))


def unknowns(audits: Iterable[AuditResult]) -> int:
    """How many checks could score higher if what is unknown held."""
    return sum(check.possible > check.score for audit in audits if audit.judged for check in audit.checks)


def counts(audit: AuditResult) -> dict[Status, int]:
    """How many checks of a category ended in each status, in the order of the statuses."""
    return {status: sum(check.status is status for check in audit.checks) for status in Status}


def sentence(name: str) -> str:
    """A check's name as the condition that it states: `no_hardcoded_keys` -> No hardcoded keys."""
    words = " ".join(_SPELLINGS.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]
