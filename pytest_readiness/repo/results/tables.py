"""Locust's CSV files and Redis INFO."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from pytest_readiness.repo.results.rows import Lookups, Measured, Row, Unreadable

STATS = ("Type", "Name", "Request Count", "Failure Count", "95%")
HISTORY = ("Timestamp", "User Count", "Name")
OVERALL = "Aggregated"


def locust_stats(text: str) -> Measured:
    """`*_stats.csv` of Locust; p95 in ms. Raises Unreadable."""
    found = [row for line, entry in _entries(text, STATS) if (row := _stats_row(line, entry)) is not None]
    return Measured(rows=tuple(found))


def _stats_row(line: int, entry: Mapping[str, str]) -> Row | None:
    """None for a row that no request reached: Locust writes N/A there."""
    requests = _number(entry["Request Count"], line)
    if requests <= 0 or entry["95%"] in ("", "N/A"):
        return None
    failed = _number(entry["Failure Count"], line) / requests
    name = f"{entry['Type']} {entry['Name']}".strip()
    p95 = _number(entry["95%"], line)
    return Row(name, p95, int(requests), failed, line, is_overall=entry["Name"] == OVERALL)


def locust_history(text: str) -> Measured:
    """`*_stats_history.csv` of Locust: how many users there were, second by second. Raises Unreadable."""
    seen: dict[float, int] = {}
    for line, entry in _entries(text, HISTORY):
        when, users = _number(entry["Timestamp"], line), int(_number(entry["User Count"], line))
        seen[when] = max(seen.get(when, 0), users)
    users_over_time = tuple(sorted(seen.items()))
    return Measured(users=users_over_time, most_users=max(seen.values(), default=None))


def redis_info(text: str) -> Measured:
    """The text of INFO. Raises Unreadable where hits or misses are missing."""
    pairs = ((n, line.partition(":")) for n, line in enumerate(text.splitlines(), start=1))
    found = {key.strip(): (n, value.strip()) for n, (key, _, value) in pairs}
    if not {"keyspace_hits", "keyspace_misses"} <= found.keys():
        raise Unreadable("no keyspace_hits and keyspace_misses")
    line, hits = found["keyspace_hits"]
    misses = found["keyspace_misses"][1]
    return Measured(lookups=(Lookups("keyspace", _number(hits, line), _number(misses, line), line=line),))


def _entries(text: str, wanted: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells of every row. Raises Unreadable where a column is missing or a row is cut short."""
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in wanted if name not in (reader.fieldnames or ())]
    if missing:
        raise Unreadable(f"no column {missing[0]}")
    try:
        for entry in reader:
            if any(entry.get(name) is None for name in wanted):
                raise Unreadable(f"line {reader.line_num} is cut short")
            yield reader.line_num, {name: str(entry[name]) for name in wanted}
    except csv.Error as error:
        raise Unreadable(str(error)) from error


def _number(text: str, line: int) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise Unreadable(f"line {line}: {text[:40]!r} is no number") from error
    if not 0 <= value < float("inf"):
        raise Unreadable(f"line {line}: {text[:40]!r} is no possible figure")
    return value
