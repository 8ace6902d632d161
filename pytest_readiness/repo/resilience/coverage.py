"""Which services the facade reaches: accessors that hand something out, implementations that have every operation."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.annotations import last_name
from pytest_readiness.repo.modules import Module, Site, dotted, text_of
from pytest_readiness.repo.resilience.registrations import Registration
from pytest_readiness.repo.resilience.runs import Conditions
from pytest_readiness.repo.resilience.words import Side, names_service, side_of
from pytest_readiness.repo.symbolic.values import Const

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo
    from pytest_readiness.repo.resilience.model import Resilience, Service


@dataclass(frozen=True, eq=False)
class Coverage:
    """Whether a side covers a service, and what shows it."""

    registration: Registration | None
    lacking: tuple[Site, ...]

    @property
    def holds(self) -> bool:
        return self.registration is not None and not self.lacking

    @property
    def shown(self) -> tuple[Site, ...]:
        return (self.registration.site,) if self.registration is not None else ()


class Coverages:
    """Judges accessors and registrations."""

    def __init__(self, repo: Repo, resilience: Resilience) -> None:
        self._repo, self._resilience = repo, resilience

    def accessor_problem(self, service: str) -> Site | None:
        """Why the accessor hands out no object; None where it does."""
        accessor = self._resilience.accessors[service]
        function = accessor.function
        if function is not None and not self._resilience.implementations.is_real(function):
            return Site(accessor.path, accessor.line, f"{accessor.name} has no body that returns an object")
        steps = self._resilience.accessed(self._resilience.run(Conditions()), service)
        values = [s.value for s in steps if s.kind == "value"]
        empty = next((v for v in values if isinstance(v, Const)), None)
        if empty is not None or not values:
            said = "returns nothing" if empty is None or empty.value is None else "returns a literal"
            return Site(accessor.path, accessor.line, f"{accessor.name} {said}")
        return None

    @cached_property
    def real(self) -> tuple[Registration, ...]:
        """The registrations of real implementations."""
        real = self._resilience.implementations
        return tuple(r for r in self._resilience.registrations if real.problem(r.of) is None)

    def on(self, service: Service, side: Side) -> Coverage:
        """What one side offers for the service; the best of its registrations."""
        found = [Coverage(r, tuple(self._lacking(service, r))) for r in service.on(side)]
        if found:
            return min(found, key=lambda c: len(c.lacking))
        return Coverage(None, tuple(self.unreached(service.name, side)))

    def _lacking(self, service: Service, registration: Registration) -> Iterator[Site]:
        implementations = self._resilience.implementations
        problem = implementations.problem(registration.of)
        if problem is not None:
            yield Site(registration.path, registration.line, f"registers {registration.name}: {_said(problem)}")
            return
        for operation in service.operations:
            missing = implementations.missing(registration.of, operation)
            if missing is not None:
                yield missing

    def operations(self, service: Service, side: Side) -> tuple[list[str], list[str]]:
        """The operations of the service that a real implementation on the side has, and those that none has."""
        implementations = self._resilience.implementations
        real = [r for r in service.on(side) if implementations.problem(r.of) is None]
        has = [o for o in service.operations if any(implementations.missing(r.of, o) is None for r in real)]
        return has, [o for o in service.operations if o not in has]

    def unreached(self, service: str, side: Side) -> Iterator[Site]:
        """Registrations of the service that stand where no run gets to."""
        for module in self._resilience.modules:
            for node, names in _stores(module):
                if service in names and side_of(names) in (side, None):
                    why = self._repo.statements.why_dead(module, node)
                    if why is not None:
                        reason = f"is never reached: line {why.line} of {why.path} {why.note}"
                        yield module.at(node, f"registers {service}, but {reason}")


def _stores(module: Module) -> Iterator[tuple[ast.stmt, tuple[str, ...]]]:
    """Assignments that may register something, with the names that say for what and where."""
    for node in module.nodes:
        match node:
            case ast.Assign(targets=[ast.Subscript(value=held, slice=key), *_]):
                yield node, (last_name(held), text_of(key) or "")
            case ast.Assign(targets=[ast.Attribute() as target, *_]):
                yield node, (dotted(target) or "", *_spoken(target.attr))


def _spoken(name: str) -> tuple[str, ...]:
    words = name.strip("_").split("_")
    spans = ("_".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1))
    return tuple(s for s in spans if names_service(name, s))


def _said(site: Site) -> str:
    return f"{site.note} ({site.path}:{site.line})"
