"""What does this name refer to? Scopes, imports, classes and a light inference of instances, over the whole repository.

Every question may have several answers (both branches of a try/except ImportError, two assignments of one name); they
come in source order. No answer means that the name does not resolve.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from pytest_readiness.repo.annotations import WRAPPERS, items, last_name, named_classes
from pytest_readiness.repo.binding import (
    Binding,
    Comprehension,
    bindings_of,
    comprehension_bindings,
    globals_of,
    matched,
    own_attributes,
    parameters,
    shared_names,
)
from pytest_readiness.repo.finder import Folder, Missing, Opaque, Target
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, own_nodes
from pytest_readiness.repo.symbols import External, Instance, Parameter, Scope, Symbol, Value

__all__ = ["Binding", "External", "Importer", "Instance", "Missing", "Names", "Parameter", "Scope", "Symbol", "Value"]

DEPTH = 12
"""Most steps (imports, assignments, calls) that one question follows."""
STEPS = 1000
"""Most names and expressions that one question asks about; what is known already costs nothing."""
PLAIN = frozenset({"builtins", "typing", "typing_extensions", "abc", "enum"})
"""Modules whose classes have no members to resolve: str, dict, Any."""
GETTERS = frozenset({"get", "pop", "setdefault"})
SAME_ITEMS = frozenset({"list", "tuple", "set", "frozenset", "sorted", "reversed", "iter", "filter"})
CONTEXT_MANAGERS = frozenset({"contextmanager", "asynccontextmanager"})
Key = tuple[object, str]


class Importer(Protocol):
    """Finds modules of the repository by name."""

    def find(self, dotted: str, origin: Module) -> Target | Missing | None:
        """The module; Missing where it ought to be in the repository and is not; None for third-party."""

    def source(self, statement: ast.ImportFrom, origin: Module) -> Target | Missing | None:
        """What a from-import takes its names from; Missing and None as in `find`."""

    def submodule(self, package: Target, name: str) -> Target | None:
        """The module `name` inside a package, if it is there."""


class Names:
    """Resolves names and expressions. Each question is answered once; a question inside itself has no answer."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer
        self._bindings: dict[ast.AST, dict[str, list[Binding]]] = {}
        self._attributes: dict[ast.AST, dict[str, list[tuple[Function, Binding]]]] = {}
        self._visible: dict[Scope, dict[str, list[Binding]]] = {}
        self._lines: dict[ast.AST, list[Class | External]] = {}
        self._answers: dict[Key, tuple[Symbol, ...]] = {}
        self._asked: set[Key] = set()
        self._steps = self._cut = 0

    def resolve(self, module: Module, node: ast.expr, depth: int = DEPTH) -> list[Symbol]:
        """All things that the expression may refer to."""
        if isinstance(node, ast.Name):
            return self._name(module, node, depth)
        if not isinstance(node, ast.Attribute | ast.Call | ast.Subscript | _TRANSPARENT):
            return [Value(module, node)] if depth > 0 else []
        if node not in module.parents:
            return list(self._resolved(module, node, depth))
        return self._answer((node, ""), depth, lambda: self._resolved(module, node, depth))

    def dotted(self, module: Module, node: ast.expr) -> list[str]:
        """External dotted names that the expression may refer to; an instance's members follow its class's name."""
        return [s.name for s in self.resolve(module, node) if isinstance(s, External)]

    def functions(self, module: Module, node: ast.expr) -> list[Function]:
        """Functions of the repository that the expression may refer to."""
        return [s for s in self.resolve(module, node) if isinstance(s, Function)]

    def classes(self, module: Module, node: ast.expr) -> list[Class]:
        """Classes of the repository that the expression may name (not instances of them)."""
        return [s for s in self.resolve(module, node) if isinstance(s, Class)]

    def constructed(self, module: Module, call: ast.Call) -> list[Class]:
        """Classes of the repository that the call may construct directly."""
        return self.classes(module, call.func)

    def annotated(self, module: Module, annotation: ast.expr | None) -> list[Class]:
        """Classes of the repository that an annotation names; Optional, unions, Annotated, strings looked into."""
        found = self._annotated(module, annotation, DEPTH)
        return [s.of for s in found if isinstance(s, Instance) and isinstance(s.of, Class)]

    def bases(self, cls: Class) -> list[Class | External]:
        """Direct base classes that resolve."""
        found = [s for b in cls.node.bases for s in self.resolve(cls.module, _unsubscripted(b))]
        return [s for s in found if isinstance(s, Class | External)]

    def ancestry(self, cls: Class) -> list[Class | External]:
        """The class, then its base classes in the order in which Python looks for a member, each once."""
        if cls.node not in self._lines:
            before = self._cut
            line = _linear(cls, self.bases)
            if self._cut != before and self._asked:
                return line
            self._lines[cls.node] = line
        return self._lines[cls.node]

    def inherits(self, cls: Class, *names: str) -> bool:
        """Whether a base class is one of these external dotted names."""
        return any(isinstance(c, External) and c.name in names for c in self.ancestry(cls))

    def method(self, cls: Class, name: str) -> Function | None:
        """The method that an object of the class would run, inherited ones too."""
        owners = (c.methods for c in self.ancestry(cls) if isinstance(c, Class))
        return next((m[name] for m in owners if name in m), None)

    def attributes(self, cls: Class) -> dict[str, list[tuple[Function, Binding]]]:
        """`self.<name>` assignments in the class's own methods: name -> where and what."""
        if cls.node not in self._attributes:
            found: dict[str, list[tuple[Function, Binding]]] = {}
            for method in cls.functions:
                for name, binding in own_attributes(method):
                    found.setdefault(name, []).append((method, binding))
            self._attributes[cls.node] = found
        return self._attributes[cls.node]

    def member(self, symbol: Symbol, name: str, depth: int = DEPTH) -> list[Symbol]:
        """What `<symbol>.<name>` refers to."""
        match symbol:
            case External():
                return [External(f"{symbol.name}.{name}")]
            case Instance(of=External() as external):
                return [External(f"{external.name}.{name}")]
            case Module():
                return self.exported(symbol, name, depth)
            case Folder():
                sub = self._importer.submodule(symbol, name)
                return [sub] if sub else []
            case Class():
                return self._class_member(symbol, name, depth) or self._inherited(symbol, name)
            case Instance(of=Class() as cls):
                return [cls] if name == "__class__" else self._instance_member(cls, name, depth)
        return []

    def exported(self, module: Module, name: str, depth: int = DEPTH) -> list[Symbol]:
        """What `from <module> import <name>` gives."""
        return self._answer((module, name), depth, lambda: self._exported(module, name, depth))

    def bindings(self, scope: Scope) -> dict[str, list[Binding]]:
        """Every name that the scope itself binds; the variables of its comprehensions are among them."""
        node = scope.tree if isinstance(scope, Module) else scope.node
        if node is None:
            return {}
        if node not in self._bindings:
            self._bindings[node] = _bindings(scope)
        return self._bindings[node]

    def lookup(self, module: Module, node: ast.Name) -> tuple[Scope, list[Binding]] | None:
        """The innermost scope that binds the name, and how; None where none does (builtins, star imports)."""
        inner: list[Binding] = []
        for scope in self._scopes(module, node, inner):
            bindings = inner or self._seen_from_outside(scope).get(node.id)
            if bindings:
                return scope, _seen(module, node, node.id, bindings) if scope is module else bindings
        return None

    def _seen_from_outside(self, scope: Scope) -> dict[str, list[Binding]]:
        """The bindings of a scope without the variables of its comprehensions."""
        if scope not in self._visible:
            found = self.bindings(scope)
            kept = {n: [b for b in bs if not isinstance(b.node, ast.comprehension)] for n, bs in found.items()}
            self._visible[scope] = kept
        return self._visible[scope]

    # One question, one answer

    def _answer(self, key: Key, depth: int, compute: Callable[[], Iterable[Symbol]]) -> list[Symbol]:
        known = self._answers.get(key)
        if known is not None:
            return list(known)
        self._steps = self._steps + 1 if self._asked else 0
        if depth <= 0 or key in self._asked or self._steps > STEPS:
            self._cut += 1
            return []
        first, before = not self._asked and depth == DEPTH, self._cut
        self._asked.add(key)
        try:
            found = _unique(compute())
        finally:
            self._asked.discard(key)
        if first or self._cut == before:
            self._answers[key] = tuple(found)
        return found

    def _resolved(self, module: Module, node: ast.expr, depth: int) -> Iterable[Symbol]:
        match node:
            case ast.Attribute():
                bases = self.resolve(module, node.value, depth - 1)
                return (s for b in bases for s in self.member(b, node.attr, depth - 1))
            case ast.Call():
                called = self.resolve(module, node.func, depth - 1)
                return [s for c in called for s in self._called(c, node, module, depth - 1)] or self._got(
                    module, node, depth
                )
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                return self.resolve(module, node.value, depth - 1)
            case ast.BoolOp():
                return (s for v in node.values for s in self.resolve(module, v, depth - 1))
            case ast.IfExp():
                return (s for v in (node.body, node.orelse) for s in self.resolve(module, v, depth - 1))
            case ast.Subscript() if last_name(node.value) in WRAPPERS:
                return [Value(module, node)]
            case ast.Subscript():
                return self._item(module, node.value, node.slice, depth)
        return ()

    # Scopes

    def _name(self, module: Module, node: ast.Name, depth: int) -> list[Symbol]:
        found = self.lookup(module, node)
        if found is not None:
            scope, bindings = found
            key = (bindings[0].node, node.id)
            bound = (s for b in bindings for s in self._bound_to(module, scope, b, node.id, depth))
            return self._answer(key, depth, lambda: bound)
        if "*" in self.bindings(module):
            return self.exported(module, node.id, depth - 1)
        return [External(f"builtins.{node.id}")] if hasattr(builtins, node.id) else []

    def _scopes(self, module: Module, node: ast.Name, inner: list[Binding]) -> Iterator[Scope]:
        """Innermost first; a class body sees its own names, its methods do not. What a lambda or a comprehension binds
        is put into `inner`."""
        child: ast.AST = node
        below: ast.AST = node
        inside_function = False
        for parent in module.ancestors(node):
            if isinstance(parent, FunctionNode) and isinstance(child, ast.stmt):
                yield module.function_of(parent)
                inside_function = True
            elif isinstance(parent, ast.ClassDef) and isinstance(child, ast.stmt) and not inside_function:
                yield module.class_of(parent)
            elif isinstance(parent, ast.Lambda) and child is parent.body and not inner:
                inner += [Binding(a) for a in parameters(parent.args) if a.arg == node.id]
            elif isinstance(parent, Comprehension) and not inner and not _is_first_iterable(parent, child, below):
                inner += comprehension_bindings(parent, node.id)
            below, child = child, parent
        yield module

    def _bound_to(self, module: Module, scope: Scope, binding: Binding, name: str, depth: int) -> list[Symbol]:
        node = binding.node
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return [module.function_of(node)]
            case ast.ClassDef():
                return [module.class_of(node)]
            case ast.Import():
                return self._import(module, node, name)
            case ast.ImportFrom():
                return self._from_import(module, node, name, depth)
            case ast.arg():
                return self._parameter(scope, node, depth) if isinstance(scope, Function) else []
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                return self._looped(module, node.iter, node.target, name, depth)
            case ast.ExceptHandler(type=ast.expr() as kind):
                return self._raised(module, kind, depth)
            case ast.MatchAs() if (subject := matched(module, node)) is not None:
                return self.resolve(module, subject, depth - 1)
            case ast.withitem() if binding.value is not None:
                return self._entered(module, binding.value, depth)
        return self._assigned(module, binding, depth)

    def _assigned(self, module: Module, binding: Binding, depth: int) -> list[Symbol]:
        annotated = self._annotated(module, binding.annotation, depth)
        if binding.value is None:
            return annotated
        found = self.resolve(module, binding.value, depth - 1)
        return annotated if annotated and all(isinstance(s, Value) for s in found) else found

    def _raised(self, module: Module, kind: ast.expr, depth: int) -> list[Symbol]:
        kinds = kind.elts if isinstance(kind, ast.Tuple) else [kind]
        found = [s for k in kinds for s in self.resolve(module, k, depth - 1)]
        return [Instance(s) for s in found if isinstance(s, Class | External)]

    def _entered(self, module: Module, value: ast.expr, depth: int) -> list[Symbol]:
        """What `with <value> as name` binds: what the class's __enter__ gives, if that is known."""
        found: list[Symbol] = []
        for symbol in self.resolve(module, value, depth - 1):
            cls = symbol.of if isinstance(symbol, Instance) and isinstance(symbol.of, Class) else None
            enter = (self.method(cls, "__enter__") or self.method(cls, "__aenter__")) if cls else None
            found += (self._returned(enter, depth - 1) if enter else []) or [symbol]
        return found

    def _parameter(self, function: Function, node: ast.arg, depth: int) -> list[Symbol]:
        if not any(p is node for p in function.params):
            return []  # of a lambda
        if function.cls and function.params[0] is node and not _is_static(function):
            return [function.cls] if _is_classmethod(function) else [Instance(function.cls)]
        annotated = self._annotated(function.module, node.annotation, depth)
        return annotated or [Parameter(function, node.arg)]

    # Imports

    def _exported(self, module: Module, name: str, depth: int) -> list[Symbol]:
        bindings = _seen(module, None, name, self.bindings(module).get(name, []))
        found = [s for b in bindings for s in self._bound_to(module, module, b, name, depth)]
        if found:
            return found
        for star in self.bindings(module).get("*", []):
            if isinstance(star.node, ast.ImportFrom):
                found += self._from_import(module, star.node, name, depth)
        if not found and module.is_package:
            sub = self._importer.submodule(module, name)
            found = [sub] if sub else []
        return [s for s in found if not isinstance(s, Missing)]

    def _import(self, module: Module, node: ast.Import, name: str) -> list[Symbol]:
        for alias in node.names:
            wanted = alias.name if alias.asname else alias.name.split(".")[0]
            if name == (alias.asname or wanted):
                found = self._importer.find(wanted, module)
                return [External(wanted)] if found is None else [found]
        return []

    def _from_import(self, module: Module, node: ast.ImportFrom, name: str, depth: int) -> list[Symbol]:
        original = next((a.name for a in node.names if (a.asname or a.name) == name), name)
        source = self._importer.source(node, module)
        if source is None:
            return [External(f"{node.module}.{original}")]
        if isinstance(source, Missing | Opaque):
            return [source]
        found = self.exported(source, original, depth - 1) if isinstance(source, Module) else []
        sub = None if found else self._importer.submodule(source, original)
        return found or [sub or Missing(f"{source.path}:{original}")]

    # Annotations

    def _annotated(self, module: Module, annotation: ast.expr | None, depth: int) -> list[Symbol]:
        """Instances of the classes that an annotation names."""
        if annotation is None or depth <= 0:
            return []
        found = [s for e in named_classes(annotation) for s in self._annotation_name(module, e, depth)]
        return _unique(Instance(s) for s in found if isinstance(s, Class | External))

    def _annotation_name(self, module: Module, node: ast.expr, depth: int) -> list[Symbol]:
        if node not in module.parents and isinstance(node, ast.Name):
            return self.exported(module, node.id, depth - 1)
        found = [s for s in self.resolve(module, node, depth - 1) if not _is_plain_type(s)]
        aliases = (s for s in found if isinstance(s, Value) and isinstance(s.node, ast.Subscript | ast.BinOp))
        meant = [s.of for a in aliases for s in self._annotated(a.module, a.node, depth - 2) if isinstance(s, Instance)]
        return [*found, *meant]

    # Calls

    def _called(self, symbol: Symbol, call: ast.Call, module: Module, depth: int) -> list[Symbol]:
        match symbol:
            case Class():
                return [Instance(symbol)]
            case External():
                return self._called_external(symbol, call, module, depth)
            case Function():
                return self._returned(symbol, depth)
            case Instance(of=Class() as cls):
                method = self.method(cls, "__call__")
                return self._returned(method, depth) if method else []
        return []

    def _called_external(self, symbol: External, call: ast.Call, module: Module, depth: int) -> list[Symbol]:
        """An instance of the external class, but for calls of the standard library that hand on what they are given."""
        match symbol.name, call.args:
            case "builtins.super", _:
                cls = module.enclosing_class(call)
                return [Instance(b) for b in self.bases(cls)] if cls else []
            case "builtins.type", [one]:
                return [s.of for s in self.resolve(module, one, depth) if isinstance(s, Instance)]
            case "builtins.getattr", [one, ast.Constant(value=str() as name), *_]:
                return [s for b in self.resolve(module, one, depth) for s in self.member(b, name, depth)]
            case "functools.partial", [function, *_]:
                return self.resolve(module, function, depth)
            case "typing.cast", [kind, _]:
                return self._annotated(module, kind, depth)
        return [Instance(symbol)]

    def _returned(self, function: Function, depth: int) -> list[Symbol]:
        return self._answer((function.node, "()"), depth, lambda: self._returning(function, depth))

    def _returning(self, function: Function, depth: int) -> list[Symbol]:
        """What the annotation says, and instances that are more exact than it."""
        module, node = function.module, function.node
        if _decorators(function) & CONTEXT_MANAGERS:
            annotated = [s for a in items(node.returns) for s in self._annotated(module, a, depth)]
            values = [n.value for n in function.own_nodes if isinstance(n, ast.Yield)]
        else:
            annotated = self._annotated(module, node.returns, depth)
            values = [r.value for r in function.returns]
        found = [s for v in values if v is not None for s in self.resolve(module, v, depth - 1)]
        exact = [s for s in found if isinstance(s, Instance) and isinstance(s.of, Class)]
        return [*annotated, *exact] if annotated else found

    # Members

    def _instance_member(self, cls: Class, name: str, depth: int) -> list[Symbol]:
        """A method or property of the class; else what its methods assign, with what the class body says."""
        found = self._class_member(cls, name, depth)
        if not all(isinstance(s, Value | Instance) for s in found):
            return found
        return _unique([*self._attribute(cls, name, depth), *found]) or self._inherited(cls, name)

    def _class_member(self, cls: Class, name: str, depth: int) -> list[Symbol]:
        return self._answer((cls, name), depth, lambda: self._in_classes(cls, name, depth))

    def _in_classes(self, cls: Class, name: str, depth: int) -> list[Symbol]:
        for owner in self.ancestry(cls):
            if isinstance(owner, External):
                continue
            if name in owner.methods:
                method = owner.methods[name]
                return self._returned(method, depth - 1) if _is_property(method) else [method]
            bindings = self.bindings(owner).get(name)
            if bindings:
                return [s for b in bindings for s in self._bound_to(owner.module, owner, b, name, depth - 1)]
        return []

    def _inherited(self, cls: Class, name: str) -> list[Symbol]:
        """A member that the repository does not define comes from the external base classes."""
        return [
            External(f"{b.name}.{name}")
            for b in self.ancestry(cls)
            if isinstance(b, External) and not _is_plain_type(b)
        ]

    def _attribute(self, cls: Class, name: str, depth: int) -> list[Symbol]:
        return self._answer((cls.node, f".{name}"), depth, lambda: self._attribute_values(cls, name, depth))

    def _attribute_values(self, cls: Class, name: str, depth: int) -> Iterator[Symbol]:
        for method, binding in self._all_attributes(cls, name):
            yield from self._bound_to(method.module, method, binding, name, depth - 1)

    def _all_attributes(self, cls: Class, name: str) -> list[tuple[Function, Binding]]:
        """`self.<name>` assignments, those of base classes too."""
        owners = (c for c in self.ancestry(cls) if isinstance(c, Class))
        return [found for owner in owners for found in self.attributes(owner).get(name, [])]

    # Containers

    def _item(self, module: Module, container: ast.expr, key: ast.expr, depth: int) -> list[Symbol]:
        """What stands in a container under a key: a literal key of a display is looked up, else all items count."""
        displays = [s for s in self.resolve(module, container, depth - 1) if isinstance(s, Value)]
        wanted = _constant_key(key)
        found = [(d.module, v) for d in displays for v in _under(d.node, wanted)] if wanted is not None else []
        if found or (wanted is not None and displays and all(_is_display(d.node) for d in displays)):
            return [s for m, v in found for s in self.resolve(m, v, depth - 1)]
        return [] if isinstance(key, ast.Slice) else self._items(module, container, depth - 1)

    def _got(self, module: Module, call: ast.Call, depth: int) -> list[Symbol]:
        """`container.get(key)` and the like."""
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr not in GETTERS or not call.args:
            return []
        return self._item(module, func.value, call.args[0], depth)

    def _looped(self, module: Module, iterable: ast.expr, target: ast.expr, name: str, depth: int) -> list[Symbol]:
        """What a loop variable stands for."""
        if isinstance(target, ast.Name):
            return self._items(module, iterable, depth - 1)
        if not isinstance(target, ast.Tuple) or not isinstance(iterable, ast.Call):
            return self._unpacked(module, iterable, target, name, depth)
        at = next((i for i, e in enumerate(target.elts) if isinstance(e, ast.Name) and e.id == name), 0)
        match iterable:
            case ast.Call(func=ast.Attribute(attr="items", value=mapping)) if at == 1:
                return self._items(module, mapping, depth - 1)
            case ast.Call(func=ast.Name(id="enumerate"), args=[first, *_]) if at == 1:
                return self._items(module, first, depth - 1)
            case ast.Call(func=ast.Name(id="zip"), args=several) if at < len(several):
                return self._items(module, several[at], depth - 1)
        return []

    def _unpacked(self, module: Module, iterable: ast.expr, target: ast.expr, name: str, depth: int) -> list[Symbol]:
        """`for name, cls in [("a", A), ("b", B)]`."""
        names = [last_name(e) for e in target.elts] if isinstance(target, ast.Tuple | ast.List) else []
        at = names.index(name) if name in names else 0
        displays = [s for s in self.resolve(module, iterable, depth - 1) if isinstance(s, Value)]
        rows = [(d.module, r) for d in displays for r in getattr(d.node, "elts", [])]
        found = [(m, r.elts[at]) for m, r in rows if isinstance(r, ast.Tuple | ast.List) and at < len(r.elts)]
        return [s for m, v in found for s in self.resolve(m, v, depth - 1)]

    def _items(self, module: Module, node: ast.expr, depth: int) -> list[Symbol]:
        """What a container holds: elements of a display, or what its annotation says."""
        return self._answer((node, "[]"), depth, lambda: self._held(module, node, depth))

    def _held(self, module: Module, node: ast.expr, depth: int) -> list[Symbol]:
        match node:
            case ast.List() | ast.Tuple() | ast.Set():
                return [s for e in node.elts for s in self.resolve(module, e, depth - 1)]
            case ast.Dict():
                return [s for e in node.values for s in self.resolve(module, e, depth - 1)]
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self.resolve(module, node.elt, depth - 1)
            case ast.Await() | ast.NamedExpr():
                return self._items(module, node.value, depth - 1)
            case ast.BoolOp():
                return [s for v in node.values for s in self._items(module, v, depth - 1)]
            case ast.Call():
                return self._held_by_result(module, node, depth)
            case ast.Name():
                bindings = (self.lookup(module, node) or (module, []))[1]
                return [s for b in bindings for s in self._held_by(module, b, depth)]
            case ast.Attribute():
                return self._held_by_attribute(module, node, depth)
        return []

    def _held_by(self, module: Module, binding: Binding, depth: int) -> list[Symbol]:
        annotation = binding.node.annotation if isinstance(binding.node, ast.arg) else binding.annotation
        found = [s for a in items(annotation) for s in self._annotated(module, a, depth)]
        if binding.value is None or found:
            return found
        return self._items(module, binding.value, depth - 1)

    def _held_by_attribute(self, module: Module, node: ast.Attribute, depth: int) -> list[Symbol]:
        found: list[Symbol] = []
        for base in self.resolve(module, node.value, depth - 1):
            cls = base.of if isinstance(base, Instance) else base
            if isinstance(cls, Module):
                found += [s for b in self.bindings(cls).get(node.attr, []) for s in self._held_by(cls, b, depth)]
            if not isinstance(cls, Class):
                continue
            for owner in (c for c in self.ancestry(cls) if isinstance(c, Class)):
                found += [
                    s for b in self.bindings(owner).get(node.attr, []) for s in self._held_by(owner.module, b, depth)
                ]
            found += [s for m, b in self._all_attributes(cls, node.attr) for s in self._held_by(m.module, b, depth)]
        return found

    def _held_by_result(self, module: Module, call: ast.Call, depth: int) -> list[Symbol]:
        match call:
            case ast.Call(func=ast.Attribute(attr="values" | "copy", value=source)):
                return self._items(module, source, depth - 1)
            case ast.Call(func=ast.Name(id=name), args=[*_, source]) if name in SAME_ITEMS:
                return self._items(module, source, depth - 1)
        found: list[Symbol] = []
        for function in self.functions(module, call.func) if depth > 1 else ():
            node = function.node
            found += [s for a in items(node.returns) for s in self._annotated(function.module, a, depth)]
            values = [r.value for r in function.returns if r.value is not None] if node.returns is None else []
            found += [s for v in values for s in self._items(function.module, v, depth - 1)]
        return found


_TRANSPARENT = ast.Await | ast.NamedExpr | ast.Starred | ast.BoolOp | ast.IfExp


def _bindings(scope: Scope) -> dict[str, list[Binding]]:
    if isinstance(scope, Class):
        return bindings_of(own_nodes(scope.node))
    if isinstance(scope, Function):
        found = {a.arg: [Binding(a)] for a in parameters(scope.node.args)}
        for name, bindings in bindings_of(scope.own_nodes).items():
            found.setdefault(name, []).extend(bindings)
        shared = shared_names(scope.own_nodes, ast.Global) | shared_names(scope.own_nodes, ast.Nonlocal)
        return {name: bindings for name, bindings in found.items() if name not in shared}
    found = bindings_of(own_nodes(scope.tree or ast.Module([], [])))
    for name, binding in globals_of(scope):
        found.setdefault(name, []).append(binding)
    return found


def _seen(module: Module, node: ast.Name | None, name: str, bindings: list[Binding]) -> list[Binding]:
    """A module's bindings without those that a later definition, in any case, puts in the shade.

    What stands at module level above that definition still sees the old ones; `node` is None for importers.
    """
    last = module.definitions.get(name)
    if last is None or (node is not None and _stands_above(module, node, last)):
        return bindings
    return bindings[next((i for i, b in enumerate(bindings) if b.node is last), 0) :]


def _stands_above(module: Module, node: ast.Name, definition: ast.AST) -> bool:
    """Whether a name at module level stands above a definition; one that is in no file stands behind it."""
    line: int | None = getattr(node, "lineno", None)
    outside = line is not None and module.enclosing_function(node) is None
    return outside and (line or 0) <= getattr(definition, "end_lineno", 0)


def _is_first_iterable(comprehension: Comprehension, child: ast.AST, below: ast.AST) -> bool:
    """Whether a node is in the part of a comprehension that is evaluated outside it."""
    first = comprehension.generators[0]
    return child is first and below is first.iter


def _linear(cls: Class, bases: Callable[[Class], list[Class | External]]) -> list[Class | External]:
    """The class and its bases so that each stands before its own bases, left ones first; cycles are cut."""
    done: list[Class | External] = []
    seen: set[Class | External] = {cls}
    todo: list[tuple[Class | External, Iterator[Class | External]]] = [(cls, reversed(bases(cls)))]
    while todo:
        current, rest = todo[-1]
        following = next((b for b in rest if b not in seen), None)
        if following is None:
            done.append(current)
            todo.pop()
            continue
        seen.add(following)
        todo.append((following, reversed(bases(following)) if isinstance(following, Class) else iter(())))
    return done[::-1]


def _constant_key(key: ast.expr) -> object:
    """The value of a literal key or index; None for any other."""
    match key:
        case ast.Constant():
            return key.value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as value)):
            return -value
    return None


def _under(display: ast.expr, key: object) -> list[ast.expr]:
    """The values under a constant key of a dict display, or at a constant index of a list or tuple display."""
    if isinstance(display, ast.Dict):
        pairs = zip(display.keys, display.values, strict=True)
        return [v for k, v in pairs if isinstance(k, ast.Constant) and k.value == key]
    if isinstance(display, ast.List | ast.Tuple) and type(key) is int and -len(display.elts) <= key < len(display.elts):
        return [display.elts[key]]
    return []


def _is_display(node: ast.expr) -> bool:
    """A display without `*` and `**`: what is not in it is not there."""
    if isinstance(node, ast.Dict):
        return None not in node.keys
    return isinstance(node, ast.List | ast.Tuple) and not any(isinstance(e, ast.Starred) for e in node.elts)


def _is_plain_type(symbol: Symbol) -> bool:
    return isinstance(symbol, External) and symbol.name.split(".")[0] in PLAIN


def _unsubscripted(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _decorators(function: Function) -> set[str]:
    return {last_name(d) for d in function.node.decorator_list}


def _is_static(function: Function) -> bool:
    return "staticmethod" in _decorators(function)


def _is_classmethod(function: Function) -> bool:
    return "classmethod" in _decorators(function)


def _is_property(function: Function) -> bool:
    return bool(_decorators(function) & {"property", "cached_property"})


def _unique(symbols: Iterable[Symbol]) -> list[Symbol]:
    return list(dict.fromkeys(symbols))
