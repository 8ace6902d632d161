"""Documents: which files they are (`repo.documents`), and what they say about the repository (`repo.docs`).

`Document.whole` and each `Section` know their fences, commands, lists, tables, links and words; headings are matched
with the keys of `VOCABULARY`. Everything stands at a path and a line.
"""

from pytest_readiness.repo.docs.diagrams import Diagram
from pytest_readiness.repo.docs.docs import Docs
from pytest_readiness.repo.docs.entries import Entry
from pytest_readiness.repo.docs.examples import PythonExample
from pytest_readiness.repo.docs.liveness import Step
from pytest_readiness.repo.docs.model import SHELL, Command, Document, Fence, Item, Link, Row, Section, Text
from pytest_readiness.repo.docs.references import Reference
from pytest_readiness.repo.docs.selection import Documents, document, is_readme, is_report, lies_with_documents
from pytest_readiness.repo.docs.shell import Call, calls
from pytest_readiness.repo.docs.vocabulary import VOCABULARY

__all__ = [
    "SHELL", "VOCABULARY", "Call", "Command", "Diagram", "Docs", "Document", "Documents", "Entry", "Fence", "Item",
    "Link", "PythonExample", "Reference", "Row", "Section", "Step", "Text", "calls", "document", "is_readme",
    "is_report", "lies_with_documents",
]  # fmt: skip
