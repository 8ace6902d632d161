"""The constant text of the question that reaches a call of the model, as far as it can be read from the code."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import product

from pytest_readiness.repo.llm.agents import Agent
from pytest_readiness.repo.llm.calls import PROMPT_KEYWORDS, LlmCall
from pytest_readiness.repo.llm.handles import passed
from pytest_readiness.repo.modules import Function, Module, call_name, text_of
from pytest_readiness.repo.names import Binding, Names, Value

DEPTH = 10
ALTERNATIVES = 24
"""Most texts that one question may have (branches, callers); further ones are not looked at."""


class Prompts:
    """Answers for one agent."""

    def __init__(self, agent: Agent, names: Names) -> None:
        self._agent, self._names = agent, names
        self._handed_texts: dict[tuple[Function, str], list[str]] = {}

    def texts(self, site: LlmCall) -> list[str]:
        """Every constant text that the call's question may have: one for each caller and branch that words it."""
        holder = self._agent.holder(site)
        return _joined([self._text(holder.module, holder, p, site.node, DEPTH) for p in site.prompts])

    def _text(
        self, module: Module, function: Function | None, node: ast.expr, before: ast.AST, depth: int
    ) -> list[str]:
        """The texts of an expression; `before` is where it is read, so that later assignments do not count."""
        if depth <= 0:
            return [""]
        match node:
            case ast.Constant():
                return [text_of(node) or ""]
            case ast.Name():
                return self._name(module, function, node, before, depth - 1)
            case ast.IfExp():
                return [t for n in (node.body, node.orelse) for t in self._text(module, function, n, before, depth - 1)]
            case ast.Attribute():
                return self._values(self._names.resolve(module, node), depth - 1) or [""]
            case ast.Call():
                return self._call(module, function, node, before, depth - 1)
            case ast.Subscript() if text_of(node.slice) is not None:
                found = self._values(self._names.resolve(module, node), depth - 1)
                return found or self._text(module, function, node.value, before, depth - 1)
            case ast.Dict():
                parts = _questions(node)
            case _:
                parts = [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)]
        return _joined(self._text(module, function, p, before, depth - 1) for p in parts)

    def _call(
        self, module: Module, function: Function | None, node: ast.Call, before: ast.AST, depth: int
    ) -> list[str]:
        """A prompt builder's returns; for anything else (`join`, `format`, `dedent`) the text that goes in."""
        found = [f for f in self._functions(module, node) if f is not function]
        if found:
            values = [(f, r.value) for f in found for r in f.returns if r.value is not None]
            return [t for f, v in values for t in self._text(f.module, f, v, v, depth)][:ALTERNATIVES] or [""]
        receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
        parts = [*receiver, *node.args, *(k.value for k in node.keywords)]
        return _joined(self._text(module, function, p, before, depth) for p in parts)

    def _functions(self, module: Module, node: ast.Call) -> list[Function]:
        name = call_name(node)
        if isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "self":
            return [self._agent.methods[name]] if name in self._agent.methods else []
        return self._names.functions(module, node.func)

    def _name(
        self, module: Module, function: Function | None, node: ast.Name, before: ast.AST, depth: int
    ) -> list[str]:
        scope = module.enclosing_function(node) or function
        while scope is not None:
            bindings = self._names.bindings(scope).get(node.id)
            if bindings:
                return self._bound(scope, bindings, node.id, before, depth)
            scope = module.enclosing_function(scope.node)
        return self._values(self._names.resolve(module, node), depth) or [""]

    def _bound(self, scope: Function, bindings: list[Binding], name: str, before: ast.AST, depth: int) -> list[str]:
        if isinstance(bindings[0].node, ast.arg) and len(bindings) == 1:
            return self._handed(scope, name, depth)
        assigned, added = _reaching(scope, bindings, before)
        base = [t for a in assigned for t in self._text(scope.module, scope, a, a, depth)] or [""]
        more = [self._text(scope.module, scope, a, a, depth) for a in (*added, *_appended(scope, name, before))]
        return _joined([base, *more])

    def _handed(self, function: Function, name: str, depth: int) -> list[str]:
        """What the agent's methods pass to a parameter; each parameter is looked at once, so that circles end."""
        key = (function, name)
        if key not in self._handed_texts:
            self._handed_texts[key] = [""]
            self._handed_texts[key] = self._passed(function, name, depth)
        return self._handed_texts[key]

    def _passed(self, function: Function, name: str, depth: int) -> list[str]:
        found: list[str] = []
        for edge in self._agent.into(function):
            value = passed(edge.call, function, name) if edge.call else None
            if value is not None:
                found += self._text(edge.source.module, edge.source, value, value, depth)
        return found[:ALTERNATIVES] or [""]

    def _values(self, symbols: Iterable[object], depth: int) -> list[str]:
        """Constants that a name of a module or class stands for."""
        values = [s for s in symbols if isinstance(s, Value)]
        return [t for v in values for t in self._text(v.module, None, v.node, v.node, depth)][:ALTERNATIVES]


def _questions(node: ast.Dict) -> list[ast.expr]:
    """The entries of a dict that carry the question where it names them (request parameters), else all of them."""
    pairs = list(zip(node.keys, node.values, strict=True))
    chosen = [v for k, v in pairs if text_of(k) in PROMPT_KEYWORDS]
    return chosen or [v for _, v in pairs]


def _joined(parts: Iterable[list[str]]) -> list[str]:
    """Every combination of the parts' alternatives, as far as the limit goes."""
    found = [""]
    for part in parts:
        found = ["\n".join(pair) for pair in list(product(found, part))[:ALTERNATIVES]]
    return found


def _reaching(scope: Function, bindings: list[Binding], before: ast.AST) -> tuple[list[ast.expr], list[ast.expr]]:
    """The values that a name may have where it is read, and what `+=` added to them since."""
    line = getattr(before, "lineno", 0)
    earlier = [b for b in bindings if getattr(b.node, "lineno", 0) <= line]
    added = [b.node.value for b in earlier if isinstance(b.node, ast.AugAssign)]
    values = [b for b in earlier if b.value is not None]
    around = {id(p) for p in scope.module.ancestors(before)}
    for index in range(len(values) - 1, -1, -1):
        if id(scope.module.parents.get(values[index].node)) in around:
            values = values[index:]
            break
    return [b.value for b in values if b.value is not None], added


def _appended(scope: Function, name: str, before: ast.AST) -> Iterator[ast.expr]:
    """What is appended to a list, or put into a dict, before it is read."""
    line = getattr(before, "lineno", 0)
    for node in scope.own_nodes:
        if getattr(node, "lineno", line + 1) > line:
            continue
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=root), attr="append" | "insert" | "extend")) if (
                root == name
            ):
                yield from node.args
            case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=root))], value=value) if root == name:
                yield value
