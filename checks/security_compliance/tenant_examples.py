"""Small repositories with tenants, for the examples of the tenant checks."""

from collections.abc import Mapping

from pytest_readiness.authoring import Example

Files = Mapping[str, str]

AUTH = """
    import jwt
    from fastapi import Depends, HTTPException
    from fastapi.security import HTTPBearer

    bearer = HTTPBearer()

    def current_claims(credentials=Depends(bearer)):
        try:
            return jwt.decode(credentials.credentials, "key-from-vault", algorithms=["RS256"])
        except jwt.PyJWTError:
            raise HTTPException(401)
"""
"""auth.py: the verified credential."""

UNVERIFIED = """
    import jwt
    from fastapi import Header

    def current_claims(authorization: str = Header()):
        return jwt.decode(authorization, options={"verify_signature": False})
"""

GUARD = """
    import jwt
    from fastapi.responses import JSONResponse
    from starlette.middleware.base import BaseHTTPMiddleware

    class TenantGuard(BaseHTTPMiddleware):
        async def dispatch(self, request, call_next):
            token = request.headers["authorization"].removeprefix("Bearer ")
            claims = jwt.decode(token, "key-from-vault", algorithms=["RS256"])
            if request.path_params.get("tenant_id") != claims["tenant"]:
                return JSONResponse({"detail": "other tenant"}, status_code=403)
            return await call_next(request)
"""
"""guard.py: refuses other tenants."""

ROUTES = """
    from fastapi import APIRouter

    router = APIRouter(prefix="/tenants")

    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str):
        return []
"""
"""routes.py: a handler that takes a tenant and checks nothing."""

MAIN = """
    from fastapi import FastAPI
    from routes import router

    app = FastAPI()
    app.include_router(router)
"""
"""backend/main.py without a guard."""

MODEL = """
    from sqlalchemy import Column, String
    from sqlalchemy.orm import declarative_base

    Base = declarative_base()

    class Order(Base):
        __tablename__ = "orders"
        id = Column(String, primary_key=True)
        tenant_id = Column(String)
"""
"""models.py: a model with a tenant column."""


def one(text: str, why: str = "", path: str = "orders.py", score: float | None = None, **others: str) -> Example:
    """An example of one file, and others by name (`auth` is auth.py)."""
    return Example({path: text, **{f"{n}.py": t for n, t in others.items()}}, why=why, score=score)


def api(lines: str, why: str = "", score: float | None = None, **others: str) -> Example:
    """An API app whose main module ends with these lines."""
    files = {"backend/main.py": _joined(MAIN, lines), "backend/routes.py": ROUTES}
    return Example({**files, **{f"backend/{n}.py": t for n, t in others.items()}}, why=why, score=score)


def handler(body: str, why: str = "", score: float | None = None, **others: str) -> Example:
    """An app with one router, whose handlers are `body`; auth.py verifies tokens."""
    top = """
    from fastapi import APIRouter, Body, Depends, Header, HTTPException
    from pydantic import BaseModel
    from auth import current_claims

    router = APIRouter()
    """
    files = {"main.py": MAIN, "routes.py": _joined(top, body), "auth.py": others.pop("auth", AUTH)}
    return Example({**files, **{f"{n}.py": t for n, t in others.items()}}, why=why, score=score)


def _joined(*parts: str) -> str:
    """The parts as one text; all are indented by the same four columns."""
    return "".join(part.rstrip() + "\n" for part in parts)
