"""All that the repository does with personal data, as one object."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.privacy.maskers import Maskers

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
