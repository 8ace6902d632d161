"""Plans the order of a meeting's topics."""

from harbor.llm.model import ModelUnavailable, TextModel


class CoordinatorAgent:
    """Plans the order of a meeting's topics."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def plan(self, topics: list[str]) -> dict[str, object]:
        """The topics in the order to take them."""
        if self.llm is None:
            return self._by_rules(topics)
        try:
            answer = await self.llm.complete(f"Put these topics in a good order, one a line: {topics}")
        except ModelUnavailable:
            return self._by_rules(topics)
        return {"agenda": answer.splitlines(), "source": "model"}

    def _by_rules(self, topics: list[str]) -> dict[str, object]:
        return {"agenda": sorted(topics, key=len), "source": "rules"}
