"""The old name of what `pytest_readiness.repo.docs` holds."""

from pytest_readiness.repo.docs import Command, Document, Documents, Section, document, is_readme, is_report

__all__ = ["Command", "Document", "Documents", "Section", "document", "is_readme", "is_report"]
