"""PromQL: selectors, what stands around them, comparisons; whatever the text, nothing is raised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo.telemetry.promql import LIMIT, query

names = st.from_regex(r"[a-z][a-z_]{0,12}_total", fullmatch=True)
labels = st.from_regex(r"[a-z]{1,8}", fullmatch=True).filter(
    lambda n: n not in ("by", "on", "and", "or", "bool", "inf")
)
values = st.text("abc.*|{}()>5\\n", max_size=8).map(lambda t: t.replace("\\", ""))


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    query(text)


@given(st.text("([{}])\"'`by sum,=~><5$", max_size=300))
def test_any_brackets_are_read(text: str) -> None:
    query(text)


@given(names, labels, values, labels, st.floats(0.001, 1e6))
def test_a_query_is_understood(name: str, label: str, value: str, group: str, limit: float) -> None:
    read = query(f'sum by ({group}) (rate({name}{{{label}=~"{value}"}}[5m])) > {limit}')
    (selector,) = read.selectors
    assert (selector.name, selector.matchers) == (name, ((label, "=~", value),))
    assert selector.groupings == {group}
    assert [c.name for c in selector.calls] == ["sum", "rate"]
    ((operator, number),) = read.comparisons
    assert operator == ">"
    assert number == pytest.approx(limit)


@given(names, labels)
def test_the_grouping_may_stand_behind(name: str, group: str) -> None:
    before, behind = query(f"max by ({group}) ({name})"), query(f"max({name}) by ({group})")
    assert before.selectors[0].groupings == behind.selectors[0].groupings == {group}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("up", ["up"]),
        ("rate(a_total[5m]) / rate(b_total[5m])", ["a_total", "b_total"]),
        ('label_replace(up, "a", "$1", "b", "c_total")', ["up"]),
        ("${service}_errors_total", []),
        ("[[prefix]]_errors_total", []),
        ('{__name__="x_total", job="y"}', ["x_total"]),
        ('{"my.metric", job="y"}', ["my.metric"]),
        ("a_total # b_total", ["a_total"]),
        ("a offset 5m unless on (job) b", ["a", "b"]),
        ("histogram_quantile(0.9, sum by (le) (rate(h_bucket[$__rate_interval])))", ["h_bucket"]),
        ('sum(rate({app="x"} |= "error" [5m]))', []),
        ("job:errors:ratio5m", ["job:errors:ratio5m"]),
        ("count_values without (job) ('version', build_info)", ["build_info"]),
    ],
)
def test_metrics(text: str, expected: list[str]) -> None:
    assert query(text).names == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a > 5", [(">", 5)]),
        ("0.5 <= a", [(">=", 0.5)]),
        ("a > bool 2", [(">", 2)]),
        ("a < -1", [("<", -1)]),
        ("a > b", []),
        ('a{b!="5"}', []),
        ("a == 1 and b > 10", [("==", 1), (">", 10)]),
        ("absent(up)", []),
    ],
)
def test_comparisons(text: str, expected: list[tuple[str, float]]) -> None:
    assert query(text).comparisons == expected


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a", True),
        ("rate(a[5m])", True),
        ("sum(a)", False),
        ("sum by (agent) (a)", True),
        ("sum by (job) (a)", False),
        ("sum without (job) (a)", True),
        ("sum without (agent) (a)", False),
        ("topk(3, a)", True),
        ("sum by (agent) (max by (agent, job) (a))", True),
    ],
)
def test_what_a_query_keeps_apart(text: str, kept: bool) -> None:
    assert query(text).selectors[0].split_by("agent") is kept


def test_only_the_start_of_a_huge_query_is_read() -> None:
    assert len(query("a + " * LIMIT).selectors) < LIMIT
