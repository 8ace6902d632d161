"""Which product modules does a test use? By what its imports bind, and where those names are defined."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.finder import Folder
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Module, call_name
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.suite.definitions import Piece

STEPS = 8
"""Most packages that hand a name on before the module that defines it."""
_MODELS = frozenset({"spec", "spec_set", "autospec"})
Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True)
class Home:
    """The module that defines a name."""

    module: Module


Target = Module | Folder | Home | None
"""What a name stands for: a module or package as such, or something that a module defines."""


class Subjects:
    """Answers for the tests of one module. `is_product(path)` says which files are the system, `fails(module, import)`
    which import statements of test code do not succeed."""

    def __init__(
        self,
        imports: Imports,
        names: Names,
        is_product: Callable[[str], bool],
        fails: Callable[[Module, Import], bool],
    ) -> None:
        self._imports, self._names, self._is_product, self._fails = imports, names, is_product, fails

    def of(self, pieces: Iterable[Piece]) -> dict[Module, ast.Name]:
        """Product module -> a name through which the pieces of test code use it."""
        found: dict[Module, ast.Name] = {}
        for piece in pieces:
            for node in ast.walk(piece.node):
                if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                    for module in self._used(piece.module, node):
                        found.setdefault(module, node)
        return found

    def _used(self, module: Module, node: ast.Name) -> Iterator[Module]:
        if _only_models(module, node):
            return
        scope = self._names.lookup(module, node)
        bindings = scope[1] if scope else self._names.bindings(module).get("*", [])
        for binding in bindings:
            if isinstance(binding.node, Import) and not self._fails(module, binding.node):
                home = self._home(module, binding.node, node)
                if home is not None and self._is_product(home.path):
                    yield home

    def _home(self, module: Module, statement: Import, node: ast.Name) -> Module | None:
        """The module that defines what the name, with the attributes read from it, stands for."""
        if isinstance(statement, ast.ImportFrom):
            target = self._imported(module, statement, node.id, STEPS)
        else:
            wanted = next((a.name for a in statement.names if a.asname == node.id), node.id)
            target = _known(self._imports.find(wanted, module))
        return self._climbed(module, target, node)

    def _imported(self, module: Module, statement: ast.ImportFrom, name: str, steps: int) -> Target:
        """What a from-import binds the name to."""
        original = next((a.name for a in statement.names if (a.asname or a.name) == name), name)
        source = self._imports.source(statement, module)
        if isinstance(source, Folder) or source is module:
            return _known(self._imports.submodule(source, original))
        return self._defined(source, original, steps) if isinstance(source, Module) else None

    def _defined(self, module: Module, name: str, steps: int) -> Target:
        """Where a module's name is defined; the submodule where it is one."""
        bindings = self._names.bindings(module)
        handed_on = [b.node for b in bindings.get(name, []) if isinstance(b.node, Import)]
        if steps <= 0 or (name in bindings and not handed_on):
            return Home(module)
        if name not in bindings and (below := _known(self._imports.submodule(module, name))) is not None:
            return below
        stars = [b.node for b in bindings.get("*", []) if isinstance(b.node, Import)]
        for statement in handed_on or stars:
            found = self._followed(module, statement, name, steps - 1)
            if found is not None:
                return found
        return None

    def _followed(self, module: Module, statement: Import, name: str, steps: int) -> Target:
        if isinstance(statement, ast.ImportFrom):
            return self._imported(module, statement, name, steps)
        return _known(self._imports.find(name, module))

    def _climbed(self, module: Module, target: Target, node: ast.expr) -> Module | None:
        """`plans.plan` of `from app import plans`: the module of the name that is taken from a module in the end."""
        while isinstance(target, Module | Folder):
            parent = module.parents.get(node)
            if not isinstance(parent, ast.Attribute) or parent.value is not node:
                break
            below = self._defined(target, parent.attr, STEPS) if isinstance(target, Module) else None
            below = below or _known(self._imports.submodule(target, parent.attr))
            if below is None:
                break
            target, node = below, parent
        if isinstance(target, Home):
            return target.module
        return target if isinstance(target, Module) else None


def _known(target: object) -> Module | Folder | None:
    """The module or package, where it can be read."""
    return target if isinstance(target, Module | Folder) else None


def _only_models(module: Module, node: ast.AST) -> bool:
    """An annotation, or the class that a mock is modelled on: neither uses what it names."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.arg) or (isinstance(parent, ast.AnnAssign) and child is parent.annotation):
            return True
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef) and child is parent.returns:
            return True
        if isinstance(parent, ast.Call) and call_name(parent) == "create_autospec" and child in parent.args:
            return True
        if isinstance(parent, ast.keyword) and parent.arg in _MODELS:
            return True
        if isinstance(parent, ast.stmt):
            return False
        child = parent
    return False
