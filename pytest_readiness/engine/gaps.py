"""Gaps: what every check that did not pass leaves open, and what a file of checks that could not be loaded does."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from pytest_readiness.engine.scope import Scope
from pytest_readiness.models import CheckResult, CheckSpec, CollectionError, Evidence, Gap, Severity, Status
from pytest_readiness.wording import effort

REPAIR_DAYS = 0.5
"""Estimate for a file of checks that does not load."""
GAP_EVIDENCE = 20
"""Most evidence rows that a gap repeats; the check result beside it has them all."""
UNASSIGNED = "unassigned"
"""Stands for the category where a broken file belongs to none."""
COLLECTION = "collection:"
LEADS = {
    Status.FAIL: "No: ",
    Status.WAIVED: "No: ",
    Status.UNKNOWN: "Cannot tell: ",
    Status.ERROR: "The check itself broke: ",
    Status.PASS: "",
}
"""The answer to a check's question, before what was found."""


def gap_of(spec: CheckSpec, result: CheckResult) -> Gap:
    """The gap of a check that did not pass; its dependencies are not filled in yet."""
    return Gap(
        category=spec.category,
        severity=_severity(spec, result.status),
        description=_description(spec, result),
        impact=spec.impact,
        recommendation=_recommendation(spec, result),
        estimated_effort=effort(spec.effort_days),
        check_id=spec.id,
        status=result.status,
        effort_days=spec.effort_days,
        evidence=result.evidence[: min(result.evidence_against, GAP_EVIDENCE)],
    )


def collection_gaps(errors: Iterable[CollectionError], scope: Scope) -> list[Gap]:
    """One CRITICAL gap for every file of checks that could not be loaded, but for categories that are switched off."""
    known = {category.id for category in scope.categories}
    files: dict[str, list[CollectionError]] = {}
    for error in sorted(set(errors), key=lambda e: (e.file, e.category or "", e.message)):
        if error.category is None or scope.off_reason(error.category) is None:
            files.setdefault(error.file, []).append(error)
    return [_collection_gap(file, found, known) for file, found in files.items()]


def missing_dependencies(specs: Mapping[str, CheckSpec]) -> list[str]:
    """A sentence for every dependency that names no check."""
    return [
        f"{spec.id} depends on {needed}, which is no check; the roadmap leaves that out."
        for spec in sorted(specs.values(), key=lambda spec: spec.id)
        for needed in sorted(spec.depends_on)
        if needed not in specs
    ]


def _severity(spec: CheckSpec, status: Status) -> Severity:
    if status is Status.ERROR:
        return Severity.CRITICAL
    return spec.severity.milder() if status is Status.UNKNOWN else spec.severity


def _description(spec: CheckSpec, result: CheckResult) -> str:
    lead = LEADS[result.status]
    return f"{spec.title} {lead}{result.details}".strip()


def _recommendation(spec: CheckSpec, result: CheckResult) -> str:
    if result.status is Status.UNKNOWN:
        return f"Supply the missing data ({result.details.rstrip('.')}), then audit again. {spec.recommendation}"
    if result.status is Status.ERROR:
        return f"Repair the check ({spec.source or spec.id}) or what stops it, then audit again. {spec.recommendation}"
    return spec.recommendation


def _collection_gap(file: str, errors: Sequence[CollectionError], known: Container[str]) -> Gap:
    message = "; ".join(dict.fromkeys(error.message for error in errors))
    return Gap(
        category=next((error.category for error in errors if error.category in known), None) or UNASSIGNED,
        severity=Severity.CRITICAL,
        description=f"A file of checks could not be loaded: {file}: {message}",
        impact="Nothing that its checks would judge is proven; the category scores 0.",
        recommendation=f"Repair {file} so that it loads, then audit again.",
        estimated_effort=effort(REPAIR_DAYS),
        check_id=f"{COLLECTION}{file}",
        status=Status.ERROR,
        effort_days=REPAIR_DAYS,
        evidence=(Evidence(path=file, note=message),),
    )
