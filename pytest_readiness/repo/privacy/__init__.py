"""Personal data: what masks it, where it is logged, sent, erased and exported."""

from pytest_readiness.repo.privacy.model import Privacy

__all__ = ["Privacy"]
