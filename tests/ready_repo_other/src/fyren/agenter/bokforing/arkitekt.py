"""Chooses accounts."""

from fyren.agenter.bas import Agent


class Architect(Agent):
    """Chooses accounts."""

    async def accounts(self, trades: list[str]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Föreslå konton för verksamheterna och svara på svenska: {trades}", lambda: [f"3{i:03d} {t}" for i, t in enumerate(trades)])
