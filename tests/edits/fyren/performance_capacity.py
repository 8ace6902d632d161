"""Edits of Fyren for the checks of performance_scalability that rest on its code and its cluster."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

CACHING = "performance_scalability.caching"
COST = "performance_scalability.cost_efficiency"
SCALE = "performance_scalability.scalability"
CLOUD, API, BOARD = "src/fyren/plattform/moln.py", "deploy/k8s/api.yaml", "deploy/grafana/fyren.json"
ROUTES, VENDORS = "src/fyren/webb/protokoll.py", "src/fyren/modell/leverantorer.py"
BOARDS = "monitoring_observability.dashboards.llm_usage_dashboard"

PAIRS: dict[str, Pair] = {
    f"{SCALE}.auto_scaling_configured": Pair(
        [Edit(API, "minReplicas: 2\n  maxReplicas: 8", "minReplicas: 2\n  maxReplicas: 2")],
        [Edit(API, "averageUtilization: 60", "averageUtilization: 75")],
    ),
    f"{SCALE}.horizontal_scaling_possible": Pair(
        [Edit(ROUTES, 'me = APIRouter(prefix="/me")', 'me = APIRouter(prefix="/me")\ndrafts: dict[str, str] = {}'),
         Edit(ROUTES, "    added = Protocols(", "    drafts[tenant_id] = text\n    added = Protocols(")],
        [Edit(ROUTES, 'me = APIRouter(prefix="/me")', 'me = APIRouter(prefix="/me")\nLIMITS = {"text": 40_000}'),
         Edit(ROUTES, "    added = Protocols(", '    text = text[: LIMITS["text"]]\n    added = Protocols(')],
    ),
    f"{SCALE}.load_balancing_configured": Pair(
        [Edit(API, "          readinessProbe:\n            httpGet: {path: /healthz, port: 8000}\n", "")],
        [Edit(API, "pathType: Prefix", "pathType: ImplementationSpecific")],
    ),
    f"{CACHING}.cache_ttl_configured": Pair(
        [Edit(CLOUD, "self.redis.set(key, value, ex=settings.cache_ttl_s)", "self.redis.set(key, value)")],
        [Edit(CLOUD, "self.redis.set(key, value, ex=settings.cache_ttl_s)",
              "self.redis.setex(key, settings.cache_ttl_s, value)")],
    ),
    f"{CACHING}.cache_invalidation_works": Pair(
        [Edit(ROUTES, '    platform().cache.forget("answer:")\n', "")],
        [Edit(CLOUD, "self.redis.delete(key)", "self.redis.unlink(key)")],
    ),
    f"{CACHING}.cache_monitoring_exists": Pair(
        [Edit(CLOUD, "(CACHE_MISSES if value is None else CACHE_HITS).inc()", "CACHE_HITS.inc(value is not None)"),
         Edit(CLOUD, "import CACHE_HITS, CACHE_MISSES", "import CACHE_HITS")],
        [Edit(CLOUD, "        (CACHE_MISSES if value is None else CACHE_HITS).inc()\n",
              "        if value is None:\n            CACHE_MISSES.inc()\n        else:\n            CACHE_HITS.inc()\n")],
    ),
    f"{COST}.cost_optimization_implemented": Pair(
        [Edit(VENDORS, ', max_output_tokens=700', "")],
        [Edit(VENDORS, ', max_output_tokens=700', ", max_output_tokens=650")],
    ),
    f"{COST}.cost_monitoring_exists": Pair(
        [Edit(BOARD, "llm_cost_usd_total", "llm_bill_usd_total"),
         Edit("deploy/prometheus/rules.yaml", "llm_cost_usd_total", "llm_bill_usd_total")],
        [Edit(BOARD, "Kostnad per dygn", "Per dygn")],
        also=[BOARDS, "monitoring_observability.alarms.high_cost_alarm"],
    ),
    f"{COST}.budget_alerts_configured": Pair(
        [Edit("deploy/terraform/drift.tf", '    subscriber_email_addresses = ["drift@fyren.example"]\n', ""),
         Edit("deploy/prometheus/rules.yaml", "- alert: DyraModeller", "- record: dyra_modeller")],
        [Edit("deploy/terraform/drift.tf", 'limit_amount = "900"', 'limit_amount = "700"')],
        also=["monitoring_observability.alarms.high_cost_alarm"],
    ),
}  # fmt: skip
