"""Finds what was left open."""

from fyren.agenter.bas import Agent


class Reviewer(Agent):
    """Finds what was left open."""

    async def open_points(self, minutes: str) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"List every open question, one a line: {minutes}", lambda: [s for s in minutes.split(".") if s.endswith("?")])
