"""Sorts questions into groups."""

from fyren.agenter.bas import Agent


class Architect(Agent):
    """Sorts questions into groups."""

    async def group(self, questions: list[str]) -> dict[str, object]:
        """One line an item."""
        return await self.ask(f"Group these questions, one group a line: {questions}", lambda: sorted({q.split()[0] for q in questions}))
