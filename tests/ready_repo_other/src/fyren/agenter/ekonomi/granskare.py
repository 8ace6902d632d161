"""Finds risks."""

from fyren.agenter.bas import Agent


class Reviewer(Agent):
    """Finds risks."""

    async def risks(self, holdings: dict[str, int]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Name the risks of these holdings, one a line: {holdings}", lambda: [h for h in holdings if holdings[h] > sum(holdings.values()) / 2])
