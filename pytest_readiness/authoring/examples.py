"""Examples: small repositories that prove a check, kept beside it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Example:
    """A repository in a few lines, with the verdict that the check must give on it.

    `files` maps repo-relative paths to text (dedented) or bytes. `score` is the expected score, 0-100; None stands for
    the default of the list it is in: 100 in `meets`, below 100 in `falls_short` and (also None) `decoys`.
    `status` overrides the expected status ("unknown" for missing data). `settings` are `[tool.readiness]` keys.
    `why` says what the example shows; for a decoy: the lookalike, in the catalogue's words.
    """

    files: Mapping[str, str | bytes]
    why: str = ""
    score: float | None = None
    status: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def contents(self) -> dict[str, bytes]:
        """Path -> bytes to write; text is dedented and encoded as UTF-8."""
        return {path: _encoded(text) for path, text in self.files.items()}


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else textwrap.dedent(text).lstrip("\n").encode()
