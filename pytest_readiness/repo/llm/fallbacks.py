"""What an agent answers when the model is away: the two paths of each call, and what they return instead."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm.agents import Agent, is_self
from pytest_readiness.repo.llm.calls import LlmCall
from pytest_readiness.repo.llm.computed import Context, Level, Levels, heard, values_of
from pytest_readiness.repo.llm.handles import Handles, Origin, passed
from pytest_readiness.repo.llm.paths import Ending, Fact, Walk, World
from pytest_readiness.repo.modules import Class, Function, Site, call_name, constant, dotted, text_of
from pytest_readiness.repo.names import External

if TYPE_CHECKING:
    from pytest_readiness.repo.llm.model import Llm

WALKS, ALL_WALKS = 40, 400
"""Most functions that are walked for one path of one call, and for all calls of an agent before only their own are."""
STEPS = 3
"""Most helpers that a substitute is followed through, and most callers that a failure is."""
_ERROR_KEYS = frozenset({"error", "errors", "exception"})
_SUCCESS_KEYS = frozenset({"success", "ok", "valid"})
_ERROR_STATES = frozenset({"error", "failed", "failure", "unavailable"})
_VENDOR_ERRORS = frozenset(
    {
        "OpenAIError",
        "APIError",
        "AnthropicError",
        "ClientError",
        "BotoCoreError",
        "GoogleAPIError",
        "GoogleAPICallError",
    }
)


@dataclass(frozen=True)
class Substitute:
    """What a path returns instead of an answer. `error` says why it is an error value, "" where it is none."""

    site: Site
    error: str
    computed: bool
    value: ast.expr | None = field(default=None, compare=False)
    at: Context | None = field(default=None, compare=False)

    @property
    def parts(self) -> set[ast.AST]:
        """The nodes of the value, and of all that the way put into the names in it."""
        found: set[ast.AST] = set()
        todo: list[ast.AST] = [self.value] if self.value is not None else []
        while todo:
            node = todo.pop()
            if node in found:
                continue
            found.add(node)
            writes = self.at.ending.state.writes.get(dotted(node) or "", ()) if self.at else ()
            todo += [*ast.iter_child_nodes(node), *(w.value for w in writes)]
        return found


@dataclass(frozen=True, eq=False)
class Path:
    """One of the two paths of a call: ABSENT or FAILURE. `missing` are the places where the failure goes on."""

    name: str
    substitutes: tuple[Substitute, ...]
    missing: tuple[Site, ...]

    @property
    def exists(self) -> bool:
        return bool(self.substitutes) and not self.missing

    @property
    def errors(self) -> list[Substitute]:
        return [s for s in self.substitutes if s.error]

    @property
    def holds(self) -> bool:
        """The path exists and ends in no error value."""
        return self.exists and not self.errors


@dataclass(frozen=True, eq=False)
class Outage:
    """A call of the model and its two paths."""

    site: LlmCall
    function: str
    """Name of the method or helper that makes the call."""
    paths: tuple[Path, ...]

    @property
    def shortcomings(self) -> list[Site]:
        """Why the agent gives no answer on a path: where the failure goes on, and error values."""
        found = [self._noted(p, m, m.note) for p in self.paths for m in p.missing]
        return found + [self._noted(p, s.site, s.error) for p in self.paths for s in p.errors]

    @property
    def hollow(self) -> list[Site]:
        """Substitutes that are the same for every request, or only echo it."""
        note = "what is returned instead does not depend on the request"
        return [self._noted(p, s.site, note) for p in self.paths for s in p.substitutes if not s.computed]

    @property
    def shown(self) -> list[Site]:
        """The call and what its paths return."""
        call = self.site.module.at(self.site.node, "the call of the model")
        returned = [self._noted(p, s.site, "returned instead") for p in self.paths for s in p.substitutes]
        return [call, *dict.fromkeys(returned)]

    def _noted(self, path: Path, site: Site, note: str) -> Site:
        when = "service absent" if path.name == "ABSENT" else "call fails"
        return replace(site, note=f"{when} (line {self.site.line}): {note}")


class Fallbacks:
    """The paths of one agent's calls."""

    def __init__(self, agent: Agent, handles: Handles, llm: Llm, asks: frozenset[ast.AST] | None = None) -> None:
        """`asks` are the calls that fail together; without it all that the agent makes."""
        self._agent, self._handles, self._llm = agent, handles, llm
        self._spent = 0
        self._asks = frozenset(s.node for s in agent.sites) if asks is None else asks
        self._handing = frozenset(s.node for s in agent.sites if s.passed)
        """Calls that are handed a completion method to run: what they return is that method's answer."""
        self._levels = Levels(self)
        self._origin_cache: dict[ast.AST, frozenset[object]] = {}

    @cached_property
    def outages(self) -> tuple[Outage, ...]:
        """Every call of the model with its two paths."""
        return tuple(Outage(s, self._agent.holder(s).name, self.paths(s)) for s in self._agent.sites)

    def paths(self, site: LlmCall) -> tuple[Path, Path]:
        """ABSENT and FAILURE."""
        return self._path(site, "ABSENT", absent=True), self._path(site, "FAILURE", absent=False)

    def instead(self, site: LlmCall, caller: Function, call: ast.Call) -> set[ast.AST]:
        """The nodes of what a caller returns when its call of the private method that asks at the site gave nothing."""
        nothing = Fact(False, is_none=True, telling=True)
        walk = Walk(caller, replace(self._world_of(site, absent=False), given={call: nothing}))
        ways = [e for e in walk.endings if e.kind == "return" and e.state.decided]
        places = [(caller.module.at(e.node, ""), Context(walk, e, {})) for e in ways]
        return {n for at, way in places for n in Substitute(at, "", False, way.ending.value, way).parts}

    def _path(self, site: LlmCall, name: str, *, absent: bool) -> Path:
        self._site, self._world = site, self._world_of(site, absent)
        self._ways: dict[object, tuple[list[Substitute], list[Site]]] = {}
        self._walks: dict[Function, Walk] = {}
        start = site.function or self._agent.holder(site)
        hits = frozenset(failing_at(start, site.node)) if not absent else frozenset({site.node})
        substitutes, missing = self._way(start, replace(self._world, hits=hits), frozenset())
        return Path(name, tuple(dict.fromkeys(substitutes)), tuple(dict.fromkeys(missing)))

    def _world_of(self, site: LlmCall, absent: bool) -> World:
        wanted = self._keys(self._agent.holder(site), site.receiver) if site.receiver is not None else frozenset()
        own = dotted(site.receiver) if site.receiver is not None else None
        return World(
            is_handle=lambda function, node: bool(wanted & self._keys(function, node)) or _same_attribute(own, node),
            catches=self.catches,
            method=self._callee_of,
            definitions=self._definitions,
            absent=absent,
            asks=self._asks,
        )

    def _keys(self, function: Function, node: ast.expr) -> frozenset[object]:
        """The origins of an expression, wherever they were written down."""
        if node not in self._origin_cache:
            found = self._handles.origins(function, node)
            self._origin_cache[node] = frozenset(_key(o) for o in found)
        return self._origin_cache[node]

    # the ways on which the model is away

    def _way(self, function: Function, world: World, seen: frozenset[Function]) -> tuple[list[Substitute], list[Site]]:
        """What a function answers while the model is away, and where the failure goes on; each looked at once."""
        key = (function, world.hits, frozenset(world.given))
        if key not in self._ways:
            self._ways[key] = ([], [])
            self._spent += 1
            more = len(self._ways) <= (WALKS if self._spent < ALL_WALKS else 1)
            self._ways[key] = self._new_way(function, world, seen) if more else ([], [])
        return self._ways[key]

    def _new_way(
        self, function: Function, world: World, seen: frozenset[Function]
    ) -> tuple[list[Substitute], list[Site]]:
        walk = self._walked(function, world)
        endings = [e for e in walk.endings if e.state.failed]
        if world.given or (world.absent and not endings):
            endings = [e for e in walk.endings if e.state.decided]
        substitutes: list[Substitute] = []
        missing: list[Site] = [] if endings else [self._untested(function)]
        for ending in heard(endings, walk):
            found, lost = self._ended(ending, walk, seen | {function})
            substitutes += found
            missing += lost
        return substitutes, missing

    def _walked(self, function: Function, world: World) -> Walk:
        """The walk; where the failing call is reached only after another one has failed, with that failing, too."""
        walk = Walk(function, world)
        if world.given or world.absent or any(e.state.failed for e in walk.endings):
            return walk
        return Walk(function, replace(world, hits=world.hits | self._asks | self._failing(function)))

    def _failing(self, function: Function) -> frozenset[ast.AST]:
        """Where the function runs others that ask."""
        askers = {f for f in self._agent.functions if self._asks & set(ast.walk(f.node))}
        edges = [e for e in self._agent.edges if e.source is function and self._agent.reaching([e.target]) & askers]
        return frozenset(n for e in edges for n in firing(function, e.node))

    def _untested(self, function: Function) -> Site:
        return function.module.at(
            self._site.node, f"nothing in `{function.name}` decides what happens without the model"
        )

    def _ended(self, ending: Ending, walk: Walk, seen: frozenset[Function]) -> tuple[list[Substitute], list[Site]]:
        if ending.kind == "raise":
            return self._raised(ending, seen)
        at = Context(walk, ending, self._request(walk.function), self._site.node)
        found, lost = [], []
        for value in values_of(ending, walk):
            made, raised = self._substitutes(value, at, STEPS)
            found += made
            lost += raised
        silent = [s for s in found if s.error] or self._default(ending) is not ending
        fact = _silence(self._default(ending), walk)
        if silent and fact is not None and self._is_inner(walk.function):
            further = self._silent(walk.function, fact, seen)
            if further is not None:
                return further
        return found, lost

    def _default(self, ending: Ending) -> Ending:
        """The way with the value that all callers give to a parameter that it returns (`return default`)."""
        function = ending.function
        name = ending.value.id if isinstance(ending.value, ast.Name) else ""
        if name not in {p.arg for p in function.params} or self._agent.is_public(function):
            return ending
        given = [passed(e.call, function, name) for e in self._agent.into(function) if e.call is not None]
        values = [g if g is not None else function.defaults.get(name) for g in given]
        empty = [v for v in values if v is not None and _error_value(v, "")]
        return replace(ending, value=empty[0]) if empty and len(empty) == len(values) else ending

    def _is_inner(self, function: Function) -> bool:
        """A private method, a helper, or a method inherited from a base class: the agent's own methods speak for it."""
        return not self._agent.is_public(function) or function.cls is not self._agent.cls

    def _raised(self, ending: Ending, seen: frozenset[Function]) -> tuple[list[Substitute], list[Site]]:
        """The failure goes on to the callers: each of them must catch it."""
        function = ending.function
        callers = [c for c in self._callers(function) if c[0] not in seen]
        if not callers or len(seen) > STEPS:
            return [], [function.module.at(ending.node, f"the failure leaves `{function.name}`")]
        ways = [self._way(caller, replace(self._world, hits=nodes), seen) for caller, nodes in callers]
        return [s for found, _ in ways for s in found], [m for _, lost in ways for m in lost]

    def _silent(
        self, function: Function, fact: Fact, seen: frozenset[Function]
    ) -> tuple[list[Substitute], list[Site]] | None:
        """A private method answers None, False or nothing: its callers may take that for "no answer" and go on.

        None where a caller hands the empty answer on.
        """
        callers = [c for c in self._callers(function) if c[0] not in seen]
        if not callers or len(seen) > STEPS:
            return None
        substitutes: list[Substitute] = []
        for caller, nodes in callers:
            calls = {parent for n in nodes if isinstance(parent := caller.module.parents.get(n), ast.Call)}
            found, lost = self._way(caller, replace(self._world, given=dict.fromkeys([*calls, *nodes], fact)), seen)
            if lost or not found:
                return None
            substitutes += found
        return substitutes, []

    def _callers(self, function: Function) -> list[tuple[Function, frozenset[ast.AST]]]:
        """Who runs the function: the function around a nested one, methods that call it or take it from a table."""
        if function not in self._caller_cache:
            self._caller_cache[function] = self._found_callers(function)
        return self._caller_cache[function]

    @cached_property
    def _caller_cache(self) -> dict[Function, list[tuple[Function, frozenset[ast.AST]]]]:
        return {}

    def _found_callers(self, function: Function) -> list[tuple[Function, frozenset[ast.AST]]]:
        if function not in self._agent.functions:
            outer = function.module.enclosing_function(function.node)
            return [(outer, _mentions(outer, function.name))] if outer else []
        found: dict[Function, set[ast.AST]] = {}
        for edge in self._agent.into(function):
            if edge.source.name != "__init__":
                found.setdefault(edge.source, set()).update(firing(edge.source, edge.node))
        tables = self._agent.tables.get(function, set())
        for method in self._agent.own if tables else ():
            used = {n for n in method.own_nodes if isinstance(n, ast.Attribute) and n.attr in tables}
            if used and method.name != "__init__":
                found.setdefault(method, set()).update(f for n in used for f in firing(method, n))
        status = self._llm.settings.status_methods
        return [(f, frozenset(n)) for f, n in found.items() if f in self._agent.reached and f.name not in status]

    # what is returned on them

    def _substitutes(self, value: ast.expr | None, at: Context, steps: int) -> tuple[list[Substitute], list[Site]]:
        """The value itself, or what the helper that it calls returns."""
        node = _unwrapped(value, at)
        if isinstance(node, ast.IfExp):
            pairs = [self._substitutes(v, at, steps) for v in (node.body, node.orelse)]
            decided = self._levels.of(node, at) is Level.COMPUTED
            return [_counted(s, decided) for found, _ in pairs for s in found], [m for _, lost in pairs for m in lost]
        handed = self._handed(node, at, steps) if isinstance(node, ast.Call) and steps > 0 else None
        if handed is not None:
            return handed
        follow = isinstance(node, ast.Call) and steps > 0 and node not in self._handing
        callee = self.callee(at.function, node) if follow else None  # type: ignore[arg-type]
        if callee is not None and isinstance(node, ast.Call):
            return self._returned(callee, self._levels.arguments(callee, node, at), at, steps)
        level = self._levels.of(value, at)
        place = at.function.module.at(value or at.ending.node, "")
        error = self._error(node, at) if value is not None else "nothing is returned"
        return [Substitute(place, error, level is Level.COMPUTED, value, at)], []

    def _handed(self, node: ast.Call, at: Context, steps: int) -> tuple[list[Substitute], list[Site]] | None:
        """A fallback that the callers hand over: `otherwise()`, where they give a lambda, a method or a partial."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name not in {p.arg for p in at.function.params}:
            return None
        found: list[Substitute] = []
        missing: list[Site] = []
        for edge in self._agent.into(at.function):
            given = passed(edge.call, at.function, name) if edge.call is not None else None
            if given is None:
                continue
            walk = self.walk(edge.source)
            there = Context(walk, walk.endings[0], self._request(edge.source), depth=at.depth - 1)
            made, lost = self._substitutes(_as_call(given, node, at.function, edge.call), there, steps - 1)
            found += made
            missing += lost
        return (found, missing) if found or missing else None

    def _returned(
        self, callee: Function, params: dict[str, Level], at: Context, steps: int
    ) -> tuple[list[Substitute], list[Site]]:
        walk = self.walk(callee)
        ways = [Context(walk, e, params, depth=at.depth - 1) for e in heard(walk.endings, walk) if e.kind != "raise"]
        if not ways:
            return [], [callee.module.at(callee.node, f"the fallback `{callee.name}` raises itself")]
        chosen = self._levels.chooses(ways)
        pairs = [self._substitutes(v, way, steps - 1) for way in ways for v in values_of(way.ending, walk)]
        return [_counted(s, chosen) for found, _ in pairs for s in found], [m for _, lost in pairs for m in lost]

    def _request(self, function: Function) -> dict[str, Level]:
        """The parameters that carry the request: all but the object and the handle, those of functions around too."""
        found: dict[str, Level] = {}
        current: Function | None = function
        while current is not None:
            for param in current.params:
                name = ast.Name(param.arg, ast.Load())
                handle = param.arg in ("self", "cls") or self._world.is_handle(current, name)
                found.setdefault(param.arg, Level.CONSTANT if handle else Level.ECHO)
            current = current.module.enclosing_function(current.node)
        return found

    def _error(self, node: ast.expr | None, at: Context) -> str:
        """Why a value is an error value; "" where it is none."""
        if isinstance(node, ast.Name | ast.Attribute):
            writes = at.ending.state.writes.get(dotted(node) or "", ())
            reasons = [_error_value(w.value, at.ending.state.error) for w in writes]
            grown = len(reasons) > 1 and reasons[0].startswith("an empty")
            return next((r for r in (reasons[1:] if grown else reasons) if r), "")
        return _error_value(node, at.ending.state.error)

    def result(self, method: Function) -> tuple[Level, bool]:
        """How much of its arguments is in what a method returns, and whether it returns more than error values."""
        self._world, self._walks = self._neutral(), {}
        params = {p.arg: Level.CONSTANT if p.arg == "self" else Level.ECHO for p in method.params}
        walk = self.walk(method)
        ways = [Context(walk, e, params) for e in heard(walk.endings, walk) if e.kind != "raise"]
        answers = [v for w in ways for v in values_of(w.ending, walk) if v is not None and not self._error(v, w)]
        return self._levels.result(method, params, STEPS), bool(answers)

    def _neutral(self) -> World:
        return World(lambda *_: False, self.catches, self._callee_of, self._definitions, absent=False)

    # what the walk and the levels ask

    def handed(self, node: ast.Call, at: Context) -> Level | None:
        """What a fallback that the callers hand over gives: the least of what they give; None for any other call."""
        found = self._handed(node, at, STEPS)
        if found is None:
            return None
        return Level.COMPUTED if found[0] and all(s.computed for s in found[0]) else Level.CONSTANT

    def callee(self, function: Function, call: ast.Call) -> Function | None:
        """The agent's method or the helper of the repository that a call runs."""
        name = call_name(call)
        if isinstance(call.func, ast.Attribute) and is_self(call.func.value, function) and function.cls:
            return self._agent.methods.get(name)
        found = [f for f in self._llm.names.functions(function.module, call.func) if f.name != "__init__"]
        return found[0] if len(found) == 1 else None

    def _callee_of(self, function: Function, call: ast.Call) -> Function | None:
        return self.callee(function, call)

    def walk(self, function: Function) -> Walk:
        """The ways through a function while the model is away."""
        if function not in self._walks:
            self._walks[function] = Walk(function, replace(self._world, hits=frozenset()))
        return self._walks[function]

    def is_constructor(self, function: Function, call: ast.Call) -> bool:
        """Whether the call builds an object of a class of the repository."""
        return bool(self._llm.names.constructed(function.module, call))

    def _definitions(self, function: Function, node: ast.Attribute) -> list[tuple[Function, ast.expr]]:
        if not (self._agent.is_method(function) and is_self(node.value, function)):
            return []
        assigned = (a for c in self._agent.family for a in self._llm.names.attributes(c).get(node.attr, []))
        return [(method, binding.value) for method, binding in assigned if binding.value is not None]

    def catches(self, function: Function, handler: ast.ExceptHandler, raised: ast.expr | None) -> bool:
        """Whether a handler catches the model's failure, or what is raised instead."""
        if handler.type is None:
            return True
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        return any(self._type_catches(function, t, raised) for t in types)

    def _type_catches(self, function: Function, kind: ast.expr, raised: ast.expr | None) -> bool:
        last = (dotted(kind) or "").rpartition(".")[2]
        if last in ("Exception", "BaseException"):
            return True
        classes = self._llm.names.classes(function.module, kind)
        own = self._raised_classes(function, raised)
        if own:
            return any(c in self._llm.names.ancestry(o) for o in own for c in classes) or last in _builtin_bases(
                own, self._llm
            )
        named = raised.func if isinstance(raised, ast.Call) else raised
        if named is not None and isinstance(getattr(builtins, dotted(named) or "", None), type):
            return _is_builtin_subclass(dotted(named) or "", last)
        return any(c in self._llm.service_errors for c in classes) or self._vendor_error(function, kind, last)

    def _vendor_error(self, function: Function, kind: ast.expr, last: str) -> bool:
        if last in ("AttributeError", "TypeError") and self._world.absent:
            return True
        outside = any(isinstance(s, External) for s in self._llm.names.resolve(function.module, kind))
        return outside and last in _VENDOR_ERRORS

    def _raised_classes(self, function: Function, raised: ast.expr | None) -> list[Class]:
        named = raised.func if isinstance(raised, ast.Call) else raised
        return self._llm.names.classes(function.module, named) if named is not None else []


def _same_attribute(own: str | None, node: ast.expr) -> bool:
    """The very attribute that the call is made on, wherever it is filled."""
    return own is not None and own.startswith("self.") and dotted(node) == own


def _key(origin: Origin) -> object:
    return origin.source, origin.name, origin.key, origin.function, origin.cls


def _counted(substitute: Substitute, decided: bool) -> Substitute:
    return replace(substitute, computed=substitute.computed or decided)


def _unwrapped(value: ast.expr | None, at: Context) -> ast.expr | None:
    """The expression behind await and names that the way assigned once."""
    for _ in range(8):
        if isinstance(value, ast.Await | ast.NamedExpr | ast.Starred):
            value = value.value
            continue
        writes = at.ending.state.writes.get(dotted(value) or "", ()) if value is not None else ()
        if len(writes) != 1 or not isinstance(writes[0].value, ast.Call | ast.Await | ast.Name | ast.IfExp):
            return value
        value = writes[0].value
    return value


def _as_call(given: ast.expr, call: ast.Call, function: Function, outer: ast.Call | None) -> ast.expr:
    """What calling a lambda, a partial or a method that was handed over evaluates, in the caller's words."""
    if isinstance(given, ast.Lambda):
        return given.body
    if isinstance(given, ast.Call) and call_name(given) == "partial" and given.args:
        return ast.copy_location(ast.Call(given.args[0], given.args[1:], given.keywords), given)
    stars = function.node.args.vararg
    arguments: list[ast.expr] = []
    for argument in call.args:
        name = dotted(argument.value if isinstance(argument, ast.Starred) else argument) or ""
        if stars is not None and name == stars.arg and outer is not None:
            arguments += outer.args[len(function.node.args.args) - (function.cls is not None) :]
        elif outer is not None and (value := passed(outer, function, name)) is not None:
            arguments.append(value)
    return ast.copy_location(ast.Call(given, arguments, []), given)


def _silence(ending: Ending, walk: Walk) -> Fact | None:
    """None, False or an empty literal that a method answers with: its caller can tell it from an answer."""
    if walk.is_generator:
        return None
    value = ending.value
    if value is None or (isinstance(value, ast.Constant) and value.value is None):
        return Fact(False, is_none=True, telling=True)
    empty = isinstance(value, ast.Constant) and not value.value
    hollow = isinstance(value, ast.Dict | ast.List | ast.Tuple) and not list(ast.iter_child_nodes(value))[:-1]
    return Fact(False, telling=True) if empty or hollow or _is_empty(value) else None


def _is_empty(node: ast.expr) -> bool:
    match node:
        case ast.Dict(keys=[]) | ast.List(elts=[]) | ast.Tuple(elts=[]):
            return True
        case ast.Call(func=ast.Name(id="dict" | "list" | "set" | "tuple" | "str"), args=[], keywords=[]):
            return True
    return isinstance(node, ast.Constant) and node.value in ("", b"")


def _error_value(node: ast.expr | None, error: str) -> str:
    if node is None or (isinstance(node, ast.Constant) and node.value is None):
        return "None is returned"
    if isinstance(node, ast.Constant) and node.value is False:
        return "False is returned"
    if _is_empty(node):
        return "an empty value is returned"
    if isinstance(node, ast.Dict):
        return _error_entries([(text_of(k), v) for k, v in zip(node.keys, node.values, strict=True)])
    if isinstance(node, ast.Call) and node.keywords and not node.args:
        return _error_entries([(k.arg, k.value) for k in node.keywords])
    return "only the error is returned" if _only_error(node, error) else ""


def _error_entries(entries: list[tuple[str | None, ast.expr]]) -> str:
    for key, value in entries:
        if key in _ERROR_KEYS and not (isinstance(value, ast.Constant) and not value.value) and not _is_empty(value):
            return f"an error is returned (`{key}`)"
        if key in _SUCCESS_KEYS and constant(value) is False:
            return f"an error is returned (`{key}` is False)"
        state = text_of(value) or (value.attr if isinstance(value, ast.Attribute) else "")
        if key == "status" and state.lower() in _ERROR_STATES:
            return f"an error is returned (status {state})"
    return ""


def _only_error(node: ast.expr, error: str) -> bool:
    """`str(e)`, `f"failed: {e}"`: nothing but the caught exception."""
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - {"str", "repr"}
    return bool(error) and names == {error} and isinstance(node, ast.Call | ast.JoinedStr | ast.Name | ast.BinOp)


def firing(function: Function, node: ast.AST) -> set[ast.AST]:
    """The nodes at which a function that is referred to runs: calls of the name it is bound to, else the reference."""
    names: set[str] = set()
    for parent in function.module.ancestors(node):
        if isinstance(parent, ast.Call) and parent.func is not node:
            return {node}
        if isinstance(parent, ast.Assign):
            names |= {n.id for t in parent.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        elif isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension):
            names |= {n.id for n in ast.walk(parent.target) if isinstance(n, ast.Name)}
        if isinstance(parent, ast.stmt):
            break
    calls = [c for c in function.calls if _root_name(c.func) in names]
    return set(calls) or {node}


def failing_at(function: Function, node: ast.AST) -> set[ast.AST]:
    """Where a failing call of the model raises: where a task, a stream or a `partial` made of it is awaited or run."""
    names: set[str] = set()
    for parent in function.module.ancestors(node):
        if isinstance(parent, ast.Await | ast.AsyncFor | ast.Lambda | ast.comprehension):
            return {node}
        if isinstance(parent, ast.Assign):
            names |= {n.id for t in parent.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
        if isinstance(parent, ast.stmt):
            break
    later = [a for a in function.own_nodes if _runs(a, names)] if names else []
    partial = isinstance(node, ast.Call) and call_name(node) == "partial"
    calls = [c for c in function.calls if partial and any(_is_any(a, names) for a in (c.func, *c.args))]
    return set(calls) or {p for a in later for p in ([a.iter] if isinstance(a, ast.AsyncFor) else [a])} or {node}


def _runs(node: ast.AST, names: set[str]) -> bool:
    """`await name`, `await gather(*name)`, `async for x in name`."""
    if not isinstance(node, ast.Await | ast.AsyncFor):
        return False
    waited = node.iter if isinstance(node, ast.AsyncFor) else node.value
    given = waited.args if isinstance(waited, ast.Call) else []
    return any(_is_any(part, names) for part in (waited, *given))


def _is_any(node: ast.expr, names: set[str]) -> bool:
    node = node.value if isinstance(node, ast.Starred) else node
    return isinstance(node, ast.Name) and node.id in names


def _root_name(node: ast.expr) -> str:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _mentions(function: Function, name: str) -> frozenset[ast.AST]:
    return frozenset(
        n for n in function.own_nodes if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Load)
    )


def _builtin_bases(classes: list[Class], llm: Llm) -> Iterator[str]:
    for cls in classes:
        for base in llm.names.ancestry(cls):
            if isinstance(base, External):
                name = base.name.removeprefix("builtins.")
                kind = getattr(builtins, name, None)
                yield from (k.__name__ for k in kind.__mro__) if isinstance(kind, type) else (name.rpartition(".")[2],)


def _is_builtin_subclass(raised: str, caught: str) -> bool:
    kinds = getattr(builtins, raised, None), getattr(builtins, caught, None)
    return all(isinstance(k, type) for k in kinds) and issubclass(kinds[0], kinds[1])  # type: ignore[arg-type]
