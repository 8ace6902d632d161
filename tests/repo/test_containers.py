"""Dockerfiles and the commands of containers."""

from __future__ import annotations

import pytest

from pytest_readiness.repo.build_context import BuildContext
from pytest_readiness.repo.command_lines import Target, split, targets
from pytest_readiness.repo.containers import dockerfile, is_dockerfile
from pytest_readiness.repo.image_files import ImageReader

TEXT = """\
# syntax=docker/dockerfile:1
ARG HOME_DIR=/srv
FROM python:3.12 AS build
WORKDIR /build
COPY --chown=1:1 src/ ./src/
RUN <<EOF
FROM nothing
CMD nothing
EOF
RUN apt-get update && \\
    # a comment between
    apt-get install -y x

FROM python:3.12-slim
WORKDIR $HOME_DIR
COPY --from=build /build/src ./app
COPY main.py requirements.txt ./
CMD ["python", "main.py"]
"""


def test_instructions() -> None:
    file = dockerfile("Dockerfile", TEXT)
    assert [i.name for i in file.head] == ["ARG"]
    assert [(s.base, s.name, s.line) for s in file.stages] == [
        ("python:3.12", "build", 3),
        ("python:3.12-slim", "", 14),
    ]
    build, last = file.stages
    assert [(i.name, i.line) for i in build.instructions] == [("WORKDIR", 4), ("COPY", 5), ("RUN", 6), ("RUN", 10)]
    assert build.instructions[1].flags == {"chown": "1:1"}
    assert build.instructions[2].heredoc == "FROM nothing\nCMD nothing"
    assert build.instructions[3].value == "apt-get update && apt-get install -y x"
    command = last.last("CMD")
    assert command is not None
    assert (command.words, command.is_json, command.line) == (["python", "main.py"], True, 18)
    assert file.stage("build") is build
    assert file.stage() is last


def test_escape_directive() -> None:
    file = dockerfile("Dockerfile", "# escape=`\nFROM a\nRUN x `\n  y\n")
    assert [i.value for i in file.stages[0].instructions] == ["x y"]


def test_where_files_come_from() -> None:
    file = dockerfile("svc/Dockerfile", TEXT)
    stage = file.stage()
    assert stage is not None
    context = BuildContext("svc", {"svc/src/x/y.py", "svc/main.py", "svc/requirements.txt"})
    files = ImageReader(file, context).files(stage)
    assert files.workdir == "/srv"
    assert next(files.candidates("main.py")) == "svc/main.py"
    assert next(files.candidates("app/x/y.py")) == "svc/src/x/y.py"
    assert list(files.candidates("/elsewhere/y.py")) == []


def test_inherited_from_the_stage_below() -> None:
    file = dockerfile("Dockerfile", 'FROM a AS base\nCMD ["x"]\nFROM base\nUSER 1\n')
    command = file.inherited(file.stages[1], "CMD")
    assert command is not None
    assert command.words == ["x"]


def test_stages_that_copy_from_each_other() -> None:
    file = dockerfile("Dockerfile", "FROM a AS x\nCOPY --from=y a b\nFROM b AS y\nCOPY --from=x a b\n")
    for stage in file.stages:
        ImageReader(file, BuildContext("", ())).files(stage)


@pytest.mark.parametrize(
    ("command", "target"),
    [
        ("python main.py", Target(file="main.py")),
        ("python -u -X dev app/main.py --port 1", Target(file="app/main.py")),
        ("/opt/venv/bin/python3.12 -m app.server", Target(module="app.server")),
        ("uvicorn app.main:app --host 0.0.0.0", Target(module="app.main", attribute="app")),
        ("gunicorn -w 4 -k uvicorn.workers.UvicornWorker main:app", Target(module="main", attribute="app")),
        ("gunicorn 'shop:create_app()'", Target(module="shop", attribute="create_app")),
        ("python -m uvicorn api:app", Target(module="api", attribute="app")),
        ("fastapi run app/main.py", Target(file="app/main.py")),
        ("celery -A shop.tasks worker", Target(module="shop.tasks")),
        ("poetry run python -m shop", Target(module="shop")),
        ("sh -c 'alembic upgrade head && exec uvicorn shop.api:app'", Target(module="shop.api", attribute="app")),
        ("PORT=1 exec ./start.sh", Target(file="./start.sh")),
        ("tini -- python worker.py", Target(file="worker.py")),
        ("opentelemetry-instrument hypercorn shop.asgi:app", Target(module="shop.asgi", attribute="app")),
    ],
)
def test_what_a_command_starts(command: str, target: Target) -> None:
    assert list(targets(split(command))) == [target]


@pytest.mark.parametrize(
    "command", ["nginx -g 'daemon off;'", "python -c 'import x'", "sleep 5", "", "sh -c", "python"]
)
def test_what_starts_no_code_of_ours(command: str) -> None:
    assert list(targets(split(command))) == []


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Dockerfile", True),
        ("a/Dockerfile.prod", True),
        ("api.Dockerfile", True),
        ("Containerfile", True),
        ("Dockerfile.md", False),
        (".dockerignore", False),
        ("dockerfile_parser.py", False),
    ],
)
def test_names_of_dockerfiles(path: str, expected: bool) -> None:
    assert is_dockerfile(path) is expected


@pytest.mark.parametrize(
    "text", ["", "\\", "FROM", "RUN <<EOF\nx", "FROM a\nCMD [", "\0", "FROM a\n" + "RUN x \\\n" * 50_000]
)
def test_odd_dockerfiles(text: str) -> None:
    file = dockerfile("Dockerfile", text)
    for stage in file.stages:
        ImageReader(file, BuildContext("", ())).files(stage)
