"""Is a test skipped by default? Conditions are folded with an empty environment."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.modules import Function, Module, Site, call_name, constant, dotted, own_nodes
from pytest_readiness.repo.suite.cases import TestCase

DEPTH = 8
NOTE = "skipped by default"
_SKIP_CALLS = frozenset({"pytest.skip", "skip", "self.skipTest"})
_TEXT = frozenset({"lower", "upper", "strip", "casefold"})
_CASTS = {"int": int, "float": float, "str": str, "bool": bool}


@dataclass(frozen=True, eq=False)
class Where:
    """Where an expression is folded: a module, and a function of it whose own names count too."""

    module: Module
    function: Function | None = None
    depth: int = DEPTH

    def deeper(self) -> Where:
        return Where(self.module, self.function, self.depth - 1)


def skipped(case: TestCase, used: Iterable[Function]) -> Site | None:
    """Why a test is skipped by default; None where it is not. `used` are its function and the fixtures it uses."""
    if case.count == 0:
        return Site(case.path, case.line, "skipped by default: no set of parameters is left")
    for name in ("skip", "skipif", "skipunless"):
        for mark in case.marks.get(name, []):
            if name == "skip" or _condition_skips(mark.node, mark.module, wanted=name == "skipif"):
                return mark.module.at(mark.node, NOTE)
    body = case.module.tree.body if case.module.tree else []
    found = _skip_in(body, Where(case.module))
    if found is not None:
        return case.module.at(found, NOTE)
    return next((site for f in used if (site := _skip_of(f)) is not None), None)


def _skip_of(function: Function) -> Site | None:
    """A skip that the function always reaches by default."""
    found = _skip_in(function.node.body, Where(function.module, function))
    return function.module.at(found, NOTE) if found is not None else None


def _skip_in(body: list[ast.stmt], where: Where) -> ast.stmt | None:
    """The first statement of a block, or of a branch that is taken by default, that skips."""
    for statement in body:
        if isinstance(statement, ast.Expr) and _is_skip_call(statement.value):
            return statement
        if isinstance(statement, ast.Return | ast.Raise):
            return None
        if (found := _skip_in(_taken(statement, where), where)) is not None:
            return found
    return None


def _taken(statement: ast.stmt, where: Where) -> list[ast.stmt]:
    """The branch of an `if` that runs by default; nothing for other statements, or where that is not decided."""
    truth = folded(statement.test, where) if isinstance(statement, ast.If) else None
    if not isinstance(statement, ast.If) or truth is None:
        return []
    return statement.body if truth else statement.orelse


def _is_skip_call(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) in _SKIP_CALLS


def _condition_skips(mark: ast.expr, module: Module, *, wanted: bool) -> bool:
    conditions = mark.args[:1] if isinstance(mark, ast.Call) else []
    if isinstance(mark, ast.Call):
        conditions += [k.value for k in mark.keywords if k.arg == "condition"]
    return any(folded(_evaluated(c), Where(module)) is wanted for c in conditions)


def _evaluated(condition: ast.expr) -> ast.expr:
    """A condition that is a text is evaluated by pytest."""
    text = constant(condition)
    if not isinstance(text, str):
        return condition
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Name("unknown", ast.Load())


def folded(node: ast.expr, where: Where) -> bool | None:
    """The truth of a condition with an empty environment; None where it is not decided."""
    found = list(_values(node, where))
    return bool(found[0]) if found else None


def _values(node: ast.expr, where: Where) -> Iterator[object]:
    """The value of an expression, where the file alone decides it."""
    if where.depth <= 0:
        return
    inner = where.deeper()
    match node:
        case ast.Constant():
            yield node.value
        case ast.Tuple() | ast.List() | ast.Set():
            parts = [list(_values(e, inner)) for e in node.elts]
            if all(parts):
                yield [p[0] for p in parts]
        case ast.Name():
            yield from _named(node.id, inner)
        case ast.NamedExpr():
            yield from _values(node.value, inner)
        case ast.UnaryOp(op=ast.Not()):
            yield from (not v for v in _values(node.operand, inner))
        case ast.BoolOp():
            yield from _combined(node, inner)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            yield from _compared(left, op, right, inner)
        case ast.Subscript() if _is_environment(node.value):
            yield None
        case ast.Call():
            yield from _called(node, inner)


def _is_environment(node: ast.expr) -> bool:
    return dotted(node) in ("os.environ", "environ")


def _named(name: str, where: Where) -> Iterator[object]:
    """The value of a name that is assigned once, in the function or else in the module."""
    scopes = [own_nodes(scope) for scope in (where.function and where.function.node, where.module.tree) if scope]
    for nodes in scopes:
        stores = [n for n in nodes if _stores(n, name)]
        if stores:
            assigned = [s for n in stores if (s := where.module.parents.get(n)) and _is_single(s)]
            values = [s.value for s in assigned if isinstance(s, ast.Assign | ast.AnnAssign) and s.value is not None]
            yield from _values(values[0], where) if len(stores) == len(values) == 1 else ()
            return


def _stores(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)


def _is_single(statement: ast.AST) -> bool:
    return isinstance(statement, ast.Assign | ast.AnnAssign)


def _combined(node: ast.BoolOp, where: Where) -> Iterator[object]:
    """`a or b` and `a and b` give one of their operands; undecided ones count only where another decides."""
    decisive = isinstance(node.op, ast.Or)
    values = [list(_values(v, where)) for v in node.values]
    for found in values:
        if found and bool(found[0]) is decisive:
            yield found[0]
            return
    if all(values):
        yield values[-1][0]


def _compared(left: ast.expr, op: ast.cmpop, right: ast.expr, where: Where) -> Iterator[object]:
    if isinstance(op, ast.In | ast.NotIn) and _is_environment(right):
        yield isinstance(op, ast.NotIn)
        return
    sides = [list(_values(side, where)) for side in (left, right)]
    if all(sides):
        yield from _comparison(sides[0][0], op, sides[1][0])


def _comparison(left: object, op: ast.cmpop, right: object) -> Iterator[object]:
    match op:
        case ast.Eq() | ast.Is():
            yield left == right
        case ast.NotEq() | ast.IsNot():
            yield left != right
        case ast.In() | ast.NotIn() if isinstance(right, list) or (isinstance(left, str) and isinstance(right, str)):
            yield (left in right) is isinstance(op, ast.In)


def _called(node: ast.Call, where: Where) -> Iterator[object]:
    name = dotted(node.func) or ""
    if name.rpartition(".")[2] == "getenv" or name in ("os.environ.get", "environ.get"):
        yield from _values(node.args[1], where) if len(node.args) > 1 else [None]
    elif name in _CASTS and len(node.args) == 1:
        yield from (c for v in _values(node.args[0], where) for c in _cast(name, v))
    elif call_name(node) in _TEXT and isinstance(node.func, ast.Attribute):
        texts = [v for v in _values(node.func.value, where) if isinstance(v, str)]
        yield from (getattr(t, call_name(node))() for t in texts)


def _cast(name: str, value: object) -> Iterator[object]:
    try:
        yield _CASTS[name](value)
    except (TypeError, ValueError):
        return
