"""The outer process: starts a clean inner pytest run, watches over it, and returns the verdict that it left.

Standard library only, and only modules that pytest itself has loaded: the import path of the outer process may lead
into the audited repository. Nothing of the repository is read here, its pytest settings least of all.
"""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from pytest_readiness.bundled import data_dir
from pytest_readiness.inner.runfolder import ALLOWED, ENV, MAIN, OWN_FILE, STARTED, Plan, RunFolder, death

INI = Path(__file__).resolve().parent / "readiness.ini"
PACKAGE, OWN_PACKAGE = "readiness_checks", "readiness_local_checks"
INTERRUPTED, INTERNAL, USAGE = 2, 3, 4
START_LIMIT = 120.0
"""Seconds in which the inner run must have begun, imports of a slow disk included."""
GRACE = 5.0
"""Seconds that the inner run may take to end once its verdict is written."""
SHORT = 5.0
"""Seconds of silence that are never worth a look."""
CHECKS_VARIABLE = "READINESS_BUNDLED_CHECKS"
"""For this project's own tests: another folder of checks. Taken from the environment of whoever starts the audit, and
named in the report's configuration notes, so that it cannot be used unseen."""

PLUGINS = {
    "--cov": ("pytest_cov",),
    "--no-cov": ("pytest_cov",),
    "--html": ("metadata", "html"),
    "--json-report": ("metadata", "pytest_jsonreport"),
    "--timeout": ("timeout",),
    "--reruns": ("rerunfailures",),
    "--force-sugar": ("sugar",),
    "--randomly": ("randomly",),
}
"""Beginning of a user's option -> the plugins that know it. None other is loaded: autoload is off in the inner run."""
NEEDED = ("readiness", "asyncio", "python", "fixtures", "main", "runner")
DROPPED = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONWARNINGS", "PYTHONINSPECT", "PYTEST_XDIST_WORKER",
           "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID", CHECKS_VARIABLE)  # fmt: skip


def run(typed: Sequence[str]) -> int:
    """Audit, and return the exit status: 0 gate passed, 1 failed, 2 interrupted, 3 internal error, 4 usage."""
    try:
        own = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *typed]
        refuse_blocked(own)
        plan = packaged(own_folders(own))
    except (ValueError, RuntimeError) as error:
        print(f"ERROR: {error}", file=sys.stderr)  # noqa: T201
        return USAGE
    try:
        return all_runs(own, plan)
    except OSError as error:
        print(f"ERROR: the audit has no temporary folder to work in: {error}. Set TMPDIR.", file=sys.stderr)  # noqa: T201
        return INTERNAL


def all_runs(own: Sequence[str], plan: Plan) -> int:
    """Exit status of the audit: first the user's own checks, each folder apart, then the packaged ones."""
    handed_over: dict[str, Any] = {}
    for number, checks in enumerate(() if tells_only(own) else plan.own):
        status, handed_over[checks] = one_run(own, Plan(checks, f"{OWN_PACKAGE}_{number}", is_own=True), {})
        if status in (INTERRUPTED, USAGE):
            return status
    return one_run(own, plan, handed_over)[0]


def one_run(own: Sequence[str], plan: Plan, handed_over: Mapping[str, Any]) -> tuple[int, Any]:
    """Exit status of an inner run, and what it handed over; `handed_over` is what those before it did."""
    with RunFolder.make(plan) as folder, Outer(folder).signals() as outer:
        folder.write(OWN_FILE, handed_over)
        status = outer.run(command(own, plan, folder), environment(own, folder))
        return status, folder.read(OWN_FILE) or None


def packaged(own: tuple[str, ...]) -> Plan:
    """The packaged checks, or those that this project's tests put in their place. Raises RuntimeError without any."""
    other = os.environ.get(CHECKS_VARIABLE)
    if other:
        notes = (f"{CHECKS_VARIABLE} is set: checks are those of {other}.",)
        return Plan(str(Path(other).resolve()), PACKAGE, notes, own)
    return Plan(str(data_dir("checks")), PACKAGE, own=own)


def own_folders(own: Sequence[str]) -> tuple[str, ...]:
    """The folders of the user's own checks. Raises ValueError where one is no folder."""
    for typed in scanned(own).readiness_checks:
        if not os.path.isdir(typed):
            raise ValueError(f"--readiness-checks={typed}: there is no such folder; it holds <category>/check_*.py")
    return tuple(dict.fromkeys(str(Path(typed).resolve()) for typed in scanned(own).readiness_checks))


def tells_only(own: Sequence[str]) -> bool:
    """Whether checks are to be listed or explained, for which none runs."""
    return any(arg.startswith(("--readiness-list", "--readiness-explain")) for arg in own)


def refuse_blocked(own: Sequence[str]) -> None:
    """Raise ValueError where the user switched off a plugin without which no check can run."""
    for name in scanned(own).p:
        if name.startswith("no:") and name[3:] in NEEDED:
            raise ValueError(f"-p {name}: readiness checks cannot run without this plugin; leave the option out")


# ------------------------------------------------------------------------------------------------------- command line


def scanned(own: Sequence[str]) -> Any:
    """The few of the user's options that decide what stands before them. All are handed on as typed."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-p", action="append", default=[])
    parser.add_argument("-n", "--numprocesses")
    parser.add_argument("--dist")
    parser.add_argument("--tx", action="append")
    parser.add_argument("-d", "--distload", action="store_true")
    parser.add_argument("--readiness-checks", action="append", default=[])
    try:
        return parser.parse_known_args(list(own))[0]
    except (argparse.ArgumentError, SystemExit):  # pytest will say what is wrong
        return argparse.Namespace(p=[], numprocesses=None, dist=None, tx=None, distload=False, readiness_checks=[])


def command(own: Sequence[str], plan: Plan, folder: RunFolder) -> list[str]:
    """The inner run: our defaults before the user's options, which win; what keeps the run clean after them."""
    seen = scanned(own)
    blocked = {name[3:] for name in seen.p if name.startswith("no:")}
    shown = [] if blocked & {"terminal", "terminalreporter"} else ["--tb=no", "-rN", "--no-header"]
    return [
        sys.executable, "-m", "pytest", "-p", "readiness", "-p", "asyncio",
        *spread(seen, blocked), *named(own, blocked), *shown, f"--basetemp={folder.path / 'temp'}",
        *own,
        "--readiness", "-c", str(INI), "--rootdir", plan.checks, "--noconftest", "--continue-on-collection-errors",
        "--strict-markers", "-p", "no:warnings", "-p", "no:faulthandler", "-o", f"cache_dir={folder.path / 'cache'}",
    ]  # fmt: skip


def spread(seen: Any, blocked: set[str]) -> list[str]:
    """Options that spread the checks over processes, unless the user arranged that otherwise."""
    if "xdist" in blocked or "xdist" not in installed():
        return []
    loaded = ["-p", "xdist", "--max-worker-restart", "10000"]
    if seen.tx or seen.distload or (seen.dist == "no" and seen.numprocesses is None):
        return loaded
    return [*loaded, "-n", "auto", "--dist", "load"]


def named(own: Sequence[str], blocked: set[str]) -> list[str]:
    """`-p` options for the plugins whose options the user typed."""
    wanted = {name for start, names in PLUGINS.items() if any(arg.startswith(start) for arg in own) for name in names}
    if not wanted:
        return []
    return [part for name in sorted(wanted & installed() - blocked) for part in ("-p", name)]


def installed() -> set[str]:
    """Names of the pytest plugins of this environment."""
    return {entry.name for entry in metadata.entry_points(group="pytest11")}


def environment(own: Sequence[str], folder: RunFolder) -> dict[str, str]:
    """The environment of the inner run: nothing in it leads an import into the audited repository."""
    kept = {key: value for key, value in os.environ.items() if key not in DROPPED}
    kept |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONSAFEPATH": "1", "PYTHONHASHSEED": "0", ENV: str(folder.path)}
    path = os.pathsep.join(outside(kept.pop("PYTHONPATH", "").split(os.pathsep), own))
    if len(outside(sys.path, own)) < len(sys.path):  # a venv in the repository: compiled modules would land there
        kept["PYTHONDONTWRITEBYTECODE"] = "1"
    return kept | ({"PYTHONPATH": path} if path else {})


def outside(entries: Sequence[str], own: Sequence[str]) -> list[str]:
    """The absolute paths among the entries that lie in no folder which may be the audited one."""
    audited = [repository_of(Path(arg)) for arg in (".", *own) if os.path.isdir(arg)]
    absolute = [entry for entry in entries if os.path.isabs(entry)]
    return [e for e in absolute if not any(Path(e).resolve().is_relative_to(root) for root in audited)]


def repository_of(folder: Path) -> Path:
    """The nearest folder upwards with a .git or readiness.toml, else the folder itself."""
    folder = folder.resolve()
    marked = (f for f in (folder, *folder.parents) if any((f / name).exists() for name in (".git", "readiness.toml")))
    return next(marked, folder)


# -------------------------------------------------------------------------------------------------------- supervision


@dataclass
class Outer:
    """Watches over inner runs until one of them leaves a verdict."""

    folder: RunFolder
    process: subprocess.Popen[bytes] | None = None
    interrupted: bool = False

    def run(self, line: list[str], env: dict[str, str]) -> int:
        """Exit status of the audit. Begins anew, without the check that did it, when a check killed the inner run."""
        while not self.interrupted:
            code = self._one_run(line, env)
            status = self._status(code)
            if status is not None:
                return status
            killers = self.folder.journal.unfinished(MAIN)
            plan = self.folder.plan()
            if not killers or killers[-1] in plan.crashed:
                print(f"ERROR: the audit left no verdict: {death(code)}. Nothing is proved.", file=sys.stderr)  # noqa: T201
                return INTERNAL
            self.folder.write_plan(replace(plan, crashed={**plan.crashed, killers[-1]: self.folder.cause(code, MAIN)}))
        return INTERRUPTED

    def _status(self, code: int | None) -> int | None:
        """The exit status where it is clear: a verdict, an interruption, a run that never was an audit."""
        if self.interrupted or code == -signal.SIGINT:
            return INTERRUPTED
        verdict = self.folder.read("verdict")
        if verdict is not None:
            return int(verdict)
        if self.folder.read("information"):
            return INTERNAL if code is None or code < 0 else code
        begun = any(note.mark == STARTED for note in self.folder.journal.notes())
        return code if not begun and code in (INTERRUPTED, USAGE) else None

    def _one_run(self, line: list[str], env: dict[str, str]) -> int | None:
        """Exit status of one inner run, None where it went silent and was ended."""
        self.process = subprocess.Popen(line, env=env)
        if self.interrupted:  # while it was being started, when there was nobody to hand the signal to
            self.process.send_signal(signal.SIGINT)
        watch = Watch(self.folder)
        while True:
            try:
                return self.process.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                if watch.is_over():
                    self._end()
                    return None

    def _end(self) -> None:
        assert self.process is not None
        self.process.terminate()
        try:
            self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    @contextmanager
    def signals(self) -> Iterator[Outer]:
        """While this lasts, SIGINT and SIGTERM are handed to the inner run as SIGINT; it ends with a partial report."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        old = {number: signal.signal(number, self._hand_on) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in old.items():
                signal.signal(number, handler)

    def _hand_on(self, _number: int, _frame: object) -> None:
        self.interrupted = True
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)


class Watch:
    """Tells when an inner run hangs: no news in its journal for longer than it announced, or no end after its end."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.seen = -1
        self.since = time.monotonic()
        self.verdict_since: float | None = None

    def is_over(self) -> bool:
        """Whether the inner run must be ended."""
        now = time.monotonic()
        if (self.folder.path / "verdict.json").exists():
            self.verdict_since = self.verdict_since or now
            return now - self.verdict_since > GRACE
        size = self.folder.journal.size()
        if size != self.seen:
            self.seen, self.since = size, now
        silent = now - self.since
        return silent > SHORT and silent > self._allowed()

    def _allowed(self) -> float:
        announced = [float(note.what) for note in self.folder.journal.notes() if note.mark == ALLOWED]
        return announced[-1] if announced else START_LIMIT
