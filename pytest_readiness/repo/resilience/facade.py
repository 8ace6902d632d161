"""The facade: the class through which the platform services are reached, and what it offers for each of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.modules import Class, Function, Module, Site
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.resilience.implementations import Implementations
from pytest_readiness.repo.resilience.words import service_of, words_of

_NAMED = frozenset({"service", "services", "client", "adapter", "backend", "name", "kind", "which"})
_DUNDER = frozenset({"__getitem__", "__getattr__", "__call__"})


@dataclass(frozen=True, eq=False)
class Accessor:
    """How the facade hands out a service: a method or property, an attribute, or a method that takes its name."""

    service: str
    name: str
    function: Function | None
    site: Site
    takes_name: bool = False

    @property
    def path(self) -> str:
        return self.site.path

    @property
    def line(self) -> int | None:
        return self.site.line

    @property
    def note(self) -> str:
        return f"the accessor of {self.service}"


class Facades:
    """Finds accessors of classes."""

    def __init__(self, names: Names, implementations: Implementations, services: tuple[str, ...]) -> None:
        self._names, self._implementations, self._services = names, implementations, services

    def ranked(self, modules: list[Module]) -> list[Class]:
        """The classes with accessors, the best first: most services, by accessors of their own, with bodies, first."""
        found = [(self._rank(c), c) for m in modules for c in m.classes if c.is_top_level]
        return [c for r, c in sorted(found, key=lambda f: f[0], reverse=True) if r[0] > 0]

    def _rank(self, cls: Class) -> tuple[int, int, int, int]:
        accessors = self.accessors(cls)
        named = [a for a in accessors.values() if not a.takes_name]
        real = [a for a in accessors.values() if a.function is None or self._implementations.is_real(a.function)]
        abstract = self._names.inherits(cls, "typing.Protocol") or not real
        return (0 if abstract else len(accessors), len(named), len(real), -cls.line)

    def accessors(self, cls: Class) -> dict[str, Accessor]:
        """Service -> accessor, inherited ones included."""
        found = {a.service: a for a in reversed(list(self._named(cls)))}
        missing = [s for s in self._services if s not in found]
        generic = next(self._generic(cls), None) if missing else None
        if generic is not None:
            held = self._held(cls)
            found |= {
                s: Accessor(s, generic.name, generic, generic.module.at(generic.node), takes_name=True)
                for s in missing
                if s in held
            }
        return found

    def _named(self, cls: Class) -> Iterator[Accessor]:
        for owner in (c for c in self._names.ancestry(cls) if isinstance(c, Class)):
            for name, method in owner.methods.items():
                if not name.startswith("_") and service_of(name) in self._services and self._takes_nothing(method):
                    yield Accessor(service_of(name), name, method, method.module.at(method.node))
            for name, site in self._attributes(owner):
                if not name.startswith("_") and service_of(name) in self._services:
                    yield Accessor(service_of(name), name, None, site)

    def _takes_nothing(self, method: Function) -> bool:
        required = [p.arg for p in method.params[1:] if p.arg not in method.defaults]
        stars = {a.arg for a in (method.node.args.vararg, method.node.args.kwarg) if a}
        return not set(required) - stars

    def _attributes(self, cls: Class) -> Iterator[tuple[str, Site]]:
        for name, assigned in self._names.attributes(cls).items():
            method, binding = assigned[0]
            yield name, method.module.at(binding.node)
        for name, bindings in self._names.bindings(cls).items():
            if isinstance(bindings[0].node, ast.Assign | ast.AnnAssign):
                yield name, cls.module.at(bindings[0].node)

    def _generic(self, cls: Class) -> Iterator[Function]:
        """Public methods that take the name of a service and hand something out for it."""
        for owner in (c for c in self._names.ancestry(cls) if isinstance(c, Class)):
            for name, method in owner.methods.items():
                required = [p.arg for p in method.params[1:] if p.arg not in method.defaults]
                spoken = set(words_of(name)) | {w for p in required for w in words_of(p)}
                if len(required) == 1 and self._hands_out(method, name, spoken) and _looks_up(method, required[0]):
                    yield method

    def _hands_out(self, method: Function, name: str, spoken: set[str]) -> bool:
        public = name in _DUNDER or not name.startswith("_")
        return public and bool(spoken & _NAMED) and any(r.value is not None for r in method.returns)

    def _held(self, cls: Class) -> set[str]:
        """The services that literal registries of the class's modules hold: keys, elements, members."""
        found: set[str] = set()
        for module in dict.fromkeys(c.module for c in self._names.ancestry(cls) if isinstance(c, Class)):
            found |= held_literals(module)
            for source in _sources(self._names, module):
                found |= held_literals(source)
        return found


def _looks_up(method: Function, parameter: str) -> bool:
    """Whether the parameter is a key that is looked up, or is handed to what is constructed."""
    for node in method.own_nodes:
        given: list[ast.expr] = []
        match node:
            case ast.Subscript():
                given = [node.slice]
            case ast.Call(func=ast.Attribute(attr="get")) | ast.Call(func=ast.Name()):
                given = [*node.args, *(k.value for k in node.keywords)]
        if any(isinstance(g, ast.Name) and g.id == parameter for g in given):
            return True
    return False


def _sources(names: Names, module: Module) -> Iterator[Module]:
    """The modules of the repository whose names the module reads."""
    seen: set[str] = set()
    for node in module.nodes:
        if isinstance(node, ast.Name) and node.id not in seen:
            seen.add(node.id)
            for symbol in names.resolve(module, node):
                if isinstance(symbol, Class | Function) and symbol.module is not module:
                    yield symbol.module


def held_literals(module: Module) -> set[str]:
    """Texts that stand as a key of a dict, an element of a list, a subscript, a member of an enumeration."""
    found: list[ast.expr | None] = []
    for node in module.nodes:
        match node:
            case ast.Dict():
                found += node.keys
            case ast.List() | ast.Tuple() | ast.Set():
                found += node.elts
            case ast.Subscript():
                found.append(node.slice)
            case ast.Assign() if isinstance(module.parents.get(node), ast.ClassDef):
                found.append(node.value)
            case ast.Call():
                found += node.args[:1]
    return {n.value for n in found if isinstance(n, ast.Constant) and isinstance(n.value, str)}
