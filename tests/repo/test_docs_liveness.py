"""What documents refer to, held against the repository."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.docs import Fence, calls
from pytest_readiness.repo.docs.references import is_path, named_in
from pytest_readiness.settings import settings_of

Judge = Callable[..., dict[str, str]]
APP = """
from fastapi import APIRouter, FastAPI
app = FastAPI()
router = APIRouter(prefix="/notes")
lost = APIRouter()

@app.get("/health")
def health(): ...

@router.get("/{note}/lines")
def lines(note): ...

@router.get("/{note}")
def note(note): ...

@lost.get("/lost")
def nobody(): ...

app.include_router(router, prefix="/v1")
app.mount("/files", StaticFiles(directory="x"))
"""


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Writes files and a document; gives what it refers to with the problem of each, "" where it is live."""

    def run(
        commands: str, files: Mapping[str, str] | None = None, path: str = "docs/a.md", **settings: object
    ) -> dict[str, str]:
        text = commands if commands.startswith("#") else f"```bash\n{commands}\n```\n"
        for name, content in {**(files or {}), path: text}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        repo = Repo(tmp_path, settings_of(settings))
        document = repo.documents.get(path)
        assert document is not None
        return {r.target: r.problem for r in repo.docs.references(document)}

    return run


@pytest.mark.parametrize(
    "command",
    [
        "python gone.py", "python3 -u gone.py --x", "python -W error gone.py", "bash gone.py", "source gone.py",
        "./gone.py", "pip install -r gone.py", "pip install --requirement=gone.py",
        "python -m pip install -r gone.py", "docker build -f gone.py .",
        "docker buildx build --file=gone.py -t x .", "docker compose -f gone.py up",
        "docker-compose -f gone.py ps", "pytest gone.py", "pytest gone.py::test_a -v",
        "python -m pytest -k x gone.py", "cp gone.py other", "cat gone.py | wc -l", "aws x --body file://gone.py",
        "curl -d @gone.py https://x.com", "docker run -v $(pwd)/gone.py:/x y", "docker run -v ${PWD}/gone.py:/x y",
        "poetry run python gone.py", "sudo -E bash gone.py", "FOO=1 python gone.py", "echo $(cat gone.py)",
        "uv run python gone.py", "uv pip install -r gone.py", "cd gone.py", "if true; then python gone.py; fi",
        "(python gone.py)", "zsh -x gone.py", "bash -euo pipefail gone.py", "npx cdk synth\ncd gone.py",
    ],
)  # fmt: skip
def test_files_that_are_missed(judge: Judge, command: str) -> None:
    found = judge(command)
    assert [t for t, problem in found.items() if problem] == [t for t in found if "gone.py" in t] != []


@pytest.mark.parametrize(
    "command",
    [
        "python -c 'open(1)'", "python -", "python {file}.py", "python <your-script>.py", "python $SCRIPT",
        "python *.py", "python /opt/x.py", "python ~/x.py", "cat ~/.aws/config", "cat /etc/hosts",
        "source venv/bin/activate", "source .venv/bin/activate", "source env/bin/activate", "tail -f logs/x.log",
        "cat backend/logs/x.log", "cd build", "cat dist/x", "cd node_modules/x", "pip install x",
        "pip install -e .", "npm install -g aws-cdk", "cat > new.json", "npm install express",
        "pytest -k some -m slow", "pytest", "docker build https://github.com/x/y.git", "cd ..", "cd -", "cd",
        "tar xzf x.tgz && cd x-1.2", "npx create-react-app web\ncd web", "curl x | bash -s stable", "cd ~",
        "cd /srv/x && ./run.sh", "sh <(curl -L https://x.sh) --yes", "nix build && ./result/bin/x",
        "python -m venv x", "python -m http.server", "docker compose version", "docker-compose --version",
        "curl https://x.com/y", "curl http://localhost:3000/x", "curl http://localhost:8000",
        "curl http://localhost:8000/", "curl http://localhost:8000/a/$ID", "curl http://localhost:8000/{id}",
        "npm install @scope/name", "git clone https://x.com/y.git && cd y", "mkdir -p x/y && cd x/y && cat z.json",
        "cp ../../../outside.txt x", "bash -c 'true'", "curl -fsSL https://x.sh | sudo -E bash -", "python ...",
        "make -j4", "cat path/to/file", "pytest --junitxml out.xml", "docker run -v $(pwd)/data:/data x",
        "cat cdk.out/x.json", "curl -F file=@- https://x.com", "echo 'cat gone.txt'", "# cat gone.txt",
    ],
)  # fmt: skip
def test_what_is_no_reference(judge: Judge, command: str) -> None:
    assert {t: p for t, p in judge(command).items() if p} == {}


@pytest.mark.parametrize(
    "link", ["[a](gone.md)", "![a](img/gone.png)", '<img src="gone.png">', '<a href="gone.md">x</a>']
)
def test_links_that_lead_nowhere(judge: Judge, link: str) -> None:
    assert len(judge(f"# A\n\n{link}\n")) == 1
    assert all(judge(f"# A\n\n{link}\n").values())


@pytest.mark.parametrize(
    "link",
    [
        "[a](../README.md)", "[a](b.md#part)", "[a](b%20c.md)", "[a](/docs/x.md)", "[a](#here)",
        "[a](https://x.com/gone.md)", "[a](mailto:a@x.com)", "[a](../../../issues)", "[a](README.md)",
        "<https://x.com>", "[a](../src/)", "[a](./b)", "[a](b.html)", "[a](../src/a.py:12)", "[a](../guide/)",
        "[a](b.md?plain=1)",
    ],
)  # fmt: skip
def test_links_that_lead_somewhere(judge: Judge, link: str) -> None:
    files = {"README.md": "", "docs/b.md": "", "docs/b c.md": "", "src/a.py": "", "guide/index.md": ""}
    assert {t: p for t, p in judge(f"# A\n\n{link}\n", files).items() if p} == {}


def test_folders_on_the_way(judge: Judge) -> None:
    files = {"api/run.py": "", "api/sub/go.sh": "", "docs/local.sh": "", "top.sh": ""}
    found = judge("cd api\npython run.py\ncd sub && ./go.sh\nbash local.sh\nbash top.sh\ncd ..\npython run.py", files)
    assert set(found.values()) == {""}
    assert judge("python run.py", files) == {"run.py": "run.py does not exist"}


def test_a_folder_entered_in_another_fence_counts(judge: Judge) -> None:
    text = "# A\n\n```sh\npython run.py\n```\n\nLater:\n\n```sh\ncd api\n```\n"
    assert judge(text, {"api/run.py": ""}) == {"run.py": "", "api": ""}


def test_a_folder_that_a_sentence_names_counts(judge: Judge) -> None:
    text = "# A\n\nFrom the `api` directory:\n\n```sh\npython run.py\n```\n"
    assert judge(text, {"api/run.py": ""}) == {"run.py": ""}
    assert judge(text.replace("directory", "module"), {"api/run.py": ""})["run.py"] != ""


def test_a_clone_is_the_repository(judge: Judge) -> None:
    clone = "git clone git@github.com:us/shop.git\n"
    files = {"api/run.py": ""}
    assert set(judge(clone + "cd shop/api\npython run.py", files).values()) == {""}
    assert judge(clone + "cd shop/web", files)["shop/web"] != ""
    assert judge("git clone -b main --depth 1 https://x.com/us/shop mine\ncd mine\ncat gone.txt")["gone.txt"] != ""


def test_a_clone_of_another_repository_is_not_judged(judge: Judge) -> None:
    clones = "git clone https://x.com/us/shop\ngit clone https://x.com/them/tool\n"
    files = {"pyproject.toml": '[project]\nname = "shop"\n'}
    assert (
        judge(clones + "cd tool\npip install -r gone.txt\nmake all\ncd ../shop\ncat gone.txt", files)["gone.txt"] != ""
    )
    assert judge(clones + "cd tool\npip install -r gone.txt\nmake all\ncat tool/x.yml", files) == {}


def test_the_documents_own_folder_may_be_entered(judge: Judge) -> None:
    files = {"parts/api/run.py": ""}
    assert set(judge("cd api\npython run.py", files, "parts/api/README.md").values()) == {""}


@pytest.mark.parametrize(
    "before",
    [
        "touch new.json", "cp a.json new.json", "echo x > new.json", "cat <<E > new.json\n{}\nE",
        "cmd --output new.json", "cmd --output=new.json", "curl -o new.json https://x.com",
        "wget https://x.com/new.json", "mv a.json new.json", "echo x | tee new.json", "ln -s a.json new.json",
        "curl -O https://x.com/new.json", "cp a.json ./new.json",
    ],
)  # fmt: skip
def test_what_the_document_makes_is_no_reference(judge: Judge, before: str) -> None:
    assert "new.json" not in judge(f"{before}\ncat new.json", {"a.json": ""})


def test_what_is_made_elsewhere_is_not_made_here(judge: Judge) -> None:
    files = {"a.json": "", "docs/x.md": ""}
    assert judge("cp a.json docs/\ncat docs/gone.json", files)["docs/gone.json"] != ""
    assert judge("mkdir -p docs\ncat docs/gone.json", files)["docs/gone.json"] != ""
    assert "docs/a.json" not in judge("cp a.json docs/\ncat docs/a.json", files)
    assert "api/.env" not in judge("cd api\ncp .env.example .env\ncat api/.env", {"api/.env.example": ""})


def test_a_file_whose_content_is_shown_is_made_by_the_reader(judge: Judge) -> None:
    told = "# A\n\nSave this as `policy.json`:\n\n```json\n{}\n```\n\n```sh\naws x --policy file://policy.json\n```\n"
    assert judge(told) == {}
    assert judge(told.replace("Save this as", "It is like")) == {"policy.json": "policy.json does not exist"}


def test_data_that_git_ignores_is_the_readers(judge: Judge) -> None:
    files = {".gitignore": ".env\n*.secret\nrun.py\n"}
    assert judge("source .env\ncat x.secret\npython run.py", files) == {"run.py": "run.py does not exist"}


def test_images_and_compose(judge: Judge) -> None:
    files = {"api/Dockerfile": "", "web/Containerfile": "", "deploy/docker-compose.yml": ""}
    assert judge("docker build -t x api\npodman build web", files) == {"api/Dockerfile": "", "web/Dockerfile": ""}
    assert judge("docker build .", files) == {"./Dockerfile": "./Dockerfile does not exist"}
    assert judge("docker compose up -d api", files) == {"": "there is no compose file"}
    assert set(judge("cd deploy\ndocker compose --profile x up", files).values()) == {""}


def test_make(judge: Judge) -> None:
    files = {"Makefile": "build:\n\techo\n", "api/Makefile": "test-%:\n\techo\n", "api/x.mk": "x:\n\techo\n"}
    found = judge("make build ENV=dev\nmake -C api test-unit\nmake -f api/x.mk x\nmake gone\nmake -C api build", files)
    assert {t for t, p in found.items() if p} == {"gone", "build"}
    assert judge("make -C api gone2\nmake -f api/x.mk y", files)["y"] == "no Makefile defines y"


def test_npm(judge: Judge) -> None:
    files = {"web/package.json": '{"scripts": {"start": "x", "lint": "y"}}'}
    found = judge("cd web\nnpm install\nnpm start\nnpm run lint\nnpm test\nnpm run gone -- --x", files)
    assert {t for t, p in found.items() if p} == {"test", "gone"}
    assert judge("npm ci --prefix web", files) == {"install": ""}
    assert judge("npm ci") == {"install": "there is no package.json for npm install"}


def test_modules(judge: Judge) -> None:
    files = {"src/shop/__init__.py": "", "src/shop/web.py": "", "src/shop/cli/__main__.py": "", "alembic/env.py": ""}
    found = judge(
        "python -m shop.web\npython -m shop.cli\npython -m shop.gone\npython -m alembic upgrade\npython -m x.y", files
    )
    assert found == {"shop.web": "", "shop.cli": "", "shop.gone": "there is no module shop.gone to run"}


def test_routes(judge: Judge) -> None:
    paths = {
        "/health": True, "/proxy/health": True, "/v1/notes/7/lines": True, "/v1/notes/7": True, "/docs": True,
        "/files/a/b": True, "/healthz": False, "/notes/7/lines": False, "/7": False, "/lost": False,
        "/v1/notes": False, "/v1/notes/7/words": False,
    }  # fmt: skip
    found = judge("\n".join(f"curl -s 'http://localhost:8000{p}?x=1'" for p in paths), {"app.py": APP})
    assert {p: not problem for p, problem in found.items()} == paths


def test_routes_of_routers_that_are_included_in_a_loop(judge: Judge) -> None:
    loop = "\nfor module in modules:\n    app.include_router(module.router)\n"
    assert judge("curl http://localhost:8000/lost", {"app.py": APP + loop}) == {"/lost": ""}


def test_ports_of_other_programs(judge: Judge) -> None:
    compose = (
        "services:\n  vault:\n    image: hashicorp/vault:1.20\n    ports: ['8200:8200']\n"
        "  api:\n    build: .\n    ports: ['8000:80']\n"
    )
    found = judge("curl http://localhost:8200/v1/sys/health\ncurl http://localhost:8000/x", {"compose.yml": compose})
    assert found == {"/x": "no route answers /x"}


def test_other_frameworks(judge: Judge) -> None:
    files = {
        "urls.py": "from django.urls import path\nurlpatterns = [path('status/', view)]\n",
        "web.py": "from aiohttp import web\nroutes = [web.get('/ping', handler)]\n",
        "server.js": "const app = express();\napp.post('/orders/:id', handler);\n",
        "client.py": "import requests\nrequests.get('/ghost')\nclient.post('/ghost')\n",
    }
    urls = ("status", "ping", "orders/7", "ghost")
    found = judge("\n".join(f"curl http://localhost:8000/{u}" for u in urls), files)
    assert {t: not p for t, p in found.items()} == {"/status": True, "/ping": True, "/orders/7": True, "/ghost": False}


def test_links_in_the_tree_are_there(judge: Judge, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    os.symlink(tmp_path / "real", tmp_path / "current")
    assert judge("cat current/x.json\ncat gone/x.json") == {
        "current/x.json": "",
        "gone/x.json": "gone/x.json does not exist",
    }


def test_the_line_of_a_reference(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(
        "# A\n\n```sh\naws x \\\n  --y \\\n  --body file://gone.json\n```\n[b](gone.md)\n"
    )
    found = Repo(tmp_path).docs.references(next(Repo(tmp_path).documents.all()))
    assert [(r.target, r.line) for r in found] == [("gone.json", 6), ("gone.md", 8)]


def test_a_section_has_its_own_references(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# A\n\n## B\n\n[x](gone.md)\n\n## C\n\n[y](README.md)\n")
    repo = Repo(tmp_path)
    document = next(repo.documents.all())
    assert [repo.docs.is_live(s) for s in document.sections] == [False, False, True]


WORDS = st.text("abc./-_@:$(){}<>*~=,", min_size=1, max_size=12)


@given(
    st.sampled_from(["python", "pip", "docker", "make", "npm", "curl", "cp", "cat", "cd", "pytest", "bash"]),
    st.lists(WORDS),
)
def test_only_paths_of_a_checkout_are_named(name: str, words: list[str]) -> None:
    for command in Fence("bash", " ".join([name, *words]), 1).commands:
        for call in calls(command):
            for named in named_in(call):
                assert named.kind in ("make", "npm", "route", "module", "compose") or is_path(named.target)
                assert not set("<>{}*$") & set(named.target)
