"""Finds what was promised in a meeting."""

from harbor.llm.model import ModelUnavailable, TextModel


class ImplementationAgent:
    """Finds what was promised in a meeting."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def promises(self, minutes: str) -> dict[str, object]:
        """The sentences that promise something."""
        if self.llm is None:
            return self._by_rules(minutes)
        try:
            answer = await self.llm.complete(f"List every promise in these minutes, one a line: {minutes}")
        except ModelUnavailable:
            return self._by_rules(minutes)
        return {"promises": answer.splitlines(), "source": "model"}

    def _by_rules(self, minutes: str) -> dict[str, object]:
        return {"promises": [s for s in minutes.split(".") if " will " in s], "source": "rules"}
