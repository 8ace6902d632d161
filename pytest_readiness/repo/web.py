"""HTTP and WebSocket handlers, what runs before them, and which application is the system's API.

FastAPI and Starlette first; Flask, Quart, Sanic, aiohttp and Django where the same structure says it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.modules import (
    Class,
    Function,
    Module,
    Site,
    argument,
    call_name,
    text_of,
)
from pytest_readiness.repo.names import Instance, Names
from pytest_readiness.repo.reach import Reach
from pytest_readiness.repo.webobjects import WebObject, WebObjects

VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
ROUTING = VERBS | {"route", "api_route", "websocket", "websocket_route", "api_view"}
ADDING = {
    "add_api_route": ("endpoint", 1), "add_route": ("route", 1), "add_url_rule": ("view_func", 2),
    "add_websocket_route": ("route", 1), "add_api_websocket_route": ("endpoint", 1),
    "add_get": ("handler", 1), "add_post": ("handler", 1), "add_put": ("handler", 1), "add_patch": ("handler", 1),
    "add_delete": ("handler", 1),
}  # fmt: skip
"""Methods that add a handler, with the keyword and the 0-based position of the function."""
ROUTE_CLASSES = frozenset(
    {
        "starlette.routing.Route", "starlette.routing.WebSocketRoute", "fastapi.routing.APIRoute",
        "fastapi.routing.APIWebSocketRoute", "django.urls.path", "django.urls.re_path",
    }
)  # fmt: skip
SOURCES = frozenset({"Path", "Query", "Header", "Body", "Cookie", "Form", "File"})
DEPENDS = frozenset({"Depends", "Security"})
ENTRIES = ("dispatch", "__call__", "process_request", "process_view", "before_request")
"""Methods by which a framework runs a middleware."""
BEFORE = frozenset({"middleware", "before_request", "before_app_request", "on_request"})
"""Decorators that make a function run before each handler."""
DEPTH = 6
"""Most dependencies of dependencies that are followed."""


@dataclass(frozen=True, eq=False)
class Route:
    """One path under which a handler answers."""

    module: Module
    node: ast.AST
    path: str
    methods: frozenset[str]
    owners: tuple[WebObject, ...]
    """The applications or routers it is registered on; empty where they are not known."""
    is_websocket: bool = False

    @property
    def site(self) -> Site:
        return self.module.at(self.node)


@dataclass(frozen=True, eq=False)
class Dependency:
    """`Depends(f)`: where it is written, and the functions of the repository that it runs."""

    module: Module
    node: ast.expr
    """What is depended on, without the `Depends`."""
    functions: tuple[Function, ...]

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.node.lineno


@dataclass(frozen=True, eq=False)
class Input:
    """A parameter that a framework fills. `source` is depends, path, query, header, body, cookie or request."""

    function: Function
    name: str
    source: str
    alias: str | None
    default: ast.expr | None
    """What it is where the request does not give it; None where it is required."""
    models: tuple[Class, ...] = ()
    dependency: Dependency | None = None


@dataclass(frozen=True, eq=False)
class Handler:
    """A function that answers requests."""

    function: Function
    routes: tuple[Route, ...]
    url: str
    """The first whole path, with the prefixes of the routers that hold it."""

    @property
    def path(self) -> str:
        return self.function.path

    @property
    def line(self) -> int:
        return self.function.line

    @property
    def name(self) -> str:
        route = self.routes[0]
        kind = "WS" if route.is_websocket else "/".join(sorted(m.upper() for m in route.methods)) or "ANY"
        return f"{kind} {self.url or '/'} ({self.function.qualname})"


@dataclass(frozen=True, eq=False)
class Registration:
    """Something that runs before handlers: a middleware or a dependency of an application or router."""

    module: Module
    node: ast.expr
    """The expression that names the middleware or the dependency."""
    functions: tuple[Function, ...]
    """Where the framework enters it; empty where it does not resolve to code of the repository."""
    owner: WebObject

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.node.lineno


class Web:
    """The web side of the repository."""

    def __init__(self, modules: Iterable[Module], names: Names, objects: WebObjects, live: Reach, api_app: str) -> None:
        self._modules = tuple(modules)
        self._names, self._origins, self.objects, self._live = names, objects.origins, objects, live
        self._api_app = api_app

    @cached_property
    def handlers(self) -> tuple[Handler, ...]:
        """All handlers of the product code, on whatever router."""
        found: dict[Function, list[Route]] = {}
        for module in self._modules:
            for function, route in (*self._decorated(module), *self._added(module)):
                found.setdefault(function, []).append(route)
        return tuple(Handler(f, tuple(routes), self._urls(routes)[0]) for f, routes in found.items())

    @cached_property
    def live_handlers(self) -> tuple[Handler, ...]:
        """Handlers that a running application answers with."""
        return tuple(h for h in self.handlers if self._live.is_live(h.function) and any(map(self._served, h.routes)))

    def handler_of(self, function: Function) -> Handler | None:
        return self._by_function.get(function.node)

    @cached_property
    def _by_function(self) -> dict[ast.AST, Handler]:
        return {h.function.node: h for h in self.handlers}

    def _served(self, route: Route) -> bool:
        return not route.owners or any(self._live.included(o) for o in route.owners)

    def paths(self, handler: Handler) -> list[str]:
        """The handler's whole paths, with the prefixes of the routers that hold it."""
        return self._urls(handler.routes)

    def _urls(self, routes: Iterable[Route]) -> list[str]:
        return [p + r.path for r in routes for p in (self._prefixes(r.owners[0]) if r.owners else [""])]

    def urls(self, route: Route) -> list[str]:
        """The route's whole paths, with the prefixes of the routers that hold it."""
        return self._urls([route])

    def around(self, handler: Handler) -> set[WebObject]:
        """The routers and applications that hold the handler."""
        found = {o for r in handler.routes for o in r.owners}
        todo = list(found)
        while todo:
            current = todo.pop()
            above = {p for i in self.objects.includes if current in i.children for p in i.parents} - found
            found |= above
            todo += above
        return found

    def _prefixes(self, owner: WebObject, depth: int = DEPTH) -> list[str]:
        own = next((k.value for k in owner.call.keywords if k.arg in {"prefix", "url_prefix"}), None)
        prefix = text_of(own) or ""
        above = [i for i in self.objects.includes if owner in i.children] if depth else []
        held = [p + i.prefix for i in above for o in i.parents for p in self._prefixes(o, depth - 1)]
        return [p + prefix for p in dict.fromkeys(held)] or [prefix]

    def _decorated(self, module: Module) -> Iterator[tuple[Function, Route]]:
        for function in module.functions:
            for decorator in function.node.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                target = call.func if call else decorator
                if isinstance(target, ast.Attribute) and target.attr in ROUTING:
                    owners = self.objects.of(module, target.value)
                    if owners:
                        yield function, self._route(module, decorator, call, target.attr, owners)

    def _route(
        self, module: Module, node: ast.AST, call: ast.Call | None, kind: str, owners: tuple[WebObject, ...]
    ) -> Route:
        path = text_of(argument(call, "path", 0) or argument(call, "rule")) if call else None
        listed = argument(call, "methods") if call else None
        texts = [text_of(e) for e in listed.elts] if isinstance(listed, ast.List | ast.Tuple | ast.Set) else []
        methods = {kind} if kind in VERBS else {t.lower() for t in texts if t}
        return Route(module, node, path or "", frozenset(methods), owners, "websocket" in kind)

    def _added(self, module: Module) -> Iterator[tuple[Function, Route]]:
        for call in module.calls:
            name = call_name(call)
            if name in ADDING and isinstance(call.func, ast.Attribute):
                target = argument(call, *ADDING[name])
                owners = self.objects.of(module, call.func.value)
                kind = "websocket" if "websocket" in name else name.removeprefix("add_")
            elif name in _ROUTE_NAMES and ROUTE_CLASSES & set(self._names.dotted(module, call.func)):
                target = argument(call, "endpoint", 1) or argument(call, "view", 1)
                owners, kind = (), "websocket" if name.startswith("WebSocket") else "route"
            else:
                continue
            for function in self._views(module, target):
                yield function, self._route(module, call, call, kind, owners)

    def _views(self, module: Module, node: ast.expr | None) -> list[Function]:
        """The functions that answer: the function itself, or the verb methods of a class of views."""
        if isinstance(node, ast.Call) and call_name(node) == "as_view" and isinstance(node.func, ast.Attribute):
            node = node.func.value
        found: list[Function] = []
        for origin in self._origins.of(module, node):
            for symbol in self._names.resolve(origin.module, origin.node):
                if isinstance(symbol, Function):
                    found.append(symbol)
                elif isinstance(symbol, Class):
                    found += [m for n, m in symbol.methods.items() if n in VERBS]
        return list(dict.fromkeys(found))

    def inputs(self, function: Function) -> list[Input]:
        """The parameters that the framework fills when it runs the function as handler or dependency."""
        params = function.params[1:] if function.cls is not None else function.params
        return [self._input(function, p) for p in params]

    def _input(self, function: Function, param: ast.arg) -> Input:
        module, default = function.module, function.defaults.get(param.arg)
        parts = [c for c in (default, *self._metadata(module, param.annotation)) if isinstance(c, ast.Call)]
        marker = next((c for c in parts if call_name(c) in SOURCES | DEPENDS), None)
        kind = call_name(marker) if marker else ""
        if marker is not None and kind in DEPENDS:
            target = argument(marker, "dependency", 0) or _first_class(param.annotation)
            return Input(function, param.arg, "depends", None, None, (), self._dependency(module, target))
        alias = text_of(argument(marker, "alias")) if marker else None
        models = tuple(self._models(module, param.annotation))
        source = kind.lower() or ("body" if models else "query")
        return Input(function, param.arg, source, alias, _missing_value(default, marker), models)

    def _metadata(self, module: Module, annotation: ast.expr | None) -> list[ast.expr]:
        """What `Annotated[...]` carries beside the type; aliases are looked up."""
        if annotation is None:
            return []
        if isinstance(annotation, ast.Name | ast.Attribute):
            found = [o for o in self._origins.of(module, annotation) if isinstance(o.node, ast.Subscript)]
            return [e for o in found for e in self._metadata(o.module, o.node)]
        if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
            return annotation.slice.elts[1:]
        return []

    def _models(self, module: Module, annotation: ast.expr | None) -> Iterator[Class]:
        """Classes of the repository named anywhere in an annotation."""
        for node in ast.walk(annotation) if annotation is not None else ():
            if isinstance(node, ast.Name | ast.Attribute) and node in module.parents:
                yield from self._names.classes(module, node)

    def _dependency(self, module: Module, target: ast.expr | None) -> Dependency | None:
        if target is None:
            return None
        # An alias may have been written in another module; the expression knows which one it stands in.
        home = module if target in module.parents else self._home(target) or module
        return Dependency(home, target, tuple(self.entries(home, target)))

    def _home(self, node: ast.AST) -> Module | None:
        return next((m for m in self._modules if node in m.parents), None)

    def entries(self, module: Module, node: ast.expr) -> list[Function]:
        """The functions of the repository that run when the framework calls what the expression holds."""
        found: list[Function] = []
        for origin in self._origins.of(module, node):
            for symbol in self._names.resolve(origin.module, origin.node):
                found += self._entered(symbol)
        return list(dict.fromkeys(found))

    def _entered(self, symbol: object) -> Iterator[Function]:
        if isinstance(symbol, Function):
            yield symbol
        cls = symbol if isinstance(symbol, Class) else symbol.of if isinstance(symbol, Instance) else None
        if isinstance(cls, Class):
            methods = (self._names.method(cls, n) for n in ENTRIES)
            known = [m for m in methods if m is not None]
            yield from known or [m for m in [self._names.method(cls, "__init__")] if m is not None]

    def dependencies(self, function: Function, depth: int = DEPTH) -> list[Dependency]:
        """What the framework runs before the function, dependencies of dependencies included."""
        found: list[Dependency] = []
        for given in self.inputs(function):
            if given.dependency is not None:
                found.append(given.dependency)
                inner = given.dependency.functions if depth > 0 else ()
                found += [d for f in inner for d in self.dependencies(f, depth - 1)]
        handler = self.handler_of(function)
        for route in handler.routes if handler else ():
            if isinstance(route.node, ast.Call):
                found += self._listed(route.module, argument(route.node, "dependencies"))
        return found

    def _listed(self, module: Module, node: ast.expr | None) -> list[Dependency]:
        """The dependencies of `dependencies=[Depends(f), ...]`."""
        found: list[Dependency] = []
        for origin in self._origins.of(module, node):
            elements = origin.node.elts if isinstance(origin.node, ast.List | ast.Tuple) else []
            for element in elements:
                for call in self._origins.of(origin.module, element):
                    if isinstance(call.node, ast.Call) and call_name(call.node) in DEPENDS:
                        given = self._dependency(call.module, argument(call.node, "dependency", 0))
                        found += [given] if given else []
        return found

    @cached_property
    def api_app(self) -> WebObject | None:
        """THE application: the one that the configured module creates or holds, else the one with most routers."""
        module = next((m for m in self._modules if m.path == self._api_app), None)
        if module is not None:
            held = [o for a in _top_names(module) for o in self.objects.of(module, a) if o.is_app]
            own = [a for a in self.objects.apps if a.module is module]
            if held or own:
                return (held or own)[0]
        ranked = sorted(self.objects.apps, key=lambda a: (-len(self.routers_of(a)), -self._handled(a), a.path, a.line))
        return ranked[0] if ranked else None

    def routers_of(self, app: WebObject) -> list[WebObject]:
        """The routers that live code includes in the application, routers of routers too."""
        found, todo = [app], [app]
        while todo:
            current = todo.pop()
            for include in self.objects.includes:
                if current in include.parents and self._live.runs(include.module, include.call):
                    fresh = [c for c in include.children if c not in found]
                    found += fresh
                    todo += fresh
        return found[1:]

    def _handled(self, app: WebObject) -> int:
        return sum(app in r.owners for h in self.handlers for r in h.routes)

    @cached_property
    def registrations(self) -> tuple[Registration, ...]:
        """Every middleware and dependency that live code puts on an application or router."""
        calls = (r for m in self._modules for c in m.calls for r in self._registered(m, c))
        created = (r for o in self.objects.created.values() for r in self._created_with(o))
        wrapped = (r for m in self._modules for r in (*self._before(m), *self._wrapping(m)))
        return tuple(r for r in (*calls, *created, *wrapped) if self._live.runs(r.module, r.node))

    def _registered(self, module: Module, call: ast.Call) -> Iterator[Registration]:
        inner = call.func
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr in BEFORE:
            for owner in self.objects.of(module, inner.func.value):
                yield from self._registration(module, call.args[0] if call.args else None, owner)
        if not isinstance(call.func, ast.Attribute):
            return
        name = call_name(call)
        if name == "add_middleware":
            target = argument(call, "dispatch") or argument(call, "middleware_class", 0)
            for owner in self.objects.of(module, call.func.value):
                yield from self._registration(module, target, owner)
        elif name in {"include_router", "register_blueprint"}:
            listed = self._listed(module, argument(call, "dependencies"))
            children = [c for i in self.objects.includes if i.call is call for c in i.children]
            yield from (Registration(d.module, d.node, d.functions, c) for c in children for d in listed)
        elif name in BEFORE and call.args:
            for owner in self.objects.of(module, call.func.value):
                yield from self._registration(module, call.args[0], owner)

    def _registration(self, module: Module, target: ast.expr | None, owner: WebObject) -> Iterator[Registration]:
        if target is not None and text_of(target) is None:
            yield Registration(module, target, tuple(self.entries(module, target)), owner)

    def _created_with(self, owner: WebObject) -> Iterator[Registration]:
        """`FastAPI(middleware=[Middleware(X)], dependencies=[Depends(f)])`."""
        for dependency in self._listed(owner.module, argument(owner.call, "dependencies")):
            yield Registration(dependency.module, dependency.node, dependency.functions, owner)
        for origin in self._origins.of(owner.module, argument(owner.call, "middleware")):
            elements = origin.node.elts if isinstance(origin.node, ast.List | ast.Tuple) else []
            for element in elements:
                for made in self._origins.of(origin.module, element):
                    call = made.node if isinstance(made.node, ast.Call) else None
                    inner = (argument(call, "dispatch") or argument(call, "cls", 0)) if call else made.node
                    yield from self._registration(made.module, inner, owner)

    def _before(self, module: Module) -> Iterator[Registration]:
        """`@app.middleware("http")`, `@app.before_request`."""
        for function in module.functions:
            for decorator in function.node.decorator_list:
                target = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(target, ast.Attribute) and target.attr in BEFORE:
                    for owner in self.objects.of(module, target.value):
                        yield Registration(module, decorator, (function,), owner)

    def _wrapping(self, module: Module) -> Iterator[Registration]:
        """`app = X(app)`, `app = X(create_app())`, `return X(app)`: only what is wrapped is served."""
        for node in module.nodes:
            if not (isinstance(node, ast.Assign | ast.Return) and isinstance(node.value, ast.Call)):
                continue
            same = {t.id for t in node.targets if isinstance(t, ast.Name)} if isinstance(node, ast.Assign) else set()
            for call in self._layers(module, node.value):
                first = call.args[0]
                if isinstance(node, ast.Return) or not isinstance(first, ast.Name) or first.id in same:
                    entries = tuple(self.entries(module, call.func))
                    yield from (Registration(module, call, entries, o) for o in self.objects.of(module, first))

    def _layers(self, module: Module, node: ast.expr) -> Iterator[ast.Call]:
        """The middlewares that are put around each other."""
        while isinstance(node, ast.Call) and self.objects.wraps(module, node):
            yield node
            node = node.args[0]

    def guards_of(self, app: WebObject) -> list[Registration]:
        """What runs before every handler of the application."""
        return [r for r in self.registrations if r.owner is app]


_ROUTE_NAMES = frozenset(n.rpartition(".")[2] for n in ROUTE_CLASSES)


def _missing_value(default: ast.expr | None, marker: ast.Call | None) -> ast.expr | None:
    """What the parameter is when the request does not give it: Query(None), or the plain default."""
    given = default
    if marker is not None and marker is default:
        given = argument(marker, "default", 0) or argument(marker, "default_factory")
    required = given is None or (isinstance(given, ast.Constant) and given.value is Ellipsis)
    return None if required else given


def _first_class(annotation: ast.expr | None) -> ast.expr | None:
    """The type that a bare `Depends()` builds."""
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Tuple):
        return annotation.slice.elts[0]
    return annotation


def _top_names(module: Module) -> list[ast.Name]:
    """Top-level assignment targets, those named like applications first, and used as they are at the end."""
    nodes = module.tree.body if module.tree else []
    targets = [t for n in nodes if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)]
    return sorted(targets, key=lambda t: t.id not in {"app", "application", "api"})
