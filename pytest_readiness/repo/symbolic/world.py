# ruff: noqa: ARG002 - the base stipulates nothing, whatever it is asked
"""What is stipulated when code is followed: which objects are observed and how they fare, and the mode."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pytest_readiness.repo.modules import Class
from pytest_readiness.repo.symbolic.values import Const, Error, Member, Obj, Step, Table, Unknown, Value

WORKS, FAILS = "works", "fails"


@dataclass(frozen=True)
class Mode:
    """The operating mode, held fixed: a member of an enumeration or a literal, and the names it is known by."""

    value: Member | Const
    names: frozenset[str] = frozenset()
    literals: frozenset[Value] = frozenset()

    def is_one(self, value: Value) -> bool:
        """Whether the value is some mode: a member of the same enumeration, or a literal that stands for a mode."""
        if isinstance(value, Member):
            return isinstance(self.value, Member) and value.cls is self.value.cls
        return value in self.literals

    @property
    def cls(self) -> Class | None:
        return self.value.cls if isinstance(self.value, Member) else None


@dataclass
class World:
    """The stipulations of one run; the base stipulates nothing. Others override what they need."""

    mode: Mode | None = None
    absent: bool = False
    """Whether a lookup in a mapping that statements fill may find nothing."""
    most_steps: int = 6_000
    """Most statements and calls that one run follows."""
    modes_seen: list[Value] = field(default_factory=list)
    """What the mode was, before it was held fixed, wherever it comes from outside."""
    errors: Iterable[Class] = field(default_factory=tuple)
    """Exception classes of the repository that an outage raises."""

    @property
    def mode_reads(self) -> int:
        """How often the mode was read from outside."""
        return len(self.modes_seen)

    def observes(self, value: Value) -> bool:
        """Whether calls of the value's methods are recorded instead of followed."""
        return False

    def fate(self, value: Value, name: Value) -> tuple[str, ...]:
        """What may come of a call on an observed object: WORKS, FAILS or both."""
        return (WORKS,)

    def is_guard(self, value: Value) -> bool:
        """Whether the value is a breaker: what runs inside it is guarded."""
        return False

    def library_guard(self, value: Value) -> bool:
        """Whether the value is a breaker of a library, so that its methods cannot be followed."""
        return False

    def open_error(self, value: Value) -> Error | None:
        """What a library's breaker raises without running anything; None while it lets calls through."""
        return None

    def fixed(self, obj: Obj, name: str) -> tuple[Value, ...] | None:
        """What an attribute is stipulated to hold; None where nothing is."""
        return None

    def told(self, value: Unknown) -> Value | None:
        """The value of something that cannot be followed; None where nothing is stipulated."""
        return None

    def meant(self, value: Value) -> Value:
        """The value that something of a library stands for where it is compared; else itself."""
        return value

    def missing(self, table: Table, key: Value) -> tuple[Value, ...]:
        """What stands in a mapping under a key that nothing is known to be put under."""
        return ()

    def called(self, callee: Value, args: tuple[Value, ...], step: Step) -> Iterable[Step] | None:
        """What a call gives where that is stipulated; None where it is to be followed."""
        return None
