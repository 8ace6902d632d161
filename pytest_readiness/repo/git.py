"""git, asked without letting the repository's own configuration run anything."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_SAFE = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.pager=cat")
_RUNS_CODE = ("filter.", "core.fsmonitor", "include.", "includeif.", "diff.", "core.sshcommand")
TIMEOUT = 30.0
"""Seconds before git is given up."""


def listed_files(root: Path) -> list[str] | None:
    """Tracked files and new ones that are not ignored, relative to root; None where git cannot tell."""
    out = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if out is None:
        return None
    return sorted({os.fsdecode(p) for p in out.split(b"\0") if p})


def head(root: Path) -> str | None:
    """The commit that is checked out, or None."""
    out = _git(root, "rev-parse", "--verify", "-q", "HEAD")
    return out.decode("ascii", "replace").strip() if out else None


def dirty(root: Path) -> bool | None:
    """Whether the work tree differs from HEAD; None where telling would run filters that the repository configures."""
    names = _git(root, "config", "--local", "--list", "--name-only")
    if names is None or any(n.lower().startswith(_RUNS_CODE) for n in names.decode("utf-8", "replace").splitlines()):
        return None
    out = _git(root, "status", "--porcelain", "--ignore-submodules=all")
    return None if out is None else bool(out.strip())


def _git(root: Path, *args: str) -> bytes | None:
    env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {"GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", *_SAFE, *args], cwd=root, env=env, capture_output=True, timeout=TIMEOUT, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
