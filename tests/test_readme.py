"""What the README says is so: its examples work, its options exist."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_readiness import plugin
from pytest_readiness.bundled import data_dir
from pytest_readiness.check_modules import categories
from pytest_readiness.engine.scope import scope_of
from pytest_readiness.engine.scoring import shares_of
from pytest_readiness.options import REPORT_TYPES, load
from pytest_readiness.settings import LlmSettings, Paths, Settings, SuiteSettings, Team
from pytest_readiness.testing import check_example_problems, load_checks
from tests.audits import spec

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
    "name",
    sorted({name for model in (Settings, Paths, LlmSettings, SuiteSettings, Team) for name in model.model_fields}),
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


def test_what_is_switched_off_gives_its_weight_to_the_others(tmp_path: Path) -> None:
    (tmp_path / "readiness.toml").write_text(example("no-models.toml"))
    loaded = load(tmp_path, {})
    assert loaded.notes == ()
    known = categories(data_dir("checks"))
    specs = [spec(f"{c.id}.{criterion.id}.one") for c in known for criterion in c.criteria]
    scope = scope_of({one.id: one for one in specs}, known, loaded.settings)
    shares = shares_of(scope, ())
    shown = {name: f"{float(share):.1%}" for name, share in shares.categories.items()}
    assert "llm_integration" not in shown
    assert (shown["security_compliance"], shown["documentation"]) == ("17.6%", "11.8%")
    assert "is 17.6 % of the overall score" in README
    assert "`documentation` 11.8 %" in README
    latency = shares.checks["performance_scalability"]["performance_scalability.latency.one"]
    assert latency == Fraction(3, 8)


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
