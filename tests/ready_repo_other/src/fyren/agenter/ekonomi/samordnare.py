"""Plans a household's month."""

from fyren.agenter.bas import Agent


class Coordinator(Agent):
    """Plans a household's month."""

    async def plan(self, bills: dict[str, int]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Plan these bills over the month, one a line: {bills}", lambda: sorted(bills, key=lambda b: bills[b]))
