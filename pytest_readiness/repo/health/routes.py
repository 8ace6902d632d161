"""Health routes: GET handlers under a path that names health, liveness or readiness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.modules import Function, Module, Site, text_of
from pytest_readiness.repo.web import Handler, Route, Web
from pytest_readiness.repo.webobjects import WebObject

_REPORTS = re.compile(r"^([a-z0-9]+[-_])?health(z|check|[-_]check)?$|^(live|ready)z?$")
_ASKED = re.compile(r"^(health|healthz|healthcheck|health-check|livez?|readyz?|ping)$")
_ALIVE = frozenset({"live", "livez"})


@dataclass(frozen=True, eq=False)
class HealthRoute:
    """One path under which a GET handler answers about health."""

    function: Function
    route: Route
    own_path: str
    """The route's path behind its router's own prefix, as its file alone says it."""
    urls: tuple[str, ...]
    """The whole paths, with the prefixes of the routers and applications that include the router."""

    @property
    def module(self) -> Module:
        return self.function.module

    @property
    def path(self) -> str:
        return self.function.path

    @property
    def line(self) -> int:
        return self.function.line

    @property
    def owners(self) -> tuple[WebObject, ...]:
        """The application or router it is registered on; empty where that is not known."""
        return self.route.owners

    @property
    def site(self) -> Site:
        """Where it is registered."""
        return self.route.site

    @property
    def is_liveness(self) -> bool:
        """It only says that the process runs: its last segment is live or livez."""
        return self.own_path.rstrip("/").rpartition("/")[2] in _ALIVE

    @property
    def reports_health(self) -> bool:
        """A segment of its path names health, liveness or readiness."""
        return any(_REPORTS.match(s) for s in self.own_path.split("/"))

    @property
    def is_included_as_health(self) -> bool:
        """A segment of a whole path names health, liveness or readiness."""
        return any(_REPORTS.match(s) for u in self.urls for s in u.split("/"))

    @property
    def answers_balancers(self) -> bool:
        """A path without parameters, one segment of which is what load balancers are told to ask."""
        return any(asked_by_balancers(u) for u in (self.own_path, *self.urls))


class HealthRoutes:
    """The health routes of the product code."""

    def __init__(self, web: Web) -> None:
        self._web = web

    @cached_property
    def all(self) -> tuple[HealthRoute, ...]:
        """Every route that reports health or that a load balancer can ask, served or not, by file and line."""
        found = [r for h in self._web.handlers for r in self._of(h) if _names_health(r)]
        return tuple(sorted(found, key=lambda r: (r.path, r.line, r.own_path)))

    def _of(self, handler: Handler) -> Iterator[HealthRoute]:
        for route in handler.routes:
            if not route.is_websocket and (not route.methods or "get" in route.methods):
                own = _own_prefix(route) + route.path
                yield HealthRoute(handler.function, route, own, tuple(self._web.urls(route)))


def _names_health(route: HealthRoute) -> bool:
    return route.reports_health or route.answers_balancers or route.is_included_as_health


def asked_by_balancers(path: str) -> bool:
    """Whether a path has no parameters, and a segment that load balancers are told to ask."""
    return not set(path) & set("{<(") and any(_ASKED.match(s) for s in path.split("/"))


def _own_prefix(route: Route) -> str:
    """The prefix that the router is created with, where it is created in the route's file."""
    owner = next((o for o in route.owners if o.module is route.module), None)
    given = (k.value for k in owner.call.keywords if k.arg in {"prefix", "url_prefix"}) if owner else ()
    return next((text_of(v) or "" for v in given), "")
