"""Where does a model's answer go? From the call to what the agent's public methods return."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from pytest_readiness.repo.flow import Flow, State
from pytest_readiness.repo.llm.agents import Agent, is_self
from pytest_readiness.repo.llm.calls import LlmCall
from pytest_readiness.repo.modules import Function, Site


class AnswerFlow(Flow):
    """Flow that takes a comparison with the answer's content (`"PASS" in answer`) for data of the answer.

    A test whether there is an answer (`answer is None`, `len(answer) > 0`) is none. Conditions of `if` never bind
    anything, so that a hard-coded value behind one stays without the answer.
    """

    def _evaluate(self, node: ast.expr, state: State) -> bool:
        found = super()._evaluate(node, state)
        if isinstance(node, ast.Compare) and not _is_truth_test(node):
            return self._children(node, state)
        return found


def _is_truth_test(node: ast.Compare) -> bool:
    sides = (node.left, *node.comparators)
    return any(isinstance(s, ast.Constant) and s.value in (None, True, False, 0, "") for s in sides)


@dataclass(frozen=True)
class Use:
    """Whether an answer's data is returned, and the place that shows it."""

    ok: bool
    site: Site


def carried(function: Function, seed: Callable[[ast.expr], bool]) -> list[ast.AST]:
    """The return statements and yields of the function whose value carries what the seed gives."""
    return AnswerFlow(function, seed).returned


class Answers:
    """Answers for one agent. Status methods are no users of an answer."""

    def __init__(self, agent: Agent, status_methods: tuple[str, ...]) -> None:
        self._agent, self._status = agent, status_methods

    def use(self, site: LlmCall) -> Use:
        """Whether data of the call's answer is in what a public method returns or yields."""
        holder = self._agent.holder(site)
        returned = carried(holder, lambda n: n is site.node)
        if not returned:
            note = f"the answer reaches nothing that `{holder.name}` returns"
            return Use(False, site.module.at(site.node, note))
        shown = holder.module.at(returned[0], f"`{holder.name}` returns data of the answer")
        return self._handed_on(holder, shown, frozenset({holder}))

    def _handed_on(self, function: Function, shown: Site, seen: frozenset[Function]) -> Use:
        """A private method's answer must be in what its callers return."""
        if self._agent.is_public(function):
            return Use(True, shown)
        users = [u for u in self._users(function) if u not in seen]
        if not users:
            return Use(False, function.module.at(function.node, f"nothing in the agent uses `{function.name}`"))
        for user in users:
            use = self._user(user, function, shown, seen)
            if not use.ok:
                return use
        return Use(True, shown)

    def _user(self, user: Function, function: Function, shown: Site, seen: frozenset[Function]) -> Use:
        nodes = {e.node for e in self._agent.into(function) if e.source is user}
        tables = self._agent.tables.get(function, set())
        returned = carried(user, lambda n: n in nodes or _is_table(n, user, tables))
        if not returned:
            at = next(iter(nodes), user.node)
            return Use(False, user.module.at(at, f"`{user.name}` does not return the answer of `{function.name}`"))
        return self._handed_on(user, shown, seen | {user})

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
