"""What a check may say about the things it ranges over."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from pytest_readiness.authoring import Units, unknown
from pytest_readiness.models import Status


@dataclass(frozen=True)
class Spot:
    """A place without a note of its own."""

    path: str = "a.py"
    line: int | None = 3


@dataclass(frozen=True)
class Noted(Spot):
    """A place that says why itself."""

    note: str = "its own note"


def test_each_unit_is_counted_with_its_evidence() -> None:
    units = Units()
    units.good("one", Spot())
    units.bad("two", Spot(), Noted(line=7), note="no limit")
    units.unknown("three", note="run it")
    units.decide("four", True)
    units.decide("five", False, Spot(line=None), note="gone")
    assert [u.status for u in units.judged] == [
        Status.PASS, Status.FAIL, Status.UNKNOWN, Status.PASS, Status.FAIL,
    ]  # fmt: skip
    assert [[str(e) for e in u.evidence] for u in units.judged] == [
        ["a.py:3 one"],
        ["a.py:3 no limit", "a.py:7 its own note"],
        [],
        [],
        ["a.py gone"],
    ]


@pytest.mark.parametrize(
    ("share", "status", "reached"),
    [(1.0, Status.PASS, 1), (1.4, Status.PASS, 1), (0.25, Status.FAIL, 0.25), (-1, Status.FAIL, 0)],
)
def test_a_unit_may_be_reached_in_part(share: float, status: Status, reached: float) -> None:
    units = Units()
    units.part("ten tests", share, Spot(), note="some of ten")
    (unit,) = units.judged
    assert (unit.status, unit.share, str(unit.evidence[0])) == (status, reached, "a.py:3 some of ten")


@pytest.mark.parametrize(("share", "status"), [(0.69, Status.FAIL), (0.7, Status.PASS), (0.9, Status.PASS)])
def test_a_part_may_be_enough(share: float, status: Status) -> None:
    units = Units()
    units.part("share", share, note="of all", enough=0.7)
    (unit,) = units.judged
    assert (unit.status, unit.share) == (status, share)


def test_evidence_of_no_unit() -> None:
    units = Units()
    units.cite(Spot(), Noted(), note="seen")
    assert [str(e) for e in units.cited] == ["a.py:3 seen", "a.py:3 its own note"]
    assert units.judged == []


def test_a_check_may_end_with_unknown() -> None:
    with pytest.raises(pytest.skip.Exception, match="run the tests"):
        unknown("run the tests with --junitxml")
