"""The one way to a model."""

import hashlib
import logging
from collections.abc import Sequence

from fyren.matvarden import LLM_CALLS, LLM_COST, LLM_SECONDS, LLM_TOKENS
from fyren.modell.fel import ModelError
from fyren.modell.leverantorer import USD_PER_TOKEN, Answer, Bedrock, Extract, OpenAI, Provider
from fyren.plattform.fasad import Cache, platform

log = logging.getLogger(__name__)


class Gateway:
    """Asks the cache, then its providers in turn: what one cannot answer, the next one gets."""

    def __init__(self, providers: Sequence[Provider], cache: Cache) -> None:
        self.providers, self.cache = providers, cache

    @classmethod
    def in_region(cls, region: str) -> "Gateway":
        """Bedrock in the region, then OpenAI, then the prompt itself."""
        return cls([Bedrock(region), OpenAI(), Extract()], platform().cache)

    async def complete(self, prompt: str) -> str:
        """The first answer; raises ModelError where nobody has one."""
        key = "answer:" + hashlib.sha256(prompt.encode()).hexdigest()
        known = self.cache.get(key)
        if known is not None:
            return known
        for provider in self.providers:
            try:
                answer = await self.ask(provider, prompt)
            except Exception as error:
                LLM_CALLS.labels(provider=provider.name, status="error").inc()
                log.warning("provider %s failed: %s", provider.name, type(error).__name__)
                continue
            self.cache.put(key, answer.text)
            return answer.text
        raise ModelError("no provider answered")

    async def ask(self, provider: Provider, prompt: str) -> Answer:
        """The provider's answer, measured and logged with what it cost."""
        with LLM_SECONDS.labels(provider=provider.name).time():
            answer = await provider.complete(prompt)
        cost = answer.tokens * USD_PER_TOKEN[provider.name]
        LLM_CALLS.labels(provider=provider.name, status="ok").inc()
        LLM_TOKENS.labels(provider=provider.name).inc(answer.tokens)
        LLM_COST.labels(provider=provider.name).inc(cost)
        log.info("model asked", extra={"provider": provider.name, "tokens": answer.tokens, "cost_usd": cost})
        return answer
