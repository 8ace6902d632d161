"""Paths that Python code computes: `Path(__file__).parent / "web"`, `os.path.join(HERE, "web")`, `"../web"`."""

from __future__ import annotations

import ast
import itertools
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_readiness.repo.modules import Module, constant, dotted
from pytest_readiness.repo.origins import Origins

ANY = "*"
"""Stands for a part of a path that is not known."""
DEPTH = 12
MOST = 24
"""Most values of one expression."""
_SAME = frozenset({"abspath", "realpath", "normpath", "fspath", "str", "Path", "PurePath", "PosixPath"})
_SAME_METHODS = frozenset({"resolve", "absolute", "as_posix", "expanduser", "strip", "__str__"})
_HERE = frozenset({"getcwd", "cwd"})


@dataclass(frozen=True)
class SourcePath:
    """A path. `is_fixed`: relative to the repository's root, by `__file__`; else to a folder that the run decides."""

    text: str
    is_fixed: bool = False

    def joined(self, *parts: SourcePath) -> SourcePath:
        """The path with others below it; an absolute part starts anew, as in Python."""
        found = self
        for part in parts:
            if part.is_fixed or part.text.startswith("/"):
                found = part
            else:
                found = SourcePath(posixpath.join(found.text, part.text), found.is_fixed)
        return found

    def up(self, levels: int = 1) -> SourcePath:
        """The folder so many levels above."""
        text = posixpath.normpath(self.text)
        for _ in range(levels):
            text = posixpath.join(text, "..") if text in (".", "") or text.endswith("..") else posixpath.dirname(text)
        return SourcePath(text, self.is_fixed)


class SourcePaths:
    """Evaluates expressions that make paths; nothing is run."""

    def __init__(self, origins: Origins) -> None:
        self._origins = origins
        self._known: dict[tuple[ast.expr, int], list[SourcePath]] = {}

    def of(self, module: Module, node: ast.expr | None, depth: int = DEPTH) -> list[SourcePath]:
        """The paths that the expression may be; none where nothing of them is known."""
        if node is None or depth <= 0:
            return []
        if (node, depth) not in self._known:
            self._known[node, depth] = list(dict.fromkeys(self._of(module, node, depth)))[:MOST]
        return self._known[node, depth]

    def _of(self, module: Module, node: ast.expr, depth: int) -> list[SourcePath]:
        match node:
            case ast.Constant():
                value = constant(node)
                return [SourcePath(value)] if isinstance(value, str) else []
            case ast.Name(id="__file__"):
                return [SourcePath(module.path, is_fixed=True)]
            case ast.BinOp(op=ast.Div()):
                return self._product(module, [node.left, node.right], depth)
            case ast.BinOp(op=ast.Add()):
                return self._texts(module, [node.left, node.right], depth)
            case ast.JoinedStr():
                values = [v.value if isinstance(v, ast.FormattedValue) else v for v in node.values]
                return self._texts(module, values, depth)
            case ast.Attribute(attr="parent"):
                return [p.up() for p in self.of(module, node.value, depth - 1)]
            case ast.Subscript(value=ast.Attribute(attr="parents", value=inner), slice=ast.Constant(value=int() as up)):
                return [p.up(up + 1) for p in self.of(module, inner, depth - 1)] if up >= 0 else []
            case ast.Call():
                return self._call(module, node, depth)
        return self._followed(module, node, depth)

    def _call(self, module: Module, node: ast.Call, depth: int) -> list[SourcePath]:
        name = (dotted(node.func) or "").rpartition(".")[2]
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        if name in _HERE:
            return [SourcePath(".")]
        if name == "dirname" and node.args:
            return [p.up() for p in self.of(module, node.args[0], depth - 1)]
        if name == "join" and (dotted(node.func) or "").endswith("path.join"):
            return self._product(module, node.args, depth)
        if name in _SAME:
            return self._product(module, node.args, depth) if node.args else [SourcePath(".")]
        if receiver is not None and method in _SAME_METHODS:
            return self.of(module, receiver, depth - 1)
        if receiver is not None and method == "joinpath":
            return self._product(module, [receiver, *node.args], depth)
        return self._followed(module, node, depth)

    def _product(self, module: Module, nodes: Iterable[ast.expr], depth: int) -> list[SourcePath]:
        """Every way of joining the parts; a part that is not known may be anything."""
        parts = [self.of(module, n, depth - 1) or [SourcePath(ANY)] for n in nodes]
        if all(p == [SourcePath(ANY)] for p in parts):
            return []
        ways = itertools.islice(itertools.product(*parts), MOST)
        return [first.joined(*rest) for first, *rest in ways]

    def _texts(self, module: Module, nodes: Iterable[ast.expr], depth: int) -> list[SourcePath]:
        """Texts put behind each other."""
        parts = [self.of(module, n, depth - 1) or [SourcePath(ANY)] for n in nodes]
        if all(p == [SourcePath(ANY)] for p in parts):
            return []
        ways = itertools.islice(itertools.product(*parts), MOST)
        return [SourcePath("".join(p.text for p in way), way[0].is_fixed) for way in ways]

    def _followed(self, module: Module, node: ast.expr, depth: int) -> list[SourcePath]:
        behind = [o for o in self._origins.of(module, node) if o.node is not node]
        found = [self.of(o.module, o.node, depth - 1) for o in behind[:MOST]]
        return [p for paths in found for p in paths]
