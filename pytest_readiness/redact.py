"""Masks secret values. Everything that enters a model passes here, so no output can carry one."""

from __future__ import annotations

import re

VISIBLE = 4
"""How many first characters of a masked value stay, so that its owner can tell which it is."""

_PATTERNS = (
    r"(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}",
    r"sk-(?:ant-|proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}",
    r"gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,}",
    r"glpat-[A-Za-z0-9_-]{20,}",
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"AIza[0-9A-Za-z_-]{35}",
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
)
_SECRET = re.compile("|".join(f"(?:{p})" for p in _PATTERNS))


def mask(text: str) -> str:
    """The same text with every secret value cut to its first characters and `****`."""
    return _SECRET.sub(lambda found: mask_value(found.group()), text)


def mask_value(value: str) -> str:
    """A secret value for showing: its first four characters and `****`; a short one is hidden whole."""
    return f"{value[:VISIBLE]}****" if len(value) > 2 * VISIBLE else "****"
