"""What the repository does with circuit breakers, each fact computed once."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cached_property, partial
from typing import TYPE_CHECKING

from pytest_readiness.repo.breakers.classes import BreakerClass, BreakerClasses
from pytest_readiness.repo.breakers.driving import Driven, known_numbers
from pytest_readiness.repo.machine import Choices, Machine, Obj, Raised, Stuck, Unknown
from pytest_readiness.repo.modules import Class, Module, call_name

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


MOST_CONSTRUCTIONS = 5
"""Most calls of a breaker class that are looked at for its arguments."""


class Breakers:
    """Entry to the facts about circuit breakers: `repo.breakers`."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def kinds(self) -> BreakerClasses:
        """Tells breaker classes, those of libraries too, from other classes."""
        return BreakerClasses(self._repo.product, self._repo.names)

    @property
    def classes(self) -> tuple[BreakerClass, ...]:
        """Every breaker class of the product, whether or not its module can be imported."""
        return self.kinds.all

    def of(self, cls: Class) -> BreakerClass | None:
        """The class as a breaker; None where it is none."""
        return self.kinds.of(cls)

    def driven(self, breaker: BreakerClass) -> Driven:
        """The breaker made as its defaults say, ready to be driven."""
        if breaker.cls.node not in self._driven:
            self._driven[breaker.cls.node] = self.prepared(breaker, self._made(breaker))
        return self._driven[breaker.cls.node]

    def prepared(self, breaker: BreakerClass, obj: Obj) -> Driven:
        """The object ready to be driven, by the first of its executing methods that runs what it is handed."""
        known_numbers(obj)
        found = [Driven(self._repo.names, self._repo.imports, breaker, e, obj) for e in breaker.executors]
        return next((d for d in found if d.lets_through), found[0])

    def _made(self, breaker: BreakerClass) -> Obj:
        """An object as its defaults say, or as the product makes it where that says more."""
        found = [self._tried(lambda m: m.make_default(breaker.cls))]
        if found[0] is None or any(isinstance(v, Unknown) for v in found[0].attrs.values()):
            found += [self._tried(partial(_evaluated, module=m, call=c)) for m, c in self._constructions(breaker.cls)]
        known = [o for o in found if o is not None and o.cls is breaker.cls]
        return min(known, key=_unknown_values, default=Obj(breaker.cls))

    def _tried(self, make: Callable[[Machine], object]) -> Obj | None:
        machine = Machine(self._repo.names, self._repo.imports, Choices())
        try:
            obj = make(machine)
        except (Raised, Stuck):
            return None
        return obj if isinstance(obj, Obj) else None

    def _constructions(self, cls: Class) -> list[tuple[Module, ast.Call]]:
        calls = ((m, c) for m in self._repo.product for c in m.calls if call_name(c) == cls.name)
        return [(m, c) for m, c in calls if cls in self._repo.names.constructed(m, c)][:MOST_CONSTRUCTIONS]

    @cached_property
    def _driven(self) -> dict[ast.AST, Driven]:
        return {}


def _evaluated(machine: Machine, module: Module, call: ast.Call) -> object:
    return machine.evaluate(module, call)


def _unknown_values(obj: Obj) -> int:
    return sum(isinstance(v, Unknown) for v in obj.attrs.values())
