"""One door to the platform's services: the cloud first, this machine when the cloud fails."""

import logging
import os
from collections.abc import Callable
from enum import Enum
from typing import Any

from harbor.platform.breaker import Breaker
from harbor.platform.cloud import BucketUploads, TableSessions
from harbor.platform.local import FolderUploads, MemorySessions

log = logging.getLogger(__name__)
FAILURES, WAIT = 5, 30.0


class Mode(Enum):
    CLOUD = "cloud"
    LOCAL = "local"
    COMBINED = "combined"


class Unavailable(Exception):
    """A side of a service could not be built at start."""


def built(name: str, make: Callable[[], Any]) -> Any:
    """What `make` gives; None, and a line in the log, where it fails: the other services must not suffer."""
    try:
        return make()
    except Exception:
        log.exception("%s is not available", name)
        return None


class Service:
    """One service: its two sides, and a breaker for the one in the cloud."""

    def __init__(self, name: str, mode: Mode, cloud: Callable[[], Any], local: Callable[[], Any]) -> None:
        self.name, self.mode = name, mode
        self._cloud = built(f"{name} in the cloud", cloud)
        self._local = built(f"{name} on this machine", local)
        self._breaker = Breaker(name, FAILURES, WAIT)

    def _run(self, operation: str, *args: object) -> Any:
        if self.mode is Mode.LOCAL:
            return self._on(self._local, operation, *args)
        try:
            return self._breaker.call(self._on, self._cloud, operation, *args)
        except Exception as error:
            if self.mode is Mode.CLOUD:
                raise
            log.warning("%s of %s runs on this machine: %r", operation, self.name, error)
        return self._on(self._local, operation, *args)

    def _health(self) -> str:
        try:
            self._on(self._cloud, "ping")
        except Exception as error:
            log.warning("%s in the cloud does not answer: %r", self.name, error)
            return "unhealthy" if self._local is None else "degraded"
        return "healthy"

    def _on(self, side: Any, operation: str, *args: object) -> Any:
        if side is None:
            raise Unavailable(self.name)
        return getattr(side, operation)(*args)


class Uploads(Service):
    """Files that users have uploaded."""

    def save(self, tenant_id: str, name: str, data: bytes) -> None:
        return self._run("save", tenant_id, name, data)

    def load(self, tenant_id: str, name: str) -> bytes:
        return self._run("load", tenant_id, name)


class Sessions(Service):
    """Who is signed in, and until when."""

    def start(self, tenant_id: str, session_id: str, expires_at: int) -> None:
        return self._run("start", tenant_id, session_id, expires_at)

    def end(self, tenant_id: str, session_id: str) -> None:
        return self._run("end", tenant_id, session_id)


class Platform:
    """Hands out the services."""

    def __init__(self, mode: Mode | None = None) -> None:
        mode = mode or Mode(os.environ.get("PLATFORM_MODE", "combined"))
        self.uploads = Uploads(
            "uploads",
            mode,
            cloud=lambda: BucketUploads(os.environ["UPLOADS_BUCKET"]),
            local=lambda: FolderUploads(os.environ.get("UPLOADS_FOLDER", "uploads")),
        )
        self.sessions = Sessions(
            "sessions", mode, cloud=lambda: TableSessions(os.environ["SESSIONS_TABLE"]), local=MemorySessions
        )

    def health(self) -> dict[str, str]:
        """How each service in the cloud is, asked now; degraded where this machine stands in for it."""
        return {service.name: service._health() for service in (self.uploads, self.sessions)}
