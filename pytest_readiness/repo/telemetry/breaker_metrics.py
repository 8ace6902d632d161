"""Is the state of circuit breakers measured where it changes?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.breakers.classes import LIBRARY, BreakerClass
from pytest_readiness.repo.modules import Class, Function, Module, call_name
from pytest_readiness.repo.names import External, Instance
from pytest_readiness.repo.telemetry.metrics import Metric, Recording
from pytest_readiness.repo.telemetry.signals import Finding
from pytest_readiness.repo.telemetry.words import of_breaker

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_TELLING = frozenset(
    {"state", "status", "open", "opened", "opening", "closed", "trip", "tripped", "reject", "rejected", "rejection",
     "transition", "change", "changed", "short"}
)  # fmt: skip
"""Words by which a metric is one of state, openings, rejections or transitions wherever a breaker records it."""
_AT_START = frozenset({"__init__", "__post_init__", "__new__"})
_REGISTERING = ("listener", "callback", "observer", "subscribe", "hook", "handler", "register")
_DEPTH = 3


class BreakerMetrics:
    """Breaker metrics against the breakers that the application makes."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._telemetry = repo, repo.telemetry

    @property
    def finding(self) -> Finding:
        """Whether a breaker metric is recorded on a transition or refusal of a breaker that is made, and exposed."""
        metrics = [m for m in self._telemetry.metrics if of_breaker(m.name)]
        if not metrics:
            return Finding(False, "no metric of circuit breakers is declared")
        findings = [self._judged(m) for m in metrics]
        return next((f for f in findings if f.ok), findings[0])

    def _judged(self, metric: Metric) -> Finding:
        recordings = [r for r in self._telemetry.recordings_of(metric) if self._counts(metric, r)]
        declared = metric.module.at(metric.node, f"{metric.name} is declared")
        if not recordings:
            note = f"{metric.name} is declared, but no breaker that is made records it where its state changes"
            return Finding(False, note, (metric.module.at(metric.node, note),))
        recorded = recordings[0].module.at(recordings[0].node, f"{metric.name} is recorded where the breaker changes")
        served = self._telemetry.exposed(metric)
        if served is None:
            note = f"{metric.name} is recorded, but nothing serves its registry"
            return Finding(False, note, (declared, recordings[0].module.at(recordings[0].node, note)))
        return Finding(
            True, f"{metric.name} follows the breaker's state", tuple(dict.fromkeys([declared, recorded, served]))
        )

    def _counts(self, metric: Metric, recording: Recording) -> bool:
        """Whether it stands where a breaker changes or refuses: by the metric's name, or right beside the change."""
        function = recording.function
        if function is None or self._repo.live.is_dead(recording.module, recording.node):
            return False
        if function in self._heard_by or self._in_refusal(recording):
            return True
        if function not in self._changing:
            return False
        return bool(metric.words & _TELLING) or self._beside(recording.module, recording.node) or self._called(function)

    # Where breakers change

    @cached_property
    def _made(self) -> list[BreakerClass]:
        """The breaker classes of which application code makes an object, or of a class that extends them."""
        made = {c for m in self._repo.product for call in m.calls for c in self._constructed(m, call)}
        families = {b for c in made for b in self._repo.names.ancestry(c) if isinstance(b, Class)}
        return [b for b in self._machines if b.cls in families]

    @cached_property
    def _machines(self) -> list[BreakerClass]:
        """The breaker classes, those that leave the guarded calls to others too."""
        kinds = self._repo.breakers.kinds
        classes = (c for m in self._repo.product if "half" in m.text.lower() for c in m.classes)
        found = (kinds.of(c) or kinds.machine(c) for c in classes)
        return [b for b in found if b is not None and b.writes]

    def _constructed(self, module: Module, call: ast.Call) -> list[Class]:
        named = call_name(call) in self._names_of_family or call_name(call) == "cls"
        return self._repo.names.constructed(module, call) if named else []

    @cached_property
    def _names_of_family(self) -> set[str]:
        return {c.name for c in self._family}

    @cached_property
    def _family(self) -> list[Class]:
        """The breaker classes and those that extend them."""
        own = {b.cls for b in self._machines}
        every = (c for m in self._repo.product for c in m.classes)
        return [c for c in every if c in own or own & set(self._repo.names.ancestry(c))]

    @cached_property
    def _broad(self) -> set[Function]:
        """Methods of breakers that change or refuse, and those of their objects that call such methods."""
        direct = {w.function for b in self._made for w in b.writes} | {f for b in self._made for f, _ in b.rejections}
        direct = {f for f in direct if f.name not in _AT_START}
        names = {f.name for f in direct}
        lines = {c for b in self._made for c in self._repo.names.ancestry(b.cls) if isinstance(c, Class)}
        owners = lines | {c for c in self._family if lines & set(self._repo.names.ancestry(c))}
        methods = (m for c in owners for m in c.functions if m.name not in _AT_START)
        return direct | {m for m in methods if names & {call_name(c) for c in m.calls}}

    @cached_property
    def _changing(self) -> set[Function]:
        """The functions that run when a breaker changes or refuses: its own, and what they call."""
        below = self._telemetry.llm_paths.reached_from(self._broad, _DEPTH)
        return {f for f in below if f.name not in _AT_START}

    @cached_property
    def _heard_by(self) -> set[Function]:
        """Listeners of breakers, and what they call."""
        return set(self._telemetry.llm_paths.reached_from(self._listeners, _DEPTH))

    @cached_property
    def _listeners(self) -> list[Function]:
        """Functions and listener objects that code hands to a breaker."""
        found = []
        for module in self._repo.product:
            for call in module.calls:
                if self._is_breaker(module, call):
                    found += [f for node in _given(call) for f in self._heard(module, node)]
        return found

    def _is_breaker(self, module: Module, call: ast.Call) -> bool:
        """A call that makes a breaker with arguments, or that registers something with one."""
        if not call.args and not call.keywords:
            return False
        if any(self._is_kind(s) for s in self._repo.names.resolve(module, call.func)):
            return True
        name = call_name(call)
        registers = name.startswith("on_") or any(w in name for w in _REGISTERING)
        if not registers or not isinstance(call.func, ast.Attribute):
            return False
        held = self._repo.names.resolve(module, call.func.value)
        return any(isinstance(s, Instance) and self._is_kind(s.of) for s in held)

    def _is_kind(self, symbol: object) -> bool:
        if isinstance(symbol, Class):
            return symbol in self._family or self._repo.breakers.kinds.is_library(symbol)
        return isinstance(symbol, External) and symbol.name in LIBRARY

    def _heard(self, module: Module, node: ast.expr) -> Iterator[Function]:
        """What is called back: a function, or the methods of a listener object that tell of a change."""
        for symbol in self._repo.names.resolve(module, node):
            if isinstance(symbol, Function):
                yield symbol
            elif isinstance(symbol, Instance) and isinstance(symbol.of, Class):
                owners = (c for c in self._repo.names.ancestry(symbol.of) if isinstance(c, Class))
                methods = (m for c in owners for m in c.methods.values())
                yield from (m for m in methods if m.name == "state_change" or m.name.startswith("on_"))

    def _in_refusal(self, recording: Recording) -> bool:
        """In a handler of the refusal that a library's breaker raises."""
        for parent in recording.module.ancestors(recording.node):
            if isinstance(parent, ast.ExceptHandler) and parent.type is not None:
                kinds = parent.type.elts if isinstance(parent.type, ast.Tuple) else [parent.type]
                found = (n for k in kinds for n in self._repo.names.dotted(recording.module, k))
                if any(n.endswith(".CircuitBreakerError") for n in found):
                    return True
        return False

    def _called(self, function: Function) -> bool:
        """Called right beside a change."""
        calls = ((f.module, c) for f in self._broad for c in f.calls if call_name(c) == function.name)
        return any(self._beside(m, c) for m, c in calls)

    def _beside(self, module: Module, node: ast.AST) -> bool:
        """In the same block as a change of state, a refusal, or the call of a method that always makes one."""
        for statement in _flat(_block(module, module.statement_of(node))):
            if statement in self._changes:
                return True
            calls = (n for n in ast.walk(statement) if isinstance(n, ast.Call))
            if any(call_name(c) in self._always for c in calls):
                return True
        return False

    @cached_property
    def _changes(self) -> set[ast.stmt]:
        """The statements that change a breaker's state or refuse a call."""
        writes = {w.node for b in self._made for w in b.writes if w.function.name not in _AT_START}
        return writes | {r for b in self._made for _, r in b.rejections}

    @cached_property
    def _always(self) -> set[str]:
        """Names of the methods that change the state under no condition."""
        found = ((w.module, w.node, w.function) for b in self._made for w in b.writes)
        return {f.name for m, n, f in found if f.name not in _AT_START and n in _flat(f.node.body) and m is f.module}


def _given(call: ast.Call) -> Iterator[ast.expr]:
    """What a call passes, elements of literal lists too."""
    for node in (*call.args, *(k.value for k in call.keywords)):
        yield from node.elts if isinstance(node, ast.List | ast.Tuple) else [node]


def _flat(block: list[ast.stmt]) -> list[ast.stmt]:
    """The simple statements of a block, those in `with` too."""
    found: list[ast.stmt] = []
    for statement in block:
        if isinstance(statement, ast.With | ast.AsyncWith):
            found += _flat(statement.body)
        elif not hasattr(statement, "body"):
            found.append(statement)
    return found


def _block(module: Module, statement: ast.stmt) -> list[ast.stmt]:
    """The statements that stand beside it."""
    parent = module.parents.get(statement)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(block, list) and statement in block:
            return block
    return [statement]
