"""Expressions of Python code as data, as far as they can be known without running anything."""

from __future__ import annotations

import ast

from pytest_readiness.repo.data_files import EITHER, EXPRESSION, NAME, Datum
from pytest_readiness.repo.modules import Module, constant, dotted
from pytest_readiness.repo.names import External, Names
from pytest_readiness.repo.origins import Origins

BASES = frozenset({"Stack", "App", "Stage", "NestedStack", "Construct", "Aspects"})
"""Classes of aws_cdk that are no resources."""
_DEPTH = 8
_MOST_ORIGINS = 4


def is_construct(call: ast.Call, kind: str) -> bool:
    """Whether a call of something of aws_cdk declares a construct: a capitalised name, a scope and an id."""
    name = kind.rpartition(".")[2]
    if not name[:1].isupper() or name in BASES:
        return False
    keywords = {k.arg for k in call.keywords}
    return len(call.args) >= 2 or (bool(call.args) and "id" in keywords) or {"scope", "id"} <= keywords


class CodeValues:
    """Turns expressions into data: literals, names of libraries, what calls construct."""

    def __init__(self, names: Names, origins: Origins) -> None:
        self._names, self._origins = names, origins
        self._known: dict[tuple[ast.expr, int], Datum] = {}

    def arguments(self, module: Module, call: ast.Call, depth: int = _DEPTH) -> Datum:
        """What the call passes: keywords by name (`**common` unpacked), positional arguments by "0", "1"."""
        entries = {str(i): self.of(module, a, depth - 1) for i, a in enumerate(call.args)}
        for keyword in call.keywords:
            value = self.of(module, keyword.value, depth - 1)
            entries |= value.entries if keyword.arg is None else {keyword.arg: value}
        return Datum(module.path, call.lineno, entries)

    def of(self, module: Module, node: ast.expr, depth: int = _DEPTH) -> Datum:
        """The value as far as it can be known; a computed one is tagged EXPRESSION."""
        if depth <= 0:
            return Datum(module.path, node.lineno, "", EXPRESSION)
        if (node, depth) not in self._known:
            self._known[node, depth] = self._of(module, node, depth)
        return self._known[node, depth]

    def _of(self, module: Module, node: ast.expr, depth: int) -> Datum:
        line = node.lineno
        match node:
            case ast.Constant():
                value = constant(node)
                return Datum(module.path, line, value if isinstance(value, str | int | float | bool) else None)
            case ast.Dict():
                return Datum(module.path, line, self._entries(module, node, depth))
            case ast.List() | ast.Tuple() | ast.Set():
                return Datum(module.path, line, tuple(self.of(module, e, depth - 1) for e in node.elts))
            case ast.IfExp():
                return self._either(module, line, [self.of(module, n, depth - 1) for n in (node.body, node.orelse)])
            case ast.Call():
                return self._call(module, node, depth)
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return self._named(module, node, depth)
        return Datum(module.path, line, "", EXPRESSION)

    def _entries(self, module: Module, node: ast.Dict, depth: int) -> dict[str, Datum]:
        found: dict[str, Datum] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            datum = self.of(module, value, depth - 1)
            if key is None:
                found |= datum.entries
            elif isinstance(name := constant(key), str):
                found[name] = Datum(datum.path, key.lineno, datum.value, datum.tag)
        return found

    def _call(self, module: Module, node: ast.Call, depth: int) -> Datum:
        external = self._names.dotted(module, node.func)
        if external and is_construct(node, external[0]):
            return Datum(module.path, node.lineno, {}, external[0])
        if external and external[0] != "builtins.dict":
            inner = self.arguments(module, node, depth)
            return Datum(module.path, node.lineno, inner.value, external[0])
        if external:
            return self.arguments(module, node, depth)
        return self._followed(module, node, depth)

    def _named(self, module: Module, node: ast.expr, depth: int) -> Datum:
        external = [s.name for s in self._names.resolve(module, node) if isinstance(s, External)]
        if external:
            return Datum(module.path, node.lineno, external[0], NAME)
        return self._followed(module, node, depth)

    def _followed(self, module: Module, node: ast.expr, depth: int) -> Datum:
        """What the name was bound to, or the function returned, with the line of the use."""
        origins = [o for o in self._origins.of(module, node) if o.node is not node]
        found = [self.of(o.module, o.node, depth - 1) for o in origins[:_MOST_ORIGINS]]
        if not found:
            return Datum(module.path, node.lineno, dotted(node) or "", EXPRESSION)
        return self._either(module, node.lineno, found)

    def _either(self, module: Module, line: int, found: list[Datum]) -> Datum:
        first = found[0]
        if all(type(d.value) is type(first.value) and d.value == first.value and d.tag == first.tag for d in found):
            return Datum(module.path, line, first.value, first.tag)
        return Datum(module.path, line, tuple(found), EITHER)
