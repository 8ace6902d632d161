"""What the repository says about its health, each fact computed once."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.health.accuracy import Accuracy, Verdict
from pytest_readiness.repo.health.driving import HealthDriver
from pytest_readiness.repo.health.endpoints import Endpoints, HttpApplication
from pytest_readiness.repo.health.probes import Probes
from pytest_readiness.repo.health.routes import HealthRoute, HealthRoutes
from pytest_readiness.repo.health.shown import HealthPanel, Shown
from pytest_readiness.repo.modules import Module, dotted

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Health:
    """Entry to the facts about health: `repo.health`."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def routes(self) -> tuple[HealthRoute, ...]:
        """Every GET route of the product under a path that names health, liveness, readiness or ping."""
        return HealthRoutes(self._repo.web).all

    @cached_property
    def driver(self) -> HealthDriver:
        """Runs handlers on paper."""
        return HealthDriver(self._repo)

    @cached_property
    def verdicts(self) -> dict[HealthRoute, Verdict]:
        """Each route that reports health -> whether what it reports is derived from live looks.

        Where no file says so by itself, routes that get such a path from where their router is included.
        """
        accuracy = Accuracy(self._repo, self.driver)
        reporting = [r for r in self.routes if r.reports_health] or [r for r in self.routes if r.is_included_as_health]
        return {r: accuracy.judged(r) for r in reporting}

    @cached_property
    def applications(self) -> tuple[HttpApplication, ...]:
        """Modules that construct an HTTP application, with the health paths that load balancers can ask."""
        return Endpoints(self._repo, self.routes).applications

    @cached_property
    def probes(self) -> Probes:
        """The probes of the platform services."""
        return Probes(self._repo, self.driver)

    @cached_property
    def panels(self) -> tuple[HealthPanel, ...]:
        """Panels of dashboards that show a health signal."""
        return Shown(self._repo).panels

    @cached_property
    def kept_state(self) -> dict[str, list[tuple[Module, ast.expr]]]:
        """What product code assigns to `<application>.state.<name>`, by name."""
        found: dict[str, list[tuple[Module, ast.expr]]] = {}
        for module in (m for m in self._repo.product if ".state." in m.text):
            for node in module.nodes:
                targets = node.targets if isinstance(node, ast.Assign) else []
                for target in targets:
                    if isinstance(target, ast.Attribute) and (dotted(target.value) or "").endswith(".state"):
                        found.setdefault(target.attr, []).append((module, node.value))  # type: ignore[attr-defined]
        return found
