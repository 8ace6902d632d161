"""Entry to the facts about instructions: `repo.instructions`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.instructions.procedures import Procedures
from pytest_readiness.repo.instructions.setup import Setup
from pytest_readiness.repo.instructions.trouble import Trouble

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Instructions:
    """What the documents tell those who deploy and operate the system."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def setup(self) -> Setup:
        """Guides for deployment, local set-up and set-up of the cloud."""
        return Setup(self._repo)

    @cached_property
    def trouble(self) -> Trouble:
        """Troubleshooting guides."""
        return Trouble(self._repo)

    @cached_property
    def procedures(self) -> Procedures:
        """Rollback, backups, disaster recovery."""
        return Procedures(self._repo)
