"""Personal data is replaced before it reaches a log or a model."""

import logging
import re

from harbor.logs import JsonFormatter

PATTERNS = {
    "email": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    "personal-number": re.compile(r"\b(?:\d{2})?\d{6}[-+]\d{4}\b"),
    "card": re.compile(r"\b(?:\d{4}[ -]?){3}\d{4}\b"),
    "iban": re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b"),
    "phone": re.compile(r"(?:\+\d{2}|\b0)\d{0,2}[ -]?\d{2,3}(?:[ -]?\d{2,3}){2,3}\b"),
}


def masked(text: str) -> str:
    """The same text with every piece of personal data replaced by its kind."""
    for kind, pattern in PATTERNS.items():
        text = pattern.sub(f"<{kind}>", text)
    return text


class MaskingFilter(logging.Filter):
    """Masks each record as it is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), ()
        return True


def set_up_logging(level: str) -> None:
    """Masks all that the root logger's handlers write, one JSON object a record."""
    logging.basicConfig(level=level)
    for handler in logging.getLogger().handlers:
        handler.addFilter(MaskingFilter())
        handler.setFormatter(JsonFormatter())
