"""Which handlers take a tenant, what guards them, and does anything refuse other tenants?"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.tenants.guards import Finding, Guards
from pytest_readiness.repo.tenants.mismatch import End
from pytest_readiness.repo.tenants.words import FIELDS, PARAMETERS, is_tenant_name, key_of, names_tenant, plain
from pytest_readiness.repo.web import ENTRIES, Handler, Registration, Web
from pytest_readiness.repo.webobjects import WebObject

_ASKED = frozenset({"path", "query", "header", "cookie", "form"})
_PARTS = {
    "headers": "header", "query_params": "query", "args": "query", "path_params": "path", "view_args": "path",
    "match_info": "path", "GET": "query", "cookies": "cookie",
}  # fmt: skip
_KEYS = frozenset(plain(p) for p in PARAMETERS)
_DENYING = (401, 403)
_NOT_FOUND = 404
_STOPPED = frozenset({End.DENIED, End.RAISED, End.LEFT_OUT})


@dataclass(frozen=True)
class TenantInput:
    """A tenant that a handler takes: from which part of the request, and under which name."""

    source: str
    name: str
    site: Site


@dataclass(frozen=True)
class Endpoint:
    """A live handler that takes a tenant. `check` is what refuses other tenants; None where nothing does."""

    handler: Handler
    taken: TenantInput
    check: Finding | None


@dataclass(frozen=True)
class Guarded:
    """What runs before the handlers of the API. `passes` are the registrations that refuse; `short` all that do not."""

    passes: tuple[tuple[Registration, Finding], ...]
    short: tuple[Site, ...]


class Endpoints:
    """Handlers and guards."""

    def __init__(self, modules: tuple[Module, ...], names: Names, web: Web, guards: Guards) -> None:
        self._modules, self._names, self._web, self._guards = modules, names, web, guards

    def endpoints(self) -> Iterator[Endpoint]:
        """Every live handler that takes a tenant, with what refuses other tenants."""
        for handler in self._web.live_handlers:
            taken = self.taken(handler)
            if taken:
                yield Endpoint(handler, taken[0], self._check(handler, taken))

    # -- the tenant that a handler takes -------------------------------------------------------------------------------

    def taken(self, handler: Handler) -> list[TenantInput]:
        """The tenants that the handler takes from the request; where it takes none, those of its dependencies."""
        own = [*self._declared(handler.function, handler), *_read(handler.function)]
        own = own or [t for t in self._in_path(handler) if self._is_read(handler)]
        functions = dict.fromkeys(f for d in self._web.dependencies(handler.function) for f in d.functions)
        return own or [t for f in functions for t in (*self._declared(f, handler), *_read(f))]

    def _declared(self, function: Function, handler: Handler) -> Iterator[TenantInput]:
        for given in self._web.inputs(function):
            name = plain(given.alias or given.name)
            site = function.module.at(function.node, f"takes {given.alias or given.name} from the request")
            if given.source in _ASKED and name in _KEYS:
                holders = (f"{{{given.name}", f":{given.name}>", f"<{given.name}>")
                in_path = any(h in path for path in self._web.paths(handler) for h in holders)
                yield TenantInput("path" if in_path else given.source, name, site)
            elif given.source in {"body", "form"} and any(FIELDS & _fields(self._names, m) for m in given.models):
                yield TenantInput("body", "tenant_id", site)

    def _in_path(self, handler: Handler) -> Iterator[TenantInput]:
        for route in handler.routes:
            if any(is_tenant_name(part) for part in route.path.replace("}", "{").split("{")[1::2]):
                yield TenantInput("path", "tenant_id", route.site)

    def _is_read(self, handler: Handler) -> bool:
        nodes = handler.function.own_nodes
        return any(isinstance(n, ast.Attribute) and _PARTS.get(n.attr) == "path" for n in nodes)

    # -- what refuses other tenants ------------------------------------------------------------------------------------

    def _check(self, handler: Handler, taken: list[TenantInput]) -> Finding | None:
        found = (*self._in_handler(handler), *self._in_dependencies(handler, taken), *self._before(handler, taken))
        return min(found, key=lambda f: not f.is_comparison, default=None)

    def _in_handler(self, handler: Handler) -> Iterator[Finding]:
        for function in (handler.function, *self._wrappers(handler.function)):
            for finding in self._guards.findings(function):
                if (finding.status or 0) < 500 and (finding.end in _STOPPED or _gives_nothing(finding)):
                    yield finding

    def _wrappers(self, function: Function) -> Iterator[Function]:
        """The functions that decorators of the repository put around it."""
        for decorator in function.node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            for found in self._names.functions(function.module, target):
                inner = (n for n in ast.walk(found.node) if isinstance(n, FunctionNode) and n is not found.node)
                yield from (found.module.function_of(n) for n in inner)

    def _in_dependencies(self, handler: Handler, taken: list[TenantInput]) -> Iterator[Finding]:
        for dependency in self._web.dependencies(handler.function):
            for function in dependency.functions:
                yield from self._covering(function, handler, taken)

    def _covering(self, function: Function, handler: Handler, taken: list[TenantInput]) -> Iterator[Finding]:
        """The denials of a dependency or guard that are about the tenant that the handler takes."""
        own = {(t.source, t.name) for t in self._declared(function, handler)}
        wanted = {(t.source, t.name) for t in taken}
        for finding in self._guards.findings(function):
            read = not finding.sources or any(source in finding.sources for source, _ in wanted)
            if (own & wanted if own else read) and finding.end in {End.DENIED, End.RAISED}:
                yield finding

    def _before(self, handler: Handler, taken: list[TenantInput]) -> Iterator[Finding]:
        around = self._web.around(handler)
        for registration in self._web.registrations:
            if registration.owner in around and any(map(_hides, self._findings(registration))):
                yield from (f for g in registration.functions for f in self._covering(g, handler, taken) if _hides(f))

    # -- guards of the whole API ---------------------------------------------------------------------------------------

    def guarded(self, app: WebObject) -> Guarded:
        """What is registered to run before the handlers of the application, and which of it refuses other tenants."""
        passes = [(r, f) for r in self._web.guards_of(app) if (f := self.refusal(r))]
        if passes:
            return Guarded(tuple(passes), ())
        routed = self._on_each_router(app)
        return Guarded(tuple(routed), () if routed else tuple(self._lookalikes(app)))

    def refusal(self, registration: Registration) -> Finding | None:
        """The comparison with which a registered guard refuses other tenants with 401 or 403."""
        found = filter(_refuses, self._findings(registration))
        return min(found, key=lambda f: not f.is_comparison, default=None)

    def _findings(self, registration: Registration) -> list[Finding]:
        """The comparisons of a registered guard; none where it lets one of them pass after all."""
        found = [f for g in registration.functions for f in self._guards.findings(g)]
        return [] if any(f.end is End.IGNORED for f in found) else found

    def _on_each_router(self, app: WebObject) -> list[tuple[Registration, Finding]]:
        """Guards of routers, where every router with a handler that takes a tenant has one."""
        found: list[tuple[Registration, Finding]] = []
        for handler in self._web.live_handlers:
            around = self._web.around(handler)
            if app not in around or not self.taken(handler):
                continue
            registered = (r for r in self._web.registrations if r.owner in around)
            guard = next(((r, f) for r in registered if (f := self.refusal(r))), None)
            if guard is None:
                return []
            found.append(guard)
        return list(dict.fromkeys(found))

    def _lookalikes(self, app: WebObject) -> Iterator[Site]:
        """Registered code that mentions tenants and refuses nothing, and guards that nothing registers."""
        registered = [f for r in self._web.guards_of(app) for f in r.functions]
        for function in registered:
            if _mentions(function):
                yield Site(function.path, function.line, "registered, but does not refuse another tenant")
        entries = (f for m in self._modules for f in m.functions if f.name in ENTRIES and _mentions(f))
        for function in entries:
            refusing = next((f for f in self._guards.findings(function) if _refuses(f)), None)
            if refusing and function not in registered:
                yield Site(function.path, function.line, "refuses other tenants, but is not registered on the API app")


def _refuses(finding: Finding) -> bool:
    return finding.end in {End.DENIED, End.RAISED} and finding.status in _DENYING


def _hides(finding: Finding) -> bool:
    """Refuses, or says that there is no such thing."""
    return _refuses(finding) or (finding.end in {End.DENIED, End.RAISED} and finding.status == _NOT_FOUND)


def _gives_nothing(finding: Finding) -> bool:
    """The handler ends without an answer on a mismatch."""
    return finding.end is End.FALSE and finding.denial.line != finding.site.line


def _mentions(function: Function) -> bool:
    cls = function.cls
    nodes: Iterable[ast.AST] = ast.walk(cls.node if cls else function.node)
    return any(isinstance(n, ast.expr) and names_tenant(n) for n in nodes)


def _fields(names: Names, cls: Class) -> set[str]:
    owners = (c for c in names.ancestry(cls) if isinstance(c, Class))
    return {
        n.target.id
        for o in owners
        for n in o.node.body
        if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
    }


def _read(function: Function) -> Iterator[TenantInput]:
    """`request.headers.get("X-Tenant-ID")`, `request.path_params["tenant_id"]`."""
    for node in function.own_nodes:
        match node:
            case ast.Subscript(value=ast.Attribute(attr=part), slice=key):
                pass
            case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=part), attr="get"), args=[key, *_]):
                pass
            case _:
                continue
        if part in _PARTS and plain(key_of(key)) in _KEYS:
            yield TenantInput(_PARTS[part], plain(key_of(key)), function.module.at(node, f"reads {key_of(key)}"))
