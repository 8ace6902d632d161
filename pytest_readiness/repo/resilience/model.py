"""The facade, its services and what happens on their calls: `repo.resilience`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.finder import Missing
from pytest_readiness.repo.modules import Class, Function, Module, Site
from pytest_readiness.repo.resilience.coverage import Coverages
from pytest_readiness.repo.resilience.facade import Accessor, Facades
from pytest_readiness.repo.resilience.failover import Failover
from pytest_readiness.repo.resilience.implementations import Implementations
from pytest_readiness.repo.resilience.modes import OperatingMode, operating_modes
from pytest_readiness.repo.resilience.registrations import Registration, Registry
from pytest_readiness.repo.resilience.runs import Conditions, Maker, Run, Way
from pytest_readiness.repo.resilience.starting import Starting
from pytest_readiness.repo.resilience.switching import Switching
from pytest_readiness.repo.resilience.words import Side
from pytest_readiness.repo.symbolic.statements import Machine
from pytest_readiness.repo.symbolic.values import Const, Obj, State, Step, Value

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

MOST_SITES = 6
MOST_EQUALS = 4


@dataclass(frozen=True, eq=False)
class Service:
    """One of the platform services, as the facade offers it."""

    name: str
    accessor: Accessor | None
    registrations: tuple[Registration, ...]
    operations: tuple[str, ...]
    """The operations of the front object, in the order of the source."""

    def on(self, side: Side) -> tuple[Registration, ...]:
        """The implementations registered on one side."""
        return tuple(r for r in self.registrations if r.side is side)


class Resilience:
    """Entry to the facts about the facade and its failover: `repo.resilience`.

    `services` are the required services with accessor, registrations and operations. `ways(service, operation,
    conditions)` follows an operation from its front object through dispatch, path by path.
    """

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._runs: dict[Conditions, Run] = {}
        self._fronts: dict[tuple[Machine, str], tuple[Value, ...]] = {}

    # The facade

    @cached_property
    def implementations(self) -> Implementations:
        """Tells real implementations from stand-ins."""
        return Implementations(self._repo.names, self._repo.imports)

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the required services."""
        return self._repo.settings.services

    @cached_property
    def _facades(self) -> Facades:
        return Facades(self._repo.names, self.implementations, self.required)

    @cached_property
    def module(self) -> Module | None:
        """The facade module: at the configured path, else where a class has accessors for most services."""
        configured = self._repo.modules.get(self._repo.settings.paths.facade)
        if configured is not None or self._is_configured:
            return configured
        enough = [
            c for m in self._repo.product for c in m.classes if len(self._facades.accessors(c)) * 2 > len(self.required)
        ]
        best = self._facades.ranked(list(dict.fromkeys(c.module for c in enough)))
        return best[0].module if best else None

    @property
    def _is_configured(self) -> bool:
        return "facade" in self._repo.settings.paths.model_fields_set

    @cached_property
    def cls(self) -> Class | None:
        """The facade class, wherever it is importable; None where no class of the module has an accessor."""
        found = self._facades.ranked([self.module]) if self.module is not None and self.module.tree else []
        equal = [c for c in found if self._is_generic(c) and self._is_generic(found[0])][:MOST_EQUALS]
        return max(equal, key=self._held_by) if len(equal) > 1 else next(iter(found), None)

    def _is_generic(self, cls: Class) -> bool:
        """Whether the class hands out services by their name only."""
        return all(a.takes_name for a in self._facades.accessors(cls).values())

    def _held_by(self, cls: Class) -> int:
        """How many implementations an object of the class holds."""
        run = Run(self._repo, Conditions(), Maker(cls))
        return len(Registry(run.machine, self.required, run.object).all())

    @cached_property
    def problem(self) -> Site | None:
        """Why there is no facade that could be used; None where there is one."""
        path = self._repo.settings.paths.facade
        if self.module is None:
            return Site(path, None, f"the facade module {path} is missing")
        failure = self._repo.imports.problem(self.module)
        if failure is not None:
            return failure
        if self.cls is None:
            return Site(self.module.path, 1, "no class here has an accessor for a platform service")
        return None

    @property
    def place(self) -> Site:
        """The facade class."""
        assert self.cls is not None, "there is no facade"
        return self.cls.module.at(self.cls.node)

    def place_noted(self, note: str) -> Site:
        """The facade class, with a note."""
        return Site(self.place.path, self.place.line, note)

    @property
    def sides(self) -> tuple[Side, ...]:
        """The two sides, the primary one first."""
        return tuple(Side)

    @cached_property
    def applies(self) -> bool:
        """Whether the repository has a facade, was told where one should be, or uses a cloud or a language model."""
        present = self.module is not None or self._is_configured
        return present or self._repo.uses_cloud or self._repo.llm.in_use

    @cached_property
    def accessors(self) -> dict[str, Accessor]:
        """Service -> accessor of the facade."""
        return self._facades.accessors(self.cls) if self.cls is not None else {}

    # Modes

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The facade module and the product modules that it takes names from."""
        if self.module is None:
            return ()
        found = [self.module]
        for module in found:
            if len(found) > 40:
                break
            inner = [m for m in self._imported(module) if m not in found]
            found += inner if module is self.module or _beside(module, self.module) else []
        return tuple(found)

    def _imported(self, module: Module) -> Iterator[Module]:
        """The product modules that import statements of the module name."""
        imports = self._repo.imports
        for statement in (n for n in module.imports if isinstance(n, ast.ImportFrom)):
            source = imports.source(statement, module)
            if source is None or isinstance(source, Missing):
                continue
            subs = (imports.submodule(source, a.name) for a in statement.names)
            found = [source, *(s for s in subs if s is not None)]
            yield from (m for m in found if isinstance(m, Module) and m in self._product)

    @cached_property
    def _product(self) -> frozenset[Module]:
        return frozenset(self._repo.product)

    @cached_property
    def modes(self) -> tuple[OperatingMode, ...]:
        """The operating modes that the facade distinguishes."""
        return operating_modes(self.modules, self._repo.names)

    @cached_property
    def default_modes(self) -> tuple[Value, ...]:
        """What the mode is where nobody sets it: what is seen in runs of every mode is no echo of the mode itself."""
        seen = [frozenset(self._modes_seen(m)) for m in self.modes]
        return tuple(frozenset.intersection(*seen)) if len(seen) > 1 else ()

    def _modes_seen(self, mode: OperatingMode) -> list[Value]:
        conditions = Conditions(mode=mode.fixed)
        list(self.all_ways(conditions))
        return self.run(conditions).default_modes()

    @property
    def combined(self) -> OperatingMode | None:
        """The mode that names both sides."""
        return next((m for m in self.modes if m.is_combined), None)

    # Services

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The required services in their order; empty where there is no facade that could be used."""
        if self.problem is not None:
            return ()
        return tuple(self._service(s) for s in self.required)

    def _service(self, name: str) -> Service:
        found = tuple(r for r in self.registrations if r.service == name)
        return Service(name, self.accessors.get(name), found, self._operations(name, found))

    @cached_property
    def registrations(self) -> tuple[Registration, ...]:
        """Every implementation that is registered where the statement can be reached."""
        run = self.run(Conditions())
        return tuple(Registry(run.machine, self.required, run.object).all())

    def _operations(self, name: str, registered: tuple[Registration, ...]) -> tuple[str, ...]:
        fronts = [f for f in self.fronts(self.run(Conditions()), name) if isinstance(f, Obj)]
        for front in (f for f in fronts if isinstance(f.of, Class)):
            own = self._front_methods(front)
            if own or not self._forwards(front):
                return own
        for side in Side:
            for registration in registered:
                if registration.side is side and isinstance(registration.of, Class):
                    return tuple(self.implementations.public(registration.of))
        return ()

    def _front_methods(self, front: Obj) -> tuple[str, ...]:
        """The public methods, without those that take the name of the operation that they run."""
        forwarding = self._forwarding(front)
        return tuple(n for n in self._public(front) if n not in forwarding)

    def _public(self, front: Obj) -> list[str]:
        public = self.implementations.public(front.of) if isinstance(front.of, Class) else {}
        return [n for n, m in public.items() if not _is_property(m)]

    def _forwarding(self, front: Obj) -> list[str]:
        """Public methods that take the name of the operation that they run."""
        run = self.run(Conditions())
        label = front.of.name
        return [n for n in self._public(front) if any(_is_forwarding(w) for w in run.ways(front, label, n))]

    def _forwards(self, front: Obj) -> bool:
        """Whether the object takes whatever operation it is asked for."""
        dynamic = isinstance(front.of, Class) and self._repo.names.method(front.of, "__getattr__") is not None
        return dynamic or bool(self._forwarding(front))

    # What happens

    def run(self, conditions: Conditions) -> Run:
        """The facade under these conditions."""
        assert self.cls is not None, "there is no facade"
        if conditions not in self._runs:
            same = (conditions.mode, conditions.absent)
            like = next((r for c, r in self._runs.items() if (c.mode, c.absent) == same), None)
            run = Run(self._repo, conditions, self._maker, self.errors, like)
            self._runs[conditions] = run
            if like is None:
                found = Registry(run.machine, self.required, run.object).all()
                run.assign_roles({r.obj: (r.service, r.side) for r in found})
        return self._runs[conditions]

    def fronts(self, run: Run, service: str) -> tuple[Value, ...]:
        """The objects that the accessor of the service may return."""
        key = (run.machine, service)
        if key not in self._fronts:
            found = (s.value for s in self.accessed(run, service) if s.kind == "value")
            self._fronts[key] = tuple(dict.fromkeys(found))
        return self._fronts[key]

    def accessed(self, run: Run, service: str) -> tuple[Step, ...]:
        """Every outcome of asking the facade for the service."""
        accessor = self.accessors.get(service)
        if accessor is None:
            return ()
        machine, at = run.machine, (run.object.module, run.object.node, run.machine.module_frame(run.object.module))
        args = (Const(service),) if accessor.takes_name else ()

        def called(value: Value, state: State) -> Iterator[Step]:
            is_data = accessor.function is None or _is_property(accessor.function)
            return iter([Step("value", value, state)]) if is_data else machine.apply(value, args, (), at, state)

        steps = machine.then(machine.attribute(run.object, accessor.name, State()), called)
        return tuple(run.accessed(steps))

    def ways(self, service: str, operation: str, conditions: Conditions) -> tuple[Way, ...]:
        """Every way through an operation of the service under the conditions."""
        run = self.run(conditions)
        found: list[Way] = []
        for front in self.fronts(run, service):
            through = self._through(front, operation)
            found += run.ways(front, service, operation, through)
        return tuple(found)

    def _through(self, front: Value, operation: str) -> str:
        """The method of the front object that is told the operation's name; nothing where it is a method itself."""
        if not isinstance(front, Obj) or not isinstance(front.of, Class):
            return ""
        if self._repo.names.method(front.of, operation) or self._repo.names.method(front.of, "__getattr__"):
            return ""
        return next(iter(self._forwarding(front)), "")

    def all_ways(self, conditions: Conditions) -> Iterator[Way]:
        """Every way through every operation of every service."""
        for service in self.services:
            for operation in service.operations:
                yield from self.ways(service.name, operation, conditions)

    @cached_property
    def coverages(self) -> Coverages:
        """Which services have accessors and implementations that do something."""
        return Coverages(self._repo, self)

    @cached_property
    def switching(self) -> Switching:
        """What each mode does."""
        return Switching(self)

    @cached_property
    def failover(self) -> Failover:
        """What happens when the primary side fails."""
        return Failover(self._repo, self)

    @cached_property
    def starting(self) -> Starting:
        """How the facade starts."""
        return Starting(self._repo, self)

    @cached_property
    def _maker(self) -> Maker:
        assert self.cls is not None, "there is no facade"
        family = self._family
        factories = tuple(f for f in self._functions if self._chooses(f, family)) if len(family) > 1 else ()
        return Maker(self.cls, self._site, factories[:MOST_SITES], frozenset(family))

    @cached_property
    def _family(self) -> list[Class]:
        """The facade class and the classes that extend it, where they send calls in ways of their own."""
        found = [c for m in self._repo.product for c in m.classes if self.cls in self._repo.names.ancestry(c)]
        return [c for c in found if c is self.cls or self._constructed(c)]

    def _constructed(self, cls: Class) -> bool:
        calls = (m for m in self.modules if cls.name in m.text)
        return any(isinstance(n, ast.Name) and n.id == cls.name for m in calls for n in m.nodes)

    @cached_property
    def _functions(self) -> list[Function]:
        """Functions and class methods that may hand out the facade."""
        names = {c.name for c in self._family}
        near = [m for m in self._repo.product if any(n in m.text for n in names)]
        return [f for m in near for f in m.functions if _is_plain(f) and any(r.value is not None for r in f.returns)]

    def _chooses(self, function: Function, family: list[Class]) -> bool:
        """Whether the function constructs one of the classes: by name, or out of a mapping that holds them."""
        names = {c.name for c in family}
        nodes = {n.id for n in ast.walk(function.node) if isinstance(n, ast.Name)}
        if nodes & names:
            return True
        tables = self._repo.names.bindings(function.module)
        held = (
            b.value for n in nodes for b in tables.get(n, []) if isinstance(b.value, ast.Dict | ast.Tuple | ast.List)
        )
        return any(isinstance(n, ast.Name) and n.id in names for v in held for n in ast.walk(v))

    @cached_property
    def _site(self) -> tuple[Module, ast.Call] | None:
        """Where the system constructs the facade: the first place that hands it something, else the first."""
        found = list(self.constructions)
        given = [f for f in found if f[1].args or f[1].keywords]
        return next(iter([*given, *found]), None)

    @cached_property
    def constructions(self) -> tuple[tuple[Module, ast.Call], ...]:
        """Where product code constructs the facade class."""
        if self.cls is None:
            return ()
        name = self.cls.name
        calls = ((m, c) for m in self._repo.product if name in m.text for c in m.calls)
        return tuple((m, c) for m, c in calls if self.cls in self._repo.names.classes(m, c.func))[:MOST_SITES]

    @cached_property
    def errors(self) -> tuple[Class, ...]:
        """Exception classes of the repository that code outside of dispatch raises in handlers: translated outages."""
        found: dict[Class, None] = {}
        for module in self._repo.product:
            for node in module.nodes:
                if isinstance(node, ast.Raise) and node.exc is not None and _in_handler(module, node):
                    called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
                    found |= dict.fromkeys(self._repo.names.classes(module, called))
        return tuple(found)


def _beside(module: Module, facade: Module) -> bool:
    return module.folder == facade.folder


def _is_forwarding(way: Way) -> bool:
    return any(not isinstance(c.name, Const) for c in way.calls)


def _is_plain(function: Function) -> bool:
    """A function at module level, or a class or static method."""
    names = {getattr(d, "id", "") for d in function.node.decorator_list}
    return function.cls is None or bool(names & {"classmethod", "staticmethod"})


def _is_property(method: Function) -> bool:
    names = {n.id if isinstance(n, ast.Name) else getattr(n, "attr", "") for n in method.node.decorator_list}
    return bool(names & {"property", "cached_property"})


def _in_handler(module: Module, node: ast.AST) -> bool:
    return any(isinstance(p, ast.ExceptHandler) for p in module.ancestors(node))
