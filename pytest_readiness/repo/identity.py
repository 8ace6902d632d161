"""What is audited: the system's name for the report's title, and the state of its files."""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_readiness.models import RepositoryState
from pytest_readiness.repo import git
from pytest_readiness.repo.docs import Documents, is_readme
from pytest_readiness.repo.files import Files

LONGEST_README = 200_000
"""Characters; a longer one is not parsed for a name: the report waits for it."""
LONGEST_NAME = 60
"""Characters; a name is cut behind them."""
_DECORATION = frozenset({"So", "Sk", "Cf", "Cc", "Co", "Cn", "Cs", "Me"})
"""Unicode categories that no name needs: pictures, what joins and colours them, control characters."""
_SUBTITLE = re.compile(r"\s[-–—]\s|:\s|:$|\|")


def repository_state(root: Path, name: str) -> RepositoryState:
    """The name, the commit, and whether the files differ from it; commit and difference None where git cannot tell."""
    return RepositoryState(name=name, commit=git.head(root), dirty=git.dirty(root))


def repository_name(root: Path, files: Files, documents: Documents) -> str:
    """What the repository calls itself: in pyproject.toml, package.json, the README's title; else its folder's name."""
    candidates = (_plain(text) for text in _names(files, documents))
    return next((name for name in candidates if name), _plain(root.resolve().name) or "repository")


def _names(files: Files, documents: Documents) -> Iterator[str]:
    pyproject = _parsed(files.text("pyproject.toml"), tomllib.loads)
    for table in (pyproject.get("project"), _table(pyproject.get("tool")).get("poetry")):
        yield _text(_table(table).get("name"))
    yield _text(_parsed(files.text("package.json"), json.loads).get("name")).rpartition("/")[2]
    for path in (p for p in files.paths if "/" not in p and is_readme(p) and p.lower().endswith((".md", ".markdown"))):
        document = documents.get(path) if len(files.text(path) or "") <= LONGEST_README else None
        yield _SUBTITLE.split(document.title)[0] if document else ""


def _parsed(text: str | None, parse: Any) -> dict[str, Any]:
    """The tables of a TOML or JSON file; none where it is no such file."""
    try:
        return _table(parse(text or ""))
    except (ValueError, RecursionError):
        return {}


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _plain(text: str) -> str:
    """The text without pictures and Markdown marks, on one line, short."""
    kept = (c if unicodedata.category(c) not in _DECORATION and c not in "*`️" else " " for c in text)
    return " ".join("".join(kept).split())[:LONGEST_NAME].strip(" -–—:|#")
