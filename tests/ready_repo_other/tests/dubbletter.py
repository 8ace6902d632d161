"""Stand-ins for the gateway."""

from fyren.modell.fel import ModelError


class Answering:
    """Always answers with two lines, and remembers what it was asked."""

    def __init__(self, text: str = "ett\ntvå") -> None:
        self.text = text
        self.asked: list[str] = []

    async def complete(self, prompt: str) -> str:
        self.asked.append(prompt)
        return self.text


class Broken:
    """Its providers are all down."""

    async def complete(self, prompt: str) -> str:
        raise ModelError(prompt)
