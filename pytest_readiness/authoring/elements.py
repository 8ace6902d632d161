"""Elements of a document as units: of several candidates the one that has most of them counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from pytest_readiness.authoring.units import Place, Units


class Element(Protocol):
    """One thing that a document must hold."""

    @property
    def name(self) -> str: ...
    @property
    def ok(self) -> bool: ...
    @property
    def places(self) -> Sequence[Place]: ...
    @property
    def note(self) -> str: ...


def count(units: Units, elements: Iterable[Element]) -> None:
    """Count each element."""
    for element in elements:
        units.decide(element.name, element.ok, *element.places, note=element.note)


def count_best(units: Units, tried: Iterable[Sequence[Element]], missing: str) -> None:
    """Count the elements of the candidate that has most of them; fail with this message where there is none."""
    listed = list(tried)
    assert listed, missing
    count(units, max(listed, key=lambda elements: sum(e.ok for e in elements)))
