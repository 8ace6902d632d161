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


_ODD = {
    stat.S_IFLNK: "a link, not followed", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
}  # fmt: skip


class Files:
    """The repository's regular files: git's view where there is git (tracked and new, not ignored), else a walk."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.unread: dict[str, str] = {}
        self._texts: dict[str, str | None] = {}
        self._folders: dict[str, bool] = {"": True}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Repo-relative POSIX paths of all files, sorted."""
        listed = [p for p in self._listed if not NEVER & set(p.split("/"))] or self._walk()
        self.unread |= {p: why for p in listed if (why := self._odd(p))}
        return tuple(sorted(p for p in listed if self._regular(p)))

    def _odd(self, path: str) -> str:
        """What the path is where it is neither a file nor a folder nor nothing at all; such things are not opened."""
        mode = self._mode(path)
        kinds = (k for k in _ODD if stat.S_IFMT(mode) == k)
        return next((_ODD[k] for k in kinds), "")

    @cached_property
    def not_checked_out(self) -> frozenset[str]:
        """Tracked files that a sparse checkout leaves out: part of the repository, and not there to be read."""
        return frozenset(p for p, checked_out in self._listed.items() if not checked_out) - self.path_set

    @cached_property
    def _listed(self) -> dict[str, bool]:
        """What git lists; nothing where there is no git, or where an outer repository ignores this folder."""
        return git.listed_files(self.root) or {}

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

    def is_there(self, path: str) -> bool:
        """Whether a checkout has something at the path: a file, a folder, or what a link or a submodule stands for."""
        if self.exists(path) or path in self.not_checked_out:
            return True
        if not self._listed and self._plain_folder(path.rpartition("/")[0]) and self._mode(path):
            return True  # without git nobody knows whether an ignored file belongs to the repository
        parts = path.split("/")
        return any(self._stands_for_more("/".join(parts[:n])) for n in range(1, len(parts) + 1))

    def _stands_for_more(self, path: str) -> bool:
        """A link, or a folder that git lists as one entry: what lies behind it is not followed."""
        mode = self._mode(path)
        return stat.S_ISLNK(mode) or (path in self._listed and stat.S_ISDIR(mode))

    def is_ignored(self, path: str) -> bool:
        """Whether a .gitignore keeps the path out of the repository."""
        folders = ["", *(str(p) for p in reversed(PurePosixPath(path).parents) if str(p) != ".")]
        rules = [r for f in folders for r in self._ignore_rules(f, [".gitignore"])]
        return _ignored(path, tuple(rules))

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
        return self._bytes(path) if path in self.path_set else None

    def artifact(self, path: str, limit: int) -> bytes | None:
        """The bytes of what a run left at the path, ignored by git or not; None where there is none or it is larger."""
        return self._bytes(path, limit) if self._regular(path) else None

    def _bytes(self, path: str, limit: int = TEXT_LIMIT) -> bytes | None:
        try:
            with open(self.root / path, "rb", opener=_no_follow) as stream:
                data = stream.read(limit + 1)
        except OSError as error:
            self.unread[path] = error.strerror or "unreadable"
            return None
        if len(data) > limit:
            self.unread[path] = f"larger than {limit // 1_000_000} MB"
            return None
        return data

    def _regular(self, path: str) -> bool:
        """A regular file whose folders are no links: links are not followed, devices and pipes not opened."""
        return self._plain_folder(path.rpartition("/")[0]) and stat.S_ISREG(self._mode(path))

    def _plain_folder(self, folder: str) -> bool:
        """Whether the folder and all above it are folders and no links."""
        unknown = []
        while folder not in self._folders:
            unknown.append(folder)
            folder = folder.rpartition("/")[0]
        for below in reversed(unknown):
            self._folders[below] = self._folders[folder] and stat.S_ISDIR(self._mode(below))
            folder = below
        return self._folders[folder]

    def _mode(self, path: str) -> int:
        """The file's type and permissions, links not followed; 0 where there is no such file."""
        try:
            return os.lstat(self.root / path).st_mode if ".." not in path.split("/") else 0
        except (OSError, ValueError):
            return 0

    def _walk(self) -> list[str]:
        """Files below the root that no .gitignore on the way names."""
        found: list[str] = []
        ignored: dict[str, tuple[tuple[str, GitIgnoreSpec], ...]] = {}
        for place, folders, names in os.walk(self.root):
            relative = Path(place).relative_to(self.root)
            folder = relative.as_posix() if relative.parts else ""
            rules = ignored.get(folder.rpartition("/")[0], ()) if folder else ()
            ignored[folder] = rules = (*rules, *self._ignore_rules(folder, names))
            prefix = f"{folder}/" if folder else ""
            folders[:] = [d for d in sorted(folders) if d not in NEVER and not _ignored(f"{prefix}{d}/", rules)]
            here = [*names, *(d for d in folders if os.path.islink(os.path.join(place, d)))]
            found += [prefix + n for n in here if n not in NEVER and not _ignored(prefix + n, rules)]
        return found

    def _ignore_rules(self, folder: str, names: list[str]) -> list[tuple[str, GitIgnoreSpec]]:
        path = f"{folder}/.gitignore" if folder else ".gitignore"
        if ".gitignore" not in names or not self._regular(path):
            return []
        lines = (self._bytes(path) or b"").decode("utf-8", "replace").splitlines()
        return [(folder + "/" if folder else "", _spec(lines))]


def _spec(lines: list[str]) -> GitIgnoreSpec:
    """The rules of a .gitignore, without lines that are none."""
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return GitIgnoreSpec.from_lines([line for line in lines if _is_rule(line)])


def _is_rule(line: str) -> bool:
    try:
        return GitIgnoreSpec.from_lines([line]) is not None
    except ValueError:
        return False


def _ignored(path: str, rules: tuple[tuple[str, GitIgnoreSpec], ...]) -> bool:
    """Whether the innermost .gitignore that says anything about the path ignores it."""
    for folder, spec in reversed(rules):
        verdict = spec.check_file(path.removeprefix(folder)).include
        if verdict is not None:
            return verdict
    return False


def _no_follow(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
