"""Where checks come from, and how their files become modules. The one implementation for collection, listing and tests.

Checks lie in `<folder>/<category>/check_<criterion>.py`. They are imported as submodules of a package made up in memory
(`readiness_checks` for ours, `readiness_local_checks` for a repository's own), so no file name of an audited repository
can shadow or be shadowed by them, relative imports work, and no `__init__.py` is needed:

    folder = data_dir("checks")                                 # from pytest_readiness.bundled
    for path in check_files(folder):
        module = import_check_module(PACKAGE, folder, path)     # raises whatever the file raises
        for function in check_functions(module):
            spec = spec_of(function, facts_of(function), path)
"""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.models import CategorySpec
from pytest_readiness.specs import CHECK_PREFIX, FILE_PREFIX, category_of

PACKAGE = "readiness_checks"
LOCAL_PACKAGE = "readiness_local_checks"


def check_files(folder: Path) -> list[Path]:
    """Every file of checks below a folder, in a stable order."""
    return sorted(folder.glob(f"*/{FILE_PREFIX}*.py"))


def categories(folder: Path) -> list[CategorySpec]:
    """The categories of a folder of checks. Raises SpecError where a category.toml is wrong."""
    return [category_of(file.parent) for file in sorted(folder.glob("*/category.toml"))]


def make_package(name: str, folder: Path) -> None:
    """Let `name` be a package over `folder`, its asserts rewritten; modules of another folder under it are dropped."""
    made = sys.modules.get(name)
    if made is not None and list(made.__path__) == [str(folder)]:
        return
    for old in [m for m in sys.modules if m == name or m.startswith(f"{name}.")]:
        del sys.modules[old]
    pytest.register_assert_rewrite(name)
    package = types.ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package


def module_name(package: str, folder: Path, path: Path) -> str:
    """The dotted name under which a file of checks is imported."""
    return ".".join((package, *path.relative_to(folder).with_suffix("").parts))


def import_check_module(package: str, folder: Path, path: Path) -> types.ModuleType:
    """The module of a file of checks. Raises whatever importing it raises, SystemExit included."""
    make_package(package, folder)
    importlib.invalidate_caches()
    return importlib.import_module(module_name(package, folder, path))


def check_functions(module: types.ModuleType) -> list[Callable[..., Any]]:
    """The checks that a module defines, in the order of its lines."""
    own = [f for name, f in vars(module).items() if name.startswith(CHECK_PREFIX) and callable(f)]
    return [f for f in own if f.__module__ == module.__name__]


def facts_of(function: Callable[..., Any]) -> Mapping[str, Any]:
    """What `@check` declared about a function: its marker's keyword arguments, empty without the marker."""
    marks = [mark for mark in getattr(function, "pytestmark", ()) if mark.name == "readiness"]
    return marks[-1].kwargs if marks else {}
