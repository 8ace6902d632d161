"""What a test draws on: fixtures, helpers and classes of its file, of conftest.py and of other test code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.modules import Class, Function, Module, text_of
from pytest_readiness.repo.names import Instance, Names
from pytest_readiness.repo.suite.cases import TestCase, fixture_name, is_autouse, is_fixture

SETUPS = frozenset(
    {"setUp", "asyncSetUp", "setUpClass", "setup_method", "setup_class", "setup", "setup_module", "setup_function",
     "setUpModule", "tearDown"}
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Piece:
    """A part of the test code that a test uses: a function, a class, or the value of a module-level name."""

    module: Module
    node: ast.AST
    function: Function | None = None


class Definitions:
    """Looks definitions up for the tests of one module. `is_test_code(path)` tells which files may hold helpers."""

    def __init__(
        self, module: Module, modules: Mapping[str, Module], names: Names, is_test_code: Callable[[str], bool]
    ) -> None:
        self._module, self._names, self._is_test_code = module, names, is_test_code
        self.files = [module, *(modules[p] for p in _conftests(module.path) if p in modules)]
        self._pieces: dict[TestCase, tuple[Piece, ...]] = {}

    def holds(self, module: Module) -> bool:
        """Whether a definition of that module is test code."""
        return module in self.files or self._is_test_code(module.path)

    @cached_property
    def _fixtures(self) -> dict[str, list[Function]]:
        """Name -> fixtures, nearest first; those that a file imports are its own."""
        found: dict[str, list[Function]] = {}
        for file in self.files:
            for fixture in [f for f in file.functions if is_fixture(f)] + self._imported(file):
                found.setdefault(fixture_name(fixture), []).append(fixture)
        return found

    def _imported(self, file: Module) -> list[Function]:
        bound = self._names.bindings(file)
        imported = [n for n, bs in bound.items() if any(isinstance(b.node, ast.ImportFrom) for b in bs) and n != "*"]
        symbols = [s for n in imported for s in self._names.exported(file, n)]
        return [s for s in symbols if isinstance(s, Function) and is_fixture(s) and self.holds(s.module)]

    def fixture(self, name: str, cls: Class | None = None) -> Function | None:
        """The fixture that a parameter of that name asks for in a test of the class."""
        family = self._names.ancestry(cls) if cls else []
        visible = [f for f in self._fixtures.get(name, []) if f.cls is None or f.cls in family]
        return next((f for f in visible if f.cls is not None), visible[0] if visible else None)

    def _autouse(self, case: TestCase) -> list[Function]:
        visible = [self.fixture(name, case.cls) for name in self._fixtures]
        return [f for f in visible if f is not None and is_autouse(f)]

    def setups(self, case: TestCase) -> list[Function]:
        """What runs before the test by its name: methods of its class, functions of its module."""
        own = [f for f in case.module.functions if f.cls is None and f.name in SETUPS]
        found = (self._names.method(case.cls, name) for name in sorted(SETUPS)) if case.cls else ()
        return [*own, *(f for f in found if f is not None)]

    def used(self, case: TestCase) -> list[Function]:
        """The test's function, and every function of test code that it uses, directly or not."""
        return [piece.function for piece in self.pieces(case) if piece.function is not None]

    def fixtures(self, case: TestCase) -> list[Function]:
        """The fixtures among them."""
        return [f for f in self.used(case) if is_fixture(f)]

    def called(self, case: TestCase) -> list[Function]:
        """The test's function and the helpers that it calls, directly or not."""
        todo, seen = [case.function], {case.function: None}
        while todo:
            function = todo.pop()
            for call in (n for n in ast.walk(function.node) if isinstance(n, ast.Call)):
                found = [f for f in self.callees(function, call, case) if f not in seen]
                seen |= dict.fromkeys(found)
                todo += found
        return list(seen)

    def callees(self, function: Function, call: ast.Call, case: TestCase) -> list[Function]:
        """The functions of test code that a call in a function of test code runs; fixtures are none."""
        found = self._names.functions(function.module, call.func) or self._handed(function, call.func, case)
        return [f for f in found if self.holds(f.module) and not is_fixture(f)]

    def _handed(self, function: Function, func: ast.expr, case: TestCase) -> list[Function]:
        """What a fixture hands out: `check(answer)` where the fixture `check` returns a function or an object."""
        base = func.value if isinstance(func, ast.Attribute) else func
        asked = [p.arg for p in function.params] if function is case.function or is_fixture(function) else []
        fixture = self.fixture(base.id, case.cls) if isinstance(base, ast.Name) and base.id in asked else None
        if fixture is None:
            return []
        found = [s for v in results(fixture) for s in self._names.resolve(fixture.module, v)]
        if isinstance(func, ast.Attribute):
            found = [m for s in found for m in self._names.member(s, func.attr)]
        return [s for s in found if isinstance(s, Function)]

    def pieces(self, case: TestCase) -> tuple[Piece, ...]:
        """The test itself and all that it uses of the test code, directly or not."""
        if case not in self._pieces:
            self._pieces[case] = tuple(self._collected(case, [*self._starts(case), *self._autouse(case)]))
        return self._pieces[case]

    def own_pieces(self, case: TestCase) -> tuple[Piece, ...]:
        """The same without what only fixtures of conftest.py use that every test gets."""
        near = [f for f in self._autouse(case) if f.module is case.module]
        return tuple(self._collected(case, [*self._starts(case), *near]))

    def _starts(self, case: TestCase) -> list[Function]:
        named = (self.fixture(name, case.cls) for name in _named_fixtures(case))
        return [case.function, *self.setups(case), *(f for f in named if f is not None)]

    def _collected(self, case: TestCase, starts: list[Function]) -> list[Piece]:
        todo = [_piece(f) for f in starts]
        seen: dict[ast.AST, Piece] = {}
        while todo:
            current = todo.pop()
            if current.node not in seen:
                seen[current.node] = current
                todo += self._uses(current, case)
        return list(seen.values())

    def _uses(self, piece: Piece, case: TestCase) -> Iterator[Piece]:
        function = piece.function
        if function is not None and (is_fixture(function) or function is case.function):
            asked = (self.fixture(p.arg, case.cls) for p in function.params)
            yield from (_piece(f) for f in asked if f is not None and f is not function)
        for node in ast.walk(piece.node):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                yield from self._named(piece.module, node)

    def _named(self, module: Module, node: ast.Name | ast.Attribute) -> Iterator[Piece]:
        for symbol in self._names.resolve(module, node):
            thing = symbol.of if isinstance(symbol, Instance) else symbol
            if isinstance(thing, Function | Class) and self.holds(thing.module) and not _is_around(thing, module, node):
                yield _piece(thing)
        found = self._names.lookup(module, node) if isinstance(node, ast.Name) else None
        if found is not None and found[0] is module:
            yield from (Piece(module, b.value) for b in found[1] if b.value is not None)


def _is_around(thing: Function | Class, module: Module, node: ast.AST) -> bool:
    """`self` in a method is no use of the whole class."""
    owner = module.enclosing_class(node) if isinstance(thing, Class) else None
    return owner is not None and owner is thing


def _piece(thing: Function | Class) -> Piece:
    return Piece(thing.module, thing.node, thing if isinstance(thing, Function) else None)


def results(function: Function) -> list[ast.expr]:
    """What a function or fixture returns or yields."""
    yielded = [n.value for n in function.own_nodes if isinstance(n, ast.Yield)]
    return [v for v in (*(r.value for r in function.returns), *yielded) if v is not None]


def _named_fixtures(case: TestCase) -> Iterator[str]:
    for mark in case.marks.get("usefixtures", []):
        yield from (text_of(a) or "" for a in mark.arguments)


def _conftests(path: str) -> list[str]:
    """conftest.py of the file's folder and of those above it, nearest first."""
    parts = path.split("/")[:-1]
    folders = ["/".join(parts[:end]) for end in range(len(parts), -1, -1)]
    return [f"{folder}/conftest.py" if folder else "conftest.py" for folder in folders]
