"""What stands for the model in the tests."""

from harbor.llm.model import ModelUnavailable


class AnsweringModel:
    """Gives two lines, and remembers what it was asked."""

    def __init__(self) -> None:
        self.prompts: list[str] = []

    async def complete(self, prompt: str) -> str:
        self.prompts.append(prompt)
        return "one\ntwo"


class FailingModel:
    """A model whose provider is down."""

    async def complete(self, prompt: str) -> str:
        raise ModelUnavailable(prompt)
