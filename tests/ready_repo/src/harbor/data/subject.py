"""What the law lets a person ask for: a copy of the data about them, and its erasure."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from harbor.data.models import Note, User


def export_subject(session: Session, tenant_id: str, user_id: str) -> dict[str, object]:
    """Everything that is kept about the person."""
    user = session.scalars(select(User).where(User.id == user_id)).one()
    notes = session.scalars(select(Note).where(Note.tenant_id == tenant_id, Note.owner_id == user_id))
    return {"email": user.email, "notes": [{"created": n.created_at.isoformat(), "minutes": n.minutes} for n in notes]}


def erase_subject(session: Session, tenant_id: str, user_id: str) -> None:
    """Deletes the person's notes, then the person."""
    session.execute(delete(Note).where(Note.tenant_id == tenant_id, Note.owner_id == user_id))
    session.execute(delete(User).where(User.id == user_id))
