"""The module-level code of one module, followed statement by statement without executing it: does an import fail?

Imports under a condition that no file decides count as executed; a name that is read there does not count as read.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from pytest_readiness.repo.evaluation import (
    bound_names,
    is_filled,
    parameter_annotations,
    pattern_names,
    reads,
    truth,
)
from pytest_readiness.repo.finder import Finder, Folder, Found, Missing, Opaque, Target
from pytest_readiness.repo.modules import NAME_WRITERS, FunctionNode, Module, Site, dotted, is_main_guard

MODULE_NAMES = frozenset(
    {
        "__annotations__", "__builtins__", "__cached__", "__dict__", "__doc__", "__file__", "__loader__", "__name__",
        "__package__", "__path__", "__spec__",
    }
)  # fmt: skip
GIVEN = frozenset(dir(builtins)) | MODULE_NAMES | {"WindowsError", "_"}
"""Names that every module may read; gettext installs `_` for all."""
IN_CLASS = frozenset({"__module__", "__qualname__", "__firstlineno__", "__classdict__", "__class__"})


@dataclass(frozen=True)
class Unit:
    """A module under one of its names: its path, and the folder ("" or with a slash at its end) the name starts in."""

    path: str
    base: str


@dataclass(frozen=True)
class Failure:
    """Why importing fails: where, with which exception, and which imports lead there."""

    kind: type[BaseException]
    site: Site
    """The place that fails in the end, its note the reason."""
    via: tuple[Site, ...] = ()
    """The import statements on the way there, outermost first."""
    name: str = ""
    """Dotted name of what could not be imported."""
    raised: bool = False
    """By a statement that need not be reached: it counts only where it is certain to be."""


@dataclass(frozen=True)
class Outcome:
    """What importing a unit gives: a failure, or the names that the module may bind."""

    failure: Failure | None = None
    names: frozenset[str] = frozenset()
    every_name: bool = False

    def same(self, other: Outcome) -> bool:
        """Whether importers see no difference: how a failure came about is none."""
        kinds = [o.failure and o.failure.kind for o in (self, other)]
        return kinds[0] == kinds[1] and (self.names, self.every_name) == (other.names, other.every_name)


HOPE = Outcome(every_name=True)
"""What is assumed of a module whose import is under way."""


class Known(Protocol):
    """What is known of other modules while one is followed."""

    @property
    def finder(self) -> Finder:
        """Finds modules by name."""

    def known(self, unit: Unit) -> Outcome:
        """The outcome as far as it is known: hope, for what is still being computed."""

    def packages(self, unit: Unit) -> list[Unit]:
        """The packages above a unit, outermost first."""

    def loaded_by(self, unit: Unit, statements: list[ast.Import | ast.ImportFrom]) -> set[Unit]:
        """Every unit that import statements of a unit may load, directly or through others."""


@dataclass
class Run:
    """One walk through the module-level code of a unit."""

    loading: Known
    unit: Unit
    names: set[str] = field(default_factory=set)
    every_name: bool = False
    guards: list[Failure] = field(default_factory=list)
    """Failed imports whose handlers are being walked."""
    ran: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
    late: bool = False
    """The module has been imported before: its own names are all bound."""

    @property
    def module(self) -> Module:
        return self.loading.finder.modules[self.unit.path]

    def outcome(self) -> Outcome:
        """What importing the unit gives, other units as far as they are known."""
        module = self.module
        if module.tree is None or module.problem:
            return Outcome(Failure(SyntaxError, Site(module.path, module.problem_line, module.problem or "")))
        for package in self.loading.packages(self.unit):
            failure = self.loading.known(package).failure
            if failure:
                return Outcome(_through(failure, Site(module.path, 1, "is in a package")))
        self.names |= module.declared_global
        self.every_name = module.writes_globals or module.changes_imports
        failure = self.block(module.tree.body, None)
        return Outcome(failure) if failure else self.so_far()

    def so_far(self) -> Outcome:
        """What the module offers at this point."""
        return Outcome(None, frozenset(self.names), self.every_name or "__getattr__" in self.names)

    def block(self, body: list[ast.stmt], cls: set[str] | None) -> Failure | None:
        """Walks statements up to the first that fails. `cls` are the names of the class body they stand in."""
        for statement in body:
            if isinstance(statement, ast.Break | ast.Continue | ast.Return):
                return None
            failure = self.statement(statement, cls)
            if failure:
                return failure
        return None

    def statement(self, node: ast.stmt, cls: set[str] | None) -> Failure | None:
        match node:
            case ast.Import() | ast.ImportFrom():
                self.ran.append(node)
                return self.bind(self.imported_names(node), cls, self.importing(node))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self.function(node, cls)
            case ast.ClassDef():
                return self.class_body(node, cls)
            case ast.If():
                return self.if_(node, cls)
            case ast.For() | ast.AsyncFor():
                return self.for_(node, cls)
            case ast.While():
                body = [] if truth(node.test, self.module.switches) is False else node.body
                return self.read(node.test, cls) or self.perhaps([[*body, *node.orelse]], cls)
            case ast.With() | ast.AsyncWith():
                return self.with_(node, cls)
            case ast.Try() | ast.TryStar():
                return self.try_(node, cls)
            case ast.Match():
                return self.match(node, cls)
        return self.simple(node, cls)

    def simple(self, node: ast.stmt, cls: set[str] | None) -> Failure | None:
        match node:
            case ast.Raise():
                return self.read(node.exc, cls) or self.raised(node)
            case ast.Assign():
                return self.read(node.value, cls) or self.assigned(node.targets, cls)
            case ast.AugAssign():
                target = (
                    ast.copy_location(ast.Name(node.target.id, ast.Load()), node)
                    if isinstance(node.target, ast.Name)
                    else None
                )
                return self.read(target, cls) or self.read(node.value, cls) or self.assigned([node.target], cls)
            case ast.AnnAssign():
                return self.annotated(node, cls)
            case ast.Delete():
                return self.delete(node, cls)
            case ast.Global():
                self.names |= set(node.names)
            case ast.Expr() | ast.Assert():
                return self.read(node.value if isinstance(node, ast.Expr) else node.test, cls)
        if hasattr(ast, "TypeAlias") and isinstance(node, ast.TypeAlias):
            self.bind(bound_names(node.name), cls)
        return None

    # Names

    def read(self, node: ast.AST | None, cls: set[str] | None, raised: bool = True) -> Failure | None:
        """Evaluates an expression: the first name in it that nothing has bound fails."""
        if node is None:
            return None
        self.every_name = self.every_name or (self.module.writes_names_by_call and _opens(node))
        walrus = set(bound_names(node)) if self.module.has_walrus else set()
        for name, inner in reads(node):
            seen = self.names if inner or cls is None else self.names | cls | IN_CLASS
            if self.every_name or name.id in seen or name.id in walrus or self.given(name.id):
                continue
            return self.fail(NameError, name, f"reads {name.id}, which nothing has bound by then", raised=raised)
        return self.bind(walrus, cls)

    def given(self, name: str) -> bool:
        """Bound without an assignment."""
        return name in GIVEN or self.loaded(name)

    def loaded(self, name: str) -> bool:
        """A module of this package that an import so far has loaded."""
        sub = self.loading.finder.submodule(self.module, name)
        if sub is None or isinstance(sub, Opaque):
            return sub is not None
        loaded = self.loading.loaded_by(self.unit, self.ran)
        return any(u.path == sub.path or u.path.startswith(sub.path + "/") for u in loaded if u.base == self.unit.base)

    def bind(self, names: Iterable[str], cls: set[str] | None, failure: Failure | None = None) -> Failure | None:
        """Binds the names, unless the statement fails before; gives its failure."""
        if failure is None:
            (self.names if cls is None else cls).update(names)
        return failure

    def assigned(self, targets: list[ast.expr], cls: set[str] | None) -> Failure | None:
        for target in targets:
            failure = self.read(target, cls)
            if failure:
                return failure
            self.bind(bound_names(target), cls)
        return None

    def annotated(self, node: ast.AnnAssign, cls: set[str] | None) -> Failure | None:
        failure = self.read(node.value, cls)
        if failure is None and not self.module.postpones_annotations:
            failure = self.read(node.annotation, cls)
        return failure or (self.assigned([node.target], cls) if node.value else None)

    def delete(self, node: ast.Delete, cls: set[str] | None) -> Failure | None:
        scope = self.names if cls is None else cls
        for target in node.targets:
            if not isinstance(target, ast.Name):
                continue
            if target.id not in scope and not self.every_name and not self.loaded(target.id):
                return self.fail(NameError, node, f"deletes {target.id}, which nothing has bound by then", raised=True)
            scope.discard(target.id)
        return None

    def function(self, node: FunctionNode, cls: set[str] | None) -> Failure | None:
        arguments = node.args
        parts: list[ast.expr | None] = [*node.decorator_list, *arguments.defaults, *arguments.kw_defaults]
        if not self.module.postpones_annotations and not getattr(node, "type_params", []):
            parts += [*parameter_annotations(arguments), node.returns]
        failures = (self.read(p, cls) for p in parts)
        return self.bind({node.name}, cls, next((f for f in failures if f), None))

    def class_body(self, node: ast.ClassDef, cls: set[str] | None) -> Failure | None:
        parts = [*node.decorator_list, *([] if getattr(node, "type_params", []) else _class_arguments(node))]
        failure = next((f for f in (self.read(p, cls) for p in parts) if f), None)
        inner = {*IN_CLASS, *(p.name for p in getattr(node, "type_params", []))}
        return self.bind({node.name}, cls, failure or self.block(node.body, inner))

    # Branches

    def if_(self, node: ast.If, cls: set[str] | None) -> Failure | None:
        if is_main_guard(node):
            return self.block(node.orelse, cls)
        failure = self.read(node.test, cls)
        value = truth(node.test, self.module.switches)
        if failure or value is not None:
            return failure or self.block(node.body if value else node.orelse, cls)
        return self.perhaps([node.body, node.orelse], cls, one_is_run=bool(node.orelse))

    def for_(self, node: ast.For | ast.AsyncFor, cls: set[str] | None) -> Failure | None:
        failure = self.bind(bound_names(node.target), cls, self.read(node.iter, cls))
        if failure is None and is_filled(node.iter):
            failure = self.block(node.body, cls)
        return failure or self.perhaps([[*node.body, *node.orelse]], cls)

    def perhaps(self, bodies: list[list[ast.stmt]], cls: set[str] | None, one_is_run: bool = False) -> Failure | None:
        """Bodies that may run: a failed import counts, anything else that is raised only where every body raises."""
        before, failures = (set(self.names), set(cls or ())), []
        joined: tuple[set[str], set[str]] = (set(before[0]), set(before[1]))
        for body in bodies:
            self.reset(before, cls)
            failure = self.block(body, cls)
            if failure and not failure.raised:
                return failure
            failures.append(failure)
            if failure is None:
                joined = joined[0] | self.names, joined[1] | (cls or set())
        self.reset(joined, cls)
        return failures[0] if one_is_run and all(failures) else None

    def reset(self, names: tuple[set[str], set[str]], cls: set[str] | None) -> None:
        self.names = set(names[0])
        if cls is not None:
            cls.clear()
            cls.update(names[1])

    def match(self, node: ast.Match, cls: set[str] | None) -> Failure | None:
        failure = self.read(node.subject, cls)
        for case in node.cases:
            self.bind(pattern_names(case.pattern), cls)
        return failure or self.perhaps([c.body for c in node.cases], cls)

    def with_(self, node: ast.With | ast.AsyncWith, cls: set[str] | None) -> Failure | None:
        for item in node.items:
            failure = self.read(item.context_expr, cls)
            if failure:
                return failure
            self.bind(bound_names(item.optional_vars), cls)
        failure = self.block(node.body, cls)
        return None if failure and any(suppresses(i.context_expr, failure) for i in node.items) else failure

    def try_(self, node: ast.Try | ast.TryStar, cls: set[str] | None) -> Failure | None:
        failure = self.block(node.body, cls)
        handler = next((h for h in node.handlers if failure and catches(h.type, failure.kind)), None)
        if failure and handler:
            failure = self.handled(handler, failure, cls)
        elif not failure:
            self.rescue(node.handlers, cls)
            failure = self.block(node.orelse, cls)
        return self.block(node.finalbody, cls) or failure

    def handled(self, handler: ast.ExceptHandler, failure: Failure, cls: set[str] | None) -> Failure | None:
        """The handler's body in place of the failed one; `raise` in it leaves the failure as it was."""
        self.guards.append(failure)
        self.bind({handler.name} if handler.name else set(), cls)
        outcome = self.block(handler.body, cls)
        (self.names if cls is None else cls).discard(handler.name or "")
        self.guards.pop()
        if outcome and outcome.raised and not failure.raised:
            return replace(failure, kind=outcome.kind)
        return outcome

    def rescue(self, handlers: list[ast.ExceptHandler], cls: set[str] | None) -> None:
        """Handlers of a body that succeeds as far as can be told: what they bind may be bound, what fails does not."""
        for handler in handlers:
            before = (set(self.names), set(cls or ()))
            self.handled(handler, Failure(Exception, Site(self.unit.path, handler.lineno), raised=True), cls)
            self.reset((self.names | before[0], (cls or set()) | before[1]), cls)

    def raised(self, node: ast.Raise) -> Failure:
        kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if kind is None and self.guards:
            return replace(self.guards[-1], raised=True)
        found = getattr(builtins, kind.id, Exception) if isinstance(kind, ast.Name) else Exception
        found = found if isinstance(found, type) and issubclass(found, BaseException) else Exception
        return self.fail(found, node, f"raises {found.__name__}", raised=True)

    # Imports

    def importing(self, node: ast.Import | ast.ImportFrom) -> Failure | None:
        """Why the statement fails; None where it succeeds."""
        for found, parts in self.wanted(node):
            failure = self.found(node, found, parts)
            if failure:
                return failure
        return None

    def wanted(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[Found | Missing | None, list[str]]]:
        """What the statement asks for: modules, and the names taken from each."""
        finder = self.loading.finder
        if isinstance(node, ast.Import):
            yield from ((self.guarded(a.name, finder.locate(a.name, self.module)), []) for a in node.names)
        elif not node.level:
            name = node.module or ""
            yield self.guarded(name, finder.locate(name, self.module)), [a.name for a in node.names]
        else:
            yield self.from_here("." * node.level + (node.module or "")), [a.name for a in node.names]

    def from_here(self, written: str) -> Found | Missing:
        """What a relative name means, its dots in front."""
        name = written.lstrip(".")
        finder = self.loading.finder
        folder = finder.package_folder(self.unit.path, len(written) - len(name), self.unit.base)
        if folder is None:
            return Missing(written)
        target = finder.within("", "/".join([folder, *name.split(".")]).rstrip("/"))
        return Found(target, self.unit.base) if target else Missing(written)

    def guarded(self, name: str, found: Found | Missing | None) -> Found | Missing | None:
        """In a handler, the tail of the name that just failed is the same module under another name."""
        same = any(g.name == name or g.name.endswith("." + name) for g in self.guards)
        return Missing(name) if found is None and same else found

    def chain(self, found: Found) -> list[Unit]:
        """The units that importing a target loads, packages first."""
        if isinstance(found.target, Module):
            unit = Unit(found.target.path, found.base)
            return [*self.loading.packages(unit), unit]
        return (
            self.loading.packages(Unit(f"{found.target.path}/x.py", found.base))
            if isinstance(found.target, Folder)
            else []
        )

    def found(
        self, node: ast.Import | ast.ImportFrom, found: Found | Missing | None, parts: list[str]
    ) -> Failure | None:
        if isinstance(found, Missing):
            return self.missing(node, found.name)
        if found is None:
            return None
        for unit in self.chain(found):
            failure = self.loading.known(unit).failure
            if failure and unit != self.unit:
                return self.broken(node, found, failure)
        failures = (self.all_of(node, found) if p == "*" else self.taken(node, found, p) for p in parts)
        return next((f for f in failures if f), None)

    def all_of(self, node: ast.Import | ast.ImportFrom, found: Found) -> Failure | None:
        """Why `import *` fails: a name in `__all__` that the module does not bind."""
        exports = found.target.exports if isinstance(found.target, Module) else ()
        failures = (self.taken(node, found, name) for name in exports)
        failure = next((f for f in failures if f), None)
        return replace(failure, kind=AttributeError) if failure and failure.kind is ImportError else failure

    def missing(self, node: ast.Import | ast.ImportFrom, name: str) -> Failure:
        """The failure of importing what is not there: that of a package above it, where there is one."""
        above = self.above(name)
        failure = self.found(node, above, []) if above else None
        beyond = (
            name.startswith(".")
            and self.loading.finder.package_folder(self.unit.path, len(name) - len(name.lstrip(".")), self.unit.base)
            is None
        )
        reason = "which is above the top-level package" if beyond else "which is missing"
        kind = ImportError if beyond else ModuleNotFoundError
        return failure or self.fail(kind, node, f"imports {name}, {reason}", self.full(name, node))

    def above(self, name: str) -> Found | None:
        """The nearest package that is there, above a name that is not."""
        while "." in name.lstrip("."):
            name = name.rpartition(".")[0]
            found = self.from_here(name) if name.startswith(".") else self.loading.finder.locate(name, self.module)
            if isinstance(found, Found):
                return found
        return None

    def taken(self, node: ast.Import | ast.ImportFrom, found: Found, name: str) -> Failure | None:
        """Why the name cannot be taken from the module; None where it can."""
        finder, target = self.loading.finder, found.target
        if isinstance(target, Module):
            unit = Unit(target.path, found.base)
            outcome = self.so_far() if unit == self.unit and not self.late else self.loading.known(unit)
            if outcome.every_name or name in outcome.names or name in MODULE_NAMES:
                return None
        elif not isinstance(target, Folder):
            return None
        sub = finder.submodule(target, name)
        if sub is None:
            full = _name_of(target, found.base)
            return self.fail(ImportError, node, f"imports {name} from {full}, which does not bind it", full)
        failure = self.loading.known(Unit(sub.path, found.base)).failure if isinstance(sub, Module) else None
        return self.broken(node, Found(sub, found.base), failure) if failure else None

    def imported_names(self, node: ast.Import | ast.ImportFrom) -> set[str]:
        if isinstance(node, ast.Import):
            return {a.asname or a.name.partition(".")[0] for a in node.names}
        names = {a.asname or a.name for a in node.names}
        self.every_name = self.every_name or "*" in names
        return names - {"*"}

    def full(self, written: str, node: ast.Import | ast.ImportFrom) -> str:
        """The dotted name from the base on, for a relative one too."""
        level = len(written) - len(written.lstrip("."))
        if not level or not isinstance(node, ast.ImportFrom):
            return written
        parts = self.unit.path.removeprefix(self.unit.base).split("/")[:-level]
        return ".".join([*parts, written[level:]]).strip(".")

    def broken(self, node: ast.stmt, found: Found, failure: Failure) -> Failure:
        name = _name_of(found.target, found.base)
        return replace(_through(failure, self.module.at(node, f"imports {name}")), name=name)

    def fail(
        self, kind: type[BaseException], node: ast.AST, reason: str, name: str = "", raised: bool = False
    ) -> Failure:
        return Failure(kind, self.module.at(node, reason), name=name, raised=raised)


def _through(failure: Failure, site: Site) -> Failure:
    return replace(failure, via=(site, *failure.via), raised=False)


def _name_of(target: Target, base: str) -> str:
    path = target.path.removeprefix(base).removesuffix(".py").removesuffix("/__init__")
    return path.replace("/", ".")


def _class_arguments(node: ast.ClassDef) -> list[ast.expr]:
    return [*node.bases, *(k.value for k in node.keywords)]


def _opens(node: ast.AST) -> bool:
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call))
    return any(isinstance(c.func, ast.Name) and c.func.id in NAME_WRITERS for c in calls)


def suppresses(node: ast.expr, failure: Failure | None) -> bool:
    """Whether `with <node>:` is `contextlib.suppress` of such a failure."""
    if failure is None or not isinstance(node, ast.Call) or (dotted(node.func) or "").rpartition(".")[2] != "suppress":
        return False
    return any(catches(a, failure.kind) for a in node.args)


def catches(handler: ast.expr | None, kind: type[BaseException]) -> bool:
    """Whether `except <handler>` catches an exception of that kind."""
    if handler is None:
        return True
    if isinstance(handler, ast.Tuple):
        return any(catches(e, kind) for e in handler.elts)
    found = getattr(builtins, (dotted(handler) or "").removeprefix("builtins."), None)
    return isinstance(found, type) and issubclass(kind, found)
