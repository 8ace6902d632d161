"""From the report model to files and to the terminal. Pure functions but for `write`."""

from pytest_readiness.report.jsonfile import render_json, schema
from pytest_readiness.report.markdown import render_markdown
from pytest_readiness.report.write import FILES, FOLDER, ReportError, write, write_text

__all__ = ["FILES", "FOLDER", "ReportError", "render_json", "render_markdown", "schema", "write", "write_text"]
