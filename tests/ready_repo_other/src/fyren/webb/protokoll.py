"""Protocols over HTTP."""

import logging
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request
from sqlalchemy.orm import Session

from fyren.data.databas import open_session
from fyren.data.protokoll import Protocols
from fyren.plattform.fasad import platform
from fyren.webb.identitet import own_company

log = logging.getLogger(__name__)
companies = APIRouter(prefix="/companies/{tenant_id}", dependencies=[Depends(own_company)])
me = APIRouter(prefix="/me")
Db = Annotated[Session, Depends(open_session)]


@companies.get("/protocols")
def read(tenant_id: str, db: Db) -> list[str]:
    """All protocols."""
    return [protocol.text for protocol in Protocols(db, tenant_id).all()]


@companies.post("/protocols")
async def write(
    tenant_id: str, request: Request, db: Db, text: Annotated[str, Body(embed=True)]
) -> dict[str, object]:
    """Keeps a protocol; answers with the promises in it."""
    added = Protocols(db, tenant_id).add(request.state.identity.person_id, text)
    log.info("protocol %s written", added.id)
    return await request.app.state.teams["moten"]["genomforare"].promises(text)


@me.get("/export")
def export(request: Request, db: Db) -> dict[str, object]:
    """A copy of everything about the caller."""
    identity = request.state.identity
    kept = Protocols(db, identity.tenant_id)
    texts = [{"text": p.text, "created": p.created.isoformat()} for p in kept.of_person(identity.person_id)]
    return {"email": kept.person(identity.person_id).email, "protocols": texts}


@me.delete("", status_code=204)
def forget(request: Request, db: Db) -> None:
    """Erases everything about the caller."""
    identity = request.state.identity
    Protocols(db, identity.tenant_id).forget(identity.person_id)
    platform().cache.forget("answer:")
