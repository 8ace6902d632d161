"""The notes of a company."""

import logging

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from harbor.data.database import session
from harbor.data.notes import add_note, notes_of
from harbor.web.auth import Caller, current_caller
from harbor.web.measured import asks

log = logging.getLogger(__name__)
router = APIRouter(prefix="/tenants/{tenant_id}/notes")


class NewNote(BaseModel):
    """What a person writes down."""

    minutes: str


@router.get("")
def list_notes(tenant_id: str, db: Session = Depends(session)) -> list[str]:
    """The minutes of every meeting."""
    return [note.minutes for note in notes_of(db, tenant_id)]


@router.post("", dependencies=[Depends(asks("meetings.implementation"))])
async def create_note(
    tenant_id: str,
    note: NewNote,
    request: Request,
    db: Session = Depends(session),
    caller: Caller = Depends(current_caller),
) -> dict[str, object]:
    """Keeps the note and answers with what was promised in it."""
    added = add_note(db, tenant_id, caller.user_id, note.minutes)
    log.info("note %s added", added.id)
    return await request.app.state.meetings["implementation"].promises(note.minutes)
