"""The one door to storage and cache: the cloud first, each behind a circuit breaker, and a local stand-in."""

import logging
from collections.abc import Callable
from enum import Enum
from functools import cache

import pybreaker

from fyren.matvarden import BREAKER_OPEN
from fyren.plattform.lokal import FolderStorage, MemoryCache
from fyren.plattform.moln import BucketStorage, RedisCache
from fyren.settings import Settings, settings

log = logging.getLogger(__name__)


class Mode(Enum):
    """Which side answers."""

    CLOUD = "cloud"
    LOCAL = "local"
    COMBINED = "combined"


class BreakerLog(pybreaker.CircuitBreakerListener):
    """Says when a service goes away, and when it is back."""

    def state_change(self, cb: pybreaker.CircuitBreaker, old_state: object, new_state: object) -> None:
        log.warning("the breaker of %s is now %s", cb.name, cb.current_state)
        BREAKER_OPEN.labels(service=cb.name).set(cb.current_state == pybreaker.STATE_OPEN)


def started(name: str, make: Callable[[], object]) -> object | None:
    """One side of a service; None, and an error in the log, where it does not start."""
    try:
        return make()
    except Exception:
        log.exception("one side of %s does not start", name)
        return None


class Service:
    """A service with both its sides."""

    def __init__(
        self, name: str, settings: Settings, cloud: Callable[[], object], local: Callable[[], object]
    ) -> None:
        self.name, self.mode = name, Mode(settings.platform_mode)
        self.cloud, self.local = started(name, cloud), started(name, local)
        self.breaker = pybreaker.CircuitBreaker(
            fail_max=settings.breaker_failures,
            reset_timeout=settings.breaker_wait_s,
            listeners=[BreakerLog()],
            name=name,
        )

    def run(self, operation: str, *args: object) -> object:
        """The operation on the side that the mode names; combined: locally where the cloud fails or is cut off."""
        if self.mode is Mode.LOCAL:
            return getattr(self.local, operation)(*args)
        try:
            return self.breaker.call(getattr(self.cloud, operation), *args)
        except Exception as error:
            if self.mode is Mode.CLOUD:
                raise
            log.warning("%s answers locally: %s", self.name, type(error).__name__)
        return getattr(self.local, operation)(*args)


class Storage(Service):
    """Files."""

    def put(self, key: str, data: bytes) -> None:
        """Keeps the data."""
        self.run("put", key, data)

    def get(self, key: str) -> bytes:
        """The data."""
        return self.run("get", key)

    def ping(self) -> None:
        """Raises where the storage cannot be reached."""
        self.run("ping")


class Cache(Service):
    """Answers that may be forgotten."""

    def put(self, key: str, value: str) -> None:
        """Keeps the value for a while."""
        self.run("put", key, value)

    def get(self, key: str) -> str | None:
        """The value, None where it has gone."""
        return self.run("get", key)

    def forget(self, prefix: str) -> None:
        """Drops every value under the prefix."""
        self.run("forget", prefix)

    def ping(self) -> None:
        """Raises where the cache cannot be reached."""
        self.run("ping")


class Platform:
    """Made once at start."""

    def __init__(self, settings: Settings) -> None:
        self.storage = Storage(
            "storage",
            settings,
            cloud=lambda: BucketStorage(settings.bucket),
            local=lambda: FolderStorage(settings.folder),
        )
        self.cache = Cache(
            "cache", settings, cloud=lambda: RedisCache(settings.redis_url), local=lambda: MemoryCache(settings.cache_ttl_s)
        )


@cache
def platform() -> Platform:
    """The platform of this process."""
    return Platform(settings)
