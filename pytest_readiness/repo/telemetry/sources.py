"""Where does a metric that a query names come from? The application, the platform, or a filter over logs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.infra_model import Resource
from pytest_readiness.repo.modules import Site, call_name
from pytest_readiness.repo.telemetry.metrics import Metric
from pytest_readiness.repo.telemetry.panels import Use
from pytest_readiness.repo.telemetry.widgets import texts_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_NAMESPACES = re.compile(
    r"^(AWS/|ContainerInsights|ECS/ContainerInsights|CWAgent|LambdaInsights|CloudWatchSynthetics|Glue$|AmazonMWAA)"
)
_EXPORTED = re.compile(
    r"^(up$|scrape_|node_|process_|python_|container_|kube_|kubelet_|machine_|cadvisor_|probe_|redis_|pg_|postgres_"
    r"|mysql_|mongodb_|elasticsearch_|opensearch_|rabbitmq_|kafka_|nginx_|traefik_|haproxy_|caddy_|envoy_|istio_|linkerd_"
    r"|apiserver_|etcd_|coredns_|prometheus_|alertmanager_|ALERTS|go_|promhttp_|aws_|gunicorn_|uwsgi_|celery_|flower_"
    r"|windows_|argocd_|certmanager_|ingress_|kong_|minio_|qdrant_|otelcol_|loki_|grafana_|jvm_|blackbox_|memcached_)"
)
"""Metrics of Prometheus itself and of the usual exporters and client libraries."""
_FILTERS = frozenset({("logs", "metricfilter"), ("logs", "cfnmetricfilter"), ("", "aws_cloudwatch_log_metric_filter")})
_LOGGING = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log"})
_TERM = re.compile(r'"([^"]+)"|([^\s"?{}()=&|!<>*]+)')
_OPENS = re.compile(r"open|trip", re.IGNORECASE)
_BREAKS = re.compile(r"circuit|breaker", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """What emits a metric. `metric` is None for the platform's own, and for counts of log lines."""

    places: tuple[Site, ...]
    note: str
    metric: Metric | None = None
    filter: MetricFilter | None = None


@dataclass(frozen=True)
class MetricFilter:
    """A filter that counts log lines as a metric."""

    name: str
    namespace: str
    pattern: tuple[str, ...]
    """The texts of its pattern."""
    site: Site


class Sources:
    """Finds what emits a metric."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def of(self, use: Use) -> Source | None:
        """What emits the metric that is used; None where nothing is known to."""
        declared = self._repo.telemetry.named(use.name, use.namespace)
        if declared:
            first = declared[0]
            return Source((first.module.at(first.node, f"{first.name} is declared"),), "declared by the code", first)
        if self.is_platform(use):
            return Source((), "emitted by the platform")
        for found in self.filters:
            if (found.name == use.name and found.namespace in (use.namespace, "")) or (
                found.name == use.name and not use.namespace
            ):
                return Source((found.site,), "counted from log lines", filter=found)
        return None

    @staticmethod
    def is_platform(use: Use) -> bool:
        """A metric of a cloud service, of Prometheus or of a usual exporter."""
        if use.is_cloudwatch:
            return bool(_NAMESPACES.match(use.namespace))
        return bool(_EXPORTED.match(use.name))

    # Filters over logs

    @cached_property
    def filters(self) -> tuple[MetricFilter, ...]:
        """The metric filters of infrastructure code."""
        found = [
            f for r in self._repo.infra.resources if self._is_filter(r) for f in _filters(r.settings, r.path, r.line)
        ]
        for app in self._repo.infra.cdk_apps:
            for call in (c for c in app.method_calls if c.name == "add_metric_filter"):
                found += _filters(call.arguments, call.path, call.line)
        return tuple(found)

    @staticmethod
    def _is_filter(resource: Resource) -> bool:
        return (("", resource.kind) if resource.language == "terraform" else resource.type) in _FILTERS

    def opens(self, found: MetricFilter) -> Site | None:
        """The log call of application code that the filter counts, where it says that a circuit breaker opens."""
        terms = [t for text in found.pattern for t in _terms(text)]
        is_any = any("?" in text for text in found.pattern) or any("any" in p for p in found.pattern[:1])
        for site, text in self._messages:
            matches = [t in text for t in terms]
            if matches and (any(matches) if is_any else all(matches)):
                return site
        return None

    @cached_property
    def _messages(self) -> list[tuple[Site, str]]:
        """Log calls of product code whose text says that a circuit breaker opens."""
        found = []
        for module in self._repo.product:
            for call in module.calls if _BREAKS.search(module.text) else ():
                text = _message(call) if call_name(call) in _LOGGING else ""
                if _BREAKS.search(text) and _OPENS.search(text):
                    found.append((module.at(call, f"the breaker's opening is logged: {text[:60]}"), text))
        return found


def _message(call: ast.Call) -> str:
    """The literal text of a log call."""
    first = [n for a in call.args[:2] for n in ast.walk(a)]
    return " ".join(n.value for n in first if isinstance(n, ast.Constant) and isinstance(n.value, str))


def _terms(text: str) -> list[str]:
    """The words and phrases of a filter pattern; names of fields (`$.level`) are none."""
    found = [quoted.strip("*") or plain for quoted, plain in _TERM.findall(text)]
    parts = [p for f in found for p in f.split("*")]
    return [p for p in parts if p and not p.startswith("$") and any(c.isalpha() for c in p)]


def _filters(settings: Datum, path: str, line: int) -> Iterator[MetricFilter]:
    pattern = settings.get("filter_pattern") or settings.get("pattern")
    texts = tuple(texts_of(pattern))
    listed = settings.get("metric_transformations") or settings.get("metric_transformation")
    for transformation in listed.elements if listed and listed.elements else (settings,):
        name = transformation.get("metric_name") or transformation.get("name")
        namespace = transformation.get("metric_namespace") or transformation.get("namespace")
        for text in texts_of(name):
            space = namespace.text or "" if namespace is not None else ""
            yield MetricFilter(text, space, texts, Site(path, line, f"counts log lines as {text}"))
