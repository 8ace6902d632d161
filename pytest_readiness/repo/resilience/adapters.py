"""Do adapters let the failures of their backend out?

An operation of an adapter is followed with every call of something remote failing: of a client that a library made, or
that the adapter was given. It must end in an exception, unless a test for a not-found code led elsewhere.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Site
from pytest_readiness.repo.symbolic.statements import Machine
from pytest_readiness.repo.symbolic.values import (
    Call,
    Choice,
    Const,
    Error,
    Kind,
    Obj,
    State,
    Step,
    Unknown,
    Value,
)
from pytest_readiness.repo.symbolic.world import FAILS, World
from pytest_readiness.repo.symbols import External

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

STEPS = 4000
NETWORK = frozenset({"socket", "http", "urllib", "smtplib", "ftplib", "imaplib", "telnetlib", "xmlrpc", "ssl"})
"""Modules of the standard library that talk to others."""
AT_HOME = frozenset(
    {"pydantic", "tenacity", "backoff", "numpy", "orjson", "yaml", "jinja2", "structlog", "loguru", "prometheus_client",
     "opentelemetry", "attr", "attrs", "msgpack", "dateutil", "cachetools", "typing_extensions", "jsonschema"}
)  # fmt: skip
"""Libraries that talk to nobody."""
MAKERS = frozenset({"client", "resource", "session", "from_url", "get_session", "Session", "create_client", "connect"})
"""Functions that hand out a client without asking the backend anything."""
NOT_FOUND = re.compile(r"404|not_?found|no_?such|does_?not_?exist|key_?error|\bmissing\b|not_exist", re.IGNORECASE)


class AdapterWorld(World):
    """Everything remote fails."""

    def __init__(self, errors: tuple[Class, ...], adapter: Obj | None = None) -> None:
        super().__init__(errors=errors, most_steps=STEPS)
        self.adapter = adapter

    def observes(self, value: Value) -> bool:
        return self._is_remote(value)

    def fate(self, value: Value, name: Value) -> tuple[str, ...]:  # noqa: ARG002
        return (FAILS,)

    def called(self, callee: Value, args: tuple[Value, ...], step: Step) -> Iterable[Step] | None:
        """A function of a client library that asks something: `requests.get(url)`."""
        if not isinstance(callee, Kind) or not isinstance(callee.of, External):
            return None
        package, last = callee.of.name.partition(".")[0], callee.of.name.rpartition(".")[2]
        if last in MAKERS or last[:1].isupper() or not _is_outside(package) or package == callee.of.name:
            return None
        assert step.module is not None
        assert step.node is not None
        call = Call(callee, Const(last), args, (), step.module, step.node, failed=True)
        return [Step("raise", Error(None, step.node), step.state.with_event(call), step.node, step.module)]

    def _is_remote(self, value: Value) -> bool:
        root: Value = value
        while isinstance(root, Unknown) and root.of is not None:
            root = root.of
        if isinstance(root, Kind):
            return isinstance(root.of, External) and root is not value and _is_outside(root.of.name.partition(".")[0])
        if isinstance(root, Obj):
            if isinstance(root.of, External):
                return _is_outside(root.of.name.partition(".")[0])
            return root is not value and root == self.adapter
        given = isinstance(root, Unknown) and bool(root.name) and not root.name.startswith("argument")
        return given and not root.parts and root.name.isidentifier()  # type: ignore[union-attr]


def _is_outside(package: str) -> bool:
    if package in sys.stdlib_module_names:
        return package in NETWORK
    return package not in AT_HOME and package != "builtins"


class Adapters:
    """Judges the operations of primary implementations."""

    def __init__(self, repo: Repo, errors: tuple[Class, ...]) -> None:
        self._repo, self._errors = repo, errors
        self._known: dict[tuple[ast.AST, str], Site | None] = {}

    def swallows(self, of: Class | External, operation: str) -> Site | None:
        """Where an operation turns an outage into a value; None where it lets it out."""
        if isinstance(of, External):
            return None
        key = (of.node, operation)
        if key not in self._known:
            self._known[key] = next(self._swallowed(of, operation), None)
        return self._known[key]

    def _swallowed(self, cls: Class, operation: str) -> Iterator[Site]:
        for step in self._followed(cls, operation):
            failed = [c for c in step.state.calls if c.failed]
            if step.kind != "raise" and failed and not self._was_not_found(step.state):
                place = step.module.at(step.node) if step.module and step.node is not None else failed[-1].place
                reason = f"{cls.name}.{operation} ends here with a value after its backend has failed"
                yield Site(place.path, place.line, reason)

    def _followed(self, cls: Class, operation: str) -> list[Step]:
        world = AdapterWorld(self._errors)
        machine = Machine(self._repo, world)
        obj = Obj(cls, machine.key("adapter", cls.node), cls.module, cls.node)
        world.adapter = obj
        method = self._repo.names.method(cls, operation)
        if method is None:
            return []
        at = (cls.module, cls.node, machine.module_frame(cls.module))
        args = tuple(Unknown(f"argument {p.arg}") for p in method.params[1:] if p.arg in _positional(method.node))
        kwargs = tuple((p.arg, Unknown(f"argument {p.arg}")) for p in method.node.args.kwonlyargs)

        def called(value: Value, state: State) -> Iterator[Step]:
            steps = machine.apply(value, args, kwargs, at, state)
            return machine.forced(steps, at)

        return machine.whole(machine.then(machine.attribute(obj, operation, State()), called))

    def _was_not_found(self, state: State) -> bool:
        """Whether a test for a not-found code chose the way."""
        chosen = (e for e in state.events if isinstance(e, Choice) and e.truth is not _is_negative(e.node))
        return any(NOT_FOUND.search(ast.unparse(e.node)) for e in chosen)


def _is_negative(node: ast.AST) -> bool:
    """`x != y`, `x not in y`, `not x`: the way on which it is false is the one where x is meant."""
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, ast.Not) and not _is_negative(node.operand)
    return isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotEq | ast.NotIn | ast.IsNot)


def _positional(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    return {p.arg for p in (*node.args.posonlyargs, *node.args.args)}
