"""Which files count, and their text. Nothing of the repository is executed, no path leads out of it."""

from __future__ import annotations

import codecs
import io
import os
import stat
import tokenize
from functools import cached_property
from pathlib import Path, PurePosixPath

from pathspec import GitIgnoreSpec

from pytest_readiness.repo import git

TEXT_LIMIT = 5_000_000
"""Bytes; a larger file is not read as text."""
NEVER = {".git", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox", ".mypy_cache", "site-packages"}


class Files:
    """The repository's regular files: git's view where there is git (tracked and new, not ignored), else a walk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.unread: dict[str, str] = {}
        self._texts: dict[str, str | None] = {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Repo-relative POSIX paths of all files, sorted."""
        listed = git.listed_files(self.root)
        candidates = self._walk() if listed is None else [p for p in listed if not NEVER & set(p.split("/"))]
        return tuple(sorted(p for p in candidates if self._regular(p)))

    @cached_property
    def path_set(self) -> frozenset[str]:
        return frozenset(self.paths)

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file at any depth; "." is the root."""
        return frozenset(str(parent) for p in self.paths for parent in PurePosixPath(p).parents)

    def exists(self, path: str) -> bool:
        """Whether the path names a file or folder of the repository."""
        return path in self.path_set or path in self.folders

    def named(self, *names: str) -> list[str]:
        """Files with one of these base names."""
        return [p for p in self.paths if p.rsplit("/", 1)[-1] in names]

    def ending(self, *suffixes: str) -> list[str]:
        """Files whose path ends so."""
        return [p for p in self.paths if p.endswith(suffixes)]

    def matching(self, *patterns: str) -> list[str]:
        """Files that match gitignore-style patterns."""
        return list(GitIgnoreSpec.from_lines(patterns).match_files(self.paths))

    def text(self, path: str) -> str | None:
        """The file's text, or None where it is binary, too large or unreadable.

        UTF-8 (also UTF-16 with a byte order mark), else taken as Windows-1252; a byte order mark is dropped.
        """
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def source(self, path: str) -> tuple[str | None, str]:
        """A Python file's text as Python decodes it, and why Python refuses it, "" where it does not."""
        data = self.data(path)
        if data is None:
            return None, ""
        if b"\0" in data:
            return "", "SyntaxError: source code cannot contain null bytes"
        try:
            return data.decode(tokenize.detect_encoding(io.BytesIO(data).readline)[0]), ""
        except (SyntaxError, UnicodeError, LookupError) as error:
            return "", f"SyntaxError: {error}"

    def _read(self, path: str) -> str | None:
        data = self.data(path)
        if data is None:
            return None
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16", "replace")
        if b"\0" in data[:8192]:
            self.unread[path] = "binary"
            return None
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            return data.decode("cp1252", "replace")

    def data(self, path: str) -> bytes | None:
        """The file's bytes, or None where it is no file of the repository, too large or unreadable."""
        if path not in self.path_set:
            return None
        try:
            with open(self.root / path, "rb", opener=_no_follow) as stream:
                data = stream.read(TEXT_LIMIT + 1)
        except OSError as error:
            self.unread[path] = error.strerror or "unreadable"
            return None
        if len(data) > TEXT_LIMIT:
            self.unread[path] = f"larger than {TEXT_LIMIT // 1_000_000} MB"
            return None
        return data

    def _regular(self, path: str) -> bool:
        """A regular file whose folders are no links: links are not followed, devices and pipes not opened."""
        try:
            real = (self.root / path).parent.resolve()
            mode = os.lstat(self.root / path).st_mode
        except (OSError, ValueError, RuntimeError):
            return False
        return stat.S_ISREG(mode) and real == self.root.resolve() / PurePosixPath(path).parent

    def _walk(self) -> list[str]:
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(d for d in folders if d not in NEVER)
            found += [(Path(folder) / n).relative_to(self.root).as_posix() for n in names]
        ignore = self.root / ".gitignore"
        lines = ignore.read_text("utf-8", "replace").splitlines() if ignore.is_file() else []
        spec = GitIgnoreSpec.from_lines(lines)
        return [p for p in found if not spec.match_file(p)]


def _no_follow(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
