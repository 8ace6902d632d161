"""Alarms and budgets of templates, Terraform and programs that call the API: the same settings in three spellings."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_readiness.repo.data_files import EITHER, EXPRESSION, Datum
from pytest_readiness.repo.infra_model import Resource
from pytest_readiness.repo.infra_terraform import Block
from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.telemetry import alarms
from pytest_readiness.repo.telemetry.alarms import Alarm, Budget, is_filled, is_number, lacking, operator_of, shown
from pytest_readiness.repo.telemetry.panels import Use
from pytest_readiness.repo.telemetry.programs import ProgramCall
from pytest_readiness.repo.telemetry.widgets import expression_uses, named_pairs

_ALARMS = {"AWS::CloudWatch::Alarm": "cloudformation", "aws_cloudwatch_metric_alarm": "terraform"}
_BUDGETS = frozenset({("budgets", "budget"), ("budgets", "cfnbudget"), ("", "aws_budgets_budget")})
_ANOMALIES = frozenset(
    {("ce", "anomalysubscription"), ("ce", "cfnanomalysubscription"), ("", "aws_ce_anomaly_subscription")}
)
_EACH = re.compile(r"^each\.(key|value)((?:\.\w+|\[\"\w+\"\])*)$")
_MOST = 100


def of_resource(resource: Resource) -> Iterator[Alarm]:
    """The alarms that a resource of a template or of Terraform declares; none for any other resource."""
    language = _ALARMS.get(resource.kind)
    if language is not None:
        for settings in _each(resource.settings) if language == "terraform" else (resource.settings,):
            yield _alarm(language, resource.name, settings, Site(resource.path, resource.line))


def of_module(block: Block) -> Alarm | None:
    """The alarm that a module of Terraform is asked for by the settings of an alarm; None for any other block."""
    asked = block.kind == "module" and block.body.get("comparison_operator") is not None
    if not asked or not list(template_uses(block.body)):
        return None
    return _alarm("terraform", " ".join(block.labels), block.body, Site(block.body.path, block.body.line))


def of_call(call: ProgramCall) -> Alarm:
    """The alarm that a call of put_metric_alarm declares."""
    name = shown(call.arguments.get("alarm_name")) or "put_metric_alarm"
    problem = None if call.in_iac else "no live code and no deployment script calls it"
    return _alarm("boto3", name, call.arguments, Site(call.arguments.path, call.arguments.line), problem)


def _alarm(language: str, name: str, settings: Datum, place: Site, problem: str | None = None) -> Alarm:
    actions, threshold = settings.get("alarm_actions"), settings.get("threshold")
    operator, enabled = settings.get("comparison_operator"), settings.get("actions_enabled")
    uses, count = tuple(template_uses(settings)), settings.get("count")
    lacks = lacking(
        None if is_filled(actions) else alarms.NO_ACTION,
        None if is_number(threshold) else alarms.NO_THRESHOLD,
        None if operator is not None else alarms.NO_OPERATOR,
        "its actions are switched off" if enabled is not None and enabled.value in (False, "false") else None,
        "it is never created (count = 0)" if count is not None and count.value == 0 else None,
        None if uses else alarms.NO_METRIC,
        problem,
    )
    said = shown(threshold), operator_of(operator), shown(actions)
    return Alarm(language, name, place.path, place.line or 1, uses, *said, lacks)


def template_uses(settings: Datum) -> list[Use]:
    """The metrics of an alarm: its own name and namespace, or those in its list of metric queries."""
    found = list(_named(settings))
    for key in ("metrics", "metric_query"):
        listed = settings.get(key)
        for query in listed.elements if listed else ():
            inner = query.get("metric_stat", "metric") or query.get("metric")
            stat = query.get("metric_stat", "stat") or query.get("metric", "stat")
            found += _named(inner, _text(stat)) if inner is not None else []
            found += expression_uses(_text(query.get("expression")))
    return found


def _named(settings: Datum, statistic: str = "") -> Iterator[Use]:
    while isinstance(settings.value, tuple) and settings.tag != EITHER and settings.elements:
        settings = settings.elements[0]
    said = statistic or _text(settings.get("extended_statistic")) or _text(settings.get("statistic"))
    for name, namespace in named_pairs(settings):
        yield Use(name, namespace, _dimensions(settings.get("dimensions")), said)


def _dimensions(given: Datum | None) -> tuple[tuple[str, str], ...]:
    """`{Name: value}`, or a list of names and values."""
    if given is None:
        return ()
    pairs = [(_text(e.get("name")), _text(e.get("value"))) for e in given.elements]
    return tuple(pairs or ((k, _text(d)) for k, d in given.entries.items()))


def _text(datum: Datum | None) -> str:
    return datum.value if datum is not None and isinstance(datum.value, str) else ""


def _each(settings: Datum) -> list[Datum]:
    """The settings for each entry of a literal `for_each`; the settings themselves where there is none."""
    table = settings.entries.get("for_each")
    entries = list(table.entries.items())[:_MOST] if table is not None else []
    return [_filled(settings, key, value) for key, value in entries] or [settings]


def _filled(datum: Datum, key: str, value: Datum) -> Datum:
    """The value with `each.key` and `each.value.x` put in."""
    if isinstance(datum.value, dict):
        return Datum(datum.path, datum.line, {k: _filled(d, key, value) for k, d in datum.entries.items()}, datum.tag)
    if isinstance(datum.value, tuple):
        return Datum(datum.path, datum.line, tuple(_filled(d, key, value) for d in datum.elements), datum.tag)
    found = _EACH.match(str(datum.value)) if datum.tag == EXPRESSION else None
    if found is None:
        return datum
    if found.group(1) == "key":
        return Datum(datum.path, datum.line, key)
    inner = value.get(*re.findall(r"\w+", found.group(2)))
    return Datum(datum.path, datum.line, inner.value, inner.tag) if inner is not None else datum


# Budgets


def budget_of(resource: Resource) -> Budget | None:
    """The budget or anomaly subscription that a resource declares."""
    kind = ("", resource.kind) if resource.language == "terraform" else resource.type
    if kind in _BUDGETS:
        limit = _first(resource.settings, ("budget", "budget_limit", "amount"), ("limit_amount",))
        return _budget(resource, limit, None if is_number(limit) else "it has no limit")
    if kind in _ANOMALIES:
        limit = resource.get("threshold") or resource.get("threshold_expression")
        return _budget(resource, limit, None, of_anomalies=True)
    return None


def budget_of_call(call: ProgramCall) -> Budget:
    """The budget that a call of create_budget declares."""
    limit = call.arguments.get("budget", "budget_limit", "amount")
    told = [d for keys, d in call.arguments.walk() if keys and keys[-1] == "Subscribers" and is_filled(d)]
    lacks = lacking(
        None if is_number(limit) else "it has no limit",
        None if told else "it notifies nobody",
        None if call.in_iac else "no live code and no deployment script calls it",
    )
    name = shown(call.arguments.get("budget", "budget_name")) or "create_budget"
    return Budget(name, call.path, call.line, shown(limit), "a subscriber" if told else "", lacks)


def _budget(resource: Resource, limit: Datum | None, problem: str | None, *, of_anomalies: bool = False) -> Budget:
    subscribers = [d for key in _SUBSCRIBERS for d in resource.all_settings(key) if is_filled(d)]
    lacks = lacking(problem, None if subscribers else "it notifies nobody")
    said = shown(subscribers[0]) or "a subscriber" if subscribers else ""
    return Budget(resource.name, resource.path, resource.line, shown(limit), said, lacks, of_anomalies)


_SUBSCRIBERS = ("subscribers", "subscriber", "subscriber_email_addresses", "subscriber_sns_topic_arns")


def _first(settings: Datum, *paths: tuple[str, ...]) -> Datum | None:
    return next((d for p in paths if (d := settings.get(*p)) is not None), None)
