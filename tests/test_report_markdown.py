"""The Markdown report: the design's structure to the letter, pleasant to read, and safe whatever the values hold."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from pytest_readiness.models import CollectionError, Evidence, ProductionReadinessReport, ProvedBy
from pytest_readiness.report import render_markdown
from pytest_readiness.report.markdown import code, escape
from pytest_readiness.report.visible import visible
from pytest_readiness.settings import Settings
from tests.audits import Audit, audit, audits, category, outcomes, result, spec

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
EIGHT = {
    "documentation": "Documentation", "llm_integration": "LLM Integration", "testing_coverage": "Testing Coverage",
    "infrastructure_resilience": "Infrastructure Resilience", "security_compliance": "Security & Compliance",
    "monitoring_observability": "Monitoring & Observability", "deployment_readiness": "Deployment Readiness",
    "performance_scalability": "Performance & Scalability",
}  # fmt: skip
HOSTILE = (
    "a|b `c` <img src=x onerror=y> [l](http://e.se) ![i](x) **d** _e_ ~~f~~ "
    "&lt; # \n\n# G\x1b[31m\u202e www.e.se a@b.se"
)


def whole() -> Audit:
    """A run with one of everything: eight categories, one of them without checks, all statuses, a dependency."""
    key = spec("security_compliance.keys.no_hardcoded_keys", severity="critical", title="Is no key in the code?",
               impact="Keys leak.", recommendation="Move them.", effort_days=0.5,
               proved_by=ProvedBy(examples=9, decoys=1))  # fmt: skip
    pii = spec("security_compliance.pii.masked", severity="high", depends_on=(key.id,), effort_days=2)
    slow = spec("llm_integration.fallback.fallback_tested", severity="high")
    broke = spec("documentation.guide.runbook_exists", source="documentation/check_guide.py:3")
    fine = spec("testing_coverage.count.api_tests_exist")
    places = tuple(Evidence(path=f"src/m{n}.py", line=n, note="holds a key") for n in range(1, 8))
    pairs = [
        (key, result(key, "fail", 50, details="7 keys stand in the code", evidence=places, evidence_against=7)),
        (pii, result(pii, "waived", details="accepted until May")),
        (slow, result(slow, "unknown", details="no test result: leave one in results/")),
        (broke, result(broke, "error", details="KeyError: 'x'")),
        (fine, result(fine, "pass", details="12 of 12: a, b")),
    ]
    rest = (
        spec(f"{c}.plain.fine") for c in EIGHT if c not in {s.category for s, _ in pairs} | {"performance_scalability"}
    )
    made = [category(id_, 0.125).model_copy(update={"title": title}) for id_, title in EIGHT.items()]
    return audit([*pairs, *((s, result(s, "pass")) for s in rest)], *made)


def headings(markdown: str) -> list[str]:
    """Every heading that a renderer sees, with its marks."""
    tokens = GFM.parse(markdown)
    return [f"{one.markup} {two.content}" for one, two in pairwise(tokens) if one.type == "heading_open"]


def section(markdown: str, heading: str) -> str:
    """The text from a heading to the next one of its level or above."""
    level = heading.index(" ")
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{1,{level}}} |\Z)", markdown, re.MULTILINE | re.DOTALL)
    assert found is not None, f"no {heading!r} in the report"
    return found[1]


def rows(text: str) -> list[list[str]]:
    """The cells of every row of the tables in a Markdown text, as shown."""
    found: list[list[str]] = []
    for token, inner in zip(tokens := GFM.parse(text), [*tokens[1:], None], strict=True):
        if token.type == "tr_open":
            found.append([])
        if token.type in ("td_open", "th_open") and inner is not None:
            found[-1].append("".join(child.content for child in inner.children or ()))
    return found


def inline(markdown: str) -> list[Token]:
    """Every inline token of a document, and its HTML blocks."""
    tokens = GFM.parse(markdown)
    return [child for token in tokens for child in token.children or ()] + [t for t in tokens if t.type == "html_block"]


# ---------------------------------------------------------------------------------------------------------- structure


def test_headings_are_those_of_the_design_in_its_order() -> None:
    parts = ["#### Strengths", "#### Gaps", "#### Recommendations"]
    scores = ["0", "100", "100", "100", "25", "100", "0"]
    titles = ["LLM Integration", "Infrastructure Resilience", "Testing Coverage", "Monitoring & Observability",
              "Security & Compliance", "Deployment Readiness", "Documentation"]  # fmt: skip
    found = headings(render_markdown(whole().report()))
    detailed = [f"### {n}. {t} ({s}/100)" for n, (t, s) in enumerate(zip(titles, scores, strict=True), start=1)]
    assert found[: found.index("## Appendix") + 1] == [
        "# Shop Produktionsberedskapsanalys",
        "## Executive Summary",
        "## Category Scores",
        "## Detailed Findings",
        *(line for one in detailed for line in (one, *parts)),
        "### 8. Performance & Scalability (not yet judged)",
        "## Critical Gaps Summary",
        "## Roadmap to Production",
        "## Appendix",
    ]
    assert [h for h in found if h.startswith("### ")][8:] == [
        "### Detailed check results", "### Evidence files", "### Test results", "### Not read",
        "### Configuration notes", "### Warnings", "### How to read this report",
    ]  # fmt: skip


def test_the_executive_summary_begins_with_the_design_s_four_bullets() -> None:
    report = whole().report()
    bullets = section(render_markdown(report), "## Executive Summary").splitlines()[:4]
    assert bullets == [
        "- Overall Score: 60.7/100 (to 75 if the unknown holds)",
        "- Production Ready: No",
        "- Critical Gaps: 2",
        "- Recommendation: Fix critical gaps",
    ]


def test_the_title_has_the_name_that_the_settings_give() -> None:
    report = whole().report(settings=Settings(name="HappyOS"))
    assert render_markdown(report).startswith("# HappyOS Produktionsberedskapsanalys\n\n## Executive Summary\n- Over")


def test_categories_are_numbered_and_one_without_checks_has_no_number_as_its_score() -> None:
    lines = section(render_markdown(whole().report()), "## Category Scores").strip().splitlines()
    assert lines[0] == "1. LLM Integration: 0/100 (to 100 if the unknown holds)"
    assert lines[4] == "5. Security & Compliance: 25/100"
    assert lines[7] == "8. Performance & Scalability: not yet judged (it has no checks yet)"
    assert len(lines) == 8


def test_no_interval_is_shown_where_nothing_is_unknown() -> None:
    assert "unknown" not in section(render_markdown(outcomes(a="pass").report()), "## Category Scores")


def test_the_gate_and_its_reasons_stand_in_the_summary() -> None:
    summary = section(render_markdown(whole().report()), "## Executive Summary")
    assert "Gate: **failed**" in summary
    assert "security_compliance.keys.no_hardcoded_keys" in summary


def test_a_gap_shows_severity_what_fell_short_and_the_first_places() -> None:
    gaps = section(render_markdown(whole().report()), "### 5. Security & Compliance (25/100)")
    assert "- [CRITICAL] Is no key in the code? No: 7 keys stand in the code" in gaps
    assert "  - `src/m1.py:1` holds a key\n" in gaps
    assert "  - and 2 more places\n" in gaps
    assert "src/m6.py" not in gaps
    assert "- [HIGH] Is masked so? No: accepted until May (`security_compliance.pii.masked`, accepted risk)" in gaps


def test_strengths_are_short_and_recommendations_are_those_of_the_gaps() -> None:
    markdown = render_markdown(whole().report())
    assert "- API tests exist (12 of 12: a, b)" in section(markdown, "### 3. Testing Coverage (100/100)")
    assert "- Move them.\n" in section(markdown, "### 5. Security & Compliance (25/100)")
    assert section(markdown, "### 3. Testing Coverage (100/100)").count("- None") == 2


def test_critical_gaps_are_summed_up_with_their_recommendations() -> None:
    summary = section(render_markdown(whole().report()), "## Critical Gaps Summary")
    assert re.findall(r"^\d\. `(.*?)`", summary, re.MULTILINE) == [
        "documentation.guide.runbook_exists", "security_compliance.keys.no_hardcoded_keys",
    ]  # fmt: skip
    assert "   - Recommendation: Move them.\n" in summary
    assert "Impact: Keys leak." in summary


def test_the_roadmap_is_a_table_with_days_scores_and_the_steps_needed_first() -> None:
    report = whole().report()
    table = rows(section(render_markdown(report), "## Roadmap to Production"))
    assert table[0] == ["Step", "Severity", "Action", "Effort", "Days so far", "Score after", "Needs step"]
    assert [row[0].rstrip("*") for row in table[1:]] == [str(item.position) for item in report.roadmap]
    action = (
        "Repair the check (documentation/check_guide.py:3) or what stops it, then audit again. Do runbook_exists. "
        "(documentation.guide.runbook_exists)"
    )
    assert table[1][1:] == ["CRITICAL", action, "1 day", "1", "75", ""]
    assert next(row for row in table if "security_compliance.pii.masked" in row[2])[6] == "2"
    assert table[-1][5] == "100"
    marked = [row[0] for row in table[1:] if row[0].endswith("*")]
    assert marked == [f"{item.position}*" for item in report.roadmap if item.on_critical_path]


def test_the_appendix_lists_every_check_every_file_and_the_counts() -> None:
    report = whole().report()
    appendix = section(render_markdown(report), "## Appendix")
    checks = {check.id for one in report.audit_results for check in one.checks}
    assert {row[0] for row in rows(appendix) if row[0] in checks} == checks
    row = [
        "security_compliance.keys.no_hardcoded_keys",
        "fail",
        "50",
        "7 keys stand in the code",
        "9 examples, 1 decoy",
    ]
    assert row in rows(appendix)
    assert "- `src/m3.py`: 3\n" in section(appendix, "### Evidence files")
    assert ["All", "4", "1", "1", "1", "1", "100 %"] in rows(appendix)
    assert "Duration: 1.5 seconds" in appendix
    assert "`abc123`" in appendix


def test_configuration_notes_and_warnings_are_listed() -> None:
    report = whole().report(settings=Settings(disable={"documentation.gide": "x", "testing_coverage": "not ours"}))
    markdown = render_markdown(report)
    assert "did you mean 'documentation.guide'" in section(markdown, "### Configuration notes")
    assert "not ours" in section(markdown, "### Configuration notes")
    assert "Missing data: llm_integration.fallback.fallback_tested" in section(markdown, "### Warnings")
    assert "3. Testing Coverage: not yet judged (switched off: not ours)" in markdown


def test_a_partial_audit_is_labelled_in_the_summary() -> None:
    summary = section(render_markdown(whole().report(partial="the selection was -k keys")), "## Executive Summary")
    assert "**Partial audit.** the selection was -k keys." in summary


def test_a_broken_file_of_no_category_has_a_place_of_its_own() -> None:
    error = CollectionError(file="readiness_checks/x.py", category=None, message="SyntaxError: line 3")
    found = section(render_markdown(whole().report(errors=(error,))), "### Outside the categories")
    assert "- [CRITICAL] A file of checks could not be loaded: readiness\\_checks" not in found
    assert "- [CRITICAL] A file of checks could not be loaded: readiness_checks/x.py: SyntaxError: line 3" in found


def test_an_audit_of_nothing_is_a_report_too() -> None:
    markdown = render_markdown(Audit({}, {}, (category("documentation"),)).report())
    assert "1. Documentation: not yet judged" in markdown
    assert "Nothing was judged" in markdown


@given(audits())
def test_every_gap_stands_in_its_category_and_on_the_road(run: Audit) -> None:
    report = run.report()
    markdown = render_markdown(report)
    bullets = re.findall(r"^- \[([A-Z]+)\] ", markdown, re.MULTILINE)
    assert len(bullets) == report.total_gaps
    assert bullets.count("CRITICAL") == report.critical_gaps
    assert len(rows(section(markdown, "## Roadmap to Production"))[1:]) == report.total_gaps


# ----------------------------------------------------------------------------------------------------------- escaping


def shown(text: str) -> str:
    """What a reader must see of a value; code loses its marks and the blanks at its edges."""
    return re.sub("[` ]", "", visible(text))


@given(st.text(st.one_of(st.sampled_from("\\`*_{}[]()<>#+-.!|~&;:/=0123456789\n\t \x1b\u202ewx@"), st.characters())))
@example("0 #")
@example("[a]: http://e.se")
@example("--- ")
@example("1. one")
@example("&amp;")
@example("a_b_c __init__ _x")
@example("<!-- -->")
@example("\\|")
@example("`a` \\`b` ``<i>`` `|` `<b>`")
@example("`[x](http://e.se)`")
def test_any_value_is_shown_literally_in_a_bullet_a_cell_and_a_heading(text: str) -> None:
    for markdown in (
        f"- {escape(text)}\n",
        f"| a | b |\n| - | - |\n| {escape(text)} | end |\n",
        f"# a{escape(text)}\n",
    ):
        tokens = GFM.parse(markdown)
        inlines = [t for t in tokens if t.type == "inline"]
        kinds = {child.type for t in inlines for child in t.children or ()}
        assert kinds <= {"text", "code_inline"}, (markdown, kinds)
        seen = [shown("".join(child.content for child in t.children or ())) for t in inlines]
        expected = shown(text)
        assert seen in ([expected], ["a", "b", expected, "end"], [f"a{expected}"], []), markdown
        assert seen or not expected


@given(st.text())
def test_no_character_that_a_terminal_or_a_renderer_obeys_gets_through(text: str) -> None:
    assert not [
        c for c in escape(text) if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") or c in "\u202e\u2066\u200b"
    ]


def test_code_in_a_value_stays_code() -> None:
    assert (
        escape('gives no `services["llm_service"]` and `a|b`') == 'gives no `services["llm_service"]` and \\`a\\|b\\`'
    )


@pytest.mark.parametrize("text", ["http://e.se", "see https://e.se/x", "www.e.se", "a@b.se"])
def test_a_bare_address_does_not_become_a_link(text: str) -> None:
    assert not re.search(r"://|(?i:www)\.|[^\\]@", escape(text))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a.b_c", "`a.b_c`"), ("src/a b.py:3", "`src/a b.py:3`"), ("a`b", "a\\`b"), ("a|b", "a\\|b"), (" a", " a"),
     ("å.py", "å.py"), ("a\nb", "a b")],
)  # fmt: skip
def test_ids_and_paths_are_code_unless_they_hold_something_that_could_break_out(value: str, expected: str) -> None:
    assert code(value) == expected


def hostile(text: str) -> ProductionReadinessReport:
    """A report with the text in every place that a value can reach."""
    of = spec("documentation.guide.a", title=text, impact=text, recommendation=text, severity="critical", source=text)
    row = Evidence(path=text, line=3, note=text)
    fine = spec("documentation.guide.b")
    run = audit([(of, result(of, "fail", details=text, evidence=(row,))),
                 (fine, result(fine, "pass", details=text, evidence=(row,)))],
                category("documentation").model_copy(update={"title": text}))  # fmt: skip
    settings = Settings(name=text, disable={"testing_coverage": text or "x"})
    errors = (CollectionError(file=text, category=None, message=text),)
    categories = (*run.categories, category("testing_coverage"))
    return run.report(settings=settings, errors=errors, partial=text, categories=categories)


def test_hostile_values_change_nothing_of_the_structure() -> None:
    plain, nasty = render_markdown(hostile("plain")), render_markdown(hostile(HOSTILE))
    kinds = {token.type for token in inline(nasty)}
    assert kinds <= {"text", "strong_open", "strong_close", "code_inline", "softbreak"}
    assert [h.split()[0] for h in headings(nasty)] == [h.split()[0] for h in headings(plain)]
    assert [len(row) for row in rows(nasty)] == [len(row) for row in rows(plain)]
    assert nasty.count("\n") == plain.count("\n")
    assert "\x1b" not in nasty
