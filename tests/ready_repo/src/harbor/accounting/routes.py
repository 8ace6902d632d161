"""The accounting team over HTTP."""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from harbor.web.measured import asks

router = APIRouter(prefix="/tenants/{tenant_id}/accounting")


class Work(BaseModel):
    """What a bookkeeper has to do."""

    tasks: list[str]


@router.post("/plan", dependencies=[Depends(asks("accounting.coordinator"))])
async def plan(work: Work, request: Request) -> dict[str, object]:
    """The tasks in the order to do them."""
    return await request.app.state.accounting["coordinator"].plan(work.tasks)
