"""Every request is counted and timed."""

import time

from fastapi import Request
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.responses import Response

from fyren.matvarden import REQUESTS, SECONDS


class MeasuringMiddleware(BaseHTTPMiddleware):
    """Counts by status, times all."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        began = time.perf_counter()
        response = await call_next(request)
        SECONDS.observe(time.perf_counter() - began)
        REQUESTS.labels(status=str(response.status_code)).inc()
        return response
