"""Puts bookkeeping tasks in order."""

from fyren.agenter.bas import Agent


class Coordinator(Agent):
    """Puts bookkeeping tasks in order."""

    async def order(self, tasks: list[str]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Ordna dessa uppgifter och svara på svenska, en per rad: {tasks}", lambda: sorted(tasks))
