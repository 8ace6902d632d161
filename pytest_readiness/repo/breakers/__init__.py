"""Circuit breakers: which classes are breakers, and how their state machines behave (`repo.breakers`).

Which of them guards which platform service stands in `services` (`repo.guarding`).
"""

from pytest_readiness.repo.breakers.classes import BreakerClass, BreakerClasses, Executor, StateWrite
from pytest_readiness.repo.breakers.driving import Driven, Setting
from pytest_readiness.repo.breakers.model import Breakers
from pytest_readiness.repo.breakers.states import State, state_named, state_of

__all__ = [
    "BreakerClass", "BreakerClasses", "Breakers", "Driven", "Executor", "Setting", "State", "StateWrite",
    "state_named", "state_of",
]  # fmt: skip
