"""Where does a model's answer go? From the call to what the agent's public methods return."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pytest_readiness.repo.flow import Flow, State
from pytest_readiness.repo.llm.agents import Agent, is_self
from pytest_readiness.repo.llm.calls import LlmCall
from pytest_readiness.repo.llm.computed import is_presence
from pytest_readiness.repo.llm.handles import passed
from pytest_readiness.repo.llm.services import has_body
from pytest_readiness.repo.modules import Function, Site, call_name

HELPERS = 3
"""Most helpers, one calling the next, in which an answer is looked for."""
Callee = Callable[[Function, ast.Call], list[Function]]


_RETURNS = "`{}` returns data of the answer"


@dataclass
class AnswerFlow(Flow):
    """Flow that takes a comparison with the answer's content (`"PASS" in answer`) for data of the answer.

    A test whether there is an answer (`answer is None`, `len(answer) > 0`) is none. Conditions of `if` never bind
    anything, so that a hard-coded value behind one stays without the answer. A helper of the repository that neither
    returns what it is given nor decides by it returns no answer; `callees` finds the helpers that a call may run.
    """

    callees: Callee = lambda *_: []
    helpers: int = HELPERS
    ignoring: dict[tuple[Function, frozenset[str]], bool] = field(default_factory=dict)

    def _evaluate(self, node: ast.expr, state: State) -> bool:
        found = super()._evaluate(node, state)
        if isinstance(node, ast.Compare) and not _is_truth_test(node):
            return self._children(node, state)
        return found

    def _call(self, node: ast.Call, state: State) -> bool:
        return super()._call(node, state) and not self._is_ignored(node)

    def _is_ignored(self, node: ast.Call) -> bool:
        """Whether every helper that the call may run ignores the arguments that carry the answer."""
        spread = any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords)
        found = self.callees(self.function, node) if self.helpers > 0 and not spread else []
        if not found or self.seed(node) or (isinstance(node.func, ast.Attribute) and self.carries(node.func.value)):
            return False
        return all(self._ignores(f, frozenset(self._given(f, node))) for f in found)

    def _given(self, helper: Function, node: ast.Call) -> Iterator[str]:
        """The helper's parameters that are handed something of the answer."""
        for name in (p.arg for p in helper.params):
            value = passed(node, helper, name)
            if value is not None and self.carries(value):
                yield name

    def _ignores(self, helper: Function, names: frozenset[str]) -> bool:
        key = (helper, names)
        if not names or not has_body(helper) or self.ignoring.get(key) is False:
            return False
        if key not in self.ignoring:
            self.ignoring[key] = False
            flow = AnswerFlow(
                helper, names=names, callees=self.callees, helpers=self.helpers - 1, ignoring=self.ignoring
            )
            self.ignoring[key] = not flow.returned and not flow.decides
        return self.ignoring[key]

    @property
    def decides(self) -> bool:
        """Whether the content of the data, not its mere presence, chooses what the function does."""
        nodes = self.function.own_nodes
        tests = (t for n in nodes for t in _conditions(n) if not is_presence(t))
        return any(self.carries(t) for t in (*tests, *(k for n in nodes for k in _keys(n))))


def _conditions(node: ast.AST) -> Iterator[ast.expr]:
    """Conditions that choose between values: an `if` that only raises or logs chooses none."""
    match node:
        case ast.If(test=test, body=body, orelse=orelse):
            chosen = (ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Yield)
            if any(isinstance(n, chosen) for s in (*body, *orelse) for n in ast.walk(s)):
                yield test
        case ast.IfExp(test=test):
            yield test
        case ast.comprehension(ifs=tests):
            yield from tests


def _keys(node: ast.AST) -> Iterator[ast.expr]:
    """Values whose content is looked up or told apart."""
    match node:
        case ast.Match(subject=key) | ast.Subscript(slice=key):
            yield key


def _is_truth_test(node: ast.Compare) -> bool:
    sides = (node.left, *node.comparators)
    if any(isinstance(s, ast.Call) and call_name(s) == "len" for s in sides):
        return True
    return any(isinstance(s, ast.Constant) and s.value in (None, True, False, 0, "") for s in sides)


@dataclass(frozen=True)
class Use:
    """Whether an answer's data is returned, and the place that shows it."""

    ok: bool
    site: Site


def carried(function: Function, seed: Callable[[ast.expr], bool], callees: Callee = lambda *_: []) -> list[ast.AST]:
    """The return statements and yields of the function whose value carries what the seed gives."""
    return AnswerFlow(function, seed, callees=callees).returned


class Answers:
    """Answers for one agent. Status methods are no users of an answer."""

    def __init__(self, agent: Agent, status_methods: tuple[str, ...]) -> None:
        self._agent, self._status = agent, status_methods
        self._lost: dict[Function, Site | None] = {}

    def use(self, site: LlmCall) -> Use:
        """Whether data of the call's answer is in what a public method returns or yields."""
        holder = self._agent.holder(site)
        returned = carried(holder, lambda n: n is site.node, self._agent.callees)
        if not returned:
            note = f"the answer reaches nothing that `{holder.name}` returns"
            return Use(False, site.module.at(site.node, note))
        lost = self._handed_on(holder)
        return Use(False, lost) if lost else Use(True, holder.module.at(returned[0], _RETURNS.format(holder.name)))

    def _handed_on(self, function: Function) -> Site | None:
        """Where the answer of a private or inherited method is lost: it must be in what its callers return.

        None where it is not lost.
        """
        if self._speaks_for_itself(function):
            return None
        if function not in self._lost:
            users = self._users(function)
            note = f"nothing in the agent uses `{function.name}`"
            self._lost[function] = None if users else function.module.at(function.node, note)
            found = (self._user(user, function) for user in users)
            self._lost[function] = next((site for site in found if site), self._lost[function])
        return self._lost[function]

    def _speaks_for_itself(self, function: Function) -> bool:
        """A public method of the class itself, or an inherited one that the agent's other methods do not use."""
        if not self._agent.is_public(function):
            return False
        return function.cls is self._agent.cls or not self._users(function)

    def _user(self, user: Function, function: Function) -> Site | None:
        nodes = {e.node for e in self._agent.into(function) if e.source is user}
        tables = self._agent.tables.get(function, set())
        returned = carried(user, lambda n: n in nodes or _is_table(n, user, tables), self._agent.callees)
        if not returned:
            at = next(iter(nodes), user.node)
            return user.module.at(at, f"`{user.name}` does not return the answer of `{function.name}`")
        return self._handed_on(user)

    def _users(self, function: Function) -> list[Function]:
        """Functions that a public method reaches and that call or refer to the function; constructors only store it."""
        direct = [e.source for e in self._agent.into(function)]
        tables = self._agent.tables.get(function, set())
        through = [f for f in self._agent.own if tables and _reads(f, tables)]
        found = dict.fromkeys([*direct, *through])
        return [f for f in found if f in self._agent.reached and f.name not in self._status and f.name != "__init__"]


def _is_table(node: ast.AST, function: Function, names: set[str]) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in names and is_self(node.value, function)


def _reads(function: Function, names: set[str]) -> bool:
    return any(_is_table(n, function, names) and isinstance(n.ctx, ast.Load) for n in function.own_nodes)  # type: ignore[attr-defined]
