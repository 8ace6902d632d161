"""Writes reports: each file whole or not at all, readable by its owner alone."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from pytest_readiness.models import ProductionReadinessReport
from pytest_readiness.report.jsonfile import render_json
from pytest_readiness.report.markdown import render_markdown

FOLDER = "readiness-report"
"""Folder below the audited root where reports go that were given no place of their own."""
FILES: Mapping[str, tuple[str, Callable[[ProductionReadinessReport], str]]] = {
    "md": ("report.md", render_markdown),
    "json": ("report.json", render_json),
}
"""Type of a report -> its usual file name, and what renders it."""
_WAYS_OUT = {
    errno.ENOSPC: "the disk is full: free some space, or write elsewhere with --readiness-report=TYPE:FILE",
    errno.EDQUOT: "the disk quota is used up: free some space, or write elsewhere with --readiness-report=TYPE:FILE",
    errno.EROFS: "the file system is read-only: write elsewhere with --readiness-report=TYPE:FILE",
    errno.EACCES: "permission denied: give write access, or write elsewhere with --readiness-report=TYPE:FILE",
    errno.ENOTDIR: "a file stands where a folder is needed: move it, or choose another place",
    errno.EEXIST: "a file stands where a folder is needed: move it, or choose another place",
}


class ReportError(Exception):
    """A report could not be written; the text names the file, the reason and the way out."""


def write(report: ProductionReadinessReport, targets: Iterable[tuple[str, Path | None]], root: Path) -> list[Path]:
    """Render and write each target (type, file or None for its usual place), and return the files.

    All are rendered before the first is written. Raises ReportError; an older report stays as it was until replaced.
    """
    rendered = [(_renderer(kind)(report), _destination(kind, dest, root)) for kind, dest in targets]
    for text, destination in rendered:
        write_text(destination, text)
    return [destination for _, destination in rendered]


def write_text(destination: Path, text: str) -> None:
    """Replace the file by `text`, or leave it as it was. Raises ReportError."""
    try:
        _refuse_odd(destination)
        _make_folder(destination.parent)
        _replace(destination, text.encode())
    except OSError as error:
        way_out = _WAYS_OUT.get(error.errno or 0) or error.strerror or str(error)
        raise ReportError(f"{destination} was not written: {way_out}.") from error


def _destination(kind: str, dest: Path | None, root: Path) -> Path:
    return dest or root / FOLDER / FILES[kind][0]


def _renderer(kind: str) -> Callable[[ProductionReadinessReport], str]:
    if kind not in FILES:
        raise ReportError(f"there is no report of type {kind!r}: types are {', '.join(FILES)}.")
    return FILES[kind][1]


def _refuse_odd(destination: Path) -> None:
    """A link could lead anywhere; the usual folder stands in the audited repository, which may hold anything."""
    folder = destination.parent
    for place in (destination, *([folder] if folder.name == FOLDER else [])):
        if place.is_symlink():
            raise ReportError(f"{place} is a link, and a report is never written through one: remove it.")
    if destination.exists() and not destination.is_file():
        raise ReportError(f"{destination} is no ordinary file: name a file to write.")


def _make_folder(folder: Path) -> None:
    """Make the folder and those above it, for this user alone; git ignores what stands in the usual one."""
    missing = [step for step in (folder, *folder.parents) if not step.exists()]
    for step in reversed(missing):
        step.mkdir(mode=0o700, exist_ok=True)
    if folder in missing and folder.name == FOLDER:
        _replace(folder / ".gitignore", b"*\n")


def _replace(destination: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{destination.name}.", dir=destination.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o600)
        os.replace(name, destination)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
