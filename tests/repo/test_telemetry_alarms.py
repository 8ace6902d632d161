"""Alarms and budgets in every form: what they fire on, what they do, what they lack."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.telemetry import words
from pytest_readiness.repo.telemetry.alarms import Alarm

KEYS = ["groups", "rules", "alert", "expr", "labels", "severity", "condition", "data", "model", "record", "conditions"]
trees = st.recursive(
    st.none() | st.integers(-5, 5) | st.text("ab>{}5", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=15,
)


def repo_of(folder: Path, files: dict[str, str]) -> Repo:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(text).lstrip("\n"))
    return Repo(folder)


def told(alarm: Alarm) -> tuple[str, list[str], str, bool]:
    return alarm.name, [u.name for u in alarm.uses], alarm.threshold, alarm.complete


Repo(Path(__file__).parent)  # makes room for the recursion, which a property may not change


@given(st.lists(trees, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_rule_file_is_read(tmp_path: Path, values: list[object]) -> None:
    text = yaml.safe_dump({"groups": [{"rules": values}], "x": "alert condition"})
    for alarm in repo_of(tmp_path, {"rules.yml": text}).telemetry.alarms:
        assert alarm.path == "rules.yml"


# CDK

HEAD = """
from dataclasses import dataclass
from aws_cdk import App, Stack, aws_cloudwatch as cw, aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as fn, aws_sns as sns

class Base(Stack):
    def __init__(self, scope, id, **kw):
        super().__init__(scope, id, **kw)
        self.topic = sns.Topic(self, "T")
        self.build()

    def metric(self, name):
        return cw.Metric(namespace="AWS/Lambda", metric_name=name)

    def alarm(self, id, metric, threshold, notify=True):
        made = cw.Alarm(self, f"{id}Alarm", metric=metric, threshold=threshold, evaluation_periods=1)
        if notify:
            made.add_alarm_action(actions.SnsAction(self.topic))
        return made

@dataclass(frozen=True)
class Spec:
    id: str
    metric: str
    limit: int

"""
TAIL = """

app = App()
Mon(app, "M")
"""
ERRORS, SLOW = ("ErrorsAlarm", ["Errors"], "1", True), ("SlowAlarm", ["Duration"], "900", True)


def of_stack(folder: Path, body: str) -> list[tuple[str, list[str], str, bool]]:
    code = HEAD + "class Mon(Base):\n    def build(self):\n" + textwrap.indent(textwrap.dedent(body), " " * 8) + TAIL
    repo = repo_of(folder, {"infra/cdk.json": '{"app": "python app.py"}', "infra/app.py": code})
    return [told(a) for a in repo.telemetry.alarms]


@pytest.mark.parametrize(
    "body",
    [
        'self.alarm("Errors", self.metric("Errors"), 1)\nself.alarm("Slow", self.metric("Duration"), 900)',
        'for s in (Spec("Errors", "Errors", 1), Spec("Slow", "Duration", 900)):\n'
        "    self.alarm(s.id, self.metric(s.metric), s.limit)",
        'for s in [{"id": "Errors", "m": "Errors", "n": 1}, {"id": "Slow", "m": "Duration", "n": 900}]:\n'
        '    self.alarm(s["id"], self.metric(s["m"]), s["n"])',
        'for name, m, n in [("Errors", "Errors", 1), ("Slow", "Duration", 900)]:\n'
        '    a = self.metric(m).create_alarm(self, f"{name}Alarm", threshold=n, evaluation_periods=1)\n'
        "    a.add_alarm_action(actions.SnsAction(self.topic))",
        'made = []\nfor name, m, n in [("ErrorsAlarm", "Errors", 1), ("SlowAlarm", "Duration", 900)]:\n'
        "    made.append(cw.Alarm(self, name, metric=self.metric(m), threshold=n, evaluation_periods=1))\n"
        "for alarm in made:\n    alarm.add_alarm_action(actions.SnsAction(self.topic))",
        "def one(id, m, n):\n    a = cw.Alarm(self, id, metric=self.metric(m), threshold=n, evaluation_periods=1)\n"
        "    a.add_alarm_action(actions.SnsAction(self.topic))\n"
        'one("ErrorsAlarm", "Errors", 1)\none("SlowAlarm", "Duration", 900)',
        'f = fn.Function(self, "F", handler="a.b")\nself.alarm("Errors", f.metric_errors(), 1)\n'
        'self.alarm("Slow", f.metric("Duration", statistic="p95"), 900)',
    ],
)
def test_cdk(tmp_path: Path, body: str) -> None:
    assert sorted(of_stack(tmp_path, body)) == [ERRORS, SLOW]


@pytest.mark.parametrize(
    ("body", "lack"),
    [
        ('self.alarm("E", self.metric("Errors"), 1, notify=False)', "it has no action"),
        ('a = self.alarm("E", self.metric("Errors"), 1, notify=False)\na.add_ok_action(actions.SnsAction(self.topic))',
         "it has no action"),
        ('a = self.alarm("E", self.metric("Errors"), 1, notify=False)\na.add_alarm_action(self.topic)',
         "aws_cdk.aws_sns.Topic is no alarm action"),
        ('a = self.alarm("E", self.metric("Errors"), 1, notify=False)\na.add_alarm_action(cw.SnsAction(self.topic))',
         "aws_cdk.aws_cloudwatch.SnsAction does not exist"),
        ('self.alarm("E", self.metric("Errors"), None)', "it compares with no number"),
        ('self.alarm("E", None, 1)', "it names no metric"),
    ],
)  # fmt: skip
def test_cdk_incomplete(tmp_path: Path, body: str, lack: str) -> None:
    code = HEAD + "class Mon(Base):\n    def build(self):\n" + textwrap.indent(body, " " * 8) + TAIL
    repo = repo_of(tmp_path, {"infra/cdk.json": '{"app": "python app.py"}', "infra/app.py": code})
    (alarm,) = repo.telemetry.alarms
    assert alarm.lacks == (lack,)


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        'if False:\n    self.alarm("E", self.metric("Errors"), 1)',
        'return\nself.alarm("E", self.metric("Errors"), 1)',
    ],
)
def test_cdk_that_is_not_run(tmp_path: Path, body: str) -> None:
    assert of_stack(tmp_path, body) == []


def test_a_class_that_extends_alarm_acts_by_itself(tmp_path: Path) -> None:
    body = 'Paged(self, "E", self.topic, metric=self.metric("Errors"), threshold=1)'
    paged = """
class Paged(cw.Alarm):
    def __init__(self, scope, id, topic, **kw):
        super().__init__(scope, id, evaluation_periods=1, **kw)
        self.add_alarm_action(actions.SnsAction(topic))

class Mon(Base):
    def build(self):
        """
    files = {"infra/cdk.json": '{"app": "python app.py"}', "infra/app.py": HEAD + paged + body + TAIL}
    assert [told(a) for a in repo_of(tmp_path, files).telemetry.alarms] == [("E", ["Errors"], "1", True)]


# Templates, Terraform, programs

TERRAFORM = """
variable "topics" {
  default = []
}
locals {
  alarms = { e = { metric = "Errors", limit = 1 }, d = { metric = "Duration", limit = 900 } }
}
resource "aws_cloudwatch_metric_alarm" "all" {
  for_each            = local.alarms
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  threshold           = each.value.limit
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = [aws_sns_topic.x.arn]
}
resource "aws_cloudwatch_metric_alarm" "ratio" {
  threshold           = 5
  comparison_operator = "LessThanOrEqualToThreshold"
  alarm_actions       = var.topics
  metric_query {
    id         = "e"
    expression = "a / b"
  }
  metric_query {
    id = "a"
    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "HTTPCode_Target_5XX_Count"
      stat        = "Sum"
    }
  }
}
"""


def test_terraform(tmp_path: Path) -> None:
    found = {tuple(u.name for u in a.uses): a for a in repo_of(tmp_path, {"a.tf": TERRAFORM}).telemetry.alarms}
    assert found["Errors",].complete
    assert found["Duration",].threshold == "900"
    ratio = found["HTTPCode_Target_5XX_Count",]
    assert ratio.lacks == ("it has no action",)
    assert not ratio.rises


PROGRAM = """
import boto3

COMMON = {"Namespace": "AWS/Lambda", "ComparisonOperator": "GreaterThanThreshold", "Statistic": "Sum"}

def make(client):
    alarm = {**COMMON, "AlarmName": "errors", "MetricName": "Errors", "Threshold": 5}
    alarm["AlarmActions"] = [topic()]
    client.put_metric_alarm(**alarm)

def rest(client):
    for name in ("Duration",):
        client.put_metric_alarm(AlarmName=name, MetricName=name, Threshold=9, AlarmActions=[topic()], **COMMON)

def main():
    make(boto3.client("cloudwatch"))

"""


@pytest.mark.parametrize(
    ("path", "started", "complete"),
    [
        ("infra/scripts/alarms.py", True, ["errors"]),
        ("infra/scripts/alarms.py", False, []),
        ("tests/alarms.py", True, []),
    ],
)
def test_programs(tmp_path: Path, path: str, started: bool, complete: list[str]) -> None:
    run = 'if __name__ == "__main__":\n    main()\n' if started else ""
    repo = repo_of(tmp_path, {"infra/cdk.json": "{}", path: PROGRAM + run})
    assert [a.name for a in repo.telemetry.alarms if a.complete] == complete


BUDGET = """
Resources:
  Month:
    Type: AWS::Budgets::Budget
    Properties:
      Budget: {BudgetType: COST, BudgetLimit: {Amount: 50, Unit: USD}}
      NotificationsWithSubscribers: [{Notification: {Threshold: 80}, Subscribers: [SUBSCRIBER]}]
"""


@pytest.mark.parametrize(("subscriber", "complete"), [("{Address: a@example.com}", True), ("", False)])
def test_budgets(tmp_path: Path, subscriber: str, complete: bool) -> None:
    (found,) = repo_of(tmp_path, {"t.yaml": BUDGET.replace("SUBSCRIBER", subscriber)}).telemetry.budgets
    assert (found.limit, found.complete) == ("50", complete)


# Rules

RULES = """
groups:
  - name: a
    rules:
      - record: job:errors:ratio5m
        expr: sum(rate(errors_total[5m])) / sum(rate(requests_total[5m]))
      - alert: Ratio
        expr: job:errors:ratio5m > 0.05
        labels: {severity: page}
      - alert: NoNumber
        expr: job:errors:ratio5m > limit
        labels: {severity: page}
      - alert: NoSeverity
        expr: errors_total > 1
"""


@pytest.mark.parametrize("kind", ["file", "object", "config map", "chart"])
def test_prometheus_rules(tmp_path: Path, kind: str) -> None:
    groups, inner = textwrap.indent(RULES.strip(), "  "), textwrap.indent(RULES.strip(), "    ")
    head = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n"
    text = {
        "file": RULES,
        "object": f"{head}metadata: {{name: x}}\nspec:\n{groups}\n",
        "config map": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata:\n  rules.yml: |\n{inner}\n",
        "chart": f"{head}metadata:\n  name: {{{{ .Release.Name }}}}\nspec:\n{groups}\n",
    }[kind]
    found = {a.name: a for a in repo_of(tmp_path, {"chart/templates/rules.yaml": text}).telemetry.alarms}
    assert {n: a.complete for n, a in found.items()} == {"Ratio": True, "NoNumber": False, "NoSeverity": False}
    assert [u.name for u in found["Ratio"].uses] == ["errors_total", "requests_total"]


GRAFANA = """
apiVersion: 1
groups:
  - name: a
    rules:
      - title: High
        condition: C
        data:
          - {refId: A, model: {expr: "rate(errors_total[5m])"}}
          - {refId: C, model: CONDITION}
        NOTIFY
"""
TOLD = "notification_settings: {receiver: x}"
POLICIES = "apiVersion: 1\npolicies:\n  - receiver: on-call\n"


@pytest.mark.parametrize(
    ("condition", "notify", "policies", "complete"),
    [
        ("{type: threshold, conditions: [{evaluator: {type: gt, params: [5]}}]}", TOLD, "", True),
        ("{type: math, expression: '$A > 5'}", TOLD, "", True),
        ("{type: math, expression: '$A > 5'}", "labels: {a: b}", POLICIES, True),
        ("{type: math, expression: '$A > 5'}", "labels: {a: b}", "", False),
        ("{type: reduce, expression: A}", TOLD, "", False),
    ],
)  # fmt: skip
def test_grafana_rules(tmp_path: Path, condition: str, notify: str, policies: str, complete: bool) -> None:
    files = {"alerts.yaml": GRAFANA.replace("CONDITION", condition).replace("NOTIFY", notify)}
    files |= {"policies.yaml": policies} if policies else {}
    (found,) = repo_of(tmp_path, files).telemetry.alarms
    assert found.complete is complete


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Errors", True), ("5XXError", True), ("HTTPCode_Target_5XX_Count", True), ("job_failures_total", True),
        ("FailedInvocations", True), ("LLMExceptions", True), ("4XXError", False), ("UserErrors", False),
        ("Invocations", False), ("mirror_total", False),
    ],
)  # fmt: skip
def test_names_of_server_errors(name: str, expected: bool) -> None:
    assert words.of_server_errors(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("llm_calls_total", True), ("LLMRequests", True), ("AiTokens", True), ("gen_ai.operation.duration", True),
        ("model_errors", True), ("openai_calls", True), ("email_total", False), ("main_requests", False),
    ],
)  # fmt: skip
def test_names_of_models(name: str, expected: bool) -> None:
    assert words.of_model(name) is expected
