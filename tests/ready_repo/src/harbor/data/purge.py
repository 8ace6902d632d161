"""Deletes notes that are older than the retention policy allows; a scheduled task runs it every night."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from harbor.data.database import engine
from harbor.data.models import Note, Tenant

KEPT = timedelta(days=365)


def purge(session: Session, now: datetime) -> None:
    """Old notes of every tenant."""
    for tenant_id in session.scalars(select(Tenant.id)):
        session.execute(delete(Note).where(Note.tenant_id == tenant_id, Note.created_at < now - KEPT))


def main() -> None:
    """One run."""
    with Session(engine) as session, session.begin():
        purge(session, datetime.now(UTC))


if __name__ == "__main__":
    main()
