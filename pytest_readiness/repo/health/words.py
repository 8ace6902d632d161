"""Words by which code says how a service is."""

from __future__ import annotations

import re

GOOD = frozenset({"healthy", "ok", "okay", "up", "alive", "pass", "passing", "operational", "green"})
BETWEEN = frozenset({"degraded", "warning", "warn", "partial", "yellow", "impaired", "limited", "slow"})
BAD = frozenset(
    {
        "unhealthy", "down", "fail", "failed", "failing", "error", "critical", "red", "dead", "unavailable", "offline",
        "disconnected", "unreachable", "broken", "outage", "not_ready", "unready", "notready", "major_outage",
    }
)  # fmt: skip
UNSURE = frozenset({"unknown", "starting", "pending", "maintenance", "unconfigured", "disabled"})
_NORMAL = re.compile(r"[\s\-]+")


def normal(text: str) -> str:
    """A status as the words are written: lower case, underscores, without what is said after a colon."""
    return _NORMAL.sub("_", text.partition(":")[0].strip().lower())


def is_good(text: str) -> bool:
    """Whether the status says that all is well."""
    return normal(text) in GOOD


def is_status(text: str) -> bool:
    """Whether the text is a status at all."""
    return normal(text) in GOOD | BETWEEN | BAD | UNSURE


def is_poor(text: str) -> bool:
    """Whether the status says that not all is well."""
    return normal(text) in BETWEEN | BAD | UNSURE
