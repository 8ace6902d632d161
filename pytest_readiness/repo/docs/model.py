"""A document as its parser sees it: sections, paragraphs, lists, tables, fences and links, each with its line."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, TypeVar

from pytest_readiness.repo.command_lines import split
from pytest_readiness.repo.data_files import lines_of
from pytest_readiness.repo.docs import words
from pytest_readiness.repo.docs.vocabulary import heading

SHELL = frozenset({"bash", "sh", "shell", "console", "zsh", "shell-session", "shellsession", "sh-session", "terminal"})
"""Languages of fences that hold commands."""


@dataclass(frozen=True)
class Text:
    """A paragraph, or a list item's own text, as source text with code and link marks."""

    text: str
    line: int
    plain: str = ""
    """The text without marks, on as many lines."""
    bold: str = ""
    """What it begins with in bold type."""
    codes: tuple[str, ...] = ()
    """Its inline code."""


@dataclass(frozen=True)
class Item(Text):
    """A list item."""

    ordered: bool = False
    depth: int = 1
    number: int = 0
    """The number it is given in an ordered list."""

    @property
    def is_task(self) -> bool:
        """A box to tick: `- [ ] done`."""
        return re.match(r"\[[ xX]\](?:\s|$)", self.text) is not None


@dataclass(frozen=True)
class Row:
    """A row of a table. `head` are the cells of the table's header."""

    cells: tuple[str, ...]
    line: int
    is_header: bool = False
    head: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """A link or image and its target as written."""

    target: str
    text: str
    line: int
    is_image: bool = False


@dataclass(frozen=True)
class Command:
    """A command of a fence; continued lines are joined."""

    text: str
    line: int
    end: int = 0
    """The line below its last one; what a here-document holds is not counted in."""

    @property
    def words(self) -> list[str]:
        """The words as a shell would see them."""
        return split(self.text)


@dataclass(frozen=True)
class Fence:
    """A code block. `line` is that of its first line of content."""

    language: str
    text: str
    line: int

    @property
    def lines(self) -> list[tuple[int, str]]:
        """Line number and text of each line of content."""
        return list(enumerate(lines_of(self.text), start=self.line))

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """The commands of a shell fence; comments, bodies of here-documents and shown output are none."""
        from pytest_readiness.repo.docs.shell import commands

        return tuple(commands(self.lines)) if self.language in SHELL else ()

    @property
    def said(self) -> list[tuple[int, str]]:
        """As `lines`, each command on one line."""
        inside = {n for c in self.commands for n in range(c.line, c.end)}
        found = [(c.line, c.text) for c in self.commands] + [(n, t) for n, t in self.lines if n not in inside]
        return sorted(found)


@dataclass(frozen=True, eq=False)
class Section:
    """A heading and everything up to the next heading of the same or a higher level; also a document as a whole."""

    document: Document
    title: str
    level: int
    """1 to 6; 0 for a whole document."""
    line: int
    first: int
    """The first line below the heading."""
    end: int
    """The first line that no longer belongs to it."""

    @property
    def path(self) -> str:
        return self.document.path

    def holds(self, line: int) -> bool:
        """Whether a line lies below the heading, inside the section."""
        return self.first <= line < self.end

    def matches(self, key: str | re.Pattern[str]) -> bool:
        """Whether the heading is on the subject: a key of the vocabulary or an expression."""
        return heading(key).search(self.title) is not None

    @cached_property
    def fences(self) -> list[Fence]:
        return between(self.document.fences, self.first, self.end)

    @cached_property
    def items(self) -> list[Item]:
        return between(self.document.items, self.first, self.end)

    @cached_property
    def rows(self) -> list[Row]:
        return between(self.document.rows, self.first, self.end)

    @cached_property
    def paragraphs(self) -> list[Text]:
        """Paragraphs outside lists and tables."""
        return between(self.document.paragraphs, self.first, self.end)

    @cached_property
    def texts(self) -> list[Text]:
        """Everything that is written in sentences: paragraphs and list items wherever they stand, in order."""
        return between(self.document.texts, self.first, self.end)

    @cached_property
    def links(self) -> list[Link]:
        return between(self.document.links, self.first, self.end)

    @cached_property
    def subsections(self) -> list[Section]:
        """Sections inside this one, of any level; of a whole document all but its title."""
        return [s for s in between(self.document.sections, self.first, self.end) if s.line != self.line]

    @cached_property
    def commands(self) -> list[Command]:
        return [c for f in self.fences for c in f.commands]

    def within(self, key: str | re.Pattern[str]) -> list[Section]:
        """Sections inside this one on the subject."""
        return [s for s in self.subsections if s.matches(key)]

    @cached_property
    def words(self) -> int:
        """Words in the paragraphs, lists, tables and fences, without headings, comments and placeholders."""
        spoken = [t.plain for t in self.texts] + [c for r in self.rows for c in r.cells] + [f.text for f in self.fences]
        return sum(words.count(text) for text in spoken)

    @property
    def has_substance(self) -> bool:
        return self.words >= words.SUBSTANCE

    @cached_property
    def said(self) -> list[Text]:
        """What the section says, piece by piece in order: headings, sentences, rows of tables, lines of fences.

        Boxes to tick, placeholders and the headers of tables are left out.
        """
        found = [Text(s.title, s.line, s.title) for s in self.subsections]
        found += [t for t in self.texts if not (isinstance(t, Item) and t.is_task)]
        found += [_row(r) for r in self.rows if not r.is_header]
        found += [Text(text, number, text) for f in self.fences for number, text in f.said]
        return sorted((t for t in found if not words.is_placeholder(t.plain)), key=lambda t: t.line)


@dataclass(eq=False)
class Document:
    """A parsed document."""

    path: str
    text: str
    fences: list[Fence] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    paragraphs: list[Text] = field(default_factory=list)
    """Paragraphs outside lists and tables."""
    texts: list[Text] = field(default_factory=list)
    """Paragraphs and list items wherever they stand, in order."""
    links: list[Link] = field(default_factory=list)
    headings: list[tuple[int, str, int]] = field(default_factory=list)
    """Level, text and line of each heading."""
    caption: str = ""
    """The title that its front matter gives it."""

    def sort(self) -> None:
        """Put everything in the order of its lines, as `between` needs it."""
        for placed in (self.fences, self.items, self.rows, self.paragraphs, self.texts, self.links):
            placed.sort(key=_line)
        self.headings.sort(key=lambda heading: heading[2])

    @property
    def line(self) -> int:
        """The line of its title."""
        return next((line for level, _, line in self.headings if level == 1), 1)

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @cached_property
    def _last(self) -> int:
        return len(lines_of(self.text)) + 1

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """A section for each heading, in order."""
        ends = [self._last] * len(self.headings)
        opened: list[int] = []
        for index, (level, _, line) in enumerate(self.headings):
            while opened and self.headings[opened[-1]][0] >= level:
                ends[opened.pop()] = line
            opened.append(index)
        rows = zip(self.headings, ends, strict=True)
        return tuple(Section(self, title, level, line, line + 1, end) for (level, title, line), end in rows)

    @cached_property
    def whole(self) -> Section:
        """The document from its first line to its last, under its title."""
        return Section(self, self.title or self.name, 0, self.line, 1, self._last)

    @property
    def title(self) -> str:
        """The text of the first level-1 heading, else the front matter's title; "" where there is none."""
        return next((t for lv, t, _ in self.headings if lv == 1), self.caption)

    def is_about(self, key: str | re.Pattern[str]) -> bool:
        """Whether its title or its file's name, with or without its accents, is on the subject."""
        stem = re.sub(r"[_.-]+", " ", self.name.rpartition(".")[0] or self.name)
        wanted = heading(key)
        plain = re.compile(words.folded(wanted.pattern), re.IGNORECASE)
        if any(wanted.search(text) for text in (self.title, stem, stem.replace(" ", "-"))):
            return True
        return plain.search(words.folded(stem)) is not None

    def matching(self, key: str | re.Pattern[str]) -> list[Section]:
        """Sections whose heading is on the subject: a key of the vocabulary or an expression."""
        return [s for s in self.sections if s.matches(key)]

    def outermost(self, key: str | re.Pattern[str]) -> list[Section]:
        """Matching sections that lie in no other matching one."""
        found: list[Section] = []
        for section in self.matching(key):
            if not found or section.line >= found[-1].end:
                found.append(section)
        return found

    @property
    def commands(self) -> list[Command]:
        return [c for f in self.fences for c in f.commands]


class _Placed(Protocol):
    """Something that stands at a line."""

    @property
    def line(self) -> int: ...


P = TypeVar("P", bound=_Placed)


def between(placed: Sequence[P], first: int, end: int) -> list[P]:
    """Of things in the order of their lines those from the first line to before the last."""
    start = bisect_left(placed, first, key=_line)
    return list(placed[start : bisect_left(placed, end, lo=start, key=_line)])


def _line(placed: _Placed) -> int:
    return placed.line


def _row(row: Row) -> Text:
    """A row as a sentence: each cell after the header of its column."""
    heads = [*row.head, *[""] * len(row.cells)]
    cells = [f"{head}: {cell}" if head else cell for head, cell in zip(heads, row.cells, strict=False) if cell.strip()]
    text = "; ".join(cells)
    return Text(text, row.line, text)
