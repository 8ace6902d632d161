"""Troubleshooting guides: entries with remedies that can be followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.repo.docs import Document, Section, lies_with_documents
from pytest_readiness.repo.handbook.sections import Element, at, found
from pytest_readiness.repo.modules import Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

ENTRIES = 3


class Trouble:
    """The elements of troubleshooting sections."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @property
    def sections(self) -> list[tuple[Element, ...]]:
        """Outermost troubleshooting sections of documents on operation."""
        documents = (d for d in self._repo.documents.all() if self._counts(d))
        return [self._section(s) for d in documents for s in d.outermost("trouble")]

    def _counts(self, document: Document) -> bool:
        """In the root, a folder of documents or the infrastructure's, or about deployment or trouble by its name."""
        root = self._repo.delivery.iac_root
        placed = not document.folder or lies_with_documents(document.path) or (root and root.holds(document.path))
        return bool(placed) or document.is_about("deploy") or document.is_about("trouble")

    def _section(self, section: Section) -> tuple[Element, ...]:
        place = at(section)
        entries = self._repo.docs.entries(section)
        helped = [e for e in entries if e.remedies]
        said = [at(section, f"{section.words} words")] if section.has_substance else []
        listed = [Site(e.path, e.line, e.title) for e in entries] if len(entries) >= ENTRIES else []
        remedied = [Site(e.path, e.remedies[0].line, f"what to do: {e.title}") for e in helped]
        dead = self._repo.docs.dead(section)
        missing = tuple(Site(r.path, r.line, r.problem) for r in dead)
        return (
            found("substance", said, "too little stands in it", place),
            found("entries", listed, f"{len(entries)} entries, not {ENTRIES}", place),
            found("remedies", remedied if len(helped) >= ENTRIES else [], f"{len(helped)} entries hold a fence", place),
            Element("references", not dead, missing or (place,), dead[0].problem if dead else "no dead reference"),
        )
