"""Which documents count where: the documentation folder of the repository, READMEs, documents of the infrastructure."""

from __future__ import annotations

from pytest_readiness.repo.docs.selection import FOLDERS
from pytest_readiness.settings import Settings


def in_docs_folder(path: str, settings: Settings) -> bool:
    """Whether a document lies in a folder of documentation at the repository's or the backend's root."""
    inside = path.removeprefix(settings.paths.backend.strip("/") + "/")
    return any("/" in p and p.partition("/")[0].lower() in FOLDERS for p in (path, inside))
