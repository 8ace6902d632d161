"""The same platform built in other ways; every check of the facade and of failover must pass them."""

from pytest_readiness.authoring import Example

from .platform_examples import ACCESSORS, BREAKER_SOURCE, HEAD, LOCAL_SOURCE, MAIN, SETTINGS, START, platform

ASYNC_BREAKER = BREAKER_SOURCE.replace("def call(self", "async def call(self").replace(
    "operation(*args, **kwargs)", "await operation(*args, **kwargs)"
)
ASYNC_LOCAL = LOCAL_SOURCE.replace("    def ", "    async def ").replace("async def __init__", "def __init__")
ASYNC_CLOUD = """
import aioboto3
import redis.asyncio as redis


class RedisCache:
    def __init__(self, url: str) -> None:
        self._client = redis.from_url(url)

    async def get(self, key):
        return await self._client.get(key)

    async def put(self, key, value):
        await self._client.set(key, value)


class BucketStorage:
    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._session = aioboto3.Session()

    async def read(self, name):
        async with self._session.client("s3") as s3:
            try:
                answer = await s3.get_object(Bucket=self._bucket, Key=name)
            except s3.exceptions.NoSuchKey:
                return None
            return await answer["Body"].read()

    async def write(self, name, data):
        async with self._session.client("s3") as s3:
            await s3.put_object(Bucket=self._bucket, Key=name, Body=data)
"""

DEPENDENCIES_MAIN = """
from contextlib import asynccontextmanager
from fastapi import FastAPI
from app.facade import Platform
from app.settings import Settings

@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.platform = Platform(Settings())
    yield

app = FastAPI(lifespan=lifespan)
"""

DEPENDENCIES_SETTINGS = """
from typing import Literal
from pydantic_settings import BaseSettings

class Settings(BaseSettings):
    mode: Literal["cloud", "local", "hybrid"] = "hybrid"
    redis_url: str
    bucket: str
    data_folder: str = "data"
    failure_threshold: int = 5
    recovery_seconds: float = 30.0
"""

DEPENDENCIES_FACADE = """
from __future__ import annotations
import logging
from app.breaker import Breaker, OpenError
from app.cloud import BucketStorage, RedisCache
from app.local import FolderStorage, MemoryCache
from app.settings import Settings

logger = logging.getLogger(__name__)

class Unavailable(RuntimeError): ...

class Resilient:
    '''One service: primary, local, and a breaker of its own.'''
    service = ""
    def __init__(self, settings: Settings, primary, local, breaker: Breaker) -> None:
        self._settings = settings
        self._primary = primary
        self._local = local
        self._breaker = breaker

    async def _run(self, operation: str, *args):
        match self._settings.mode:
            case "local":
                return await self._on_local(operation, *args)
            case "cloud":
                return await self._on_primary(operation, *args)
            case "hybrid":
                try:
                    return await self._on_primary(operation, *args)
                except Exception as exc:
                    logger.warning("service %s falls back to local: %r", self.service, exc)
                return await self._on_local(operation, *args)
            case other:
                raise ValueError(other)

    async def _on_primary(self, operation, *args):
        if self._primary is None:
            raise Unavailable(self.service)
        return await self._breaker.call(getattr(self._primary, operation), *args)

    async def _on_local(self, operation, *args):
        if self._local is None:
            raise Unavailable(self.service)
        return await getattr(self._local, operation)(*args)

class Cache(Resilient):
    service = "cache"
    async def get(self, key):
        return await self._run("get", key)
    async def put(self, key, value):
        return await self._run("put", key, value)

class Storage(Resilient):
    service = "storage"
    async def read(self, name):
        return await self._run("read", name)
    async def write(self, name, data):
        return await self._run("write", name, data)

def _attempt(service, make):
    try:
        return make()
    except Exception:
        logger.exception("cannot construct %s", service)
        return None

class Platform:
    def __init__(self, settings: Settings) -> None:
        self.cache = Cache(
            settings,
            primary=_attempt("cache", lambda: RedisCache(settings.redis_url)),
            local=_attempt("cache", MemoryCache),
            breaker=Breaker("cache", settings.failure_threshold, settings.recovery_seconds),
        )
        self.storage = Storage(
            settings,
            primary=_attempt("storage", lambda: BucketStorage(settings.bucket)),
            local=_attempt("storage", lambda: FolderStorage(settings.data_folder)),
            breaker=Breaker("storage", settings.failure_threshold, settings.recovery_seconds),
        )
"""

SUBCLASSES_MAIN = MAIN.replace("import Facade", "import create_facade").replace("Facade()", "create_facade()")

SUBCLASSES_FACADE = (
    HEAD.split("class CacheFront")[0]
    + """
class Front:
    def __init__(self, facade, service):
        self._facade, self._service = facade, service

    def __getattr__(self, operation):
        def call(*args, **kwargs):
            return self._facade.dispatch(self._service, operation, *args, **kwargs)
        return call


class BaseFacade:
    def __init__(self):
        self.primary = {}
        self.local = {}
        self.breakers = {name: Breaker(name) for name in ("cache", "storage")}

    def start(self):
        for name, make in CLOUD.items():
            self.build(self.primary, name, make)
        for name, make in LOCAL.items():
            self.build(self.local, name, make)

    def build(self, side, name, make):
        try:
            side[name] = make()
        except Exception as error:
            log.error("%s not built: %s", name, error)

    @property
    def cache(self):
        return Front(self, "cache")

    @property
    def storage(self):
        return Front(self, "storage")

    def on_cloud(self, service, operation, *args, **kwargs):
        return self.breakers[service].call(getattr(self.primary[service], operation), *args, **kwargs)

    def on_local(self, service, operation, *args, **kwargs):
        return getattr(self.local[service], operation)(*args, **kwargs)

    def dispatch(self, service, operation, *args, **kwargs):
        raise NotImplementedError


class CloudFacade(BaseFacade):
    def dispatch(self, service, operation, *args, **kwargs):
        return self.on_cloud(service, operation, *args, **kwargs)


class LocalFacade(BaseFacade):
    def dispatch(self, service, operation, *args, **kwargs):
        return self.on_local(service, operation, *args, **kwargs)


class CombinedFacade(BaseFacade):
    def dispatch(self, service, operation, *args, **kwargs):
        try:
            return self.on_cloud(service, operation, *args, **kwargs)
        except Exception as error:
            log.warning("fallback for %s: %s", service, error)
            return self.on_local(service, operation, *args, **kwargs)


FACADES = {Mode.CLOUD_ONLY: CloudFacade, Mode.LOCAL_ONLY: LocalFacade, Mode.COMBINED: CombinedFacade}


def create_facade(mode=None):
    mode = mode or Mode(os.environ.get("MODE", "combined"))
    return FACADES[mode]()
"""
)

DECORATED_MAIN = """
from app.facade import Platform

def main():
    platform = Platform()
    print(platform.get_cache().get("x"))

if __name__ == "__main__":
    main()
"""

DECORATED_FACADE = """
import functools
import logging
import os
from enum import StrEnum

import pybreaker

from app.cloud import BucketStorage, RedisCache
from app.local import FolderStorage, MemoryCache

log = logging.getLogger(__name__)


class Mode(StrEnum):
    CLOUD = "cloud"
    LOCAL = "local"
    HYBRID = "hybrid"


class BreakerLog(pybreaker.CircuitBreakerListener):
    def state_change(self, cb, old_state, new_state):
        log.warning("circuit %s: %s -> %s", cb.name, old_state.name, new_state.name)


def breaker(name):
    return pybreaker.CircuitBreaker(fail_max=5, reset_timeout=60, name=name, listeners=[BreakerLog()])


def failover(operation):
    @functools.wraps(operation)
    def call(self, *args, **kwargs):
        name = operation.__name__
        if self.platform.mode == Mode.LOCAL:
            return getattr(self.local, name)(*args, **kwargs)
        try:
            return self.breaker.call(getattr(self.primary, name), *args, **kwargs)
        except Exception as error:
            if self.platform.mode == Mode.CLOUD:
                raise
            log.warning("%s.%s runs locally: %s", self.name, name, error)
        return getattr(self.local, name)(*args, **kwargs)

    return call


class Guarded:
    def __init__(self, platform, name, primary, local):
        self.platform = platform
        self.name = name
        self.primary = primary
        self.local = local
        self.breaker = breaker(name)


class Cache(Guarded):
    @failover
    def get(self, key): ...

    @failover
    def put(self, key, value): ...


class Storage(Guarded):
    @failover
    def read(self, name): ...

    @failover
    def write(self, name, data): ...


def optional(name, make):
    try:
        return make()
    except Exception:
        log.exception("%s is not available", name)
        return None


class Platform:
    def __init__(self, mode: Mode | None = None):
        self.mode = mode or Mode(os.environ.get("PLATFORM_MODE", "hybrid"))
        self._services = {
            "cache": Cache(
                self, "cache",
                primary=optional("cache", lambda: RedisCache(os.environ["REDIS_URL"])),
                local=MemoryCache(),
            ),
            "storage": Storage(
                self, "storage",
                primary=optional("storage", lambda: BucketStorage(os.environ["BUCKET"])),
                local=optional("storage", lambda: FolderStorage(os.environ["FOLDER"])),
            ),
        }

    def get_cache(self) -> Cache:
        return self._services["cache"]

    def get_storage(self) -> Storage:
        return self._services["storage"]
"""

CANDIDATES_MAIN = MAIN.replace("import Facade", "import Platform").replace("Facade()", "Platform()")

CANDIDATES_FACADE = (
    HEAD.split("CLOUD = {")[0]
    + """
from dataclasses import dataclass, field
from typing import Any, Callable


@dataclass
class Backend:
    name: str
    primary: Any = None
    local: Any = None
    breaker: Breaker | None = None


FACTORIES: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
    "cache": (lambda: RedisCache(os.environ["REDIS_URL"]), MemoryCache),
    "storage": (lambda: BucketStorage(os.environ["BUCKET"]), lambda: FolderStorage(os.environ["DATA"])),
}


class Proxy:
    def __init__(self, platform, backend):
        self._platform = platform
        self._backend = backend

    def __getattr__(self, operation):
        return lambda *args, **kwargs: self._platform.run(self._backend, operation, args, kwargs)


class Platform:
    def __init__(self, mode: Mode = Mode.COMBINED):
        self._mode = mode
        self._backends: dict[str, Backend] = {}

    def start(self):
        for name, (cloud, local) in FACTORIES.items():
            self._backends[name] = Backend(
                name, primary=self._make(name, cloud), local=self._make(name, local), breaker=Breaker(name)
            )

    def _make(self, name, factory):
        try:
            return factory()
        except Exception:
            log.exception("no %s", name)
            return None

    def service(self, name: str) -> Proxy:
        return Proxy(self, self._backends[name])

    def _candidates(self, backend, operation):
        found = []
        if self._mode in (Mode.CLOUD_ONLY, Mode.COMBINED) and backend.primary is not None:
            method = getattr(backend.primary, operation)
            found.append(lambda *a, **k: backend.breaker.call(method, *a, **k))
        if self._mode in (Mode.LOCAL_ONLY, Mode.COMBINED) and backend.local is not None:
            found.append(getattr(backend.local, operation))
        return found

    def run(self, backend, operation, args, kwargs):
        error = Unavailable(backend.name)
        for candidate in self._candidates(backend, operation):
            try:
                return candidate(*args, **kwargs)
            except Exception as failure:
                log.warning("%s: %s failed: %s", backend.name, operation, failure)
                error = failure
        raise error
"""
)

CONTEXT_BREAKER = (
    BREAKER_SOURCE.split("    def call(self")[0]
    + """    def __enter__(self):
        if self.state is State.OPEN:
            if time.monotonic() - self.opened_at < self.wait:
                raise OpenError(self.name)
            self.state = State.HALF_OPEN
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.succeeded()
        else:
            self.failed()
        return False

    def failed(self):"""
    + BREAKER_SOURCE.split("    def failed(self):")[1]
)

CONTEXT_FACADE = (
    HEAD
    + START
    + ACCESSORS
    + """
    def run(self, service, operation, *args):
        if self.mode is not Mode.LOCAL_ONLY:
            try:
                with self._breakers[service]:
                    return getattr(self._cloud[service], operation)(*args)
            except Exception as error:
                if self.mode is Mode.CLOUD_ONLY:
                    raise Unavailable(service) from error
                log.warning("%s: local side takes over (%s)", service, error)
        return getattr(self._local[service], operation)(*args)
"""
)

STRATEGIES_MAIN = MAIN.replace("Facade()", "Facade.from_environment()")

STRATEGIES_DISPATCH = """
import logging
from abc import ABC, abstractmethod

log = logging.getLogger(__name__)


class Strategy(ABC):
    @abstractmethod
    def run(self, entry, operation, args): ...


class CloudOnly(Strategy):
    def run(self, entry, operation, args):
        return entry.breaker.call(getattr(entry.primary, operation), *args)


class LocalOnly(Strategy):
    def run(self, entry, operation, args):
        return getattr(entry.local, operation)(*args)


class Combined(Strategy):
    def __init__(self):
        self.cloud = CloudOnly()
        self.fallback = LocalOnly()

    def run(self, entry, operation, args):
        try:
            return self.cloud.run(entry, operation, args)
        except Exception as error:
            log.warning("failover", extra={"service": entry.name, "cause": str(error)})
            return self.fallback.run(entry, operation, args)
"""

STRATEGIES_FACADE = (
    HEAD.split("class CacheFront")[0].replace(
        "import os\n", "import os\nfrom app.dispatch import CloudOnly, Combined, LocalOnly\n"
    )
    + """
STRATEGIES = {Mode.CLOUD_ONLY: CloudOnly(), Mode.LOCAL_ONLY: LocalOnly(), Mode.COMBINED: Combined()}


class Entry:
    def __init__(self, name, primary, local):
        self.name = name
        self.primary = primary
        self.local = local
        self.breaker = Breaker(name)


class CacheFront:
    def __init__(self, entry, strategy):
        self._entry, self._strategy = entry, strategy

    def get(self, key):
        return self._strategy.run(self._entry, "get", (key,))

    def put(self, key, value):
        return self._strategy.run(self._entry, "put", (key, value))


class StorageFront:
    def __init__(self, entry, strategy):
        self._entry, self._strategy = entry, strategy

    def read(self, name):
        return self._strategy.run(self._entry, "read", (name,))

    def write(self, name, data):
        return self._strategy.run(self._entry, "write", (name, data))


def build(name, factory):
    try:
        return factory()
    except Exception:
        log.exception("%s", name)


class Facade:
    def __init__(self, mode):
        self._strategy = STRATEGIES[Mode(mode)]
        self._entries = {}

    @classmethod
    def from_environment(cls):
        return cls(os.environ.get("MODE", "combined"))

    def start(self):
        for name in CLOUD:
            self._entries[name] = Entry(name, build(name, CLOUD[name]), build(name, LOCAL[name]))

    def cache(self):
        return CacheFront(self._entries["cache"], self._strategy)

    def storage(self):
        return StorageFront(self._entries["storage"], self._strategy)
"""
)

GATEWAYS_MAIN = """
from fastapi import FastAPI
from app.facade import Facade

def create_app():
    app = FastAPI()
    app.state.facade = Facade()
    return app

app = create_app()
"""

GATEWAYS_FACADE = """
import logging
import os

from circuitbreaker import CircuitBreaker

from app.cloud import BucketStorage, RedisCache
from app.local import FolderStorage, MemoryCache

log = logging.getLogger(__name__)
MODE = os.getenv("SERVICE_MODE", "hybrid")


class Gateway:
    def __init__(self, name, remote, local):
        self.name, self.remote, self.local = name, remote, local
        self.guard = CircuitBreaker(failure_threshold=5, recovery_timeout=30, name=name)

    def run(self, operation, *args):
        if MODE == "local":
            return getattr(self.local, operation)(*args)
        try:
            return self.guard.call(getattr(self.remote, operation), *args)
        except Exception:
            if MODE == "cloud":
                raise
            log.warning("%s runs locally", self.name, exc_info=True)
            return getattr(self.local, operation)(*args)


class Cache(Gateway):
    def get(self, key):
        return self.run("get", key)

    def put(self, key, value):
        return self.run("put", key, value)


class Storage(Gateway):
    def read(self, name):
        return self.run("read", name)

    def write(self, name, data):
        return self.run("write", name, data)


def guarded(name, make):
    try:
        return make()
    except Exception:
        log.error("%s cannot be constructed", name, exc_info=True)


class Facade:
    def __init__(self):
        self._cache = Cache("cache", guarded("cache", lambda: RedisCache(os.environ["REDIS"])), MemoryCache())
        self._storage = Storage(
            "storage",
            guarded("storage", lambda: BucketStorage(os.environ["BUCKET"])),
            guarded("storage", lambda: FolderStorage(os.environ["DATA"])),
        )

    @property
    def cache_service(self):
        return self._cache

    @property
    def storage_service(self):
        return self._storage
"""

DEPENDENCIES = Example(
    platform()
    | {
        "app/breaker.py": ASYNC_BREAKER,
        "app/cloud.py": ASYNC_CLOUD,
        "app/local.py": ASYNC_LOCAL,
        "app/main.py": DEPENDENCIES_MAIN,
        "app/settings.py": DEPENDENCIES_SETTINGS,
        "app/facade.py": DEPENDENCIES_FACADE,
    },
    "services that hold their two sides, modes as texts, match, asyncio",
    settings=SETTINGS,
)
SUBCLASSES = Example(
    platform()
    | {
        "app/main.py": SUBCLASSES_MAIN,
        "app/facade.py": SUBCLASSES_FACADE,
    },
    "a class for each mode",
    settings=SETTINGS,
)
DECORATED = Example(
    platform()
    | {
        "app/main.py": DECORATED_MAIN,
        "app/facade.py": DECORATED_FACADE,
    },
    "pybreaker, and a decorator that dispatches",
    settings=SETTINGS,
)
CANDIDATES = Example(
    platform()
    | {
        "app/main.py": CANDIDATES_MAIN,
        "app/facade.py": CANDIDATES_FACADE,
    },
    "records, candidates in a list, and a front object that forwards everything",
    settings=SETTINGS,
)
CONTEXT = Example(
    platform()
    | {
        "app/breaker.py": CONTEXT_BREAKER,
        "app/facade.py": CONTEXT_FACADE,
    },
    "a breaker as a context manager",
    settings=SETTINGS,
)
STRATEGIES = Example(
    platform()
    | {
        "app/main.py": STRATEGIES_MAIN,
        "app/dispatch.py": STRATEGIES_DISPATCH,
        "app/facade.py": STRATEGIES_FACADE,
    },
    "strategies in a mapping, dispatch in another module",
    settings=SETTINGS,
)
GATEWAYS = Example(
    platform()
    | {
        "app/main.py": GATEWAYS_MAIN,
        "app/facade.py": GATEWAYS_FACADE,
    },
    "a mode of the environment, a breaker of a library",
    settings=SETTINGS,
)
NAMED = [DEPENDENCIES, SUBCLASSES, DECORATED, CANDIDATES, CONTEXT, STRATEGIES]
STYLES = [*NAMED, GATEWAYS]
"""The last one cannot tell when its breaker opens: that library says nothing."""
