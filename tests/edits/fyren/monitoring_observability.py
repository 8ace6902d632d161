"""Edits of Fyren for the checks of monitoring_observability."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/fyren"
DASHBOARDS, METRICS, ALARMS, LOGGING = (
    f"monitoring_observability.{n}" for n in ("dashboards", "metrics", "alarms", "logging")
)
BOARD, RULES, DEPLOYED = "deploy/grafana/fyren.json", "deploy/prometheus/rules.yaml", "deploy/terraform/drift.tf"
LOGS, GATEWAY, DECLARED = f"{SRC}/loggning.py", f"{SRC}/modell/gateway.py", f"{SRC}/matvarden.py"
DOOR, SERVER, IDENTITY = f"{SRC}/plattform/fasad.py", f"{SRC}/webb/server.py", f"{SRC}/webb/identitet.py"
HEALTH_BOARD = "infrastructure_resilience.health_monitoring.health_dashboard_exists"
CACHING, COSTS = "performance_scalability.caching", "performance_scalability.cost_efficiency"
WIDGET = 'metrics = [["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "fyren"]]'
PER_AGENT = "sum by (agent) (rate(agent_failures_total[5m]))"
PASSED = '        LLM_CALLS.labels(provider=provider.name, status="ok").inc()\n'
TIMED = "        with LLM_SECONDS.labels(provider=provider.name).time():\n            answer = await provider.complete(prompt)\n"
SPENT = "        LLM_COST.labels(provider=provider.name).inc(cost)\n"
RECORD = '"tokens": answer.tokens, "cost_usd": cost}'
SHOWN = "BREAKER_OPEN.labels(service=cb.name).set(cb.current_state == pybreaker.STATE_OPEN)"
FORMAT = '"%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s %(tenant_id)s"'

PAIRS: dict[str, Pair] = {
    f"{DASHBOARDS}.cloudwatch_dashboard_exists": Pair(
        [Edit(DEPLOYED, '        type = "metric"\n', '        type = "text"\n'), Edit(DEPLOYED, f"          {WIDGET}\n", '          markdown = "CPUUtilization: se AWS/RDS"\n')],
        [Edit(DEPLOYED, WIDGET, WIDGET.replace("]]", '], [".", "FreeStorageSpace", ".", "."]]'))],
    ),
    f"{DASHBOARDS}.grafana_dashboard_exists": Pair(
        [Edit(BOARD, ' "panels": [', ' "panels": [,')],
        [Edit(BOARD, '{\n "title": "Fyren",', '{\n "uid": "fyren",\n "title": "Fyren i drift",')],
        also=[f"{DASHBOARDS}.llm_usage_dashboard", f"{DASHBOARDS}.agent_health_dashboard", HEALTH_BOARD,
              f"{CACHING}.cache_monitoring_exists"],
    ),
    f"{DASHBOARDS}.llm_usage_dashboard": Pair(
        [Edit(DECLARED, '"llm_request_duration_seconds"', '"llm_answer_duration_seconds"')],
        [Edit(BOARD, "rate(llm_calls_total{status=\\\"error\\\"}[5m])", "increase(llm_calls_total{status!=\\\"ok\\\"}[5m])")],
    ),
    f"{DASHBOARDS}.agent_health_dashboard": Pair(
        [Edit(BOARD, PER_AGENT, "sum by (agent) (rate(agent_answers_total[5m]))"),
         Edit(DECLARED, '"agent_failures_total", "Answers that an agent could not get from a model."', '"agent_answers_total", "Answers of an agent."')],
        [Edit(BOARD, PER_AGENT, "topk(5, sum(increase(agent_failures_total[1h])) by (agent))")],
    ),
    f"{METRICS}.prometheus_metrics_exposed": Pair(
        [Edit(SERVER, "make_asgi_app())", "make_asgi_app(registry=CollectorRegistry()))"), Edit(SERVER, "import make_asgi_app", "import CollectorRegistry, make_asgi_app")],
        [Edit(SERVER, "make_asgi_app())", "make_asgi_app(registry=REGISTRY))"), Edit(SERVER, "import make_asgi_app", "import REGISTRY, make_asgi_app")],
        also=[f"{METRICS}.llm_metrics_tracked", f"{METRICS}.circuit_breaker_metrics", f"{METRICS}.cost_metrics_tracked"],
    ),
    f"{METRICS}.llm_metrics_tracked": Pair(
        [Edit(GATEWAY, "        LLM_TOKENS.labels(provider=provider.name).inc(answer.tokens)\n", ""), Edit(GATEWAY, "LLM_SECONDS, LLM_TOKENS", "LLM_SECONDS")],
        [Edit(GATEWAY, TIMED, "        began = time.perf_counter()\n        answer = await provider.complete(prompt)\n"
              "        LLM_SECONDS.labels(provider.name).observe(time.perf_counter() - began)\n"), Edit(GATEWAY, "import logging\n", "import logging\nimport time\n")],
    ),
    f"{METRICS}.circuit_breaker_metrics": Pair(
        [Edit(DOOR, "            listeners=[BreakerLog()],\n", "")],
        [Edit(DOOR, SHOWN, "is_open = cb.current_state == pybreaker.STATE_OPEN\n        BREAKER_OPEN.labels(cb.name).set(1 if is_open else 0)")],
        also=["infrastructure_resilience.failover.failover_logged"],
    ),
    f"{METRICS}.cost_metrics_tracked": Pair(
        [Edit(GATEWAY, SPENT, SPENT.replace("cost)", ")"))],
        [Edit(GATEWAY, SPENT, SPENT.replace("inc(cost)", "inc(max(cost, 0))"))],
    ),
    f"{ALARMS}.high_error_rate_alarm": Pair(
        [Edit(RULES, "/ sum(rate(http_requests_total[5m])) > 0.02", "/ sum(rate(http_requests_total[5m]))")],
        [Edit(RULES, "/ sum(rate(http_requests_total[5m])) > 0.02", "> 0.02 * sum(rate(http_requests_total[5m]))")],
    ),
    f"{ALARMS}.high_cost_alarm": Pair(
        [Edit(RULES, "sum(increase(llm_cost_usd_total[1d])) > 40\n        labels: {severity: ticket}", "sum(increase(llm_cost_usd_total[1d])) > 40"),
         Edit(DEPLOYED, '    subscriber_email_addresses = ["drift@fyren.example"]\n', "")],
        [Edit(RULES, "sum(increase(llm_cost_usd_total[1d])) > 40", "sum(increase(llm_cost_usd_total[1h])) * 24 >= 40")],
        also=[f"{COSTS}.budget_alerts_configured"],
        alone=True,
    ),
    f"{ALARMS}.circuit_breaker_alarm": Pair(
        [Edit(RULES, "      - alert: BortkoppladTjanst\n", "      - record: service:circuit_breaker_open:max\n")],
        [Edit(RULES, "max by (service) (circuit_breaker_open) > 0", "avg_over_time(circuit_breaker_open[5m]) > 0.5")],
    ),
    f"{ALARMS}.latency_alarm": Pair(
        [Edit(RULES, "rate(http_request_duration_seconds_bucket[5m])", "rate(http_response_duration_seconds_bucket[5m])")],
        [Edit(RULES, "histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > 1",
              "sum(rate(http_request_duration_seconds_sum[5m])) / sum(rate(http_request_duration_seconds_count[5m])) > 0.4")],
    ),
    f"{LOGGING}.structured_logging": Pair(
        [Edit(SERVER, "    configure(settings.log_level)\n", ""), Edit(SERVER, "from fyren.loggning import configure\n", ""), Edit(SERVER, "from fyren.settings import settings\n", "")],
        [Edit(LOGS, "    root.handlers[:] = [handler]\n", "    root.handlers.clear()\n    root.addHandler(handler)\n")],
        also=[f"{LOGGING}.trace_ids_present", f"{LOGGING}.tenant_id_logged", f"{LOGGING}.cost_logged"],
    ),
    f"{LOGGING}.trace_ids_present": Pair(
        [Edit(IDENTITY, '        request_id.set(request.headers.get("x-request-id") or uuid4().hex)\n', '        request.state.request_id = request.headers.get("x-request-id") or uuid4().hex\n'),
         Edit(IDENTITY, "import request_id, tenant_id", "import tenant_id")],
        [Edit(IDENTITY, 'request_id.set(request.headers.get("x-request-id") or uuid4().hex)', 'request_id.set(request.headers.get("traceparent", uuid4().hex))')],
    ),
    f"{LOGGING}.tenant_id_logged": Pair(
        [Edit(LOGS, "    handler.addFilter(ContextFilter())\n", ""), Edit(LOGS, FORMAT, '"%(asctime)s %(levelname)s %(name)s %(message)s"')],
        [Edit(LOGS, FORMAT, '"{asctime} {levelname} {name} {message} {request_id} {tenant_id}", style="{"')],
        also=[f"{LOGGING}.trace_ids_present", f"{LOGGING}.cost_logged"],
    ),
    f"{LOGGING}.cost_logged": Pair(
        [Edit(GATEWAY, RECORD, '"tokens": answer.tokens}')],
        [Edit(GATEWAY, RECORD, '"tokens": answer.tokens, "usd": round(cost, 6)}')],
    ),
}  # fmt: skip
