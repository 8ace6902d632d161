"""Expressions of Python code as data, as far as they can be known without running anything."""

from __future__ import annotations

import ast

from pytest_readiness.repo.data_files import EITHER, EXPRESSION, NAME, Datum
from pytest_readiness.repo.modules import Module, argument, call_name, constant, dotted
from pytest_readiness.repo.names import External, Names, Value
from pytest_readiness.repo.origins import Origins

BASES = frozenset({"Stack", "App", "Stage", "NestedStack", "Construct", "Aspects"})
"""Classes of aws_cdk that are no resources."""
RECEIVER = "self"
"""Key under which a metric that a construct hands out (`filter.metric()`) holds what the construct is declared with."""
_DEPTH = 8
_MOST_ORIGINS = 4


def is_construct(call: ast.Call, kind: str) -> bool:
    """Whether a call of something of aws_cdk declares a construct: a capitalised name, a scope and an id."""
    name = kind.rpartition(".")[2]
    if not name[:1].isupper() or name in BASES:
        return False
    if call.args and isinstance(call.args[0], ast.Constant | ast.JoinedStr):  # a text is no scope
        return False
    keywords = {k.arg for k in call.keywords}
    return len(call.args) >= 2 or (bool(call.args) and "id" in keywords) or {"scope", "id"} <= keywords


class CodeValues:
    """Turns expressions into data: literals, names of libraries, what calls construct.

    Where an expression may be one of several things (a loop, a parameter), at most `most` of them are looked at.
    """

    def __init__(self, names: Names, origins: Origins, most: int = _MOST_ORIGINS) -> None:
        self._names, self._origins, self._most = names, origins, most
        self._grown: dict[Module, dict[str, list[ast.expr]]] = {}
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
            case ast.JoinedStr():
                return self._joined(module, node, depth)
            case ast.Starred() | ast.Await() | ast.NamedExpr():
                return self.of(module, node.value, depth - 1)
            case ast.ListComp() | ast.GeneratorExp():
                return Datum(module.path, line, (self.of(module, node.elt, depth - 1),))
            case ast.DictComp():
                return Datum(module.path, line, {"*": self.of(module, node.value, depth - 1)})
        return Datum(module.path, line, "", EXPRESSION)

    def _joined(self, module: Module, node: ast.JoinedStr, depth: int) -> Datum:
        """A formatted string: its text, or each that it may be; computed where a part is."""
        texts = [""]
        for part in node.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            found = self.of(module, inner, depth - 1)
            parts = [d.value for d in (found.elements if found.tag == EITHER else (found,)) if not d.tag]
            if not parts or not all(isinstance(p, str | int | float) for p in parts):
                return Datum(module.path, node.lineno, "", EXPRESSION)
            texts = [f"{text}{p}" for text in texts for p in parts][: self._most]
        return self._either(module, node.lineno, [Datum(module.path, node.lineno, text) for text in texts])

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
            inner = self.arguments(module, node, depth).entries | self._receiver(module, node, depth)
            return Datum(module.path, node.lineno, inner, external[0])
        if external:
            return self.arguments(module, node, depth)
        found = self._followed(module, node, depth)
        return Datum(found.path, found.line, call_name(node), EXPRESSION) if found.value == "" else found

    def _receiver(self, module: Module, node: ast.Call, depth: int) -> dict[str, Datum]:
        """What the construct is declared with that `<construct>.metric(...)` is called on."""
        if call_name(node) != "metric" or not isinstance(node.func, ast.Attribute):
            return {}
        made = (o for o in self._origins.of(module, node.func.value) if isinstance(o.node, ast.Call))
        found = [self.arguments(o.module, o.node, depth - 1) for o in made if isinstance(o.node, ast.Call)]
        return {RECEIVER: found[0]} if found else {}

    def _named(self, module: Module, node: ast.expr, depth: int) -> Datum:
        external = [s.name for s in self._names.resolve(module, node) if isinstance(s, External)]
        if external:
            return Datum(module.path, node.lineno, external[0], NAME)
        return self._kept(module, node, depth) or self._followed(module, node, depth)

    def _kept(self, module: Module, node: ast.expr, depth: int) -> Datum | None:
        """What a table holds under a literal key, or a record in a field."""
        found: list[Datum] = []
        if isinstance(node, ast.Subscript):
            held = [s for s in self._names.resolve(module, node) if isinstance(s, Value)]
            found = [self.of(s.module, s.node, depth - 1) for s in held[: self._most] if s.node is not node]
        elif isinstance(node, ast.Attribute) and node.attr == "value" and isinstance(node.value, ast.Attribute):
            held = [s for s in self._names.resolve(module, node.value) if isinstance(s, Value)]
            found = [self.of(s.module, s.node, depth - 1) for s in held[: self._most]]
        elif isinstance(node, ast.Attribute):
            records = [o for o in self._origins.of(module, node.value)[: self._most] if isinstance(o.node, ast.Call)]
            fields = [(o.module, self._field(o.module, o.node, node.attr)) for o in records]
            found = [self.of(m, f, depth - 1) for m, f in fields if f is not None]
        return self._either(module, node.lineno, found) if found else None

    def _field(self, module: Module, made: ast.expr, name: str) -> ast.expr | None:
        """What a call that makes a record of a class of the repository gives the field."""
        if not isinstance(made, ast.Call):
            return None
        owners = [c for c in self._names.constructed(module, made) if name in c.fields]
        return argument(made, name, owners[0].fields.index(name)) if owners else None

    def _followed(self, module: Module, node: ast.expr, depth: int) -> Datum:
        """What the name was bound to, or the function returned, with the line of the use."""
        origins = [o for o in self._origins.of(module, node) if o.node is not node]
        found = [self.of(o.module, o.node, depth - 1) for o in origins[: self._most]]
        if not found:
            return Datum(module.path, node.lineno, dotted(node) or "", EXPRESSION)
        return self._with_added(module, node, self._either(module, node.lineno, found), depth)

    def _with_added(self, module: Module, node: ast.expr, found: Datum, depth: int) -> Datum:
        """A list, with what `.append(...)` and `.extend(...)` on the same name add in that function or class."""
        name = dotted(node)
        if name is None or not isinstance(found.value, tuple) or found.tag:
            return found
        place = self._place(module, node, name)
        added = [e for e in self._additions(module).get(name, []) if self._place(module, e, name) is place]
        parts = [d for e in added[: self._most] for d in _spread(self.of(module, e, depth - 1), e, module)]
        return Datum(found.path, found.line, (*found.elements, *parts)) if parts else found

    @staticmethod
    def _place(module: Module, node: ast.expr, name: str) -> object:
        return module.enclosing_class(node) if name.startswith("self.") else module.enclosing_function(node)

    def _additions(self, module: Module) -> dict[str, list[ast.expr]]:
        """Name of a list -> what the module's code adds to it."""
        if module not in self._grown:
            self._grown[module] = {}
            for call in module.calls:
                if call_name(call) in ("append", "extend") and isinstance(call.func, ast.Attribute) and call.args:
                    self._grown[module].setdefault(dotted(call.func.value) or "", []).append(call.args[0])
        return self._grown[module]

    def _either(self, module: Module, line: int, found: list[Datum]) -> Datum:
        first = found[0]
        if all(type(d.value) is type(first.value) and d.value == first.value and d.tag == first.tag for d in found):
            return Datum(module.path, line, first.value, first.tag)
        return Datum(module.path, line, tuple(found), EITHER)


def _spread(found: Datum, node: ast.expr, module: Module) -> tuple[Datum, ...]:
    """The elements that the value adds to a list: its own where it is the argument of `.extend(...)`, else itself."""
    call = module.parents.get(node)
    return found.elements if isinstance(call, ast.Call) and call_name(call) == "extend" else (found,)
