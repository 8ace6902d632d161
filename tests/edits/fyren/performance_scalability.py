"""Edits of Fyren for the checks of performance_scalability."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

COST = "performance_scalability.cost_efficiency"

PAIRS: dict[str, Pair] = {
    f"{COST}.cost_per_user_estimated": Pair(
        [Edit("docs/kostnader.md", "1,44 dollar", "14,40 dollar")],
        [Edit("docs/kostnader.md", "0,11 dollar", "0,12 dollar"), Edit("docs/kostnader.md", "frågor per användare", "anrop per användare")],
    ),
}  # fmt: skip
