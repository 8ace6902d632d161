"""The accounting team over HTTP."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

router = APIRouter(prefix="/tenants/{tenant_id}/accounting")


class Work(BaseModel):
    """What a bookkeeper has to do."""

    tasks: list[str]


@router.post("/plan")
async def plan(work: Work, request: Request) -> dict[str, object]:
    """The tasks in the order to do them."""
    return await request.app.state.accounting["coordinator"].plan(work.tasks)
