"""What the name of a metric says: about models, traffic, latency, money, errors, health, circuit breakers."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
MODEL = frozenset({"llm", "llms", "ai", "genai", "model", "models", "bedrock", "openai"})
REQUESTS = frozenset({"request", "call", "invocation", "completion", "operation"})
AT_ONCE = frozenset(
    {"active", "inflight", "flight", "progress", "concurrent", "current", "pending", "queued", "running"}
)
"""How many requests there are at a time: no count of them."""
LATENCY = frozenset({"latency", "duration", "second"})
COST = frozenset({"cost", "usd", "spend", "price"})
TOKENS = frozenset({"token"})
ERRORS = frozenset({"error", "failure", "exception"})
FAILED = ERRORS | {"failed", "fault"}
HEALTH = frozenset(
    {"up", "health", "healthy", "unhealthy", "heartbeat", "alive", "status", "available", "availability", "error",
     "failure", "failed", "success"}
)  # fmt: skip
BREAKER = frozenset({"circuit", "breaker", "circuitbreaker"})
SERVER_ERROR = re.compile(r"5xx", re.IGNORECASE)
CLIENT_ERROR = re.compile(r"4xx|client|user", re.IGNORECASE)
STATUS_LABELS = frozenset(
    {"status", "statuscode", "code", "httpstatus", "httpstatuscode", "httpresponsestatuscode", "responsecode",
     "outcome", "result", "success", "error", "errortype", "exception", "exceptiontype", "state"}
)  # fmt: skip
"""Labels that tell good from bad, in plain letters."""
AGENT_LABELS = frozenset({"agent", "agentid", "agenttype", "agentname"})
_FAILING = re.compile(r"^5|5\.\.|5xx|5\[|err|fail|exception|timeout|\[45\]|4\|5", re.IGNORECASE)
_FINE = re.compile(r"^(ok|success(ful)?|succeeded|true|completed?|done|none|no|200|2xx|cached|hit|0)?$", re.IGNORECASE)


def words(name: str) -> frozenset[str]:
    """The words of a name in lower case, CamelCase taken apart; a plural counts as its singular too."""
    found = {w.lower() for w in _WORD.findall(name)}
    found |= {w[:-1] for w in found if w.endswith("s") and len(w) > 3} | {w[:-2] for w in found if w.endswith("sses")}
    return frozenset(found | {"genai"} if {"gen", "ai"} <= found else found)


def of_model(name: str, namespace: str = "") -> bool:
    """Whether the metric is one of language models."""
    return namespace.startswith("AWS/Bedrock") or bool(words(f"{namespace} {name}") & MODEL)


def of_breaker(name: str) -> bool:
    """Whether the name is one of circuit breakers."""
    return bool(words(name) & BREAKER)


def of_cost(name: str) -> bool:
    """Whether the name is one of money."""
    return bool(words(name) & COST)


def of_server_errors(name: str) -> bool:
    """Whether the metric counts errors of the server or of processing; those of clients do not count."""
    if SERVER_ERROR.search(name):
        return True
    return bool(words(name) & FAILED) and not CLIENT_ERROR.search(name)


def of_latency(name: str) -> bool:
    """Whether the metric measures how long something takes."""
    found = words(name)
    return bool(found & {"latency", "duration"}) or {"response", "time"} <= found


def is_failing(value: str) -> bool:
    """Whether a value or pattern of a status label means errors of the server: 5.., 500, error, failed, timeout."""
    return bool(_FAILING.search(value))


def is_fine(value: str) -> bool:
    """Whether a value of a status label means that all went well."""
    return bool(_FINE.match(value))


def is_status(label: str) -> bool:
    """Whether a label tells good from bad."""
    return re.sub(r"[^a-z0-9]", "", label.lower()) in STATUS_LABELS
