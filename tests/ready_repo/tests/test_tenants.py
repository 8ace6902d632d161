"""Nobody reaches another company's notes: not in the database, not over HTTP."""

import jwt
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from harbor.data.models import Base
from harbor.data.notes import add_note, notes_of


@pytest.fixture
def session() -> Session:
    """An empty database."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    return Session(engine)


@pytest.fixture
def client(runtime, openai) -> TestClient:
    """The service, as its clients see it."""
    from harbor.web.app import create_app

    return TestClient(create_app())


def token(tenant: str) -> dict[str, str]:
    """Headers of a person of that company."""
    signed = jwt.encode({"sub": "anna", "tenant": tenant}, "a secret that signs tokens in tests", algorithm="HS256")
    return {"Authorization": f"Bearer {signed}"}


def test_the_database_keeps_companies_apart(session) -> None:
    add_note(session, tenant_id="nord", owner_id="anna", minutes="We merge")
    assert [note.minutes for note in notes_of(session, tenant_id="nord")] == ["We merge"]
    assert notes_of(session, tenant_id="syd") == []


def test_the_service_refuses_another_company(client) -> None:
    answer = client.get("/tenants/nord/notes", headers=token("syd"))
    assert answer.status_code == 403
