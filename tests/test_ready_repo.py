"""A small repository that is ready scores 100; each honest defect brings its check down, each lookalike does not."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from pytest_readiness.bundled import data_dir
from pytest_readiness.check_modules import PACKAGE
from pytest_readiness.models import CheckResult, Status
from pytest_readiness.options import load
from pytest_readiness.repo import Repo
from pytest_readiness.testing import LoadedCheck, load_checks, run_on
from tests.edits.model import Edit, batches, pairs_of

Verdicts = dict[str, CheckResult]
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()
STARTED = re.compile(r'"started_at": "[^"]*"')
UNSETTLED = frozenset({
    "deployment_readiness.containerization.images_buildable",
    "deployment_readiness.infrastructure_as_code.cdk_synthesizes",
})  # fmt: skip
"""What only a run settles: a build by a container engine, a synthesis by the cloud's own tool."""
HERE = Path(__file__).parent
TREES = {"harbor": HERE / "ready_repo", "fyren": HERE / "ready_repo_other"}
PAIRS = {tree: pairs_of(tree) for tree in TREES}
CASES = [pytest.param(tree, name, id=f"{tree}-{name}") for tree, pairs in PAIRS.items() for name in sorted(pairs)]


def _batches(falls: bool) -> list[ParameterSet]:
    numbered = ((t, n, names) for t, pairs in PAIRS.items() for n, names in enumerate(batches(pairs, falls), start=1))
    return [pytest.param(tree, names, id=f"{tree}-{number}") for tree, number, names in numbered]


CHECKS = {check.spec.id: check for check in load_checks(data_dir("checks"), PACKAGE)}


def verdicts(root: Path, checks: dict[str, LoadedCheck] = CHECKS) -> Verdicts:
    """The result of every check on the tree at root, with the settings that it brings."""
    loaded = load(root, {})
    assert loaded.notes == ()
    repo = Repo(root, loaded.settings)
    return {name: run_on(check, repo) for name, check in checks.items()}


def edited(tree: str, folder: Path, edits: Sequence[Edit] = ()) -> Path:
    """A copy of a ready tree with the edits applied, whose load test ran yesterday."""
    root = folder / "repo"
    shutil.copytree(TREES[tree], root)
    for edit in edits:
        edit.apply(root)
    for sidecar in root.rglob("run.json"):
        sidecar.write_text(STARTED.sub(f'"started_at": "{YESTERDAY}"', sidecar.read_text("utf-8")), "utf-8")
    return root


@pytest.fixture(scope="session")
def ready(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdicts]:
    """The verdicts on every tree as it stands."""
    return {tree: verdicts(edited(tree, tmp_path_factory.mktemp(tree))) for tree in TREES}


def fallen(found: Verdicts, before: Verdicts) -> dict[str, str]:
    """The checks that can score less than before, each with what it says."""
    return {name: result.details for name, result in found.items() if result.possible < before[name].possible}


@pytest.mark.parametrize("tree", TREES)
def test_a_ready_repository_scores_100_everywhere(tree: str, ready: dict[str, Verdicts]) -> None:
    short = {name: result.details for name, result in ready[tree].items() if result.score < 100}
    assert {name: why for name, why in short.items() if name not in UNSETTLED} == {}
    assert {name for name in UNSETTLED if ready[tree][name].status is not Status.UNKNOWN} == set()


@pytest.mark.parametrize("tree", TREES)
def test_every_check_has_its_edits(tree: str) -> None:
    assert set(PAIRS[tree]) == set(CHECKS)


@pytest.mark.parametrize(("tree", "names"), _batches(falls=True))
def test_defects_bring_their_checks_down_and_no_other(
    tree: str, names: list[str], tmp_path: Path, ready: dict[str, Verdicts]
) -> None:
    """Defects that have nothing in common are tried at once; `-m singly` tries each alone."""
    found = verdicts(edited(tree, tmp_path, [edit for name in names for edit in PAIRS[tree][name].falls]))
    assert {name: found[name].details for name in names if found[name].status is not Status.FAIL} == {}
    down = fallen(found, ready[tree])
    concerned = {check for name in names for check in (name, *PAIRS[tree][name].also)}
    assert {n: why for n, why in down.items() if n not in concerned} == {}
    assert set(names) <= set(down)


@pytest.mark.singly
@pytest.mark.parametrize(("tree", "name"), CASES)
def test_a_defect_brings_its_check_down_and_no_other(
    tree: str, name: str, tmp_path: Path, ready: dict[str, Verdicts]
) -> None:
    pair = PAIRS[tree][name]
    found = verdicts(edited(tree, tmp_path, pair.falls))
    assert found[name].status is Status.FAIL, found[name].details
    down = fallen(found, ready[tree])
    assert name in down
    assert {n: why for n, why in down.items() if n not in (name, *pair.also)} == {}


@pytest.mark.parametrize(("tree", "names"), _batches(falls=False))
def test_lookalikes_leave_the_checks_alone(
    tree: str, names: list[str], tmp_path: Path, ready: dict[str, Verdicts]
) -> None:
    found = verdicts(edited(tree, tmp_path, [edit for name in names for edit in PAIRS[tree][name].holds]))
    down = fallen(found, ready[tree])
    assert down == {}, f"one of the lookalikes for {', '.join(names)} is taken for a defect"
