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
            tool = table_of(toml_of(self._files.text(path) or ""), "tool")
            written = (table_of(tool, *keys[:-1]).get(keys[-1]) for keys in _VERSION_FILES)
            folder = path.removesuffix("pyproject.toml")
            found |= {folder + name for name in written if isinstance(name, str)}
        return frozenset(found)

    def _declared(self) -> Iterator[str]:
        for path in self._files.paths:
            name = path.rpartition("/")[2]
            text = self._files.text(path) or "" if _declares(path, name) else ""
            if name == "pyproject.toml":
                yield from _of_pyproject(toml_of(text))
            elif name == "Pipfile":
                data = toml_of(text)
                yield from (n for section in ("packages", "dev-packages") for n in _keys(data.get(section)))
            elif name in {"setup.py", "setup.cfg"}:
                yield from _requirements(requirements_of_setup(name, text))
            elif text:
                pattern = _CONDA if name.endswith((".yml", ".yaml")) else _NAME
                yield from (m[1] for line in text.splitlines() if (m := pattern.match(line)))

    def _own(self) -> Iterator[str]:
        for path in self._files.named("pyproject.toml"):
            data = toml_of(self._files.text(path) or "")
            names = (table_of(data, "project").get("name"), table_of(data, "tool", "poetry").get("name"))
            yield from (n for n in names if isinstance(n, str))


def _declares(path: str, name: str) -> bool:
    known = name in {"pyproject.toml", "Pipfile", "setup.py", "setup.cfg"}
    return known or bool(_REQUIREMENTS.search(path)) or bool(re.match(r"^environment[^/]*\.ya?ml$", name))


def _of_pyproject(data: dict[str, Any]) -> Iterator[str]:
    project, poetry = table_of(data, "project"), table_of(data, "tool", "poetry")
    groups = [*table_of(project, "optional-dependencies").values(), *table_of(data, "dependency-groups").values()]
    groups += [project.get("dependencies"), *table_of(data, "tool", "pdm", "dev-dependencies").values()]
    yield from _requirements([line for g in groups if isinstance(g, list) for line in g if isinstance(line, str)])
    tables = [poetry.get("dependencies"), poetry.get("dev-dependencies")]
    tables += [g.get("dependencies") for g in table_of(poetry, "group").values() if isinstance(g, dict)]
    for table in (t for t in tables if isinstance(t, dict)):
        yield from (n for n in _keys(table) if not (isinstance(table[n], dict) and "path" in table[n]))


def requirements_of_setup(path: str, text: str) -> list[str]:
    """The requirements that a setup.py or setup.cfg states, as it writes them."""
    if path.endswith(".cfg"):
        return _ini(text)
    keywords = (n for n in parsed(text).nodes if isinstance(n, ast.keyword))
    values = [k.value for k in keywords if k.arg in {"install_requires", "extras_require", "tests_require"}]
    return [t for v in values for n in ast.walk(v) if (t := text_of(n))]


def _requirements(lines: list[str]) -> Iterator[str]:
    yield from (m[1] for line in lines if (m := _NAME.match(line)))


def toml_of(text: str) -> dict[str, Any]:
    """A TOML text as a table; an empty one where it does not parse."""
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


def table_of(data: dict[str, Any], *keys: str) -> dict[str, Any]:
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
