"""Which metrics does application code declare? Those of prometheus_client, OpenTelemetry and what builds on them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Function, Module, argument, call_name, constant, dotted, text_of
from pytest_readiness.repo.names import External
from pytest_readiness.repo.origins import Origin, Origins
from pytest_readiness.repo.telemetry.metrics import DEFAULT, OPENTELEMETRY, PROMETHEUS, Metric, Registry
from pytest_readiness.repo.telemetry.texts import Texts

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

COLLECTORS = {
    "Counter": "counter", "Gauge": "gauge", "Histogram": "histogram", "Summary": "summary", "Info": "info",
    "Enum": "enum", "CounterMetricFamily": "counter", "GaugeMetricFamily": "gauge",
    "HistogramMetricFamily": "histogram", "SummaryMetricFamily": "summary",
}  # fmt: skip
"""Classes of prometheus_client, with the kind of metric that they make."""
FAMILIES = frozenset(n for n in COLLECTORS if n.endswith("Family"))
INSTRUMENTS = {
    "create_counter": "counter", "create_up_down_counter": "gauge", "create_histogram": "histogram",
    "create_gauge": "gauge", "create_observable_counter": "counter", "create_observable_gauge": "gauge",
    "create_observable_up_down_counter": "gauge",
}  # fmt: skip
"""Methods of an OpenTelemetry meter, with the kind of metric that they make."""
_OF_HTTP = (("http.server.request.duration", "histogram"), ("http.server.duration", "histogram"),
            ("http.server.active_requests", "gauge"))  # fmt: skip
AUTOMATIC: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "prometheus_fastapi_instrumentator.Instrumentator.instrument": (
        PROMETHEUS,
        (("http_requests_total", "counter"), ("http_request_duration_seconds", "histogram"),
         ("http_request_duration_highr_seconds", "histogram"), ("http_request_size_bytes", "summary"),
         ("http_response_size_bytes", "summary")),
    ),
    "starlette_exporter.PrometheusMiddleware": (
        PROMETHEUS,
        (("starlette_requests_total", "counter"), ("starlette_request_duration_seconds", "histogram"),
         ("starlette_requests_in_progress", "gauge")),
    ),
    "starlette_prometheus.PrometheusMiddleware": (
        PROMETHEUS,
        (("starlette_requests_total", "counter"), ("starlette_responses_total", "counter"),
         ("starlette_requests_processing_time_seconds", "histogram"), ("starlette_exceptions_total", "counter")),
    ),
    "prometheus_flask_exporter.PrometheusMetrics": (
        PROMETHEUS,
        (("flask_http_request_total", "counter"), ("flask_http_request_duration_seconds", "histogram"),
         ("flask_http_request_exceptions_total", "counter")),
    ),
    "opentelemetry.instrumentation.fastapi.FastAPIInstrumentor.instrument_app": (OPENTELEMETRY, _OF_HTTP),
    "opentelemetry.instrumentation.fastapi.FastAPIInstrumentor.instrument": (OPENTELEMETRY, _OF_HTTP),
    "opentelemetry.instrumentation.flask.FlaskInstrumentor.instrument_app": (OPENTELEMETRY, _OF_HTTP),
    "opentelemetry.instrumentation.flask.FlaskInstrumentor.instrument": (OPENTELEMETRY, _OF_HTTP),
    "opentelemetry.instrumentation.starlette.StarletteInstrumentor.instrument_app": (OPENTELEMETRY, _OF_HTTP),
}  # fmt: skip
"""What registers metrics of its own -> library and metrics, as `(name, kind)`."""
_OF_LIBRARIES = ("method", "handler", "status", "path", "status_code", "app_name", "http.response.status_code")
"""Labels that such metrics have, in one library or the other."""
_POSITIONS = {"name": 0, "labelnames": 2, "namespace": 3, "subsystem": 4, "unit": 5, "registry": 6}


class Declared:
    """The declarations in product code."""

    def __init__(self, repo: Repo, texts: Texts) -> None:
        self._repo, self._texts = repo, texts
        self._plain = repo.origins

    @cached_property
    def all(self) -> tuple[Metric, ...]:
        """Every metric, by file and line."""
        found = [m for module in self._repo.product for call in module.calls for m in self._declares(module, call)]
        return tuple(found)

    @cached_property
    def by_node(self) -> dict[ast.AST, list[Metric]]:
        """Creating call -> the metrics that it may create."""
        found: dict[ast.AST, list[Metric]] = {}
        for metric in self.all:
            found.setdefault(metric.node, []).append(metric)
        return found

    @cached_property
    def origins(self) -> Origins:
        """Origins that end at the calls which create metrics."""
        return Origins(self._repo.names, self._repo.imports, self._repo.product, frozenset(self.by_node))

    def _declares(self, module: Module, call: ast.Call) -> Iterator[Metric]:
        name = call_name(call)
        if name in INSTRUMENTS:
            yield from self._instrument(module, call, INSTRUMENTS[name])
        elif name in COLLECTORS or name in self._aliases(module):
            external = self.prometheus_name(module, call.func)
            if external in COLLECTORS:
                yield from self._collector(module, call, external)
        elif any(n.rpartition(".")[2] == name for n in AUTOMATIC):
            yield from self._automatic(module, call)
        for passed in call.args[:1]:
            yield from self._middleware(module, passed)

    def prometheus_name(self, module: Module, node: ast.expr) -> str:
        """The last name of what the expression is of prometheus_client; "" for anything else."""
        found = [n for n in self._repo.names.dotted(module, node) if n.startswith("prometheus_client.")]
        return found[0].rpartition(".")[2] if found else ""

    def _aliases(self, module: Module) -> frozenset[str]:
        found = (a for n in module.imports if isinstance(n, ast.ImportFrom) for a in n.names if a.asname)
        return frozenset(str(a.asname) for a in found if a.name in COLLECTORS)

    def _collector(self, module: Module, call: ast.Call, kind: str) -> Iterator[Metric]:
        parts = [self._texts.one(module, self._given(module, call, key)) for key in ("namespace", "subsystem")]
        unit = self._texts.one(module, self._given(module, call, "unit"))
        labels = self._labels(module, self._given(module, call, "labelnames"))
        registries = () if kind in FAMILIES else self.registries(module, self._given(module, call, "registry"))
        for site_module, site, text in self._named(module, call, self._given(module, call, "name")):
            name = "_".join(p for p in (*parts, text) if p)
            name += f"_{unit}" if unit and not name.endswith(f"_{unit}") else ""
            yield Metric(
                site_module, site, name, COLLECTORS[kind], PROMETHEUS, labels,
                (DEFAULT,) if kind in FAMILIES else registries, unit=unit,
            )  # fmt: skip

    def _instrument(self, module: Module, call: ast.Call, kind: str) -> Iterator[Metric]:
        if not self._is_meter(module, call.func):
            return
        unit = self._texts.one(module, argument(call, "unit", 1))
        for site_module, site, text in self._named(module, call, argument(call, "name", 0)):
            yield Metric(site_module, site, text, kind, OPENTELEMETRY, None, unit=unit)

    def _is_meter(self, module: Module, func: ast.expr) -> bool:
        """A method of an OpenTelemetry meter; where the meter is not known, its module must import OpenTelemetry."""
        found = self._repo.names.resolve(module, func)
        if any(isinstance(s, External) for s in found):
            return any(isinstance(s, External) and s.name.startswith("opentelemetry.") for s in found)
        return not any(isinstance(s, Function) for s in found) and "opentelemetry" in module.text

    def _automatic(self, module: Module, call: ast.Call) -> Iterator[Metric]:
        for name in self._repo.names.dotted(module, call.func):
            yield from _bundle(AUTOMATIC.get(name), module, call)

    def _middleware(self, module: Module, passed: ast.expr) -> Iterator[Metric]:
        """`app.add_middleware(PrometheusMiddleware)`, `Middleware(PrometheusMiddleware)`."""
        if (dotted(passed) or "").endswith("PrometheusMiddleware"):
            for name in self._repo.names.dotted(module, passed):
                yield from _bundle(AUTOMATIC.get(name), module, module.parents[passed])

    def _named(self, module: Module, call: ast.Call, node: ast.expr | None) -> Iterator[tuple[Module, ast.AST, str]]:
        """Each name that the call may give its metric, with the call that is to stand for the metric.

        A function that returns what it creates under a name that it is handed makes each of its calls a declaration.
        """
        factory = self._factory(module, call, node)
        for said in self._texts.of(module, node):
            handed_on = factory is not None and isinstance(said.node, ast.Call) and said.node is not call
            yield (said.module, said.node, said.text) if handed_on else (module, call, said.text)

    def _factory(self, module: Module, call: ast.Call, node: ast.expr | None) -> Function | None:
        """The function that returns the call's metric and takes its name as a parameter."""
        function = module.enclosing_function(call)
        if function is None or node is None or self._repo.statements.why_dead(module, call) is not None:
            return None
        taken = {p.arg for p in function.params} & {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        if not taken:
            return None
        returned = [o.node for r in function.returns for o in self._plain.of(module, r.value)]
        return function if call in returned or self._kept_and_returned(module, function, call) else None

    @staticmethod
    def _kept_and_returned(module: Module, function: Function, call: ast.Call) -> bool:
        """`table[name] = Counter(name)` and `return table[name]`, or `return table.setdefault(name, Counter(name))`."""
        parent = module.parents.get(call)
        targets = parent.targets if isinstance(parent, ast.Assign) else []
        kept = {ast.unparse(t) for t in targets if isinstance(t, ast.Subscript)}
        values = [r.value for r in function.returns if r.value is not None]
        is_default = isinstance(parent, ast.Call) and call_name(parent) == "setdefault" and parent in values
        return is_default or any(ast.unparse(v) in kept for v in values)

    def _given(self, module: Module, call: ast.Call, key: str) -> ast.expr | None:
        """An argument of a collector, those of `**common` too."""
        found = argument(call, key, _POSITIONS[key])
        if found is not None:
            return found
        spread = (o.node for k in call.keywords if k.arg is None for o in self._plain.of(module, k.value))
        tables = [n for n in spread if isinstance(n, ast.Dict | ast.Call)]
        return next((v for t in tables for n, v in _entries(t) if n == key), None)

    def _labels(self, module: Module, node: ast.expr | None) -> tuple[str, ...] | None:
        if node is None:
            return ()
        found: list[str] = []
        for origin in self._plain.of(module, node):
            if not isinstance(origin.node, ast.List | ast.Tuple | ast.Set):
                return None
            texts = [self._texts.one(origin.module, e) for e in origin.node.elts]
            if not all(texts):
                return None
            found += texts
        return tuple(dict.fromkeys(found))

    def registries(self, module: Module, node: ast.expr | None) -> tuple[Registry, ...]:
        """The registries that the argument may be; the default one where there is none, nothing for None alone."""
        if node is None:
            return (DEFAULT,)
        found = [self._registry(o) for o in self._plain.of(module, node)]
        return tuple(dict.fromkeys(r for r in found if r is not None))

    def _registry(self, origin: Origin) -> Registry | None:
        if isinstance(origin.node, ast.Constant) and constant(origin.node) is None:
            return None
        names = self._repo.names.dotted(origin.module, origin.node)
        return (
            DEFAULT if any(n.startswith("prometheus_client") and n.endswith("REGISTRY") for n in names) else origin.node
        )


def _bundle(known: tuple[str, tuple[tuple[str, str], ...]] | None, module: Module, node: ast.AST) -> Iterator[Metric]:
    """The metrics of a library that brings its own."""
    library, metrics = known or (PROMETHEUS, ())
    for name, kind in metrics:
        yield Metric(module, node, name, kind, library, _OF_LIBRARIES)


def _entries(table: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The items of a dict display or of `dict(a=b)`."""
    if isinstance(table, ast.Dict):
        yield from ((text_of(k) or "", v) for k, v in zip(table.keys, table.values, strict=True))
    elif isinstance(table, ast.Call) and call_name(table) == "dict":
        yield from ((k.arg or "", k.value) for k in table.keywords)
