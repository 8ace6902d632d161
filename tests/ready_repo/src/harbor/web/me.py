"""A person's own data."""

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session

from harbor.data.database import session
from harbor.data.subject import erase_subject, export_subject
from harbor.llm.cache import answers
from harbor.web.auth import Caller, current_caller

router = APIRouter(prefix="/me")


@router.get("/export")
def export_me(db: Session = Depends(session), caller: Caller = Depends(current_caller)) -> dict[str, object]:
    """A machine-readable copy of everything about the caller."""
    return export_subject(db, caller.tenant_id, caller.user_id)


@router.delete("", status_code=204)
def erase_me(db: Session = Depends(session), caller: Caller = Depends(current_caller)) -> None:
    """Erases everything about the caller."""
    erase_subject(db, caller.tenant_id, caller.user_id)
    answers.forget(caller.tenant_id)
