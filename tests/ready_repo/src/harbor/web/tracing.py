"""Every request has an id, which its records carry."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

from fastapi import Request, Response

from harbor.context import request_id


async def name_request(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Keeps the caller's id of the request, or makes one, and tells it in the answer."""
    name = request.headers.get("x-request-id") or uuid4().hex
    request_id.set(name)
    response = await call_next(request)
    response.headers["x-request-id"] = name
    return response
