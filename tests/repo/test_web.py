"""Applications, routers, handlers, middleware and dependencies, as several frameworks write them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.web import Handler
from pytest_readiness.settings import settings_of

Build = Callable[..., Repo]


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def write(files: dict[str, str], **settings: object) -> Repo:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return Repo(tmp_path, settings_of(settings))

    return write


def handler(repo: Repo, name: str) -> Handler:
    found = [h for h in repo.web.live_handlers if h.function.name == name]
    assert len(found) == 1
    return found[0]


def test_paths_hold_the_prefixes_of_all_routers(build: Build) -> None:
    repo = build(
        {
            "main.py": """
                from fastapi import FastAPI
                from api import api
                app = FastAPI()
                app.include_router(api, prefix="/v1")
                """,
            "api.py": """
                from fastapi import APIRouter
                import items
                api = APIRouter(prefix="/api")
                api.include_router(items.router)
                """,
            "items.py": """
                from fastapi import APIRouter
                router = APIRouter(prefix="/items")
                @router.post("/{item_id}")
                def save(item_id: str): ...
                """,
        }
    )
    found = handler(repo, "save")
    assert repo.web.paths(found) == ["/v1/api/items/{item_id}"]
    assert found.name == "POST /v1/api/items/{item_id} (save)"


@pytest.mark.parametrize(
    "main",
    [
        "from fastapi import FastAPI\napp = FastAPI()\ndef view(): ...\napp.add_api_route('/x', view)",
        "from starlette.applications import Starlette\nfrom starlette.routing import Route\ndef view(request): ...\n"
        "app = Starlette(routes=[Route('/x', view)])",
        "from flask import Flask\napp = Flask(__name__)\n@app.route('/x', methods=['GET'])\ndef view(): ...",
        "from flask import Flask, Blueprint\nbp = Blueprint('b', __name__)\n@bp.get('/x')\ndef view(): ...\n"
        "def create_app():\n    app = Flask(__name__)\n    app.register_blueprint(bp)\n    return app",
        "from flask import Flask\napp = Flask(__name__)\ndef view(): ...\napp.add_url_rule('/x', 'v', view)",
        "from aiohttp import web\nroutes = web.RouteTableDef()\n@routes.get('/x')\nasync def view(request): ...\n"
        "app = web.Application()\napp.add_routes(routes)",
        "from fastapi import FastAPI\nclass Service:\n    def __init__(self):\n        self.app = FastAPI()\n"
        "        @self.app.get('/x')\n        def view(): ...\nif __name__ == '__main__':\n    Service()",
    ],
    ids=["add_api_route", "starlette", "flask", "blueprint", "url-rule", "aiohttp", "app-in-an-object"],
)  # fmt: skip
def test_handlers_of_frameworks(build: Build, main: str) -> None:
    assert handler(build({"main.py": main}), "view").routes[0].path == "/x"


def test_a_handler_on_a_router_that_no_app_includes_is_not_live(build: Build) -> None:
    repo = build(
        {
            "main.py": "from fastapi import FastAPI\nimport old\napp = FastAPI()\n# app.include_router(old.router)",
            "old.py": "from fastapi import APIRouter\nrouter = APIRouter()\n@router.get('/x')\ndef view(): ...",
        }
    )
    assert [h.function.name for h in repo.web.handlers] == ["view"]
    assert repo.web.live_handlers == ()


def test_websockets_are_handlers(build: Build) -> None:
    repo = build(
        {"main.py": "from fastapi import FastAPI\napp = FastAPI()\n@app.websocket('/ws')\nasync def live(ws): ..."}
    )
    assert handler(repo, "live").routes[0].is_websocket


def test_inputs_say_where_each_parameter_comes_from(build: Build) -> None:
    repo = build(
        {
            "main.py": """
                from typing import Annotated
                from fastapi import Depends, FastAPI, Header, Query
                from pydantic import BaseModel
                app = FastAPI()
                class Order(BaseModel):
                    tenant_id: str
                def user(token: str): ...
                User = Annotated[dict, Depends(user)]
                @app.post("/x")
                def save(order: Order, who: User, x_tag: str = Header(alias="X-Tag"), page=Query(1), q=Query(...)):
                    ...
                """,
        }
    )
    found = {i.name: i for i in repo.web.inputs(handler(repo, "save").function)}
    assert {n: i.source for n, i in found.items()} == {
        "order": "body", "who": "depends", "x_tag": "header", "page": "query", "q": "query",
    }  # fmt: skip
    assert [m.name for m in found["order"].models] == ["Order"]
    assert found["x_tag"].alias == "X-Tag"
    assert [n for n, i in found.items() if i.default is not None] == ["page"]
    dependency = found["who"].dependency
    assert dependency is not None
    assert [f.name for f in dependency.functions] == ["user"]


def test_dependencies_of_dependencies_are_found(build: Build) -> None:
    repo = build(
        {
            "main.py": """
                from fastapi import Depends, FastAPI
                app = FastAPI()
                class Token:
                    def __call__(self, request): ...
                def claims(token=Depends(Token())): ...
                def user(given=Depends(claims)): ...
                @app.get("/x", dependencies=[Depends(claims)])
                def view(who=Depends(user)): ...
                """,
        }
    )
    found = repo.web.dependencies(handler(repo, "view").function)
    assert {f.name for d in found for f in d.functions} == {"user", "claims", "__call__"}


MIDDLEWARE = "class Guard:\n    def __init__(self, app): ...\n    async def __call__(self, scope, receive, send): ...\n"


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        ("app.add_middleware(Guard)", ["__call__"]),
        ("for each in [Guard]:\n    app.add_middleware(each)", ["__call__"]),
        ("app = Guard(app)", ["__call__"]),
        ("def setup(application):\n    application.add_middleware(Guard)\nsetup(app)", ["__call__"]),
        ("@app.middleware('http')\nasync def check(request, call_next): ...", ["check"]),
        ("async def check(request, call_next): ...\napp.middleware('http')(check)", ["check"]),
        ("# app.add_middleware(Guard)", []),
        ("other = Guard(app)", []),
        ("def setup(application):\n    application.add_middleware(Guard)", []),
        ("if False:\n    app.add_middleware(Guard)", []),
    ],
)
def test_middleware_counts_where_it_is_registered(build: Build, main: str, expected: list[str]) -> None:
    text = "from fastapi import FastAPI\nfrom guard import Guard\napp = FastAPI()\n" + main
    repo = build({"main.py": text, "guard.py": MIDDLEWARE})
    app = repo.web.api_app
    assert app is not None
    assert [f.name for r in repo.web.guards_of(app) for f in r.functions] == expected


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        ("app = Guard(FastAPI())", ["__call__"]),
        ("def build():\n    inner = FastAPI()\n    return Guard(inner)\napp = build()", ["__call__"]),
        ("from proxies import ProxyMiddleware\napp = ProxyMiddleware(Guard(FastAPI()))", ["__call__"]),
        ("app = FastAPI()\ndef build():\n    return Guard(app)", []),
        ("def note(app): return 1\napp = FastAPI()\nkept = note(app)", []),
    ],
)
def test_an_application_inside_a_middleware(build: Build, main: str, expected: list[str]) -> None:
    text = "from fastapi import FastAPI\nfrom guard import Guard\n" + main
    repo = build({"main.py": text, "guard.py": MIDDLEWARE})
    app = repo.web.api_app
    assert app is not None
    assert [f.name for r in repo.web.guards_of(app) for f in r.functions] == expected


def test_constructor_arguments_register_too(build: Build) -> None:
    text = """
        from fastapi import Depends, FastAPI
        from starlette.middleware import Middleware
        from guard import Guard
        def check(): ...
        app = FastAPI(middleware=[Middleware(Guard)], dependencies=[Depends(check)])
        """
    repo = build({"main.py": text, "guard.py": MIDDLEWARE})
    assert repo.web.api_app is not None
    found = repo.web.guards_of(repo.web.api_app)
    assert {f.name for r in found for f in r.functions} == {"check", "__call__"}


ROUTER = "from fastapi import APIRouter\nrouter = APIRouter()\n"
SMALL = "from fastapi import FastAPI\napp = FastAPI()\n"


def test_the_api_app_is_the_configured_one(build: Build) -> None:
    big = SMALL + "import routes\napp.include_router(routes.router)\n"
    files = {"big.py": big, "small.py": SMALL, "routes.py": ROUTER}
    app = build(files, paths={"api_app": "small.py"}).web.api_app
    assert app is not None
    assert app.path == "small.py"


def test_without_that_file_it_is_the_app_with_most_routers(build: Build) -> None:
    big = SMALL + "import routes\napp.include_router(routes.router)\n"
    app = build({"big.py": big, "a.py": SMALL, "routes.py": ROUTER}).web.api_app
    assert app is not None
    assert app.path == "big.py"


def test_an_app_made_elsewhere_is_followed_to_where_it_is_made(build: Build) -> None:
    factory = "from fastapi import FastAPI\ndef create_app():\n    app = FastAPI()\n    return app\n"
    app = build(
        {"backend/main.py": "from factory import create_app\napp = create_app()\n", "backend/factory.py": factory}
    )
    assert app.web.api_app is not None
    assert app.web.api_app.path == "backend/factory.py"


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        ("fastapi.HTTPException(403)", 403),
        ("fastapi.HTTPException(status_code=fastapi.status.HTTP_401_UNAUTHORIZED)", 401),
        ("fastapi.HTTPException(status_code=http.HTTPStatus.NOT_FOUND)", 404),
        ("Denied()", 403),
        ("Mapped()", 404),
        ("werkzeug.exceptions.Forbidden()", 403),
        ("PermissionError()", None),
        ("ValueError('403')", None),
    ],
)
def test_statuses_of_exceptions(build: Build, raised: str, status: int | None) -> None:
    repo = build(
        {
            "main.py": f"""
                import http
                import fastapi
                import werkzeug.exceptions
                app = fastapi.FastAPI()
                class Denied(fastapi.HTTPException):
                    def __init__(self):
                        super().__init__(status_code=403, detail="no")
                class Mapped(Exception): ...
                @app.exception_handler(Mapped)
                def answer(request, error):
                    return fastapi.responses.JSONResponse({{}}, status_code=404)
                def view():
                    raise {raised}
                """,
        }
    )
    module = repo.modules["main.py"]
    call = next(c for f in module.functions if f.name == "view" for c in f.calls)
    assert repo.denials.of_value(module, call) == status
