"""From what a run left behind to the report and its files."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pytest_readiness.engine import assemble
from pytest_readiness.inner.audit import Audit
from pytest_readiness.inner.part import Found, joined, part_of
from pytest_readiness.inner.runfolder import OWN_FILE
from pytest_readiness.judging import masked
from pytest_readiness.models import Evidence, ProductionReadinessReport
from pytest_readiness.options import ReportTarget
from pytest_readiness.repo import Repo
from pytest_readiness.report import FILES, FOLDER, ReportError, render_json, write, write_text

NAMED = 200
"""Files that could not be read that the report names."""


@dataclass(frozen=True)
class Conclusion:
    """The report, its files, and whether all of them could be written."""

    report: ProductionReadinessReport
    files: tuple[Path, ...]
    written: bool


def conclude(found: Found, audit: Audit) -> Conclusion:
    """The report on a run, written."""
    part = joined(part_of(found, audit), audit.folder.read(OWN_FILE) or {})
    report = assemble(
        {spec.id: spec for spec in part.specs},
        {result.id: result for result in part.results},
        part.categories,
        audit.settings,
        collection_errors=part.errors,
        repository=Repo(audit.root, audit.settings).state(),
        notes=audit.notes,
        warnings=audit.warnings,
        not_read=[masked(e) for e in not_read(audit)],
        generated_at=found.began_at,
        duration_s=found.duration_s,
        partial="; ".join(part.partial),
    )
    return written(report, audit)


def not_read(audit: Audit) -> Iterable[Evidence]:
    """The files of the repository that a check asked for and that could not be read or do not parse, each with why."""
    found = sorted(audit.folder.unread().items())
    yield from (Evidence(path=path, note=why) for path, why in found[:NAMED])
    if len(found) > NAMED:
        yield Evidence(path=".", note=f"and {len(found) - NAMED} more")


def written(report: ProductionReadinessReport, audit: Audit) -> Conclusion:
    """The report with its files. One that cannot be written goes to a temporary folder, and the user is told."""
    wanted = [target for target in audit.reports if target.type != "term"]
    targets = [(target.type, partial_place(target, audit.root) if report.partial else target.dest) for target in wanted]
    try:
        return Conclusion(report, tuple(write(report, targets, audit.root)), written=True)
    except ReportError as error:
        print(f"\nERROR: {error}", file=sys.stderr)  # noqa: T201
        return Conclusion(report, rescued(report), written=False)


def partial_place(target: ReportTarget, root: Path) -> Path:
    """Where the report on a partial run goes: beside the usual file, which a whole run wrote; or where it was asked."""
    usual = Path(FILES[target.type][0])
    return target.dest or root / FOLDER / f"{usual.stem}.partial{usual.suffix}"


def rescued(report: ProductionReadinessReport) -> tuple[Path, ...]:
    """The facts of a report that found no place, in a temporary folder."""
    place = Path(tempfile.mkdtemp(prefix="readiness-report-")) / "report.json"
    try:
        write_text(place, render_json(report))
    except ReportError:
        return ()
    print(f"The report is in {place} instead.", file=sys.stderr)  # noqa: T201
    return (place,)
