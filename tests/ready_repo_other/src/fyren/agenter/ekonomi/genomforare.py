"""Writes orders."""

from fyren.agenter.bas import Agent


class Implementer(Agent):
    """Writes orders."""

    async def orders(self, wanted: dict[str, int]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Write one order a line for: {wanted}", lambda: [f"buy {wanted[w]} {w}" for w in wanted])
