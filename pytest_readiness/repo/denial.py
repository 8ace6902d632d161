"""Which HTTP status does a response or an exception carry? And which exceptions does an `except` catch?"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterable
from functools import cached_property
from http import HTTPStatus

from pytest_readiness.repo.modules import Class, Function, Module, argument, call_name, constant
from pytest_readiness.repo.names import External, Instance, Names, Symbol, Value

_STATUS_NAME = re.compile(r"HTTP_(\d{3})(_|$)")
_STATUS_WORDS = ("status_code", "status", "code", "http_status")
_FIRST_IS_STATUS = frozenset(
    {
        "fastapi.HTTPException", "fastapi.exceptions.HTTPException", "starlette.exceptions.HTTPException",
        "flask.abort", "werkzeug.exceptions.abort", "werkzeug.abort", "quart.abort", "sanic.exceptions.SanicException",
        "bottle.abort", "bottle.HTTPError", "ninja.errors.HttpError", "litestar.exceptions.HTTPException",
    }
)  # fmt: skip
"""Exceptions and functions whose first argument is a status."""
_FIXED = {
    "unauthorized": 401, "notauthenticated": 401, "authenticationfailed": 401, "notauthorizedexception": 401,
    "httpunauthorized": 401, "httpresponseforbidden": 403, "forbidden": 403, "permissiondenied": 403,
    "permissiondeniedexception": 403, "httpforbidden": 403, "websocketexception": 403, "notfound": 404, "http404": 404,
    "httpnotfound": 404, "httpresponsenotfound": 404, "notfoundexception": 404, "badrequest": 400,
    "httpbadrequest": 400, "httpresponsebadrequest": 400,
}  # fmt: skip
"""Last names of third-party exceptions and responses that always mean the same status."""
_PLAIN = frozenset({"builtins"})
_DEPTH = 4
"""Most helper functions that are followed to the response they build."""


class Denials:
    """Statuses of responses and exceptions."""

    def __init__(self, modules: Iterable[Module], names: Names) -> None:
        self._modules, self._names = tuple(modules), names

    def number(self, module: Module, node: ast.expr | None) -> int | None:
        """The status that an expression is: 403, status.HTTP_403_FORBIDDEN, HTTPStatus.FORBIDDEN."""
        if isinstance(node, ast.Attribute):
            if node.attr == "value":
                return self.number(module, node.value)
            named = _STATUS_NAME.search(node.attr)
            return int(named[1]) if named else _standard(node.attr)
        if isinstance(node, ast.Name):
            named = _STATUS_NAME.search(node.id)
            return int(named[1]) if named else self._constant(module, node)
        value = constant(node)
        return value if isinstance(value, int) and not isinstance(value, bool) and 100 <= value < 600 else None

    def _constant(self, module: Module, node: ast.Name) -> int | None:
        values = (s for s in self._names.resolve(module, node) if isinstance(s, Value))
        found = (constant(v.node) for v in values)
        return next((v for v in found if isinstance(v, int) and 100 <= v < 600), None)

    def of_call(self, module: Module, call: ast.Call, depth: int = _DEPTH) -> int | None:
        """The status of the response or exception that a call builds, or of the abort that it is; None if unknown."""
        given = next((self.number(module, argument(call, w)) for w in _STATUS_WORDS if argument(call, w)), None)
        if given is not None:
            return given
        for symbol in self._names.resolve(module, call.func):
            found = self._of_symbol(symbol, module, call, depth)
            if found is not None:
                return found
        return None

    def _of_symbol(self, symbol: Symbol, module: Module, call: ast.Call, depth: int) -> int | None:
        match symbol:
            case External():
                return self._of_external(symbol.name, module, call)
            case Class():
                return self._of_class(symbol, module, call)
            case Function() if depth > 0:
                return self._of_helper(symbol, module, call, depth)
        return None

    def _of_external(self, name: str, module: Module, call: ast.Call | None) -> int | None:
        last = name.rpartition(".")[2]
        if call is not None and (name in _FIRST_IS_STATUS or last == "abort"):
            return self.number(module, call.args[0]) if call.args else None
        if call is not None and last in {"Response", "JSONResponse", "PlainTextResponse", "HTMLResponse"}:
            return self.number(module, call.args[1]) if len(call.args) > 1 else None
        if call is not None and last in {"make_response", "HttpResponse", "json_response"}:
            return next((n for a in call.args[1:] if (n := self.number(module, a))), None)
        return None if name.partition(".")[0] in _PLAIN else _FIXED.get(last.lower())

    def _of_class(self, cls: Class, module: Module, call: ast.Call | None) -> int | None:
        """The status that a class of the repository fixes, takes as argument, or that a registered handler answers."""
        own = self._fixed(cls)
        if own is not None:
            return own
        for ancestor in self._names.ancestry(cls):
            if isinstance(ancestor, External):
                given = self._of_external(ancestor.name, module, call)
                if given is not None:
                    return given
        return next((self._mapped[c.node] for c in self._classes(cls) if c.node in self._mapped), None)

    def _classes(self, cls: Class) -> list[Class]:
        return [c for c in self._names.ancestry(cls) if isinstance(c, Class)]

    def _fixed(self, cls: Class) -> int | None:
        """`status_code = 403` in the class body, or `super().__init__(status_code=403)`, here or in a base class."""
        for owner in self._classes(cls):
            for node in owner.node.body:
                target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
                if isinstance(target, ast.Name) and target.id in {"status_code", "code", "status", "http_status"}:
                    return self.number(owner.module, getattr(node, "value", None))
            init = owner.methods.get("__init__")
            for call in init.calls if init else ():
                if call_name(call) == "__init__":
                    given = [argument(call, "status_code"), *call.args[:1]]
                    found = next((n for g in given if (n := self.number(owner.module, g))), None)
                    if found is not None:
                        return found
        return None

    def _of_helper(self, helper: Function, module: Module, call: ast.Call, depth: int) -> int | None:
        """The status of what a helper returns or raises; one that it was given counts where it passes it on."""
        for node in helper.own_nodes:
            value = node.value if isinstance(node, ast.Return) else node.exc if isinstance(node, ast.Raise) else None
            found = self.of_value(helper.module, value, depth - 1) if value is not None else None
            if found is not None:
                return found
        passed = [*call.args, *(k.value for k in call.keywords)]
        return next((n for a in passed if (n := self.number(module, a))), None)

    def of_value(self, module: Module, node: ast.expr | None, depth: int = _DEPTH) -> int | None:
        """The status of a returned or raised value: a response, an exception, or Flask's `body, 403`."""
        match node:
            case ast.Await() | ast.NamedExpr():
                return self.of_value(module, node.value, depth)
            case ast.Tuple(elts=[_, second, *_]):
                return self.number(module, second)
            case ast.Call():
                return self.of_call(module, node, depth)
            case ast.Name() | ast.Attribute():
                return self._of_named(module, node, depth)
        return None

    def _of_named(self, module: Module, node: ast.Name | ast.Attribute, depth: int) -> int | None:
        for symbol in self._names.resolve(module, node):
            if isinstance(symbol, Class):
                return self._of_class(symbol, module, None)
            if isinstance(symbol, External):
                return self._of_external(symbol.name, module, None)
        if isinstance(node, ast.Name) and depth > 0:
            return self._of_local(module, node, depth)
        return None

    def _of_local(self, module: Module, node: ast.Name, depth: int) -> int | None:
        """The status of a variable that a response or an exception was put into."""
        found = self._names.lookup(module, node)
        values = [b.value for b in found[1] if b.value is not None] if found else []
        statuses = (self.of_call(module, v, depth - 1) for v in values if isinstance(v, ast.Call))
        return next((s for s in statuses if s is not None), None)

    @cached_property
    def _mapped(self) -> dict[ast.AST, int]:
        """Exception class -> status that a registered exception handler answers with."""
        found: dict[ast.AST, int] = {}
        for module in self._modules:
            for function in module.functions:
                for decorator in function.node.decorator_list:
                    if isinstance(decorator, ast.Call) and call_name(decorator) in {
                        "exception_handler",
                        "errorhandler",
                    }:
                        self._map(found, module, decorator.args[:1], function)
            for call in module.calls:
                if call_name(call) in {"add_exception_handler", "register_error_handler"} and len(call.args) > 1:
                    for handler in self._names.functions(module, call.args[1]):
                        self._map(found, module, call.args[:1], handler)
        return found

    def _map(self, found: dict[ast.AST, int], module: Module, caught: list[ast.expr], handler: Function) -> None:
        status = next((s for r in handler.returns if (s := self.of_value(handler.module, r.value))), None)
        for node in caught:
            for cls in self._names.classes(module, node):
                if status is not None:
                    found.setdefault(cls.node, status)

    def catches(self, module: Module, handler: ast.ExceptHandler, raised: list[Symbol]) -> bool:
        """Whether an except clause catches an exception that may be one of these."""
        if handler.type is None:
            return True
        kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        caught = [s for k in kinds for s in self._names.resolve(module, k)]
        return any(self._is_kind(r, c) for r in raised or [External("builtins.Exception")] for c in caught)

    def _is_kind(self, raised: Symbol, caught: Symbol) -> bool:
        if caught in (External("builtins.Exception"), External("builtins.BaseException")):
            return True
        of = raised.of if isinstance(raised, Instance) else raised
        line = self._names.ancestry(of) if isinstance(of, Class) else [of]
        if caught in line:
            return True
        names = {s.name.rpartition(".")[2] for s in line if isinstance(s, External)}
        last = caught.name.rpartition(".")[2] if isinstance(caught, External) else ""
        return last in names or any(_builtin_is(n, last) for n in names)


def _builtin_is(name: str, above: str) -> bool:
    sub, base = getattr(builtins, name, None), getattr(builtins, above, None)
    return isinstance(sub, type) and isinstance(base, type) and issubclass(sub, base)


def _standard(name: str) -> int | None:
    return int(HTTPStatus[name]) if name in HTTPStatus.__members__ else None
