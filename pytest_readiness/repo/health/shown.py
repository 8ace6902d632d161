"""Panels of dashboards that show the health of services."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.telemetry.panels import Dashboard, Panel, Use

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SIGNALS = frozenset({"up", "health", "healthy", "unhealthy", "availability", "breaker", "circuit"})
_FIXED = ("probe_success", "HealthyHostCount", "UnHealthyHostCount", "StatusCheckFailed")


@dataclass(frozen=True, eq=False)
class HealthPanel:
    """A panel with a query that names a health signal."""

    dashboard: Dashboard
    panel: Panel
    use: Use
    emitted: tuple[Site, ...]
    """Where application code emits the metric; empty where the platform does, or where nothing does."""
    exists: bool

    @property
    def site(self) -> Site:
        return Site(self.panel.path, self.panel.line, f"panel '{self.panel.title}' shows {self.use.name}")


class Shown:
    """Looks for health signals on dashboards."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def panels(self) -> tuple[HealthPanel, ...]:
        """Every panel that asks for a health signal, those whose metric exists first."""
        found = [
            self._judged(d, p, u)
            for d in self._repo.telemetry.dashboards
            for p in d.with_metrics
            for u in p.uses
            if is_signal(u.name)
        ]
        return tuple(sorted(found, key=lambda p: not p.exists))

    def _judged(self, dashboard: Dashboard, panel: Panel, use: Use) -> HealthPanel:
        source = self._repo.telemetry.source(use)
        if source is None:
            return HealthPanel(dashboard, panel, use, (), False)
        if source.metric is not None:
            live = self._repo.telemetry.live_recordings(source.metric)
            sites = tuple(r.module.at(r.node, f"records {use.name}") for r in live)
            return HealthPanel(dashboard, panel, use, sites[:2], bool(live))
        if source.filter is not None:
            opened = self._repo.telemetry.sources.opens(source.filter)
            return HealthPanel(dashboard, panel, use, (opened,) if opened else (), opened is not None)
        return HealthPanel(dashboard, panel, use, source.places, True)


def is_signal(name: str) -> bool:
    """Whether a metric of this name says how healthy something is."""
    if name.startswith(_FIXED):
        return True
    return bool({w.lower() for w in _WORD.findall(name)} & _SIGNALS)
