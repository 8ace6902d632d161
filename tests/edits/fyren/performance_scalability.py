"""Edits of Fyren for the checks of performance_scalability."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

COST = "performance_scalability.cost_efficiency"

CACHING, SCALABILITY = "performance_scalability.caching", "performance_scalability.scalability"
SRC, CLUSTER, BOARD = "src/fyren", "deploy/k8s/api.yaml", "deploy/grafana/fyren.json"
CLOUD, LOCAL, VENDORS, WEB = (
    f"{SRC}/{name}.py" for name in ("plattform/moln", "plattform/lokal", "modell/leverantorer", "webb/protokoll")
)
COUNTED = "        (CACHE_MISSES if value is None else CACHE_HITS).inc()\n"
KEPT = "        self.redis.set(key, value, ex=settings.cache_ttl_s)\n"

PAIRS: dict[str, Pair] = {
    f"{SCALABILITY}.auto_scaling_configured": Pair(
        [Edit(CLUSTER, "kind: Deployment, name: fyren-api}", "kind: Deployment, name: fyren}")],
        [Edit(CLUSTER, "averageUtilization: 60", "averageUtilization: 75"), Edit(CLUSTER, "minReplicas: 2", "minReplicas: 3")],
        also=[f"{SCALABILITY}.load_balancing_configured"],
    ),
    f"{SCALABILITY}.horizontal_scaling_possible": Pair(
        [Edit(WEB, "Db = Annotated", "latest: dict[str, str] = {}\nDb = Annotated"),
         Edit(WEB, '    log.info("protocol %s written", added.id)\n', '    log.info("protocol %s written", added.id)\n    latest[tenant_id] = text\n')],
        [Edit(WEB, "Db = Annotated", 'TITLES: dict[str, str] = {"nord": "Nord AB"}\nDb = Annotated'),
         Edit(WEB, '    log.info("protocol %s written", added.id)\n', '    log.info("protocol %s of %s written", added.id, TITLES.get(tenant_id))\n')],
    ),
    f"{SCALABILITY}.load_balancing_configured": Pair(
        [Edit(CLUSTER, "  selector: {app: fyren-api}\n  ports", "  selector: {app: fyren}\n  ports")],
        [Edit(CLUSTER, "  selector: {app: fyren-api}\n  ports", "  type: ClusterIP\n  selector: {app: fyren-api}\n  ports")],
    ),
    f"{CACHING}.cache_ttl_configured": Pair(
        [Edit(CLOUD, KEPT, f"        if len(value) > 4000:\n    {KEPT}        else:\n            self.redis.set(key, value)\n")],
        [Edit(CLOUD, KEPT, "        self.redis.setex(key, settings.cache_ttl_s, value)\n")],
    ),
    f"{CACHING}.cache_invalidation_works": Pair(
        [Edit("tests/test_plattform.py", '    cache.forget("answer:")\n    assert cache.get("answer:1") is None\n',
              '    cache.forget = MagicMock()\n    cache.forget("answer:")\n    cache.forget.assert_called_once_with("answer:")\n')],
        [Edit(LOCAL, "            del self.cache[key]\n", "            self.cache.pop(key, None)\n")],
    ),
    f"{CACHING}.cache_monitoring_exists": Pair(
        [Edit(CLOUD, COUNTED, "        if value is not None:\n            CACHE_HITS.inc()\n")],
        [Edit(CLOUD, COUNTED, "        if value is None:\n            CACHE_MISSES.inc()\n        else:\n            CACHE_HITS.inc()\n")],
    ),
    f"{COST}.cost_optimization_implemented": Pair(
        [Edit(VENDORS, '            inferenceConfig={"maxTokens": 700},\n', '            inferenceConfig={"temperature": 0.2},\n')],
        [Edit(VENDORS, 'inferenceConfig={"maxTokens": 700}', 'inferenceConfig={"maxTokens": 700, "temperature": 0.2}')],
    ),
    f"{COST}.cost_monitoring_exists": Pair(
        [Edit(f"{SRC}/matvarden.py", '"llm_cost_usd_total"', '"llm_spend_usd_total"')],
        [Edit(BOARD, "sum by (provider) (increase(llm_cost_usd_total[1d]))", "sum(increase(llm_cost_usd_total[30d]))")],
        also=["monitoring_observability.dashboards.llm_usage_dashboard"],
    ),
    f"{COST}.budget_alerts_configured": Pair(
        [Edit("deploy/terraform/drift.tf", '["drift@fyren.example"]', "[]"),
         Edit("deploy/prometheus/rules.yaml", "sum(increase(llm_cost_usd_total[1d])) > 40", "sum(increase(llm_cost_usd_total[1d]))")],
        [Edit("deploy/terraform/drift.tf", 'subscriber_email_addresses = ["drift@fyren.example"]', 'subscriber_sns_topic_arns  = ["arn:aws:sns:eu-north-1:123456789012:drift"]')],
        also=["monitoring_observability.alarms.high_cost_alarm"],
    ),
    f"{COST}.cost_per_user_estimated": Pair(
        [Edit("docs/kostnader.md", "1,44 dollar", "14,40 dollar")],
        [Edit("docs/kostnader.md", "0,11 dollar", "0,12 dollar"), Edit("docs/kostnader.md", "frågor per användare", "anrop per användare")],
    ),
}  # fmt: skip
