"""git, asked without letting the repository's own configuration run or fetch anything."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat")
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
_OURS = ("local", "worktree")
"""Scopes of configuration that belong to the repository, not to the user."""
TIMEOUT = 30.0
"""Seconds before git is given up."""


def listed_files(root: Path) -> dict[str, bool] | None:
    """Tracked files and new ones that are not ignored, relative to root, each with whether it is checked out.

    None where git cannot tell: no git, no repository, or one that belongs to somebody else.
    """
    out = _git(root, "ls-files", "-z", "-t", "--cached", "--others", "--exclude-standard")
    if out is None:
        return None
    entries = (os.fsdecode(entry).partition(" ") for entry in out.split(b"\0") if entry)
    return {path: tag != "S" for tag, _, path in entries}


def head(root: Path) -> str | None:
    """The commit that is checked out, or None."""
    out = _git(root, "rev-parse", "--verify", "-q", "HEAD")
    return out.decode("ascii", "replace").strip() if out else None


def changed_since(root: Path, commit: str) -> list[str] | None:
    """Paths that differ between an ancestor and HEAD; None where the commit (hexadecimal) is no ancestor of HEAD."""
    if not commit.isalnum() or _git(root, "merge-base", "--is-ancestor", commit, "HEAD") is None:
        return None
    out = _git(root, "diff", "--name-only", "--no-ext-diff", "--no-textconv", "--no-renames", "-z", commit, "HEAD")
    return None if out is None else [os.fsdecode(path) for path in out.split(b"\0") if path]


def dirty(root: Path) -> bool | None:
    """Whether the work tree differs from HEAD; None where telling would run filters that the repository configures."""
    listed = _git(root, "config", "--list", "--show-scope", "--name-only", "-z")
    if listed is None or any(n.lower().startswith("filter.") for n in _own_settings(listed)):
        return None
    out = _git(root, "status", "--porcelain", "--ignore-submodules=all", "--", ".")
    return None if out is None else bool(out.strip())


def _own_settings(listed: bytes) -> Iterator[str]:
    """Names of settings that the repository sets, files that it includes among them."""
    words = iter(listed.decode("utf-8", "replace").split("\0"))
    yield from (name for scope, name in zip(words, words, strict=False) if scope in _OURS)


def _git(root: Path, *args: str) -> bytes | None:
    path = _search_path(root)
    program = shutil.which("git", path=path)
    if program is None:
        return None
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | _ENVIRONMENT | {"PATH": path}
    try:
        done = subprocess.run(
            [program, *_SAFE, *args], cwd=root, env=env, capture_output=True, timeout=TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _search_path(root: Path) -> str:
    """PATH without folders of the repository: a program named git in it is not run."""
    real = os.path.realpath(root)
    folders = (f for f in os.environ.get("PATH", "").split(os.pathsep) if os.path.isabs(f))
    return os.pathsep.join(f for f in folders if not Path(os.path.realpath(f)).is_relative_to(real))
