"""What is seen while an audit runs and at its end: on a terminal, in a log, narrow, without colours, quiet, loud."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from .conftest import BAD, GOOD, Lab, checks

ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def mixed(lab: Lab) -> Lab:
    """Two categories, every status in the first."""
    lab.check_files({"alpha/check_b.py": checks(good=GOOD, bad=BAD, open="unknown('no data')", broken="1 / 0"),
                     "omega/check_c.py": checks(other=GOOD)})  # fmt: skip
    return lab


def on_terminal(lab: Lab, *args: str, columns: int = 80, **environment: str) -> str:
    """All that an audit writes to a terminal of this width."""
    lab.environment |= {"TERM": "xterm", **environment}
    env = {k: v for k, v in lab.env().items() if k not in ("COLUMNS", "CI", "NO_COLOR")} | environment
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(lab.command(*args), cwd=lab.repo, env=env, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    seen = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
    process.wait(20)
    os.close(master)
    return seen.decode()


def test_a_log_gets_a_line_for_each_finished_category(mixed: Lab, mode: str) -> None:
    out = mixed.run(mode).out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "alpha 4/4 1 pass, 1 fail, 1 unknown, 1 error" in lines
    assert "omega 1/1 1 pass" in lines
    assert "\r" not in out
    assert "\x1b" not in out
    assert "FAILED" not in out
    assert ".F" not in out
    scoreboard = out.split(" production readiness ")[1]
    assert "Gate: failed" in scoreboard
    assert "Report:" in scoreboard


def test_a_terminal_gets_one_line_that_is_rewritten(mixed: Lab, mode: str) -> None:
    seen = on_terminal(mixed, mode)
    drawn = [ESCAPE.sub("", part) for part in seen.split("\r") if "/5 " in part]
    assert "5/5" in drawn[-1]
    assert "✓2 ✗1 ?1 ‼1" in drawn[-1]
    assert not [part for part in drawn if "\n" in part.strip("\n")]
    assert "\x1b[31m" in seen
    assert "4/4" not in seen


@pytest.mark.parametrize("columns", [60, 80, 120, 30])
def test_no_line_is_wider_than_the_terminal(mixed: Lab, columns: int) -> None:
    seen = ESCAPE.sub("", on_terminal(mixed, "-n0", columns=columns))
    drawn = [part for part in re.split(r"[\r\n]", seen) if "/5 " in part]
    assert drawn
    assert max(map(len, drawn)) < columns
    ours = seen.split(" production readiness ")[1].splitlines()[1:-1]
    places = [line for line in ours if line.startswith("Report: ")]
    assert all(Path(line.removeprefix("Report: ").strip()).is_file() for line in places)  # never cut: to be copied
    assert places
    wide = [line for line in ours if len(line.strip("\r")) > columns and " " in line.strip()]
    assert [line for line in wide if line not in places] == []


def test_no_colour_where_none_is_wanted(mixed: Lab) -> None:
    assert "\x1b[3" not in on_terminal(mixed, "-n0", NO_COLOR="1")


def test_a_ci_log_on_a_terminal_is_not_rewritten(mixed: Lab) -> None:
    out = ESCAPE.sub("", on_terminal(mixed, "-n0", CI="true"))
    assert "4/4" in out


def test_a_terminal_that_knows_ascii_only(mixed: Lab) -> None:
    mixed.environment |= {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    out = mixed.run("-n0").out
    assert "+1 x1 ?1 !1" in out
    assert "\\u" not in out
    assert out.isascii()


def test_quiet_and_quieter(mixed: Lab) -> None:
    quiet, quieter = mixed.run("-n0", "-q"), mixed.run("-n0", "-qq")
    assert "Gate: failed" in quiet.out
    assert "4/4" not in quiet.out
    assert "Gate" not in quieter.out
    assert quiet.status == quieter.status == 1


def test_verbose_is_pytests_own(mixed: Lab, mode: str) -> None:
    out = mixed.run(mode, "-v").out
    assert "alpha/check_b.py::test_good PASSED" in out or "PASSED ../checks/alpha/check_b.py::test_good" in out
    assert "Gate: failed" in out


def test_without_a_terminal_reporter(mixed: Lab, mode: str) -> None:
    run = mixed.run(mode, "-p", "no:terminal")
    assert run.status == 1
    assert run.report["gate"]["passed"] is False
    assert "Gate" not in run.out


def test_what_is_odd_about_the_configuration_is_said(mixed: Lab) -> None:
    mixed.write({"readiness.toml": "fail_under = 'high'\n"})
    run = mixed.run("-n0")
    assert "Note: readiness.toml: fail_under" in run.out
    assert any("fail_under" in note for note in run.report["configuration_notes"])
    assert any("READINESS_BUNDLED_CHECKS" in note for note in run.report["configuration_notes"])
