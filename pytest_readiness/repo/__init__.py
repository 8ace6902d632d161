"""The repository model: everything a check may ask about an audited repository."""

from pytest_readiness.repo.repository import Repo

__all__ = ["Repo"]
