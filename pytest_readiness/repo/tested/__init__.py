"""What the repository's tests show: of the model's integration, of units and seams, of faults, tenants and breakers."""

from pytest_readiness.repo.tested.model import Tested

__all__ = ["Tested"]
