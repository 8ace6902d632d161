"""Does one statement of a function run whenever another does?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pytest_readiness.repo.modules import Function

_BLOCKS = ("body", "orelse", "finalbody")
_LEAVES = (ast.Return, ast.Raise)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_TRIES = (ast.Try, ast.TryStar)


def together(function: Function, first: ast.AST, second: ast.AST) -> bool:
    """Whether a run of the function that evaluates `first` has come from `second`, or goes on to it.

    Branches that exclude each other do neither; what only runs after an exception does not belong to what raised it.
    """
    if function.module.statement_of(first) is function.module.statement_of(second):
        return True
    return _leads(function, first, second, handlers=False) or _leads(function, second, first, handlers=True)


def after_exception(function: Function, node: ast.AST) -> bool:
    """Whether the node only runs where something was raised."""
    return any(isinstance(p, ast.ExceptHandler) for p in _around(function, node))


def _leads(function: Function, source: ast.AST, target: ast.AST, *, handlers: bool) -> bool:
    """Whether control passes from the source to the target; into `except` only with `handlers`."""
    around = {target, *_around(function, target)}
    left = stopped = False
    for block, statement, owner in _levels(function, source):
        left = left or isinstance(statement, _LEAVES)
        stopped = left or isinstance(statement, ast.Continue | ast.Break) or (stopped and not isinstance(owner, _LOOPS))
        rest = [] if stopped else block[block.index(statement) + 1 :]
        after = rest + _after_try(owner, block, left=left or stopped)
        for following in after:
            if following in around:
                return handlers or not _in_handler(function, target, following)
            if _ends(following) and following in rest:
                left = True
                break
    return False


def _after_try(owner: ast.AST, block: list[ast.stmt], *, left: bool) -> list[ast.stmt]:
    """What runs after a block of a try statement: else where nothing was raised, finally in any case."""
    if not isinstance(owner, _TRIES) or block is owner.finalbody:
        return []
    return [*(owner.orelse if block is owner.body and not left else []), *owner.finalbody]


def _ends(statement: ast.stmt) -> bool:
    """Whether control never passes the statement."""
    if isinstance(statement, ast.If):
        return bool(statement.orelse) and all(any(map(_ends, b)) for b in (statement.body, statement.orelse))
    return isinstance(statement, (*_LEAVES, ast.Continue, ast.Break))


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
