"""The paths under which the repository's programs answer, as far as a URL of a document can be held against them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import FunctionNode, Module, argument, call_name, dotted, text_of
from pytest_readiness.repo.web import ROUTING, Handler
from pytest_readiness.repo.webobjects import WebObject

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_ADDING = frozenset(
    {
        "add_api_route", "add_route", "add_url_rule", "add_websocket_route", "add_api_websocket_route", "add_get",
        "add_post", "add_put", "add_patch", "add_delete", "add_view", "add_resource", "Route", "WebSocketRoute",
        "APIRoute", "path", "re_path", "url", "custom_route", "Rule", "get", "post", "put", "patch", "delete", "head",
    }
)  # fmt: skip
"""Calls that register a path given as literal text that begins with a slash (Django's without)."""
_MOUNTING = frozenset({"mount", "Mount", "add_subapp"})
_STATIC = frozenset({"add_static"})
_INCLUDING = frozenset({"include_router", "register_blueprint"})
_OWN_PATHS = {
    "FastAPI": ("/docs", "/redoc", "/openapi.json"),
    "Instrumentator": ("/metrics",),
    "start_http_server": ("/metrics",),
    "PrometheusMetrics": ("/metrics",),
    "streamable_http_app": ("/mcp",),
    "http_app": ("/mcp",),
    "sse_app": ("/sse", "/messages"),
}
"""Paths that come with a call."""
_SCRIPT_SERVER = re.compile(r"\bexpress\b|\bfastify\b|\bhono\b|\bkoa\b|\bpolka\b|\brestify\b", re.IGNORECASE)
_SCRIPT = re.compile(
    r"""\b(?:app|router|server|fastify|\w*[rR]outer)\s*\.\s*(?:get|post|put|patch|delete|all|use|route)\(\s*['"`](/[^'"`]*)['"`]"""
)
_SCRIPT_LIMIT = 300_000
"""Characters; longer scripts are bundles."""
_PARAMETER = re.compile(r"[{<:*(\[]")
_SPLAT = re.compile(r":path\}|<path:|\*|\.\*|\.\+")
Path = tuple[str, ...]


class Routes:
    """Paths that code outside tests registers."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def answers(self, url: str) -> bool:
        """Whether a URL's path ends with the path of a route, as far as that is known, or leads to static files."""
        segments = _segments(url)
        if any(_ends_with(segments, route) for route in self._paths):
            return True
        return any(_contains(segments, folder) for folder in self._static)

    def of(self, modules: Iterable[Module]) -> list[str]:
        """The paths that these modules register."""
        chosen = set(modules)
        handlers = [h for h in self._repo.web.handlers if h.function.module in chosen and self._is_registered(h)]
        known = [p for h in handlers for p in self._repo.web.paths(h)]
        handled = {h.function.node for h in self._repo.web.handlers}
        return known + [p for m in chosen for p in (*_decorated(m, handled), *_added(m))]

    @cached_property
    def _modules(self) -> list[Module]:
        return [m for p, m in self._repo.modules.items() if m.tree is not None and not self._repo.scope.is_test(p)]

    @cached_property
    def _paths(self) -> frozenset[Path]:
        web = self._repo.web
        known = (p for h in web.handlers if self._is_registered(h) for p in web.paths(h))
        handled = {h.function.node for h in web.handlers}
        written = (p for m in self._modules for p in (*_decorated(m, handled), *_added(m)))
        found = {_segments(p) for p in (*known, *written, *self._mounts, *self._scripted())}
        return frozenset(p for p in found if any(not _PARAMETER.search(s) for s in p))

    def _is_registered(self, handler: Handler) -> bool:
        """Whether an application may answer with it: a router that none includes answers nothing."""
        owners = [o for route in handler.routes for o in route.owners]
        return not owners or self._may_include_any or any(o.is_app or o in self._included for o in owners)

    @cached_property
    def _included(self) -> frozenset[WebObject]:
        return frozenset(c for i in self._repo.web.objects.includes for c in i.children)

    @cached_property
    def _may_include_any(self) -> bool:
        """Whether some call includes a router that is not known: in a loop over modules, say."""
        known = {i.call for i in self._repo.web.objects.includes}
        named = ((m, c) for m in self._repo.product for c in m.calls if call_name(c) in _INCLUDING and c.args)
        return any(c not in known and not self._is_imported(m, c.args[0]) for m, c in named)

    def _is_imported(self, module: Module, node: ast.expr) -> bool:
        """Whether the expression means one thing that the module imports by name, be it there or not."""
        while isinstance(node, ast.Attribute):
            node = node.value
        found = self._repo.names.lookup(module, node) if isinstance(node, ast.Name) else None
        return found is not None and all(isinstance(b.node, ast.Import | ast.ImportFrom) for b in found[1])

    @property
    def _mounts(self) -> Iterator[str]:
        """Where another application answers."""
        for call in (c for m in self._modules for c in m.calls if call_name(c) in _MOUNTING):
            yield from _literal(argument(call, "path", 0))

    @cached_property
    def _static(self) -> frozenset[Path]:
        """Paths below which files are served."""
        found: set[str] = set()
        for call in (c for m in self._modules for c in m.calls if call_name(c) in _MOUNTING | _STATIC):
            inner = argument(call, "app", 1)
            serves = isinstance(inner, ast.Call) and "static" in call_name(inner).lower()
            if serves or call_name(call) in _STATIC:
                found |= set(_literal(argument(call, "path", 0) or argument(call, "prefix")))
        return frozenset(_segments(p) for p in found if p.strip("/"))

    def _scripted(self) -> Iterator[str]:
        """Routes of Express and its like."""
        for path in self._repo.files.ending(".js", ".ts", ".mjs", ".cjs"):
            text = self._repo.files.text(path) or ""
            if len(text) <= _SCRIPT_LIMIT and _SCRIPT_SERVER.search(text) and not self._repo.scope.is_test(path):
                yield from _SCRIPT.findall(text)


def _decorated(module: Module, handled: set[FunctionNode]) -> Iterator[str]:
    """Paths of decorators on functions that are not known as handlers."""
    for function in (f for f in module.functions if f.node not in handled):
        for decorator in function.node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            if call and isinstance(call.func, ast.Attribute) and call.func.attr in ROUTING | {"custom_route"}:
                yield from _literal(argument(call, "path", 0) or argument(call, "rule"))


def _added(module: Module) -> Iterator[str]:
    is_django = "django" in module.text
    for call in module.calls:
        name = call_name(call)
        yield from _OWN_PATHS.get(name, ())
        if name == "run" and text_of(argument(call, "transport")) in ("http", "streamable-http", "sse"):
            yield from ("/mcp", "/sse")
        elif name in _ADDING and not isinstance(module.parents.get(call), ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _registered(call, name, is_django)


def _registered(call: ast.Call, name: str, is_django: bool) -> Iterator[str]:
    """The path that a call registers; `client.get("/x")` asks for one and registers none."""
    if name in ("path", "re_path", "url"):
        yield from _literal(call.args[0] if call.args else None, bare=is_django) if is_django else ()
    elif name == "add_resource":
        yield from (p for a in call.args[1:] for p in _literal(a))
    elif name in ("get", "post", "put", "patch", "delete", "head"):
        is_aiohttp = (dotted(call.func) or "").startswith("web.") and len(call.args) > 1
        yield from _literal(call.args[0]) if is_aiohttp else ()
    else:
        yield from _literal(argument(call, "path", 0) or argument(call, "rule"))


def _literal(node: ast.expr | None, bare: bool = False) -> Iterator[str]:
    text = text_of(node)
    if text is not None and (bare or text.startswith("/")):
        yield re.sub(r"^\^|\$$", "", text)


def _segments(path: str) -> Path:
    return tuple(s for s in path.partition("?")[0].split("/") if s)


def _ends_with(url: Path, route: Path) -> bool:
    if _SPLAT.search(route[-1]):
        return len(route) == 1 or _contains(url[:-1], route[:-1])
    tail = url[len(url) - len(route) :]
    return len(route) <= len(url) and all(_PARAMETER.search(r) or r == u for r, u in zip(route, tail, strict=True))


def _contains(url: Path, part: Path) -> bool:
    starts = range(len(url) - len(part) + 1)
    return bool(part) and any(
        all(_PARAMETER.search(p) or p == u for p, u in zip(part, url[at:], strict=False)) for at in starts
    )
