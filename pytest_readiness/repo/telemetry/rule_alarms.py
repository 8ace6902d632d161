"""Alert rules: those of Prometheus, in rule files and PrometheusRule objects, and those that Grafana is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import Datum, yaml_documents
from pytest_readiness.repo.infra_kubernetes import chart_documents
from pytest_readiness.repo.telemetry import alarms
from pytest_readiness.repo.telemetry.alarms import Alarm, is_filled, lacking, shown
from pytest_readiness.repo.telemetry.panels import Use, promql_uses
from pytest_readiness.repo.telemetry.promql import query

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_STEPS = 3
_MATH = re.compile(r"(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?)")
_EVALUATORS = {"gt": ">", "lt": "<", "gte": ">=", "lte": "<=", "eq": "==", "ne": "!="}


class RuleAlarms:
    """The alert rules of all YAML and JSON files."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def all(self) -> list[Alarm]:
        """Every rule that alerts."""
        rules = [(g, r) for g in self._groups for r in _listed(g, "rules")]
        prometheus = [self._prometheus(r) for _, r in rules if _has(r, "alert")]
        grafana = [self._grafana(r) for _, r in rules if _has(r, "condition") and _has(r, "data")]
        return [*prometheus, *grafana, *self._terraform()]

    @cached_property
    def _groups(self) -> list[Datum]:
        """Every mapping that holds a list of rules."""
        found = [d for document in self._documents() for _, d in document.walk() if _listed(d, "rules")]
        return list(dict.fromkeys(found))

    def _documents(self) -> Iterator[Datum]:
        for path in (*self._repo.data.yaml_paths, *self._repo.data.json_paths):
            text = self._repo.files.text(path) or ""
            skipped = self._repo.scope.is_test(path) or self._repo.scope.excluded(path)
            if skipped or "rules" not in text or not ("alert" in text or "condition" in text or "record" in text):
                continue
            documents = self._repo.data.documents(path) or chart_documents(path, text)
            for document in documents:
                yield document
                yield from _embedded(document)

    # Prometheus

    @cached_property
    def _recorded(self) -> dict[str, str]:
        """Name of a recording rule -> its expression."""
        rules = (r for g in self._groups for r in _listed(g, "rules") if _has(r, "record"))
        return {_text(r, "record"): _text(r, "expr") for r in rules}

    def _prometheus(self, rule: Datum) -> Alarm:
        text = _text(rule, "expr")
        read = query(text)
        labels = rule.entries.get("labels")
        severity = labels.entries.get("severity") if labels else None
        uses = tuple(self._uses(text, _STEPS))
        lacks = lacking(
            None if read.comparisons else alarms.NO_THRESHOLD,
            None if is_filled(severity) else "it has no severity label that would route it",
            None if uses else alarms.NO_METRIC,
        )
        operators, numbers = [o for o, _ in read.comparisons], [f"{n:g}" for _, n in read.comparisons]
        alert = rule.entries["alert"]
        action = f"severity {shown(severity)}" if severity is not None else ""
        return Alarm(
            "prometheus", str(alert.value), alert.path, alert.line, uses, ", ".join(numbers),
            tuple(dict.fromkeys(operators)), action, lacks,
        )  # fmt: skip

    def _uses(self, text: str, steps: int) -> Iterator[Use]:
        """The metrics of an expression; a recorded one stands for those that it is computed from."""
        for use in promql_uses(text):
            recorded = self._recorded.get(use.name) if steps else None
            if recorded is None:
                yield use
            else:
                yield from self._uses(recorded, steps - 1)

    # Grafana

    def _grafana(self, rule: Datum) -> Alarm:
        data = _listed(rule, "data")
        settings = rule.entries.get("notification_settings")
        told = settings if settings is not None and is_filled(_receiver(settings)) else None
        title = rule.entries.get("title") or rule.entries.get("name") or rule
        return self._of_queries(str(title.value), title, data, shown(_receiver(told)) if told else self._routed)

    def _terraform(self) -> Iterator[Alarm]:
        for resource in self._repo.infra.resources:
            rules = _listed(resource.settings, "rule") if resource.kind == "grafana_rule_group" else ()
            for rule in rules:
                settings = rule.entries.get("notification_settings")
                first = settings.elements[0] if settings and settings.elements else None
                told = shown(_receiver(first)) if first else self._routed
                yield self._of_queries(_text(rule, "name"), rule, _listed(rule, "data"), told)

    def _of_queries(self, name: str, place: Datum, data: Iterable[Datum], told: str) -> Alarm:
        """The alarm of a Grafana rule: queries and conditions stand in one list."""
        models = [m for d in data if (m := d.entries.get("model")) is not None]
        texts = [t for m in models if (t := _text(m, "expr"))]
        uses = tuple(u for t in texts for u in self._uses(t, _STEPS)) + tuple(_cloudwatch(models))
        compared = [c for m in models for c in _compared(m)] + [c for t in texts for c in query(t).comparisons]
        lacks = lacking(
            None if compared else alarms.NO_THRESHOLD,
            None if told else "it notifies nobody",
            None if uses else alarms.NO_METRIC,
        )
        numbers, operators = [f"{n:g}" for _, n in compared], dict.fromkeys(o for o, _ in compared)
        return Alarm("grafana", name, place.path, place.line, uses, ", ".join(numbers), tuple(operators), told, lacks)

    @cached_property
    def _routed(self) -> str:
        """The receiver of a notification policy that the repository provisions; "" where there is none."""
        for path in self._repo.data.yaml_paths:
            text = self._repo.files.text(path) or ""
            if "policies" in text and "receiver" in text and not self._repo.scope.is_test(path):
                for document in self._repo.data.documents(path):
                    for policy in _listed(document, "policies"):
                        if found := shown(policy.entries.get("receiver")):
                            return found
        return ""


def _embedded(document: Datum) -> Iterator[Datum]:
    """Rule files that stand as text in a ConfigMap."""
    data = document.entries.get("data") if _text(document, "kind") == "ConfigMap" else None
    for value in data.entries.values() if data else ():
        if isinstance(value.value, str) and "rules:" in value.value:
            try:
                yield from (_at(d, value.line) for d in yaml_documents(value.path, value.value))
            except Exception:
                continue


def _at(datum: Datum, line: int) -> Datum:
    """The same value, its lines counted from where its text starts."""
    if isinstance(datum.value, dict):
        return Datum(datum.path, line + datum.line, {k: _at(d, line) for k, d in datum.entries.items()}, datum.tag)
    if isinstance(datum.value, tuple):
        return Datum(datum.path, line + datum.line, tuple(_at(d, line) for d in datum.elements), datum.tag)
    return Datum(datum.path, line + datum.line, datum.value, datum.tag)


def _compared(model: Datum) -> Iterator[tuple[str, float]]:
    """Comparisons of a condition, as in `evaluator: {type: gt, params: [5]}`, or of a math expression."""
    for condition in _listed(model, "conditions"):
        evaluator = condition.entries.get("evaluator")
        for number in _listed(evaluator, "params") if evaluator else ():
            if isinstance(number.value, int | float) and not isinstance(number.value, bool):
                yield _EVALUATORS.get(_text(evaluator, "type"), ">"), float(number.value) if evaluator else 0.0
    if _text(model, "type") == "math":
        for found in _MATH.finditer(_text(model, "expression")):
            yield found.group(1), float(found.group(2))


def _cloudwatch(models: Iterable[Datum]) -> Iterator[Use]:
    for model in models:
        if name := _text(model, "metricName"):
            yield Use(name, _text(model, "namespace"), (), _text(model, "statistic"))


def _receiver(settings: Datum | None) -> Datum | None:
    if settings is None:
        return None
    return settings.entries.get("receiver") or settings.entries.get("contact_point")


def _listed(datum: Datum | None, key: str) -> tuple[Datum, ...]:
    found = datum.entries.get(key) if datum is not None else None
    return found.elements if found is not None else ()


def _has(rule: Datum, key: str) -> bool:
    return key in rule.entries


def _text(datum: Datum | None, key: str) -> str:
    found = datum.entries.get(key) if datum is not None else None
    return found.value if found is not None and isinstance(found.value, str) else ""
