"""Where environment variables are documented: templates of .env files, tables, lists and fences of handbooks."""

from __future__ import annotations

import re
from functools import cached_property

from pytest_readiness.repo.data_files import lines_of
from pytest_readiness.repo.docs import Document, Documents
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.modules import Site

_TEMPLATES = frozenset({".env.example", ".env.template", ".env.sample"})
_TEMPLATE_LINE = re.compile(r"^\s*(?:#\s*)?(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*[=:]")
_CELL = re.compile(r"^(?:\*\*)?`?([A-Za-z_][A-Za-z0-9_]*)(?:=[^`]*)?`?(?:\*\*)?\s*(?:\(.*\))?\*?$")
_ITEM = re.compile(r"^(?:\*\*)?`?([A-Za-z_][A-Za-z0-9_]*)`?(?:\*\*)?(?:\s*\([^)]*\))?\s*(?:[=:]|[-–—]\s|`|$)")


class EnvDocs:
    """Documented variables and where."""

    def __init__(self, files: Files, documents: Documents) -> None:
        self._files, self._documents = files, documents

    @cached_property
    def templates(self) -> tuple[Site, ...]:
        """The templates of .env files."""
        paths = (p for p in self._files.paths if p.endswith(".env.example") or p.rsplit("/", 1)[-1] in _TEMPLATES)
        return tuple(Site(p, 1, "a template of the environment") for p in paths)

    def place(self, variable: str) -> Site | None:
        """Where the variable is documented first; None where it is not."""
        return self._documented.get(variable)

    @cached_property
    def _documented(self) -> dict[str, Site]:
        found: dict[str, Site] = {}
        for template in self.templates:
            for number, line in enumerate(lines_of(self._files.text(template.path) or ""), start=1):
                if match := _TEMPLATE_LINE.match(line):
                    found.setdefault(match.group(1), Site(template.path, number))
        for document in self._documents.all(self._documents.handbooks):
            for name, line_number in _named_in(document):
                found.setdefault(name, Site(document.path, line_number))
        return found


def _named_in(document: Document) -> list[tuple[str, int]]:
    """Names that start a table row, a list item or a line of a fence."""
    starts = [(_CELL.match(r.cells[0].strip()), r.line) for r in document.rows if r.cells]
    starts += [(_ITEM.match(i.text), i.line) for i in document.items]
    starts += [(_TEMPLATE_LINE.match(text), number) for f in document.fences for number, text in f.lines]
    return [(match.group(1), line) for match, line in starts if match]
