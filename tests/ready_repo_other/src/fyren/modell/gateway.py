"""The one way to a model."""

import logging
from collections.abc import Sequence

from fyren.modell.fel import ModelError
from fyren.modell.leverantorer import Bedrock, Extract, OpenAI, Provider

log = logging.getLogger(__name__)


class Gateway:
    """Asks its providers in turn: what one cannot answer, the next one gets."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self.providers = providers

    @classmethod
    def in_region(cls, region: str) -> "Gateway":
        """Bedrock in the region, then OpenAI, then the prompt itself."""
        return cls([Bedrock(region), OpenAI(), Extract()])

    async def complete(self, prompt: str) -> str:
        """The first answer; raises ModelError where nobody has one."""
        for provider in self.providers:
            try:
                return await provider.complete(prompt)
            except Exception as error:
                log.warning("provider %s failed: %s", provider.name, type(error).__name__)
        raise ModelError("no provider answered")
