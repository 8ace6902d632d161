"""What does this name refer to? Scopes, imports, classes and a light inference of instances, over the whole repository.

Every question may have several answers (both branches of a try/except ImportError, two assignments of one name); they
come in source order. No answer means that the name does not resolve.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from pytest_readiness.repo.finder import Folder, Missing, Opaque, Target
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, own_nodes, text_of

DEPTH = 12
"""Most steps (imports, assignments, calls) that one question follows."""


@dataclass(frozen=True)
class External:
    """A thing outside the repository by its dotted name: `openai.AsyncOpenAI`, `builtins.len`."""

    name: str


@dataclass(frozen=True)
class Instance:
    """An object of a class of the repository or of an external one."""

    of: Class | External


@dataclass(frozen=True, eq=False)
class Parameter:
    """A parameter whose annotation says nothing."""

    function: Function
    name: str


@dataclass(frozen=True, eq=False)
class Value:
    """Some other expression that a name is bound to: a constant, a container, an operation."""

    module: Module
    node: ast.expr


Symbol = Module | Folder | Opaque | Class | Function | External | Instance | Parameter | Value | Missing
Scope = Module | Class | Function


@dataclass(frozen=True, eq=False)
class Binding:
    """One way in which a scope binds a name. `value` is the bound expression where there is one."""

    node: ast.AST
    value: ast.expr | None = None
    annotation: ast.expr | None = None


class Importer(Protocol):
    """Finds modules of the repository by name."""

    def find(self, dotted: str, origin: Module) -> Target | Missing | None:
        """The module; Missing where it ought to be in the repository and is not; None for third-party."""

    def source(self, statement: ast.ImportFrom, origin: Module) -> Target | Missing | None:
        """What a from-import takes its names from; Missing and None as in `find`."""

    def submodule(self, package: Target, name: str) -> Target | None:
        """The module `name` inside a package, if it is there."""


class Names:
    """Resolves names and expressions."""

    def __init__(self, importer: Importer) -> None:
        self._importer = importer
        self._bindings: dict[ast.AST, dict[str, list[Binding]]] = {}
        self._attributes: dict[ast.AST, dict[str, list[tuple[Function, Binding]]]] = {}
        self._busy: set[tuple[ast.AST, str]] = set()

    def resolve(self, module: Module, node: ast.expr, depth: int = DEPTH) -> list[Symbol]:
        """All things that the expression may refer to."""
        if depth <= 0:
            return []
        match node:
            case ast.Name():
                return self._name(module, node, depth)
            case ast.Attribute():
                bases = self.resolve(module, node.value, depth - 1)
                return _unique(s for b in bases for s in self.member(b, node.attr, depth - 1))
            case ast.Call():
                called = self.resolve(module, node.func, depth - 1)
                return _unique(s for c in called for s in self._called(c, node, module, depth - 1))
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                return self.resolve(module, node.value, depth - 1)
            case ast.BoolOp():
                return _unique(s for v in node.values for s in self.resolve(module, v, depth - 1))
            case ast.IfExp():
                return _unique(s for v in (node.body, node.orelse) for s in self.resolve(module, v, depth - 1))
            case ast.Subscript():
                return self._subscript(module, node, depth)
        return [Value(module, node)]

    def dotted(self, module: Module, node: ast.expr) -> list[str]:
        """External dotted names that the expression may refer to; an instance's members follow its class's name."""
        return [s.name for s in self.resolve(module, node) if isinstance(s, External)]

    def functions(self, module: Module, node: ast.expr) -> list[Function]:
        """Functions of the repository that the expression may refer to; a class stands for its __init__/__call__."""
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
        """The class, then its base classes, depth first, each once."""
        seen: list[Class | External] = []
        todo: list[Class | External] = [cls]
        while todo:
            current = todo.pop(0)
            if current in seen:
                continue
            seen.append(current)
            if isinstance(current, Class):
                todo[:0] = self.bases(current)
        return seen

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
            for method in cls.methods.values():
                for name, binding in _self_assignments(method):
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
                return self._class_member(symbol, name, depth)
            case Instance(of=Class() as cls):
                return self._class_member(cls, name, depth) or self._attribute(cls, name, depth)
        return []

    def exported(self, module: Module, name: str, depth: int = DEPTH) -> list[Symbol]:
        """What `from <module> import <name>` gives."""
        if depth <= 0:
            return []
        key = (module.tree or ast.Pass(), name)
        if key in self._busy:
            return []
        self._busy.add(key)
        try:
            return self._exported(module, name, depth)
        finally:
            self._busy.discard(key)

    def bindings(self, scope: Scope) -> dict[str, list[Binding]]:
        """Every name that the scope itself binds."""
        node = scope.tree if isinstance(scope, Module) else scope.node
        if node is None:
            return {}
        if node not in self._bindings:
            found: dict[str, list[Binding]] = {}
            for name, binding in _bound(node):
                found.setdefault(name, []).append(binding)
            self._bindings[node] = found
        return self._bindings[node]

    def lookup(self, module: Module, node: ast.Name) -> tuple[Scope, list[Binding]] | None:
        """The innermost scope that binds the name, and how; None where none does (builtins, star imports)."""
        found = ((scope, self.bindings(scope).get(node.id)) for scope in self._scopes(module, node))
        return next(((scope, bindings) for scope, bindings in found if bindings), None)

    def _exported(self, module: Module, name: str, depth: int) -> list[Symbol]:
        found = [s for b in self.bindings(module).get(name, []) for s in self._bound_to(module, module, b, name, depth)]
        if found:
            return _unique(found)
        for star in self.bindings(module).get("*", []):
            if isinstance(star.node, ast.ImportFrom):
                found += self._from_import(module, star.node, name, depth)
        if not found and module.is_package:
            sub = self._importer.submodule(module, name)
            found = [sub] if sub else []
        return _unique(s for s in found if not isinstance(s, Missing))

    def _name(self, module: Module, node: ast.Name, depth: int) -> list[Symbol]:
        for scope in self._scopes(module, node):
            bindings = self.bindings(scope).get(node.id)
            if bindings:
                key = (bindings[0].node, node.id)
                if key in self._busy:
                    return []
                self._busy.add(key)
                try:
                    return _unique(s for b in bindings for s in self._bound_to(module, scope, b, node.id, depth))
                finally:
                    self._busy.discard(key)
        if "*" in self.bindings(module):
            return self.exported(module, node.id, depth - 1)
        return [External(f"builtins.{node.id}")] if hasattr(builtins, node.id) else []

    def _scopes(self, module: Module, node: ast.AST) -> Iterator[Scope]:
        """Innermost first; a class body sees its own names, its methods do not."""
        child, inside_function = node, False
        for parent in module.ancestors(node):
            if isinstance(parent, FunctionNode):
                if child in parent.body or isinstance(child, ast.arguments):
                    yield module.function_of(parent)
                inside_function = inside_function or child in parent.body
            elif isinstance(parent, ast.ClassDef) and child in parent.body and not inside_function:
                yield module.class_of(parent)
            child = parent
        yield module

    def _bound_to(self, module: Module, scope: Scope, binding: Binding, name: str, depth: int) -> list[Symbol]:
        node = binding.node
        if isinstance(node, FunctionNode):
            return [module.function_of(node)]
        if isinstance(node, ast.ClassDef):
            return [module.class_of(node)]
        if isinstance(node, ast.Import):
            return self._import(module, node, name)
        if isinstance(node, ast.ImportFrom):
            return self._from_import(module, node, name, depth)
        if isinstance(node, ast.arg) and isinstance(scope, Function):
            return self._parameter(scope, node, depth)
        annotated = self._annotated(module, binding.annotation, depth)
        if binding.value is not None:
            found = self.resolve(module, binding.value, depth - 1)
            return annotated if annotated and all(isinstance(s, Value) for s in found) else found
        return annotated

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
        if isinstance(source, Missing):
            return [source]
        found = self.exported(source, original, depth - 1) if isinstance(source, Module) else []
        sub = None if found else self._importer.submodule(source, original)
        return found or [sub or Missing(f"{source.path}:{original}")]

    def _parameter(self, function: Function, node: ast.arg, depth: int) -> list[Symbol]:
        if function.cls and function.params and function.params[0] is node and not _is_static(function):
            return [function.cls] if _is_classmethod(function) else [Instance(function.cls)]
        annotated = self._annotated(function.module, node.annotation, depth)
        return annotated or [Parameter(function, node.arg)]

    def _annotated(self, module: Module, annotation: ast.expr | None, depth: int) -> list[Symbol]:
        """Instances of the classes that an annotation names; Optional, unions, Annotated, strings looked into."""
        if annotation is None or depth <= 0:
            return []
        found = [s for e in _named_classes(annotation) for s in self._annotation_name(module, e, depth)]
        return _unique(Instance(s) for s in found if isinstance(s, Class | External))

    def _annotation_name(self, module: Module, node: ast.expr, depth: int) -> list[Symbol]:
        if module.parents.get(node) is None and isinstance(node, ast.Name):
            return self.exported(module, node.id, depth - 1)
        return [s for s in self.resolve(module, node, depth - 1) if not _is_plain_type(s)]

    def _called(self, symbol: Symbol, call: ast.Call, module: Module, depth: int) -> list[Symbol]:
        match symbol:
            case Class():
                return [Instance(symbol)]
            case External(name="builtins.super"):
                return self._super(module, call)
            case External():
                return [Instance(symbol)]
            case Function():
                return self._returned(symbol, depth)
            case Instance(of=Class() as cls):
                method = self.method(cls, "__call__")
                return self._returned(method, depth) if method else []
        return []

    def _super(self, module: Module, call: ast.Call) -> list[Symbol]:
        cls = module.enclosing_class(call)
        return [Instance(b) for b in self.bases(cls)] if cls else []

    def _returned(self, function: Function, depth: int) -> list[Symbol]:
        annotated = self._annotated(function.module, function.node.returns, depth)
        if annotated:
            return annotated
        values = [r.value for r in function.returns if r.value is not None]
        return _unique(s for v in values for s in self.resolve(function.module, v, depth - 1))

    def _class_member(self, cls: Class, name: str, depth: int) -> list[Symbol]:
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

    def _attribute(self, cls: Class, name: str, depth: int) -> list[Symbol]:
        if depth <= 0 or (cls.node, name) in self._busy:
            return []
        self._busy.add((cls.node, name))
        try:
            return _unique(self._attribute_values(cls, name, depth))
        finally:
            self._busy.discard((cls.node, name))

    def _attribute_values(self, cls: Class, name: str, depth: int) -> Iterator[Symbol]:
        for owner in self.ancestry(cls):
            if not isinstance(owner, Class):
                continue
            for method, binding in self.attributes(owner).get(name, []):
                yield from self._bound_to(method.module, method, binding, name, depth - 1)

    def _subscript(self, module: Module, node: ast.Subscript, depth: int) -> list[Symbol]:
        """The value under a literal key of a dict literal."""
        key = text_of(node.slice)
        found: list[Symbol] = []
        for base in self.resolve(module, node.value, depth - 1):
            if key is not None and isinstance(base, Value) and isinstance(base.node, ast.Dict):
                values = [v for k, v in zip(base.node.keys, base.node.values, strict=True) if text_of(k) == key]
                found += [s for v in values for s in self.resolve(base.module, v, depth - 1)]
        return _unique(found)


def _bound(scope: ast.AST) -> Iterator[tuple[str, Binding]]:
    if isinstance(scope, FunctionNode):
        a = scope.args
        for arg in [*a.posonlyargs, *a.args, *a.kwonlyargs, *(x for x in (a.vararg, a.kwarg) if x)]:
            yield arg.arg, Binding(arg)
    for node in own_nodes(scope):
        yield from _bindings_of(node)


def _bindings_of(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name, Binding(node)
        case ast.Import():
            yield from ((a.asname or a.name.split(".")[0], Binding(node)) for a in node.names)
        case ast.ImportFrom():
            yield from ((a.asname or a.name, Binding(node)) for a in node.names)
        case ast.Assign():
            for target in node.targets:
                yield from _target_names(node, target, node.value)
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name, Binding(node, node.value, node.annotation)
        case ast.NamedExpr(target=ast.Name(id=name)):
            yield name, Binding(node, node.value)
        case ast.For() | ast.AsyncFor() | ast.comprehension() | ast.AugAssign():
            yield from _target_names(node, node.target, None)
        case ast.withitem(optional_vars=ast.expr() as target):
            yield from _target_names(node, target, node.context_expr)
        case ast.ExceptHandler(name=str() as name):
            yield name, Binding(node)
        case ast.MatchAs(name=str() as name) | ast.MatchStar(name=str() as name):
            yield name, Binding(node)


def _target_names(node: ast.AST, target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, Binding]]:
    if isinstance(target, ast.Name):
        yield target.id, Binding(node, value)
    elif isinstance(target, ast.Tuple | ast.List):
        values = value.elts if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts) else None
        for index, element in enumerate(target.elts):
            yield from _target_names(node, element, values[index] if values else None)
    elif isinstance(target, ast.Starred):
        yield from _target_names(node, target.value, None)


def _self_assignments(method: Function) -> Iterator[tuple[str, Binding]]:
    owner = method.params[0].arg if method.params else ""
    for node in method.own_nodes:
        if isinstance(node, ast.Assign):
            pairs = [(t, node.value, None) for t in node.targets]
        elif isinstance(node, ast.AnnAssign):
            pairs = [(node.target, node.value, node.annotation)]  # type: ignore[list-item]
        else:
            continue
        for target, value, annotation in pairs:
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == owner:
                yield target.attr, Binding(node, value, annotation)


def _named_classes(annotation: ast.expr) -> Iterator[ast.expr]:
    match annotation:
        case ast.Constant(value=str() as text):
            yield from _named_classes(_expression(text))
        case ast.Name() | ast.Attribute():
            yield annotation
        case ast.BinOp(op=ast.BitOr()):
            yield from _named_classes(annotation.left)
            yield from _named_classes(annotation.right)
        case ast.Subscript(slice=inner) if _last_name(annotation.value) in {"Optional", "Union", "Annotated", "Final"}:
            for element in inner.elts if isinstance(inner, ast.Tuple) else [inner]:
                yield from _named_classes(element)


def _expression(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Constant(None)


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_plain_type(symbol: Symbol) -> bool:
    """Types whose instances have nothing to resolve: str, dict, Any."""
    return isinstance(symbol, External) and symbol.name.split(".")[0] in {"builtins", "typing", "typing_extensions"}


def _unsubscripted(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


def _decorators(function: Function) -> set[str]:
    return {_last_name(d) for d in function.node.decorator_list}


def _is_static(function: Function) -> bool:
    return "staticmethod" in _decorators(function)


def _is_classmethod(function: Function) -> bool:
    return "classmethod" in _decorators(function)


def _is_property(function: Function) -> bool:
    return bool(_decorators(function) & {"property", "cached_property"})


def _unique(symbols: Iterable[Symbol]) -> list[Symbol]:
    return list(dict.fromkeys(symbols))
