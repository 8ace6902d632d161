"""What the repository says about its health, each fact computed once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.health.routes import HealthRoute, HealthRoutes

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
