"""CDK apps in Python, read without running them: what the app's entry reaches, and what it declares on the way."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_readiness.repo.code_values import BASES, CodeValues, is_construct
from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.infra_model import CDK, MethodCall, RegionBinding, Resource
from pytest_readiness.repo.modules import Class, Function, Module, Site, argument, own_nodes, text_of
from pytest_readiness.repo.names import External, Instance, Names, Symbol
from pytest_readiness.repo.origins import Origin, Origins
from pytest_readiness.repo.statements import AnyImport, Statements

_AWS_CDK = re.compile(r"^aws_cdk(\.|_)")
_DEPTH = 6
"""Most attributes and methods of constructs that one expression is followed over."""
_STACKS = ("Stack", "NestedStack")
_NO_RESOURCES = frozenset({"CfnOutput", "CfnParameter", "CfnCondition", "CfnMapping", "CfnRule", "Tag", "Tags"})
"""Classes of aws_cdk that declare no resource."""


@dataclass(frozen=True, eq=False)
class _Scope:
    """Code that runs: a module's own statements or a function, with the class of the object it runs for."""

    module: Module
    node: ast.AST
    cls: Class | None = None
    stack: Class | None = None
    """The stack class in whose construction the code runs."""


@dataclass(frozen=True, eq=False)
class StackUse:
    """A stack that the app instantiates; `cls` is None for a plain `Stack(app, "Name")`."""

    name: str
    """The class, or the id of a plain stack."""
    cls: Class | None
    place: Site


@dataclass(eq=False)
class CdkApp:
    """One app: the module that cdk.json's command runs, and everything that it reaches."""

    entry: Module
    names: Names
    imports: Imports
    folder: str = ""
    """The folder that the app runs in."""
    is_script: bool = True
    """Whether the entry is run as a file, not as a module of a package."""
    modules: list[Module] = field(default_factory=list)
    """Reached modules, the entry first."""
    stacks: list[StackUse] = field(default_factory=list)
    """Stacks that reached code instantiates, one for each call."""
    constructs: dict[Class | None, list[Site]] = field(default_factory=dict)
    """Stack class -> the constructs that its construction creates; None for those created outside of any."""
    resources: list[Resource] = field(default_factory=list)
    method_calls: list[MethodCall] = field(default_factory=list)
    """Calls of methods and functions of aws_cdk, linked to a resource or not."""
    regions: list[RegionBinding] = field(default_factory=list)
    keywords: list[tuple[str, Datum]] = field(default_factory=list)
    """Every keyword passed to anything of aws_cdk: name and value."""
    creates_app: Site | None = None
    calls: list[tuple[Module, ast.Call]] = field(default_factory=list)
    """Every call that the run may make, of whatever."""

    def __post_init__(self) -> None:
        self._by_call: dict[ast.AST, Resource] = {}
        self._assigned: list[tuple[Module, ast.Assign]] = []
        self._seen: set[tuple[ast.AST, Class | None, Class | None]] = set()
        self._todo: list[_Scope] = []
        self._pending: list[tuple[Module, ast.Call, str]] = []
        self._statements = Statements(AnyImport())
        self._module(self.entry)
        while self._todo:
            self._walk(self._todo.pop(0))
        self.origins = Origins(self.names, self.imports, self.modules)
        self._values = CodeValues(self.names, self.origins)
        self.calls = list(dict.fromkeys(self.calls))
        self._finish()

    def values(self, module: Module, call: ast.Call) -> Datum:
        """What the call passes, as data."""
        return self._values.arguments(module, call)

    def made_by(self, call: ast.AST) -> Resource | None:
        """The construct that the call makes."""
        return self._by_call.get(call)

    def behind(self, module: Module, node: ast.expr | None, depth: int = _DEPTH) -> list[Origin]:
        """The calls that lead to what the expression holds: `service.auto_scale_task_count()` -> it and the service's.

        Attributes and methods of a construct lead back to it; calls of functions of the repository to what they return.
        """
        found: list[Origin] = []
        for origin in self.origins.of(module, node) if node is not None and depth else ():
            inner = origin.node
            if isinstance(inner, ast.Call):
                found.append(origin)
                inner = inner.func if inner not in self._by_call else inner
            if isinstance(inner, ast.Attribute | ast.Subscript):
                found += self.behind(origin.module, inner.value, depth - 1)
        return list(dict.fromkeys(found))

    def runs(self, module: Module, node: ast.AST) -> bool:
        """Whether the app's run evaluates the node: its function is called or its module imported, and it can run."""
        if self._statements.why_dead(module, node) is not None:
            return False
        function = module.enclosing_function(node)
        return any(scope is (function.node if function else module.tree) for scope, *_ in self._seen)

    def _module(self, module: Module) -> None:
        if module in self.modules or module.tree is None:
            return
        self.modules.append(module)
        self._todo.append(_Scope(module, module.tree))
        for target in imported_modules(module, self.imports):
            self._module(target)

    def _walk(self, scope: _Scope) -> None:
        key = (scope.node, scope.cls, scope.stack)
        if key in self._seen:
            return
        self._seen.add(key)
        for node in own_nodes(scope.node):
            if isinstance(node, ast.Call) and self._statements.why_dead(scope.module, node) is None:
                self._called(scope, node)
            elif isinstance(node, ast.Assign) and scope.node is not scope.module.tree:
                self._assigned.append((scope.module, node))

    def _called(self, scope: _Scope, call: ast.Call) -> None:
        self.calls.append((scope.module, call))
        own = self._own_method(scope, call)
        if own is not None:
            self._todo.append(_Scope(own.module, own.node, scope.cls, scope.stack))
            return
        symbols = self.names.resolve(scope.module, call.func)
        if _takes_scope(call) and any(self._is_construct_class(s) for s in symbols):
            self.constructs.setdefault(scope.stack, []).append(scope.module.at(call))
        for symbol in symbols:
            self._reached(scope, call, symbol)

    def _is_construct_class(self, symbol: Symbol) -> bool:
        """Whether it is a class of constructs that end as resources in a template."""
        kinds = self.names.ancestry(symbol) if isinstance(symbol, Class) else [symbol]
        names = [k.name for k in kinds if isinstance(k, External)]
        last = {n.rpartition(".")[2] for n in names}
        if last & (_NO_RESOURCES | BASES - {"Construct"}):
            return False
        return any(n.partition(".")[0] not in sys.stdlib_module_names and _is_class_name(n) for n in names)

    def _own_method(self, scope: _Scope, call: ast.Call) -> Function | None:
        """The method that `self.name()` runs for the object at hand, overriding ones of subclasses first."""
        func = call.func
        if scope.cls is None or not isinstance(func, ast.Attribute) or not isinstance(func.value, ast.Name):
            return None
        return self.names.method(scope.cls, func.attr) if func.value.id in ("self", "cls") else None

    def _reached(self, scope: _Scope, call: ast.Call, symbol: Symbol) -> None:
        match symbol:
            case Function():
                inherited = scope.cls if symbol.cls and _is_super(call) else symbol.cls
                self._todo.append(_Scope(symbol.module, symbol.node, inherited, scope.stack))
            case Class():
                self._constructed(scope, call, symbol)
            case External(name=name) if _AWS_CDK.match(name):
                self._pending.append((scope.module, call, name))
                self._plain_stack(scope.module, call, name)
            case Instance(of=Class() as cls):
                if method := self.names.method(cls, "__call__"):
                    self._todo.append(_Scope(method.module, method.node, cls, scope.stack))

    def _plain_stack(self, module: Module, call: ast.Call, kind: str) -> None:
        """`Stack(app, "Name")`, a stack that is filled from outside."""
        label = argument(call, "id", 1)
        if kind.rpartition(".")[2] in _STACKS and label is not None:
            name = text_of(label) or "Stack"
            self.stacks.append(StackUse(name, None, module.at(call, f"instantiates the stack {name}")))

    def _constructed(self, scope: _Scope, call: ast.Call, cls: Class) -> None:
        external = [c.name for c in self.names.ancestry(cls) if isinstance(c, External)]
        is_stack = any(n.rpartition(".")[2] in _STACKS for n in external)
        init = self.names.method(cls, "__init__")
        if init is not None:
            self._todo.append(_Scope(init.module, init.node, cls, cls if is_stack else scope.stack))
        if is_stack:
            self.stacks.append(StackUse(cls.name, cls, scope.module.at(call, f"instantiates {cls.name}")))
        for name in external:
            if _AWS_CDK.match(name) and name.rpartition(".")[2] not in BASES:
                self._pending.append((scope.module, call, name))
        self._pending.append((scope.module, call, ""))

    def _finish(self) -> None:
        """Values are read last: only then are all callers known."""
        for module, call, kind in dict.fromkeys(self._pending):
            self._region(module, call, kind)
            if kind and is_construct(call, kind):
                self._resource(module, call, kind)
        for module, call, kind in dict.fromkeys(self._pending):
            if kind and not is_construct(call, kind):
                self._method(module, call, kind)
            if kind:
                self.keywords += [(k.arg, self._values.of(module, k.value)) for k in call.keywords if k.arg is not None]
        for module, statement in self._assigned:
            self._attribute_set(module, statement)

    def _resource(self, module: Module, call: ast.Call, kind: str) -> None:
        name = argument(call, "id", 1) or argument(call, "construct_id")
        settings = self._values.arguments(module, call)
        for cls in self.names.constructed(module, call):
            settings = self._inherited(cls, settings)
        label = text_of(name) or kind.rpartition(".")[2]
        found = Resource(CDK, kind, label, module.path, call.lineno, settings, module=module, call=call)
        self._by_call[call] = found
        self.resources.append(found)

    def _inherited(self, cls: Class, settings: Datum) -> Datum:
        """The settings of a construct of a class of the repository: those that its __init__ hands up win."""
        merged = dict(settings.entries)
        for owner in self.names.ancestry(cls):
            init = owner.methods.get("__init__") if isinstance(owner, Class) else None
            for call in init.calls if init else ():
                if _is_super(call) and init is not None:
                    merged |= self._values.arguments(init.module, call).entries
        return Datum(settings.path, settings.line, merged)

    def _method(self, module: Module, call: ast.Call, kind: str) -> None:
        name = kind.rpartition(".")[2]
        if name == "App":
            self.creates_app = self.creates_app or module.at(call, "creates the CDK app")
        found = MethodCall(name, kind, self._values.arguments(module, call), module.path, call.lineno, module, call)
        self.method_calls.append(found)
        if isinstance(call.func, ast.Attribute):
            for resource in self._resources_of(module, call.func.value):
                resource.calls.append(found)
                _apply_override(resource, found)

    def _attribute_set(self, module: Module, statement: ast.Assign) -> None:
        """`cluster.storage_encrypted = True` after the construct was made."""
        for target in statement.targets:
            if isinstance(target, ast.Attribute) and not _is_self(target.value):
                for resource in self._resources_of(module, target.value):
                    resource.settings.entries[target.attr] = self._values.of(module, statement.value)

    def _resources_of(self, module: Module, node: ast.expr, depth: int = 4) -> list[Resource]:
        """The constructs that the expression may hold; `x.node.default_child` is x."""
        found = []
        for origin in self.origins.of(module, node) if depth else ():
            inner = _without_default_child(origin.node)
            if inner is not origin.node:
                found += self._resources_of(origin.module, inner, depth - 1)
            elif origin.node in self._by_call:
                found.append(self._by_call[origin.node])
        return found

    def _region(self, module: Module, call: ast.Call, kind: str) -> None:
        """The region of the `env` that a stack is handed, or of an Environment(...) that is handed on elsewhere."""
        classes = self.names.constructed(module, call)
        environment = argument(call, "env") if classes else None
        for origin in self.origins.of(module, environment) if environment is not None else ():
            self._bind(origin.module, _entry(origin.node, "region"), classes[0].name)
        if kind.rpartition(".")[2] == "Environment":
            self._bind(module, argument(call, "region"), "")

    def _bind(self, module: Module, node: ast.expr | None, owner: str) -> None:
        if node is not None and (owner or not any(r.node is node for r in self.regions)):
            self.regions = [r for r in self.regions if r.node is not node or r.owner]
            self.regions.append(RegionBinding(self._values.of(module, node), module.at(node), module, node, owner))


def _apply_override(resource: Resource, call: MethodCall) -> None:
    """`add_property_override("A.B", value)` sets a setting of the template."""
    path, value = call.arguments.get("0"), call.arguments.get("1") or call.arguments.get("value")
    if call.name not in ("add_property_override", "add_override") or path is None or value is None:
        return
    entries = resource.settings.entries
    *outer, last = (path.text or "").removeprefix("Properties.").split(".")
    for key in outer:
        inner = entries.get(key)
        if inner is None or not isinstance(inner.value, dict):
            entries[key] = inner = Datum(call.path, call.line, {})
        entries = inner.entries
    entries[last] = Datum(call.path, call.line, value.value, value.tag)


def imported_modules(module: Module, imports: Imports) -> Iterator[Module]:
    """The modules of the repository that the module's import statements name."""
    for node in module.nodes:
        if isinstance(node, ast.Import):
            found = [imports.find(a.name, module) for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = imports.base(node, module)
            names = [] if base is None else [base, *(f"{base}.{a.name}" for a in node.names if base)]
            found = [imports.find(n, module) for n in names]
        else:
            continue
        yield from (m for m in found if isinstance(m, Module))


def _is_class_name(dotted: str) -> bool:
    return dotted.rpartition(".")[2][:1].isupper()


def _takes_scope(call: ast.Call) -> bool:
    """Whether the call passes a scope and an id, as constructs take them: `Bucket(self, "Uploads")`."""
    scope = call.args[0] if call.args else argument(call, "scope")  # some constructs have a setting of that name
    name = argument(call, "id", 1) or argument(call, "construct_id")
    is_id = not isinstance(name, ast.Constant) or isinstance(name.value, str)
    return isinstance(scope, ast.Name | ast.Attribute) and name is not None and is_id


def _is_super(call: ast.Call) -> bool:
    """`super().method()` or `Base.__init__(self)`."""
    func = call.func
    if not isinstance(func, ast.Attribute):
        return False
    inner = func.value
    return isinstance(inner, ast.Call) and isinstance(inner.func, ast.Name) and inner.func.id == "super"


def _entry(node: ast.expr, name: str) -> ast.expr | None:
    """What a call passes by that name, or a dict holds under it."""
    if isinstance(node, ast.Call):
        return argument(node, name)
    pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ()
    return next((v for k, v in pairs if text_of(k) == name), None)


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def _without_default_child(node: ast.expr) -> ast.expr:
    match node:
        case ast.Attribute(attr="default_child", value=ast.Attribute(attr="node", value=inner)):
            return inner
    return node
