"""What can a start of the system reach? By name, and deliberately generous: values are not tracked.

Roots are the modules that create an ASGI or WSGI application or have a main guard, console scripts, and the functions
that infrastructure names. From there on, what live code calls, decorates with, registers or passes by name is live; a
method is live when live code uses that method's name and the class is instantiated, registered or handed out by live
code. An import runs the imported module's own statements; it makes none of its functions live.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.files import Files
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.infra_model import EntryPoint
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site, call_name, dotted, text_of
from pytest_readiness.repo.names import Binding, External, Instance, Names, Parameter, Value
from pytest_readiness.repo.statements import AnyImport, Statements
from pytest_readiness.repo.webobjects import Include, WebObject, WebObjects

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

HOOKS = frozenset(
    {
        "dispatch", "format", "filter", "emit", "lifespan", "run", "handle", "process", "setup", "teardown", "default",
        "before_request", "after_request", "process_request", "process_response", "process_view", "process_exception",
        "ready", "save", "clean", "get_queryset", "perform_create", "forward", "intercept", "before_send",
    }
)  # fmt: skip
HOOK_STARTS = ("__", "on_", "visit_", "do_")
VIEW_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})
VIEW_CLASSES = ("View", "Endpoint", "Handler", "Resource", "ViewSet")
WRAPPERS = ("builtins.", "functools.", "abc.", "typing.", "typing_extensions.", "contextlib.", "dataclasses.")
"""Decorators that hand the function back and register it nowhere."""
REGISTERING = frozenset(
    {
        "celery.shared_task", "django.dispatch.receiver", "dramatiq.actor", "atexit.register", "click.command",
        "sqlalchemy.event.listens_for", "click.group", "flask.cli.with_appcontext",
    }
)  # fmt: skip
LOADERS = frozenset(
    {"import_module", "import_string", "__import__", "include", "run", "get_object", "load_object", "resolve"}
)
"""Last names of calls that take modules or objects by their dotted name."""


@dataclass
class Reached:
    """The result of the walk: what is live, and from where it was first reached."""

    modules: dict[Module, Site] = field(default_factory=dict)
    functions: dict[ast.AST, Site] = field(default_factory=dict)
    classes: dict[ast.AST, Site] = field(default_factory=dict)
    included: dict[WebObject, Site] = field(default_factory=dict)


class Reach:
    """Reachability over the product modules, and over scripts that are started by hand where they are given."""

    def __init__(self, repo: Repo, scripts: Iterable[Module] = ()) -> None:
        self._repo, self._scripts = repo, tuple(scripts)
        self._statements = Statements(AnyImport())

    def is_live(self, function: Function) -> bool:
        """Whether a start of the system can reach the function."""
        return function.node in self._reached.functions

    def live_module(self, module: Module) -> bool:
        """Whether the module's own statements run when the system starts."""
        return module in self._reached.modules

    def live_class(self, cls: Class) -> bool:
        """Whether live code instantiates, registers or hands out the class, or one that extends it."""
        return cls.node in self._reached.classes

    def included(self, web: WebObject) -> bool:
        """Whether live code puts the router into an application; an application is its own."""
        return web in self._reached.included

    def runs(self, module: Module, node: ast.AST) -> bool:
        """Whether the node can run: its function, or the module's own statements, are live and reach it."""
        function = module.enclosing_function(node)
        live = self.is_live(function) if function else self.live_module(module)
        return live and not self.is_dead(module, node)

    def is_dead(self, module: Module, node: ast.AST) -> bool:
        """Whether the node can never run, even where its function does: after a return, under a false constant."""
        return self._statements.why_dead(module, node) is not None

    def why(self, function: Function) -> Site | None:
        """Where a live function is reached from first; None where it is not live."""
        return self._reached.functions.get(function.node)

    @cached_property
    def _reached(self) -> Reached:
        repo = self._repo
        started = [e.module for e in repo.infra.entry_points()]
        modules = {m.path: m for m in repo.product}
        modules |= {p: repo.modules[p] for p in started if p in repo.modules and not repo.scope.is_test(p)}
        modules |= {m.path: m for m in self._scripts}
        walk = _Walk(modules, repo.names, repo.imports, repo.web_objects, self._statements)
        return walk.done(repo.infra.entry_points(), console_scripts(repo.files))


def console_scripts(files: Files) -> list[str]:
    """`package.module:function` of every script and plugin that pyproject.toml declares."""
    try:
        data = tomllib.loads(files.text("pyproject.toml") or "")
    except (ValueError, RecursionError):
        return []
    project, poetry = data.get("project", {}), data.get("tool", {}).get("poetry", {})
    tables = [project.get("scripts"), project.get("gui-scripts"), poetry.get("scripts")]
    groups = project.get("entry-points")
    tables += list(groups.values()) if isinstance(groups, dict) else []
    return [v for t in tables if isinstance(t, dict) for v in t.values() if isinstance(v, str)]


@dataclass(frozen=True, eq=False)
class _Unit:
    """Statements that run together: of a module, a function or a class body."""

    module: Module
    scope: ast.AST


class _Walk:
    """The worklist: every unit of code is looked at once."""

    def __init__(
        self,
        modules: dict[str, Module],
        names: Names,
        imports: Imports,
        web: WebObjects,
        statements: Statements,
    ) -> None:
        self._modules, self._names, self._imports, self._web = modules, names, imports, web
        self._statements = statements
        self._found = Reached()
        self._todo: list[_Unit] = []
        self._used: dict[str, Site] = {}
        self._waiting: dict[str, list[Function]] = {}
        self._handlers: dict[WebObject, list[tuple[Function, Site]]] = {}
        self._nested: dict[WebObject, list[tuple[WebObject, Site]]] = {}
        self._includes: dict[ast.Call, Include] = {i.call: i for i in web.includes}
        self._exports: dict[tuple[str, str], list[Class | Function | Module]] = {}

    def done(self, starts: Iterable[EntryPoint], scripts: Iterable[str]) -> Reached:
        """Walks from the roots until nothing new is reached."""
        self._roots()
        self._started(starts, scripts)
        while self._todo:
            self._unit(self._todo.pop())
        return self._found

    def _roots(self) -> None:
        for app in self._web.apps:
            if app.function is None:
                self._module(app.module, Site(app.path, app.line, "creates the application"))
            self._include(app, Site(app.path, app.line, "creates the application"))
        for module in self._modules.values():
            for guard in module.main_guards[:1]:
                self._module(module, module.at(guard, "started as a program"))
            if module.path.rsplit("/", 1)[-1] == "__main__.py":
                self._module(module, Site(module.path, 1, "started as a program"))
        self._factories()

    def _started(self, starts: Iterable[EntryPoint], scripts: Iterable[str]) -> None:
        """What infrastructure and console scripts name."""
        for start in starts:
            module = self._modules.get(start.module)
            if module is not None:
                self._module(module, start.place)
                for symbol in self._exported(module, start.attribute.split(".")[0]) if start.attribute else ():
                    self._refer(symbol, start.place)
        for name in scripts:
            self._by_text(name, next(iter(self._modules.values()), None), Site("pyproject.toml", None, name))

    def _factories(self) -> None:
        """A function that returns the application it creates is started by the server, where nothing else is."""
        top_level = {app.module for app in self._web.apps if app.function is None}
        for app in self._web.apps:
            function = app.function
            if function is None or function.cls or app.module in top_level:
                continue
            returned = (o for r in function.returns for o in self._web.of(app.module, r.value))
            if app in returned:
                self._module(app.module, app.module.at(app.call, "creates the application"))
                self._function(function, app.module.at(app.call, "creates the application"))

    def _module(self, module: Module, site: Site) -> None:
        if module in self._found.modules or module.path not in self._modules:
            return
        self._found.modules[module] = site
        if module.tree is not None:
            self._todo.append(_Unit(module, module.tree))

    def _function(self, function: Function, site: Site) -> None:
        if function.node in self._found.functions or function.path not in self._modules:
            return
        self._found.functions[function.node] = site
        self._todo.append(_Unit(function.module, function.node))

    def _class(self, cls: Class, site: Site) -> None:
        """The class and those it extends: their methods of used names, and their hooks, are live from now on."""
        if cls.node in self._found.classes:
            return
        line = self._names.ancestry(cls)
        external = {s.name for s in line if isinstance(s, External)}
        for owner in line:
            if isinstance(owner, Class) and (owner.node not in self._found.classes or owner is cls):
                self._found.classes[owner.node] = site
                self._methods(owner, external, site)

    def _methods(self, cls: Class, external: set[str], site: Site) -> None:
        for name, method in cls.methods.items():
            if name in self._used:
                self._function(method, self._used[name])
            elif self._is_hook(method, external):
                self._function(method, site)
            else:
                self._waiting.setdefault(name, []).append(method)
        if any(n.startswith(("pydantic", "sqlmodel")) for n in external):
            self._fields(cls, site)

    def _fields(self, cls: Class, site: Site) -> None:
        """Models that a validated model holds are instantiated with it."""
        for node in cls.node.body:
            if isinstance(node, ast.AnnAssign):
                self._annotated(cls.module, node.annotation, site)

    def _is_hook(self, method: Function, external: set[str]) -> bool:
        name = method.name
        if name in HOOKS or name.startswith(HOOK_STARTS):
            return True
        if name in VIEW_METHODS and any(n.endswith(VIEW_CLASSES) for n in external):
            return True
        return any(self._is_foreign(method.module, d) for d in method.node.decorator_list)

    def _is_foreign(self, module: Module, decorator: ast.expr) -> bool:
        """A decorator of a framework (a validator, a tool) that is no mere wrapper."""
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        found = self._names.resolve(module, target)
        return any(isinstance(s, External) and not s.name.startswith(WRAPPERS) for s in found)

    def _use(self, name: str, site: Site) -> None:
        """Live code calls or passes something of that name: methods of live classes follow."""
        if name in self._used:
            return
        self._used[name] = site
        for method in self._waiting.pop(name, []):
            self._function(method, site)

    def _include(self, web: WebObject, site: Site) -> None:
        """The router is part of an application: its handlers, and the routers in it, are live."""
        if web in self._found.included:
            return
        self._found.included[web] = site
        for handler, place in self._handlers.pop(web, []):
            self._handler(handler, place)
        for child, place in self._nested.pop(web, []):
            self._include(child, place)

    def _handler(self, function: Function, site: Site) -> None:
        """A function that a framework calls: what its parameters name is built for it."""
        self._function(function, site)
        for parameter in function.params:
            self._annotated(function.module, parameter.annotation, site)

    def _annotated(self, module: Module, annotation: ast.expr | None, site: Site) -> None:
        for node in ast.walk(annotation) if annotation is not None else ():
            if isinstance(node, ast.Name):
                for symbol in self._symbols(module, node):
                    self._refer(symbol, site)

    def _refer(self, symbol: object, site: Site) -> None:
        if isinstance(symbol, Function):
            self._function(symbol, site)
        elif isinstance(symbol, Class):
            self._class(symbol, site)

    def _unit(self, unit: _Unit) -> None:
        known: dict[str, list[Class | Function | Module]] = {}
        dead = self._statements.dead(unit.module)
        for node in _evaluated(unit.scope, dead):
            match node:
                case ast.Name(ctx=ast.Load()):
                    self._name(unit, node, known)
                case ast.Attribute(ctx=ast.Load()):
                    self._attribute(unit, node, known)
                case ast.Call():
                    self._call(unit.module, node)
                case ast.Import() | ast.ImportFrom():
                    self._import(unit.module, node)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._decorated(unit.module, unit.module.function_of(node))
                case ast.ClassDef():
                    self._class_statement(unit.module, unit.module.class_of(node))

    def _name(self, unit: _Unit, node: ast.Name, known: dict[str, list[Class | Function | Module]]) -> None:
        if node.id not in known:
            known[node.id] = self._symbols(unit.module, node)
        if isinstance(unit.module.parents.get(node), ast.Attribute):
            return
        for symbol in known[node.id]:
            self._refer(symbol, unit.module.at(node))

    def _symbols(self, module: Module, node: ast.Name) -> list[Class | Function | Module]:
        """Functions, classes and modules that the name may mean; what a plain variable holds is not asked for."""
        found = self._names.lookup(module, node) if node in module.parents else None
        if found is None:
            return self._exported(module, node.id)
        scope, bindings = found
        if not any(_defines(b) for b in bindings):
            return []
        if isinstance(scope, Module):
            return self._exported(module, node.id)
        return [s for s in self._names.resolve(module, node) if isinstance(s, Class | Function | Module)]

    def _exported(self, module: Module, name: str) -> list[Class | Function | Module]:
        key = (module.path, name)
        if key not in self._exports:
            found = self._names.exported(module, name)
            self._exports[key] = [s for s in found if isinstance(s, Class | Function | Module)]
        return self._exports[key]

    def _attribute(self, unit: _Unit, node: ast.Attribute, known: dict[str, list[Class | Function | Module]]) -> None:
        site = unit.module.at(node)
        self._use(node.attr, site)
        root = node
        while isinstance(root.value, ast.Attribute):
            root = root.value
        if not isinstance(root.value, ast.Name):
            return
        name = root.value
        if name.id not in known:
            known[name.id] = self._symbols(unit.module, name)
        if root is node:
            for symbol in known[name.id]:
                self._member(symbol, node.attr, site)
        elif any(isinstance(s, Module) for s in known[name.id]):
            for named in self._names.resolve(unit.module, node):
                self._refer(named, site)
            for holder in self._names.resolve(unit.module, node.value):
                self._member(holder, node.attr, site)

    def _member(self, symbol: object, name: str, site: Site) -> None:
        """`module.name` refers to it; `Class.name` calls a method of the class, which builds one if it is a factory."""
        if isinstance(symbol, Module):
            for found in self._exported(symbol, name):
                self._refer(found, site)
            return
        if not isinstance(symbol, Class):
            return
        method = self._names.method(symbol, name)
        if method is not None:
            self._function(method, site)
        plain = all(isinstance(s, Class) or s.name.startswith("builtins.") for s in self._names.ancestry(symbol))
        if not plain or (method is not None and "classmethod" in _decorator_names(method)):
            self._class(symbol, site)

    def _call(self, module: Module, call: ast.Call) -> None:
        include = self._includes.get(call)
        if include is not None:
            self._including(include)
        name = call_name(call)
        if name == "getattr" and len(call.args) > 1 and (attribute := text_of(call.args[1])):
            self._use(attribute, module.at(call))
        if isinstance(call.func, ast.Name) and name == "cls":
            self._built_by_factory(module, call)
        if name in LOADERS:
            self._loaded(module, call)

    def _including(self, include: Include) -> None:
        site = include.site
        for child in include.children:
            if not include.parents or any(p in self._found.included for p in include.parents):
                self._include(child, site)
                continue
            for parent in include.parents:
                self._nested.setdefault(parent, []).append((child, site))

    def _built_by_factory(self, module: Module, call: ast.Call) -> None:
        cls = module.enclosing_class(call)
        if cls is not None:
            self._class(cls, module.at(call))

    def _loaded(self, module: Module, call: ast.Call) -> None:
        """Modules and objects that are named by text; where the text is computed, any in this module may be meant."""
        texts = [t for a in call.args if (t := text_of(a))]
        if not texts and call.args and call_name(call) in {"import_module", "import_string", "__import__"}:
            texts = [t for n in module.nodes if (t := text_of(n)) and "." in t]
        for text in texts:
            self._by_text(text, module, module.at(call))

    def _by_text(self, text: str, origin: Module | None, site: Site) -> None:
        """`package.module`, `package.module.object` or `package.module:object`."""
        if origin is None or not all(p.isidentifier() for p in text.replace(":", ".").split(".")):
            return
        whole, _, attribute = text.partition(":")
        parts = [*whole.split("."), *attribute.split(".")] if attribute else whole.split(".")
        for cut in range(len(parts), 0, -1):
            module = self._imports.find(".".join(parts[:cut]), origin)
            if isinstance(module, Module):
                self._module(module, site)
                for symbol in self._exported(module, parts[cut]) if cut < len(parts) else ():
                    self._refer(symbol, site)
                return

    def _import(self, module: Module, statement: ast.Import | ast.ImportFrom) -> None:
        site = module.at(statement)
        if isinstance(statement, ast.Import):
            dotted_names = [a.name for a in statement.names]
        else:
            base = self._imports.base(statement, module)
            if base is None:
                return
            dotted_names = [base, *(f"{base}.{a.name}".lstrip(".") for a in statement.names)]
        for name in dotted_names:
            self._run(name, module, site)

    def _run(self, name: str, origin: Module, site: Site) -> None:
        """Importing a module runs it and the packages above it."""
        parts = name.split(".")
        for cut in range(1, len(parts) + 1):
            module = self._imports.find(".".join(parts[:cut]), origin)
            if isinstance(module, Module):
                self._module(module, site)

    def _decorated(self, module: Module, function: Function) -> None:
        for decorator in function.node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            site = module.at(decorator)
            if isinstance(target, ast.Attribute) and (routers := self._web.of(module, target.value)):
                self._route(routers, function, site)
            elif self._registers(module, target):
                self._handler(function, site)

    def _route(self, routers: tuple[WebObject, ...], function: Function, site: Site) -> None:
        for router in routers:
            if router in self._found.included:
                self._handler(function, site)
            else:
                self._handlers.setdefault(router, []).append((function, site))

    def _class_statement(self, module: Module, cls: Class) -> None:
        self._todo.append(_Unit(module, cls.node))
        site = module.at(cls.node)
        for decorator in cls.node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self._registers(module, target):
                self._class(cls, site)
        above = [s for s in self._names.ancestry(cls)[1:] if isinstance(s, Class)] if cls.node.bases else []
        if any("__init_subclass__" in s.methods for s in above):
            self._class(cls, site)

    def _registers(self, module: Module, target: ast.expr) -> bool:
        """Whether a decorator keeps what it decorates: a method of an object, or a function that stores it."""
        found = self._names.resolve(module, target)
        for symbol in found:
            if isinstance(symbol, External) and symbol.name in REGISTERING:
                return True
            if isinstance(symbol, Function) and _stores_argument(symbol):
                return True
        if not isinstance(target, ast.Attribute) or any(isinstance(s, Function | Class) for s in found):
            return False
        holders = self._names.resolve(module, target.value)
        return not holders or any(isinstance(s, Instance | Parameter | Value) for s in holders)


def _defines(binding: Binding) -> bool:
    return isinstance(binding.node, FunctionNode | ast.ClassDef | ast.Import | ast.ImportFrom)


def _decorator_names(function: Function) -> set[str]:
    return {(dotted(d) or "").rpartition(".")[2] for d in function.node.decorator_list}


def _stores_argument(decorator: Function) -> bool:
    """Whether the decorator (or the function it returns) puts a parameter into a table, a list or an attribute."""
    parameters = {n.arg for n in ast.walk(decorator.node) if isinstance(n, ast.arg)}
    for node in ast.walk(decorator.node):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id in parameters:
            if any(isinstance(t, ast.Subscript | ast.Attribute) for t in node.targets):
                return True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            given = {a.id for a in node.args if isinstance(a, ast.Name)}
            if given & parameters and node.func.attr not in {"wraps", "update_wrapper", "iscoroutinefunction"}:
                return True
    return False


def _evaluated(scope: ast.AST, dead: Collection[ast.AST]) -> Iterator[ast.AST]:
    """The nodes that run when the scope's statements do.

    Function bodies, annotations (but for what they call), base classes, the classes that isinstance and except ask for,
    and dead statements are left out.
    """
    todo: list[ast.AST] = list(reversed(getattr(scope, "body", [])))
    if isinstance(scope, FunctionNode):
        arguments = (n.annotation for n in ast.walk(scope.args) if isinstance(n, ast.arg) and n.annotation)
        todo += [n for a in arguments for n in ast.walk(a) if isinstance(n, ast.Call)]
    while todo:
        node = todo.pop()
        if node not in dead:
            yield node
            todo += reversed(list(_children(node)))


def _children(node: ast.AST) -> Iterable[ast.AST]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            defaults = [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
            return [*node.decorator_list, *defaults]
        case ast.ClassDef():
            return [*node.decorator_list, *(k.value for k in node.keywords)]
        case ast.AnnAssign():
            return [n for n in (node.target, node.value) if n is not None]
        case ast.ExceptHandler():
            return node.body
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass")):
            return node.args[:1]
    return ast.iter_child_nodes(node)
