"""Is Harbor well? The load balancer asks, without a token."""

import logging

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

from harbor.data.database import engine

log = logging.getLogger(__name__)


def database() -> str:
    """healthy, or unhealthy where the database does not answer."""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except Exception as error:
        log.warning("the database does not answer: %r", error)
        return "unhealthy"
    return "healthy"


def health(request: Request) -> JSONResponse:
    """Everything that requests need, asked now; 503 where one of them cannot be had."""
    parts = {"database": database(), **request.app.state.platform.health()}
    worst = next((state for state in ("unhealthy", "degraded") if state in parts.values()), "healthy")
    return JSONResponse({"status": worst, "parts": parts}, status_code=503 if worst == "unhealthy" else 200)
