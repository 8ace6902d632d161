"""Edits of Fyren for the checks of performance_scalability that rest on results of runs."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

LATENCY, SCALE = "performance_scalability.latency", "performance_scalability.scalability"
FOLDER = "lastprov"
STATS, HISTORY, SCRAPE = f"{FOLDER}/load_stats.csv", f"{FOLDER}/load_stats_history.csv", f"{FOLDER}/metrics.prom"

PAIRS: dict[str, Pair] = {
    f"{LATENCY}.llm_latency_under_3s": Pair(
        [Edit(STATS, "900,980,2100", "900,980,3000")],
        [Edit(STATS, "900,980,2100", "9000,9800,2100")],
    ),
    f"{LATENCY}.api_latency_under_500ms": Pair(
        [Edit(STATS, "40,52,140", "40,52,540")],
        [Edit(STATS, "3,3,8", "3,3,800"), Edit(STATS, "900,980,2100", "900,980,2900")],
    ),
    f"{LATENCY}.cache_latency_under_50ms": Pair(
        [Edit(SCRAPE, 'le="0.025"} 1890', 'le="0.025"} 1500')],
        [Edit(SCRAPE, "cache_operation_duration_seconds_sum 6.1", "cache_operation_duration_seconds_sum 900")],
    ),
    f"{LATENCY}.p95_latency_acceptable": Pair(
        [Edit(STATS, "60,270,980", "60,270,1010")],
        [Edit(STATS, "60,270,980", "60,270,1000")],
    ),
    f"{SCALE}.handles_100_concurrent_users": Pair(
        [Edit(STATS, "Aggregated,7800,10,", "Aggregated,7800,100,")],
        [Edit(HISTORY, ",100,,Aggregated", ",140,,Aggregated")],
        also=[f"{LATENCY}.p95_latency_acceptable"],
    ),
    "performance_scalability.caching.cache_hit_rate_over_20": Pair(
        [Edit(SCRAPE, "cache_hits_total 640", "cache_hits_total 64")],
        [Edit(SCRAPE, "cache_misses_total 1260", "cache_misses_total 2500")],
    ),
}  # fmt: skip
