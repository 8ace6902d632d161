"""What the documents tell those who deploy and operate the system, and what they leave out: `repo.instructions`."""

from pytest_readiness.repo.instructions.model import Instructions

__all__ = ["Instructions"]
