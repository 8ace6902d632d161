"""Edits of Harbor for the checks of performance_scalability."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/harbor"
CACHING = "performance_scalability.caching"
COST = "performance_scalability.cost_efficiency"
SCALABILITY = "performance_scalability.scalability"
CACHE_FILE, USAGE_FILE, PROVIDER_FILE = f"{SRC}/llm/cache.py", f"{SRC}/llm/usage.py", f"{SRC}/llm/providers.py"
BOARD = "infra/grafana/harbor.json"

PAIRS: dict[str, Pair] = {
    f"{SCALABILITY}.auto_scaling_configured": Pair(
        [Edit("infra/service.py", '        copies.scale_on_cpu_utilization("Load", target_utilization_percent=60)\n', "")],
        [Edit("infra/service.py", "min_capacity=2, max_capacity=8", "max_capacity=8")],
    ),
    f"{SCALABILITY}.horizontal_scaling_possible": Pair(
        [Edit(f"{SRC}/web/notes.py", "router = APIRouter(", "seen: dict[str, int] = {}\n\n\ndef count(path: str) -> None:\n"
              "    seen[path] = seen.get(path, 0) + 1\n\n\nrouter = APIRouter(")],
        [Edit(f"{SRC}/web/notes.py", "router = APIRouter(", "KINDS: dict[str, int] = {}\nKINDS[\"note\"] = 1\n\nrouter = APIRouter(")],
    ),
    f"{SCALABILITY}.load_balancing_configured": Pair(
        [Edit("infra/service.py", '        service.target_group.configure_health_check(path="/health")\n', "")],
        [Edit("infra/service.py", 'path="/health"', 'path="/health", healthy_http_codes="200"')],
    ),
    f"{CACHING}.cache_ttl_configured": Pair(
        [Edit(CACHE_FILE, "TTLCache(maxsize=4096, ttl=seconds)", "LRUCache(maxsize=4096)"),
         Edit(CACHE_FILE, "TTLCache", "LRUCache")],
        [Edit(CACHE_FILE, "seconds: int = 600", "seconds: int = 10 * 60")],
    ),
    f"{CACHING}.cache_invalidation_works": Pair(
        [Edit(f"{SRC}/web/me.py", "    answers.forget(caller.tenant_id)\n", "")],
        [Edit(CACHE_FILE, "del self._answers[key]", "self._answers.pop(key)")],
    ),
    f"{CACHING}.cache_monitoring_exists": Pair(
        [Edit(CACHE_FILE, "            MISSES.inc()\n", "")],
        [Edit(BOARD, "Answers that were known", "Hit rate")],
    ),
    f"{COST}.cost_per_user_estimated": Pair(
        [Edit("docs/costs.md", "$1.60", "$16.00")],
        [Edit("docs/costs.md", "$0.12", "$0.13")],
    ),
    f"{COST}.cost_optimization_implemented": Pair(
        [Edit(PROVIDER_FILE, ", max_tokens=800", "")],
        [Edit(PROVIDER_FILE, ", max_tokens=800", ", max_completion_tokens=800")],
    ),
    f"{COST}.cost_monitoring_exists": Pair(
        [Edit(BOARD, "harbor_llm_cost_usd_total", "harbor_llm_costs")],
        [Edit(BOARD, "Cost of models, a day", "Spend")],
        also=["monitoring_observability.dashboards.llm_usage_dashboard"],
    ),
    f"{COST}.budget_alerts_configured": Pair(
        [Edit("infra/app.py", 'SpendingStack(app, "HarborSpending")\n', "")],
        [Edit("infra/spending.py", '"amount": 400', '"amount": 500')],
        also=["monitoring_observability.alarms.high_cost_alarm"],
    ),
}  # fmt: skip
