"""No company reaches another's protocols."""

import jwt
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from fyren.data.protokoll import Protocols
from fyren.data.tabeller import Base
from fyren.webb import identitet

KEY = "en hemlighet som bara finns i proven"


@pytest.fixture
def session() -> Session:
    """An empty database."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    return Session(engine)


@pytest.fixture
def client(monkeypatch) -> TestClient:
    """The service; its lifespan, which calls the cloud, does not run."""
    from fyren.webb.server import app

    monkeypatch.setattr(identitet, "read_secret", lambda name: KEY)
    return TestClient(app)


def test_a_company_sees_its_own_protocols_only(session) -> None:
    Protocols(session, "nord").add("anna", "Vi går ihop")
    assert [protocol.text for protocol in Protocols(session, "nord").all()] == ["Vi går ihop"]
    assert Protocols(session, "syd").all() == []


def test_the_service_refuses_another_company(client) -> None:
    token = jwt.encode({"sub": "anna", "tenant_id": "syd"}, KEY, algorithm="HS256")
    answer = client.get("/companies/nord/protocols", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
