"""The parts of the machine that the others rest on: how steps are joined, identities, bounds."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Module
from pytest_readiness.repo.symbolic.scopes import Scopes
from pytest_readiness.repo.symbolic.values import Error, Frame, Items, State, Step, Unknown, Value
from pytest_readiness.repo.symbolic.world import World
from pytest_readiness.repo.symbols import External

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

Then = Callable[[Value, State], Iterator[Step]]
ThenAll = Callable[[tuple[Value, ...], State], Iterator[Step]]
MOST_WAYS, FEW_WAYS = 96, 4
"""Most ways followed side by side after one statement, at first and once half of the steps are spent."""
ENOUGH_STEPS, FEW_STEPS = 60_000, 300
"""Steps in all after which every further question gets few of them."""
DEEPEST = 40
"""Most calls within calls."""
ALTERNATIVES = 24
"""Most values that an attribute or a name is taken to hold."""


class TooMuch(Exception):
    """The run would take too long; what was found so far is not the whole."""


class Core(ABC):
    """What every part of the machine can do."""

    def __init__(self, repo: Repo, world: World) -> None:
        self.repo, self.world = repo, world
        self.scopes = Scopes(repo)
        self._keys: dict[Hashable, int] = {}
        self._frames: dict[Hashable, Frame] = {}
        self._spent = self._total = 0
        self.complete = True
        self.stack: list[ast.AST] = []
        self.sites: list[tuple[Module, ast.AST]] = []
        self.made: dict[int, tuple[tuple[Module, ast.AST], ...]] = {}
        """Key of an object -> the calls that led to its construction, outermost first, itself last."""

    def key(self, *parts: Hashable) -> int:
        """A number that stands for these parts, the same each time."""
        return self._keys.setdefault(parts, len(self._keys) + 1)

    def spend(self, steps: int = 1) -> None:
        """Count steps. Raises TooMuch when there were too many."""
        self._spent += steps
        if self._spent > self.world.most_steps:
            raise TooMuch

    def rest(self) -> None:
        """Start a question of its own; after very many steps in all it gets few."""
        self._total += self._spent
        self._spent = 0
        if self._total > ENOUGH_STEPS:
            self.world.most_steps = min(self.world.most_steps, FEW_STEPS)

    def whole(self, steps: Iterable[Step]) -> list[Step]:
        """The outcomes of a question of its own; those found so far where there are too many steps in all."""
        self.rest()
        found: list[Step] = []
        try:
            found.extend(steps)
        except (TooMuch, RecursionError):
            self.complete = False
        return found

    @property
    def ways(self) -> int:
        """How many ways may be followed side by side."""
        return MOST_WAYS if self._spent * 2 < self.world.most_steps else FEW_WAYS

    def module_frame(self, module: Module) -> Frame:
        """The loose frame of a module's own names."""
        key = ("module", module.path)
        if key not in self._frames:
            number = self.key(*key)
            self._frames[key] = Frame(module, None, number, number, loose=True)
        return self._frames[key]

    @abstractmethod
    def evaluate(self, node: ast.expr, frame: Frame, state: State) -> Iterator[Step]:
        """What may come of the expression: a value, or an exception."""

    @abstractmethod
    def block(self, body: list[ast.stmt], frame: Frame, state: State) -> list[Step]:
        """The ways through statements."""

    @abstractmethod
    def apply(
        self,
        callee: Value,
        args: tuple[Value, ...],
        kwargs: tuple[tuple[str, Value], ...],
        at: tuple[Module, ast.AST, Frame],
        state: State,
    ) -> Iterator[Step]:
        """What may come of calling the value at that place."""

    @abstractmethod
    def attribute(self, value: Value, name: str, state: State) -> Iterator[Step]:
        """What may come of reading an attribute."""

    def then(self, steps: Iterable[Step], follow: Then) -> Iterator[Step]:
        """Each value goes on to `follow`, every other outcome stays as it is."""
        for step in steps:
            if step.kind == "value":
                yield from follow(step.value, step.state)
            else:
                yield step

    def each(self, nodes: Iterable[ast.expr], frame: Frame, state: State, follow: ThenAll) -> Iterator[Step]:
        """The expressions one after the other, their values handed on together."""
        yield from self._each(list(nodes), frame, state, (), follow)

    def _each(
        self, nodes: list[ast.expr], frame: Frame, state: State, done: tuple[Value, ...], follow: ThenAll
    ) -> Iterator[Step]:
        self.spend(int(frame.loose))
        if not nodes:
            yield from follow(done, state)
            return
        for step in self.evaluate(nodes[0], frame, state):
            if step.kind == "value":
                yield from self._each(nodes[1:], frame, step.state, (*done, step.value), follow)
            else:
                yield step

    def loosely(self, node: ast.expr, frame: Frame) -> list[Value]:
        """All values that the expression may have, whatever has happened."""
        found: list[Value] = []
        self.spend()
        with suppress(TooMuch, RecursionError):
            for step in self.evaluate(node, frame, State()):
                if step.kind == "value" and step.value not in found:
                    found.append(step.value)
                if len(found) >= ALTERNATIVES:
                    break
        return found


def value(of: Value, state: State) -> Step:
    """The expression has this value."""
    return Step("value", of, state)


def raised(
    of: Class | External | None, state: State, node: ast.AST | None = None, parts: tuple[Value, ...] = ()
) -> Step:
    """The expression raises."""
    return Step("raise", Error(of, node, parts), state, node)


def builtin_error(name: str) -> External:
    """An exception class of Python."""
    return External(f"builtins.{name}")


def from_parts(*parts: Value) -> Unknown:
    """Something worked out from values, of which nothing else is known."""
    kept = tuple(p for p in parts if not isinstance(p, Items) or p.items)
    return Unknown(parts=kept[:12])
