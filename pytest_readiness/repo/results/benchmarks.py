"""Which entries of a pytest-benchmark file measured the system?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Function, Module, call_name, text_of
from pytest_readiness.repo.names import External
from pytest_readiness.repo.results.rows import Measured, Row

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_PATCHING = ("unittest.mock.", "mock.", "respx.", "responses.", "httpretty.", "pytest_mock.")
_FIXTURES = frozenset({"monkeypatch", "mocker", "respx_mock", "httpx_mock", "requests_mock"})
_SLEEPS = frozenset({"time.sleep", "asyncio.sleep"})


class Benchmarks:
    """Looks the test functions up that a benchmark file names."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def real(self, part: Measured) -> Iterator[Row]:
        """The part's rows; of a benchmark those whose test exists and measures code of the application or a URL."""
        yield from part.rows
        for name, row in part.tests.items():
            function = self._test(name)
            if function is not None and self._measures_the_system(function):
                yield row

    def _test(self, name: str) -> Function | None:
        """`tests/test_api.py::TestApi::test_get[100]`"""
        path, _, rest = name.partition("::")
        module = self._repo.modules.get(path)
        wanted = rest.partition("[")[0].rpartition("::")[2]
        return next((f for f in module.functions if f.name == wanted), None) if module else None

    def _measures_the_system(self, function: Function) -> bool:
        module = function.module
        names = [n for n in function.own_nodes if isinstance(n, ast.Name | ast.Attribute)]
        dotted = {d for n in names for d in self._repo.names.dotted(module, n)}
        fixtures = {p.arg for p in function.params} & _FIXTURES
        if fixtures or dotted & _SLEEPS or any(d.startswith(_PATCHING) for d in dotted):
            return False
        measured = [c.args[0] for c in function.calls if call_name(c) in ("benchmark", "pedantic") and c.args]
        if any(self._is_own(module, node) for node in measured):
            return False
        return self._uses_product(function, names) or any(_is_url(n) for n in function.own_nodes)

    def _is_own(self, module: Module, node: ast.expr) -> bool:
        """Something that the test file defines itself, and that touches no product code."""
        found: list[Function | Class] = [
            *self._repo.names.functions(module, node),
            *self._repo.names.classes(module, node),
        ]
        own = [f for f in found if f.module is module]
        return any(not (isinstance(f, Function) and self._uses_product(f, _names(f))) for f in own)

    def _uses_product(self, function: Function, names: list[ast.Name | ast.Attribute]) -> bool:
        product = {m.path for m in self._repo.product}
        symbols = (s for n in names for s in self._repo.names.resolve(function.module, n))
        return any(_path(s) in product for s in symbols if not isinstance(s, External))


def _names(function: Function) -> list[ast.Name | ast.Attribute]:
    return [n for n in function.own_nodes if isinstance(n, ast.Name | ast.Attribute)]


def _path(symbol: object) -> str | None:
    module = symbol if isinstance(symbol, Module) else getattr(symbol, "module", None)
    return module.path if isinstance(module, Module) else None


def _is_url(node: ast.AST) -> bool:
    return isinstance(node, ast.expr) and (text_of(node) or "").startswith(("http://", "https://"))
