"""A circuit breaker: after some failures in a row it lets nothing through for a while, then tries again."""

import logging
import time
from collections.abc import Callable
from enum import Enum
from typing import ParamSpec, TypeVar

from prometheus_client import Gauge

log = logging.getLogger(__name__)
OPEN = Gauge("harbor_breaker_open", "1 while a breaker lets nothing through", ["service"])
P = ParamSpec("P")
R = TypeVar("R")


class State(Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class BreakerOpen(Exception):
    """The breaker lets nothing through."""


class Breaker:
    """Guards the calls of one service."""

    def __init__(self, name: str, threshold: int, wait: float) -> None:
        self.name, self.threshold, self.wait = name, threshold, wait
        self.state = State.CLOSED
        self.failures = 0
        self.opened_at = 0.0

    def call(self, operation: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The operation's result; raises BreakerOpen without running it while the breaker is open."""
        if self.state is State.OPEN:
            if time.monotonic() - self.opened_at < self.wait:
                raise BreakerOpen(self.name)
            self.state = State.HALF_OPEN
        try:
            result = operation(*args, **kwargs)
        except Exception:
            self._failed()
            raise
        self._worked()
        return result

    def _failed(self) -> None:
        self.failures += 1
        if self.state is State.HALF_OPEN or self.failures >= self.threshold:
            self.state = State.OPEN
            self.opened_at = time.monotonic()
            OPEN.labels(self.name).set(1)
            log.warning("breaker of %s is open after %d failures", self.name, self.failures)

    def _worked(self) -> None:
        self.failures = 0
        if self.state is State.HALF_OPEN:
            self.state = State.CLOSED
            OPEN.labels(self.name).set(0)
            log.info("breaker of %s is closed again", self.name)
