"""What a result file says, whichever tool wrote it: rows of latency, users over time, hits and misses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

HEALTH = re.compile(r"^(health\w*|live\w*|ready\w*|ping)$", re.IGNORECASE)
CACHE = re.compile(r"cache|redis|memcache", re.IGNORECASE)
"""Names of what has to do with a cache."""
_LLM = re.compile(r"llm|completion|chat|generate|summar|gen_ai|bedrock|openai|gemini|claude", re.IGNORECASE)
_SEGMENTS = re.compile(r"[/\s?&#:._-]+")


FAILED_AT_MOST = 0.01
"""Share of requests that may fail before a latency is worth nothing."""


class Unreadable(Exception):
    """The file is none of the formats, or holds what cannot be told; the message says why."""


class Kind(StrEnum):
    """What a row measures."""

    CACHE = "cache"
    LLM = "llm"
    HEALTH = "health"
    API = "api"


def kind_of(name: str, row_names: Mapping[str, str]) -> Kind:
    """What a row of that name measures; the setting `row_names` (part of the name -> kind) goes first."""
    for part, kind in row_names.items():
        if part.lower() in name.lower():
            return Kind(kind)
    if CACHE.search(name):
        return Kind.CACHE
    if _LLM.search(name):
        return Kind.LLM
    return Kind.HEALTH if any(HEALTH.match(part) for part in _SEGMENTS.split(name)) else Kind.API


@dataclass(frozen=True)
class Row:
    """The latency of one kind of request. `failed` is the share of requests that failed, 0 to 1."""

    name: str
    p95_ms: float
    requests: int
    failed: float = 0.0
    line: int | None = None
    is_overall: bool = False
    """Of all requests of the run together."""
    at_most: bool = False
    """`p95_ms` is an upper bound: it can prove that a limit is kept, never that it is broken."""

    @property
    def figures(self) -> str:
        """For people: what was measured."""
        bound = "at most " if self.at_most else ""
        return f"{self.name}: p95 {bound}{self.p95_ms:.4g} ms over {self.requests} requests, {self.failed:.1%} failed"

    def keeps(self, limit_ms: float) -> bool:
        """Whether it is below the limit and hardly any request failed: errors are fast."""
        return self.p95_ms < limit_ms and self.failed <= FAILED_AT_MOST


@dataclass(frozen=True)
class Lookups:
    """Hits and misses of a cache; or `rate` (0 to 1) over `lookups`, where only the ready ratio is told."""

    name: str
    hits: float = 0.0
    misses: float = 0.0
    rate: float | None = None
    lookups: int = 0
    line: int | None = None

    @property
    def count(self) -> float:
        """How many lookups there were."""
        return self.lookups if self.rate is not None else self.hits + self.misses

    @property
    def share(self) -> float:
        """Hits per lookup, 0 to 1."""
        return self.rate if self.rate is not None else self.hits / (self.hits + self.misses)

    @property
    def figures(self) -> str:
        """For people: what was measured."""
        counted = f" ({self.hits:.0f} hits, {self.misses:.0f} misses)" if self.rate is None else ""
        return f"{self.name}: {self.share:.1%} of {self.count:.0f} lookups{counted}"


@dataclass(frozen=True)
class Measured:
    """What one file says. `users` are (seconds, number of users) in the order of time."""

    rows: tuple[Row, ...] = ()
    users: tuple[tuple[float, int], ...] = ()
    most_users: int | None = None
    lookups: tuple[Lookups, ...] = ()
    commit: str | None = None
    started_at: str | None = None
    note: str = ""
    tests: Mapping[str, Row] = field(default_factory=dict)
    """Rows of a benchmark by the id of the test that measured them."""
