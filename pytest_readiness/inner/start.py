"""The beginning of an inner run: what the command line asks for, and which hooks each process needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_readiness import hookspecs
from pytest_readiness.inner import fixtures
from pytest_readiness.inner.audit import AUDIT, Audit, of_command_line, of_worker
from pytest_readiness.inner.collect import GUARD, Collecting
from pytest_readiness.inner.examine import Examiner
from pytest_readiness.inner.gather import Gatherer
from pytest_readiness.inner.guard import Guard, ignore_signals
from pytest_readiness.inner.information import Information, asked_for_information
from pytest_readiness.inner.limits import cache_folder, worker_number
from pytest_readiness.inner.runfolder import ENV, PID, RunFolder
from pytest_readiness.inner.screen import Screen
from pytest_readiness.inner.workers import Workers
from pytest_readiness.options import Loaded, UsageProblem, find_root, load
from pytest_readiness.settings import Settings

GROUPED = ("loadscope", "loadfile", "loadgroup", "each")
INCOMPLETE = {"lf": "--lf", "failedfirst": "--ff", "newfirst": "--nf", "stepwise": "--sw", "stepwise_skip": "--sw-skip"}


class Start:
    """Registered in every process of the inner run; hands over to the objects that do the work."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder

    @pytest.hookimpl
    def pytest_addhooks(self, pluginmanager: pytest.PytestPluginManager) -> None:
        """Our own hooks exist in the inner run only."""
        pluginmanager.add_hookspecs(hookspecs)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, object, object]:
        """Settle what is asked before any other plugin acts on it."""
        if not hasattr(config, "workerinput"):
            refuse_incomplete(config)
            warning = heed_distribution(config)
            if asked_for_information(config):
                config.option.numprocesses = 0
                config.stash[AUDIT] = no_audit(self.folder)
            else:
                config.stash[AUDIT] = asked(self.folder, config, warning)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Point collection at the checks, and register what this process needs."""
        worker = hasattr(config, "workerinput")
        if worker:
            config.stash[AUDIT] = of_worker(self.folder, vars(config)["workerinput"])
        audit = config.stash[AUDIT]
        config.args = [audit.plan.checks]
        sys.dont_write_bytecode = False
        sys.pycache_prefix = str(cache_folder(audit.root, self.folder.path))
        register(config, audit, worker=worker)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_xdist_auto_num_workers(self) -> int | None:
        """How many workers pay off here; None where the environment says."""
        return worker_number()


def begin(pluginmanager: pytest.PytestPluginManager, folder: str) -> None:
    """Register what every process of an inner run needs. Raises UsageError where the run folder is not ours."""
    run = RunFolder(Path(folder))
    try:
        run.plan()
    except (OSError, ValueError, TypeError) as error:
        raise pytest.UsageError(f"{ENV} is set by pytest-readiness itself for its inner run; unset it") from error
    pluginmanager.register(Start(run), "readiness-start")
    pluginmanager.register(Information(run), "readiness-information")


def refuse_incomplete(config: pytest.Config) -> None:
    """Raise UsageError on options that pick checks by what failed last: an audit is whole, or picked by name."""
    for name, typed in INCOMPLETE.items():
        if getattr(config.option, name, False):
            raise pytest.UsageError(f"{typed} has no meaning with --readiness; pick checks with -k, or leave it out")


def heed_distribution(config: pytest.Config) -> str:
    """What was changed about the distribution. xdist 3.8 hangs after a worker's crash unless it hands out singly."""
    dist = getattr(config.option, "dist", "no")
    if dist not in GROUPED:
        return ""
    config.option.dist = "load"
    return f"--dist {dist} is replaced by --dist load: with the former a check that ends its process hangs the run."


def asked(folder: RunFolder, config: pytest.Config, warning: str) -> Audit:
    """The audit that the command line asks for. Raises UsageError where it cannot be done."""
    given = config.option
    cli = {key: getattr(given, f"readiness_{key}") for key in ("report", "fail_under", "fail_on", "timeout")}
    paths = [str(path) for path in given.file_or_dir]
    if len(paths) > 1:
        raise pytest.UsageError(f"one repository at a time; these are {len(paths)}: {', '.join(paths)}")
    try:
        root = find_root(config.invocation_params.dir / (paths[0] if paths else "."))
        loaded = load(root, cli, config.invocation_params.dir)
    except UsageProblem as problem:
        raise pytest.UsageError(str(problem)) from problem
    return of_command_line(folder, root, loaded, (warning,) if warning else ())


def no_audit(folder: RunFolder) -> Audit:
    """What a run needs that only tells something, wherever it is started."""
    return of_command_line(folder, Path.cwd(), Loaded(Settings(), (), ()), ())


def register(config: pytest.Config, audit: Audit, *, worker: bool) -> None:
    """The objects of this process: gathering in the controller, examining where checks run, both without xdist."""
    plugins = config.pluginmanager
    spread = not worker and distributes(config)
    if worker:
        ignore_signals()
        audit.folder.journal.note(PID, str(os.getpid()), audit.who)
    elif not asked_for_information(config):
        gatherer = Gatherer(audit)
        plugins.register(gatherer, "readiness-gatherer")
        plugins.register(Screen(config, gatherer), "readiness-screen")
    if spread:
        plugins.register(Workers(audit, gatherer), "readiness-workers")
        return
    os.environ.pop(ENV, None)  # what a check starts is no part of the audit
    interactive = bool(config.getoption("usepdb", False) or config.getoption("trace", False))
    guard = config.stash[GUARD] = Guard(
        audit.settings.timeout, audit.folder.fault_file(audit.who), enabled=not interactive
    )
    plugins.register(fixtures, "readiness-fixtures")
    plugins.register(Collecting(audit), "readiness-collecting")
    plugins.register(Examiner(audit, guard), "readiness-examiner")


def distributes(config: pytest.Config) -> bool:
    """Whether xdist will run the checks in workers."""
    option = config.option
    return getattr(option, "dist", "no") != "no" and bool(option.tx) and not option.collectonly
