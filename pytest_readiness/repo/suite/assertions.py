"""Effective assertions: those that can fail a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from pytest_readiness.repo.evaluation import truth
from pytest_readiness.repo.modules import Function, FunctionNode, call_name, dotted

_SWALLOWED = frozenset({"Exception", "BaseException", "AssertionError"})
_RAISES = ("raises", "warns")
_ALWAYS = {"assertTrue": True, "assertFalse": False, "assertIsNotNone": True}
_SAME = frozenset({"assertEqual", "assertEquals", "assertIs", "assertCountEqual", "assertListEqual", "assertDictEqual"})


def assertions_in(function: Function) -> list[ast.AST]:
    """The effective assertions that stand in the function or in one nested in it: Assert statements and calls."""
    found = [n for n in ast.walk(function.node) if _asserts(n, function)]
    return [n for n in found if not _is_dead(n, function) and not _is_swallowed(n, function)]


def is_raises(node: ast.AST) -> bool:
    """`pytest.raises(…)`, `pytest.warns(…)`, `self.assertRaises(…)`."""
    if not isinstance(node, ast.Call):
        return False
    name = dotted(node.func) or ""
    return name in (*(f"pytest.{n}" for n in _RAISES), *_RAISES) or name.startswith(
        ("self.assertRaises", "self.assertWarns")
    )


def _asserts(node: ast.AST, function: Function) -> bool:
    if isinstance(node, ast.Assert):
        return not always_true(node.test, function)
    if not isinstance(node, ast.Call):
        return False
    if is_raises(node):
        return True
    name = call_name(node)
    own = isinstance(node.func, ast.Attribute) and name.startswith("assert")
    return (own or name.startswith("assert_")) and not _asserts_nothing(node, function)


def _asserts_nothing(node: ast.Call, function: Function) -> bool:
    """`self.assertTrue(True)`, `self.assertEqual(x, x)`."""
    name = call_name(node)
    if name in _ALWAYS and node.args:
        return always_true(node.args[0] if _ALWAYS[name] else ast.UnaryOp(ast.Not(), node.args[0]), function)
    if name in _SAME and len(node.args) >= 2:
        return always_true(ast.Compare(node.args[0], [ast.Eq()], [node.args[1]]), function)
    return False


def always_true(node: ast.expr, function: Function | None = None) -> bool:
    """A condition that always holds: a true constant, a non-empty tuple, `… or True`, `x == x`, `len(x) >= 0`."""
    match node:
        case ast.Tuple() | ast.List() | ast.Set():
            return any(not isinstance(e, ast.Starred) for e in node.elts)
        case ast.Dict():
            return any(k is not None for k in node.keys)
        case ast.BoolOp(op=ast.Or()):
            return any(always_true(v, function) for v in node.values) or _complementary(node.values)
        case ast.BoolOp(op=ast.And()):
            return all(always_true(v, function) for v in node.values)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _holds(left, op, right)
        case ast.Name() if function is not None:
            return _names_true(node.id, function)
        case ast.Lambda():
            return True
    return truth(node) is True


def _complementary(values: list[ast.expr]) -> bool:
    """`x or not x`."""
    dumped = {ast.dump(v) for v in values}
    return any(
        isinstance(v, ast.UnaryOp) and isinstance(v.op, ast.Not) and ast.dump(v.operand) in dumped for v in values
    )


def _holds(left: ast.expr, op: ast.cmpop, right: ast.expr) -> bool:
    if isinstance(op, ast.Eq | ast.Is | ast.GtE | ast.LtE) and ast.dump(left) == ast.dump(right):
        return not any(isinstance(n, ast.Call | ast.Await) for n in ast.walk(left))
    if isinstance(op, ast.GtE) and isinstance(left, ast.Call) and call_name(left) == "len":
        return isinstance(right, ast.Constant) and right.value == 0
    if isinstance(left, ast.Constant) and isinstance(right, ast.Constant):
        same = left.value == right.value
        return same if isinstance(op, ast.Eq | ast.Is) else isinstance(op, ast.NotEq | ast.IsNot) and not same
    return False


def _names_true(name: str, function: Function) -> bool:
    """A local name that is only ever bound to a true constant."""
    stores = [n for n in function.own_nodes if _binds(n, name)]
    assigned = [function.module.parents.get(n) for n in stores]
    if not stores or any(p.arg == name for p in function.params):
        return False
    return all(isinstance(s, ast.Assign) and truth(s.value) is True for s in assigned)


def _binds(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)


def _is_dead(node: ast.AST, function: Function) -> bool:
    """After a return, raise, skip, continue or break of the same block, in a branch never taken, in a nested function
    that nothing refers to."""
    for child, parent in pairwise([node, *function.module.ancestors(node)]):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and child in block and any(map(_ends, block[: block.index(child)])):
                return True
        if isinstance(parent, ast.If | ast.While) and child in parent.body and truth(parent.test) is False:
            return True
        if parent is function.node:
            return False
        if isinstance(parent, FunctionNode) and not _is_mentioned(parent.name, function):
            return True
    return False


def _ends(statement: ast.stmt) -> bool:
    """Nothing after the statement in its block runs."""
    if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break):
        return True
    called = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(called, ast.Call) and dotted(called.func) in ("pytest.skip", "pytest.xfail", "self.skipTest")


def _is_mentioned(name: str, function: Function) -> bool:
    nodes = ast.walk(function.node)
    return any(isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load) for n in nodes)


def _is_swallowed(node: ast.AST, function: Function) -> bool:
    """In a try body whose handler catches it and neither raises, asserts nor fails; under `suppress(Exception)`."""
    child = node
    for parent in function.module.ancestors(node):
        if isinstance(parent, ast.Try) and child in parent.body:
            catching = next((h for h in parent.handlers if _catches(h)), None)
            if catching is not None and not _speaks(catching, function):
                return True
        elif isinstance(parent, ast.With | ast.AsyncWith) and any(_suppresses(i.context_expr) for i in parent.items):
            return True
        if parent is function.node:
            return False
        child = parent
    return False


def _suppresses(node: ast.expr) -> bool:
    if not isinstance(node, ast.Call) or call_name(node) != "suppress":
        return False
    return bool({(dotted(a) or "").rpartition(".")[2] for a in node.args} & _SWALLOWED)


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a failed assertion ends in this handler."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
    names = {(dotted(k) or "").rpartition(".")[2] for k in kinds}
    return handler.type is None or bool(names & _SWALLOWED)


def _speaks(handler: ast.ExceptHandler, function: Function) -> bool:
    """Whether the handler raises, asserts or fails."""
    nodes = [n for s in handler.body for n in ast.walk(s)]
    return any(isinstance(n, ast.Raise) or _asserts(n, function) or _fails(n) for n in nodes)


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
