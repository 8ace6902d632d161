"""Operations on one person's data: where they start, whose data they are about, and what they run."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Function, FunctionNode, Module, Site, call_name
from pytest_readiness.repo.names import External, Instance
from pytest_readiness.repo.origins import is_static
from pytest_readiness.repo.orm import Column, Model, Statement
from pytest_readiness.repo.pii import SUBJECT_COLUMNS, is_mail, part_name, pii_phrase, words_of
from pytest_readiness.repo.statements import Statements
from pytest_readiness.repo.web import Dependency, Handler

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_SUBJECTS = SUBJECT_COLUMNS | {
    "user", "uid", "customer", "account", "subject", "person", "member", "current_user", "email", "username",
    "data_subject", "principal", "me", "user_email", "customer_email",
}  # fmt: skip
"""Parameters that say whose data an operation is about."""
_PEOPLE = frozenset(
    {"user", "customer", "account", "person", "member", "profile", "subject", "me", "patient", "client"}
)
_KEYS = frozenset({"id", "pk", "uuid", "email", "username", "uid", "user_id", "sub"})
"""Columns by which the row of a person itself is found."""
_STARTS = frozenset(
    {"command", "task", "shared_task", "scheduled_job", "periodic_task", "cron", "actor", "job", "subscriber"}
    | {"on_event", "consumer", "listener", "callback", "schedule", "crontab", "db_task", "cli", "main"}
)
"""Last names of decorators that make a function a command or a job."""
_ADDERS = frozenset({"add_job", "schedule_job", "register_task", "add_periodic_task", "every"})
_LATER = frozenset({"delay", "apply_async", "send", "enqueue", "kiq", "defer", "submit", "si", "s"})
"""Methods that run a task with these arguments elsewhere."""
_LOGIN = ("login_required", "jwt_required", "permission_required", "LoginRequiredMixin", "PermissionRequiredMixin")
_MOST_STEPS = 300
"""Most functions that one operation is followed through."""
Key = tuple[ast.AST, frozenset[str]]
_ROUNDS = 4
"""Most statements in one function that build on each other's rows."""
DEPTH = 6
"""Most calls that are followed from where an operation starts."""


@dataclass(frozen=True, eq=False)
class Operation:
    """A live function that something outside starts. `problem` says why it may not be trusted, "" where it may."""

    function: Function
    kind: str
    """handler, or command for commands and jobs."""
    paths: tuple[str, ...]
    subjects: frozenset[str]
    """Parameters that say whose data it is about."""
    problem: str = ""

    @property
    def site(self) -> Site:
        name = f"{self.paths[0]} ({self.function.qualname})" if self.paths else self.function.qualname
        return self.function.module.at(self.function.node, f"the {self.kind} {name}")

    @property
    def labels(self) -> tuple[str, ...]:
        """Path and name, in lower case."""
        return tuple(t.lower() for t in (*self.paths, self.function.name))


@dataclass(frozen=True, eq=False)
class Step:
    """A function that an operation runs, and the names in it that carry the subject."""

    function: Function
    names: frozenset[str]

    @property
    def key(self) -> Key:
        return self.function.node, self.names


class Operations:
    """The operations of the product code."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._flows: dict[Key, Flow] = {}
        self._calls: dict[Key, list[tuple[ast.Call, Step]]] = {}
        self._asking: dict[ast.AST, bool] = {}

    @cached_property
    def all(self) -> tuple[Operation, ...]:
        """Handlers, commands and jobs; those that are not live too, with that as their problem."""
        handlers = [self._handler(h) for h in self._repo.web.handlers]
        known = {h.function.node for h in self._repo.web.handlers}
        return (*handlers, *(o for f in self._started if f.node not in known for o in [self._command(f)]))

    @cached_property
    def trusted(self) -> tuple[Operation, ...]:
        """Live commands and jobs, and live handlers that know who is asking."""
        return tuple(o for o in self.all if not o.problem)

    def _handler(self, handler: Handler) -> Operation:
        function, paths = handler.function, tuple(self._repo.web.paths(handler))
        if handler not in self._live_handlers:
            problem = "no running application answers with it"
        else:
            problem = "" if self.is_authenticated(handler) else "nothing checks who is asking"
        return Operation(function, "handler", paths, self._subjects(function, paths), problem)

    @cached_property
    def _live_handlers(self) -> frozenset[Handler]:
        return frozenset(self._repo.web.live_handlers)

    def _command(self, function: Function) -> Operation:
        problem = "" if self._repo.live.is_live(function) else "no start of the system reaches it"
        return Operation(function, "command", (), self._subjects(function, ()), problem)

    def _subjects(self, function: Function, paths: tuple[str, ...]) -> frozenset[str]:
        names = {p.arg for p in function.params if p.arg in _SUBJECTS}
        about_person = {w for p in paths for w in words_of(p)} & (_PEOPLE | {f"{p}s" for p in _PEOPLE})
        if about_person:
            names |= {p.arg for p in function.params if p.arg in {"id", "pk", "uuid"}}
        return frozenset(names) | self._repo.verified.parameters(function)

    @cached_property
    def _started(self) -> tuple[Function, ...]:
        """Functions that are commands or jobs, or that a main guard calls."""
        functions = [f for m in self._repo.product for f in m.functions if self._is_command(f)]
        for module in self._repo.product:
            for call in module.calls:
                targets = [call.func] if module.in_main_guard(call) else []
                targets += call.args[:1] if call_name(call) in _ADDERS else []
                functions += [f for t in targets for f in self._repo.names.functions(module, t)]
        return tuple(dict.fromkeys(functions))

    def _is_command(self, function: Function) -> bool:
        decorators = (d.func if isinstance(d, ast.Call) else d for d in function.node.decorator_list)
        if any((part_name(d) or "") in _STARTS for d in decorators):
            return True
        commands = ("django.core.management.base.BaseCommand", "django.core.management.BaseCommand")
        return (
            function.name == "handle"
            and function.cls is not None
            and self._repo.names.inherits(function.cls, *commands)
        )

    def is_authenticated(self, handler: Handler) -> bool:
        """Whether somebody checks who is asking: the handler, what it depends on, or what runs before it."""
        function, web = handler.function, self._repo.web
        around = web.around(handler)
        before = (f for r in web.registrations if r.owner in around for f in r.functions)
        return any(self._asks(f) for f in (function, *before)) or self._is_decorated(function)

    def _asks(self, function: Function) -> bool:
        if function.node not in self._asking:
            self._asking[function.node] = self._is_asked(function)
        return self._asking[function.node]

    def _is_asked(self, function: Function) -> bool:
        """What runs the function checks a credential first, or the function does."""
        verified, dependencies = self._repo.verified, self._repo.web.dependencies(function)
        if verified.parameters(function) or self._checks(function):
            return True
        if any(verified.depends_on_credential(d) for d in dependencies):
            return True
        inner = [function, *(f for d in dependencies for f in d.functions)]
        return any(self._checks(f) for f in inner) or (
            self._takes_credential(dependencies) and any(map(self._denies, inner))
        )

    def _takes_credential(self, dependencies: list[Dependency]) -> bool:
        """`Depends(HTTPBearer())` is among them: the framework hands over the credential that was sent."""
        named = (n for d in dependencies for n in self._repo.names.dotted(d.module, d.node))
        made = (
            s.of for d in dependencies for s in self._repo.names.resolve(d.module, d.node) if isinstance(s, Instance)
        )
        return any(
            n.startswith("fastapi.security") for n in (*named, *(m.name for m in made if isinstance(m, External)))
        )

    def _denies(self, function: Function) -> bool:
        raised = (n.exc for n in function.own_nodes if isinstance(n, ast.Raise))
        return any(self._repo.denials.of_value(function.module, e) in (401, 403) for e in raised)

    def _checks(self, function: Function, depth: int = 2) -> bool:
        """The function, or one that it calls, verifies a credential."""
        module = function.module
        if any(self._repo.verified.is_verifying(module, c) for c in function.calls):
            return True
        called = (f for c in function.calls for f in self._repo.names.functions(module, c.func)) if depth else ()
        return any(f is not function and self._checks(f, depth - 1) for f in called)

    def _is_decorated(self, function: Function) -> bool:
        """`@login_required`, a mixin of the class, or a decorator of the repository that verifies."""
        module = function.module
        targets = [d.func if isinstance(d, ast.Call) else d for d in function.node.decorator_list]
        named = [n for t in targets for n in self._repo.names.dotted(module, t)]
        if function.cls is not None:
            named += [b.name for b in self._repo.names.ancestry(function.cls) if isinstance(b, External)]
        if any(n.endswith(_LOGIN) for n in named):
            return True
        own = (f for t in targets for f in self._repo.names.functions(module, t))
        return any(self._checks(g) for f in own for g in (f, *inner_functions(f)))

    def steps(self, operation: Operation) -> list[Step]:
        """The functions that the operation runs, each with the names that carry the subject in it."""
        found: dict[Key, Step] = {}
        todo = [(Step(operation.function, operation.subjects), DEPTH)]
        while todo:
            step, depth = todo.pop()
            if step.key in found or len(found) > _MOST_STEPS:
                continue
            found[step.key] = step
            todo += [(s, depth - 1) for _, s in self.calls(step)] if depth else []
        return list(found.values())

    def flow(self, step: Step) -> Flow:
        """Where the subject gets to in the function: who it is, and the rows that were selected for it."""
        if step.key not in self._flows:
            self._flows[step.key] = self._walk(step)
        return self._flows[step.key]

    def _walk(self, step: Step) -> Flow:
        known: frozenset[ast.AST] = frozenset()
        for _ in range(_ROUNDS):
            flow = Flow(step.function, self._seed(step.function.module, known), step.names)
            found = frozenset(s.node for s in self.statements(step) if self._about(flow, step, s))
            if found == known:
                break
            known = found
        return flow

    def _seed(self, module: Module, selected: frozenset[ast.AST]) -> Callable[[ast.expr], bool]:
        verified = self._repo.verified.seed(module)
        named = SUBJECT_COLUMNS | {"user"}

        def is_subject(node: ast.expr) -> bool:
            if node in selected or verified(node):
                return True
            return isinstance(node, ast.Attribute | ast.Subscript | ast.Call) and part_name(node) in named

        return is_subject

    def calls(self, step: Step) -> list[tuple[ast.Call, Step]]:
        """The calls in the function that run others, with the names that carry the subject there."""
        if step.key not in self._calls:
            self._calls[step.key] = list(self._called(step))
        return self._calls[step.key]

    def _called(self, step: Step) -> Iterator[tuple[ast.Call, Step]]:
        flow, module = self.flow(step), step.function.module
        for call in (n for n in ast.walk(step.function.node) if isinstance(n, ast.Call)):
            for target, seen in self._run(module, call):
                passed = {p.arg for p in target.params if self._carries(flow, target, seen, p.arg)}
                yield call, Step(target, frozenset(passed))

    def _carries(self, flow: Flow, target: Function, call: ast.Call, name: str) -> bool:
        if target.cls is not None and not is_static(target) and target.params[0].arg == name:
            return False
        return flow.carries(self._repo.origins.argument_of(target, call, name))

    def _run(self, module: Module, call: ast.Call) -> Iterator[tuple[Function, ast.Call]]:
        """What the call runs, and the call as that function sees it: now, later, or handed over."""
        yield from ((f, call) for f in self._repo.privacy.maskers.called(module, call))
        for cls in self._repo.names.constructed(module, call):
            start = self._repo.names.method(cls, "__init__")
            if start is not None:
                yield start, call
        if isinstance(call.func, ast.Attribute) and call.func.attr in _LATER:
            yield from ((f, call) for f in self._repo.names.functions(module, call.func.value))
        for position, argument in enumerate(call.args):
            if isinstance(argument, ast.Name | ast.Attribute):
                rest = ast.Call(argument, call.args[position + 1 :], call.keywords)
                yield from ((f, rest) for f in self._repo.names.functions(module, argument))

    def statements(self, step: Step) -> list[Statement]:
        """The ORM statements that the function, or one inside it, can run."""
        functions = [step.function, *inner_functions(step.function)]
        found = (s for f in functions for s in self._repo.orm.statements_in(f))
        return [s for s in found if self._running.why_dead(s.module, s.node) is None]

    @cached_property
    def _running(self) -> Statements:
        """What follows on a return or a constant condition never runs; whether imports succeed is not asked here."""
        return Statements(_Importable())

    def selects_subject(self, step: Step, statement: Statement) -> bool:
        """Whether the statement is about all rows of the subject: filtered on who it is, on nothing that was asked."""
        return self._about(self.flow(step), step, statement)

    def _about(self, flow: Flow, step: Step, statement: Statement) -> bool:
        conditions = statement.conditions
        if not any(self._on_subject(statement.models, c.column) and flow.carries(c.other) for c in conditions):
            return False
        return all(flow.carries(c.other) or not self._was_asked(step, c.other) for c in conditions)

    def _on_subject(self, models: tuple[Model, ...], column: str) -> bool:
        name = column.partition(".")[0]
        if name in SUBJECT_COLUMNS:
            return True
        found = [c for m in models if (c := m.column(name) or m.column(f"{name}_id"))]
        referenced = [m for c in found for m in self._repo.orm.referenced(c)]
        if any(
            m in self._repo.privacy.models and (m in referenced or _is_id_of(m, name)) for m in self._repo.orm.models
        ):
            return True
        return name in _KEYS and any(self.is_person(m) for m in models)

    def is_person(self, model: Model) -> bool:
        """The model's rows are the persons themselves: others point to it as their owner, or it holds who they are."""
        return model in self._people

    @cached_property
    def _people(self) -> frozenset[Model]:
        owners = (c for m in self._repo.orm.models for c in m.columns if c.name in SUBJECT_COLUMNS)
        pointed = {m for c in owners for m in self._repo.orm.referenced(c)}
        named = {m for m in self._repo.orm.models if _is_person(m)}
        return frozenset(pointed | named)

    def _was_asked(self, step: Step, node: ast.expr) -> bool:
        """The value is a parameter, or made of one: it picks single rows."""
        bound = step.function.cls is not None and not is_static(step.function)
        names = {p.arg for p in step.function.params[bound:]} - step.names
        return any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(node))


class _Importable:
    """Every import succeeds."""

    def loadable(self, module: Module) -> bool:  # noqa: ARG002 - the protocol's signature
        return True

    def failure(self, statement: ast.Import | ast.ImportFrom, module: Module) -> None:  # noqa: ARG002 - likewise
        return None


def inner_functions(function: Function) -> list[Function]:
    """The functions defined inside the function."""
    todo = [n for n in function.own_nodes if isinstance(n, FunctionNode)]
    found = [function.module.function_of(n) for n in todo]
    return [*found, *(f for g in found for f in inner_functions(g))]


def personal_columns(model: Model) -> list[Column]:
    """The columns that hold personal data by their names."""
    return [c for c in model.columns if pii_phrase(c.name) or pii_phrase(c.attribute)]


def _is_id_of(model: Model, column: str) -> bool:
    """`meeting_id` is the id of a Meeting."""
    *words, last = words_of(column) or [""]
    return last == "id" and words == words_of(model.name)


def _is_person(model: Model) -> bool:
    if any(c.name in SUBJECT_COLUMNS for c in model.columns):
        return False
    return any(is_mail(c.name) for c in model.columns) or bool(set(words_of(model.name)[-1:]) & _PEOPLE)
