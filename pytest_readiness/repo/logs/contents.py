"""What a record says: its fields with their values, however it is put together."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.logs.values import Frame, Spot, Values
from pytest_readiness.repo.modules import Function, call_name, text_of
from pytest_readiness.repo.names import Names

ECHOES = frozenset(
    {"dumps", "asdict", "model_dump", "model_dump_json", "json", "dict", "to_dict", "as_dict", "vars", "str", "repr",
     "encode", "decode", "copy", "deepcopy", "jsonable_encoder", "text", "serialize", "to_json"}
)  # fmt: skip
"""Calls that give the record that they are called with, or on, in another dress."""
_INSERT = re.compile(r"\binsert\s+(?:or\s+\w+\s+)?into\s+[\w.\"`]+\s*\(([^)]*)\)", re.IGNORECASE)
_DEPTH = 7


@dataclass(frozen=True)
class Entry:
    """One field of a record; no key for what only stands in the message."""

    key: str | None
    spot: Spot


class Contents:
    """Takes records apart."""

    def __init__(self, names: Names, values: Values) -> None:
        self._names, self._values = names, values

    def of(self, spot: Spot, depth: int = _DEPTH, *, texts: bool = False) -> Iterator[Entry]:
        """The fields of what the expression holds. What was only worked into a text counts with `texts`: a key that is
        built from the tenant does not tell it."""
        if depth <= 0:
            return
        frame, node = spot
        match node:
            case ast.Dict():
                yield from self._display(frame, node, depth)
            case ast.JoinedStr() if texts:
                yield from self._message(
                    frame, [v.value for v in node.values if isinstance(v, ast.FormattedValue)], depth
                )
            case ast.BinOp(left=left, right=right) if texts:
                parts = right.elts if isinstance(right, ast.Tuple) else [right]
                yield from self._message(frame, [left, *parts], depth)
            case ast.List() | ast.Tuple() | ast.Set():
                yield from (e for part in node.elts for e in self.of(Spot(frame, part), depth - 1))
            case ast.ListComp() | ast.GeneratorExp():
                yield from self.of(Spot(frame, node.elt), depth - 1)
            case ast.Call():
                yield from self._call(frame, node, depth, texts=texts)
            case ast.Name() | ast.Attribute() | ast.Await() | ast.IfExp() | ast.BoolOp() | ast.NamedExpr():
                yield from self._followed(spot, depth, texts=texts)

    def message(self, frame: Frame, parts: list[ast.expr]) -> Iterator[Entry]:
        """The fields of a message and what is put into it."""
        for first in parts[:1]:
            yield from self.of(Spot(frame, first), texts=True)
        yield from self._message(frame, parts[1:], _DEPTH)

    def keywords(self, frame: Frame, call: ast.Call, skipped: frozenset[str] = frozenset()) -> Iterator[Entry]:
        """The keywords of a call as fields."""
        for keyword in call.keywords:
            if keyword.arg is None:
                yield from self.of(Spot(frame, keyword.value))
            elif keyword.arg not in skipped:
                yield Entry(keyword.arg, Spot(frame, keyword.value))
                yield from self._nested(frame, keyword.value, _DEPTH)

    def inserted(self, frame: Frame, call: ast.Call) -> Iterator[Entry]:
        """The columns that an INSERT statement fills."""
        texts = [t for a in call.args[:1] for s in self._values.of(Spot(frame, _unwrapped(a))) if (t := _text(s.node))]
        found = next((m for t in texts if (m := _INSERT.search(t))), None)
        if found is None:
            return
        columns = [c.strip(' "`') for c in found.group(1).split(",")]
        rest = call.args[1:]
        if len(rest) == 1 and not isinstance(rest[0], ast.Tuple | ast.List):
            yield from self.of(Spot(frame, rest[0]))
        values = rest[0].elts if len(rest) == 1 and isinstance(rest[0], ast.Tuple | ast.List) else rest
        yield from (Entry(c, Spot(frame, v)) for c, v in zip(columns, values, strict=False))

    def _display(self, frame: Frame, node: ast.Dict, depth: int) -> Iterator[Entry]:
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                yield from self.of(Spot(frame, value), depth - 1)
                continue
            for named in self._values.of(Spot(frame, key)):
                if (name := text_of(named.node)) is not None:
                    yield Entry(name, Spot(frame, value))
            yield from self._nested(frame, value, depth)

    def _nested(self, frame: Frame, value: ast.expr, depth: int) -> Iterator[Entry]:
        if isinstance(value, ast.Dict | ast.Call | ast.List):
            yield from self.of(Spot(frame, value), depth - 1)

    def _message(self, frame: Frame, parts: list[ast.expr], depth: int) -> Iterator[Entry]:
        for part in parts:
            yield Entry(None, Spot(frame, part))
            yield from self.of(Spot(frame, part), depth - 1)

    def _call(self, frame: Frame, call: ast.Call, depth: int, *, texts: bool) -> Iterator[Entry]:
        name = call_name(call)
        classes = self._names.constructed(frame.module, call)
        if classes or name == "dict" or (name[:1].isupper() and call.keywords):
            yield from self.keywords(frame, call)
            for cls in classes:
                yield from (Entry(f, Spot(frame, a)) for f, a in zip(cls.fields, call.args, strict=False))
        if name in ECHOES:
            receiver = [call.func.value] if isinstance(call.func, ast.Attribute) else []
            for inner in (*call.args[:1], *receiver):
                yield from self.of(Spot(frame, inner), depth - 1)
        elif name == "format" and texts:
            yield from self.keywords(frame, call)
            yield from self._message(frame, call.args, depth)
        elif not classes:
            yield from self._followed(Spot(frame, call), depth, texts=texts)

    def _followed(self, spot: Spot, depth: int, *, texts: bool) -> Iterator[Entry]:
        for found in self._values.of(spot):
            if found.node is not spot.node:
                yield from self.of(found, depth - 1, texts=texts)
        if isinstance(spot.node, ast.Name) and spot.frame.function is not None:
            yield from self._changed(spot.frame, spot.frame.function, spot.node.id, depth)
        elif isinstance(spot.node, ast.Attribute) and spot.node.attr == "__dict__":
            yield from self.of(Spot(spot.frame, spot.node.value), depth - 1)

    def _changed(self, frame: Frame, function: Function, name: str, depth: int) -> Iterator[Entry]:
        """`record["cost"] = x`, `record.cost = x`, `record.update(cost=x)`."""
        for node in function.own_nodes:
            match node:
                case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=owner), slice=key)], value=value):
                    if owner == name and (text := text_of(key)) is not None:
                        yield Entry(text, Spot(frame, value))
                case ast.Assign(targets=[ast.Attribute(value=ast.Name(id=owner), attr=attr)], value=value):
                    if owner == name:
                        yield Entry(attr, Spot(frame, value))
                case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr="update")) if owner == name:
                    yield from self.keywords(frame, node)
                    yield from (e for a in node.args for e in self.of(Spot(frame, a), depth - 1))


def _unwrapped(node: ast.expr) -> ast.expr:
    """`text("INSERT ...")` of SQLAlchemy."""
    return node.args[0] if isinstance(node, ast.Call) and call_name(node) == "text" and node.args else node


def _text(node: ast.expr) -> str | None:
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(v) or "?" for v in node.values)
    return text_of(node)
