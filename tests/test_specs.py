"""Decorator, docstring and place of the file become a spec, or an error that names file, line and field."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.authoring import Example, check
from pytest_readiness.check_modules import facts_of
from pytest_readiness.models import ProvedBy
from pytest_readiness.specs import SpecError, category_of, proof_of, sections, spec_of

FILE = Path("/x/security_compliance/check_api_key_security.py")
DOCSTRING = """Is no key written
    into the code?

    Passes: No literal in the code
        is a key.
    Falls short: A key, e.g. `Unknown: x` inside a line.
    Unknown: The history is cut.

    Impact: Anyone may spend.
    Recommendation: Move it out.
"""
FACTS: dict[str, Any] = {"severity": "critical", "effort_days": 0.5, "standard": "ASVS", "meets": (), "falls_short": ()}


def made(docstring: str | None = DOCSTRING, **facts: Any) -> Callable[..., None]:
    """A check function with this docstring and these facts."""

    def test_no_keys() -> None: ...

    test_no_keys.__doc__ = docstring
    return check(**(FACTS | facts))(test_no_keys)


def spec_error(function: Callable[..., None]) -> str:
    """The text of the SpecError that reading the function raises."""
    with pytest.raises(SpecError) as caught:
        spec_of(function, facts_of(function), FILE)
    return str(caught.value)


def test_a_whole_spec() -> None:
    function = made()
    spec = spec_of(function, facts_of(function), FILE)
    line = function.__code__.co_firstlineno
    assert spec.id == "security_compliance.api_key_security.no_keys"
    assert (spec.category, spec.criterion, spec.name) == ("security_compliance", "api_key_security", "no_keys")
    assert spec.title == "Is no key written into the code?"
    assert spec.passes == "No literal in the code is a key."
    assert spec.falls_short == "A key, e.g. `Unknown: x` inside a line."
    assert spec.unknown == "The history is cut."
    assert (spec.impact, spec.recommendation) == ("Anyone may spend.", "Move it out.")
    assert (spec.severity, spec.effort_days, spec.weight, spec.mode) == ("critical", 0.5, 1.0, "static")
    assert spec.source == f"security_compliance/check_api_key_security.py:{line}"


def test_the_spec_counts_the_examples_and_decoys() -> None:
    function = made(meets=[Example({})], falls_short=[Example({}), Example({})], decoys=[Example({})])
    assert spec_of(function, facts_of(function), FILE).proved_by == ProvedBy(examples=3, decoys=1)


def test_unknown_is_never_where_it_is_not_described() -> None:
    function = made(DOCSTRING.replace("    Unknown: The history is cut.\n", ""))
    assert spec_of(function, facts_of(function), FILE).unknown == "never"


def test_a_bare_name_in_depends_on_is_of_the_same_criterion() -> None:
    function = made(depends_on=["rotation", "a.b.c"])
    spec = spec_of(function, facts_of(function), FILE)
    assert spec.depends_on == ("security_compliance.api_key_security.rotation", "a.b.c")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"severity": "urgent"}, "severity: Input should be 'critical', 'high', 'medium' or 'low'"),
        ({"effort_days": 0}, "effort_days: Input should be greater than 0"),
        ({"effort_days": "soon"}, "effort_days: Input should be a valid number"),
        ({"weight": -1}, "weight: Input should be greater than 0"),
        ({"mode": "dynamic"}, "mode: Input should be 'static', 'artifact' or 'exec'"),
        ({"standard": None}, "standard: Input should be a valid string"),
    ],
)
def test_a_wrong_fact_is_named(facts: dict[str, Any], words: str) -> None:
    error = spec_error(made(**facts))
    assert error.startswith("security_compliance/check_api_key_security.py:")
    assert f"check 'no_keys': {words}" in error


@pytest.mark.parametrize(
    ("docstring", "field"),
    [
        (None, "title"),
        ("", "title"),
        (DOCSTRING.replace("Passes:", "Passed:"), "passes"),
        (DOCSTRING.replace("Falls short:", "Fails:"), "falls_short"),
        (DOCSTRING.replace("Impact:", "impact:"), "impact"),
        (DOCSTRING.replace("Recommendation:", "Recommend:"), "recommendation"),
    ],
)
def test_a_missing_section_is_named(docstring: str | None, field: str) -> None:
    assert f"{field}: Field required" in spec_error(made(docstring))


def test_a_misspelt_fact_is_refused() -> None:
    with pytest.raises(TypeError, match="serverity"):
        made(serverity="high")
    function = pytest.mark.readiness(severity="low", effort_days=1, standard="s", wieght=2)(made())
    assert "wieght: Extra inputs are not permitted" in spec_error(function)


def test_a_function_without_the_decorator_is_no_check() -> None:
    def test_plain() -> None:
        """Title"""

    assert "severity: Field required" in spec_error(test_plain)


def test_sections_of_nothing() -> None:
    assert sections("") == {}


def test_examples_stand_with_the_function() -> None:
    example = Example({"a": ""})
    assert proof_of(made(decoys=[example])).decoys == (example,)
    assert proof_of(len).meets == ()


def category(folder: Path, text: str) -> Path:
    """A folder `security` with this category.toml."""
    (folder / "security").mkdir()
    (folder / "security" / "category.toml").write_text(text, "utf-8")
    return folder / "security"


def test_a_category(tmp_path: Path) -> None:
    text = 'title = "Security"\nweight = 0.2\n[criteria.keys]\ntitle = "Keys"\nweight = 1\n'
    found = category_of(category(tmp_path, text))
    assert (found.id, found.title, found.weight) == ("security", "Security", 0.2)
    assert [(c.id, c.title, c.weight) for c in found.criteria] == [("keys", "Keys", 1)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "title: Field required"),
        ("title = [", "security/category.toml: "),
        ('title = "x"\nweight = -1', "weight: Input should be greater than or equal to 0"),
        ('title = "x"\nweight = 1\ncriteria = 3', "security/category.toml: "),
        ('title = "x"\nweight = 1\n[criteria]\nkeys = 1', "security/category.toml: "),
        ('title = "x"\nweight = 1\n[criteria.keys]\ntitle = "k"\nweight = 0', "criteria.0.weight: Input should be"),
        ('title = "x"\nweight = 1\nwieght = 2', "wieght: Extra inputs"),
    ],
)
def test_a_wrong_category_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(SpecError, match=r"security/category\.toml") as caught:
        category_of(category(tmp_path, text))
    assert words in str(caught.value)


def test_a_missing_category(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"category\.toml: .*No such file"):
        category_of(tmp_path)
