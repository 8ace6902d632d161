"""Health: routes, what they look at, what they answer when that is away, who may ask, and what dashboards show."""

# ruff: noqa: E501 - code that is quoted stands on one line

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.health.clients import Look, look_of
from pytest_readiness.repo.health.shown import is_signal
from pytest_readiness.settings import Settings

Build = Callable[..., Repo]
APP = "from fastapi import FastAPI, Request, Response, HTTPException\n\napp = FastAPI()\n"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def write(files: dict[str, str], **settings: object) -> Repo:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return Repo(tmp_path, Settings.model_validate(settings))

    return write


# Routes


@pytest.mark.parametrize(
    ("path", "reports", "answers"),
    [
        ("/health", True, True),
        ("/healthz", True, True),
        ("/api/v1/health/db", True, True),
        ("/service-health", True, False),
        ("/unified_health/agents", True, False),
        ("/health-check", True, True),
        ("/readyz", True, True),
        ("/live", True, True),
        ("/ping", False, True),
        ("/health/{component}", True, False),
    ],
)
def test_a_segment_of_the_path_makes_a_health_route(build: Build, path: str, reports: bool, answers: bool) -> None:
    (route,) = build({"main.py": f'{APP}\n@app.get("{path}")\ndef handler():\n    return {{}}\n'}).health.routes
    assert (route.reports_health, route.answers_balancers) == (reports, answers)


@pytest.mark.parametrize("path", ["/healthcare", "/delivery", "/status", "/", "/already", "/health.txt"])
def test_other_paths_do_not(build: Build, path: str) -> None:
    assert build({"main.py": f'{APP}\n@app.get("{path}")\ndef handler():\n    return {{}}\n'}).health.routes == ()


def test_the_prefix_of_the_router_counts_and_that_of_an_include_elsewhere_does_not(build: Build) -> None:
    repo = build(
        {
            "a.py": "from fastapi import APIRouter\n\nrouter = APIRouter(prefix='/health')\n\n"
            "@router.get('/all')\ndef everything():\n    return {}\n",
            "b.py": "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n@router.get('/all')\ndef other():\n    return {}\n",
            "main.py": APP
            + "import a, b\napp.include_router(a.router)\napp.include_router(b.router, prefix='/health')\n",
        }
    )
    assert {r.function.name: r.reports_health for r in repo.health.routes} == {"everything": True, "other": False}
    assert [r.function.name for r in repo.health.verdicts] == ["everything"]


# Looks


@pytest.mark.parametrize(
    ("origin", "look"),
    [
        ("redis.asyncio.from_url.ping", Look.CLIENT),
        ("redis.asyncio.from_url", None),
        ("boto3.client", None),
        ("boto3.client.head_bucket", Look.CLIENT),
        ("sqlalchemy.create_engine.connect", Look.CLIENT),
        ("sqlalchemy.text", None),
        ("requests.get", Look.CLIENT),
        ("httpx.AsyncClient", None),
        ("google.cloud.storage.Client.get_bucket", Look.CLIENT),
        ("psutil.cpu_percent", Look.READING),
        ("psutil.Process.is_running", Look.TASK),
        ("asyncio.Task.done", Look.TASK),
        ("subprocess.Popen.poll", Look.TASK),
        ("logging.getLogger.info", None),
        ("asyncio.sleep", None),
        ("os.path.exists", None),
        ("numpy.random.rand", None),
    ],
)
def test_what_is_a_live_look(origin: str, look: Look | None) -> None:
    assert look_of(origin) is look


# What is answered

REDIS = "import redis\n\nclient = redis.from_url('redis://cache')\n"


def holds(repo: Repo) -> bool:
    (verdict,) = repo.health.verdicts.values()
    return verdict.holds


@pytest.mark.parametrize(
    "handler",
    [
        "def health():\n    client.ping()\n    return {'status': 'ok'}\n",
        "def health():\n    try:\n        client.ping()\n    except redis.RedisError:\n"
        "        raise HTTPException(status_code=503)\n    return {'status': 'ok'}\n",
        "def health(response: Response):\n    try:\n        client.ping()\n    except Exception:\n"
        "        response.status_code = 503\n        return {'status': 'ko'}\n    return {'status': 'ok'}\n",
        "def health():\n    up = True\n    try:\n        client.ping()\n    except OSError:\n        up = False\n"
        "    return {'healthy': up}\n",
        "def look(name):\n    try:\n        return {'name': name, 'status': 'up' if client.ping() else 'down'}\n"
        "    except Exception:\n        return {'name': name, 'status': 'down'}\n\n@app.get('/health')\ndef health():\n"
        "    return [look(n) for n in ('cache',)]\n",
        "def health(request: Request):\n    try:\n        request.app.state.cache.ping()\n    except Exception:\n"
        "        return {'status': 'degraded'}\n    return {'status': 'healthy'}\n\napp.state.cache = client\n",
    ],
)
def test_answers_that_follow_the_look(build: Build, handler: str) -> None:
    if not handler.startswith("def look"):
        handler = "@app.get('/health')\n" + handler
    assert holds(build({"main.py": APP + REDIS + handler}))


@pytest.mark.parametrize(
    "handler",
    [
        "def health():\n    return {'status': 'ok'}\n",
        "def health():\n    return {'status': 'ok' if client else 'down'}\n",
        "def health():\n    try:\n        client.ping()\n    except Exception:\n        pass\n    return {'status': 'ok'}\n",
        "def health():\n    client\n    return {'status': 'ok'}\n",
        "def health():\n    lambda: client.ping()\n    return {'status': 'ok'}\n",
        "async def health():\n    asks()\n    return {'status': 'ok'}\n\nasync def asks():\n    client.ping()\n",
        "def health():\n    if False:\n        client.ping()\n    return {'status': 'ok'}\n",
        "def health():\n    try:\n        client.ping()\n        cache = 'up'\n    except Exception:\n        cache = 'down'\n"
        "    return {'status': 'ok', 'cache': cache}\n",
    ],
)
def test_answers_that_do_not(build: Build, handler: str) -> None:
    assert not holds(build({"main.py": APP + REDIS + "@app.get('/health')\n" + handler}))


def test_a_client_that_start_up_makes_is_there(build: Build) -> None:
    text = """
    import asyncpg
    from fastapi import FastAPI, HTTPException

    app = FastAPI()
    pool = None

    @app.on_event("startup")
    async def start():
        global pool
        pool = await asyncpg.create_pool("postgres://db")

    @app.get("/health")
    async def health():
        if pool is None:
            raise HTTPException(503)
        try:
            await pool.fetchval("SELECT 1")
        except Exception:
            raise HTTPException(503)
        return {"status": "healthy"}
    """
    assert holds(build({"main.py": text}))


def test_the_state_of_a_breaker_is_a_look(build: Build) -> None:
    breaker = """
    import time

    class Fuse:
        def __init__(self):
            self.state = "closed"
            self.failures = 0
            self.opened_at = 0.0

        def call(self, operation):
            if self.state == "open":
                if time.time() - self.opened_at < 30:
                    raise RuntimeError
                self.state = "half-open"
            result = operation()
            self.state = "closed"
            return result
    """
    told = "from fuse import Fuse\n\nfuse = Fuse()\n\n@app.get('/health')\ndef health():\n" + (
        "    return {'status': 'degraded' if fuse.state == 'open' else 'ok'}\n"
    )
    assert holds(build({"fuse.py": breaker, "main.py": APP + told}))


# Who may ask


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("@app.get('/health')\ndef h():\n    return {}\n", True),
        ("@app.get('/health')\n@login_required\ndef h():\n    return {}\n", False),
        ("@app.get('/health')\ndef h(authorization: str = Header(...)):\n    return {}\n", False),
        ("@app.get('/health')\ndef h(authorization: str | None = Header(None)):\n    return {}\n", True),
        ("@app.get('/health')\ndef h(user=Depends(OAuth2PasswordBearer(tokenUrl='t'))):\n    return {}\n", False),
        ("@app.get('/health')\ndef h(page: int = 1):\n    return {}\n", True),
        ("def build():\n    @app.get('/health')\n    def h():\n        return {}\n\nbuild()\n", True),
        ("def build():\n    @app.get('/health')\n    def h():\n        return {}\n", False),
        ("app.add_api_route('/health', login_required)\n", True),
        ("if False:\n    @app.get('/health')\n    def h():\n        return {}\n", False),
    ],
)
def test_a_balancer_must_be_able_to_ask(build: Build, text: str, answers: bool) -> None:
    head = "from fastapi import Depends, FastAPI, Header\nfrom fastapi.security import OAuth2PasswordBearer\n"
    (application,) = build(
        {"main.py": head + "from lib import login_required\n\napp = FastAPI()\n" + text}
    ).health.applications
    assert application.answers is answers


def test_a_mounted_application_is_none_of_its_own(build: Build) -> None:
    files = {"sub.py": APP, "main.py": APP + "import sub\napp.mount('/sub', sub.app)\n"}
    assert [a.module.path for a in build(files).health.applications] == ["main.py"]


# Signals


@pytest.mark.parametrize(
    "name",
    ["up", "service_up", "probe_success", "circuit_breaker_state", "breaker_open", "HealthyHostCount", "app_health_status",
     "UnHealthyHostCount", "StatusCheckFailed_Instance", "availability_ratio"],
)  # fmt: skip
def test_names_of_health_signals(name: str) -> None:
    assert is_signal(name)


@pytest.mark.parametrize(
    "name", ["http_requests_total", "uploads_total", "group_size", "supported", "cost", "Invocations"]
)
def test_names_of_other_metrics(name: str) -> None:
    assert not is_signal(name)
