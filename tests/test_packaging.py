"""What an installation brings, and what it costs a run of pytest that asks for no audit."""

from __future__ import annotations

import configparser
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.conftest import PROJECT, built


def shipped(folder: str) -> set[str]:
    """Files below a folder of the project that a wheel must hold, relative to it."""
    root = PROJECT / folder
    files = {path.relative_to(root) for path in root.rglob("*") if path.is_file()}
    return {file.as_posix() for file in files if not any(part.startswith((".", "__py")) for part in file.parts)}


def printed(code: str) -> str:
    """What a fresh interpreter prints when it runs this code."""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return run.stdout


@pytest.fixture(scope="session")
def names(wheel: Path) -> set[str]:
    """Names of all files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize(
    ("folder", "place"),
    [
        ("pytest_readiness", "pytest_readiness"),
        ("checks", "pytest_readiness/_bundled/checks"),
        ("report_templates", "pytest_readiness/_bundled/report_templates"),
    ],
)
def test_nothing_is_missing_from_the_wheel(names: set[str], folder: str, place: str) -> None:
    assert shipped(folder)
    assert {f"{place}/{name}" for name in shipped(folder)} <= names


def test_the_wheel_brings_one_top_level_package(names: set[str]) -> None:
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"pytest_readiness"}
    assert not [name for name in names if name.endswith(".pyc") or ("_bundled" in name and "__init__" in name)]


def test_what_typed_users_and_data_readers_rely_on(names: set[str]) -> None:
    assert "pytest_readiness/py.typed" in names
    assert "pytest_readiness/_bundled/checks/security_compliance/category.toml" in names


def test_the_entry_point(wheel: Path) -> None:
    parser = configparser.ConfigParser()
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        parser.read_string(archive.read(name).decode())
    assert dict(parser["pytest11"]) == {"readiness": "pytest_readiness.plugin"}


def test_the_source_distribution_builds_the_same_wheel(names: set[str], tmp_path: Path) -> None:
    archive = built("sdist", PROJECT, tmp_path / "sdist")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "tree", filter="data")
    (tree,) = (tmp_path / "tree").iterdir()
    again = built("wheel", tree, tmp_path / "wheel")
    with zipfile.ZipFile(again) as found:
        assert set(found.namelist()) == names


def test_the_plugin_imports_nothing_heavy_before_it_is_asked() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import pytest_readiness.plugin;"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    assert printed(code).split() == ["pytest_readiness"]
