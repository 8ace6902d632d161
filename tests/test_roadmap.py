"""The road to production: what comes first, how long it takes, what it brings."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.engine.graph import Graph, longest_chain, open_dependencies, untangle
from pytest_readiness.models import CollectionError, ProductionReadinessReport, Severity, Status
from tests.audits import Audit, audit, audits, category, outcomes, result, spec


def steps(report: ProductionReadinessReport) -> list[str]:
    """Names of the checks in the order of the roadmap."""
    return [item.check_id.rsplit(".", 1)[-1] for item in report.roadmap]


def failing(**facts: dict[str, object]) -> Audit:
    """Checks of one criterion that all fail, by name."""
    made = [spec(f"documentation.guide.{name}", **given) for name, given in facts.items()]
    return audit([(s, result(s, "fail")) for s in made])


def guide(*names: str) -> tuple[str, ...]:
    """Ids of the checks of these names."""
    return tuple(f"documentation.guide.{name}" for name in names)


def test_the_most_severe_comes_first() -> None:
    run = failing(a={"severity": "low"}, b={"severity": "critical"}, c={"severity": "medium"}, d={"severity": "high"})
    assert steps(run.report()) == ["b", "d", "c", "a"]


def test_then_what_brings_most_points_for_a_day() -> None:
    run = failing(a={"effort_days": 4}, b={"effort_days": 1}, c={"effort_days": 2, "weight": 6})
    assert steps(run.report()) == ["c", "b", "a"]


def test_points_are_those_of_the_overall_score() -> None:
    small, large = spec("documentation.guide.a"), spec("security_compliance.keys.b")
    run = audit([(small, result(small, "fail")), (large, result(large, "fail"))],
                category("documentation", 0.1), category("security_compliance", 0.9))  # fmt: skip
    assert steps(run.report()) == ["b", "a"]


def test_then_the_id() -> None:
    assert steps(failing(b={}, a={}, c={}).report()) == ["a", "b", "c"]


def test_no_gap_comes_before_one_it_depends_on() -> None:
    run = failing(a={"severity": "critical", "depends_on": guide("b")}, b={"severity": "critical", "effort_days": 9})
    assert steps(run.report()) == ["b", "a"]


def test_a_mild_gap_comes_early_where_a_severe_one_waits_for_it() -> None:
    run = failing(a={"severity": "high"}, b={"severity": "low"}, c={"severity": "critical", "depends_on": guide("b")})
    assert steps(run.report()) == ["b", "c", "a"]


def test_days_add_up_and_the_score_after_each_step_is_what_closing_it_brings() -> None:
    run = failing(a={"effort_days": 0.5}, b={"effort_days": 1.5}, c={"effort_days": 3})
    report = run.report()
    assert [item.cumulative_days for item in report.roadmap] == [0.5, 2, 5]
    assert [round(item.score_after, 6) for item in report.roadmap] == [33.333333, 66.666667, 100]
    assert [item.position for item in report.roadmap] == [1, 2, 3]


def test_the_critical_path_is_the_longest_chain_by_days() -> None:
    run = failing(
        a={"effort_days": 2}, b={"effort_days": 2, "depends_on": guide("a")},
        c={"effort_days": 1, "depends_on": guide("a", "d")}, d={"effort_days": 2.5}, e={"effort_days": 3.5},
    )  # fmt: skip
    report = run.report()
    assert {i.check_id for i in report.roadmap if i.on_critical_path} == set(guide("a", "b"))
    assert report.critical_path_days == 4


def test_a_category_that_is_broken_rises_only_when_its_file_loads_again() -> None:
    run = outcomes(a="pass", b="fail")
    report = run.report(errors=(CollectionError(file="checks/x.py", category="security_compliance", message="boom"),))
    assert [(i.check_id, i.score_after) for i in report.roadmap] == [
        ("collection:checks/x.py", 50), ("security_compliance.keys.b", 100),
    ]  # fmt: skip


def test_nothing_open_is_an_empty_road() -> None:
    report = outcomes(a="pass").report()
    assert (report.roadmap, report.critical_path_days) == ((), 0)


def test_a_cycle_is_reported_and_broken_at_its_least_severe_edge() -> None:
    run = failing(
        a={"severity": "critical", "depends_on": guide("b")},
        b={"severity": "high", "depends_on": guide("c")},
        c={"severity": "low", "depends_on": guide("a")},
    )
    report = run.report()
    [warning] = [w for w in report.warnings if "cycle" in w]
    assert "documentation.guide.b needs documentation.guide.c." in warning
    assert steps(report) == ["b", "a", "c"]


def test_a_check_that_needs_itself_is_a_cycle_too() -> None:
    report = failing(a={"depends_on": guide("a")}).report()
    assert any("documentation.guide.a needs documentation.guide.a" in w for w in report.warnings)
    assert report.roadmap[0].dependencies == ()


def test_a_chain_of_thousands_is_no_problem() -> None:
    declared = {str(n): [str(n + 1)] for n in range(5000)}
    assert open_dependencies(["0", "5000"], declared) == {"0": frozenset(["5000"]), "5000": frozenset()}
    chain: Graph = {str(n): frozenset([str(n + 1)] if n < 4999 else []) for n in range(5000)}
    assert len(longest_chain(chain, dict.fromkeys(chain, 1.0))) == 5000


# --------------------------------------------------------------------------------------------------------- properties

graphs = st.integers(1, 8).flatmap(
    lambda n: st.fixed_dictionaries(
        {str(k): st.frozensets(st.sampled_from([str(i) for i in range(n)])) for k in range(n)}
    )
)


@given(graphs, st.data())
def test_untangling_leaves_no_cycle_and_takes_only_edges_of_cycles(graph: Graph, data: st.DataObject) -> None:
    severity = {id_: data.draw(st.sampled_from(Severity)) for id_ in graph}
    untangled = untangle(graph, severity)
    assert len(longest_chain(untangled.graph, dict.fromkeys(graph, 1.0))) <= len(graph)
    removed = [(a, b) for a in graph for b in graph[a] - untangled.graph[a]]
    assert len(removed) == len(untangled.warnings)
    assert all(a == b or reaches(graph, b, a) for a, b in removed)


def reaches(graph: Graph, start: str, goal: str) -> bool:
    """Whether a path of edges leads from start to goal."""
    seen, todo = set(), [start]
    while todo:
        here = todo.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            todo += graph[here]
    return False


@given(audits())
def test_every_gap_is_on_the_road_once_and_after_all_it_depends_on(run: Audit) -> None:
    report = run.report()
    gaps = {gap.check_id: gap for found in report.gaps_by_category.values() for gap in found}
    place = {item.check_id: item.position for item in report.roadmap}
    assert sorted(place) == sorted(gaps)
    assert sorted(place.values()) == list(range(1, len(gaps) + 1))
    assert all(place[needed] < place[id_] for id_, gap in gaps.items() for needed in gap.dependencies)


@given(audits())
def test_the_score_never_falls_on_the_road_and_ends_at_100(run: Audit) -> None:
    report = run.report()
    reached = [report.overall_score, *(item.score_after for item in report.roadmap)]
    assert all(before <= after for before, after in pairwise(reached))
    unseen = {error.category for error in run.errors} - {s.category for s in run.specs.values()} - {None}
    assert (reached[-1] == 100) == (not unseen), "what no check has judged yet promises nothing"


@given(audits())
def test_the_critical_path_is_no_longer_than_all_the_work_and_no_shorter_than_any_step(run: Audit) -> None:
    report = run.report()
    days = [item.days for item in report.roadmap]
    assert max(days, default=0) <= report.critical_path_days <= sum(days)


@given(audits(errors=False))
def test_the_first_step_brings_what_the_roadmap_promises(run: Audit) -> None:
    report = run.report()
    if not report.roadmap:
        return
    first = run.specs[report.roadmap[0].check_id]
    assert run.with_result(result(first, Status.PASS)).report().overall_score == report.roadmap[0].score_after
