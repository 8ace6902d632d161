"""Turns a plan into orders."""

from harbor.llm.model import ModelUnavailable, TextModel


class ImplementationAgent:
    """Turns a plan into orders."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def orders(self, changes: dict[str, float]) -> dict[str, object]:
        """One order for each change."""
        if self.llm is None:
            return self._by_rules(changes)
        try:
            answer = await self.llm.complete(f"Write one order a line for these changes: {changes}")
        except ModelUnavailable:
            return self._by_rules(changes)
        return {"orders": answer.splitlines(), "source": "model"}

    def _by_rules(self, changes: dict[str, float]) -> dict[str, object]:
        return {"orders": [f"{'buy' if changes[c] > 0 else 'sell'} {c}" for c in changes], "source": "rules"}
