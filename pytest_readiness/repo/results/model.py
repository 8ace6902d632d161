"""The runs whose results lie in the repository: which are fresh and real, and why others do not count."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_readiness.repo import git
from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.results import json_files, prometheus, tables
from pytest_readiness.repo.results.benchmarks import Benchmarks
from pytest_readiness.repo.results.load import LoadTests
from pytest_readiness.repo.results.rows import Kind, Lookups, Measured, Row, Unreadable, kind_of
from pytest_readiness.repo.results.runs import Run, Worst, worst_of
from pytest_readiness.repo.results.sidecar import Sidecar, sidecar

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

SIDECAR = "run.json"
STATS, HISTORY = "_stats.csv", "_stats_history.csv"
UNCHANGED = ("docs", "doc", "test", "tests")
"""Folders that may change between a run and the audit: they do not change what ran."""


class Results:
    """Result files below the artifact roots (setting `artifacts`)."""

    def __init__(self, repo: Repo, now: datetime | None = None) -> None:
        self._repo, self._now = repo, now or datetime.now(UTC)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every fresh run of the real system, by path."""
        return tuple(run for run, _ in self._read if run is not None)

    @cached_property
    def ignored(self) -> tuple[Site, ...]:
        """Result files that do not count, with the reason."""
        return tuple(site for _, site in self._read if site is not None)

    def kind(self, row: Row) -> Kind:
        """What the row measures."""
        return kind_of(row.name, self._repo.settings.performance.row_names)

    def rows(self, kind: Kind) -> list[tuple[Run, Row]]:
        """The rows of that kind with enough requests behind them, of all runs; overall rows are of no kind."""
        return [(run, row) for run in self.runs for row in self.counted(run) if self.kind(row) is kind]

    def worst(self, kind: Kind | str, limit_ms: float) -> Worst | None:
        """The worst row of that kind; None where none tells. A bound above the limit proves nothing."""
        return worst_of(self.rows(Kind(kind)), limit_ms)

    @property
    def load(self) -> LoadTests:
        """What the runs say about many users at once."""
        return LoadTests(self.runs, self.kind, self._repo.settings.performance)

    @property
    def lookups(self) -> list[tuple[Run, Lookups]]:
        """Hits and misses with enough lookups behind them; where caches of a language model are told, only those."""
        enough = self._repo.settings.performance.min_requests
        found = [(run, one) for run in self.runs for one in run.lookups if one.count >= enough]
        return [pair for pair in found if _is_llm(pair[1])] or found

    def counted(self, run: Run) -> list[Row]:
        """The run's rows with enough requests behind them: its kinds of requests, else all requests together."""
        enough = self._repo.settings.performance.min_requests
        single = [r for r in run.rows if not r.is_overall]
        whole = [r for r in run.rows if r.is_overall and r.name == "http_req_duration"]
        return [r for r in single or whole if r.requests >= enough]

    @cached_property
    def _read(self) -> list[tuple[Run | None, Site | None]]:
        found: list[tuple[Run | None, Site | None]] = []
        for paths in self._groups:
            try:
                found.append((self._run(paths), None))
            except Unreadable as error:
                found.append((None, Site(paths[0], None, str(error))))
        return found

    @cached_property
    def _groups(self) -> list[tuple[str, ...]]:
        """Result files, those that Locust writes about one run together."""
        groups: dict[str, list[str]] = {}
        for path in self._candidates:
            stem = next((path.removesuffix(e) for e in (HISTORY, STATS) if path.endswith(e)), path)
            groups.setdefault(stem, []).append(path)
        return [tuple(sorted(paths, key=len)) for _, paths in sorted(groups.items())]

    @cached_property
    def _candidates(self) -> list[str]:
        roots = tuple(f"{root.strip('/')}/" for root in self._repo.settings.performance.artifacts)
        below = [p for p in self._repo.files.paths if p.startswith(roots)]
        return [p for p in below if not p.endswith(SIDECAR) and self._format(p) is not None]

    def _format(self, path: str) -> Callable[[str, Sidecar | None], Measured] | None:
        """How a file is read, by its name and, for JSON, by what it holds; None where it is no result file."""
        if path.endswith(HISTORY):
            return lambda text, _: tables.locust_history(text)
        if path.endswith(STATS):
            return lambda text, _: tables.locust_stats(text)
        if path.endswith(".json"):
            return self._json_format(path)
        text = self._repo.files.text(path) or "" if path.endswith((".txt", ".prom", ".metrics")) else ""
        if "keyspace_hits:" in text:
            return lambda text, _: tables.redis_info(text)
        return (lambda text, _: prometheus.exposition(text)) if "# TYPE " in text else None

    def _json_format(self, path: str) -> Callable[[str, Sidecar | None], Measured] | None:
        data = self._json(path)
        if isinstance(data.get("metrics"), dict) and "http_req_duration" in data["metrics"]:
            return lambda *_: json_files.k6(data)
        if isinstance(data.get("benchmarks"), list) and "machine_info" in data:
            return lambda *_: json_files.pytest_benchmark(data)
        if isinstance(data.get("Datapoints"), list) or isinstance(data.get("MetricDataResults"), list):
            return lambda _, run: json_files.cloudwatch(data, run)
        if data.get("status") in ("success", "error") and isinstance(data.get("data", {}), dict):
            return lambda _, run: prometheus.query_answer(data, run)
        return None

    def _json(self, path: str) -> dict[str, Any]:
        try:
            data = json.loads(self._repo.files.text(path) or "")
        except (ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) else {}

    def _run(self, paths: tuple[str, ...]) -> Run:
        """The run of these files. Raises Unreadable where it does not count."""
        beside = self._sidecar(paths)
        parts = [self._measured(path, beside) for path in paths]
        facts = beside or _own_facts(parts)
        problem = facts.age_problem(self._now, timedelta(days=self._repo.settings.performance.max_age_days))
        if problem or (problem := self._commit_problem(facts.commit)):
            raise Unreadable(problem)
        benchmarks = Benchmarks(self._repo)
        measured = [benchmarks.real(part) for part in parts]
        if facts.is_mock and not any(part.tests for part in parts):
            raise Unreadable(
                f"the target {facts.target!r} is no system" if facts.target else "run.json names no target"
            )
        most = [p.most_users for p in parts if p.most_users is not None]
        return Run(
            paths, facts, tuple(r for m in measured for r in m), tuple(u for p in parts for u in p.users),
            max(most, default=None), tuple(k for p in parts for k in p.lookups),
        )  # fmt: skip

    def _measured(self, path: str, beside: Sidecar | None) -> Measured:
        read, text = self._format(path), self._repo.files.text(path)
        if read is None or text is None:
            raise Unreadable("cannot be read")
        try:
            return read(text, beside)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise Unreadable(f"not what its format demands: {type(error).__name__} {error}") from error

    def _sidecar(self, paths: tuple[str, ...]) -> Sidecar | None:
        """`<stem>.run.json` beside the file (or its group), else `run.json` of its folder. Raises Unreadable."""
        folder = posixpath.dirname(paths[0])
        stems = [posixpath.splitext(p)[0] for p in paths]
        stems += [p.removesuffix(e) for p in paths for e in (HISTORY, STATS) if p.endswith(e)]
        names = [*(f"{stem}.{SIDECAR}" for stem in stems), posixpath.join(folder, SIDECAR)]
        name = next((n for n in names if n in self._repo.files.path_set), None)
        if name is None:
            return None
        try:
            return sidecar(self._repo.files.text(name) or "")
        except Unreadable as error:
            raise Unreadable(f"{name}: {error}") from error

    def _commit_problem(self, commit: str) -> str:
        """Why the commit does not count, "" where it does: HEAD, or an ancestor since which no code has changed."""
        if git.head(self._repo.root) is None:
            return ""
        changed = git.changed_since(self._repo.root, commit)
        if changed is None:
            return f"commit {commit[:10]} is no ancestor of the audited one"
        code = [p for p in changed if not self._is_beside(p)]
        return f"{code[0]} has changed since commit {commit[:10]}" if code else ""

    def _is_beside(self, path: str) -> bool:
        """A file that may change without changing what runs."""
        roots = tuple(f"{root.strip('/')}/" for root in self._repo.settings.performance.artifacts)
        folders = path.split("/")[:-1]
        return path.endswith(".md") or path.startswith(roots) or any(f in UNCHANGED for f in folders)

    @cached_property
    def reasons(self) -> str:
        """For people: which result files do not count, and why; "" where there are none."""
        return "; ".join(_told(self.ignored))


def _is_llm(lookups: Lookups) -> bool:
    return "llm" in lookups.name or "gen_ai" in lookups.name


def _own_facts(parts: list[Measured]) -> Sidecar:
    """What a pytest-benchmark file says of itself. Raises Unreadable where nothing ties the files to a run."""
    part = next((p for p in parts if p.commit and p.started_at), None)
    if part is None:
        raise Unreadable(f"no {SIDECAR} ties it to a commit and a time")
    if part.note:
        raise Unreadable(part.note)
    return sidecar(json.dumps({"commit": part.commit, "started_at": part.started_at, "target": "pytest-benchmark"}))


def _told(sites: tuple[Site, ...]) -> Iterator[str]:
    yield from (f"{s.path} is ignored: {s.note}" for s in sites[:5])
    if len(sites) > 5:
        yield f"and {len(sites) - 5} more"
