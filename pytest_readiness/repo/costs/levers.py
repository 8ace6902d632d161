"""The levers that keep the cost of models down: output limits, a response cache on the path, small models."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.costs.cached import CachedCalls
from pytest_readiness.repo.llm.calls import LlmCall
from pytest_readiness.repo.modules import Function, Module, Site, argument, call_name, constant, text_of
from pytest_readiness.repo.names import Value
from pytest_readiness.repo.pii import words_of
from pytest_readiness.repo.telemetry.signals import Finding

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

LIMITS = frozenset(
    {"max_tokens", "max_completion_tokens", "max_output_tokens", "maxtokens", "maxoutputtokens", "max_tokens_to_sample",
     "max_new_tokens", "max_gen_len", "maxtokencount", "num_predict", "maxcompletiontokens"}
)  # fmt: skip
"""Names of an output limit, in lower case."""
SMALL = re.compile(
    r"(?:^|[-_.:/@ ])(?:mini|nano|haiku|flash|lite|small|micro|8b|3b|1b|tiny)(?:$|[-_.:/@ \d])|3\.?5-turbo",
    re.IGNORECASE,
)
_MODEL_NAMES = ("model", "model_id", "modelId", "model_name", "engine", "deployment")
_CHOICE_WORDS = frozenset(
    {"task", "complexity", "complex", "simple", "kind", "budget", "tenant", "plan", "tier", "size", "length",
     "priority", "difficulty", "operation", "purpose", "effort", "quality", "remaining", "spent", "cost", "intent",
     "type"}
)  # fmt: skip
_PROBE = frozenset({"health", "ping", "probe", "heartbeat", "alive", "ready", "check_connection"})
_MOST_CITED = 3
_DEPTH = 4


class Levers:
    """Judges the provider calls in code that can be imported."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._names, self._origins = repo, repo.names, repo.origins
        self._cached = CachedCalls(repo)

    @cached_property
    def provider_calls(self) -> tuple[LlmCall, ...]:
        """Calls of a completion API in product code that can be imported."""
        return tuple(c for c in self._repo.llm.calls.vendor if self._repo.imports.loadable(c.module))

    @cached_property
    def _working(self) -> tuple[LlmCall, ...]:
        """The provider calls without health probes."""
        return tuple(c for c in self.provider_calls if not self._is_probe(c))

    def _is_probe(self, call: LlmCall) -> bool:
        words = set(words_of(call.function.name)) if call.function is not None else set()
        return bool(words & _PROBE) or self._repo.llm.calls.constant_prompt(call)

    # token_cap

    @cached_property
    def token_cap(self) -> Finding:
        """Whether each provider call limits its output."""
        bare = [c for c in self.provider_calls if not self._is_capped(c)]
        if bare:
            places = tuple(c.module.at(c.node, "sets no output limit") for c in bare[:_MOST_CITED])
            return Finding(False, f"{len(bare)} of {len(self.provider_calls)} calls set no output limit", places)
        places = tuple(c.module.at(c.node, "limits its output") for c in self.provider_calls[:_MOST_CITED])
        return Finding(True, "each provider call limits its output", places)

    def _is_capped(self, call: LlmCall) -> bool:
        given = [*call.node.args, *(k.value for k in call.node.keywords)]
        if any(_is_limit(k.arg or "") and not _is_none(k.value) for k in call.node.keywords):
            return True
        return any(self._holds_limit(call.module, g, _DEPTH) for g in given) or self._built_capped(call)

    def _holds_limit(self, module: Module, node: ast.expr, depth: int) -> bool:
        """Whether a request, body or config holds a limit: in itself, or where it was put together."""
        if any(_names_limit(n) for n in ast.walk(node)):
            return True
        if depth <= 0:
            return False
        for part in (n for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute | ast.Call)):
            for origin in self._origins.of(module, part):
                held = origin.node is not part and self._holds_limit(origin.module, origin.node, depth - 1)
                if held or _stored_limit(origin.module, origin.node):
                    return True
        return False

    def _built_capped(self, call: LlmCall) -> bool:
        """A client, or model object, that was built with the limit."""
        receiver = call.receiver
        built = self._origins.of(call.module, receiver) if receiver is not None else []
        return any(isinstance(o.node, ast.Call) and self._holds_limit(o.module, o.node, 2) for o in built)

    # cache_on_path

    @cached_property
    def cache_on_path(self) -> Finding:
        """Whether more than half of the provider calls are behind a response cache that is on by default."""
        behind = [(c, why) for c in self._working if (why := self._cached.of(c)) is not None]
        note = f"{len(behind)} of {len(self._working)} calls are behind a response cache"
        if len(behind) * 2 > len(self._working):
            return Finding(True, note, tuple(dict.fromkeys(w for _, w in behind[:_MOST_CITED])))
        done = {c for c, _ in behind}
        open_calls = [c for c in self._working if c not in done]
        places = tuple(c.module.at(c.node, "no response cache is read before it") for c in open_calls[:_MOST_CITED])
        return Finding(False, note, places)

    # model_tiering

    @cached_property
    def model_tiering(self) -> Finding:
        """Whether at least two models are used, a small one among them, or the model is chosen by task."""
        named: dict[str, Site] = {}
        for module, node in self._models():
            if self._is_chosen(module, node):
                place = module.at(node, "the model is chosen here")
                return Finding(True, "the model is chosen by task, budget or tenant", (place,))
            for text in self._texts(module, node):
                named.setdefault(text, module.at(node, f"asks {text}"))
        small = next((n for n in named if SMALL.search(n)), None)
        large = next((n for n in named if n != small), None)
        if small is not None and large is not None:
            return Finding(True, f"{small} is used beside {large}", (named[small], named[large]))
        note = f"only {', '.join(sorted(named)) or 'one model'} is used" if len(named) < 2 else "no small model is used"
        return Finding(False, note, tuple(named.values())[:_MOST_CITED])

    def _models(self) -> Iterator[tuple[Module, ast.expr]]:
        """The expressions that name a model in provider calls and in calls of a model service."""
        services = (c for c in self._repo.llm.calls.all if not c.is_vendor and self._repo.imports.loadable(c.module))
        for call in (*self._working, *(c for c in services if not self._is_probe(c))):
            given = [k.value for k in call.node.keywords if k.arg in _MODEL_NAMES]
            if call.is_vendor and not given:
                spread = [k.value for k in call.node.keywords if k.arg is None]
                given = [v for s in spread for v in self._entries(call.module, s)] or self._built_with(call)
            yield from ((call.module, g) for g in given)

    def _entries(self, module: Module, node: ast.expr) -> list[ast.expr]:
        """`**{"model": x}`."""
        tables = [o.node for o in self._origins.of(module, node) if isinstance(o.node, ast.Dict)]
        return [v for t in tables for k, v in zip(t.keys, t.values, strict=True) if text_of(k) in _MODEL_NAMES]

    def _built_with(self, call: LlmCall) -> list[ast.expr]:
        """`GenerativeModel("gemini-1.5-flash")`, `ChatOpenAI(model="gpt-4o-mini")`."""
        found: list[ast.expr] = []
        for origin in self._origins.of(call.module, call.receiver) if call.receiver is not None else ():
            if isinstance(origin.node, ast.Call):
                named = [k.value for k in origin.node.keywords if k.arg in _MODEL_NAMES]
                first = origin.node.args[:1] if call_name(origin.node) == "GenerativeModel" else []
                found += named or first
        return found

    def _texts(self, module: Module, node: ast.expr) -> set[str]:
        """The model names that the expression holds; a table of names that any key may pick from is no use of them."""
        found: set[str] = set()
        for origin in self._origins.of(module, node):
            for part in _parts(origin.node):
                picked = isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant)
                values = self._names.resolve(origin.module, part) if picked else []
                nodes = [part, *(v.node for v in values if isinstance(v, Value))]
                found |= {t for n in nodes if (t := text_of(n))}
        return {t for t in found if re.search(r"\d|[a-z]-[a-z]", t) and " " not in t}

    def _is_chosen(self, module: Module, node: ast.expr) -> bool:
        """Whether the model depends on the task, the budget or the tenant, and more than one may come out."""
        for home, part in ((module, node), *((o.module, o.node) for o in self._origins.of(module, node))):
            if self._chooses(home, part):
                return True
        bound = self._names.lookup(module, node) if isinstance(node, ast.Name) else None
        values = [b.value for b in bound[1] if b.value is not None] if bound and isinstance(bound[0], Function) else []
        return any(self._chooses(module, v) for v in values)

    def _chooses(self, module: Module, node: ast.expr) -> bool:
        match node:
            case ast.IfExp(test=test):
                return bool(_identifiers(test) & _CHOICE_WORDS)
            case ast.Subscript(slice=key):
                return not isinstance(key, ast.Constant) and bool(_identifiers(key) & _CHOICE_WORDS)
            case ast.Call():
                return self._picks(module, node)
        return False

    def _picks(self, module: Module, call: ast.Call) -> bool:
        """A call that is told the task and gives one of several models."""
        told = {w for a in (*call.args, *(k.value for k in call.keywords)) for w in _identifiers(a)}
        if call_name(call) == "get" and isinstance(call.func, ast.Attribute):
            first = call.args[:1]
            return (
                bool(first) and not isinstance(first[0], ast.Constant) and bool(_identifiers(first[0]) & _CHOICE_WORDS)
            )
        functions = [f for f in self._names.functions(module, call.func) if f.is_real]
        several = any(len(f.returns) > 1 or any(_varies(r.value) for r in f.returns) for f in functions)
        return several and bool((told | _parameters(functions)) & _CHOICE_WORDS)


def _stored_limit(module: Module, display: ast.expr) -> bool:
    """`body = {...}` and then `body["max_tokens"] = 500`."""
    function = module.enclosing_function(display)
    statement = module.statement_of(display) if function is not None else None
    names = {t.id for t in getattr(statement, "targets", []) if isinstance(t, ast.Name)}
    assigned = [n for n in function.own_nodes if isinstance(n, ast.Assign)] if function is not None else []
    for node in assigned:
        for target in node.targets:
            owner = target.value if isinstance(target, ast.Subscript | ast.Attribute) else None
            key = text_of(target.slice) if isinstance(target, ast.Subscript) else getattr(target, "attr", "")
            if isinstance(owner, ast.Name) and owner.id in names and _is_limit(key or "") and not _is_none(node.value):
                return True
    return False


def _parameters(functions: list[Function]) -> set[str]:
    return {w for f in functions for p in f.params for w in words_of(p.arg)}


def _varies(node: ast.expr | None) -> bool:
    return isinstance(node, ast.IfExp | ast.Subscript | ast.Call)


def _parts(node: ast.expr) -> list[ast.expr]:
    """The alternatives of an expression, and the values of a table."""
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return [*_parts(body), *_parts(orelse)]
        case ast.BoolOp(values=values):
            return [p for v in values for p in _parts(v)]
        case ast.Call(args=args) if call_name(node) in ("getenv", "get"):
            return list(args[1:2])
        case ast.Call() if call_name(node) == "Field":
            default = argument(node, "default", 0)
            return [default] if default is not None else []
    return [node]


def _identifiers(node: ast.expr) -> set[str]:
    named = (
        n.id if isinstance(n, ast.Name) else n.attr for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute)
    )
    return {w for name in named for w in words_of(name)}


def _is_limit(name: str) -> bool:
    return name.lower() in LIMITS


def _names_limit(node: ast.AST) -> bool:
    """A keyword or key that sets a limit; nothing where it is set to None."""
    match node:
        case ast.keyword(arg=str() as name, value=value):
            return _is_limit(name) and not _is_none(value)
        case ast.Dict(keys=keys, values=values):
            return any(_is_limit(text_of(k) or "") and not _is_none(v) for k, v in zip(keys, values, strict=True))
    return False


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and constant(node) is None
