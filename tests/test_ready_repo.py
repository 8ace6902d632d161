"""A small repository that is ready scores 100; each honest defect brings its check down, each lookalike does not."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_readiness.bundled import data_dir
from pytest_readiness.check_modules import PACKAGE
from pytest_readiness.models import CheckResult, Status
from pytest_readiness.options import load
from pytest_readiness.repo import Repo
from pytest_readiness.testing import LoadedCheck, load_checks, run_on
from tests.edits.model import Edit, pairs_of

HERE = Path(__file__).parent
TREES = {"harbor": HERE / "ready_repo", "fyren": HERE / "ready_repo_other"}
PAIRS = {tree: pairs_of(tree) for tree in TREES}
CASES = [pytest.param(tree, name, id=f"{tree}-{name}") for tree, pairs in PAIRS.items() for name in sorted(pairs)]
CHECKS = {check.spec.id: check for check in load_checks(data_dir("checks"), PACKAGE)}


def verdicts(root: Path, checks: dict[str, LoadedCheck] = CHECKS) -> dict[str, CheckResult]:
    """The result of every check on the tree at root, with the settings that it brings."""
    loaded = load(root, {})
    assert loaded.notes == ()
    repo = Repo(root, loaded.settings)
    return {name: run_on(check, repo) for name, check in checks.items()}


def edited(tree: str, folder: Path, edits: Sequence[Edit]) -> Path:
    """A copy of a ready tree with the edits applied."""
    root = folder / "repo"
    shutil.copytree(TREES[tree], root)
    for edit in edits:
        edit.apply(root)
    return root


@pytest.mark.parametrize("tree", TREES)
def test_a_ready_repository_scores_100_everywhere(tree: str) -> None:
    short = {name: result.details for name, result in verdicts(TREES[tree]).items() if result.score < 100}
    assert short == {}


@pytest.mark.parametrize("tree", TREES)
def test_every_check_has_its_edits(tree: str) -> None:
    assert set(PAIRS[tree]) == set(CHECKS)


@pytest.mark.parametrize(("tree", "name"), CASES)
def test_a_defect_brings_its_check_down_and_no_other(tree: str, name: str, tmp_path: Path) -> None:
    pair = PAIRS[tree][name]
    found = verdicts(edited(tree, tmp_path, pair.falls))
    assert found[name].status is Status.FAIL, found[name].details
    others = {n: r.details for n, r in found.items() if r.score < 100 and n not in (name, *pair.also)}
    assert others == {}


@pytest.mark.parametrize(("tree", "name"), CASES)
def test_a_lookalike_leaves_the_check_alone(tree: str, name: str, tmp_path: Path) -> None:
    found = verdicts(edited(tree, tmp_path, PAIRS[tree][name].holds))
    short = {n: r.details for n, r in found.items() if r.score < 100}
    assert short == {}
