"""Where does an import point to? The files of the repository under the names that Python would know them by.

The source roots stand for entries of sys.path; the folder of the importing file is searched after them, as for a
script, then the folders above it: a part of the repository may have a root of its own.
A package may lack its `__init__.py` (a `Folder`). Names of the standard library belong to it, unless the first source
root holds a module or package of that name; names that the repository declares as dependencies belong to those, unless
a source root does. Everything else that cannot be found in the repository is taken as installed.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
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
        self._paths = frozenset(paths).union(modules)
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
        first, tail = dotted.partition(".")[0], dotted.replace(".", "/")
        if self._belongs_elsewhere(first):
            found, near = [Found(t, b) for b in self._shadowing(first) if (t := self.within(b, tail))], []
        else:
            found = [Found(t, b) for b in self._bases(first, origin) if (t := self.within(b, tail))]
            near = [Found(t, b) for b in self._parts(origin) if isinstance(t := self.at(b + tail), Module | Opaque)]
        around = [f for f in found if f.base and f.base in self.roots and origin.path.startswith(f.base)]
        hits = [*around, *near, *found]
        whole = [h for h in hits if not isinstance(h.target, Folder)] or hits
        if whole:
            return whole[0]
        return Missing(dotted) if self.is_first_party(first, origin) else None

    def is_first_party(self, first: str, origin: Module) -> bool:
        """Whether absolute names that start with `first` point into the repository."""
        if self._belongs_elsewhere(first):
            return bool(self._shadowing(first))
        return any(self.at(base + first) for base in self._bases(first, origin)) or first in self._imported_from_roots

    def at(self, path: str) -> Target | None:
        """The package, module or folder at a path without `.py`; a package goes before a module, as in Python."""
        path = path.rstrip("/")
        for candidate in (f"{path}/__init__.py" if path else "__init__.py", f"{path}.py"):
            if candidate in self.modules:
                return self.modules[candidate]
            if candidate in self._paths:
                return Opaque(candidate)
        if path in self._compiled:
            return Opaque(self._compiled[path])
        if path in self._folders or not path:
            return Folder(path)
        interface, generated, _ = path.rpartition("/")[2].partition("_pb2")
        return Opaque(path) if generated and interface in self._interfaces else None

    @cached_property
    def _interfaces(self) -> frozenset[str]:
        """Names of protocol buffer definitions, from which modules are generated."""
        return frozenset(p.rpartition("/")[2].removesuffix(".proto") for p in self._paths if p.endswith(".proto"))

    def within(self, base: str, tail: str) -> Target | None:
        """As `at`; a module of a package that changes how its modules are found is taken to be there."""
        target = self.at(base + tail)
        above = tail.rpartition("/")[0]
        while target is None and above:
            package = self.at(base + above)
            if isinstance(package, Opaque) or (isinstance(package, Module) and package.changes_imports):
                return Opaque(base + tail)
            if package is not None:
                return None
            above = above.rpartition("/")[0]
        return target

    @cached_property
    def _compiled(self) -> dict[str, str]:
        """Modules that are built from another language, by their path without an ending."""
        found = {}
        for path in self._paths:
            if path.endswith(COMPILED):
                folder, slash, name = path.rpartition("/")
                found[folder + slash + name.partition(".")[0]] = path
        return found

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
        target = None if folder is None else self.within("", f"{folder}/{tail}".strip("/"))
        return target or Missing("." * statement.level + (statement.module or ""))

    def submodule(self, package: Target, name: str) -> Target | None:
        """The module `name` inside a package, if it is there."""
        if isinstance(package, Folder):
            return self.within("", f"{package.path}/{name}".strip("/"))
        folder, _, file = package.path.rpartition("/")
        return self.within("", f"{folder}/{name}".strip("/")) if file == "__init__.py" else None

    def package_folder(self, path: str, level: int, base: str = "") -> str | None:
        """The folder that `level` dots mean in the module at `path`; None at or above the folder `base`."""
        parts = path.split("/")[:-level]
        folder = "/".join(parts)
        inside = len(path.split("/")) > level and (folder + "/").startswith(base) and folder + "/" != base
        return folder if inside and folder else None

    def _bases(self, first: str, origin: Module) -> Sequence[str]:
        """Folders that names of the repository start in: the source roots, longest first, and the file's own folder."""
        own = origin.folder + "/" if origin.folder else ""
        around = sorted((r for r in self.roots if r and origin.path.startswith(r)), key=len, reverse=True)
        beside = own not in self.roots and self._stands_beside(own, first)
        return tuple(dict.fromkeys([*around, *self.roots, *([own] if beside else [])]))

    def _stands_beside(self, own: str, first: str) -> bool:
        """Something of that name in the file's folder; a module that imports its own name means a library."""
        found = self.at(own + first)
        if not isinstance(found, Module):
            return found is not None
        return not any(n.partition(".")[0] == first for n in _absolute_names(found))

    def _parts(self, origin: Module) -> Sequence[str]:
        """The folders above the file that are no packages, nearest first: each may be the root of a part."""
        folders = []
        folder = origin.folder.rpartition("/")[0]
        while folder:
            folders += [folder + "/"] if f"{folder}/__init__.py" not in self._paths else []
            folder = folder.rpartition("/")[0]
        return folders

    def _belongs_elsewhere(self, first: str) -> bool:
        return first in sys.stdlib_module_names or first in self._third_party

    def _shadowing(self, first: str) -> Sequence[str]:
        """The first source root, where a module or package of it stands before the library of that name."""
        if first in STARTED_WITH or not self.roots:
            return ()
        return self.roots[:1] if isinstance(self.at(self.roots[0] + first), Module | Opaque) else ()

    @cached_property
    def _folders(self) -> frozenset[str]:
        """Every folder that holds a Python file at any depth."""
        found: set[str] = set()
        for path in (p for p in self._paths if p.endswith(".py")):
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
