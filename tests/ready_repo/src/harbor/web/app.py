"""The HTTP service."""

import os

from fastapi import Depends, FastAPI
from prometheus_client import make_asgi_app

from harbor.accounting import routes as accounting_routes
from harbor.accounting import team as accounting
from harbor.investing import routes as investing_routes
from harbor.investing import team as investing
from harbor.masking import set_up_logging
from harbor.meetings import routes as meetings_routes
from harbor.meetings import team as meetings
from harbor.platform.facade import Platform
from harbor.web import me, notes
from harbor.web.health import health
from harbor.web.measured import measure
from harbor.web.tenancy import remember_tenant, same_tenant
from harbor.web.tracing import name_request


def create_app() -> FastAPI:
    """The service with its three teams."""
    set_up_logging(os.environ.get("LOG_LEVEL") or "INFO")
    service = FastAPI(title="Harbor", dependencies=[Depends(same_tenant)])
    service.middleware("http")(name_request)
    service.middleware("http")(measure)
    service.mount("/metrics", make_asgi_app())
    service.add_route("/health", health)
    service.state.meetings = meetings.build()
    service.state.accounting = accounting.build()
    service.state.investing = investing.build()
    service.state.platform = Platform()
    for team in (meetings_routes, accounting_routes, investing_routes):
        service.include_router(team.router, dependencies=[Depends(remember_tenant)])
    service.include_router(notes.router, dependencies=[Depends(remember_tenant)])
    service.include_router(me.router)
    return service


app = create_app()
