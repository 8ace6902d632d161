"""Edits of Fyren for the checks of performance_scalability that rest on results of runs."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

LATENCY, SCALE = "performance_scalability.latency", "performance_scalability.scalability"
FOLDER = "lastprov"
STATS, HISTORY, SCRAPE = f"{FOLDER}/load_stats.csv", f"{FOLDER}/load_stats_history.csv", f"{FOLDER}/metrics.prom"

PAIRS: dict[str, Pair] = {
    f"{LATENCY}.llm_latency_under_3s": Pair(
        [Edit(SCRAPE, 'le="2.5"} 1240', 'le="2.5"} 1100')],
        [Edit(SCRAPE, "llm_request_duration_seconds_sum 1100", "llm_request_duration_seconds_sum 9000"), Edit(STATS, "900,980,2100", "900,3980,2100")],
    ),
    f"{LATENCY}.api_latency_under_500ms": Pair(
        [Edit(STATS, "5200,6,40,52,140", "5200,60,40,52,140")],
        [Edit(STATS, "5200,6,40,52,140", "5200,50,40,520,499"), Edit(STATS, "700,0,3,3,8", "700,0,3,3,900")],
    ),
    f"{LATENCY}.cache_latency_under_50ms": Pair(
        [Edit(SCRAPE, 'cache_operation_duration_seconds_bucket{le="0.025"} 1890\n', 'cache_operation_duration_seconds_bucket{le="0.5"} 1890\n')],
        [Edit(SCRAPE, 'cache_operation_duration_seconds_bucket{le="0.025"} 1890\n',
              'cache_operation_duration_seconds_bucket{le="0.025"} 1850\ncache_operation_duration_seconds_bucket{le="0.5"} 1890\n')],
    ),
    f"{LATENCY}.p95_latency_acceptable": Pair(
        [Edit(STATS, ",Aggregated,7800,10,60,270,980", ",Aggregated,7800,10,60,270,1400")],
        [Edit(STATS, ",Aggregated,7800,10,60,270,980", ",Aggregated,7800,10,800,1400,999")],
    ),
    f"{SCALE}.handles_100_concurrent_users": Pair(
        [Edit(STATS, "1900,4,", "1900,140,"), Edit(STATS, "7800,10,", "7800,146,")],
        [Edit(HISTORY, "1772366400,40,,", "1772366400,4,,")],
        also=[f"{LATENCY}.p95_latency_acceptable", f"{LATENCY}.llm_latency_under_3s"],
    ),
    "performance_scalability.caching.cache_hit_rate_over_20": Pair(
        [Edit(SCRAPE, "cache_misses_total 1260", "cache_misses_total 5260")],
        [Edit(SCRAPE, "cache_hits_total 640", "cache_hits_total 640\n# TYPE http_cache_hits_total counter\nhttp_cache_hits_total 12")],
    ),
}  # fmt: skip
