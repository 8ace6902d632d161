"""Health of services: the routes that report it, and the live probes behind them."""

from pytest_readiness.repo.health.model import Health
from pytest_readiness.repo.health.routes import HealthRoute, HealthRoutes

__all__ = ["Health", "HealthRoute", "HealthRoutes"]
