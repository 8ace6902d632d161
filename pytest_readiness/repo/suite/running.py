"""Can a test run, and does it run by default?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pytest_readiness.repo.modules import Module, Site, call_name, constant, dotted, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.suite.cases import ASYNC_MARKS, TestCase, is_fixture, runs_async
from pytest_readiness.repo.suite.definitions import Definitions


def not_run(case: TestCase, names: Names, definitions: Definitions) -> Site | None:
    """Why an async test is never run; None where it is, or is no async test."""
    if case.config.auto:
        return None
    marked = bool(ASYNC_MARKS & set(case.marks))
    if case.is_async and not marked and not _runs_itself(case, names):
        return Site(case.path, case.line, "an async test that nothing runs: no mark and no auto mode")
    if "anyio" in case.marks:
        return None
    for function in definitions.used(case):
        if is_fixture(function) and isinstance(function.node, ast.AsyncFunctionDef) and not runs_async(function):
            note = f"uses the async fixture `{function.name}`, which plain pytest.fixture does not run"
            return Site(case.path, case.line, note)
    return None


def _runs_itself(case: TestCase, names: Names) -> bool:
    return case.cls is not None and names.inherits(case.cls, "unittest.IsolatedAsyncioTestCase")


def skipped(case: TestCase) -> Site | None:
    """Why a test is skipped by default; None where it is not."""
    for name in ("skip", "skipif", "skipunless"):
        for mark in case.marks.get(name, []):
            if name == "skip" or _condition_skips(mark, case.module, wanted=name == "skipif"):
                return case.module.at(mark, "skipped by default")
    body = [s for s in case.function.node.body if not _is_docstring(s)]
    for statement in [*body[:1], *(case.module.tree.body if case.module.tree else [])]:
        if isinstance(statement, ast.Expr) and _is_skip_call(statement.value):
            return case.module.at(statement, "skipped by default")
    return None


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_skip_call(node: ast.expr) -> bool:
    names = ("pytest.skip", "skip", "self.skipTest", "pytest.importorskip")
    return isinstance(node, ast.Call) and dotted(node.func) in names[:3]


def _condition_skips(mark: ast.expr, module: Module, *, wanted: bool) -> bool:
    conditions = mark.args[:1] if isinstance(mark, ast.Call) else []
    if isinstance(mark, ast.Call):
        conditions += [k.value for k in mark.keywords if k.arg == "condition"]
    return any(folded(c, module) is wanted for c in conditions)


def folded(node: ast.expr, module: Module, depth: int = 8) -> bool | None:
    """The truth of a condition with an empty environment; None where it is not decided."""
    found = list(_values(node, module, depth))
    return bool(found[0]) if found else None


def _values(node: ast.expr, module: Module, depth: int) -> Iterator[object]:
    """The value of an expression, where the file alone decides it."""
    if depth <= 0:
        return
    match node:
        case ast.Constant():
            yield node.value
        case ast.Name():
            assigned = [s.value for s in module.tree.body if _assigns(s, node.id)] if module.tree else []  # type: ignore[attr-defined]
            if len(assigned) == 1:
                yield from _values(assigned[0], module, depth - 1)
        case ast.UnaryOp(op=ast.Not()):
            yield from (not v for v in _values(node.operand, module, depth - 1))
        case ast.BoolOp():
            yield from _combined(node, module, depth - 1)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            sides = [list(_values(side, module, depth - 1)) for side in (left, right)]
            if all(sides):
                yield from _compared(sides[0][0], op, sides[1][0])
        case ast.Subscript() if ast.unparse(node.value) == "os.environ":
            yield None
        case ast.Call():
            yield from _called(node, module, depth - 1)


def _combined(node: ast.BoolOp, module: Module, depth: int) -> Iterator[object]:
    decisive = isinstance(node.op, ast.Or)
    truths = [folded(v, module, depth) for v in node.values]
    if decisive in truths:
        yield decisive
    elif None not in truths:
        yield not decisive


def _compared(left: object, op: ast.cmpop, right: object) -> Iterator[object]:
    match op:
        case ast.Eq() | ast.Is():
            yield left == right
        case ast.NotEq() | ast.IsNot():
            yield left != right
        case ast.In() if isinstance(left, str) and isinstance(right, str):
            yield left in right


def _called(node: ast.Call, module: Module, depth: int) -> Iterator[object]:
    name = dotted(node.func) or ""
    if name.endswith(("getenv", "environ.get")):
        yield from _values(node.args[1], module, depth) if len(node.args) > 1 else [None]
    elif name == "bool" and node.args:
        yield from (bool(v) for v in _values(node.args[0], module, depth))
    elif call_name(node) in ("lower", "strip", "upper") and isinstance(node.func, ast.Attribute):
        texts = [v for v in _values(node.func.value, module, depth) if isinstance(v, str)]
        yield from (getattr(t, call_name(node))() for t in texts)


def _assigns(statement: ast.stmt, name: str) -> bool:
    return isinstance(statement, ast.Assign) and any(dotted(t) == name for t in statement.targets)


def path_additions(module: Module) -> list[str]:
    """Folders (repo-relative) that a file puts on sys.path, where they are built from __file__ and constants."""
    found: list[str] = []
    for call in module.calls:
        if dotted(call.func) in ("sys.path.insert", "sys.path.append") and call.args:
            folder = _folder(call.args[-1], module, 8)
            if folder is not None:
                found.append(folder)
    return found


def _folder(node: ast.expr, module: Module, depth: int) -> str | None:
    """The path that an expression of os.path or pathlib means, relative to the repository; None where unknown."""
    if depth <= 0:
        return None
    match node:
        case ast.Name(id="__file__"):
            return module.path
        case ast.Name():
            assigned = [n.value for n in module.nodes if isinstance(n, ast.Assign) and _assigns(n, node.id)]
            return _folder(assigned[0], module, depth - 1) if len(assigned) == 1 else None
        case ast.BinOp(op=ast.Div(), left=left, right=right):
            return _below(_folder(left, module, depth - 1), text_of(right))
        case ast.Attribute(value=inner, attr="parent"):
            return _above(_folder(inner, module, depth - 1))
        case ast.Subscript(value=ast.Attribute(value=inner, attr="parents"), slice=ast.Constant(value=int() as steps)):
            path = _folder(inner, module, depth - 1)
            for _ in range(steps + 1):
                path = _above(path)
            return path
        case ast.Call():
            return _called_folder(node, module, depth - 1)
    return None


def _called_folder(node: ast.Call, module: Module, depth: int) -> str | None:
    name = call_name(node)
    if name in ("resolve", "absolute", "as_posix") and isinstance(node.func, ast.Attribute):
        return _folder(node.func.value, module, depth)
    if not node.args:
        return None
    base = _folder(node.args[0], module, depth)
    if name in ("str", "Path", "PurePath", "abspath", "realpath", "normpath", "fspath"):
        return base if len(node.args) == 1 else _joined(base, node.args[1:])
    if name == "dirname":
        return _above(base)
    return _joined(base, node.args[1:]) if name in ("join", "joinpath") else None


def _joined(base: str | None, parts: list[ast.expr]) -> str | None:
    for part in parts:
        base = _below(base, text_of(part))
    return base


def _below(base: str | None, name: str | None) -> str | None:
    if base is None or name is None:
        return None
    parts = [p for p in base.split("/") if p]
    for step in name.split("/"):
        if step == ".." and parts:
            parts.pop()
        elif step not in ("", ".", ".."):
            parts.append(step)
    return "/".join(parts)


def _above(path: str | None) -> str | None:
    return None if path is None else path.rpartition("/")[0]


def is_truthy_constant(node: ast.expr) -> bool:
    """A condition that always holds: a true constant, a non-empty tuple, `… or True`."""
    match node:
        case ast.Tuple(elts=items):
            return bool(items)
        case ast.BoolOp(op=ast.Or()):
            return any(is_truthy_constant(v) for v in node.values)
    return isinstance(node, ast.Constant) and bool(constant(node))
