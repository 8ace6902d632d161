"""Matches products with a customer's risk."""

from harbor.llm.model import ModelUnavailable, TextModel


class ProductManagerAgent:
    """Matches products with a customer's risk."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def match(self, products: dict[str, int]) -> dict[str, object]:
        """Products that fit, the safest first."""
        if self.llm is None:
            return self._by_rules(products)
        try:
            answer = await self.llm.complete(f"Which of these products fit a careful customer? One a line: {products}")
        except ModelUnavailable:
            return self._by_rules(products)
        return {"fitting": answer.splitlines(), "source": "model"}

    def _by_rules(self, products: dict[str, int]) -> dict[str, object]:
        return {"fitting": sorted(products, key=lambda p: products[p]), "source": "rules"}
