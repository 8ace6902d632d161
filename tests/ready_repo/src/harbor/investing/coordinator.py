"""Plans how a customer's wish is met."""

from harbor.llm.model import ModelUnavailable, TextModel


class CoordinatorAgent:
    """Plans how a customer's wish is met."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def plan(self, wishes: list[str]) -> dict[str, object]:
        """The steps, in order."""
        if self.llm is None:
            return self._by_rules(wishes)
        try:
            answer = await self.llm.complete(f"Plan the steps for these wishes, one a line: {wishes}")
        except ModelUnavailable:
            return self._by_rules(wishes)
        return {"steps": answer.splitlines(), "source": "model"}

    def _by_rules(self, wishes: list[str]) -> dict[str, object]:
        return {"steps": [f"{i}. {w}" for i, w in enumerate(wishes, 1)], "source": "rules"}
