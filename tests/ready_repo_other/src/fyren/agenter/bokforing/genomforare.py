"""Books receipts."""

from fyren.agenter.bas import Agent


class Implementer(Agent):
    """Books receipts."""

    async def book(self, receipts: list[str]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Kontera dessa kvitton och svara på svenska, en rad var: {receipts}", lambda: [f"4000 {r}" for r in receipts])
