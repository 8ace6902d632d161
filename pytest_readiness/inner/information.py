"""Runs that only tell something: the list of checks, the explanation of one, and pytest's own help and listings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_readiness import explain
from pytest_readiness.check_modules import LOCAL_PACKAGE, check_files
from pytest_readiness.inner.collect import said
from pytest_readiness.inner.part import categories_of
from pytest_readiness.inner.runfolder import RunFolder
from pytest_readiness.options import UsageProblem
from pytest_readiness.testing import LoadedCheck, load_file

TELLING = ("help", "version", "markers", "showfixtures", "show_fixtures_per_test", "collectonly", "setupplan",
           "setuponly", "cacheshow")  # fmt: skip


def asked_for_information(config: pytest.Config) -> bool:
    """Whether the command line asks to be told something instead of an audit."""
    return any(getattr(config.option, name, False) for name in (*TELLING, "readiness_list", "readiness_explain"))


class Information:
    """Registered in every process of the inner run."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """Tell, and end; or leave it to pytest. Marks the run as one that has no verdict."""
        if hasattr(config, "workerinput") or not asked_for_information(config):
            return None
        self.folder.write("information", True)
        if not (config.option.readiness_list or config.option.readiness_explain):
            return None
        try:
            print(self._told(config.option.readiness_explain))  # noqa: T201
        except UsageProblem as problem:
            raise pytest.UsageError(str(problem)) from problem
        return 0

    def _told(self, wanted: str | None) -> str:
        plan = self.folder.plan()
        checks = all_checks(Path(plan.checks), plan.package)
        categories = {category.id: category for category in categories_of(Path(plan.checks))[0]}
        for own in map(Path, plan.own):
            checks += all_checks(own, LOCAL_PACKAGE)
            categories = {category.id: category for category in categories_of(own)[0]} | categories
        specs = [check.spec for check in checks]
        if wanted is None:
            return explain.listing(specs, list(categories.values()))
        found = explain.find(specs, wanted)
        return explain.explanation(found, next(check.proof for check in checks if check.spec == found))


def all_checks(folder: Path, package: str) -> list[LoadedCheck]:
    """The checks of a folder, as far as they can be loaded."""
    return [check for path in check_files(folder) for check in loaded(folder, path, package)]


def loaded(folder: Path, path: Path, package: str) -> list[LoadedCheck]:
    """The checks of a file; one that cannot be loaded is named on stderr and left out."""
    try:
        return load_file(folder, path, package)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        print(f"{path.relative_to(folder)}: {said(error, folder)}", file=sys.stderr)  # noqa: T201
        return []
