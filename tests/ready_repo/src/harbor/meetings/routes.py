"""The meetings team over HTTP."""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from harbor.web.measured import asks

router = APIRouter(prefix="/tenants/{tenant_id}/meetings")


class Meeting(BaseModel):
    """What a meeting is about."""

    topics: list[str]


@router.post("/agenda", dependencies=[Depends(asks("meetings.coordinator"))])
async def agenda(meeting: Meeting, request: Request) -> dict[str, object]:
    """The topics in the order to take them."""
    return await request.app.state.meetings["coordinator"].plan(meeting.topics)
