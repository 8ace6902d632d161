"""Which kinds of personal data does a regular expression hit? The expression is a stranger's: it is run under guard."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

import regex

SAMPLES: dict[str, tuple[str, ...]] = {
    "email": ("anna.andersson@example.se",),
    "phone": ("+46 70 123 45 67", "070-1234567"),
    "personal identity number": ("19850709-9805", "850709-9805"),
    "payment card": ("4111 1111 1111 1111",),
    "IBAN": ("SE45 5000 0000 0583 9825 7466",),
}
_PLAIN = "The quarterly report of the board is ready for review and will be sent on Monday"
"""Text without personal data; what hits most of it hits anything."""
_COVERED = 0.5
"""Share of a sample's letters and digits that a hit replaces."""
_TIMEOUT_S = 0.05
_LONGEST = 4_000
"""Characters of a pattern; a longer one is not run."""
_LARGEST = 50_000
"""Items that a pattern may unfold to; counted repeats in repeats would take all memory."""
_DEEPEST = 50
_FLAGS = ("I", "IGNORECASE", "X", "VERBOSE", "M", "MULTILINE", "S", "DOTALL", "A", "ASCII", "U", "UNICODE")
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d+)(?:,(\d*))?\}|.", re.DOTALL)


@lru_cache(maxsize=2_000)
def kinds_hit(pattern: str, flags: tuple[str, ...] = ()) -> frozenset[str]:
    """The kinds of personal data whose sample the pattern hits; none for one that is wrong, slow or hits anything."""
    compiled = _compiled(pattern, flags)
    if compiled is None or _covers(compiled, _PLAIN):
        return frozenset()
    return frozenset(k for k, samples in SAMPLES.items() if any(_hits(compiled, s) for s in samples))


def _hits(compiled: regex.Pattern[str], sample: str) -> bool:
    """In running text, or alone (patterns for whole values)."""
    return _covers(compiled, sample) or _covers(compiled, f"Please call {sample} today", sample)


def _covers(compiled: regex.Pattern[str], text: str, part: str | None = None) -> bool:
    """Whether the matches cover enough of the letters and digits of the text, or of that part of it."""
    start = text.index(part) if part else 0
    span = range(start, start + len(part or text))
    covered: set[int] = set()
    try:
        for found in compiled.finditer(text, timeout=_TIMEOUT_S):
            covered.update(range(*found.span()))
    except (TimeoutError, RecursionError, MemoryError):
        return False
    letters = [i for i in span if text[i].isalnum()]
    return sum(i in covered for i in letters) >= _COVERED * len(letters)


def _compiled(pattern: str, flags: tuple[str, ...]) -> regex.Pattern[str] | None:
    if len(pattern) > _LONGEST or _unfolded(pattern) > _LARGEST:
        return None
    value = 0
    for flag in set(flags).intersection(_FLAGS):
        value |= getattr(regex, flag)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return regex.compile(pattern, value, cache_pattern=False)
    except (regex.error, ValueError, TypeError, RecursionError, MemoryError, OverflowError):
        return None


def _unfolded(pattern: str) -> int:
    """How many items the pattern has when each counted repeat is written out; too many where it nests too deep."""
    sizes, last = [0], [0]
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if text == "(":
            sizes.append(0)
            last.append(0)
        elif text == ")" and len(sizes) > 1:
            size = sizes.pop()
            last.pop()
            sizes[-1] += size
            last[-1] = size
        elif token.group(1):
            times = max(int(token.group(1)[:7]), int((token.group(2) or "0")[:7]))
            sizes[-1] += last[-1] * max(0, times - 1)
            last[-1] *= max(1, times)
        else:
            sizes[-1] += 1
            last[-1] = 1
        if sizes[-1] > _LARGEST or len(sizes) > _DEEPEST:
            return _LARGEST + 1
    return sum(sizes)
