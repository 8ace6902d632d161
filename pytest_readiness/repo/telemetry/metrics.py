"""Metrics as the application declares them, and the places that record them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from pytest_readiness.repo.modules import AtNode, Function, Module
from pytest_readiness.repo.telemetry import words

PROMETHEUS, OPENTELEMETRY, CLOUDWATCH = "prometheus", "opentelemetry", "cloudwatch"
DEFAULT = "the default registry"
Registry = ast.AST | str
"""DEFAULT, or the expression that creates a registry of the application's own."""
_SUFFIXES = {
    "histogram": ("_bucket", "_sum", "_count", "_created"),
    "summary": ("", "_sum", "_count", "_created"),
    "info": ("_info",),
}
_UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "by": "bytes", "1": "ratio", "%": "percent"}
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9_:*]")


@dataclass(frozen=True, eq=False)
class Metric(AtNode):
    """A metric that application code declares. `node` is the call or literal that declares it."""

    module: Module
    node: ast.AST
    name: str
    """As declared, namespace and subsystem of prometheus_client in front; a part that cannot be known is `*`."""
    kind: str
    """counter, gauge, histogram, summary, info, enum, or "" for CloudWatch."""
    library: str
    """PROMETHEUS, OPENTELEMETRY or CLOUDWATCH."""
    labels: tuple[str, ...] | None = None
    """Label names (CloudWatch: dimensions) in their order; None where they are not known."""
    registries: tuple[Registry, ...] = (DEFAULT,)
    """Registries that it may be in; none where it is registered nowhere."""
    namespace: str = ""
    """The CloudWatch namespace where it is known."""
    unit: str = ""

    @cached_property
    def words(self) -> frozenset[str]:
        return words.words(self.name)

    @property
    def of_model(self) -> bool:
        """Whether it is a metric of language models."""
        return words.of_model(self.name, self.namespace)

    def lacks_label(self, labels: Iterable[str]) -> bool:
        """Whether it is known to have none of these labels (in plain letters)."""
        return self.labels is not None and not any(plain_label(name) in labels for name in self.labels)

    @cached_property
    def exposed_names(self) -> tuple[str, ...]:
        """The names under which queries find it."""
        if self.library == CLOUDWATCH:
            return (self.name,)
        if self.library == OPENTELEMETRY:
            return (self.name, *(n for base in self._exported for n in _series(base, self.kind)))
        return _series(self.name, self.kind)

    @property
    def _exported(self) -> list[str]:
        """Names that exporters make of an OpenTelemetry name: underscores for dots, the unit behind."""
        base = _NOT_IN_NAMES.sub("_", self.name)
        unit = _UNITS.get(self.unit.lower(), _NOT_IN_NAMES.sub("", self.unit.strip("{}")))
        return [base] if not unit or base.endswith(f"_{unit}") else [base, f"{base}_{unit}"]

    def is_called(self, name: str, namespace: str = "") -> bool:
        """Whether a query that names this asks for it; namespaces count where both are known."""
        if namespace and self.namespace and namespace != self.namespace:
            return False
        return any(n == name or ("*" in n and fnmatchcase(name, n)) for n in self.exposed_names)


def _series(name: str, kind: str) -> tuple[str, ...]:
    """What the Prometheus format shows of a metric."""
    if kind == "counter":
        base = name.removesuffix("_total")
        return (f"{base}_total", f"{base}_created")
    return tuple(name + s for s in _SUFFIXES.get(kind, ("",)))


@dataclass(frozen=True, eq=False)
class Recording(AtNode):
    """A place that records a metric. `node` is the call."""

    module: Module
    node: ast.AST
    metric: Metric
    how: str
    """The method: inc, set, observe, time, add, record, ..."""
    amount: ast.expr | None = None
    """What is added, set or observed; None where the call says nothing (one more, a timer)."""
    labels: Mapping[str, ast.expr] = field(default_factory=dict)
    decorated: Function | None = None
    """The function that a recording decorator stands on."""

    @property
    def function(self) -> Function | None:
        """The function whose run records; None for a module's own statements."""
        return self.decorated or self.module.enclosing_function(self.node)


def plain_label(name: str) -> str:
    """The label's letters and digits in lower case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
