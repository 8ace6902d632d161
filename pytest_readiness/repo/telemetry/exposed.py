"""Which registries does the running application serve?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Function, Module, Site, argument, call_name
from pytest_readiness.repo.telemetry.declared import Declared
from pytest_readiness.repo.telemetry.metrics import CLOUDWATCH, DEFAULT, OPENTELEMETRY, Metric, Registry

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

APPS = frozenset({"make_asgi_app", "make_wsgi_app"})
SERVERS = {"start_http_server": 2, "start_wsgi_server": 2}
"""Functions that serve a registry, with the 0-based position of the registry."""
PUSHES = {"push_to_gateway": 2, "pushadd_to_gateway": 2}
MOUNTS = frozenset(
    {"mount", "Mount", "Host", "DispatcherMiddleware", "make_server", "add_route", "Route", "run", "run_simple",
     "serve", "WSGIMiddleware", "Config", "include_router", "add_api_route", "middleware", "Cascade"}
)  # fmt: skip
"""Calls that put an ASGI or WSGI application into service."""
SENDERS = frozenset({"send", "write", "end", "finish", "send_response", "send_bytes"})
VIEWS = frozenset(
    {"starlette_exporter.handle_metrics", "starlette_exporter.handle_openmetrics", "starlette_prometheus.metrics",
     "starlette_prometheus.view.metrics"}
)  # fmt: skip
"""Ready-made handlers that answer with the default registry."""
_DEPTH = 4


@dataclass(frozen=True)
class Exposition:
    """A place that serves registries; `registries` is empty where it serves every one (multiprocess mode)."""

    registries: tuple[Registry, ...]
    site: Site

    def serves(self, registry: Registry) -> bool:
        return not self.registries or registry in self.registries


class Exposed:
    """The expositions in live code."""

    def __init__(self, repo: Repo, declared: Declared) -> None:
        self._repo, self._declared = repo, declared

    def of(self, metric: Metric) -> Site | None:
        """Where the metric is served; None where it is not. CloudWatch metrics need no serving."""
        if metric.library == CLOUDWATCH:
            return metric.module.at(metric.node)
        if metric.library == OPENTELEMETRY:
            return self.provider or self.prometheus_reader
        return next((e.site for e in self.all for r in metric.registries if e.serves(r)), None)

    @cached_property
    def all(self) -> tuple[Exposition, ...]:
        """What serves prometheus_client registries."""
        found = [e for m in self._repo.product if self._may_serve(m) for c in m.calls for e in self._exposes(m, c)]
        return (*found, *self._views())

    @staticmethod
    def _may_serve(module: Module) -> bool:
        return "prometheus" in module.text

    def _exposes(self, module: Module, call: ast.Call) -> Iterator[Exposition]:
        name = call_name(call)
        if name == "generate_latest" and self._answered(module, call):
            yield self._exposition(module, call, argument(call, "registry", 0), "answers with the registry's metrics")
        elif any(self._declared.prometheus_name(module, a) == "generate_latest" for a in call.args):
            if self._sent(module, call, _DEPTH):
                yield self._exposition(
                    module, call, argument(call, "registry", 1), "answers with the registry's metrics"
                )
        elif name in APPS and (mounted := self._mounted(module, call)) is not None:
            yield Exposition(self._registries(module, argument(call, "registry", 0)), mounted)
        elif name in SERVERS | PUSHES and self._is_prometheus(module, call) and self._repo.live.runs(module, call):
            given = argument(call, "registry", (SERVERS | PUSHES)[name])
            yield self._exposition(module, call, given, f"{name} serves the registry")
        elif name in ("expose", "PrometheusMetrics") and self._repo.live.runs(module, call):
            found = self._repo.names.dotted(module, call.func)
            if any(n.startswith(("prometheus_fastapi_instrumentator.", "prometheus_flask_exporter.")) for n in found):
                yield self._exposition(module, call, argument(call, "registry"), "serves /metrics")

    def _exposition(self, module: Module, call: ast.Call, registry: ast.expr | None, note: str) -> Exposition:
        return Exposition(self._registries(module, registry), module.at(call, note))

    def _is_prometheus(self, module: Module, call: ast.Call) -> bool:
        return bool(self._declared.prometheus_name(module, call.func))

    def _registries(self, module: Module, node: ast.expr | None) -> tuple[Registry, ...]:
        """The registries that are served; none stands for all, where a MultiProcessCollector fills the registry."""
        found = self._declared.registries(module, node)
        for other, call in self._collectors:
            if set(self._declared.registries(other, argument(call, "registry", 0))) & set(found):
                return ()
        return found or (DEFAULT,)

    @cached_property
    def _collectors(self) -> list[tuple[Module, ast.Call]]:
        calls = ((m, c) for m in self._repo.product if self._may_serve(m) for c in m.calls)
        return [(m, c) for m, c in calls if call_name(c) == "MultiProcessCollector"]

    # generate_latest

    def _answered(self, module: Module, call: ast.Call) -> bool:
        """Whether what the call gives is sent to whoever asks a live handler."""
        return self._is_prometheus(module, call) and self._sent(module, call, _DEPTH)

    def _sent(self, module: Module, node: ast.Call, depth: int) -> bool:
        function = module.enclosing_function(node)
        if function is None or depth <= 0 or not self._repo.live.runs(module, node):
            return False
        flow = Flow(function, seed=lambda n: n is node)
        if any(self._sends(c, flow) for c in function.calls):
            return True
        if not flow.returned:
            return False
        handler = self._repo.web.handler_of(function)
        if handler is not None:
            return handler in self._repo.web.live_handlers
        callers = list(self._callers(function))
        return not callers or any(self._sent(m, c, depth - 1) for m, c in callers)

    @staticmethod
    def _sends(call: ast.Call, flow: Flow) -> bool:
        """`send({"body": data})`, `self.wfile.write(data)`, `await response(scope, receive, send)`."""
        given = [*call.args, *(k.value for k in call.keywords)]
        if call_name(call) in SENDERS and any(flow.carries(a) for a in given):
            return True
        return isinstance(call.func, ast.Name) and flow.carries(call.func) and len(given) == 3

    def _callers(self, function: Function) -> Iterator[tuple[Module, ast.Call]]:
        yield from self._repo.origins.calls_of(function)
        for module in self._repo.product if function.cls else ():
            for call in module.calls:
                if call_name(call) == function.name and not self._repo.names.resolve(module, call.func):
                    yield module, call

    # make_asgi_app

    def _mounted(self, module: Module, call: ast.Call) -> Site | None:
        """Where live code puts the application that the call makes into service."""
        if not self._is_prometheus(module, call):
            return None
        return next((m.at(c, "serves the registry") for m, c in self._mounts if self._mounts_it(m, c, call)), None)

    @cached_property
    def _mounts(self) -> list[tuple[Module, ast.Call]]:
        calls = ((m, c) for m in self._repo.product for c in m.calls)
        return [(m, c) for m, c in calls if call_name(c) in MOUNTS or isinstance(m.parents.get(c), ast.Await)]

    def _mounts_it(self, module: Module, mount: ast.Call, made: ast.Call) -> bool:
        given = [*mount.args, *(k.value for k in mount.keywords)]
        given += [v for g in given if isinstance(g, ast.Dict) for v in g.values]
        given += [mount.func] if call_name(mount) not in MOUNTS else []
        if not any(o.node is made for g in given for o in self._repo.origins.of(module, g)):
            return False
        receiver = mount.func.value if isinstance(mount.func, ast.Attribute) else None
        routers = self._repo.web_objects.of(module, receiver)
        included = not routers or any(self._repo.live.included(r) for r in routers)
        return included and self._repo.live.runs(module, mount)

    def _views(self) -> Iterator[Exposition]:
        """Ready-made handlers that live code adds as a route."""
        for module in (m for m in self._repo.product if "starlette_" in m.text):
            for call in module.calls:
                passed = [*call.args, *(k.value for k in call.keywords)]
                named = {n for a in passed for n in self._repo.names.dotted(module, a)}
                if named & VIEWS and self._repo.live.runs(module, call):
                    yield Exposition((DEFAULT,), module.at(call, "serves the default registry"))

    # OpenTelemetry

    @cached_property
    def provider(self) -> Site | None:
        """A MeterProvider with a reader that sends metrics out by itself, made by live code."""
        return next((m.at(c, "sends metrics out") for m, c, r in self._readers if r != "PrometheusMetricReader"), None)

    @cached_property
    def prometheus_reader(self) -> Site | None:
        """A MeterProvider whose Prometheus reader fills the default registry, where that is served."""
        served = any(e.serves(DEFAULT) for e in self.all)
        found = (m.at(c, "fills the default registry") for m, c, r in self._readers if r == "PrometheusMetricReader")
        return next(found, None) if served else None

    @property
    def has_prometheus_reader(self) -> bool:
        """Whether a MeterProvider in use has a Prometheus reader."""
        return any(name == "PrometheusMetricReader" for _, _, name in self._readers)

    @cached_property
    def _readers(self) -> list[tuple[Module, ast.Call, str]]:
        """Live MeterProvider calls with the class of each of their readers."""
        found: list[tuple[Module, ast.Call, str]] = []
        for module in self._repo.product:
            for call in module.calls:
                if call_name(call) == "MeterProvider" and self._is_used(module, call):
                    given = argument(call, "metric_readers", 0)
                    found += [(module, call, name) for name in self._reader_names(module, given)]
        return found

    def _is_used(self, module: Module, provider: ast.Call) -> bool:
        """Whether live code makes the provider and sets it, or takes meters from it."""
        if not self._repo.live.runs(module, provider):
            return False
        for other, call in self._setters:
            holder = (
                call.func.value if call_name(call) == "get_meter" and isinstance(call.func, ast.Attribute) else None
            )
            node = holder or argument(call, "meter_provider", 0)
            if any(o.node is provider for o in self._repo.origins.of(other, node)):
                return True
        return False

    @cached_property
    def _setters(self) -> list[tuple[Module, ast.Call]]:
        calls = ((m, c) for m in self._repo.product if "opentelemetry" in m.text for c in m.calls)
        named = [(m, c) for m, c in calls if call_name(c) in ("set_meter_provider", "get_meter")]
        return [(m, c) for m, c in named if self._repo.live.runs(m, c)]

    def _reader_names(self, module: Module, node: ast.expr | None) -> Iterator[str]:
        for origin in self._repo.origins.of(module, node):
            for element in origin.node.elts if isinstance(origin.node, ast.List | ast.Tuple) else ():
                for made in self._repo.origins.of(origin.module, element):
                    if isinstance(made.node, ast.Call):
                        yield call_name(made.node)
