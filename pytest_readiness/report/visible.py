"""Makes text from an audited repository harmless to look at: what a terminal or a renderer would obey is taken out."""

from __future__ import annotations

import re

_OBEYED = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters, terminal escapes
    "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # invisible, direction marks
    "\U000e0000-\U000e007f\ud800-\udfff]"  # tags, lone surrogates
)
_BLANK = re.compile(r"\s+")
REPLACED = "\ufffd"


def visible(text: str) -> str:
    """The same text on one line, every character that is obeyed instead of shown replaced by U+FFFD."""
    return _OBEYED.sub(REPLACED, _BLANK.sub(" ", text))
