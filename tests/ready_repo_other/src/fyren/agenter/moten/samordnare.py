"""Plans the order of a meeting's topics."""

from fyren.agenter.bas import Agent


class Coordinator(Agent):
    """Plans the order of a meeting's topics."""

    async def plan(self, topics: list[str]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Put these topics in a good order, one a line: {topics}", lambda: sorted(topics, key=len))
