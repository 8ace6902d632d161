"""The published JSON Schema: up to date, a schema, and true of real reports."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from pytest_readiness.report import render_json, schema
from pytest_readiness.report.jsonfile import SCHEMA_FILE, schema_text
from tests.audits import Audit, audits, outcomes


def validate(report: dict[str, Any]) -> None:
    """Raise ValidationError where the report is not what the published schema says."""
    published = json.loads(SCHEMA_FILE.read_text("utf-8"))
    Draft202012Validator(published, format_checker=FormatChecker()).validate(report)


def test_the_published_schema_is_up_to_date() -> None:
    published = SCHEMA_FILE.read_text("utf-8")
    assert published == schema_text(), "models have changed: write report.schema_text() to report.schema.json again"


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


@settings(max_examples=25)
@given(audits())
def test_a_report_is_what_the_schema_says(run: Audit) -> None:
    validate(json.loads(render_json(run.report())))


@pytest.mark.parametrize(
    ("field", "value"), [("overall_score", "high"), ("gate", {"passed": "yes"}), ("roadmap", [{}]), ("extra", 1)]
)
def test_what_is_no_report_is_refused(field: str, value: object) -> None:
    report = json.loads(render_json(outcomes(a="fail").report()))
    with pytest.raises(ValidationError):
        validate(report | {field: value})
