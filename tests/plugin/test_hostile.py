"""Repositories that would crash, cut or subvert an audit: it comes out the same, and none of their code runs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from .conftest import BAD, GOOD, MODULE, Lab, checks

THIRD_PARTY = ("jinja2", "pydantic", "yaml", "markdown_it", "pathspec", "hcl2", "pytest_readiness", "checks",
               "readiness_checks", "sitecustomize", "usercustomize", "setup", "email", "tomllib")  # fmt: skip
EVERYTHING = (*sorted(sys.stdlib_module_names), *THIRD_PARTY, "pytest", "_pytest", "xdist", "execnet", "pluggy")
"""Names of modules that a repository may shadow; those that pytest itself loads at its start are beyond our reach."""

BOOM = """
import os
open({mark!r}, "w").close()
os._exit(0)
"""
CONFTEST_THAT_LIES = """
import pytest
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item):
    report = yield
    report.outcome = "passed"
    return report
def pytest_collection_modifyitems(items):
    items.clear()
def pytest_sessionfinish(session):
    session.exitstatus = 0
@pytest.fixture
def units():
    raise RuntimeError
"""

SAVED: Mapping[str, Mapping[str, str]] = {
    "conftest_raises": {"conftest.py": "raise RuntimeError", "tests/conftest.py": "{boom}"},
    "conftest_lies": {"conftest.py": CONFTEST_THAT_LIES},
    "conftest_exits": {"conftest.py": "import os; os._exit(0)"},
    "own_tests": {"test_x.py": "{boom}", "tests/test_y.py": "{boom}", "tests/__init__.py": "{boom}"},
    "addopts": {"pytest.ini": "[pytest]\naddopts = -k nothing -x --maxfail=1 -m slow --cov --co -q --no-such\n"},
    "addopts_help": {"pytest.ini": "[pytest]\naddopts = --help\n"},
    "addopts_version": {"pytest.ini": "[pytest]\naddopts = --version\n"},
    "addopts_lenient": {"pytest.ini": "[pytest]\naddopts = --readiness-fail-under=0 --readiness-fail-on=never\n"},
    "addopts_workers": {"pytest.ini": "[pytest]\naddopts = -n 7 --dist loadgroup -p no:cacheprovider\n"},
    "no_plugins": {"pytest.ini": "[pytest]\naddopts = -p no:xdist -p no:asyncio -p no:terminal -p no:python\n"},
    "testpaths": {"pytest.ini": "[pytest]\ntestpaths = nowhere\npython_files = *.txt\npython_functions = nix_*\n"},
    "warnings": {"pytest.ini": "[pytest]\nfilterwarnings = error\nstrict = true\nnonsense = 1\nxfail_strict = true\n"},
    "asyncio": {"pytest.ini": "[pytest]\nfilterwarnings = error\nasyncio_mode = strict\n"},
    "required_plugins": {"pytest.ini": "[pytest]\nrequired_plugins = pytest-nothing-such>=99\n"},
    "usefixtures": {"pytest.ini": "[pytest]\nusefixtures = nothing_such\ncollect_imported_tests = false\n"},
    "norecursedirs": {"pytest.ini": "[pytest]\nnorecursedirs = *\n"},
    "pyproject": {"pyproject.toml": "[tool.pytest.ini_options]\naddopts = '-k nothing'\nmarkers = 3\n"},
    "tox": {"tox.ini": "[pytest]\naddopts = -k nothing\n"},
    "packages": {"checks/__init__.py": "{boom}", "checks/a/check_b.py": "{boom}", "a/check_b.py": "{boom}",
                 "pytest_readiness/__init__.py": "{boom}", "readiness_checks/__init__.py": "{boom}"},
    "setup": {"setup.py": "{boom}", "setup.cfg": "[metadata]\nname = x\n", "noxfile.py": "{boom}",
              "x.pth": "import os"},
    "pythonpath": {"pytest.ini": "[pytest]\npythonpath = .\n", **{f"{n}.py": "{boom}" for n in THIRD_PARTY
                                                                if n not in ("email", "pytest_readiness")}},
}  # fmt: skip


def snapshot(root: Path) -> dict[str, bytes | None]:
    """Every file and folder of the repository with its content."""
    return {str(p.relative_to(root)): p.read_bytes() if p.is_file() else None for p in root.rglob("*")}


def planted(lab: Lab, files: Mapping[str, str]) -> dict[str, bytes | None]:
    """Write a repository whose traps leave a mark, and two checks; the repository as it stands before the audit."""
    boom = BOOM.format(mark=str(lab.folder / "BOOM"))
    lab.write({name: text.replace("{boom}", boom) for name, text in files.items()})
    lab.check_files({"a/check_b.py": checks(good=GOOD, bad=BAD), "z/check_c.py": checks(other=GOOD)})
    return snapshot(lab.repo)


def assert_untouched(lab: Lab, before: dict[str, bytes | None]) -> None:
    """Nothing of the repository ran, and nothing in it changed."""
    assert not (lab.folder / "BOOM").exists()
    assert snapshot(lab.repo) == before


@pytest.mark.parametrize("name", SAVED)
def test_a_hostile_repository_changes_nothing(lab: Lab, name: str) -> None:
    before = planted(lab, SAVED[name])
    run = lab.run("-n0")
    assert run.statuses == {"good": "pass", "bad": "fail", "other": "pass"}
    assert run.report["partial"] == ""
    assert run.report["overall_score"] == 75
    assert run.status == 1
    assert_untouched(lab, before)


def test_all_of_them_at_once_change_nothing_for_the_module(lab: Lab) -> None:
    files = {name: text for files in SAVED.values() for name, text in files.items()}
    before = planted(lab, files)
    run = lab.run("-n2", start=MODULE)
    assert run.statuses == {"good": "pass", "bad": "fail", "other": "pass"}
    assert run.report["partial"] == ""
    assert_untouched(lab, before)


LOST: Mapping[str, Mapping[str, str]] = {
    "minversion": {"pytest.ini": "[pytest]\nminversion = 99\n"},
    "broken_ini": {"pytest.ini": "[pytest\n"},
    "broken_toml": {"pyproject.toml": "[tool.pytest.ini_options"},
    "unknown_plugin": {"pytest.ini": "[pytest]\naddopts = -p nothing_such\n"},
    "setup_cfg": {"setup.cfg": "[pytest]\naddopts = -q\n"},
}
"""pytest gives up on these before it asks any plugin."""


@pytest.mark.parametrize("name", LOST)
def test_what_pytest_cannot_start_in_fails_closed_and_the_module_audits_it(lab: Lab, name: str) -> None:
    before = planted(lab, LOST[name])
    assert lab.run().status in (1, 3, 4)
    assert not lab.out.exists()
    run = lab.run("-n0", start=MODULE)
    assert run.statuses == {"good": "pass", "bad": "fail", "other": "pass"}
    assert_untouched(lab, before)


@pytest.mark.parametrize("mode", ["-n0", "-n1"])
def test_no_name_of_a_module_leads_an_import_into_the_repository(lab: Lab, mode: str) -> None:
    files = {f"{name}.py": "{boom}" for name in EVERYTHING}
    before = planted(lab, {**files, "pytest.ini": "[pytest]\npythonpath = .\naddopts = -p evil\n", "evil.py": "{boom}"})
    run = lab.run(mode, start=MODULE)
    assert run.statuses == {"good": "pass", "bad": "fail", "other": "pass"}
    assert_untouched(lab, before)


def test_pythonpath_into_the_repository_is_not_handed_on(lab: Lab) -> None:
    before = planted(lab, {"src/yaml.py": "{boom}", "src/jinja2.py": "{boom}", "src/readiness_x.py": "{boom}"})
    body = f"assert not [p for p in sys.path if p.startswith({str(lab.repo)!r})], sys.path\n{GOOD}"
    lab.check_files({"a/check_b.py": checks(clean=body)})
    lab.environment["PYTHONPATH"] = os.pathsep.join([str(lab.repo / "src"), "src", ""])
    for mode in ("-n0", "-n1"):
        run = lab.run(mode, start=MODULE, cwd=lab.repo)
        assert run.statuses["clean"] == "pass"
    assert_untouched(lab, before)


def test_git_runs_nothing_that_the_repository_configures(lab: Lab) -> None:
    trap = lab.folder / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {lab.folder / 'BOOM'}\ncat\n")
    trap.chmod(0o755)
    os.rmdir(lab.repo / ".git")
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@y.z"]
    subprocess.run([*git, "init", "-q"], cwd=lab.repo, check=True)
    lab.write({"a.txt": "a", ".gitattributes": "* filter=trap diff=trap\n"})
    subprocess.run([*git, "add", "."], cwd=lab.repo, check=True)
    subprocess.run([*git, "commit", "-qm", "x"], cwd=lab.repo, check=True)
    config = f'[core]\nfsmonitor = {trap}\nhooksPath = {lab.folder}\npager = {trap}\nsshCommand = {trap}\n' \
             f'[filter "trap"]\nclean = {trap}\nsmudge = {trap}\nprocess = {trap}\n[diff "trap"]\ntextconv = {trap}\n' \
             f'[diff]\nexternal = {trap}\n[gpg]\nprogram = {trap}\n[alias]\nstatus = "!{trap}"\n'  # fmt: skip
    with (lab.repo / ".git" / "config").open("a") as file:
        file.write(config)
    for hook in ("post-index-change", "pre-commit", "reference-transaction"):
        (lab.repo / ".git" / "hooks").mkdir(exist_ok=True)
        (lab.repo / ".git" / "hooks" / hook).symlink_to(trap)
    lab.write({"a.txt": "changed"})
    before = planted(lab, {"b.py": "x = 1"})
    files = f"assert 'a.txt' in list(repo.files.paths)\n{GOOD}"
    lab.check_files({"a/check_b.py": checks(files=files)})
    run = lab.run("-n0")
    assert run.report["repository"]["commit"]
    assert run.statuses["files"] == "pass"
    assert_untouched(lab, before)


def test_files_that_cannot_be_read_are_named_in_the_report(lab: Lab, mode: str) -> None:
    lab.write({"data.csv": b"\0" * 10, "big.txt": b"x" * 6_000_000})
    body = f"assert (repo.files.text('data.csv'), repo.files.text('big.txt')) == (None, None)\n{GOOD}"
    lab.check_files({"a/check_b.py": checks(reads=body)})
    run = lab.run(mode)
    assert run.statuses == {"reads": "pass"}
    shown = [(file["path"], file["note"]) for file in run.report["not_read"]]
    assert shown == [("big.txt", "larger than 5 MB"), ("data.csv", "binary")]


def test_the_report_is_all_that_is_written(lab: Lab) -> None:
    before = planted(lab, {"app.py": "x = 1"})
    checks_before = snapshot(lab.checks)
    lab.run("-n2", "--readiness-report=md", "--readiness-report=json")
    after = snapshot(lab.repo)
    new = set(after) - set(before)
    assert new == {"readiness-report"} | {f"readiness-report/{n}" for n in ("report.md", "report.json", ".gitignore")}
    assert {name: after[name] for name in before} == before
    assert snapshot(lab.checks) == checks_before
    assert not list(lab.temp.iterdir())
