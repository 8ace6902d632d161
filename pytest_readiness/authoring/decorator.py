"""`@check`: the typed facts of a check, carried by pytest's `readiness` marker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, ParamSpec, TypeVar

import pytest

from pytest_readiness.authoring.examples import Example

P = ParamSpec("P")
R = TypeVar("R")
SeverityName = Literal["critical", "high", "medium", "low"]
ModeName = Literal["static", "artifact", "exec"]
EXAMPLES_ATTRIBUTE = "__readiness_examples__"


@dataclass(frozen=True)
class Proof:
    """The examples of one check, by what they show."""

    meets: tuple[Example, ...]
    falls_short: tuple[Example, ...]
    decoys: tuple[Example, ...]


def check(  # noqa: PLR0913 - keyword-only facts, each of them needed
    *,
    severity: SeverityName,
    effort_days: float,
    standard: str,
    meets: Sequence[Example],
    falls_short: Sequence[Example],
    decoys: Sequence[Example] = (),
    depends_on: Sequence[str] = (),
    weight: float = 1.0,
    mode: ModeName = "static",
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a test function as a readiness check.

    Category and criterion come from where the file stands (`<category>/check_<criterion>.py`), the check's name from
    the function's (`test_<name>`); `depends_on` names other checks, `name` alone for one of the same criterion, else
    the full id. `decoys` are lookalikes that must not pass; a decoy with `score=100` is one that must not fail.
    """
    mark = pytest.mark.readiness(
        severity=severity,
        effort_days=effort_days,
        standard=standard,
        depends_on=tuple(depends_on),
        weight=weight,
        mode=mode,
    )

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        setattr(function, EXAMPLES_ATTRIBUTE, Proof(tuple(meets), tuple(falls_short), tuple(decoys)))
        return mark(function)

    return decorate
