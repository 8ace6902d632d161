"""The service facade: accessors, registrations, operations and dispatch of the platform services.

`repo.resilience.services` gives each required service; `repo.resilience.ways(service, operation, Conditions(...))`
every way through an operation: the calls of implementations on it (`Way.calls`, `Way.calls_on(Side.PRIMARY)`, each
with the breakers it ran inside: `call.guards`), the log lines, and how it ends.
"""

from pytest_readiness.repo.resilience.facade import Accessor
from pytest_readiness.repo.resilience.model import Resilience, Service
from pytest_readiness.repo.resilience.modes import OperatingMode
from pytest_readiness.repo.resilience.registrations import Registration
from pytest_readiness.repo.resilience.runs import Conditions, Run, Way
from pytest_readiness.repo.resilience.words import Side
from pytest_readiness.repo.symbolic.world import FAILS, WORKS

__all__ = [
    "FAILS", "WORKS", "Accessor", "Conditions", "OperatingMode", "Registration", "Resilience", "Run", "Service", "Side",
    "Way",
]  # fmt: skip
