"""Prometheus: the text that an application exposes, and answers of the query API."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from typing import Any

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from pytest_readiness.repo.results.rows import CACHE, Lookups, Measured, Row, Unreadable
from pytest_readiness.repo.results.sidecar import Sidecar

UNITS = {"_seconds": 1000.0, "_milliseconds": 1.0, "_ms": 1.0}
"""Endings of names -> factor to milliseconds."""
TO_MS = {"s": 1000.0, "seconds": 1000.0, "second": 1000.0, "ms": 1.0, "milliseconds": 1.0, "millisecond": 1.0}
"""Units as a run's sidecar names them -> factor to milliseconds."""
TO_SHARE = {"ratio": 1.0, "percent": 0.01, "%": 0.01}
_QUANTILE = re.compile(r"histogram_quantile\s*\(\s*0?\.95\b|quantile\s*=\s*[\"']0?\.95")
_HITS, _MISSES = "_hits_total", "_misses_total"
_RATE = re.compile(r"hit[_ ]?(rate|ratio)", re.IGNORECASE)


def exposition(text: str) -> Measured:
    """A scrape: the p95 of every histogram and summary whose unit its name tells, and hits and misses."""
    try:
        families = list(text_string_to_metric_families(text))
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise Unreadable(f"no exposition format: {error}") from error
    rows = tuple(row for family in families for row in _row(family))
    return Measured(rows=rows, lookups=tuple(_lookups(families)))


def _row(family: Metric) -> Iterator[Row]:
    factor = next((f for ending, f in UNITS.items() if family.name.endswith(ending)), None)
    if factor is None:
        return
    if family.type == "histogram":
        buckets = _buckets(family)
        if buckets and buckets[-1][1] > 0:
            yield Row(family.name, quantile(0.95, buckets) * factor, int(buckets[-1][1]))
    elif family.type == "summary":
        values = [s.value for s in family.samples if s.labels.get("quantile") == "0.95" and not math.isnan(s.value)]
        count = sum(s.value for s in family.samples if s.name.endswith("_count"))
        if values:
            yield Row(family.name, max(values) * factor, int(count))


def _buckets(family: Metric) -> list[tuple[float, float]]:
    """Upper bound and cumulated count, all series summed, by bound."""
    summed: dict[float, float] = {}
    for sample in family.samples:
        if sample.name.endswith("_bucket"):
            bound = float(sample.labels["le"])
            summed[bound] = summed.get(bound, 0.0) + sample.value
    return sorted(summed.items())


def quantile(share: float, buckets: list[tuple[float, float]]) -> float:
    """The quantile by linear interpolation, as histogram_quantile has it; infinite in the +Inf bucket."""
    rank = share * buckets[-1][1]
    below, seen = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            if math.isinf(bound):
                return math.inf
            return below + (bound - below) * ((rank - seen) / (count - seen) if count > seen else 1.0)
        below, seen = bound, count
    return math.inf


def _lookups(families: Iterable[Metric]) -> Iterator[Lookups]:
    """Counters `<x>_hits_total` and `<x>_misses_total` of the same prefix, where the prefix names a cache."""
    summed: dict[str, float] = {}
    for sample in (s for f in families if f.type in ("counter", "unknown") for s in f.samples):
        summed[sample.name] = summed.get(sample.name, 0.0) + sample.value
    for name, hits in summed.items():
        prefix = name.removesuffix(_HITS)
        if prefix != name and CACHE.search(prefix) and f"{prefix}{_MISSES}" in summed:
            yield Lookups(prefix, hits, summed[f"{prefix}{_MISSES}"])


def query_answer(data: dict[str, Any], run: Sidecar | None) -> Measured:
    """An answer of `/api/v1/query`; what was asked and in which unit stands in the run's sidecar. Raises Unreadable."""
    if run is None or run.query is None or run.unit is None:
        raise Unreadable("run.json gives no query and unit for this answer")
    query, unit, requests = run.query, run.unit, run.requests or 0
    values = [_value(entry) for entry in _vector(data)]
    values = [v for v in values if not math.isnan(v)]
    if not values:
        return Measured()
    if _QUANTILE.search(query) and unit in TO_MS:
        return Measured(rows=(Row(query, max(values) * TO_MS[unit], requests),))
    if _RATE.search(query) and unit in TO_SHARE:
        return Measured(lookups=(Lookups(query, rate=min(values) * TO_SHARE[unit], lookups=requests),))
    raise Unreadable("the query is neither a quantile 0.95 nor a hit rate, or its unit is unknown")


def _vector(data: dict[str, Any]) -> list[Any]:
    result = data["data"].get("result") if isinstance(data.get("data"), dict) else None
    if data.get("status") != "success" or not isinstance(result, list):
        raise Unreadable("the query did not succeed")
    return result


def _value(entry: Any) -> float:
    try:
        return float(entry["value"][1])
    except (TypeError, KeyError, IndexError, ValueError) as error:
        raise Unreadable("an entry of the answer has no value") from error
