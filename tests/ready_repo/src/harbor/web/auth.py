"""Who is calling? A signed token says so."""

from dataclasses import dataclass

import jwt
from fastapi import Depends, HTTPException
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from harbor.secrets import secret

bearer = HTTPBearer()


@dataclass(frozen=True)
class Caller:
    """The person and company that a verified token names."""

    user_id: str
    tenant_id: str


def current_caller(credentials: HTTPAuthorizationCredentials = Depends(bearer)) -> Caller:
    """The caller; 401 where the token does not hold."""
    try:
        claims = jwt.decode(credentials.credentials, secret("JWT_SIGNING_KEY"), algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(status_code=401, detail="invalid token") from error
    return Caller(user_id=claims["sub"], tenant_id=claims["tenant"])
