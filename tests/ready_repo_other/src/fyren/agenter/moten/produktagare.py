"""Ranks wishes by how many asked for them."""

from fyren.agenter.bas import Agent


class ProductOwner(Agent):
    """Ranks wishes by how many asked for them."""

    async def rank(self, wishes: dict[str, int]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Rank these wishes, most important first: {wishes}", lambda: sorted(wishes, key=lambda w: -wishes[w]))
