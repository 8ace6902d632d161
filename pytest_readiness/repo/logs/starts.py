"""The services, and which code runs when one of them starts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.logs.django import APPLICATIONS, settings_of
from pytest_readiness.repo.modules import Class, Function, Module, argument, call_name, own_nodes, text_of
from pytest_readiness.repo.names import External
from pytest_readiness.repo.webobjects import APPS, WebObject

if TYPE_CHECKING:
    from pytest_readiness.repo.infra_model import EntryPoint
    from pytest_readiness.repo.repository import Repo

NO_GATEWAY = frozenset({"aiohttp.web.Application", "tornado.web.Application", "chalice.Chalice", "ninja.NinjaAPI"})
"""Applications that speak neither ASGI nor WSGI, or are no server of their own."""
HOOKS = frozenset(
    {"on_event", "before_serving", "before_first_request", "before_server_start", "main_process_start", "listener"}
)
"""Decorators of functions that run at start."""
LIFESPANS = ("lifespan", "on_startup", "before_startup")
SERVERS = frozenset({"run", "Config", "serve", "run_simple", "make_server", "run_app", "Mangum", "Server"})
"""Calls that serve an application."""


@dataclass(frozen=True, eq=False)
class Service:
    """A module that creates an ASGI or WSGI application."""

    module: Module
    apps: tuple[WebObject, ...]

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.apps[0].line

    @property
    def name(self) -> str:
        return self.path


@dataclass
class Roots:
    """Where the code of a start begins: functions that run, and modules whose own statements do."""

    functions: set[ast.AST] = field(default_factory=set)
    modules: set[Module] = field(default_factory=set)


class Starts:
    """Finds services and judges what runs at their start."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._names, self._origins = repo, repo.names, repo.origins
        self._roots: dict[Module, Roots] = {}
        self._imported: dict[Module, frozenset[Module]] = {}

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """Every service, by path."""
        found: dict[Module, list[WebObject]] = {}
        for app in self._repo.web_objects.apps:
            if self._has_gateway(app):
                found.setdefault(app.module, []).append(app)
        return tuple(Service(m, tuple(apps)) for m, apps in sorted(found.items(), key=lambda i: i[0].path))

    def _has_gateway(self, app: WebObject) -> bool:
        symbols = self._names.resolve(app.module, app.call.func)
        line = [b for s in symbols for b in (self._names.ancestry(s) if isinstance(s, Class) else [s])]
        return bool({b.name for b in line if isinstance(b, External)} & (APPS - NO_GATEWAY))

    def around(self, service: Service) -> tuple[WebObject, ...]:
        """The service's applications, and those that they are mounted in."""
        found = list(service.apps)
        for app in found:
            held = (i for i in self._repo.web_objects.includes if app in i.children)
            found += [p for i in held for p in i.parents if p not in found]
        return tuple(found)

    def runs(self, service: Service, module: Module, node: ast.AST) -> bool:
        """Whether the node is evaluated when the service starts."""
        return self._runs(self.roots(service), module, node, set())

    def _runs(self, roots: Roots, module: Module, node: ast.AST, seen: set[ast.AST]) -> bool:
        if self._repo.live.is_dead(module, node):
            return False
        function = module.enclosing_function(node)
        if function is None:
            return module in roots.modules and self._counts(module, node)
        if function.node in roots.functions:
            return True
        if function.node in seen:
            return False
        seen.add(function.node)
        return any(self._runs(roots, m, c, seen) for m, c in self._origins.calls_of(function))

    def _counts(self, module: Module, node: ast.AST) -> bool:
        """What stands below a main guard runs only where the module is started as a program."""
        if not module.in_main_guard(node):
            return True
        started = [e for e in self._repo.infra.entry_points() if e.module == module.path]
        return not started or any(not e.attribute for e in started)

    def roots(self, service: Service) -> Roots:
        """Where a start of the service begins."""
        if service.module not in self._roots:
            roots = Roots()
            for app in self.around(service):
                self._add_app(roots, app)
            for entry in self.entries(service):
                self._add_module(roots, self._repo.modules[entry.module])
            self._roots[service.module] = roots
        return self._roots[service.module]

    def entries(self, service: Service) -> list[EntryPoint]:
        """What infrastructure names to start the service."""
        found = []
        for entry in self._repo.infra.entry_points():
            module = self._repo.modules.get(entry.module)
            if module is None or module.tree is None:
                continue
            held = self._repo.web_objects.of(module, ast.Name(entry.attribute, ast.Load())) if entry.attribute else ()
            if module is service.module or set(held) & set(service.apps):
                found.append(entry)
        return found

    def _add_app(self, roots: Roots, app: WebObject) -> None:
        self._add_module(roots, app.module)
        for settings in self._settings(app):
            self._add_module(roots, settings)
        if app.function is not None:
            self._add_function(roots, app.function)
        for function in (*self._lifespans(app), *self._hooked.get(app, [])):
            roots.functions.add(function.node)
        for module, call in self._serving.get(app, []):
            if module is app.module or not self._is_service(module):
                self._add_place(roots, module, call)

    def _settings(self, app: WebObject) -> list[Module]:
        is_django = APPLICATIONS & set(self._names.dotted(app.module, app.call.func))
        return settings_of(self._repo, app.module) if is_django else []

    def _is_service(self, module: Module) -> bool:
        """Another service: that it may serve the application beside its own is not how the application is started."""
        return any(s.module is module for s in self.services)

    def _add_function(self, roots: Roots, function: Function) -> None:
        """A function that creates or serves the application, and all that call it."""
        if function.node not in roots.functions:
            roots.functions.add(function.node)
            for module, call in self._origins.calls_of(function):
                self._add_place(roots, module, call)

    def _add_place(self, roots: Roots, module: Module, node: ast.AST) -> None:
        function = module.enclosing_function(node)
        if function is not None:
            self._add_function(roots, function)
        else:
            self._add_module(roots, module)

    def _add_module(self, roots: Roots, module: Module) -> None:
        todo = [module]
        while todo:
            current = todo.pop()
            if current not in roots.modules:
                roots.modules.add(current)
                todo += self._imports_of(current)

    def _imports_of(self, module: Module) -> frozenset[Module]:
        """Modules that the module's own statements import."""
        if module not in self._imported:
            nodes = own_nodes(module.tree) if module.tree is not None else ()
            statements = [n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
            alive = [s for s in statements if not self._repo.live.is_dead(module, s)]
            self._imported[module] = frozenset(m for s in alive for m in self._named_by(module, s))
        return self._imported[module]

    def _named_by(self, module: Module, statement: ast.Import | ast.ImportFrom) -> Iterator[Module]:
        imports = self._repo.imports
        if isinstance(statement, ast.Import):
            names = [a.name for a in statement.names]
        else:
            base = imports.base(statement, module)
            names = [] if base is None else [base, *(f"{base}.{a.name}".lstrip(".") for a in statement.names)]
        for name in names:
            parts = name.split(".")
            found = (imports.find(".".join(parts[:cut]), module) for cut in range(1, len(parts) + 1))
            yield from (m for m in found if isinstance(m, Module))

    def _lifespans(self, app: WebObject) -> Iterator[Function]:
        """`FastAPI(lifespan=..., on_startup=[...])`."""
        for name in LIFESPANS:
            for origin in self._origins.of(app.module, argument(app.call, name)):
                elements = origin.node.elts if isinstance(origin.node, ast.List | ast.Tuple) else [origin.node]
                yield from (f for e in elements for f in self._functions(origin.module, e))

    def _functions(self, module: Module, node: ast.expr) -> list[Function]:
        return [f for o in self._origins.of(module, node) for f in self._names.functions(o.module, o.node)]

    @cached_property
    def _hooked(self) -> dict[WebObject, list[Function]]:
        """Application -> functions that it runs at start."""
        found: dict[WebObject, list[Function]] = {}
        for module in self._repo.product:
            for owner, functions in (*self._decorated(module), *self._registered(module)):
                for app in self._repo.web_objects.of(module, owner):
                    found.setdefault(app, []).extend(functions)
        return found

    def _decorated(self, module: Module) -> Iterator[tuple[ast.expr, list[Function]]]:
        for function in module.functions:
            for decorator in function.node.decorator_list:
                target = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(target, ast.Attribute) and target.attr in HOOKS and _is_start(decorator):
                    yield target.value, [function]

    def _registered(self, module: Module) -> Iterator[tuple[ast.expr, list[Function]]]:
        """`app.add_event_handler("startup", f)`, `app.router.on_startup.append(f)`."""
        for call in module.calls:
            func = call.func
            if not isinstance(func, ast.Attribute):
                continue
            if func.attr in ("add_event_handler", "register_listener") and _is_start(call):
                yield func.value, [f for a in call.args for f in self._functions(module, a)]
            elif func.attr == "append" and isinstance(func.value, ast.Attribute) and func.value.attr == "on_startup":
                yield func.value.value, [f for a in call.args for f in self._functions(module, a)]

    @cached_property
    def _serving(self) -> dict[WebObject, list[tuple[Module, ast.Call]]]:
        """Application -> calls that serve it: `uvicorn.run(app)`, `uvicorn.run("package.module:app")`, `app.run()`."""
        found: dict[WebObject, list[tuple[Module, ast.Call]]] = {}
        for module in self._repo.product:
            for call in module.calls:
                if call_name(call) in SERVERS:
                    for app in self._served(module, call):
                        found.setdefault(app, []).append((module, call))
        return found

    def _served(self, module: Module, call: ast.Call) -> Iterator[WebObject]:
        given = [*call.args[:1], *(k.value for k in call.keywords if k.arg in ("app", "application"))]
        if call_name(call) == "run" and isinstance(call.func, ast.Attribute):
            given.append(call.func.value)
        for node in given:
            text = text_of(node)
            if text is not None and ":" in text:
                source = self._repo.imports.find(text.partition(":")[0], module)
                apps = self._repo.web_objects.apps if isinstance(source, Module) else ()
                yield from (a for a in apps if a.module is source)
            elif text is None:
                yield from self._repo.web_objects.of(module, node)


def _is_start(node: ast.expr) -> bool:
    """A hook that is told its moment is one of the start."""
    texts = [t for a in node.args if (t := text_of(a))] if isinstance(node, ast.Call) else []
    return not texts or any("start" in t for t in texts)
