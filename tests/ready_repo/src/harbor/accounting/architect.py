"""Chooses the accounts for a kind of business."""

from harbor.llm.model import ModelUnavailable, TextModel


class ArchitectAgent:
    """Chooses the accounts for a kind of business."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def accounts(self, trades: list[str]) -> dict[str, object]:
        """An account plan for the trades."""
        if self.llm is None:
            return self._by_rules(trades)
        try:
            answer = await self.llm.complete(f"Föreslå konton för dessa verksamheter och svara på svenska: {trades}")
        except ModelUnavailable:
            return self._by_rules(trades)
        return {"accounts": answer.splitlines(), "source": "model"}

    def _by_rules(self, trades: list[str]) -> dict[str, object]:
        return {"accounts": [f"3{i:03d} {t}" for i, t in enumerate(trades)], "source": "rules"}
