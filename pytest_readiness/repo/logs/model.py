"""What the repository logs and how, each fact computed once: `repo.logging`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.logs.calls import LogCalls
from pytest_readiness.repo.logs.setups import Setups

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Logging:
    """Entry to the facts about logging."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def calls(self) -> LogCalls:
        """Which calls write a record."""
        return LogCalls(self._repo.names)

    @cached_property
    def setups(self) -> Setups:
        """What product code puts on the root logger."""
        return Setups(self._repo)
