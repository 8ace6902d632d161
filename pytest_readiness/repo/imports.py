"""Import resolution: which module does a dotted name mean, and would Python be able to import a module?"""

from __future__ import annotations

import ast
from functools import cached_property

from pytest_readiness.repo.execution import Failure
from pytest_readiness.repo.finder import Finder, Folder, Missing, Opaque, Target
from pytest_readiness.repo.loading import Loading
from pytest_readiness.repo.modules import Module, Site

__all__ = ["Finder", "Folder", "Imports", "Missing", "Opaque", "Target"]
NAMED = 3
"""Most modules that a reason names between the first import and the place that fails."""


class Imports(Finder):
    """Finds modules by name (`Finder`) and tells which of them can be imported."""

    def with_roots(self, source_roots: tuple[str, ...]) -> Imports:
        """The same files, looked up from other folders."""
        return Imports(self.modules, source_roots, self._paths, self._third_party)

    @cached_property
    def _failures(self) -> dict[ast.stmt, Failure | None]:
        return {}

    @cached_property
    def _loading(self) -> Loading:
        return Loading(self)

    def loadable(self, module: Module) -> bool:
        """Whether Python could import the module."""
        return self._loading.failure(module) is None

    def problem(self, module: Module) -> Site | None:
        """Where and why importing the module fails, the imports that lead there named; None where it succeeds."""
        failure = self._loading.failure(module)
        return _explained(failure) if failure else None

    def resolves(self, statement: ast.Import | ast.ImportFrom, module: Module) -> bool:
        """Whether an import statement anywhere in the module succeeds when it runs."""
        return self.import_problem(statement, module) is None

    def import_problem(self, statement: ast.Import | ast.ImportFrom, module: Module) -> Site | None:
        """Where and why an import statement anywhere in the module fails; None where it succeeds."""
        failure = self.failure(statement, module)
        return _explained(failure) if failure else None

    def failure(self, statement: ast.Import | ast.ImportFrom, module: Module) -> Failure | None:
        """As `import_problem`, with the kind of exception."""
        if statement not in self._failures:
            self._failures[statement] = self._loading.failing(statement, module)
        return self._failures[statement]


def _explained(failure: Failure) -> Site:
    """The first import on the way, with the place that fails in the end."""
    if not failure.via:
        return failure.site
    first, *rest = failure.via
    through = f" (through {', '.join(s.path for s in rest[:NAMED])})" if rest else ""
    place = f"{failure.site.path}:{failure.site.line} {failure.site.note}"
    return Site(first.path, first.line, f"{first.note}, which cannot be imported{through}: {place}")
