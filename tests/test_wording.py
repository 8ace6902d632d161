"""Figures and names in words: never better than they are, never onto a bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.wording import effort, hope, points, sentence, share


@pytest.mark.parametrize(
    ("score", "text"),
    [
        (0, "0"), (100, "100"), (61, "61"), (61.25, "61.2"), (61.29, "61.2"), (79.999, "79.9"), (99.96, "99.9"),
        (80.0, "80"), (80.04, "80.04"), (80.0004, "80.0004"), (60.01, "60.01"), (0.04, "0.04"), (80.1, "80.1"),
        (66.7, "66.7"), (0.3, "0.3"),
    ],
)  # fmt: skip
def test_a_score_is_rounded_down_and_never_onto_a_bound(score: float, text: str) -> None:
    assert points(score) == text


@given(st.floats(0, 100))
def test_the_shown_score_is_at_most_the_real_one_and_close_to_it(score: float) -> None:
    assert float(points(score)) <= score < float(points(score)) + 0.1 + 1e-9


@given(st.floats(0, 100).filter(lambda score: abs(score - 80) > 1e-5))
def test_what_is_shown_is_on_the_same_side_of_80(score: float) -> None:
    assert (float(points(score)) > 80) == (score > 80)


@pytest.mark.parametrize(
    ("days", "text"),
    [(0.125, "1 hour"), (0.25, "2 hours"), (0.5, "half a day"), (1, "1 day"), (1.5, "1.5 days"), (3, "3 days"),
     (0.01, "1 hour"), (0.99, "0.99 days"), (161, "161 days")],
)  # fmt: skip
def test_effort(days: float, text: str) -> None:
    assert effort(days) == text


def test_the_interval_is_a_sentence() -> None:
    assert hope(61, 78, 14) == " (to 78 if the 14 unknowns hold)"
    assert hope(61, 78.25, 1) == " (to 78.2 if the unknown holds)"
    assert hope(61, 61, 0) == ""


@pytest.mark.parametrize(("weight", "text"), [(0.15, "15 %"), (1 / 6, "16.7 %"), (0, "0 %"), (1, "100 %")])
def test_a_share_is_in_per_cent(weight: float, text: str) -> None:
    assert share(weight) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [("no_hardcoded_keys", "No hardcoded keys"), ("aws_to_local_failover", "AWS to local failover"),
     ("llm_latency_under_3s", "LLM latency under 3s")],
)  # fmt: skip
def test_a_name_becomes_the_condition_it_states(name: str, text: str) -> None:
    assert sentence(name) == text
