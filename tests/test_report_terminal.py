"""The terminal lines: whatever the width and the character set, they fit, and the facts are on them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.models import ProductionReadinessReport, Status
from pytest_readiness.report.terminal import (
    MARKUP,
    Line,
    Look,
    Style,
    columns_of,
    finished_category,
    progress,
    scoreboard,
)
from tests.audits import Audit, audit, audits, category, outcomes, result, spec

COUNTS = {Status.PASS: 65, Status.FAIL: 30, Status.UNKNOWN: 15, Status.ERROR: 3, Status.WAIVED: 0}
WRITTEN = [Path("readiness-report/report.md"), Path("readiness-report/report.json")]
looks = st.builds(Look, width=st.integers(20, 120), unicode=st.booleans())


def text(lines: Iterable[Line]) -> str:
    """The lines as they are seen."""
    return "\n".join("".join(piece.text for piece in line) for line in lines)


def mixed() -> ProductionReadinessReport:
    """A report with five categories' worth of shapes: mixed, whole, not judged, unknown only, long title."""
    specs = [
        spec(f"security_compliance.keys.{n}", severity="critical", weight=w)
        for n, w in zip("abcdef", [1] * 6, strict=True)
    ]
    outcomes_ = ["pass", "fail", "fail", "fail", "fail", "fail"]
    unknown = spec("testing_coverage.count.enough_tests", severity="high")
    pairs = [(s, result(s, o)) for s, o in zip(specs, outcomes_, strict=True)]
    long = category("testing_coverage").model_copy(update={"title": "Testing Coverage of Everything There Is"})
    return audit([*pairs, (unknown, result(unknown, "unknown"))], long, category("documentation")).report()


@pytest.mark.parametrize("width", [80, 60, 44])
def test_the_scoreboard_shows_scores_intervals_counts_gaps_report_and_gate(width: int) -> None:
    seen = text(scoreboard(mixed(), WRITTEN, Look(width)))
    assert re.search(r"^Security C\S* .*█.* 16\.6 +✓1 ✗5$", seen, re.MULTILINE), seen
    assert re.search(r"^Testing C.* 0–100 +\?1$", seen, re.MULTILINE), seen
    assert re.search(r"^Documenta\S* +not yet judged", seen, re.MULTILINE), seen
    assert "8.3/100" in seen
    assert "significant work remains" in " ".join(seen.split())
    assert "Worst gaps (5 of 6)" in seen
    assert seen.count("Fix: ") == 5
    assert "security_compliance.keys.b" in seen
    assert "readiness-report/report.json" in seen
    assert "Gate: failed" in seen
    assert "The proven score is 8.3, below" in seen


def test_without_unicode_all_is_ascii() -> None:
    seen = text(scoreboard(mixed(), WRITTEN, Look(44, unicode=False)))
    assert seen.isascii()
    assert re.search(r"^Security C\S* .*#\.* +16\.6 +\+1 x5$", seen, re.MULTILINE), seen


def test_every_category_has_its_figures_in_the_same_columns() -> None:
    lines = [text([line]) for line in scoreboard(mixed(), WRITTEN, Look(80))]
    ends = {line.index(figure) + len(figure) for line in lines for figure in ("16.6", "0–100") if f"{figure}  " in line}
    assert len(ends) == 1


def test_a_gate_that_passed_is_green_and_one_that_failed_red() -> None:
    for status, word, style in (("pass", "passed", Style.GOOD), ("fail", "failed", Style.BAD)):
        lines = scoreboard(outcomes(a=status).report(), WRITTEN, Look())
        assert [piece.style for line in lines for piece in line if piece.text == word] == [style]


def test_no_report_written_is_said() -> None:
    assert "No report was written." in text(scoreboard(mixed(), [], Look()))


def test_a_partial_audit_is_said() -> None:
    report = outcomes(a="pass").report(partial="-k a")
    assert "Partial audit: -k a" in text(scoreboard(report, WRITTEN, Look()))


def test_without_gaps_no_gaps_are_announced() -> None:
    seen = text(scoreboard(outcomes(a="pass").report(), WRITTEN, Look()))
    assert "Worst gaps" not in seen
    assert "Gate: passed" in seen


def test_an_accepted_risk_is_not_among_the_worst() -> None:
    assert (
        "keys.a" not in text(scoreboard(outcomes(a="waived", b="pass").report(), WRITTEN, Look())).split("Report:")[0]
    )


def test_escapes_in_values_never_reach_the_terminal() -> None:
    nasty = "\x1b]0;owned\x07\x1b[2J\u202e\r\n"
    of = spec("documentation.guide.a", title=nasty, recommendation=nasty, severity="critical")
    made = category("documentation").model_copy(update={"title": nasty})
    report = audit([(of, result(of, "fail", details=nasty))], made).report(partial=nasty)
    seen = text(scoreboard(report, [Path(nasty)], Look()))
    assert not set("\x1b\x07\u202e\r") & set(seen)


def test_progress_shows_how_far_what_and_where() -> None:
    seen = text([progress(115, 139, COUNTS, "security_compliance", Look(80))])
    assert seen == "115/139 ███████████████████░░░░░ ✓65 ✗30 ?15 ‼3 security_compliance"


def test_progress_of_nothing_is_complete() -> None:
    assert "░" not in text([progress(0, 0, {}, "", Look(80))])


def test_a_finished_category_is_one_line() -> None:
    counts = {Status.PASS: 11, Status.FAIL: 2, Status.UNKNOWN: 3, Status.ERROR: 0}
    seen = text([finished_category("Deployment Readiness", 16, counts, Look(80))])
    assert seen == "  Deployment Readiness          16/16  11 pass, 2 fail, 3 unknown"


def test_every_style_has_a_markup() -> None:
    assert set(MARKUP) == set(Style)


@pytest.mark.parametrize(("word", "columns"), [("abc", 3), ("åäö", 3), ("漢字", 4), ("e\u0301", 1)])
def test_columns_count_what_a_terminal_shows(word: str, columns: int) -> None:
    assert columns_of(word) == columns


@given(audits(), looks, st.text(max_size=30))
def test_no_line_is_wider_than_the_terminal(run: Audit, look: Look, name: str) -> None:
    made = tuple(c.model_copy(update={"title": name}) for c in run.categories)
    lines = [text([line]) for line in scoreboard(run.report(categories=made, partial=name), [Path("a" * 150)], look)]
    place = f"Report: {'a' * 150}"  # whole, so that it can be copied
    assert place in lines
    assert max(columns_of(line) for line in lines if line != place) <= look.width


@given(looks, st.text(max_size=40), st.integers(0, 999), st.integers(0, 999))
def test_progress_and_finished_categories_fit_too(look: Look, name: str, done: int, total: int) -> None:
    for line in (progress(done, total, COUNTS, name, look), finished_category(name, total, COUNTS, look)):
        seen = text([line])
        assert columns_of(seen) <= look.width
        assert "\n" not in seen
        assert look.unicode or seen.isascii()
