"""What is picked, cut short or only asked about never passes for a whole audit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import BAD, GOOD, HEAD, MODULE, Lab, checks, one


@pytest.fixture
def three(lab: Lab) -> Lab:
    """Three checks that pass."""
    lab.check_files({"a/check_b.py": checks(first=GOOD, second=GOOD), "z/check_c.py": checks(third=GOOD)})
    return lab


def test_a_whole_audit_passes_the_gate(three: Lab, mode: str) -> None:
    run = three.run(mode)
    assert run.status == 0
    assert run.report["partial"] == ""
    assert run.report["gate"]["passed"] is True


@pytest.mark.parametrize(
    ("pick", "partial"),
    [
        ("-n0 -k first", "2 of 3 checks were deselected"),
        ("-n2 -k first", "2 of 3 checks were deselected"),
        ("-n0 -m xdist_group", "3 of 3 checks were deselected"),
        ("-n0 --deselect=a/check_b.py::test_first", "1 of 3 checks were deselected"),
        ("-n0 --ignore={checks}/a/check_b.py", "1 files of checks were left out (a/check_b.py)"),
        ("-n2 --ignore={checks}/a/check_b.py", "1 files of checks were left out (a/check_b.py)"),
    ],
)
def test_a_selection_is_partial_and_never_gates(three: Lab, pick: str, partial: str) -> None:
    run = three.run("--readiness-fail-under=0", *pick.format(checks=three.checks).split())
    assert run.report["partial"] == partial
    assert run.report["gate"]["passed"] is False
    assert run.report["production_ready"] is False
    assert run.status == 1


def test_a_partial_report_does_not_replace_a_whole_one(three: Lab) -> None:
    folder = three.repo / "readiness-report"
    three.run("-n0", "--readiness-report=json")
    three.run("-n0", "--readiness-report=json", "-k", "first")
    assert json.loads((folder / "report.json").read_text())["partial"] == ""
    assert "deselected" in json.loads((folder / "report.partial.json").read_text())["partial"]


def test_a_run_that_stops_at_a_failure_is_partial(lab: Lab, mode: str) -> None:
    bodies = {f"bad_{i}": BAD for i in range(9)}
    lab.check_files({"a/check_b.py": checks(**bodies)})
    run = lab.run(mode, "-x")
    assert "stopped after a failure" in run.report["partial"]
    assert run.report["gate"]["passed"] is False
    assert run.status == 1


@pytest.mark.parametrize("pick", ["-k (", "-m ("])
def test_a_selection_that_means_nothing_is_refused(three: Lab, mode: str, pick: str) -> None:
    run = three.run(mode, *pick.split())
    assert run.status == 4
    assert "xpression" in run.err
    assert not three.out.exists()


@pytest.mark.parametrize("option", ["--lf", "--ff", "--nf", "--sw", "--stepwise-skip"])
def test_what_failed_last_is_no_selection(three: Lab, option: str) -> None:
    run = three.run(option)
    assert run.status == 4
    assert "has no meaning with --readiness" in run.err
    assert not three.out.exists()


@pytest.mark.parametrize("option", ["--collect-only", "--fixtures", "--markers", "--setup-plan", "--help"])
def test_questions_make_no_report(three: Lab, option: str) -> None:
    run = three.run(option)
    assert run.status == 0
    assert not three.out.exists()
    assert "production readiness ==" not in run.out


def test_nothing_collected_is_no_pass(lab: Lab, mode: str) -> None:
    run = lab.run(mode, "--readiness-fail-under=0")
    assert run.status == 1
    lab.check_files({"a/check_b.py": checks(good=GOOD)})
    assert lab.run("-n0", "--readiness-fail-under=0", "-o", "python_functions=nix_*").status == 1


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def test_no_decorator(repo, units): pass", "test_no_decorator has no @check"),
        (one("typo", GOOD, facts="**{**FACTS, 'severity': 'hihg'}"), "check 'typo': severity"),
        (one("lacks", GOOD, facts="**{k: v for k, v in FACTS.items() if k != 'standard'}"), "standard"),
        ("@check(**FACTS)\ndef test_bare(repo, units):\n    pass\n", "check 'bare': title"),
        (one("twice", GOOD, "@pytest.mark.parametrize('x', [1, 2])", "def {}(units, x):"), "is parametrized"),
        ("import unittest\nclass TestIt(unittest.TestCase):\n    def test_x(self): pass\n", "is no function"),
        (one("subs", GOOD, head="def {}(units, subtests):"), "uses subtests"),
        (one("marked", GOOD, "@pytest.mark.nothing_such"), "'nothing_such' not found in `markers`"),
        (one("yields", "yield"), "yield"),
    ],
)
def test_a_check_that_is_declared_wrongly_is_its_files_error(lab: Lab, source: str, said: str) -> None:
    lab.check_files({"a/check_b.py": HEAD + source, "z/check_c.py": checks(good=GOOD)})
    run = lab.run("-n0", "--readiness-fail-under=0")
    assert run.report["category_scores"] == {"a": 0, "z": 100}
    gap = run.gaps["collection:a/check_b.py"]["description"]
    assert said in gap
    assert "check_b.py" in gap
    assert run.status == 1


def test_neighbours_helpers_and_files_in_wrong_places(lab: Lab) -> None:
    lab.check_files({"a/helping.py": "def help(): return 1\n",
                     "a/check_b.py": "from .helping import help\n" + checks(good="units.decide('x', help() == 1)"),
                     "a/check_c.py": "from .check_b import test_good\n" + checks(other=GOOD),
                     "a/test_stray.py": "raise RuntimeError"})  # fmt: skip
    run = lab.run("-n0")
    assert run.statuses == {"good": "pass", "other": "pass"}
    assert [result["id"] for result in run.results.values()] == ["a.b.good", "a.c.other"]
    lab.write({"a/deep/check_d.py": checks(deep=GOOD)}, lab.checks)
    assert "not deeper" in lab.run("-n0").gaps["collection:a/deep/check_d.py"]["description"]


def test_list_and_explain(three: Lab) -> None:
    run = three.run("--readiness-list")
    assert run.status == 0
    assert "a.b.first" in run.out
    assert "3 checks" in run.out
    run = three.run("--readiness-explain=b.second")
    assert run.status == 0
    assert "a.b.second" in run.out
    assert "make it so" in run.out
    run = three.run("--readiness-explain=b.secnd")
    assert run.status == 4
    assert "there is no check 'b.secnd'" in run.err
    assert not three.out.exists()


def test_list_and_explain_need_no_other_option_and_survive_a_broken_file(three: Lab) -> None:
    three.write({"z/check_c.py": "raise SystemExit"}, three.checks)
    run = three.run(start=(*MODULE, "--readiness-list"), cwd=three.folder)
    assert run.status == 0
    assert "a.b.first" in run.out
    assert "z/check_c.py: SystemExit" in run.err
    pytest_alone = three.run(start=(str(Path(MODULE[0]).with_name("pytest")), "--readiness-list"))
    assert pytest_alone.out == run.out


def test_which_repository(three: Lab) -> None:
    inner = three.repo / "src" / "deep"
    inner.mkdir(parents=True)
    other = three.folder / "other"
    three.write({"readiness.toml": 'name = "Other"'}, other)
    assert three.run("-n0", cwd=inner).report["repository"]["name"] == "repo"
    assert three.run("-n0", str(other)).report["repository"]["name"] == "Other"
    for paths, said in (([str(other), "."], "one repository at a time"), (["nowhere"], "does not exist"),
                        ([str(three.folder)], "no repository at")):  # fmt: skip
        run = three.run(*paths)
        assert run.status == 4
        assert said in run.err


@pytest.mark.parametrize(
    "option",
    ["--readiness-fail-under=200", "--readiness-report=pdf", "--no-such-option", "-p no:asyncio", "-n=x"],
)  # fmt: skip
def test_wrong_usage_is_said(three: Lab, option: str) -> None:
    run = three.run(*option.split(" ", 1))
    assert run.status == 4
    assert "error:" in run.err.lower()
    assert not three.out.exists()


def test_the_gate_is_one(lab: Lab) -> None:
    lab.check_files({"a/check_b.py": checks(good=GOOD, bad=BAD)})
    for options, status in (((), 1), (("--readiness-fail-under=50",), 0),
                            (("--readiness-fail-under=0", "--readiness-fail-on=high"), 1),
                            (("--readiness-fail-under=0", "--readiness-fail-on=never"), 0)):  # fmt: skip
        run = lab.run("-n0", *options)
        assert run.status == status
        assert run.report["gate"]["passed"] is (status == 0)


def test_a_report_that_cannot_be_written_is_no_pass(three: Lab) -> None:
    (three.folder / "file").write_text("")
    run = three.run("-n0", f"--readiness-report=json:{three.folder / 'file' / 'report.json'}")
    assert run.status == 3
    assert "was not written" in run.err
    rescued = next(three.temp.glob("*/report.json"))
    assert str(rescued) in run.err
    assert json.loads(rescued.read_text())["overall_score"] == 100
