"""Circuit breakers in many styles, all of them right; and one of them with one thing wrong at a time."""

# ruff: noqa: E501 - code that is quoted stands on one line

from __future__ import annotations

HEAD = """
import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import Enum
from threading import Lock, RLock


class State(Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Refused(Exception):
    pass
"""

PLAIN = """
class Breaker:
    def __init__(self, name="search", failure_threshold=4, recovery_seconds=30.0):
        self.name = name
        self.failure_threshold = failure_threshold
        self.recovery_seconds = recovery_seconds
        self.state = State.CLOSED
        self.failures = 0
        self.opened_at = 0.0

    async def call(self, operation, *args, **kwargs):
        if self.state is State.OPEN:
            if time.monotonic() - self.opened_at < self.recovery_seconds:
                raise Refused(self.name)
            self.state = State.HALF_OPEN
        try:
            result = await operation(*args, **kwargs)
        except Exception:
            self._failed()
            raise
        self._succeeded()
        return result

    def _succeeded(self):
        self.state = State.CLOSED
        self.failures = 0

    def _failed(self):
        self.failures += 1
        if self.state is State.HALF_OPEN or self.failures >= self.failure_threshold:
            self.state = State.OPEN
            self.opened_at = time.monotonic()
"""

SYNC_TEXT = """
class Breaker:
    def __init__(self, limit: int = 4, wait: float = 30.0, clock=time.monotonic):
        self._limit, self._wait, self._clock = limit, wait, clock
        self._lock = RLock()
        self._state = "closed"
        self._count = 0
        self._since = None

    def execute(self, fn, *args):
        with self._lock:
            self._before()
        try:
            value = fn(*args)
        except BaseException as error:
            with self._lock:
                self._after(error)
            raise
        else:
            with self._lock:
                self._after(None)
            return value

    def _before(self):
        if self._state == "open":
            if self._clock() - self._since <= self._wait:
                raise Refused("open")
            self._state = "half-open"

    def _after(self, error):
        if error is None:
            self._state, self._count = "closed", 0
            return
        self._count = self._count + 1
        if self._state == "half-open" or self._count == self._limit:
            self._state, self._since = "open", self._clock()
"""

STATE_OBJECTS = """
class Closed:
    def __init__(self, breaker):
        self.breaker = breaker
        self.failures = 0

    def before(self):
        pass

    def succeeded(self):
        self.failures = 0

    def failed(self):
        self.failures += 1
        if self.failures >= self.breaker.threshold:
            self.breaker.state = Open(self.breaker)


class Open:
    def __init__(self, breaker):
        self.breaker = breaker
        self.until = time.time() + breaker.wait

    def before(self):
        if time.time() < self.until:
            raise Refused()
        self.breaker.state = HalfOpen(self.breaker)

    def succeeded(self):
        pass

    def failed(self):
        pass


class HalfOpen:
    def __init__(self, breaker):
        self.breaker = breaker

    def before(self):
        pass

    def succeeded(self):
        self.breaker.state = Closed(self.breaker)

    def failed(self):
        self.breaker.state = Open(self.breaker)


class Breaker:
    def __init__(self, threshold=4, wait=30.0):
        self.threshold, self.wait = threshold, wait
        self.state = Closed(self)

    async def run(self, job):
        self.state.before()
        try:
            result = await job()
        except Exception:
            self.state.failed()
            raise
        self.state.succeeded()
        return result
"""

HELPER = """
class Breaker:
    def __init__(self, config):
        self.config = config
        self._state = State.CLOSED
        self._failed = self._good = 0
        self._changed = time.monotonic()
        self._lock = asyncio.Lock()

    def _transition(self, to: State) -> None:
        self._state = to
        self._failed = 0
        self._good = 0
        self._changed = time.monotonic()

    async def call(self, func, *args, **kwargs):
        async with self._lock:
            if self._state == State.OPEN:
                if not self._due():
                    raise Refused()
                self._transition(State.HALF_OPEN)
        try:
            result = await asyncio.wait_for(func(*args, **kwargs), timeout=5)
        except Exception as error:
            async with self._lock:
                await self._note(error)
            raise
        async with self._lock:
            await self._note(None)
        return result

    def _due(self) -> bool:
        return time.monotonic() - self._changed >= self.config.open_seconds

    async def _note(self, error):
        match self._state, error:
            case State.HALF_OPEN, None:
                self._good += 1
                if self._good >= self.config.successes:
                    self._transition(State.CLOSED)
            case State.HALF_OPEN, _:
                self._transition(State.OPEN)
            case State.CLOSED, None:
                self._failed = 0
            case State.CLOSED, _:
                self._failed += 1
                if self._failed >= self.config.max_failures:
                    self._transition(State.OPEN)


@dataclass
class Config:
    max_failures: int = 4
    open_seconds: float = 30.0
    successes: int = 2


def make():
    return Breaker(Config())
"""

COMPUTED = """
class Breaker:
    def __init__(self, fail_max=4, reset_timeout=30):
        self.fail_max = fail_max
        self.reset_timeout = reset_timeout
        self._failures = 0
        self._opened = None

    @property
    def state(self):
        if self._opened is None:
            return State.CLOSED
        if time.monotonic() - self._opened >= self.reset_timeout:
            return State.HALF_OPEN
        return State.OPEN

    async def __call__(self, operation):
        state = self.state
        if state is State.OPEN:
            raise Refused()
        try:
            result = await operation()
        except Exception:
            self._failures += 1
            if state is State.HALF_OPEN or self._failures >= self.fail_max:
                self._opened = time.monotonic()
            raise
        self._failures = 0
        self._opened = None
        return result
"""

DATETIME = """
class Breaker:
    def __init__(self, threshold: int = 4, open_for: timedelta = timedelta(seconds=30)):
        self.threshold = threshold
        self.open_for = open_for
        self.state = State.CLOSED
        self.failures = 0
        self.last_failure: datetime | None = None

    def protect(self, func):
        async def wrapper(*args, **kwargs):
            if self.state == State.OPEN:
                if datetime.now(timezone.utc) - self.last_failure > self.open_for:
                    self.state = State.HALF_OPEN
                else:
                    raise Refused()
            try:
                result = await func(*args, **kwargs)
            except Exception as error:
                self.record_failure(error)
                raise
            self.record_success()
            return result
        return wrapper

    def record_success(self):
        self.failures = 0
        if self.state == State.HALF_OPEN:
            self.state = State.CLOSED

    def record_failure(self, error):
        self.failures += 1
        self.last_failure = datetime.now(timezone.utc)
        if self.state == State.HALF_OPEN:
            self.state = State.OPEN
        elif self.failures >= self.threshold:
            self.state = State.OPEN
"""

NEXT_ATTEMPT = """
class Breaker:
    def __init__(self, threshold=4, timeout=30):
        self.threshold = threshold
        self.timeout = timeout
        self.state = State.CLOSED
        self.failures = 0
        self.next_attempt = 0.0

    async def fire(self, operation):
        if self.state is State.OPEN:
            if time.time() < self.next_attempt:
                raise Refused()
            self.state = State.HALF_OPEN
        try:
            result = await operation()
            self._close()
            return result
        except Exception:
            self.failures += 1
            if self.state is State.HALF_OPEN or self.failures >= self.threshold:
                self._open()
            raise

    def _close(self):
        self.state, self.failures = State.CLOSED, 0

    def _open(self):
        self.state = State.OPEN
        self.next_attempt = time.time() + self.timeout
"""

RATE = """
class Breaker:
    def __init__(self, failure_rate=0.5, minimum=4, window=20, open_seconds=30.0):
        self.failure_rate, self.minimum, self.open_seconds = failure_rate, minimum, open_seconds
        self.outcomes = deque(maxlen=window)
        self.state = State.CLOSED
        self.opened_at = 0.0

    async def call(self, operation):
        if self.state is State.OPEN:
            if time.monotonic() - self.opened_at < self.open_seconds:
                raise Refused()
            self.state = State.HALF_OPEN
        try:
            result = await operation()
        except Exception:
            self._record(False)
            raise
        self._record(True)
        return result

    def _record(self, good):
        if self.state is State.HALF_OPEN:
            self.outcomes.clear()
            if good:
                self.state = State.CLOSED
            else:
                self._open()
            return
        self.outcomes.append(good)
        failed = sum(1 for o in self.outcomes if not o)
        if len(self.outcomes) >= self.minimum and failed / len(self.outcomes) >= self.failure_rate:
            self._open()

    def _open(self):
        self.state = State.OPEN
        self.opened_at = time.monotonic()
"""

TIME_WINDOW = """
class Breaker:
    def __init__(self, max_failures=4, window_seconds=60.0, open_seconds=30.0):
        self.max_failures, self.window_seconds, self.open_seconds = max_failures, window_seconds, open_seconds
        self.failed_at = []
        self.state = State.CLOSED
        self.opened_at = 0.0

    async def call(self, operation):
        now = asyncio.get_running_loop().time()
        if self.state is State.OPEN:
            if now - self.opened_at < self.open_seconds:
                raise Refused()
            self.state = State.HALF_OPEN
        try:
            result = await operation()
        except Exception:
            now = asyncio.get_running_loop().time()
            self.failed_at = [t for t in self.failed_at if now - t < self.window_seconds] + [now]
            if self.state is State.HALF_OPEN or len(self.failed_at) >= self.max_failures:
                self.state, self.opened_at = State.OPEN, now
            raise
        if self.state is State.HALF_OPEN:
            self.state = State.CLOSED
            self.failed_at.clear()
        return result
"""

CONTEXT = """
class Breaker:
    def __init__(self, threshold=4, wait=30.0):
        self.threshold, self.wait = threshold, wait
        self.state, self.failures, self.opened_at = State.CLOSED, 0, 0.0

    async def __aenter__(self):
        if self.state is State.OPEN:
            if time.monotonic() - self.opened_at < self.wait:
                raise Refused()
            self.state = State.HALF_OPEN
        return self

    async def __aexit__(self, kind, error, traceback):
        if kind is None:
            self.state, self.failures = State.CLOSED, 0
            return False
        self.failures += 1
        if self.state is State.HALF_OPEN or self.failures >= self.threshold:
            self.state, self.opened_at = State.OPEN, time.monotonic()
        return False
"""

CONTEXT_METHOD = """
class Breaker:
    def __init__(self, threshold=4, wait=30.0):
        self.threshold, self.wait = threshold, wait
        self.state, self.failures, self.opened_at = State.CLOSED, 0, 0.0

    @asynccontextmanager
    async def guard(self):
        if self.state is State.OPEN:
            if time.monotonic() - self.opened_at < self.wait:
                raise Refused()
            self.state = State.HALF_OPEN
        try:
            yield self
        except Exception:
            self.failures += 1
            if self.state is State.HALF_OPEN or self.failures >= self.threshold:
                self.state, self.opened_at = State.OPEN, time.monotonic()
            raise
        else:
            self.state, self.failures = State.CLOSED, 0
"""

NUMBERS = """
CLOSED, OPEN, HALF_OPEN = 0, 1, 2


class Breaker:
    FAILURES = 4
    WAIT = 30.0

    def __init__(self):
        self.state = CLOSED
        self.failures = 0
        self.opened_at = 0.0

    def invoke(self, function, *args):
        if self.state == OPEN:
            if time.time() - self.opened_at > self.WAIT:
                self.state = HALF_OPEN
            else:
                raise Refused()
        try:
            result = function(*args)
        except Exception:
            self.failures += 1
            if self.state == HALF_OPEN or self.failures >= self.FAILURES:
                self.state = OPEN
                self.opened_at = time.time()
            raise
        self.state = CLOSED
        self.failures = 0
        return result
"""

FLAGS = """
class Breaker:
    def __init__(self, threshold=4, wait=30.0):
        self.threshold, self.wait = threshold, wait
        self.is_open = False
        self.half_open = False
        self.failures = 0
        self.opened_at = 0.0
        self.closed = True

    async def call(self, operation):
        if self.is_open and not self.half_open:
            if time.monotonic() - self.opened_at < self.wait:
                raise Refused()
            self.half_open = True
        try:
            result = await operation()
        except Exception:
            self.failures += 1
            if self.half_open or self.failures >= self.threshold:
                self.is_open, self.half_open, self.closed = True, False, False
                self.opened_at = time.monotonic()
            raise
        self.is_open, self.half_open, self.closed, self.failures = False, False, True, 0
        return result
"""

DATACLASS = """
@dataclass
class Breaker:
    name: str = "cache"
    threshold: int = 4
    wait_ms: int = 30_000
    state: State = State.CLOSED
    failures: int = field(default=0, init=False)
    opened_at: float = field(default=0.0, init=False)

    def _allow(self) -> bool:
        if self.state is not State.OPEN:
            return True
        if (time.monotonic() - self.opened_at) * 1000 < self.wait_ms:
            return False
        self.state = State.HALF_OPEN
        return True

    async def call(self, operation):
        if not self._allow():
            raise Refused(f"{self.name} is away")
        try:
            result = await operation()
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self.failures += 1
            if self.state is State.HALF_OPEN or not self.failures < self.threshold:
                self.state = State.OPEN
                self.opened_at = time.monotonic()
            raise error
        self.state = State.CLOSED
        self.failures = 0
        return result
"""

INHERITED = """
class Machine:
    def __init__(self, threshold, wait):
        self.threshold, self.wait = threshold, wait
        self.state, self.failures, self.opened_at = State.CLOSED, 0, 0.0

    def admit(self):
        if self.state is State.OPEN and time.monotonic() - self.opened_at >= self.wait:
            self.state = State.HALF_OPEN
        if self.state is State.OPEN:
            raise Refused()

    def close(self):
        self.state, self.failures = State.CLOSED, 0

    def fail(self):
        self.failures += 1
        if self.failures >= self.threshold or self.state is State.HALF_OPEN:
            self.state, self.opened_at = State.OPEN, time.monotonic()


class Breaker(Machine):
    def __init__(self, threshold: int = 4, wait: float = 30.0) -> None:
        super().__init__(threshold, wait)

    async def call(self, operation):
        self.admit()
        try:
            result = await operation()
        except Exception:
            self.fail()
            raise
        self.close()
        return result
"""

STYLES = {
    "plain": PLAIN, "sync_text": SYNC_TEXT, "state_objects": STATE_OBJECTS, "helper": HELPER, "computed": COMPUTED,
    "datetime": DATETIME, "next_attempt": NEXT_ATTEMPT, "rate": RATE, "time_window": TIME_WINDOW, "context": CONTEXT,
    "context_method": CONTEXT_METHOD, "numbers": NUMBERS, "flags": FLAGS, "dataclass": DATACLASS,
    "inherited": INHERITED,
}  # fmt: skip
"""Each opens after four failures and waits for 30 seconds."""

BROKEN = {
    "the threshold is never compared": (
        "self.failures >= self.failure_threshold", "False", {"opens"}),
    "it opens at the first failure whatever the threshold": (
        "self.failures >= self.failure_threshold", "True", {"opens"}),
    "a constant is compared in place of the threshold": (
        "self.failures >= self.failure_threshold", "self.failures >= 4", {"opens"}),
    "failures are not counted": ("self.failures += 1", "pass", {"opens"}),
    "the callable runs in spite of the open state": ("raise Refused(self.name)", "pass", {"rejects", "reopens"}),
    "open answers None instead of raising": ("raise Refused(self.name)", "return None", {"rejects", "reopens"}),
    "the wait is over at once": (
        "time.monotonic() - self.opened_at < self.recovery_seconds", "False", {"rejects", "reopens"}),
    "the wait is never over": ("time.monotonic() - self.opened_at < self.recovery_seconds", "True", {"probes"}),
    "half-open is never entered": (
        "            self.state = State.HALF_OPEN\n", "", {"probes", "closes", "reopens"}),
    "open goes straight to closed": (
        "            self.state = State.HALF_OPEN\n",
        "            self.state = State.CLOSED\n            self.failures = 0\n", {"probes", "closes", "reopens"}),
    "a success in half-open does not close": (
        "        self.state = State.CLOSED\n        self.failures = 0\n\n    def _failed", "        pass\n\n    def _failed",
        {"closes"}),
    "the failure count is kept": (
        "self.state = State.CLOSED\n        self.failures = 0\n\n    def _failed",
        "self.state = State.CLOSED\n\n    def _failed", {"closes"}),
    "a failure in half-open counts like any other": (
        "        self.state = State.CLOSED\n        self.failures = 0\n\n    def _failed(self):\n        self.failures += 1\n"
        "        if self.state is State.HALF_OPEN or self.failures",
        "        self.state = State.CLOSED\n        self.failures = 0\n\n    def _failed(self):\n        self.failures += 1\n"
        "        if self.state is State.CLOSED and self.failures", {"reopens"}),
    "the wait does not start anew": (
        "            self.opened_at = time.monotonic()\n",
        "            self.opened_at = self.opened_at or time.monotonic()\n", {"reopens"}),
}  # fmt: skip
"""What is wrong -> what is replaced in PLAIN by what, and the properties that are lost."""
