"""Ranks products by cost."""

from fyren.agenter.bas import Agent


class ProductOwner(Agent):
    """Ranks products by cost."""

    async def rank(self, products: dict[str, int]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Rank these products for a careful saver: {products}", lambda: sorted(products, key=lambda p: products[p]))
