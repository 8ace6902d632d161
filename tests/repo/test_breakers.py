"""Circuit breakers: which classes are breakers, and what their state machines do when they are driven."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.breakers import Driven
from tests.repo.breaker_sources import BROKEN, HEAD, PLAIN, STYLES

Build = Callable[[str], Repo]
PROPERTIES = ("opens", "rejects", "probes", "closes", "reopens")


@pytest.fixture
def build(tmp_path: Path) -> Build:
    def write(text: str) -> Repo:
        (tmp_path / "breaker.py").write_text(textwrap.dedent(text))
        return Repo(tmp_path)

    return write


def driven(repo: Repo) -> Driven:
    """The breaker of the repository, made as its defaults say."""
    (found,) = repo.breakers.classes
    return repo.breakers.driven(found)


def held(breaker: Driven) -> set[str]:
    return {p for p in PROPERTIES if getattr(breaker, p)}


@pytest.mark.parametrize("style", STYLES)
def test_a_right_breaker_has_every_property_in_every_style(build: Build, style: str) -> None:
    breaker = driven(build(HEAD + STYLES[style]))
    assert held(breaker) == set(PROPERTIES)
    assert breaker.forgets


@pytest.mark.parametrize("style", STYLES)
def test_its_threshold_and_its_wait_are_measured(build: Build, style: str) -> None:
    breaker = driven(build(HEAD + STYLES[style]))
    assert breaker.failures == 4
    assert breaker.wait == pytest.approx(30, abs=0.1)
    assert breaker.threshold is not None
    assert breaker.recovery is not None
    assert breaker.threshold.value == (0.5 if style == "rate" else 4)


@pytest.mark.parametrize("wrong", BROKEN)
def test_one_thing_wrong_takes_away_what_depends_on_it_and_nothing_else(build: Build, wrong: str) -> None:
    old, new, lost = BROKEN[wrong]
    assert PLAIN.count(old) == 1
    breaker = driven(build(HEAD + PLAIN.replace(old, new)))
    assert set(PROPERTIES) - held(breaker) == lost
