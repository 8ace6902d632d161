"""Looks for orders above a limit."""

from harbor.llm.model import ModelUnavailable, TextModel


class QualityAssuranceAgent:
    """Looks for orders above a limit."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def review(self, amounts: list[float]) -> dict[str, object]:
        """The orders to look at."""
        if self.llm is None:
            return self._by_rules(amounts)
        try:
            answer = await self.llm.complete(f"Which of these amounts look wrong? One a line: {amounts}")
        except ModelUnavailable:
            return self._by_rules(amounts)
        return {"suspicious": answer.splitlines(), "source": "model"}

    def _by_rules(self, amounts: list[float]) -> dict[str, object]:
        return {"suspicious": [a for a in amounts if a > 10_000], "source": "rules"}
