"""k6 summaries, pytest-benchmark files and CloudWatch answers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from pytest_readiness.repo.results.prometheus import TO_MS
from pytest_readiness.repo.results.rows import Lookups, Measured, Row, Unreadable
from pytest_readiness.repo.results.sidecar import Sidecar

_TAGGED = re.compile(r"^http_req_duration\{(.*)\}$")
_EXPECTED = "expected_response:true"
"""k6's own sub-metric of the requests that succeeded: no kind of request."""
_CLOUDWATCH_UNITS = {"seconds": 1000.0, "milliseconds": 1.0, "microseconds": 0.001}


def k6(data: Mapping[str, Any]) -> Measured:
    """The JSON of `--summary-export` or of handleSummary; p95 in ms. Raises Unreadable."""
    metrics = {name: _values(value) for name, value in data["metrics"].items() if isinstance(value, dict)}
    tags = [m.group(1) for name in metrics if (m := _TAGGED.match(name)) and m.group(1) != _EXPECTED]
    total = Row("http_req_duration", _p95(metrics["http_req_duration"]), _count(metrics, "http_reqs"),
                _failed(metrics, ""), is_overall=True)  # fmt: skip
    tagged = tuple(_k6_row(metrics, tag) for tag in tags)
    vus = metrics.get("vus_max", {})
    most = vus.get("max", vus.get("value"))
    return Measured(rows=(total, *tagged), most_users=int(most) if isinstance(most, int | float) else None)


def _k6_row(metrics: Mapping[str, Mapping[str, Any]], tag: str) -> Row:
    own = metrics[f"http_req_duration{{{tag}}}"]
    requests = own.get("count") or _count(metrics, f"http_reqs{{{tag}}}")
    return Row(tag, _p95(own), int(requests), _failed(metrics, f"{{{tag}}}"))


def _values(metric: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = metric.get("values")
    return inner if isinstance(inner, dict) else metric


def _p95(values: Mapping[str, Any]) -> float:
    return _figure(values.get("p(95)"), "p(95)")


def _count(metrics: Mapping[str, Mapping[str, Any]], name: str) -> int:
    return int(_figure(metrics.get(name, {}).get("count", 0), name))


def _failed(metrics: Mapping[str, Mapping[str, Any]], tag: str) -> float:
    """The share of failed requests; of all requests where the tag has no share of its own."""
    values = metrics.get(f"http_req_failed{tag}") or metrics.get("http_req_failed", {})
    return _figure(values.get("rate", values.get("value", 0)), "http_req_failed")


def pytest_benchmark(data: Mapping[str, Any]) -> Measured:
    """The JSON of pytest-benchmark (seconds); p95 by nearest rank over the data, else the maximum as a bound."""
    commit = _table(data.get("commit_info"))
    entries = [e for e in data["benchmarks"] if isinstance(e, dict)]
    tests = {str(e.get("fullname") or e.get("name")): _benchmark_row(e) for e in entries}
    note = "the commit had uncommitted changes" if commit.get("dirty") else ""
    started = data.get("datetime")
    return Measured(commit=commit.get("id"), started_at=_as_utc(started), note=note, tests=tests)


def _benchmark_row(entry: Mapping[str, Any]) -> Row:
    stats = _table(entry.get("stats"))
    name = str(entry.get("fullname") or entry.get("name"))
    taken = sorted(_figure(value, name) for value in stats.get("data") or [])
    if taken:
        return Row(name, nearest_rank(taken) * 1000, len(taken))
    return Row(name, _figure(stats.get("max"), name) * 1000, int(_figure(stats.get("rounds", 0), name)), at_most=True)


def nearest_rank(ordered: list[float], share: float = 0.95) -> float:
    """The smallest value that at least this share of the ordered values do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _as_utc(text: object) -> str | None:
    """pytest-benchmark writes UTC, in older releases without saying so."""
    if not isinstance(text, str):
        return None
    return text if re.search(r"(?:Z|[+-]\d\d:?\d\d)$", text) else f"{text}Z"


def cloudwatch(data: Mapping[str, Any], run: Sidecar | None) -> Measured:
    """`get-metric-statistics` or `get-metric-data`; the highest datapoint counts, counts are summed."""
    series = list(_statistics(data) if "Datapoints" in data else _metric_data(data, run.unit if run else None))
    requests = run.requests or 0 if run else 0
    rows = tuple(Row(name, max(values) * factor, requests) for name, factor, values in series if factor)
    sums = {name: sum(values) for name, factor, values in series if not factor}
    return Measured(rows=rows, lookups=tuple(_cache_lookups(sums, series, requests)))


def _cache_lookups(
    sums: Mapping[str, float], series: list[tuple[str, float, list[float]]], requests: int
) -> Iterator[Lookups]:
    hits = next((v for n, v in sums.items() if "CacheHits" in n), None)
    misses = next((v for n, v in sums.items() if "CacheMisses" in n), None)
    if hits is not None and misses is not None:
        yield Lookups("ElastiCache", hits, misses)
    for name, _, values in series:
        if "CacheHitRate" in name:
            yield Lookups("ElastiCache CacheHitRate", rate=min(values) / 100, lookups=requests)


def _statistics(data: Mapping[str, Any]) -> Iterator[tuple[str, float, list[float]]]:
    """Name, factor to ms (0 for counts and ratios) and values."""
    points = [p for p in data["Datapoints"] if isinstance(p, dict)]
    name = str(data.get("Label", ""))
    p95 = [p for p in points if isinstance(p.get("ExtendedStatistics"), dict) and "p95" in p["ExtendedStatistics"]]
    if p95:
        unit = _CLOUDWATCH_UNITS.get(str(p95[0].get("Unit", "")).lower())
        if unit is None:
            raise Unreadable(f"the unit {p95[0].get('Unit')!r} is no time")
        yield name, unit, [_figure(p["ExtendedStatistics"]["p95"], name) for p in p95]
        return
    figures = [p.get("Sum", p.get("Average")) for p in points]
    if figures and any(word in name for word in ("CacheHits", "CacheMisses", "CacheHitRate")):
        yield name, 0.0, [_figure(value, name) for value in figures]


def _metric_data(data: Mapping[str, Any], unit: str | None) -> Iterator[tuple[str, float, list[float]]]:
    for result in (r for r in data["MetricDataResults"] if isinstance(r, dict) and r.get("Values")):
        name = f"{result.get('Label', '')} {result.get('Id', '')}".strip()
        values = [_figure(value, name) for value in result["Values"]]
        if any(word in name for word in ("CacheHits", "CacheMisses", "CacheHitRate")):
            yield name, 0.0, values
        elif "p95" in name.lower():
            factor = TO_MS.get((unit or "").lower())
            if factor is None:
                raise Unreadable("run.json gives no unit of time for these figures")
            yield name, factor, values


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _figure(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise Unreadable(f"{name[:60]}: {str(value)[:40]} is no possible figure")
    return float(value)
