"""Is a text Swedish, or does it order an answer in Swedish?"""

import re

ORDERS = ("på svenska", "in swedish", "svenskt språk")
WORDS = frozenset(
    {
        "och", "att", "för", "på", "är", "av", "med", "som", "inte", "ett",
        "till", "eller", "denna", "detta", "dessa", "ska", "skall", "från", "vid", "enligt",
    }
)  # fmt: skip
ENOUGH = 5


def swedish_signs(text: str) -> tuple[bool, str]:
    """Whether the text is Swedish, and the words that decided."""
    lowered = " ".join(text.lower().split())
    order = next((o for o in ORDERS if o in lowered), None)
    if order is not None:
        return True, f"orders the answer: '{order}'"
    found = sorted(WORDS & set(re.findall(r"[^\W\d_]+", lowered)))
    if len(found) >= ENOUGH:
        return True, f"is worded in Swedish: {', '.join(found)}"
    return False, f"the prompt is not Swedish; Swedish words in it: {', '.join(found) or 'none'}"
