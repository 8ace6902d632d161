"""Branches over what is not known: each combination is one run."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

T = TypeVar("T")
PATHS = 32
"""Most runs of one question."""


class Choices:
    """The branches of one run. The same condition is decided the same way each time it is met."""

    def __init__(self, given: Mapping[Hashable, bool] | None = None) -> None:
        self._given = dict(given or {})
        self.made: dict[Hashable, bool] = {}
        self.fixed: set[Hashable] = set()
        self.is_open = True

    def decide(self, node: Hashable, first: bool = True) -> bool:
        """Which way the run goes at the node; `first` is what it takes where nothing was given."""
        if node not in self.made:
            self.made[node] = self._given.get(node, first)
            if not self.is_open:
                self.fixed.add(node)
        return self.made[node]

    def alternatives(self) -> list[dict[Hashable, bool]]:
        """What to give to later runs, so that all combinations are seen once."""
        fresh = [n for n in self.made if n not in self._given and n not in self.fixed]
        before = dict(self._given)
        found = []
        for node in fresh:
            found.append(before | {node: not self.made[node]})
            before[node] = self.made[node]
        return found


def explore(run: Callable[[Choices], T], most: int = PATHS, enough: Callable[[T], bool] = lambda _: False) -> list[T]:
    """The results of at most `most` runs, the most obvious one first; none after one that is enough."""
    todo: list[dict[Hashable, bool]] = [{}]
    results: list[T] = []
    while todo and len(results) < most:
        choices = Choices(todo.pop(0))
        results.append(run(choices))
        if enough(results[-1]):
            break
        todo += choices.alternatives()
    return results
