"""Does one statement of a function run whenever another does?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pytest_readiness.repo.modules import Function

_BLOCKS = ("body", "orelse", "finalbody")
LEFT, STOPPED = "left", "stopped"
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_TRIES = (ast.Try, ast.TryStar)


def together(function: Function, first: ast.AST, second: ast.AST) -> bool:
    """Whether a run of the function that evaluates `first` has come from `second`, or goes on to it.

    Branches that exclude each other do neither; what only runs after an exception does not belong to what raised it.
    """
    one, other = function.module.statement_of(first), function.module.statement_of(second)
    if one is other or one in _around(function, second) or other in _around(function, first):
        return True
    return _leads(function, first, second, handlers=False) or _leads(function, second, first, handlers=True)


def after_exception(function: Function, node: ast.AST) -> bool:
    """Whether the node only runs where something was raised."""
    return any(isinstance(p, ast.ExceptHandler) for p in _around(function, node))


def _leads(function: Function, source: ast.AST, target: ast.AST, *, handlers: bool) -> bool:
    """Whether control passes from the source to the target; into `except` only with `handlers`."""
    around = {target, *_around(function, target)}
    end = ""
    for block, statement, owner in _levels(function, source):
        end = end or _end(statement)
        rest = [] if end else block[block.index(statement) + 1 :]
        for following in rest:
            if following in around:
                return handlers or not _in_handler(function, target, following)
            end = end or _end(following)
            if end:
                break
        if any(s in around for s in _after(owner, block, end)):
            return True
        end = "" if end == STOPPED and isinstance(owner, _LOOPS) else end
    return False


def _after(owner: ast.AST, block: list[ast.stmt], end: str) -> list[ast.stmt]:
    """What runs after a block: the else of a try or loop where nothing ended it, a finally in any case."""
    whole = not end and block is getattr(owner, "body", None)
    orelse = owner.orelse if whole and isinstance(owner, (*_TRIES, *_LOOPS)) else []
    final = owner.finalbody if isinstance(owner, _TRIES) and block is not owner.finalbody else []
    return [*orelse, *final]


def _end(statement: ast.stmt) -> str:
    """How control ends at the statement: LEFT the function, STOPPED the round of a loop, "" where it goes on."""
    if isinstance(statement, ast.If) and statement.orelse:
        ends = {next((e for s in body if (e := _end(s))), "") for body in (statement.body, statement.orelse)}
        return "" if "" in ends else STOPPED if STOPPED in ends else LEFT
    if isinstance(statement, ast.Return | ast.Raise):
        return LEFT
    return STOPPED if isinstance(statement, ast.Continue | ast.Break) else ""


def _in_handler(function: Function, target: ast.AST, outer: ast.stmt) -> bool:
    """Whether an `except` stands between the target and the statement that holds it."""
    for parent in _around(function, target):
        if parent is outer:
            return False
        if isinstance(parent, ast.ExceptHandler):
            return True
    return False


def _levels(function: Function, node: ast.AST) -> Iterator[tuple[list[ast.stmt], ast.stmt, ast.AST]]:
    """The blocks around a node, innermost first, each with the statement in it and what the block belongs to."""
    child = node
    for parent in function.module.ancestors(node):
        for name in _BLOCKS:
            block = getattr(parent, name, None)
            if isinstance(block, list) and isinstance(child, ast.stmt) and child in block:
                yield block, child, parent
        if parent is function.node:
            return
        child = parent


def _around(function: Function, node: ast.AST) -> Iterator[ast.AST]:
    for parent in function.module.ancestors(node):
        if parent is function.node:
            return
        yield parent
