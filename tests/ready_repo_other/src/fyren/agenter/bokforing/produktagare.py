"""Chooses the reports that matter."""

from fyren.agenter.bas import Agent


class ProductOwner(Agent):
    """Chooses the reports that matter."""

    async def reports(self, events: dict[str, int]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Vilka rapporter behövs? Svara på svenska, en per rad: {events}", lambda: [e for e in events if events[e] > 1])
