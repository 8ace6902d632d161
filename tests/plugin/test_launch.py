"""The outer process in small: what it starts, when it gives up, and what it reads in the run folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_readiness import launch
from pytest_readiness.inner import limits
from pytest_readiness.inner.runfolder import (
    ALLOWED,
    IMPORTED,
    IMPORTS,
    RAN,
    RUNS,
    STARTED,
    Plan,
    RunFolder,
    death,
    innermost,
)

from .conftest import Lab

PLAN = Plan("/checks", "readiness_checks")


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    """A run folder."""
    made = RunFolder(tmp_path)
    made.write_plan(PLAN)
    return made


def line(folder: RunFolder, *own: str) -> list[str]:
    """The inner run's command line."""
    return launch.command(own, PLAN, folder)


def test_defaults_stand_before_the_users_options_and_integrity_after(folder: RunFolder) -> None:
    words = line(folder, "-n", "3", "--dist", "worksteal", "-c", "own.ini", "--rootdir", "x", "--tb=long")
    assert words.index("auto") < words.index("3")
    assert words.index("load") < words.index("worksteal")
    assert words.index("--tb=no") < words.index("--tb=long")
    assert words.index("own.ini") < words.index(str(launch.INI))
    assert words.index("x") < len(words) - 1 - words[::-1].index("/checks")
    assert words[1:4] == ["-m", "pytest", "-p"]  # PYTHONSAFEPATH stands in the environment


@pytest.mark.parametrize(
    ("own", "absent"),
    [
        ("-p no:xdist", "--max-worker-restart"),
        ("-p no:terminal", "--tb=no"),
        ("-pno:terminalreporter", "--tb=no"),
        ("--dist no", "auto"),
        ("--tx popen", "auto"),
        ("-d", "auto"),
    ],
)
def test_defaults_that_would_not_fit_are_left_out(folder: RunFolder, own: str, absent: str) -> None:
    assert absent not in line(folder, *own.split())
    assert absent in line(folder)


def test_plugins_are_loaded_by_the_options_that_need_them(folder: RunFolder) -> None:
    assert "pytest_cov" not in line(folder)
    assert "pytest_cov" in line(folder, "--cov=app")
    assert "timeout" in line(folder, "--timeout=3")
    assert "timeout" not in line(folder, "--readiness-timeout=3")
    assert "pytest_cov" not in line(folder, "--cov=app", "-p", "no:pytest_cov")
    assert "html" not in line(folder, "--html=x")  # not installed: pytest says that it knows no such option


def test_an_option_without_its_value_is_left_to_pytest(folder: RunFolder) -> None:
    assert "auto" in line(folder, "-p")


def test_environment(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONWARNINGS", "READINESS_BUNDLED_CHECKS"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("KEPT", "x")
    env = launch.environment([], folder)
    assert not {"PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONWARNINGS", "READINESS_BUNDLED_CHECKS"} & set(env)
    assert (env["KEPT"], env["PYTHONSAFEPATH"], env["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]) == ("x", "1", "1")


def test_pythonpath_keeps_only_what_lies_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo, other, away = tmp_path / "repo", tmp_path / "other", tmp_path / "away"
    for made in (repo / ".git", repo / "src", other / "lib", away):
        made.mkdir(parents=True)
    (tmp_path / "link").symlink_to(repo / "src")
    monkeypatch.chdir(repo / "src")
    entries = [str(repo), str(repo / "lib"), str(other / "lib"), str(tmp_path / "link"), "src", "", str(away)]
    assert launch.outside(entries, [str(other), "--option"]) == [str(away)]
    assert launch.outside([""], []) == []


def test_no_compiled_module_lands_in_a_venv_inside_the_repository(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    assert "PYTHONDONTWRITEBYTECODE" not in launch.environment([], folder)
    monkeypatch.syspath_prepend(tmp_path / "repo" / ".venv")
    assert launch.environment([], folder)["PYTHONDONTWRITEBYTECODE"] == "1"


def test_what_is_unfinished(folder: RunFolder) -> None:
    journal = folder.journal
    journal.note(IMPORTS, "a.py")
    journal.note(STARTED)
    for mark, what, who in ((IMPORTS, "b.py", "main"), (IMPORTED, "b.py", "main"), (RUNS, "b.py::x", "main"),
                            (RUNS, "b.py::y", "gw0"), (RAN, "b.py::x", "main"), (RUNS, "b.py::z", "main")):  # fmt: skip
        journal.note(mark, what, who)
    with journal.path.open("a") as file:
        file.write('["runs", "cut')
    assert journal.unfinished("main") == ["b.py::z"]
    assert journal.unfinished("gw0") == ["b.py::y"]
    assert journal.unfinished("gw1") == []


def test_a_journal_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "gone")
    folder.journal.note(RUNS, "x")
    folder.add_result("x", "{}")
    assert folder.journal.notes() == []
    assert folder.kept_results() == {}
    assert folder.read("verdict") is None


def test_silence_ends_a_run_and_news_do_not(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    watch = launch.Watch(folder)
    now = launch.START_LIMIT - 1
    assert not watch.is_over()
    folder.journal.note(ALLOWED, "300")
    now = 500
    assert not watch.is_over()
    now = 799
    assert not watch.is_over()
    now = 801
    assert watch.is_over()
    folder.write("verdict", 0)
    assert not watch.is_over()
    now += launch.GRACE + 1
    assert watch.is_over()


def test_a_silent_run_is_ended_and_proves_nothing(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(launch, "START_LIMIT", 0.3)
    monkeypatch.setattr(launch, "SHORT", 0.1)
    outer = launch.Outer(folder)
    status = outer.run([sys.executable, "-c", "import time; time.sleep(60)"], dict(os.environ))
    assert status == launch.INTERNAL
    assert "Nothing is proved" in capsys.readouterr().err
    assert outer.process is not None
    assert outer.process.poll() is not None


@pytest.mark.parametrize(("code", "status"), [(0, 3), (1, 3), (2, 2), (4, 4), (5, 3), (-9, 3)])
def test_only_a_verdict_passes(folder: RunFolder, code: int, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    script = f"import os; os.kill(os.getpid(), {-code})" if code < 0 else f"raise SystemExit({code})"
    assert launch.Outer(folder).run([sys.executable, "-c", script], dict(os.environ)) == status
    assert ("left no verdict" in capsys.readouterr().err) is (status == 3)


def test_the_verdict_counts_and_not_the_exit_status(folder: RunFolder) -> None:
    folder.write("verdict", 0)
    assert launch.Outer(folder).run([sys.executable, "-c", "raise SystemExit(9)"], dict(os.environ)) == 0


@pytest.mark.parametrize(
    ("code", "said"),
    [(0, "its process ended with exit status 0"), (-11, "its process was killed by signal 11"),
     (-9, "its process was killed by signal 9 (out of memory?)"), (None, "its process died")],
)  # fmt: skip
def test_deaths_in_words(code: int | None, said: str) -> None:
    assert death(code) == said


def test_the_innermost_line_of_a_check_in_a_traceback_of_faulthandler() -> None:
    fault = [
        "Timeout (0:00:02)!",
        "Thread 1 (most recent call first):",
        '  File "/lib/x.py", line 3 in f',
        '  File "/checks/a/check_b.py", line 12 in test_x',
        '  File "/checks/a/check_b.py", line 1 in g',
    ]
    assert innermost(fault, "/checks") == " (a/check_b.py:12)"
    assert innermost(fault, "/elsewhere") == ""


def test_number_of_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quota = tmp_path / "cpu.max"
    assert limits.quota(quota, 8) == 8
    for text, processors in (("max 100000", 8), ("150000 100000", 1.5), ("nonsense", 8), ("1 0", 8)):
        quota.write_text(text)
        assert limits.quota(quota, 8) == processors
    monkeypatch.delenv("PYTEST_XDIST_AUTO_NUM_WORKERS", raising=False)
    for processors, memory, workers in ((64, 10**12, 4), (2, 10**12, 2), (8, 3 * 10**8, 1), (1, 0, 1)):
        monkeypatch.setattr(limits, "processors", lambda n=processors: n)
        monkeypatch.setattr(limits, "available_memory", lambda n=memory: n)
        assert limits.worker_number() == workers
    monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "7")
    assert limits.worker_number() is None


def homeless() -> Path:
    """A user without a home."""
    raise RuntimeError


def test_the_cache_never_lies_in_the_audited_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert limits.cache_folder(tmp_path / "repo", tmp_path / "run") == tmp_path / "cache" / "pytest-readiness" / "pyc"
    assert limits.cache_folder(tmp_path, tmp_path / "run") == tmp_path / "run" / "pyc"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    assert limits.cache_folder(tmp_path / "repo", tmp_path / "run") == tmp_path / "run" / "pyc"
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert limits.cache_folder(tmp_path / "repo", tmp_path / "run") == tmp_path / "run" / "pyc"


def test_the_outer_process_imports_the_standard_library_only() -> None:
    code = "import json, sys, pytest_readiness.launch as l; json.dump(sorted(sys.modules), sys.stdout)"
    done = subprocess.run([sys.executable, "-P", "-S", "-c", code], check=True, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": str(Path(launch.__file__).parents[1])})  # fmt: skip
    tops = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert tops - set(sys.stdlib_module_names) <= {
        "pytest_readiness",
        "__main__",
        "_sysconfigdata__linux_x86_64-linux-gnu",
    }


def test_without_a_temporary_folder_nothing_is_proved(lab: Lab) -> None:
    lab.environment["TMPDIR"] = "/proc"
    code = "import tempfile; tempfile.tempdir = '/proc'\nfrom pytest_readiness import launch; exit(launch.run([]))"
    run = lab.run(start=(sys.executable, "-P", "-c", code))
    assert run.status == 3
    assert "no temporary folder" in run.err


def test_an_interruption_before_the_inner_run_starts_ends_the_audit(folder: RunFolder) -> None:
    started = folder.path / "started"
    line = [sys.executable, "-c", f"open({str(started)!r}, 'w').close()"]
    assert launch.Outer(folder, interrupted=True).run(line, dict(os.environ)) == launch.INTERRUPTED
    assert not started.exists()


def test_an_interruption_counts_although_the_inner_run_never_heard_of_it(folder: RunFolder) -> None:
    folder.write("verdict", 0)
    assert launch.Outer(folder, interrupted=True)._status(0) == launch.INTERRUPTED
    assert launch.Outer(folder)._status(0) == 0
