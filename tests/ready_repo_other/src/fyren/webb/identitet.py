"""Who asks, and for whom."""

from dataclasses import dataclass
from uuid import uuid4

import jwt
from fastapi import HTTPException, Request
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.responses import JSONResponse, Response

from fyren.hemligheter import read_secret
from fyren.sammanhang import request_id, tenant_id

OPEN = ("/healthz", "/metrics/")
"""Asked by the platform, which has no token."""


@dataclass(frozen=True)
class Identity:
    """What the token says."""

    person_id: str
    tenant_id: str


class IdentityMiddleware(BaseHTTPMiddleware):
    """401 without a valid token."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.url.path in OPEN:
            return await call_next(request)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, read_secret("jwt-signing-secret"), algorithms=["HS256"])
        except jwt.PyJWTError:
            return JSONResponse({"detail": "unknown caller"}, status_code=401)
        request.state.identity = Identity(claims["sub"], claims["tenant_id"])
        tenant_id.set(claims["tenant_id"])
        request_id.set(request.headers.get("x-request-id") or uuid4().hex)
        return await call_next(request)


def own_company(tenant_id: str, request: Request) -> None:
    """403 where the company of the path is not the caller's."""
    if request.state.identity.tenant_id == tenant_id:
        return
    raise HTTPException(403, "another company")
