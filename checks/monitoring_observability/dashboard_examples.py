"""Dashboards in every form, and files that only speak of them."""

from __future__ import annotations

import json

CDK_JSON = '{"app": "python3 app.py"}'
CDK_APP = """
from aws_cdk import App
from monitoring import MonitoringStack

app = App()
MonitoringStack(app, "Monitoring")
app.synth()
"""
NO_STACK = "from aws_cdk import App\nfrom monitoring import MonitoringStack\n\napp = App()\napp.synth()\n"
STACK = """
from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch

class MonitoringStack(Stack):
    def __init__(self, scope, name, **options):
        super().__init__(scope, name, **options)
        {body}
"""
WIDGETS = """self._dashboard()

    def _dashboard(self):
        board = cloudwatch.Dashboard(self, "Board")
        board.add_widgets(
            cloudwatch.GraphWidget(
                title="Errors",
                left=[cloudwatch.Metric(namespace="AWS/Lambda", metric_name="Errors", statistic="Sum")],
            )
        )
"""
LOOPED = """functions = ["ask", "mail"]
        widgets = []
        for function in functions:
            widgets.append(cloudwatch.SingleValueWidget(title=function, metrics=[self._errors(function)]))
        cloudwatch.Dashboard(self, "Board", widgets=[widgets])

    def _errors(self, function):
        return cloudwatch.Metric(
            namespace="AWS/Lambda", metric_name="Errors", dimensions_map={"FunctionName": function}
        )
"""


def cdk(body: str, app: str = CDK_APP) -> dict[str, str]:
    """An app with one stack whose constructor runs the statements."""
    return {"infra/cdk.json": CDK_JSON, "infra/app.py": app, "infra/monitoring.py": STACK.replace("{body}", body)}


TEMPLATE = """
Resources:
  Board:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: !Sub |
        {"widgets": [{"type": "metric", "properties": {"region": "${AWS::Region}",
          "metrics": [["AWS/Lambda", "Duration", "FunctionName", "ask"]]}}]}
"""
TERRAFORM = """
resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = "main"
  dashboard_body = jsonencode({
    widgets = [{ type = "metric", properties = { metrics = [["AWS/ECS", "CPUUtilization", "ServiceName", "api"]] } }]
  })
}
"""
BODY = '{"widgets": [{"type": "metric", "properties": {"metrics": [["AWS/SQS", "ApproximateAgeOfOldestMessage"]]}}]}'
PUT = """
import json
import boto3

def put():
    body = {"widgets": [{"type": "metric", "properties": {"metrics": [["Shop", "Orders"]]}}]}
    boto3.client("cloudwatch").put_dashboard(DashboardName="shop", DashboardBody=json.dumps(body))

"""
RUN = 'if __name__ == "__main__":\n    put()\n'


def panel(title: str, *queries: str, **more: object) -> dict[str, object]:
    """A Grafana panel."""
    return {"title": title, "type": "timeseries", "targets": [{"expr": q} for q in queries], **more}


def grafana(*panels: dict[str, object], title: str = "Shop", **more: object) -> str:
    """A Grafana dashboard as JSON."""
    return json.dumps({"title": title, "schemaVersion": 39, "panels": panels, **more}, indent=1)


ROW = {"title": "row", "type": "row", "collapsed": True, "panels": [panel("Rate", "rate(http_requests_total[5m])")]}
GRAFANALIB = """
from grafanalib.core import Dashboard, GridPos, Target, TimeSeries

dashboard = Dashboard(
    title="Shop",
    panels=[
        TimeSeries(title="Rate", targets=[Target(expr="rate(requests_total[5m])")], gridPos=GridPos(8, 12, 0, 0))
    ],
).auto_panel_ids()
"""
JSONNET = """
local grafana = import 'grafonnet/grafana.libsonnet';
// a comment about prometheus.target('nothing')
grafana.dashboard.new('Shop').addPanel(
  grafana.graphPanel.new('Rate').addTarget(grafana.prometheus.target('sum(rate(http_requests_total[5m]))')),
  gridPos={ x: 0, y: 0, w: 12, h: 8 },
)
"""
GRAFANA_TERRAFORM = """
resource "grafana_dashboard" "shop" {
  config_json = jsonencode({
    title = "Shop", schemaVersion = 39,
    panels = [{ title = "Rate", type = "timeseries", targets = [{ expr = "rate(http_requests_total[5m])" }] }]
  })
}
"""
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: boards}\ndata:\n  shop.json: |\n" + "".join(
    f"    {line}\n" for line in grafana(panel("Rate", "rate(http_requests_total[5m])")).splitlines()
)
CALLS = panel("Calls", "sum(rate(llm_requests_total[5m])) by (model)")
LATENCY = panel("p95", "histogram_quantile(0.95, sum(rate(llm_request_duration_seconds_bucket[5m])) by (le))")
COST = panel("Cost", "sum(increase(llm_cost_usd_total[1d]))")
ERRORS = panel("Errors", 'sum(rate(llm_requests_total{status="error"}[5m]))')
LLM_BOARD = grafana(CALLS, LATENCY, COST, ERRORS, title="LLM")
BEDROCK = """
Resources:
  Board:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardBody: |
        {"widgets": [
          {"type": "metric", "properties": {"metrics": [["AWS/Bedrock", "Invocations", "ModelId", "c"]]}},
          {"type": "metric", "properties": {"title": "p95", "stat": "p95",
            "metrics": [["AWS/Bedrock", "InvocationLatency", "ModelId", "c"]]}},
          {"type": "metric", "properties": {"metrics": [["AWS/Bedrock", "InputTokenCount"], [".", "OutputTokens"]]}},
          {"type": "metric", "properties": {"metrics": [["AWS/Bedrock", "InvocationServerErrors"]]}}]}
"""
AGENT_METRICS = """
from prometheus_client import Counter, Gauge

UP = Gauge("agent_up", "1 where the agent answers", ["agent"])
ERRORS = Counter("agent_errors_total", "Errors", ["agent_id"])
CALLS = Counter("agent_requests_total", "Requests", ["agent_name", "status"])
COST = Counter("agent_cost_usd_total", "Cost", ["agent_id"])
JOBS = Counter("job_errors_total", "Errors", ["queue"])
"""
AGENT_EMF = """
import boto3

def beat(agent):
    boto3.client("cloudwatch").put_metric_data(
        Namespace="Agents",
        MetricData=[{"MetricName": "Heartbeat", "Value": 1, "Dimensions": [{"Name": "AgentId", "Value": agent}]}],
    )
"""
AGENT_STACK = """cloudwatch.Dashboard(self, "Agents", widgets=[[
            cloudwatch.GraphWidget(title=agent, left=[cloudwatch.Metric(
                namespace="Agents", metric_name="Heartbeat", dimensions_map={"AgentId": agent})])
            for agent in ("sales", "support")
        ]])
"""
