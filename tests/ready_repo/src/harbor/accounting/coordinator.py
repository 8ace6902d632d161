"""Plans what a bookkeeper has to do."""

from harbor.llm.model import ModelUnavailable, TextModel


class CoordinatorAgent:
    """Plans what a bookkeeper has to do."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def plan(self, tasks: list[str]) -> dict[str, object]:
        """The tasks in the order to do them."""
        if self.llm is None:
            return self._by_rules(tasks)
        try:
            answer = await self.llm.complete(f"Ordna uppgifterna efter datum och svara på svenska: {tasks}")
        except ModelUnavailable:
            return self._by_rules(tasks)
        return {"plan": answer.splitlines(), "source": "model"}

    def _by_rules(self, tasks: list[str]) -> dict[str, object]:
        return {"plan": sorted(tasks), "source": "rules"}
