"""Masks secret values. Everything that enters a model passes here, so no output can carry one."""

from __future__ import annotations

import re

from pytest_readiness.secret_formats import FORMATS

VISIBLE = 4
"""How many first characters of a masked value stay, so that its owner can tell which it is."""

_KEY_BLOCK = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z ]*-----|\Z)")


def mask(text: str) -> str:
    """The same text with every secret value cut to its first characters and `****`."""
    if "PRIVATE KEY" in text:
        text = _KEY_BLOCK.sub(lambda found: mask_value(found.group()), text)
    for format_ in FORMATS:
        spans = list(format_.spans(text))
        for start, end in reversed(spans):
            text = f"{text[:start]}{mask_value(text[start:end])}{text[end:]}"
    return text


def mask_value(value: str) -> str:
    """A secret value for showing: its first four characters and `****`; a short one is hidden whole."""
    return f"{value[:VISIBLE]}****" if len(value) > 2 * VISIBLE else "****"
