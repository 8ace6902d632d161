"""Reads what a customer asks of the bank."""

from harbor.llm.model import ModelUnavailable, TextModel


class BankingAgent:
    """Reads what a customer asks of the bank."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def read(self, request: str) -> dict[str, object]:
        """The words that name an errand."""
        if self.llm is None:
            return self._by_rules(request)
        try:
            answer = await self.llm.complete(f"Which errands are in this request? One a line: {request}")
        except ModelUnavailable:
            return self._by_rules(request)
        return {"errands": answer.splitlines(), "source": "model"}

    def _by_rules(self, request: str) -> dict[str, object]:
        return {"errands": [w for w in request.lower().split() if w in {"pay", "save", "borrow"}], "source": "rules"}
