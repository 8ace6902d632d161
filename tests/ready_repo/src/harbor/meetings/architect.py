"""Groups the questions of a meeting."""

from harbor.llm.model import ModelUnavailable, TextModel


class ArchitectAgent:
    """Groups the questions of a meeting."""

    def __init__(self, llm: TextModel | None) -> None:
        self.llm = llm

    async def group(self, questions: list[str]) -> dict[str, object]:
        """Groups of questions that belong together."""
        if self.llm is None:
            return self._by_rules(questions)
        try:
            answer = await self.llm.complete(f"Group these questions, one group a line: {questions}")
        except ModelUnavailable:
            return self._by_rules(questions)
        return {"groups": answer.splitlines(), "source": "model"}

    def _by_rules(self, questions: list[str]) -> dict[str, object]:
        return {"groups": sorted({q.split()[0] for q in questions if q}), "source": "rules"}
