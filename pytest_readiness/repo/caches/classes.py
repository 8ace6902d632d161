"""Cache classes: which classes write to a cache, where they write, and where they read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import AtNode, Class, Function, FunctionNode, Module, call_name, text_of
from pytest_readiness.repo.names import External, Instance
from pytest_readiness.repo.pii import words_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

SETTERS = frozenset({"set", "setex", "psetex", "add", "put"})
GETTERS = frozenset({"get", "getex", "mget", "get_many", "hget", "hgetall", "fetch", "lookup", "aget"})
_CACHE = re.compile(r"cache|redis|memcache", re.IGNORECASE)
_PATH = re.compile(r"cache|llm", re.IGNORECASE)
_BESIDE = frozenset(
    {"stats", "statistics", "metrics", "metric", "hits", "misses", "counter", "counters", "size", "sizes", "info",
     "config", "lock", "locks", "event", "ttl", "ttls", "settings"}
)  # fmt: skip
"""Last words of names that speak about a cache and are none."""
_PROBE = re.compile(r"\b(health|ping|heartbeat|probe|readiness|liveness|self_?test|connection_?test)", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Write(AtNode):
    """One place that writes to a cache: a call of a setter, or a store under a key."""

    module: Module
    node: ast.Call | ast.Assign
    function: Function
    receiver: ast.expr
    """What is written to: the client, or the mapping."""
    key: ast.expr | None
    value: ast.expr | None


@dataclass(frozen=True, eq=False)
class CacheClass:
    """A class that writes to a cache."""

    cls: Class
    writes: tuple[Write, ...]

    @property
    def name(self) -> str:
        return self.cls.name

    @property
    def path(self) -> str:
        return self.cls.path

    @property
    def line(self) -> int:
        return self.cls.line

    @property
    def module(self) -> Module:
        return self.cls.module


class CacheClasses:
    """Finds them."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._names = repo, repo.names

    @cached_property
    def all(self) -> tuple[CacheClass, ...]:
        """Every cache class, by file and line, loadable or not."""
        return tuple(c for m in self._repo.product for cls in m.classes if (c := self._judged(cls)) is not None)

    @cached_property
    def _by_node(self) -> dict[ast.AST, CacheClass]:
        return {c.cls.node: c for c in self.all}

    def of(self, cls: Class) -> CacheClass | None:
        """The cache class that the class is."""
        return self._by_node.get(cls.node)

    def _judged(self, cls: Class) -> CacheClass | None:
        is_named = "cache" in cls.name.lower()
        if not is_named and not _PATH.search(cls.path):
            return None
        writes = tuple(w for f in functions_of(cls) for w in self._writes(f, anything=False))
        if not writes and is_named:
            writes = tuple(w for f in functions_of(cls) for w in self._writes(f, anything=True))
        return CacheClass(cls, writes) if writes else None

    def _writes(self, function: Function, *, anything: bool) -> Iterator[Write]:
        """The writes of a function; `anything`: into whatever attribute the class keeps its entries in."""
        for node in function.own_nodes:
            if isinstance(node, ast.Call):
                yield from self._called(function, node, anything=anything)
            elif isinstance(node, ast.Assign):
                yield from self._stored(function, node, anything=anything)

    def _called(self, function: Function, call: ast.Call, *, anything: bool) -> Iterator[Write]:
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr not in SETTERS or len(call.args) + len(call.keywords) < 2:
            return
        found = self.is_cache(function, func.value) or (anything and _own_attribute(func.value) is not None)
        if found and not self._probes(function, call.args[0] if call.args else None):
            value = call.args[2 if func.attr.endswith("ex") and len(call.args) > 2 else 1] if call.args[1:] else None
            yield Write(function.module, call, function, func.value, call.args[0] if call.args else None, value)

    def _stored(self, function: Function, node: ast.Assign, *, anything: bool) -> Iterator[Write]:
        for target in node.targets:
            if not isinstance(target, ast.Subscript):
                continue
            root, inner = _root(target)
            is_field = inner and text_of(target.slice) is not None
            found = self.is_store(function, root) or (anything and self._is_kept(root, target.slice))
            if found and not is_field and not self._probes(function, target.slice):
                yield Write(function.module, node, function, root, target.slice, node.value)

    def is_cache(self, function: Function, node: ast.expr) -> bool:
        """Whether the expression is a cache: by its dotted name, by its type, or a pipeline made from one."""
        name = _spelled(node)
        if words_of(name.rpartition(".")[2])[-1:] and words_of(name.rpartition(".")[2])[-1] in _BESIDE:
            return False
        return bool(_CACHE.search(name)) or self._is_client(function.module, node) or self._is_pipeline(function, node)

    def _is_client(self, module: Module, node: ast.expr) -> bool:
        found = self._names.resolve(module, node)
        things = [s.of if isinstance(s, Instance) else s for s in found]
        return any(_CACHE.search(t.name) for t in things if isinstance(t, External | Class))

    def _is_pipeline(self, function: Function, node: ast.expr) -> bool:
        """`pipe = client.pipeline()`, `async with client.pipeline() as pipe`."""
        bindings = self._names.bindings(function).get(node.id, []) if isinstance(node, ast.Name) else []
        made = [b.value.value if isinstance(b.value, ast.Await) else b.value for b in bindings]
        calls = [m for m in made if isinstance(m, ast.Call) and call_name(m) in ("pipeline", "multi_exec")]
        return any(isinstance(c.func, ast.Attribute) and self.is_cache(function, c.func.value) for c in calls)

    def is_store(self, function: Function, node: ast.expr) -> bool:
        """Whether the expression is a mapping that is kept as a cache; a local that was read from one is none."""
        name = _spelled(node)
        words = words_of(name.rpartition(".")[2])
        if "cache" not in name.lower() or (words and words[-1] in _BESIDE):
            return False
        if not isinstance(node, ast.Name):
            return True
        found = self._names.lookup(function.module, node)
        if found is None or found[0] is not function:
            return True
        aliases = [b.value for b in found[1] if b.value is not None]
        return any(isinstance(a, ast.Attribute) and self.is_store(function, a) for a in aliases)

    def _is_kept(self, node: ast.expr, key: ast.expr) -> bool:
        """An attribute of the object, stored into under a key that is computed."""
        name = _own_attribute(node)
        words = words_of(name or "")
        return name is not None and not isinstance(key, ast.Constant) and not (words and words[-1] in _BESIDE)

    def _probes(self, function: Function, key: ast.expr | None) -> bool:
        """A key that only tells whether the cache answers."""
        if key is None:
            return False
        texts = [text_of(n) for o in self._repo.origins.of(function.module, key) for n in ast.walk(o.node)]
        return any(t and _PROBE.search(t) for t in texts)

    def reads(self, function: Function) -> list[ast.expr]:
        """The expressions of a function that read a cache."""
        return [n for n in function.own_nodes if isinstance(n, ast.expr) and self._reads(function, n)]

    def _reads(self, function: Function, node: ast.expr) -> bool:
        named = function.cls is not None and "cache" in function.cls.name.lower()
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in GETTERS and (
                node.args or node.keywords
            ):
                return self.is_cache(function, owner) or (named and _own_attribute(owner) is not None)
            case ast.Subscript(ctx=ast.Load(), value=owner):
                return self.is_store(function, owner) or (named and _own_attribute(owner) is not None)
        return False


def functions_of(cls: Class) -> list[Function]:
    """The methods of a class and the functions nested in them."""
    nodes = (n for f in cls.functions for n in (f.node, *ast.walk(f.node)))
    return [cls.module.function_of(n) for n in dict.fromkeys(nodes) if isinstance(n, FunctionNode)]


def _root(node: ast.Subscript) -> tuple[ast.expr, bool]:
    """What a chain of subscripts hangs on, and whether there is more than one."""
    root: ast.expr = node.value
    while isinstance(root, ast.Subscript):
        root = root.value
    return root, root is not node.value


def _own_attribute(node: ast.expr) -> str | None:
    """`self._entries` -> `_entries`."""
    match node:
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
            return name
    return None


def _spelled(node: ast.expr) -> str:
    """The dotted name, calls on the way looked through: `self.client().inner` -> `self.client.inner`."""
    parts: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=inner, attr=name):
                parts.append(name)
                node = inner
            case ast.Call(func=inner) | ast.Await(value=inner) | ast.Subscript(value=inner):
                node = inner
            case ast.Name(id=name):
                return ".".join([name, *reversed(parts)])
            case _:
                return ".".join(reversed(parts))
