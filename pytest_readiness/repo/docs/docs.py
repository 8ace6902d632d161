"""Documents held against the repository: what they refer to, their entries, diagrams and Python examples."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.docs.diagrams import Diagram, diagrams
from pytest_readiness.repo.docs.entries import Entry, entries
from pytest_readiness.repo.docs.examples import Examples, PythonExample
from pytest_readiness.repo.docs.liveness import Liveness, Step
from pytest_readiness.repo.docs.model import Document, Link, Section, between
from pytest_readiness.repo.docs.references import Reference, named_by

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Docs:
    """What documents say about this repository. Every method takes a document or one of its sections."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def liveness(self) -> Liveness:
        return Liveness(self._repo)

    @cached_property
    def _examples(self) -> Examples:
        return Examples(self._repo)

    def outermost(self, key: str | re.Pattern[str]) -> list[Section]:
        """The outermost sections of all documents on a subject: a key of the vocabulary or an expression."""
        return list(self._repo.documents.outermost(key))

    def references(self, part: Document | Section) -> tuple[Reference, ...]:
        """Links, files, modules, make targets, npm scripts and routes that it names, with what is wrong about each."""
        return self.liveness.references(part)

    def dead(self, part: Document | Section) -> list[Reference]:
        """The references that lead nowhere."""
        return [r for r in self.references(part) if not r.is_live]

    def is_live(self, part: Document | Section) -> bool:
        """Whether no reference in it is dead."""
        return not self.dead(part)

    def steps(self, part: Document | Section) -> list[Step]:
        """Its simple commands, each with the folder it runs in where a `cd` before it tells."""
        document = part if isinstance(part, Document) else part.document
        found = self.liveness.trail(document).steps
        return found if isinstance(part, Document) else between(found, part.first, part.end)

    def entries(self, section: Section) -> list[Entry]:
        """The entries of a troubleshooting section."""
        return entries(section)

    def diagrams(self, part: Document | Section) -> Iterator[Diagram]:
        """What is drawn; a `problem` says why something that looks like a diagram is none."""
        document = part if isinstance(part, Document) else part.document
        return diagrams(part, lambda link: self._size(link, document))

    def examples(self, part: Document | Section) -> list[PythonExample]:
        """Its Python fences; a `problem` says why one is not sound."""
        return self._examples.of(part)

    def resolved(self, link: Link, document: Document) -> str | None:
        """The file or folder of the repository that a link or image leads to; None where there is none."""
        named = named_by(link)
        return self.liveness.resolved(named.target, document) if named else None

    def _size(self, link: Link, document: Document) -> int | None:
        """Bytes of the image's file; None where it is no file of the repository."""
        path = self.resolved(link, document)
        data = self._repo.files.data(path) if path else None
        return None if data is None else len(data)
