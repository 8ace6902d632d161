"""Who asks, and for whom."""

from dataclasses import dataclass

import jwt
from fastapi import HTTPException, Request
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.responses import JSONResponse, Response

from fyren.hemligheter import read_secret


@dataclass(frozen=True)
class Identity:
    """What the token says."""

    person_id: str
    tenant_id: str


class IdentityMiddleware(BaseHTTPMiddleware):
    """401 without a valid token."""

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            claims = jwt.decode(token, read_secret("jwt-signing-secret"), algorithms=["HS256"])
        except jwt.PyJWTError:
            return JSONResponse({"detail": "unknown caller"}, status_code=401)
        request.state.identity = Identity(claims["sub"], claims["tenant_id"])
        return await call_next(request)


def own_company(tenant_id: str, request: Request) -> None:
    """403 where the company of the path is not the caller's."""
    if request.state.identity.tenant_id == tenant_id:
        return
    raise HTTPException(403, "another company")
