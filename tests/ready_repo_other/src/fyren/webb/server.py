"""The web service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from prometheus_client import make_asgi_app

from fyren.agenter.bokforing import lag as bokforing
from fyren.agenter.bokforing import rutter as bokforing_rutter
from fyren.agenter.ekonomi import lag as ekonomi
from fyren.agenter.ekonomi import rutter as ekonomi_rutter
from fyren.agenter.moten import lag as moten
from fyren.agenter.moten import rutter as moten_rutter
from fyren.loggning import configure
from fyren.plattform.fasad import platform
from fyren.settings import settings
from fyren.webb import halsa, protokoll
from fyren.webb.identitet import IdentityMiddleware
from fyren.webb.matning import MeasuringMiddleware


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Logging first, then the teams."""
    configure(settings.log_level)
    app.state.platform = platform()
    app.state.teams = {"moten": moten.make(), "bokforing": bokforing.make(), "ekonomi": ekonomi.make()}
    yield


app = FastAPI(title="Fyren", lifespan=lifespan)
app.add_middleware(IdentityMiddleware)
app.add_middleware(MeasuringMiddleware)
app.mount("/metrics", make_asgi_app())
app.include_router(halsa.router)
app.include_router(protokoll.companies)
app.include_router(protokoll.me)
app.include_router(moten_rutter.router)
app.include_router(bokforing_rutter.router)
app.include_router(ekonomi_rutter.router)
