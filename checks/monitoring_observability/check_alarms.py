"""Is somebody told when the system fails, gets slow, spends too much or runs on its fallbacks?"""

from pytest_readiness.authoring import Example, Repo, Units, check

from .alarm_examples import (
    ANOMALY,
    BUDGET,
    BUDGET_CDK,
    BUDGET_TERRAFORM,
    CREATED,
    FILTERED,
    FILTERED_TEMPLATE,
    FOR_EACH,
    GUIDE,
    HELPED,
    LOGGED,
    LOOPED,
    LOW_LEVEL,
    METRICS,
    PUT,
    RATIO,
    RUN,
    STARTED,
    TABLED,
    TRACKER,
    UNCALLED,
    alarm,
    cdk,
    grafana_rule,
    prometheus_rule,
    rules,
    template,
    terraform,
)
from .dashboard_examples import grafana, panel

BAD_RATE = """sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.05"""
SUCCESS = """sum(rate(http_requests_total{status!~"5.."}[5m])) / sum(rate(http_requests_total[5m])) < 0.99"""
MEAN = "rate(http_request_duration_seconds_sum[5m]) / rate(http_request_duration_seconds_count[5m])"
P95 = "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))"
CODE = {"metrics.py": METRICS}


@check(
    severity="high",
    effort_days=1,
    standard="Google SRE Workbook ch. 5 (Alerting on SLOs); AWS Well-Architected REL 6 (REL06-BP03); Prometheus docs: "
    "Alerting rules",
    meets=[
        Example(cdk(alarm("Errors")), why="CDK"),
        Example(cdk(CREATED), why="CDK, made from a function's own metric"),
        Example(cdk(HELPED), why="CDK, made by a helper method"),
        Example(cdk(LOOPED), why="CDK, made and given their action in loops"),
        Example(cdk(TABLED), why="CDK, made from a table"),
        Example(cdk(LOW_LEVEL), why="CfnAlarm"),
        Example(cdk(RATIO), why="a ratio"),
        Example({"template.yaml": template("HTTPCode_Target_5XX_Count", "AWS/ApplicationELB")}, why="CloudFormation"),
        Example({"main.tf": terraform("Errors")}, why="Terraform"),
        Example({"main.tf": FOR_EACH}, why="Terraform, for each entry of a map"),
        Example({"infra/cdk.json": "{}", "infra/scripts/alarms.py": PUT + RUN}, why="a script of the IaC"),
        Example({"alarms.py": PUT, "app.py": STARTED}, why="put by live code"),
        Example({"prometheus/rules.yml": rules(BAD_RATE), **CODE}, why="a Prometheus rule on the share of 5xx"),
        Example({"k8s/rules.yaml": prometheus_rule("rate(job_failures_total[5m]) > 0"), **CODE}, why="PrometheusRule"),
        Example({"grafana/alerts.yaml": grafana_rule("rate(job_failures_total[5m])"), **CODE}, why="Grafana"),
        Example(
            {"rules.yml": rules(SUCCESS), **CODE},
            why="a success rate that falls",
        ),
    ],
    falls_short=[
        Example({"app.py": "print('hello')\n"}, score=0, why="no alarm"),
        Example(cdk(alarm("Errors", action="")), score=0, why="no action"),
        Example(cdk(alarm("Errors", action="cloudwatch.SnsAction(self.topic)")), score=0, why="no such action exists"),
        Example({"template.yaml": template("Errors", actions="[]")}, score=0, why="an empty list of actions"),
        Example({"main.tf": terraform("Errors").replace("5\n", '"high"\n')}, score=0, why="no numeric threshold"),
        Example({"rules.yml": rules(BAD_RATE.replace(" > 0.05", "")), **CODE}, score=0, why="no comparison"),
        Example({"rules.yml": rules(BAD_RATE, "{team: shop}"), **CODE}, score=0, why="no severity"),
        Example({"rules.yml": rules(BAD_RATE)}, score=0, why="a metric that no code declares"),
        Example({"grafana/a.yaml": grafana_rule("job_failures_total", "{}"), **CODE}, score=0, why="nobody is told"),
    ],
    decoys=[
        Example(cdk(alarm("4XXError", "AWS/ApiGateway")), why="an alarm on 4XX client errors only"),
        Example({"docs/alarms.md": GUIDE}, why="put-metric-alarm in a guide"),
        Example({"alarms.py": PUT}, why="put_metric_alarm in a function that nothing calls"),
        Example(cdk(UNCALLED), why="an alarm in a method of the stack that nothing calls"),
        Example(cdk(alarm("Errors"), deployed=False), why="a stack that the app never instantiates"),
        Example(cdk(alarm("Errors", action="self.topic")), why="a topic is no action"),
        Example(cdk(alarm("Errors", "Shop")), why="a metric of a namespace that no code writes to"),
        Example({"rules.yml": rules("sum(rate(http_requests_total[5m])) < 1"), **CODE}, why="an alarm on low traffic"),
        Example({"rules.yml": rules('rate(http_requests_total{status=~"4.."}[5m]) > 1'), **CODE}, why="client errors"),
        Example(
            {"grafana/b.json": grafana(panel("Errors", BAD_RATE), annotations={"list": [{"name": "alerts"}]}), **CODE},
            why="an annotation named alerts on a dashboard",
        ),
        Example({"settings.py": "ERROR_RATE_THRESHOLD = 0.05\n", **CODE}, why="a configured threshold number"),
        Example({"tests/rules.yml": rules(BAD_RATE), **CODE}, why="rules of a test"),
    ],
)  # fmt: skip
def test_high_error_rate_alarm(repo: Repo, units: Units) -> None:
    """Does an alarm fire on a high rate of server errors?

    Passes: at least one complete alarm (a metric that exists, a numeric threshold, an action; created by what is
        deployed) on server or processing errors: Lambda Errors, 5XXError, HTTPCode_*_5XX_Count, a metric named with
        error, failure, failed or exception, or requests with status 5xx or error; count, rate or ratio alike.
    Falls short: no such alarm, or one without a valid action, threshold or existing metric; an alarm on 4XX only; a
        command in a guide; put_metric_alarm that nothing calls; an alarm on low traffic.
    Impact: The service can fail for customers for hours before anyone is told.
    Recommendation: Create an alarm on the error ratio with a tested notification action in the monitoring stack.
    """
    found = repo.telemetry.alarm_kinds.on("server errors")
    units.decide("error alarm", found.ok, *found.places, note=found.note)


@check(
    severity="high",
    effort_days=1,
    standard="AWS Budgets and CloudWatch billing alarm docs; AWS Well-Architected Cost Optimization pillar; OWASP LLM "
    "Top 10 2025 LLM10",
    depends_on=["monitoring_observability.metrics.cost_metrics_tracked"],
    meets=[
        Example({"rules.yml": rules("sum(increase(llm_cost_usd_total[1h])) > 20"), **CODE}, why="on the metric"),
        Example(cdk(alarm("EstimatedCharges", "AWS/Billing")), why="on the bill"),
        Example({"budget.yaml": BUDGET}, why="a budget in CloudFormation"),
        Example(cdk(BUDGET_CDK), why="a budget in CDK"),
        Example({"budget.tf": BUDGET_TERRAFORM}, why="a budget in Terraform"),
        Example({"anomaly.yaml": ANOMALY}, why="a subscription to anomalies"),
    ],
    falls_short=[
        Example({"app.py": "print('hello')\n"}, score=0, why="none of these"),
        Example(cdk(alarm("EstimatedCharges", "AWS/Billing", "")), score=0, why="an alarm without an action"),
        Example({"rules.yml": rules("sum(increase(llm_cost_usd_total[1h])) > 20")}, score=0, why="no such metric"),
    ],
    decoys=[
        Example({"settings.py": "LLM_BUDGET_USD = 100\n", ".env.example": "LLM_BUDGET_USD=100\n"}, why="a number"),
        Example({"tracker.py": TRACKER}, why='a tracker that logs "budget exceeded"'),
        Example(
            {"grafana/cost.json": grafana(panel("Cost", "llm_cost_usd_total", fieldConfig={"defaults": {"thresholds": {
                "steps": [{"value": 100, "color": "red"}]}}})), **CODE},
            why="a threshold colour on a dashboard",
        ),
        Example({"budget.yaml": BUDGET.partition("      Notif")[0]}, why="a budget without notification"),
        Example({"budget.tf": BUDGET_TERRAFORM.replace('["ops@example.com"]', "[]")}, why="a budget that tells nobody"),
        Example(
            {"scripts/monitor.py": "def check(cost):\n    if cost > 50:\n        print('cost issue')\n\n"
             "if __name__ == '__main__':\n    check(3)\n"},
            why="a monitoring script that prints a cost issue",
        ),
    ],
)  # fmt: skip
def test_high_cost_alarm(repo: Repo, units: Units) -> None:
    """Does an alarm fire on high spend?

    Passes: a complete alarm on a metric named with cost, usd, spend or price, or on AWS/Billing EstimatedCharges; or a
        budget with a limit and a notification that has a subscriber; or a subscription to cost anomalies with a
        subscriber.
    Falls short: none of these; a budget number in configuration; a tracker that logs "budget exceeded"; a threshold
        colour on a dashboard; a budget without notification; a script that prints a cost issue.
    Impact: A fault or abuse can burn the budget in one night.
    Recommendation: Add a budget with an 80 % notification and an alarm on the LLM cost metric.
    """
    found = repo.telemetry.alarm_kinds.on_cost()
    units.decide("cost alarm", found.ok, *found.places, note=found.note)


@check(
    severity="medium",
    effort_days=1,
    standard="AWS Well-Architected REL 6 (REL06-BP03); Prometheus docs: Alerting rules",
    depends_on=["monitoring_observability.metrics.circuit_breaker_metrics"],
    meets=[
        Example({"rules.yml": rules("max by (service) (circuit_breaker_state) == 1"), **CODE}, why="a Prometheus rule"),
        Example(
            cdk(FILTERED) | {"breaker.py": LOGGED}, why="a metric filter on the log line of an opening, and its alarm"
        ),
        Example({"t.yaml": FILTERED_TEMPLATE, "breaker.py": LOGGED}, why="the same in CloudFormation"),
        Example({"grafana/a.yaml": grafana_rule("circuit_breaker_state"), **CODE}, why="a Grafana rule"),
    ],
    falls_short=[
        Example({"breaker.py": LOGGED}, score=0, why="none"),
        Example(
            {"rules.yml": rules("circuit_breaker_state", "{severity: page}"), **CODE}, score=0, why="no comparison"
        ),
    ],
    decoys=[
        Example({"rules.yml": rules("circuit_breaker_state == 1")}, why="a breaker metric that no code declares"),
        Example(
            cdk('logs.LogGroup(self, "CircuitBreakerLogs", log_group_name="/app/circuit-breaker")') | {"b.py": LOGGED},
            why="a log group named after the breaker",
        ),
        Example({"breaker.py": LOGGED, **CODE}, why="a log warning"),
        Example(
            {"docs/alarms.md": GUIDE.replace("Errors", "circuit_breaker_state"), **CODE}, why="a command in a guide"
        ),
        Example(
            {"t.yaml": FILTERED_TEMPLATE.replace("circuit breaker opened", "breaker tripped"), "breaker.py": LOGGED},
            why="a filter for a message that no code logs",
        ),
        Example({"t.yaml": template("CircuitBreakerOpen", "Shop")}, why="a CloudWatch metric that no code writes"),
    ],
)
def test_circuit_breaker_alarm(repo: Repo, units: Units) -> None:
    """Does an alarm fire when a circuit breaker opens?

    Passes: at least one complete alarm whose metric is a circuit breaker metric that application code declares, or
        counts, by a metric filter, a log message of an opening which application code emits.
    Falls short: none; an alarm on a breaker metric that no code declares; a log group named after the breaker; a log
        warning; a command in a guide.
    Impact: Degraded operation on fallbacks stays unnoticed.
    Recommendation: Alarm on breaker state open for more than a minute, per service.
    """
    found = repo.telemetry.alarm_kinds.on("an open circuit breaker")
    units.decide("circuit breaker alarm", found.ok, *found.places, note=found.note)


@check(
    severity="medium",
    effort_days=1,
    standard="Google SRE book ch. 6 (four golden signals); AWS Well-Architected REL 6 (REL06-BP03)",
    meets=[
        Example(cdk(alarm("Duration")), why="CDK"),
        Example(cdk(HELPED), why="CDK, made by a helper method"),
        Example({"t.yaml": template("TargetResponseTime", "AWS/ApplicationELB")}, why="CloudFormation"),
        Example({"main.tf": terraform("IntegrationLatency", "AWS/ApiGateway")}, why="Terraform"),
        Example({"main.tf": terraform("InvocationLatency", "AWS/Bedrock")}, why="the model's own latency"),
        Example({"rules.yml": rules(f"{P95} > 2"), **CODE}, why="a quantile"),
        Example(
            {"rules.yml": rules(f"{MEAN} > 1"), **CODE},
            why="an average",
        ),
        Example({"infra/cdk.json": "{}", "infra/alarms.py": PUT + RUN}, why="a script"),
    ],
    falls_short=[
        Example({"app.py": "print('hello')\n"}, score=0, why="none"),
        Example(cdk(alarm("Duration", action="cloudwatch.SnsAction(self.topic)")), score=0, why="no such action"),
        Example(cdk(UNCALLED.replace("Errors", "Duration")), score=0, why="in a method that nothing calls"),
        Example({"rules.yml": rules(f"{P95} > 2")}, score=0, why="a metric that no code declares"),
    ],
    decoys=[
        Example({"settings.py": "REQUEST_TIMEOUT = 30\n", **CODE}, why="a timeout setting"),
        Example(
            {"grafana/l.json": grafana(panel("p95", P95, fieldConfig={"defaults": {"thresholds": {"steps": [
                {"value": 2, "color": "red"}]}}})), **CODE},
            why="a latency panel with a threshold colour",
        ),
        Example({"docs/slo.md": "# SLO\n\nThe p95 latency of the API is below 500 ms.\n"}, why="an SLO in a document"),
        Example(
            {"rules.yml": rules("rate(http_request_duration_seconds_count[5m]) > 100"), **CODE},
            why="the count of a timing is traffic",
        ),
        Example({"t.yaml": template("Duration").replace("Average", "SampleCount")}, why="how often, not how long"),
    ],
)  # fmt: skip
def test_latency_alarm(repo: Repo, units: Units) -> None:
    """Does an alarm fire on high latency?

    Passes: at least one complete alarm on latency: Duration, Latency, IntegrationLatency, TargetResponseTime,
        InvocationLatency, or a metric named with latency, duration or response_time, as average, percentile or
        quantile.
    Falls short: none; one without a valid action or in a method that nothing calls; a timeout setting; a latency panel
        or threshold colour on a dashboard; an SLO in a document.
    Impact: Customers wait and leave while every dashboard is green.
    Recommendation: Alarm on p95 latency of the API and of LLM calls against the agreed objective.
    """
    found = repo.telemetry.alarm_kinds.on("latency")
    units.decide("latency alarm", found.ok, *found.places, note=found.note)
