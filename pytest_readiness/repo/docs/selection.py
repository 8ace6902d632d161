"""Which files are documents, each parsed once, on demand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import PurePosixPath

from pytest_readiness.repo.docs.markdown import markdown
from pytest_readiness.repo.docs.model import Document, Section
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.scope import Scope
from pytest_readiness.settings import Settings

SIZE_LIMIT = 1_000_000
"""Characters; of a longer document the rest is not read."""
FOLDERS = frozenset({"docs", "doc", "documentation", "wiki", "runbooks", "ops", "dokumentation", "handbok"})
"""Folders in which documents lie."""
_ENDINGS = (".md", ".markdown", ".rst")
_VENDORED = frozenset({"vendor", "vendored", "_vendor", "third_party", "third-party", "node_modules", "site-packages"})
_REPORT_WORDS = frozenset(
    {
        "summary", "report", "complete", "completed", "changelog", "status", "review", "audit", "retrospective",
        "sammanfattning", "rapport", "granskning",
    }
)  # fmt: skip
_WORD = re.compile(r"[^\W_]+")


class Documents:
    """The repository's Markdown and reStructuredText files."""

    def __init__(self, files: Files, scope: Scope, settings: Settings) -> None:
        self._files, self._scope, self._settings = files, scope, settings
        self._parsed: dict[str, Document | None] = {}

    @cached_property
    def written(self) -> tuple[str, ...]:
        """Paths of all Markdown and reStructuredText files outside excluded folders."""
        found = (p for p in self._files.paths if p.lower().endswith(_ENDINGS))
        return tuple(p for p in found if not self._scope.excluded(p))

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Paths of the documents: files that say how the system works, no work reports."""
        return tuple(p for p in self.written if self.is_document(p))

    def is_document(self, path: str) -> bool:
        """In the root, a README, in a folder of documents or below the backend; no hidden, vendored or test file."""
        folders = path.split("/")[:-1]
        if any(f.startswith(".") or f in _VENDORED for f in folders) or self._scope.is_test(path) or is_report(path):
            return False
        is_below = path.startswith(self._settings.paths.backend.rstrip("/") + "/")
        return not folders or is_readme(path) or is_below or lies_with_documents(path)

    @cached_property
    def handbooks(self) -> tuple[str, ...]:
        """Documents that are a README or lie below a docs folder."""
        return tuple(p for p in self.paths if is_readme(p) or "docs" in p.split("/")[:-1])

    def get(self, path: str) -> Document | None:
        """The parsed file; None where it cannot be read."""
        if path not in self._parsed:
            text = self._files.text(path)
            self._parsed[path] = None if text is None else document(path, text[:SIZE_LIMIT])
        return self._parsed[path]

    def all(self, paths: Sequence[str] | None = None) -> Iterator[Document]:
        """The documents, or the parsed files of these paths."""
        for path in self.paths if paths is None else paths:
            found = self.get(path)
            if found is not None:
                yield found

    def outermost(self, key: str | re.Pattern[str]) -> Iterator[Section]:
        """The outermost sections of all documents on a subject: a key of the vocabulary or an expression."""
        for found in self.all():
            yield from found.outermost(key)


def document(path: str, text: str) -> Document:
    """The parsed text, by the ending of the path; an empty document where the parser gives up."""
    if path.lower().endswith(".rst"):
        from pytest_readiness.repo.docs.restructured import restructured

        return restructured(path, text)
    return markdown(path, text)


def is_report(path: str) -> bool:
    """A work report by the last word of its name: it says what somebody did, not how the system works."""
    words = _WORD.findall(PurePosixPath(path).stem.lower())
    return bool(words) and words[-1] in _REPORT_WORDS


def is_readme(path: str) -> bool:
    """`README*`, in any case."""
    return path.rsplit("/", 1)[-1].lower().startswith("readme")


def lies_with_documents(path: str) -> bool:
    """In a folder named docs, wiki, runbooks or the like, at any depth."""
    return bool(FOLDERS.intersection(f.lower() for f in path.split("/")[:-1]))
