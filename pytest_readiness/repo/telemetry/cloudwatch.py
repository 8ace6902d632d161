"""CloudWatch metrics that application code emits: put_metric_data, Powertools, the embedded metric format."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Function, Module, argument, call_name, text_of
from pytest_readiness.repo.telemetry.metrics import CLOUDWATCH, Metric, Recording
from pytest_readiness.repo.telemetry.texts import UNKNOWN, Said, Texts

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_AMOUNTS = frozenset({"Value", "Values", "StatisticValues", "Counts"})
"""Keys that a data point has besides its name; alarms and queries have none of them."""
POWERTOOLS, EMBEDDED = "aws_lambda_powertools", "aws_embedded_metrics"


class CloudWatchMetrics:
    """The metrics, one for each place that names one, and their recordings."""

    def __init__(self, repo: Repo, texts: Texts) -> None:
        self._repo, self._texts = repo, texts

    @cached_property
    def puts(self) -> list[tuple[Module, ast.Call]]:
        """Calls of put_metric_data in product code, those of stand-in clients of the repository left out."""
        found = ((m, c) for m in self._repo.product for c in m.calls if call_name(c) == "put_metric_data")
        return [(m, c) for m, c in found if not self._is_own(m, c)]

    def _is_own(self, module: Module, call: ast.Call) -> bool:
        found = self._repo.names.resolve(module, call.func)
        return bool(found) and all(isinstance(s, Function) for s in found)

    @cached_property
    def recordings(self) -> tuple[Recording, ...]:
        """Every place that names a metric and hands it on to CloudWatch, each with a metric of its own."""
        return (*self._put(), *self._added(), *self._embedded())

    def _put(self) -> Iterator[Recording]:
        for module in self._repo.product if self.puts else ():
            for display in (n for n in module.nodes if isinstance(n, ast.Dict)):
                keys = {text_of(k) for k in display.keys}
                if ("MetricName" in keys and keys & _AMOUNTS) or (
                    "MetricName" in keys and self._in_put(module, display)
                ):
                    for said in self._texts.of(module, _value(display, "MetricName")):
                        yield self._recording(said, self._sends(module), self._namespace(module))

    def _in_put(self, module: Module, display: ast.Dict) -> bool:
        """The display stands in the call itself; its amount may be added by `**`."""
        return any(isinstance(p, ast.Call) and call_name(p) == "put_metric_data" for p in module.ancestors(display))

    def _namespace(self, module: Module) -> str:
        """The namespace of the module's own put_metric_data, else of the only one that there is."""
        own = [c for m, c in self.puts if m is module] or [c for _, c in self.puts]
        home = next((m for m, c in self.puts if c is own[0]), module)
        found = {self._texts.one(home, argument(c, "Namespace")) for c in own}
        return found.pop() if len(found) == 1 else ""

    def _sends(self, module: Module) -> str:
        """How the data points of a module get out: "live" where live code puts them, else ""."""
        own = [(m, c) for m, c in self.puts if m is module] or self.puts
        return "put_metric_data" if any(self._repo.live.runs(m, c) for m, c in own) else ""

    def _added(self) -> Iterator[Recording]:
        """`metrics.add_metric(name=...)` of Powertools, `metrics.put_metric(...)` of the embedded metrics library."""
        for module in self._repo.product:
            for call in module.calls if POWERTOOLS in module.text or EMBEDDED in module.text else ():
                name = call_name(call)
                if name in ("add_metric", "single_metric", "put_metric") and not self._is_own(module, call):
                    for said in self._texts.of(module, argument(call, "name", 0), call):
                        yield self._recording(
                            said, name, self._powertools_namespace(module), argument(call, "value", 2)
                        )

    def _powertools_namespace(self, module: Module) -> str:
        made = [c for c in module.calls if call_name(c) in ("Metrics", "single_metric")]
        found = {self._texts.one(module, argument(c, "namespace")) for c in made}
        return found.pop() if len(found) == 1 else ""

    def _embedded(self) -> Iterator[Recording]:
        """`{"_aws": {"CloudWatchMetrics": [{"Namespace": ..., "Metrics": [{"Name": ...}]}]}}` in a log line."""
        for module in self._repo.product:
            for display in (n for n in module.nodes if isinstance(n, ast.Dict) and "CloudWatchMetrics" in module.text):
                metrics = _value(display, "Metrics")
                for element in metrics.elts if isinstance(metrics, ast.List | ast.Tuple) else ():
                    name = _value(element, "Name") if isinstance(element, ast.Dict) else None
                    for said in self._texts.of(module, name):
                        namespace = self._texts.one(module, _value(display, "Namespace"))
                        yield self._recording(said, "embedded metric format", namespace)

    def _recording(self, said: Said, how: str, namespace: str, amount: ast.expr | None = None) -> Recording:
        name = said.text if said.text != UNKNOWN else ""
        dimensions = dict(self._dimensions(said))
        known = tuple(dimensions) or None
        metric = Metric(said.module, said.node, name, "", CLOUDWATCH, known, (), namespace.replace(UNKNOWN, ""))
        return Recording(said.module, said.node, metric, how, amount or _amount(said), dimensions)

    def _dimensions(self, said: Said) -> Iterator[tuple[str, ast.expr]]:
        """The dimensions that stand beside a metric's name: tables that the call is given, `Dimensions` of a point."""
        point = said.module.parents.get(said.node)
        tables: list[ast.expr] = []
        if isinstance(said.node, ast.Call):
            given = [*said.node.args, *(k.value for k in said.node.keywords)]
            tables = [o.node for a in given for o in self._repo.origins.of(said.module, a)]
        elif isinstance(point, ast.Dict):
            tables = [
                v for k, v in zip(point.keys, point.values, strict=True) if (text_of(k) or "").lower() == "dimensions"
            ]
        for table in tables:
            yield from _named_values(table)
        function = said.module.enclosing_function(said.node)
        for call in function.calls if function else ():
            if call_name(call) in ("add_dimension", "put_dimensions", "set_dimensions"):
                name = text_of(argument(call, "name", 0))
                yield from [(name, argument(call, "value", 1) or call)] if name else _named_values(call.args[0])


def _named_values(table: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """`{name: value}`, or `[{"Name": name, "Value": value}]`."""
    if isinstance(table, ast.Dict):
        yield from ((text_of(k) or "", v) for k, v in zip(table.keys, table.values, strict=True) if text_of(k))
    for element in table.elts if isinstance(table, ast.List | ast.Tuple) else ():
        name = text_of(_value(element, "Name")) if isinstance(element, ast.Dict) else None
        if name and isinstance(element, ast.Dict):
            yield name, _value(element, "Value") or element


def _amount(said: Said) -> ast.expr | None:
    """The value beside a metric's name: in its data point, or in the call that names it."""
    node, point = said.node, said.module.parents.get(said.node)
    if isinstance(point, ast.Dict):
        return _value(point, "Value") or _value(point, "value")
    if not isinstance(node, ast.Call):
        return None
    named = next((k.value for k in node.keywords if k.arg in ("value", "amount", "Value")), None)
    return named or (node.args[1] if len(node.args) > 1 else None)


def _value(display: ast.Dict, key: str) -> ast.expr | None:
    pairs = zip(display.keys, display.values, strict=True)
    return next((v for k, v in pairs if text_of(k) == key), None)
