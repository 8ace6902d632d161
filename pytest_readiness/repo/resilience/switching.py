"""Does each operating mode send calls to the sides that it names?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.resilience.modes import OperatingMode
from pytest_readiness.repo.resilience.runs import Conditions, Way
from pytest_readiness.repo.resilience.words import Side

if TYPE_CHECKING:
    from pytest_readiness.repo.resilience.model import Resilience


@dataclass(frozen=True)
class Switched:
    """What a mode does: the places where it goes wrong, and one that shows a call where it goes right."""

    mode: OperatingMode
    wrong: tuple[Site, ...]
    shown: tuple[Site, ...]


class Switching:
    """Follows every operation in every mode."""

    def __init__(self, resilience: Resilience) -> None:
        self._resilience = resilience

    def judged(self, mode: OperatingMode) -> Switched:
        """The operations in that mode, a breaker being there and closed."""
        wrong: dict[Site, None] = {}
        shown: dict[Site, None] = {}
        for absent in (False, True):
            conditions = Conditions(mode=mode.fixed, absent=absent)
            for way in self._resilience.all_ways(conditions):
                wrong |= dict.fromkeys(self._wrong(mode, way, absent))
                shown |= dict.fromkeys(c.place for c in way.calls)
        if not self._is_read:
            wrong = {mode.place_of("no call of a service depends on the mode that is set from outside"): None}
        elif not shown and not wrong:
            wrong = {mode.place_of("no operation of a service is seen to run in this mode"): None}
        return Switched(mode, tuple(wrong), tuple(shown)[:1])

    @cached_property
    def _is_read(self) -> bool:
        """Whether what is called where differs from mode to mode."""
        behaviours = {self._behaviour(m) for m in self._resilience.modes}
        return len(behaviours) > 1

    def _behaviour(self, mode: OperatingMode) -> frozenset[tuple[str, tuple[Side | None, ...]]]:
        ways = self._resilience.all_ways(Conditions(mode=mode.fixed))
        return frozenset((w.kind, tuple(w.run.side(c.target) for c in w.calls)) for w in ways)

    def _wrong(self, mode: OperatingMode, way: Way, absent: bool) -> Iterator[Site]:
        sides = mode.sides or frozenset(Side)
        for call in way.calls:
            side = way.run.side(call.target)
            if side not in sides:
                yield call.site(f"in mode {mode.name} a call goes to the {side} side")
                return
        if way.is_empty and way.place is not None:
            yield way.place_of(f"in mode {mode.name} a path ends here without a call of a service or an exception")
        elif mode.is_combined and not absent and way.calls and way.run.side(way.calls[0].target) is Side.LOCAL:
            yield way.calls[0].site(f"in mode {mode.name} the local side is called first")
