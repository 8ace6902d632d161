"""Can a test run at all? Its imports aside: is there anything that runs an async test, and the fixtures it uses?"""

from __future__ import annotations

import ast

from pytest_readiness.repo.modules import Module, Site, call_name, dotted, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.suite.cases import ASYNC_MARKS, TestCase, is_fixture, is_plain_async_fixture, is_unittest
from pytest_readiness.repo.suite.definitions import Definitions


def not_run(case: TestCase, names: Names, definitions: Definitions) -> Site | None:
    """Why an async test is never run; None where it is, or is no async test."""
    if case.is_async and case.cls is not None and is_unittest(case.cls, names):
        alone = names.inherits(case.cls, "unittest.IsolatedAsyncioTestCase")
        return None if alone else Site(case.path, case.line, "an async test in a TestCase, which never awaits it")
    if case.config.auto:
        return None
    if case.is_async and not ASYNC_MARKS & set(case.marks) and not any(map(_marks_all, definitions.files)):
        return Site(case.path, case.line, "an async test that nothing runs: no mark and no auto mode")
    return None if "anyio" in case.marks else _not_awaited(case, names, definitions)


def _marks_all(file: Module) -> bool:
    """Whether a conftest.py marks what it collects: `item.add_marker(pytest.mark.asyncio)`."""
    hooks = [f for f in file.functions if f.name in ("pytest_collection_modifyitems", "pytest_itemcollected")]
    added = (c.args[0] for f in hooks for c in f.calls if call_name(c) == "add_marker" and c.args)
    named = (text_of(a) or dotted(a.func if isinstance(a, ast.Call) else a) or "" for a in added)
    return any(n.rpartition(".")[2] in ASYNC_MARKS for n in named)


def _not_awaited(case: TestCase, names: Names, definitions: Definitions) -> Site | None:
    """An async fixture that nothing awaits."""
    for function in definitions.used(case):
        if is_fixture(function) and is_plain_async_fixture(function, names):
            note = f"uses the async fixture `{function.name}`, which plain pytest.fixture does not run"
            return Site(case.path, case.line, note)
    return None
