"""Names, objects and calls of the machine."""

from __future__ import annotations

import ast
import builtins
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pytest_readiness.repo.binding import Binding, parameters
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.machine import libraries
from pytest_readiness.repo.machine.values import (
    Bound,
    Coroutine,
    Emit,
    Ext,
    ExtObj,
    Fn,
    Managed,
    Member,
    NamedInt,
    Native,
    Obj,
    Raised,
    Scope,
    Stream,
    Unknown,
)
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site, dotted
from pytest_readiness.repo.names import External, Names

if TYPE_CHECKING:
    from pytest_readiness.repo.machine.machine import Frame, Hooks

FIELD_MAKERS = frozenset({"field", "Field", "attrib", "ib", "PrivateAttr"})
DATA_DECORATORS = frozenset({"dataclass", "define", "frozen", "mutable", "s", "attrs", "dataclasses"})
DATA_BASES = frozenset({"BaseModel", "BaseSettings", "NamedTuple", "TypedDict", "Struct", "SQLModel"})
ENUM_BASES = frozenset({"Enum", "StrEnum", "IntEnum", "Flag", "IntFlag"})
_PLAIN_DECORATORS = frozenset(
    {"property", "cached_property", "staticmethod", "classmethod", "setter", "abstractmethod"}
)
_PYTHON_ERRORS = (
    TypeError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    ZeroDivisionError,
    OverflowError,
    RuntimeError,
)
Passed = tuple[list[Site], dict[str, Site], Site | None]


class Objects:
    """What names hold, what attributes give, what calls do."""

    names: Names
    imports: Imports
    hooks: Hooks
    frames: list[Frame]

    def __init__(self) -> None:
        self._modules: dict[str, Scope] = {}
        self._class_values: dict[tuple[ast.AST, str], object] = {}
        self._members: dict[ast.AST, dict[str, object]] = {}
        self._functions: dict[ast.AST, object] = {}
        self.passed: Passed = ([], {}, None)
        """Where the arguments of the call that starts now were written, and the call itself."""
        self.starts = 0
        """How many evaluations of module-level code run now, one inside the other."""
        self.called_at: Site | None = None
        """The last call that the repository's code has made."""

    @abstractmethod
    def expr(self, node: ast.expr, scope: Scope) -> object: ...
    @abstractmethod
    def run_body(self, fn: Fn, scope: Scope) -> object: ...
    @abstractmethod
    def site(self, node: ast.expr, scope: Scope) -> Site: ...
    @abstractmethod
    def raised(self, name: str, site: Site | None = None) -> Raised: ...

    @contextmanager
    def starting(self) -> Iterator[None]:
        """What runs now runs when the system starts: module-level code."""
        self.starts += 1
        try:
            yield
        finally:
            self.starts -= 1

    # Names

    def module_scope(self, module: Module) -> Scope:
        """The names of a module; each is evaluated when it is first read."""
        if module.path not in self._modules:
            self._modules[module.path] = Scope(module)
        return self._modules[module.path]

    def name(self, name: str, scope: Scope) -> object:
        """What a name holds."""
        holder = scope.holder(name)
        if holder is not None:
            return _named(name, holder.vars[name])
        return _named(name, self._global(scope.module, name))

    def _global(self, module: Module, name: str) -> object:
        scope = self.module_scope(module)
        if name not in scope.vars:
            scope.vars[name] = Unknown(name)
            with self.starting():
                value, site = self._defined(module, name)
            scope.vars[name] = self.hooks.unset(module, None, name, value) if value is None else value
            if site is not None:
                scope.sites[name] = site
        return scope.vars[name]

    def _defined(self, module: Module, name: str) -> tuple[object, Site | None]:
        """The value that the module's own statements give the name; the last one that runs."""
        bindings = [b for b in self.names.bindings(module).get(name, []) if self._is_top(module, b)]
        for binding in reversed(bindings):
            if self._runs(module, binding):
                return self._bound_value(module, binding, name)
        for star in self.names.bindings(module).get("*", []):
            if isinstance(star.node, ast.ImportFrom):
                source = self.imports.source(star.node, module)
                if isinstance(source, Module) and name in self.names.bindings(source):
                    return self._global(source, name), None
        return (Ext(f"builtins.{name}") if hasattr(builtins, name) else Unknown(name)), None

    def _is_top(self, module: Module, binding: Binding) -> bool:
        return module.enclosing_function(binding.node) is None or isinstance(binding.node, ast.Global)

    def _runs(self, module: Module, binding: Binding) -> bool:
        """No import that fails, nothing beside one, and no handler of one that succeeds."""
        node = binding.node
        if isinstance(node, ast.Import | ast.ImportFrom) and self.imports.import_problem(node, module) is not None:
            return False
        child: ast.AST = node
        for parent in module.ancestors(node):
            if isinstance(parent, ast.Try) and isinstance(child, ast.ExceptHandler):
                if not any(self._fails(s, module) for s in parent.body):
                    return False
            elif isinstance(parent, ast.Try) and child in parent.body:
                earlier = parent.body[: parent.body.index(child)]
                if any(self._fails(s, module) for s in earlier):
                    return False
            child = parent
        return True

    def _fails(self, statement: ast.stmt, module: Module) -> bool:
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            return False
        return self.imports.import_problem(statement, module) is not None

    def _bound_value(self, module: Module, binding: Binding, name: str) -> tuple[object, Site | None]:
        node, scope = binding.node, self.module_scope(module)
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self.decorated(Fn(node, scope), scope), None
            case ast.ClassDef():
                return module.class_of(node), None
            case ast.Import() | ast.ImportFrom():
                return self.imported(module, node, name), self._imported_site(module, node, name)
        if binding.value is None:
            return Unknown(name), None
        try:
            value = self.expr(binding.value, scope)
        except Raised:
            return Unknown(name), None
        return (value if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) else Unknown(name)), self.site(
            binding.value, scope
        )

    def imported(self, module: Module, node: ast.Import | ast.ImportFrom, name: str) -> object:
        """What an import statement binds the name to."""
        alias = next(a for a in node.names if (a.asname or a.name.partition(".")[0]) == name or a.asname == name)
        if isinstance(node, ast.Import):
            wanted = alias.name if alias.asname else alias.name.partition(".")[0]
            found = self.imports.find(wanted, module)
            return Ext(wanted) if found is None else found if isinstance(found, Module) else Unknown(name)
        source = self.imports.source(node, module)
        if source is None:
            return Ext(f"{node.module}.{alias.name}")
        if isinstance(source, Module) and alias.name in self.names.bindings(source):
            return self._global(source, alias.name)
        sub = self.imports.submodule(source, alias.name) if not hasattr(source, "name") else None
        if isinstance(sub, Module):
            return sub
        return self._global(source, alias.name) if isinstance(source, Module) else Unknown(name)

    def _imported_site(self, module: Module, node: ast.Import | ast.ImportFrom, name: str) -> Site | None:
        if not isinstance(node, ast.ImportFrom):
            return None
        original = next((a.name for a in node.names if (a.asname or a.name) == name), name)
        source = self.imports.source(node, module)
        return self.module_scope(source).sites.get(original) if isinstance(source, Module) else None

    # Functions

    def function(self, function: Function) -> object:
        """A method of the repository as a value, its decorators applied."""
        if function.node not in self._functions:
            scope = self.module_scope(function.module)
            self._functions[function.node] = self.decorated(Fn(function.node, scope, function.cls), scope)
        return self._functions[function.node]

    def decorated(self, fn: Fn, scope: Scope) -> object:
        """A function with its decorators; those of libraries that are not known leave it as it is."""
        value: object = fn
        nodes = fn.node.decorator_list if isinstance(fn.node, FunctionNode) else []
        for node in reversed(nodes):
            name = (dotted(node.func if isinstance(node, ast.Call) else node) or "").rpartition(".")[2]
            if name in {"contextmanager", "asynccontextmanager"}:
                fn.kind = "context"
            elif name not in _PLAIN_DECORATORS:
                value = self._wrapped(node, value, scope)
        return value

    def _wrapped(self, node: ast.expr, value: object, scope: Scope) -> object:
        decorator = self.expr(node, scope)
        if isinstance(decorator, Unknown):
            return value
        found = self.call(decorator, [value], {})
        return value if isinstance(found, Unknown) else found

    # Attributes

    def attribute(self, owner: object, name: str) -> object:
        """`owner.name`."""
        match owner:
            case Obj():
                return self._of_object(owner, name)
            case Class():
                return self._of_class(owner, name, owner)
            case Module():
                return self._of_module(owner, name)
            case Member():
                return self._of_member(owner, name)
            case Ext():
                return libraries.constant(f"{owner.name}.{name}") or Ext(f"{owner.name}.{name}")
            case libraries.Super():
                return self._of_super(owner, name)
            case Unknown() | ExtObj():
                return libraries.of_external(self, owner, name)
            case None:
                raise self.raised("AttributeError")
        return libraries.of_plain(self, owner, name)

    def _of_module(self, module: Module, name: str) -> object:
        if name not in self.names.bindings(module) and "*" not in self.names.bindings(module):
            sub = self.imports.submodule(module, name)
            if isinstance(sub, Module):
                return sub
        return self._global(module, name)

    def _of_object(self, owner: Obj, name: str) -> object:
        if name in owner.attrs:
            return self._held(owner, name)
        if name == "__class__":
            return owner.cls
        if name == "__dict__":
            return owner.attrs
        found = self._of_class(owner.cls, name, owner)
        if not isinstance(found, Unknown) or name in self._class_names(owner.cls):
            return found
        fallback = self.names.method(owner.cls, "__getattr__")
        if fallback is not None and not name.startswith("__"):
            return self.call(Bound(owner, self.function(fallback)), [name], {})
        return found

    def _held(self, owner: Obj, name: str) -> object:
        """What an attribute of the object holds."""
        seen = self.hooks.read(owner, name)
        if seen is not None:
            return seen
        value = owner.attrs[name]
        if value is None or value == "":
            owner.attrs[name] = self.hooks.unset(owner.cls.module, owner.cls, name, value)
        return _named(name, owner.attrs[name])

    def _class_names(self, cls: Class) -> set[str]:
        line = [c for c in self.names.ancestry(cls) if isinstance(c, Class)]
        return {n for c in line for n in (*c.methods, *self.names.bindings(c))}

    def _of_class(self, cls: Class, name: str, owner: object) -> object:
        """A member found along the classes; a function is bound to the object, a property is read."""
        if name in self.members(cls):
            return self.members(cls)[name]
        for current in self.names.ancestry(cls):
            if isinstance(current, Class):
                if name in current.methods:
                    return self._bound(current.methods[name], owner, cls)
                if name in self.names.bindings(current):
                    return self._class_value(current, name)
        if name in {"__name__", "__qualname__"} and isinstance(owner, Class):
            return cls.name
        return Unknown(name)

    def _class_value(self, cls: Class, name: str) -> object:
        key = (cls.node, name)
        if key not in self._class_values:
            self._class_values[key] = Unknown(name)
            binding = self.names.bindings(cls)[name][-1]
            if binding.value is not None:
                self._class_values[key] = self._default(binding.value, self._class_scope(cls), cls, name)[0]
            elif isinstance(binding.node, ast.ClassDef):
                self._class_values[key] = cls.module.class_of(binding.node)
        return _named(name, self._class_values[key])

    def _class_scope(self, cls: Class) -> Scope:
        """The names that a class body sees: its own, then the module's."""
        scope = Scope(cls.module, self.module_scope(cls.module))
        for name, bindings in self.names.bindings(cls).items():
            value = bindings[-1].value
            if isinstance(value, ast.Constant):
                scope.vars[name] = value.value
        return scope

    def _bound(self, function: Function, owner: object, cls: Class) -> object:
        kinds = {(dotted(d) or "").rpartition(".")[2] for d in function.node.decorator_list}
        callee = self.function(function)
        if "staticmethod" in kinds:
            return callee
        if "classmethod" in kinds:
            return Bound(cls, callee)
        if isinstance(owner, Class):
            return callee
        if "property" in kinds or "cached_property" in kinds:
            value = self.call(Bound(owner, callee), [], {})
            if "cached_property" in kinds and isinstance(owner, Obj):
                owner.attrs[function.name] = value
            return value
        return Bound(owner, callee)

    def _of_super(self, owner: libraries.Super, name: str) -> object:
        receiver = owner.receiver
        cls = receiver.cls if isinstance(receiver, Obj) else receiver
        line = self.names.ancestry(cls) if isinstance(cls, Class) else []
        after = line[line.index(owner.after) + 1 :] if owner.after in line else []
        for current in after:
            if isinstance(current, Class) and name in current.methods:
                return self._bound(current.methods[name], receiver, cls)  # type: ignore[arg-type]
        return Native(name, lambda _args, _kwargs: None) if name == "__init__" else Unknown(name)

    def _of_member(self, owner: Member, name: str) -> object:
        if name in {"name", "_name_"}:
            return owner.name
        if name in {"value", "_value_"}:
            return owner.value
        if isinstance(owner.value, str) and hasattr(str, name) and self.names.method(owner.cls, name) is None:
            return libraries.of_plain(self, owner.value, name)
        return self._of_class(owner.cls, name, owner)

    def set_attribute(self, owner: object, name: str, value: object, site: Site | None = None) -> None:
        """`owner.name = value`, through a setter of the class where there is one."""
        if isinstance(owner, Class):
            self._class_values[owner.node, name] = value
        elif isinstance(owner, ExtObj):
            owner.attrs[name] = value
        elif isinstance(owner, Module):
            self.module_scope(owner).vars[name] = value
        if not isinstance(owner, Obj):
            return
        setter = self._setter(owner.cls, name)
        if setter is not None:
            self.call(Bound(owner, Fn(setter.node, self.module_scope(setter.module), setter.cls)), [value], {})
            return
        owner.attrs[name] = value
        if site is not None:
            owner.sites[name] = site

    def _setter(self, cls: Class, name: str) -> Function | None:
        line = (c for c in self.names.ancestry(cls) if isinstance(c, Class) and name in c.methods)
        functions = (f for c in line for f in c.functions if f.name == name)
        return next((f for f in functions if f"{name}.setter" in {dotted(d) for d in f.node.decorator_list}), None)

    def attribute_site(self, owner: object, name: str) -> Site | None:
        """Where the value of an attribute was written."""
        if isinstance(owner, Obj):
            return owner.sites.get(name) or self._class_site(owner.cls, name)
        if isinstance(owner, Class):
            return self._class_site(owner, name)
        if isinstance(owner, Module):
            self._global(owner, name)
            return self.module_scope(owner).sites.get(name)
        return None

    def _class_site(self, cls: Class, name: str) -> Site | None:
        for current in self.names.ancestry(cls):
            if isinstance(current, Class) and name in self.names.bindings(current):
                return current.module.at(self.names.bindings(current)[name][-1].node)
        return None

    # Enums

    def is_enum(self, cls: Class) -> bool:
        """Whether the class is an enum."""
        line = self.names.ancestry(cls)
        return any(isinstance(c, External) and c.name.rpartition(".")[2] in ENUM_BASES for c in line)

    def members(self, cls: Class) -> dict[str, object]:
        """The members of an enum by name; empty for other classes."""
        if cls.node not in self._members:
            self._members[cls.node] = {}
            if self.is_enum(cls):
                self._members[cls.node] = dict(self._made_members(cls))
        return self._members[cls.node]

    def _made_members(self, cls: Class) -> list[tuple[str, object]]:
        found: list[tuple[str, object]] = []
        scope = self._class_scope(cls)
        for node in cls.node.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(target, ast.Name) and isinstance(node, ast.Assign):
                value = self.expr(node.value, scope)
                known = value if not isinstance(value, Unknown) else len(found) + 1
                found.append((target.id, Member(cls, target.id, known)))
        return found

    # Calls

    def call(self, callee: object, args: list[object], kwargs: dict[str, object]) -> object:
        """The result of a call."""
        passed, self.passed = self.passed, ([], {}, None)
        self.called_at = passed[2] or self.called_at
        match callee:
            case Fn():
                return self._call_function(callee, None, args, kwargs, passed)
            case Bound(receiver, Fn() as fn):
                return self._call_function(fn, receiver, [receiver, *args], kwargs, (_shifted(passed)))
            case Bound():
                return self.call(callee.callee, [callee.receiver, *args], kwargs)
            case Native():
                return callee.run(args, kwargs)
            case Class():
                return self.make(callee, args, kwargs, passed)
            case Ext():
                found = self.hooks.library(callee.name, args, kwargs)
                return libraries.call(self, callee.name, args, kwargs) if found is None else found
            case Obj():
                method = self.names.method(callee.cls, "__call__")
                if method is not None:
                    return self.call(Bound(callee, self.function(method)), args, kwargs)
        return libraries.call_unknown(self, callee, args, kwargs)

    def _call_function(
        self, fn: Fn, receiver: object, args: list[object], kwargs: dict[str, object], passed: Passed
    ) -> object:
        scope = Scope(fn.scope.module, fn.scope, fn.node)
        scope.owner, scope.receiver = fn.owner, receiver
        self._bind(fn, scope, args, kwargs, passed)

        def stream(emit: Emit) -> None:
            scope.emit = emit
            self.run_body(fn, scope)

        if isinstance(fn.node, FunctionNode) and self._yields(fn):
            return Managed(Stream(stream)) if fn.kind == "context" else Stream(stream)
        if fn.is_async:
            return Coroutine(lambda: self.run_body(fn, scope))
        return self.run_body(fn, scope)

    def _yields(self, fn: Fn) -> bool:
        if isinstance(fn.node, ast.Lambda):
            return False
        nodes = fn.scope.module.function_of(fn.node).own_nodes
        return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in nodes)

    def _bind(self, fn: Fn, scope: Scope, args: list[object], kwargs: dict[str, object], passed: Passed) -> None:
        """Parameters; one that nothing is passed for is Unknown."""
        arguments, left = fn.node.args, dict(kwargs)
        positional = [*arguments.posonlyargs, *arguments.args]
        sites, keyword_sites, _ = passed
        for position, parameter in enumerate(positional):
            if position < len(args):
                scope.vars[parameter.arg] = args[position]
                if position < len(sites):
                    scope.sites[parameter.arg] = sites[position]
        for parameter in [*positional, *arguments.kwonlyargs]:
            if parameter.arg in left:
                scope.vars[parameter.arg] = left.pop(parameter.arg)
                if parameter.arg in keyword_sites:
                    scope.sites[parameter.arg] = keyword_sites[parameter.arg]
        if arguments.vararg:
            scope.vars[arguments.vararg.arg] = tuple(args[len(positional) :])
        if arguments.kwarg:
            scope.vars[arguments.kwarg.arg] = left
        self._defaults(fn, scope)

    def _defaults(self, fn: Fn, scope: Scope) -> None:
        arguments = fn.node.args
        positional = [*arguments.posonlyargs, *arguments.args]
        tail = positional[len(positional) - len(arguments.defaults) :]
        pairs = [
            *zip(tail, arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        for parameter, default in pairs:
            if parameter.arg not in scope.vars and default is not None:
                scope.vars[parameter.arg] = self.expr(default, fn.scope)
                scope.sites[parameter.arg] = self.site(default, fn.scope)
        for parameter in parameters(arguments):
            if parameter.arg not in scope.vars:
                scope.vars[parameter.arg] = Unknown(parameter.arg, self._annotated(fn, parameter))

    def _annotated(self, fn: Fn, parameter: ast.arg) -> str:
        """The class outside the repository that a parameter is annotated with."""
        if parameter.annotation is None:
            return ""
        found = self.names.dotted(fn.scope.module, parameter.annotation)
        return next((n for n in found if not n.startswith("builtins.")), "")

    # Objects

    def make(
        self, cls: Class, args: list[object], kwargs: dict[str, object], passed: Passed = ([], {}, None)
    ) -> object:
        """A new object of a class of the repository."""
        given = self.hooks.make(cls, args, kwargs)
        if given is not None:
            return given
        if self.is_enum(cls):
            members = self.members(cls).values()
            return next((m for m in members if isinstance(m, Member) and args and m.value == args[0]), Unknown())
        obj = Obj(cls, made=passed[2])
        init = self.names.method(cls, "__init__")
        if init is not None:
            self.passed = passed
            self.call(Bound(obj, self.function(init)), args, kwargs)
        elif self._is_data(cls):
            self._fill(obj, args, kwargs, passed)
        else:
            obj.attrs["args"] = tuple(args)
        return obj

    def make_default(self, cls: Class, depth: int = 3) -> object:
        """An object made with what its parameters default to; those annotated with a class are made in the same way."""
        init = self.names.method(cls, "__init__")
        given: dict[str, object] = {}
        for parameter in init.params[1:] if init and depth else ():
            if init is not None and parameter.arg not in init.defaults:
                wanted = self.names.annotated(init.module, parameter.annotation)
                if wanted and not self.is_enum(wanted[0]):
                    given[parameter.arg] = self.make_default(wanted[0], depth - 1)
        return self.make(cls, [], given)

    def _is_data(self, cls: Class) -> bool:
        """Its fields are written in its body: dataclasses, attrs, pydantic, NamedTuple."""
        for current in self.names.ancestry(cls):
            if isinstance(current, External):
                if current.name.rpartition(".")[2] in DATA_BASES:
                    return True
            else:
                decorators = [d.func if isinstance(d, ast.Call) else d for d in current.node.decorator_list]
                if {(dotted(d) or "").rpartition(".")[2] for d in decorators} & DATA_DECORATORS:
                    return True
        return False

    def _fill(self, obj: Obj, args: list[object], kwargs: dict[str, object], passed: Passed) -> None:
        sites, keyword_sites, _ = passed
        line = [c for c in reversed(self.names.ancestry(obj.cls)) if isinstance(c, Class)]
        fields = {name: (c, n) for c in line for n in c.node.body if (name := _field(n))}
        for position, (name, (cls, node)) in enumerate(fields.items()):
            if name in kwargs:
                obj.attrs[name] = kwargs[name]
                obj.sites[name] = keyword_sites.get(name) or cls.module.at(node)
            elif position < len(args):
                obj.attrs[name] = args[position]
                obj.sites[name] = sites[position] if position < len(sites) else cls.module.at(node)
            else:
                value = node.value if isinstance(node, ast.AnnAssign) else None
                scope = self._class_scope(cls)
                obj.attrs[name], obj.sites[name] = self._default(value, scope, cls, name)
        if self.names.method(obj.cls, "__post_init__"):
            self.call(self.attribute(obj, "__post_init__"), [], {})

    def _default(self, node: ast.expr | None, scope: Scope, cls: Class, name: str) -> tuple[object, Site]:
        """The default of a field, `field(default_factory=...)` looked into, and where it is written."""
        if node is None:
            return Unknown(name), cls.module.at(cls.node)
        here = cls.module.at(node)
        if isinstance(node, ast.Call) and (dotted(node.func) or "").rpartition(".")[2] in FIELD_MAKERS:
            given = {k.arg: k.value for k in node.keywords}
            first = given.get("default") or (node.args[0] if node.args else None)
            if first is not None:
                value = self.expr(first, scope)
                return (Unknown(name) if value is ... else value), here
            factory = given.get("default_factory") or given.get("factory")
            return (self.call(self.expr(factory, scope), [], {}) if factory is not None else Unknown(name)), here
        return self.expr(node, scope), self.site(node, scope)

    # Kinds

    def type_of(self, value: object) -> object:
        """The class of a value."""
        if isinstance(value, Obj | Member):
            return value.cls
        return Ext(value.name) if isinstance(value, ExtObj) else Ext(f"builtins.{type(value).__name__}")

    def is_instance(self, value: object, kind: object) -> bool | None:
        """isinstance(value, kind); None where that is not known."""
        if isinstance(kind, tuple | list):
            found = [self.is_instance(value, k) for k in kind]
            return True if True in found else None if None in found else False
        if isinstance(value, Unknown) or isinstance(kind, Unknown):
            return None
        if isinstance(value, Obj | Member | ExtObj):
            return self.catches(kind, value)
        if isinstance(kind, Ext):
            return libraries.is_plain_instance(value, kind.name)
        return False

    def catches(self, kind: object, value: object) -> bool | None:
        """Whether a class, or one of several, is the value's class or a base of it."""
        if isinstance(kind, tuple | list):
            found = [self.catches(k, value) for k in kind]
            return True if True in found else None if None in found else False
        if isinstance(kind, Unknown) or isinstance(value, Unknown):
            return None
        line: list[object] = [value]
        if isinstance(value, Obj | Member):
            line = [Ext(c.name) if isinstance(c, External) else c for c in self.names.ancestry(value.cls)]
        elif isinstance(value, ExtObj):
            line = [Ext(value.name)]
        return libraries.is_kind(line, kind)

    def plainly(self, work: Callable[..., Any], *args: object) -> Any:
        """Runs an operation of Python on plain values; what Python raises is raised in the repository."""
        try:
            return work(*args)
        except _PYTHON_ERRORS as error:
            raise self.raised(type(error).__name__) from None


def _field(node: ast.stmt) -> str:
    """The field that a statement of a class body declares."""
    return node.target.id if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) else ""


def _shifted(passed: Passed) -> Passed:
    """The sites of the arguments behind the object itself."""
    sites, keywords, call = passed
    return ([_NOWHERE, *sites] if sites else []), keywords, call


def _named(name: str, value: object) -> object:
    """An integer read by a name in capitals keeps that name."""
    if name.isupper() and type(value) is int:
        kept = NamedInt(value)
        kept.name = name
        return kept
    return value


_NOWHERE = Site("", None)
