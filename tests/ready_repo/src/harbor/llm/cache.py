"""Answers that are known already: each process keeps its own for ten minutes."""

from cachetools import TTLCache
from prometheus_client import Counter

HITS = Counter("harbor_llm_cache_hits_total", "Questions whose answer was known")
MISSES = Counter("harbor_llm_cache_misses_total", "Questions that a model was asked")


class AnswerCache:
    """The last answers, apart for each tenant."""

    def __init__(self, seconds: int = 600) -> None:
        self._answers: TTLCache[tuple[str, str], str] = TTLCache(maxsize=4096, ttl=seconds)

    def get(self, tenant: str, prompt: str) -> str | None:
        """The answer that the tenant got to the same prompt."""
        answer = self._answers.get((tenant, prompt))
        if answer is None:
            MISSES.inc()
            return None
        HITS.inc()
        return answer

    def put(self, tenant: str, prompt: str, answer: str) -> None:
        """Keeps an answer."""
        self._answers[tenant, prompt] = answer

    def forget(self, tenant: str) -> None:
        """Drops every answer of the tenant."""
        for key in [key for key in self._answers if key[0] == tenant]:
            del self._answers[key]


answers = AnswerCache()
