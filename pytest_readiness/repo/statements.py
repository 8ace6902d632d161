"""Statements that can never run: under a false constant, after a return, after an import that fails.

A failing import ends the try body it stands in where a handler there catches it, else the function. A branch whose
condition no file decides may be taken or not: what it ends is the rest of that branch only.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Protocol

from pytest_readiness.repo.evaluation import truth
from pytest_readiness.repo.execution import Failure, catches, suppresses
from pytest_readiness.repo.modules import FunctionNode, Module, Site


class Importing(Protocol):
    """What is asked about imports."""

    def loadable(self, module: Module) -> bool:
        """Whether Python could import the module."""

    def failure(self, statement: ast.Import | ast.ImportFrom, module: Module) -> Failure | None:
        """Why an import statement fails when it runs; None where it succeeds."""


class AnyImport:
    """Takes every import as one that succeeds: whether the process boots at all is another question."""

    def loadable(self, module: Module) -> bool:  # noqa: ARG002
        return True

    def failure(self, statement: ast.Import | ast.ImportFrom, module: Module) -> None:  # noqa: ARG002
        return None


@dataclass(frozen=True)
class End:
    """Why a block does not run on: the statement that ends it, and the failure where that is a failing import."""

    site: Site
    failure: Failure | None = None


class Statements:
    """Tells dead statements from live ones, for each module once."""

    def __init__(self, imports: Importing) -> None:
        self._imports = imports
        self._dead: dict[str, dict[ast.AST, Site]] = {}

    def is_live(self, module: Module, node: ast.AST) -> bool:
        """Whether the module can be imported and the statement (or expression) can run."""
        return self._imports.loadable(module) and self.why_dead(module, node) is None

    def why_dead(self, module: Module, node: ast.AST) -> Site | None:
        """What keeps the node from ever running: the return, the import, the condition; None where nothing does."""
        dead = self.dead(module)
        child = node
        if node in dead:
            return dead[node]
        for parent in module.ancestors(node):
            if parent in dead:
                return dead[parent]
            if _skips(parent, child, module):
                return module.at(parent, "a condition that is never true")
            child = parent
        return None

    def dead(self, module: Module) -> dict[ast.AST, Site]:
        """The statements that can never run, each with what ends their block; those inside them are not named."""
        if module.path not in self._dead:
            walk = _Walk(module, self._imports)
            if module.tree is not None:
                walk.block(module.tree.body)
            self._dead[module.path] = walk.dead
        return self._dead[module.path]


class _Walk:
    def __init__(self, module: Module, imports: Importing) -> None:
        self._module, self._imports = module, imports
        self.dead: dict[ast.AST, Site] = {}

    def block(self, body: list[ast.stmt]) -> End | None:
        """Walks a block; what ends it, None where it runs to its end."""
        end: End | None = None
        for statement in body:
            if end is not None:
                self.dead[statement] = end.site
            else:
                end = self._statement(statement)
        return end

    def _statement(self, node: ast.stmt) -> End | None:
        match node:
            case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
                return End(self._module.at(node, f"ends with {type(node).__name__.lower()}"))
            case ast.Import() | ast.ImportFrom():
                failure = self._imports.failure(node, self._module)
                return End(self._module.at(node, "an import that fails"), failure) if failure else None
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.block(node.body)
            case ast.ClassDef():
                return self.block(node.body)
            case ast.If():
                return self._if(node)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node)
            case ast.With() | ast.AsyncWith():
                return self._with(node)
            case ast.Try() | ast.TryStar():
                return self._try(node)
            case ast.Match():
                for case in node.cases:
                    self.block(case.body)
        return None

    def _if(self, node: ast.If) -> End | None:
        value = truth(node.test, self._module.switches)
        dropped = [] if value is None else node.orelse if value else node.body
        self.dead |= dict.fromkeys(dropped, self._module.at(node.test, "a condition that is never true"))
        ends = [self.block(body) for body in (node.body, node.orelse) if body is not dropped]
        return ends[0] if ends and all(ends) and (value is not None or node.orelse) else None

    def _with(self, node: ast.With | ast.AsyncWith) -> End | None:
        """A context manager may swallow what is raised: only a failing import that it lets through ends more."""
        end = self.block(node.body)
        if end is None or end.failure is None or any(suppresses(i.context_expr, end.failure) for i in node.items):
            return None
        return end

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> End | None:
        value = truth(node.test, self._module.switches) if isinstance(node, ast.While) else None
        if value is False:
            self.dead |= dict.fromkeys(node.body, self._module.at(node, "a condition that is never true"))
            return self.block(node.orelse)
        self.block(node.body)
        self.block(node.orelse)
        return End(self._module.at(node, "a loop without end")) if value and not _breaks(node.body) else None

    def _try(self, node: ast.Try | ast.TryStar) -> End | None:
        end = self.block(node.body)
        after = self._orelse(node, end)
        ends = {h: self.block(h.body) for h in node.handlers}
        final = self.block(node.finalbody)
        if final:
            return final
        if end is not None and end.failure is not None:
            handler = next((h for h in node.handlers if catches(h.type, end.failure.kind)), None)
            return ends[handler] if handler else end
        return after if after and all(ends.values()) else None

    def _orelse(self, node: ast.Try | ast.TryStar, end: End | None) -> End | None:
        if end is None:
            return self.block(node.orelse)
        self.dead |= dict.fromkeys(node.orelse, end.site)
        return end


def _breaks(body: list[ast.stmt]) -> bool:
    """Whether a break of the loop itself stands in its body."""
    todo: list[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Break):
            return True
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            todo += node.orelse
        elif not isinstance(node, FunctionNode | ast.ClassDef | ast.expr):
            todo += ast.iter_child_nodes(node)
    return False


def _skips(parent: ast.AST, child: ast.AST, module: Module) -> bool:
    """Whether an expression never evaluates one of its parts."""
    if isinstance(parent, ast.IfExp) and child is not parent.test:
        return truth(parent.test, module.switches) is (child is parent.orelse)
    if isinstance(parent, ast.BoolOp) and child in parent.values:
        before = parent.values[: parent.values.index(child)]
        return isinstance(parent.op, ast.Or) in [truth(v, module.switches) for v in before]
    return False
