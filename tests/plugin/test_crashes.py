"""Checks that hang, that end their process, or that keep it from ending: each is an error, and everything else runs."""

from __future__ import annotations

import time

import pytest

from .conftest import GOOD, HEAD, Lab, checks, one

LIMIT = "--readiness-timeout=1"
HANGS = {
    "loop": "while True: pass",
    "swallows": "while True:\n    try:\n        time.sleep(9)\n    except Exception:\n        pass",
    "in_c": "sum(itertools.repeat(0))",
    "masked": "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])\ntime.sleep(99)",
    "lock": "l = threading.Lock()\nl.acquire()\nl.acquire()",
}
ASYNC = "async def {}(units):"
ASYNC_HANGS = {
    "async_waits": "await asyncio.sleep(99)",
    "async_blocks": "time.sleep(99)",
    "async_finally": "try:\n    await asyncio.sleep(99)\nfinally:\n    await asyncio.sleep(0)",
}
SLOW_FIXTURES = """
@pytest.fixture
def slow_before():
    time.sleep(99)
@pytest.fixture
def slow_after():
    yield
    time.sleep(99)
"""


@pytest.mark.parametrize("mode", ["-n0", "-n2"])
def test_a_check_that_hangs_is_an_error_and_the_others_run(lab: Lab, mode: str) -> None:
    hanging = [one(name, body) for name, body in HANGS.items()]
    hanging += [one(name, body, head=ASYNC) for name, body in ASYNC_HANGS.items()]
    hanging += [one(name, GOOD, head=f"def {{}}(units, {name}):") for name in ("slow_before", "slow_after")]
    good = [
        one(f"good_{i}", f"await asyncio.sleep(0)\nassert len(asyncio.all_tasks()) == 1\n{GOOD}", head=ASYNC)
        for i in range(len(hanging))
    ]
    text = HEAD + SLOW_FIXTURES + "".join(bad + after for bad, after in zip(hanging, good, strict=True))
    lab.check_files({"a/check_b.py": text, "b/check_b.py": checks(good_last=GOOD)})
    started = time.monotonic()
    run = lab.run(mode, LIMIT)
    assert time.monotonic() - started < 45
    others = {name: status for name, status in run.statuses.items() if name.startswith("good")}
    assert others == {**{f"good_{i}": "pass" for i in range(len(hanging))}, "good_last": "pass"}
    names = [*HANGS, *ASYNC_HANGS, "slow_before", "slow_after"]
    assert {name: run.statuses[name] for name in names} == dict.fromkeys(names, "error")
    for name in ("loop", "swallows", "async_blocks", "slow_before"):
        assert "took longer than 1 s" in run.results[name]["details"]
    assert "did not stop at its time limit" in run.results["in_c"]["details"]
    assert "(a/check_b.py:" in run.results["in_c"]["details"]
    assert run.status == 1


DEATHS = {
    "exits": ("os._exit(0)", "exit status 0"),
    "killed": ("os.kill(os.getpid(), signal.SIGKILL)", "signal 9 (out of memory?)"),
    "segfault": ("os.kill(os.getpid(), signal.SIGSEGV)", "signal 11"),
}


@pytest.mark.parametrize("mode", ["-n0", "-n2"])
def test_a_check_that_ends_its_process_is_an_error_and_the_others_run(lab: Lab, mode: str) -> None:
    bodies = {name: body for name, (body, _) in DEATHS.items()}
    text = checks(good_1=GOOD, **bodies, good_2=GOOD)
    lab.check_files({"a/check_b.py": text, "b/check_b.py": checks(good_3=GOOD, exits_too="os._exit(0)", good_4=GOOD)})
    run = lab.run(mode)
    assert run.statuses == {
        **{f"good_{i}": "pass" for i in range(1, 5)}, **dict.fromkeys([*bodies, "exits_too"], "error"),
    }  # fmt: skip
    for name, (_, cause) in DEATHS.items():
        assert cause in run.results[name]["details"]
    assert run.report["partial"] == ""
    assert run.status == 1


IMPORTS = {
    "import nothing_such": "No module named 'nothing_such'",
    "def broken(:": "SyntaxError",
    "raise SystemExit(0)": "SystemExit: 0",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "pytest.exit('bye', returncode=0)": "bye",
    "pytest.skip('not today', allow_module_level=True)": "not today",
    "while True: pass": "took longer than 1 s",
    "os._exit(0)": "importing it ended the process",
    "time.sleep(0.2); sum(itertools.repeat(0))": "importing it ended the process",
}


@pytest.mark.parametrize(
    ("mode", "line"),
    [*(("-n0", line) for line in IMPORTS), *(("-n2", line) for line in list(IMPORTS)[::4])],
)
def test_a_file_that_does_not_import_zeroes_its_category_only(lab: Lab, mode: str, line: str) -> None:
    lab.check_files({"a/check_b.py": checks(lost=GOOD) + line, "a/check_c.py": checks(kept=GOOD),
                     "z/check_d.py": checks(other=GOOD)})  # fmt: skip
    run = lab.run(mode, LIMIT, "--readiness-fail-under=0", "--readiness-fail-on=never")
    assert run.report["category_scores"] == {"a": 0, "z": 100}
    assert run.statuses == {"kept": "pass", "other": "pass"}
    gap = run.gaps["collection:a/check_b.py"]
    assert gap["severity"] == "critical"
    assert IMPORTS[line] in gap["description"]
    assert "a/check_b.py" in gap["description"]
    assert run.status == 1


def test_a_folder_without_its_category_toml_scores_nothing(lab: Lab) -> None:
    lab.check_files({"a/check_b.py": checks(good=GOOD), "z/check_d.py": checks(other=GOOD)}, {"a": "title = 3"})
    run = lab.run("-n0")
    assert run.report["category_scores"] == {"a": 0, "z": 100}
    assert "title" in run.gaps["collection:a/category.toml"]["description"]
    assert run.status == 1


@pytest.mark.parametrize("left", ["threading.Thread(target=time.sleep, args=(99,)).start()",
                                  "import atexit\natexit.register(os._exit, 9)"])  # fmt: skip
def test_what_a_check_leaves_behind_does_not_change_the_end(lab: Lab, left: str) -> None:
    lab.check_files({"a/check_b.py": checks(leaves=f"{left}\n{GOOD}")})
    started = time.monotonic()
    run = lab.run("-n0")
    assert run.statuses == {"leaves": "pass"}
    assert run.status == 0
    assert time.monotonic() - started < 25


def test_a_worker_that_cannot_end_does_not_keep_the_run_from_ending(lab: Lab) -> None:
    lab.check_files({"a/check_b.py": checks(leaves=f"threading.Thread(target=time.sleep, args=(99,)).start()\n{GOOD}")})
    assert lab.run("-n1").status == 0


def test_an_internal_error_in_a_worker_is_never_a_pass(lab: Lab) -> None:
    plugin = """
        import os
        def pytest_runtest_logreport(report):
            if "PYTEST_XDIST_WORKER" in os.environ and report.when == "call":
                raise RuntimeError("in a hook")
        """
    lab.write({"breaks.py": plugin}, lab.folder)
    lab.environment["PYTHONPATH"] = str(lab.folder)
    lab.check_files({"a/check_b.py": checks(good=GOOD)})
    run = lab.run("-n1", "-p", "breaks")
    assert run.status == 3


def test_the_controller_may_die_too(lab: Lab) -> None:
    lab.check_files({"a/check_b.py": checks(good=GOOD, kills="os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(1)")})
    run = lab.run("-n1")
    assert run.status == 3
    assert "the audit left no verdict: its process was killed by signal 9" in run.err
