"""Grafana dashboards: JSON files, JSON in ConfigMaps and Terraform, and what grafanalib and Jsonnet generate."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.infra_model import Resource
from pytest_readiness.repo.modules import Module, argument, call_name, text_of
from pytest_readiness.repo.telemetry.panels import GRAFANA, Dashboard, Panel, Use, embedded_json, promql_uses
from pytest_readiness.repo.telemetry.texts import Texts

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

QUERY_KEYS = ("expr", "query", "rawSql", "metricName")
_WITHOUT_DATA = frozenset({"text", "row", "dashlist", "news", "welcome", "gettingstarted", "pluginlist"})
_WRAPPERS = ("dashboard", "spec")
_MOST_PANELS = 2000
_GRAFANALIB_TARGETS = frozenset(
    {"Target", "CloudwatchMetricsTarget", "LokiTarget", "ElasticsearchTarget", "SqlTarget", "InfluxDBTarget"}
)
_GRAFANALIB_QUERIES = ("expr", "query", "rawSql", "metricName", "metric_name")
_JSONNET_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|\#[^\n]*|/\*.*?\*/)
      | (?P<block>\|\|\|-?[ \t]*\n(?P<inside>.*?)\n[ \t]*\|\|\|)
      | (?P<string>@?"(?:[^"\\]|\\.)*"|@?'(?:[^'\\]|\\.)*')
      | (?P<word>[A-Za-z_$][\w$]*)
      | (?P<sign>[^\s])""",
    re.VERBOSE | re.DOTALL,
)
_JSONNET_CALLS = frozenset({"target", "new", "withExpr", "withQuery", "query"})
_JSONNET_OWNERS = frozenset({"prometheus", "loki", "prometheusQuery", "cloudwatch", "dataquery", "query", "graphite"})


def of_datum(datum: Datum) -> Dashboard | None:
    """The dashboard that a JSON value is; None where it lacks a title, a schema version or panels."""
    for key in (None, *_WRAPPERS):
        found = datum if key is None else datum.entries.get(key)
        if found is not None and _is_dashboard(found):
            title = found.entries["title"]
            panels = tuple(_panels(found.entries["panels"]))
            return Dashboard(GRAFANA, str(title.value), datum.path, title.line, panels)
    return None


def _is_dashboard(datum: Datum) -> bool:
    title, version, panels = (datum.entries.get(k) for k in ("title", "schemaVersion", "panels"))
    if title is None or version is None or panels is None or not title.text:
        return False
    return type(version.value) is int and bool(panels.elements)


def _panels(listed: Datum) -> Iterator[Panel]:
    """All panels, those in rows too."""
    todo = list(listed.elements)
    for _ in range(_MOST_PANELS):
        if not todo:
            return
        panel = todo.pop(0)
        if not panel.entries:
            continue
        todo += (panel.entries.get("panels") or Datum("", 1, ())).elements
        yield _panel(panel)


def _panel(datum: Datum) -> Panel:
    title, kind, targets = (datum.entries.get(k) for k in ("title", "type", "targets"))
    shows = kind is None or kind.value not in _WITHOUT_DATA
    found = [q for t in (targets.elements if targets and shows else ()) for q in _queries(t)]
    line = title.line if title else datum.line
    uses = tuple(u for _, several in found for u in several)
    return Panel(str(title.value) if title else "", datum.path, line, tuple(text for text, _ in found), uses)


def _queries(target: Datum) -> Iterator[tuple[str, list[Use]]]:
    """The query of a target as text, with the metrics that it names."""
    for key in QUERY_KEYS:
        value = target.entries.get(key)
        text = value.text if value else None
        if not text or not text.strip():
            continue
        if key == "metricName":
            yield text, [_cloudwatch_use(target, text)]
        else:
            yield text, promql_uses(text) if key == "expr" else []
        return


def _cloudwatch_use(target: Datum, name: str) -> Use:
    """A target of Grafana's CloudWatch data source."""
    namespace, dimensions = target.entries.get("namespace"), target.entries.get("dimensions")
    statistic = target.get("statistic") or target.get("statistics")
    named = dimensions.entries.items() if dimensions else ()
    pairs = tuple((k, str((d.elements[0] if d.elements else d).value)) for k, d in named)
    split = tuple(k for k, v in pairs if v in ("*", "") or "$" in v)
    said = statistic.elements[0] if statistic and statistic.elements else statistic
    text = str(said.value) if said else ""
    return Use(name, (namespace.text or "") if namespace else "", pairs, text, split_by=split)


class GrafanaDashboards:
    """All Grafana dashboards of the repository."""

    def __init__(self, repo: Repo, texts: Texts) -> None:
        self._repo, self._texts = repo, texts

    def all(self) -> tuple[Dashboard, ...]:
        """Every dashboard with panels, by kind of source."""
        found = [*self._json(), *self._in_resources(), *self._grafanalib(), *self._jsonnet()]
        return tuple(found)

    def _read(self, path: str) -> bool:
        return not (self._repo.scope.is_test(path) or self._repo.scope.excluded(path))

    def _json(self) -> Iterator[Dashboard]:
        for path in filter(self._read, self._repo.data.json_paths):
            text = self._repo.files.text(path) or ""
            if '"panels"' in text and '"schemaVersion"' in text:
                yield from _present(of_datum(d) for d in self._repo.data.documents(path))

    def _in_resources(self) -> Iterator[Dashboard]:
        """JSON in ConfigMaps, in GrafanaDashboard objects and in Terraform."""
        for resource in self._repo.infra.resources:
            for holder in _holders(resource):
                body = embedded_json(holder, _heredoc(holder)) if isinstance(holder.value, str) else holder
                yield from _present([of_datum(body)] if body is not None else [])

    def _grafanalib(self) -> Iterator[Dashboard]:
        for module in self._repo.modules.values():
            if "grafanalib" in module.text and module.tree is not None and self._read(module.path):
                for call in module.calls:
                    if call_name(call) == "Dashboard":
                        panels = tuple(self._generated(module))
                        title = text_of(argument(call, "title")) or "Dashboard"
                        yield Dashboard(GRAFANA, title, module.path, call.lineno, panels)

    def _generated(self, module: Module) -> Iterator[Panel]:
        """A panel for each call that has targets; targets that helpers make count for their own."""
        for call in module.calls:
            if call_name(call) in _GRAFANALIB_TARGETS:
                for key in _GRAFANALIB_QUERIES:
                    for said in self._texts.of(module, argument(call, key, 0 if key == "expr" else None)):
                        yield self._target(module, call, said.text, key)

    @staticmethod
    def _target(module: Module, call: ast.Call, text: str, key: str) -> Panel:
        holder = next((p for p in module.ancestors(call) if isinstance(p, ast.Call) and argument(p, "title")), None)
        title = text_of(argument(holder, "title")) if holder else None
        uses = promql_uses(text) if key == "expr" else []
        return Panel(title or "", module.path, call.lineno, (text,) if text.strip() else (), tuple(uses))

    def _jsonnet(self) -> Iterator[Dashboard]:
        for path in filter(self._read, self._repo.files.ending(".jsonnet", ".libsonnet")):
            text = self._repo.files.text(path) or ""
            panels = tuple(jsonnet_panels(path, text))
            if panels and ("dashboard.new" in text or "schemaVersion" in text or "grafanaDashboards" in text):
                title = next((p.title for p in panels if p.title), path.rsplit("/", 1)[-1])
                yield Dashboard(GRAFANA, title, path, 1, panels)


def _present(found: Iterable[Dashboard | None]) -> Iterator[Dashboard]:
    yield from (d for d in found if d is not None)


def _holders(resource: Resource) -> list[Datum]:
    """The values of a resource that may hold a dashboard."""
    if resource.language == "terraform" and resource.kind == "grafana_dashboard":
        return [d for d in (resource.get("config_json"),) if d is not None]
    if resource.language == "kubernetes" and resource.kind == "ConfigMap":
        data = resource.settings.entries.get("data")
        return [d for k, d in (data.entries if data else {}).items() if k.endswith(".json")]
    if resource.language == "kubernetes" and resource.kind == "GrafanaDashboard":
        return [d for d in (resource.get("spec", "json"),) if d is not None]
    return []


def _heredoc(holder: Datum) -> str:
    """The text of a value, the marks of a heredoc left out."""
    text = str(holder.value)
    if text.startswith("<<"):
        return text.partition("\n")[2].rpartition("\n")[0]
    return text


def jsonnet_panels(path: str, text: str) -> Iterator[Panel]:
    """A panel for each query that stands as a literal in a Jsonnet file: `expr: '...'`, `prometheus.target('...')`."""
    before: list[tuple[str, str]] = []
    for found in _JSONNET_TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "comment":
            continue
        if (kind == "string" or found.group("block")) and _is_query(before):
            said = found.group("inside") if found.group("block") else found.group().lstrip("@")[1:-1]
            line = text.count("\n", 0, found.start()) + 1
            if said.strip():
                yield Panel("", path, line, (said,), tuple(promql_uses(said)))
        before = [*before[-8:], (kind, found.group())]


def _is_query(before: list[tuple[str, str]]) -> bool:
    """Whether the string that follows these tokens is a query: after `expr:`, or in a call of a query's constructor."""
    signs = [t for _, t in before]
    if signs[-2:] in (["expr", ":"], ["query", ":"], ["rawSql", ":"], ["metricName", ":"]):
        return True
    while signs and signs[-1] != "(":
        if signs[-1] in ("+", ":", ";", "{", "["):
            return False
        signs.pop()
    return (
        len(signs) >= 4 and signs[-2] in _JSONNET_CALLS and (signs[-2] in ("withExpr",) or signs[-4] in _JSONNET_OWNERS)
    )
