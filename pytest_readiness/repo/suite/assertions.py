"""Effective assertions: those that can fail a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from pytest_readiness.repo.modules import Function, call_name, dotted
from pytest_readiness.repo.suite.running import is_truthy_constant

_SWALLOWED = frozenset({"Exception", "BaseException", "AssertionError"})


def assertions_in(function: Function) -> list[ast.AST]:
    """The effective assertions that stand in the function or in one nested in it: Assert statements and calls."""
    found = [n for n in ast.walk(function.node) if _asserts(n)]
    return [n for n in found if not _is_dead(n, function) and not _is_swallowed(n, function)]


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return not is_truthy_constant(node.test)
    if not isinstance(node, ast.Call):
        return False
    name = call_name(node)
    if name in ("raises", "warns"):
        return dotted(node.func) in (f"pytest.{name}", name)
    own = isinstance(node.func, ast.Attribute) and name.startswith("assert")
    return own or name.startswith(("assert_", "assertpy"))


def _is_dead(node: ast.AST, function: Function) -> bool:
    """After a return, raise, continue or break of the same block."""
    chain = [node, *function.module.ancestors(node)]
    for child, parent in pairwise(chain):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and child in block:
                before = block[: block.index(child)]
                if any(isinstance(s, ast.Return | ast.Raise | ast.Continue | ast.Break) for s in before):
                    return True
        if parent is function.node:
            return False
    return False


def _is_swallowed(node: ast.AST, function: Function) -> bool:
    """In a try body whose handler catches it and neither raises, asserts nor fails."""
    child = node
    for parent in function.module.ancestors(node):
        if isinstance(parent, ast.Try) and child in parent.body and any(_swallows(h) for h in parent.handlers):
            return True
        if parent is function.node:
            return False
        child = parent
    return False


def _swallows(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
    names = {(dotted(k) or "").rpartition(".")[2] for k in kinds}
    if handler.type is not None and not names & _SWALLOWED:
        return False
    return not any(isinstance(n, ast.Raise) or _asserts(n) or _fails(n) for s in handler.body for n in ast.walk(s))


def _fails(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and call_name(node) in ("fail", "exit")


def subjects_of_assertion(node: ast.AST) -> Iterator[ast.expr]:
    """The expressions that an assertion speaks about."""
    if isinstance(node, ast.Assert):
        yield node.test
    elif isinstance(node, ast.Call):
        yield from node.args
        yield from (k.value for k in node.keywords)
        if isinstance(node.func, ast.Attribute):
            yield node.func.value
