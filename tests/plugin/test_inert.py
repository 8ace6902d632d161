"""Without --readiness the plugin is a list of options, the name of a marker, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import GOOD, Lab, checks

PROBE = """
import json, sys
def pytest_unconfigure(config):
    ours = [m for m in sys.modules if m.startswith("pytest_readiness")]
    heavy = [m for m in ("pydantic", "jinja2", "yaml", "markdown_it", "pathspec", "hcl2") if m in sys.modules]
    hooks = [n for n in dir(config.hook) if "readiness" in n]
    markers = [m for m in config.getini("markers") if "readiness" in m]
    plugins = [n for n, p in config.pluginmanager.list_name_plugin() if p and "readiness" in n]
    with open("probe.json", "w") as file:
        json.dump([ours, heavy, hooks, markers, plugins], file)
def test_x():
    pass
"""


def bare(lab: Lab, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    """An ordinary run of pytest where the plugin is installed."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "READINESS"))} | more
    line = [str(Path(sys.executable).with_name("pytest")), "-p", "no:cacheprovider", *args]
    return subprocess.run(line, check=False, cwd=lab.repo, env=env, capture_output=True, text=True, timeout=60)


def test_an_ordinary_run_knows_nothing_of_us(lab: Lab) -> None:
    ini = "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
    lab.write({"conftest.py": PROBE, "test_x.py": "from conftest import test_x\n", "pytest.ini": ini})
    done = bare(lab, "--strict-markers", "--strict-config", "-W", "error")
    assert done.returncode == 0, done.stdout
    assert "eadiness" not in done.stdout.replace("readiness-0.", "")  # pytest itself lists what is installed
    ours, *nothing = json.loads((lab.repo / "probe.json").read_text())
    assert ours == ["pytest_readiness", "pytest_readiness.plugin"]
    markers = nothing.pop(2)
    assert len(markers) == 1  # so that checks can be imported by tests under --strict-markers
    assert nothing == [[], [], ["readiness"]]
    lab.write({"test_x.py": "def test_x(units): pass\ndef test_y(repo): pass\n"})
    assert "fixture 'units' not found" in (out := bare(lab).stdout)
    assert "fixture 'repo' not found" in out


@pytest.mark.parametrize("option", ["--readiness-report=json", "--readiness-fail-under=90", "--readiness-timeout=3"])
def test_an_option_without_readiness_is_refused(lab: Lab, option: str) -> None:
    lab.write({"test_x.py": "def test_x(): pass\n"})
    done = bare(lab, option)
    assert done.returncode == 4
    assert "has no effect without --readiness" in done.stderr


def test_a_stray_run_folder_is_refused(lab: Lab) -> None:
    done = bare(lab, READINESS_RUN=str(lab.folder))
    assert done.returncode == 4
    assert "READINESS_RUN" in done.stderr


def test_help_lists_the_options(lab: Lab) -> None:
    out = bare(lab, "--help").stdout
    for option in ("--readiness-report", "--readiness-fail-under", "--readiness-fail-on", "--readiness-timeout"):
        assert option in out


def test_a_test_run_under_xdist_is_left_alone(lab: Lab) -> None:
    lab.write({"test_x.py": "def test_x(): pass\n"})
    assert "1 passed" in bare(lab, "-n1").stdout


def test_a_check_may_start_pytest_in_a_child(lab: Lab) -> None:
    lab.write({"test_x.py": "def test_x(): pass\n"})
    body = "import subprocess\nenv = {k: v for k, v in os.environ.items() if not k.startswith('PYTEST')}\n" \
           "run = subprocess.run([sys.executable, '-m', 'pytest', '-q'], cwd=repo.root, env=env)\n" \
           f"assert run.returncode == 0\n{GOOD}"  # fmt: skip
    lab.check_files({"a/check_b.py": checks(starts=body)})
    for mode in ("-n0", "-n1"):
        assert lab.run(mode).statuses == {"starts": "pass"}
