"""What the README says is so: its examples work, its options exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_readiness import plugin
from pytest_readiness.options import REPORT_TYPES, load
from pytest_readiness.settings import LlmSettings, Paths, Settings, Team
from pytest_readiness.testing import check_example_problems, load_checks

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
CHECK_FILE = "readiness_checks/house_rules/check_output.py"


def example(name: str) -> str:
    """The fenced text below the README's comment `example: name`."""
    (found,) = re.findall(rf"<!-- example: {re.escape(name)} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    return str(found)


def test_the_example_settings_are_right(tmp_path: Path) -> None:
    (tmp_path / "readiness.toml").write_text(example("readiness.toml"))
    loaded = load(tmp_path, {})
    assert loaded.notes == ()
    assert loaded.settings.teams["support"].file_of("architect") == "src/shop/agents/design.py"


@pytest.mark.parametrize(
    "name", sorted({*Settings.model_fields, *Paths.model_fields, *LlmSettings.model_fields, *Team.model_fields})
)
def test_the_example_settings_show_every_key(name: str) -> None:
    assert re.search(rf"^(\[(\w+\.)*{name}(\.\w+)*\]|{name} = )", example("readiness.toml"), re.MULTILINE)


@pytest.mark.parametrize("option", [name for name, *_ in plugin.OPTIONS])
def test_every_option_stands_in_the_table(option: str) -> None:
    assert re.search(rf"^\| `{option}[ `]", README, re.MULTILINE)


def test_no_option_is_promised_that_does_not_exist() -> None:
    assert set(re.findall(r"--readiness[a-z-]*", README)) <= {name for name, *_ in plugin.OPTIONS}


def test_every_report_type_is_named() -> None:
    (row,) = [line for line in README.splitlines() if line.startswith("| `--readiness-report")]
    assert all(f"`{kind}`" in row for kind in REPORT_TYPES)


def test_the_example_check_is_proved(tmp_path: Path) -> None:
    path = tmp_path / CHECK_FILE
    path.parent.mkdir(parents=True)
    path.write_text(example("check"))
    (path.parent / "category.toml").write_text(example("category"))
    (loaded,) = load_checks(tmp_path / "readiness_checks")
    assert loaded.spec.id == "house_rules.output.no_output_by_print"
    assert CHECK_FILE in README
    assert check_example_problems(loaded, tmp_path / "out") == []


def test_the_example_test_runs(pytester: pytest.Pytester) -> None:
    path = pytester.path / CHECK_FILE
    path.parent.mkdir(parents=True)
    path.write_text(example("check"))
    pytester.makepyfile(example("test"))
    pytester.runpytest_subprocess("--strict-markers", "-p", "no:randomly").assert_outcomes(passed=1)


def test_no_machine_is_named() -> None:
    assert not re.search(r"https?://|/work/|/root/|/home/", README)
