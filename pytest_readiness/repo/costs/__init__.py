"""What the system costs: the estimate for a user, the levers that keep it down, who sees it and who is told."""

from pytest_readiness.repo.costs.model import CostFacts

__all__ = ["CostFacts"]
