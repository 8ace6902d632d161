"""Images: what a build can copy, where their files come from, what containers start, what keeps them from it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.build_context import BuildContext
from pytest_readiness.repo.command_lines import Target, shell_words, simple_commands, targets
from pytest_readiness.repo.containers import dockerfile
from pytest_readiness.repo.image_files import ImageReader

PATHS = {
    "api/main.py", "api/requirements.txt", "api/pkg/__init__.py", "api/pkg/views.py", "api/.env",
    "api/node_modules/x.js", "shared/util.py", "README.md",
}  # fmt: skip
APP = "from fastapi import FastAPI\napp = FastAPI()\n"
OPTIONAL_GROUP = '[tool.poetry.group.web]\noptional = true\n[tool.poetry.group.web.dependencies]\nuvicorn = "*"\n'
LOCK = """
[[package]]
name = "mcp-thing"
dependencies = [{name = "uvicorn"}]

[[package]]
name = "uvicorn"
"""
PROGRAM = 'if __name__ == "__main__":\n    print(1)\n'


def repo_of(folder: Path, files: dict[str, str]) -> Repo:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
    return Repo(folder)


def started(repo: Repo) -> list[str]:
    """The repository's files that the containers start, each once."""
    return list(dict.fromkeys(p for c in repo.delivery.containers for p in c.paths))


def defects(repo: Repo) -> list[tuple[int | None, str]]:
    files = repo.delivery.images.dockerfiles.values()
    return [(d.line, d.note) for f in files for d in repo.delivery.defects.of(f)]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (".", ["api"]),
        ("./", ["api"]),
        ("main.py", ["api/main.py"]),
        ("/main.py", ["api/main.py"]),
        ("pkg/", ["api/pkg"]),
        ("*.py", ["api/main.py"]),
        ("pkg/*.py", ["api/pkg/__init__.py", "api/pkg/views.py"]),
        ("requirements*.txt", ["api/requirements.txt"]),
        ("../shared", []),
        ("missing", []),
        ("**/views.py", ["api/pkg/views.py"]),
    ],
)
def test_what_a_source_names(source: str, found: list[str]) -> None:
    assert BuildContext("api", PATHS).matches(source) == found


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        ([], {"api/.env", "api/main.py", "api/node_modules/x.js", "api/pkg/views.py"}),
        (["*.py"], {"api/.env", "api/node_modules/x.js", "api/pkg/views.py"}),
        (["**/*.py"], {"api/.env", "api/node_modules/x.js"}),
        (["node_modules", "# main.py", ""], {"api/.env", "api/main.py", "api/pkg/views.py"}),
        (["*", "!pkg"], {"api/pkg/views.py"}),
        (["pkg", "!pkg/views.py"], {"api/.env", "api/main.py", "api/node_modules/x.js", "api/pkg/views.py"}),
        (["!main.py", "/main.py"], {"api/.env", "api/node_modules/x.js", "api/pkg/views.py"}),
    ],
)
def test_dockerignore(rules: list[str], left: set[str]) -> None:
    asked = {"api/.env", "api/main.py", "api/node_modules/x.js", "api/pkg/views.py"}
    assert set(BuildContext("api", PATHS, rules).files) & asked == left


@given(st.lists(st.text(alphabet="ab/*?![]\\.-", max_size=12), max_size=6), st.text(alphabet="ab/*?[].", max_size=10))
def test_odd_rules_and_sources_do_no_harm(rules: list[str], source: str) -> None:
    context = BuildContext("a", {"a/b", "a/b.a", "a/a/b"}, rules)
    assert set(context.matches(source)) <= {*context.files, *context.folders}


def test_a_dockerignore_of_the_dockerfile_goes_first(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "FROM a:1\nCOPY secret /\n",
        ".dockerignore": "",
        "Dockerfile.dockerignore": "secret\n",
        "secret": "",
    }
    repo = repo_of(tmp_path, files)
    assert "COPY secret: nothing of that name in the repository's root" in [note for _, note in defects(repo)]


@pytest.mark.parametrize(
    ("copy", "path", "found"),
    [
        ("COPY . .", "pkg/views.py", ["api/pkg/views.py"]),
        ("COPY pkg /srv/app/pkg", "app/pkg/views.py", ["api/pkg/views.py"]),
        ("COPY pkg/* ./", "views.py", ["api/pkg/views.py"]),
        ("COPY main.py requirements.txt code/", "code/main.py", ["api/main.py"]),
        ("COPY main.py server.py", "server.py", ["api/main.py"]),
        ("COPY main.py /srv", "main.py", ["api/main.py"]),
        ("COPY --parents pkg/views.py ./", "pkg/views.py", ["api/pkg/views.py"]),
        ("ARG D=code\nCOPY main.py ${D:-x}/", "code/main.py", ["api/main.py"]),
        ("ENV D=/opt\nWORKDIR $D\nCOPY main.py .", "/opt/main.py", ["api/main.py"]),
        ("COPY main.py /tmp/", "main.py", []),
    ],
)
def test_where_a_file_of_an_image_comes_from(copy: str, path: str, found: list[str]) -> None:
    file = dockerfile("api/Dockerfile", f"FROM python:3\nWORKDIR /srv\n{copy}\n")
    stage = file.stage()
    assert stage is not None
    files = ImageReader(file, BuildContext("api", PATHS)).files(stage)
    assert [p for p in files.candidates(path) if p in PATHS] == found


@pytest.mark.parametrize(
    ("text", "path", "found"),
    [
        (
            "FROM a:1 AS b\nWORKDIR /b\nCOPY . .\nFROM a:1\nWORKDIR /srv\nCOPY --from=b /b /srv",
            "/srv/pkg/views.py",
            "api/pkg/views.py",
        ),
        ("FROM a:1 AS b\nCOPY pkg /b/pkg\nFROM a:1\nCOPY --from=0 /b /srv", "/srv/pkg/views.py", "api/pkg/views.py"),
        ("FROM a:1 AS B\nCOPY . /b\nFROM a:1\nCOPY --from=b b/main.py /srv/", "/srv/main.py", "api/main.py"),
        ("FROM a:1 AS b\nONBUILD COPY . /app\nFROM b\nRUN x", "/app/main.py", "api/main.py"),
    ],
)
def test_files_of_other_stages(text: str, path: str, found: str) -> None:
    file = dockerfile("api/Dockerfile", text)
    stage = file.stage()
    assert stage is not None
    assert found in ImageReader(file, BuildContext("api", PATHS)).files(stage).candidates(path)


def test_an_onbuild_of_the_stage_itself_is_not_run() -> None:
    file = dockerfile("api/Dockerfile", "FROM a:1\nONBUILD COPY . /app\n")
    stage = file.stage()
    assert stage is not None
    assert ImageReader(file, BuildContext("api", PATHS)).files(stage).copies == ()


def test_build_arguments_go_before_defaults() -> None:
    file = dockerfile("Dockerfile", "ARG TAG=1\nFROM python:${TAG}\n")
    stage = file.stage()
    assert stage is not None
    assert ImageReader(file, BuildContext("", ()), {"TAG": "2"}).base(stage) == "python:2"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("RUN cat <<<x", ""),
        ("RUN echo $((1<<2))", ""),
        ("RUN <<A cat && <<-B cat\na\nA\n\tb\nB", "a\nb"),
        ("CMD cat <<EOF", ""),
    ],
)
def test_here_documents(line: str, found: str) -> None:
    stage = dockerfile("Dockerfile", f"FROM a:1\n{line}\nUSER 1\n").stages[0]
    assert [i.name for i in stage.instructions][-1] == "USER"
    assert stage.instructions[0].heredoc == found


@given(st.text(max_size=200))
def test_any_text_is_a_dockerfile_of_some_sort(text: str) -> None:
    file = dockerfile("Dockerfile", text)
    reader = ImageReader(file, BuildContext("", PATHS))
    for stage in file.stages:
        assert reader.files(stage).workdir.startswith("/")


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("cd src && python main.py", Target(file="main.py")),
        ("uv run --frozen --no-dev uvicorn a.b:app", Target(module="a.b", attribute="app")),
        ("gosu app python -m a", Target(module="a")),
        ("timeout 5 python -u x.py", Target(file="x.py")),
        ("uvicorn --app-dir src main:app", Target(module="main", attribute="app")),
        ("gunicorn -c conf.py main:app", Target(module="main", attribute="app")),
        ("gunicorn --chdir=src 'main:make()'", Target(module="main", attribute="make")),
        ("bash -c 'set -e; alembic upgrade head&&exec python main.py'", Target(file="main.py")),
        ("arq jobs.Settings", Target(module="jobs", attribute="Settings")),
        ("flask --app shop run", Target(module="shop")),
        ("python -W error -m hypercorn a:b", Target(module="a", attribute="b")),
        ("web) exec python main.py ;;", Target(file="main.py")),
    ],
)
def test_what_longer_commands_start(command: str, found: Target) -> None:
    assert list(targets(shell_words(command))) == [found]


def test_folders_that_a_command_looks_in() -> None:
    (found,) = targets(shell_words("cd a && uvicorn --app-dir src m:app"))
    assert found.folders == ("a", "src")


@given(st.text(max_size=80))
def test_any_text_is_a_command_of_some_sort(text: str) -> None:
    words = shell_words(text)
    assert all(c.words for c in simple_commands(words))
    list(targets(words))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("docker build -t shop/api:1 -f api/Dockerfile .", ("api/Dockerfile", "")),
        ("docker buildx build --platform linux/amd64 --push -t x api", ("api/Dockerfile", "api")),
        ("cd api && docker build .", ("api/Dockerfile", "api")),
        ("sudo podman build --file=api/Dockerfile --build-arg A=1 api/", ("api/Dockerfile", "api")),
    ],
)
def test_builds_of_a_makefile(tmp_path: Path, text: str, line: tuple[str, str]) -> None:
    repo = repo_of(tmp_path, {"api/Dockerfile": "FROM a:1\n", "Makefile": f"image:\n\t@{text}\n"})
    (build,) = repo.infra.builds.declared
    assert (build.dockerfile, build.context) == line
    assert build.place is not None
    assert (build.place.path, build.place.line) == ("Makefile", 2)


@pytest.mark.parametrize(
    "text", ["docker compose build api", "docker build https://x.example/y.git", "docker run x", "make build"]
)
def test_what_builds_nothing_here(tmp_path: Path, text: str) -> None:
    assert repo_of(tmp_path, {"Makefile": f"image:\n\t{text}\n"}).infra.builds.declared == ()


def test_builds_of_pipelines(tmp_path: Path) -> None:
    workflow = """
    jobs:
      image:
        steps:
          - uses: docker/build-push-action@v6
            with: {context: api, file: api/Dockerfile.prod, tags: "ghcr.io/shop/api:1", target: prod}
          - run: |
              docker build -t web web
    """
    files = {
        ".github/workflows/ci.yml": workflow,
        "api/Dockerfile.prod": "FROM a:1 AS prod\n",
        "web/Dockerfile": "FROM a:1\n",
    }
    action, command = repo_of(tmp_path, files).infra.builds.declared
    assert (action.dockerfile, action.context, action.target) == ("api/Dockerfile.prod", "api", "prod")
    assert action.command == "docker build -f api/Dockerfile.prod --target prod api"
    assert (command.dockerfile, command.context, command.tags) == ("web/Dockerfile", "web", ("web",))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("COPY src .\nCMD uvicorn shop.app:app", ["src/shop/app.py"]),
        ("COPY . .\nENV PYTHONPATH=/x:/srv/src\nCMD uvicorn shop.app:app", ["src/shop/app.py"]),
        ("COPY . .\nCMD uvicorn --app-dir src shop.app:app", ["src/shop/app.py"]),
        ("COPY . .\nCMD cd src && python -m shop", ["src/shop/__main__.py"]),
        ("COPY . .\nRUN pip install .\nCMD uvicorn shop.app:app", ["src/shop/app.py"]),
        ("COPY pyproject.toml src ./\nRUN pip install .\nCMD shop-api", ["src/shop/app.py"]),
        ("COPY pyproject.toml ./\nRUN pip install .\nCMD shop-api", []),
        ("COPY . .\nRUN uv sync\nCMD uv run shop-api", ["src/shop/app.py"]),
        ('COPY . .\nENTRYPOINT ["python"]\nCMD ["src/shop/app.py"]', ["src/shop/app.py"]),
        ('COPY . .\nENTRYPOINT python src/shop/app.py\nCMD ["src/shop/other.py"]', ["src/shop/app.py"]),
        ("COPY . .\nENTRYPOINT ./run.sh\n", ["src/shop/app.py"]),
        ('COPY . .\nENTRYPOINT ["./entry.sh"]\nCMD ["python", "src/shop/app.py"]', ["src/shop/app.py"]),
        ("COPY . .\nCMD gunicorn -c gunicorn.conf.py", ["src/shop/app.py"]),
        ("COPY src/shop /srv/shop\nCMD fastapi run shop/app.py", ["src/shop/app.py"]),
        ("COPY src/shop ./app\nCMD fastapi run", ["src/shop/app.py"]),
        ("COPY . .\nCMD honcho start", ["src/shop/app.py"]),
        ("COPY . .\nCMD supervisord -c super.conf", ["src/shop/app.py"]),
        ("COPY . .\nCMD uvicorn shop.app:app", []),
        ("CMD uvicorn shop.app:app", []),
        ("COPY . .\nRUN uv sync --no-install-project\nCMD uvicorn shop.app:app", []),
    ],
)
def test_what_an_image_starts(tmp_path: Path, text: str, found: list[str]) -> None:
    files = {
        "src/shop/app.py": APP,
        "src/shop/__main__.py": "import shop.app\n",
        "src/shop/other.py": PROGRAM,
        "pyproject.toml": '[project]\nname = "shop"\n[project.scripts]\nshop-api = "shop.app:run"\n',
        "run.sh": '#!/bin/sh\n# python nothing.py\ncd src\nexec uvicorn "${MODULE:-shop.app:app}"\n',
        "entry.sh": 'set -e\nexec "$@"\n',
        "gunicorn.conf.py": 'wsgi_app = "src.shop.app:app"\n',
        "Procfile": "web: python src/shop/app.py\n",
        "super.conf": "[program:web]\ncommand=python src/shop/app.py\n",
        "Dockerfile": f"FROM python:3.12\nWORKDIR /srv\n{text}\n",
    }
    assert started(repo_of(tmp_path, files)) == found


def test_variables_and_arguments_that_choose_what_starts(tmp_path: Path) -> None:
    files = {
        "a.py": PROGRAM,
        "b.py": PROGRAM,
        "c.py": PROGRAM,
        "start.sh": 'exec python "${1:-c}.py"\n',
        "Dockerfile": "FROM python:3.12\nWORKDIR /srv\nCOPY . .\nENV WHAT=a\nCMD python ${WHAT}.py\n",
        "compose.yml": """
        services:
          b: {build: ., environment: {WHAT: b}}
          c: {build: ., command: ./start.sh}
          d: {build: ., command: ./start.sh b}
        """,
    }
    containers = repo_of(tmp_path, files).delivery.images.of_compose.values()
    assert [c.paths for c in containers] == [["b.py"], ["c.py"], ["b.py"]]


def test_what_overrides_the_command_of_an_image(tmp_path: Path) -> None:
    files = {
        "a.py": APP,
        "b.py": PROGRAM,
        "c.py": PROGRAM,
        "d.py": PROGRAM,
        "Dockerfile": 'FROM python:3.12\nCOPY . .\nENTRYPOINT ["python"]\nCMD ["a.py"]\n',
        "compose.yml": """
        services:
          command: {build: ., image: shop, command: b.py}
          entry: {image: "shop:2", entrypoint: python c.py}
          other: {image: redis, command: python d.py}
        """,
        "pod.yml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: d}
        spec: {template: {spec: {containers: [{name: d, image: registry.example/shop:3, args: [d.py]}]}}}
        """,
    }
    repo = repo_of(tmp_path, files)
    assert started(repo) == ["a.py", "b.py", "c.py", "d.py"]
    assert [c.service for c in repo.delivery.containers] == ["", "service command", "service entry", "d"]


@pytest.mark.parametrize(
    ("files", "installs"),
    [
        ({"Dockerfile": "RUN pip install 'uvicorn[standard]>=0.3' # gunicorn"}, True),
        (
            {
                "Dockerfile": "COPY r.txt .\nRUN pip install -r r.txt",
                "r.txt": "-r more.txt\n",
                "more.txt": "Uvicorn==1\n",
            },
            False,
        ),
        (
            {
                "Dockerfile": "COPY *.txt ./\nRUN pip install -r r.txt",
                "r.txt": "-r more.txt\n",
                "more.txt": "Uvicorn==1\n",
            },
            True,
        ),
        (
            {
                "Dockerfile": "COPY r.txt /t/\nRUN cd /t; python -m pip install --no-cache-dir -r/t/r.txt",
                "r.txt": "fastapi[all]\n",
            },
            True,
        ),
        ({"Dockerfile": "RUN pip install fastapi starlette"}, False),
        ({"Dockerfile": "RUN pip install fastapi-cli"}, True),
        (
            {
                "Dockerfile": "COPY pyproject.toml .\nRUN poetry install --only main",
                "pyproject.toml": '[tool.poetry.group.dev.dependencies]\nuvicorn = "*"\n',
            },
            False,
        ),
        (
            {
                "Dockerfile": "COPY pyproject.toml .\nRUN poetry install --with web",
                "pyproject.toml": OPTIONAL_GROUP,
            },
            True,
        ),
        (
            {
                "Dockerfile": "COPY . .\nRUN pip install .[web]",
                "pyproject.toml": '[project]\nname = "x"\n[project.optional-dependencies]\nweb = ["uvicorn"]\n',
            },
            True,
        ),
        (
            {
                "Dockerfile": "COPY . .\nRUN pip install .",
                "pyproject.toml": '[project]\nname = "x"\n[project.optional-dependencies]\nweb = ["uvicorn"]\n',
            },
            False,
        ),
        (
            {
                "Dockerfile": "COPY . .\nRUN uv sync --locked",
                "pyproject.toml": '[project]\nname = "x"\ndependencies = ["mcp-thing"]\n',
                "uv.lock": LOCK,
            },
            True,
        ),
        ({"Dockerfile": "COPY Pipfile .\nRUN pipenv install --system", "Pipfile": '[packages]\nuvicorn = "*"\n'}, True),
        (
            {
                "Dockerfile": "COPY setup.py .\nRUN pip install -e .",
                "setup.py": 'from setuptools import setup\nsetup(install_requires=["uvicorn"])\n',
            },
            True,
        ),
        ({"Dockerfile": "RUN apt-get install -y python3-uvicorn"}, True),
        ({"Dockerfile": "RUN make deps"}, True),
        ({"Dockerfile": "RUN apt-get update && apt-get install -y curl gcc"}, False),
    ],
)
def test_what_a_dockerfile_installs(tmp_path: Path, files: dict[str, str], installs: bool) -> None:
    text = f"FROM python:3.12\nWORKDIR /srv\n{files.pop('Dockerfile')}\nCOPY app.py .\nCMD uvicorn app:app\n"
    notes = [note for _, note in defects(repo_of(tmp_path, {"app.py": APP, "Dockerfile": text, **files}))]
    assert ("runs uvicorn, which nothing in the Dockerfile installs" not in notes) is installs


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FROM scratch\nCMD x", []),
        ("FROM localhost:5000/python\nCMD x", [1]),
        ("FROM localhost:5000/python:3\nCMD x", []),
        ("FROM python@sha256:0123\nCMD x", []),
        ("FROM python:3 AS\nCMD x", [1]),
        ("FROM python:3\nCOPY a.py\nCMD x", [2]),
        ("FROM python:3\nCMD y\nRUN <<EOF\nx\n", [3]),
        ("FROM python:3\nCOPY a.py missing* ./\nCMD x", []),
        ("FROM python:3\nCOPY missing* ./\nCMD x", [2]),
        ("FROM python:3\nCOPY <<F a.py /x/\nF\nCMD x", []),
        ("FROM python:3\nADD https://x.example/y /y\nCMD x", []),
        ("FROM python:3\nCOPY --from=nginx:1 /x /x\nCOPY --from=3 /x /x\nCMD x", [3]),
        ("FROM python:3\nONBUILD COPY missing /\nCMD x", []),
        ("FROM python:3 AS a\nCMD x\nFROM a\nRUN y", []),
        ("FROM registry.example/nginx:1\nCOPY a.py /", []),
        ("FROM python:3\nCMD python b.py", [2]),
        ("FROM python:3\nRUN echo x > /b.sh\nCMD sh /b.sh", []),
        ("FROM python:3\nCMD sh /b.sh", [2]),
        ("FROM python:3\nCMD python -m http.server", []),
        ('FROM postgres:16\nENTRYPOINT ["docker-entrypoint.sh"]', []),
    ],
)
def test_defects_that_can_be_seen(tmp_path: Path, text: str, found: list[int]) -> None:
    assert [line for line, _ in defects(repo_of(tmp_path, {"a.py": "", "Dockerfile": text}))] == found


def test_additional_contexts_and_arguments_of_compose(tmp_path: Path) -> None:
    files = {
        "Dockerfile": "ARG TAG\nFROM python:$TAG\nCOPY --from=docs / /docs\nCMD x\n",
        "compose.yml": "services: {a: {build: {context: ., args: [TAG=3], additional_contexts: {docs: ./docs}}}}\n",
    }
    assert defects(repo_of(tmp_path, files)) == []


@pytest.mark.parametrize(
    ("files", "folders"),
    [
        (
            {"agents/a/deep/main.py": APP, "agents/b/run_bot.py": PROGRAM, "agents/c/tool.py": PROGRAM},
            ["agents/a", "agents/b"],
        ),
        (
            {
                "svc/app.py": "from lib import make\napp = make()\n",
                "lib.py": "from flask import Flask\ndef make():\n    return Flask('x')\n",
            },
            ["svc"],
        ),
        ({"svc/x.py": "from celery import Celery\nif True:\n    jobs: Celery = Celery()\n"}, ["svc"]),
        ({"svc/x.py": "from fastapi import FastAPI\ndef f():\n    app = FastAPI()\n"}, []),
        ({"svc/main.py": "app = 1\n", "svc/server.py": "def f(): ...\n"}, []),
        ({"scripts/main.py": PROGRAM, "tests/main.py": PROGRAM, "svc/example_app.py": APP, "docs/app.py": APP}, []),
        ({"infra/cdk.json": '{"app": "python app.py"}', "infra/app.py": PROGRAM}, []),
        (
            {"web/package.json": '{"scripts": {"build": "x"}}', "lib/package.json": '{"scripts": {"test": "x"}}'},
            ["web"],
        ),
        (
            {
                "package.json": '{"workspaces": ["web"], "scripts": {"build": "x"}}',
                "web/package.json": '{"scripts": {"start": "x"}}',
            },
            ["web"],
        ),
        ({"web/package.json": "{", "x/package.json": "[" * 9999}, []),
    ],
)
def test_components(tmp_path: Path, files: dict[str, str], folders: list[str]) -> None:
    (tmp_path / "readiness.toml").write_text("")
    repo = repo_of(tmp_path, files)
    repo.settings = repo.settings.model_copy(
        update={"paths": repo.settings.paths.model_copy(update={"agents": "agents"})}
    )
    assert [c.folder for c in repo.delivery.components] == folders


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("services: {a: {build: .}}", []),
        ("services: {a: {build: 'https://x.example/a.git'}}", []),
        ("services: {a: {build: {dockerfile_inline: 'FROM x'}}}", []),
        ("services: {a: }", ["service a says nothing"]),
        ("services: {a: {extends: {file: base.yml, service: b}}}", []),
        ("services: {a: {extends: {service: a}}}", ["service a has neither image nor build"]),
        ("include: [base.yml]\nservices: {a: {image: x, depends_on: [b]}}", []),
        ("services: {a: {image: x, depends_on: {b: {condition: x}}}}", ["service a depends on b, which is no service"]),
        ("- a", ["is no YAML mapping"]),
        ("services: {a: {build: {context: ., dockerfile: x}}}", ["service a is built from x, which is missing"]),
        ("services: {a: {build: '${WHERE:-.}'}}", []),
    ],
)
def test_compose_files(tmp_path: Path, text: str, problems: list[str]) -> None:
    repo = repo_of(
        tmp_path, {"compose.yml": text, "base.yml": "services: {b: {image: x}}\n", "Dockerfile": "FROM a:1\n"}
    )
    (file,) = repo.delivery.compose_files
    assert [p.note for p in file.problems] == problems
