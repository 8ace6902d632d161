"""Where are metrics recorded? Calls of inc, observe and their like on an object that holds a metric."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Function, FunctionNode, Module, argument, call_name, dotted, text_of
from pytest_readiness.repo.telemetry.declared import AUTOMATIC, FAMILIES, Declared
from pytest_readiness.repo.telemetry.metrics import OPENTELEMETRY, Metric, Recording
from pytest_readiness.repo.telemetry.texts import Said, Texts

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

METHODS = frozenset(
    {"inc", "dec", "set", "observe", "time", "add", "record", "state", "info", "add_metric", "track_inprogress",
     "count_exceptions", "set_function", "set_to_current_time"}
)  # fmt: skip
_DEPTH = 6


class Recorded:
    """The recordings of prometheus_client and OpenTelemetry metrics in product code."""

    def __init__(self, repo: Repo, declared: Declared, texts: Texts) -> None:
        self._repo, self._declared, self._texts = repo, declared, texts

    @cached_property
    def all(self) -> tuple[Recording, ...]:
        """Every recording, by file and line."""
        found = [r for module in self._repo.product for r in self._of_module(module)] if self._declared.all else []
        return (*found, *self._by_themselves())

    def _of_module(self, module: Module) -> Iterator[Recording]:
        for call in module.calls:
            if call_name(call) in METHODS and isinstance(call.func, ast.Attribute):
                taken = _computed(call.func.value)
                if taken is not None:
                    yield from self._keyed(module, call, *taken)
                    continue
                for metric in self.metrics_of(module, call.func.value):
                    yield self._recording(module, call, metric)

    def _keyed(self, module: Module, call: ast.Call, table: ast.expr, key: ast.expr) -> Iterator[Recording]:
        """`METRICS[name].inc(value)` in a helper: who says the name records the metric, with the value beside it."""
        for said in self._texts.of(module, key):
            for metric in self._held(module, table, said.text, _DEPTH):
                own = self._recording(module, call, metric)
                amount = self._said_beside(module, call, own.amount, said)
                yield Recording(said.module, said.node, metric, own.how, amount, own.labels)

    def _said_beside(self, module: Module, call: ast.Call, amount: ast.expr | None, said: Said) -> ast.expr | None:
        """What the call that says the name passes for the amount."""
        function = module.enclosing_function(call)
        if not isinstance(amount, ast.Name) or function is None or not isinstance(said.node, ast.Call):
            return amount
        if amount.id not in {p.arg for p in function.params}:
            return amount
        passed = self._repo.origins.argument_of(function, said.node, amount.id)
        return passed or function.defaults.get(amount.id)

    def _recording(self, module: Module, call: ast.Call, metric: Metric) -> Recording:
        how = call_name(call)
        amount = None if how in ("info", "state", "add_metric") else argument(call, "amount", 0)
        amount = amount or argument(call, "value", 0)
        labels = self._labels(module, call, metric)
        return Recording(module, call, metric, how, amount, labels, _decorated(module, call))

    def _labels(self, module: Module, call: ast.Call, metric: Metric) -> Mapping[str, ast.expr]:
        """Label -> value: what `.labels(...)` is given, or the attributes of an OpenTelemetry recording."""
        if metric.library == OPENTELEMETRY:
            given = argument(call, "attributes", 1)
            tables = [o.node for o in self._repo.origins.of(module, given)]
            pairs = (p for t in tables if isinstance(t, ast.Dict) for p in zip(t.keys, t.values, strict=True))
            return {text_of(k) or "": v for k, v in pairs}
        found: dict[str, ast.expr] = {}
        for node in ast.walk(call.func):
            if isinstance(node, ast.Call) and call_name(node) == "labels":
                found |= dict(zip(metric.labels or (), node.args, strict=False))
                found |= {k.arg: k.value for k in node.keywords if k.arg}
        return found

    def metrics_of(self, module: Module, node: ast.expr, depth: int = _DEPTH) -> list[Metric]:
        """The metrics that the expression may hold; children made by `.labels(...)` count as their metric."""
        if depth <= 0:
            return []
        match node:
            case ast.Call(func=ast.Attribute(attr="labels", value=inner)):
                return self.metrics_of(module, inner, depth - 1)
            case ast.Subscript():
                return self._held(module, node.value, text_of(node.slice), depth)
            case ast.Call(func=ast.Attribute(attr="get", value=inner), args=[key, *_]):
                return self._held(module, inner, text_of(key), depth)
        found: list[Metric] = []
        for origin in self._declared.origins.of(module, node):
            if origin.node in self._declared.by_node:
                found += self._declared.by_node[origin.node]
            elif origin.node is not node and isinstance(origin.node, ast.Call | ast.Subscript):
                found += self.metrics_of(origin.module, origin.node, depth - 1)
        return list(dict.fromkeys(found)) or self._by_name(module, node)

    def _held(self, module: Module, container: ast.expr, key: str | None, depth: int) -> list[Metric]:
        """What a dict of metrics holds under the key; all of it where the key is computed."""
        found: list[Metric] = []
        for origin in self._declared.origins.of(module, container):
            match origin.node:
                case ast.Dict(keys=keys, values=values):
                    pairs = zip(keys, values, strict=True)
                    wanted = [v for k, v in pairs if key is None or text_of(k) in (key, None)]
                case ast.DictComp(value=value):
                    wanted = [value]
                case _:
                    wanted = []
            for value in wanted:
                found += self.metrics_of(origin.module, value, depth - 1)
        named = [m for m in found if key is not None and m.name == key]
        return named or found

    def _by_name(self, module: Module, node: ast.expr) -> list[Metric]:
        """Where the object is not known (it was handed in): the metric that is stored under that attribute's name."""
        if not isinstance(node, ast.Attribute) or self._repo.names.resolve(module, node):
            return []
        return self._stored.get(node.attr, []) if not self._repo.names.resolve(module, node.value) else []

    @cached_property
    def _stored(self) -> dict[str, list[Metric]]:
        """Attribute or variable -> metrics that are assigned to it somewhere."""
        found: dict[str, list[Metric]] = {}
        for metric in self._declared.all:
            statement = metric.module.parents.get(metric.node)
            targets = statement.targets if isinstance(statement, ast.Assign) else []
            for target in targets:
                name = (dotted(target) or "").rpartition(".")[2]
                found.setdefault(name, []).append(metric)
        return found

    def _by_themselves(self) -> Iterator[Recording]:
        """Metrics that libraries record, families that a collector yields, instruments with callbacks."""
        automatic = {name for _, metrics in AUTOMATIC.values() for name, _ in metrics}
        for metric in self._declared.all:
            call = metric.node
            if not isinstance(call, ast.Call):
                continue
            name = call_name(call)
            if name in FAMILIES or argument(call, "callbacks", 1 if "observable" in name else None) is not None:
                yield Recording(metric.module, call, metric, "collect")
            elif metric.name in automatic and name not in ("Counter", "Gauge", "Histogram", "Summary"):
                yield Recording(metric.module, call, metric, "instrumented")


def _decorated(module: Module, call: ast.Call) -> Function | None:
    """The function that the call is a decorator of."""
    parent = module.parents.get(call)
    if isinstance(parent, FunctionNode) and call in parent.decorator_list:
        return module.function_of(parent)
    return None


def _computed(node: ast.expr) -> tuple[ast.expr, ast.expr] | None:
    """Table and key of a receiver that is taken from a table by a name that somebody hands in."""
    match node:
        case ast.Call(func=ast.Attribute(attr="labels", value=inner)):
            return _computed(inner)
        case ast.Subscript(value=table, slice=ast.Name() | ast.JoinedStr() as key):
            return table, key
        case ast.Call(func=ast.Attribute(attr="get", value=table), args=[ast.Name() as key, *_]):
            return table, key
    return None
