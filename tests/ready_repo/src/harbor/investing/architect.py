"""Designs a portfolio."""

from harbor.llm.model import ModelUnavailable, TextModel


class ArchitectAgent:
    """Designs a portfolio."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def design(self, holdings: dict[str, float]) -> dict[str, object]:
        """The share of each holding."""
        if self.llm is None:
            return self._by_rules(holdings)
        try:
            answer = await self.llm.complete(f"Suggest shares for these holdings, one a line: {holdings}")
        except ModelUnavailable:
            return self._by_rules(holdings)
        return {"shares": answer.splitlines(), "source": "model"}

    def _by_rules(self, holdings: dict[str, float]) -> dict[str, object]:
        return {"shares": [f"{h}: {holdings[h] / sum(holdings.values()):.0%}" for h in holdings], "source": "rules"}
