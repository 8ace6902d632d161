"""What the checks decide, in text: the list of all, the explanation of one, and the list in the README.

`python -m pytest_readiness.explain README.md` writes the list anew between the README's markers.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pytest_readiness.authoring import Example
from pytest_readiness.authoring.decorator import Proof
from pytest_readiness.bundled import data_dir
from pytest_readiness.check_modules import PACKAGE, categories
from pytest_readiness.models import CategorySpec, CheckSpec, many
from pytest_readiness.options import UsageProblem, near
from pytest_readiness.specs import proved_by
from pytest_readiness.testing import load_checks

WIDTH = 100
FILES_NAMED = 6
LIST_STARTS, LIST_ENDS = "<!-- checks: start -->", "<!-- checks: end -->"
NOT_JUDGED = "not yet judged"


def listing(specs: Sequence[CheckSpec], known: Sequence[CategorySpec]) -> str:
    """Every check by category and criterion: id, severity, effort in days, title. One line each."""
    shown = [line for category in known for line in _category_lines(category, specs)]
    return "\n".join([*shown, f"{many(len(specs), 'check')}. One in full: pytest --readiness-explain ID"])


def _category_lines(category: CategorySpec, specs: Iterable[CheckSpec]) -> Iterator[str]:
    own = [spec for spec in specs if spec.category == category.id]
    weight = f"weight {category.weight:g}" if own else f"weight {category.weight:g}, {NOT_JUDGED}"
    yield f"{category.title} ({category.id}, {weight})"
    for criterion in dict.fromkeys([c.id for c in category.criteria] + [s.criterion for s in own]):
        checks = [spec for spec in own if spec.criterion == criterion]
        if checks:
            yield f"  {criterion}"
        yield from (f"    {s.id}  {s.severity}, {s.effort_days:g} d\n      {s.title}" for s in checks)
    yield ""


def find(specs: Sequence[CheckSpec], wanted: str) -> CheckSpec:
    """The check with this id, or the one whose id ends in it. Raises UsageProblem where there is none or several."""
    ids = {spec.id: spec for spec in specs}
    if wanted in ids:
        return ids[wanted]
    ends = [spec for spec in specs if spec.id.endswith(f".{wanted}")]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise UsageProblem(f"several checks end in {wanted!r}: {', '.join(s.id for s in ends)}. Give more of the id.")
    hint = near(wanted, ids) or near(wanted, [spec.name for spec in specs])
    raise UsageProblem(f"there is no check {wanted!r}{hint}. `pytest --readiness-list` names them all.")


def explanation(spec: CheckSpec, proof: Proof) -> str:
    """All that a check says about itself, and the examples that prove it."""
    before = ", ".join(spec.depends_on) or "nothing"
    facts = {
        "Decides": spec.title,
        "Passes": spec.passes,
        "Falls short": spec.falls_short,
        "Unknown": spec.unknown,
        "How to fix": spec.recommendation,
        "Impact": spec.impact,
        "Severity": f"{spec.severity}; effort {spec.effort_days:g} d; weight {spec.weight:g}; mode {spec.mode}",
        "Close first": before,
        "Standard": spec.standard,
        "Written in": spec.source,
    }
    return "\n".join([spec.id, "", *(_paragraph(label, text) for label, text in facts.items()), "", _proved(proof)])


def _proved(proof: Proof) -> str:
    """The examples, each with what it shows and its files."""
    groups = {"meets": proof.meets, "falls short": proof.falls_short, "decoy": proof.decoys}
    rows = [_paragraph(kind, _example(example)) for kind, examples in groups.items() for example in examples]
    return "\n".join([f"Proved against {proved_by(proof)}:", "", *rows])


def _example(example: Example) -> str:
    names = list(example.files)
    more = f" and {len(names) - FILES_NAMED} more" if len(names) > FILES_NAMED else ""
    files = f"[{', '.join(names[:FILES_NAMED])}{more}]" if names else "[no files]"
    expected = "" if example.score is None else f"scores {example.score:g}"
    return " ".join(part for part in (example.why, example.status or expected, files) if part)


def _paragraph(label: str, text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent=f"  {label:<13}", subsequent_indent=" " * 15)


def readme_list(specs: Sequence[CheckSpec], known: Sequence[CategorySpec]) -> str:
    """The checks as Markdown tables, one a category, with the README's markers around them."""
    tables = [line for category in known for line in _table(category, specs)]
    return "\n".join([LIST_STARTS, "", f"{many(len(specs), 'check')}.", "", *tables, LIST_ENDS])


def _table(category: CategorySpec, specs: Iterable[CheckSpec]) -> list[str]:
    own = [spec for spec in specs if spec.category == category.id]
    head = f"### {category.title} (weight {category.weight:g})"
    if not own:
        return [head, "", f"{NOT_JUDGED.capitalize()}.", ""]
    rows = [f"| `{s.criterion}.{s.name}` | {_cell(s.title)} | {s.severity} | {s.effort_days:g} |" for s in own]
    return [head, "", "| check | decides | severity | days |", "| --- | --- | --- | --- |", *rows, ""]


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def renewed(readme: str) -> str:
    """The README's text with the list of the packaged checks written anew. Raises ValueError without the markers."""
    before, starts, rest = readme.partition(LIST_STARTS)
    _, ends, after = rest.partition(LIST_ENDS)
    if not (starts and ends):
        raise ValueError(f"the README lacks the markers {LIST_STARTS} and {LIST_ENDS}")
    folder = data_dir("checks")
    specs = [check.spec for check in load_checks(folder, PACKAGE)]
    return before + readme_list(specs, categories(folder)) + after


def main(path: Path) -> None:
    """Write the list in the README at `path` anew."""
    path.write_text(renewed(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
