"""Which services have a probe: I/O against their own backend, behind a health route or the facade's health method."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.health.backends import Backends
from pytest_readiness.repo.health.clients import Look, is_io
from pytest_readiness.repo.health.driving import HealthDriver, LookedAt
from pytest_readiness.repo.health.words import BAD, BETWEEN, GOOD, UNSURE, is_good, is_poor, normal
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site, constant, text_of
from pytest_readiness.repo.names import External, Instance
from pytest_readiness.repo.resilience import Conditions
from pytest_readiness.repo.resilience.words import words_of
from pytest_readiness.repo.symbolic import values as symbolic

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

MOST_LOOKS = 24
"""Most looks of one handler that are tried one by one."""
DEPTH = 5
"""Calls between a health route and a probe."""
MOST_FUNCTIONS = 400
STATUSES = 3
"""Words that a status must be able to be."""
_HEALTH = frozenset({"health", "healthy", "healthcheck", "ping", "probe", "probes", "status"})


@dataclass(frozen=True)
class Seen:
    """One time that a call was made when a handler was driven."""

    is_tried: bool
    is_poor: bool
    """The handler's answer said that not all is well."""
    modules: tuple[Module, ...]


@dataclass(frozen=True)
class Probe:
    """A call that looks at a backend, and why it does not count; "" where it does."""

    module: Module
    call: ast.Call
    backends: frozenset[str]
    shortcoming: str
    services: frozenset[str] = frozenset()
    """The services whose implementation it is a call of."""

    @property
    def site(self) -> Site:
        return self.module.at(self.call)


class Probes:
    """Looks for probes behind the health routes and the health methods of the facade."""

    def __init__(self, repo: Repo, driver: HealthDriver) -> None:
        self._repo, self._driver = repo, driver
        self.backends = Backends(repo)
        self._vocabulary: dict[str, frozenset[str]] = {}

    def of(self, service: str) -> list[Probe]:
        """The probes of the service's own backend; those that count go first."""
        own = self.backends.services[service]
        found = [p for p in self.all if p.backends & own or service in p.services]
        return sorted(found, key=lambda p: bool(p.shortcoming))

    @cached_property
    def all(self) -> list[Probe]:
        """Every call that a health route or health method reaches and that looks at a backend."""
        calls = dict.fromkeys([*self._static(), *self._driven])
        found = [Probe(m, c, self.backends.of_call(m, c), self._shortcoming(m, c)) for m, c in calls]
        return [p for p in found if p.backends] + list(self._pings())

    # Reached functions

    @cached_property
    def starts(self) -> tuple[Function, ...]:
        """Handlers of health routes, and the health methods of the facade."""
        handlers = [r.function for r in self._repo.health.routes]
        return tuple(dict.fromkeys([*handlers, *self.methods]))

    @cached_property
    def methods(self) -> tuple[Function, ...]:
        """The facade's public methods that are named after health."""
        cls = self._repo.resilience.cls
        line = [c for c in self._repo.names.ancestry(cls) if isinstance(c, Class)] if cls else []
        found = (f for c in line for n, f in c.methods.items() if not n.startswith("_"))
        return tuple(f for f in found if set(words_of(f.name)) & _HEALTH)

    @cached_property
    def reached(self) -> dict[Function, list[tuple[Function, ast.AST]]]:
        """Function -> the calls that lead to it; the starts have none."""
        found: dict[Function, list[tuple[Function, ast.AST]]] = {f: [] for f in self._importable(self.starts)}
        level = list(found)
        for _ in range(DEPTH):
            following: list[Function] = []
            for function in level:
                for node, target in self._used(function):
                    if target not in found and len(found) < MOST_FUNCTIONS:
                        following.append(target)
                    found.setdefault(target, []).append((function, node))
            level = list(dict.fromkeys(self._importable(following)))
        return found

    def _importable(self, functions: tuple[Function, ...] | list[Function]) -> Iterator[Function]:
        return (f for f in functions if self._repo.imports.loadable(f.module))

    def _used(self, function: Function) -> Iterator[tuple[ast.AST, Function]]:
        """The functions that it calls, or hands on by name."""
        names = self._repo.names
        for node in ast.walk(function.node):
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                for symbol in names.resolve(function.module, node):
                    target = names.method(symbol, "__init__") if isinstance(symbol, Class) else symbol
                    if isinstance(target, Function) and target != function:
                        yield node, target

    # Calls that look

    def _static(self) -> Iterator[tuple[Module, ast.Call]]:
        for function in self.reached:
            if self._repo.imports.loadable(function.module):
                for node in ast.walk(function.node):
                    if isinstance(node, ast.Call) and self._is_io(function.module, node):
                        yield function.module, node

    def _is_io(self, module: Module, call: ast.Call) -> bool:
        return any(is_io(n) for n in self._repo.names.dotted(module, call.func))

    @cached_property
    def _driven(self) -> dict[tuple[Module, ast.Call], list[Seen]]:
        """Calls that were made when the handlers were driven: through registries, by names worked out."""
        found: dict[tuple[Module, ast.Call], list[Seen]] = {}
        for function in self._importable(self.starts):
            well = self._driver.runs(function, False)
            looks = {look.site: look for run in well for look in run.looks if look.kind is Look.CLIENT}
            for site, look in list(looks.items())[:MOST_LOOKS]:
                poor = self._driver.shows(function, site)
                for key in self._calls_at(look):
                    found.setdefault(key, []).append(Seen(look.is_tried, poor, look.modules))
        return found

    def _calls_at(self, look: LookedAt) -> Iterator[tuple[Module, ast.Call]]:
        module = self._repo.modules.get(look.site.path)
        last = look.origin.rpartition(".")[2]
        for call in module.calls if module else ():
            if call.lineno == look.site.line and isinstance(call.func, ast.Attribute) and call.func.attr == last:
                yield module, call  # type: ignore[misc]

    # Calls of implementations

    def _pings(self) -> Iterator[Probe]:
        """Calls of registered implementations: `for service in self._services.values(): await service.ping()`."""
        if self._repo.resilience.problem is not None:
            return
        run = self._repo.resilience.run(Conditions())
        owners = {r.obj: r.service for r in self._repo.resilience.registrations}
        for function in (f for f in self._importable(self.starts) if self._meets_facade(f)):
            for call in self._observed(function):
                service = owners.get(call.target) if isinstance(call.target, symbolic.Obj) else None
                node = next((n for n in ast.walk(call.node) if isinstance(n, ast.Call)), None)
                if service is not None and node is not None and run.side(call.target) and self._touches(call):
                    yield Probe(
                        call.module, node, frozenset(), self._shortcoming(call.module, node), frozenset([service])
                    )

    def _meets_facade(self, function: Function) -> bool:
        """A method of the facade, or a handler in whose text something of the facade's modules is read."""
        if function in self.methods:
            return True
        modules = set(self._repo.resilience.modules)
        loads = (n for n in ast.walk(function.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
        found = (s for n in loads for s in self._repo.names.resolve(function.module, n))
        kinds = (s.of if isinstance(s, Instance) else s for s in found)
        return any(isinstance(k, Class | Function) and k.module in modules for k in kinds)

    def _observed(self, function: Function) -> Iterator[symbolic.Call]:
        run = self._repo.resilience.run(Conditions())
        ways = run.ways(run.object, "", function.name) if function in self.methods else run.followed(function)
        for way in ways:
            yield from way.calls

    def _touches(self, call: symbolic.Call) -> bool:
        """Whether the called method does I/O itself."""
        of = call.target.of if isinstance(call.target, symbolic.Obj) else None
        name = call.name.value if isinstance(call.name, symbolic.Const) else ""
        if isinstance(of, External):
            return is_io(f"{of.name}.{name}")
        method = self._repo.names.method(of, str(name)) if isinstance(of, Class) else None
        nodes = ast.walk(method.node) if method else ()
        return method is not None and any(isinstance(n, ast.Call) and self._is_io(method.module, n) for n in nodes)

    # What a probe must do

    def _shortcoming(self, module: Module, call: ast.Call) -> str:
        function = module.enclosing_function(call)
        if function is None:
            return "runs when its module is imported"
        if not self._repo.imports.loadable(module):
            return "its module cannot be imported"
        chain, seen = self._chain(function, call), self._driven.get((module, call), [])
        tried = next(((f, node) for f, node in chain if _try_of(f.module, node)), None)
        if not (any(s.is_tried for s in seen) if seen else tried):
            return "stands in no try: its failure is no status"
        modules = dict.fromkeys([*(f.module for f, _ in chain), *(m for s in seen for m in s.modules)])
        words: frozenset[str] = frozenset().union(*(self._words(m) for m in modules))
        if len(words) < STATUSES or not words & GOOD or not words & (BAD | BETWEEN):
            return f"yields one of {len(words)} statuses, not of three"
        if not (any(s.is_poor for s in seen) if seen else tried and _yields(*tried)):
            return "yields the same status where it fails"
        return ""

    def _chain(self, function: Function, node: ast.AST) -> list[tuple[Function, ast.AST]]:
        """The function with the call, and those that lead to it, each with the node that does."""
        found: list[tuple[Function, ast.AST]] = [(function, node)]
        for current, _ in found:
            if len(found) > 40:
                break
            found += [p for p in self.reached.get(current, []) if p[0] not in {f for f, _ in found}]
        return found

    def _words(self, module: Module) -> frozenset[str]:
        """The statuses that a module can name, members of enumerations that it uses among them."""
        if module.path not in self._vocabulary:
            found: set[str] = set()
            for node in module.nodes:
                text = text_of(node) or (node.attr if isinstance(node, ast.Attribute) else "")
                if text and normal(text) in GOOD | BETWEEN | BAD | UNSURE:
                    found |= {normal(text), *self._members(module, node)}
            self._vocabulary[module.path] = frozenset(found)
        return self._vocabulary[module.path]

    def _members(self, module: Module, node: ast.AST) -> set[str]:
        classes = self._repo.names.classes(module, node.value) if isinstance(node, ast.Attribute) else []
        targets = (t for c in classes for s in c.node.body if isinstance(s, ast.Assign) for t in s.targets)
        names = {normal(t.id) for t in targets if isinstance(t, ast.Name)}
        return names & (GOOD | BETWEEN | BAD | UNSURE)


def _try_of(module: Module, node: ast.AST) -> ast.Try | None:
    """The innermost try whose body holds the node, inside its function."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.Try) and child in parent.body and parent.handlers:
            return parent
        if isinstance(parent, FunctionNode) and child in parent.body:
            return None
        child = parent
    return None


def _yields(function: Function, node: ast.AST) -> bool:
    """A good status where the call succeeds, another where a handler of its try runs."""
    tried = _try_of(function.module, node)
    if tried is None:
        return False
    failing = [h for h in tried.handlers if not _is_import(h)]
    handlers = [n for h in failing for s in h.body for n in ast.walk(s)]
    inside = {id(n) for h in tried.handlers for n in ast.walk(h)}
    called = {id(n.func) for n in ast.walk(function.node) if isinstance(n, ast.Call)}
    rest = [n for n in ast.walk(function.node) if id(n) not in inside]
    good = any(_says(n, True) for n in rest if id(n) not in called)
    return good and any(_says(n, False) for n in handlers if id(n) not in called)


def _is_import(handler: ast.ExceptHandler) -> bool:
    """It catches a missing package, and no failing call."""
    names = {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)} if handler.type else set()
    return bool(names) and names <= {"ImportError", "ModuleNotFoundError"}


def _says(node: ast.AST, good: bool) -> bool:
    """A status, or True and False, as a value."""
    if isinstance(node, ast.Raise) and not good:
        return True
    value = constant(node)
    if isinstance(value, bool):
        return value is good
    text = text_of(node) or (node.attr if isinstance(node, ast.Attribute) else "")
    return bool(text) and (is_good(text) if good else is_poor(text))
