"""Finds what was promised."""

from fyren.agenter.bas import Agent


class Implementer(Agent):
    """Finds what was promised."""

    async def promises(self, minutes: str) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"List every promise in these minutes, one a line: {minutes}", lambda: [s for s in minutes.split(".") if " will " in s])
