"""Comparisons of a tenant with the verified credential: which ones refuse, and which only look so."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo

HEAD = """
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
import contextlib, jwt, logging, settings
from models import Document, Membership, select

app = FastAPI()

def claims_of(authorization: str) -> dict:
    return jwt.decode(authorization, "key", algorithms=["RS256"])

class NotAllowed(Exception):
    pass

class Guest:
    def __init__(self, payload):
        self.tenants = payload["tenants"]

    def may_enter(self, place):
        return place in self.tenants

    def greets(self, place):
        return True

def same(one, other):
    return one == other

def insist(user, wanted):
    if user["tenant"] != wanted:
        raise NotAllowed()

def quiet(user, wanted):
    try:
        insist(user, wanted)
    except Exception:
        logging.info("no")

def softly(user, wanted):
    try:
        insist(user, wanted)
    except NotAllowed:
        return False
    return True

def forbid():
    raise HTTPException(403)

@app.get("/{tenant_id}/things")
def things(tenant_id: str, db, request: Request, user=Depends(claims_of)):
"""


def refuses(tmp_path: Path, body: str) -> bool:
    text = HEAD + textwrap.indent(textwrap.dedent(body).strip(), "    ")
    (tmp_path / "main.py").write_text(text)
    found = Repo(tmp_path).tenants.endpoints
    assert len(found) == 1
    return found[0].check is not None


REFUSING = {
    "compared": "if tenant_id != user['tenant']:\n    raise HTTPException(403)",
    "the other way round": "if user['tenant'] == tenant_id:\n    return 1\nraise HTTPException(404)",
    "else": "if tenant_id == user['tenant']:\n    x = 1\nelse:\n    raise HTTPException(403)\nreturn x",
    "in": "if tenant_id not in user['tenants']:\n    forbid()",
    "helper answers": "if not same(tenant_id, user['tenant']):\n    raise HTTPException(403)",
    "helper raises": "insist(user, tenant_id)\nreturn 1",
    "helper answers for one that raises": "if not softly(user, tenant_id):\n    raise HTTPException(403)",
    "answer kept in a name": "ok = same(tenant_id, user['tenant'])\nif not ok:\n    raise HTTPException(403)",
    "method of the claims": "if not Guest(user).may_enter(tenant_id):\n    raise HTTPException(403)",
    "any": "if not any(t == tenant_id for t in user['tenants']):\n    raise HTTPException(403)",
    "administrators too": "if user['role'] != 'root' and user['tenant'] != tenant_id:\n    raise HTTPException(403)",
    "response": "if tenant_id != user['tenant']:\n    return JSONResponse({}, status_code=403)",
    "chosen response": "return JSONResponse({}, status_code=403) if tenant_id != user['tenant'] else 1",
    "assert": "assert tenant_id == user['tenant']",
    "query by the credential": "return db.query(Document).filter(Document.tenant_id == user['tenant']).all()",
    "keyword": "return db.query(Document).filter_by(tenant_id=user['tenant']).all()",
    "loaded object": "found = db.get(Document, 1)\nif found.tenant_id != user['tenant']:\n    raise HTTPException(404)",
    "left out": "return [d for d in db.all() if d.tenant_id == user['tenant']]",
    "skipped": "for d in db.all():\n    if d.tenant_id != user['tenant']:\n        continue\n    yield d",
    "membership looked up": """
        member = db.query(Membership).filter(Membership.who == user["sub"], Membership.tenant_id == tenant_id).first()
        if member is None:
            raise HTTPException(403)
        """,
    "membership selected": """
        found = db.execute(select(Membership).where(Membership.who == user["sub"], Membership.tenant_id == tenant_id))
        if found.scalar_one_or_none() is None:
            raise HTTPException(403)
        """,
    "membership counted": """
        rows = db.query(Membership).filter(Membership.who == user["sub"], Membership.tenant_id == tenant_id)
        if rows.count() == 0:
            raise HTTPException(403)
        """,
    "an authoriser": "if not request.app.rules.enforce(user['sub'], tenant_id):\n    raise HTTPException(403)",
    "the user's row, looked up by the credential": """
        owner = db.query(Membership).filter(Membership.who == user["sub"]).first()
        if owner.tenant_id != tenant_id:
            raise HTTPException(403)
        """,
    "asked for only where the path has one": """
        if "tenant_id" in request.path_params and request.path_params["tenant_id"] != user["tenant"]:
            raise HTTPException(403)
        """,
    "passed on": """
        try:
            insist(user, tenant_id)
        except NotAllowed:
            raise HTTPException(403)
        return 1
        """,
}
LOOKALIKES = {
    "nothing": "return 1",
    "wrong way round": "if tenant_id == user['tenant']:\n    raise HTTPException(403)\nreturn db.all()",
    "wrong way round, silently": "if tenant_id == user['tenant']:\n    return\ndb.delete(tenant_id)",
    "only logged": "if tenant_id != user['tenant']:\n    logging.warning('other')\nreturn 1",
    "answer dropped": "same(tenant_id, user['tenant'])\nreturn 1",
    "swallowed in the helper": "quiet(user, tenant_id)\nreturn 1",
    "swallowed here": "with contextlib.suppress(NotAllowed):\n    insist(user, tenant_id)\nreturn 1",
    "swallowed by try": "try:\n    insist(user, tenant_id)\nexcept NotAllowed:\n    pass\nreturn 1",
    "a method that compares nothing": "if not Guest(user).greets(tenant_id):\n    raise HTTPException(403)",
    "the credential with itself": "if user['tenant'] != user.get('tenant'):\n    raise HTTPException(403)",
    "a setting": "if settings.TENANT_ID != user['tenant']:\n    raise HTTPException(403)",
    "a switch": "if settings.STRICT and tenant_id != user['tenant']:\n    raise HTTPException(403)",
    "another header": "if tenant_id != request.headers['x-tenant']:\n    raise HTTPException(403)",
    "a row by another key": """
        owner = db.query(Membership).filter(Membership.who == request.query_params["who"]).first()
        if owner.tenant_id != tenant_id:
            raise HTTPException(403)
        """,
    "dead": "if False:\n    insist(user, tenant_id)\nreturn 1",
    "after the return": "return db.all()\ninsist(user, tenant_id)",
    "query by the request": "return db.query(Document).filter(Document.tenant_id == tenant_id).all()",
    "a cache": "found = db.get(f\"{user['sub']}:{tenant_id}\")\nif not found:\n    raise HTTPException(404)\nreturn 1",
    "a role": "if user['role'] != 'admin':\n    raise HTTPException(403)\nreturn tenant_id",
    "an error of the server": "if tenant_id != user['tenant']:\n    raise HTTPException(500)",
}


@pytest.mark.parametrize("body", REFUSING.values(), ids=REFUSING)
def test_refuses_other_tenants(tmp_path: Path, body: str) -> None:
    assert refuses(tmp_path, body)


@pytest.mark.parametrize("body", LOOKALIKES.values(), ids=LOOKALIKES)
def test_lookalikes_refuse_nobody(tmp_path: Path, body: str) -> None:
    assert not refuses(tmp_path, body)


CREDENTIALS = {
    "jwt.decode(token, 'key', algorithms=['RS256'])": True,
    "jwt.decode(token, options={'verify_signature': False})": False,
    "json.loads(base64.b64decode(token.split('.')[1]))": False,
    "{'tenant': token}": False,
    "Sessions().find(token)": False,
    "checked(token)": True,
    "kept(token)": True,
}


@pytest.mark.parametrize(("expression", "expected"), CREDENTIALS.items(), ids=CREDENTIALS)
def test_what_counts_as_verified(tmp_path: Path, expression: str, expected: bool) -> None:
    text = f"""
        import base64, json, jwt
        from fastapi import Depends, FastAPI, HTTPException
        app = FastAPI()

        class Sessions:
            def find(self, token):
                return {{"tenant": token}}

        def checked(token):
            return {{"tenant": jwt.decode(token, "key")["tenant"]}}

        def kept(token, store=None):
            row = store.load(token)
            if row is None:
                raise HTTPException(401)
            return row

        @app.get("/{{tenant_id}}")
        def view(tenant_id: str, token: str):
            who = {expression}
            if who["tenant"] != tenant_id:
                raise HTTPException(403)
        """
    (tmp_path / "main.py").write_text(textwrap.dedent(text))
    assert (Repo(tmp_path).tenants.endpoints[0].check is not None) is expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("Caller(claims['sub'], claims['tenant'])", True),
        ("Caller(user=claims['sub'], tenant=request.headers['x-tenant'])", False),
        ("Caller(claims['sub'], request.headers['x-tenant'])", False),
        ("Caller(claims['sub'], request.query_params.get('tenant'))", False),
        ("Caller(claims['sub'], mine)", False),
        ("Caller(claims['sub'], members[claims['sub']])", True),
        ("db.query(Caller).filter(Caller.user == claims['sub']).one()", True),
        ("db.scalars(select(Caller).where(Caller.user == claims['sub'])).one()", True),
        ("db.scalars(select(Caller).where(Caller.user == mine)).one()", False),
    ],
)
def test_fields_of_a_caller_that_the_client_sent_are_not_verified(tmp_path: Path, record: str, expected: bool) -> None:
    text = f"""
        import jwt
        from dataclasses import dataclass
        from fastapi import Depends, FastAPI, Header, HTTPException, Request
        from sqlalchemy import select
        from store import db, members
        app = FastAPI()

        @dataclass
        class Caller:
            user: str
            tenant: str

        def caller_of(request: Request, mine: str = Header()) -> Caller:
            claims = jwt.decode(request.headers["authorization"], "key")
            return {record}

        @app.get("/{{tenant_id}}")
        def view(tenant_id: str, caller: Caller = Depends(caller_of)):
            if caller.tenant != tenant_id:
                raise HTTPException(403)
        """
    (tmp_path / "main.py").write_text(textwrap.dedent(text))
    assert (Repo(tmp_path).tenants.endpoints[0].check is not None) is expected


@pytest.mark.parametrize(
    ("kept", "read", "expected"),
    [
        ("request.state.user = jwt.decode(token, 'key')", "request.state.user", True),
        ("request.state.user = {'tenant': request.headers['x-tenant']}", "request.state.user", False),
        ("request.state.other = jwt.decode(token, 'key')", "request.state.user", False),
    ],
)
def test_what_a_middleware_leaves_in_the_request(tmp_path: Path, kept: str, read: str, expected: bool) -> None:
    text = f"""
        import jwt
        from fastapi import FastAPI, HTTPException, Request
        app = FastAPI()

        @app.middleware("http")
        async def login(request: Request, call_next):
            token = request.headers["authorization"]
            {kept}
            return await call_next(request)

        @app.get("/{{tenant_id}}")
        def view(tenant_id: str, request: Request):
            if {read}["tenant"] != tenant_id:
                raise HTTPException(403)
        """
    (tmp_path / "main.py").write_text(textwrap.dedent(text))
    assert (Repo(tmp_path).tenants.endpoints[0].check is not None) is expected
