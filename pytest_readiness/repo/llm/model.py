"""What the repository does with language models, each fact computed once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm.calls import LlmCalls

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Llm:
    """Entry to the facts about language models: `repo.llm`."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def calls(self) -> LlmCalls:
        """Calls of a model in product code."""
        return LlmCalls(self._repo.product, self._repo.names, self._repo.settings.llm)
