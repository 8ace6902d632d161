"""Small result files, as the tools write them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from pytest_readiness.authoring import Example

NOW = datetime.now(UTC)
FOLDER = "readiness-artifacts"
Stat = tuple[str, str, int, int, float]
"""Method, name, requests, failures, p95 in ms."""


def day(days_ago: float) -> str:
    """ISO 8601 in UTC."""
    return (NOW - timedelta(days=days_ago)).isoformat()


def run_json(days_ago: float = 2, **facts: object) -> str:
    """The sidecar of a run against staging; None leaves a fact out."""
    known = {"commit": "4f2a9c1d7e", "started_at": day(days_ago), "target": "https://staging.harbor.se", **facts}
    return json.dumps({key: value for key, value in known.items() if value is not None})


def locust(*stats: Stat, overall: Stat | None = None) -> str:
    """`*_stats.csv`; the average columns say 1 ms, whatever the p95."""
    head = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,95%\n"
    requests, failures = sum(s[2] for s in stats), sum(s[3] for s in stats)
    last = overall or ("", "Aggregated", requests, failures, max(s[4] for s in stats))
    return head + "".join(f"{t},{n},{count},{failed},1,1,{p95}\n" for t, n, count, failed, p95 in (*stats, last))


def history(users: int, seconds: int, step: int = 10) -> str:
    """`*_stats_history.csv` of that many users for that long."""
    head = "Timestamp,User Count,Type,Name,Requests/s,95%\n"
    return head + "".join(f"{1_700_000_000 + s},{users},,Aggregated,9,90\n" for s in range(0, seconds + step, step))


def k6(p95: float, requests: int = 4000, failed: float = 0.0, users: int = 20, **tagged: float) -> str:
    """A summary; `tagged` are p95 of requests by name."""
    metrics: dict[str, Mapping[str, object]] = {
        "http_req_duration": {"avg": 1, "med": 1, "p(95)": p95},
        "http_req_failed": {"value": failed},
        "http_reqs": {"count": requests, "rate": 9},
        "vus_max": {"value": users, "max": users},
    }
    for name, value in tagged.items():
        metrics[f"http_req_duration{{name:{name}}}"] = {"values": {"p(95)": value, "count": requests}}
    return json.dumps({"metrics": metrics})


def histogram(name: str, buckets: Mapping[str, int]) -> str:
    """A histogram in exposition format; the buckets are cumulated."""
    rows = "".join(f'{name}_bucket{{le="{bound}"}} {count}\n' for bound, count in buckets.items())
    total = list(buckets.values())[-1]
    return f"# TYPE {name} histogram\n{rows}{name}_sum 1\n{name}_count {total}\n"


def benchmark(test: str, seconds: Sequence[float], days_ago: float = 1, **commit: object) -> str:
    """A file of pytest-benchmark with one test."""
    stats = {"mean": 0.001, "rounds": len(seconds), "max": max(seconds), "data": list(seconds)}
    facts = {"id": "4f2a9c1d7e", "dirty": False, **commit}
    when = (NOW - timedelta(days=days_ago)).replace(tzinfo=None).isoformat()
    entries = [{"fullname": test, "name": test.rpartition("::")[2], "stats": stats}]
    return json.dumps({"machine_info": {}, "commit_info": facts, "datetime": when, "benchmarks": entries})


def ran(files: Mapping[str, str], why: str, score: float | None = None, sidecar: str | None = None) -> Example:
    """A repository with the result files of one run."""
    beside = {f"{FOLDER}/run.json": sidecar if sidecar is not None else run_json()}
    placed = {f"{FOLDER}/{name}": text for name, text in files.items()}
    return Example({"app.py": "x = 1\n", **placed, **beside}, why, score)


def unsettled(files: Mapping[str, str], why: str, sidecar: str | None = None) -> Example:
    """A repository whose result files prove nothing."""
    return Example(ran(files, why, None, sidecar).files, why, status="unknown")
