"""reStructuredText, read as Markdown is."""

from __future__ import annotations

from pytest_readiness.repo.docs.model import Document


def restructured(path: str, text: str) -> Document:
    """The parsed text."""
    return Document(path, text)
