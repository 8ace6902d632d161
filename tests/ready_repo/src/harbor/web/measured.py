"""How many requests there are, how long they take, and which agents fail."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable

from fastapi import Request, Response
from prometheus_client import Counter, Histogram

REQUESTS = Counter("harbor_http_requests_total", "Requests", ["method", "status"])
SECONDS = Histogram("harbor_http_request_duration_seconds", "How long requests take", ["method"])
FAILURES = Counter("harbor_agent_failures_total", "Questions that an agent did not answer", ["agent"])


async def measure(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Counts the request and its time; one that raises counts as 500."""
    start, status = time.monotonic(), 500
    try:
        response = await call_next(request)
        status = response.status_code
        return response
    finally:
        REQUESTS.labels(request.method, status).inc()
        SECONDS.labels(request.method).observe(time.monotonic() - start)


def asks(agent: str) -> Callable[[], AsyncIterator[None]]:
    """A dependency of a handler that asks the agent: it counts the agent's failures."""

    async def watched() -> AsyncIterator[None]:
        try:
            yield
        except Exception:
            FAILURES.labels(agent).inc()
            raise

    return watched
