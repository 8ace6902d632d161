"""From files of checks to items: modules under names of their own, specs read, nothing collected that is no check."""

from __future__ import annotations

import traceback
from collections.abc import Generator, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pytest_readiness.check_modules import check_files, facts_of, import_check_module
from pytest_readiness.inner.audit import AUDIT, SPEC, Audit
from pytest_readiness.inner.body import minded
from pytest_readiness.inner.guard import CheckTimeout, Guard
from pytest_readiness.inner.runfolder import IMPORTED, IMPORTS, USAGE_FILE
from pytest_readiness.redact import mask
from pytest_readiness.specs import SpecError, spec_of

GUARD = pytest.StashKey[Guard]()


class CheckModule(pytest.Module):
    """A file of checks. Whatever goes wrong while it is read is this file's collection error and nobody else's."""

    def _getobj(self) -> ModuleType:
        audit = self.config.stash[AUDIT]
        file = str(self.path)
        if file in audit.quarantine:
            raise self.CollectError(f"{self.nodeid}: importing it ended the process: {audit.quarantine[file]}")
        audit.folder.journal.note(IMPORTS, file, audit.who)
        try:
            with self.config.stash[GUARD].limit(CheckTimeout):
                return import_check_module(audit.plan.package, audit.checks, self.path)
        except BaseException as error:
            if audit.interrupted:
                raise
            raise self.CollectError(said(error, audit.checks)) from error
        finally:
            audit.folder.journal.note(IMPORTED, file, audit.who)

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """The checks of the file. Raises CollectError where one of them is declared wrongly."""
        if self.path not in check_files(self.config.stash[AUDIT].checks):
            raise self.CollectError(f"{self.nodeid}: checks lie in <category>/check_<criterion>.py, not deeper")
        collected = [self._check(item) for item in super().collect() if self._is_own(item)]
        names = [item.name.partition("[")[0] for item in collected]
        for name in names:
            if names.count(name) > 1:
                raise self.CollectError(f"{self.nodeid}: {name} is parametrized; let one check count units instead")
        return collected

    def _is_own(self, item: pytest.Item | pytest.Collector) -> bool:
        """Whether the item is defined here: a check imported from a neighbour belongs to the neighbour."""
        home = self.obj.__name__
        return bool(getattr(getattr(item, "function", None), "__module__", home) == home)

    def _check(self, item: pytest.Item | pytest.Collector) -> pytest.Function:
        if not isinstance(item, pytest.Function):
            raise self.CollectError(f"{self.nodeid}: {item.name} is no function; checks are plain functions")
        if not facts_of(item.function):
            raise self.CollectError(f"{self.nodeid}: {item.name} has no @check; add it, or name the function otherwise")
        if "subtests" in item.fixturenames:
            raise self.CollectError(f"{self.nodeid}: {item.name} uses subtests, whose failures get lost; name units")
        try:
            item.stash[SPEC] = spec_of(item.function, facts_of(item.function), self.path)
        except SpecError as error:
            raise self.CollectError(str(error)) from error
        item.obj = minded(item.obj, self.config.stash[AUDIT].settings.timeout)
        return item


def said(error: BaseException, folder: Path) -> str:
    """An import error for people: type, message, and the innermost line that stands in a file of checks."""
    frames = [(f.f_code.co_filename, line) for f, line in traceback.walk_tb(error.__traceback__)]
    ours = [f"{Path(name).relative_to(folder)}:{line}" for name, line in frames if Path(name).is_relative_to(folder)]
    place = f" ({ours[-1]})" if ours else ""
    return mask(f"{type(error).__name__}: {error}{place}")


class Collecting:
    """Hooks of a process that collects."""

    def __init__(self, audit: Audit) -> None:
        self.audit = audit
        self.all: dict[str, Any] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module:
        """Every Python file that is collected here is a file of checks."""
        return CheckModule.from_parent(parent, path=module_path)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None]:
        """Before anything is deselected: keep all specs, leave out what an earlier run has settled.

        A wrong selection is handed to the process that gathers: raised in a worker, it would be an internal error.
        """
        self.all = {item.nodeid: item.stash[SPEC].model_dump(mode="json") for item in items}
        items[:] = [item for item in items if item.nodeid not in self.audit.settled]
        try:
            return (yield)
        except pytest.UsageError as error:
            self.audit.folder.write(USAGE_FILE, str(error))
            items.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Hand specs and selection to the process that gathers."""
        selected = [item.nodeid for item in session.items]
        self.audit.folder.write("collected", {"all": self.all, "selected": selected})
