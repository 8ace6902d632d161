"""The report as JSON, for programs, and the JSON Schema that says what is in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_readiness.models import ProductionReadinessReport

SCHEMA_FILE = Path(__file__).with_name("report.schema.json")
"""The published schema; `schema_text()` is what must stand in it."""
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def render_json(report: ProductionReadinessReport) -> str:
    """The report as JSON: fields in the order of the models, the same bytes for the same facts."""
    return report.model_dump_json(indent=2) + "\n"


def schema() -> dict[str, Any]:
    """JSON Schema of report.json."""
    return {"$schema": DIALECT, **ProductionReadinessReport.model_json_schema(mode="serialization")}


def schema_text() -> str:
    """The schema as it is published."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
