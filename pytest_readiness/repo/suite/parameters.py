"""What pytest.mark.parametrize gives a test: rows of values, and how many of them count."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice, product

from pytest_readiness.repo.modules import Module, argument, call_name, constant, dotted, text_of
from pytest_readiness.repo.suite.marks import Mark

MOST_ROWS = 64
"""Most rows of a test that are told apart; more of them only count."""


@dataclass(frozen=True, eq=False)
class Given:
    """A value that a parameter gets, and the module it is written in; `indirect` where the fixture gets it."""

    module: Module
    node: ast.expr
    indirect: bool = False


Row = dict[str, Given]


def literal_sets(mark: Mark) -> list[ast.expr] | None:
    """The distinct parameter sets of one mark that are not skipped; None where they are no literal list or tuple."""
    values = mark.arguments[1] if len(mark.arguments) >= 2 else mark.keyword("argvalues")
    if isinstance(values, ast.Name):
        values = _written_once(values.id, mark.module)
    if not isinstance(values, ast.List | ast.Tuple):
        return None
    kept = [e for e in values.elts if not _is_skipped(e)]
    return list({_identity(e): e for e in kept}.values())


def _written_once(name: str, module: Module) -> ast.expr | None:
    """The value of a module-level name that is assigned once."""
    stores = [n for n in module.nodes if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)]
    statement = module.parents.get(stores[0]) if len(stores) == 1 else None
    at_top = statement is not None and module.parents.get(statement) is module.tree
    return statement.value if at_top and isinstance(statement, ast.Assign | ast.AnnAssign) else None


def counted_sets(marks: Iterable[Mark]) -> int:
    """How often a test with these parametrize marks counts: once for each distinct set, stacked marks multiply."""
    total = 1
    for mark in marks:
        sets = literal_sets(mark)
        total *= 1 if sets is None else len(sets)
    return total


def rows(marks: Iterable[Mark]) -> list[Row]:
    """The combinations of values that the test is run with; one empty row where nothing is given."""
    each = [_rows_of(mark) or [{}] for mark in marks]
    combined = islice(product(*each), MOST_ROWS)
    return [{name: given for row in combination for name, given in row.items()} for combination in combined]


def _rows_of(mark: Mark) -> list[Row]:
    names = _argument_names(mark)
    indirect = mark.keyword("indirect")
    found: list[Row] = []
    for values in literal_sets(mark) or []:
        row = values.args if isinstance(values, ast.Call) and _is_param(values) else [values]
        if len(names) > 1 and len(row) == 1 and isinstance(row[0], ast.Tuple | ast.List):
            row = row[0].elts
        pairs = zip(names, row, strict=False)
        found.append({n: Given(mark.module, v, _is_indirect(n, indirect)) for n, v in pairs})
    return found


def _is_indirect(name: str, indirect: ast.expr | None) -> bool:
    if isinstance(indirect, ast.List | ast.Tuple):
        return any(text_of(e) == name for e in indirect.elts)
    return constant(indirect) is True


def _argument_names(mark: Mark) -> list[str]:
    node = mark.arguments[0] if mark.arguments else mark.keyword("argnames")
    if isinstance(node, ast.List | ast.Tuple):
        return [text_of(e) or "" for e in node.elts]
    return [n.strip() for n in (text_of(node) or "").split(",")]


def _is_param(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and call_name(node) == "param"


def _is_skipped(node: ast.expr) -> bool:
    """`pytest.param(…, marks=pytest.mark.skip)`."""
    marks = argument(node, "marks") if isinstance(node, ast.Call) and _is_param(node) else None
    named = ast.walk(marks) if marks is not None else ()
    return any((dotted(n) or "").endswith("mark.skip") for n in named)


def _identity(node: ast.expr) -> str:
    """The values of a set, whatever its id."""
    values = node.args if isinstance(node, ast.Call) and _is_param(node) else [node]
    if len(values) == 1 and isinstance(values[0], ast.Tuple | ast.List):
        values = values[0].elts
    return ",".join(ast.dump(v) for v in values)
