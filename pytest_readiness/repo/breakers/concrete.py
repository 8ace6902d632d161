"""An object that the facade holds, made again on the machine with what it was constructed with."""

from __future__ import annotations

import ast

from pytest_readiness.repo.machine import Ext, Machine, Raised, Stuck, Unknown
from pytest_readiness.repo.machine.objects import Passed
from pytest_readiness.repo.machine.values import Scope
from pytest_readiness.repo.modules import Class, Module, Site
from pytest_readiness.repo.origins import Origins
from pytest_readiness.repo.symbolic import values as symbolic
from pytest_readiness.repo.symbols import External

DEPTH = 5
"""Most objects within objects."""


class Concrete:
    """Turns what an object was constructed with into values of a machine."""

    def __init__(self, machine: Machine, origins: Origins) -> None:
        self._machine, self._origins = machine, origins

    def of(self, value: symbolic.Value, written: tuple[Module, ast.expr] | None = None, depth: int = DEPTH) -> object:
        """The value on the machine. `written` is the expression that stands for it where it was handed over."""
        found = self._of(value, depth)
        if isinstance(found, Unknown) and written is not None:
            return self._evaluated(*written)
        return found

    def _of(self, value: symbolic.Value, depth: int) -> object:
        match value:
            case symbolic.Const():
                return value.value
            case symbolic.Member():
                return self._machine.members(value.cls).get(value.name, Unknown(value.name))
            case symbolic.Kind(of=Class() as cls):
                return cls
            case symbolic.Kind(of=External() as external):
                return Ext(external.name)
            case symbolic.Obj() if depth:
                return self._object(value, depth)
            case symbolic.Items():
                return [self.of(v, None, depth - 1) for v in value.items]
            case symbolic.Unknown(of=symbolic.Obj() as owner) if depth and not value.parts:
                return self._machine.attribute(self._of(owner, depth - 1), value.name)
        return Unknown(getattr(value, "name", ""))

    def _object(self, obj: symbolic.Obj, depth: int) -> object:
        call = obj.node if isinstance(obj.node, ast.Call) else None
        nodes = [a for a in call.args if not isinstance(a, ast.Starred)] if call else []
        keywords = {k.arg: k.value for k in call.keywords if k.arg} if call else {}
        args = [self.of(v, self._written(obj, nodes, i), depth - 1) for i, v in enumerate(obj.args)]
        kwargs = {n: self.of(v, self._named(obj, keywords, n), depth - 1) for n, v in obj.kwargs}
        if isinstance(obj.of, External):
            return self._machine.call(Ext(obj.of.name), args, kwargs)
        sites = [self.site(obj.module, nodes[i]) if i < len(nodes) else obj.place for i in range(len(args))]
        named = {n: self.site(obj.module, keywords[n]) for n in kwargs if n in keywords}
        passed: Passed = (sites, named, obj.place)
        return self._machine.make(obj.of, args, kwargs, passed)

    def _written(self, obj: symbolic.Obj, nodes: list[ast.expr], position: int) -> tuple[Module, ast.expr] | None:
        return (obj.module, nodes[position]) if position < len(nodes) else None

    def _named(self, obj: symbolic.Obj, keywords: dict[str, ast.expr], name: str) -> tuple[Module, ast.expr] | None:
        return (obj.module, keywords[name]) if name in keywords else None

    def _evaluated(self, module: Module, node: ast.expr) -> object:
        """The expression worked out where the names around it are not known."""
        function = module.enclosing_function(node)
        scope = Scope(module, self._machine.module_scope(module))
        stored = {n.id for n in function.own_nodes if isinstance(n, ast.Name)} if function else set()
        outside = set(function.module.definitions) if function else set()
        parameters = {p.arg for p in function.params} if function else set()
        for name in (stored & parameters) - outside:
            scope.vars[name] = Unknown(name)
        try:
            return self._machine.expr(node, scope)
        except (Raised, Stuck):
            return Unknown()

    def site(self, module: Module, node: ast.expr) -> Site:
        """Where the value of an argument was written: the literal behind a name."""
        behind = self._origins.of(module, node)
        return behind[0].module.at(behind[0].node) if len(behind) == 1 else module.at(node)
