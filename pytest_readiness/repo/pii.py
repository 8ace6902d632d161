"""Which names stand for personal data: identifiers, attributes, keys."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from pytest_readiness.repo.modules import text_of

MAIL = frozenset({"email", "e mail", "mail address", "email address"})
_IDENTITY = frozenset(
    {
        "phone", "phone number", "mobile number", "msisdn", "personnummer", "personal number",
        "personal identity number", "ssn", "social security number", "national id", "passport", "passport number",
        "first name", "last name", "full name", "given name", "family name", "surname", "date of birth", "dob",
        "birth date", "home address", "street address", "postal address", "iban", "bank account",
        "bank account number", "card number", "credit card", "credit card number",
    }
)  # fmt: skip
_FREE_TEXT = frozenset(
    {
        "transcript", "transcript text", "transcript content", "utterance", "chat ctx", "chat context",
        "chat history", "chat log", "conversation history", "conversation text", "message text", "message body",
        "message content", "email body", "mail body", "prompt", "prompt text", "user input", "user message",
        "memory text", "memory content", "memories",
    }
)  # fmt: skip
SUBJECT_COLUMNS = frozenset(
    {"user_id", "owner_id", "customer_id", "account_id", "subject_id", "person_id", "member_id"}
)
"""Columns that say whose row it is."""
_PHRASES = MAIL | _IDENTITY | _FREE_TEXT
_LONGEST = max(len(p.split()) for p in _PHRASES)
_JOINED = {p.replace(" ", ""): p for p in _PHRASES if " " in p}
_NOT_BEFORE = frozenset({"is", "has", "num", "n", "count", "max", "min", "total"})
TRAILING = frozenset({"items", "text", "content", "value", "data", "raw", "messages", "address", "body"})
"""What may follow on personal data and still is it: `transcript.text`."""
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: str) -> list[str]:
    """The lower-case words of a snake, camel or kebab name, without a number at its end."""
    words = [w.lower() for w in _WORD.findall(name[:200])]
    while words and words[-1].isdigit():
        words.pop()
    return words


@lru_cache(maxsize=20_000)
def pii_phrase(name: str) -> str | None:
    """The kind of personal data that the last words of a name stand for ("email", "card number"), else None."""
    words = words_of(name)
    if not words or words[0] in _NOT_BEFORE:
        return None
    for last in _singulars(words[-1]):
        tails = (" ".join([*words[-n:-1], last]) for n in range(min(_LONGEST, len(words)), 0, -1))
        found = next((t for t in tails if t in _PHRASES), None)
        if found or last in _JOINED:
            return found or _JOINED[last]
    return None


def is_mail(name: str) -> bool:
    """Whether the name stands for an e-mail address."""
    return pii_phrase(name) in MAIL


def part_name(node: ast.AST) -> str | None:
    """The name by which an expression takes a value: identifier, attribute, literal key of `[...]` or `.get(...)`."""
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case ast.Subscript():
            return text_of(node.slice)
        case ast.Call(func=ast.Attribute(attr="get" | "pop"), args=[key, *_]):
            return text_of(key)
        case ast.Call(func=ast.Name(id="getattr"), args=[_, key, *_]):
            return text_of(key)
    return None


def part_owner(node: ast.AST) -> ast.expr | None:
    """What the attribute, item or key is taken from."""
    match node:
        case ast.Attribute() | ast.Subscript():
            return node.value
        case ast.Call(func=ast.Attribute(value=owner)):
            return owner
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, *_]):
            return owner
    return None


def pii_part(node: ast.AST) -> str | None:
    """The name of the personal data that the expression takes (`user.email`, `row["ssn"]`, `transcript.text`)."""
    name = part_name(node)
    if name is not None and pii_phrase(name):
        return name
    owner = part_owner(node)
    if owner is None or name not in TRAILING:
        return None
    inner = part_name(owner)
    return inner if inner is not None and pii_phrase(inner) else None


def _singulars(word: str) -> list[str]:
    """The word, and what it may be the plural of."""
    found = [word]
    if word.endswith("ies"):
        found.append(word[:-3] + "y")
    if word.endswith("es"):
        found.append(word[:-2])
    if word.endswith("s"):
        found.append(word[:-1])
    return found
