"""What `docker build` sends as its context: the files below a folder without those that .dockerignore names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property

from pytest_readiness.repo.files import Files

_GLOB = re.compile(r"[*?\[]")
RULE_LIMIT = 500
"""Most lines of a .dockerignore that are read."""
MOST_WILDCARDS = 10


class BuildContext:
    """The files that a build can copy. Paths are repo-relative; sources are as an instruction writes them."""

    def __init__(self, folder: str, paths: Collection[str], ignored: Iterable[str] = ()) -> None:
        self.folder = folder
        self._paths, self._ignored = paths, _Rules(ignored)

    def __repr__(self) -> str:
        return f"BuildContext({self.folder or '.'})"

    @cached_property
    def files(self) -> frozenset[str]:
        """Every file of the context."""
        prefix = f"{self.folder}/" if self.folder else ""
        inside = (p for p in self._paths if p.startswith(prefix))
        return frozenset(p for p in inside if not self._ignored.match(p.removeprefix(prefix)))

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder of the context that holds a file of it; the context itself is one."""
        found = {self.folder}
        for path in self.files:
            folder = posixpath.dirname(path)
            while folder not in found and len(folder) > len(self.folder):
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    def leaves_out(self, path: str) -> bool:
        """Whether .dockerignore keeps a file of the folder out of the context."""
        prefix = f"{self.folder}/" if self.folder else ""
        return path.startswith(prefix) and self._ignored.match(path.removeprefix(prefix))

    def exists(self, path: str) -> bool:
        return path in self.files or path in self.folders

    def matches(self, source: str) -> list[str]:
        """The files and folders that a source names, wildcards allowed; a source cannot leave the context."""
        inside = posixpath.normpath("/" + source.lstrip("/")).lstrip("/")
        path = posixpath.join(self.folder, inside) if inside else self.folder
        path = path.rstrip("/")
        if not _GLOB.search(inside):
            return [path] if self.exists(path) else []
        pattern = translated(path)
        return sorted(p for p in (*self.files, *self.folders) if pattern.fullmatch(p))


def has_wildcard(source: str) -> bool:
    """Whether a source of COPY is a pattern."""
    return bool(_GLOB.search(source))


def context_of(files: Files, folder: str, dockerfile: str = "") -> BuildContext:
    """The context of a build in the folder; a `<Dockerfile>.dockerignore` goes before the context's .dockerignore."""
    own, general = f"{dockerfile}.dockerignore", posixpath.join(folder, ".dockerignore")
    text = next((t for p in (own, general) if (t := files.text(p)) is not None), "")
    return BuildContext(folder, files.path_set | files.not_checked_out, text.splitlines()[:RULE_LIMIT])


class _Rules:
    """The rules of a .dockerignore: the last one that matches the path or a folder above it decides."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules = list(_rules(lines))
        self._hits: dict[str, frozenset[int]] = {"": frozenset()}

    def match(self, path: str) -> bool:
        """Whether the path (relative to the context) is left out."""
        hits = self._matching(path) if self._rules else ()
        return bool(hits) and self._rules[max(hits)][1]

    def _matching(self, path: str) -> frozenset[int]:
        """The numbers of the rules that match the path or a folder above it."""
        if path not in self._hits:
            above = self._matching(posixpath.dirname(path))
            own = (i for i, (pattern, _) in enumerate(self._rules) if pattern.fullmatch(path))
            self._hits[path] = above.union(own)
        return self._hits[path]


def _rules(lines: Iterable[str]) -> Iterator[tuple[re.Pattern[str], bool]]:
    for line in lines:
        rule = line.strip().lstrip("\ufeff")
        if not rule or rule.startswith("#"):
            continue
        pattern = posixpath.normpath(rule.removeprefix("!").strip()).lstrip("/")
        if pattern == ".":
            continue
        yield translated(pattern), not rule.startswith("!")


def translated(pattern: str) -> re.Pattern[str]:
    """A pattern of Go's filepath.Match, with `**` for any number of folders; one of too many wildcards is literal."""
    if pattern.count("*") > MOST_WILDCARDS:
        return re.compile(re.escape(pattern))
    parts = re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]/]+\]|\\.|.", pattern, re.DOTALL)
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return _compiled("".join(known.get(p) or _part(p) for p in parts), pattern)


def _part(part: str) -> str:
    if part.startswith("[") and len(part) > 1:
        return "[" + part[1:-1].replace("\\", "\\\\").replace("[", "\\[") + "]"
    return re.escape(part[-1])


def _compiled(expression: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(expression, re.DOTALL)
    except re.error:  # a class that is none, such as [z-a]
        return re.compile(re.escape(pattern))
