"""Reachability: what a start of the system can reach, and what only looks so."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.modules import Function

Build = Callable[[dict[str, str]], Repo]
APP = "from fastapi import FastAPI\napp = FastAPI()\n"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def write(files: dict[str, str]) -> Repo:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text))
        return Repo(tmp_path)

    return write


def function(repo: Repo, path: str, name: str) -> Function:
    found = [f for f in repo.modules[path].functions if name in (f.name, f.qualname)]
    assert len(found) == 1
    return found[0]


def live(repo: Repo, path: str, name: str) -> bool:
    return repo.live.is_live(function(repo, path, name))


@pytest.mark.parametrize(
    "body",
    [
        "import lib\nlib.target()",
        "from lib import target as t\nt()",
        "from lib import target\ncallbacks = [target]",
        "from lib import target\n@app.on_event('startup')\ndef start():\n    target()",
        "from lib import target\n@target\ndef other(): pass",
        "from fastapi import Depends\nfrom lib import target\n@app.get('/')\ndef index(x=Depends(target)): pass",
        "from typing import Annotated\nfrom fastapi import Depends\nfrom lib import target\n"
        "@app.get('/')\ndef index(x: Annotated[int, Depends(target)]): pass",
        "import importlib\nimportlib.import_module('starter')",
    ],
)
def test_what_live_code_calls_or_registers_is_live(build: Build, body: str) -> None:
    repo = build({"main.py": APP + body, "lib.py": "def target(): return 1", "starter.py": "import lib\nlib.target()"})
    assert live(repo, "lib.py", "target")


@pytest.mark.parametrize(
    "body",
    [
        "from lib import target",
        "from lib import target\n# app.middleware('http')(target)",
        "__all__ = ['target']",
        "from lib import target\ndef unused():\n    target()",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import starter",
        "DOCS = 'lib.target'",
        "from lib import target\nif False:\n    target()",
        "from lib import target\n@app.get('/')\ndef index():\n    return 1\n    target()",
    ],
)
def test_naming_alone_makes_nothing_live(build: Build, body: str) -> None:
    repo = build({"main.py": APP + body, "lib.py": "def target(): return 1", "starter.py": "import lib\nlib.target()"})
    assert not live(repo, "lib.py", "target")


def test_calls_of_tests_do_not_count(build: Build) -> None:
    repo = build(
        {
            "main.py": APP,
            "lib.py": "def target(): return 1",
            "tests/test_lib.py": "from lib import target\ntarget()\nif __name__ == '__main__':\n    target()\n",
        }
    )
    assert not live(repo, "lib.py", "target")


@pytest.mark.parametrize(
    "root", ["from flask import Flask\napp = Flask(__name__)\n", "if __name__ == '__main__':\n    pass\n"]
)
def test_apps_and_programs_are_roots(build: Build, root: str) -> None:
    repo = build(
        {"src/pkg/run.py": root + "from pkg.lib import target\ntarget()", "src/pkg/lib.py": "def target(): return 1"}
    )
    assert live(repo, "src/pkg/lib.py", "target")
    assert repo.live.live_module(repo.modules["src/pkg/lib.py"])


def test_a_module_that_nothing_starts_is_dead(build: Build) -> None:
    repo = build({"run.py": "from lib import target\ntarget()", "lib.py": "def target(): return 1"})
    assert not live(repo, "lib.py", "target")
    assert not repo.live.live_module(repo.modules["lib.py"])


def test_console_scripts_are_roots(build: Build) -> None:
    project = "[project]\nname = 'x'\nversion = '1'\n[project.scripts]\nserve = 'pkg.cli:serve'\n"
    repo = build({"pyproject.toml": project, "src/pkg/__init__.py": "", "src/pkg/cli.py": "def serve(): return 1"})
    assert live(repo, "src/pkg/cli.py", "serve")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Dockerfile", 'FROM python:3.12\nCOPY . .\nCMD ["python", "scripts/serve.py"]\n'),
        ("compose.yaml", "services:\n  api:\n    image: x\n    command: python scripts/serve.py\n"),
    ],
)
def test_what_infrastructure_starts_is_a_root(build: Build, path: str, text: str) -> None:
    repo = build(
        {path: text, "scripts/serve.py": "import lib\nlib.go()\n", "lib.py": "def go(): pass\ndef rest(): pass"}
    )
    assert live(repo, "lib.py", "go")
    assert not live(repo, "lib.py", "rest")


def test_a_test_is_no_root_whatever_starts_it(build: Build) -> None:
    docker = 'FROM python:3.12\nCOPY . .\nCMD ["python", "tests/test_lib.py"]\n'
    repo = build({"Dockerfile": docker, "tests/test_lib.py": "import lib\nlib.go()\n", "lib.py": "def go(): pass"})
    assert not live(repo, "lib.py", "go")


def test_a_factory_that_returns_the_app_is_a_root(build: Build) -> None:
    made = "def make():\n    app = FastAPI()\n    help()\n    return app\ndef help(): return 1\ndef unused(): return 1"
    repo = build({"main.py": "from fastapi import FastAPI\n" + made})
    assert live(repo, "main.py", "help")
    assert not live(repo, "main.py", "unused")


ROUTES = """
    from fastapi import APIRouter
    router = APIRouter()
    @router.get("/items")
    def items(): return helper()
    def helper(): return 1
"""


@pytest.mark.parametrize(
    ("including", "expected"),
    [
        ("from routes import router\napp.include_router(router, prefix='/x')", True),
        ("import routes\nfor r in [routes.router]:\n    app.include_router(r)", True),
        ("import routes\nfor p, r in (('/a', routes.router),):\n    app.include_router(r, prefix=p)", True),
        ("from routes import router\ndef setup(a):\n    a.include_router(router)\nsetup(app)", True),
        ("from routes import router\nfrom fastapi import APIRouter\napi = APIRouter()\napi.include_router(router)\n"
         "app.include_router(api)", True),
        ("try:\n    from routes import router\n    app.include_router(router)\nexcept ImportError:\n    pass", True),
        ("from routes import router", False),
        ("from routes import router\n# app.include_router(router)", False),
        ("from routes import router\ndef setup(a):\n    a.include_router(router)", False),
        ("import fastapi\nfrom routes import router\napi = fastapi.APIRouter()\napi.include_router(router)", False),
    ],
)  # fmt: skip
def test_handlers_follow_their_router(build: Build, including: str, expected: bool) -> None:
    repo = build({"main.py": APP + including, "routes.py": ROUTES})
    assert live(repo, "routes.py", "items") is expected
    assert live(repo, "routes.py", "helper") is expected


GUARD = """
    class Guard:
        def __init__(self, app): self.app = app
        async def dispatch(self, request, call_next): return self.check(request)
        def check(self, request): return True
        def spare(self): return 1
"""


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("app.add_middleware(Guard)", True),
        ("guard = Guard(app)", True),
        ("guards = {'tenant': Guard}", True),
        ("def make():\n    return Guard(app)\nmake()", True),
        ("", False),
        ("def make():\n    return Guard(app)", False),
        ("def is_guard(x): return isinstance(x, Guard)\nis_guard(1)", False),
        ("def use(x: Guard): pass\nuse(1)", False),
    ],
)
def test_methods_follow_their_class(build: Build, use: str, expected: bool) -> None:
    repo = build({"main.py": APP + "from guard import Guard\n" + use, "guard.py": GUARD})
    assert live(repo, "guard.py", "dispatch") is expected
    assert live(repo, "guard.py", "check") is expected
    assert not live(repo, "guard.py", "spare")


def test_inherited_methods_and_overrides_are_live(build: Build) -> None:
    lib = "class Base:\n    def go(self): return self.step()\n    def step(self): pass\n" \
          "class Sub(Base):\n    def step(self): return 1\n"  # fmt: skip
    repo = build({"main.py": APP + "from lib import Sub\nSub().go()", "lib.py": lib})
    assert live(repo, "lib.py", "Base.go")
    assert live(repo, "lib.py", "Sub.step")


def test_factory_classmethods_build_their_class(build: Build) -> None:
    lib = "class A:\n    @classmethod\n    def make(cls): return cls()\n    def go(self): return 1\n"
    repo = build({"main.py": APP + "from lib import A\nA.make().go()", "lib.py": lib})
    assert live(repo, "lib.py", "go")


def test_registering_decorators_of_the_repository(build: Build) -> None:
    registry = "KNOWN = {}\ndef register(f):\n    KNOWN[f.__name__] = f\n    return f\n" \
               "def plain(f):\n    return f\n"  # fmt: skip
    jobs = "from registry import register, plain\n@register\ndef kept(): return 1\n@plain\ndef lost(): return 1\n"
    repo = build({"main.py": APP + "import jobs", "registry.py": registry, "jobs.py": jobs})
    assert live(repo, "jobs.py", "kept")
    assert not live(repo, "jobs.py", "lost")


def test_tasks_of_a_queue_are_live_where_their_module_runs(build: Build) -> None:
    tasks = "from celery import Celery, shared_task\nqueue = Celery()\n@queue.task\ndef one(): pass\n" \
            "@shared_task\ndef two(): pass\n"  # fmt: skip
    repo = build({"main.py": APP + "import tasks", "tasks.py": tasks, "other.py": tasks})
    assert live(repo, "tasks.py", "one")
    assert live(repo, "tasks.py", "two")
    assert not live(repo, "other.py", "one")


def test_why_names_the_place_that_reaches_it(build: Build) -> None:
    repo = build({"main.py": APP + "from lib import target\n\n\ntarget()", "lib.py": "def target(): return 1"})
    site = repo.live.why(function(repo, "lib.py", "target"))
    assert site is not None
    assert (site.path, site.line) == ("main.py", 6)


def test_cycles_and_broken_files_are_survived(build: Build) -> None:
    repo = build(
        {
            "main.py": APP + "import a\nimport broken\nimport missing.part\nfrom . import nothing\na.go()\n",
            "a.py": "import b\nclass A(b.B): pass\ndef go(): return b.go()",
            "b.py": "import a\nclass B(a.A): pass\ndef go(): return a.go()",
            "broken.py": "def (:",
        }
    )
    assert live(repo, "b.py", "go")
