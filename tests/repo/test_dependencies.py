"""Declared dependencies, from every kind of file that declares them."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.dependencies import Dependencies
from pytest_readiness.repo.files import Files

DECLARED = {
    "requirements.txt": "# comment\n-r other.txt\n-e ./lib\nredis>=5,<6\nPyYAML==6.0 ; python_version > '3'\n",
    "requirements/dev.in": "redis[hiredis]\npython-dotenv\nyaml @ https://x/y.zip\nlocal @ file:lib\n./lib\n",
    "pyproject.toml": '[project]\nname = "my-app"\ndependencies = ["redis~=5", "my-app[dev]"]\n'
    '[project.optional-dependencies]\nx = ["pyyaml"]\n',
    "api/pyproject.toml": '[tool.poetry.dependencies]\npython = "^3"\nredis = "^5"\nPyYAML = {version = "6"}\n'
    'lib = {path = "../lib"}\n',
    "Pipfile": '[packages]\nredis = "*"\n[dev-packages]\npyyaml = "*"\n',
    "setup.py": "import setuptools as s\ns.setup(install_requires=['redis>=5'], extras_require={'x': ['PyYAML']})\n",
    "setup.cfg": "[metadata]\nname = lib\n[options]\ninstall_requires =\n    redis>=5\n    pyyaml\npackages = find:\n",
    "environment.yml": "name: lib\ndependencies:\n  - redis=5\n  - pip:\n      - pyyaml>=6\n",
}


def repository(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@pytest.mark.parametrize("path", DECLARED)
def test_read_from(path: str, tmp_path: Path) -> None:
    names = Dependencies(Files(repository(tmp_path, {path: DECLARED[path]}))).imported_as
    assert names >= {"redis", "yaml"}
    assert not names & {"lib", "my_app", "local", "python", "name", "dependencies", "packages"}


@pytest.mark.parametrize("path", DECLARED)
@pytest.mark.parametrize("text", ["[", "\0", "[options\n", "x = " + "[" * 5000, "def ("])
def test_broken_files_declare_nothing(path: str, text: str, tmp_path: Path) -> None:
    assert isinstance(Dependencies(Files(repository(tmp_path, {path: text}))).imported_as, frozenset)


def test_a_folder_named_like_a_dependency_is_not_what_is_imported(tmp_path: Path) -> None:
    files = {"requirements.txt": "alembic\n", "alembic/env.py": "", "app.py": "from alembic import command\n"}
    repo = Repo(repository(tmp_path, files))
    assert repo.imports.loadable(repo.modules["app.py"])
    (tmp_path / "requirements.txt").unlink()
    repo = Repo(tmp_path)
    assert not repo.imports.loadable(repo.modules["app.py"])


def test_a_file_that_the_build_writes_can_be_imported(tmp_path: Path) -> None:
    toml = '[tool.hatch.build.hooks.vcs]\nversion-file = "src/shop/_version.py"\n'
    code = "from shop._version import version\nfrom shop._other import x\n"
    repo = Repo(repository(tmp_path, {"pyproject.toml": toml, "src/shop/__init__.py": "", "src/shop/a.py": code}))
    module = repo.modules["src/shop/a.py"]
    assert [repo.imports.resolves(s, module) for s in module.imports] == [True, False]
