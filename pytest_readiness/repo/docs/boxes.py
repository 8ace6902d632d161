"""Boxes drawn in text: corners joined by lines, with a label inside.

Hand-drawn boxes are rarely exact, so a side may lie SLACK columns off; wide letters shift it too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

SLACK = 2
"""Columns by which a side may stray."""
LARGEST = 500
"""Lines and columns; what goes beyond is not looked at."""
_TOP_LEFT, _TOP_RIGHT = "┌╔╭┏+╒╓", "┐╗╮┓+╕╖"
_BOTTOM_LEFT, _BOTTOM_RIGHT = "└╚╰┗+╘╙", "┘╝╯┛+╛╜"
_FLAT = frozenset("─═━-╌┄┈┬┴┼╦╩╬╤╧┯┷┳┻▼▲v^↓↑+│|●○◆•╪╫")
_UPRIGHT = frozenset("│║┃|┆┊├┤┼╠╣╬╟╢┠┨+◄►◀▶<>←→●○•:-─═▲▼╞╡")
_ON_BORDER = frozenset("┬┴┼├┤▼▲╦╩╤╧")
_ARROW = re.compile(r"[→←↑↓▼▲►◄▶◀⟶⟵⇒⇐↔⇄⇆◁▷]|-->|<--|->|<-|=>|──+>|<──+")
_LINK = re.compile(r"(?:[┐┘│║|+\])])\s*(?:[─═━-]{2,})\s*(?:[┌└│║|+\[(])")
_LABEL = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Box:
    """A closed box: its first and last row and column."""

    top: int
    left: int
    bottom: int
    right: int


def boxes_problem(text: str) -> str:
    """Why a drawing is no diagram; "" for one with two labelled boxes and something that joins them."""
    grid = [_wide(line) for line in text.split("\n")[:LARGEST]]
    found = list(_boxes(grid))
    labels = {label for box in found if (label := _label(grid, box, found))}
    if len(found) < 2:
        return "it has no two closed boxes"
    if len(labels) < 2:
        return "it has no two labelled boxes"
    return "" if _joins(grid, found) else "nothing joins its boxes"


def _wide(line: str) -> str:
    """The line with wide letters on two columns and marks on none, as a terminal shows it."""
    cells = (c + " " if unicodedata.east_asian_width(c) in "WF" else c for c in line.expandtabs(4)[:LARGEST])
    return "".join(c for c in "".join(cells) if not unicodedata.combining(c) and c not in "\u200d\ufe0f")


def _boxes(grid: list[str]) -> Iterator[Box]:
    for top, line in enumerate(grid):
        for left, char in enumerate(line):
            if char in _TOP_LEFT and (right := _top(line, left)) and (box := _closed(grid, top, left, right)):
                yield box


def _top(line: str, left: int) -> int | None:
    """The column of the corner that ends the edge which starts at left."""
    for column in range(left + 1, len(line)):
        if line[column] in _TOP_RIGHT and column > left + 2 and not _goes_on(line, column):
            return column
        if line[column] not in _FLAT:
            return None
    return None


def _goes_on(line: str, column: int) -> bool:
    """Whether a + is a crossing of the edge and not its corner."""
    return line[column] == "+" and column + 1 < len(line) and line[column + 1] in "-="


def _closed(grid: list[str], top: int, left: int, right: int) -> Box | None:
    for row in range(top + 1, len(grid)):
        line = grid[row]
        if _near(line, left, _BOTTOM_LEFT) and _near(line, right, _BOTTOM_RIGHT) and _is_edge(line, left, right):
            return Box(top, left, row, right) if row > top + 1 else None
        if not (_near(line, left, _UPRIGHT) and _near(line, right, _UPRIGHT)):
            return None
    return None


def _near(line: str, column: int, chars: str | frozenset[str]) -> bool:
    return any(c in chars for c in line[max(0, column - SLACK) : column + SLACK + 1])


def _is_edge(line: str, left: int, right: int) -> bool:
    inside = line[left + 1 : max(left + 2, right - SLACK)]
    return bool(inside) and all(c in _FLAT or c in _BOTTOM_LEFT or c in _BOTTOM_RIGHT for c in inside)


def _label(grid: list[str], box: Box, found: list[Box]) -> str:
    """The first words in the box that stand in no smaller one."""
    inner = [b for b in found if b is not box and box.top <= b.top and b.bottom <= box.bottom and _across(box, b)]
    for row in range(box.top + 1, box.bottom):
        line = grid[row][box.left + 1 : box.right]
        for b in inner:
            if b.top <= row <= b.bottom:
                line = line[: max(0, b.left - box.left - 1)] + " " * (b.right - b.left + 1) + line[b.right - box.left :]
        if _LABEL.search(line):
            return f"{row}:{line.strip()}"
    return ""


def _across(outer: Box, inner: Box) -> bool:
    return outer.left < inner.left and inner.right <= outer.right + SLACK


def _joins(grid: list[str], found: list[Box]) -> bool:
    """An arrow, a line between boxes, or a mark on a border where a line leaves it."""
    for box in found:
        for row in (box.top, box.bottom):
            if any(c in _ON_BORDER for c in grid[row][box.left : box.right + 1]):
                return True
    return any(_ARROW.search(line) or _LINK.search(line) for line in grid) or _has_stem(grid, found)


def _has_stem(grid: list[str], found: list[Box]) -> bool:
    """A `|` on its own below one box and above another."""
    for box in found:
        below = grid[box.bottom + 1] if box.bottom + 1 < len(grid) else ""
        for column in range(box.left + 1, min(box.right, len(below))):
            if below[column] in "│|║v" and any(b.top > box.bottom and b.left <= column <= b.right for b in found):
                return True
    return False
