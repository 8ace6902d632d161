"""What the checks on results of runs share: one unit, the worst row, and saying what is missing."""

from collections.abc import Sequence

from pytest_readiness.authoring import Repo, Units, unknown

LOAD_TEST = (
    "run `locust -f FILE --headless -u 100 -r 10 -t 6m --host URL --csv readiness-artifacts/load --csv-full-history` "
    "against a deployed build, and write commit, started_at (ISO 8601, UTC) and target to readiness-artifacts/run.json"
)
SCRAPE = (
    "run the load test, save the metrics while it runs with `curl URL/metrics > readiness-artifacts/metrics.prom`, and "
    "write commit, started_at (ISO 8601, UTC) and target to readiness-artifacts/run.json"
)


def missing(repo: Repo, what: str, command: str, why: Sequence[str] = ()) -> str:
    """The text of an unknown: what is not there, why files do not count, and the command that settles it."""
    reasons = "".join(f" {one}." for one in (*why, repo.results.reasons) if one)
    return f"No fresh result of a run shows {what}.{reasons} To settle it: {command}."


def judge_latency(repo: Repo, units: Units, kind: str, limit_ms: float, command: str = LOAD_TEST) -> None:
    """The worst row of that kind decides."""
    worst = repo.results.worst(kind, limit_ms)
    if worst is None:
        unknown(missing(repo, f"the p95 latency of {kind} requests, at least 100 of them", command))
    units.decide("the worst row", worst.ok, worst.site, note=worst.note)
