"""Is a length of time surely positive: a number, a setting, or a parameter that is or falls back to one?"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Function, Module, argument, call_name, dotted
from pytest_readiness.repo.names import Binding, Instance

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_ALL_OF = frozenset({"int", "float", "round", "abs", "str", "min", "total_seconds", "Decimal"})
_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get", "decouple.config"})
_FIELDS = frozenset({"Field", "field", "Setting", "config"})
_DEPTH = 8


class Limits:
    """Judges expressions where they stand."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._names = repo, repo.names
        self._busy: set[ast.AST] = set()

    def positive(self, function: Function, node: ast.expr) -> bool:
        """Whether the expression is surely a positive number; what cannot be known is taken for a setting."""
        return self.positive_in(function.module, function, node)

    def positive_in(self, module: Module, function: Function | None, node: ast.expr, depth: int = _DEPTH) -> bool:
        """The same for an expression in a function or, without one, at module level."""
        if depth <= 0 or node in self._busy:
            return True
        self._busy.add(node)
        try:
            return self._judged(module, function, node, depth - 1)
        finally:
            self._busy.discard(node)

    def _judged(self, module: Module, function: Function | None, node: ast.expr, depth: int) -> bool:
        def inner(part: ast.expr) -> bool:
            return self.positive_in(module, function, part, depth)

        match node:
            case ast.Constant():
                return _is_positive(node.value)
            case ast.UnaryOp():
                return False
            case ast.BinOp(left=left, op=op, right=right):
                return inner(left) or inner(right) if isinstance(op, ast.Add) else inner(left)
            case ast.BoolOp(op=ast.Or(), values=values):
                return inner(values[-1])
            case ast.IfExp(test=test, body=body, orelse=orelse):
                told = set(_names_of(test))
                return all(inner(p) or bool(told & set(_names_of(p))) for p in (body, orelse))
            case ast.Name():
                return self._name(module, function, node, depth)
            case ast.Attribute():
                return self._attribute(module, node, depth)
            case ast.Call():
                return self._called(module, function, node, inner)
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                return inner(node.value)
            case ast.Subscript():
                return self._item(module, node, depth)
        return not isinstance(node, ast.Compare | ast.JoinedStr)

    def _name(self, module: Module, function: Function | None, node: ast.Name, depth: int) -> bool:
        if function is not None and _is_guarded(function, node):
            return True
        found = self._names.lookup(module, node)
        if found is None:
            return True
        scope, bindings = found
        home = scope if isinstance(scope, Function) else None
        source = scope if isinstance(scope, Module) else scope.module
        parameter = next((b for b in bindings if isinstance(b.node, ast.arg)), None)
        assigned = [b for b in bindings if b.value is not None]
        if parameter is not None and home is not None:
            return self._parameter(home, node.id, assigned, depth)
        if not assigned:
            return self._followed(module, node, depth)
        return all(self._value(source, home, b, node.id, depth) for b in assigned)

    def _value(self, module: Module, function: Function | None, binding: Binding, name: str, depth: int) -> bool:
        value = binding.value
        if value is None or (isinstance(value, ast.Name) and value.id == name):
            return True
        return self.positive_in(module, function, value, depth)

    def _parameter(self, function: Function, name: str, assigned: list[Binding], depth: int) -> bool:
        """A default that is positive, or an assignment that mends one that is not."""
        default = function.defaults.get(name)
        if default is not None:
            if self.positive_in(function.module, function, default, depth):
                return True
            return any(self._value(function.module, function, b, name, depth) for b in assigned)
        annotation = next((p.annotation for p in function.params if p.arg == name), None)
        if annotation is not None and "None" in ast.dump(annotation) + (dotted(annotation) or ""):
            return any(self._value(function.module, function, b, name, depth) for b in assigned)
        return self._passed(function, name, depth)

    def _passed(self, function: Function, name: str, depth: int) -> bool:
        """A required parameter: what callers pass."""
        for module, call in self._repo.origins.calls_of(function):
            given = self._repo.origins.argument_of(function, call, name)
            user = module.enclosing_function(call)
            if given is not None and not self.positive_in(module, user, given, depth):
                return False
        return True

    def _attribute(self, module: Module, node: ast.Attribute, depth: int) -> bool:
        owners = [s.of if isinstance(s, Instance) else s for s in self._names.resolve(module, node.value)]
        classes = [o for o in owners if isinstance(o, Class)]
        for cls in classes:
            for owner in (c for c in self._names.ancestry(cls) if isinstance(c, Class)):
                given = self._names.attributes(owner).get(node.attr, [])
                if given:
                    return all(self._value(m.module, m, b, "", depth) for m, b in given)
                declared = [b for b in self._names.bindings(owner).get(node.attr, []) if b.value is not None]
                if declared:
                    return all(self._value(owner.module, None, b, "", depth) for b in declared)
        return True if classes else self._followed(module, node, depth)

    def _followed(self, module: Module, node: ast.expr, depth: int) -> bool:
        """What other modules bind the name to."""
        origins = [o for o in self._repo.origins.of(module, node) if o.node is not node]
        return all(self.positive_in(o.module, o.module.enclosing_function(o.node), o.node, depth) for o in origins)

    def _called(
        self, module: Module, function: Function | None, call: ast.Call, inner: Callable[[ast.expr], bool]
    ) -> bool:
        name = call_name(call)
        given = [*call.args, *(k.value for k in call.keywords)]
        if name in ("timedelta", "max"):
            return any(map(inner, given))
        if name == "total_seconds" and isinstance(call.func, ast.Attribute):
            return inner(call.func.value)
        if name in _ALL_OF:
            return all(map(inner, given))
        if _ENVIRONMENT & set(self._names.dotted(module, call.func)) or name == "get":
            default = argument(call, "default", 1)
            return default is None or inner(default)
        if name in _FIELDS and (default := argument(call, "default", 0)) is not None:
            return inner(default)
        functions = self._names.functions(module, call.func)
        values = [(f, r.value) for f in functions if f is not function for r in f.returns]
        return all(v is not None and self.positive_in(f.module, f, v, _DEPTH // 2) for f, v in values)

    def _item(self, module: Module, node: ast.Subscript, depth: int) -> bool:
        """A table of times: all of them."""
        tables = [o for o in self._repo.origins.of(module, node.value) if isinstance(o.node, ast.Dict)]
        values = [(o.module, v) for o in tables if isinstance(o.node, ast.Dict) for v in o.node.values]
        return all(self.positive_in(m, m.enclosing_function(v), v, depth) for m, v in values)


def _is_positive(value: object) -> bool:
    if isinstance(value, str):
        try:
            return float(value) > 0
        except ValueError:
            return False
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _is_guarded(function: Function, node: ast.Name) -> bool:
    """`if ttl:` around it, with the node in the branch where it is true."""
    child: ast.AST = node
    for parent in function.module.ancestors(node):
        if parent is function.node:
            return False
        if isinstance(parent, ast.If) and child in parent.body and _asks(parent.test, node.id):
            return True
        child = parent
    return False


def _asks(test: ast.expr, name: str) -> bool:
    """`ttl`, `ttl is not None`, `ttl > 0`, also among others joined by `and`."""
    match test:
        case ast.Name(id=asked):
            return asked == name
        case ast.Compare(left=ast.Name(id=asked), ops=[ast.IsNot() | ast.Gt() | ast.NotEq()]):
            return asked == name
        case ast.BoolOp(op=ast.And(), values=values):
            return any(_asks(v, name) for v in values)
    return False


def _names_of(node: ast.expr) -> list[str]:
    return [
        n.id if isinstance(n, ast.Name) else n.attr for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute)
    ]
