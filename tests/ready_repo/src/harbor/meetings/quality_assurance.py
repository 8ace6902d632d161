"""Checks minutes for what is left open."""

from harbor.llm.model import ModelUnavailable, TextModel


class QualityAssuranceAgent:
    """Checks minutes for what is left open."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def open_points(self, minutes: str) -> dict[str, object]:
        """The questions without an answer."""
        if self.llm is None:
            return self._by_rules(minutes)
        try:
            answer = await self.llm.complete(f"List every question that is left open, one a line: {minutes}")
        except ModelUnavailable:
            return self._by_rules(minutes)
        return {"open": answer.splitlines(), "source": "model"}

    def _by_rules(self, minutes: str) -> dict[str, object]:
        return {"open": [s for s in minutes.split(".") if s.endswith("?")], "source": "rules"}
