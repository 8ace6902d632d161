"""PromQL as far as a dashboard or an alert rule has to be understood: selectors, calls around them, comparisons.

A scan over tokens with a stack of open brackets: no recursion, no errors; Grafana's `$variables` and `[[macros]]` are
taken as they come. MetricsQL and the metric queries of LogQL read the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LIMIT = 20_000
"""Characters of a query that are read."""
_TOKEN = re.compile(
    r"""
    (?P<space>\s+|\#[^\n]*)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
  | (?P<variable>\$\{[^}]*\}|\$\w+|\[\[\w+(?::\w+)?\]\]|\{\{[^}]*\}\})
  | (?P<number>0x[0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?:ms|[smhdwy])?(?:\d+(?:ms|[smhdwy]))*)
  | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
  | (?P<operator>=~|!~|!=|==|<=|>=|[-+*/%^<>=(){}\[\],@])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
AGGREGATIONS = frozenset(
    {"sum", "avg", "min", "max", "count", "count_values", "topk", "bottomk", "quantile", "stddev", "stdvar", "group",
     "limitk", "limit_ratio"}
)  # fmt: skip
_KEEPING = frozenset({"topk", "bottomk", "limitk", "limit_ratio"})
"""Aggregations that keep every label of the series that they choose."""
_GROUPING = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_KEYWORDS = frozenset({"and", "or", "unless", "offset", "bool", "atan2", "inf", "nan", "start", "end"})
_COMPARING = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "==": "==", "!=": "!="}
"""Comparison operators, each with what it is when the sides are changed."""


@dataclass(frozen=True)
class Token:
    """A piece of a query; `kind` is string, variable, number, name, operator or other."""

    kind: str
    text: str


@dataclass(eq=False)
class Call:
    """A function or aggregation around a selector. `labels` is None where an aggregation names none."""

    name: str
    labels: tuple[str, ...] | None = None
    without: bool = False

    @property
    def aggregates(self) -> bool:
        return self.name in AGGREGATIONS


@dataclass(frozen=True, eq=False)
class Selector:
    """A metric in a query, its label matchers, and the calls around it, the innermost last."""

    name: str
    matchers: tuple[tuple[str, str, str], ...]
    """Label, operator, value."""
    calls: tuple[Call, ...]

    def inside(self, *functions: str) -> bool:
        """Whether one of these functions is called around it."""
        return any(c.name in functions for c in self.calls)

    def split_by(self, label: str) -> bool:
        """Whether the result keeps one series for each value of the label, if the metric has it."""
        return all(_keeps(c, label) for c in self.calls if c.aggregates)

    @property
    def groupings(self) -> frozenset[str]:
        """Labels that every grouping aggregation around it keeps by name."""
        kept = [set(c.labels or ()) for c in self.calls if c.aggregates and not c.without and c.name not in _KEEPING]
        return frozenset(set.intersection(*kept)) if kept else frozenset()


@dataclass
class Query:
    """What a query says."""

    selectors: list[Selector] = field(default_factory=list)
    comparisons: list[tuple[str, float]] = field(default_factory=list)
    """`(operator, number)` of each comparison with a number; `0.5 < x` comes as `x > 0.5`."""
    operators: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """The metrics, each once."""
        return list(dict.fromkeys(s.name for s in self.selectors))


def query(text: str) -> Query:
    """The query, read."""
    tokens = [t for t in _tokens(text[:LIMIT]) if t.kind != "space"]
    return Query(_Scan(tokens).done(), list(_comparisons(tokens)), frozenset(t.text for t in tokens if _operates(t)))


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        yield Token(found.lastgroup or "other", found.group())


def _operates(token: Token) -> bool:
    return token.kind == "operator"


def _keeps(call: Call, label: str) -> bool:
    if call.name in _KEEPING and call.labels is None:
        return True
    named = label in (call.labels or ())
    return not named if call.without else named


class _Scan:
    """One walk over the tokens; `stack` holds a Call for each open parenthesis that belongs to one, else None."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._at = tokens, 0
        self._stack: list[Call | None] = []
        self._found: list[Selector] = []

    def done(self) -> list[Selector]:
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.kind == "name":
                self._name(token.text)
            elif token.kind == "operator":
                self._operator(token.text)
        return self._found

    def _operator(self, text: str) -> None:
        if text == "(":
            self._stack.append(None)
        elif text == ")":
            closed = self._stack.pop() if self._stack else None
            if closed is not None and closed.aggregates:
                self._group(closed)
        elif text == "[":
            self._skip("]")
        elif text == "{":
            self._select("")

    def _name(self, name: str) -> None:
        lower = name.lower()
        if lower in _GROUPING and self._next("("):
            self._labels()
        elif lower in AGGREGATIONS and (self._next("(") or self._next("by", "without")):
            self._aggregation(lower)
        elif self._next("("):
            self._at += 1
            self._stack.append(Call(lower))
        elif lower not in _KEYWORDS and lower not in _GROUPING and not self._glued():
            self._select(name)

    def _aggregation(self, name: str) -> None:
        call = Call(name)
        self._group(call)
        if self._next("("):
            self._at += 1
            self._stack.append(call)

    def _group(self, call: Call) -> None:
        """`by (a, b)` or `without (a)` that stands here."""
        if self._next("by", "without"):
            call.without = self._tokens[self._at].text.lower() == "without"
            self._at += 1
            call.labels = self._labels()

    def _labels(self) -> tuple[str, ...]:
        """The names in the parentheses that open here."""
        if not self._next("("):
            return ()
        inside = self._skip(")")
        return tuple(t.text.strip("\"'`") for t in inside if t.kind in ("name", "string"))

    def _select(self, name: str) -> None:
        """A selector whose name was read, or whose opening brace was where it has no name."""
        matchers: list[tuple[str, str, str]] = []
        if not name or self._next("{"):
            self._at += 1 if name else 0
            inside = self._skip("}")
            matchers = list(_matchers(inside))
            name = name or next((v for k, o, v in matchers if k == "__name__" and o == "="), "") or _quoted(inside)
        if name:
            calls = tuple(c for c in self._stack if c is not None)
            self._found.append(Selector(name, tuple(m for m in matchers if m[0] != "__name__"), calls))

    def _glued(self) -> bool:
        """A variable stands right before or after: the name is only a part of one that is filled in."""
        before = self._tokens[self._at - 2] if self._at >= 2 else None
        after = self._tokens[self._at] if self._at < len(self._tokens) else None
        return any(t is not None and t.kind == "variable" for t in (before, after))

    def _next(self, *texts: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].text.lower() in texts

    def _skip(self, closing: str) -> list[Token]:
        """The tokens up to the closing bracket, which is left behind."""
        start = self._at
        while self._at < len(self._tokens) and self._tokens[self._at].text != closing:
            self._at += 1
        self._at += 1
        return [t for t in self._tokens[start : self._at - 1] if t.text not in ("(", "{")]


def _matchers(tokens: list[Token]) -> Iterator[tuple[str, str, str]]:
    for label, operator, value in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if operator.text in ("=", "!=", "=~", "!~") and value.kind in ("string", "variable"):
            yield label.text.strip("\"'`"), operator.text, value.text.strip("\"'`")


def _quoted(tokens: list[Token]) -> str:
    """The metric's name where it stands in quotes among the matchers: `{"my.metric", label="x"}`."""
    first = tokens[0] if tokens else None
    alone = len(tokens) == 1 or (len(tokens) > 1 and tokens[1].text == ",")
    return first.text.strip("\"'`") if first is not None and first.kind == "string" and alone else ""


def _comparisons(tokens: list[Token]) -> Iterator[tuple[str, float]]:
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.text == "{") - (token.text == "}") if token.kind == "operator" else 0
        if depth > 0 or token.kind != "operator" or token.text not in _COMPARING:
            continue
        after = _number(tokens, index + 1, 1)
        before = _number(tokens, index - 1, -1)
        if after is not None:
            yield token.text, after
        elif before is not None:
            yield _COMPARING[token.text], before


def _number(tokens: list[Token], at: int, step: int) -> float | None:
    """The number that stands at that place, `bool` and a sign looked over."""
    sign = 1.0
    while (
        0 <= at < len(tokens) and (tokens[at].text == "(" or tokens[at].text.lower() in ("bool", "-", "+")) and step > 0
    ):
        sign = -sign if tokens[at].text == "-" else sign
        at += step
    if not 0 <= at < len(tokens) or tokens[at].kind != "number":
        return None
    try:
        return sign * float(tokens[at].text)
    except ValueError:
        return None
