"""Can entries be removed from a cache, does code remove them when their source changes, and does a test prove it?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.caches.classes import CacheClass, CacheClasses, functions_of
from pytest_readiness.repo.caches.expiry import Expiry
from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Class, Function, Module, call_name, constant, text_of
from pytest_readiness.repo.pii import words_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

DELETERS = frozenset(
    {"delete", "adelete", "unlink", "pop", "clear", "flushdb", "flushall", "delete_many", "delete_pattern",
     "delete_prefix", "delete_keys", "delete_by_prefix", "evict", "remove", "discard", "invalidate", "hdel",
     "cache_clear", "bulk_delete", "invalidate_prefix", "invalidate_tenant"}
)  # fmt: skip
_CHANGES = frozenset(
    {"update", "save", "delete", "remove", "create", "insert", "put", "set", "add", "commit", "execute", "write",
     "upsert", "replace", "patch", "merge", "erase", "purge", "rotate", "publish", "store", "register", "unregister",
     "rename", "activate", "deactivate", "switch", "change", "edit", "reset", "reload", "import", "load", "migrate",
     "forget", "anonymize", "anonymise", "archive", "correct", "retract"}
)  # fmt: skip
_EVENTS = frozenset(
    {"changed", "updated", "deleted", "rotated", "corrected", "removed", "erased", "saved", "modified", "change",
     "update", "erase", "offboard"}
)  # fmt: skip
_TELLING = frozenset({"invalidate", "invalidation", "evict", "forget", "flush", "purge", "expunge", "cache", "cached"})
"""Words of names that can only mean the removal of cached entries."""
_DEPTH = 3


class Invalidation:
    """Finds operations that remove entries, and who calls them."""

    def __init__(self, repo: Repo, classes: CacheClasses, expiry: Expiry) -> None:
        self._repo, self._names, self._classes, self._expiry = repo, repo.names, classes, expiry

    @cached_property
    def operations(self) -> dict[Function, ast.AST]:
        """Method that removes entries -> where it does, in cache classes that can be imported."""
        caches = (c for c in self._classes.all if self._repo.imports.loadable(c.module))
        return {f: at for c in caches for f in functions_of(c.cls) if (at := self._removes(c, f)) is not None}

    def _removes(self, cache: CacheClass, function: Function) -> ast.AST | None:
        """Where the method deletes on the backend. Reading, writing and clearing out what has expired are none."""
        deletions = [n for n in function.own_nodes if self._deletes(function, n)]
        if not deletions or any(w.function is function for w in cache.writes) or function.name.startswith("__"):
            return None
        if self._expiry.compares_age(function) or self._gives_back(function):
            return None
        return deletions[0]

    def _gives_back(self, function: Function) -> bool:
        reads = set(self._classes.reads(function))
        return bool(reads) and bool(Flow(function, seed=lambda node: node in reads).returned)

    def _deletes(self, function: Function, node: ast.AST) -> bool:
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=name)) if name in DELETERS:
                return self._is_kept(function, owner)
            case ast.Call(func=ast.Attribute(value=owner, attr="expire"), args=[_, given]):
                return constant(given) == 0 and self._is_kept(function, owner)
            case ast.Delete(targets=targets):
                parts = [t.value for t in targets if isinstance(t, ast.Subscript)]
                return any(self._is_kept(function, p) for p in parts)
            case ast.Assign(targets=[ast.Attribute() as target], value=ast.Dict() | ast.DictComp() | ast.Call()):
                return function.name not in ("__init__", "__post_init__") and self._classes.is_store(function, target)
        return False

    def _is_kept(self, function: Function, node: ast.expr) -> bool:
        """A cache, or whatever attribute a class that is named after caches keeps its entries in."""
        cls = function.module.enclosing_class(function.node)
        own = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self"
        named = cls is not None and "cache" in cls.name.lower()
        is_self = isinstance(node, ast.Name) and node.id in ("self", "cls")
        return not is_self and (self._classes.is_cache(function, node) or (own and named))

    @cached_property
    def calls(self) -> list[tuple[Module, ast.Call]]:
        """Calls outside the cache's module that remove entries where something changes."""
        found: list[tuple[Module, ast.Call]] = []
        for operation in self.operations:
            found += self._changing(operation, operation.module, _DEPTH, {operation})
        return list(dict.fromkeys(found))

    def _changing(
        self, operation: Function, home: Module, depth: int, seen: set[Function]
    ) -> Iterator[tuple[Module, ast.Call]]:
        """Calls in code that changes something; what only hands the order on is followed to its own callers."""
        for module, call in self.callers(operation):
            user = module.enclosing_function(call)
            if user is None or user in seen or self._repo.live.is_dead(module, call):
                continue
            if self._changes(user, call):
                if module is not home and not self._is_cache_method(user):
                    yield module, call
            elif depth > 0:
                yield from self._changing(user, home, depth - 1, seen | {user})

    def _is_cache_method(self, function: Function) -> bool:
        """A method of a class that is a cache and nothing else."""
        cls = function.module.enclosing_class(function.node)
        return cls is not None and "cache" in cls.name.lower() and self._classes.of(cls) is not None

    def callers(self, function: Function) -> Iterator[tuple[Module, ast.Call]]:
        """Calls of the function; by name where the object is not known but is spelled like a cache."""
        yield from self._repo.origins.calls_of(function)
        yield from self._by_text.get(function.name, [])
        for module, call in self._by_name.get(function.name, []):
            owner = call.func.value if isinstance(call.func, ast.Attribute) else None
            user = module.enclosing_function(call)
            if owner is None or user is None or self._names.resolve(module, call.func):
                continue
            if _TELLING & set(words_of(function.name)) or self._classes.is_cache(user, owner):
                yield module, call

    @cached_property
    def _by_text(self) -> dict[str, list[tuple[Module, ast.Call]]]:
        """Calls that say by its name which method is to run: `self.run("forget", key)`."""
        found: dict[str, list[tuple[Module, ast.Call]]] = {}
        names = {f.name for f in self.operations}
        for module in self._repo.product:
            for call in module.calls:
                told = names & {t for a in call.args if (t := text_of(a)) is not None}
                if told and any(map(_runs_by_name, self._names.functions(module, call.func))):
                    for name in told:
                        found.setdefault(name, []).append((module, call))
        return found

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[Module, ast.Call]]]:
        found: dict[str, list[tuple[Module, ast.Call]]] = {}
        for module in self._repo.product:
            for call in module.calls:
                found.setdefault(call_name(call), []).append((module, call))
        return found

    def _changes(self, function: Function, call: ast.Call) -> bool:
        """Whether the function changes something beside removing cached entries, or reacts to a change."""
        if self._is_event(function):
            return True
        for node in function.own_nodes:
            if isinstance(node, ast.Assign | ast.AugAssign) and self._stores(function, node):
                return True
            if isinstance(node, ast.Call) and node is not call and self._mutates(function, node):
                return True
        return False

    def _is_event(self, function: Function) -> bool:
        decorators = {call_name(d) if isinstance(d, ast.Call) else "" for d in function.node.decorator_list}
        if decorators & {"receiver", "listens_for", "subscribe", "on_message", "listener", "subscriber"}:
            return True
        words = words_of(function.name)
        return words[:1] in (["on"], ["handle"], ["after"]) and bool(_EVENTS & set(words))

    def _stores(self, function: Function, node: ast.Assign | ast.AugAssign) -> bool:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            root = target.value if isinstance(target, ast.Subscript) else target
            held = isinstance(target, ast.Subscript | ast.Attribute) and not isinstance(root, ast.Name)
            local = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
            if (held or local) and not self._classes.is_cache(function, root):
                return True
        return False

    def _mutates(self, function: Function, call: ast.Call) -> bool:
        words = words_of(call_name(call))
        if not words or words[0] not in _CHANGES or self._repo.logging.calls.is_log(function.module, call):
            return False
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if owner is not None and self._classes.is_cache(function, owner):
            return False
        return not any(f in self.operations for f in self._names.functions(function.module, call.func))

    def operations_of(self, cls: Class) -> list[Function]:
        """The operations of a class, inherited ones too."""
        family = {c.node for c in self._names.ancestry(cls) if isinstance(c, Class)}
        return [f for f in self.operations if (o := f.module.enclosing_class(f.node)) is not None and o.node in family]


def _runs_by_name(function: Function) -> bool:
    """`getattr(self.local, operation)(*args)`, with an argument of the function for the name."""
    params = {p.arg for p in function.params}
    taken = (c.args[1] for c in function.calls if call_name(c) == "getattr" and len(c.args) > 1)
    return any(isinstance(a, ast.Name) and a.id in params for a in taken)
