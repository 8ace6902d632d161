"""Money, usage and unit prices in the sentences and tables of documents, in English and Swedish."""

from __future__ import annotations

import re
from dataclasses import dataclass

PAYER = r"users?|seats?|tenants?|customers?|användar\w*|kund\w*|abonnen\w*"
"""Who is paid for."""
COST = r"costs?|pric(?:e|es|ing)|kostnad\w*|kosta[rt]?|pris(?:et|er|erna)?"
PERIOD = (
    r"month(?:ly|s)?|mo\b|day|daily|week(?:ly)?|year(?:ly)?|annual(?:ly)?|quarter|månad\w*|mån\b|dag\w*|dygn|veck\w*"
    r"|år(?:et|lig\w*)?|kvartal"
)
_NUMBER = r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:[ \u00a0,']\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|[.,]\d+"
_SIGN = r"US\$|\$|€|£|USD|EUR|GBP|SEK|CHF|NOK|DKK"
_UNIT = r"USD|EUR|GBP|SEK|CHF|NOK|DKK|dollars?|euros?|kronor|kr|öre|cents?|¢|\$|€|£"
MONEY = re.compile(
    rf"(?<![\w.,])(?:(?:{_SIGN})\s?(?P<after>{_NUMBER})|(?P<before>{_NUMBER})\s?(?:{_UNIT})(?![\w]))", re.IGNORECASE
)
_COUNTED = r"requests?|calls?|queries|questions?|messages?|prompts?|completions?|conversations?|chats?|meetings?"
_COUNTED_SV = r"anrop|förfråg(?:an|ning\w*)|fråg(?:a|or)|meddeland\w*|samtal|möten?|konversation\w*"
COUNTED = re.compile(rf"\b(?:{_COUNTED}|{_COUNTED_SV})\b", re.IGNORECASE)
TOKENS = re.compile(r"\btokens?\b", re.IGNORECASE)
_USAGE = re.compile(
    rf"(?P<number>{_NUMBER})\s*(?P<scale>k|m|thousand|million|tusen|miljon\w*)?\s*(?:[\w-]+\s+){{0,3}}?"
    rf"(?:{_COUNTED}|{_COUNTED_SV}|tokens?)\b", re.IGNORECASE
)  # fmt: skip
_COUNT = re.compile(rf"(?P<number>{_NUMBER})\s*(?P<scale>k|m|thousand|million|tusen|miljon\w*)?\b", re.IGNORECASE)
UNIT_PRICE = re.compile(
    rf"(?:per|/|à|for each|för)\s*(?P<count>{_NUMBER})?\s*(?P<scale>k|m|mn|mtok|thousand|million|tusen|miljon\w*)?\s*"
    rf"(?:[\w-]+\s+){{0,2}}?(?P<of>tokens?\b|tok\b|{_COUNTED}|{_COUNTED_SV})", re.IGNORECASE
)  # fmt: skip
_PRICED = re.compile(
    rf"(?P<count>{_NUMBER})?\s*(?P<scale>k|m|mn|mtok|thousand|million|tusen|miljon\w*)?\s*(?:[\w-]+\s+){{0,2}}?"
    rf"\b(?P<of>tokens?|tok|{_COUNTED}|{_COUNTED_SV})\s+(?:costs?|kostar)\s+(?:\w+\s+)?$", re.IGNORECASE
)  # fmt: skip
"""What stands before a price: `1M tokens cost`."""
_CURRENCY = re.compile(r"\b(?:USD|EUR|GBP|SEK|CHF|NOK|DKK|dollars?|euros?|kronor|kr)\b|[$€£]", re.IGNORECASE)
_PER_PAYER = re.compile(rf"(?:per|/|each|every|a|an|varje|var)\s*(?:\w+\s+)?(?:{PAYER})\b", re.IGNORECASE)
_PAYER = re.compile(rf"\b(?:{PAYER})\b", re.IGNORECASE)
_PERIOD = re.compile(rf"(?:\b|/)(?:{PERIOD})(?!\w)", re.IGNORECASE)
_PER = re.compile(r"\s*(?:per|/|each)\s*((?:\w+\s*){1,3})", re.IGNORECASE)
_PAYER_OR_PERIOD = re.compile(rf"\b(?:{PAYER}|{PERIOD})", re.IGNORECASE)
_OF_REQUEST = re.compile(
    rf"\s*(?:per|/|each|for each|i varje|för varje)\s*(?:{_COUNTED}|{_COUNTED_SV}|of)\b", re.IGNORECASE
)
_REACH = 40
"""Characters behind an amount in which its unit stands."""
_SCALES = {"k": 1e3, "m": 1e6, "mn": 1e6, "mtok": 1e6, "thousand": 1e3, "tusen": 1e3, "million": 1e6}
_DAYS = (("day", 1.0), ("dail", 1.0), ("dag", 1.0), ("dygn", 1.0), ("week", 7.0), ("veck", 7.0), ("month", 30.0),
         ("mo", 30.0), ("mån", 30.0), ("quarter", 91.0), ("kvartal", 91.0), ("year", 365.0), ("annual", 365.0),
         ("år", 365.0))  # fmt: skip
_SUBJECT = re.compile(rf"\b(?:{COST})\b", re.IGNORECASE)
_COMPOUND = re.compile(r"användarkostnad|kundkostnad|kostnadsuppskattning per (?:användare|kund)", re.IGNORECASE)


@dataclass(frozen=True)
class Price:
    """What one token, call or the like costs."""

    each: float
    of_tokens: bool
    label: str = ""


def number(text: str) -> float:
    """The value of a written number: `1,200.50`, `1 200,50` and `0,42` alike."""
    bare = re.sub(r"[ \u00a0']", "", text)
    if "," in bare and "." in bare:
        bare = bare.replace(",", "") if bare.rindex(".") > bare.rindex(",") else bare.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+", bare):
        bare = bare.replace(",", "")
    return float(bare.replace(",", ".") or 0)


def money(text: str) -> float | None:
    """The first amount of money that the text states."""
    found = MONEY.search(text)
    return number(found.group("after") or found.group("before")) if found else None


def is_subject(text: str) -> bool:
    """Whether a heading, or the header of a table, is on what a user costs."""
    return bool(_COMPOUND.search(text)) or bool(_SUBJECT.search(text) and _PAYER.search(text))


def names_payer(text: str) -> bool:
    return bool(_PAYER.search(text))


def names_currency(text: str) -> bool:
    """Whether a label says that its numbers are money: `Price (USD)`, `kr per användare`."""
    return bool(_CURRENCY.search(text))


def days(text: str) -> float | None:
    """Length in days of the period that the text names."""
    found = _PERIOD.search(text)
    named = found.group(0).strip("/ ").lower() if found else ""
    return next((length for start, length in _DAYS if named.startswith(start)), None)


def states_amount(text: str, context: str = "") -> bool:
    """Money for one payer and period: `$1.20 per user and month`; `context` are the headings around it."""
    return any(_is_amount(before, after, context) for _, before, after in _moneys(text))


def _is_amount(before: str, after: str, context: str) -> bool:
    other = _PER.match(after)
    if (
        _near(after) is not None
        or _priced(before, after) is not None
        or (other is not None and not _PAYER_OR_PERIOD.search(other.group(1)))
    ):
        return False
    own = f"{before} {after}"
    payer = _PER_PAYER.search(own) or is_subject(own) or _PER_PAYER.search(context) or is_subject(context)
    return payer is not None and bool(payer) and (days(own) or days(context)) is not None


def states_usage(text: str, context: str = "") -> bool:
    """Requests, calls or tokens for one payer and period, with a number; prices, and tokens of a request, are none."""
    bare = UNIT_PRICE.sub(" ", MONEY.sub(" ", text)) if MONEY.search(text) else text
    whole = f"{context} {text}"
    told = any(not _OF_REQUEST.match(bare[m.end() :]) for m in _USAGE.finditer(bare))
    return told and days(whole) is not None and names_payer(whole)


def unit_price(text: str, context: str = "") -> Price | None:
    """`$0.60 per 1M output tokens`, `0.002 USD per call`; the unit may stand in the context."""
    for amount, before, after in _moneys(text):
        unit = _near(after) or _priced(before, after) or UNIT_PRICE.search(context)
        if unit is not None:
            count = number(unit.group("count")) if unit.group("count") else 1.0
            scale = (unit.group("scale") or "").lower()
            times = _SCALES.get(scale, 1e6 if scale.startswith("miljon") else 1.0)
            of_tokens = unit.group("of").lower().startswith("tok")
            return Price(amount / (count * times or 1.0), of_tokens, f"{context} {text}")
    return None


def _moneys(text: str) -> list[tuple[float, str, str]]:
    """Each amount, with the text since the one before it and up to the next."""
    found = list(MONEY.finditer(text))
    starts = [0, *(m.end() for m in found)]
    ends = [*(m.start() for m in found[1:]), len(text)]
    return [
        (number(m.group("after") or m.group("before")), text[starts[i] : m.start()], text[m.end() : ends[i]])
        for i, m in enumerate(found)
    ]


def _near(after: str) -> re.Match[str] | None:
    """The unit that a price is for, right behind it."""
    found = UNIT_PRICE.search(after[:_REACH])
    return found if found is not None and not _PAYER.search(after[: found.start()]) else None


def _priced(before: str, after: str) -> re.Match[str] | None:
    """What a price is for, right before it: `1M tokens cost $0.60`; what is paid per user is no price of a token."""
    return None if _PAYER.search(after[:_REACH]) else _PRICED.search(before)


def count(text: str) -> float | None:
    """The first plain number of a cell, `2k` and `1.5 million` taken at their value."""
    found = _COUNT.search(text)
    if found is None:
        return None
    scale = (found.group("scale") or "").lower()
    return number(found.group("number")) * _SCALES.get(scale, 1e6 if scale.startswith("miljon") else 1.0)
