"""Names that say which service is meant, and on which side an implementation stands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_FIRST = ("get_", "create_", "build_")
_LAST = ("_service", "_client", "_adapter", "_facade")
PRIMARY = frozenset({"aws", "cloud", "remote", "managed", "primary", "azure", "gcp", "online"})
LOCAL = frozenset({"local", "fallback", "offline", "secondary", "backup", "standby"})
BOTH = frozenset({"hybrid", "auto", "automatic", "both", "combined", "mixed", "failover", "resilient"})


class Side(StrEnum):
    """On which side of a failover an implementation stands."""

    PRIMARY = "primary"
    LOCAL = "local"


def words_of(name: str) -> list[str]:
    """The words of an identifier, in lower case: `_awsServices` is aws, services."""
    return [w.lower() for w in _WORD.findall(name)]


def service_of(name: str) -> str:
    """The service that an accessor's name stands for: `get_cache_service` is cache."""
    for start in _FIRST:
        name = name.removeprefix(start)
    for end in _LAST:
        name = name.removesuffix(end)
    return name


def names_service(name: str, service: str) -> bool:
    """Whether the words of the service stand in the name one after the other."""
    words, wanted = words_of(name), words_of(service)
    return bool(wanted) and any(words[i : i + len(wanted)] == wanted for i in range(len(words)))


def side_of(names: Iterable[str]) -> Side | None:
    """The side that the first of the names that tells one says."""
    for name in names:
        words = set(words_of(name))
        if words & LOCAL:
            return Side.LOCAL
        if words & PRIMARY:
            return Side.PRIMARY
    return None


def sides_of_mode(*names: str) -> frozenset[Side] | None:
    """The sides that a mode names: one, both for a combined mode; None where the names tell none."""
    words = {w for n in names for w in words_of(n)}
    found = {s for s, known in ((Side.PRIMARY, PRIMARY), (Side.LOCAL, LOCAL)) if words & known}
    if words & BOTH or len(found) == 2:
        return frozenset(Side)
    return frozenset(found) or None
