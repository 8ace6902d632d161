"""Drives a health handler on the machine: once while everything it looks at works, once while all of it is away.

Nothing is executed. What the handler looks at is recorded: calls of client libraries, readings of the host, states of
tasks and of circuit breakers. The system is taken as started: what start-up code sets is there.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_readiness.repo.binding import globals_of, own_attributes
from pytest_readiness.repo.breakers.states import State, state_named
from pytest_readiness.repo.health.answers import RESPONSES, Answer, answer_of, refusal_of
from pytest_readiness.repo.health.clients import Look, look_of
from pytest_readiness.repo.machine import (
    Budget,
    Choices,
    ExtObj,
    Hooks,
    Machine,
    Member,
    Obj,
    Raised,
    Reading,
    Stream,
    Stuck,
    Unknown,
    explore,
)
from pytest_readiness.repo.machine.libraries import OUTAGE
from pytest_readiness.repo.machine.values import Scope
from pytest_readiness.repo.modules import Class, Function, Module, Site, call_name

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_SETTINGS = ("pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic_settings.main.BaseSettings")
PATHS = 24
"""Most runs of one handler."""
STEPS = 400_000
"""Most steps that are spent on one handler."""
ALL_STEPS = 1_200_000
"""Most steps that are spent on all handlers."""
_AWAY = {
    "done": True,
    "cancelled": True,
    "poll": 1,
    "is_alive": False,
    "is_running": False,
    "returncode": 1,
    "exitcode": 1,
}
_THERE = {"done": False, "cancelled": False, "poll": None, "is_alive": True, "is_running": True}
_HIGH, _LOW = 99.0, 5.0
_OPENING = frozenset({"connect", "acquire", "open", "start", "begin", "channel"})
"""Calls that give a connection, over which more can be asked."""


@dataclass(frozen=True)
class LookedAt:
    """A live look that a run took: what at, and where."""

    origin: str
    kind: Look
    site: Site
    is_tried: bool = False
    """It is taken inside a `try`, of whatever function on the way."""
    modules: tuple[Module, ...] = ()
    """The modules of the functions that were running."""


@dataclass(eq=False)
class Run:
    """One run of a handler."""

    answer: Answer
    looks: list[LookedAt] = field(default_factory=list)
    made: dict[Hashable, bool] = field(default_factory=dict)
    """The choices that it made."""


Away = bool | frozenset[Site]
"""What is away: everything, nothing, or what is looked at in some places."""


class HealthMachine:
    """A machine on which everything that handlers look at works, or is away."""

    def __init__(self, repo: Repo, choices: Choices, away: Away, budget: Budget | None = None) -> None:
        self._repo, self._away = repo, away
        self.looks: list[LookedAt] = []
        self._state: dict[str, object] = {}
        hooks = Hooks(library=self._library, read=self._read, unset=self._unset, outside=self._outside)
        self.machine = Machine(repo.names, repo.imports, choices, hooks, budget)

    def run(self, function: Function) -> Answer:
        """What the handler answers. Raises Stuck where the run does not come to an end."""
        kwargs = {p.arg: v for p in function.params if (v := self._injected(function, p)) is not None}
        try:
            callee = self.machine.function(function)
            args = [self._receiver(function.cls)] if function.cls is not None else []
            value = self.machine.finish(self.machine.call(callee, args, kwargs))
        except Raised as raised:
            return refusal_of(raised)
        answer = answer_of(self.machine, value)
        injected = (v.attrs.get("status_code") for v in kwargs.values() if isinstance(v, ExtObj))
        status = next((s for s in injected if isinstance(s, int)), answer.status)
        return Answer(status, answer.leaves)

    # What is handed in

    def _receiver(self, cls: Class) -> object:
        try:
            return self.machine.make_default(cls)
        except Raised:
            return Obj(cls)

    def _injected(self, function: Function, parameter: ast.arg) -> object | None:
        """What the framework hands to a parameter: what a dependency gives, a response to write on."""
        given = next((i for i in self._repo.web.inputs(function) if i.name == parameter.arg), None)
        if given is not None and given.dependency is not None and given.dependency.functions:
            return self._provided(given.dependency.functions[0])
        annotated = self._repo.names.dotted(function.module, parameter.annotation) if parameter.annotation else []
        if any(n.endswith("Response") for n in annotated):
            return ExtObj("injected.Response")
        is_request = parameter.annotation is None and parameter.arg in {"request", "req"}
        return Unknown(parameter.arg, parameter.arg) if is_request else None

    def _provided(self, provider: Function) -> object:
        kwargs = {p.arg: v for p in provider.params if (v := self._injected(provider, p)) is not None}
        try:
            value = self.machine.await_(self.machine.call(self.machine.function(provider), [], kwargs))
        except Raised:
            return Unknown(provider.name)
        if isinstance(value, Stream):
            found: list[object] = []
            value.run(found.append)
            return found[0] if found else Unknown(provider.name)
        return value

    # What is looked at

    def _library(self, name: str, args: list[object], kwargs: dict[str, object]) -> object | None:
        if name.endswith(RESPONSES):
            return ExtObj(name, list(args), attrs=dict(kwargs))
        if name.rpartition(".")[2] in {"jsonify", "dumps", "jsonable_encoder"}:
            return args[0] if args else dict(kwargs)
        if name in {"os.getenv", "os.environ.get"} and not any(args[1:]):
            return Unknown("environment")
        if name.endswith(".abort") and args:
            raise Raised(ExtObj("werkzeug.exceptions.HTTPException", list(args)))
        kind = look_of(name) if not self.machine.starts else None
        if kind is None:
            return None
        self._note(name, kind)
        return self._seen(name, kind)

    def _note(self, name: str, kind: Look) -> None:
        site = self.machine.called_at or Site("", None)
        running = dict.fromkeys(f.function.module for f in self.machine.frames if f.function is not None)
        self.looks.append(LookedAt(name, kind, site, self.machine.tries > 0, tuple(running)))

    @property
    def _is_away(self) -> bool:
        """Whether what was looked at last is away."""
        return self._away if isinstance(self._away, bool) else self.looks[-1].site in self._away

    def _seen(self, name: str, kind: Look) -> object:
        last = name.rpartition(".")[2]
        if kind is Look.READING:
            return Reading(_HIGH if self._is_away else _LOW)
        if kind is Look.TASK:
            if last == "exception":
                return ExtObj("builtins.RuntimeError") if self._is_away else Unknown()
            return (_AWAY if self._is_away else _THERE).get(last, Unknown())
        if self._is_away:
            raise Raised(ExtObj(f"{OUTAGE}{name.partition('.')[0]}"))
        return Unknown(last, name if last in _OPENING else "")

    def _read(self, owner: Obj, name: str) -> object | None:
        """The state of a circuit breaker, read from outside of it."""
        breaker = self._repo.breakers.of(owner.cls)
        if breaker is None or name not in breaker.attributes or any(f.belongs_to(owner) for f in self.machine.frames):
            return None
        value = owner.attrs[name]
        self._note(f"{owner.cls.name}.{name}", Look.TASK)
        if not self._is_away:
            return value
        if isinstance(value, Member):
            members = self.machine.members(value.cls)
            return next((m for n, m in members.items() if state_named(n) is State.OPEN), value)
        return "open" if isinstance(value, str) else not value if isinstance(value, bool) else value

    # The system is started

    def _unset(self, module: Module, cls: Class | None, name: str, value: object) -> object:
        """What start-up code or the environment gives a name or an attribute that is empty at first."""
        if cls is not None and self._repo.names.inherits(cls, *_SETTINGS):
            return Unknown(name)
        if value is not None:
            return value
        assigned = self._attributes(cls, name) if cls is not None else self._globals(module, name)
        for function, node in assigned:
            try:
                with self.machine.starting():
                    return self.machine.expr(node, self._scope(function))
            except (Raised, Stuck):
                continue
        return None

    def _outside(self, dotted: str) -> object | None:
        """What start-up code has put on `app.state`, however a handler gets at it."""
        before, _, name = dotted.rpartition(".")
        if not before.endswith(".state"):
            return None
        if name not in self._state:
            self._state[name] = None
            for module, value in self._repo.health.kept_state.get(name, []):
                function = module.enclosing_function(value)
                scope = self._scope(function) if function else self.machine.module_scope(module)
                try:
                    with self.machine.starting():
                        self._state[name] = self.machine.expr(value, scope)
                except (Raised, Stuck):
                    continue
        return self._state[name]

    def _attributes(self, cls: Class, name: str) -> Iterator[tuple[Function, ast.expr]]:
        for owner in (c for c in self._repo.names.ancestry(cls) if isinstance(c, Class)):
            for function in owner.functions:
                for attribute, binding in own_attributes(function):
                    if attribute == name and binding.value is not None and _creates(binding.value):
                        yield function, binding.value

    def _globals(self, module: Module, name: str) -> Iterator[tuple[Function, ast.expr]]:
        for bound, binding in globals_of(module):
            function = module.enclosing_function(binding.node)
            if bound == name and binding.value is not None and function is not None and _creates(binding.value):
                yield function, binding.value

    def _scope(self, function: Function) -> Scope:
        scope = Scope(function.module, self.machine.module_scope(function.module))
        for parameter in function.params:
            scope.vars[parameter.arg] = Unknown(parameter.arg)
        if function.cls is not None and function.params:
            scope.vars[function.params[0].arg] = Obj(function.cls)
        return scope


def _creates(node: ast.expr) -> bool:
    """A call, awaited or not: something that start-up makes, and no time or counter."""
    while isinstance(node, ast.Await):
        node = node.value
    return isinstance(node, ast.Call) and call_name(node) not in {"time", "now", "utcnow", "monotonic", "get", "str"}


class HealthDriver:
    """Runs handlers."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._known: dict[tuple[ast.AST, Away], list[Run]] = {}
        self._budgets: dict[ast.AST, Budget] = {}
        self._left = ALL_STEPS

    def runs(self, function: Function, away: Away) -> list[Run]:
        """The runs of a handler that come to an end. Each question is answered once."""
        if (function.node, away) not in self._known:
            self._known[function.node, away] = self._runs(function, away)
        return self._known[function.node, away]

    def shows(self, function: Function, site: Site) -> bool:
        """Whether in some run the handler says that something is not well because one look finds nothing."""
        found = explore(lambda c: self._shown(function, site, c), PATHS, enough=bool)
        return any(found)

    def _shown(self, function: Function, site: Site, choices: Choices) -> bool:
        run = self._run(function, frozenset([site]), choices)
        if run is None or all(look.site != site for look in run.looks):
            return False
        well = self.again(function, run)
        return well is not None and run.answer.is_worse_than(well.answer)

    def again(self, function: Function, run: Run) -> Run | None:
        """The same run, the same choices made, while everything works; None where it does not come to an end."""
        return self._run(function, False, Choices(run.made))

    def _runs(self, function: Function, away: Away) -> list[Run]:
        found = explore(lambda choices: self._run(function, away, choices), PATHS)
        return [r for r in found if r is not None]

    def _run(self, function: Function, away: Away, choices: Choices) -> Run | None:
        budget = self._budgets.setdefault(function.node, Budget(min(STEPS, self._left)))
        before = budget.left
        health = HealthMachine(self._repo, choices, away, budget)
        try:
            return Run(health.run(function), health.looks, dict(choices.made))
        except Stuck:
            return None
        finally:
            self._left -= before - budget.left
