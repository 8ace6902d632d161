"""HTTP applications, and the paths under which load balancers can ask them for their health."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.health.credentials import Credentials
from pytest_readiness.repo.health.routes import HealthRoute, asked_by_balancers
from pytest_readiness.repo.modules import Function, Module, Site, argument, call_name, text_of
from pytest_readiness.repo.webobjects import Include, WebObject

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

DJANGO = ("django.core.wsgi.get_wsgi_application", "django.core.asgi.get_asgi_application")
_PATHS = frozenset({"path", "re_path", "url"})
_ADDERS = frozenset({"add_api_route", "add_route", "add_url_rule", "add_get"})
_LISTS = ("routes", "route_handlers", "handlers")


@dataclass(frozen=True, eq=False)
class Asked:
    """A path that a load balancer can ask: who answers, and what is around it."""

    path: str
    site: Site
    function: Function | None
    owners: tuple[WebObject, ...]
    around: frozenset[WebObject]
    """The routers and applications that hold it."""
    is_plain: bool = False
    """A route of Starlette, for which dependencies of FastAPI do not run."""


@dataclass(frozen=True, eq=False)
class HttpApplication:
    """A module that constructs an HTTP application, and what it answers with."""

    module: Module
    site: Site
    asked: tuple[Asked, ...]
    """The health paths that are registered on it, with or without a credential."""
    refused: tuple[Site, ...]
    """Where those of them that ask for a credential do so."""
    problem: Site | None
    """Why the module cannot be imported."""

    @property
    def answers(self) -> bool:
        """Whether a load balancer gets an answer."""
        return self.problem is None and len(self.refused) < len(self.asked)


class Endpoints:
    """The HTTP applications of the product."""

    def __init__(self, repo: Repo, routes: tuple[HealthRoute, ...]) -> None:
        self._repo, self._routes = repo, routes
        self._credentials = Credentials(repo)

    @cached_property
    def applications(self) -> tuple[HttpApplication, ...]:
        """One for each module that constructs an application, in the order of their paths."""
        found = {m.path: self._application(m, apps) for m, apps in self._apps.items()}
        found |= {m.path: self._django(m, call) for m, call in self._url_modules()}
        return tuple(found[path] for path in sorted(found))

    @cached_property
    def _apps(self) -> dict[Module, list[WebObject]]:
        mounted = {c for i in self._repo.web_objects.includes for c in i.children}
        found: dict[Module, list[WebObject]] = {}
        for app in self._repo.web_objects.apps:
            is_django = set(DJANGO) & set(self._repo.names.dotted(app.module, app.call.func))
            if not is_django and app not in mounted:
                found.setdefault(app.module, []).append(app)
        return found

    def _application(self, module: Module, apps: list[WebObject]) -> HttpApplication:
        held = self._held(apps)
        asked = [a for a in self._asked if set(a.owners) & held]
        asked += [a for app in apps for a in self._listed(app)]
        return self._judged(module, module.at(apps[0].call), asked)

    def _judged(self, module: Module, site: Site, asked: list[Asked]) -> HttpApplication:
        unique = list({(a.site.path, a.site.line, a.path): a for a in asked}.values())
        refused = [s for a in unique if (s := self._credentials.asked(a)) is not None]
        return HttpApplication(module, site, tuple(unique), tuple(refused), self._repo.imports.problem(module))

    # What an application holds

    def _held(self, apps: list[WebObject]) -> set[WebObject]:
        """The applications and the routers that executed statements put into them."""
        found, todo = set(apps), list(apps)
        while todo:
            current = todo.pop()
            for include in self._repo.web_objects.includes:
                if self._includes(include, current) and self._is_executed(include, apps):
                    fresh = [c for c in include.children if c not in found]
                    found |= set(fresh)
                    todo += fresh
        return found

    def _includes(self, include: Include, owner: WebObject) -> bool:
        """Into this owner; one that a parameter holds is the application, where there is but one."""
        known = self._repo.web_objects.apps
        return owner in include.parents or (not include.parents and list(known) == [owner])

    def _is_executed(self, include: Include, apps: list[WebObject]) -> bool:
        return self._runs(include.module, include.call, apps)

    def _runs(self, module: Module, node: ast.AST, apps: list[WebObject]) -> bool:
        """At the top of its module, in the function that creates the application, or in one that live code calls."""
        if self._repo.live.is_dead(module, node):
            return False
        function = module.enclosing_function(node)
        if function is None or any(a.function == function for a in apps) or self._repo.live.is_live(function):
            return True
        return any(True for _ in self._repo.origins.calls_of(function))

    @cached_property
    def _asked(self) -> list[Asked]:
        """Every health path that is registered on a known application or router."""
        found = [self._of_route(r) for r in self._routes if r.answers_balancers and self._is_served(r)]
        known = {(a.site.path, a.site.line) for a in found}
        return found + [a for a in self._added() if (a.site.path, a.site.line) not in known]

    def _is_served(self, route: HealthRoute) -> bool:
        return self._repo.imports.loadable(route.module) and self._runs(
            route.module, route.route.node, list(route.owners)
        )

    def _of_route(self, route: HealthRoute) -> Asked:
        handler = self._repo.web.handler_of(route.function)
        around = self._repo.web.around(handler) if handler else set(route.owners)
        path = next((u for u in (*route.urls, route.own_path) if asked_by_balancers(u)), route.own_path)
        return Asked(path, route.site, route.function, route.owners, frozenset(around), _is_plain(route.route.node))

    def _added(self) -> Iterator[Asked]:
        """`app.add_api_route("/health", made_elsewhere)`."""
        for module in self._repo.product:
            for call in module.calls:
                if call_name(call) in _ADDERS and isinstance(call.func, ast.Attribute):
                    path = next((t for a in call.args[:2] if (t := text_of(a)) and asked_by_balancers(t)), None)
                    owners = self._repo.web_objects.of(module, call.func.value) if path else ()
                    if path and owners and self._runs(module, call, list(owners)):
                        function = self._function(module, call)
                        yield Asked(path, module.at(call), function, owners, frozenset(owners), _is_plain(call))

    def _function(self, module: Module, call: ast.Call) -> Function | None:
        found = [f for a in call.args for f in self._repo.names.functions(module, a)]
        return next(iter(found), None)

    # Routes in lists

    def _listed(self, app: WebObject) -> Iterator[Asked]:
        """`Starlette(routes=[Route("/health", f)])`, `Litestar(route_handlers=[f])`, `app.add_routes([get(...)])`."""
        around = frozenset([app])
        for module, element in self._elements(app):
            if isinstance(element, ast.Call):
                path = text_of(argument(element, "path", 0)) or ""
                if asked_by_balancers(path):
                    yield Asked(path, module.at(element), self._function(module, element), (app,), around)
            for function in self._repo.names.functions(module, element):
                for decorator in function.node.decorator_list:
                    path = _decorated(decorator)
                    if asked_by_balancers(path):
                        yield Asked(path, function.module.at(decorator), function, (app,), around)

    def _elements(self, app: WebObject) -> Iterator[tuple[Module, ast.expr]]:
        given = [(app.module, argument(app.call, n)) for n in _LISTS]
        for module in self._repo.product:
            for call in module.calls:
                adds = call_name(call) == "add_routes" and isinstance(call.func, ast.Attribute) and bool(call.args)
                if adds and app in self._repo.web_objects.of(module, call.func.value):  # type: ignore[attr-defined]
                    given.append((module, call.args[0]))
        for module, node in given:
            for origin in self._repo.origins.of(module, node) if node is not None else ():
                elements = origin.node.elts if isinstance(origin.node, ast.List | ast.Tuple) else []
                yield from ((origin.module, e) for e in elements)

    # Django

    def _url_modules(self) -> Iterator[tuple[Module, ast.Assign]]:
        """Modules with urlpatterns that no other module includes."""
        found = [(m, n) for m in self._repo.product for n in _patterns(m)]
        included = {t for m, n in found for c in _calls(n, {"include"}) if c.args and (t := text_of(c.args[0]))}
        for module, node in found:
            name = module.path.removesuffix(".py").replace("/", ".")
            if not any(name == i or name.endswith(f".{i}") for i in included):
                yield module, node

    def _django(self, module: Module, node: ast.Assign) -> HttpApplication:
        asked = []
        for call in _calls(node, _PATHS):
            path = text_of(argument(call, "route", 0)) or ""
            if asked_by_balancers(path.strip("^$")):
                asked.append(Asked(path, module.at(call), self._function(module, call), (), frozenset()))
        return self._judged(module, module.at(node), asked)


def _is_plain(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and call_name(node) == "add_route"


def _patterns(module: Module) -> Iterator[ast.Assign]:
    for node in module.tree.body if module.tree else ():
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "urlpatterns" for t in node.targets
        ):
            yield node


def _calls(node: ast.AST, names: frozenset[str] | set[str]) -> Iterator[ast.Call]:
    return (n for n in ast.walk(node) if isinstance(n, ast.Call) and call_name(n) in names)


def _decorated(decorator: ast.expr) -> str:
    """The path of Litestar's `@get("/health")`."""
    if not isinstance(decorator, ast.Call) or call_name(decorator) != "get":
        return ""
    return text_of(argument(decorator, "path", 0)) or ""
