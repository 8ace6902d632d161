"""The meetings team over HTTP."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

router = APIRouter(prefix="/tenants/{tenant_id}/meetings")


class Meeting(BaseModel):
    """What a meeting is about."""

    topics: list[str]


@router.post("/agenda")
async def agenda(meeting: Meeting, request: Request) -> dict[str, object]:
    """The topics in the order to take them."""
    return await request.app.state.meetings["coordinator"].plan(meeting.topics)
