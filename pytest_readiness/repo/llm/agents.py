"""The roster's agents: which class each is, its methods (inherited ones too), and the helpers it calls."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.llm.calls import LlmCall, LlmCalls
from pytest_readiness.repo.modules import Class, Function, Module, call_name, text_of
from pytest_readiness.repo.names import Instance, Names
from pytest_readiness.settings import Team

HELPER_STEPS = 3
"""Most calls from a method of the agent to a helper that asks the model."""


@dataclass(frozen=True)
class Role:
    """A place of the roster: a role of a team, and the file in which its agent stands."""

    team: str
    name: str
    path: str
    language: str | None = None

    @property
    def title(self) -> str:
        return f"{self.team}.{self.name}"

    @property
    def line(self) -> None:
        return None


def roster(teams: dict[str, Team]) -> list[Role]:
    """Every role of every team."""
    return [Role(name, r, team.file_of(r), team.language) for name, team in teams.items() for r in team.roles]


def agent_class(module: Module, role: str) -> Class | None:
    """The only top-level class whose name ends in Agent; of several, or of none, the one named after the role."""
    top = [c for c in module.classes if c.is_top_level]
    agents = [c for c in top if c.name.endswith("Agent")]
    if len(agents) == 1:
        return agents[0]
    wanted = role.replace("_", "").lower()
    named = [c for c in agents or top if wanted in c.name.lower().replace("_", "")]
    exact = [c for c in named if c.name.lower().replace("_", "").removesuffix("agent") == wanted]
    chosen = exact or named or (top if len(top) == 1 else [])
    return chosen[0] if chosen else None


@dataclass(frozen=True, eq=False)
class Edge:
    """One place at which a function of the agent calls or refers to another: `node` is the reference."""

    source: Function
    target: Function
    node: ast.expr
    call: ast.Call | None


class Agent:
    """An agent's class with all that runs when it works: its methods and the helpers of the repository that they call.

    A base class of the repository belongs to the agent: a call of the model in an inherited method is the agent's own.
    """

    def __init__(self, role: Role, cls: Class, names: Names, calls: LlmCalls, foreign: frozenset[Class]) -> None:
        self.role, self.cls, self._names, self._calls, self._foreign = role, cls, names, calls, foreign

    @property
    def module(self) -> Module:
        return self.cls.module

    @property
    def path(self) -> str:
        return self.cls.path

    @property
    def line(self) -> int:
        return self.cls.line

    @cached_property
    def family(self) -> tuple[Class, ...]:
        """The class and its base classes in the repository."""
        return tuple(c for c in self._names.ancestry(self.cls) if isinstance(c, Class))

    @cached_property
    def methods(self) -> dict[str, Function]:
        """The methods that an object of the class runs, by name."""
        found: dict[str, Function] = {}
        for owner in reversed(self.family):
            found |= owner.methods
        return found

    @cached_property
    def own(self) -> tuple[Function, ...]:
        """The methods, and overridden ones that a subclass's method still reaches through super()."""
        overridden = {e.target for m in self.methods.values() for e in self._edges_of(m) if e.target.cls in self.family}
        return tuple(dict.fromkeys([*self.methods.values(), *overridden]))

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The agent's methods, then the helpers that they call, as far as a helper asks the model."""
        return (*self.own, *dict.fromkeys(f for m in self.own for f in self._helpers(m, HELPER_STEPS)))

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Who calls or refers to whom among `functions`."""
        members = set(self.functions)
        return tuple(e for f in self.functions for e in self._edges_of(f) if e.target in members)

    def into(self, target: Function) -> list[Edge]:
        """The places that call or refer to the function, its own recursion left out."""
        return [e for e in self.edges if e.target is target and e.source is not target]

    @cached_property
    def sites(self) -> tuple[LlmCall, ...]:
        """Every call of the model that the agent makes itself, in a method or in a helper."""
        return tuple(dict.fromkeys(c for f in self.functions for c in self._calls.of_function(f)))

    def holder(self, site: LlmCall) -> Function:
        """The method or helper that a site stands in; functions nested in it belong to it."""
        function = site.function
        members = set(self.functions)
        while function is not None and function not in members:
            function = function.module.enclosing_function(function.node)
        return function or self.functions[0]

    @cached_property
    def constructor(self) -> Function | None:
        """The `__init__` that building the agent runs."""
        return self.methods.get("__init__")

    def callees(self, function: Function, call: ast.Call) -> list[Function]:
        """The agent's methods and the repository's functions that a call may run, constructors left out."""
        if isinstance(call.func, ast.Attribute) and is_self(call.func.value, function):
            return [self.methods[call.func.attr]] if call.func.attr in self.methods else []
        found = self._names.functions(function.module, call.func)
        return [f for f in found if f.name != "__init__"]

    def is_method(self, function: Function) -> bool:
        """Whether the function is the agent's, not a helper's."""
        return function.cls in self.family

    def is_public(self, function: Function) -> bool:
        """A method that others may call: no leading underscore (`__call__` and `__aiter__` are ways to call it)."""
        if not self.is_method(function) or self.methods.get(function.name) is not function:
            return False
        return not function.name.startswith("_") or function.name in ("__call__", "__aiter__")

    @cached_property
    def reached(self) -> frozenset[Function]:
        """The functions that a public method reaches, itself included."""
        return self.reaching([f for f in self.functions if self.is_public(f)])

    def reaching(self, starts: Iterable[Function]) -> frozenset[Function]:
        """The functions that one of the given ones reaches, itself included."""
        todo = list(starts)
        seen = set(todo)
        while todo:
            current = todo.pop()
            following = {e.target for e in self.edges if e.source is current} | set(self._behind_attributes(current))
            todo += following - seen
            seen |= following
        return frozenset(seen)

    def _behind_attributes(self, function: Function) -> Iterator[Function]:
        """Methods that the function reaches through an attribute such as a dispatch table filled elsewhere."""
        used = {n.attr for n in function.own_nodes if isinstance(n, ast.Attribute) and is_self(n.value, function)}
        for target, names in self.tables.items():
            if used & names:
                yield target

    @cached_property
    def tables(self) -> dict[Function, set[str]]:
        """Method -> attributes of the class whose value refers to it: `self._handlers = {"plan": self._plan}`."""
        found: dict[Function, set[str]] = {}
        for owner in self.family:
            for name, value, function in self._attribute_values(owner):
                for target in self._named_in(value, function):
                    found.setdefault(target, set()).add(name)
        return found

    def _attribute_values(self, owner: Class) -> Iterator[tuple[str, ast.expr, Function | None]]:
        for name, assigned in self._names.attributes(owner).items():
            yield from ((name, b.value, method) for method, b in assigned if b.value is not None)
        for name, bindings in self._names.bindings(owner).items():
            yield from ((name, b.value, None) for b in bindings if b.value is not None)

    def _named_in(self, value: ast.expr, function: Function | None) -> Iterator[Function]:
        """Methods referred to in a value: `self._plan` in a method, the bare name in the class body."""
        for node in ast.walk(value):
            if function is None and isinstance(node, ast.Name) and node.id in self.methods:
                yield self.methods[node.id]
            elif function and _own_name(node, function) in self.methods:
                yield self.methods[_own_name(node, function)]

    def _helpers(self, function: Function, steps: int) -> list[Function]:
        """Helpers outside the class that the function calls and that ask the model, themselves or through another."""
        if steps <= 0:
            return []
        found: list[Function] = []
        for edge in self._edges_of(function):
            if edge.target.cls in self.family or edge.target is function:
                continue
            below = self._helpers(edge.target, steps - 1)
            if below or self._calls.of_function(edge.target):
                found += [edge.target, *below]
        return found

    def _edges_of(self, function: Function) -> list[Edge]:
        if function not in self._edge_cache:
            self._edge_cache[function] = list(self._found_edges(function))
        return self._edge_cache[function]

    @cached_property
    def _edge_cache(self) -> dict[Function, list[Edge]]:
        return {}

    def _found_edges(self, function: Function) -> Iterator[Edge]:
        parents = function.module.parents
        for node in ast.walk(function.node):
            if isinstance(node, ast.Call):
                yield from self._by_name(function, node)
            if not isinstance(node, ast.Attribute | ast.Name) or not isinstance(node.ctx, ast.Load):
                continue
            parent = parents.get(node)
            call = parent if isinstance(parent, ast.Call) and parent.func is node else None
            for target in self._targets(function, node, call):
                yield Edge(function, target, node, call)

    def _by_name(self, function: Function, node: ast.Call) -> Iterator[Edge]:
        """Methods that are looked up by a name made at run time: `getattr(self, f"_on_{kind}")(data)`."""
        if call_name(node) != "getattr" or len(node.args) < 2 or not is_self(node.args[0], function):
            return
        if function.cls not in self.family:
            return
        parent = function.module.parents.get(node)
        call = parent if isinstance(parent, ast.Call) and parent.func is node else None
        for name, method in self.methods.items():
            if _fits(name, node.args[1]):
                yield Edge(function, method, node, call)

    def _targets(self, function: Function, node: ast.Attribute | ast.Name, call: ast.Call | None) -> Iterable[Function]:
        if isinstance(node, ast.Attribute) and is_self(node.value, function) and function.cls in self.family:
            return [self.methods[node.attr]] if node.attr in self.methods else []
        if call is None:
            return []
        found = self._names.functions(function.module, node)
        return [f for f in found if f.cls not in self._foreign and f.name != "__init__"]


def _fits(name: str, pattern: ast.expr) -> bool:
    """Whether a formatted text can be the name; a text without any constant part fits none."""
    parts = pattern.values if isinstance(pattern, ast.JoinedStr) else [pattern]
    if isinstance(pattern, ast.BinOp) and isinstance(pattern.op, ast.Add):
        parts = [pattern.left, pattern.right]
    texts = [text_of(p) for p in parts]
    if name.startswith("__") or not any(texts):
        return False
    return re.fullmatch("".join(".+" if t is None else re.escape(t) for t in texts), name) is not None


def is_self(node: ast.AST, function: Function) -> bool:
    """Whether the expression is the object whose method the function is (`self`, `cls`), in nested functions too."""
    owner = function.params[0].arg if function.cls and function.params else "self"
    return isinstance(node, ast.Name) and node.id == owner


def _own_name(node: ast.AST, function: Function) -> str:
    """`x` for `self.x`, else nothing."""
    return node.attr if isinstance(node, ast.Attribute) and is_self(node.value, function) else ""


def instances(names: Names, module: Module, node: ast.expr) -> list[Class]:
    """Classes of the repository that the expression may be an object of."""
    return [s.of for s in names.resolve(module, node) if isinstance(s, Instance) and isinstance(s.of, Class)]
