"""Import resolution: which module does a dotted name mean, and would Python be able to import a module?"""

from __future__ import annotations

import ast
from functools import cached_property

from pytest_readiness.repo.modules import Module, Site
from pytest_readiness.repo.names import Missing


class Imports:
    """Finds modules by name through the source roots."""

    def __init__(self, modules: dict[str, Module], source_roots: tuple[str, ...]) -> None:
        self._modules = modules
        self._roots = tuple("" if r in (".", "") else r.strip("/") + "/" for r in source_roots)

    @cached_property
    def _folders(self) -> frozenset[str]:
        """Every folder that holds a Python file at any depth."""
        found: set[str] = set()
        for path in self._modules:
            parts = path.split("/")[:-1]
            found |= {"/".join(parts[: i + 1]) for i in range(len(parts))}
        return frozenset(found)

    def find(self, dotted: str, origin: Module) -> Module | Missing | None:
        """The module of that absolute name; Missing where it is first-party and not there; None for third-party."""
        tail = dotted.replace(".", "/")
        bases = [*self._roots, origin.folder + "/" if origin.folder else ""]
        for base in dict.fromkeys(bases):
            for path in (f"{base}{tail}.py", f"{base}{tail}/__init__.py"):
                if path in self._modules:
                    return self._modules[path]
        return Missing(dotted) if self.is_first_party(dotted.partition(".")[0], origin) else None

    def is_first_party(self, first: str, origin: Module) -> bool:
        """Whether absolute names that start with `first` point into the repository."""
        bases = [*self._roots, origin.folder + "/" if origin.folder else ""]
        return any(f"{b}{first}.py" in self._modules or f"{b}{first}" in self._folders for b in bases)

    def base(self, statement: ast.ImportFrom, origin: Module) -> str | None:
        """The absolute dotted name a from-import starts at; None above the top-level package."""
        if not statement.level:
            return statement.module or ""
        parts = origin.path.removesuffix(".py").split("/")
        up = statement.level
        if up > len(parts) - 1 and not (origin.is_package and up == len(parts)):
            return None
        package = parts[: len(parts) - up]
        return ".".join([*package, *(statement.module or "").split(".")]).strip(".")

    def loadable(self, module: Module) -> bool:
        """Whether Python could import the module."""
        return self.problem(module) is None

    def problem(self, module: Module) -> Site | None:
        """Where and why importing the module fails; None where it would succeed."""
        return Site(module.path, module.problem_line, module.problem) if module.problem else None
