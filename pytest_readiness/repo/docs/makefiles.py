"""The targets that a Makefile defines: rules, patterns, includes, names built from variables."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

NAMES = ("GNUmakefile", "makefile", "Makefile")
DEEPEST = 8
"""Most includes in includes that are followed."""
_ASSIGNMENT = re.compile(r"^(?:export\s+|override\s+)*([\w.-]+)\s*(?:::?:?|\?|\+|!)?=\s*(.*)$")
_RULE = re.compile(r"^([^\t#:=][^:=]*?)\s*(?:&?::?)(?![=:])(.*)$")
_OF_TARGET = re.compile(r"^\s*(?:(?:export|override|private)\s+)*[\w.-]+\s*(?:::?|\?|\+|!)?=")
_INCLUDE = re.compile(r"^([-s]?)include\s+(.*)$")
_VARIABLE = re.compile(r"\$[({]([\w.-]+)[)}]")
_STATIC = re.compile(r"^[^:]*%[^:]*:")


@dataclass(frozen=True)
class Makefile:
    """What can be made: names and patterns (`deploy-%`). A file that includes what cannot be read may define more."""

    targets: frozenset[str]
    patterns: tuple[str, ...] = ()
    is_open: bool = False

    def defines(self, target: str) -> bool:
        """Whether `make <target>` has a rule, as far as one can tell."""
        return target in self.targets or self.is_open or any(_fits(p, target) for p in self.patterns)


def makefile(path: str, read: Callable[[str], str | None], find: Callable[[str], list[str]]) -> Makefile:
    """The Makefile at path. `read` gives a file's text or None, `find` the files that match a pattern of a path."""
    reader = _Reader(read, find)
    reader.read(path, posixpath.dirname(path), DEEPEST)
    names = frozenset(t for t in reader.targets if "%" not in t and not t.startswith("."))
    return Makefile(names, tuple(t for t in reader.targets if "%" in t), reader.is_open)


class _Reader:
    """Goes through the lines of a Makefile and those it includes."""

    def __init__(self, read: Callable[[str], str | None], find: Callable[[str], list[str]]) -> None:
        self._read, self._find = read, find
        self.targets: dict[str, None] = {}
        self.is_open = False
        self._values: dict[str, str] = {}
        self._seen: set[str] = set()

    def read(self, path: str, folder: str, depth: int) -> None:
        text = self._read(path)
        if text is None or path in self._seen or depth <= 0:
            self.is_open = self.is_open or text is None
            return
        self._seen.add(path)
        for line in _logical_lines(text):
            self._line(line, folder, depth)

    def _line(self, line: str, folder: str, depth: int) -> None:
        if found := _INCLUDE.match(line):
            self._include(found.group(2), bool(found.group(1)), folder, depth)
        elif found := _ASSIGNMENT.match(line):
            self._values[found.group(1)] = found.group(2).strip()
        elif (found := _RULE.match(line)) and not _OF_TARGET.match(found.group(2)):
            self._rule(self._expanded(found.group(1)), found.group(2))

    def _rule(self, targets: str, rest: str) -> None:
        for target in targets.split():
            self.is_open = self.is_open or "$" in target
            is_static = _STATIC.match(rest) is not None
            self.targets.update({target: None} if not (is_static and "%" in target) else {})

    def _include(self, names: str, may_lack: bool, folder: str, depth: int) -> None:
        for name in self._expanded(names).split():
            found = self._find(posixpath.normpath(posixpath.join(folder, name))) if "$" not in name else []
            for path in found:
                self.read(path, folder, depth - 1)
            self.is_open = self.is_open or not (found or may_lack or "*" in name)

    def _expanded(self, text: str) -> str:
        for _ in range(DEEPEST):
            wider = _VARIABLE.sub(lambda found: self._values.get(found.group(1), found.group()), text)
            if wider == text or len(wider) > 10_000:
                break
            text = wider
        return text


def _logical_lines(text: str) -> Iterator[str]:
    """Lines outside recipes and `define` blocks, continued ones joined, comments and conditions left out."""
    joined, in_define = "", False
    for raw in text.replace("\r\n", "\n").split("\n"):
        if in_define or (not joined and raw.startswith("\t")):
            in_define = in_define and not raw.strip().startswith("endef")
            continue
        if raw.endswith("\\"):
            joined += raw[:-1] + " "
            continue
        line, joined = (joined + raw).partition("#")[0].rstrip(), ""
        in_define = line.lstrip().startswith("define ")
        if line and not in_define:
            yield line.lstrip(" ")


def _fits(pattern: str, target: str) -> bool:
    """Whether the target fits a pattern in which % stands for anything but nothing."""
    shape = pattern.replace("[", "[[]").replace("%", "?*")
    return pattern != "%" and fnmatch.fnmatchcase(target, shape)
