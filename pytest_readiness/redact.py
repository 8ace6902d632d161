"""Masks secret values. Everything that enters a model passes here, so no output can carry one."""

from __future__ import annotations

import re

VISIBLE = 4
"""How many first characters of a masked value stay, so that its owner can tell which it is."""

_PATTERNS = (
    r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}",
    r"(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]{0,80}\d)[A-Za-z0-9_-]{20,}",  # a digit: task-list-of-the-team is a word, not a key
    r"(?<![A-Za-z0-9])[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
    r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}",
    r"glpat-[A-Za-z0-9_-]{20,}",
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"AIza[0-9A-Za-z_-]{35}",
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"(?<![A-Za-z0-9])(?:npm|hf)_[A-Za-z0-9]{30,}",
    r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    r"(?<=://)[^\s:/@]*:[^\s/@]+(?=@)",
    r"(?<=AccountKey=)[A-Za-z0-9+/=]{20,}",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
)
_SECRET = re.compile("|".join(f"(?:{p})" for p in _PATTERNS))


def mask(text: str) -> str:
    """The same text with every secret value cut to its first characters and `****`."""
    return _SECRET.sub(lambda found: mask_value(found.group()), text)


def mask_value(value: str) -> str:
    """A secret value for showing: its first four characters and `****`; a short one is hidden whole."""
    return f"{value[:VISIBLE]}****" if len(value) > 2 * VISIBLE else "****"
