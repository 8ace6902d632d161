"""Does a route ask who is there? Dependencies, decorators, headers and middlewares that want a credential."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Function, Module, Site, call_name, constant, dotted, text_of
from pytest_readiness.repo.names import External, Instance
from pytest_readiness.repo.web import DEPENDS

if TYPE_CHECKING:
    from pytest_readiness.repo.health.endpoints import Asked
    from pytest_readiness.repo.repository import Repo

_WORD = re.compile(r"[a-z]+")
_ASKING = frozenset(
    {
        "login", "auth", "authenticated", "authenticate", "authentication", "authorize", "authorized", "authorization",
        "jwt", "token", "permission", "permissions", "apikey", "credentials", "requires", "protected", "secured",
    }
)  # fmt: skip
_OPEN = frozenset({"public", "anonymous", "optional", "exempt", "allow", "no", "skip", "noauth"})
_HEADERS = frozenset({"authorization", "x-api-key", "api-key", "x-auth-token", "x-access-token", "token", "api_key"})
_SCHEMES = ("fastapi.security.", "fastapi_users.", "flask_jwt_extended.", "flask_login.")
_DENIED = frozenset({401, 403})
DEPTH = 3
"""Most functions that are followed from a middleware to where it denies."""


class Credentials:
    """Tells routes that ask for a credential."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def asked(self, asked: Asked) -> Site | None:
        """Where the route, its router or the application asks for a credential; None where nothing does."""
        found = [*self._of_function(asked), *self._of_owners(asked)]
        return found[0] if found else None

    def _of_function(self, asked: Asked) -> Iterator[Site]:
        function = asked.function
        if function is None:
            return
        for decorator in function.node.decorator_list:
            if self._decorator_asks(function.module, decorator):
                yield function.module.at(decorator, "asks for a credential")
        for dependency in self._repo.web.dependencies(function):
            if self._asks(dependency.module, dependency.node, dependency.functions):
                yield Site(dependency.path, dependency.line, "depends on a credential")
        yield from self._headers(function)

    def _headers(self, function: Function) -> Iterator[Site]:
        for given in self._repo.web.inputs(function):
            name = (given.alias or given.name.replace("_", "-")).lower()
            if given.source in {"header", "cookie"} and given.default is None and name in _HEADERS:
                yield function.module.at(function.node, f"requires the header {name}")

    def _of_owners(self, asked: Asked) -> Iterator[Site]:
        for registration in self._repo.web.registrations:
            if registration.owner not in asked.around or self._exempts(registration.functions, asked.path):
                continue
            if asked.is_plain and _is_dependency(registration.module, registration.node):
                continue
            if self._asks(registration.module, registration.node, registration.functions):
                yield Site(registration.path, registration.line, "asks for a credential before every handler")

    def _asks(self, module: Module, node: ast.expr, functions: tuple[Function, ...]) -> bool:
        if any(self._function_asks(f, DEPTH) for f in functions):
            return True
        kinds = [s.of if isinstance(s, Instance) else s for s in self._repo.names.resolve(module, node)]
        return any(isinstance(k, External) and k.name.startswith(_SCHEMES) for k in kinds)

    def _function_asks(self, function: Function, depth: int) -> bool:
        """Whether the function, or one that it calls, denies with 401 or 403, or requires a credential's header."""
        if any(True for _ in self._headers(function)) or self._denies(function):
            return True
        if depth <= 0:
            return False
        called = (f for c in function.calls for f in self._repo.names.functions(function.module, c.func))
        return any(self._function_asks(f, depth - 1) for f in dict.fromkeys(called) if f != function)

    def _denies(self, function: Function) -> bool:
        for node in function.own_nodes:
            value = node.value if isinstance(node, ast.Return) else node.exc if isinstance(node, ast.Raise) else None
            if isinstance(value, ast.expr) and self._repo.denials.of_value(function.module, value) in _DENIED:
                return True
            if isinstance(node, ast.Call) and _is_abort(node):
                return True
        return False

    def _decorator_asks(self, module: Module, decorator: ast.expr) -> bool:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        words = set(_WORD.findall((dotted(target) or "").rpartition(".")[2].lower()))
        if words & _ASKING and not words & _OPEN:
            return True
        inner = self._repo.names.functions(module, target)
        return any(self._wraps_denial(f) for f in inner)

    def _wraps_denial(self, decorator: Function) -> bool:
        nested = (n for n in ast.walk(decorator.node) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
        return any(self._function_asks(decorator.module.function_of(n), 1) for n in nested)

    def _exempts(self, functions: tuple[Function, ...], path: str) -> bool:
        """Whether a middleware knows the path: an exemption stands as a text in its class or function, or beside it."""
        last = path.rstrip("/").rpartition("/")[2]
        for function in functions:
            scope: Class | None = function.cls
            nodes = ast.walk(scope.node if scope else function.node)
            texts = [t for n in (*nodes, *_module_constants(function.module)) if (t := text_of(n))]
            if any(t in (path, last) or (t.startswith("/") and path.startswith(t.rstrip("/") or "?")) for t in texts):
                return True
        return False


def _is_dependency(module: Module, node: ast.expr) -> bool:
    """Depends(...), which runs for routes of FastAPI only, and no middleware."""
    parent = module.parents.get(node)
    return isinstance(parent, ast.Call) and call_name(parent) in DEPENDS


def _is_abort(call: ast.Call) -> bool:
    name = (dotted(call.func) or "").rpartition(".")[2]
    return name == "abort" and bool(call.args) and constant(call.args[0]) in _DENIED


def _module_constants(module: Module) -> Iterator[ast.AST]:
    """The literals in top-level assignments."""
    for statement in module.tree.body if module.tree else ():
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            yield from ast.walk(statement.value)
