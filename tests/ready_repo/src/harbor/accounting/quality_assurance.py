"""Checks that the books balance."""

from harbor.llm.model import ModelUnavailable, TextModel


class QualityAssuranceAgent:
    """Checks that the books balance."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def audit(self, entries: list[int]) -> dict[str, object]:
        """What is wrong with the entries."""
        if self.llm is None:
            return self._by_rules(entries)
        try:
            answer = await self.llm.complete(f"Granska verifikationerna och svara på svenska: {entries}")
        except ModelUnavailable:
            return self._by_rules(entries)
        return {"findings": answer.splitlines(), "source": "model"}

    def _by_rules(self, entries: list[int]) -> dict[str, object]:
        return {"findings": [f"differens {sum(entries)}"] if sum(entries) else entries, "source": "rules"}
