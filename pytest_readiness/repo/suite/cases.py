"""Test functions and fixtures as pytest would find them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.modules import Class, Function, Module, constant, dotted, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.suite.config import SuiteConfig
from pytest_readiness.repo.suite.marks import Mark, Marks
from pytest_readiness.repo.suite.parameters import Row, counted_sets, rows

TEST_CASES = ("unittest.TestCase", "unittest.IsolatedAsyncioTestCase", "unittest.case.TestCase", "django.test.TestCase")
ASYNC_MARKS = frozenset({"asyncio", "anyio", "trio"})


@dataclass(frozen=True, eq=False)
class TestCase:
    """One test function or method. `cls` is the class under which it is collected."""

    __test__ = False

    function: Function
    cls: Class | None
    config: SuiteConfig
    reader: Marks

    @property
    def module(self) -> Module:
        """The test file."""
        return self.cls.module if self.cls else self.function.module

    @property
    def path(self) -> str:
        return self.function.path

    @property
    def line(self) -> int:
        return self.function.line

    @property
    def name(self) -> str:
        """`TestPlans.test_empty` or `test_empty`."""
        return f"{self.cls.name}.{self.function.name}" if self.cls else self.function.name

    @property
    def is_async(self) -> bool:
        return isinstance(self.function.node, ast.AsyncFunctionDef)

    @cached_property
    def marks(self) -> dict[str, list[Mark]]:
        """Name of a mark (`skip`, `asyncio`) -> the marks of that name, of the function, its class and the module."""
        found: dict[str, list[Mark]] = {}
        for mark in self.reader.of(self.function, self.cls, self.module):
            found.setdefault(mark.name, []).append(mark)
        return found

    @cached_property
    def rows(self) -> list[Row]:
        """Parameter -> value for each run that parametrize asks for, where the values are written out."""
        return rows(self.marks.get("parametrize", []))

    @cached_property
    def count(self) -> int:
        """How often it counts: once for each distinct set of literal parameters."""
        return counted_sets(self.marks.get("parametrize", []))


def cases_of(module: Module, config: SuiteConfig, names: Names, reader: Marks) -> list[TestCase]:
    """The test functions of a file that pytest collects."""
    plain = {f.name: f for f in module.functions if _is_plain_test(f, config)}
    found = [TestCase(f, None, config, reader) for f in plain.values()]
    for cls in module.classes:
        if _holds_tests(cls, config, names):
            methods = _methods(cls, names)
            tests = (f for f in methods if config.is_test_name(f.name) and not is_fixture(f))
            found += [TestCase(f, cls, config, reader) for f in tests]
    return sorted(found, key=lambda case: case.line)


def _is_plain_test(function: Function, config: SuiteConfig) -> bool:
    if function.cls is not None or not config.is_test_name(function.name) or is_fixture(function):
        return False
    module = function.module
    return module.enclosing_function(function.node) is None and not module.in_main_guard(function.node)


def _holds_tests(cls: Class, config: SuiteConfig, names: Names) -> bool:
    if cls.module.enclosing_function(cls.node) is not None or cls.module.in_main_guard(cls.node):
        return False
    if any(constant(b.value) is False for b in names.bindings(cls).get("__test__", [])):
        return False
    if is_unittest(cls, names):
        return True
    return config.is_test_class(cls.name) and names.method(cls, "__init__") is None


def _methods(cls: Class, names: Names) -> list[Function]:
    found: dict[str, Function] = {}
    for owner in reversed(names.ancestry(cls)):
        if isinstance(owner, Class):
            found |= owner.methods
    return list(found.values())


def is_unittest(cls: Class, names: Names) -> bool:
    """A subclass of unittest.TestCase."""
    return names.inherits(cls, *TEST_CASES)


def is_fixture(function: Function) -> bool:
    """Decorated with pytest.fixture, pytest_asyncio.fixture or their like."""
    return any(_is_fixture_mark(d) for d in function.node.decorator_list)


def _is_fixture_mark(node: ast.expr) -> bool:
    name = dotted(node.func if isinstance(node, ast.Call) else node) or ""
    return name.rpartition(".")[2] == "fixture"


def fixture_name(function: Function) -> str:
    """The name under which tests ask for a fixture."""
    calls = [d for d in function.node.decorator_list if isinstance(d, ast.Call) and _is_fixture_mark(d)]
    given = [text_of(k.value) for d in calls for k in d.keywords if k.arg == "name"]
    return given[0] if given and given[0] else function.name


def is_autouse(function: Function) -> bool:
    """A fixture that every test gets."""
    calls = [d for d in function.node.decorator_list if isinstance(d, ast.Call) and _is_fixture_mark(d)]
    return any(k.arg == "autouse" and constant(k.value) is True for d in calls for k in d.keywords)


def is_plain_async_fixture(function: Function, names: Names) -> bool:
    """An `async def` fixture declared with plain pytest.fixture, which pytest-asyncio does not run in strict mode."""
    if not isinstance(function.node, ast.AsyncFunctionDef):
        return False
    named = (d.func if isinstance(d, ast.Call) else d for d in function.node.decorator_list)
    return any("pytest.fixture" in names.dotted(function.module, d) for d in named)
