"""The repository's tests, each fact computed once: `repo.suite`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.finder import Found
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Function, Module, Site
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.origins import Origins
from pytest_readiness.repo.suite.assertions import assertions_in
from pytest_readiness.repo.suite.cases import TestCase, cases_of
from pytest_readiness.repo.suite.config import SuiteConfigs
from pytest_readiness.repo.suite.definitions import Definitions
from pytest_readiness.repo.suite.ignored import Ignored
from pytest_readiness.repo.suite.marks import Marks
from pytest_readiness.repo.suite.parameters import Row
from pytest_readiness.repo.suite.running import not_run
from pytest_readiness.repo.suite.skipping import skipped
from pytest_readiness.repo.suite.subjects import Subjects
from pytest_readiness.repo.suite.syspath import path_additions
from pytest_readiness.repo.suite.values import TestValues

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

NO_SUBJECT, NO_ASSERTION = "uses nothing of the product", "has no effective assertion"


@dataclass(frozen=True)
class Why(Site):
    """Why a test function does not count: the place with its note, and the kind of reason."""

    kind: str = ""


class Suite:
    """Entry to the facts about tests."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._definitions: dict[Module, Definitions] = {}
        self._variants: dict[tuple[str, ...], tuple[Imports, Names]] = {}
        self._contexts: dict[Module, tuple[Imports, Names]] = {}
        self._whys: dict[TestCase, Why | None] = {}
        self._known_subjects: dict[TestCase, dict[Module, ast.Name]] = {}

    @cached_property
    def _configs(self) -> SuiteConfigs:
        return SuiteConfigs(self._repo.files)

    @cached_property
    def _collected(self) -> dict[Module, list[TestCase]]:
        ignored = Ignored(self._repo.modules)
        collected = [(p, m) for p, m in self._repo.modules.items() if self._configs.of(p).collects(p)]
        found = [m for p, m in collected if not ignored(p)]
        reader = Marks(self._repo.names, self._repo.origins)
        return {m: cases_of(m, self._configs.of(m.path), self._repo.names, reader) for m in found}

    @cached_property
    def files(self) -> tuple[Module, ...]:
        """TEST FILEs, and files of that name that do not parse."""
        return tuple(m for m, cases in self._collected.items() if m.tree is None or cases)

    @cached_property
    def cases(self) -> tuple[TestCase, ...]:
        """TEST FUNCTIONs by file and line."""
        return tuple(c for cases in self._collected.values() for c in cases)

    @cached_property
    def counted(self) -> tuple[TestCase, ...]:
        """COUNTED TESTs."""
        return tuple(c for c in self.cases if self.why_not_counted(c) is None)

    def why_not_counted(self, case: TestCase) -> Why | None:
        """Why a test function does not count; None where it does."""
        if case not in self._whys:
            self._whys[case] = self._why(case)
        return self._whys[case]

    def _why(self, case: TestCase) -> Why | None:
        if (stuck := self.cannot_run(case)) is not None:
            return stuck
        if (skip := skipped(case, self._running_first(case))) is not None:
            return Why(skip.path, skip.line, skip.note, "skipped by default")
        if not self.subjects(case):
            return Why(case.path, case.line, NO_SUBJECT, NO_SUBJECT)
        return None if self.assertions(case) else Why(case.path, case.line, NO_ASSERTION, NO_ASSERTION)

    def _running_first(self, case: TestCase) -> list[Function]:
        """What may skip the test: its function, and the fixtures and set-ups before it."""
        definitions = self.definitions(case.module)
        return [case.function, *definitions.setups(case), *definitions.fixtures(case)]

    def cannot_run(self, case: TestCase) -> Why | None:
        """Why a test function CANNOT RUN; None where it can."""
        imports, names = self.context(case.module)
        definitions = self.definitions(case.module)
        for problem in (imports.problem(f) or self._beside(f, imports) for f in definitions.files):
            if problem is not None:
                return Why(problem.path, problem.line, problem.note, "its file cannot be imported")
        stuck = not_run(case, names, definitions)
        return Why(stuck.path, stuck.line, stuck.note, "async, and nothing runs it") if stuck else None

    def _beside(self, module: Module, imports: Imports) -> Site | None:
        """An import of a file beside the test by its bare name: a folder with `__init__.py` is not on sys.path."""
        for statement in module.tree.body if module.tree else ():
            if isinstance(statement, ast.Import | ast.ImportFrom):
                name = self._name_beside(module, statement, imports)
                if name:
                    return module.at(statement, f"imports {name}, whose folder pytest does not put on sys.path")
        return None

    def _name_beside(self, module: Module, statement: ast.Import | ast.ImportFrom, imports: Imports) -> str:
        """The name of such an import; "" for any other."""
        base = f"{module.folder}/"
        if f"{base}__init__.py" not in self._repo.modules or base in imports.roots:
            return ""
        located = ((name, imports.locate(name, module)) for name in _absolute_names(statement))
        return next((name for name, found in located if isinstance(found, Found) and found.base == base), "")

    def context(self, module: Module) -> tuple[Imports, Names]:
        """Imports and names as a test file sees them: with the folders that it puts on sys.path."""
        if module not in self._contexts:
            added = [folder for file in self._files_around(module) for folder in path_additions(file)]
            extra = tuple(dict.fromkeys([*added, *self._configs.of(module.path).pythonpath]))
            self._contexts[module] = self._variant(extra) if extra else (self._repo.imports, self._repo.names)
        return self._contexts[module]

    def _variant(self, extra: tuple[str, ...]) -> tuple[Imports, Names]:
        """Imports and names with further folders on sys.path."""
        if extra not in self._variants:
            roots = (*(folder or "." for folder in extra), *self._repo.settings.source_roots)
            imports = self._repo.imports.with_roots(roots)
            self._variants[extra] = imports, Names(imports)
        return self._variants[extra]

    def _files_around(self, module: Module) -> list[Module]:
        return Definitions(module, self._repo.modules, self._repo.names, self._repo.scope.is_test).files

    def definitions(self, module: Module) -> Definitions:
        """What the tests of a file draw on."""
        if module not in self._definitions:
            names = self.context(module)[1]
            found = Definitions(module, self._repo.modules, names, self._repo.scope.is_test)
            self._definitions[module] = found
        return self._definitions[module]

    def values(self, case: TestCase, row: Row) -> TestValues:
        """What expressions stand for in one run of a test."""
        imports, names = self.context(case.module)
        return TestValues(case, self.definitions(case.module), names, Origins(names, imports, ()), row)

    def assertions(self, case: TestCase) -> list[ast.AST]:
        """Effective assertions of the test and of the helpers of test code that it calls."""
        return [a for f in self.definitions(case.module).called(case) for a in self.asserted(case, f)]

    def asserted(self, case: TestCase, function: Function) -> list[ast.AST]:
        """Effective assertions that stand in the function itself; a call of a helper of test code is none."""
        callees = self.definitions(case.module).callees
        found = assertions_in(function)
        return [a for a in found if not (isinstance(a, ast.Call) and callees(function, a, case))]

    def subjects(self, case: TestCase) -> dict[Module, ast.Name]:
        """SUBJECTs: product modules from which the test, or what it draws on, uses a name, and such a use."""
        if case not in self._known_subjects:
            imports, names = self.context(case.module)
            reader = Subjects(imports, names, self._repo.scope.is_product, self._fails)
            self._known_subjects[case] = reader.of(self.definitions(case.module).own_pieces(case))
        return self._known_subjects[case]

    def _fails(self, module: Module, statement: ast.Import | ast.ImportFrom) -> bool:
        """Whether an import statement of test code does not succeed."""
        imports = self.context(module)[0]
        return not imports.resolves(statement, module) or bool(self._name_beside(module, statement, imports))


def _absolute_names(statement: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(statement, ast.Import):
        return [a.name for a in statement.names]
    return [statement.module or ""] if not statement.level else []
