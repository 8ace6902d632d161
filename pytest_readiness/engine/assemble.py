"""Everything that a run left behind -> the report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from pytest_readiness import __version__
from pytest_readiness.authoring.units import Units
from pytest_readiness.engine.gaps import UNASSIGNED, collection_gaps, gap_of, missing_dependencies
from pytest_readiness.engine.gate import Facts, gate_of, production_ready, recommendation_of
from pytest_readiness.engine.graph import open_dependencies, untangle
from pytest_readiness.engine.roadmap import Progress, critical_path_days, roadmap_of
from pytest_readiness.engine.scope import Scope, scope_of
from pytest_readiness.engine.scoring import Shares, exact, shares_of
from pytest_readiness.judging import Ending, broken, judge
from pytest_readiness.models import (
    AuditResult,
    CategorySpec,
    CheckResult,
    CheckSpec,
    CollectionError,
    Evidence,
    Gap,
    ProductionReadinessReport,
    RepositoryState,
    RoadmapItem,
    ScoreInterval,
    Severity,
    Status,
    Tool,
)
from pytest_readiness.settings import Settings
from pytest_readiness.wording import sentence, verdict

NO_RESULT = "it gave no result: its process died, or it was never run"
STRENGTH_LENGTH = 120
"""Most characters of a strength's figures."""


@dataclass(frozen=True)
class Picture:
    """What was found, before it is written up: results of all checks in scope, gaps and scores."""

    scope: Scope
    results: Mapping[str, CheckResult]
    gaps: Sequence[Gap]
    roadmap: Sequence[RoadmapItem]
    shares: Shares
    broken: Sequence[str]
    proven: Mapping[str, Fraction]
    possible: Mapping[str, Fraction]
    warnings: Sequence[str]

    def score(self, category: str, scores: Mapping[str, Fraction]) -> float | None:
        """A category's score, None where it was not judged."""
        judged = category in self.shares.categories
        return float(self.shares.category_score(category, scores, self.broken)) if judged else None


def assemble(  # noqa: PLR0913 - everything a run leaves behind, by name
    specs: Mapping[str, CheckSpec],
    results: Mapping[str, CheckResult],
    categories: Sequence[CategorySpec],
    settings: Settings,
    *,
    collection_errors: Sequence[CollectionError],
    repository: RepositoryState,
    notes: Sequence[str],
    warnings: Sequence[str],
    generated_at: datetime,
    duration_s: float,
    not_read: Sequence[Evidence] = (),
    partial: str = "",
) -> ProductionReadinessReport:
    """The report on a run. A check without a result is an error; in a partial run it is not run and proves nothing.

    `partial` says why the run was not a whole one; `notes` are on the configuration, `warnings` on everything else.
    """
    scope = scope_of(specs, categories, settings)
    picture = _picture(scope, specs, results, collection_errors, partial)
    facts = _facts(picture, partial)
    audits = tuple(_audit(category, picture, generated_at) for category in scope.categories)
    severities = Counter(gap.severity for gap in picture.gaps)
    return ProductionReadinessReport(
        overall_score=float(facts.overall),
        score_interval=ScoreInterval(proven=float(facts.overall), possible=float(_possible(picture))),
        category_scores={audit.category: audit.score for audit in audits if audit.score is not None},
        production_ready=production_ready(facts),
        verdict=verdict(facts.overall),
        recommendation=recommendation_of(facts),
        gate=gate_of(facts, settings),
        total_gaps=len(picture.gaps),
        critical_gaps=severities[Severity.CRITICAL],
        high_gaps=severities[Severity.HIGH],
        medium_gaps=severities[Severity.MEDIUM],
        low_gaps=severities[Severity.LOW],
        gaps_by_category=_by_category(audits, picture.gaps),
        recommendations=_unique(item.action for item in picture.roadmap),
        roadmap=tuple(picture.roadmap),
        critical_path_days=critical_path_days(picture.roadmap),
        audit_results=audits,
        switched_off=scope.switched_off,
        configuration_notes=_unique([*notes, *scope.notes]),
        warnings=_unique([*sorted(warnings), *_not_judged(audits, scope), *picture.warnings]),
        not_read=tuple(not_read),
        partial=partial,
        repository=repository.model_copy(update={"name": settings.name or repository.name}),
        tool=Tool(version=__version__),
        generated_at=generated_at,
        duration_s=duration_s,
    )


def reconcile(scope: Scope, results: Mapping[str, CheckResult], partial: str) -> dict[str, CheckResult]:
    """A result for every check in scope: its own, or `error` (in a partial run: `unknown`) where it gave none."""
    return {id_: results.get(id_) or _absent(spec, partial) for id_, spec in scope.specs.items()}


def _absent(spec: CheckSpec, partial: str) -> CheckResult:
    return judge(spec, Units(), Ending.SKIPPED, f"not run: {partial}") if partial else broken(spec, NO_RESULT)


def _picture(
    scope: Scope,
    specs: Mapping[str, CheckSpec],
    results: Mapping[str, CheckResult],
    errors: Sequence[CollectionError],
    partial: str,
) -> Picture:
    whole = reconcile(scope, results, partial)
    ran = [result for id_, result in whole.items() if id_ in results or not partial]
    files = collection_gaps(errors, scope)
    found = [gap_of(scope.specs[result.id], result) for result in ran if result.status is not Status.PASS]
    gaps, cycles = _with_dependencies([*files, *found], specs)
    broken_categories = [gap.category for gap in files]
    shares = shares_of(scope, broken_categories)
    proven = {id_: exact(result.score) for id_, result in whole.items()}
    return Picture(
        scope=scope,
        results=whole,
        gaps=gaps,
        roadmap=roadmap_of(gaps, Progress(shares, dict(proven), list(broken_categories))),
        shares=shares,
        broken=broken_categories,
        proven=proven,
        possible={id_: exact(max(result.score, result.possible)) for id_, result in whole.items()},
        warnings=(*_strangers(specs, results), *missing_dependencies(specs), *cycles, *_missing_data(ran)),
    )


def _with_dependencies(gaps: Sequence[Gap], specs: Mapping[str, CheckSpec]) -> tuple[list[Gap], tuple[str, ...]]:
    """The gaps, most severe first, each with the open gaps that it waits for; and a sentence for every cycle."""
    severity = {gap.check_id: gap.severity for gap in gaps}
    untangled = untangle(open_dependencies(severity, {s.id: s.depends_on for s in specs.values()}), severity)
    filled = [g.model_copy(update={"dependencies": tuple(sorted(untangled.graph[g.check_id]))}) for g in gaps]
    return sorted(filled, key=lambda gap: (gap.severity.rank, gap.check_id)), untangled.warnings


def _facts(picture: Picture, partial: str) -> Facts:
    overall = picture.shares.overall(picture.proven, picture.broken)
    return Facts(overall, picture.gaps, partial, judged=any(picture.shares.categories.values()))


def _possible(picture: Picture) -> Fraction:
    return picture.shares.overall(picture.possible, picture.broken)


def _audit(category: CategorySpec, picture: Picture, generated_at: datetime) -> AuditResult:
    checks = tuple(picture.results[spec.id] for spec in picture.scope.checks_of(category.id))
    judged = category.id in picture.shares.categories
    return AuditResult(
        category=category.id,
        title=category.title,
        score=picture.score(category.id, picture.proven),
        possible=picture.score(category.id, picture.possible),
        weight=float(picture.shares.categories.get(category.id, 0)),
        judged=judged,
        why_not_judged="" if judged else _why_not_judged(category.id, picture.scope),
        checks=checks,
        gaps=tuple(gap for gap in picture.gaps if gap.category == category.id),
        strengths=tuple(_strength(check) for check in checks if check.status is Status.PASS),
        recommendations=_unique(item.action for item in picture.roadmap if item.category == category.id),
        timestamp=generated_at,
    )


def _why_not_judged(category: str, scope: Scope) -> str:
    reason = scope.off_reason(category)
    if reason is not None:
        return f"switched off: {reason}"
    off = any(check.startswith(f"{category}.") for gone in scope.switched_off for check in gone.checks)
    return "all its checks are switched off" if off else "it has no checks yet"


def _strength(check: CheckResult) -> str:
    figures = check.details if len(check.details) <= STRENGTH_LENGTH else f"{check.details[: STRENGTH_LENGTH - 1]}…"
    return f"{sentence(check.name)} ({figures})" if figures else sentence(check.name)


def _by_category(audits: Iterable[AuditResult], gaps: Iterable[Gap]) -> dict[str, tuple[Gap, ...]]:
    found = {audit.category: audit.gaps for audit in audits if audit.judged}
    unassigned = tuple(gap for gap in gaps if gap.category == UNASSIGNED)
    return found | ({UNASSIGNED: unassigned} if unassigned else {})


def _not_judged(audits: Iterable[AuditResult], scope: Scope) -> list[str]:
    """A sentence for every category and criterion that has a weight but no check: its weight goes to the others."""
    rest = "its weight is shared among those that are judged."
    sentences = [f"{a.title} is not judged, because {a.why_not_judged}; {rest}" for a in audits if not a.judged]
    off = {id_ for gone in scope.switched_off for id_ in (gone.id, *gone.checks)}
    for category in (c for c in scope.categories if scope.checks_of(c.id)):
        with_checks = {spec.criterion for spec in scope.checks_of(category.id)}
        for criterion in category.criteria:
            id_ = f"{category.id}.{criterion.id}"
            if criterion.id not in with_checks and not any(f"{gone}.".startswith(f"{id_}.") for gone in off):
                sentences.append(f"{category.title}, {criterion.title}: not judged, it has no checks yet; {rest}")
    return sentences


def _strangers(specs: Mapping[str, CheckSpec], results: Mapping[str, CheckResult]) -> list[str]:
    return [f"A result for {id_} was left out: there is no such check." for id_ in sorted(results) if id_ not in specs]


def _missing_data(results: Iterable[CheckResult]) -> list[str]:
    return [f"Missing data: {r.id}: {r.details}" for r in results if r.status is Status.UNKNOWN]


def _unique(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))
