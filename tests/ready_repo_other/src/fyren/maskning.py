"""Hides what identifies a person."""

import re
from re import Match

PERSONAL = re.compile(
    r"(?P<email>[\w.+-]+@[\w-]+\.[\w.-]+)"
    r"|(?P<personnummer>\b(?:\d{2})?\d{6}[-+]\d{4}\b)"
    r"|(?P<card>\b(?:\d{4}[ -]?){3}\d{4}\b)"
    r"|(?P<iban>\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b)"
    r"|(?P<phone>(?:\+\d{2}|\b0)\d{1,3}[ -]?\d{2,3}(?:[ -]?\d{2,3}){2})"
)


def mask(text: str) -> str:
    """The text with [kind] in place of personal data."""

    def kind(found: Match[str]) -> str:
        return f"[{found.lastgroup}]"

    return PERSONAL.sub(kind, text)
