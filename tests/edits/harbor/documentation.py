"""Edits of Harbor for the checks of documentation."""

from __future__ import annotations

from tests.edits.model import Pair

SRC = "src/harbor"
PAIRS: dict[str, Pair] = {}  # fmt: skip
