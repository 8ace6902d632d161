"""A configuration of logging as one tree, whether it stands in code or in a data file."""

from __future__ import annotations

import ast
import configparser
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.modules import Module, Site, call_name, text_of
from pytest_readiness.repo.origins import Origins

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

ENDINGS = (".yaml", ".yml", ".json", ".toml", ".ini", ".conf", ".cfg")
_DEPTH = 12
_STEPS = 40
"""Most expressions that are followed to find the name of a configuration file."""


@dataclass(frozen=True, eq=False)
class Conf:
    """A value of the configuration: an expression of a module, or a value of a data file."""

    origins: Origins
    module: Module
    """The module of the expression; for a data file the one that loads it."""
    value: ast.expr | Datum
    depth: int = _DEPTH
    """Levels below it that are looked at."""

    @property
    def site(self) -> Site:
        if isinstance(self.value, Datum):
            return Site(self.value.path, self.value.line)
        return self.module.at(self.value)

    @property
    def text(self) -> str | None:
        """The plain text that it is."""
        if isinstance(self.value, Datum):
            return self.value.text
        found = (text_of(o.node) for o in self.origins.of(self.module, self.value))
        return next((t for t in found if t is not None), None)

    @property
    def table(self) -> dict[str, Conf]:
        """The entries of a mapping by their keys; none for anything else."""
        if self.depth <= 0:
            return {}
        if isinstance(self.value, Datum):
            return {k: self._inner(self.module, d) for k, d in self.value.entries.items()}
        found: dict[str, Conf] = {}
        for origin in self.origins.of(self.module, self.value):
            for key, value in _pairs(origin.node):
                inner = self._inner(origin.module, value)
                found |= inner.table if key is None else {key: inner}
        return found

    @property
    def elements(self) -> list[Conf]:
        """The elements of a sequence; none for anything else."""
        if isinstance(self.value, Datum):
            return [self._inner(self.module, d) for d in self.value.elements]
        origins = self.origins.of(self.module, self.value)
        lists = [o for o in origins if isinstance(o.node, ast.List | ast.Tuple | ast.Set)]
        return [self._inner(o.module, e) for o in lists for e in getattr(o.node, "elts", [])]

    def _inner(self, module: Module, value: ast.expr | Datum) -> Conf:
        return Conf(self.origins, module, value, self.depth - 1)

    def get(self, key: str) -> Conf | None:
        return self.table.get(key)

    def texts(self, key: str) -> list[str]:
        """The texts of the sequence below the key."""
        found = self.table.get(key)
        return [t for e in found.elements if (t := e.text) is not None] if found else []


def _pairs(node: ast.expr) -> Iterator[tuple[str | None, ast.expr]]:
    """Keys and values of a dict display or a call of dict; None stands for what `**` unpacks."""
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                yield None, value
            elif (name := text_of(key)) is not None:
                yield name, value
    elif isinstance(node, ast.Call) and call_name(node) == "dict":
        yield from ((k.arg, k.value) for k in node.keywords)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from [(None, node.left), (None, node.right)]


class Configs:
    """Finds the configurations that `dictConfig`, `fileConfig` and `--log-config` are given."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def of(self, module: Module, node: ast.expr | None) -> list[Conf]:
        """The configuration that the expression holds: a mapping in code, or what it loads from a file."""
        if node is None:
            return []
        found = Conf(self._repo.origins, module, node)
        return [found] if found.table else self.named(module, self._file_names(module, node))

    def named(self, module: Module, names: list[str]) -> list[Conf]:
        """The configurations in files of these names, those nearest to the module first."""
        return [c for n in names for p in self._paths(module, n) for c in self._load(module, p)]

    def _paths(self, module: Module, name: str) -> list[str]:
        name = posixpath.normpath(name).lstrip("./")
        found = [p for p in self._repo.files.paths if p == name or p.endswith("/" + name)]
        found = found or [p for p in self._repo.files.paths if posixpath.basename(p) == posixpath.basename(name)]
        return sorted(found, key=lambda p: -len(posixpath.commonprefix([p, module.path])))[:1]

    def _load(self, module: Module, path: str) -> list[Conf]:
        if path.endswith((".ini", ".conf", ".cfg")):
            return [Conf(self._repo.origins, module, _ini(path, self._repo.files.text(path) or ""))]
        return [Conf(self._repo.origins, module, d) for d in self._repo.data.documents(path)[:1]]

    def _file_names(self, module: Module, node: ast.expr) -> list[str]:
        """Texts that name a configuration file, in the expression and in what its names were bound to."""
        found: list[str] = []
        todo, seen = [(module, node)], set[ast.AST]()
        while todo and len(seen) < _STEPS:
            home, current = todo.pop(0)
            for part in ast.walk(current):
                if (text := text_of(part)) and text.endswith(ENDINGS):
                    found.append(text)
                if isinstance(part, ast.Name | ast.Attribute) and part not in seen:
                    seen.add(part)
                    origins = self._repo.origins.of(home, part)
                    todo += [(o.module, o.node) for o in origins if o.node is not part]
        return list(dict.fromkeys(found))


def _ini(path: str, text: str) -> Datum:
    """A file for fileConfig in the shape of dictConfig."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return Datum(path, 1, {})
    lines = {line.strip(): n for n, line in enumerate(text.splitlines(), start=1)}
    tables: dict[str, dict[str, Datum]] = {"formatters": {}, "handlers": {}}
    root: dict[str, Datum] = {}
    for section in parser.sections():
        line = lines.get(f"[{section}]", 1)
        entries = {k: Datum(path, line, v) for k, v in parser.items(section)}
        kind, _, name = section.partition("_")
        if f"{kind}s" in tables:
            tables[f"{kind}s"][name] = Datum(path, line, entries)
        elif section == "logger_root":
            listed = parser.get(section, "handlers", fallback="")
            root = {"handlers": Datum(path, line, tuple(Datum(path, line, h.strip()) for h in listed.split(",")))}
    whole = {key: Datum(path, 1, table) for key, table in tables.items()}
    return Datum(path, 1, whole | {"root": Datum(path, 1, root)})
