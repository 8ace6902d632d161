"""The one place that decides what a run of a check means."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.authoring import Units
from pytest_readiness.judging import NO_UNITS, Ending, broken, ending_of, judge
from pytest_readiness.models import EVIDENCE_LIMIT, CheckResult, CheckSpec, Severity, Status

SPEC = CheckSpec(
    id="a.b.c", category="a", criterion="b", name="c", title="t", passes="p", falls_short="f", impact="i",
    recommendation="r", standard="s", severity=Severity.HIGH, effort_days=1, weight=2,
)  # fmt: skip
OUTCOMES = st.lists(st.sampled_from([Status.PASS, Status.FAIL, Status.UNKNOWN]), max_size=40)
ENDINGS = st.sampled_from(Ending)


class Spot:
    """A place."""

    def __init__(self, path: str = "a.py", line: int | None = 1) -> None:
        self.path, self.line = path, line


def recorded(outcomes: Sequence[Status], rows: int = 1) -> Units:
    """A recorder with one unit for each outcome, each with this many rows of evidence."""
    units = Units()
    add = {Status.PASS: units.good, Status.FAIL: units.bad, Status.UNKNOWN: units.unknown}
    for number, outcome in enumerate(outcomes):
        add[outcome](f"unit{number}", *(Spot(f"{number}.py", n + 1) for n in range(rows)), note=f"{outcome} note")
    return units


@given(outcomes=OUTCOMES, ending=ENDINGS, text=st.text())
def test_whatever_happens_the_result_is_a_result(outcomes: list[Status], ending: Ending, text: str) -> None:
    result = judge(SPEC, recorded(outcomes), ending, text)
    assert 0 <= result.score <= result.possible <= 100
    assert result.passed == (result.status is Status.PASS)
    assert not result.passed or result.score == 100
    assert result.score < 100 or result.passed
    assert len(result.evidence) <= EVIDENCE_LIMIT
    assert CheckResult.model_validate_json(result.model_dump_json()) == result


@given(outcomes=OUTCOMES.filter(bool))
def test_the_share_of_good_units_is_the_score(outcomes: list[Status]) -> None:
    result = judge(SPEC, recorded(outcomes), Ending.RETURNED)
    good, bad = outcomes.count(Status.PASS), outcomes.count(Status.FAIL)
    assert result.score == pytest.approx(100 * good / len(outcomes))
    assert result.possible == pytest.approx(100 * (len(outcomes) - bad) / len(outcomes))


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        ("pp", Status.PASS),
        ("pf", Status.FAIL),
        ("pu", Status.UNKNOWN),
        ("puf", Status.FAIL),
        ("u", Status.UNKNOWN),
        ("f", Status.FAIL),
    ],
)
def test_units_settle_the_status(outcomes: str, status: Status) -> None:
    letters = {"p": Status.PASS, "f": Status.FAIL, "u": Status.UNKNOWN}
    assert judge(SPEC, recorded([letters[one] for one in outcomes]), Ending.RETURNED).status is status


@pytest.mark.parametrize(
    ("ending", "status", "possible"),
    [
        (Ending.ASSERTED, Status.FAIL, 0),
        (Ending.SKIPPED, Status.UNKNOWN, 100),
        (Ending.BROKE, Status.ERROR, 0),
    ],
)
def test_an_ending_outweighs_units(ending: Ending, status: Status, possible: float) -> None:
    result = judge(SPEC, recorded([Status.PASS, Status.PASS]), ending, "because")
    assert (result.status, result.score, result.possible, result.details) == (status, 0, possible, "because")
    assert len(result.evidence) == 2


def test_a_unit_reached_in_part_gives_its_share() -> None:
    units = Units()
    units.part("ten tests", 0.3, note="3 of 10 tests")
    units.unknown("a run", note="run it")
    result = judge(SPEC, units, Ending.RETURNED)
    assert (result.status, result.score, result.possible) == (Status.FAIL, 15, 65)


def test_no_unit_proves_nothing() -> None:
    result = judge(SPEC, Units(), Ending.RETURNED)
    assert (result.status, result.score, result.details) == (Status.FAIL, 0, NO_UNITS)


def test_no_unit_may_be_fine() -> None:
    units = Units()
    units.none_is_fine("there are no uploads")
    result = judge(SPEC, units, Ending.RETURNED)
    assert (result.status, result.score, result.details) == (Status.PASS, 100, "there are no uploads")


def test_a_unit_counts_even_where_none_would_be_fine() -> None:
    units = recorded([Status.FAIL])
    units.none_is_fine("there are none")
    assert judge(SPEC, units, Ending.RETURNED).status is Status.FAIL


def test_the_details_name_what_falls_short() -> None:
    units = Units()
    units.good("alpha")
    units.bad("beta", note="no timeout")
    assert judge(SPEC, units, Ending.RETURNED).details == "1 of 2 hold. beta: no timeout"


def test_the_details_stay_short() -> None:
    details = judge(SPEC, recorded([Status.FAIL] * 500), Ending.RETURNED).details
    assert details.startswith("0 of 500 hold. unit0: fail note; ")
    assert details.endswith("and 490 more")


def test_a_cut_drops_the_evidence_of_what_passed() -> None:
    units = recorded([Status.PASS] * 150 + [Status.FAIL] * 150)
    result = judge(SPEC, units, Ending.RETURNED)
    notes = [e.note for e in result.evidence]
    assert notes == ["fail note"] * 150 + ["pass note"] * (EVIDENCE_LIMIT - 150)
    assert result.evidence_dropped == 300 - EVIDENCE_LIMIT


def test_the_same_place_is_cited_once() -> None:
    units = Units()
    units.bad("alpha", Spot(), note="no timeout")
    units.bad("beta", Spot(), note="no timeout")
    result = judge(SPEC, units, Ending.RETURNED)
    assert len(result.evidence) == result.evidence_against == 1


def test_the_spec_is_carried_over() -> None:
    result = judge(SPEC, Units(), Ending.RETURNED, duration_s=1.5)
    assert (result.id, result.category, result.criterion, result.weight) == ("a.b.c", "a", "b", 2)
    assert (result.severity, result.duration_s) == (Severity.HIGH, 1.5)


def test_nothing_secret_enters_a_result() -> None:
    key = "AKIA" + "ABCDEFGH12345678"
    units = Units()
    units.bad(f"unit {key}", Spot(path=f"keys/{key}.py"), note=f"holds {key}")
    units.cite(Spot(), note=key)
    for ending in Ending:
        result = judge(SPEC, units, ending, f"KeyError: {key}")
        assert key not in result.model_dump_json()
        assert "AKIA****" in result.details


def test_a_check_that_gave_no_result() -> None:
    result = broken(SPEC, "its process died")
    assert (result.status, result.score, result.details) == (Status.ERROR, 0, "its process died")


class NoWords(Exception):
    """An error without a message."""


@pytest.mark.parametrize(
    ("error", "ending", "text"),
    [
        (None, Ending.RETURNED, ""),
        (AssertionError("no limit"), Ending.ASSERTED, "no limit"),
        (AssertionError(), Ending.ASSERTED, "the condition does not hold"),
        (AssertionError("no limit\nassert 1 == 2\n +  where 1"), Ending.ASSERTED, "no limit"),
        (AssertionError("assert 1 == 2"), Ending.ASSERTED, "assert 1 == 2"),
        (pytest.fail.Exception("said so"), Ending.ASSERTED, "said so"),
        (pytest.skip.Exception("no data"), Ending.SKIPPED, "no data"),
        (KeyError("x"), Ending.BROKE, "KeyError: 'x'"),
        (NoWords(), Ending.BROKE, "NoWords:"),
        (SystemExit(0), Ending.BROKE, "SystemExit: 0"),
        (RecursionError("deep"), Ending.BROKE, "RecursionError: deep"),
        (MemoryError(), Ending.BROKE, "MemoryError:"),
        (TimeoutError("late"), Ending.BROKE, "TimeoutError: late"),
        (asyncio.CancelledError(), Ending.BROKE, "CancelledError:"),
        (ExceptionGroup("two", [AssertionError("a")]), Ending.BROKE, "ExceptionGroup: two (1 sub-exception)"),
    ],
    ids=repr,
)
def test_how_a_body_ended(error: BaseException | None, ending: Ending, text: str) -> None:
    assert ending_of(error) == (ending, text)


def test_an_error_says_where() -> None:
    try:
        dict[str, str]()["x"]
    except KeyError as error:
        _, text = ending_of(error)
        assert text.startswith("KeyError: 'x' (tests/test_judging.py:")
