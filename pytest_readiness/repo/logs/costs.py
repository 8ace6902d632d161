"""Is a value an amount of money that was worked out from a call's tokens?"""

from __future__ import annotations

import ast

from pytest_readiness.repo.logs.contents import Entry
from pytest_readiness.repo.logs.values import Spot, Values
from pytest_readiness.repo.modules import call_name, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.pii import words_of

COST_WORDS = frozenset({"cost", "costs", "usd"})
_FUNCTION_WORDS = COST_WORDS | {"price", "charge", "spend"}
_USAGE_WORDS = frozenset({"token", "tokens", "usage", "completion", "prompt", "input", "output", "count"})
_SAME = frozenset({"round", "str", "float", "Decimal", "int", "max", "min", "abs", "format", "quantize", "sum", "item"})
_PRODUCTS = (ast.Mult, ast.Div)
_DEPTH = 7


def names_cost(name: str) -> bool:
    """Whether a key or identifier speaks of cost or US dollars."""
    return bool(COST_WORDS & set(words_of(name)))


class Costs:
    """Judges values."""

    def __init__(self, names: Names, values: Values) -> None:
        self._names, self._values = names, values

    def is_cost(self, entry: Entry) -> bool:
        """Whether the field is a cost, by its key or by the name of what is logged, and computed."""
        name = entry.key if entry.key is not None else _own_name(entry.spot.node)
        return names_cost(name) and self.computed(entry.spot)

    def computed(self, spot: Spot, depth: int = _DEPTH) -> bool:
        """Whether the value is a product of token counts, or what a cost function gives."""
        return depth > 0 and any(self._computed(s, depth - 1) for s in self._values.of(spot))

    def _computed(self, spot: Spot, depth: int) -> bool:
        frame, node = spot
        match node:
            case ast.BinOp(op=op) if isinstance(op, _PRODUCTS) and self._counts(spot, depth):
                return True
            case ast.BinOp(left=left, right=right):
                return any(self.computed(Spot(frame, n), depth) for n in (left, right))
            case ast.UnaryOp(operand=operand):
                return self.computed(Spot(frame, operand), depth)
            case ast.Dict(values=values):
                return any(self.computed(Spot(frame, v), depth) for v in values)
            case ast.JoinedStr(values=values):
                inner = [v.value for v in values if isinstance(v, ast.FormattedValue)]
                return any(self.computed(Spot(frame, v), depth) for v in inner)
            case ast.GeneratorExp(elt=elt) | ast.ListComp(elt=elt):
                return self.computed(Spot(frame, elt), depth)
            case ast.Call():
                return self._called(spot, node, depth)
            case ast.Subscript(value=base, slice=key):
                return self._member(Spot(frame, base), text_of(key) or "", depth)
            case ast.Attribute(value=base, attr=name):
                return self._member(Spot(frame, base), name, depth)
        return False

    def _called(self, spot: Spot, call: ast.Call, depth: int) -> bool:
        name, frame = call_name(call), spot.frame
        if name in _SAME:
            receiver = [call.func.value] if isinstance(call.func, ast.Attribute) else []
            return any(self.computed(Spot(frame, a), depth) for a in (*call.args, *receiver))
        if name == "get" and isinstance(call.func, ast.Attribute) and call.args:
            return self._member(Spot(frame, call.func.value), text_of(call.args[0]) or "", depth)
        own = self._names.functions(frame.module, call.func)
        told = bool(_FUNCTION_WORDS & set(words_of(name))) and bool(call.args or call.keywords)
        return told and not own

    def _member(self, base: Spot, name: str, depth: int) -> bool:
        """A field of another record: judged by what that was given, taken as computed where it comes from a library."""
        if not names_cost(name):
            return False
        found = self._values.of(base)
        given = [Spot(s.frame, v) for s in found for k, v in _fields(s.node) if k == name]
        if given:
            return any(self.computed(g, depth) for g in given)
        return not any(isinstance(s.node, ast.Dict | ast.Constant) for s in found)

    def _counts(self, spot: Spot, depth: int) -> bool:
        """Whether a product has the use of the model among its factors."""
        if _mentions_usage(spot.node):
            return True
        inner = [n for n in ast.walk(spot.node) if isinstance(n, ast.Name | ast.Call)]
        followed = (s for n in inner for s in self._values.of(Spot(spot.frame, n), depth) if s.node is not n)
        return any(_mentions_usage(s.node) for s in followed)


def _mentions_usage(node: ast.AST) -> bool:
    names = (n.id if isinstance(n, ast.Name) else n.attr if isinstance(n, ast.Attribute) else text_of(n) or ""
             for n in ast.walk(node))  # fmt: skip
    return any(_USAGE_WORDS & set(words_of(name)) for name in names if len(name) < 60)


def _own_name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=key):
            return text_of(key) or ""
        case ast.Call(args=[inner, *_]) if call_name(node) in _SAME:
            return _own_name(inner)
        case ast.Call():
            return call_name(node)
    return ""


def _fields(node: ast.expr) -> list[tuple[str, ast.expr]]:
    if isinstance(node, ast.Dict):
        return [(text_of(k) or "", v) for k, v in zip(node.keys, node.values, strict=True) if k is not None]
    return [(k.arg or "", k.value) for k in node.keywords] if isinstance(node, ast.Call) else []
