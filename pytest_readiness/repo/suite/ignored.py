"""Test files that a conftest.py keeps pytest from collecting."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from pytest_readiness.repo.modules import Module, dotted, text_of

_NAMES = frozenset({"collect_ignore", "collect_ignore_glob"})


class Ignored:
    """Tells whether `collect_ignore` or `collect_ignore_glob` of a conftest.py above a file names it."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        conftests = (m for p, m in modules.items() if p.rpartition("/")[2] == "conftest.py" and m.tree is not None)
        self._patterns = [(m.folder, pattern) for m in conftests for pattern in _patterns(m)]

    def __call__(self, path: str) -> bool:
        """Whether the file at the path is left out."""
        for folder, pattern in self._patterns:
            prefix = f"{folder}/" if folder else ""
            below = path.removeprefix(prefix)
            if path.startswith(prefix) and (below.startswith(f"{pattern}/") or fnmatchcase(below, pattern)):
                return True
        return False


def _patterns(module: Module) -> Iterator[str]:
    for node in module.tree.body if module.tree else ():
        if isinstance(node, ast.Assign) and any(dotted(t) in _NAMES for t in node.targets):
            texts = (text_of(e) for e in getattr(node.value, "elts", []))
            yield from (t.strip("/") for t in texts if t)
