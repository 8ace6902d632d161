"""Ranks wishes by what they are worth."""

from harbor.llm.model import ModelUnavailable, TextModel


class ProductManagerAgent:
    """Ranks wishes by what they are worth."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def rank(self, wishes: dict[str, int]) -> dict[str, object]:
        """The wishes, the most valuable first."""
        if self.llm is None:
            return self._by_rules(wishes)
        try:
            answer = await self.llm.complete(f"Rank these wishes by value, one a line: {wishes}")
        except ModelUnavailable:
            return self._by_rules(wishes)
        return {"ranking": answer.splitlines(), "source": "model"}

    def _by_rules(self, wishes: dict[str, int]) -> dict[str, object]:
        return {"ranking": sorted(wishes, key=lambda w: -wishes[w]), "source": "rules"}
