"""What an implementation of a service can do: which operations it has, and whether they do anything."""

from __future__ import annotations

import ast
from functools import lru_cache

from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Class, Function, Site, call_name
from pytest_readiness.repo.names import External, Names

_BARE = ("builtins.object", "abc.", "typing.", "typing_extensions.", "enum.")
_IDLE = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print", "sleep"})


class Implementations:
    """Tells real implementations from stand-ins."""

    def __init__(self, names: Names, imports: Imports) -> None:
        self._names, self._imports = names, imports

    def problem(self, of: Class | External) -> Site | None:
        """Why the class is no real implementation; None where it is one."""
        if isinstance(of, External):
            return None
        if not self._imports.loadable(of.module):
            found = self._imports.problem(of.module)
            return found or of.module.at(of.node, "its module cannot be imported")
        if not any(self.is_real(m) for m in self.public(of).values()) and not self._open(of):
            return of.module.at(of.node, f"{of.name} is an empty stand-in")
        return None

    def public(self, cls: Class) -> dict[str, Function]:
        """The public methods of the class, those of base classes in the repository too."""
        found: dict[str, Function] = {}
        for owner in (c for c in self._names.ancestry(cls) if isinstance(c, Class)):
            for name, method in owner.methods.items():
                if not name.startswith("_"):
                    found.setdefault(name, method)
        return found

    def missing(self, of: Class | External, operation: str) -> Site | None:
        """Why the implementation cannot do the operation; None where it can."""
        if isinstance(of, External):
            return None
        method = self._names.method(of, operation)
        if method is None:
            return None if self._open(of) else of.module.at(of.node, f"{of.name} has no {operation}")
        if not self.is_real(method):
            return method.module.at(method.node, f"{of.name}.{operation} does nothing")
        return None

    def _open(self, cls: Class) -> bool:
        """Whether the class has members that are not written here: those of a library's class, or by __getattr__."""
        line = self._names.ancestry(cls)
        outside = any(isinstance(c, External) and not c.name.startswith(_BARE) for c in line)
        dynamic = self._names.method(cls, "__getattr__")
        return outside or (dynamic is not None and self.is_real(dynamic))

    def is_real(self, method: Function) -> bool:
        """Whether the body does more than pass, log, raise NotImplementedError or return a literal."""
        return _does_something(method.node)


@lru_cache(maxsize=8192)
def _does_something(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(not _is_idle(s) for s in node.body)


def _is_idle(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Delete():
            return all(isinstance(t, ast.Name) for t in statement.targets)
        case ast.Return(value=given):
            return given is None or _is_literal(given)
        case ast.Raise(exc=ast.Name(id="NotImplementedError") | ast.Call(func=ast.Name(id="NotImplementedError"))):
            return True
        case ast.Expr(value=ast.Await(value=ast.Call() as call) | (ast.Call() as call)):
            return call_name(call) in _IDLE
    return False


def _is_literal(node: ast.expr) -> bool:
    """A constant, or a display of literals."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp():
            return _is_literal(node.operand)
        case ast.List() | ast.Tuple() | ast.Set():
            return all(_is_literal(e) for e in node.elts)
        case ast.Dict():
            return all(k is not None and _is_literal(k) for k in node.keys) and all(map(_is_literal, node.values))
    return False
