"""What is measured; served at /metrics."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("http_requests_total", "Requests answered.", ["status"])
SECONDS = Histogram("http_request_duration_seconds", "How long they took.")
LLM_CALLS = Counter("llm_calls_total", "Questions to models.", ["provider", "status"])
LLM_SECONDS = Histogram("llm_request_duration_seconds", "How long a model took.", ["provider"])
LLM_TOKENS = Counter("llm_tokens_total", "Tokens in and out.", ["provider"])
LLM_COST = Counter("llm_cost_usd_total", "What the models cost.", ["provider"])
CACHE_HITS = Counter("cache_hits_total", "Answers found in the cache.")
CACHE_MISSES = Counter("cache_misses_total", "Answers not found there.")
BREAKER_OPEN = Gauge("circuit_breaker_open", "1 while a service is cut off.", ["service"])
AGENT_FAILURES = Counter("agent_failures_total", "Answers that an agent could not get from a model.", ["agent"])
