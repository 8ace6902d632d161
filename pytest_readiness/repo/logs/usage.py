"""Is each call of a model recorded with its tenant and its cost?"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from pytest_readiness.repo.llm.calls import LlmCall, LlmCaller
from pytest_readiness.repo.logs.contents import Contents, Entry
from pytest_readiness.repo.logs.costs import Costs
from pytest_readiness.repo.logs.order import together
from pytest_readiness.repo.logs.records import Record, Records
from pytest_readiness.repo.logs.values import Frame, Spot, Values
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site, call_name, constant, text_of
from pytest_readiness.repo.pii import words_of
from pytest_readiness.repo.telemetry.signals import Finding
from pytest_readiness.repo.tenants.words import is_tenant_name, names_tenant

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

STEPS = 4
"""Most steps from the call of the model up to the code that records it."""
_USAGE_WORDS = frozenset(
    {"model", "models", "token", "tokens", "llm", "ai", "completion", "prompt", "usage", "cost", "costs", "usd", "gpt",
     "claude", "bedrock", "openai", "inference"}
)  # fmt: skip
_STREAMS = ("_stream", "_with_response_stream")


class Step(NamedTuple):
    """A function on the way of a call, and the node in it that leads to the call."""

    function: Function
    node: ast.AST


class Usage:
    """Judges callers of models."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._names = repo, repo.names
        values = Values(repo.names, repo.origins)
        self._records = Records(repo, repo.logging.calls, Contents(repo.names, values), values)
        self._costs = Costs(repo.names, values)
        self._literals = Values(repo.names, repo.origins, callers=False)
        self._of_call: dict[ast.AST, list[Record]] = {}

    def tenant(self, caller: LlmCaller) -> Finding:
        """Whether each call of the caller leaves a record that tells the tenant."""
        everywhere = self._repo.logging.tenant_everywhere
        if everywhere.ok and self.used(caller):
            asked = Site(caller.path, caller.line, "asks the model")
            return Finding(True, everywhere.note, (asked, *everywhere.places))
        return self._recorded(caller, self.has_tenant, "no record of the call tells the tenant")

    def cost(self, caller: LlmCaller) -> Finding:
        """Whether each call of the caller leaves a record that tells the tenant and a cost that was computed."""
        everywhere = self._repo.logging.tenant_everywhere.ok
        both = self.has_cost if everywhere else lambda r: self.has_cost(r) and self.has_tenant(r)
        return self._recorded(caller, both, "no record of the call tells the tenant and a cost worked out from tokens")

    def _recorded(self, caller: LlmCaller, wanted: Callable[[Record], bool], missing: str) -> Finding:
        if not self.used(caller):
            return Finding(False, "no code uses it", (Site(caller.path, caller.line, "nothing uses this caller"),))
        places: list[Site] = []
        for call in self.calls(caller):
            found = next((r for r in self.of(call) if wanted(r)), None)
            if found is None:
                return Finding(False, missing, (call.module.at(call.node, "asks the model"),))
            places += [call.module.at(call.node, "asks the model"), found.at("records the call")]
        return Finding(True, "each call is recorded", tuple(dict.fromkeys(places)))

    def calls(self, caller: LlmCaller) -> list[LlmCall]:
        """The caller's calls that do not stream; all of them where each does."""
        plain = [c for c in caller.calls if not streams(c)]
        return plain or list(caller.calls)

    def of(self, call: LlmCall) -> list[Record]:
        """The records that are written on the way of the call."""
        if call.node not in self._of_call:
            self._of_call[call.node] = list(self._found(call))
        return self._of_call[call.node]

    def _found(self, call: LlmCall) -> Iterator[Record]:
        near = self._near(call)
        for function, node in self.steps(call):
            for at, record in self._recorded_in(function):
                counts = self._is_usage(record) or (self._is_logged(record) and _home(function) in near)
                if counts and at is not node and together(function, node, at):
                    yield record

    def _near(self, call: LlmCall) -> set[ast.AST | None]:
        """The class (or module) that makes the call, and those that call its method or hand it on."""
        makers = [s.function for s in self.steps(call) if call.function and _home(s.function) is _home(call.function)]
        users = [u.function for f in makers for u in self._above(f)]
        return {_home(f) for f in (*makers, *users)}

    def _is_logged(self, record: Record) -> bool:
        return self._repo.logging.calls.is_log(record.frame.module, record.node)

    def _is_usage(self, record: Record) -> bool:
        """Whether the record speaks of the use of a model; any other row with a tenant is about something else."""
        keys = (e.key for e in record.entries if e.key)
        texts = (text_of(n) or "" for n in ast.walk(record.node) if isinstance(n, ast.Constant))
        built = (call_name(n) for n in ast.walk(record.node) if isinstance(n, ast.Call))
        return any(_USAGE_WORDS & set(words_of(t)) for t in (*keys, *texts, *built))

    def _recorded_in(self, function: Function) -> list[tuple[ast.Call, Record]]:
        if function not in self._by_function:
            self._by_function[function] = list(self._records.of(Frame(function.module, function)))
        return self._by_function[function]

    @cached_property
    def _by_function(self) -> dict[Function, list[tuple[ast.Call, Record]]]:
        return {}

    def steps(self, call: LlmCall) -> Iterator[Step]:
        """The functions on the way of the call, nearest first."""
        function = call.function
        todo = [(Step(function, call.node), 0)] if function is not None else []
        seen: set[ast.AST] = set()
        while todo:
            step, count = todo.pop(0)
            if step.node in seen:
                continue
            seen.add(step.node)
            yield step
            if count < STEPS:
                todo += [(s, count + 1) for s in self._above(step.function)]

    def _above(self, function: Function) -> Iterator[Step]:
        for module, node in self._repo.telemetry.llm_paths.uses(function):
            user = module.enclosing_function(node)
            if user is not None and user is not function:
                yield Step(user, _call_around(module, node))
        for decorator in function.node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            for made in self._names.functions(function.module, target):
                yield from _wrapped(made)

    def has_tenant(self, record: Record) -> bool:
        """Whether one of its fields, or its message, tells the tenant."""
        return any(self._is_tenant(e) for e in record.entries)

    def has_cost(self, record: Record) -> bool:
        """Whether one of its fields is a cost that was computed."""
        return any(self._costs.is_cost(e) for e in record.entries)

    def _is_tenant(self, entry: Entry) -> bool:
        named = is_tenant_name(entry.key) if entry.key is not None else names_tenant(entry.spot.node)
        return named and not self._is_constant(entry.spot)

    def _is_constant(self, spot: Spot) -> bool:
        return all(_constant(s.node) for s in self._literals.of(spot))

    def used(self, caller: LlmCaller) -> bool:
        """Whether any product code uses the caller outside of itself; one outside classes by its functions."""
        if isinstance(caller.owner, Class):
            return self._repo.uses.anywhere(caller.owner)
        functions = {c.function for c in caller.calls if c.function is not None}
        uses = (u for f in functions for u in self._repo.telemetry.llm_paths.uses(f))
        return any(True for _ in uses) or any(self._repo.live.is_live(f) for f in functions)


def _home(function: Function) -> ast.AST | None:
    """The class that a function stands in; outside classes the module."""
    cls = function.module.enclosing_class(function.node)
    return cls.node if cls is not None else function.module.tree


def streams(call: LlmCall) -> bool:
    """Whether the answer comes in pieces."""
    flag = next((k.value for k in call.node.keywords if k.arg == "stream"), None)
    return call.name.endswith(_STREAMS) or call.name == "stream" or constant(flag) is True


def _wrapped(decorator: Function) -> Iterator[Step]:
    """The functions nested in a decorator that call what is decorated."""
    module = decorator.module
    nested = [module.function_of(n) for n in ast.walk(decorator.node) if isinstance(n, FunctionNode)]
    params = {p.arg for f in nested for p in f.params}
    for inner in nested:
        if inner is not decorator:
            own = {p.arg for p in inner.params}
            called = (c for c in inner.calls if isinstance(c.func, ast.Name) and c.func.id in params - own)
            yield from (Step(inner, c) for c in called)


def _call_around(module: Module, node: ast.expr) -> ast.AST:
    """The call that the expression is the function or an argument of."""
    parent = module.parents.get(node)
    parent = module.parents.get(parent) if isinstance(parent, ast.keyword) else parent
    return parent if isinstance(parent, ast.Call) else node


def _constant(node: ast.expr) -> bool:
    if isinstance(node, ast.Dict):
        return all(map(_constant, node.values))
    return isinstance(node, ast.Constant)
