"""The team over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

router = APIRouter(prefix="/ekonomi")


@router.post("/manad")
async def plan(request: Request, bills: Annotated[dict[str, int], Body(embed=True)]) -> dict[str, object]:
    """The bills of a month in the order to pay them."""
    return await request.app.state.teams["ekonomi"]["samordnare"].plan(bills)


@router.post("/betalningar")
async def payments(request: Request, entries: Annotated[list[str], Body(embed=True)]) -> dict[str, object]:
    """The payments sorted by kind."""
    return await request.app.state.teams["ekonomi"]["bank"].payments(entries)
