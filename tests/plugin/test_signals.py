"""Ctrl-C and SIGTERM: a partial report, exit status 2, and no process left."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import GOOD, MODULE, Lab, checks


def begun(lab: Lab, process: subprocess.Popen[str]) -> None:
    """Return once the slow check runs."""
    deadline = time.monotonic() + 20
    while not (lab.folder / "running").exists():
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)


def slow(lab: Lab) -> str:
    """A check that says that it runs, and runs for long."""
    return f"open({str(lab.folder / 'running')!r}, 'w').close()\ntime.sleep(60)"


def nobody_left(lab: Lab) -> bool:
    """Whether every process of the audit has ended (they share its temporary folder)."""
    marked = f"TMPDIR={lab.temp}".encode()
    for _ in range(100):
        if not [p for p in Path("/proc").glob("[0-9]*/environ") if marked in content(p)]:
            return True
        time.sleep(0.05)
    return False


def content(path: Path) -> bytes:
    """Bytes of a file that may vanish."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize("how", ["group", "outer", "thrice", "terminate"])
@pytest.mark.parametrize("mode", ["-n0", "-n2"])
def test_an_interrupted_audit_leaves_a_partial_report(lab: Lab, mode: str, how: str) -> None:
    lab.check_files({"a/check_a.py": checks(good=GOOD), "b/check_b.py": checks(slow=slow(lab), never=GOOD)})
    process = lab.popen(mode, *(("--maxschedchunk=1",) if mode == "-n2" else ()))
    begun(lab, process)
    time.sleep(0.3)
    sent = time.monotonic()
    match how:
        case "group":
            os.killpg(process.pid, signal.SIGINT)
        case "outer":
            os.kill(process.pid, signal.SIGINT)
        case "terminate":
            os.kill(process.pid, signal.SIGTERM)
        case "thrice":
            for _ in range(3):
                os.killpg(process.pid, signal.SIGINT)
                time.sleep(0.02)
    run = lab.ended(process)
    assert time.monotonic() - sent < 10  # xdist alone would wait ten seconds for its workers
    assert run.status == 2
    assert "interrupted" in run.report["partial"]
    assert run.report["gate"]["passed"] is False
    assert run.statuses["good"] == "pass"
    assert run.statuses["slow"] == "unknown"
    assert nobody_left(lab)


def test_an_audit_that_is_interrupted_at_once_proves_nothing(lab: Lab) -> None:
    lab.check_files({"a/check_a.py": checks(good=GOOD)})
    process = lab.popen(start=MODULE)
    time.sleep(0.1)
    os.killpg(process.pid, signal.SIGINT)
    run = lab.ended(process)
    assert run.status in (2, -signal.SIGINT)
    assert nobody_left(lab)


def test_interruption_while_a_file_is_imported(lab: Lab, mode: str) -> None:
    lab.check_files({"a/check_a.py": checks(good=GOOD) + slow(lab)})
    process = lab.popen(mode)
    begun(lab, process)
    os.killpg(process.pid, signal.SIGINT)
    run = lab.ended(process)
    assert run.status == 2
    assert nobody_left(lab)
