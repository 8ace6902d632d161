"""Which packages does the repository declare as its dependencies, by the names they are likely to be imported under?"""

from __future__ import annotations

import ast
import configparser
import re
import tomllib
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from pytest_readiness.repo.files import Files
from pytest_readiness.repo.modules import text_of
from pytest_readiness.repo.parsing import parsed

_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?=$|[\[<>=!~;,@#\s])(?!\s*@\s*(?:file:|\.))")
_REQUIREMENTS = re.compile(r"(^|/)(requirements[^/]*\.(txt|in)|requirements/[^/]*\.(txt|in)|constraints[^/]*\.txt)$")
_VERSION_FILES = (
    ("setuptools_scm", "write_to"),
    ("setuptools_scm", "version_file"),
    ("hatch", "build", "hooks", "vcs", "version-file"),
    ("pdm", "version", "write_to"),
    ("versioningit", "write", "file"),
)
"""Where tools are told, in pyproject.toml's table `tool`, into which file to write the version."""
_CONDA = re.compile(r"^\s*-\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


class Dependencies:
    """Read from requirements files, pyproject.toml, setup.py, setup.cfg, Pipfile and conda's environment files."""

    def __init__(self, files: Files) -> None:
        self._files = files

    @cached_property
    def imported_as(self) -> frozenset[str]:
        """Names that imports of the declared packages may start with; packages of the repository itself left out."""
        names = {_normal(n) for n in self._declared()} - {_normal(n) for n in self._own()}
        return frozenset(form for n in names for form in _forms(n))

    @cached_property
    def generated(self) -> frozenset[str]:
        """Files that building the repository writes, by what pyproject.toml says: modules that hold the version."""
        found = set()
        for path in self._files.named("pyproject.toml"):
            tool = _table(_toml(self._files.text(path) or ""), "tool")
            written = (_table(tool, *keys[:-1]).get(keys[-1]) for keys in _VERSION_FILES)
            folder = path.removesuffix("pyproject.toml")
            found |= {folder + name for name in written if isinstance(name, str)}
        return frozenset(found)

    def _declared(self) -> Iterator[str]:
        for path in self._files.paths:
            name = path.rpartition("/")[2]
            text = self._files.text(path) or "" if _declares(path, name) else ""
            if name == "pyproject.toml":
                yield from _of_pyproject(_toml(text))
            elif name == "Pipfile":
                data = _toml(text)
                yield from (n for section in ("packages", "dev-packages") for n in _keys(data.get(section)))
            elif name == "setup.py":
                yield from _of_setup(text)
            elif name == "setup.cfg":
                yield from _requirements(_ini(text))
            elif text:
                pattern = _CONDA if name.endswith((".yml", ".yaml")) else _NAME
                yield from (m[1] for line in text.splitlines() if (m := pattern.match(line)))

    def _own(self) -> Iterator[str]:
        for path in self._files.named("pyproject.toml"):
            data = _toml(self._files.text(path) or "")
            names = (_table(data, "project").get("name"), _table(data, "tool", "poetry").get("name"))
            yield from (n for n in names if isinstance(n, str))


def _declares(path: str, name: str) -> bool:
    known = name in {"pyproject.toml", "Pipfile", "setup.py", "setup.cfg"}
    return known or bool(_REQUIREMENTS.search(path)) or bool(re.match(r"^environment[^/]*\.ya?ml$", name))


def _of_pyproject(data: dict[str, Any]) -> Iterator[str]:
    project, poetry = _table(data, "project"), _table(data, "tool", "poetry")
    groups = [*_table(project, "optional-dependencies").values(), *_table(data, "dependency-groups").values()]
    groups += [project.get("dependencies"), *_table(data, "tool", "pdm", "dev-dependencies").values()]
    yield from _requirements([line for g in groups if isinstance(g, list) for line in g if isinstance(line, str)])
    tables = [poetry.get("dependencies"), poetry.get("dev-dependencies")]
    tables += [g.get("dependencies") for g in _table(poetry, "group").values() if isinstance(g, dict)]
    for table in (t for t in tables if isinstance(t, dict)):
        yield from (n for n in _keys(table) if not (isinstance(table[n], dict) and "path" in table[n]))


def _of_setup(text: str) -> Iterator[str]:
    keywords = (n for n in parsed(text).nodes if isinstance(n, ast.keyword))
    values = [k.value for k in keywords if k.arg in {"install_requires", "extras_require", "tests_require"}]
    yield from _requirements([t for v in values for n in ast.walk(v) if (t := text_of(n))])


def _requirements(lines: list[str]) -> Iterator[str]:
    yield from (m[1] for line in lines if (m := _NAME.match(line)))


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _ini(text: str) -> list[str]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    sections = [s for s in parser.sections() if s in {"options", "options.extras_require"}]
    values = [v for s in sections for k, v in parser.items(s) if s != "options" or k.endswith("requires")]
    return [line for v in values for line in v.splitlines()]


def _table(data: dict[str, Any], *keys: str) -> dict[str, Any]:
    """The table under these keys, or an empty one."""
    for key in keys:
        found = data.get(key)
        data = found if isinstance(found, dict) else {}
    return data


def _keys(table: Any) -> list[str]:
    return [k for k in table if k != "python"] if isinstance(table, dict) else []


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()


def _forms(name: str) -> set[str]:
    """`python_dotenv` is imported as dotenv, `pyyaml` as yaml, `google_cloud_storage` as google."""
    forms = {name, name.removeprefix("python_"), name.removesuffix("_python"), name.removesuffix("_binary")}
    if name.startswith("py") and len(name) > 4:
        forms.add(name.removeprefix("py"))
    return forms | ({"google"} if name.startswith("google_") else set())
