"""The team over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

router = APIRouter(prefix="/bokforing")


@router.post("/kontera")
async def book(request: Request, receipts: Annotated[list[str], Body(embed=True)]) -> dict[str, object]:
    """A booking for every receipt."""
    return await request.app.state.teams["bokforing"]["genomforare"].book(receipts)


@router.post("/granska")
async def check(request: Request, rows: Annotated[dict[str, int], Body(embed=True)]) -> dict[str, object]:
    """The rows that do not balance."""
    return await request.app.state.teams["bokforing"]["granskare"].check(rows)
