"""The team over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

router = APIRouter(prefix="/moten")


@router.post("/dagordning")
async def agenda(request: Request, topics: Annotated[list[str], Body(embed=True)]) -> dict[str, object]:
    """The topics of a meeting in a good order."""
    return await request.app.state.teams["moten"]["samordnare"].plan(topics)


@router.post("/lost")
async def open_points(request: Request, minutes: Annotated[str, Body(embed=True)]) -> dict[str, object]:
    """What a meeting left open."""
    return await request.app.state.teams["moten"]["granskare"].open_points(minutes)
