"""Is the system fast enough, by the 95th percentile of real runs?"""

from pytest_readiness.authoring import Example, Repo, Units, check, unknown

from .run_examples import benchmark, histogram, k6, locust, ran, run_json, unsettled
from .runs import LOAD_TEST, SCRAPE, judge_latency, missing

STANDARD_LLM = "OpenTelemetry GenAI semantic conventions, gen_ai.client.operation.duration; Google SRE book ch. 4"
LLM = ("POST", "/api/summarize", 400, 0, 2100.0)
API = ("GET", "/api/notes", 900, 2, 180.0)
CACHED = ("GET", "/cache", 900, 0, 9.0)
HEALTH = ("GET", "/healthz", 900, 0, 3.0)
CACHE = histogram("cache_operation_duration_seconds", {"0.01": 900, "0.05": 990, "+Inf": 1000})
CLOUDWATCH = """
{"Label": "InvocationLatency bedrock", "Datapoints": [
  {"Timestamp": "2026-01-01T00:00:00Z", "ExtendedStatistics": {"p95": P95}, "Unit": "UNIT"}]}
"""
QUERY = """
{"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "SECONDS"]}]}}
"""
ASKED = "histogram_quantile(0.95, sum by (le) (rate(llm_request_duration_seconds_bucket[5m])))"
BENCHMARKED = """
from app import notes

def test_notes(benchmark):
    benchmark(notes, 3)
"""
PATCHED = """
from unittest.mock import patch
from app import notes

def test_notes(benchmark):
    with patch("app.query"):
        benchmark(notes, 3)
"""
SLEEPING = """
import time

def test_notes(benchmark):
    benchmark(time.sleep, 0.001)
"""
OWN = """
class Fake:
    def notes(self):
        return []

def test_notes(benchmark):
    benchmark(Fake().notes)
"""
APP = {"app.py": "def notes(n):\n    return query(n)\n\ndef query(n):\n    return [n]\n"}


def benched(source: str, seconds: float, why: str, status: str | None = None, dirty: bool = False) -> Example:
    """A benchmark of the API, a hundred rounds."""
    result = benchmark("tests/test_speed.py::test_notes", [seconds] * 100, dirty=dirty)
    files = {"readiness-artifacts/bench.json": result, "tests/test_speed.py": source, **APP}
    return Example(files, why, None, status)


@check(
    severity="high",
    effort_days=3,
    standard=STANDARD_LLM,
    mode="artifact",
    meets=[
        ran({"load_stats.csv": locust(LLM, API)}, "Locust"),
        ran({"k6.json": k6(400, summarize=2999.0, notes=300.0)}, "k6 with tagged requests"),
        ran({"metrics.prom": histogram("llm_request_duration_seconds", {"1": 900, "2.5": 980, "+Inf": 1000})},
            "a scrape"),
        ran({"bedrock.json": CLOUDWATCH.replace("P95", "2800").replace("UNIT", "Milliseconds")}, "CloudWatch",
            sidecar=run_json(requests=500)),
        ran({"q.json": QUERY.replace("SECONDS", "2.4")}, "a query's answer",
            sidecar=run_json(query=ASKED, unit="seconds", requests=800)),
    ],
    falls_short=[
        ran({"load_stats.csv": locust(("POST", "/api/summarize", 400, 0, 3000.0))}, "exactly 3 s is not under 3 s", 0),
        ran({"load_stats.csv": locust(("POST", "/api/chat", 400, 5, 900.0))}, "fast because more than 1 % fail", 0),
        ran({"metrics.prom": histogram("llm_request_duration_seconds", {"1": 900, "2.5": 940, "+Inf": 1000})},
            "the 95th percentile lies above the last bound", 0),
        ran({"a_stats.csv": locust(LLM), "b_stats.csv": locust(("POST", "/llm", 200, 0, 4100.0))},
            "the worst run decides", 0),
    ],
    decoys=[
        unsettled({"load_stats.csv": locust(("POST", "/api/summarize", 99, 0, 200.0))}, "fewer than 100 requests"),
        unsettled({"load_stats.csv": locust(API)}, "no row of a language model"),
        unsettled({"load_stats.csv": locust(LLM)}, "31 days old", run_json(31)),
        unsettled({"load_stats.csv": locust(LLM)}, "from the future", run_json(-1)),
        unsettled({"load_stats.csv": locust(LLM)}, "a mock is no system", run_json(target="http://mock-llm:8080")),
        unsettled({"load_stats.csv": locust(LLM)}, "no target is named", run_json(target=None)),
        unsettled({"load_stats.csv": locust(LLM)}, "tied to no commit", run_json(commit=None)),
        unsettled({"load_stats.csv": "Type,Name,Average Response Time\nPOST,/llm,100\n"}, "an average is no p95"),
        unsettled({"bedrock.json": CLOUDWATCH.replace("P95", "2").replace("UNIT", "None")}, "no unit of time"),
        unsettled({"q.json": QUERY.replace("SECONDS", "2.4")}, "an answer without its question"),
        unsettled({"notes.md": "p95 of LLM calls: 1.2 s\n"}, "a figure in a document"),
        Example({"tests/test_llm.py": "def test_latency():\n    assert 1.2 < 3\n"},
                "an assertion in a test", None, "unknown"),
    ],
)  # fmt: skip
def test_llm_latency_under_3s(repo: Repo, units: Units) -> None:
    """Is the p95 latency of LLM calls under 3 seconds?

    Passes: every LLM row of a fresh run of the real system has a p95 below 3000 ms. Rows are those of Locust, k6,
    pytest-benchmark, Prometheus and CloudWatch whose name says llm, completion, chat, generate and the like.
    Falls short: a row with 3000 ms or more, or with more than 1 % failed requests. An average or median under 3 s does
    not help.
    Unknown: no fresh run of the real system has an LLM row of at least 100 requests. Latency assertions in tests and
    figures in documents are no run.
    Impact: Users wait longer than they accept for every answer of an agent.
    Recommendation: Load-test the LLM endpoints of a deployed build, keep the result file with its run.json; shorten
    prompts, stream, cache or use a faster model until p95 is below 3 s.
    """
    judge_latency(repo, units, "llm", 3000)


@check(
    severity="medium",
    effort_days=2,
    standard="AWS Well-Architected Performance Efficiency pillar (measure with data, load test); Google SRE book ch. 4",
    mode="artifact",
    meets=[
        ran({"load_stats.csv": locust(API, LLM, HEALTH)}, "Locust; LLM and health rows do not count"),
        ran({"k6.json": k6(310)}, "k6 without tagged requests"),
        benched(BENCHMARKED, 0.2, "pytest-benchmark of application code"),
    ],
    falls_short=[
        ran({"load_stats.csv": locust(API, ("GET", "/api/search", 300, 0, 500.0))}, "one route at 500 ms", 0),
        ran({"k6.json": k6(620)}, "k6 over the limit", 0),
        ran({"load_stats.csv": locust(("GET", "/api/notes", 900, 10, 20.0))}, "more than 1 % fail", 0),
        benched(BENCHMARKED, 0.6, "pytest-benchmark over the limit"),
    ],
    decoys=[
        unsettled({"load_stats.csv": locust(HEALTH)}, "only health routes"),
        unsettled({"load_stats.csv": locust(HEALTH, LLM, CACHED)}, "the row of all requests together"),
        benched(PATCHED, 0.001, "a benchmark that patches what it measures", "unknown"),
        benched(SLEEPING, 0.001, "a benchmark of a sleep", "unknown"),
        benched(OWN, 0.001, "a benchmark of a class of the test", "unknown"),
        benched("def test_other(benchmark): ...\n", 0.001, "a test that does not exist", "unknown"),
        benched(BENCHMARKED, 0.001, "measured with uncommitted changes", "unknown", dirty=True),
    ],
)
def test_api_latency_under_500ms(repo: Repo, units: Units) -> None:
    """Is the p95 latency of the ordinary API under 500 ms?

    Passes: every API row (not LLM, cache, health or all requests together; for a k6 file without tagged requests its
    http_req_duration) of a fresh run of the real system has a p95 below 500 ms.
    Falls short: a row with 500 ms or more, or with more than 1 % failed requests.
    Unknown: no fresh run of the real system has an API row of at least 100 requests. A run that only requests health
    routes says nothing; nor does a benchmark that patches what it measures.
    Impact: The product feels slow on every click.
    Recommendation: Drive the main API routes of a deployed build with Locust or k6, keep the results, and profile the
    slowest route first.
    """
    judge_latency(repo, units, "api", 500)


@check(
    severity="low",
    effort_days=1,
    standard="Prometheus documentation, histograms and summaries (histogram_quantile)",
    mode="artifact",
    meets=[
        ran({"metrics.prom": CACHE}, "a histogram in seconds"),
        ran({"load_stats.csv": locust(("GET", "/cache/get", 500, 0, 12.0))}, "a row of a load test"),
    ],
    falls_short=[
        ran({"metrics.prom": histogram("cache_operation_duration_seconds", {"0.05": 900, "0.1": 1000, "+Inf": 1000})},
            "between 50 and 100 ms", 0),
        ran({"load_stats.csv": locust(("GET", "/cache/get", 500, 0, 50.0))}, "exactly 50 ms", 0),
    ],
    decoys=[
        unsettled({"metrics.prom": CACHE.replace("_seconds", "_time")}, "a metric without a unit"),
        unsettled({"metrics.prom": histogram("cache_operation_duration_seconds", {"0.01": 50, "+Inf": 50})},
                  "50 reads"),
        ran({"metrics.prom": CACHE.replace("_seconds", "_milliseconds").replace("0.05", "45").replace("0.01", "9")},
            "milliseconds are told from seconds", 100),
    ],
)  # fmt: skip
def test_cache_latency_under_50ms(repo: Repo, units: Units) -> None:
    """Is the p95 latency of cache reads under 50 ms?

    Passes: every cache row of a fresh run of the real system has a p95 below 50 ms.
    Falls short: a row with 50 ms or more (0.05 in a metric in seconds), or with more than 1 % failures.
    Unknown: no fresh run of the real system has a cache row of at least 100 operations.
    Impact: A slow cache saves neither time nor money.
    Recommendation: Time cache reads in a histogram (cache_operation_duration_seconds), scrape it during the load test
    and keep the scrape.
    """
    judge_latency(repo, units, "cache", 50, SCRAPE)


@check(
    severity="high",
    effort_days=3,
    standard="Google SRE book ch. 4 (Service Level Objectives)",
    mode="artifact",
    depends_on=["performance_scalability.scalability.handles_100_concurrent_users"],
    meets=[
        ran({"load_stats.csv": locust(API, overall=("", "Aggregated", 9000, 20, 1000.0))}, "users told in run.json",
            sidecar=run_json(users=100)),
        ran({"k6.json": k6(800, users=150)}, "k6 knows its users"),
    ],
    falls_short=[
        ran({"k6.json": k6(1001, users=100)}, "over the objective", 0),
        ran({"k6.json": k6(300, users=100, failed=0.02)}, "2 % fail", 0),
    ],
    decoys=[
        unsettled({"k6.json": k6(100, users=99)}, "a lightly loaded system"),
        unsettled({"load_stats.csv": locust(API)}, "the number of users cannot be told"),
        ran({"k6.json": k6(900, users=120), "light.json": k6(5000, users=10)}, "runs with few users are left out", 100),
    ],
)  # fmt: skip
def test_p95_latency_acceptable(repo: Repo, units: Units) -> None:
    """Does the whole system keep its latency objective at the target number of users?

    Passes: the row of all requests (Locust's Aggregated, k6's http_req_duration) of every fresh run with at least the
    target users (setting target_users, 100) has a p95 of at most 1000 ms (setting slo_p95_ms).
    Falls short: such a run above the objective, or with more than 1 % failures.
    Unknown: no fresh run at the target number of users, or one whose number of users cannot be told: the p95 of a
    lightly loaded system proves nothing here.
    Impact: The system may be fast for one tester and unusable on launch day.
    Recommendation: Write down a latency objective, run the load test at the target users against a production-like
    build on every release, and keep the result.
    """
    worst = repo.results.load.objective
    if worst is None:
        unknown(missing(repo, "the p95 of all requests at the target number of users", LOAD_TEST))
    units.decide("the worst run", worst.ok, worst.site, note=worst.note)
