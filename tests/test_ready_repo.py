"""A small repository that is ready scores 100; each honest defect brings its check down, each lookalike does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pytest_readiness.bundled import data_dir
from pytest_readiness.check_modules import PACKAGE
from pytest_readiness.models import CheckResult, Status
from pytest_readiness.options import load
from pytest_readiness.repo import Repo
from pytest_readiness.testing import LoadedCheck, load_checks, run_on
from tests.edits.model import Edit, pairs_of

READY = Path(__file__).parent / "ready_repo"
PAIRS = pairs_of("harbor")
CHECKS = {check.spec.id: check for check in load_checks(data_dir("checks"), PACKAGE)}


def verdicts(root: Path, checks: dict[str, LoadedCheck] = CHECKS) -> dict[str, CheckResult]:
    """The result of every check on the tree at root, with the settings that it brings."""
    loaded = load(root, {})
    assert loaded.notes == ()
    repo = Repo(root, loaded.settings)
    return {name: run_on(check, repo) for name, check in checks.items()}


def edited(folder: Path, edits: list[Edit]) -> Path:
    """A copy of the ready repository with the edits applied."""
    root = folder / "repo"
    shutil.copytree(READY, root)
    for edit in edits:
        edit.apply(root)
    return root


def test_the_ready_repository_scores_100_everywhere() -> None:
    short = {name: result.details for name, result in verdicts(READY).items() if result.score < 100}
    assert short == {}


def test_every_check_has_its_edits() -> None:
    assert set(PAIRS) == set(CHECKS)


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_a_defect_brings_its_check_down_and_no_other(name: str, tmp_path: Path) -> None:
    pair = PAIRS[name]
    found = verdicts(edited(tmp_path, list(pair.falls)))
    assert found[name].status is Status.FAIL, found[name].details
    others = {n: r.details for n, r in found.items() if r.score < 100 and n not in (name, *pair.also)}
    assert others == {}


@pytest.mark.parametrize("name", sorted(PAIRS))
def test_a_lookalike_leaves_the_check_alone(name: str, tmp_path: Path) -> None:
    found = verdicts(edited(tmp_path, list(PAIRS[name].holds)))
    short = {n: r.details for n, r in found.items() if r.score < 100}
    assert short == {}
