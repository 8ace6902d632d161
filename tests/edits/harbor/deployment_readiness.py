"""Edits of Harbor for the checks of deployment_readiness."""

from __future__ import annotations

from tests.edits.model import Pair

SRC = "src/harbor"
PAIRS: dict[str, Pair] = {}  # fmt: skip
