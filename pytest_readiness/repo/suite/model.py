"""The repository's tests, each fact computed once: `repo.suite`."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.finder import Found
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Class, Function, Module, Site
from pytest_readiness.repo.names import Instance, Names
from pytest_readiness.repo.suite.assertions import assertions_in
from pytest_readiness.repo.suite.cases import TestCase, cases_of
from pytest_readiness.repo.suite.config import SuiteConfigs
from pytest_readiness.repo.suite.definitions import Definitions
from pytest_readiness.repo.suite.running import not_run, path_additions, skipped

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Suite:
    """Entry to the facts about tests."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._definitions: dict[Module, Definitions] = {}
        self._variants: dict[tuple[str, ...], tuple[Imports, Names]] = {}

    @cached_property
    def _configs(self) -> SuiteConfigs:
        return SuiteConfigs(self._repo.files)

    @cached_property
    def files(self) -> tuple[Module, ...]:
        """TEST FILEs, and files of that name that do not parse."""
        found = [m for p, m in self._repo.modules.items() if self._configs.of(p).collects(p)]
        return tuple(m for m in found if m.tree is None or cases_of(m, self._configs.of(m.path), self._repo.names))

    @cached_property
    def cases(self) -> tuple[TestCase, ...]:
        """TEST FUNCTIONs by file and line."""
        return tuple(c for m in self.files for c in cases_of(m, self._configs.of(m.path), self._repo.names))

    @cached_property
    def counted(self) -> tuple[TestCase, ...]:
        """COUNTED TESTs."""
        return tuple(c for c in self.cases if self.why_not_counted(c) is None)

    def why_not_counted(self, case: TestCase) -> Site | None:
        """Why a test function does not count; None where it does."""
        return (
            self.cannot_run(case)
            or skipped(case)
            or (None if self.subjects(case) else Site(case.path, case.line, "uses nothing of the product"))
            or (None if self.assertions(case) else Site(case.path, case.line, "has no effective assertion"))
        )

    def cannot_run(self, case: TestCase) -> Site | None:
        """Why a test function CANNOT RUN; None where it can."""
        imports, names = self.context(case.module)
        problem = imports.problem(case.module) or self._beside(case.module, imports)
        return problem or not_run(case, names, self.definitions(case.module))

    def _beside(self, module: Module, imports: Imports) -> Site | None:
        """An import of a file beside the test by its bare name: a folder with `__init__.py` is not on sys.path."""
        if not module.folder or f"{module.folder}/__init__.py" not in self._repo.modules or module.tree is None:
            return None
        base = f"{module.folder}/"
        for statement in (n for n in module.tree.body if isinstance(n, ast.Import | ast.ImportFrom)):
            for name in _absolute_names(statement):
                found = imports.locate(name, module)
                if isinstance(found, Found) and found.base == base and base not in imports.roots:
                    return module.at(statement, f"imports {name}, whose folder pytest does not put on sys.path")
        return None

    def context(self, module: Module) -> tuple[Imports, Names]:
        """Imports and names as a test file sees them: with the folders that it puts on sys.path."""
        repo = self._repo
        files = self._files_around(module)
        added = [folder for file in files for folder in path_additions(file)]
        extra = tuple(dict.fromkeys([*added, *self._configs.of(module.path).pythonpath]))
        if not extra:
            return repo.imports, repo.names
        if extra not in self._variants:
            roots = (*(folder or "." for folder in extra), *repo.settings.source_roots)
            imports = repo.imports.with_roots(roots)
            self._variants[extra] = imports, Names(imports)
        return self._variants[extra]

    def _files_around(self, module: Module) -> list[Module]:
        return Definitions(module, self._repo.modules, self._repo.names).files

    def definitions(self, module: Module) -> Definitions:
        """What the tests of a file draw on."""
        if module not in self._definitions:
            self._definitions[module] = Definitions(module, self._repo.modules, self.context(module)[1])
        return self._definitions[module]

    def assertions(self, case: TestCase) -> list[ast.AST]:
        """Effective assertions of the test and of the helpers of its file or conftest.py that it uses."""
        return [a for f in self.definitions(case.module).used(case) for a in assertions_in(f)]

    def subjects(self, case: TestCase) -> set[Module]:
        """SUBJECTs: product modules from which the test, or what it draws on, uses a name."""
        names = self.context(case.module)[1]
        return {m for f in self.definitions(case.module).used(case) for m in self._product_of(f, names)}

    def _product_of(self, function: Function, names: Names) -> set[Module]:
        found: set[Module] = set()
        for node in ast.walk(function.node):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                for symbol in names.resolve(function.module, node):
                    thing = symbol.of if isinstance(symbol, Instance) else symbol
                    module = thing.module if isinstance(thing, Class | Function) else thing
                    if isinstance(module, Module) and self._repo.scope.is_product(module.path):
                        found.add(module)
        return found


def _absolute_names(statement: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(statement, ast.Import):
        return [a.name for a in statement.names]
    return [statement.module or ""] if not statement.level else []
