"""Time limits that nothing outlives, and a name for whatever killed a process."""

from __future__ import annotations

import faulthandler
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

HARD_FACTOR, HARD_EXTRA = 1.5, 1.0


class CheckTimeout(BaseException):
    """The check outran its time limit. No `except Exception` of a check can swallow it."""


class FixtureTimeout(Exception):
    """A fixture outran the time limit. An Exception, since pytest tears down cleanly after those only."""


class CheckAborted(Exception):
    """The check tried to end the whole run."""


class Guard:
    """Soft limit: an exception raised by SIGALRM. Hard limit: faulthandler ends the process, whatever it is doing."""

    def __init__(self, seconds: float, fault_file: Path, *, enabled: bool) -> None:
        self.seconds = seconds
        self.enabled = enabled
        self.fault = fault_file.open("w", encoding="utf-8")
        faulthandler.enable(file=self.fault)

    @property
    def hard(self) -> float:
        """Seconds after which the process is ended."""
        return self.seconds * HARD_FACTOR + HARD_EXTRA

    @contextmanager
    def limit(self, error: type[BaseException]) -> Iterator[None]:
        """Raise `error` in the body once the soft limit is over."""
        if not self.enabled:
            yield
            return
        faulthandler.dump_traceback_later(self.hard, exit=True, file=self.fault)
        restore = self._alarm(error)
        try:
            yield
        finally:
            restore()
            faulthandler.cancel_dump_traceback_later()

    def _alarm(self, error: type[BaseException]) -> Callable[[], None]:
        def ring(_number: int, _frame: FrameType | None) -> None:
            raise error(f"took longer than {self.seconds:g} s")

        try:
            old: Any = signal.signal(signal.SIGALRM, ring)
        except (AttributeError, ValueError):  # no SIGALRM on this system, or not the main thread: the hard limit stays
            return lambda: None
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

        def restore() -> None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, old)

        return restore


def ignore_signals() -> None:
    """In a worker: signals of the terminal are the controller's to answer; SIGTERM from it ends the worker at once."""
    try:
        signal.signal(signal.SIGINT, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
    except ValueError:  # not the main thread
        return
