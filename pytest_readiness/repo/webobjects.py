"""Web applications and routers: where they are created, and which router an application includes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.modules import Class, Function, Module, Site, call_name, text_of
from pytest_readiness.repo.names import External, Names
from pytest_readiness.repo.origins import Origin, Origins

APPS = frozenset(
    {
        "fastapi.FastAPI", "fastapi.applications.FastAPI", "starlette.applications.Starlette", "flask.Flask",
        "flask.app.Flask", "quart.Quart", "sanic.Sanic", "sanic.app.Sanic", "litestar.Litestar",
        "aiohttp.web.Application",
        "django.core.wsgi.get_wsgi_application", "django.core.asgi.get_asgi_application", "falcon.App",
        "falcon.asgi.App", "bottle.Bottle", "tornado.web.Application", "blacksheep.Application", "connexion.FlaskApp",
        "connexion.AsyncApp", "chalice.Chalice", "ninja.NinjaAPI", "channels.routing.ProtocolTypeRouter",
    }
)  # fmt: skip
ROUTERS = frozenset(
    {
        "fastapi.APIRouter", "fastapi.routing.APIRouter", "starlette.routing.Router", "flask.Blueprint",
        "flask.blueprints.Blueprint", "quart.Blueprint", "sanic.Blueprint", "aiohttp.web.RouteTableDef",
        "litestar.Router", "ninja.Router", "flask_restx.Namespace",
    }
)  # fmt: skip
INCLUDING = frozenset(
    {
        "include_router", "mount", "register_blueprint", "blueprint", "add_routes", "add_router", "add_namespace",
        "register", "host", "add_subapp",
    }
)  # fmt: skip
_DEPTH = 6
"""Most middlewares around each other that are looked through."""
_ASGI = 4
"""Parameters of an ASGI application's __call__: self, scope, receive, send."""


@dataclass(frozen=True, eq=False)
class WebObject:
    """An application or a router: the call that creates it."""

    module: Module
    call: ast.Call
    is_app: bool

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.call.lineno

    @property
    def function(self) -> Function | None:
        """The function that creates it; None where module-level code does."""
        return self.module.enclosing_function(self.call)


@dataclass(frozen=True, eq=False)
class Include:
    """A call that puts routers (or applications) into others; `parents` is empty where the receiver is not known."""

    module: Module
    call: ast.Call
    parents: tuple[WebObject, ...]
    children: tuple[WebObject, ...]

    @property
    def prefix(self) -> str:
        """The literal prefix or mount path, "" where there is none."""
        given = next((k.value for k in self.call.keywords if k.arg in {"prefix", "url_prefix", "path"}), None)
        first = self.call.args[0] if self.call.args and call_name(self.call) == "mount" else None
        return text_of(given) or text_of(first) or ""

    @property
    def site(self) -> Site:
        return self.module.at(self.call)


class WebObjects:
    """The applications and routers that the given modules create."""

    def __init__(self, modules: Iterable[Module], names: Names, origins: Origins) -> None:
        self._modules, self._names, self.origins = tuple(modules), names, origins

    @cached_property
    def created(self) -> dict[ast.expr, WebObject]:
        """Creating call -> application or router."""
        found = (self._object(m, c) for m in self._modules for c in m.calls if self._may_create(m, c))
        return {o.call: o for o in found if o is not None}

    @cached_property
    def apps(self) -> tuple[WebObject, ...]:
        return tuple(o for o in self.created.values() if o.is_app)

    def of(self, module: Module, node: ast.expr | None) -> tuple[WebObject, ...]:
        """The applications and routers that the expression may hold; `app.router` stands for its app."""
        behind = [self.unwrapped(o.module, o.node) for o in self.origins.of(module, node)]
        found = [self.created[o.node] for origins in behind for o in origins if o.node in self.created]
        if not found and isinstance(node, ast.Attribute) and node.attr in {"router", "routes"}:
            return self.of(module, node.value)
        return tuple(dict.fromkeys(found))

    def unwrapped(self, module: Module, node: ast.expr, depth: int = _DEPTH) -> list[Origin]:
        """What stands inside ASGI middlewares that are put around it: `Guard(create_app())` -> the application."""
        if depth <= 0 or not isinstance(node, ast.Call) or not self.wraps(module, node):
            return [Origin(module, node)]
        inner = self.origins.of(module, node.args[0])
        return [u for o in inner for u in self.unwrapped(o.module, o.node, depth - 1)]

    def wraps(self, module: Module, call: ast.Call) -> bool:
        """Whether the call puts an ASGI middleware around its first argument."""
        if not call.args or call in self.created:
            return False
        own = (self._names.method(c, "__call__") for c in self._names.constructed(module, call))
        if any(m is not None and len(m.params) == _ASGI for m in own):
            return True
        return any(n.endswith("Middleware") for n in self._names.dotted(module, call.func))

    @cached_property
    def includes(self) -> tuple[Include, ...]:
        """Every call that includes or mounts, in the order of the modules."""
        calls = ((m, c) for m in self._modules for c in m.calls if call_name(c) in INCLUDING)
        return tuple(i for m, c in calls for i in self._include(m, c))

    def _include(self, module: Module, call: ast.Call) -> Iterator[Include]:
        if not isinstance(call.func, ast.Attribute):
            return
        passed = [*call.args, *(k.value for k in call.keywords)]
        children = dict.fromkeys(o for a in passed for o in self._held(module, a))
        if children:
            yield Include(module, call, self.of(module, call.func.value), tuple(children))

    def _held(self, module: Module, node: ast.expr) -> list[WebObject]:
        if isinstance(node, ast.List | ast.Tuple):
            return [o for e in node.elts for o in self._held(module, e)]
        return list(self.of(module, node.value if isinstance(node, ast.Starred) else node))

    def _object(self, module: Module, call: ast.Call) -> WebObject | None:
        for symbol in self._names.resolve(module, call.func):
            is_app = self._kind(symbol)
            if is_app is not None:
                return WebObject(module, call, is_app)
        return None

    def _kind(self, symbol: object) -> bool | None:
        """True for a class of applications, False for one of routers, None for anything else."""
        line = self._names.ancestry(symbol) if isinstance(symbol, Class) else [symbol]
        names = {s.name for s in line if isinstance(s, External)}
        return True if names & APPS else False if names & ROUTERS else None

    def _may_create(self, module: Module, call: ast.Call) -> bool:
        name = call_name(call)
        return name in self._class_names or name in self._aliases(module)

    @cached_property
    def _class_names(self) -> frozenset[str]:
        """Last names of the classes, those of the repository that extend one included."""
        names = {n.rpartition(".")[2] for n in APPS | ROUTERS}
        bases = [(c.name, {_last(b) for b in c.node.bases}) for m in self._modules for c in m.classes]
        grown = -1
        while grown != len(names):
            grown = len(names)
            names |= {name for name, above in bases if above & names}
        return frozenset(names)

    def _aliases(self, module: Module) -> frozenset[str]:
        """Other names under which the module imports one of them."""
        if module.path not in self._alias_cache:
            found = (a for n in module.nodes if isinstance(n, ast.ImportFrom) for a in n.names if a.asname)
            self._alias_cache[module.path] = frozenset(str(a.asname) for a in found if a.name in self._class_names)
        return self._alias_cache[module.path]

    @cached_property
    def _alias_cache(self) -> dict[str, frozenset[str]]:
        return {}


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
