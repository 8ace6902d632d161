"""Scores: weighted means of weighted means, from what is proven to what is possible."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.engine.scoring import exact
from pytest_readiness.models import CollectionError, Status
from pytest_readiness.settings import Settings
from tests.audits import Audit, audit, audits, category, outcomes, result, results_of, spec

KEYS, PII = "security_compliance.keys.a", "security_compliance.pii.b"
GUIDE = "documentation.guide.c"
T = TypeVar("T")


def two_categories(**weights: float) -> Audit:
    """Security scores 40, documentation 100."""
    keys, pii, guide = spec(KEYS), spec(PII), spec(GUIDE)
    pairs = [(keys, result(keys, "pass")), (pii, result(pii, "fail", 0)), (guide, result(guide, "pass"))]
    security = category("security_compliance", weights.get("security", 0.15), keys=0.4, pii=0.6)
    return audit(pairs, security, category("documentation", weights.get("documentation", 0.10), guide=1))


def test_a_check_weighs_in_its_criterion_as_declared() -> None:
    heavy, light = spec("documentation.guide.a", weight=3), spec("documentation.guide.b")
    report = audit([(heavy, result(heavy, "pass")), (light, result(light, "fail"))]).report()
    assert report.overall_score == 75


def test_a_criterion_weighs_in_its_category_and_a_category_in_the_whole() -> None:
    report = two_categories().report()
    assert report.category_scores == {"security_compliance": 40, "documentation": 100}
    assert report.overall_score == 0.6 * 40 + 0.4 * 100


def test_weights_of_the_settings_win_and_are_normalised() -> None:
    settings = Settings(weights={"documentation": 0.45})
    report = two_categories().report(settings=settings)
    assert report.overall_score == 0.25 * 40 + 0.75 * 100
    assert [a.weight for a in report.audit_results] == [0.25, 0.75]


@pytest.mark.parametrize(
    ("statuses", "proven", "possible"),
    [
        ({"a": "pass", "b": "pass"}, 100, 100),
        ({"a": "pass", "b": "unknown"}, 50, 100),
        ({"a": "fail", "b": "unknown"}, 0, 50),
        ({"a": "error", "b": "unknown"}, 0, 50),
        ({"a": "waived", "b": "pass"}, 50, 50),
    ],
)
def test_the_interval_runs_from_unknown_as_0_to_unknown_as_100(
    statuses: dict[str, str], proven: float, possible: float
) -> None:
    interval = outcomes(**statuses).report().score_interval
    assert (interval.proven, interval.possible) == (proven, possible)


def test_a_waived_check_keeps_its_real_score() -> None:
    waived = spec(KEYS)
    assert audit([(waived, result(waived, "waived", 30))]).report().overall_score == 30


def test_a_check_without_a_result_is_an_error_that_scores_0() -> None:
    run = outcomes(a="pass", b="pass")
    report = run.report(results={id_: r for id_, r in run.results.items() if r.name == "a"})
    [gone] = [check for check in report.audit_results[0].checks if check.name == "b"]
    assert (gone.status, gone.score, gone.possible) == (Status.ERROR, 0, 0)
    assert report.overall_score == 50
    assert "gave no result" in report.gaps_by_category["security_compliance"][0].description


def test_a_category_without_checks_is_not_judged_and_its_weight_goes_to_the_others() -> None:
    run = two_categories()
    report = run.report(categories=(*run.categories, category("performance_scalability", 0.5)))
    unjudged = report.audit_results[-1]
    assert (unjudged.score, unjudged.possible, unjudged.weight, unjudged.judged) == (None, None, 0, False)
    assert "performance_scalability" not in report.category_scores
    assert report.overall_score == run.report().overall_score
    assert any("Performance Scalability is not judged" in warning for warning in report.warnings)


def test_a_criterion_without_checks_leaves_the_mean_and_is_named() -> None:
    guide = spec("documentation.guide.a")
    report = audit([(guide, result(guide, "pass"))], category("documentation", 1, guide=0.5, runbook=0.5)).report()
    assert report.overall_score == 100
    assert any("Runbook: not judged" in warning for warning in report.warnings)


def test_a_criterion_that_no_category_declares_weighs_like_the_average_one() -> None:
    known, own = spec("documentation.guide.a"), spec("documentation.own.b")
    pairs = [(known, result(known, "pass")), (own, result(own, "fail"))]
    assert audit(pairs, category("documentation", 1, guide=0.5, other=0.1)).report().overall_score == 62.5


def test_a_category_of_the_repository_s_own_without_a_weight_is_shown_and_weighs_nothing() -> None:
    run = two_categories()
    own = spec("zebra.own.a", severity="high")
    report = run.report(specs={**run.specs, own.id: own}, results={**run.results, own.id: result(own, "fail")})
    assert report.overall_score == run.report().overall_score
    assert report.audit_results[-1].category == "zebra"
    assert [gap.check_id for gap in report.gaps_by_category["zebra"]] == [own.id]
    assert any("zebra" in note for note in report.configuration_notes)


def test_a_broken_file_of_checks_brings_its_category_to_0() -> None:
    run = two_categories()
    error = CollectionError(file="checks/documentation/check_guide.py", category="documentation", message="SyntaxError")
    report = run.report(errors=(error,))
    assert report.category_scores["documentation"] == 0
    assert report.audit_results[1].possible == 0
    assert report.overall_score == 0.6 * 40


def test_a_category_whose_only_file_broke_is_judged_with_0() -> None:
    run = two_categories()
    error = CollectionError(file="checks/x.py", category="testing_coverage", message="SyntaxError")
    report = run.report(categories=(*run.categories, category("testing_coverage", 0.25)), errors=(error,))
    assert report.category_scores["testing_coverage"] == 0
    assert report.overall_score == 0.5 * two_categories().report().overall_score


@pytest.mark.parametrize(
    ("off", "overall"),
    [(PII, 100), ("security_compliance.pii", 100), ("security_compliance", 100), (GUIDE, 40), (KEYS, 40)],
)
def test_what_is_switched_off_leaves_the_mean_and_is_listed_with_its_reason(off: str, overall: float) -> None:
    report = two_categories().report(settings=Settings(disable={off: "handled elsewhere"}))
    assert report.overall_score == overall
    assert [(gone.id, gone.reason) for gone in report.switched_off] == [(off, "handled elsewhere")]
    assert any(off in note and "handled elsewhere" in note for note in report.configuration_notes)
    assert not any(gap.check_id.startswith(off) for gaps in report.gaps_by_category.values() for gap in gaps)


def test_a_category_that_is_switched_off_is_shown_as_not_judged_with_the_reason() -> None:
    report = two_categories().report(settings=Settings(disable={"documentation": "kept in the wiki"}))
    [off] = [a for a in report.audit_results if a.category == "documentation"]
    assert not off.judged
    assert off.why_not_judged == "switched off: kept in the wiki"


@pytest.mark.parametrize(
    ("settings", "note"),
    [
        (Settings(disable={"documentation.gide": "x"}), "did you mean 'documentation.guide'?"),
        (Settings(disable={"quite.another.thing": "x"}), "there is no such id."),
        (Settings(weights={"documentatoin": 1}), "did you mean 'documentation'?"),
    ],
)
def test_an_unknown_id_in_the_settings_changes_nothing_and_is_noted(settings: Settings, note: str) -> None:
    report = two_categories().report(settings=settings)
    assert report.overall_score == two_categories().report().overall_score
    assert any(note in text for text in report.configuration_notes), report.configuration_notes


def test_a_partial_run_keeps_what_did_not_run_as_unproven_without_calling_it_a_gap() -> None:
    run = outcomes(a="pass", b="pass")
    kept = {id_: r for id_, r in run.results.items() if r.name == "a"}
    report = run.report(results=kept, partial="only -k a was selected")
    assert (report.score_interval.proven, report.score_interval.possible) == (50, 100)
    assert report.total_gaps == 0


def test_a_result_of_no_check_is_left_out_and_named() -> None:
    run = outcomes(a="fail")
    ghost = spec("security_compliance.keys.ghost")
    report = run.with_result(result(ghost, "pass")).report()
    assert report.overall_score == 0
    assert any(ghost.id in warning for warning in report.warnings)


def test_nothing_judged_scores_0() -> None:
    report = Audit({}, {}, (category("documentation"),)).report()
    assert report.overall_score == 0
    assert report.category_scores == {}


def test_thirds_add_up_exactly() -> None:
    assert exact(100 / 3) * 3 == 100
    assert exact(0.15) == Fraction(3, 20)


# --------------------------------------------------------------------------------------------------------- properties


@given(audits())
def test_scores_stay_between_0_and_100_and_proven_never_exceeds_possible(run: Audit) -> None:
    report = run.report()
    assert 0 <= report.score_interval.proven <= report.score_interval.possible <= 100
    for one in report.audit_results:
        assert one.score is None or (one.possible is not None and 0 <= one.score <= one.possible <= 100)


@given(audits())
def test_shares_of_the_judged_categories_add_up_to_1(run: Audit) -> None:
    assert sum(a.weight for a in run.report().audit_results) == pytest.approx(1)


@given(audits(), st.data())
def test_closing_any_gap_never_lowers_the_score(run: Audit, data: st.DataObject) -> None:
    fixed = run.specs[data.draw(st.sampled_from(sorted(run.specs)))]
    before, after = run.report(), run.with_result(result(fixed, "pass")).report()
    assert after.score_interval.proven >= before.score_interval.proven
    assert after.score_interval.possible >= before.score_interval.possible


@given(audits(), st.data())
def test_a_check_that_breaks_or_vanishes_never_raises_the_score(run: Audit, data: st.DataObject) -> None:
    victim = run.specs[data.draw(st.sampled_from(sorted(run.specs)))]
    broken = run.with_result(result(victim, "error"))
    gone = replace(run, results={id_: r for id_, r in run.results.items() if id_ != victim.id})
    for worse in (broken.report(), gone.report()):
        assert worse.score_interval.proven <= run.report().score_interval.proven
        assert worse.score_interval.possible <= run.report().score_interval.possible


@given(audits(), st.sampled_from(["security_compliance", "documentation", "testing_coverage"]))
def test_a_file_that_breaks_never_raises_the_score_of_its_category(run: Audit, name: str) -> None:
    error = CollectionError(file="checks/new.py", category=name, message="broke")
    report = run.report(errors=(*run.errors, error))
    assert report.category_scores[name] == 0


@given(audits(), st.randoms(use_true_random=False))
def test_the_order_in_which_things_arrive_does_not_matter(run: Audit, chance: random.Random) -> None:
    def shuffled(items: list[T]) -> list[T]:
        return chance.sample(items, len(items))

    other = replace(
        run,
        specs=dict(shuffled(list(run.specs.items()))),
        results=dict(shuffled(list(run.results.items()))),
        categories=tuple(shuffled(list(run.categories))),
        errors=tuple(shuffled(list(run.errors))),
    )
    assert other.report().model_dump_json() == run.report().model_dump_json()


@given(audits(), st.data())
def test_a_better_result_never_lowers_the_score(run: Audit, data: st.DataObject) -> None:
    of = run.specs[data.draw(st.sampled_from(sorted(run.specs)))]
    one, two = data.draw(results_of(of)), data.draw(results_of(of))
    low, high = sorted((one, two), key=lambda r: r.score)
    assert run.with_result(low).report().overall_score <= run.with_result(high).report().overall_score
