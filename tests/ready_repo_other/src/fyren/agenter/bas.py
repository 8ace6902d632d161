"""What all agents share: ask the gateway, and answer from rules where it cannot."""

from collections.abc import Callable, Mapping

from fyren.matvarden import AGENT_FAILURES
from fyren.modell.fel import ModelError
from fyren.modell.gateway import Gateway


class Agent:
    """An agent gets what it needs in one mapping; without a gateway it still answers."""

    def __init__(self, services: Mapping[str, Gateway]) -> None:
        self.gateway = services.get("gateway")

    async def ask(self, prompt: str, rules: Callable[[], list[str]]) -> dict[str, object]:
        """The model's lines, or what the rules say."""
        if self.gateway is None:
            return {"items": rules(), "source": "rules"}
        try:
            text = await self.gateway.complete(prompt)
        except ModelError:
            AGENT_FAILURES.labels(agent=type(self).__name__).inc()
            return {"items": rules(), "source": "rules"}
        return {"items": text.splitlines(), "source": "model"}
