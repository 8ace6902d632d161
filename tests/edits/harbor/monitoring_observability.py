"""Edits of Harbor for the checks of monitoring_observability."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/harbor"
LOGGING = "monitoring_observability.logging"
USAGE_FILE = f"{SRC}/llm/usage.py"
DASHBOARDS, METRICS, ALARMS = (f"monitoring_observability.{name}" for name in ("dashboards", "metrics", "alarms"))
BOARD, RULES, BREAKER_FILE = "infra/grafana/harbor.json", "infra/prometheus/alerts.yml", f"{SRC}/platform/breaker.py"
HEALTH_BOARD = "infrastructure_resilience.health_monitoring.health_dashboard_exists"
CACHING, COSTS = "performance_scalability.caching", "performance_scalability.cost_efficiency"
SLOW = "sum by (le) (rate(harbor_http_request_duration_seconds_bucket[5m]))"

PAIRS: dict[str, Pair] = {
    f"{DASHBOARDS}.cloudwatch_dashboard_exists": Pair(
        [Edit("infra/app.py", 'MonitoringStack(app, "HarborMonitoring")\n', "")],
        [Edit("infra/monitoring.py", 'GraphWidget(title="Load of the database", left=', 'SingleValueWidget(title="Load", metrics=')],
    ),
    f"{DASHBOARDS}.grafana_dashboard_exists": Pair(
        [Edit(BOARD, '"schemaVersion": 39', '"schemaVersion": "39"')],
        [Edit(BOARD, '"schemaVersion": 39', '"schemaVersion": 36')],
        also=[f"{DASHBOARDS}.llm_usage_dashboard", f"{DASHBOARDS}.agent_health_dashboard", HEALTH_BOARD,
              f"{COSTS}.cost_monitoring_exists", f"{CACHING}.cache_monitoring_exists"],
    ),
    f"{DASHBOARDS}.llm_usage_dashboard": Pair(
        [Edit(BOARD, "rate(harbor_llm_requests_total[5m])", "rate(harbor_llm_request_total[5m])")],
        [Edit(BOARD, "(model, outcome) (rate(harbor_llm_requests_total[5m]))", "(outcome) (increase(harbor_llm_requests_total[1h]))")],
    ),
    f"{DASHBOARDS}.agent_health_dashboard": Pair(
        [Edit(BOARD, "sum by (agent) (rate(harbor_agent_failures_total[5m]))", "sum(rate(harbor_agent_failures_total[5m]))")],
        [Edit(BOARD, "sum by (agent) (rate(harbor_agent_failures_total[5m]))", "rate(harbor_agent_failures_total[5m])")],
    ),
    f"{METRICS}.prometheus_metrics_exposed": Pair(
        [Edit(f"{SRC}/web/app.py", 'service.mount("/metrics", make_asgi_app())', "make_asgi_app()")],
        [Edit(f"{SRC}/web/app.py", "make_asgi_app())", "make_asgi_app(disable_compression=True))")],
        also=[f"{METRICS}.llm_metrics_tracked", f"{METRICS}.circuit_breaker_metrics", f"{METRICS}.cost_metrics_tracked"],
    ),
    f"{METRICS}.llm_metrics_tracked": Pair(
        [Edit(USAGE_FILE, "SECONDS.labels(model).observe(time.monotonic() - start)", "log.debug(time.monotonic() - start)")],
        [Edit(USAGE_FILE, 'outcome = "ok"', 'outcome = "answered"')],
    ),
    f"{METRICS}.circuit_breaker_metrics": Pair(
        [Edit(BREAKER_FILE, "            OPEN.labels(self.name).set(1)\n", ""),
         Edit(BREAKER_FILE, "            OPEN.labels(self.name).set(0)\n", "")],
        [Edit(BREAKER_FILE, "            OPEN.labels(self.name).set(0)\n", "")],
        also=[HEALTH_BOARD],
    ),
    f"{METRICS}.cost_metrics_tracked": Pair(
        [Edit(USAGE_FILE, "COST.labels(model=model).inc(cost)", "COST.labels(model=model).inc(0.001)")],
        [Edit(USAGE_FILE, "COST.labels(model=model).inc(cost)", "COST.labels(model).inc(round(cost, 6))")],
    ),
    f"{ALARMS}.high_error_rate_alarm": Pair(
        [Edit(RULES, 'status=~"5.."', 'status=~"4.."')],
        [Edit(RULES, 'status=~"5.."', 'status=~"500|502|503"')],
    ),
    f"{ALARMS}.high_cost_alarm": Pair(
        [Edit("infra/spending.py", '[{"subscriptionType": "EMAIL", "address": "ops@harbor.example"}]', "[]")],
        [Edit("infra/spending.py", '"amount": 400', '"amount": 250')],
        also=[f"{COSTS}.budget_alerts_configured"],
    ),
    f"{ALARMS}.circuit_breaker_alarm": Pair(
        [Edit(RULES, "harbor_breaker_open", "harbor_breaker_opened")],
        [Edit(RULES, "max by (service) (harbor_breaker_open) == 1", "harbor_breaker_open > 0")],
    ),
    f"{ALARMS}.latency_alarm": Pair(
        [Edit(RULES, f"histogram_quantile(0.95, {SLOW}) > 3", f"histogram_quantile(0.95, {SLOW})")],
        [Edit(RULES, f"histogram_quantile(0.95, {SLOW}) > 3", f"3 < histogram_quantile(0.99, {SLOW})")],
    ),
    f"{LOGGING}.structured_logging": Pair(
        [Edit(f"{SRC}/logs.py", "return json.dumps(entry)", 'return " ".join(f"{k}={v}" for k, v in entry.items())')],
        [Edit(f"{SRC}/logs.py", "return json.dumps(entry)", "line = json.dumps(entry, default=str)\n        return line")],
    ),
    f"{LOGGING}.trace_ids_present": Pair(
        [Edit(f"{SRC}/logs.py", '            "request_id": request_id.get(),\n', "")],
        [Edit(f"{SRC}/logs.py", '"request_id": request_id.get()', '"trace_id": request_id.get()')],
    ),
    f"{LOGGING}.tenant_id_logged": Pair(
        [Edit(USAGE_FILE, '{"tenant_id": tenant_id.get(), "model": model', '{"model": model')],
        [Edit(USAGE_FILE, "extra=used", "extra=dict(used)")],
        also=[f"{LOGGING}.cost_logged"],
    ),
    f"{LOGGING}.cost_logged": Pair(
        [Edit(USAGE_FILE, '"cost_usd": cost}', '"price": price_in}')],
        [Edit(USAGE_FILE, '"cost_usd": cost}', '"cost_usd": round(cost, 6)}')],
    ),
}  # fmt: skip
