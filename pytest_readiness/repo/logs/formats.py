"""Which parts of a logging set-up write structured records: JSON or logfmt, one object a record."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.logs.setups import FORMATTER, HANDLER, POWERTOOLS, PROCESSOR, Part
from pytest_readiness.repo.modules import Class, Function, call_name, constant
from pytest_readiness.repo.names import External, Names
from pytest_readiness.repo.origins import Origins

STRUCTURED = re.compile(
    r"^(pythonjsonlogger\..*Formatter|json_log_formatter\.|jsonformatter\.|logging_json\.|json_logging\.|ecs_logging\."
    r"|logstash_formatter\.|logstash_async\.formatter\.|logstash\.Logstash|google\.cloud\.logging.*"
    r"|opentelemetry\.sdk\._logs\.LoggingHandler|aws_lambda_powertools\..*LambdaPowertoolsFormatter"
    r"|structlog\.processors\.(JSONRenderer|LogfmtRenderer)|loguru\.serialize$)"
)
DUMPS = frozenset(
    {"json.dumps", "orjson.dumps", "ujson.dumps", "simplejson.dumps", "rapidjson.dumps", "msgspec.json.encode",
     "msgspec.json.Encoder.encode", "json.JSONEncoder.encode", "bson.json_util.dumps"}
)  # fmt: skip
_MODEL_DUMPS = frozenset({"model_dump_json"})
_KEEPS = frozenset({"decode", "strip", "rstrip", "replace", "translate", "str"})
"""Calls whose result is the same text."""
_SUBSTITUTES = frozenset({"sub"})
"""Calls whose result is one of their arguments, with parts of it replaced."""
_DEPTH = 4
_NONE: frozenset[str] = frozenset()


class Formats:
    """Judges parts of set-ups."""

    def __init__(self, names: Names, origins: Origins) -> None:
        self._names, self._origins = names, origins

    def structured(self, part: Part) -> bool:
        """Whether records leave the part as JSON or logfmt."""
        if any(self.structured(i) for i in part.inner):
            return True
        return any(self._writes(kind, part.role) for kind in part.kinds)

    def _writes(self, kind: Class | Function | External, role: str) -> bool:
        if isinstance(kind, External):
            return bool(STRUCTURED.match(kind.name)) or kind.name in POWERTOOLS
        if isinstance(kind, Function):
            return role in (FORMATTER, PROCESSOR) and self.gives_json(kind)
        if role == HANDLER:
            return self._emits(kind)
        return self._formats(kind)

    def _formats(self, cls: Class) -> bool:
        """Its own `format` (or `__call__`, for a renderer) decides; without one the library's class that it extends."""
        own = self._names.method(cls, "format") or self._names.method(cls, "__call__")
        if own is not None:
            return self.gives_json(own)
        line = self._names.ancestry(cls)
        return any(isinstance(b, External) and STRUCTURED.match(b.name) for b in line)

    def _emits(self, cls: Class) -> bool:
        """A handler that writes JSON itself."""
        if any(isinstance(b, External) and STRUCTURED.match(b.name) for b in self._names.ancestry(cls)):
            return True
        own = self._names.method(cls, "emit")
        return own is not None and any(self._dumps(own, c) for c in own.calls)

    def gives_json(self, function: Function) -> bool:
        """Whether all that the function returns is the JSON text of something that came in.

        What is returned after an exception does not count.
        """
        values = [r.value for r in function.returns if r.value is not None and not _after_exception(function, r)]
        return bool(values) and all(self._is_json(function, v, _DEPTH) for v in values)

    def _is_json(self, function: Function, node: ast.expr, depth: int, given: frozenset[str] = _NONE) -> bool:
        """Whether the value is JSON text, where the given arguments of the function are."""
        if depth <= 0:
            return False
        match node:
            case ast.Name():
                bound = (self._is_json(function, v, depth - 1, given) for v in self._bound(function, node))
                return node.id in given or any(bound)
            case ast.IfExp():
                return all(self._is_json(function, v, depth - 1, given) for v in (node.body, node.orelse))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._is_json(function, left, depth - 1, given) and isinstance(constant(right), str | bytes)
            case ast.Await() | ast.NamedExpr():
                return self._is_json(function, node.value, depth - 1, given)
            case ast.JoinedStr(values=[ast.FormattedValue(value=inner), *rest]):
                ends = all(isinstance(constant(r), str) and not str(constant(r)).strip() for r in rest)
                return ends and self._is_json(function, inner, depth - 1, given)
            case ast.Call():
                return self._called_json(function, node, depth, given)
        return False

    def _called_json(self, function: Function, call: ast.Call, depth: int, given: frozenset[str]) -> bool:
        if self._dumps(function, call):
            return True
        if isinstance(call.func, ast.Attribute) and call.func.attr in _KEEPS:
            return self._is_json(function, call.func.value, depth - 1, given)
        if call_name(call) in _KEEPS and call.args:
            return self._is_json(function, call.args[0], depth - 1, given)
        if _is_super(call):
            above = self._names.ancestry(function.cls)[1:] if function.cls else []
            return any(isinstance(b, External) and STRUCTURED.match(b.name) for b in above)
        arguments = [a for a in [*call.args, *(k.value for k in call.keywords)] if not isinstance(a, ast.Starred)]
        if call_name(call) in _SUBSTITUTES:
            return any(self._is_json(function, a, depth - 1, given) for a in arguments)
        called = [f for f in self._names.functions(function.module, call.func) if f is not function]
        return any(self._returns_json(f, depth - 1, self._json_of(function, call, f, depth, given)) for f in called)

    def _json_of(
        self, function: Function, call: ast.Call, called: Function, depth: int, given: frozenset[str]
    ) -> frozenset[str]:
        """The parameters that a call gives JSON text."""
        passed = {p.arg: self._origins.argument_of(called, call, p.arg) for p in called.params}
        return frozenset(n for n, v in passed.items() if v is not None and self._is_json(function, v, depth - 1, given))

    def _returns_json(self, function: Function, depth: int, given: frozenset[str]) -> bool:
        return any(self._is_json(function, r.value, depth, given) for r in function.returns if r.value is not None)

    def _dumps(self, function: Function, call: ast.Call) -> bool:
        """A call that makes JSON of something that came in as an argument of the function."""
        named = set(self._names.dotted(function.module, call.func))
        if not named & DUMPS and call_name(call) not in _MODEL_DUMPS:
            return False
        given = [*call.args, *(k.value for k in call.keywords if k.arg in (None, "obj"))]
        if isinstance(call.func, ast.Attribute) and call_name(call) in _MODEL_DUMPS:
            given.append(call.func.value)
        flow = Flow(function, names=[p.arg for p in function.params])
        return any(flow.carries(g) for g in given)

    def _bound(self, function: Function, name: ast.Name) -> Iterator[ast.expr]:
        for binding in self._names.bindings(function).get(name.id, []):
            if binding.value is not None:
                yield binding.value


def _after_exception(function: Function, node: ast.AST) -> bool:
    return any(isinstance(p, ast.ExceptHandler) for p in _within(function, node))


def _within(function: Function, node: ast.AST) -> Iterator[ast.AST]:
    """The ancestors of a node inside the function."""
    for parent in function.module.ancestors(node):
        if parent is function.node:
            return
        yield parent


def _is_super(call: ast.Call) -> bool:
    """`super().format(record)`."""
    inner = call.func.value if isinstance(call.func, ast.Attribute) else None
    return isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "super"
