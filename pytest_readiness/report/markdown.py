"""The report as Markdown, with the headings and bullets of the design document.

Whatever a template prints is escaped on the way out (`finalize`), so a value of the audited repository can neither
break a table nor bring markup, links or HTML along; only what the filters here make is printed as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pytest_readiness import wording
from pytest_readiness.bundled import data_dir
from pytest_readiness.models import Evidence, ProductionReadinessReport, Severity
from pytest_readiness.report.visible import visible

SHOWN_PLACES = 5
"""Places shown beneath a gap; all of them are in the appendix and in report.json."""
SHOWN_LINES = 20
"""Line numbers shown beside an evidence file."""

_MARKUP = re.compile(r"([\\`*\[\]|~$]|(?<!\S)#)|(?<![^\W_])(_)|(_)(?![^\W_])")
_SPAN = re.compile(r"(`[^`|]+`)")
_AT_START = re.compile(r"^( ?)(?:([-+=])|(\d+)([.)])(?=\s|$))")
_AUTOLINK = re.compile(r"(?i)(?<=:)//|(?<=www)\.|@")
_HTML = re.compile(r"[<>]|&(?=#?\w+;)")
_PLAIN_CODE = re.compile(r"[\w./:@+=, -]+", re.ASCII)


class Safe(str):
    """Text that is Markdown already."""


def escape(value: object) -> str:
    """A value as Markdown that shows it literally, on one line; `code` in it stays code, where nothing is obeyed."""
    if isinstance(value, Safe):
        return value
    parts = _SPAN.split(visible(str(value)))
    text = "".join(part if place % 2 else _escape_prose(part) for place, part in enumerate(parts))
    return _AT_START.sub(lambda found: f"{found[1]}{found[3] or ''}\\{found[2] or found[4]}", text)


def _escape_prose(text: str) -> str:
    text = _MARKUP.sub(r"\\\g<0>", text)
    text = _HTML.sub(lambda found: html.escape(found.group()), text)
    return _AUTOLINK.sub(lambda found: "".join(f"\\{c}" for c in found.group()), text)


def code(value: object) -> Safe:
    """An id or path in a code span; escaped text where it holds anything that could end the span or a table's cell."""
    text = str(value)
    return Safe(f"`{text}`" if _PLAIN_CODE.fullmatch(text) and text == text.strip() else escape(text))


def place(evidence: Evidence) -> Safe:
    """`path:line`, and the note beside it."""
    where = code(evidence.path if evidence.line is None else f"{evidence.path}:{evidence.line}")
    return Safe(f"{where} {escape(evidence.note)}" if evidence.note else where)


def render_markdown(report: ProductionReadinessReport) -> str:
    """The report as a Markdown document."""
    text = _environment().get_template("report.md.j2").render(report=report, **_facts(report))
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(data_dir("report_templates")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=escape,
        autoescape=False,  # it would escape for HTML
    )
    environment.filters.update(_FILTERS)
    return environment


_FILTERS: Mapping[str, Callable[..., Any]] = {
    "code": code,
    "place": place,
    "points": wording.points,
    "share": wording.share,
    "effort": wording.effort,
    "counts": wording.counts,
    "severity": lambda value: Safe(f"[{value.upper()}]"),
    "days": lambda value: f"{value:g}",
}


def _facts(report: ProductionReadinessReport) -> dict[str, Any]:
    """What the templates need beside the report."""
    by_id = {gap.check_id: gap for found in report.gaps_by_category.values() for gap in found}
    interval, audits = report.score_interval, report.audit_results
    return {
        "hope": Safe(wording.hope(interval.proven, interval.possible, wording.unknowns(audits))),
        "hopes": {a.category: Safe(wording.category_hope(a)) for a in audits},
        "critical": [by_id[i.check_id] for i in report.roadmap if i.severity is Severity.CRITICAL],
        "titles": {audit.category: audit.title for audit in audits},
        "efforts": {id_: gap.estimated_effort for id_, gap in by_id.items()},
        "files": evidence_files(report),
        "shown_places": SHOWN_PLACES,
        "needs": _needed_steps(report),
        "weights": wording.share(sum(audit.weight for audit in audits)),
        "totals": [sum(column) for column in zip(*(wording.counts(a).values() for a in audits), strict=True)],
        "unassigned": report.gaps_by_category.get("unassigned", ()),
    }


def evidence_files(report: ProductionReadinessReport) -> dict[str, str]:
    """Every file that a verdict rests on, by path, with its line numbers for people."""
    lines: dict[str, set[int]] = {}
    for row in _all_evidence(report):
        lines.setdefault(row.path, set()).update([] if row.line is None else [row.line])
    return {path: _lines(lines[path]) for path in sorted(lines)}


def _needed_steps(report: ProductionReadinessReport) -> dict[str, str]:
    """Check id -> the numbers of the steps that must be taken before its own."""
    number = {item.check_id: item.position for item in report.roadmap}
    return {i.check_id: ", ".join(str(n) for n in sorted(number[d] for d in i.dependencies)) for i in report.roadmap}


def _all_evidence(report: ProductionReadinessReport) -> Iterable[Evidence]:
    for audit in report.audit_results:
        for check in audit.checks:
            yield from check.evidence


def _lines(numbers: Iterable[int]) -> str:
    ordered = [str(number) for number in sorted(numbers)]
    more = f" and {len(ordered) - SHOWN_LINES} more" if len(ordered) > SHOWN_LINES else ""
    return ", ".join(ordered[:SHOWN_LINES]) + more
