"""Is every tenant kept apart from the others: always named, scoped in the store, and checked at the door?"""

from pytest_readiness.authoring import Example, Repo, Units, check, unknown

from .tenant_examples import AUTH, GUARD, MAIN, MODEL, ROUTES, UNVERIFIED, api, handler, one

NO_TENANTS = (
    "no product code mentions a tenant; where the system serves one customer only, disable "
    "security_compliance.multi_tenant_isolation with that reason"
)


def know_tenants(repo: Repo) -> None:
    """Ends the check where the system has no tenants at all."""
    if not repo.tenants.exist:
        unknown(NO_TENANTS)


@check(
    severity="high",
    effort_days=3,
    standard="OWASP ASVS 5.0 V8.4.1; CWE-1188",
    meets=[
        one("def load(tenant_id: str):\n    return []"),
        one(
            "def load(tenant_id=None):\n    if not tenant_id:\n        raise ValueError('tenant')\n    return tenant_id"
        ),
        one(
            """
            from fastapi import Depends, Header, Path, Query
            from auth import current_claims
            def a(tenant_id: str = Path(...)): return tenant_id
            def b(tenant: str = Header()): return tenant
            def c(tenant_id: str = Query(..., min_length=1)): return tenant_id
            def d(tenant=Depends(current_claims)): return tenant
            """,
            auth=AUTH,
        ),
    ],
    falls_short=[
        one("def load(tenant_id: str | None = None):\n    return tenant_id"),
        one("def load(tenant_id: str):\n    return 1\ndef other(tenant_id=''):\n    return 2", score=50),
        one("def load(data):\n    return data.get('tenant_id', 'default')"),
        Example({"README.md": "Each tenant_id is required."}, "no product code at all", score=0, status="unknown"),
    ],
    decoys=[
        one("from fastapi import Query\ndef load(tenant_id: str = Query(None)):\n    return tenant_id", "Query(None)"),
        one("import os\nTENANT = os.getenv('TENANT_ID', 'default')", 'getenv("TENANT_ID", "default") at the top level'),
        one("def load(tenant_id: str):\n    key = tenant_id or 'default'\n    return key", 'x or "default"'),
        one("DEFAULT = 'shared'\ndef load(tenant_id: str):\n    return tenant_id or DEFAULT", "the literal has a name"),
        one("def load(tenant_id: str):\n    if tenant_id is None:\n        tenant_id = 'public'\n    return tenant_id"),
        one(
            "def load(row):\n    try:\n        tenant_id = row['tenant_id']\n    except KeyError:\n"
            "        tenant_id = 'public'\n    return tenant_id",
            "a fallback where the lookup fails",
        ),
        one("def load(row):\n    return row['tenant_id'] if row['tenant_id'] else 'public'", "a conditional fallback"),
        one(
            "def load(tenant_id=None):\n    if not tenant_id:\n        return []\n    return [tenant_id]",
            "silently returning is not rejecting",
        ),
        one(
            "def load(rows, tenant_id=None):\n    if tenant_id:\n        rows = 1\n    return rows",
            "an optional filter",
        ),
        one(
            "def load(store, tenant_id=None):\n    found = store.find(tenant_id)\n    if not tenant_id:\n"
            "        raise ValueError\n    return found",
            "the raise comes after the use",
        ),
        one("def load(tenant_id: str): ...\n# def old(tenant_id='default'): ...", "a default in a comment", score=100),
        one(
            "def load(tenant_id=None):\n    need(tenant_id)\n    return tenant_id\n"
            "def need(tenant_id: str):\n    if tenant_id is None:\n        raise LookupError",
            "a helper raises",
            score=100,
        ),
        one(
            "import logging\ndef load(tenant_id: str):\n    logging.info('for %s', tenant_id or 'nobody')",
            "a literal that is only logged",
            score=100,
        ),
        one(
            "def load(tenant_id: str, error):\n    raise LookupError(getattr(error, 'tenant_id', 'unknown'))",
            "a literal that only tells in an exception what went wrong",
            score=100,
        ),
        Example(
            {
                "orders.py": "def load(tenant_id: str): ...",
                "observability/labels.py": "def label(tenant_id='none'): ...",
                "auth/tokens.py": "def read(data): return data.get('tenant_id', 'none')",
                "store.py": "class SecretStore:\n    def get(self, tenant_id=None): ...",
                "tests/test_orders.py": "def make(tenant_id='t1'): ...",
            },
            "platform-wide folders and classes, and tests",
            score=100,
        ),
    ],
)
def test_tenant_id_required(repo: Repo, units: Units) -> None:
    """Is the tenant always given, never optional and never defaulted?

    Passes: every function that takes a tenant (tenant, tenant_id, tenantId, tenant_key, requested_tenant) takes it
    without a default, or raises where it is missing before using it; and no function, and no top level of a module,
    holds a literal that stands in for a missing tenant. A FastAPI Depends, or Path, Query and Header without a default,
    is no default. Folders named observability, auth or migration and classes named ...Secret..., ...Metrics... or
    ...Logger... handle platform-wide data and are left out, and so is a literal that is only written to a log or an
    exception.
    Falls short: a default (None, "", a literal, Query(None)) that nothing rejects; .get("tenant_id", "default"),
    getenv("TENANT_ID", "default"), x or "default". Returning nothing, or filtering on nothing, is not rejecting.
    Unknown: no product code mentions a tenant at all.
    Impact: A forgotten tenant id lands customers' data in a shared "default" space or returns everyone's data.
    Recommendation: Make the tenant a required argument, read it from the verified credential at the edge, and raise
    when it is missing.
    """
    know_tenants(repo)
    for unit in repo.tenants.requirements:
        note = "; ".join(s.note for s in unit.shortfalls) or "the tenant is required"
        units.decide(unit.name, not unit.shortfalls, *(unit.shortfalls or [unit.site]), note=note)


@check(
    severity="critical",
    effort_days=5,
    standard="OWASP ASVS 5.0 V8.4.1, V8.2.2; CWE-639",
    depends_on=["tenant_id_required"],
    meets=[
        one(
            """
            from models import Order
            def load(session, tenant_id: str):
                return session.query(Order).filter(Order.tenant_id == tenant_id, Order.id == "1").all()
            """,
            models=MODEL,
        ),
        one("def load(redis, tenant_id: str):\n    return redis.get(f'{tenant_id}:orders')"),
    ],
    falls_short=[
        one("from models import Order\ndef load(session, key):\n    return session.query(Order).all()", models=MODEL),
        one("def load(redis, tenant_id: str):\n    return redis.get('orders')"),
        one("def load(tenant_id: str):\n    return tenant_id", "tenants, and no access that could be judged", score=0),
    ],
    decoys=[
        one(
            "from models import Order\nfrom sqlalchemy import select\ndef load(s, key):\n"
            "    return s.execute(select(Order).where(Order.id == key))",
            "only an id filter",
            models=MODEL,
        ),
        one(
            "from models import Order\ndef load(s):\n    return s.query(Order).filter(Order.tenant_id == 'acme').all()",
            "compared with a constant",
            models=MODEL,
        ),
        one(
            "from models import Order\ndef load(s):\n"
            "    return s.query(Order).filter(Order.tenant_id == Order.tenant_id)",
            "compared with itself",
            models=MODEL,
        ),
        one(
            "from models import Order\ndef load(s, tenant_id: str):\n    rows = s.query(Order).all()\n"
            "    return [r for r in rows if r.tenant_id == tenant_id]",
            "fetching all and filtering afterwards",
            models=MODEL,
        ),
        one(
            "def load(redis, tenant_id: str):\n    rows = redis.hgetall('orders')\n"
            "    return [r for r in rows if r['tenant_id'] == tenant_id]",
            "fetching all and filtering afterwards, in a data client",
        ),
        one(
            "def load(table, tenant_id: str, model=None):\n    if model:\n        return table.query(Key=model)\n"
            "    return table.query(Key=tenant_id)",
            "a branch that queries by another key",
            score=50,
        ),
        one("def load(dynamodb_table, tenant_id: str):\n    return dynamodb_table.scan()", "a scan"),
        one(
            "import logging\ndef load(s3, key: str, tenant_id: str):\n    logging.info('tenant %s', tenant_id)\n"
            "    return s3.get_object(Bucket='b', Key=key)",
            "a tenant that is only logged",
        ),
        one(
            "def load(s3, key: str, tenant_id: str):\n    if not key.startswith(tenant_id):\n        print('odd key')\n"
            "    return s3.get_object(Bucket='b', Key=key)",
            "a guard that does not raise",
        ),
        one(
            """
            class Store:
                def __init__(self, client):
                    self.s3_client = client

                def key(self, tenant: str, name: str) -> str:
                    return f"tenants/{tenant}/{name}"

                def load(self, tenant_id: str, name: str):
                    path = self.key(tenant_id, name)
                    return self.s3_client.get_object(Bucket="b", Key=path)

                def raw(self, tenant_id: str, key: str):
                    if not key.startswith(f"tenants/{tenant_id}/"):
                        raise PermissionError(key)
                    return self.s3_client.get_object(Bucket="b", Key=key)
            """,
            "the key is computed by a helper; a guard compares it with the tenant and raises",
            path="src/shop/store.py",
            score=100,
        ),
        one(
            """
            from sqlalchemy import delete, select
            from models import Order
            def load(s, tenant_id):
                query = select(Order).where(Order.id == "1")
                query = query.where(Order.tenant_id == tenant_id)
                s.execute(delete(Order).where(Order.tenant_id == tenant_id))
                return s.query(Order).count(), s.query(Order).filter_by(tenant_id=tenant_id).first(), s.scalars(query)
            """,
            "a query built in steps, filter_by, delete, a pure count",
            models=MODEL,
            score=100,
        ),
        one(
            "def load(redis, tenant_id: str):\n    table = {}\n    table.get('x')\n    return redis.get(tenant_id)",
            "a dict that is called table",
            score=100,
        ),
    ],
)
def test_data_isolation_enforced(repo: Repo, units: Units) -> None:
    """Is every access to tenant-owned data scoped by tenant in the store itself?

    Passes: every query, select, update and delete on a model with a tenant column is filtered on that column, in the
    same statement, against something that is no constant (a pure count is left out); and in every function that takes a
    tenant, each call of a data client (a receiver named like redis, table, dynamo, s3, opensearch) is given the tenant
    or a value computed from it, or an earlier guard that compares the key with the tenant raises.
    Falls short: no tenant filter in the statement, or only one on an id; fetching all and filtering afterwards; a
    branch that queries by another key; a scan; a tenant that is only logged. Tenants, and no such access at all.
    Unknown: no product code mentions a tenant at all.
    Impact: One customer can read or change another customer's records.
    Recommendation: Put the tenant in every key, index and WHERE clause, best in one repository layer or with row-level
    security.
    """
    know_tenants(repo)
    for access in repo.tenants.accesses:
        units.decide(access.name, access.is_scoped, access.site, note=access.note)


@check(
    severity="critical",
    effort_days=2,
    standard="OWASP ASVS 5.0 V8.3.1, V8.4.1; CWE-862",
    meets=[api("    from guard import TenantGuard\n    app.add_middleware(TenantGuard)", guard=GUARD)],
    falls_short=[api("    pass"), api("    from guard import TenantGuard", "the guard is only imported", guard=GUARD)],
    decoys=[
        api("    # app.add_middleware(TenantGuard)", "registered in a comment", guard=GUARD),
        api(
            "    from guard import TenantGuard\n    def make(app):\n        return TenantGuard(app)",
            "offered by a factory that nothing calls",
            guard=GUARD,
        ),
        api(
            "    from guard import TenantGuard\n    def secured(app):\n        app.add_middleware(TenantGuard)",
            "registered in a function that nothing calls",
            guard=GUARD,
        ),
        Example(
            {
                "backend/main.py": MAIN,
                "backend/routes.py": ROUTES,
                "backend/guard.py": GUARD,
                "tests/test_guard.py": "from main import app\nfrom guard import TenantGuard\n"
                "app.add_middleware(TenantGuard)\n",
            },
            "registered in a test",
        ),
        api("    from missing import TenantGuard\n    app.add_middleware(TenantGuard)", "resolves to no real code"),
        api(
            "    from guard import TenantGuard\n    app.add_middleware(TenantGuard)",
            "only reads and labels the tenant",
            guard="""
            from starlette.middleware.base import BaseHTTPMiddleware

            class TenantGuard(BaseHTTPMiddleware):
                async def dispatch(self, request, call_next):
                    request.state.tenant_id = request.headers.get("X-Tenant-ID")
                    response = await call_next(request)
                    response.headers["X-Tenant-ID"] = request.state.tenant_id
                    return response
            """,
        ),
        api(
            "    from guard import TenantGuard\n    app.add_middleware(TenantGuard)",
            "the mismatch still calls the next handler",
            guard=GUARD.replace("return JSONResponse({", "print({").replace("}, status_code=403)", "})"),
        ),
        api(
            "    from guard import TenantGuard\n    app.add_middleware(TenantGuard)",
            "a token that is decoded and not verified",
            guard=GUARD.replace('algorithms=["RS256"]', 'options={"verify_signature": False}'),
        ),
        api(
            "    from guard import TenantGuard\n    app.add_middleware(TenantGuard)",
            "compared with another header",
            guard=GUARD.replace('!= claims["tenant"]', '!= request.headers["x-user-tenant"]'),
        ),
        api(
            "    from guard import TenantGuard\n    app.add_middleware(TenantGuard)",
            "only a list of known tenants",
            guard=GUARD.replace('!= claims["tenant"]', 'not in ("acme", "umbrella")'),
        ),
        api(
            "    from guard import TenantGuard\n    app.add_middleware(TenantGuard)",
            "a switch can turn the check off",
            guard=GUARD.replace(
                "if request.path_params", "import config\n            if config.STRICT and request.path_params"
            ),
            config="STRICT = False",
        ),
        api(
            "    from guard import TenantGuard\n    app.add_middleware(TenantGuard)",
            "the refusal is swallowed",
            guard=GUARD.replace(
                'return JSONResponse({"detail": "other tenant"}, status_code=403)',
                "try:\n                    raise KeyError\n                except Exception:\n                    pass",
            ),
        ),
        Example(
            {
                "backend/main.py": MAIN,
                "backend/auth.py": AUTH,
                "backend/routes.py": ROUTES.replace(
                    "def orders(tenant_id: str):",
                    "def orders(tenant_id: str, claims=Depends(current_claims)):\n"
                    "        if tenant_id != claims['tenant']:\n            raise HTTPException(403)",
                ).replace(
                    "import APIRouter", "import APIRouter, Depends, HTTPException\n    from auth import current_claims"
                ),
            },
            "a check written inside a handler",
        ),
        Example(
            {
                "src/shop/api.py": """
                    from fastapi import Depends, FastAPI
                    from shop.door import same_tenant
                    from shop.routes import router

                    def create_app() -> FastAPI:
                        app = FastAPI(dependencies=[Depends(same_tenant)])
                        app.include_router(router)
                        return app

                    app = create_app()
                    """,
                "src/shop/routes.py": ROUTES,
                "src/shop/auth.py": AUTH,
                "src/shop/door.py": """
                    from fastapi import Depends, HTTPException
                    from .auth import current_claims

                    class OtherTenant(HTTPException):
                        def __init__(self):
                            super().__init__(status_code=403, detail="other tenant")

                    def same_tenant(tenant_id: str, claims: dict = Depends(current_claims)) -> None:
                        allowed = is_member(claims, tenant_id)
                        if not allowed:
                            raise OtherTenant()

                    def is_member(claims, tenant):
                        return tenant in claims["tenants"]
                    """,
            },
            "src layout, an app made by a factory, a dependency of the whole app, a helper that compares",
            score=100,
        ),
        api(
            "    from guard import Guard\n    app = Guard(app)",
            "an ASGI class wrapped around the app",
            score=100,
            guard="""
            from starlette.responses import JSONResponse
            from verifier import verify

            class Guard:
                def __init__(self, app):
                    self.app = app

                async def __call__(self, scope, receive, send):
                    headers = dict(scope["headers"])
                    user = verify(headers[b"authorization"])
                    tenant = headers.get(b"x-tenant-id")
                    if user.tenant == tenant:
                        await self.app(scope, receive, send)
                        return
                    await JSONResponse({}, status_code=403)(scope, receive, send)
            """,
            verifier="""
            from jose import jwt

            class User:
                def __init__(self, payload):
                    self.tenant = payload["tenant"]

            def verify(token):
                return User(jwt.decode(token, "key-from-vault"))
            """,
        ),
        Example(
            {
                "backend/main.py": """
                    from fastapi import Depends, FastAPI
                    from routes import router
                    from auth import same_tenant
                    app = FastAPI()
                    app.include_router(router, dependencies=[Depends(same_tenant)])
                    @app.get("/health")
                    def health(): return "ok"
                    """,
                "backend/routes.py": ROUTES,
                "backend/auth.py": AUTH
                + """
    def same_tenant(tenant_id: str, claims=Depends(current_claims)):
        if claims["tenant"] != tenant_id:
            raise HTTPException(status_code=403)
""",
            },
            "a dependency on every router that takes a tenant",
            score=100,
        ),
        api(
            "    from starlette.middleware import Middleware\n    from guard import TenantGuard\n"
            "    app = FastAPI(middleware=[Middleware(TenantGuard)])\n    app.include_router(router)",
            "middleware given to the constructor",
            guard=GUARD,
            score=100,
        ),
        api(
            """
    from auth import claims_of
    from fastapi import HTTPException, Request

    @app.middleware("http")
    async def same_tenant(request: Request, call_next):
        claims = claims_of(request)
        requested = request.headers.get("X-Tenant-ID")
        if not requested:
            raise HTTPException(400)
        if not claims.may_enter(requested):
            raise HTTPException(status_code=403)
        return await call_next(request)
""",
            "a function as middleware, a method of the claims that compares",
            score=100,
            auth="""
            import jwt

            class Claims:
                def __init__(self, payload):
                    self.scopes = payload["scopes"]

                def may_enter(self, place):
                    return any(scope == f"tenant:{place}" for scope in self.scopes)

            def claims_of(request):
                return Claims(jwt.decode(request.headers["Authorization"], "key-from-vault"))
            """,
        ),
    ],
)
def test_middleware_validates_tenant(repo: Repo, units: Units) -> None:
    """Does the API app validate the tenant before any handler runs, and reject?

    Passes: a tenant guard is registered on the API app (setting api_app; where that file is missing, the app that
    includes most routers) in code that runs: add_middleware, middleware=[...], @app.middleware("http"), app = X(app),
    or a dependency of the app or of every router with a handler that takes a tenant. In the guard, or in what it calls,
    a tenant taken from the request is compared with the verified credential, and a mismatch gives 401 or 403.
    Verified is what flows from a call that checks a token: a decoder that verifies, or a function built on one.
    Falls short: a guard that is only defined, imported, offered by a factory, or registered in a comment or a test;
    one that resolves to no real code; one that only reads, copies, logs or labels the tenant; one whose mismatch still
    calls the next handler; one that compares with a header or a list of known tenants; checks inside single handlers.
    Unknown: no product code mentions a tenant at all.
    Impact: Isolation depends on every developer remembering a check in every endpoint; one omission exposes all
    customers.
    Recommendation: Register the tenant guard on the app, take the tenant from the verified token, and answer 403 on a
    mismatch.
    """
    know_tenants(repo)
    app, guarded = repo.web.api_app, repo.tenants.api
    for guard, finding in guarded.passes[:1]:
        note = "a guard that refuses other tenants is registered"
        units.good(f"API app in {guard.owner.path}", guard, finding.site, finding.denial, note=note)
    if not guarded.passes:
        note = "no registered guard compares the tenant with the verified credential"
        units.bad("API app", *([app] if app else []), *guarded.short, note=note)


@check(
    severity="critical",
    effort_days=4,
    standard="OWASP ASVS 5.0 V8.4.1, V8.2.2; OWASP API Security Top 10 2023 API1; CWE-639",
    depends_on=["middleware_validates_tenant"],
    meets=[
        handler("""
    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str, claims=Depends(current_claims)):
        if tenant_id != claims["tenant"]:
            raise HTTPException(status_code=403)
        return []
        """),
        api("    from guard import TenantGuard\n    app.add_middleware(TenantGuard)", guard=GUARD),
    ],
    falls_short=[
        handler("""
    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str):
        return []
        """),
        handler(
            """
    class Order(BaseModel):
        tenantId: str

    @router.post("/orders")
    def create(order: Order, claims=Depends(current_claims)):
        return order.tenantId

    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str, claims=Depends(current_claims)):
        if not allowed(claims, tenant_id):
            raise HTTPException(status_code=404)
        return []

    def allowed(claims, tenant_id):
        return tenant_id in claims["tenants"]
            """,
            score=50,
        ),
        one("def load(tenant_id: str): ...", "tenants, and no handler at all", score=0),
    ],
    decoys=[
        handler(
            """
    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str, claims=Depends(current_claims)):
        if not claims:
            raise HTTPException(403)
        return [tenant_id]
            """,
            "authentication alone",
        ),
        handler(
            """
    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str, key=Depends(current_claims)):
        return [tenant_id]
            """,
            "a shared API key",
            auth="""
            from fastapi import Header, HTTPException
            def current_claims(x_api_key: str = Header()):
                if x_api_key != "from-the-vault":
                    raise HTTPException(403)
                return x_api_key
            """,
        ),
        handler(
            """
    KNOWN = {"acme": {}, "umbrella": {}}

    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str, claims=Depends(current_claims)):
        if tenant_id not in KNOWN:
            raise HTTPException(403)
        return [tenant_id]
            """,
            "looking the tenant up in a list of known tenants",
        ),
        handler(
            """
    from store import rows

    @router.get("/orders")
    def orders(tenant_id: str | None = None, claims=Depends(current_claims)):
        found = rows()
        if tenant_id:
            found = [r for r in found if r.tenant_id == tenant_id]
        return found
            """,
            "the tenant as an optional filter",
            store="def rows(): return []",
        ),
        handler(
            """
    @router.get("/orders")
    def orders(x_tenant_id: str = Header(), x_user_tenant: str = Header()):
        if x_tenant_id != x_user_tenant:
            raise HTTPException(403)
        return []
            """,
            "trusting a header",
        ),
        handler(
            """
    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str, claims=Depends(current_claims)):
        if tenant_id != claims["tenant"]:
            raise HTTPException(403)
        return []
            """,
            "a token that is decoded and not verified",
            auth=UNVERIFIED,
        ),
        handler(
            """
    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str, claims=Depends(current_claims)):
        allowed(claims, tenant_id)
        return []

    def allowed(claims, tenant_id):
        return tenant_id == claims["tenant"]
            """,
            "a comparison whose answer is dropped",
        ),
        handler(
            """
    import logging

    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str, claims=Depends(current_claims)):
        if tenant_id != claims["tenant"]:
            logging.warning("other tenant")
        return []
            """,
            "a mismatch that is only logged",
        ),
        handler(
            """
    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str, guard=Depends(same_tenant)):
        return []

    def same_tenant(x_tenant_id: str = Header(), claims=Depends(current_claims)):
        if x_tenant_id != claims["tenant"]:
            raise HTTPException(403)
            """.replace("    @router", "    @router", 1),
            "a guard that checks another tenant than the one that is used",
        ),
        Example(
            {
                "main.py": MAIN,
                "auth.py": AUTH,
                "routes.py": ROUTES.replace(
                    "def orders(tenant_id: str):",
                    "def orders(tenant_id: str, claims=Depends(current_claims)):\n"
                    "        if tenant_id != claims['tenant']:\n            raise HTTPException(403)",
                ).replace(
                    "import APIRouter", "import APIRouter, Depends, HTTPException\n    from auth import current_claims"
                ),
                "old_routes.py": ROUTES,
            },
            "handlers of a router that no app includes are no units",
            score=100,
        ),
        handler(
            """
    from store import rows

    @router.get("/orders")
    def orders(tenant_id: str, claims=Depends(current_claims)):
        return [r for r in rows() if r.tenant_id == claims["tenant"]]
            """,
            "other tenants' objects are left out",
            store="def rows(): return []",
            score=100,
        ),
        handler(
            """
    @router.get("/orders")
    def orders(tenant=Depends(own_tenant)):
        return []

    def own_tenant(tenant_id: str, claims=Depends(current_claims)):
        if claims.get("tenant") == tenant_id:
            return tenant_id
        raise PermissionError("other tenant")
            """.replace("    @router.get", "    def later(): ...\n\n    @router.get", 1),
            "a dependency that takes and checks the tenant",
            score=100,
        ),
        handler(
            """
    @router.websocket("/{tenant_id}/live")
    async def live(websocket, tenant_id: str, token: str):
        user = current_claims(token)
        if user["tenant"] != tenant_id:
            await websocket.close(code=4403)
            return
        await websocket.accept()
            """,
            "a WebSocket that is closed",
            score=100,
        ),
        handler(
            """
    @router.get("/{tenant_id}/orders")
    def orders(tenant_id: str, session=Depends(current_claims)):
        if tenant_id not in session.tenants:
            raise HTTPException(404)
        return []
            """,
            "a session that is looked up by its cookie",
            score=100,
            auth="""
            from fastapi import Depends, HTTPException, Request
            def current_claims(request: Request, store=Depends(lambda: None)):
                session = store.sessions.find(request.cookies.get("session"))
                if session is None:
                    raise HTTPException(status_code=401)
                return session
            """,
        ),
    ],
)
def test_cross_tenant_access_prevented(repo: Repo, units: Units) -> None:
    """Does every endpoint that takes a tenant refuse other tenants' data?

    Passes: for every live HTTP or WebSocket handler with a tenant parameter (path, query, header) or a body model with
    a tenant field, the handler, a dependency of it, or a registered tenant guard that looks at the same part of the
    request compares that tenant, or the loaded object's, with the verified credential, and denies with 401, 403 or
    404, raises, or leaves the object out.
    Falls short: no such comparison: authentication alone, a shared API key, looking the tenant up in a list of known
    tenants, using it as an optional filter, trusting a header, a mismatch that is only logged. Handlers of routers that
    no app includes are not counted. A system with tenants and without such a handler.
    Unknown: no product code mentions a tenant at all.
    Impact: A logged-in customer can type another customer's id and see or change its data.
    Recommendation: Compare the requested tenant with the token's tenant in one shared dependency and use it in each
    listed handler; add a negative test for each.
    """
    know_tenants(repo)
    for endpoint in repo.tenants.endpoints:
        if endpoint.check:
            note = "compared with the verified credential, and refused"
            units.good(endpoint.handler.name, endpoint.check.site, endpoint.check.denial, note=note)
        else:
            note = f"the tenant of the {endpoint.taken.source} is not compared with the verified credential"
            units.bad(endpoint.handler.name, endpoint.handler, note=note)
