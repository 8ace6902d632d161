"""Sorts payments."""

from fyren.agenter.bas import Agent


class Banker(Agent):
    """Sorts payments."""

    async def payments(self, entries: list[str]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Sort these payments by kind, one a line: {entries}", lambda: sorted(entries, key=str.lower))
