"""Small repositories that prove the checks of circuit breakers: the platform of this category with other breakers."""

from pytest_readiness.authoring import Example

from .platform_examples import BREAKER_SOURCE, DISPATCH, FACADE, HEAD, SETTINGS, START, platform

BUILT = "self._breakers[service] = Breaker(service)"
RUN = "self._breakers[service].call(self._on, self._cloud, service, operation, *args)"
DIRECT = "self._on(self._cloud, service, operation, *args)"
OPEN_TEST = "time.monotonic() - self.opened_at < self.wait"
COUNTED = "self.failures >= self.threshold"


def built(expression: str, head: str = HEAD, **others: str) -> dict[str, str]:
    """The platform with another breaker for each service; `others` are further files."""
    return platform(head=head, start=START.replace(BUILT, f"self._breakers[service] = {expression}"), **others)


def dispatched(old: str, new: str) -> dict[str, str]:
    """The platform with something else in its dispatch."""
    assert old in DISPATCH
    return platform(dispatch=DISPATCH.replace(old, new))


def breaking(old: str, new: str) -> dict[str, str]:
    """The platform with something else in its breaker, which is built with a threshold and a wait."""
    assert old in BREAKER_SOURCE
    return built("Breaker(service, threshold=5, wait=30.0)", app__breaker=BREAKER_SOURCE.replace(old, new))


def example(files: dict[str, str], why: str = "", score: float | None = None) -> Example:
    """An example with the settings of the platform."""
    return Example(files=files, why=why, score=score, settings=SETTINGS)


LIBRARY_HEAD = HEAD.replace("from app.breaker import Breaker, OpenError", "import pybreaker")
LIBRARY_HEAD_ASYNC = HEAD.replace(
    "from app.breaker import Breaker, OpenError", "from datetime import timedelta\n\nimport aiobreaker"
)
EXPLICIT = "Breaker(service, threshold=5, wait=30.0)"
SETTINGS_SOURCE = """
import os
from pydantic import Field
from pydantic_settings import BaseSettings


class BreakerSettings(BaseSettings):
    threshold: int = Field(5, ge=1)
    wait: float = 30.0
"""
FROM_SETTINGS_HEAD = HEAD + "        self.settings = BreakerSettings()\n"
FROM_SETTINGS_HEAD = FROM_SETTINGS_HEAD.replace(
    "from app.local", "from app.config import BreakerSettings\nfrom app.local"
)
FROM_SETTINGS = "Breaker(service, threshold=self.settings.threshold, wait=self.settings.wait)"
LIBRARY_FROM_SETTINGS = FROM_SETTINGS_HEAD.replace("from app.breaker import Breaker, OpenError", "import pybreaker")
FROM_ENVIRONMENT = 'Breaker(service, int(os.getenv("CB_FAILURES", "5")), float(os.environ.get("CB_WAIT", 30)))'
PER_SERVICE = 'Breaker(service, **{"cache": {"threshold": 3}, "storage": {"threshold": 8}}[service])'

ASYNC_BREAKER = """
import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass
class Limits:
    failures: int
    open_seconds: float


class Refused(Exception):
    pass


class Fuse:
    def __init__(self, limits: Limits):
        self.limits = limits
        self.status = "closed"
        self.count = 0
        self.retry_at = 0.0

    @asynccontextmanager
    async def guard(self):
        if self.status == "open":
            if time.time() < self.retry_at:
                raise Refused
            self.status = "half-open"
        try:
            yield
        except Exception:
            self.count += 1
            if self.status == "half-open" or self.count >= self.limits.failures:
                self.status = "open"
                self.retry_at = time.time() + self.limits.open_seconds
            raise
        self.status, self.count = "closed", 0
"""
ASYNC_FACADE = """
import logging

from app.breaker import Fuse, Limits
from app.cloud import BucketStorage, RedisCache
from app.local import FolderStorage, MemoryCache

log = logging.getLogger(__name__)


class Resilient:
    def __init__(self, name, primary, fallback):
        self._name, self._primary, self._fallback = name, primary, fallback
        self._fuse = Fuse(Limits(failures=5, open_seconds=30.0))

    def __getattr__(self, operation):
        async def run(*args, **kwargs):
            try:
                async with self._fuse.guard():
                    return await getattr(self._primary, operation)(*args, **kwargs)
            except Exception as error:
                log.warning("%s goes local: %s", self._name, error)
                return await getattr(self._fallback, operation)(*args, **kwargs)
        return run


class Platform:
    def __init__(self, settings):
        self.cache = Resilient("cache", primary=RedisCache(settings.redis_url), fallback=MemoryCache())
        self.storage = Resilient("storage", primary=BucketStorage(settings.bucket), fallback=FolderStorage("data"))
"""
ASYNC_CLOUD = """
import boto3
import redis.asyncio as redis


class RedisCache:
    def __init__(self, url):
        self.client = redis.from_url(url)

    async def get(self, key):
        return await self.client.get(key)


class BucketStorage:
    def __init__(self, bucket):
        self.bucket = bucket
        self.client = boto3.client("s3")

    async def read(self, name):
        return self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read()
"""
ASYNC_LOCAL = """
from pathlib import Path


class MemoryCache:
    def __init__(self):
        self.entries = {}

    async def get(self, key):
        return self.entries.get(key)


class FolderStorage:
    def __init__(self, folder):
        self.folder = Path(folder)

    async def read(self, name):
        return (self.folder / name).read_bytes()
"""
ASYNC_MAIN = """
from fastapi import FastAPI

from app.config import settings
from app.facade import Platform

platform = Platform(settings)
app = FastAPI()
"""
ASYNC_CONFIG = """
import os


class Settings:
    redis_url = os.environ["REDIS_URL"]
    bucket = os.environ["BUCKET"]


settings = Settings()
"""
ANOTHER_WAY = {
    "app/breaker.py": ASYNC_BREAKER,
    FACADE: ASYNC_FACADE,
    "app/cloud.py": ASYNC_CLOUD,
    "app/local.py": ASYNC_LOCAL,
    "app/main.py": ASYNC_MAIN,
    "app/config.py": ASYNC_CONFIG,
}
LIBRARY = built("pybreaker.CircuitBreaker(fail_max=5, reset_timeout=60)", LIBRARY_HEAD)
LIBRARY_ASYNC = built(
    "aiobreaker.CircuitBreaker(fail_max=5, timeout_duration=timedelta(seconds=45))", LIBRARY_HEAD_ASYNC
)
WITHOUT_BREAKER = dispatched(RUN, DIRECT)
NO_FACADE = {"app/main.py": "import boto3\n\nclient = boto3.client('s3')\n"}

# Guarded

STREAM_FRONT = """
    def stream(self, name):
        facade = self.facade
        for part in facade._cloud["storage"].stream(name):
            yield part
"""
STREAM_CLOUD = """
    def stream(self, name):
        for part in self.client.get_object(Bucket=self.bucket, Key=name)["Body"].iter_chunks():
            yield part
"""


def streaming() -> dict[str, str]:
    """The platform with a streaming operation that goes around the breaker."""
    files = platform()
    front = '        return self.facade.run("storage", "write", name, data)\n'
    return files | {
        FACADE: files[FACADE].replace(front, front + STREAM_FRONT),
        "app/cloud.py": files["app/cloud.py"] + STREAM_CLOUD,
    }


GUARDED = [
    example(platform()),
    example(LIBRARY, why="breakers of a library"),
    example(ANOTHER_WAY, why="the front object keeps its breaker and forwards everything inside its context"),
]
UNGUARDED = [
    example(WITHOUT_BREAKER, why="no call runs inside a breaker", score=0),
    example(NO_FACADE, why="there is no facade", score=0),
    example(
        platform(start=START.replace(BUILT, "self._breakers[service] = SHARED").replace("    def", "    def", 1),
                 head=HEAD.replace("class CacheFront", 'SHARED = Breaker("all")\n\n\nclass CacheFront')),
        why="one instance shared by all services", score=0,
    ),
    example(streaming(), why="a streaming operation that calls the implementation beside the breaker", score=50),
]  # fmt: skip
UNGUARDED_DECOYS = [
    example(
        dispatched(RUN, f"{DIRECT} if self._breakers[service].state is not None else None"),
        why="a breaker that is stored and asked for its state but never runs the call",
        score=0,
    ),
    example(
        dispatched(f"return {RUN}", f"result = {DIRECT}\n        return self._breakers[service].call(lambda: result)"),
        why="called beside the breaker, which is handed the result",
        score=0,
    ),
    example(
        dispatched(RUN, DIRECT.replace("self._on", "log.debug(sorted(self._breakers)) or self._on")),
        why="a breaker that is only listed",
        score=0,
    ),
    example(
        dispatched(
            f"        return {RUN}",
            f"        if service not in self._breakers:\n            return {DIRECT}\n        return {RUN}",
        ),
        why="a direct path where no breaker is held",
        score=100,
    ),
]

# Thresholds and waits

THRESHOLDS = [
    example(built(EXPLICIT), why="a literal"),
    example(built(FROM_SETTINGS, FROM_SETTINGS_HEAD, app__config=SETTINGS_SOURCE), why="a field of the settings"),
    example(built(FROM_ENVIRONMENT), why="an environment value with a default"),
    example(LIBRARY, why="a library's breaker with a threshold of ours"),
    example(
        built("pybreaker.CircuitBreaker(self.settings.threshold)", LIBRARY_FROM_SETTINGS, app__config=SETTINGS_SOURCE),
        why="a library's breaker with a field of the settings",
    ),
    example(ANOTHER_WAY, why="a settings object for each breaker"),
]
WITHOUT_THRESHOLD = [
    example(WITHOUT_BREAKER | {FACADE: WITHOUT_BREAKER[FACADE].replace(BUILT, "pass")}, why="no breaker", score=0),
    example(built("pybreaker.CircuitBreaker()", LIBRARY_HEAD), why="only a library's default", score=0),
    example(built("Breaker(service, threshold=1000, wait=30.0)"), why="outside 1-100", score=0),
    example(built("Breaker(service, threshold=0, wait=30.0)"), why="outside 1-100", score=0),
    example(breaking(COUNTED, "self.failures >= 3"), why="a threshold that is stored but never compared", score=0),
    example(breaking("self.failures += 1", "self.failures = 1"), why="a count that never grows", score=0),
    example(breaking("        self.failures = 0\n        if", "        if"), why="nothing clears the count", score=0),
]
THRESHOLD_DECOYS = [
    example(
        built("pybreaker.CircuitBreaker(name=service)", LIBRARY_HEAD, app__config=SETTINGS_SOURCE),
        why="a threshold in a settings class that the breaker held for the service is not built from",
        score=0,
    ),
    example(breaking(COUNTED, "self.threshold <= 0"), why="a threshold that is compared with something else", score=0),
    example(
        built('Breaker(service, threshold={"cache": 5, "storage": 500}[service])'),
        why="one service's threshold is outside 1-100",
        score=50,
    ),
    example(
        breaking(COUNTED, "not self.failures < self.threshold"), why="the comparison the other way round", score=100
    ),
]
WAITS = [
    example(built(EXPLICIT), why="a literal"),
    example(built(FROM_SETTINGS, FROM_SETTINGS_HEAD, app__config=SETTINGS_SOURCE), why="a field of the settings"),
    example(built(FROM_ENVIRONMENT), why="an environment value with a default"),
    example(LIBRARY, why="a library's breaker with a wait of ours"),
    example(built("pybreaker.CircuitBreaker(5, reset_timeout=0.5 * 60)", LIBRARY_HEAD), why="half a minute"),
    example(LIBRARY_ASYNC, why="a timedelta"),
    example(ANOTHER_WAY, why="a stored next-attempt time"),
]
WITHOUT_WAIT = [
    example(WITHOUT_BREAKER | {FACADE: WITHOUT_BREAKER[FACADE].replace(BUILT, "pass")}, why="no breaker", score=0),
    example(built("pybreaker.CircuitBreaker(fail_max=5)", LIBRARY_HEAD), why="only a library's default", score=0),
    example(built("Breaker(service, wait=86400)"), why="outside 1-900 s", score=0),
    example(
        built(
            "pybreaker.CircuitBreaker(5, self.settings.wait * 1000)",
            LIBRARY_FROM_SETTINGS,
            app__config=SETTINGS_SOURCE,
        ),
        why="milliseconds where seconds are asked for",
        score=0,
    ),
    example(built("Breaker(service, wait=0.05)"), why="outside 1-900 s", score=0),
    example(breaking(OPEN_TEST, "time.monotonic() < self.opened_at"), why="a duration that is never compared", score=0),
    example(breaking(OPEN_TEST, "True"), why="a comparison replaced by a constant", score=0),
    example(breaking(OPEN_TEST, "False"), why="a comparison replaced by a constant", score=0),
]
CALL_LIMIT = BREAKER_SOURCE.replace("wait=30.0", "recovery_timeout=30.0").replace(
    "self.wait = wait", "self.recovery_timeout = recovery_timeout\n        self.refused = 0"
)
CALL_LIMIT = CALL_LIMIT.replace(
    f"            if {OPEN_TEST}:\n",
    "            self.refused += 1\n            if self.refused < 10:\n",
).replace("operation(*args, **kwargs)", "operation(*args, timeout=self.recovery_timeout, **kwargs)")
WAIT_DECOYS = [
    example(
        built("Breaker(service, recovery_timeout=30.0)", app__breaker=CALL_LIMIT),
        why="a per-call timeout that is called recovery timeout but does not govern the open state",
        score=0,
    ),
    example(
        built("pybreaker.CircuitBreaker(fail_max=5)", LIBRARY_HEAD, app__config=SETTINGS_SOURCE),
        why="a wait in a settings class that the breaker is not built from",
        score=0,
    ),
    example(
        breaking(OPEN_TEST, "self.opened_at + self.wait > time.monotonic()"),
        why="the comparison the other way round",
        score=100,
    ),
]

# Half-open

HALF_OPEN = "            self.state = State.HALF_OPEN\n"
AROUND = f"{RUN} if self._breakers[service].state.value != 'open' else {DIRECT.replace('_cloud', '_local')}"
LIBRARY_AROUND = AROUND.replace("state.value != 'open'", "current_state != pybreaker.STATE_OPEN")
LOOKS_AT_WAIT = (
    BREAKER_SOURCE
    + """
    def is_due(self):
        return time.monotonic() - self.opened_at >= self.wait

    @property
    def refuses(self):
        return self.state is State.OPEN and not self.is_due()
"""
)
WITH_TEST = DISPATCH.replace(
    f"        return {RUN}",
    "        if self._breakers[service].refuses:\n            raise Unavailable(service)\n" + f"        return {RUN}",
)
HALF_OPEN_METHOD = (
    BREAKER_SOURCE.replace(HALF_OPEN, "            self.half_open()\n")
    + """
    def half_open(self):
        log.info("breaker %s is half-open", self.name)
"""
)
RECOVERING = [
    example(platform()),
    example(LIBRARY, why="breakers of a library"),
    example(ANOTHER_WAY, why="a context manager and a stored next-attempt time"),
]
STUCK = [
    example(WITHOUT_BREAKER, why="no breaker guards a required service", score=0),
    example(breaking(COUNTED, "False"), why="it never opens", score=500 / 6),
    example(breaking("raise OpenError(self.name)", "return None"), why="open, it answers None", score=400 / 6),
    example(breaking(OPEN_TEST, "True"), why="the wait is never over", score=500 / 6),
    example(
        breaking("            self.state = State.CLOSED\n", "            pass\n"), why="it never closes", score=500 / 6
    ),
    example(
        breaking("        self.failures = 0\n        if", "        if"), why="the failure count is kept", score=500 / 6
    ),
    example(
        breaking("self.state is State.HALF_OPEN or ", "self.state is State.CLOSED and "),
        why="a failure in half-open does not open it",
        score=500 / 6,
    ),
    example(dispatched(RUN, AROUND), why="callers lead around it because it reports open", score=500 / 6),
    example(
        LIBRARY | {FACADE: LIBRARY[FACADE].replace(RUN, LIBRARY_AROUND)},
        why="callers lead around a library's breaker because it reports open",
        score=500 / 6,
    ),
]
RECOVERING_DECOYS = [
    example(
        breaking(HALF_OPEN, "            self.state = State.CLOSED\n            log.info('half-open')\n"),
        why="a member of an enumeration and a log text named half-open without the transition",
        score=50,
    ),
    example(
        built(EXPLICIT, app__breaker=HALF_OPEN_METHOD),
        why="a method named half_open without the transition",
        score=50,
    ),
    example(
        platform(dispatch=WITH_TEST, app__breaker=LOOKS_AT_WAIT),
        why="a test before the call that looks at the wait itself",
        score=100,
    ),
]  # fmt: skip
