"""The facts of an audit: what a check declares, what it decided, what follows from it.

Field names are those of the design document's data models. All scores are 0-100. Every model is frozen plain data that
survives JSON unchanged; nothing here knows pytest, the audited repository or the report's look.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

EVIDENCE_LIMIT = 200
"""Most evidence rows that one check result keeps; more are counted, not kept."""


class Status(StrEnum):
    """What a check found out: 'no', 'cannot tell' and 'we broke' are kept apart."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    ERROR = "error"
    WAIVED = "waived"


class Severity(StrEnum):
    """How much a gap matters, most severe first in definition order."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for critical to 3 for low: sorts the most severe first."""
        return list(Severity).index(self)

    def milder(self) -> Severity:
        """One step less severe; low stays low."""
        return list(Severity)[min(self.rank + 1, 3)]


class Mode(StrEnum):
    """What a verdict rests on: files alone, a result file of a run, or a run made now."""

    STATIC = "static"
    ARTIFACT = "artifact"
    EXEC = "exec"


def many(count: int, noun: str) -> str:
    """The count and the noun: `1 decoy`, `2 decoys`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def encodable(text: str) -> str:
    """The same text, lone surrogates (of file names that are not UTF-8) written as escapes: no file can hold them."""
    return text.encode("utf-8", "backslashreplace").decode()


class Model(BaseModel):
    """Base of all models: frozen, a misspelt field is an error, and every text can be written as UTF-8."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _encodable(cls, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(cls._encodable(item) for item in value)
        return encodable(value) if type(value) is str else value


class Evidence(Model):
    """A place that a verdict rests on: path relative to the repository, 1-based line, masked reason."""

    path: str
    line: int | None = None
    note: str = ""

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place} {self.note}".rstrip()


class ProvedBy(Model):
    """How many examples (that meet a check or fall short of it) and decoys (lookalikes) prove a check."""

    examples: int = 0
    decoys: int = 0

    def __str__(self) -> str:
        return f"{many(self.examples, 'example')}, {many(self.decoys, 'decoy')}"


class CheckSpec(Model):
    """What a check declares about itself; read from its decorator and docstring by `specs`."""

    id: str
    category: str
    criterion: str
    name: str
    title: str
    passes: str
    falls_short: str
    unknown: str = "never"
    impact: str
    recommendation: str
    standard: str
    severity: Severity
    effort_days: float = Field(gt=0)
    weight: float = Field(default=1.0, gt=0)
    mode: Mode = Mode.STATIC
    depends_on: tuple[str, ...] = ()
    source: str = ""
    """`path:line` of the check function, for error messages."""
    proved_by: ProvedBy = ProvedBy()


class CriterionSpec(Model):
    """A weighted group of checks inside a category."""

    id: str
    title: str
    weight: float = Field(gt=0)


class CategorySpec(Model):
    """One of the audits: its `category.toml`."""

    id: str
    title: str
    weight: float = Field(ge=0)
    criteria: tuple[CriterionSpec, ...] = ()


class CollectionError(Model):
    """A file of checks that could not be loaded. `category` is None where the file belongs to none."""

    file: str
    category: str | None
    message: str


class CheckResult(Model):
    """The verdict of one check. `score` counts what is proven, `possible` what it could be if every unknown held."""

    id: str
    name: str
    category: str
    criterion: str
    status: Status
    passed: bool
    score: float = Field(ge=0, le=100)
    possible: float = Field(ge=0, le=100)
    weight: float
    mode: Mode
    severity: Severity
    details: str
    evidence: tuple[Evidence, ...] = ()
    evidence_against: int = 0
    """How many of the first rows of `evidence` show what fell short; the rest show what holds."""
    evidence_dropped: int = 0
    proved_by: ProvedBy = ProvedBy()
    duration_s: float = 0.0


class Gap(Model):
    """A check that did not pass, and what closing it takes."""

    category: str
    severity: Severity
    description: str
    impact: str
    recommendation: str
    estimated_effort: str
    """For people: "1 day", "5 days", "half a day"."""
    dependencies: tuple[str, ...] = ()
    """Ids of the checks whose gaps must be closed first."""
    check_id: str
    """Id of the check, or `collection:<file>` where a file of checks could not be loaded."""
    status: Status
    effort_days: float
    evidence: tuple[Evidence, ...] = ()


class AuditResult(Model):
    """One category's outcome. `weight` is its share of the overall score, all shares adding up to 1.

    A category that was not judged has no score: None, never a false number.
    """

    category: str
    title: str
    score: float | None
    possible: float | None
    weight: float
    judged: bool = True
    why_not_judged: str = ""
    checks: tuple[CheckResult, ...] = ()
    gaps: tuple[Gap, ...] = ()
    strengths: tuple[str, ...] = ()
    recommendations: tuple[str, ...] = ()
    timestamp: datetime


class RoadmapItem(Model):
    """One step of the road to production, in the order in which to take it."""

    position: int
    check_id: str
    category: str
    severity: Severity
    action: str
    days: float
    cumulative_days: float
    score_after: float
    """Overall score once this step and all before it are taken."""
    dependencies: tuple[str, ...] = ()
    on_critical_path: bool = False


class ScoreInterval(Model):
    """From what is proven (unknown counts 0) to what is possible (unknown counts 100)."""

    proven: float
    possible: float


class GateResult(Model):
    """The one decision that terminal, JSON and exit status all read."""

    passed: bool
    reasons: tuple[str, ...] = ()


class Tool(Model):
    """What made the report."""

    name: str = "pytest-readiness"
    version: str


class RepositoryState(Model):
    """What was audited."""

    name: str
    commit: str | None = None
    dirty: bool | None = None


class SwitchedOff(Model):
    """What `disable` took out of the audit: a check, criterion or category, and the checks that left with it."""

    id: str
    reason: str
    checks: tuple[str, ...]


class ProductionReadinessReport(Model):
    """The whole report; `report.json` is this model as JSON."""

    schema_version: int = 1
    overall_score: float
    score_interval: ScoreInterval
    category_scores: dict[str, float]
    production_ready: bool
    verdict: str
    """The band of the overall score: "production-ready", "nearly ready" or "significant work remains"."""
    recommendation: str
    """"Go-live", "Fix critical gaps" or "Significant work needed"."""
    gate: GateResult
    total_gaps: int
    critical_gaps: int
    high_gaps: int
    medium_gaps: int
    low_gaps: int
    gaps_by_category: dict[str, tuple[Gap, ...]]
    recommendations: tuple[str, ...]
    roadmap: tuple[RoadmapItem, ...]
    critical_path_days: float
    audit_results: tuple[AuditResult, ...]
    switched_off: tuple[SwitchedOff, ...] = ()
    configuration_notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """Missing data, dependency cycles that were broken."""
    not_read: tuple[Evidence, ...] = ()
    """Files of the repository that checks asked for and that could not be read or do not parse, with the reason."""
    partial: str = ""
    """Why this is not a whole audit (a selection, an interruption), else empty. A partial run never gates."""
    repository: RepositoryState
    tool: Tool
    generated_at: datetime
    duration_s: float = 0.0
