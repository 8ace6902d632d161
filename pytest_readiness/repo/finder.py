"""Where does an import point to? The files of the repository under the names that Python would know them by.

The source roots stand for entries of sys.path; the folder of the importing file is searched last, as for a script.
A package may lack its `__init__.py` (a `Folder`). Names of the standard library belong to it, unless the first source
root holds a module or package of that name; names that the repository declares as dependencies belong to those, unless
a source root does. Everything else that cannot be found in the repository is taken as installed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.modules import Module

STARTED_WITH = frozenset(sys.builtin_module_names) | {
    "abc", "codecs", "encodings", "genericpath", "importlib", "io", "os", "posixpath", "site", "stat", "zipimport",
}  # fmt: skip
"""Modules that Python has loaded before it looks into any folder: nothing can take their place."""
COMPILED = (".so", ".pyd", ".pyx", ".pyi", ".c", ".cpp", ".rs")
"""A file of the module's name with such an ending is built into the module: what it binds cannot be read."""


@dataclass(frozen=True)
class Missing:
    """A name of the repository that is not there."""

    name: str


@dataclass(frozen=True)
class Folder:
    """A package without `__init__.py`: its modules can be imported, nothing else."""

    path: str


@dataclass(frozen=True)
class Opaque:
    """A module that is there and not read: excluded from the audit, or compiled. It is taken to bind every name."""

    path: str


Target = Module | Folder | Opaque


@dataclass(frozen=True)
class Found:
    """What a dotted name means: the target, and the folder ("" or with a slash at its end) its first name stands in."""

    target: Target
    base: str


class Finder:
    """Finds modules by name."""

    def __init__(
        self,
        modules: Mapping[str, Module],
        source_roots: Collection[str],
        paths: Collection[str] = (),
        third_party: Collection[str] = (),
    ) -> None:
        self.modules = modules
        self.roots = tuple(dict.fromkeys("" if r in (".", "") else r.strip("/") + "/" for r in source_roots))
        self._third_party = frozenset(third_party)
        self._paths = frozenset(paths)
        self._found: dict[tuple[str, str], Found | Missing | None] = {}

    def find(self, dotted: str, origin: Module) -> Target | Missing | None:
        """What that absolute name means; Missing where it ought to be in the repository and is not, None for others."""
        found = self.locate(dotted, origin)
        return found.target if isinstance(found, Found) else found

    def locate(self, dotted: str, origin: Module) -> Found | Missing | None:
        """As `find`, with the folder that the name is looked up from."""
        key = (dotted, origin.folder)
        if key not in self._found:
            self._found[key] = self._locate(dotted, origin)
        return self._found[key]

    def _locate(self, dotted: str, origin: Module) -> Found | Missing | None:
        first = dotted.partition(".")[0]
        bases = list(self._bases(first, origin))
        tail = dotted.replace(".", "/")
        hits = [Found(target, base) for base in bases if (target := self.at(base + tail)) is not None]
        whole = [h for h in hits if not isinstance(h.target, Folder)] or hits
        if whole:
            return whole[0]
        return Missing(dotted) if self.is_first_party(first, origin) else None

    def is_first_party(self, first: str, origin: Module) -> bool:
        """Whether absolute names that start with `first` point into the repository."""
        if self._belongs_elsewhere(first):
            return self._shadows(first)
        return any(self.at(base + first) for base in self._bases(first, origin)) or first in self._imported_from_roots

    def at(self, path: str) -> Target | None:
        """The package, module or folder at a path without `.py`; a package goes before a module, as in Python."""
        path = path.rstrip("/")
        for candidate in (f"{path}/__init__.py" if path else "__init__.py", f"{path}.py"):
            if candidate in self.modules:
                return self.modules[candidate]
            if candidate in self._paths:
                return Opaque(candidate)
        compiled = next((path + end for end in COMPILED if path + end in self._paths), None)
        if compiled:
            return Opaque(compiled)
        return Folder(path) if path in self._folders or not path else None

    def base(self, statement: ast.ImportFrom, origin: Module) -> str | None:
        """The dotted name a from-import starts at, relative ones as seen from the repository's root; None above it."""
        if not statement.level:
            return statement.module or ""
        folder = self.package_folder(origin.path, statement.level)
        return (
            None if folder is None else ".".join([*folder.split("/"), *(statement.module or "").split(".")]).strip(".")
        )

    def source(self, statement: ast.ImportFrom, origin: Module) -> Target | Missing | None:
        """What a from-import takes its names from; Missing and None as in `find`."""
        if not statement.level:
            return self.find(statement.module or "", origin)
        folder = self.package_folder(origin.path, statement.level)
        tail = (statement.module or "").replace(".", "/")
        target = None if folder is None else self.at(f"{folder}/{tail}" if folder and tail else folder or tail)
        return target or Missing("." * statement.level + (statement.module or ""))

    def submodule(self, package: Target, name: str) -> Target | None:
        """The module `name` inside a package, if it is there."""
        if isinstance(package, Folder):
            return self.at(f"{package.path}/{name}" if package.path else name)
        folder, _, file = package.path.rpartition("/")
        return self.at(f"{folder}/{name}" if folder else name) if file == "__init__.py" else None

    def package_folder(self, path: str, level: int, base: str = "") -> str | None:
        """The folder that `level` dots mean in the module at `path`; None at or above the folder `base`."""
        parts = path.split("/")[:-level]
        folder = "/".join(parts)
        inside = len(path.split("/")) > level and (folder + "/").startswith(base) and folder + "/" != base
        return folder if inside and folder else None

    def _bases(self, first: str, origin: Module) -> Iterator[str]:
        """Folders to look in: the source roots that hold the importing file, the others, the file's own folder."""
        if self._belongs_elsewhere(first):
            yield from self.roots[:1] if self._shadows(first) else ()
            return
        around = [r for r in self.roots if r and origin.path.startswith(r)]
        ordered = dict.fromkeys([*sorted(around, key=len, reverse=True), *self.roots])
        yield from ordered
        own = origin.folder + "/" if origin.folder else ""
        beside = self.at(own + first)
        if own not in ordered and beside is not None and not (isinstance(beside, Module) and beside is origin):
            yield own

    def _belongs_elsewhere(self, first: str) -> bool:
        return first in sys.stdlib_module_names or first in self._third_party

    def _shadows(self, first: str) -> bool:
        """A module or package of the first source root stands before the standard library and what is installed."""
        if first in STARTED_WITH or not self.roots:
            return False
        return isinstance(self.at(self.roots[0] + first), Module | Opaque)

    @cached_property
    def _folders(self) -> frozenset[str]:
        """Every folder that holds a Python file at any depth."""
        found: set[str] = set()
        for path in {*self.modules, *(p for p in self._paths if p.endswith(".py"))}:
            folder = path.rpartition("/")[0]
            while folder and folder not in found:
                found.add(folder)
                folder = folder.rpartition("/")[0]
        return frozenset(found)

    @cached_property
    def _imported_from_roots(self) -> frozenset[str]:
        """Names that some file imports as `<source root>.<name>`: the repository's, even where they are gone."""
        prefixes = tuple(r.replace("/", ".") for r in self.roots if r)
        names = (n for m in self.modules.values() for n in _absolute_names(m))
        return frozenset(n.removeprefix(p).split(".")[0] for n in names for p in prefixes if n.startswith(p))


def _absolute_names(module: Module) -> Iterator[str]:
    for node in module.imports:
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif not node.level and node.module:
            yield from (f"{node.module}.{a.name}" for a in node.names)
