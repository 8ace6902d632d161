"""A user's own checks: beside the packaged ones, in a run of their own, under ids of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import BAD, GOOD, Lab, category, checks


@pytest.fixture
def own(lab: Lab) -> Path:
    """A folder of the repository for own checks, beside one packaged check that passes and one that does not."""
    lab.check_files({"a/check_b.py": checks(good=GOOD, bad=BAD)})
    return lab.repo / "our_checks"


def test_own_checks_are_scored_with_the_packaged_ones(lab: Lab, own: Path, mode: str) -> None:
    lab.write({"new/check_x.py": checks(mine=GOOD), "new/category.toml": category(3),
               "a/check_y.py": "from .helping import one\n" + checks(more=f"assert one == 1\n{GOOD}"),
               "a/helping.py": "one = 1\n"}, own)  # fmt: skip
    run = lab.run(mode, f"--readiness-checks={own}", "--readiness-checks", str(own))
    assert run.statuses == {"good": "pass", "bad": "fail", "mine": "pass", "more": "pass"}
    assert run.report["category_scores"] == {"a": 75, "new": 100}
    assert run.report["overall_score"] == pytest.approx((75 + 3 * 100) / 4)
    assert run.report["partial"] == ""
    assert run.status == 0


def test_without_the_option_none_of_them_is_run(lab: Lab, own: Path) -> None:
    lab.write({"a/check_y.py": f"open({str(lab.folder / 'BOOM')!r}, 'w')", "check_z.py": "1 / 0"}, own)
    lab.write({"readiness_checks/a/check_y.py": f"open({str(lab.folder / 'BOOM')!r}, 'w')"})
    assert lab.run("-n0").statuses == {"good": "pass", "bad": "fail"}
    assert not (lab.folder / "BOOM").exists()


def test_they_report_under_their_own_ids_only(lab: Lab, own: Path) -> None:
    lab.write({"a/check_b.py": checks(bad=GOOD, fine=GOOD)}, own)
    run = lab.run("-n0", f"--readiness-checks={own}")
    assert run.statuses == {"good": "pass", "bad": "fail", "fine": "pass"}
    clash = next(gap for key, gap in run.gaps.items() if key.startswith("collection:our_checks/a/check_b.py"))
    assert "a.b.bad is the id of a packaged check" in clash["description"]
    assert run.report["category_scores"]["a"] == pytest.approx(200 / 3)
    assert run.status == 1


ATTACK = """
import gc, pytest
for thing in gc.get_objects():
    if isinstance(thing, pytest.PytestPluginManager):
        class Liar:
            @pytest.hookimpl(wrapper=True, tryfirst=True)
            def pytest_runtest_makereport(self, item):
                report = yield
                report.outcome = "passed"
                report.readiness = report.readiness.replace('"fail"', '"pass"')
                return report
        thing.register(Liar())
"""


def test_they_cannot_reach_the_packaged_ones(lab: Lab, own: Path, mode: str) -> None:
    lab.write({"new/check_x.py": checks(mine=BAD) + ATTACK, "new/category.toml": category()}, own)
    assert lab.run(mode, f"--readiness-checks={own}").statuses["bad"] == "fail"


@pytest.mark.parametrize("line", ["import nothing_such", "os._exit(0)", "raise SystemExit(0)"])
def test_their_import_errors_are_gaps_and_zero_no_packaged_category(lab: Lab, own: Path, line: str) -> None:
    lab.write({"a/check_x.py": checks(mine=GOOD) + line, "a/check_y.py": checks(kept=GOOD)}, own)
    run = lab.run("-n0", f"--readiness-checks={own}", "--readiness-fail-under=0", "--readiness-fail-on=never")
    assert run.statuses == {"good": "pass", "bad": "fail", "kept": "pass"}
    assert run.report["category_scores"]["a"] == pytest.approx(75)
    assert run.gaps["collection:our_checks/a/check_x.py"]["severity"] == "critical"
    assert run.status == 1


def test_a_run_of_theirs_that_dies_is_a_gap(lab: Lab, own: Path) -> None:
    kill = "os.kill(os.getppid(), signal.SIGKILL)\ntime.sleep(1)"
    lab.write({"a/check_x.py": checks(mine=kill)}, own)
    run = lab.run("-n1", f"--readiness-checks={own}")
    assert run.statuses == {"good": "pass", "bad": "fail"}
    assert "ended without results" in run.gaps["collection:our_checks"]["description"]
    assert run.status == 1


def test_selection_and_usage(lab: Lab, own: Path) -> None:
    lab.write({"a/check_x.py": checks(mine=GOOD, other=GOOD)}, own)
    run = lab.run("-n0", f"--readiness-checks={own}", "-k", "mine or good")
    assert run.report["partial"] == "1 of 2 checks were deselected; our_checks: 1 of 2 checks were deselected"
    run = lab.run("--readiness-checks=nowhere")
    assert run.status == 4
    assert "there is no such folder" in run.err
    run = lab.run(f"--readiness-checks={own}", "--readiness-list")
    assert "a.x.mine" in run.out
    assert "a.b.good" in run.out
    assert "a.x.mine" in lab.run(f"--readiness-checks={own}", "--readiness-explain=mine").out
