"""Spreads savings."""

from fyren.agenter.bas import Agent


class Architect(Agent):
    """Spreads savings."""

    async def spread(self, amounts: dict[str, int]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Spread these savings over accounts, one a line: {amounts}", lambda: [f"{a}: {amounts[a] // 2}" for a in amounts])
