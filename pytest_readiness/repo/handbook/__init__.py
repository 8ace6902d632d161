"""What the documents must say, held against what the code does: teams, the LLM service, tools, guides."""

from pytest_readiness.repo.handbook.model import Handbook

__all__ = ["Handbook"]
