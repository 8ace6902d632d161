"""All that the repository does with personal data, as one object."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.privacy.logs import Logs
from pytest_readiness.repo.privacy.maskers import Maskers
from pytest_readiness.repo.privacy.prompts import Prompts

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Privacy:
    """Lazy view; each part is made once."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def maskers(self) -> Maskers:
        """Functions that mask personal data, and where they are applied."""
        return Maskers(self._repo.product, self._repo.names, self._repo.origins)

    @cached_property
    def logs(self) -> Logs:
        """Log calls with personal data."""
        return Logs(self._repo, self.maskers)

    @cached_property
    def prompts(self) -> Prompts:
        """What is sent to language models."""
        return Prompts(self._repo, self.maskers)
