"""Where code keeps a value for the length of a request, and where it reads it again.

A slot is one such place: a ContextVar of the repository, an attribute of flask.g, structlog's context variables, the
current span of a tracing library.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.repo.binding import target_values
from pytest_readiness.repo.modules import Function, Module, Site, call_name, text_of
from pytest_readiness.repo.pii import words_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

CONTEXT_VAR = "contextvars.ContextVar"
STRUCTLOG, OTEL, DDTRACE, LOGURU, POWERTOOLS_KEYS, CORRELATION, STARLETTE, XRAY = (
    "structlog", "opentelemetry", "ddtrace", "loguru", "powertools", "asgi-correlation-id", "starlette-context", "xray"
)  # fmt: skip
_READERS = (
    (CORRELATION, re.compile(r"^asgi_correlation_id\.(context\.)?correlation_id\.get$")),
    (STARLETTE, re.compile(r"^starlette_context\.context\b")),
    (OTEL, re.compile(r"^opentelemetry\.trace\.(propagation\.)?get_current_span$")),
    (DDTRACE, re.compile(r"^ddtrace\.(trace\.)?tracer\.(get_log_correlation_context|current_)")),
    (STRUCTLOG, re.compile(r"^structlog\.contextvars\.get_(merged_)?contextvars$")),
    (XRAY, re.compile(r"^aws_xray_sdk\.core\.xray_recorder\.")),
)
_BINDERS = (
    (STRUCTLOG, re.compile(r"^structlog\.(contextvars\.(bind|bound)_contextvars|threadlocal\.bind_threadlocal)$")),
    (LOGURU, re.compile(r"^loguru\.(_?logger\.)?logger\.contextualize$|^loguru\.logger\.contextualize$")),
    (POWERTOOLS_KEYS, re.compile(r"^aws_lambda_powertools\..*Logger\.(append_keys|append_context_keys)$")),
)
_ID_WORDS = frozenset({"trace", "span", "correlation", "request", "req", "transaction"})
_JOINED_IDS = frozenset({"traceid", "spanid", "requestid", "correlationid", "traceparent", "reqid"})
_DEPTH = 4


@dataclass(frozen=True)
class Slot:
    """One place; equal slots are the same place. `what` tells the places of one kind apart."""

    kind: str
    what: object = ""


@dataclass(frozen=True)
class Bound:
    """Something that is kept in a slot. `keys` are the names it is kept under, None where the slot holds it alone."""

    slot: Slot
    keys: frozenset[str] | None
    site: Site


def is_trace_key(key: str) -> bool:
    """Whether a key of a record names the request or its trace: trace_id, spanId, x-request-id, otelTraceID."""
    words = words_of(key)
    pairs = itertools.pairwise(words)
    return bool(_JOINED_IDS & set(words)) or words == ["trace"] or any(a in _ID_WORDS and b == "id" for a, b in pairs)


class Slots:
    """Recognises slots in expressions and statements."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._names, self._origins = repo, repo.names, repo.origins
        self._reads: dict[ast.AST, tuple[Slot, ...]] = {}

    def read(self, module: Module, node: ast.expr, depth: int = _DEPTH) -> tuple[Slot, ...]:
        """The slots that evaluating the expression itself reads: `request_id.get()`, `g.request_id`."""
        if not isinstance(node, ast.Call | ast.Attribute | ast.Subscript):
            return ()
        if node not in self._reads:
            self._reads[node] = ()
            self._reads[node] = tuple(dict.fromkeys(self._read(module, node, depth)))
        return self._reads[node]

    def _read(self, module: Module, node: ast.expr, depth: int) -> Iterator[Slot]:
        if isinstance(node, ast.Subscript):
            yield from (Slot(STARLETTE) for n in self._names.dotted(module, node.value) if _READERS[1][1].match(n))
            return
        if isinstance(node, ast.Call):
            yield from self._called(module, node, depth)
            named = self._names.dotted(module, node.func)
        else:
            named = self._names.dotted(module, node)
        for name in named:
            yield from (Slot(kind) for kind, pattern in _READERS if pattern.match(name))
            if name.startswith("flask.g.") and isinstance(node, ast.Attribute):
                yield Slot("flask.g", node.attr)

    def _called(self, module: Module, call: ast.Call, depth: int) -> Iterator[Slot]:
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr == "get":
            yield from self.variables(module, func.value)
        if call_name(call) in ("get", "getattr") and call.args:
            holder = func.value if isinstance(func, ast.Attribute) else call.args[0]
            name = text_of(call.args[-1 if isinstance(func, ast.Attribute) else 1]) if len(call.args) > 1 else None
            name = name or text_of(call.args[0])
            if name and "flask.g" in self._names.dotted(module, holder):
                yield Slot("flask.g", name)
        for function in self._names.functions(module, func) if depth > 0 else ():
            for returned in function.returns:
                yield from self._returned(function, returned.value, depth - 1)

    def _returned(self, function: Function, node: ast.expr | None, depth: int) -> Iterator[Slot]:
        """What a function of the repository gives back: the slot itself, or a name for it."""
        for part in ast.walk(node) if node is not None else ():
            if isinstance(part, ast.Name):
                bound = (b.value for b in self._names.bindings(function).get(part.id, []))
                yield from (s for v in bound if v is not None for s in self.read(function.module, v, depth))
            elif isinstance(part, ast.expr):
                yield from self.read(function.module, part, depth)

    def variables(self, module: Module, node: ast.expr) -> Iterator[Slot]:
        """The ContextVars that the expression may hold."""
        for origin in self._origins.of(module, node):
            if isinstance(origin.node, ast.Call) and self._makes_variable(origin.module, origin.node):
                yield Slot("variable", origin.node)

    def _makes_variable(self, module: Module, call: ast.Call) -> bool:
        func = call.func.value if isinstance(call.func, ast.Subscript) else call.func
        return CONTEXT_VAR in self._names.dotted(module, func)

    def bound(self, function: Function) -> Iterator[Bound]:
        """What the function's own statements keep, constants left out."""
        module = function.module
        for call in function.calls:
            if not self._repo.live.is_dead(module, call):
                yield from self._bound_by(module, call)
        for node in function.own_nodes:
            if isinstance(node, ast.Assign):
                for target, value in (p for t in node.targets for p in target_values(t, node.value)):
                    if isinstance(value, ast.Constant):
                        continue
                    if isinstance(target, ast.Attribute) and "flask.g" in self._names.dotted(module, target.value):
                        yield Bound(Slot("flask.g", target.attr), frozenset([target.attr]), module.at(node))

    def _bound_by(self, module: Module, call: ast.Call) -> Iterator[Bound]:
        func = call.func
        given = [k for k in call.keywords if k.arg and not isinstance(k.value, ast.Constant)]
        names = frozenset(str(k.arg) for k in given)
        if isinstance(func, ast.Attribute) and func.attr == "set" and call.args and not _is_constant(call.args[0]):
            for slot in self.variables(module, func.value):
                yield Bound(slot, self._keys(module, call.args[0]), module.at(call))
        for dotted in self._names.dotted(module, func):
            found = next((kind for kind, pattern in _BINDERS if pattern.match(dotted)), None)
            if found and names:
                yield Bound(Slot(found), names, module.at(call))
            elif dotted.endswith("Logger.set_correlation_id") and "powertools" in dotted:
                yield Bound(Slot(POWERTOOLS_KEYS), frozenset(["correlation_id"]), module.at(call))

    def _keys(self, module: Module, value: ast.expr) -> frozenset[str] | None:
        """The keys of a dict that is kept; None for a plain value."""
        found: set[str] = set()
        for origin in self._origins.of(module, value):
            if isinstance(origin.node, ast.Dict):
                pairs = zip(origin.node.keys, origin.node.values, strict=True)
                found |= {k for key, v in pairs if (k := text_of(key)) and not _is_constant(v)}
            elif isinstance(origin.node, ast.Call) and call_name(origin.node) == "dict":
                found |= {str(k.arg) for k in origin.node.keywords if k.arg and not _is_constant(k.value)}
        return frozenset(found) or None


def reached(repo: Repo, entries: list[Function], depth: int = _DEPTH) -> Iterator[Function]:
    """The functions, and those of the repository that they call; what `with` enters too."""
    seen: set[ast.AST] = set()
    todo = [(f, depth) for f in entries]
    while todo:
        function, left = todo.pop(0)
        if function.node in seen:
            continue
        seen.add(function.node)
        yield function
        if left > 0:
            todo += [(f, left - 1) for f in called_by(repo, function)]


def called_by(repo: Repo, function: Function) -> Iterator[Function]:
    """The functions of the repository that a function's own calls run; a class stands for what building one runs."""
    entered = {i.context_expr for n in function.own_nodes if isinstance(n, ast.With | ast.AsyncWith) for i in n.items}
    for call in function.calls:
        for given in (call.func, *(a for a in call.args if isinstance(a, ast.Name | ast.Attribute))):
            yield from repo.names.functions(function.module, given)
        for cls in repo.names.constructed(function.module, call):
            names = ["__init__", "__post_init__", *(("__enter__", "__aenter__") if call in entered else ())]
            yield from (m for n in names if (m := repo.names.method(cls, n)) is not None)


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


Predicate = Callable[[str], bool]
