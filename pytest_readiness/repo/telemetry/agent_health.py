"""Does a dashboard show how each agent fares?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.telemetry import words
from pytest_readiness.repo.telemetry.metrics import Metric
from pytest_readiness.repo.telemetry.panels import Dashboard, Panel, Use
from pytest_readiness.repo.telemetry.signals import Finding

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_NEAREST = 3
_VARIABLE = re.compile(r"\$\{(\w+)|\$(\w+)|\[\[(\w+)")
_Shown = tuple[Dashboard, Panel, Use]


class AgentHealth:
    """Panels of health metrics, and whether they tell agents apart."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._telemetry = repo, repo.telemetry

    @property
    def finding(self) -> Finding:
        """Whether a panel breaks a health metric that exists down by agent; if not, the nearest panels."""
        for dashboard, panel, use in self._health:
            if self._exists(use) and self._tells_agents(use):
                source = self._telemetry.source(use)
                note = f"panel '{panel.title}' of '{dashboard.title}' shows {use.name} by agent: {use}"
                return Finding(True, note, (Site(panel.path, panel.line, note), *(source.places if source else ())))
        each = self._one_each()
        return each or Finding(False, "no panel shows the health of each agent", tuple(self._nearest()))

    @cached_property
    def _health(self) -> list[_Shown]:
        """Uses of health metrics, those of dashboards that do not tell agents apart too."""
        return [s for s in self._uses if self._is_health(s[2])]

    @cached_property
    def _uses(self) -> list[_Shown]:
        return [(d, p, u) for d in self._telemetry.dashboards for p in d.panels for u in p.uses]

    def _is_health(self, use: Use) -> bool:
        """Named after health, errors or success; or a metric of requests that is split by their status."""
        found = words.words(use.name)
        if found & words.HEALTH:
            return True
        return bool(found & words.REQUESTS) and self._telemetry.llm.splits_by_status(use)

    def _exists(self, use: Use) -> bool:
        return self._telemetry.source(use) is not None

    def _tells_agents(self, use: Use) -> bool:
        """Grouped, filtered or kept apart by a label of agents that the metric has, or by a variable of agents."""
        variables = (v for _, value in use.dimensions for v in _VARIABLE.findall(value))
        if any(_plain("".join(v)) in words.AGENT_LABELS for v in variables):
            return True
        declared = self._telemetry.named(use.name, use.namespace)
        if declared and all(m.lacks_label(words.AGENT_LABELS) for m in declared):
            return False
        if use.matches(words.AGENT_LABELS) or use.grouped_by(words.AGENT_LABELS):
            return True
        return any(self._keeps_agents(use, m) for m in declared)

    @staticmethod
    def _keeps_agents(use: Use, metric: Metric) -> bool:
        """A query that aggregates nothing away shows one line for each agent."""
        named = [n for n in metric.labels or () if re.sub(r"[^a-z]", "", n.lower()) in words.AGENT_LABELS]
        return use.selector is not None and any(use.selector.split_by(n) for n in named)

    def _one_each(self) -> Finding | None:
        """One panel of a health metric for each team of agents, told apart by what the query is filtered by."""
        teams = {r.team: r for r in self._repo.llm.roster if self._repo.files.exists(r.path)}
        shown: list[Site] = []
        for team, role in teams.items():
            names = {_plain(team), _plain(role.path.split("/")[-2] if "/" in role.path else team)}
            found = next((s for s in self._health if self._exists(s[2]) and self._filters(s[2], names)), None)
            if found is None:
                return None
            shown.append(Site(found[1].path, found[1].line, f"panel '{found[1].title}' shows the health of {team}"))
        return Finding(True, "one panel for each team of agents", tuple(shown)) if len(shown) > 1 else None

    @staticmethod
    def _filters(use: Use, names: set[str]) -> bool:
        values = {_plain(v) for _, v in use.dimensions}
        return any(n in v for n in names for v in values if n)

    def _nearest(self) -> Iterator[Site]:
        """The panels that come closest, with what they miss."""
        by_agent = [s for s in self._uses if s[2].matches(words.AGENT_LABELS) or s[2].grouped_by(words.AGENT_LABELS)]
        for dashboard, panel, use in by_agent[:_NEAREST]:
            kind = "is no health metric" if not self._is_health(use) else "is declared nowhere, or has no such label"
            yield Site(panel.path, panel.line, f"panel '{panel.title}' of '{dashboard.title}': {use.name} {kind}")
        for dashboard, panel, use in [s for s in self._health if s not in by_agent][:_NEAREST]:
            note = f"panel '{panel.title}' of '{dashboard.title}': {use.name} is not broken down by agent"
            yield Site(panel.path, panel.line, note)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
