"""What the system costs and who knows it, each fact computed once: `repo.costs`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.costs.estimate import Estimates
from pytest_readiness.repo.costs.levers import Levers
from pytest_readiness.repo.costs.spending import Spending
from pytest_readiness.repo.telemetry.signals import Finding

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class CostFacts:
    """Entry to the facts about cost."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @property
    def estimated(self) -> Finding:
        """Whether it is written down what one user costs."""
        return Estimates(self._repo).finding

    @cached_property
    def levers(self) -> Levers:
        """Output limits, caches and small models."""
        return Levers(self._repo)

    @cached_property
    def spending(self) -> Spending:
        """Who sees the cost, and who is told."""
        return Spending(self._repo)
