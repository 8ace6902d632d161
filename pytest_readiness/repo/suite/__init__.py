"""The audited repository's own tests: which there are, whether they can run, what they use and what they assert."""

from pytest_readiness.repo.suite.cases import TestCase
from pytest_readiness.repo.suite.model import Suite

__all__ = ["Suite", "TestCase"]
