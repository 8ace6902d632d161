"""The audited repository as one object."""

from __future__ import annotations

from pathlib import Path

from pytest_readiness.settings import Settings


class Repo:
    """Lazy view of one repository; each fact is computed once."""

    def __init__(self, root: Path, settings: Settings | None = None) -> None:
        self.root = root
        self.settings = settings or Settings()
