"""What a test draws on: fixtures, helpers and classes of its file and of the conftest.py files above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property

from pytest_readiness.repo.modules import Class, Function, Module, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.suite.cases import TestCase, fixture_name, is_autouse, is_fixture

SETUPS = frozenset(
    {"setUp", "asyncSetUp", "setUpClass", "setup_method", "setup_class", "setup", "setup_module", "tearDown"}
)


class Definitions:
    """Looks definitions up for the tests of one module."""

    def __init__(self, module: Module, modules: Mapping[str, Module], names: Names) -> None:
        self._module, self._names = module, names
        self.files = [module, *(modules[p] for p in _conftests(module.path) if p in modules)]

    @cached_property
    def _fixtures(self) -> dict[str, Function]:
        """Name -> fixture; nearer ones win."""
        found: dict[str, Function] = {}
        for file in reversed(self.files):
            found |= {fixture_name(f): f for f in file.functions if is_fixture(f)}
        return found

    def fixture(self, name: str) -> Function | None:
        """The fixture that a parameter of that name asks for."""
        return self._fixtures.get(name)

    def setups(self, case: TestCase) -> list[Function]:
        """Methods of the test's class that run before it."""
        if case.cls is None:
            return []
        found = (self._names.method(case.cls, name) for name in sorted(SETUPS))
        return [f for f in found if f is not None]

    def used(self, case: TestCase) -> list[Function]:
        """The test's function, and everything of its file and conftest.py that it uses, directly or not."""
        todo = [case.function, *self.setups(case), *(f for f in self._fixtures.values() if is_autouse(f))]
        todo += [f for f in map(self.fixture, _named_fixtures(case)) if f is not None]
        seen: dict[Function, None] = {}
        while todo:
            current = todo.pop()
            if current not in seen:
                seen[current] = None
                todo += self._uses(current)
        return list(seen)

    def _uses(self, function: Function) -> Iterator[Function]:
        if is_fixture(function) or function.name.startswith("test"):
            yield from (f for p in function.params if (f := self.fixture(p.arg)) is not None and f is not function)
        for node in ast.walk(function.node):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                for symbol in self._names.resolve(function.module, node):
                    if isinstance(symbol, Function) and symbol.module in self.files:
                        yield symbol
                    elif isinstance(symbol, Class) and symbol.module in self.files:
                        yield from symbol.methods.values()


def _named_fixtures(case: TestCase) -> Iterator[str]:
    for mark in case.marks.get("usefixtures", []):
        yield from (text_of(a) or "" for a in getattr(mark, "args", []))


def _conftests(path: str) -> list[str]:
    """conftest.py of the file's folder and of those above it, nearest first."""
    parts = path.split("/")[:-1]
    folders = ["/".join(parts[:end]) for end in range(len(parts), -1, -1)]
    return [f"{folder}/conftest.py" if folder else "conftest.py" for folder in folders]
