"""From what a run left behind to the report and its files."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean

from pytest_readiness.check_modules import check_files
from pytest_readiness.engine import assemble
from pytest_readiness.inner.audit import Audit
from pytest_readiness.inner.runfolder import IMPORTS
from pytest_readiness.judging import broken
from pytest_readiness.models import (
    CategorySpec,
    CheckResult,
    CheckSpec,
    CollectionError,
    ProductionReadinessReport,
    RepositoryState,
)
from pytest_readiness.options import ReportTarget
from pytest_readiness.repo import git
from pytest_readiness.report import FILES, FOLDER, ReportError, render_json, write, write_text
from pytest_readiness.specs import SpecError, category_of

NO_RESULT = "it gave no result: its process died, or it was never run"
LISTED = 5


@dataclass(frozen=True)
class Found:
    """What a run left behind; keys of the mappings are node ids."""

    specs: Mapping[str, CheckSpec]
    selected: Sequence[str]
    results: Mapping[str, CheckResult]
    crashed: Mapping[str, str]
    unread: Mapping[str, str]
    """File of checks -> why it could not be collected."""
    ended_early: str
    began_at: datetime
    duration_s: float


@dataclass(frozen=True)
class Conclusion:
    """The report, its files, and whether all of them could be written."""

    report: ProductionReadinessReport
    files: tuple[Path, ...]
    written: bool


def conclude(found: Found, audit: Audit) -> Conclusion:
    """The report on a run, written."""
    categories, errors = categories_of(audit.checks)
    report = assemble(
        {spec.id: spec for spec in found.specs.values()},
        {result.id: result for result in results_of(found)},
        categories,
        audit.settings,
        collection_errors=[*errors, *unread_files(found, categories)],
        repository=RepositoryState(name=audit.root.name, commit=git.head(audit.root), dirty=git.dirty(audit.root)),
        notes=audit.notes,
        warnings=audit.warnings,
        generated_at=found.began_at,
        duration_s=found.duration_s,
        partial="; ".join(partial_reasons(found, audit)),
    )
    return written(report, audit)


def results_of(found: Found) -> Iterable[CheckResult]:
    """A result for every check that was to run: its own, or that it broke. After an early end: only those there are."""
    yield from (result for node, result in found.results.items() if node not in found.crashed)
    for node in [*found.crashed, *found.selected]:
        spec = found.specs.get(node)
        missing = node not in found.results and not found.ended_early
        if spec is not None and (node in found.crashed or missing):
            yield broken(spec, found.crashed.get(node, NO_RESULT))


def partial_reasons(found: Found, audit: Audit) -> Iterable[str]:
    """Why the audit is not a whole one, empty if it is."""
    if found.ended_early:
        yield f"{found.ended_early}, {len(found.results)} of {len(found.specs)} checks ran"
    left_out = len(set(found.specs) - {*found.selected, *found.results, *found.crashed})
    if left_out:
        yield f"{left_out} of {len(found.specs)} checks were deselected"
    seen = {note.what for note in audit.folder.journal.notes() if note.mark == IMPORTS}
    files = [f"{p.parent.name}/{p.name}" for p in check_files(audit.checks) if str(p) not in {*seen, *audit.quarantine}]
    if files and not found.ended_early:
        yield f"{len(files)} files of checks were left out ({', '.join(files[:LISTED])})"


def categories_of(folder: Path) -> tuple[list[CategorySpec], list[CollectionError]]:
    """The categories of a folder of checks. One whose category.toml is wrong weighs as much as the others do."""
    known: list[CategorySpec] = []
    errors: list[CollectionError] = []
    for name in sorted({path.parent.name for path in [*check_files(folder), *folder.glob("*/category.toml")]}):
        try:
            known.append(category_of(folder / name))
        except SpecError as error:
            errors.append(CollectionError(file=f"{name}/category.toml", category=name, message=str(error)))
    weight = fmean([c.weight for c in known]) if known else 1.0
    titles = {str(error.category) for error in errors}
    return [*known, *(CategorySpec(id=t, title=t.replace("_", " "), weight=weight) for t in sorted(titles))], errors


def unread_files(found: Found, categories: Iterable[CategorySpec]) -> Iterable[CollectionError]:
    """Files of checks that could not be collected; the first folder of a node id is the category."""
    known = {category.id for category in categories}
    for node, message in found.unread.items():
        category = node.partition("/")[0]
        yield CollectionError(file=node, category=category if category in known else None, message=message)


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
