"""Operators over values of the machine. None means: not known."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from typing import Any

from pytest_readiness.repo.machine.values import Member, Moment, Obj, Span, Unknown

_LARGEST = 10**15
_LONGEST = 10_000
_NUMBERS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.BitOr: operator.or_, ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
}  # fmt: skip
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip
_TIMES = Moment | Span
_ORDERED = (Moment, Span, int, float, str, bytes, list, dict, set, frozenset, tuple, type(None))


def is_number(value: object) -> bool:
    """An int or a float, no bool."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def binary(op: ast.operator, left: object, right: object) -> object:
    """The result of an operator; Unknown where it is not known. Raises what Python raises on plain values."""
    if isinstance(left, _TIMES) or isinstance(right, _TIMES):
        return _timed(op, left, right)
    if isinstance(op, ast.Pow) and is_number(left) and is_number(right):
        return _power(left, right)
    work = _NUMBERS.get(type(op))
    if work is None or not _fits(op, left, right):
        return Unknown()
    return work(left, right)


def _fits(op: ast.operator, left: object, right: object) -> bool:
    """Plain values whose result stays small."""
    if isinstance(left, int | float) and isinstance(right, int | float):
        return abs(left) < _LARGEST and abs(right) < _LARGEST
    if isinstance(op, ast.Mod | ast.Mult):
        return False
    same = type(left) is type(right) and isinstance(left, str | list | tuple | set | frozenset | dict)
    return same and len(left) + len(right) < _LONGEST  # type: ignore[arg-type]


def _power(left: Any, right: Any) -> object:
    if left == 0 and right < 0:
        raise ZeroDivisionError
    if left < 0 or abs(right) > 60 or abs(left) > 10_000:
        return Unknown()
    return float(left) ** float(right) if right > 12 else left**right


def _timed(op: ast.operator, left: object, right: object) -> object:
    match op, left, right:
        case ast.Sub(), Moment(a), Moment(b):
            return Span(a - b)
        case (ast.Add(), Moment(a), Span(b)) | (ast.Add(), Span(a), Moment(b)):
            return Moment(a + b)
        case ast.Sub(), Moment(a), Span(b):
            return Moment(a - b)
        case ast.Add(), Span(a), Span(b):
            return Span(a + b)
        case ast.Sub(), Span(a), Span(b):
            return Span(a - b)
        case ast.Div(), Span(a), Span(b):
            return a / b
        case ((ast.Mult() | ast.Div()), Span(a), int() | float()):
            return Span(a * right if isinstance(op, ast.Mult) else a / right)
        case ast.Mult(), int() | float(), Span(b):
            return Span(left * b)
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return Unknown()
    raise TypeError


def compared(op: ast.cmpop, left: object, right: object) -> bool | None:
    """The truth of a comparison. Raises TypeError where Python does."""
    if isinstance(op, ast.Is | ast.IsNot):
        same = _is(left, right)
        return same if same is None or isinstance(op, ast.Is) else not same
    if isinstance(op, ast.In | ast.NotIn):
        inside = _in(left, right)
        return inside if inside is None or isinstance(op, ast.In) else not inside
    if isinstance(op, ast.Eq | ast.NotEq):
        equal = equals(left, right)
        return equal if equal is None or isinstance(op, ast.Eq) else not equal
    return _ordered(op, left, right)


def _ordered(op: ast.cmpop, left: object, right: object) -> bool | None:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if not isinstance(left, _ORDERED) or not isinstance(right, _ORDERED):
        return None
    return bool(_ORDER[type(op)](left, right))


def equals(left: object, right: object) -> bool | None:
    """Whether two values are equal."""
    if left is right:
        return True
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if isinstance(left, Member) or isinstance(right, Member):
        return _members_equal(left, right)
    if isinstance(left, Obj) and isinstance(right, Obj) and "__eq__" in left.cls.methods:
        return None
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return None if _holds_unknown(left) or _holds_unknown(right) else left == right
    return bool(left == right)


def _members_equal(left: object, right: object) -> bool:
    if isinstance(left, Member) and isinstance(right, Member):
        return left.cls is right.cls and left.name == right.name
    member, other = (left, right) if isinstance(left, Member) else (right, left)
    assert isinstance(member, Member)
    return is_plain_enum(member) and member.value == other


def is_plain_enum(member: Member) -> bool:
    """Whether a member equals its plain value: a StrEnum, an IntEnum, a (str, Enum)."""
    names = {b.attr if isinstance(b, ast.Attribute) else getattr(b, "id", "") for b in member.cls.node.bases}
    return bool(names & {"str", "int", "StrEnum", "IntEnum"})


def _holds_unknown(values: list[object] | tuple[object, ...]) -> bool:
    return any(isinstance(v, Unknown) for v in values)


def _is(left: object, right: object) -> bool | None:
    if left is right:
        return True
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if isinstance(left, Member) and isinstance(right, Member):
        return _members_equal(left, right)
    if isinstance(left, str | int | float) and isinstance(right, str | int | float):
        return type(left) is type(right) and left == right
    return left == right if type(left) is type(right) and not isinstance(left, list | dict | set) else False


def _in(left: object, right: object) -> bool | None:
    if isinstance(right, str) and isinstance(left, str):
        return left in right
    if isinstance(right, dict | list | tuple | set | frozenset):
        found = [equals(left, r) for r in list(right)[:_LONGEST]]
        return True if True in found else None if None in found else False
    return None
