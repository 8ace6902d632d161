"""The gate, the verdict and the recommendation: one decision, with reasons that name figures and gaps."""

from __future__ import annotations

import pytest
from hypothesis import given

from pytest_readiness.models import CollectionError, ProductionReadinessReport
from pytest_readiness.settings import FailOn, Settings
from tests.audits import Audit, audit, audits, category, outcomes, result, spec

OPEN = Settings(fail_under=0, fail_on="never")


def scoring(score: float, severity: str = "medium") -> Audit:
    """A run whose only check has this score."""
    of = spec("security_compliance.keys.a", severity=severity)
    return audit([(of, result(of, "pass" if score == 100 else "fail", score))])


def reasons(report: ProductionReadinessReport) -> str:
    """All reasons of the gate in one text."""
    return "\n".join(report.gate.reasons)


@pytest.mark.parametrize(
    ("score", "verdict", "ready", "recommendation"),
    [
        (100, "production-ready", True, "Go-live"),
        (80.001, "production-ready", True, "Go-live"),
        (80, "nearly ready", False, "Significant work needed"),
        (60, "nearly ready", False, "Significant work needed"),
        (59.999, "significant work remains", False, "Significant work needed"),
        (0, "significant work remains", False, "Significant work needed"),
    ],
)
def test_the_bands(score: float, verdict: str, ready: bool, recommendation: str) -> None:
    report = scoring(score).report()
    assert (report.verdict, report.production_ready, report.recommendation) == (verdict, ready, recommendation)


@pytest.mark.parametrize(("score", "recommendation"), [(90, "Fix critical gaps"), (60, "Fix critical gaps"),
                                                       (59, "Significant work needed")])  # fmt: skip
def test_an_open_critical_gap_is_never_production_ready(score: float, recommendation: str) -> None:
    report = scoring(score, "critical").report()
    assert not report.production_ready
    assert report.recommendation == recommendation


def test_a_waived_critical_gap_does_not_close_the_gate_but_is_still_open() -> None:
    waived, fine = spec("security_compliance.keys.a", severity="critical"), spec("security_compliance.keys.b", weight=9)
    report = audit([(waived, result(waived, "waived")), (fine, result(fine, "pass"))]).report()
    assert report.gate.passed
    assert report.critical_gaps == 1
    assert not report.production_ready
    assert report.recommendation == "Fix critical gaps"


@pytest.mark.parametrize(
    ("score", "fail_under", "passed"),
    [
        (80, 80, True),
        (79.9999, 80, False),
        (100 * 2 / 3, 66.67, False),
        (50, 0, True),
        (100, 100, True),
        (99.9, 100, False),
    ],
)
def test_a_proven_score_equal_to_the_required_one_is_enough_and_nothing_is_rounded(
    score: float, fail_under: float, passed: bool
) -> None:
    report = scoring(score).report(settings=Settings(fail_under=fail_under))
    assert report.gate.passed is passed


def test_the_gate_uses_the_proven_end() -> None:
    report = outcomes(a="unknown").report(settings=Settings(fail_on="never"))
    assert report.score_interval.possible == 100
    assert reasons(report) == "The proven score is 0, below the required 80."


@pytest.mark.parametrize(
    ("severity", "fail_on", "passed"),
    [
        ("critical", "critical", False), ("high", "critical", True), ("high", "high", False), ("medium", "high", True),
        ("medium", "medium", False), ("low", "medium", True), ("low", "low", False), ("critical", "low", False),
        ("critical", "never", True),
    ],
)  # fmt: skip
def test_a_gap_at_or_above_the_severity_closes_the_gate(severity: str, fail_on: FailOn, passed: bool) -> None:
    report = scoring(90, severity).report(settings=Settings(fail_on=fail_on))
    assert report.gate.passed is passed
    if not passed:
        assert f"1 {severity.upper()} gap is open: security_compliance.keys.a." in reasons(report)


def test_many_gaps_are_counted_and_the_first_named() -> None:
    specs = [spec(f"documentation.guide.c{n}", severity="critical") for n in range(8)]
    report = audit([(s, result(s, "fail")) for s in specs]).report()
    assert "8 CRITICAL gaps are open: documentation.guide.c0, " in reasons(report)
    assert "documentation.guide.c4 and 3 more." in reasons(report)


def test_a_check_that_broke_closes_even_an_open_gate() -> None:
    report = outcomes(a="error", b="pass").report(settings=OPEN)
    assert not report.gate.passed
    assert "security_compliance.keys.a" in reasons(report)


def test_a_file_that_broke_closes_even_an_open_gate() -> None:
    error = CollectionError(file="checks/x.py", category=None, message="boom")
    report = outcomes(a="pass").report(errors=(error,), settings=OPEN)
    assert not report.gate.passed
    assert "collection:checks/x.py" in reasons(report)


def test_a_partial_audit_passes_no_gate_and_is_never_ready() -> None:
    report = outcomes(a="pass").report(partial="-k a selected 1 of 9 checks", settings=OPEN)
    assert not report.gate.passed
    assert "-k a selected 1 of 9 checks" in reasons(report)
    assert not report.production_ready
    assert report.recommendation == "Run the whole audit"


@pytest.mark.parametrize("run", [Audit({}, {}, ()), Audit({}, {}, (category("documentation"),))])
def test_nothing_judged_passes_no_gate(run: Audit) -> None:
    report = run.report(settings=OPEN)
    assert not report.gate.passed
    assert not report.production_ready
    assert reasons(report) == "Nothing was judged that carries weight in the score."


def test_only_categories_without_weight_pass_no_gate() -> None:
    of = spec("documentation.guide.a")
    report = audit([(of, result(of, "pass"))], category("documentation", 0)).report(settings=OPEN)
    assert not report.gate.passed


def test_switching_everything_off_passes_no_gate() -> None:
    settings = Settings(fail_under=0, disable={"security_compliance": "not today"})
    assert not outcomes(a="pass").report(settings=settings).gate.passed


def test_a_gate_that_passes_says_why() -> None:
    assert reasons(scoring(100).report()) == (
        "The proven score is 100, at least the required 80, and no gap of CRITICAL or above is open."
    )


@given(audits())
def test_ready_means_above_80_without_a_critical_gap(run: Audit) -> None:
    report = run.report()
    assert report.production_ready == (report.overall_score > 80 and report.critical_gaps == 0)
    assert (report.recommendation == "Go-live") == report.production_ready


@given(audits())
def test_a_gate_that_fails_says_why_and_production_ready_passes_the_default_gate(run: Audit) -> None:
    report = run.report()
    assert report.gate.reasons
    assert report.gate.passed or not report.production_ready
