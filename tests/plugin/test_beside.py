"""Other plugins and their options beside an audit."""

from __future__ import annotations

import os
from xml.etree import ElementTree

import pytest

from .conftest import BAD, GOOD, Lab, checks

WORKER = "assert os.environ.get('PYTEST_XDIST_WORKER') {} None"


@pytest.fixture
def two(lab: Lab) -> Lab:
    """A check that passes and one that does not, and a gate that lets them through."""
    lab.check_files({"a/check_b.py": checks(good=GOOD, bad=BAD)})
    lab.write({"readiness.toml": "fail_under = 0\n"})
    return lab


def same(lab: Lab, *options: str) -> None:
    """The audit comes out as without these options."""
    run = lab.run(*options)
    assert run.statuses == {"good": "pass", "bad": "fail"}
    assert run.report["partial"] == ""
    assert run.status == 0


@pytest.mark.parametrize(
    "options",
    [
        "-p no:xdist",
        "-p randomly --timeout=30 -n0",
        "-p no:randomly -p no:cacheprovider -p no:faulthandler -p no:warnings -p no:unittest -n0",
        "--dist=worksteal -n2",
        "--dist no",
        "--tx 2*popen",
        "-d --tx 2*popen",
        "-n3 --maxprocesses=1",
        "-s --basetemp=elsewhere --confcutdir=/ -n0",
        "--capture=sys -W error --durations=3 -n1",
        "--assert=plain --import-mode=importlib -rA -n1",
        "-c other.ini --rootdir=.. --strict-config -n1",
        "-o addopts= -o required_plugins=none-such -n0",
        "--tb=short --showlocals --full-trace -n0",
    ],
)
def test_options_of_pytest_and_others(two: Lab, options: str) -> None:
    two.write({"other.ini": "[pytest]\naddopts = -k nothing\n"})
    same(two, *options.split())


def test_no_other_plugin_is_loaded_uninvited(lab: Lab, mode: str) -> None:
    body = (
        f"others = {{'pytest_randomly', 'pytest_timeout', 'pytest_cov'}} & set(sys.modules)\nassert not others\n{GOOD}"
    )
    lab.check_files({"a/check_b.py": checks(alone=body)})
    assert lab.run(mode).statuses == {"alone": "pass"}


@pytest.mark.parametrize("dist", ["loadgroup", "each"])
def test_grouping_distributions_are_replaced(lab: Lab, dist: str) -> None:
    lab.check_files({"a/check_b.py": checks(good=GOOD, dies="os._exit(0)", other=GOOD, last=GOOD)})
    run = lab.run("-n2", "--dist", dist)
    assert run.statuses == {"good": "pass", "dies": "error", "other": "pass", "last": "pass"}
    assert any(f"--dist {dist} is replaced" in warning for warning in run.report["warnings"])


@pytest.mark.parametrize(
    ("options", "sign"),
    [("", "is not"), ("-n0", "is"), ("-n1", "is not"), ("--dist=no", "is"), ("-p no:xdist", "is"), ("--pdb", "is")],
)
def test_where_checks_run(lab: Lab, options: str, sign: str) -> None:
    lab.check_files({"a/check_b.py": checks(where=f"{WORKER.format(sign)}\n{GOOD}")})
    assert lab.run(*options.split()).statuses == {"where": "pass"}


@pytest.mark.parametrize(("variable", "count"), [("", None), ("1", 1)])
def test_number_of_workers(lab: Lab, variable: str, count: int | None) -> None:
    lab.environment["PYTEST_XDIST_AUTO_NUM_WORKERS"] = variable
    ours = max(1, min(4, len(os.sched_getaffinity(0))))
    wanted = f"== {count}" if count else f"<= {ours}"
    body = f"assert int(os.environ['PYTEST_XDIST_WORKER_COUNT']) {wanted}\n{GOOD}"
    lab.check_files({"a/check_b.py": checks(many=body)})
    assert lab.run().statuses == {"many": "pass"}


def test_no_debugger_loses_to_the_time_limit(lab: Lab) -> None:
    lab.check_files({"a/check_b.py": checks(slow=f"time.sleep(1)\n{GOOD}")})
    assert lab.run("--pdb", "--readiness-timeout=0.3").statuses == {"slow": "pass"}


def test_a_coverage_threshold_counts_and_a_report_is_made(two: Lab, mode: str) -> None:
    two.write({"app.py": "x = 1\n"})
    run = two.run(mode, "--cov=app", "--cov-fail-under=99", "--cov-report=term")
    assert run.status == 1
    assert run.report["gate"]["passed"] is True


def test_coverage_alone_changes_nothing(two: Lab) -> None:
    same(two, "-n0", "--cov=app")


def test_junit_says_what_the_report_says(two: Lab) -> None:
    same(two, "-n2", "--junitxml=junit.xml")
    suite = ElementTree.parse(two.repo / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")


def test_who_audits_is_logged(two: Lab) -> None:
    two.environment["LOGNAME"] = "astrid"
    same(two, "-n0", "--log-file=audit.log", "--log-file-level=INFO")
    assert f"audit of {two.repo} by astrid" in (two.repo / "audit.log").read_text()


def test_options_of_the_environment_are_the_users_own(two: Lab) -> None:
    two.environment["PYTEST_ADDOPTS"] = "-k good -n0"
    assert two.run().report["partial"] == "1 of 2 checks were deselected"


def test_a_plugin_of_the_user_sees_the_report_and_cannot_change_it(two: Lab) -> None:
    plugin = """
        import pytest
        @pytest.hookimpl(optionalhook=True)
        def pytest_readiness_report(report, config):
            print("\\nSEEN", report.overall_score)
            report.overall_score = 100
        """
    two.write({"watcher.py": plugin}, two.folder)
    two.environment["PYTHONPATH"] = str(two.folder)
    run = two.run("-n0", "-p", "watcher")
    assert run.report["overall_score"] == 50
    assert "SEEN 50" in run.out
    assert run.status == 3  # a plugin that fails here must not go unseen
