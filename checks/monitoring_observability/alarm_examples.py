"""Alarms in every form, and what only looks like one."""

from __future__ import annotations

from .dashboard_examples import CDK_APP, CDK_JSON, NO_STACK

STACK = """
from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns

class MonitoringStack(Stack):
    def __init__(self, scope, name, **options):
        super().__init__(scope, name, **options)
        self.topic = sns.Topic(self, "Alerts")
        {body}
"""


def cdk(body: str, *, deployed: bool = True) -> dict[str, str]:
    """An app with one stack whose constructor runs the statements."""
    return {
        "infra/cdk.json": CDK_JSON,
        "infra/app.py": CDK_APP if deployed else NO_STACK,
        "infra/monitoring.py": STACK.replace("{body}", body),
    }


def alarm(metric: str, namespace: str = "AWS/Lambda", action: str = "actions.SnsAction(self.topic)") -> str:
    """Statements that make an alarm and give it an action; no action where there is none."""
    added = f"        alarm.add_alarm_action({action})\n" if action else ""
    return f"""alarm = cloudwatch.Alarm(
            self, "High", threshold=5, evaluation_periods=2,
            metric=cloudwatch.Metric(namespace="{namespace}", metric_name="{metric}"),
        )
{added}"""


CREATED = """function = lambda_.Function(self, "Ask", handler="ask.handler")
        alarm = function.metric_errors(period=Duration.minutes(5)).create_alarm(
            self, "Errors", threshold=3, evaluation_periods=1
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
"""
HELPED = """self._alarm("Errors", self._metric("Errors"), 5)
        self._alarm("Slow", self._metric("Duration"), 3000)

    def _metric(self, name):
        return cloudwatch.Metric(namespace="AWS/Lambda", metric_name=name, statistic="p95")

    def _alarm(self, name, metric, threshold):
        alarm = cloudwatch.Alarm(self, name, metric=metric, threshold=threshold, evaluation_periods=1)
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        return alarm
"""
LOOPED = """alarms = []
        for name, metric, threshold in [("Errors", "Errors", 1), ("Slow", "Duration", 900), ("Full", "Throttles", 1)]:
            alarms.append(cloudwatch.Alarm(
                self, name, threshold=threshold, evaluation_periods=1,
                metric=cloudwatch.Metric(namespace="AWS/Lambda", metric_name=metric),
            ))
        for alarm in alarms:
            alarm.add_alarm_action(actions.SnsAction(self.topic))
"""
TABLED = """for spec in SPECS:
            alarm = cloudwatch.Alarm(
                self, spec["id"], threshold=spec["threshold"], evaluation_periods=1,
                metric=cloudwatch.Metric(namespace="AWS/Lambda", metric_name=spec["metric"]),
            )
            alarm.add_alarm_action(actions.SnsAction(self.topic))

SPECS = [{"id": "E", "metric": "Errors", "threshold": 1}, {"id": "D", "metric": "Duration", "threshold": 900}]
"""
LOW_LEVEL = """cloudwatch.CfnAlarm(
            self, "Errors", namespace="AWS/ApiGateway", metric_name="5XXError", statistic="Sum", period=60,
            evaluation_periods=1, threshold=5, comparison_operator="GreaterThanThreshold",
            alarm_actions=[self.topic.topic_arn],
        )
"""
RATIO = """function = lambda_.Function(self, "Ask", handler="ask.handler")
        rate = cloudwatch.MathExpression(
            expression="100 * errors / calls",
            using_metrics={"errors": function.metric_errors(), "calls": function.metric_invocations()},
        )
        cloudwatch.Alarm(self, "Ratio", metric=rate, threshold=1, evaluation_periods=2).add_alarm_action(
            actions.SnsAction(self.topic)
        )
"""
UNCALLED = """pass

    def never(self):
        """ + alarm("Errors")


def template(metric: str, namespace: str = "AWS/Lambda", actions: str = "[!Ref Alerts]") -> str:
    """A CloudFormation template with an alarm."""
    return f"""
Resources:
  Alerts: {{Type: AWS::SNS::Topic}}
  High:
    Type: AWS::CloudWatch::Alarm
    Properties:
      Namespace: {namespace}
      MetricName: {metric}
      Statistic: Average
      Threshold: 5
      ComparisonOperator: GreaterThanThreshold
      AlarmActions: {actions}
"""


def terraform(metric: str, namespace: str = "AWS/Lambda", actions: str = "[aws_sns_topic.alerts.arn]") -> str:
    """A Terraform file with an alarm."""
    return f"""
resource "aws_sns_topic" "alerts" {{}}
resource "aws_cloudwatch_metric_alarm" "high" {{
  namespace           = "{namespace}"
  metric_name         = "{metric}"
  statistic           = "Average"
  threshold           = 5
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = {actions}
}}
"""


FOR_EACH = """
locals {
  alarms = { errors = { metric = "Errors", limit = 1 }, slow = { metric = "Duration", limit = 900 } }
}
resource "aws_cloudwatch_metric_alarm" "all" {
  for_each            = local.alarms
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  threshold           = each.value.limit
  comparison_operator = "GreaterThanThreshold"
  alarm_actions       = [aws_sns_topic.alerts.arn]
}
"""


def rules(expression: str, labels: str = "{severity: page}") -> str:
    """A Prometheus rule file with one alert."""
    return f"""
groups:
  - name: shop
    rules:
      - alert: High
        expr: {expression}
        for: 5m
        labels: {labels}
"""


def prometheus_rule(expression: str) -> str:
    """A PrometheusRule object with one alert."""
    body = "".join(f"  {line}\n" for line in rules(expression).strip().splitlines())
    return f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {{name: shop}}\nspec:\n{body}"


def grafana_rule(expression: str, settings: str = "{receiver: on-call}") -> str:
    """A Grafana alert rule as it is provisioned."""
    return f"""
apiVersion: 1
groups:
  - orgId: 1
    name: shop
    folder: alerts
    interval: 1m
    rules:
      - uid: high
        title: High
        condition: C
        data:
          - {{refId: A, model: {{expr: '{expression}'}}}}
          - {{refId: C, model: {{type: threshold, conditions: [{{evaluator: {{type: gt, params: [5]}}}}]}}}}
        notification_settings: {settings}
"""


PUT = """
import boto3

def create():
    cloudwatch = boto3.client("cloudwatch")
    for alarm in ALARMS:
        cloudwatch.put_metric_alarm(**alarm, AlarmActions=["arn:aws:sns:eu-north-1:1:alerts"])

ALARMS = [
    {"AlarmName": "errors", "Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum", "Threshold": 5.0,
     "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Period": 60},
    {"AlarmName": "slow", "Namespace": "AWS/Lambda", "MetricName": "Duration", "Statistic": "Average",
     "Threshold": 900.0, "ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 1, "Period": 60},
]

"""
RUN = 'if __name__ == "__main__":\n    create()\n'
STARTED = (
    "from fastapi import FastAPI\n\nfrom alarms import create\n\napp = FastAPI()\n\n@app.on_event('startup')\n"
    + ("def start():\n    create()\n")
)
GUIDE = """
# Alarms

```bash
aws cloudwatch put-metric-alarm --alarm-name errors --metric-name Errors --namespace AWS/Lambda --threshold 5
```
"""
METRICS = """
from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("http_requests_total", "Requests", ["status"])
FAILED = Counter("job_failures_total", "Failed jobs")
SECONDS = Histogram("http_request_duration_seconds", "Duration")
COST = Counter("llm_cost_usd_total", "Cost", ["model"])
STATE = Gauge("circuit_breaker_state", "1 where open", ["service"])
"""
BUDGET = """
Resources:
  Budget:
    Type: AWS::Budgets::Budget
    Properties:
      Budget: {BudgetType: COST, TimeUnit: MONTHLY, BudgetLimit: {Amount: 500, Unit: USD}}
      NotificationsWithSubscribers:
        - Notification: {NotificationType: ACTUAL, ComparisonOperator: GREATER_THAN, Threshold: 80}
          Subscribers: [{SubscriptionType: EMAIL, Address: ops@example.com}]
"""
BUDGET_CDK = """from aws_cdk import aws_budgets as budgets
        budgets.CfnBudget(
            self, "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_type="COST", time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=500, unit="USD"),
            ),
            notifications_with_subscribers=[budgets.CfnBudget.NotificationWithSubscribersProperty(
                notification=budgets.CfnBudget.NotificationProperty(
                    comparison_operator="GREATER_THAN", notification_type="ACTUAL", threshold=80),
                subscribers=[budgets.CfnBudget.SubscriberProperty(address="a@example.com", subscription_type="EMAIL")],
            )],
        )
"""
BUDGET_TERRAFORM = """
resource "aws_budgets_budget" "month" {
  budget_type  = "COST"
  limit_amount = "500"
  limit_unit   = "USD"
  time_unit    = "MONTHLY"
  notification {
    comparison_operator        = "GREATER_THAN"
    threshold                  = 80
    threshold_type             = "PERCENTAGE"
    notification_type          = "ACTUAL"
    subscriber_email_addresses = ["ops@example.com"]
  }
}
"""
ANOMALY = """
Resources:
  Watch:
    Type: AWS::CE::AnomalySubscription
    Properties: {Frequency: DAILY, Threshold: 50, Subscribers: [{Type: EMAIL, Address: ops@example.com}]}
"""
TRACKER = """
import logging

class CostTracker:
    budget = 100.0

    def add(self, cost):
        self.total = getattr(self, "total", 0.0) + cost
        if self.total > self.budget:
            logging.warning("budget exceeded: %s", self.total)
"""
LOGGED = """
import logging

log = logging.getLogger(__name__)

class CircuitBreaker:
    def open(self):
        self.state = "open"
        log.error("circuit breaker opened for %s", self)
"""
FILTERED = """group = logs.LogGroup(self, "App")
        found = logs.MetricFilter(
            self, "Opened", log_group=group, metric_namespace="Shop", metric_name="Opened",
            filter_pattern=logs.FilterPattern.literal('"circuit breaker opened"'),
        )
        alarm = cloudwatch.Alarm(self, "Open", metric=found.metric(), threshold=1, evaluation_periods=1)
        alarm.add_alarm_action(actions.SnsAction(self.topic))
"""
FILTERED_TEMPLATE = """
Resources:
  Opened:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: app
      FilterPattern: '"circuit breaker opened"'
      MetricTransformations: [{MetricName: BreakerOpened, MetricNamespace: Shop, MetricValue: "1"}]
""" + template("BreakerOpened", "Shop").replace("\nResources:\n", "")
