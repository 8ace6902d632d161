"""Is the tenant always given? Defaults of tenant parameters, and values that stand in for a missing tenant."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from pytest_readiness.repo.denial import Denials
from pytest_readiness.repo.modules import (
    Class,
    Function,
    FunctionNode,
    Module,
    Site,
    argument,
    call_name,
    constant,
    text_of,
)
from pytest_readiness.repo.names import Names, Value
from pytest_readiness.repo.tenants.words import (
    PARAMETERS,
    in_exempt_folder,
    is_exempt,
    is_log_call,
    is_tenant_name,
    key_of,
    names_tenant,
)
from pytest_readiness.repo.web import Web

_REJECTED = (400, 401, 403, 404, 422)
_DEPTH = 3
"""Most helper functions that are followed to the raise."""


@dataclass(frozen=True)
class Requirement:
    """A function that takes a tenant or stands in for a missing one, or the top level of a module that does."""

    name: str
    site: Site
    shortfalls: tuple[Site, ...]
    """Each default that nothing rejects, and each fallback; the notes say which."""


class Required:
    """What the product code does about a tenant that is not given."""

    def __init__(self, modules: tuple[Module, ...], names: Names, web: Web, denials: Denials) -> None:
        self._modules, self._names, self._web, self._denials = modules, names, web, denials

    def units(self) -> Iterator[Requirement]:
        """Every function with a tenant parameter or a fallback, and every module whose top level holds a fallback."""
        for module in self._modules:
            if in_exempt_folder(module.path):
                continue
            fallbacks: dict[Function | None, list[Site]] = {}
            for node, function in self._fallbacks(module):
                fallbacks.setdefault(function, []).append(node)
            if None in fallbacks:
                yield Requirement(module.path, fallbacks[None][0], tuple(fallbacks[None]))
            for function in module.functions:
                yield from self._of_function(function, fallbacks.get(function, []))

    def _of_function(self, function: Function, fallbacks: list[Site]) -> Iterator[Requirement]:
        parameters = [p for p in function.params if p.arg in PARAMETERS]
        if is_exempt(function) or not (parameters or fallbacks):
            return
        defaults = [s for p in parameters for s in self._default(function, p)]
        site = function.module.at(parameters[0] if parameters else function.node)
        yield Requirement(f"{function.path}: {function.qualname}", site, (*defaults, *fallbacks))

    def _default(self, function: Function, parameter: ast.arg) -> Iterator[Site]:
        given = next((i for i in self._web.inputs(function) if i.name == parameter.arg), None)
        if given is None or given.default is None or self._rejects(function, parameter.arg, _DEPTH):
            return
        shown = ast.unparse(given.default)[:40]
        yield function.module.at(
            parameter, f"{parameter.arg} may be left out (default {shown}) and nothing rejects that"
        )

    # -- is a missing tenant rejected before it is used? ---------------------------------------------------------------

    def _rejects(self, function: Function, name: str, depth: int) -> bool:
        """Whether the first thing that the body does with the parameter is to raise where it is missing."""
        for statement in _in_order(function.node.body):
            if not _mentions(statement, name) or _is_log(statement):
                continue
            match statement:
                case ast.If():
                    return self._rejected_by(function.module, statement, name)
                case ast.Assert(test=test):
                    return _true_if_given(test, name)
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    if self._rejected_in(function.module, value, name, depth):
                        return True
                case ast.Expr(value=value) | ast.Assign(value=value):
                    return self._rejected_in(function.module, value, name, depth)
                case _:
                    return False
        return False

    def _rejected_by(self, module: Module, node: ast.If, name: str) -> bool:
        if _true_if_missing(node.test, name):
            return self._leaves(module, node.body)
        return _true_if_given(node.test, name) and self._leaves(module, node.orelse)

    def _leaves(self, module: Module, block: list[ast.stmt]) -> bool:
        """Whether the block raises or answers the request with a denial."""
        last = block[-1] if block else None
        if isinstance(last, ast.Return):
            return self._denials.of_value(module, last.value) in _REJECTED
        if isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and call_name(last.value) == "abort":
            return True
        return isinstance(last, ast.Raise)

    def _rejected_in(self, module: Module, value: ast.expr, name: str, depth: int) -> bool:
        """Whether the value is a call of a function that raises where it is not given the tenant."""
        call = value.value if isinstance(value, ast.Await) else value
        if not isinstance(call, ast.Call) or depth <= 0:
            return False
        for function in self._names.functions(module, call.func):
            names = [p.arg for p in function.params]
            offset = int(function.cls is not None and isinstance(call.func, ast.Attribute) and names[:1] == ["self"])
            for index, parameter in enumerate(names[offset:]):
                passed = argument(call, parameter, index)
                if isinstance(passed, ast.Name) and passed.id == name and self._rejects(function, parameter, depth - 1):
                    return True
        return False

    # -- fallbacks -----------------------------------------------------------------------------------------------------

    def _fallbacks(self, module: Module) -> Iterator[tuple[Site, Function | None]]:
        """Literals that stand in for a missing tenant, each with the function it stands in."""
        if "tenant" not in module.text.lower():
            return
        for node in module.nodes:
            note = self._fallback(module, node)
            if note and not _in_log(module, node):
                yield module.at(node, note), module.enclosing_function(node)

    def _fallback(self, module: Module, node: ast.AST) -> str | None:
        match node:
            case ast.Call():
                return self._default_of_lookup(module, node)
            case ast.BoolOp(op=ast.Or(), values=[*before, last]):
                literal = self._literal(module, last)
                tenant = any(_is_tenant_value(v) for v in before)
                return f"a missing tenant becomes {literal}" if tenant and literal else None
            case ast.IfExp(body=body, orelse=other):
                literal = self._literal(module, other) if _is_tenant_value(body) else None
                literal = literal or (self._literal(module, body) if _is_tenant_value(other) else None)
                return f"a missing tenant becomes {literal}" if literal and _asks_tenant(node.test) else None
            case ast.If(test=test, body=[ast.Assign(targets=[ast.Name(id=name)], value=value), *_]):
                literal = self._literal(module, value)
                missing = is_tenant_name(name) and _true_if_missing(test, name)
                return f"a missing {name} becomes {literal}" if missing and literal else None
            case ast.Try(handlers=handlers):
                names = {n.id for s in node.body for n in ast.walk(s) if _is_stored_tenant(n)}
                return next((note for h in handlers if (note := self._caught(module, h, names))), None)
        return None

    def _caught(self, module: Module, handler: ast.ExceptHandler, names: set[str]) -> str | None:
        """`except KeyError: tenant_id = "default"`, where the body was to find it."""
        for statement in handler.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in names:
                    literal = self._literal(module, value)
                    if literal:
                        return f"a missing {name} becomes {literal}"
        return None

    def _default_of_lookup(self, module: Module, call: ast.Call) -> str | None:
        """`.get("tenant_id", "default")`, `os.getenv("TENANT_ID", "default")`, `getattr(x, "tenant_id", "default")`."""
        name = call_name(call)
        if name not in {"get", "getenv", "pop", "setdefault", "getattr"} or not call.args:
            return None
        at = 1 if name == "getattr" else 0
        key = call.args[at] if len(call.args) > at else None
        if key is None or not is_tenant_name(key_of(key)):
            return None
        literal = self._literal(module, argument(call, "default", at + 1))
        return f"a missing tenant becomes {literal}" if literal else None

    def _literal(self, module: Module, node: ast.expr | None) -> str | None:
        """The literal as source text, that of a constant looked up; None where it is none, or None itself."""
        if isinstance(node, ast.Constant):
            return None if node.value is None or isinstance(node.value, bool) else repr(node.value)
        if isinstance(node, ast.Name | ast.Attribute) and node in module.parents:
            values = [s.node for s in self._names.resolve(module, node) if isinstance(s, Value)]
            texts = [text_of(v) for v in values]
            return repr(texts[0]) if texts and texts[0] is not None else None
        return None


def has_tenants(module: Module) -> bool:
    """Whether the module knows tenants at all: a parameter, a field, a key or an attribute of that name."""
    if "tenant" not in module.text.lower():
        return False
    if any(is_tenant_name(p.arg) for f in module.functions for p in f.params):
        return True
    if any(name in PARAMETERS for c in module.classes for name in _fields(c)):
        return True
    keys = (n for n in module.nodes if isinstance(n, ast.Subscript | ast.Call | ast.Attribute))
    return any(names_tenant(n) and not _is_plain_call(n) for n in keys)


def _is_plain_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and call_name(node) not in {"get", "getlist", "pop", "getattr"}


def _fields(cls: Class) -> Iterator[str]:
    for node in cls.node.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        yield from (t.id for t in targets if isinstance(t, ast.Name))


def _is_stored_tenant(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and is_tenant_name(node.id)


def _is_tenant_value(node: ast.expr) -> bool:
    inner = node.values if isinstance(node, ast.BoolOp) else [node]
    return any(names_tenant(n) for n in inner)


def _asks_tenant(test: ast.expr) -> bool:
    return any(isinstance(n, ast.expr) and names_tenant(n) for n in ast.walk(test))


def _in_order(block: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements in the order in which they run, those inside with and try included."""
    for statement in block:
        if isinstance(statement, ast.With | ast.AsyncWith | ast.Try):
            yield from _in_order(statement.body)
        else:
            yield statement


def _mentions(statement: ast.stmt, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(statement))


def _is_log(statement: ast.stmt) -> bool:
    value = getattr(statement, "value", None)
    return isinstance(statement, ast.Expr) and isinstance(value, ast.Call) and is_log_call(value)


def _in_log(module: Module, node: ast.AST) -> bool:
    """Whether the value is only written to a log, or tells in an exception what went wrong."""
    for parent in module.ancestors(node):
        if isinstance(parent, ast.stmt | FunctionNode):
            return isinstance(parent, ast.Raise)
        if isinstance(parent, ast.Call) and is_log_call(parent):
            return True
    return False


def _true_if_missing(test: ast.expr, name: str) -> bool:
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _true_if_given(operand, name)
        case ast.Compare(left=left, ops=[ast.Is() | ast.Eq()], comparators=[other]):
            return _is_name(left, name) and not constant(other)
        case ast.BoolOp(op=ast.Or(), values=values):
            return any(_true_if_missing(v, name) for v in values)
    return False


def _true_if_given(test: ast.expr, name: str) -> bool:
    match test:
        case ast.Name():
            return test.id == name
        case ast.Call(func=ast.Attribute(value=value, attr="strip"), args=[]):
            return _is_name(value, name)
        case ast.Call(func=ast.Name(id="isinstance" | "bool" | "len"), args=[first, *_]):
            return _is_name(first, name)
        case ast.Compare(left=left, ops=[ast.IsNot() | ast.NotEq()], comparators=[ast.Constant(value=None | "")]):
            return _is_name(left, name)
        case ast.BoolOp(op=ast.And(), values=values):
            return any(_true_if_given(v, name) for v in values)
    return False


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
