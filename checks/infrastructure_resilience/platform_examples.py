"""A small platform with two services behind a facade, and ways to build it; shared by the checks of this category."""

from collections.abc import Mapping
from typing import Any

FACADE = "app/facade.py"
SETTINGS: Mapping[str, Any] = {"services": ["cache", "storage"], "paths": {"facade": FACADE, "api_app": "app/main.py"}}

BREAKER_SOURCE = """
import logging
import time
from enum import Enum

log = logging.getLogger(__name__)


class State(Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class OpenError(Exception):
    pass


class Breaker:
    def __init__(self, name, threshold=5, wait=30.0):
        self.name = name
        self.threshold = threshold
        self.wait = wait
        self.state = State.CLOSED
        self.failures = 0
        self.opened_at = 0.0

    def call(self, operation, *args, **kwargs):
        if self.state is State.OPEN:
            if time.monotonic() - self.opened_at < self.wait:
                raise OpenError(self.name)
            self.state = State.HALF_OPEN
        try:
            result = operation(*args, **kwargs)
        except Exception:
            self.failed()
            raise
        self.succeeded()
        return result

    def failed(self):
        self.failures += 1
        if self.state is State.HALF_OPEN or self.failures >= self.threshold:
            self.state = State.OPEN
            self.opened_at = time.monotonic()
            log.warning("breaker %s opened", self.name)

    def succeeded(self):
        self.failures = 0
        if self.state is State.HALF_OPEN:
            self.state = State.CLOSED
            log.info("breaker %s closed again", self.name)
"""

CLOUD_SOURCE = """
import boto3
import redis


class RedisCache:
    def __init__(self, url):
        self.client = redis.from_url(url)

    def get(self, key):
        return self.client.get(key)

    def put(self, key, value):
        self.client.set(key, value)


class BucketStorage:
    def __init__(self, bucket):
        self.bucket = bucket
        self.client = boto3.client("s3")

    def read(self, name):
        return self.client.get_object(Bucket=self.bucket, Key=name)["Body"].read()

    def write(self, name, data):
        self.client.put_object(Bucket=self.bucket, Key=name, Body=data)
"""

LOCAL_SOURCE = """
from pathlib import Path


class MemoryCache:
    def __init__(self):
        self.entries = {}

    def get(self, key):
        return self.entries.get(key)

    def put(self, key, value):
        self.entries[key] = value


class FolderStorage:
    def __init__(self, folder):
        self.folder = Path(folder)

    def read(self, name):
        return (self.folder / name).read_bytes()

    def write(self, name, data):
        (self.folder / name).write_bytes(data)
"""

HEAD = """
import logging
import os
from enum import Enum

from app.breaker import Breaker, OpenError
from app.cloud import BucketStorage, RedisCache
from app.local import FolderStorage, MemoryCache

log = logging.getLogger(__name__)


class Mode(Enum):
    CLOUD_ONLY = "cloud-only"
    LOCAL_ONLY = "local-only"
    COMBINED = "combined"


class Unavailable(Exception):
    pass


CLOUD = {
    "cache": lambda: RedisCache(os.environ["REDIS_URL"]),
    "storage": lambda: BucketStorage(os.environ["BUCKET"]),
}
LOCAL = {
    "cache": lambda: MemoryCache(),
    "storage": lambda: FolderStorage(os.environ.get("DATA", "data")),
}


class CacheFront:
    def __init__(self, facade):
        self.facade = facade

    def get(self, key):
        return self.facade.run("cache", "get", key)

    def put(self, key, value):
        return self.facade.run("cache", "put", key, value)


class StorageFront:
    def __init__(self, facade):
        self.facade = facade

    def read(self, name):
        return self.facade.run("storage", "read", name)

    def write(self, name, data):
        return self.facade.run("storage", "write", name, data)


class Facade:
    def __init__(self, mode=Mode.COMBINED):
        self.mode = mode
        self._cloud = {}
        self._local = {}
        self._breakers = {}
"""

START = """
    def start(self):
        for service in CLOUD:
            self._breakers[service] = Breaker(service)
            self._build(self._cloud, service, CLOUD[service])
            self._build(self._local, service, LOCAL[service])

    def _build(self, side, service, factory):
        try:
            side[service] = factory()
        except Exception:
            log.exception("%s cannot be built", service)
"""

ACCESSORS = """
    def get_cache(self):
        return CacheFront(self)

    def get_storage(self):
        return StorageFront(self)
"""

DISPATCH = """
    def run(self, service, operation, *args):
        if self.mode is Mode.LOCAL_ONLY:
            return self._on(self._local, service, operation, *args)
        if self.mode is Mode.CLOUD_ONLY:
            return self._guarded(service, operation, *args)
        try:
            return self._guarded(service, operation, *args)
        except Exception as error:
            log.warning("%s goes to the local side: %s", service, error)
            return self._on(self._local, service, operation, *args)

    def _guarded(self, service, operation, *args):
        return self._breakers[service].call(self._on, self._cloud, service, operation, *args)

    def _on(self, side, service, operation, *args):
        if service not in side:
            raise Unavailable(service)
        return getattr(side[service], operation)(*args)
"""

MAIN = """
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.facade import Facade

facade = Facade()


@asynccontextmanager
async def lifespan(app):
    facade.start()
    yield


app = FastAPI(lifespan=lifespan)
"""

PARTS = {
    "app/breaker.py": BREAKER_SOURCE,
    "app/cloud.py": CLOUD_SOURCE,
    "app/local.py": LOCAL_SOURCE,
    "app/main.py": MAIN,
}


def platform(
    head: str = HEAD, start: str = START, accessors: str = ACCESSORS, dispatch: str = DISPATCH, **others: str
) -> dict[str, str]:
    """The files of the platform; `others` are further or other files, `__` for a slash and without the .py."""
    facade = {FACADE: head + start + accessors + dispatch}
    return PARTS | facade | {f"{name.replace('__', '/')}.py": text for name, text in others.items()}
