"""Sorts new rules by their deadline."""

from harbor.llm.model import ModelUnavailable, TextModel


class ProductManagerAgent:
    """Sorts new rules by their deadline."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def deadlines(self, rules: dict[str, str]) -> dict[str, object]:
        """The rules, the nearest deadline first."""
        if self.llm is None:
            return self._by_rules(rules)
        try:
            answer = await self.llm.complete(f"Sortera reglerna efter sista dag och svara på svenska: {rules}")
        except ModelUnavailable:
            return self._by_rules(rules)
        return {"deadlines": answer.splitlines(), "source": "model"}

    def _by_rules(self, rules: dict[str, str]) -> dict[str, object]:
        return {"deadlines": sorted(rules, key=lambda r: rules[r]), "source": "rules"}
