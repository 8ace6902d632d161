"""The three states of a circuit breaker, and the names by which code calls them."""

from __future__ import annotations

import ast
import re
from enum import StrEnum

from pytest_readiness.repo.modules import text_of


class State(StrEnum):
    """A state of a circuit breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NOISE = frozenset(
    {"state", "states", "status", "circuit", "circuits", "breaker", "cb", "is", "mode", "phase", "currently", "now"}
)
_NAMES = {
    frozenset({"closed"}): State.CLOSED, frozenset({"close"}): State.CLOSED,
    frozenset({"open"}): State.OPEN, frozenset({"opened"}): State.OPEN, frozenset({"tripped"}): State.OPEN,
    frozenset({"half", "open"}): State.HALF_OPEN, frozenset({"half", "opened"}): State.HALF_OPEN,
    frozenset({"halfopen"}): State.HALF_OPEN, frozenset({"half"}): State.HALF_OPEN,
    frozenset({"probing"}): State.HALF_OPEN, frozenset({"probation"}): State.HALF_OPEN,
    frozenset({"trial"}): State.HALF_OPEN, frozenset({"testing"}): State.HALF_OPEN,
    frozenset({"recovering"}): State.HALF_OPEN,
}  # fmt: skip


def state_named(text: str) -> State | None:
    """The state that a name or a short text stands for: HALF_OPEN, "half-open", CircuitHalfOpenState; else None."""
    if len(text) > 40:
        return None
    words = frozenset(w.lower() for w in _WORD.findall(text))
    return _NAMES.get(words - _NOISE)


def state_of(node: ast.AST | None) -> State | None:
    """The state that an expression names: `State.OPEN`, OPEN, "open", `OpenState(...)`, `State.OPEN.value`."""
    match node:
        case ast.Attribute(attr="value" | "name", value=inner):
            return state_of(inner)
        case ast.Attribute():
            return state_named(node.attr)
        case ast.Name():
            return state_named(node.id)
        case ast.Call(func=ast.Name() | ast.Attribute() as called):
            return state_of(called)
        case ast.Constant():
            return state_named(text_of(node) or "")
    return None
