"""What an agent needs of a language model."""

from typing import Protocol


class ModelUnavailable(Exception):
    """No provider could answer."""


class TextModel(Protocol):
    """Answers a prompt with text."""

    async def complete(self, prompt: str) -> str:
        """The answer; raises ModelUnavailable."""
        ...
