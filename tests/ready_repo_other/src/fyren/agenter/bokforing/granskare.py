"""Checks that debit meets credit."""

from fyren.agenter.bas import Agent


class Reviewer(Agent):
    """Checks that debit meets credit."""

    async def check(self, rows: dict[str, int]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Granska dessa rader och svara på svenska, ett fel per rad: {rows}", lambda: [r for r in rows if rows[r] != 0])
