"""What each call of a model used and cost."""

import logging

from prometheus_client import Counter

from harbor.context import tenant_id

log = logging.getLogger(__name__)
COST = Counter("harbor_llm_cost_usd_total", "What calls of models cost, in US dollars", ["model"])
PRICES = {"anthropic.claude-3-haiku-20240307-v1:0": (0.25, 1.25), "gpt-4o-mini": (0.15, 0.60)}
"""US dollars for a million tokens of input and of output."""


def record_usage(model: str, tokens_in: int, tokens_out: int) -> None:
    """Counts the cost, and logs it for the tenant that asked."""
    price_in, price_out = PRICES[model]
    cost = (tokens_in * price_in + tokens_out * price_out) / 1_000_000
    COST.labels(model=model).inc(cost)
    used = {"tenant_id": tenant_id.get(), "model": model, "tokens": tokens_in + tokens_out, "cost_usd": cost}
    log.info("a model was asked", extra=used)
