"""The pytest configuration that decides what is collected and which async tests run."""

from __future__ import annotations

import configparser
import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any

from pytest_readiness.repo.files import Files

SECTIONS = (("pytest.ini", "pytest"), (".pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"))


@dataclass(frozen=True)
class SuiteConfig:
    """What matters here of a pytest configuration."""

    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    python_classes: tuple[str, ...] = ("Test",)
    python_functions: tuple[str, ...] = ("test",)
    norecursedirs: tuple[str, ...] = (".*", "build", "dist", "node_modules", "venv", "*.egg")
    folder: str = ""
    """Folder of the configuration file."""
    ignored: tuple[str, ...] = ()
    ignored_globs: tuple[str, ...] = ()
    auto: bool = False
    """asyncio_mode or anyio_mode is auto: async tests and fixtures run without a mark."""
    pythonpath: tuple[str, ...] = ()
    """Folders, relative to the repository, that are put on sys.path."""

    def collects(self, path: str) -> bool:
        """Whether a file of that path is collected."""
        *folders, name = path.split("/")
        below = path.removeprefix(f"{self.folder}/" if self.folder else "")
        if any(fnmatchcase(f, p) for f in folders for p in self.norecursedirs) or self._is_ignored(below):
            return False
        return any(fnmatchcase(path if "/" in p else name, f"*{p}" if "/" in p else p) for p in self.python_files)

    def _is_ignored(self, path: str) -> bool:
        """`--ignore=folder` and `--ignore-glob=pattern` in addopts."""
        whole = any(path == i or path.startswith(f"{i}/") for i in self.ignored)
        return whole or any(fnmatchcase(path, pattern) for pattern in self.ignored_globs)

    def is_test_name(self, name: str) -> bool:
        """Whether a function of that name is a test."""
        return _named(name, self.python_functions)

    def is_test_class(self, name: str) -> bool:
        """Whether a class of that name holds tests."""
        return _named(name, self.python_classes)


def _named(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, p) if set("*?[") & set(p) else name.startswith(p) for p in patterns)


class SuiteConfigs:
    """The configuration that holds for a test file: that of the nearest folder above it that has one."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def of(self, path: str) -> SuiteConfig:
        """The configuration for the file."""
        folder = path.rpartition("/")[0]
        while True:
            found = self._in(folder)
            if found is not None:
                return found
            if not folder:
                return SuiteConfig()
            folder = folder.rpartition("/")[0]

    def _in(self, folder: str) -> SuiteConfig | None:
        if folder not in self._cache:
            values = self._values(f"{folder}/" if folder else "")
            self._cache[folder] = None if values is None else _config(values, folder)
        return self._cache[folder]

    @cached_property
    def _cache(self) -> dict[str, SuiteConfig | None]:
        return {}

    def _values(self, prefix: str) -> Mapping[str, Any] | None:
        for name in ("pytest.toml", ".pytest.toml"):
            if f"{prefix}{name}" in self._files.path_set:
                table = _toml(self._files.text(f"{prefix}{name}")).get("pytest", {})
                return table if isinstance(table, dict) else {}
        for name, section in SECTIONS:
            found = _ini(self._files.text(f"{prefix}{name}"), section)
            if found is not None or (f"{prefix}{name}" in self._files.path_set and name.endswith("pytest.ini")):
                return found or {}
        tool = _toml(self._files.text(f"{prefix}pyproject.toml")).get("tool", {})
        table = tool.get("pytest") if isinstance(tool, dict) else None
        if not isinstance(table, dict):
            return None
        options = table.get("ini_options")
        return {**table, **options} if isinstance(options, dict) else table


def _config(values: Mapping[str, Any], folder: str) -> SuiteConfig:
    default = SuiteConfig()
    options = " ".join(_words(values.get("addopts")))
    skipped = re.findall(r"--(ignore|ignore-glob)[= ](\S+)", options)
    modes = {str(values.get(key, "")).strip() for key in ("asyncio_mode", "anyio_mode")}
    return SuiteConfig(
        python_files=_words(values.get("python_files")) or default.python_files,
        python_classes=_words(values.get("python_classes")) or default.python_classes,
        python_functions=_words(values.get("python_functions")) or default.python_functions,
        norecursedirs=_words(values.get("norecursedirs")) or default.norecursedirs,
        folder=folder,
        ignored=tuple(path.strip("/").removeprefix("./") for kind, path in skipped if kind == "ignore"),
        ignored_globs=tuple(pattern for kind, pattern in skipped if kind == "ignore-glob"),
        auto="auto" in modes or bool(re.search(r"--asyncio-mode[= ]auto", options)),
        pythonpath=tuple(_below(folder, p) for p in _words(values.get("pythonpath"))),
    )


def _below(folder: str, path: str) -> str:
    parts = [p for p in folder.split("/") if p]
    for step in path.split("/"):
        if step == ".." and parts:
            parts.pop()
        elif step not in ("", ".", ".."):
            parts.append(step)
    return "/".join(parts)


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(v) for v in value)
    try:
        return tuple(shlex.split(value)) if isinstance(value, str) else ()
    except ValueError:
        return ()


def _toml(text: str | None) -> dict[str, Any]:
    try:
        return tomllib.loads(text or "")
    except (ValueError, RecursionError):
        return {}


def _ini(text: str | None, section: str) -> Mapping[str, Any] | None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text or "")
    except (configparser.Error, ValueError):
        return None
    return dict(parser[section]) if section in parser else None
