"""Folders that a test file puts on sys.path, where they are built from `__file__` and constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pytest_readiness.repo.modules import Module, call_name, dotted, text_of

_ONE = frozenset({"sys.path.insert", "sys.path.append", "site.addsitedir"})


def path_additions(module: Module) -> list[str]:
    """Folders (repo-relative) that a file puts on sys.path, where they are built from __file__ and constants."""
    found = (_folder(node, module, 8) for node in _added(module))
    return [folder for folder in found if folder is not None]


def _added(module: Module) -> Iterator[ast.expr]:
    """The expressions that are put on sys.path."""
    for call in module.calls:
        if call.args and (dotted(call.func) in _ONE or call_name(call) == "syspath_prepend"):
            yield call.args[-1]
        elif call.args and dotted(call.func) == "sys.path.extend":
            yield from getattr(call.args[0], "elts", [])
    assigned = (n for n in module.nodes if isinstance(n, ast.Assign | ast.AugAssign))
    for node in assigned:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if any(_is_path(t) for t in targets):
            yield from getattr(node.value, "elts", [])


def _is_path(target: ast.expr) -> bool:
    """`sys.path` or `sys.path[:0]`."""
    return dotted(target.value if isinstance(target, ast.Subscript) else target) == "sys.path"


def _folder(node: ast.expr, module: Module, depth: int) -> str | None:
    """The path that an expression of os.path or pathlib means, relative to the repository; None where unknown."""
    if depth <= 0:
        return None
    match node:
        case ast.Name(id="__file__"):
            return module.path
        case ast.Name():
            values = _assigned(module, node.id)
            return _folder(values[0], module, depth - 1) if len(values) == 1 else None
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
    if name in ("resolve", "absolute", "as_posix", "joinpath") and isinstance(node.func, ast.Attribute):
        return _joined(_folder(node.func.value, module, depth), node.args if name == "joinpath" else [])
    if not node.args:
        return None
    base = _folder(node.args[0], module, depth)
    if name in ("str", "Path", "PurePath", "abspath", "realpath", "normpath", "fspath"):
        return base if len(node.args) == 1 else _joined(base, node.args[1:])
    if name == "dirname":
        return _above(base)
    return _joined(base, node.args[1:]) if name == "join" else None


def _joined(base: str | None, parts: list[ast.expr]) -> str | None:
    for part in parts:
        base = _below(base, ".." if dotted(part) == "os.pardir" else text_of(part))
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


def _assigned(module: Module, name: str) -> list[ast.expr]:
    found = (n for n in module.nodes if isinstance(n, ast.Assign | ast.AnnAssign))
    named = ((t, n.value) for n in found for t in (n.targets if isinstance(n, ast.Assign) else [n.target]))
    return [value for target, value in named if value is not None and dotted(target) == name]
