"""What a team offers to others: MCP tools and, where it has none, HTTP routes, each with its parameters."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.annotations import last_name, named_classes
from pytest_readiness.repo.code_values import CodeValues
from pytest_readiness.repo.handbook.teams import AgentTeam
from pytest_readiness.repo.modules import Function, Module, argument, call_name, text_of
from pytest_readiness.repo.web import Handler, Input

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_GIVEN = frozenset({"self", "cls", "ctx", "context"})
_FRAMEWORK = frozenset({"Request", "Response", "WebSocket", "BackgroundTasks", "Context", "HTTPConnection"})
"""Types whose values the framework supplies: no caller passes them."""
_SCHEMAS = ("input_schema", "inputSchema", "args_schema", "parameters")


@dataclass(frozen=True)
class Parameter:
    """What a caller passes. `also` are other ways to write it: all of these names together stand for it."""

    name: str
    also: tuple[tuple[str, ...], ...] = ()

    def is_named(self, text: str) -> bool:
        """Whether the text names it as a whole word."""
        return any(all(has_word(text, n) for n in names) for names in ((self.name,), *self.also))


@dataclass(frozen=True)
class Offer:
    """A tool or route: its name (of a route: its path) and what a caller passes."""

    name: str
    parameters: tuple[Parameter, ...]
    path: str
    line: int | None
    is_route: bool = False

    @property
    def title(self) -> str:
        return f"{'route' if self.is_route else 'tool'} {self.name}"


class Tools:
    """The tools and routes of the product code."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def offered_by(self, team: AgentTeam) -> list[Offer]:
        """The team's tools; where it has none, its routes."""
        tools = [t for m in team.modules for t in self._tools(m)]
        return list(dict.fromkeys(tools)) or self._routes(team)

    def _tools(self, module: Module) -> Iterator[Offer]:
        for function in module.functions:
            for decorator in function.node.decorator_list:
                target = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(target, ast.Attribute) and target.attr == "tool":
                    yield self._of_function(function, decorator)
        for call in module.calls:
            if call_name(call).endswith("Tool"):
                yield from self._of_object(module, call)
            elif call_name(call) == "add_tool" and call.args:
                yield from (self._of_function(f, call) for f in self._repo.names.functions(module, call.args[0]))

    def _of_function(self, function: Function, node: ast.expr) -> Offer:
        """A function that is registered: by its own name, or by the one that the registration gives it."""
        given = text_of(argument(node, "name")) if isinstance(node, ast.Call) else None
        first = text_of(node.args[0]) if isinstance(node, ast.Call) and node.args else None
        params = [p for p in function.params if p.arg not in _GIVEN and not _type_names(p) & _FRAMEWORK]
        return Offer(
            given or first or function.name, tuple(Parameter(p.arg) for p in params), function.path, function.line
        )

    def _of_object(self, module: Module, call: ast.Call) -> Iterator[Offer]:
        """`Tool(name="x", input_schema={"properties": {...}})`."""
        name = text_of(argument(call, "name"))
        if name is None:
            return
        schema = next((a for key in _SCHEMAS if (a := argument(call, key)) is not None), None)
        keys = tuple(Parameter(k) for k in self._properties(module, schema))
        yield Offer(name, keys, module.path, call.lineno)

    def _properties(self, module: Module, schema: ast.expr | None) -> list[str]:
        """The keys of `properties` in a schema, or the fields of the model that it is made from."""
        if schema is None:
            return []
        match schema:
            case ast.Call(func=ast.Attribute(value=ast.expr() as model, attr="model_json_schema" | "schema")):
                return [f for c in self._repo.names.classes(module, model) for f in c.fields]
        found = self._values.of(module, schema).get("properties")
        return list(found.entries) if found is not None else self._fields(module, schema)

    def _fields(self, module: Module, schema: ast.expr) -> list[str]:
        return [f for c in self._repo.names.classes(module, schema) for f in c.fields]

    def _routes(self, team: AgentTeam) -> list[Offer]:
        handlers = (h for h in self._repo.web.handlers if team.holds(h.path))
        found = (self._of_handler(h, url) for h in handlers for url in self._repo.web.paths(h))
        return list({o.name: o for o in found}.values())

    def _of_handler(self, handler: Handler, url: str) -> Offer:
        """The path names what stands in it; all else that a caller sends is a parameter."""
        named = set(re.findall(r"\w+", url))
        inputs = [i for i in self._repo.web.inputs(handler.function) if _is_passed(handler.function, i)]
        inputs = [i for i in inputs if i.name not in named]
        return Offer(url or "/", tuple(_parameter(i) for i in inputs), handler.path, handler.line, is_route=True)

    @cached_property
    def _values(self) -> CodeValues:
        return CodeValues(self._repo.names, self._repo.origins)


def has_word(text: str, word: str) -> bool:
    """Whether the text holds the word, with no letter, digit or underscore before or after it."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def _type_names(param: ast.arg) -> set[str]:
    return {last_name(e) for e in named_classes(param.annotation)}


def _is_passed(function: Function, given: Input) -> bool:
    """Whether a caller sends the input: the framework supplies dependencies and the request itself."""
    param = next(p for p in function.params if p.arg == given.name)
    return given.source != "depends" and given.name not in _GIVEN and not _type_names(param) & _FRAMEWORK


def _parameter(given: Input) -> Parameter:
    """A body may be called by its model's name, or by the model's fields."""
    also = [names for model in given.models for names in ((model.name,), model.fields) if names]
    return Parameter(given.alias or given.name, tuple(also))
