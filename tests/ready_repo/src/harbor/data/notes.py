"""Reading and writing notes, always inside one tenant."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from harbor.data.models import Note


def notes_of(session: Session, tenant_id: str) -> list[Note]:
    """All notes of the tenant."""
    return list(session.scalars(select(Note).where(Note.tenant_id == tenant_id)))


def add_note(session: Session, tenant_id: str, owner_id: str, minutes: str) -> Note:
    """A new note of the tenant."""
    note = Note(tenant_id=tenant_id, owner_id=owner_id, minutes=minutes, created_at=datetime.now(UTC))
    session.add(note)
    return note
