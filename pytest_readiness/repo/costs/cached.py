"""Is a response cache read before a model is asked, and is that cache on by default?"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm.calls import LlmCall
from pytest_readiness.repo.logs.order import together
from pytest_readiness.repo.modules import Class, Function, Module, Site, call_name, constant
from pytest_readiness.repo.names import Instance

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_DECORATORS = re.compile(
    r"^(functools\.(lru_cache|cache)|cachetools\.(func\.)?\w*cached?\w*|async_lru\.alru_cache|aiocache\.\w*cached"
    r"|fastapi_cache\.decorator\.cache|diskcache\..*memoize|joblib\..*cache|cashews\..*|asyncache\.\w+)$"
)
_MEMOIZING = frozenset({"memoize", "cached", "alru_cache", "lru_cache"})
_GLOBAL = re.compile(r"^langchain(_core|_community)?\.(globals|cache)\.set_llm_cache$|^langchain\.set_llm_cache$")
_WRAPPERS = frozenset({"get_or_set", "get_or_compute", "get_or_create", "remember", "wrap", "fetch_or", "get_or_add"})
_STEPS = 4
_DEPTH = 3


class CachedCalls:
    """Follows provider calls up to what reads a cache first."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._names = repo, repo.names
        self._known: dict[tuple[ast.AST, ast.AST], Site | None] = {}

    def of(self, call: LlmCall) -> Site | None:
        """The cache that is read before the call, in its function or in all that lead to it; None where one is not."""
        if call.sdk.startswith("langchain") and self._global is not None:
            return self._global
        return self._behind(call.function, call.node, _STEPS) if call.function is not None else None

    @cached_property
    def _global(self) -> Site | None:
        """langchain's cache for all models."""
        for module in self._repo.product:
            for call in module.calls:
                if call_name(call) == "set_llm_cache" and any(
                    map(_GLOBAL.match, self._names.dotted(module, call.func))
                ):
                    return module.at(call, "a cache for all models")
        return None

    def _behind(self, function: Function, node: ast.AST, steps: int) -> Site | None:
        key = (function.node, node)
        if key not in self._known:
            self._known[key] = None
            self._known[key] = self._here(function, node) or (self._above(function, steps) if steps else None)
        return self._known[key]

    def _above(self, function: Function, steps: int) -> Site | None:
        """All that lead to the function read a cache first."""
        found: list[Site | None] = []
        for module, node in self._uses(function):
            user = module.enclosing_function(node)
            if user is not function:
                found.append(self._behind(user, node, steps - 1) if user is not None else None)
        return found[0] if found and all(f is not None for f in found) else None

    def _uses(self, function: Function) -> list[tuple[Module, ast.expr]]:
        """Where the function is called or handed on; calls by name alone only where none is known."""
        found = list(self._repo.telemetry.llm_paths.uses(function))
        surely = [(m, n) for m, n in found if function in self._names.functions(m, n)]
        return surely or found

    def _here(self, function: Function, node: ast.AST) -> Site | None:
        """A decorator that keeps answers, a wrapper around the call, or a read whose hit is returned before it."""
        for decorator in function.node.decorator_list:
            if self._keeps_answers(function.module, decorator):
                return function.module.at(decorator, "answers are kept")
        for parent in function.module.ancestors(node):
            if isinstance(parent, ast.Call) and call_name(parent) in _WRAPPERS:
                return function.module.at(parent, "asks only on a miss")
        return next(self._read_first(function, node), None)

    def _keeps_answers(self, module: Module, decorator: ast.expr) -> bool:
        target = decorator.func if isinstance(decorator, ast.Call) else decorator
        if any(_DECORATORS.match(n) for n in self._names.dotted(module, target)):
            return True
        own = self._names.functions(module, target)
        reads = any(self._repo.caches.found.reads(inner) for f in own for inner in _nested(f))
        return reads or (not own and (getattr(target, "attr", "") in _MEMOIZING))

    def _read_first(self, function: Function, node: ast.AST) -> Iterator[Site]:
        last = getattr(node, "lineno", 0)
        for place, holder, read in self._reads(function, _DEPTH):
            between = [r for r in function.returns if place.lineno <= r.lineno <= last]
            early = any(not together(function, r, node) for r in between)
            if place is not node and place.lineno <= last and early and self._is_on(holder, read):
                yield function.module.at(place, "a response cache is read first")

    def _reads(self, function: Function, depth: int) -> Iterator[tuple[ast.expr, Function, ast.expr]]:
        """Reads of a cache: where in the function, and the function and expression that read."""
        reads = self._repo.caches.found.reads(function)
        yield from ((read, function, read) for read in reads)
        for test in (n for n in function.own_nodes if isinstance(n, ast.Compare) and isinstance(n.ops[0], ast.In)):
            if self._repo.caches.found.is_store(function, test.comparators[0]):
                yield test, function, test.comparators[0]
        for call in (c for c in function.calls if depth > 0 and c not in reads):
            for helper in self._names.functions(function.module, call.func):
                if helper is not function and _looks_up(helper):
                    yield from ((call, h, r) for _, h, r in self._reads(helper, depth - 1))

    # On by default

    def _is_on(self, function: Function, read: ast.expr, depth: int = _DEPTH) -> bool:
        """Whether the cache that is read, and the one below it, is there without anybody switching it on."""
        owner = _owner(read)
        cls = function.module.enclosing_class(function.node)
        own = isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name) and owner.value.id == "self"
        if own and isinstance(owner, ast.Attribute) and cls is not None and not self._attribute_on(cls, owner.attr):
            return False
        below = self._names.functions(function.module, read.func) if isinstance(read, ast.Call) and depth > 0 else []
        inner = [(h, r) for f in below for _, h, r in self._reads(f, 1)]
        return not inner or any(self._is_on(h, r, depth - 1) for h, r in inner)

    def _attribute_on(self, cls: Class, name: str) -> bool:
        found = [
            (m, b.value)
            for c in self._names.ancestry(cls) if isinstance(c, Class)
            for m, b in self._names.attributes(c).get(name, []) if b.value is not None
        ]  # fmt: skip
        if not found:
            return True
        return any(self._given(cls, method, value) for method, value in found)

    def _given(self, cls: Class, method: Function, value: ast.expr) -> bool:
        """Whether a value is assigned that is no None, on a branch that is taken by default."""
        if isinstance(value, ast.Constant):
            return constant(value) is not None
        switch = self._switch(method, value)
        if switch is not None and not self._passed(cls, method, switch):
            return False
        if isinstance(value, ast.Name) and any(p.arg == value.id for p in method.params):
            return self._passed(cls, method, value.id)
        return True

    def _switch(self, method: Function, value: ast.expr) -> str | None:
        """The parameter without which the assignment does not run: `if endpoint:` around it."""
        child: ast.AST = value
        for parent in method.module.ancestors(value):
            if parent is method.node:
                return None
            if isinstance(parent, ast.If) and child in parent.body:
                names = [n.id for n in ast.walk(parent.test) if isinstance(n, ast.Name)]
                return next((n for n in names if any(p.arg == n for p in method.params)), None)
            child = parent
        return None

    def _passed(self, cls: Class, method: Function, name: str) -> bool:
        """Whether the parameter is set by default, or by some code that builds the object."""
        default = method.defaults.get(name)
        if default is None or (not isinstance(default, ast.Constant) or bool(default.value)):
            return True
        for module, call in self._repo.origins.calls_of(method):
            given = self._repo.origins.argument_of(method, call, name)
            if given is not None and not (isinstance(given, ast.Constant) and not given.value):
                return self._holds(module, given) and cls is not None
        return False

    def _holds(self, module: Module, given: ast.expr) -> bool:
        """Whether what is passed is something, as far as can be known."""
        origins = self._repo.origins.of(module, given)
        nothing = [o for o in origins if isinstance(o.node, ast.Constant) and o.node.value is None]
        known = [s for s in self._names.resolve(module, given) if isinstance(s, Instance)]
        return bool(known) or len(nothing) < max(len(origins), 1)


def _owner(read: ast.expr) -> ast.expr:
    """What is read: the client of `client.get(key)`, the mapping of `entries[key]`."""
    if isinstance(read, ast.Call) and isinstance(read.func, ast.Attribute):
        return read.func.value
    return read.value if isinstance(read, ast.Subscript) else read


def _nested(function: Function) -> list[Function]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [function.module.function_of(n) for n in ast.walk(function.node) if isinstance(n, kinds)]


def _looks_up(function: Function) -> bool:
    """A helper that gives something back."""
    return any(r.value is not None for r in function.returns)
