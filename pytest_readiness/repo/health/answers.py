"""What a handler answers: its HTTP status, and the statuses in its body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.health.words import is_good, is_poor
from pytest_readiness.repo.machine import Ext, ExtObj, Machine, Member, Obj, Raised, Unknown

RESPONSES = ("Response", "json_response", "make_response")
_NUMBERED = re.compile(r"HTTP_(\d{3})")
_NAMED = {
    "SERVICE_UNAVAILABLE": 503,
    "INTERNAL_SERVER_ERROR": 500,
    "BAD_GATEWAY": 502,
    "GATEWAY_TIMEOUT": 504,
    "OK": 200,
}
_BODIES = ("content", "body", "data", "response", "media")
_STATUS_KEYS = frozenset(
    {"status", "state", "health", "healthy", "ok", "ready", "alive", "connected", "available", "result"}
)
DEPTH = 6
FAILURE = 500
MOST_LEAVES = 200
Leaves = dict[tuple[str, ...], object]


@dataclass(frozen=True)
class Answer:
    """What a client gets."""

    status: int | None
    """None where nothing sets it: 200."""
    leaves: Leaves

    @property
    def is_failure(self) -> bool:
        """An HTTP status of 500 or more."""
        return self.status is not None and self.status >= FAILURE

    @property
    def good(self) -> dict[tuple[str, ...], str]:
        """The statuses that say all is well, by where they stand."""
        return {p: v for p, v in self.leaves.items() if isinstance(v, str) and is_good(v)}

    @property
    def poor(self) -> set[tuple[tuple[str, ...], str]]:
        """The statuses that say that something is not well, and where they stand."""
        words = {(p, v) for p, v in self.leaves.items() if isinstance(v, str) and is_poor(v)}
        flags = {(p, "False") for p, v in self.leaves.items() if v is False and p and _speaks(p[-1].lower())}
        return words | flags

    def is_worse_than(self, other: Answer) -> bool:
        """It fails where the other does not, or says of something that it is not well where the other does not."""
        if self.is_failure:
            return not other.is_failure
        return bool(self.poor - other.poor)


def _speaks(key: str) -> bool:
    return bool(set(key.split("_")) & _STATUS_KEYS)


def answer_of(machine: Machine, value: object) -> Answer:
    """The answer that a handler's result stands for."""
    body, status = _opened(value)
    return Answer(status, dict(list(_leaves(machine, body, (), DEPTH))[:MOST_LEAVES]))


def refusal_of(raised: Raised) -> Answer:
    """The answer that an exception becomes: its own status, else 500."""
    value = raised.value
    given = [*value.args, *value.attrs.values()] if isinstance(value, ExtObj) else []
    if isinstance(value, Obj):
        given = [*value.attrs.values()]
    statuses = [s for g in given if (s := number_of(g)) is not None]
    return Answer(statuses[0] if statuses else FAILURE, {})


def number_of(value: object) -> int | None:
    """The HTTP status that a value stands for."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 100 <= value < 600 else None
    if isinstance(value, Member):
        return number_of(value.value)
    name = value.name if isinstance(value, Ext) else ""
    found = _NUMBERED.search(name)
    return int(found[1]) if found else _NAMED.get(name.removesuffix(".value").rpartition(".")[2])


def _opened(value: object) -> tuple[object, int | None]:
    """The body and the status in a response object or in Flask's `body, 503`."""
    if isinstance(value, ExtObj) and value.name.endswith(RESPONSES):
        body = next((value.attrs[n] for n in _BODIES if n in value.attrs), value.args[0] if value.args else None)
        given = [value.attrs.get("status_code"), value.attrs.get("status"), *value.args[1:2]]
        inner, own = _opened(body) if body is not value else (body, None)
        return inner, next((n for g in given if (n := number_of(g)) is not None), own)
    if isinstance(value, tuple) and len(value) > 1 and number_of(value[1]) is not None:
        return _opened(value[0])[0], number_of(value[1])
    return value, None


def _leaves(
    machine: Machine, value: object, path: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, Member):
        value = value.value if isinstance(value.value, str) else value.name
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            yield from _leaves(machine, inner, (*path, key if isinstance(key, str) else "?"), depth - 1)
    elif isinstance(value, list | tuple) and depth:
        for index, inner in enumerate(value):
            yield from _leaves(machine, inner, (*path, str(index)), depth - 1)
    elif isinstance(value, Obj) and depth:
        for key, inner in value.attrs.items():
            yield from _leaves(machine, inner, (*path, key), depth - 1)
    elif isinstance(value, str | bool | int | float | Unknown):
        yield path, value
