"""The one language model service of the system."""

import logging

from harbor.context import tenant_id
from harbor.llm.cache import AnswerCache, answers
from harbor.llm.model import ModelUnavailable, TextModel
from harbor.llm.providers import BedrockProvider, OpenAIProvider, RulesProvider

log = logging.getLogger(__name__)


class ModelService(TextModel):
    """Asks Bedrock, then OpenAI, then the rules: a failing provider hands the same prompt on."""

    def __init__(self, region: str, known: AnswerCache | None = None) -> None:
        self._known = known or AnswerCache()
        self._bedrock = BedrockProvider(region)
        self._openai = OpenAIProvider()
        self._rules = RulesProvider()

    async def complete(self, prompt: str) -> str:
        """The answer that is known, else what a provider gives; raises ModelUnavailable where there is nothing to ask."""
        if not prompt.strip():
            raise ModelUnavailable("an empty prompt")
        known = self._known.get(tenant_id.get(), prompt)
        if known is not None:
            return known
        answer = await self._asked(prompt)
        self._known.put(tenant_id.get(), prompt, answer)
        return answer

    async def _asked(self, prompt: str) -> str:
        try:
            return await self._bedrock.complete(prompt)
        except Exception:
            log.warning("bedrock failed, asking openai", exc_info=True)
        try:
            return await self._openai.complete(prompt)
        except Exception:
            log.warning("openai failed, answering from rules", exc_info=True)
        return await self._rules.complete(prompt)


def llm_service(region: str) -> ModelService:
    """The service, bound to an AWS region."""
    return ModelService(region, answers)
