"""Can a person see how the system fares: in CloudWatch, in Grafana, its language models, each agent?"""

from pytest_readiness.authoring import (
    Example,
    Repo,
    Units,
    asking,
    check,
    in_cloud,
    needs_agents,
    needs_cloud,
    needs_models,
    with_agents,
)

from .dashboard_examples import (
    AGENT_EMF,
    AGENT_METRICS,
    AGENT_STACK,
    BEDROCK,
    BODY,
    CALLS,
    CONFIG_MAP,
    COST,
    GRAFANA_TERRAFORM,
    GRAFANALIB,
    JSONNET,
    LATENCY,
    LLM_BOARD,
    LOOPED,
    NO_STACK,
    PUT,
    ROW,
    RUN,
    TEMPLATE,
    TERRAFORM,
    WIDGETS,
    cdk,
    grafana,
    panel,
)
from .telemetry_examples import LLM_METRICS

MEAN = "rate(llm_request_duration_seconds_sum[5m]) / rate(llm_request_duration_seconds_count[5m])"
SIGNALS = {"LLM requests": "calls", "LLM latency": "latency", "LLM cost or tokens": "cost", "LLM errors": "errors"}
RATE = panel("Rate", "sum(rate(http_requests_total[5m]))")
GUIDE = "# Monitoring\n\n```bash\naws cloudwatch put-dashboard --dashboard-name x --dashboard-body file://x.json\n```\n"
ALARM_ONLY = """cloudwatch.Alarm(self, "A", threshold=1, evaluation_periods=1,
            metric=cloudwatch.Metric(namespace="AWS/Lambda", metric_name="Errors"))
"""


def agents(*panels: dict[str, object]) -> dict[str, str]:
    """An application that measures its agents, and a dashboard."""
    return {"metrics.py": AGENT_METRICS, "grafana/agents.json": grafana(*panels, title="Agents")}


@check(
    severity="medium",
    effort_days=2,
    standard="Amazon CloudWatch docs: Dashboard Body Structure and Syntax; AWS Well-Architected REL 6; Google SRE book "
    "ch. 6",
    meets=in_cloud(
        [
            Example(cdk(WIDGETS), why="CDK, in a helper method"),
            Example(cdk(LOOPED), why="CDK, widgets collected in a loop"),
            Example({"template.yaml": TEMPLATE}, why="CloudFormation"),
            Example({"infra/main.tf": TERRAFORM}, why="Terraform"),
            Example({"monitoring/queues.json": BODY}, why="a JSON body"),
            Example({"scripts/boards.py": PUT + RUN}, why="a deployment script"),
        ]
    ),
    falls_short=in_cloud(
        [
            Example({"app.py": "print('hello')\n"}, score=0, why="no dashboard"),
            Example(
                {"template.yaml": TEMPLATE.replace('"widgets"', '"widgets')}, score=0, why="a body that does not parse"
            ),
            Example(
                cdk(WIDGETS.replace("cloudwatch.GraphWidget", "cloudwatch.LineWidget")),
                score=0,
                why="no such widget exists",
            ),
        ]
    ),
    decoys=in_cloud(
        [
            Example(cdk("pass"), why="an import of aws_cloudwatch"),
            Example(cdk('cloudwatch.Dashboard(self, "Board")'), why="a Dashboard construct without widgets"),
            Example(
                cdk('cloudwatch.Dashboard(self, "B", widgets=[[cloudwatch.TextWidget(markdown="# Errors")]])'),
                why="a text widget names no metric",
            ),
            Example(cdk(WIDGETS, NO_STACK), why="a stack that the app never instantiates"),
            Example({"boards.py": PUT}, why="a put_dashboard in a function that nothing calls"),
            Example(
                {"scripts/boards.py": PUT.replace("json.dumps(body)", """str(body).replace("'", '"')""") + RUN},
                why="a body that is no JSON",
            ),
            Example({"grafana/shop.json": grafana(RATE)}, why="a Grafana JSON file"),
            Example({"docs/guide.md": GUIDE}, why="a shell command in a guide"),
            Example(cdk(ALARM_ONLY), why="alarms only"),
        ]
    ),
)
def test_cloudwatch_dashboard_exists(repo: Repo, units: Units) -> None:
    """Is a CloudWatch dashboard with metric widgets defined in deployable form?

    Passes: at least one CloudWatch dashboard in infrastructure code, in a template, or put by live code or a deployment
        script, with at least one widget that names a metric.
    Falls short: none. An import of aws_cloudwatch, a Dashboard construct without widgets or in a stack that the app
        never instantiates, a put_dashboard that nothing calls, a Grafana file, a command in a guide and alarms are no
        dashboard.
    Unknown: the repository uses no cloud provider.
    Impact: Nobody sees the system's state at a glance when something goes wrong.
    Recommendation: Add a CloudWatch dashboard with traffic, errors, latency and saturation widgets to the monitoring
        stack.
    """
    needs_cloud(repo)
    boards = [d for d in repo.telemetry.dashboards if d.kind == "cloudwatch" and d.with_queries]
    if not boards:
        rejected = repo.telemetry.rejected_dashboards
        why = f": {rejected[0].note}" if rejected else ""
        units.bad("CloudWatch dashboard", *rejected, note=f"no dashboard with a metric widget can be deployed{why}")
    for board in boards[:1]:
        shown = ", ".join(dict.fromkeys(q for panel in board.with_queries for q in panel.queries))
        units.good("CloudWatch dashboard", board, note=f"dashboard {board.title} shows {shown}")


@check(
    severity="medium",
    effort_days=2,
    standard="Grafana docs: Dashboard JSON model; Google SRE book ch. 6",
    depends_on=["monitoring_observability.metrics.prometheus_metrics_exposed"],
    meets=[
        Example({"grafana/shop.json": grafana(RATE)}, why="a JSON file"),
        Example({"ops/boards/a.json": '{"dashboard": ' + grafana(RATE) + "}"}, why="wrapped as the API takes it"),
        Example({"grafana/shop.json": grafana(ROW)}, why="a panel inside a row"),
        Example(
            {"grafana/sql.json": grafana({"title": "Orders", "type": "stat", "targets": [{"rawSql": "select 1"}]})},
            why="a SQL query",
        ),
        Example({"boards/shop.dashboard.py": GRAFANALIB}, why="grafanalib"),
        Example({"boards/shop.jsonnet": JSONNET}, why="Jsonnet"),
        Example({"grafana.tf": GRAFANA_TERRAFORM}, why="Terraform"),
        Example({"k8s/boards.yaml": CONFIG_MAP}, why="a ConfigMap"),
    ],
    falls_short=[
        Example({"app.py": "print('hello')\n"}, score=0, why="no dashboard"),
        Example({"grafana/shop.json": grafana(RATE)[:-3]}, score=0, why="a file that does not parse"),
        Example({"grafana/shop.json": grafana(panel("Rate"))}, score=0, why="panels without targets"),
        Example({"grafana/shop.json": grafana(panel("Rate", "", " "))}, score=0, why="empty queries"),
    ],
    decoys=[
        Example(
            {"grafana/shop.json": grafana({"title": "About", "type": "text", "options": {"content": "rate(x[5m])"}})},
            why="text panels only",
        ),
        Example({"grafana/README.md": "# Dashboards\n\nImport the Grafana dashboard from our wiki.\n"}, why="a README"),
        Example({".env.example": "GRAFANA_PORT=3000\n"}, why="a GRAFANA_PORT setting"),
        Example(
            {"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n\n@app.get('/dashboard')\ndef dashboard():\n"
                       "    return {'title': 'Shop', 'schemaVersion': 9, 'panels': [{'targets': [{'expr': 'up'}]}]}\n"},
            why="a route named dashboard that returns JSON",
        ),
        Example({"monitoring/queues.json": BODY}, why="a CloudWatch body"),
        Example(
            {"grafana/shop.json": grafana(RATE).replace('"schemaVersion": 39,', "")}, why="no schema version"
        ),
        Example({"tests/data/shop.json": grafana(RATE)}, why="data of a test"),
        Example(
            {"boards/shop.jsonnet": "local d = import 'lib';\n// prometheus.target('up')\nd.dashboard.new('x')\n"},
            why="a query in a comment",
        ),
    ],
)  # fmt: skip
def test_grafana_dashboard_exists(repo: Repo, units: Units) -> None:
    """Is there a Grafana dashboard with at least one real query?

    Passes: a Grafana dashboard file with at least one panel, rows opened, that has a target with a query; or one that
        committed grafanalib, Jsonnet or Terraform code generates.
    Falls short: none; a file that does not parse; panels without targets or with empty queries; text panels only; a
        README about a dashboard; a GRAFANA_PORT setting; a route named dashboard that returns JSON.
    Impact: Teams have no shared view of the service's metrics.
    Recommendation: Commit a Grafana dashboard as JSON and provision it from the repository.
    """
    boards = [d for d in repo.telemetry.dashboards if d.kind == "grafana"]
    shown = [d for d in boards if d.with_queries]
    if not shown:
        note = "no Grafana dashboard with a query is committed"
        empty = (d for d in boards if not d.with_queries)
        units.bad("Grafana dashboard", *empty, note="no panel has a query" if boards else note)
    for board in shown[:1]:
        units.good("Grafana dashboard", board, note=f"'{board.title}': {len(board.with_queries)} panels with queries")


@check(
    severity="high",
    effort_days=2,
    standard="OpenTelemetry GenAI semantic conventions (metrics); Google SRE book ch. 6 (four golden signals)",
    depends_on=["monitoring_observability.metrics.llm_metrics_tracked"],
    meets=asking([
        Example({"llm_metrics.py": LLM_METRICS, "grafana/llm.json": LLM_BOARD}, why="Grafana on metrics of the code"),
        Example({"template.yaml": BEDROCK}, why="what AWS Bedrock emits, in CloudWatch"),
        Example(
            {
                "llm_metrics.py": LLM_METRICS,
                "boards/llm.json": grafana(
                    panel("Outcome", "sum by (status) (rate(llm_requests_total[5m]))"),
                    panel("Mean", MEAN),
                    panel("Tokens", "sum(rate(llm_tokens_total[5m])) by (kind)"),
                ),
            },
            why="split by status, an average, tokens",
        ),
        Example(
            {
                "llm_metrics.py": LLM_METRICS,
                "boards/llm.json": grafana(
                    panel("Failed", 'sum(rate(llm_requests_total{status!="ok"}[5m]))'), LATENCY, COST
                ),
            },
            why="all that did not go well",
        ),
    ]),
    falls_short=asking([
        Example({"llm_metrics.py": LLM_METRICS}, score=0, why="no dashboard"),
        Example(
            {"llm_metrics.py": LLM_METRICS, "grafana/llm.json": grafana(CALLS, COST)}, score=50, why="two of four"
        ),
        Example(
            {"llm_metrics.py": LLM_METRICS, "grafana/llm.json": grafana(CALLS, LATENCY, COST)}, score=75
        ),
    ]),
    decoys=asking([
        Example({"grafana/llm.json": LLM_BOARD}, score=0, why="metrics that no code declares"),
        Example(
            {"llm_metrics.py": LLM_METRICS, "grafana/llm.json": LLM_BOARD.replace("llm_requests", "llm_request")},
            score=50,
            why="a misspelt metric",
        ),
        Example(
            {"tests/llm_metrics.py": LLM_METRICS, "grafana/llm.json": LLM_BOARD}, score=0, why="declared in a test only"
        ),
        Example(
            {"llm_metrics.py": LLM_METRICS, "grafana/llm.json": grafana(RATE, title="LLM requests, latency, cost")},
            score=0,
            why="only the title speaks of LLM",
        ),
        Example({"llm_metrics.py": LLM_METRICS, "grafana/llm.json": LLM_BOARD[:-2]}, score=0, why="does not parse"),
        Example(
            {"llm_metrics.py": LLM_METRICS, "grafana/llm.json": grafana(
                panel("Slow", "sum(rate(llm_request_duration_seconds_count[5m]))"))},
            score=25,
            why="how many timings there were is traffic, not latency",
        ),
        Example(
            {"llm_metrics.py": LLM_METRICS, "grafana/llm.json": grafana(
                panel("Done", 'sum(rate(llm_requests_total{status!="error"}[5m]))'), LATENCY, COST)},
            score=75,
            why="errors are left out",
        ),
    ]),
)  # fmt: skip
def test_llm_usage_dashboard(repo: Repo, units: Units) -> None:
    """Does a dashboard show LLM traffic, latency, cost and errors from metrics that exist?

    Passes: for each of the four signals, a panel queries a metric of language models that application code declares or
        AWS Bedrock emits: requests; latency as quantile, average or histogram; cost or tokens; errors, or the request
        metric split by a status label.
    Falls short: no such panel; a metric that is declared nowhere (misspelt, renamed, in a deleted module); only the
        title speaks of LLM; the JSON does not parse.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: The company cannot see what its AI features cost or whether they work.
    Recommendation: Build one LLM dashboard with request rate, p50/p95 latency, tokens and cost, and error rate per
        model and agent.
    """
    needs_models(repo)
    for name, signal in SIGNALS.items():
        found = repo.telemetry.llm.shown(signal)
        units.decide(name, found.ok, *found.places, note=found.note)


@check(
    severity="medium",
    effort_days=2,
    standard="Google SRE book ch. 6; AWS Well-Architected REL 6",
    depends_on=["monitoring_observability.metrics.prometheus_metrics_exposed"],
    meets=[*with_agents([
        Example(agents(panel("Errors", "sum(rate(agent_errors_total[5m])) by (agent_id)")), why="grouped by agent"),
        Example(agents(panel("Up", 'min(agent_up{agent=~"$agent"})')), why="filtered by a variable"),
        Example(agents(panel("Up", "agent_up")), why="one line for each agent: nothing is aggregated away"),
        Example(
            agents(panel("Failing", 'sum by (agent_name) (rate(agent_requests_total{status="error"}[5m]))')),
            why="requests split by their status",
        ),
        Example(cdk(AGENT_STACK) | {"beat.py": AGENT_EMF}, why="a CloudWatch dimension"),
    ]),
        Example(
            agents(panel("Sales", 'up{job="sales"}'), panel("Support", 'up{job="support"}'))
            | {"team/sales/lead.py": "", "team/support/lead.py": ""},
            settings={
                "teams": {
                    "sales": {"files": "team/sales/<role>.py", "roles": ["lead"]},
                    "support": {"files": "team/support/<role>.py", "roles": ["lead"]},
                }
            },
            why="one panel for each team of agents",
        ),
    ],
    falls_short=with_agents([
        Example({"metrics.py": AGENT_METRICS}, score=0, why="no dashboard"),
        Example(agents(panel("Errors", "sum(rate(agent_errors_total[5m]))")), score=0, why="no agent dimension"),
    ]),
    decoys=with_agents([
        Example(
            agents(panel("Requests", "sum(rate(agent_requests_total[5m])) by (agent_name)")),
            why="only request counts per agent",
        ),
        Example(agents(panel("Cost", "sum(agent_cost_usd_total) by (agent_id)")), why="only cost per agent"),
        Example(
            agents(panel("Errors", "sum(rate(job_errors_total[5m])) by (agent)")), why="a metric without that label"
        ),
        Example(
            agents(panel("Errors", "sum(rate(agents_errors_total[5m])) by (agent_id)")), why="no such metric"
        ),
        Example(
            {
                "metrics.py": AGENT_METRICS,
                "grafana/agents.json": '{"title": "A", "schemaVersion": 39, "templating": {"list": [{"name": "agent", '
                '"query": "label_values(agent_up, agent)"}]}, "panels": [{"title": "E", "type": "stat", "targets": '
                '[{"expr": "sum(rate(agent_errors_total[5m]))"}]}]}',
            },
            why="an agent template variable that no query uses",
        ),
        Example(
            {"metrics.py": AGENT_METRICS, "app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n\n"
             "@app.get('/agents/health')\ndef health():\n    return {'agent_up': 1}\n"},
            why="a health JSON endpoint",
        ),
        Example(
            {"beat.py": AGENT_EMF, "boards.py": PUT.replace('"Shop", "Orders"', '"Agents", "Heartbeat", "AgentId"')},
            why="a dashboard that only a dead function would create",
        ),
    ]),
)  # fmt: skip
def test_agent_health_dashboard(repo: Repo, units: Units) -> None:
    """Does a dashboard show the health of each agent?

    Passes: a panel's query uses a health metric that application code declares or the platform emits (named after up,
        health, heartbeat, alive, status, availability, errors, failures or success, or a request metric split by a
        status label), broken down or filtered by agent; or there is one such panel for each agent.
    Falls short: none; only request counts, cost or latency per agent; a health metric without an agent dimension; an
        agent variable that no query uses; a health endpoint; a dashboard that only dead code would create.
    Unknown: the repository has no agents.
    Impact: A dead or failing agent goes unnoticed until customers complain.
    Recommendation: Emit a health gauge and error counter per agent and add one row per agent to a dashboard.
    """
    needs_agents(repo)
    found = repo.telemetry.agent_health.finding
    units.decide("agent health", found.ok, *found.places, note=found.note)
