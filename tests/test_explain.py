"""The list of checks, the explanation of one, and the list in the README."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_readiness import explain
from pytest_readiness.authoring import Example
from pytest_readiness.authoring.decorator import Proof
from pytest_readiness.bundled import data_dir
from pytest_readiness.check_modules import PACKAGE, categories
from pytest_readiness.models import CategorySpec, CheckSpec, CriterionSpec, Severity
from pytest_readiness.options import UsageProblem
from pytest_readiness.testing import load_checks

README = Path(__file__).parent.parent / "README.md"
CATEGORIES = [
    CategorySpec(
        id="security", title="Security", weight=0.6, criteria=(CriterionSpec(id="keys", title="K", weight=1),)
    ),
    CategorySpec(id="docs", title="Docs", weight=0.4),
]


def spec(name: str, criterion: str = "keys", **more: object) -> CheckSpec:
    """A spec of the category `security`."""
    facts: dict[str, object] = {
        "id": f"security.{criterion}.{name}", "category": "security", "criterion": criterion, "name": name,
        "title": f"Is {name} so?", "passes": "It is so.", "falls_short": "It is not.", "impact": "Money is lost.",
        "recommendation": "Make it so.", "standard": "ASVS 13", "severity": Severity.HIGH, "effort_days": 0.5,
        "source": "security/check_keys.py:9",
    }  # fmt: skip
    return CheckSpec.model_validate(facts | more)


SPECS = [spec("rotation"), spec("storage"), spec("storage", "backups"), spec("rotated_daily")]


def test_the_list_by_category_and_criterion() -> None:
    assert explain.listing(SPECS, CATEGORIES).splitlines() == [
        "Security (security, weight 0.6)",
        "  keys",
        "    security.keys.rotation  high, 0.5 d",
        "      Is rotation so?",
        "    security.keys.storage  high, 0.5 d",
        "      Is storage so?",
        "    security.keys.rotated_daily  high, 0.5 d",
        "      Is rotated_daily so?",
        "  backups",
        "    security.backups.storage  high, 0.5 d",
        "      Is storage so?",
        "",
        "Docs (docs, weight 0.4, not yet judged)",
        "",
        "4 checks. One in full: pytest --readiness-explain ID",
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("security.keys.rotation", "security.keys.rotation"),
        ("keys.rotation", "security.keys.rotation"),
        ("rotation", "security.keys.rotation"),
        ("backups.storage", "security.backups.storage"),
    ],
)
def test_a_check_is_found_by_its_id_or_a_clear_end_of_it(wanted: str, found: str) -> None:
    assert explain.find(SPECS, wanted).id == found


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("storage", "several checks end in 'storage': security.keys.storage, security.backups.storage. Give more"),
        (
            "security.keys.rotatoin",
            "there is no check 'security.keys.rotatoin' (did you mean 'security.keys.rotation'?)",
        ),
        ("rotatoin", "did you mean 'rotation'?"),
        ("xyz", "there is no check 'xyz'. `pytest --readiness-list` names them all."),
        ("", "there is no check ''"),
    ],
)
def test_what_is_not_found_is_named(wanted: str, words: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        explain.find(SPECS, wanted)
    assert words in str(caught.value)


def test_an_explanation_in_full() -> None:
    proof = Proof(
        meets=(Example({"app.py": "", "b.py": ""}, why="a vault"),),
        falls_short=(Example({f"f{n}.py": "" for n in range(9)}, why="half of them", score=50),),
        decoys=(Example({}, why="the word vault in a comment"), Example({"a": ""}, status="unknown")),
    )
    text = explain.explanation(spec("rotation", depends_on=("security.keys.storage", "a.b.c")), proof)
    assert text.splitlines() == [
        "security.keys.rotation",
        "",
        "  Decides      Is rotation so?",
        "  Passes       It is so.",
        "  Falls short  It is not.",
        "  Unknown      never",
        "  How to fix   Make it so.",
        "  Impact       Money is lost.",
        "  Severity     high; effort 0.5 d; weight 1; mode static",
        "  Close first  security.keys.storage, a.b.c",
        "  Standard     ASVS 13",
        "  Written in   security/check_keys.py:9",
        "",
        "Proved against 2 examples, 2 decoys:",
        "",
        "  meets        a vault [app.py, b.py]",
        "  falls short  half of them scores 50 [f0.py, f1.py, f2.py, f3.py, f4.py, f5.py and 3 more]",
        "  decoy        the word vault in a comment [no files]",
        "  decoy        unknown [a]",
    ]


def test_a_long_explanation_is_wrapped() -> None:
    text = explain.explanation(spec("rotation", passes="word " * 100), Proof((), (), ()))
    assert max(map(len, text.splitlines())) <= explain.WIDTH


def test_the_readme_s_tables() -> None:
    text = explain.readme_list([spec("rotation", title="a | b")], CATEGORIES)
    assert text.startswith(explain.LIST_STARTS)
    assert text.endswith(explain.LIST_ENDS)
    assert r"| `keys.rotation` | a \| b | high | 0.5 |" in text
    assert "### Docs (weight 0.4)\n\nNot yet judged." in text


@pytest.mark.parametrize("text", ["", explain.LIST_STARTS, explain.LIST_ENDS, explain.LIST_ENDS + explain.LIST_STARTS])
def test_a_readme_without_markers_is_left_alone(text: str) -> None:
    with pytest.raises(ValueError, match="lacks the markers"):
        explain.renewed(text)


def test_the_list_in_the_readme_is_not_stale() -> None:
    readme = README.read_text("utf-8")
    assert explain.renewed(readme) == readme, "run: python -m pytest_readiness.explain README.md"


def test_one_command_writes_the_list_anew(tmp_path: Path) -> None:
    copy = tmp_path / "README.md"
    copy.write_text(f"before\n{explain.LIST_STARTS}\nstale\n{explain.LIST_ENDS}\nafter\n")
    subprocess.run([sys.executable, "-m", "pytest_readiness.explain", copy], check=True, timeout=60)
    specs = [check.spec for check in load_checks(data_dir("checks"), PACKAGE)]
    expected = explain.readme_list(specs, categories(data_dir("checks")))
    assert copy.read_text() == f"before\n{expected}\nafter\n"
