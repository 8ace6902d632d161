"""Small repositories that prove the checks of health: probes, routes, endpoints and dashboards."""

import json

from pytest_readiness.authoring import Example

from .platform_examples import SETTINGS, platform

# Probes behind the facade's platform

PROBES = """
import os

import boto3
import redis

HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"


def check_cache():
    try:
        redis.from_url(os.environ["REDIS_URL"]).ping()
    except redis.ConnectionError:
        return "unhealthy"
    return "healthy"


def check_storage():
    try:
        boto3.client("s3").head_bucket(Bucket=os.environ["BUCKET"])
    except Exception as error:
        return "degraded" if "SlowDown" in str(error) else "unhealthy"
    return "healthy"


CHECKS = {"cache": check_cache, "storage": check_storage}
"""
HEALTH_APP = """
from fastapi import FastAPI, Response

from app.probes import check_cache, check_storage

app = FastAPI()


@app.get("/healthz")
def healthz(response: Response):
    services = {"cache": check_cache(), "storage": check_storage()}
    if "unhealthy" in services.values():
        response.status_code = 503
    return services
"""
HEALTH_METHOD = """
    def health(self):
        found = {}
        for service, implementation in self._cloud.items():
            try:
                implementation.ping()
                found[service] = "healthy"
            except Exception:
                found[service] = "degraded" if service in self._local else "unhealthy"
        return found
"""
PINGS = {
    "        return self.client.get(key)\n": "\n    def ping(self):\n        self.client.ping()\n",
    '["Body"].read()\n': "\n    def ping(self):\n        self.client.head_bucket(Bucket=self.bucket)\n",
}


def probing(probes: str = PROBES, app: str = HEALTH_APP, **others: str) -> dict[str, str]:
    """The platform with probes in a module of their own."""
    return platform(app__main=app, app__probes=probes, **others)


def pinging() -> dict[str, str]:
    """The platform whose facade pings every implementation that it holds."""
    files = platform()
    cloud = files["app/cloud.py"]
    for after, method in PINGS.items():
        cloud = cloud.replace(after, after + method)
    return files | {"app/cloud.py": cloud, "app/facade.py": files["app/facade.py"] + HEALTH_METHOD}


def swapped(old: str, new: str, text: str = PROBES) -> str:
    """The text with one thing in it replaced."""
    assert old in text
    return text.replace(old, new)


def probed(files: dict[str, str], why: str = "", score: float | None = None) -> Example:
    """An example with the settings of the platform."""
    return Example(files=files, why=why, score=score, settings=SETTINGS)


REGISTRY_APP = """
from fastapi import FastAPI, HTTPException

from app.probes import CHECKS

app = FastAPI()


@app.get("/health")
def health():
    found = {name: check() for name, check in CHECKS.items()}
    if "unhealthy" in found.values():
        raise HTTPException(503, detail=found)
    return found
"""
NO_FACADE = {
    "app/main.py": HEALTH_APP,
    "app/probes.py": PROBES,
    "app/adapters.py": """
        import os
        import boto3
        import redis

        class CacheClient:
            def __init__(self):
                self.client = redis.from_url(os.environ["REDIS_URL"])

        class ObjectStorage:
            def __init__(self):
                self.client = boto3.client("s3")

        cache, storage = CacheClient(), ObjectStorage()
        """,
}
REDIS_PING = 'redis.from_url(os.environ["REDIS_URL"]).ping()'
TRIED = f"""    try:
        {REDIS_PING}
    except redis.ConnectionError:
        return "unhealthy"
"""
LATER = {
    'lambda: RedisCache(os.environ["REDIS_URL"])': 'partial(RedisCache, os.environ["REDIS_URL"])',
    "import os\n": "import os\nfrom functools import partial\n",
}
"""The cache constructed later."""


def later() -> dict[str, str]:
    """The platform that hands the class of its cache over."""
    files = probing()
    for old, new in LATER.items():
        files["app/facade.py"] = swapped(old, new, files["app/facade.py"])
    return files


PROBED = [
    probed(probing()),
    probed(later(), why="a class that is handed over to be constructed later"),
    probed(pinging(), why="the facade's health method pings every registered implementation"),
    probed(probing(app=REGISTRY_APP), why="probes in a registry"),
    probed(NO_FACADE, why="without a facade: classes named after the services"),
]
UNPROBED = [
    probed(platform(), why="no probe", score=0),
    probed(probing(app="from fastapi import FastAPI\n\napp = FastAPI()\n"), why="probes that nothing reaches", score=0),
    probed(probing(PROBES + "\nfrom app.gone import anything\n"), why="probes that cannot be imported", score=0),
    probed(probing(swapped(TRIED, f"    {REDIS_PING}\n")), why="a failing probe has no status", score=50),
]
CONSTANT = swapped(TRIED, TRIED.replace('"unhealthy"', '"healthy"'))
OTHER_SDK = swapped('client("s3").head_bucket(Bucket=os.environ["BUCKET"])', 'client("sts").get_caller_identity()')


def instead(expression: str, package: str = "os") -> dict[str, str]:
    """The platform whose probe of the cache does something else."""
    return probing(f"import {package}\n" + swapped(REDIS_PING, expression))


UNPROBED_DECOYS = [
    probed(instead("time.sleep(0.01)", "time"), why="a sleep in place of I/O", score=50),
    probed(instead('os.environ["REDIS_URL"]'), why="the presence of a setting", score=50),
    probed(instead("psutil.cpu_percent()", "psutil"), why="the host's CPU mapped to the service", score=50),
    probed(instead("psycopg.connect('').execute('')", "psycopg"), why="a different database product", score=50),
    probed(probing(OTHER_SDK), why="another service of the same SDK", score=50),
    probed(probing(CONSTANT), why="a constant status whatever the I/O came to", score=50),
]

# Routes

DB = """
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

engine = create_async_engine("postgresql+asyncpg://db/app")
"""
APP = "from fastapi import FastAPI, HTTPException\n\napp = FastAPI()\n"


def route(body: str, path: str = "/health", head: str = "") -> dict[str, str]:
    """An application with one health route."""
    indented = "\n".join(f"    {line}" if line else "" for line in body.strip().splitlines())
    return {"main.py": f'{head}{APP}\n\n@app.get("{path}")\nasync def health():\n{indented}\n'}


CONNECTS = """
try:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
except Exception:
    raise HTTPException(503, "no database")
return {"status": "healthy"}
"""
CHECKER = """
import asyncio
from dataclasses import dataclass
from enum import Enum

import httpx
import redis.asyncio as redis


class Status(str, Enum):
    UP = "up"
    DOWN = "down"


@dataclass
class Component:
    name: str
    status: Status


class Checker:
    def __init__(self, search_url: str = "https://search.example.com"):
        self.search_url = search_url
        self.cache = None

    async def start(self):
        self.cache = redis.from_url("redis://cache")

    async def check_cache(self):
        try:
            await self.cache.ping()
            return Component("cache", Status.UP)
        except Exception:
            return Component("cache", Status.DOWN)

    async def check_search(self):
        async with httpx.AsyncClient(timeout=2) as client:
            try:
                answer = await client.get(self.search_url)
                answer.raise_for_status()
            except httpx.HTTPError:
                return Component("search", Status.DOWN)
        return Component("search", Status.UP)

    async def all(self):
        return await asyncio.gather(self.check_cache(), self.check_search())


checker = Checker()
"""
CHECKED = """
from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse

from checker import Status, checker

router = APIRouter(prefix="/internal")


@router.get("/health/components")
async def components():
    found = await checker.all()
    worst = Status.DOWN if any(c.status is Status.DOWN for c in found) else Status.UP
    return JSONResponse(
        {"status": worst.value, "components": {c.name: c.status.value for c in found}},
        status_code=200 if worst is Status.UP else 503,
    )


app = FastAPI()
app.include_router(router)
"""
FLASK = """
import psycopg
from flask import Flask, jsonify

app = Flask(__name__)


@app.route("/readyz")
def ready():
    try:
        with psycopg.connect("dbname=app") as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        return jsonify(status="unavailable", reason=str(error)), 503
    return jsonify(status="ok")
"""
SESSION = """
from fastapi import Depends, FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session, sessionmaker

maker = sessionmaker(create_engine("postgresql://db/app"))
app = FastAPI()


def session():
    with maker() as opened:
        yield opened


@app.get("/health")
def health(db: Session = Depends(session)):
    try:
        db.execute(text("SELECT 1"))
        return {"status": "healthy"}
    except Exception:
        return {"status": "unhealthy"}
"""
TASK = """
import asyncio

from fastapi import FastAPI

app = FastAPI()
worker = None


async def consume():
    while True:
        await asyncio.sleep(1)


@app.on_event("startup")
async def start():
    global worker
    worker = asyncio.create_task(consume())


@app.get("/health")
async def health():
    if worker is None or worker.done():
        return {"status": "degraded"}
    return {"status": "healthy"}
"""
DISK = """
import psutil
from fastapi import FastAPI

app = FastAPI()


@app.get("/health")
def health():
    used = psutil.disk_usage("/").percent
    return {"status": "degraded" if used > 90 else "healthy", "disk": used}
"""
ACCURATE = [
    Example(route(CONNECTS, head=DB)),
    Example({"checker.py": CHECKER, "main.py": CHECKED}, why="a checker object, gather, enumerations"),
    Example({"main.py": FLASK}, why="Flask, a tuple of body and status"),
    Example({"main.py": SESSION}, why="a session from a dependency"),
    Example({"main.py": TASK}, why="the state of a running task"),
    Example({"main.py": DISK}, why="a psutil reading"),
    Example(route('return {"status": "ok"}', "/livez"), why="a liveness route may be constant"),
]
BLIND = [
    Example({"main.py": APP}, why="no health route at all", score=0),
    Example(route('return {"status": "healthy"}'), why="a constant", score=0),
    Example(route('return {"status": "healthy", "cpu": 12.5}  # mock figures for now'), why="mock figures", score=0),
    Example(
        {"app/__init__.py": "", "main.py": "import app.gone\n" + route(CONNECTS, head=DB)["main.py"]},
        why="a module that cannot be imported",
        score=0,
    ),
]
SETTINGS_ONLY = """
import os

ok = bool(os.getenv("DATABASE_URL")) and bool(os.getenv("REDIS_URL"))
return {"status": "healthy" if ok else "unhealthy"}
"""
OBJECTS_ONLY = """
return {"status": "ok" if engine is not None else "down"}
"""
SWALLOWED = """
try:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
except Exception:
    pass
return {"status": "healthy"}
"""
ONE_CONSTANT = """
try:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
    database = "up"
except Exception:
    database = "down"
return {"status": "ok", "database": database}
"""
SIMULATED = """
import asyncio
import random

await asyncio.sleep(0.05)
return {"status": "healthy" if random.random() < 0.99 else "degraded"}
"""
BLIND_DECOYS = [
    Example(route(SETTINGS_ONLY), why="a status from the presence of environment variables", score=0),
    Example(route(OBJECTS_ONLY, head=DB), why="a status from the presence of an object", score=0),
    Example(route(SIMULATED), why="a simulated probe", score=0),
    Example(route(SWALLOWED, head=DB), why="a probe whose failure changes nothing", score=0),
    Example(route(ONE_CONSTANT, head=DB), why="a live part beside a constant good word", score=0),
    Example(
        route('return {"status": "ok"}', "/healthcare/patients")
        | {"ready.py": route(CONNECTS, "/readyz", head=DB)["main.py"]},
        why="a path that only begins like one is no health route",
        score=100,
    ),
]

# Endpoints

HEALTH_ROUTER = """
from fastapi import APIRouter

router = APIRouter()


@router.get("/health")
def health():
    return {"status": "ok"}
"""
INCLUDES = """
from fastapi import FastAPI

from health import router

app = FastAPI()
app.include_router(router, prefix="/internal")
"""
FACTORY = """
from fastapi import FastAPI

from health import router


def create_app():
    app = FastAPI()
    app.include_router(router)
    return app
"""
KEY = """
from fastapi import Depends, FastAPI, Header, HTTPException


def api_key(x_api_key: str = Header(...)):
    if x_api_key != "expected":
        raise HTTPException(401)


app = FastAPI({options})


@app.get("/health"{dependencies})
def health():
    return {{"status": "ok"}}
"""
MIDDLEWARE = """
from fastapi import FastAPI
from fastapi.responses import JSONResponse

app = FastAPI()
OPEN_PATHS = {"/docs"{exempt}}


@app.middleware("http")
async def authenticate(request, call_next):
    if request.url.path not in OPEN_PATHS and "authorization" not in request.headers:
        return JSONResponse({"detail": "who are you"}, status_code=401)
    return await call_next(request)


@app.get("/health")
def health():
    return {"status": "ok"}
"""
STARLETTE = """
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route


async def ping(request):
    return JSONResponse({})


app = Starlette(routes=[Route("/ping", ping)])
"""
AIOHTTP = """
from aiohttp import web


async def ready(request):
    return web.json_response({})


app = web.Application()
app.router.add_get("/ready", ready)
"""
DJANGO = """
from django.http import JsonResponse
from django.urls import path


def healthz(request):
    return JsonResponse({})


urlpatterns = [path("healthz/", healthz)]
"""
LITESTAR = """
from litestar import Litestar, get


@get("/health")
async def health() -> dict[str, str]:
    return {}


app = Litestar(route_handlers=[health])
"""
UNMOUNTED = INCLUDES.replace("app.include_router", "# app.include_router")
ANSWERING = [
    Example({"main.py": INCLUDES, "health.py": HEALTH_ROUTER}),
    Example({"src/shop/main.py": FACTORY, "src/health.py": HEALTH_ROUTER}, why="a factory, in a src layout"),
    Example({"main.py": STARLETTE}, why="Starlette's list of routes"),
    Example({"main.py": AIOHTTP}, why="aiohttp"),
    Example({"urls.py": DJANGO}, why="Django's urlpatterns"),
    Example({"main.py": LITESTAR}, why="Litestar's handlers"),
    Example({"main.py": FLASK}, why="Flask"),
]
SILENT = [
    Example({"main.py": APP}, why="no such route", score=0),
    Example({"main.py": UNMOUNTED, "health.py": HEALTH_ROUTER}, why="a router that nothing includes", score=0),
    Example({"main.py": "from gone import nothing\n" + INCLUDES, "health.py": HEALTH_ROUTER, "gone.py": ""},
            why="an application that cannot be imported", score=0),
    Example({"main.py": KEY.format(options="", dependencies=", dependencies=[Depends(api_key)]")},
            why="a health route behind an API key", score=0),
    Example({"main.py": KEY.format(options="dependencies=[Depends(api_key)]", dependencies="")},
            why="an application that asks for an API key", score=0),
    Example({"main.py": MIDDLEWARE.replace("{exempt}", "")}, why="a middleware that asks for a credential", score=0),
    Example({"main.py": INCLUDES, "health.py": HEALTH_ROUTER, "admin.py": APP}, why="one of two", score=50),
]  # fmt: skip
SILENT_DECOYS = [
    Example(
        {"main.py": APP + '\n# @app.get("/health")\n# def health():\n#     return {}\n'}, why="commented out", score=0
    ),
    Example(
        {"main.py": APP + '\n@app.post("/health")\ndef health():\n    return {}\n'}, why="not a GET route", score=0
    ),
    Example(
        {"main.py": APP + '\n@app.get("/{part}/status")\ndef status(part):\n    return {}\n'},
        why="no literal health path",
        score=0,
    ),
    Example(
        {"main.py": INCLUDES.replace("app.include", "def later():\n    app.include"), "health.py": HEALTH_ROUTER},
        why="an include in a function that nothing calls",
        score=0,
    ),
    Example(
        {"main.py": MIDDLEWARE.replace("{exempt}", ', "/health"')}, why="a middleware that lets it through", score=100
    ),
]

# Dashboards

COUNTED = """
from fastapi import FastAPI
from prometheus_client import Gauge, make_asgi_app

SERVICE_UP = Gauge("service_up", "1 while the service answers", ["service"])
app = FastAPI()
app.mount("/metrics", make_asgi_app())


@app.get("/healthz")
def healthz():
    SERVICE_UP.labels(service="cache").set(1)
    return {}
"""


def board(*queries: str, title: str = "Services", kind: str = "timeseries") -> str:
    """A Grafana dashboard with one panel for each query."""
    panels = [{"title": q or "Note", "type": kind, "targets": [{"expr": q}] if q else []} for q in queries]
    return json.dumps({"title": title, "schemaVersion": 39, "panels": panels})


CLOUD_BOARD = """
Resources:
  Board:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: >
        {"widgets": [{"type": "metric", "properties": {"title": "Hosts",
        "metrics": [["AWS/ApplicationELB", "HealthyHostCount", "LoadBalancer", "app"]]}}]}
"""
UNCALLED = """
import json

import boto3


def put():
    body = {"widgets": [{"type": "metric", "properties": {"title": "Hosts",
            "metrics": [["AWS/ApplicationELB", "HealthyHostCount", "LoadBalancer", "app"]]}}]}
    boto3.client("cloudwatch").put_dashboard(DashboardName="health", DashboardBody=json.dumps(body))
"""
SHOWN = [
    Example({"grafana/services.json": board("service_up"), "app.py": COUNTED}, why="a metric of our own"),
    Example({"grafana/services.json": board("rate(http_requests_total[5m])", 'up{job="api"}')}, why="Prometheus' up"),
    Example({"infra/board.yaml": CLOUD_BOARD}, why="CloudWatch: the hosts that a load balancer finds healthy"),
]
UNSHOWN = [
    Example({"app.py": COUNTED}, why="there is no dashboard", score=0),
    Example({"grafana/a.json": board("rate(http_requests_total[5m])", "sum(llm_cost_usd)")}, why="traffic and cost"),
    Example({"grafana/services.json": board("service_up")}, why="a metric that nothing emits", score=0),
]
UNSHOWN_DECOYS = [
    Example({"grafana/a.json": board("", kind="text")}, why="text panels"),
    Example({"grafana/health.json": board("http_requests_total", title="Health")}, why="a dashboard named health"),
    Example(
        {"main.py": APP + '\n@app.get("/health/dashboard")\ndef dashboard():\n    return {"up": 1, "panels": []}\n'},
        why="a JSON endpoint called dashboard",
    ),
    Example({"app/board.py": UNCALLED}, why="a put_dashboard call that nothing calls"),
    Example(
        {"grafana/services.json": board("service_up"), "app.py": COUNTED.replace("    SERVICE_UP.labels", "    # S")},
        why="a metric that is declared and never updated",
    ),
]
