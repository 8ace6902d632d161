"""Templates that `cdk synth` left in the repository, and whether they belong to the audited commit."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from pathlib import Path

from pytest_readiness.repo import git
from pytest_readiness.repo.data_files import DataFiles
from pytest_readiness.repo.delivery.deployed import OUTPUT
from pytest_readiness.repo.delivery.roots import IacRoot, Stack
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.scope import Scope

SIDECAR = "run.json"


class Output:
    """Reads the cdk.out below the folder of the infrastructure code."""

    def __init__(self, repo_root: Path, files: Files, data: DataFiles, scope: Scope) -> None:
        self._root, self._files, self._data, self._scope = repo_root, files, data, scope

    def templates(self, root: IacRoot, stacks: Sequence[Stack]) -> list[Site]:
        """The templates, where they are those of the audited commit, one for every stack and each with resources."""
        folders = [f for f in self._files.folders if posixpath.basename(f) == OUTPUT and root.holds(f + "/")]
        for folder in sorted(folders):
            paths = [p for p in self._files.ending(".template.json") if p.startswith(folder + "/")]
            full = [p for p in paths if self._has_resources(p)]
            if full and len(full) == len(paths) >= len({s.name for s in stacks}) and self._is_of_commit(folder):
                return [Site(p, 1, "a template with resources") for p in full]
        return []

    def _has_resources(self, path: str) -> bool:
        documents = self._data.documents(path)
        declared = documents[0].entries.get("Resources") if documents else None
        return declared is not None and bool(declared.entries)

    def _is_of_commit(self, folder: str) -> bool:
        """Whether run.json beside the templates names the audited commit, or one since which no code changed.

        Without git it must name one, which is not compared.
        """
        documents = self._data.documents(f"{folder}/{SIDECAR}")
        named = documents[0].entries.get("commit") if documents else None
        if named is None or not named.text:
            return False
        if git.head(self._root) is None:
            return True
        changed = git.changed_since(self._root, named.text)
        return changed is not None and not any(self._is_code(p, folder) for p in changed)

    def _is_code(self, path: str, folder: str) -> bool:
        is_other = path.endswith(".md") or path.startswith(("docs/", folder + "/"))
        return not (is_other or self._scope.is_test(path))
