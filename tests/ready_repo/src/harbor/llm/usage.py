"""What each call of a model took, used and cost."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

from harbor.context import tenant_id

log = logging.getLogger(__name__)
CALLS = Counter("harbor_llm_requests_total", "Calls of models", ["model", "outcome"])
SECONDS = Histogram("harbor_llm_request_duration_seconds", "How long calls of models take", ["model"])
TOKENS = Counter("harbor_llm_tokens_total", "Tokens that went in and came out", ["model"])
COST = Counter("harbor_llm_cost_usd_total", "What calls of models cost, in US dollars", ["model"])
PRICES = {"anthropic.claude-3-haiku-20240307-v1:0": (0.25, 1.25), "gpt-4o-mini": (0.15, 0.60)}
"""US dollars for a million tokens of input and of output."""


@contextmanager
def asked(model: str) -> Iterator[None]:
    """Counts a call of the model, how long it takes and whether it fails."""
    start, outcome = time.monotonic(), "error"
    try:
        yield
        outcome = "ok"
    finally:
        CALLS.labels(model, outcome).inc()
        SECONDS.labels(model).observe(time.monotonic() - start)


def record_usage(model: str, tokens_in: int, tokens_out: int) -> None:
    """Counts tokens and cost, and logs it for the tenant that asked."""
    price_in, price_out = PRICES[model]
    cost = (tokens_in * price_in + tokens_out * price_out) / 1_000_000
    TOKENS.labels(model=model).inc(tokens_in + tokens_out)
    COST.labels(model=model).inc(cost)
    used = {"tenant_id": tenant_id.get(), "model": model, "tokens": tokens_in + tokens_out, "cost_usd": cost}
    log.info("a model was asked", extra=used)
