"""Which names does Python read, and which does it bind, when it evaluates an expression? Only what is certain counts.

The second operands of `and`, `or` and `if ... else` may never be evaluated, bodies of lambdas and generators are not.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

NO_SWITCHES: Mapping[str, bool] = MappingProxyType({})
Read = tuple[ast.Name, bool]
"""A name that is read, and whether inside a comprehension: there the names of a class body are not seen."""


def truth(test: ast.expr, switches: Mapping[str, bool] = NO_SWITCHES) -> bool | None:
    """The value of a condition that is the same in every run; None where it is not. `switches` are named constants."""
    match test:
        case ast.Constant():
            return bool(test.value)
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.Name():
            return switches.get(test.id)
        case ast.UnaryOp(op=ast.Not()):
            inner = truth(test.operand, switches)
            return None if inner is None else not inner
        case ast.BoolOp():
            return _joined([truth(v, switches) for v in test.values], isinstance(test.op, ast.Or))
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() if not any(ast.iter_child_nodes(test)):
            return False
    return None


def _joined(values: list[bool | None], decides: bool) -> bool | None:
    if decides in values:
        return decides
    return None if None in values else not decides


def reads(node: ast.AST | None, known: frozenset[str] = frozenset(), inner: bool = False) -> Iterator[Read]:
    """The names that evaluating an expression reads for certain, in order, but for those in `known`."""
    match node:
        case None | ast.Lambda():
            yield from _defaults(node, known, inner)
        case ast.Name(ctx=ast.Load()):
            if node.id not in known:
                yield node, inner
        case ast.BoolOp():
            yield from reads(node.values[0], known, inner)
        case ast.IfExp():
            yield from reads(node.test, known, inner)
        case ast.GeneratorExp():
            yield from reads(node.generators[0].iter, known, inner)
        case ast.ListComp() | ast.SetComp() | ast.DictComp():
            yield from _comprehension(node, known, inner)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from reads(child, known, inner)


def _defaults(node: ast.Lambda | None, known: frozenset[str], inner: bool) -> Iterator[Read]:
    for default in [] if node is None else [*node.args.defaults, *node.args.kw_defaults]:
        yield from reads(default, known, inner)


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.DictComp, known: frozenset[str], inner: bool
) -> Iterator[Read]:
    """The first iterable for certain; the rest where that is a display that is not empty."""
    first = node.generators[0].iter
    yield from reads(first, known, inner)
    if not is_filled(first) or len(node.generators) > 1:
        return
    local = known | set(bound_names(node.generators[0].target))
    tests = node.generators[0].ifs
    if tests:
        yield from reads(tests[0], local, True)
        return
    for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
        yield from reads(part, local, True)


def is_filled(node: ast.expr) -> bool:
    """A list, tuple or set display with something in it for certain."""
    return isinstance(node, ast.List | ast.Tuple | ast.Set) and any(not isinstance(e, ast.Starred) for e in node.elts)


def bound_names(node: ast.AST | None) -> Iterator[str]:
    """Names that an assignment target, or a walrus anywhere in an expression, binds."""
    if node is None or isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Store):
            yield node.id
        return
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.comprehension):
            yield from bound_names(child)


def pattern_names(pattern: ast.pattern) -> Iterator[str]:
    """Names that a case pattern captures."""
    for node in ast.walk(pattern):
        if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest


def parameter_annotations(arguments: ast.arguments) -> Iterable[ast.expr]:
    """The annotations of a function's parameters, in Python's order of evaluation as far as it matters."""
    found = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    return [a.annotation for a in found if a is not None and a.annotation is not None]
