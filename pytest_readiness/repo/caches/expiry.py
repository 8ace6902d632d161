"""Does what is written to a cache expire?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.caches.classes import CacheClass, CacheClasses, Write, functions_of
from pytest_readiness.repo.caches.limits import Limits
from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Class, Function, Module, call_name, text_of
from pytest_readiness.repo.names import Binding, External, Instance
from pytest_readiness.repo.pii import words_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

KEYWORDS = frozenset(
    {"ttl", "ex", "px", "exat", "pxat", "timeout", "expire", "expires", "expiry", "expiration", "expires_in", "max_age",
     "expire_in", "ttl_seconds", "expire_seconds", "ttl_s", "expire_after"}
)  # fmt: skip
BUILT_WITH = frozenset(
    {"ttl", "default_ttl", "ttl_seconds", "max_age", "max_age_seconds", "expire_after", "expires_after",
     "default_expiration", "default_timeout", "expire", "ttl_s"}
)  # fmt: skip
ALWAYS = ("django.core.cache.", "flask_caching.")
"""Caches whose entries expire unless they are told otherwise."""
_THIRD = (
    "redis.",
    "aioredis.",
    "fakeredis.",
    "django.core.cache.",
    "flask_caching.",
    "memcache.",
    "pymemcache.",
    "aiocache.",
)
"""Clients whose setters take the time as their third argument."""
_TIME_WORDS = frozenset({"ttl", "expire", "expires", "expiry", "expiration", "seconds", "timeout", "age", "lifetime"})
_CLOCKS = frozenset({"time", "monotonic", "now", "utcnow", "perf_counter", "timestamp", "monotonic_ns", "time_ns"})
_STAMPS = frozenset(
    {"timestamp", "time", "created", "expires", "expiry", "expire", "cached", "stored", "at", "deadline", "age",
     "until", "ts", "born", "inserted"}
)  # fmt: skip
_DEPTH = 3


class Expiry:
    """Judges writes. Answers are a note that says what makes the entry expire, or None."""

    def __init__(self, repo: Repo, classes: CacheClasses) -> None:
        self._repo, self._names, self._classes = repo, repo.names, classes
        self._limits = Limits(repo)

    def of(self, cache: CacheClass, write: Write, depth: int = _DEPTH) -> str | None:
        """What makes an entry that the write stores expire."""
        if isinstance(write.node, ast.Call):
            told = self._told(write, write.node)
            if told is not None:
                return "expires after the time it is given" if self._limits.positive(write.function, told) else None
            return self._by_receiver(write, write.node, depth) or self._expired_after(write)
        return self._built(write.module, write.receiver) or self._by_age(cache, write)

    # Calls

    def _told(self, write: Write, call: ast.Call) -> ast.expr | None:
        """The time that the call passes."""
        name = call_name(call)
        if name in ("setex", "psetex"):
            given = next((k.value for k in call.keywords if k.arg in {"time", "time_ms", *KEYWORDS}), None)
            return given or (call.args[1] if len(call.args) > 1 else None)
        keyword = next((k.value for k in call.keywords if k.arg in KEYWORDS), None)
        return keyword if keyword is not None else self._third(write, call)

    def _third(self, write: Write, call: ast.Call) -> ast.expr | None:
        """A time passed by position."""
        for function in self._names.functions(write.module, call.func):
            found = (self._repo.origins.argument_of(function, call, p.arg) for p in function.params if _is_time(p.arg))
            return next((f for f in found if f is not None), None)
        behind = call.args[2:]
        if self._known_third(write.module, write.receiver):
            return behind[0] if behind else next((k.value for k in call.keywords if k.arg == "time"), None)
        return next((b for b in behind if _is_time(_last(b)) or isinstance(b, ast.Constant)), None)

    def _known_third(self, module: Module, node: ast.expr) -> bool:
        return any(n.startswith(_THIRD) for n in self._type_names(module, node))

    def _type_names(self, module: Module, node: ast.expr) -> list[str]:
        found = [s.of if isinstance(s, Instance) else s for s in self._names.resolve(module, node)]
        return [t.name for t in found if isinstance(t, External)]

    def _by_receiver(self, write: Write, call: ast.Call, depth: int) -> str | None:
        """The cache that is written to lets its entries expire by itself."""
        if any(n.startswith(ALWAYS) for n in self._type_names(write.module, write.receiver)):
            return "its cache has a default timeout"
        functions = [f for f in self._names.functions(write.module, call.func) if f.cls is not None]
        if functions and depth > 0:
            return "its cache expires what it is given" if all(self._own(f, depth - 1) for f in functions) else None
        return self._built(write.module, write.receiver)

    def _own(self, method: Function, depth: int) -> bool:
        """Whether what a method of a cache class writes expires although it is not told a time."""
        cache = self._classes.of(method.cls) if method.cls is not None else None
        if cache is None:
            return any(_is_time(n) and self._limits.positive(method, d) for n, d in method.defaults.items())
        return all(self.of(cache, w, depth) is not None for w in cache.writes)

    def _built(self, module: Module, node: ast.expr) -> str | None:
        """`TTLCache(maxsize=100, ttl=60)`: a container that is bound to a time when it is built."""
        for origin in self._repo.origins.of(module, node):
            call = origin.node
            if not isinstance(call, ast.Call):
                continue
            scope = origin.module.enclosing_function(call)
            given = [k.value for k in call.keywords if k.arg in BUILT_WITH]
            if call_name(call) in ("TTLCache", "ExpiringDict") and len(call.args) > 1:
                given.append(call.args[1])
            if any(self._limits.positive_in(origin.module, scope, g) for g in given):
                return "its container was built with a time to live"
        return None

    def _expired_after(self, write: Write) -> str | None:
        """`client.expire(key, seconds)` after the write."""
        for call in write.function.calls:
            same = isinstance(call.func, ast.Attribute) and ast.dump(call.func.value) == ast.dump(write.receiver)
            if same and call_name(call) in ("expire", "pexpire", "expireat", "touch") and len(call.args) > 1:
                key = write.key is not None and ast.dump(call.args[0]) == ast.dump(write.key)
                if key and self._limits.positive(write.function, call.args[1]):
                    return "is given a time to live right after"
        return None

    # Entries that carry a time

    def _by_age(self, cache: CacheClass, write: Write) -> str | None:
        """The entry carries a time, and reading drops entries that are too old."""
        if not self._is_stamped(write):
            return None
        return "carries a time that reading compares with a limit" if self._reading_drops(cache, write) else None

    def _is_stamped(self, write: Write) -> bool:
        """The value holds a time, or one is stored under the same key beside it."""
        if write.value is not None and self._has_time(write.function, write.value):
            return True
        for node in write.function.own_nodes:
            if isinstance(node, ast.Assign) and node is not write.node and write.key is not None:
                keys = [t.slice for t in node.targets if isinstance(t, ast.Subscript)]
                if any(ast.dump(k) == ast.dump(write.key) for k in keys) and self._has_time(write.function, node.value):
                    return True
        return False

    def _has_time(self, function: Function, value: ast.expr, depth: int = _DEPTH) -> bool:
        if _reads_clock(value) or any(_STAMPS & set(words_of(n)) for n in _names_in(value)):
            return True
        if any(self._has_stamp(c) for c in self._built_of(function, value)):
            return True
        names = [n for n in ast.walk(value) if isinstance(n, ast.Name)]
        behind = [b.value for n in names for b in self._names.bindings(function).get(n.id, []) if b.value is not None]
        return depth > 0 and any(self._has_time(function, b, depth - 1) for b in behind if b is not value)

    def _built_of(self, function: Function, value: ast.expr) -> list[Class]:
        calls = [n for n in ast.walk(value) if isinstance(n, ast.Call)]
        return [c for call in calls for c in self._names.constructed(function.module, call)]

    def _has_stamp(self, cls: Class) -> bool:
        """An entry class that keeps a time."""
        return any(_STAMPS & set(words_of(f)) for f in cls.fields) or _reads_clock(cls.node)

    def _reading_drops(self, cache: CacheClass, write: Write) -> bool:
        wanted = ast.dump(_load(write.receiver))
        for function in functions_of(cache.cls):
            mentions = {n for n in function.own_nodes if isinstance(n, ast.expr) and ast.dump(_load(n)) == wanted}
            if mentions and self._gives_back(function, mentions) and self.compares_age(function):
                return True
        return False

    def _gives_back(self, function: Function, mentions: set[ast.expr]) -> bool:
        """Whether something of the mapping is returned."""
        return bool(Flow(function, seed=lambda node: node in mentions).returned)

    def compares_age(self, function: Function, depth: int = _DEPTH) -> bool:
        """Whether the function, or one that it calls, compares a clock with what an entry carries."""
        clocks = {n for b in self._names.bindings(function).items() for n in _clock_names(*b)}
        for node in function.own_nodes:
            if isinstance(node, ast.Compare) and (_reads_clock(node) or clocks & set(_names_in(node))):
                return True
        called = (f for c in function.calls for f in self._runs(function, c))
        return depth > 0 and any(self.compares_age(f, depth - 1) for f in called if f is not function)

    def _runs(self, function: Function, call: ast.Call) -> Iterator[Function]:
        found = self._names.functions(function.module, call.func)
        yield from found
        name = call_name(call)
        if not found and {"expired", "fresh", "valid", "alive", "stale"} & set(words_of(name)):
            yield from (f for f in function.module.functions if f.name == name and f.cls is not None)
        if not found and isinstance(call.func, ast.Attribute):
            yield from (
                c.methods[name] for c in function.module.classes if name in c.methods and _asks_age(c.methods[name])
            )


def _asks_age(function: Function) -> bool:
    return _reads_clock(function.node) and any(isinstance(n, ast.Compare) for n in function.own_nodes)


def _is_time(name: str) -> bool:
    """Whether an identifier names a length of time."""
    return bool(_TIME_WORDS & set(words_of(name)))


def _last(node: ast.expr) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name
        case ast.BoolOp(values=[first, *_]) | ast.IfExp(body=first):
            return _last(first)
        case ast.Call(args=[first, *_]):
            return _last(first)
        case ast.BinOp(left=left):
            return _last(left)
        case ast.Subscript(value=value, slice=key):
            return text_of(key) or _last(value)
    return ""


def _reads_clock(node: ast.AST) -> bool:
    """`time.time()`, `datetime.now(UTC)`, `default_factory=time.time`."""
    found = (n for n in ast.walk(node) if isinstance(n, ast.Call | ast.Attribute))
    return any((call_name(n) if isinstance(n, ast.Call) else n.attr) in _CLOCKS for n in found)


def _clock_names(name: str, bindings: list[Binding]) -> Iterator[str]:
    if any(b.value is not None and _reads_clock(b.value) for b in bindings):
        yield name


def _names_in(node: ast.AST) -> Iterator[str]:
    """Identifiers, keywords and literal keys."""
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str() as name):
                yield name
            case ast.Dict(keys=keys):
                yield from (t for k in keys if (t := text_of(k)))
            case ast.Subscript(slice=key) if (text := text_of(key)) is not None:
                yield text


def _load(node: ast.AST) -> ast.AST:
    """The expression as if it were read."""
    if isinstance(node, ast.Attribute):
        return ast.Attribute(node.value, node.attr, ast.Load())
    return ast.Name(node.id, ast.Load()) if isinstance(node, ast.Name) else node
