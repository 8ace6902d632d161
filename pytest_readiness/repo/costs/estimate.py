"""Is it written down what one user costs, with the usage and the prices behind it, and do the figures agree?"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.costs import amounts
from pytest_readiness.repo.costs.amounts import COUNTED, TOKENS, Price
from pytest_readiness.repo.docs.model import Document, Row, Section
from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.telemetry.signals import Finding

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

TOLERANCE = 0.2
"""How far the product may lie from the amount that is stated."""
_MONTHS = (30.0, 20.0, 21.0, 22.0, 31.0)
"""Days that a month may have: all, or those on which people work."""
_MOST = 6


@dataclass
class Figures:
    """What a table tells of one user."""

    cost: float | None = None
    cost_days: float = 30.0
    usages: list[tuple[float, float, bool, str]] = field(default_factory=list)
    """Count, days of its period, whether tokens are counted, label."""
    per_request: list[tuple[float, str]] = field(default_factory=list)
    """Tokens of one request, label."""
    prices: list[Price] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return self.cost is not None and bool(self.usages) and bool(self.prices)

    @property
    def agrees(self) -> bool:
        """Whether usage times price is the cost, within the tolerance."""
        return any(abs(p - (self.cost or 0)) <= TOLERANCE * max(p, self.cost or 0) for p in self.products())

    def products(self) -> Iterator[float]:
        """What the usage costs by the prices, read in each sensible way."""
        for usage, length, of_tokens, _ in self.usages:
            for times in self._factors(length):
                yield from (times * usage * each for each in self._each(of_tokens))
        token_uses = [u for u in self.usages if u[2]]
        if len(token_uses) > 1 and len(self.prices) > 1:
            for times in self._factors(token_uses[0][1]):
                yield sum(times * u * _priced(label, self.prices) for u, _, _, label in token_uses)

    def _factors(self, length: float) -> list[float]:
        """Periods of the usage in a period of the cost."""
        if length == self.cost_days:
            return [1.0]
        return [m / length for m in _MONTHS] if self.cost_days == 30.0 else [self.cost_days / length]

    def _each(self, of_tokens: bool) -> Iterator[float]:
        """What one request, or one token, costs."""
        if of_tokens:
            yield from (p.each for p in self.prices if p.of_tokens)
            return
        yield from (p.each for p in self.prices if not p.of_tokens)
        token_prices = [p for p in self.prices if p.of_tokens]
        if len(self.per_request) < 2:
            yield from (tokens * p.each for tokens, _ in self.per_request for p in token_prices)
        elif token_prices:
            yield sum(tokens * _priced(label, token_prices) for tokens, label in self.per_request)


def _priced(label: str, prices: list[Price]) -> float:
    """The price that speaks of the same side, input or output."""
    for side in ("output", "input", "completion", "prompt", "utdata", "indata", "cached"):
        if side in label.lower():
            same = [p for p in prices if side in p.label.lower()]
            return same[0].each if same else prices[0].each
    return prices[0].each


class Estimates:
    """Looks for the estimate in the documents."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def finding(self) -> Finding:
        """Whether one section holds the whole estimate; else what the best one lacks."""
        found = [self._judged(s) for d in self._repo.documents.all() for s in self._sections(d)]
        nothing = Finding(False, "no section or table is on what a user, seat or customer costs")
        return next((f for f in found if f.ok), max(found, key=lambda f: len(f.places), default=nothing))

    def _sections(self, document: Document) -> Iterator[Section]:
        """Sections whose heading is on the subject, and those that hold a table whose header is."""
        seen: set[int] = set()
        for section in document.sections:
            if amounts.is_subject(section.title) and not any(s in seen for s in self._around(document, section.line)):
                seen.add(section.line)
                yield section
        for row in (r for r in document.rows if r.is_header and amounts.is_subject(" ".join(r.cells))):
            around = [s for s in document.sections if s.holds(row.line)]
            home = max(around, key=lambda s: s.line) if around else document.whole
            if home.line not in seen:
                seen.add(home.line)
                yield home

    @staticmethod
    def _around(document: Document, line: int) -> list[int]:
        return [s.line for s in document.sections if s.holds(line)]

    def _judged(self, section: Section) -> Finding:
        heading = Site(section.path, section.line, f"section {section.title}")
        parts = self._parts(section)
        named = ("amount", "usage", "unit price")
        places = (heading, *(Site(section.path, parts[n], n) for n in named if n in parts))
        missing = [n for n in named if n not in parts]
        if missing:
            return Finding(False, f"it states no {' and no '.join(missing)} with a number", places)
        wrong = next((f for f in self._tables(section) if f.is_whole and not f.agrees), None)
        if wrong is not None:
            return Finding(False, f"usage times price is not the {wrong.cost:g} that the table states", places)
        return Finding(True, "what a user costs is worked out", places)

    def _parts(self, section: Section) -> dict[str, int]:
        """The lines that state an amount, the usage and a unit price."""
        found: dict[str, int] = {}
        for text, line, context, around in self._said(section):
            if amounts.unit_price(text, context) is not None:
                found.setdefault("unit price", line)
            if amounts.states_amount(text, f"{context} {around}") and not amounts.UNIT_PRICE.search(context):
                found.setdefault("amount", line)
            if amounts.states_usage(text, f"{context} {around}") and not _per_request(context):
                found.setdefault("usage", line)
        return found

    def _said(self, section: Section) -> Iterator[tuple[str, int, str, str]]:
        """Sentences, and cells of tables: text, line, what their row and column are headed, what stands above all."""
        for text in section.texts:
            for sentence in _sentences(text.plain or text.text):
                yield sentence, text.line, "", section.title
        for row in section.rows:
            if not row.is_header:
                header = " ".join(row.head)
                above = f"{section.title} {header}" if amounts.is_subject(header) else section.title
                yield from ((cell, row.line, context, above) for cell, context in self._cells(row))
        for fence in section.fences:
            yield from ((t, n, "", section.title) for n, t in fence.lines)

    @staticmethod
    def _cells(row: Row) -> Iterator[tuple[str, str]]:
        """Each cell with its head and label; a bare number is read with the unit that those tell."""
        for index, cell in enumerate(row.cells):
            head = row.head[index] if index < len(row.head) else ""
            context = f"{head} {row.cells[0] if index else ''}"
            yield _with_unit(cell, context), context

    def _tables(self, section: Section) -> Iterator[Figures]:
        """The figures of each table: one set for a row where columns are headed, else one for a column of values."""
        rows = [r for r in section.rows if not r.is_header]
        for _, together in itertools.groupby(rows, key=lambda r: r.head):
            table = list(together)
            across = [f for r in table if (f := self._row(r, section.title)).is_whole]
            yield from across
            if not across:
                yield from self._columns(table, section.title)

    def _row(self, row: Row, title: str) -> Figures:
        figures = Figures()
        for head, cell in zip(row.head, row.cells, strict=False):
            _take(figures, head, cell, title)
        return figures

    def _columns(self, table: list[Row], title: str) -> Iterator[Figures]:
        """A table of names and values: each further column is one kind of user."""
        for index in range(1, min(max((len(r.cells) for r in table), default=0), _MOST)):
            figures = Figures()
            for row in table:
                if index < len(row.cells):
                    _take(figures, row.cells[0], row.cells[index], title)
            yield figures


def _take(figures: Figures, label: str, cell: str, title: str) -> None:
    """Puts one figure of a table where it belongs."""
    cell = _with_unit(cell, label)
    price = amounts.unit_price(cell, label)
    amount, value = amounts.money(cell), amounts.count(cell)
    length = amounts.days(label) or amounts.days(cell) or amounts.days(title) or 30.0
    if price is not None:
        figures.prices.append(price)
    elif amount is not None and (amounts.names_payer(label) or amounts.is_subject(title)):
        figures.cost, figures.cost_days = amount, length
    elif value is not None and _per_request(label):
        figures.per_request.append((value, label))
    elif value is not None and (COUNTED.search(f"{label} {cell}") or TOKENS.search(f"{label} {cell}")):
        of_tokens = not COUNTED.search(f"{label} {cell}")
        figures.usages.append((value, length, of_tokens, label))


def _with_unit(cell: str, label: str) -> str:
    """A bare number with the unit that its label tells: money, requests, tokens."""
    if amounts.count(cell) is None or amounts.money(cell) is not None or COUNTED.search(cell) or TOKENS.search(cell):
        return cell
    if amounts.names_currency(label):
        return f"${cell.strip()}"
    unit = next((m.group(0) for p in (COUNTED, TOKENS) if (m := p.search(label))), "")
    return f"{cell} {unit}" if unit else cell


def _per_request(label: str) -> bool:
    """`Tokens per request`."""
    tokens, counted = TOKENS.search(label), COUNTED.search(label)
    return tokens is not None and counted is not None and tokens.start() < counted.start()


def _sentences(text: str) -> list[str]:
    """Sentences and lines; a decimal point ends none."""
    return [s for line in text.split("\n") for s in _split(line) if s.strip()]


def _split(line: str) -> list[str]:
    parts, start = [], 0
    for index, char in enumerate(line[:-1]):
        if char in ".;" and line[index + 1] == " ":
            parts.append(line[start:index])
            start = index + 1
    return [*parts, line[start:]]
