"""Result files of runs: which count, what they say, and that no text of them hurts."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.results import Results
from pytest_readiness.repo.results.json_files import nearest_rank
from pytest_readiness.repo.results.prometheus import quantile
from pytest_readiness.repo.results.rows import Kind, kind_of

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
STATS = "Type,Name,Request Count,Failure Count,95%\nGET,/notes,200,0,90\n,Aggregated,200,0,90\n"
FOLDER = "readiness-artifacts"


def written(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def facts(commit: str = "abcdef1", when: datetime = NOON - timedelta(days=1), **more: object) -> str:
    return json.dumps({"commit": commit, "started_at": when.isoformat(), "target": "https://a.se", **more})


def results(root: Path, files: Mapping[str, str]) -> Results:
    written(root, files)
    return Results(Repo(root), NOON)


def git(root: Path, *args: str) -> str:
    line = ["git", "-c", "user.name=x", "-c", "user.email=x@y.z", *args]
    return subprocess.run(line, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    """A repository with one commit."""
    written(tmp_path, {"app.py": "x = 1\n", "docs/a.rst": "a\n", "tests/test_a.py": "\n", "README.md": "a\n"})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


@pytest.mark.parametrize(("changed", "counts"), [
    ("README.md", True), ("docs/a.rst", True), ("tests/test_a.py", True), (f"{FOLDER}/old.csv", True),
    ("app.py", False), ("new.py", False), ("Dockerfile", False),
])  # fmt: skip
def test_a_run_counts_until_code_changes(committed: Path, changed: str, counts: bool) -> None:
    run = git(committed, "rev-parse", "HEAD")
    written(committed, {changed: "changed\n"})
    git(committed, "add", ".")
    git(committed, "commit", "-qm", "two")
    found = results(committed, {f"{FOLDER}/a_stats.csv": STATS, f"{FOLDER}/run.json": facts(run)})
    assert bool(found.runs) is counts
    assert [site.note for site in found.ignored] == (
        [] if counts else [f"{changed} has changed since commit {run[:10]}"]
    )


@pytest.mark.parametrize("commit", ["deadbeef00", "0" * 40])
def test_a_commit_that_is_no_ancestor_does_not_count(committed: Path, commit: str) -> None:
    found = results(committed, {f"{FOLDER}/a_stats.csv": STATS, f"{FOLDER}/run.json": facts(commit)})
    assert [site.note for site in found.ignored] == [f"commit {commit[:10]} is no ancestor of the audited one"]


@pytest.mark.parametrize("commit", ["--output=x", "HEAD", "main", "abc", "../../x", "abcdef1;ls"])
def test_what_is_no_commit_is_refused(committed: Path, commit: str) -> None:
    found = results(committed, {f"{FOLDER}/a_stats.csv": STATS, f"{FOLDER}/run.json": facts(commit)})
    assert [site.note.partition(":")[0] for site in found.ignored] == [f"{FOLDER}/run.json"]


def test_a_sidecar_of_its_own_goes_before_the_folder_s(tmp_path: Path) -> None:
    files = {f"{FOLDER}/a_stats.csv": STATS, f"{FOLDER}/a.run.json": facts(users=7), f"{FOLDER}/run.json": "{}"}
    (run,) = results(tmp_path, files).runs
    assert run.at_users == 7


def test_files_outside_the_artifact_roots_are_no_results(tmp_path: Path) -> None:
    found = results(tmp_path, {"elsewhere/a_stats.csv": STATS, "elsewhere/run.json": facts()})
    assert (found.runs, found.ignored) == ((), ())


@pytest.mark.parametrize(("days", "counts"), [(0, True), (30, True), (30.1, False), (-0.1, False)])
def test_age(tmp_path: Path, days: float, counts: bool) -> None:
    when = NOON - timedelta(days=days)
    found = results(tmp_path, {f"{FOLDER}/a_stats.csv": STATS, f"{FOLDER}/run.json": facts(when=when)})
    assert bool(found.runs) is counts


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    sidecar = json.dumps({"commit": "abcdef1", "started_at": "2026-05-03T12:00:00", "target": "a"})
    found = results(tmp_path, {f"{FOLDER}/a_stats.csv": STATS, f"{FOLDER}/run.json": sidecar})
    assert "timezone" in found.reasons


@pytest.mark.parametrize(("name", "kind"), [
    ("GET /cache/llm", Kind.CACHE), ("POST /api/chat", Kind.LLM), ("GET /healthz", Kind.HEALTH),
    ("GET /livez", Kind.HEALTH), ("GET /api/notes", Kind.API), ("GET /ready", Kind.HEALTH),
    ("tests/test_a.py::test_delivery", Kind.API),
])  # fmt: skip
def test_kinds_of_rows(name: str, kind: Kind) -> None:
    assert kind_of(name, {}) is kind


def test_the_setting_goes_before_the_words() -> None:
    assert kind_of("POST /ask", {"/ASK": "llm"}) is Kind.LLM


@pytest.mark.parametrize(("buckets", "expected"), [
    ([(1.0, 95.0), (2.0, 100.0)], 1.0), ([(1.0, 90.0), (2.0, 100.0)], 1.5), ([(1.0, 0.0), (3.0, 100.0)], 2.9),
    ([(1.0, 90.0), (math.inf, 100.0)], math.inf),
])  # fmt: skip
def test_quantiles_as_histogram_quantile_has_them(buckets: list[tuple[float, float]], expected: float) -> None:
    assert quantile(0.95, buckets) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_nearest_rank_covers_95_percent_and_no_smaller_value_does(values: list[float]) -> None:
    found = nearest_rank(sorted(values))
    assert sum(v <= found for v in values) >= 0.95 * len(values)
    assert all(sum(v <= other for v in values) < 0.95 * len(values) for other in values if other < found)


HOSTILE = ["a_stats.csv", "a_stats_history.csv", "k6.json", "b.json", "m.prom", "r.txt", "run.json"]
PIECES = st.sampled_from([
    STATS, "# TYPE a_seconds histogram\n", 'a_seconds_bucket{le="x"} 1\n', 'a_seconds_bucket{le="+Inf"} NaN\n',
    "a 1e999\n", "keyspace_hits:", "keyspace_misses:x\n", '{"metrics": {"http_req_duration": ', '{"p(95)": "x"}}}',
    "[[[[", "\0", "Ω,", '"', '{"machine_info": {}, "benchmarks": [1, {"stats": []}]}', facts(),
    '{"Datapoints": [{"ExtendedStatistics": {"p95": null}}]}', '{"status": "success", "data": {"result": [{}]}}',
    facts(query="histogram_quantile(0.95, x)", unit="s"),
])  # fmt: skip


@given(st.dictionaries(st.sampled_from(HOSTILE), st.lists(PIECES | st.text(max_size=30), max_size=6).map("".join)))
def test_no_file_hurts(tmp_path_factory: pytest.TempPathFactory, files: dict[str, str]) -> None:
    root = tmp_path_factory.mktemp("r")
    found = results(root, {f"{FOLDER}/{name}": text for name, text in files.items()})
    for run in found.runs:
        assert run.held(1) >= 0
        assert all(row.p95_ms >= 0 and row.requests >= 0 for row in run.rows)
    assert found.reasons is not None
    assert found.load.weak is not None
