"""What a logging set-up puts into every record: which slot, under which key."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.repo.binding import target_values
from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.logs.formats import STRUCTURED
from pytest_readiness.repo.logs.setups import FACTORY, FILTER, FORMATTER, HANDLER, POWERTOOLS, Part
from pytest_readiness.repo.logs.slots import (
    CORRELATION,
    DDTRACE,
    LOGURU,
    OTEL,
    POWERTOOLS_KEYS,
    STRUCTLOG,
    Slot,
    Slots,
    reached,
)
from pytest_readiness.repo.modules import Class, Function, Site, argument, call_name, text_of
from pytest_readiness.repo.names import External

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

METHODS = ("format", "filter", "emit", "__call__", "add_fields", "process_log_record", "formatMessage", "serialize",
           "json_record", "mutate_json_record", "extra_from_record")  # fmt: skip
"""Methods by which a part works on a record."""
_BEFORE_KEY = re.compile(r"""[\[\s({,"']?([\w.-]+)["']?\s*[=:]\s*["']?$""")
_LEVELS = frozenset({"levelno", "levelname", "exc_info", "exc_text", "stack_info"})
_MERGES = re.compile(r"^structlog\.(contextvars\.merge_contextvars|threadlocal\.merge_threadlocal)")
_DEPTH = 3


@dataclass(frozen=True)
class Emission:
    """A slot that is put into the record under a key; None stands for all keys that the slot holds.

    `attribute`: it is only put on the record object; the formatter must still write it.
    """

    slot: Slot
    key: str | None
    site: Site
    attribute: bool = False


class Emitting:
    """Reads parts of set-ups."""

    def __init__(self, repo: Repo, slots: Slots) -> None:
        self._repo, self._names, self._origins, self._slots = repo, repo.names, repo.origins, slots

    def of(self, parts: list[Part]) -> list[Emission]:
        """What is written with every record that passes all of these parts."""
        found = [e for p in parts for e in self._of_part(p)]
        return [e for e in found if not e.attribute or any(self._writes(p, e.key or "") for p in parts)]

    def _of_part(self, part: Part) -> Iterator[Emission]:
        for kind in part.kinds:
            if isinstance(kind, External):
                yield from self._external(kind.name, part)
            else:
                for function in reached(self._repo, self._entries(kind), _DEPTH):
                    yield from self._stored(function, part.role)

    def _entries(self, kind: Class | Function) -> list[Function]:
        if isinstance(kind, Function):
            return [kind]
        found = (self._names.method(kind, name) for name in METHODS)
        return [m for m in found if m is not None]

    def _external(self, name: str, part: Part) -> Iterator[Emission]:
        """What parts of libraries put into a record."""
        if _MERGES.match(name):
            yield Emission(Slot(STRUCTLOG), None, part.site)
        elif name in POWERTOOLS:
            yield Emission(Slot(POWERTOOLS_KEYS), None, part.site)
        elif name == "loguru.serialize" or any("{extra" in t for t in part.texts):
            yield Emission(Slot(LOGURU), None, part.site)
        elif name.startswith("asgi_correlation_id") and name.endswith("CorrelationIdFilter"):
            yield Emission(Slot(CORRELATION), "correlation_id", part.site, attribute=True)
        elif name.startswith("opentelemetry.instrumentation.logging"):
            yield Emission(Slot(OTEL), "otelTraceID", part.site, attribute=not part.texts)
        elif name.startswith("opentelemetry.sdk._logs"):
            yield Emission(Slot(OTEL), "trace_id", part.site)
        elif name.startswith("ddtrace"):
            yield Emission(Slot(DDTRACE), "dd.trace_id", part.site, attribute=True)

    def _stored(self, function: Function, role: str) -> Iterator[Emission]:
        """What the function writes of a slot into the record or into a mapping."""
        reads = [(n, s) for n in function.own_nodes if isinstance(n, ast.expr)
                 for s in self._slots.read(function.module, n)]  # fmt: skip
        for slot in dict.fromkeys(s for _, s in reads):
            seeds = {n for n, s in reads if s == slot}
            flow = Flow(function, seed=lambda node, seeds=seeds: node in seeds)  # type: ignore[misc]
            for node in function.own_nodes:
                if not _is_conditional(function, node):
                    for key, on_record in self._keys(function, node, flow, role):
                        yield Emission(slot, key, function.module.at(node), on_record)

    def _keys(self, function: Function, node: ast.AST, flow: Flow, role: str) -> Iterator[tuple[str | None, bool]]:
        """The keys under which a node stores what flows, and whether that is an attribute of the record."""
        match node:
            case ast.Assign(targets=targets, value=value):
                for target, given in (p for t in targets for p in target_values(t, value)):
                    if flow.carries(given or value):
                        yield from self._target(function, target, role)
            case ast.Dict(keys=keys, values=values):
                pairs = ((k, v) for k, v in zip(keys, values, strict=True) if flow.carries(v))
                for key, _ in pairs:
                    yield (text_of(key) if key is not None else None), False
            case ast.Call():
                yield from self._passed(node, flow, role)
            case ast.JoinedStr(values=parts):
                for before, part in itertools.pairwise(parts):
                    told = _BEFORE_KEY.search(text_of(before) or "")
                    if told and isinstance(part, ast.FormattedValue) and flow.carries(part.value):
                        yield told.group(1), False

    def _target(self, function: Function, target: ast.expr, role: str) -> Iterator[tuple[str | None, bool]]:
        if isinstance(target, ast.Subscript):
            on_record = isinstance(target.value, ast.Attribute) and target.value.attr == "__dict__"
            for origin in self._origins.of(function.module, target.slice):
                if (key := text_of(origin.node)) is not None:
                    yield key, on_record
        elif isinstance(target, ast.Attribute) and not _is_self(target.value) and role in (FILTER, FACTORY, FORMATTER):
            yield target.attr, True

    def _passed(self, call: ast.Call, flow: Flow, role: str) -> Iterator[tuple[str | None, bool]]:
        name = call_name(call)
        if name in ("update", "dict", "bind", "setdefault"):
            yield from ((k.arg, False) for k in call.keywords if flow.carries(k.value))
            if name == "update" and any(flow.carries(a) and not isinstance(a, ast.Dict) for a in call.args):
                yield None, False
            if name == "setdefault" and len(call.args) == 2 and flow.carries(call.args[1]):
                yield text_of(call.args[0]), False
        elif name == "setattr" and len(call.args) == 3 and flow.carries(call.args[2]):
            yield text_of(call.args[1]), role in (FILTER, FACTORY, FORMATTER)

    def _writes(self, part: Part, attribute: str) -> bool:
        """Whether a formatter writes an attribute of the record."""
        if part.role not in (FORMATTER, HANDLER):
            return False
        marks = (f"%({attribute})", f"{{{attribute}}}", f"{{{attribute}:", f"${{{attribute}}}", f"${attribute}")
        if any(m in t for t in part.texts for m in marks):
            return True
        return any(self._shows(kind, attribute) for kind in part.kinds)

    def _shows(self, kind: Class | Function | External, attribute: str) -> bool:
        if isinstance(kind, External):
            return bool(STRUCTURED.match(kind.name)) and not kind.name.startswith("structlog")
        if isinstance(kind, Class):
            own = self._names.method(kind, "format")
            line = self._names.ancestry(kind)
            if own is None and any(isinstance(b, External) and STRUCTURED.match(b.name) for b in line):
                return True
        functions = list(reached(self._repo, self._entries(kind), _DEPTH))
        if any(_mentions(n, attribute) for f in functions for n in f.own_nodes):
            return True
        return any(self._lists(f, attribute) for f in functions)

    def _lists(self, function: Function, attribute: str) -> bool:
        """`getattr(record, name)` for each name of a constant list that names the attribute."""
        taken = [c for c in function.calls if call_name(c) == "getattr" and len(c.args) > 1]
        if all(text_of(c.args[1]) is not None for c in taken):
            return False
        named = (n for n in function.own_nodes if isinstance(n, ast.Name | ast.Attribute))
        origins = (o.node for n in named for o in self._origins.of(function.module, n))
        displays = (n for n in origins if isinstance(n, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.Call))
        return any(text_of(n) == attribute for d in displays for n in ast.walk(d))


def _mentions(node: ast.AST, attribute: str) -> bool:
    """`record.request_id`, `getattr(record, "request_id")`, `record.__dict__`, `vars(record)`."""
    match node:
        case ast.Attribute(attr=name, ctx=ast.Load()):
            return name in (attribute, "__dict__")
        case ast.Constant(value=value):
            return value == attribute
        case ast.Call(func=ast.Name(id="vars")):
            return argument(node, "", 0) is not None
    return False


def _is_conditional(function: Function, node: ast.AST) -> bool:
    """Whether the node only runs for records of some level, or with an exception."""
    child = node
    for parent in function.module.ancestors(node):
        if parent is function.node:
            return False
        if isinstance(parent, ast.If | ast.IfExp) and child is not parent.test:
            asked = {n.attr for n in ast.walk(parent.test) if isinstance(n, ast.Attribute)}
            if asked & _LEVELS:
                return True
        child = parent
    return False


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
