"""Components: the folders of the repository that run as processes of their own in production."""

from __future__ import annotations

import ast
import json
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.files import Files
from pytest_readiness.repo.modules import Class, Module, Site, own_nodes
from pytest_readiness.repo.names import External, Instance, Names
from pytest_readiness.repo.scope import Scope
from pytest_readiness.repo.webobjects import APPS

SERVERS = frozenset({"FastAPI", "Flask", "Starlette", "Quart", "Sanic", "Litestar", "FastMCP", "Celery"})
"""Classes, by their last name, whose object a process serves."""
_OTHER_FOLDERS = frozenset({"scripts", "tools", "examples", "docs", "migrations"})
_STARTED = re.compile(r"^(main|app|server|worker|agent|.*_(server|service|worker|app|api|bot))$")
_NODE_SCRIPTS = ("start", "build")


@dataclass(frozen=True, eq=False)
class EntryModule:
    """A service entry module: it binds a server's application, or runs as a program by its name."""

    module: Module
    line: int
    note: str
    """Why it is one, as a short sentence."""

    @property
    def path(self) -> str:
        return self.module.path


@dataclass(frozen=True, eq=False)
class Component:
    """A folder that runs as a process of its own."""

    folder: str
    """Repo-relative, "" for the root."""
    entries: tuple[EntryModule, ...]
    """Its service entry modules; none in a component that only a package.json makes one."""
    package: Site | None = None
    """The package.json with a start or build script, of a component that is no Python service."""

    @property
    def name(self) -> str:
        return self.folder or "the repository root"

    @property
    def place(self) -> Site:
        """What makes it a component."""
        first = next((Site(e.path, e.line, e.note) for e in self.entries), None)
        return first or self.package or Site(self.folder, None)


def entry_modules(product: Iterable[Module], names: Names) -> Iterator[EntryModule]:
    """The service entry modules among product modules (which hold no tests and no infrastructure code)."""
    for module in product:
        if not _OTHER_FOLDERS & set(module.path.split("/")[:-1]) and module.problem is None:
            found = _serving(module, names) or _program(module)
            if found is not None:
                yield found


def _serving(module: Module, names: Names) -> EntryModule | None:
    """The module as one that binds an application while it is imported."""
    for node in own_nodes(module.tree) if module.tree else ():
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Call) and _is_server(module, value, names):
            return EntryModule(module, value.lineno, f"binds {ast.unparse(value.func)}(...) at module level")
    return None


def _is_server(module: Module, value: ast.expr, names: Names) -> bool:
    """Whether the expression makes an application, maybe in a factory or of a class that extends one."""
    made = [s.of for s in names.resolve(module, value) if isinstance(s, Instance)]
    made += [s for s in names.resolve(module, value) if isinstance(s, External)]
    kinds = [k for m in made for k in (names.ancestry(m) if isinstance(m, Class) else [m])]
    return any(k.name in APPS or _last(k.name) in SERVERS for k in kinds if isinstance(k, External))


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _program(module: Module) -> EntryModule | None:
    """The module as one that runs as a program and is named like a service."""
    stem = posixpath.basename(module.path).removesuffix(".py")
    if not module.main_guards or not _STARTED.match(stem):
        return None
    return EntryModule(module, module.main_guards[0].lineno, "runs as a program")


def components(
    files: Files, scope: Scope, entries: Iterable[EntryModule], agents_root: str, iac_root: str | None
) -> list[Component]:
    """The components, by folder: sub-folders of the agents root, other folders with entry modules, package.json."""
    by_folder: dict[str, list[EntryModule]] = {}
    for entry in entries:
        by_folder.setdefault(_owner(entry.module.folder, agents_root), []).append(entry)
    found = [Component(f, tuple(several)) for f, several in by_folder.items()]
    found += [c for c in _packages(files, scope, iac_root) if c.folder not in by_folder]
    return sorted(found, key=lambda c: c.folder)


def _owner(folder: str, agents_root: str) -> str:
    """The component's folder: the direct sub-folder of the agents root, elsewhere the module's own."""
    prefix = agents_root.strip("/") + "/"
    if not folder.startswith(prefix):
        return folder
    return prefix + folder.removeprefix(prefix).split("/")[0]


def _packages(files: Files, scope: Scope, iac_root: str | None) -> Iterator[Component]:
    """Folders whose package.json has a start or build script; the root of a workspace only runs others' scripts."""
    for path in files.named("package.json"):
        folder = posixpath.dirname(path)
        names = set(folder.split("/"))
        is_other = bool(names & _OTHER_FOLDERS) or any(n.startswith(".") for n in names)
        is_iac = iac_root is not None and (f"{folder}/".startswith(f"{iac_root}/") or scope.is_iac(path))
        if is_other or is_iac or scope.is_test(path) or scope.excluded(path):
            continue
        text = files.text(path) or ""
        script = next((s for s in _NODE_SCRIPTS if s in _scripts(text)), None)
        if script is not None:
            yield Component(folder, (), Site(path, _line_of(text, script), f"package.json has a {script} script"))


def _scripts(text: str) -> dict[str, object]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    scripts = data.get("scripts") if isinstance(data, dict) and "workspaces" not in data else None
    return scripts if isinstance(scripts, dict) else {}


def _line_of(text: str, script: str) -> int:
    """The line of a script's name, after the line that opens the scripts."""
    lines = text.split("\n")
    first = next((i for i, line in enumerate(lines) if '"scripts"' in line), 0)
    return next((i + 1 for i, line in enumerate(lines) if i >= first and f'"{script}"' in line), 1)
