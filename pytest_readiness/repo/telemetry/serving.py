"""Do the application's Prometheus metrics get from where they are recorded to whoever scrapes them?"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.telemetry.metrics import OPENTELEMETRY, PROMETHEUS, Metric, Recording
from pytest_readiness.repo.telemetry.signals import Finding

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

LIBRARIES = frozenset(
    {"prometheus_client", "prometheus_fastapi_instrumentator", "prometheus_flask_exporter", "starlette_exporter",
     "starlette_prometheus", "opentelemetry_exporter_prometheus", "aioprometheus", "django_prometheus"}
)  # fmt: skip
"""Packages that bring the client library, as dependencies are normalised."""


class Serving:
    """Follows each Prometheus metric from declaration to exposition."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._telemetry = repo, repo.telemetry

    @cached_property
    def metrics(self) -> list[Metric]:
        """Metrics of prometheus_client, and of OpenTelemetry where a Prometheus reader is in use."""
        wanted = {PROMETHEUS, OPENTELEMETRY} if self._telemetry.uses_prometheus_reader else {PROMETHEUS}
        return [m for m in self._telemetry.metrics if m.library in wanted]

    @cached_property
    def recorded(self) -> list[tuple[Metric, Recording]]:
        """The metrics that live code records, each with the first place that does."""
        found = ((m, self._telemetry.live_recordings(m)) for m in self.metrics)
        return [(m, records[0]) for m, records in found if records]

    @property
    def finding(self) -> Finding:
        """Whether metrics are declared, recorded in live code and all served, by a library that is required."""
        if not self.metrics:
            return Finding(False, "no Prometheus metric is declared")
        if not self.recorded:
            declared = [m.module.at(m.node, f"{m.name} is declared; no live code records it") for m in self.metrics[:5]]
            return Finding(False, "no live code records a Prometheus metric", tuple(declared))
        unserved = [(m, r) for m, r in self.recorded if self._telemetry.exposed(m) is None]
        if unserved:
            return self._unserved(unserved)
        if not LIBRARIES & self._repo.dependencies.imported_as:
            return Finding(False, "the Prometheus client library is in no requirements file", self._path())
        return Finding(True, f"{len(self.recorded)} metrics are recorded by live code and served", self._path())

    def _unserved(self, unserved: list[tuple[Metric, Recording]]) -> Finding:
        names = ", ".join(m.name for m, _ in unserved[:5])
        note = (
            f"{len(unserved)} of {len(self.recorded)} recorded metrics are in a registry that nothing serves: {names}"
        )
        return Finding(False, note, tuple(r.module.at(r.node, f"{m.name} is recorded here") for m, r in unserved[:5]))

    def _path(self) -> tuple[Site, ...]:
        """Declaration, recording, what reaches it, and exposition of a metric that is served, of requests if any is."""
        served_ones = [(m, r) for m, r in self.recorded if self._telemetry.exposed(m)] or self.recorded
        metric, recording = min(served_ones, key=lambda pair: not pair[0].words >= {"http", "request"})
        served, function = self._telemetry.exposed(metric), recording.function
        why = self._repo.live.why(function) if function else None
        reached = Site(why.path, why.line, f"live code reaches {function.name}") if why and function else None
        found = [
            metric.module.at(metric.node, f"{metric.name} is declared"),
            recording.module.at(recording.node, f"{metric.name} is recorded"),
            reached,
            served,
        ]
        return tuple(dict.fromkeys(s for s in found if s is not None))
