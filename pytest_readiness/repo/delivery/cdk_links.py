"""Which constructs does an expression of CDK code lead to, through variables, calls around them and mappings?"""

from __future__ import annotations

import ast
from functools import cached_property

from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.infra_model import Resource
from pytest_readiness.repo.modules import Module, constant

DEPTH = 8
_STANDING_FOR = ("alias", "cfnalias", "version")
"""Constructs that stand for a function that they are given."""


class CdkLinks:
    """Follows expressions to constructs."""

    def __init__(self, app: CdkApp) -> None:
        self.app = app
        self._known: dict[tuple[ast.expr, int], frozenset[Resource]] = {}
        self._busy: set[ast.expr] = set()

    def of(self, module: Module, node: ast.expr | None, depth: int = DEPTH) -> frozenset[Resource]:
        """The constructs that the expression holds, or that something it holds was made with."""
        if node is None or depth <= 0 or node in self._busy:  # an expression inside itself adds nothing
            return frozenset()
        if (node, depth) not in self._known:
            self._busy.add(node)
            try:
                self._known[node, depth] = frozenset(self._of(module, node, depth))
            finally:
                self._busy.discard(node)
        return self._known[node, depth]

    def of_call(self, module: Module, call: ast.Call) -> frozenset[Resource]:
        """The constructs that a call is made on, or is given."""
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        passed = [*call.args, *(k.value for k in call.keywords)]
        return frozenset(r for e in (receiver, *passed) for r in self.of(module, e))

    def _of(self, module: Module, node: ast.expr, depth: int) -> set[Resource]:
        parts = _parts(node)
        if parts is not None:
            return {r for e in parts for r in self.of(module, e, depth - 1)}
        found: set[Resource] = set()
        for origin in self.app.behind(module, node):
            found |= self._from(origin.module, origin.node, depth)
        for origin in self.app.origins.of(module, node):
            if isinstance(origin.node, ast.List | ast.Tuple | ast.Dict):
                found |= self.of(origin.module, origin.node, depth - 1)
        return found | self._stored(module, node, depth) | self._looped(module, node, depth)

    def _looped(self, module: Module, node: ast.expr, depth: int) -> set[Resource]:
        """What a loop's variable stands for: anything of what the loop runs over."""
        found = self.app.names.lookup(module, node) if isinstance(node, ast.Name) else None
        loops = [b.node for b in found[1] if isinstance(b.node, ast.For | ast.comprehension)] if found else []
        return {r for loop in loops for r in self.of(module, loop.iter, depth - 1)}

    def _from(self, module: Module, node: ast.expr, depth: int) -> set[Resource]:
        """The construct that a call makes, else those that it is given."""
        made = self.app.made_by(node)
        if made is not None and made.type[1] not in _STANDING_FOR:
            return {made}
        if not isinstance(node, ast.Call):
            return set()
        passed = [*node.args, *(k.value for k in node.keywords)]
        found = {r for e in passed for r in self.of(module, e, depth - 1)}
        if isinstance(node.func, ast.Attribute):
            found |= self.of(module, node.func.value, depth - 1)
        return found

    def _stored(self, module: Module, node: ast.expr, depth: int) -> set[Resource]:
        """What was stored in the mapping or list that the expression takes something out of, or is."""
        container, key = node, None
        match node:
            case ast.Subscript():
                container, key = node.value, constant(node.slice)
            case ast.Call(func=ast.Attribute(value=inner, attr="get" | "values" | "items" | "pop"), args=args):
                container, key = inner, constant(args[0]) if args else None
        displays = {o.node for o in self.app.origins.of(module, container)} & set(self._stores)
        stored = [s for d in displays for s in self._stores[d]]
        wanted = [s for s in stored if key is None or s[2] is None or s[2] == key]
        return {r for m, value, _ in wanted for r in self.of(m, value, depth - 1)}

    @cached_property
    def _stores(self) -> dict[ast.expr, list[tuple[Module, ast.expr, object]]]:
        """Display of a mapping or list -> what code stores in it: module, value, literal key."""
        found: dict[ast.expr, list[tuple[Module, ast.expr, object]]] = {}
        for module in self.app.modules:
            for node in module.nodes:
                match node:
                    case ast.Assign(targets=[ast.Subscript(value=container, slice=key)], value=value):
                        self._store(found, module, container, value, constant(key))
                    case ast.Call(func=ast.Attribute(value=container, attr="append" | "add"), args=[value]):
                        self._store(found, module, container, value, None)
        return found

    def _store(
        self,
        found: dict[ast.expr, list[tuple[Module, ast.expr, object]]],
        module: Module,
        container: ast.expr,
        value: ast.expr,
        key: object,
    ) -> None:
        for origin in self.app.origins.of(module, container):
            if isinstance(origin.node, ast.Dict | ast.List | ast.Call):
                found.setdefault(origin.node, []).append((module, value, key))


def _parts(node: ast.expr) -> list[ast.expr] | None:
    """The expressions that a display, a computed text or a choice is made of; None for anything else."""
    match node:
        case ast.List() | ast.Tuple() | ast.Set():
            return node.elts
        case ast.Dict() | ast.JoinedStr() | ast.BoolOp():
            return node.values
        case ast.ListComp() | ast.GeneratorExp():
            return [node.elt]
        case ast.Starred() | ast.Await() | ast.FormattedValue():
            return [node.value]
        case ast.BinOp():
            return [node.left, node.right]
        case ast.IfExp():
            return [node.body, node.orelse]
    return None
