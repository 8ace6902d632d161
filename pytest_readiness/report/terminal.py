"""The audit in a terminal, as lines of styled text; who writes them and in which colours is not decided here.

Every function is pure: it takes the facts and a `Look` (width, glyphs) and returns lines that fit the width.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pytest_readiness import wording
from pytest_readiness.models import AuditResult, Gap, ProductionReadinessReport, Severity, Status
from pytest_readiness.report.visible import visible

WORST = 5
"""Gaps that the scoreboard shows."""
TITLE, SHORTEST_TITLE, BAR = 28, 10, 20
"""Columns of a category's title and of its bar, where there is room."""
FIX_LINES = 2


class Style(StrEnum):
    """What a piece of text means; the writer chooses a colour."""

    PLAIN = "plain"
    STRONG = "strong"
    GOOD = "good"
    BAD = "bad"
    DOUBT = "doubt"
    BROKEN = "broken"
    QUIET = "quiet"


MARKUP: Mapping[Style, Mapping[str, bool]] = {
    Style.PLAIN: {},
    Style.STRONG: {"bold": True},
    Style.GOOD: {"green": True},
    Style.BAD: {"red": True},
    Style.DOUBT: {"yellow": True},
    Style.BROKEN: {"purple": True},
    Style.QUIET: {"light": True},
}
"""Style -> keyword arguments of pytest's TerminalReporter.write."""


@dataclass(frozen=True)
class Piece:
    """Text in one style."""

    text: str
    style: Style = Style.PLAIN


Line = tuple[Piece, ...]


@dataclass(frozen=True)
class Look:
    """What the terminal can show: its columns, and whether it knows more than ASCII."""

    width: int = 80
    unicode: bool = True

    def glyph(self, status: Status) -> str:
        """The sign of a status."""
        return _GLYPHS[status][0 if self.unicode else 1]

    def bar(self, share: float, columns: int) -> str:
        """A bar filled to a share from 0 to 1; full only at 1."""
        filled = int(share * columns)
        full, empty = ("█", "░") if self.unicode else ("#", ".")
        return full * filled + empty * (columns - filled)

    def plain(self, text: str) -> str:
        """The text made harmless, in characters that the terminal knows."""
        text = visible(text)
        return text if self.unicode else text.translate(_ASCII).encode("ascii", "replace").decode()

    def cut(self, text: str, columns: int) -> str:
        """The text, cut to so many columns where it is longer."""
        if columns_of(text) <= columns:
            return text
        end = self.plain("…")
        while text and columns_of(text) > columns - len(end):
            text = text[:-1]
        return f"{text}{end}"[: max(columns, 0)]

    def fit(self, text: str, columns: int) -> str:
        """The text, made harmless and cut to so many columns where it is longer."""
        return self.cut(self.plain(text), columns)

    def fit_end(self, text: str, columns: int) -> str:
        """Like `fit`, but the end of the text is what stays: of an id, the name."""
        text = self.plain(text)
        start = self.plain("…")
        return text if len(text) <= columns else f"{start}{text[len(text) - max(0, columns - len(start)) :]}"

    def clip(self, line: Line) -> Line:
        """The line, cut where it is wider than the terminal."""
        left, kept = self.width, []
        for piece in line:
            text = self.cut(piece.text, left)
            left -= columns_of(text)
            kept.append(Piece(text, piece.style))
        return tuple(piece for piece in kept if piece.text)


_ASCII = str.maketrans({"…": "...", "–": "-"})
_GLYPHS = {
    Status.PASS: ("✓", "+"),
    Status.FAIL: ("✗", "x"),
    Status.UNKNOWN: ("?", "?"),
    Status.ERROR: ("‼", "!"),
    Status.WAIVED: ("~", "~"),
}
_STYLES = {
    Status.PASS: Style.GOOD,
    Status.FAIL: Style.BAD,
    Status.UNKNOWN: Style.DOUBT,
    Status.ERROR: Style.BROKEN,
    Status.WAIVED: Style.QUIET,
}


def columns_of(text: str) -> int:
    """Columns that a text takes: wide characters take two, combining ones none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def progress(done: int, total: int, counts: Mapping[Status, int], now: str, look: Look) -> Line:
    """One line while the audit runs: how far it is, the outcomes so far, and what was finished last."""
    head = f"{done:>{len(str(total))}}/{total} "
    signs = _signs(counts, look)
    room = look.width - len(head) - _width(signs) - columns_of(now) - 2
    bar = look.bar(done / total if total else 1, min(24, max(4, room)))
    return look.clip((Piece(f"{head}{bar} "), *signs, Piece(f" {look.plain(now)}", Style.QUIET)))


def finished_category(title: str, total: int, counts: Mapping[Status, int], look: Look) -> Line:
    """One line for a category whose checks are all done, where no line can be rewritten."""
    outcomes = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    figures = f"{sum(counts.values())}/{total}  {outcomes}"
    room = max(SHORTEST_TITLE, min(TITLE, look.width - len(figures) - 4))
    return look.clip((Piece(f"  {_padded(look.fit(title, room), room)}  {figures}"),))


def scoreboard(report: ProductionReadinessReport, written: Sequence[Path], look: Look) -> list[Line]:
    """What stands at the end: scores, the five worst gaps and their cure, where the report lies, the gate."""
    found = [*_headline(report, look), *_categories(report.audit_results, look), *_worst(report, look)]
    clipped = [look.clip(line) for line in found]
    return [*clipped, *_places(written, look), *(look.clip(line) for line in _gate(report, look))]


def _places(written: Sequence[Path], look: Look) -> Iterable[Line]:
    """Where the report lies, a path a line and never cut, so that it can be copied."""
    if not written:
        yield from _text("No report was written.", look)
    for path in written:
        yield (Piece(f"Report: {look.plain(str(path))}"),)


def _headline(report: ProductionReadinessReport, look: Look) -> Iterable[Line]:
    interval = report.score_interval
    hope = wording.hope(interval.proven, interval.possible, wording.unknowns(report.audit_results))
    yield from _text(f"{wording.points(report.overall_score)}/100{hope}: {report.verdict}", look, Style.STRONG)
    if report.partial:
        yield from _text(f"Partial audit: {report.partial}", look, Style.DOUBT)
    yield ()


def _categories(audits: Sequence[AuditResult], look: Look) -> Iterable[Line]:
    signs = {audit.category: _signs(wording.counts(audit), look) for audit in audits}
    figures = {audit.category: look.plain(_figures(audit)) for audit in audits}
    figure_columns = max((len(text) for text in figures.values()), default=0)
    room = look.width - figure_columns - max((_width(line) for line in signs.values()), default=0) - 4
    longest = max((columns_of(look.plain(audit.title)) for audit in audits), default=0)
    title = max(SHORTEST_TITLE, min(TITLE, longest, room - room // 3))
    bar = max(0, min(BAR, room - title))
    for audit in audits:
        name = Piece(f"{_padded(look.fit(audit.title, title), title)} ")
        if audit.score is None:
            yield name, Piece(f"not yet judged ({look.plain(audit.why_not_judged)})", Style.QUIET)
        else:
            figure = Piece(f" {figures[audit.category].rjust(figure_columns)}  ")
            yield name, Piece(look.bar(audit.score / 100, bar), _band(audit.score)), figure, *signs[audit.category]


def _figures(audit: AuditResult) -> str:
    """`51.3`, or `51.3–59.7` where something is unknown."""
    if audit.score is None or audit.possible is None:
        return ""
    proven, possible = wording.points(audit.score), wording.points(audit.possible)
    return f"{proven}–{possible}" if audit.possible > audit.score else proven


def _band(score: float) -> Style:
    if score > wording.READY_ABOVE:
        return Style.GOOD
    return Style.DOUBT if score >= wording.NEARLY_FROM else Style.BAD


def _worst(report: ProductionReadinessReport, look: Look) -> Iterable[Line]:
    gaps = {gap.check_id: gap for found in report.gaps_by_category.values() for gap in found}
    steps = [step for step in report.roadmap if gaps[step.check_id].status is not Status.WAIVED]
    worst = sorted(steps, key=lambda step: (step.severity.rank, step.position))[:WORST]
    yield ()
    if worst:
        yield (Piece(f"Worst gaps ({len(worst)} of {report.total_gaps})", Style.STRONG),)
    for step in worst:
        yield from _gap(gaps[step.check_id], look)
    if worst:
        yield ()


def _gap(gap: Gap, look: Look) -> Iterable[Line]:
    label = f"{gap.severity.upper()} "
    style = Style.BAD if gap.severity in (Severity.CRITICAL, Severity.HIGH) else Style.DOUBT
    yield Piece(label, style), Piece(look.fit_end(gap.check_id, look.width - len(label)))
    yield (Piece(f"  {look.fit(gap.description, look.width - 2)}", Style.QUIET),)
    yield from _shortened(_text(f"Fix: {gap.recommendation} ({gap.estimated_effort})", look, indent=2), look)


def _shortened(lines: list[Line], look: Look) -> list[Line]:
    """The first lines of a paragraph, the last one marked where more would follow."""
    if len(lines) <= FIX_LINES:
        return lines
    last = lines[FIX_LINES - 1][0]
    marked = look.cut(f"{last.text} {look.plain('…')}", look.width)
    return [*lines[: FIX_LINES - 1], (Piece(marked, last.style),)]


def _gate(report: ProductionReadinessReport, look: Look) -> Iterable[Line]:
    passed = report.gate.passed
    yield Piece("Gate: "), Piece("passed" if passed else "failed", Style.GOOD if passed else Style.BAD)
    for reason in report.gate.reasons:
        yield from _text(reason, look, indent=2)


def _text(text: str, look: Look, style: Style = Style.PLAIN, indent: int = 0) -> list[Line]:
    """A paragraph, wrapped to the width."""
    blank = " " * indent
    wrapper = textwrap.TextWrapper(
        width=max(look.width, indent + 1),
        initial_indent=blank,
        subsequent_indent=blank,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [(Piece(line, style),) for line in wrapper.wrap(look.plain(text))]


def _signs(counts: Mapping[Status, int], look: Look) -> Line:
    """`✓6 ✗8 ?2`, each in its colour; statuses that did not occur are left out."""
    found = [(status, count) for status, count in counts.items() if count]
    return tuple(
        Piece(f"{look.glyph(status)}{count}{' ' if place < len(found) else ''}", _STYLES[status])
        for place, (status, count) in enumerate(found, start=1)
    )


def _width(line: Line) -> int:
    return sum(columns_of(piece.text) for piece in line)


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - columns_of(text))
