"""The HTTP service."""

import os

from fastapi import Depends, FastAPI

from harbor.accounting import routes as accounting_routes
from harbor.accounting import team as accounting
from harbor.investing import routes as investing_routes
from harbor.investing import team as investing
from harbor.masking import set_up_logging
from harbor.meetings import routes as meetings_routes
from harbor.meetings import team as meetings
from harbor.web import me, notes
from harbor.web.tenancy import same_tenant


def create_app() -> FastAPI:
    """The service with its three teams."""
    set_up_logging(os.environ.get("LOG_LEVEL") or "INFO")
    service = FastAPI(title="Harbor", dependencies=[Depends(same_tenant)])
    service.state.meetings = meetings.build()
    service.state.accounting = accounting.build()
    service.state.investing = investing.build()
    for team in (meetings_routes, accounting_routes, investing_routes):
        service.include_router(team.router)
    service.include_router(notes.router)
    service.include_router(me.router)
    return service


app = create_app()
