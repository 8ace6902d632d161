"""Every check is proved by the examples beside it, and declares itself in a way that fits the others."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from pytest_readiness.bundled import data_dir
from pytest_readiness.check_modules import PACKAGE, categories, check_files
from pytest_readiness.testing import LoadedCheck, Trial, load_file, trial_problems, trials

FOLDER = data_dir("checks")
FILES = check_files(FOLDER)
BROKEN: dict[Path, BaseException] = {}


def _loaded() -> list[LoadedCheck]:
    """All checks that load; a file that does not is one failing test, not the end of all others."""
    found: list[LoadedCheck] = []
    for path in FILES:
        try:
            found += load_file(FOLDER, path, PACKAGE)
        except Exception as error:
            BROKEN[path] = error
    return found


LOADED = _loaded()
IDS = {loaded.spec.id for loaded in LOADED}
JUDGED = {loaded.spec.category for loaded in LOADED}
CATEGORIES = {category.id: category for category in categories(FOLDER)}


def name_of(loaded: LoadedCheck) -> str:
    """Test id of a check."""
    return loaded.spec.id


@pytest.mark.parametrize("trial", [t for loaded in LOADED for t in trials(loaded)], ids=lambda trial: trial.name)
def test_the_verdict_on_an_example(trial: Trial, tmp_path: Path) -> None:
    assert trial_problems(trial, tmp_path / "repo") == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_file_loads_and_holds_checks(path: Path) -> None:
    assert path not in BROKEN, f"{path.name} does not load: {BROKEN[path]}"
    assert any(loaded.path == path for loaded in LOADED), f"{path.name} holds no check"


@pytest.mark.parametrize("loaded", LOADED, ids=name_of)
def test_every_check_is_proved_from_three_sides(loaded: LoadedCheck) -> None:
    sides = {kind: len(getattr(loaded.proof, kind)) for kind in ("meets", "falls_short", "decoys")}
    assert all(sides.values()), f"an example is missing: {sides}"


@pytest.mark.parametrize("loaded", LOADED, ids=name_of)
def test_every_example_shows_something_of_its_own(loaded: LoadedCheck) -> None:
    shown = [(tuple(sorted(t.example.contents().items())), repr(t.example.settings)) for t in trials(loaded)]
    assert len(set(shown)) == len(shown), "two examples hold the same files"


@pytest.mark.parametrize("loaded", LOADED, ids=name_of)
def test_what_must_be_closed_first_exists(loaded: LoadedCheck) -> None:
    for wanted in loaded.spec.depends_on:
        category = wanted.partition(".")[0]
        assert category in CATEGORIES, f"{wanted}: there is no such category"
        assert wanted in IDS or category not in JUDGED, f"{wanted}: there is no such check"
        assert wanted != loaded.spec.id


@pytest.mark.parametrize("loaded", LOADED, ids=name_of)
def test_the_criterion_is_one_of_the_category_s(loaded: LoadedCheck) -> None:
    assert loaded.spec.criterion in {c.id for c in CATEGORIES[loaded.spec.category].criteria}


def test_no_file_beside_the_checks_is_named_like_a_module_of_python() -> None:
    names = {path.stem for path in FOLDER.rglob("*.py")}
    assert names & sys.stdlib_module_names == set(), "pytest takes them for modules that it cannot rewrite any more"


def test_ids_are_unique() -> None:
    assert [one for one, count in Counter(map(name_of, LOADED)).items() if count > 1] == []


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_a_category_is_judged_on_all_its_criteria_or_on_none(category: str) -> None:
    judged = {loaded.spec.criterion for loaded in LOADED if loaded.spec.category == category}
    assert judged in (set(), {c.id for c in CATEGORIES[category].criteria})


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_the_weights_of_a_category_s_criteria_add_up_to_one(category: str) -> None:
    assert sum(c.weight for c in CATEGORIES[category].criteria) == pytest.approx(1)


def test_the_weights_of_the_categories_add_up_to_one() -> None:
    assert sum(c.weight for c in CATEGORIES.values()) == pytest.approx(1)
