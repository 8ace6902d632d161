"""Logging: which calls log, what is put on the root logger, and what every record of a service carries."""

from pytest_readiness.repo.logs.model import Logging

__all__ = ["Logging"]
