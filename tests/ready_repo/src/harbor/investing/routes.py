"""The investing team over HTTP."""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from harbor.web.measured import asks

router = APIRouter(prefix="/tenants/{tenant_id}/investing")


class Customer(BaseModel):
    """What a customer wishes."""

    wishes: list[str]


@router.post("/steps", dependencies=[Depends(asks("investing.coordinator"))])
async def steps(customer: Customer, request: Request) -> dict[str, object]:
    """The steps that meet the wishes, in order."""
    return await request.app.state.investing["coordinator"].plan(customer.wishes)
