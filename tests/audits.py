"""Audits made up for the tests of engine and report: specs, results, whole reports, and strategies that draw them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from pytest_readiness.engine import assemble
from pytest_readiness.models import (
    CategorySpec,
    CheckResult,
    CheckSpec,
    CollectionError,
    CriterionSpec,
    Evidence,
    Mode,
    ProductionReadinessReport,
    RepositoryState,
    Severity,
    Status,
)
from pytest_readiness.settings import Settings

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SHARED = ("id", "name", "category", "criterion", "weight", "severity", "mode", "proved_by")
CATEGORIES = ("security_compliance", "documentation", "testing_coverage")


def spec(id_: str, **facts: Any) -> CheckSpec:
    """The spec of a check that is of no special interest but for the facts given."""
    category, criterion, name = id_.split(".")
    plain: dict[str, Any] = {
        "title": f"Is {name} so?", "passes": "it is", "falls_short": "it is not", "impact": f"Without {name} it hurts.",
        "recommendation": f"Do {name}.", "standard": "none", "severity": Severity.MEDIUM, "effort_days": 1,
    }  # fmt: skip
    known = {"id": id_, "category": category, "criterion": criterion, "name": name}
    return CheckSpec.model_validate(plain | facts | known)


def result(of: CheckSpec, status: Status | str, score: float | None = None, **facts: Any) -> CheckResult:
    """A result of that check; its score is what the status usually has unless given."""
    status = Status(status)
    proven = score if score is not None else 100.0 if status is Status.PASS else 0.0
    plain = {
        "score": proven,
        "possible": 100.0 if status is Status.UNKNOWN else proven,
        "details": f"details of {of.name}",
        "evidence": (Evidence(path=f"{of.name}.py", line=7, note="seen"),),
        "evidence_against": 0 if status is Status.PASS else 1,
    }
    known = {key: getattr(of, key) for key in SHARED}
    return CheckResult.model_validate(plain | facts | known | {"status": status, "passed": status is Status.PASS})


def category(id_: str, weight: float = 1, **criteria: float) -> CategorySpec:
    """A category and the weights of its criteria."""
    made = tuple(CriterionSpec(id=key, title=key.capitalize(), weight=value) for key, value in criteria.items())
    return CategorySpec(id=id_, title=id_.replace("_", " ").title(), weight=weight, criteria=made)


@dataclass(frozen=True)
class Audit:
    """What a run left behind; `report()` assembles it."""

    specs: Mapping[str, CheckSpec]
    results: Mapping[str, CheckResult]
    categories: tuple[CategorySpec, ...]
    settings: Settings = field(default_factory=Settings)
    errors: tuple[CollectionError, ...] = ()
    partial: str = ""
    warnings: tuple[str, ...] = ()

    def report(self, **changes: Any) -> ProductionReadinessReport:
        """The report on the run, with some of its facts changed."""
        run = replace(self, **changes)
        return assemble(
            run.specs,
            run.results,
            run.categories,
            run.settings,
            collection_errors=run.errors,
            partial=run.partial,
            repository=RepositoryState(name="Shop", commit="abc123", dirty=False),
            notes=(),
            warnings=run.warnings,
            generated_at=NOON,
            duration_s=1.5,
        )

    def with_result(self, new: CheckResult) -> Audit:
        """The same run, but for one result."""
        return replace(self, results={**self.results, new.id: new})


def audit(checks: Iterable[tuple[CheckSpec, CheckResult]], *categories: CategorySpec, **rest: Any) -> Audit:
    """A run of these checks. Categories that are not given have weight 1."""
    pairs = list(checks)
    given = {c.id for c in categories}
    others = sorted({s.category for s, _ in pairs} - given)
    made = (*categories, *(category(id_) for id_ in others))
    return Audit({s.id: s for s, _ in pairs}, {r.id: r for _, r in pairs}, made, **rest)


def outcomes(**statuses: str) -> Audit:
    """A run of one category, its checks by name: `outcomes(a="pass", b="fail")`."""
    specs = {name: spec(f"security_compliance.keys.{name}") for name in statuses}
    return audit([(specs[name], result(specs[name], status)) for name, status in statuses.items()])


# --------------------------------------------------------------------------------------------------------- strategies

scores = st.one_of(
    st.sampled_from([0.0, 50.0, 100.0]), st.integers(1, 40).map(lambda n: 100 * (n // 2) / n), st.floats(0, 100)
)
weights = st.sampled_from([0.1, 0.15, 0.25, 0.3, 1, 3, 1 / 3])


@st.composite
def results_of(draw: st.DrawFn, of: CheckSpec) -> CheckResult:
    """Any result that a run of the check may give."""
    status = draw(st.sampled_from(Status))
    match status:
        case Status.PASS:
            return result(of, status)
        case Status.ERROR:
            return result(of, status, 0.0)
    proven = draw(scores.filter(lambda score: score < 100))
    return result(of, status, proven, possible=draw(st.floats(proven, 100)))


@st.composite
def audits(draw: st.DrawFn, *, errors: bool = True) -> Audit:
    """Any run: up to three categories, dependencies at random, cycles and strangers among them."""
    ids = draw(st.lists(st.tuples(st.sampled_from(CATEGORIES), st.sampled_from("xyz"), st.sampled_from("abc")),
                        unique=True, min_size=1, max_size=9))  # fmt: skip
    names = [".".join(parts) for parts in ids]
    specs = [draw(_specs(name, names)) for name in names]
    made = [category(c, draw(weights), **dict.fromkeys("xyz", draw(weights))) for c in CATEGORIES]
    results = {s.id: draw(results_of(s)) for s in specs if draw(st.integers(0, 9))}
    broken = draw(st.lists(st.sampled_from([*CATEGORIES, None]), max_size=2)) if errors else []
    files = tuple(CollectionError(file=f"f{n}.py", category=c, message="broke") for n, c in enumerate(broken))
    return Audit({s.id: s for s in specs}, results, tuple(made), errors=files)


@st.composite
def _specs(draw: st.DrawFn, name: str, names: list[str]) -> CheckSpec:
    return spec(
        name,
        severity=draw(st.sampled_from(Severity)),
        effort_days=draw(st.sampled_from([0.25, 0.5, 1, 2, 3.5, 10])),
        weight=draw(weights),
        mode=draw(st.sampled_from(Mode)),
        depends_on=tuple(draw(st.lists(st.sampled_from([*names, "no.such.check"]), unique=True, max_size=3))),
    )
