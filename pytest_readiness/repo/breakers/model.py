"""What the repository does with circuit breakers, each fact computed once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.breakers.classes import BreakerClass, BreakerClasses
from pytest_readiness.repo.modules import Class

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Breakers:
    """Entry to the facts about circuit breakers: `repo.breakers`."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def kinds(self) -> BreakerClasses:
        """Tells breaker classes, those of libraries too, from other classes."""
        return BreakerClasses(self._repo.product, self._repo.names)

    @property
    def classes(self) -> tuple[BreakerClass, ...]:
        """Every breaker class of the product, whether or not its module can be imported."""
        return self.kinds.all

    def of(self, cls: Class) -> BreakerClass | None:
        """The class as a breaker; None where it is none."""
        return self.kinds.of(cls)
