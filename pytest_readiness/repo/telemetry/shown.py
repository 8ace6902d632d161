"""Where somebody sees a metric: panels of dashboards, alarms and alert rules that ask for it by name."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.telemetry.metrics import Metric
from pytest_readiness.repo.telemetry.panels import Use

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Shown:
    """Looks through all panels that can be deployed and all complete alarms."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def uses(self) -> tuple[tuple[Site, Use], ...]:
        """Every metric that is asked for, with the panel or alarm that does."""
        panels = [p for d in self._repo.telemetry.dashboards for p in d.panels]
        found = [(Site(p.path, p.line, f"panel {p.title} asks for {u.name}"), u) for p in panels for u in p.uses]
        alarms = [a for a in self._repo.telemetry.alarms if a.complete]
        found += [(Site(a.path, a.line, f"alarm {a.name} asks for {u.name}"), u) for a in alarms for u in a.uses]
        return tuple(found)

    def asked(self, metric: Metric) -> Site | None:
        """The first panel or alarm that asks for the metric."""
        return next((s for s, u in self.uses if metric.is_called(u.name, u.namespace)), None)
