"""Dashboards in one shape: panels, their queries, and the metrics that those name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pytest_readiness.repo.data_files import Datum, json_documents
from pytest_readiness.repo.telemetry.metrics import plain_label
from pytest_readiness.repo.telemetry.promql import Query, Selector, query

GRAFANA, CLOUDWATCH = "grafana", "cloudwatch"


@dataclass(frozen=True, eq=False)
class Use:
    """A metric that a query names."""

    name: str
    namespace: str = ""
    """The CloudWatch namespace, "" where there is none or it is not known."""
    dimensions: tuple[tuple[str, str], ...] = ()
    """CloudWatch dimensions, or label matchers of a PromQL selector: name and value or pattern."""
    statistic: str = ""
    selector: Selector | None = None
    query: Query | None = None
    """The whole PromQL query."""
    split_by: tuple[str, ...] = ()
    """Dimensions by which a CloudWatch search keeps one series each."""
    text: str = ""
    """The query that names it."""

    def __str__(self) -> str:
        return self.text or f"{self.namespace} {self.name}".strip()

    @property
    def is_cloudwatch(self) -> bool:
        return self.selector is None

    def matches(self, labels: Iterable[str]) -> list[str]:
        """The values or patterns that labels of these plain names are held against."""
        return [v for k, v in self.dimensions if plain_label(k) in labels]

    def grouped_by(self, labels: Iterable[str]) -> bool:
        """Whether the result names one of these labels (in plain letters) as what it is broken down by."""
        named = self.split_by if self.selector is None else self.selector.groupings
        return any(plain_label(g) in labels for g in named)


@dataclass(frozen=True, eq=False)
class Panel:
    """One panel or widget."""

    title: str
    path: str
    line: int
    queries: tuple[str, ...]
    """The texts of its queries that are not empty; for CloudWatch one text for each metric."""
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, eq=False)
class Dashboard:
    """A dashboard that can be deployed."""

    kind: str
    """GRAFANA or CLOUDWATCH."""
    title: str
    path: str
    line: int
    panels: tuple[Panel, ...]

    @property
    def with_queries(self) -> list[Panel]:
        """The panels that ask for something."""
        return [p for p in self.panels if p.queries]

    @property
    def with_metrics(self) -> list[Panel]:
        """The panels that name a metric."""
        return [p for p in self.panels if p.uses]


def promql_uses(text: str) -> list[Use]:
    """The metrics of a PromQL query."""
    read = query(text)
    return [
        Use(s.name, dimensions=tuple((k, v) for k, _, v in s.matchers), selector=s, query=read, text=text)
        for s in read.selectors
    ]


def embedded_json(holder: Datum, text: str) -> Datum | None:
    """JSON that stands as text in a value of another file, at that value's line; None where it does not parse."""
    try:
        return _moved(json_documents(holder.path, text)[0], holder.line)
    except (ValueError, RecursionError, MemoryError):
        return None


def _moved(datum: Datum, line: int) -> Datum:
    """The same value, all of it at one line."""
    if isinstance(datum.value, dict):
        return Datum(datum.path, line, {k: _moved(d, line) for k, d in datum.entries.items()})
    if isinstance(datum.value, tuple):
        return Datum(datum.path, line, tuple(_moved(d, line) for d in datum.elements))
    return Datum(datum.path, line, datum.value)
