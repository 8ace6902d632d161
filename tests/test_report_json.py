"""report.json: the same facts, stable to the byte, and all that the design's data models name."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.models import AuditResult, CheckResult, Evidence, Gap, Model, ProductionReadinessReport
from pytest_readiness.report import render_json
from tests.audits import Audit, audit, audits, outcomes, result, spec

DESIGN: dict[type[Model], str] = {
    ProductionReadinessReport: "overall_score category_scores total_gaps critical_gaps high_gaps medium_gaps low_gaps "
    "gaps_by_category recommendations roadmap generated_at audit_results score_interval production_ready "
    "recommendation gate configuration_notes tool repository",
    AuditResult: "category score weight checks gaps recommendations timestamp",
    CheckResult: "name passed score details evidence id criterion status weight mode severity duration_s",
    Gap: "category severity description impact recommendation estimated_effort dependencies check_id",
    Evidence: "path line note",
}


def test_the_models_have_the_design_s_field_names() -> None:
    for model, names in DESIGN.items():
        assert set(names.split()) <= set(model.model_fields), model


def test_the_json_says_what_the_report_says() -> None:
    report = outcomes(a="pass", b="fail", c="unknown").report()
    read = json.loads(render_json(report))
    assert read["overall_score"] == report.overall_score
    assert read["gate"] == {"passed": False, "reasons": list(report.gate.reasons)}
    assert read["score_interval"] == {"proven": report.overall_score, "possible": report.score_interval.possible}
    assert [gap["check_id"] for gap in read["gaps_by_category"]["security_compliance"]] == [
        "security_compliance.keys.b", "security_compliance.keys.c",
    ]  # fmt: skip
    assert read["audit_results"][0]["checks"][0]["evidence"] == [{"path": "a.py", "line": 7, "note": "seen"}]


@given(audits())
def test_the_same_facts_give_the_same_bytes_and_come_back_whole(run: Audit) -> None:
    text = render_json(run.report())
    assert text == render_json(run.report())
    assert ProductionReadinessReport.model_validate_json(text) == run.report()


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_written(text: str) -> None:
    of = spec("documentation.guide.a")
    row = Evidence(path=text, note=text)
    report = audit([(of, result(of, "fail", details=text, evidence=(row,)))]).report(partial=text)
    json.loads(render_json(report).encode())


def test_a_file_name_that_is_not_utf_8_is_written_as_an_escape() -> None:
    assert Evidence(path="caf\udce9.py").path == "caf\\udce9.py"


def test_swedish_stays_readable() -> None:
    of = spec("documentation.guide.a")
    report = audit([(of, result(of, "fail", details="färdig för produktion"))]).report()
    assert "färdig för produktion" in render_json(report)
