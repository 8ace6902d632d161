"""Books receipts."""

from harbor.llm.model import ModelUnavailable, TextModel


class ImplementationAgent:
    """Books receipts."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def book(self, receipts: dict[str, int]) -> dict[str, object]:
        """One line of the ledger for each receipt."""
        if self.llm is None:
            return self._by_rules(receipts)
        try:
            answer = await self.llm.complete(f"Kontera dessa kvitton, ett per rad, och svara på svenska: {receipts}")
        except ModelUnavailable:
            return self._by_rules(receipts)
        return {"ledger": answer.splitlines(), "source": "model"}

    def _by_rules(self, receipts: dict[str, int]) -> dict[str, object]:
        return {"ledger": [f"{name}: {receipts[name]} kr" for name in receipts], "source": "rules"}
