"""Caches: the classes that write to one, and whether what they write expires, is removed and is counted."""

from pytest_readiness.repo.caches.model import Caches

__all__ = ["Caches"]
