"""An answer with its proof."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_readiness.repo.modules import Site


@dataclass(frozen=True)
class Verdict:
    """An answer, the places that prove it, and what is missing where the answer is no."""

    ok: bool
    places: tuple[Site, ...]
    note: str = ""
