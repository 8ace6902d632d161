"""The run folder: how the outer process, the inner run and its workers hand each other facts.

A private temporary folder, named to the inner run by an environment variable, which no file of an audited repository
can set. Standard library only: the outer process reads it too, in an interpreter whose import path may be hostile.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

ENV = "READINESS_RUN"
"""Environment variable that holds the path of the run folder; set for the inner run only."""
USAGE_FILE = "usage"
"""Name of the file that says what was wrong with the user's selection of checks."""
OWN_FILE = "own"
"""Name of the file that hands over what the user's own checks found: from their run, and to the packaged one."""
UNREAD = "unread-"
"""Beginning of the names of the files that say which files of the repository a process could not read, and why."""
MAIN = "main"
"""Who writes to the journal where no xdist worker does."""


@dataclass(frozen=True)
class Plan:
    """What the outer process asks of the inner run."""

    checks: str
    """Folder of the checks to run."""
    package: str
    """Name of the package under which they are imported."""
    notes: tuple[str, ...] = ()
    """Configuration notes for the report."""
    own: tuple[str, ...] = ()
    """Folders of the user's own checks."""
    is_own: bool = False
    """True where this run is that of a user's own checks: it hands its results over and scores nothing."""
    crashed: dict[str, str] = field(default_factory=dict)
    """Node id or file -> why the process died there, from runs that ended without a verdict."""


@dataclass(frozen=True)
class Note:
    """One line of the journal: a mark, what it is about, and who wrote it (an xdist worker's id, or `main`)."""

    mark: str
    what: str
    who: str


STARTED, IMPORTS, IMPORTED, RUNS, RAN, ALLOWED, PID = "started", "imports", "imported", "runs", "ran", "allowed", "pid"
_FRAME = re.compile(r'  File "(?P<file>[^"]+)", line (?P<line>\d+)')
_CLOSES = {IMPORTED: IMPORTS, RAN: RUNS}


class RunFolder:
    """Files of one run, each written in one place and read in one place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.journal = Journal(path / "journal")
        self.results = path / "results.jsonl"

    @classmethod
    @contextmanager
    def make(cls, plan: Plan) -> Iterator[RunFolder]:
        """A new folder with this plan, gone at the end."""
        path = Path(tempfile.mkdtemp(prefix="readiness-"))
        try:
            folder = cls(path)
            folder.write_plan(plan)
            yield folder
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def write_plan(self, plan: Plan) -> None:
        """Hand the plan to the inner run."""
        write_whole(self.path / "plan.json", json.dumps(asdict(plan)))

    def plan(self) -> Plan:
        """The plan of the outer process. Raises OSError or ValueError where there is none."""
        data = json.loads((self.path / "plan.json").read_text("utf-8"))
        return Plan(**{**data, "notes": tuple(data["notes"]), "own": tuple(data["own"])})

    def write(self, name: str, data: Any) -> None:
        """Write a JSON file of the folder, whole or not at all."""
        write_whole(self.path / f"{name}.json", json.dumps(data))

    def read(self, name: str) -> Any:
        """What `write` wrote, None where it did not or only a part of it is there."""
        try:
            return json.loads((self.path / f"{name}.json").read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def unread(self) -> dict[str, str]:
        """File of the repository that could not be read -> why, of all processes."""
        found = [self.read(path.stem) for path in sorted(self.path.glob(f"{UNREAD}*.json"))]
        return {path: why for one in found if one for path, why in one.items()}

    def fault_file(self, who: str) -> Path:
        """Where a process leaves the traceback of its violent end."""
        return self.path / f"{who}.fault"

    def cause(self, code: int | None, who: str) -> str:
        """Why a process died that had this exit status: from what faulthandler left, and from the status."""
        try:
            fault = self.fault_file(who).read_text("utf-8", "replace").splitlines()
        except OSError:
            fault = []
        place = innermost(fault, self.plan().checks)
        if fault and fault[0].startswith("Timeout"):
            return f"it did not stop at its time limit, so its process was ended{place}"
        return f"{death(code)}{place}"

    def add_result(self, node: str, result: str) -> None:
        """Keep a result where it outlives this process."""
        append(self.results, json.dumps([node, result]))

    def kept_results(self) -> dict[str, str]:
        """Node id -> result as JSON, of all runs in this folder so far."""
        return dict(_json_lines(self.results))


class Journal:
    """What is being imported and run right now, so that a process that dies leaves the name of what killed it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, mark: str, what: str = "", who: str = MAIN) -> None:
        """Add a line. A full disk is no reason to stop an audit."""
        append(self.path, json.dumps([mark, what, who]))

    def notes(self) -> list[Note]:
        """All lines so far."""
        return [Note(*row) for row in _json_lines(self.path)]

    def unfinished(self, who: str) -> list[str]:
        """What this process had begun and not ended when it last wrote, in the order of beginning."""
        begun: list[tuple[str, str]] = []
        for note in self.notes():
            if note.who == who and note.mark == STARTED:
                begun = []
            elif note.who == who and note.mark in _CLOSES.values():
                begun.append((note.mark, note.what))
            elif note.who == who and note.mark in _CLOSES:
                begun = [one for one in begun if one != (_CLOSES[note.mark], note.what)]
        return [what for _, what in begun]

    def size(self) -> int:
        """Bytes written so far: grows as long as something happens."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0


def _json_lines(path: Path) -> Iterator[Any]:
    """The whole lines of a file; one that was cut by a crash is left out."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        with suppress(ValueError):
            yield json.loads(line)


def append(path: Path, line: str) -> None:
    """Add one line in one write, so that lines of several processes never mix. Gives up silently on OSError."""
    with suppress(OSError):
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, f"{line}\n".encode("utf-8", "backslashreplace"))
        finally:
            os.close(handle)


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises OSError."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, "utf-8")
    os.replace(part, path)


def death(code: int | None) -> str:
    """How a process ended, for people; `code` as subprocess gives it (negative: the signal that killed it)."""
    if code is None:
        return "its process died"
    if code >= 0:
        return f"its process ended with exit status {code}"
    hint = " (out of memory?)" if code == -9 else ""
    return f"its process was killed by signal {-code}{hint}"


def innermost(fault: list[str], folder: str) -> str:
    """The innermost line of a file of checks in a traceback of faulthandler, ` (file:line)`, or nothing."""
    frames = (_FRAME.match(line) for line in fault)
    ours = [f for f in frames if f and f["file"].startswith(f"{folder}{os.sep}")]
    return f" ({os.path.relpath(ours[0]['file'], folder)}:{ours[0]['line']})" if ours else ""
