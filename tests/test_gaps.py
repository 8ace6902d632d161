"""Gaps: what every check that did not pass leaves open."""

from __future__ import annotations

import pytest
from hypothesis import given

from pytest_readiness.models import CollectionError, Evidence, Gap, ProductionReadinessReport, Status
from pytest_readiness.settings import Settings
from tests.audits import Audit, audit, audits, outcomes, result, spec


def gaps_of(report: ProductionReadinessReport) -> dict[str, Gap]:
    """All gaps of a report by the check that left them."""
    return {gap.check_id: gap for gaps in report.gaps_by_category.values() for gap in gaps}


def only_gap(run: Audit) -> Gap:
    """The one gap of a run."""
    [gap] = gaps_of(run.report()).values()
    return gap


@pytest.mark.parametrize(
    ("status", "severity", "expected"),
    [
        ("fail", "high", "high"),
        ("waived", "high", "high"),
        ("unknown", "critical", "high"),
        ("unknown", "high", "medium"),
        ("unknown", "medium", "low"),
        ("unknown", "low", "low"),
        ("error", "low", "critical"),
    ],
)
def test_severity_is_the_check_s_own_an_unknown_s_one_milder_a_broken_check_s_critical(
    status: str, severity: str, expected: str
) -> None:
    of = spec("documentation.guide.a", severity=severity)
    assert only_gap(audit([(of, result(of, status))])).severity == expected


def test_a_check_that_passes_leaves_no_gap() -> None:
    assert outcomes(a="pass").report().total_gaps == 0


def test_a_gap_says_what_fell_short_what_it_does_and_how_to_close_it() -> None:
    of = spec("documentation.guide.a", title="Is there a guide?", impact="Nobody knows.", recommendation="Write one.",
              effort_days=3)  # fmt: skip
    gap = only_gap(audit([(of, result(of, "fail", details="docs/ is empty"))]))
    assert gap.description == "Is there a guide? No: docs/ is empty"
    assert (gap.impact, gap.recommendation) == ("Nobody knows.", "Write one.")
    assert (gap.estimated_effort, gap.effort_days, gap.category) == ("3 days", 3, "documentation")


def test_an_unknown_s_gap_asks_for_the_missing_data() -> None:
    of = spec("documentation.guide.a", recommendation="Be fast.")
    gap = only_gap(audit([(of, result(of, "unknown", details="no load test result: leave one in results/"))]))
    assert gap.recommendation.startswith("Supply the missing data (no load test result: leave one in results/)")
    assert "Cannot tell: no load test" in gap.description


def test_an_unknown_is_also_a_warning() -> None:
    of = spec("documentation.guide.a")
    report = audit([(of, result(of, "unknown", details="no load test result"))]).report()
    assert "Missing data: documentation.guide.a: no load test result" in report.warnings


def test_warnings_are_in_one_order_whichever_came_first() -> None:
    run = outcomes(a="pass")
    assert run.report(warnings=("b", "a", "b")).warnings == run.report(warnings=("a", "b")).warnings == ("a", "b")


def test_a_broken_check_s_gap_names_the_check_s_file() -> None:
    of = spec("documentation.guide.a", source="documentation/check_guide.py:12")
    gap = only_gap(audit([(of, result(of, "error", details="KeyError: 'x'"))]))
    assert "documentation/check_guide.py:12" in gap.recommendation
    assert "The check itself broke: KeyError: 'x'" in gap.description


def test_a_gap_repeats_the_evidence_against_and_not_what_holds() -> None:
    of = spec("documentation.guide.a")
    bad, good = Evidence(path="bad.py", line=1), Evidence(path="good.py", line=2)
    gap = only_gap(audit([(of, result(of, "fail", evidence=(bad, good), evidence_against=1))]))
    assert gap.evidence == (bad,)


def test_dependencies_are_the_open_gaps_only() -> None:
    first, second, third = (spec(f"documentation.guide.{n}") for n in "abc")
    third = spec("documentation.guide.c", depends_on=(first.id, second.id))
    run = audit([(first, result(first, "fail")), (second, result(second, "pass")), (third, result(third, "fail"))])
    assert gaps_of(run.report())[third.id].dependencies == (first.id,)


def test_a_gap_waits_for_what_a_closed_dependency_waits_for() -> None:
    root = spec("documentation.guide.a")
    closed = spec("documentation.guide.b", depends_on=(root.id,))
    leaf = spec("documentation.guide.c", depends_on=(closed.id,))
    run = audit([(root, result(root, "fail")), (closed, result(closed, "pass")), (leaf, result(leaf, "fail"))])
    assert gaps_of(run.report())[leaf.id].dependencies == (root.id,)


def test_a_dependency_that_is_switched_off_is_no_gap_and_no_stranger() -> None:
    root = spec("documentation.guide.a")
    leaf = spec("documentation.guide.c", depends_on=(root.id,))
    run = audit([(root, result(root, "fail")), (leaf, result(leaf, "fail"))])
    report = run.report(settings=Settings(disable={root.id: "not ours"}))
    assert gaps_of(report)[leaf.id].dependencies == ()
    assert not any("no check" in warning for warning in report.warnings)


def test_a_dependency_that_names_no_check_is_a_warning() -> None:
    of = spec("documentation.guide.a", depends_on=("documentation.guide.nope",))
    report = audit([(of, result(of, "fail"))]).report()
    assert any("documentation.guide.nope" in warning for warning in report.warnings)


def test_a_file_that_does_not_load_leaves_one_critical_gap_that_names_it_and_the_error() -> None:
    twice = [CollectionError(file="checks/x.py", category="security_compliance", message=m) for m in ("E1", "E2", "E1")]
    report = outcomes(a="pass").report(errors=tuple(twice))
    [gap] = gaps_of(report).values()
    assert (gap.severity, gap.status, gap.category) == ("critical", Status.ERROR, "security_compliance")
    assert "checks/x.py: E1; E2" in gap.description
    assert gap.evidence[0].path == "checks/x.py"


@pytest.mark.parametrize("category", [None, "no_such_category"])
def test_a_file_of_no_known_category_leaves_its_gap_outside_the_categories(category: str | None) -> None:
    error = CollectionError(file="readiness_checks/x.py", category=category, message="SyntaxError")
    report = outcomes(a="pass").report(errors=(error,))
    assert [gap.check_id for gap in report.gaps_by_category["unassigned"]] == ["collection:readiness_checks/x.py"]
    assert report.overall_score == 100
    assert not report.gate.passed


def test_a_file_of_a_category_that_is_switched_off_is_no_gap() -> None:
    error = CollectionError(file="checks/x.py", category="security_compliance", message="SyntaxError")
    settings = Settings(disable={"security_compliance": "audited elsewhere"})
    assert outcomes(a="pass").report(errors=(error,), settings=settings).total_gaps == 0


@given(audits())
def test_there_is_one_gap_for_every_check_that_did_not_pass_and_every_file_that_broke(run: Audit) -> None:
    report = run.report()
    short = [c.id for a in report.audit_results for c in a.checks if c.status is not Status.PASS]
    gaps = [gap for found in report.gaps_by_category.values() for gap in found]
    assert sorted(g.check_id for g in gaps) == sorted([*short, *(f"collection:{error.file}" for error in run.errors)])
    assert report.total_gaps == len(gaps)
    assert report.total_gaps == sum((report.critical_gaps, report.high_gaps, report.medium_gaps, report.low_gaps))


@given(audits())
def test_dependencies_of_a_gap_are_gaps_too(run: Audit) -> None:
    gaps = gaps_of(run.report())
    assert all(set(gap.dependencies) <= gaps.keys() for gap in gaps.values())
