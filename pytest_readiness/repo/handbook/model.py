"""Entry to the facts of the documentation checks: `repo.handbook`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.handbook.llm_interface import LlmInterface
from pytest_readiness.repo.handbook.teams import AgentTeam, teams_of
from pytest_readiness.repo.handbook.tools import Tools

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Handbook:
    """What the documents must say, each fact computed once."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def all_teams(self) -> dict[str, AgentTeam]:
        """Every team of the settings, whether the repository has it or not."""
        return teams_of(self._repo)

    @cached_property
    def teams(self) -> tuple[AgentTeam, ...]:
        """The teams that the repository has."""
        return tuple(t for t in self.all_teams.values() if t.exists)

    @cached_property
    def llm_interface(self) -> LlmInterface:
        """The LLM service as its users see it."""
        return LlmInterface(self._repo)

    @cached_property
    def tools(self) -> Tools:
        """What teams offer to others."""
        return Tools(self._repo)
