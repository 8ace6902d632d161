"""Is the service well? Asked by the platform."""

import logging

from fastapi import APIRouter, Request, Response
from sqlalchemy import text

from fyren.data.databas import Sessions
from fyren.plattform.fasad import platform

log = logging.getLogger(__name__)
router = APIRouter()


def state_of(name: str, probe: object) -> str:
    """healthy, or unhealthy where the probe raises."""
    try:
        probe()
    except Exception as error:
        log.warning("%s is unhealthy: %s", name, type(error).__name__)
        return "unhealthy"
    return "healthy"


def ask_database() -> None:
    """Raises where the database does not answer."""
    with Sessions() as session:
        session.execute(text("select 1"))


@router.get("/healthz")
def health(response: Response) -> dict[str, object]:
    """Every part asked now; 503 without the database, degraded where a cloud service is away."""
    services = {"storage": state_of("storage", platform().storage.cloud.ping), "cache": state_of("cache", platform().cache.cloud.ping)}
    database = state_of("database", ask_database)
    if database != "healthy":
        response.status_code = 503
        return {"status": "unhealthy", "database": database, **services}
    return {"status": "degraded" if "unhealthy" in services.values() else "healthy", "database": database, **services}
