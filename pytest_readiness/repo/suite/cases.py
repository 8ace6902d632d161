"""Test functions and fixtures as pytest would find them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.modules import Class, Function, Module, call_name, constant, dotted, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.suite.config import SuiteConfig

TEST_CASES = ("unittest.TestCase", "unittest.IsolatedAsyncioTestCase", "unittest.case.TestCase", "django.test.TestCase")
ASYNC_MARKS = frozenset({"asyncio", "anyio", "trio"})


@dataclass(frozen=True, eq=False)
class TestCase:
    """One test function or method. `cls` is the class under which it is collected."""

    __test__ = False

    function: Function
    cls: Class | None
    config: SuiteConfig

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
    def marks(self) -> dict[str, list[ast.expr]]:
        """Name of a mark (`skip`, `asyncio`) -> its expressions, of the function, its class and the module."""
        found: dict[str, list[ast.expr]] = {}
        for node in self._mark_expressions():
            for name, mark in _marks_in(node):
                found.setdefault(name, []).append(mark)
        return found

    def _mark_expressions(self) -> Iterator[ast.expr]:
        yield from self.function.node.decorator_list
        if self.cls:
            yield from self.cls.node.decorator_list
            yield from _pytestmarks(self.cls.node.body)
        yield from _pytestmarks(self.module.tree.body if self.module.tree else [])

    @cached_property
    def parameters(self) -> dict[str, list[ast.expr]]:
        """Parameter -> values that parametrize gives it, where they are written out."""
        found: dict[str, list[ast.expr]] = {}
        for mark in self.marks.get("parametrize", []):
            if isinstance(mark, ast.Call) and len(mark.args) >= 2:
                _spread(mark, found)
        return found

    @property
    def count(self) -> int:
        """How often it counts: once for each distinct set of literal parameters."""
        total = 1
        for mark in self.marks.get("parametrize", []):
            values = mark.args[1] if isinstance(mark, ast.Call) and len(mark.args) >= 2 else None
            if isinstance(values, ast.List | ast.Tuple):
                total *= max(1, len({ast.dump(e) for e in values.elts}))
        return total


def _spread(mark: ast.Call, found: dict[str, list[ast.expr]]) -> None:
    names = _argument_names(mark.args[0])
    sets = mark.args[1].elts if isinstance(mark.args[1], ast.List | ast.Tuple | ast.Set) else []
    for values in sets:
        row = values.args if isinstance(values, ast.Call) and call_name(values) == "param" else [values]
        if len(names) > 1 and len(row) == 1 and isinstance(row[0], ast.Tuple | ast.List):
            row = row[0].elts
        for name, value in zip(names, row, strict=False):
            found.setdefault(name, []).append(value)


def _argument_names(node: ast.expr) -> list[str]:
    if isinstance(node, ast.List | ast.Tuple):
        return [text_of(e) or "" for e in node.elts]
    return [n.strip() for n in (text_of(node) or "").split(",")]


def _pytestmarks(body: list[ast.stmt]) -> Iterator[ast.expr]:
    for statement in body:
        if isinstance(statement, ast.Assign) and any(dotted(t) == "pytestmark" for t in statement.targets):
            value = statement.value
            yield from value.elts if isinstance(value, ast.List | ast.Tuple) else [value]


def _marks_in(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """`pytest.mark.x`, `pytest.mark.x(…)`, `unittest.skip(…)`."""
    name = dotted(node.func if isinstance(node, ast.Call) else node) or ""
    parts = name.split(".")
    if "mark" in parts[:-1]:
        yield parts[-1], node
    elif parts[-1] in ("skip", "skipIf", "skipUnless", "skipif"):
        yield parts[-1].lower(), node


def cases_of(module: Module, config: SuiteConfig, names: Names) -> list[TestCase]:
    """The test functions of a file that pytest collects."""
    found = [TestCase(f, None, config) for f in module.functions if _is_plain_test(f, config)]
    for cls in module.classes:
        if _holds_tests(cls, config, names):
            methods = _methods(cls, names)
            found += [TestCase(f, cls, config) for f in methods if config.is_test_name(f.name) and not is_fixture(f)]
    return sorted(found, key=lambda case: case.line)


def _is_plain_test(function: Function, config: SuiteConfig) -> bool:
    if function.cls is not None or not config.is_test_name(function.name) or is_fixture(function):
        return False
    return function.module.enclosing_function(function.node) is None


def _holds_tests(cls: Class, config: SuiteConfig, names: Names) -> bool:
    if cls.module.enclosing_function(cls.node) is not None:
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


def runs_async(function: Function) -> bool:
    """An async fixture that pytest-asyncio or anyio runs in strict mode: not declared with plain pytest.fixture."""
    names = {dotted(d.func if isinstance(d, ast.Call) else d) for d in function.node.decorator_list}
    return not names & {"pytest.fixture", "fixture"}
