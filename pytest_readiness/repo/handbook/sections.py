"""What the documentation checks ask of any section: its words, its lists, its outermost namesakes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pytest_readiness.repo.docs import Document, Item, Section
from pytest_readiness.repo.modules import Site

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
STEPS = 3
"""Items that an ordered list has at least to show a path."""


@dataclass(frozen=True)
class Element:
    """One thing that a document must hold: whether it does, where, and what is missing."""

    name: str
    ok: bool
    places: tuple[Site, ...]
    note: str = ""


def found(name: str, places: Iterable[Site], missing: str, fallback: Site) -> Element:
    """An element that is there where a place shows it; else the fallback is cited with what is missing."""
    shown = tuple(dict.fromkeys(places))
    return Element(name, True, shown) if shown else Element(name, False, (replace(fallback, note=missing),), missing)


def at(section: Section | Document, note: str = "") -> Site:
    """Where a section's heading stands."""
    return Site(section.path, section.line, note)


def below_title(document: Document) -> list[Section]:
    """The sections below the document's title, in order; all of them where it has none."""
    title = next((s for s in document.sections if s.level == 1), None)
    return [s for s in document.sections if s is not title]


def outermost_below_title(document: Document, key: str | re.Pattern[str]) -> list[Section]:
    """Sections below the title that match and lie in no other such one."""
    matching = [s for s in below_title(document) if s.matches(key)]
    return [s for s in matching if not any(o.holds(s.line) for o in matching)]


def own(section: Section) -> Section:
    """The section without its subsections."""
    end = min((s.line for s in section.subsections), default=section.end)
    return replace(section, end=end)


def text_of(section: Section) -> str:
    """All that the section says, its heading first."""
    return "\n".join([section.title, *(_visible(t.text) for t in section.said)])


def lines_with(section: Section, pattern: re.Pattern[str]) -> Iterator[Site]:
    """The places at which the section says something that matches."""
    for text in section.said:
        if match := pattern.search(_visible(text.text)):
            line = text.line + match.string.count("\n", 0, match.start())
            yield Site(section.path, line, f'"{" ".join(match.group().split())}"')


def _visible(text: str) -> str:
    """The text without comments, on as many lines."""
    return _COMMENT.sub(lambda found: "\n" * found.group().count("\n"), text)


def ordered_lists(section: Section) -> list[list[Item]]:
    """The ordered lists, each with its items; one whose steps hold code blocks in between is one list."""
    lists: dict[int, list[list[Item]]] = {}
    for item in (i for i in section.items if i.ordered):
        same_depth = lists.setdefault(item.depth, [])
        last = same_depth[-1][-1] if same_depth else None
        if last is None or item.number not in (last.number + 1, last.number) or _parted(section, last, item):
            same_depth.append([])
        same_depth[-1].append(item)
    return [items for depth in lists.values() for items in depth]


def _parted(section: Section, first: Item, second: Item) -> bool:
    """Whether a heading stands between the two items."""
    return any(first.line < s.line < second.line for s in section.subsections)
