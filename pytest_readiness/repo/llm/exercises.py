"""Which tests drive an agent's calls of the model, and how they build it: without the model, failing, answering."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm.doubles import Double, Doubles, Mode
from pytest_readiness.repo.llm.handles import Origin, Source
from pytest_readiness.repo.modules import Class, Function, Site, argument, call_name, constant, dotted, text_of
from pytest_readiness.repo.suite import TestCase
from pytest_readiness.repo.suite.outcomes import Outcomes, Texts
from pytest_readiness.repo.suite.replacing import Replacement
from pytest_readiness.repo.suite.values import Found, Spot, TestValues

if TYPE_CHECKING:
    from pytest_readiness.repo.llm.links import Links
    from pytest_readiness.repo.llm.model import Llm
    from pytest_readiness.repo.suite import Suite

__all__ = ["Exercise", "Exercises", "Mode"]
_READERS = frozenset({"str", "list", "tuple", "dict", "len", "sorted", "loads", "join", "repr", "next", "any", "all"})


@dataclass(frozen=True, eq=False)
class Exercise:
    """A test that builds an agent, calls a method of it, and asserts something about the result."""

    case: TestCase
    call: Site
    doubles: tuple[Double, ...]
    reaches_model: bool
    """The method reaches a call of the model."""
    texts: frozenset[str]
    """The texts that its assertions compare with the answer, or with what the double received."""

    @property
    def modes(self) -> frozenset[Mode]:
        """How the agent was built."""
        return frozenset(d.mode for d in self.doubles)

    @property
    def has_real_service(self) -> bool:
        """The agent was given an object of the product's own service class, nothing of it replaced."""
        return any(d.real for d in self.doubles)


@dataclass(frozen=True, eq=False)
class _Asked:
    """A call of an agent's method, and what the agent was built with."""

    links: Links
    method: Function
    doubles: tuple[Double, ...]


class Exercises:
    """The exercises of the roster's agents by the repository's tests."""

    def __init__(self, suite: Suite, llm: Llm) -> None:
        self._suite, self._llm = suite, llm

    def of(self, title: str) -> list[Exercise]:
        """The exercises of one agent, by file and line of the test."""
        return self._all.get(title, [])

    @cached_property
    def _all(self) -> dict[str, list[Exercise]]:
        found: dict[str, list[Exercise]] = {}
        agents = {k.agent.module for k in self._llm.all_links}
        for case in self._suite.counted:
            if not agents.isdisjoint(self._suite.subjects(case)):
                for row in case.rows:
                    reader = _Reader(case, self._suite, self._llm, self._suite.values(case, row))
                    for title, exercise in reader.exercises():
                        found.setdefault(title, []).append(exercise)
        return found


class _Reader:
    """Reads one run of one test."""

    def __init__(self, case: TestCase, suite: Suite, llm: Llm, values: TestValues) -> None:
        self._case, self._suite, self._llm, self._values = case, suite, llm, values
        self._definitions = suite.definitions(case.module)
        self._names = suite.context(case.module)[1]
        self._doubles = Doubles(values, self._definitions, self._names, llm)

    def exercises(self) -> Iterator[tuple[str, Exercise]]:
        """Agent and exercise for each call of an agent's method whose outcome is asserted."""
        outcomes = Outcomes(self._case, self._suite, self._values)
        for found in outcomes.of(self._asked, self._about_doubles):
            if found.checks:
                texts = frozenset(t for c in found.checks for t in Texts(c, self._values).compared)
                call = found.spot.module.at(found.call, f"{self._case.name} calls {found.what.method.name}")
                reaches = self._reaches(found.what.links, found.what.method)
                title = found.what.links.agent.role.title
                yield title, Exercise(self._case, call, found.what.doubles, reaches, texts)

    def _asked(self, spot: Spot, node: ast.Call) -> Iterator[_Asked]:
        """Which methods of which agents a call runs."""
        for receiver, method in _receivers(node, spot, self._values):
            if method in self._llm.settings.status_methods or method.startswith("__"):
                continue
            for built in self._values.of(spot, receiver):
                for links in self._agents(built):
                    function = links.agent.methods.get(method)
                    if function is not None:
                        yield _Asked(links, function, tuple(self._built(links, built, receiver)))

    def _agents(self, built: Found) -> Iterator[Links]:
        """The roster agents of whose class an expression builds an object."""
        if not isinstance(built.node, ast.Call):
            return
        classes = self._names.classes(built.spot.module, built.node.func)
        for value in self._values.of(built.spot, built.node.func):
            classes = [*classes, *self._names.classes(value.spot.module, value.node)]
        yield from (k for k in self._llm.all_links if k.agent.cls in classes)

    def _reaches(self, links: Links, method: Function) -> bool:
        reached = links.agent.reaching([method])
        if links.sites:
            return bool({links.agent.holder(s) for s in links.sites} & reached)
        classes = {d.agent.cls for d in links.delegates}
        return any(self._refers(f, classes, links) for f in reached)

    def _refers(self, function: Function, classes: set[Class], links: Links) -> bool:
        """Whether the function builds one of the agents, or reads an attribute in which one is kept."""
        kept = {
            name
            for owner in links.agent.family
            for name, assigned in self._llm.names.attributes(owner).items()
            for where, binding in assigned
            if binding.value is not None and _mentions_class(self._llm, where, binding.value, classes)
        }
        nodes = function.own_nodes
        if any(isinstance(n, ast.Attribute) and n.attr in kept for n in nodes):
            return True
        return any(classes & set(self._llm.names.classes(function.module, c.func)) for c in function.calls)

    def _about_doubles(self, asked: _Asked, function: Function, spot: Spot) -> frozenset[ast.AST]:
        """Expressions that read something of the double: `model.calls`, and names that hold it."""
        made = {d.node for d in asked.doubles if d.mode is not Mode.ABSENT}
        names: set[str] = set()
        nodes = [n for n in ast.walk(function.node) if isinstance(n, ast.expr)]
        roots = {n for n in nodes if _is_root(n) and made & self._values.nodes(spot, n)} if made else set()
        found: set[ast.AST] = set()
        for _ in range(2):
            found = {n for n in nodes if _reads(n, roots, names)}
            names |= {name for n in function.own_nodes for name in _names_for(n, found)}
        return frozenset(found)

    # how is the agent built?

    def _built(self, links: Links, built: Found, receiver: ast.expr) -> Iterator[Double]:
        later = list(self._set_later(links, built, receiver))
        if later:
            yield from later
            return
        for origin in links.origins or ():
            match origin.source:
                case Source.PARAMETER:
                    yield from self._supplied(links, origin, built)
                case Source.VENDOR:
                    yield from self._vendor(links)
                case Source.ACCESSOR | Source.BUILT:
                    yield from self._patched(origin.name)

    def _supplied(self, links: Links, origin: Origin, built: Found) -> Iterator[Double]:
        call = built.node
        if not isinstance(call, ast.Call) or (origin.function is not None and origin.function.name != "__init__"):
            return
        value = self._llm.wiring.given(links.agent.cls, origin.name, call)
        if value is None:
            spread = any(k.arg is None for k in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args)
            yield from self._spread(call, origin, built) if spread else [Double(Mode.ABSENT, call)]
            return
        for found in self._values.of(built.spot, value):
            yield from self._entry(found, origin.key) if origin.key else self._doubles.of(found)

    def _spread(self, call: ast.Call, origin: Origin, built: Found) -> Iterator[Double]:
        """`Agent(**arguments)`."""
        for mapping in (k.value for k in call.keywords if k.arg is None):
            for found in self._values.of(built.spot, mapping):
                yield from self._spread_entry(found, origin)

    def _spread_entry(self, found: Found, origin: Origin) -> Iterator[Double]:
        """What stands in a mapping of arguments for the parameter."""
        pairs = zip(found.node.keys, found.node.values, strict=True) if isinstance(found.node, ast.Dict) else ()
        given = [v for k, v in pairs if text_of(k) == origin.name]
        if origin.key is None or not given:
            yield from self._entry(found, origin.name)
            return
        for inner in self._values.of(found.spot, given[0]):
            yield from self._entry(inner, origin.key)

    def _entry(self, found: Found, key: str) -> Iterator[Double]:
        """What stands in a mapping under the key, or in an object under the attribute."""
        node = found.node
        later = [s for s in self._doubles.settings_on(found) if s.chain == key]
        for spot, value in [*((s.spot, s.value) for s in later), *self._put(found, key)]:
            yield from (d for inner in self._values.of(spot, value) for d in self._doubles.of(inner))
            return
        if isinstance(node, ast.Constant) and node.value is None:
            yield Double(Mode.ABSENT, node)
        elif isinstance(node, ast.Dict):
            yield from self._in_dict(found, node, key)
        elif isinstance(node, ast.Call):
            yield from self._in_call(found, node, key)

    def _put(self, found: Found, key: str) -> Iterator[tuple[Spot, ast.expr]]:
        """`services["llm"] = model` after the mapping was made."""
        function = found.spot.function
        for node in ast.walk(function.node) if function else ():
            for target in node.targets if isinstance(node, ast.Assign) else ():
                put = isinstance(target, ast.Subscript) and text_of(target.slice) == key
                if put and found.node in self._values.nodes(found.spot, target.value):  # type: ignore[attr-defined]
                    yield found.spot, node.value  # type: ignore[attr-defined]

    def _in_dict(self, found: Found, node: ast.Dict, key: str) -> Iterator[Double]:
        values = [v for k, v in zip(node.keys, node.values, strict=True) if text_of(k) == key]
        for value in values:
            yield from (d for inner in self._values.of(found.spot, value) for d in self._doubles.of(inner))
        for value in [v for k, v in zip(node.keys, node.values, strict=True) if k is None and not values]:
            yield from (d for inner in self._values.of(found.spot, value) for d in self._entry(inner, key))
        if not values and None not in node.keys:
            yield Double(Mode.ABSENT, node)

    def _in_call(self, found: Found, node: ast.Call, key: str) -> Iterator[Double]:
        given = argument(node, key)
        for inner in self._values.of(found.spot, given):
            yield from self._doubles.of(inner)
        if given is None and call_name(node) == "dict" and not node.args:
            yield Double(Mode.ABSENT, node)

    def _set_later(self, links: Links, built: Found, receiver: ast.expr) -> Iterator[Double]:
        """`agent.llm = None`, `monkeypatch.setattr(agent, "llm", FailingModel())`, `agent.llm.complete = Mock(…)`."""
        attributes = {s.receiver.attr for s in links.sites if isinstance(s.receiver, ast.Attribute)}
        whole: list[Double] = []
        parts: list[Double] = []
        for replacement in self._doubles.replaced:
            where = Spot(replacement.function.module, replacement.function)
            if replacement.owner is None or not self._is_part(replacement, built, receiver, where):
                continue
            value = replacement.value or replacement.node
            chain = _below_root(replacement.owner)
            if not chain and replacement.name in attributes and isinstance(value, ast.expr):
                whole += [d for found in self._values.of(where, value) for d in self._doubles.of(found)]
            elif chain and chain[0] in attributes and isinstance(value, ast.expr):
                parts += [Double(mode, value) for mode in self._doubles.replaced_by(replacement)]
        yield from parts or whole

    def _is_part(self, replacement: Replacement, built: Found, receiver: ast.expr, spot: Spot) -> bool:
        """Whether the replaced attribute belongs to the agent that the test built."""
        root = _root(replacement.owner) if replacement.owner is not None else None
        if root is None:
            return False
        same = root is not None and dotted(root) is not None and dotted(root) == dotted(receiver)
        return built.node in self._values.nodes(spot, root) or (same and spot.function is built.spot.function)

    def _vendor(self, links: Links) -> Iterator[Double]:
        """For a client that the agent builds itself: its key variable removed, or its class patched."""
        wanted = {text_of(a) for f in links.agent.own for c in f.calls if _reads_environment(c) for a in c.args[:1]}
        removing = next((n for f in self._definitions.used(self._case) if (n := _removes(f, wanted))), None)
        if removing is not None:
            yield Double(Mode.ABSENT, removing)
        clients = {o.name.rpartition(".")[2] for o in links.origins if o.source is Source.VENDOR}
        yield from (d for name in sorted(clients) for d in self._patched(name))

    def _patched(self, name: str) -> Iterator[Double]:
        """What is patched in for an accessor or a vendor's class."""
        for replacement in self._doubles.replaced:
            if replacement.name != name or not isinstance(replacement.node, ast.Call):
                continue
            spot = Spot(replacement.function.module, replacement.function)
            returned = argument(replacement.node, "return_value")
            if returned is not None:
                yield from (d for f in self._values.of(spot, returned) for d in self._doubles.of(f))
            elif replacement.value is None:
                yield from self._doubles.of(Found(spot, replacement.node))
            else:
                for found in self._values.of(spot, replacement.value):
                    yield from self._made(found)

    def _made(self, found: Found) -> Iterator[Double]:
        """What calling the replacement of a class or accessor gives: `lambda: FailingModel()`, a class, a mock."""
        node = found.node
        if isinstance(node, ast.Lambda):
            yield from (d for f in self._values.of(found.spot, node.body) for d in self._doubles.of(f))
        elif isinstance(node, ast.Name | ast.Attribute):
            call = ast.Call(node, [], [])
            helper = self._names.functions(found.spot.module, node)
            values = [(Spot(f.module, f), r.value) for f in helper for r in f.returns if r.value is not None]
            for spot, value in values:
                yield from (d for f in self._values.of(spot, value) for d in self._doubles.of(f))
            yield from self._doubles.of(Found(found.spot, call)) if not values else ()
        else:
            yield from self._doubles.of(found)


def _receivers(node: ast.Call, spot: Spot, values: TestValues) -> Iterator[tuple[ast.expr, str]]:
    """The object and the method of `agent.plan(…)` or `getattr(agent, name)(…)`."""
    func = node.func
    if isinstance(func, ast.Attribute):
        yield func.value, func.attr
    elif isinstance(func, ast.Call) and call_name(func) == "getattr" and len(func.args) >= 2:
        for found in values.of(spot, func.args[1]):
            yield func.args[0], str(constant(found.node) or "")
    elif isinstance(func, ast.Name):
        for found in values.of(spot, func):
            if isinstance(found.node, ast.Attribute) and found.spot.function is spot.function:
                yield found.node.value, found.node.attr


def _mentions_class(llm: Llm, where: Function, node: ast.expr, classes: set[Class]) -> bool:
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call))
    return any(classes & set(llm.names.classes(where.module, c.func)) for c in calls)


def _is_root(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and dotted(node.value) == "self")


def _reads(node: ast.expr, roots: set[ast.expr], names: set[str]) -> bool:
    """An attribute, item or method of the double, or a name that holds what was read of it."""
    if isinstance(node, ast.Name):
        return node.id in names and isinstance(node.ctx, ast.Load)
    if not isinstance(node, ast.Attribute | ast.Subscript):
        return False
    root: ast.AST = node.value
    while root not in roots and isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
        root = root.func if isinstance(root, ast.Call) else root.value
    return root in roots


def _names_for(node: ast.AST, found: set[ast.AST]) -> Iterator[str]:
    """Names that are assigned something that was read of the double."""
    if isinstance(node, ast.Assign) and _carries(node.value, found):
        targets = (n for t in node.targets for n in ast.walk(t))
        yield from (t.id for t in targets if isinstance(t, ast.Name) and isinstance(t.ctx, ast.Store))


def _carries(node: ast.expr, found: set[ast.AST]) -> bool:
    """Whether an expression is what was read, perhaps put through a reader such as str()."""
    while True:
        if node in found:
            return True
        match node:
            case ast.Call(args=[first, *_]) if call_name(node) in _READERS:
                node = first
            case ast.Call(func=ast.Attribute(value=value)) | ast.Attribute(value=value) | ast.Subscript(value=value):
                node = value
            case _:
                return False


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute | ast.Subscript) and not _is_root(node):
        node = node.value
    return node


def _below_root(node: ast.expr) -> list[str]:
    names: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript) and not _is_root(node):
        names += [node.attr] if isinstance(node, ast.Attribute) else []
        node = node.value
    return names[::-1]


def _reads_environment(call: ast.Call) -> bool:
    return (dotted(call.func) or "").endswith(("getenv", "environ.get"))


def _removes(function: Function, wanted: set[str | None]) -> ast.expr | None:
    """Where a function of test code takes one of the variables out of the environment."""
    for call in (*function.calls, *(d for d in function.node.decorator_list if isinstance(d, ast.Call))):
        if call_name(call) in ("delenv", "pop", "delitem") and any(text_of(a) in wanted for a in call.args):
            return call
        if (dotted(call.func) or "").endswith("patch.dict") and constant(argument(call, "clear")) is True:
            return call
    deleted = (t for n in ast.walk(function.node) if isinstance(n, ast.Delete) for t in n.targets)
    return next((t for t in deleted if isinstance(t, ast.Subscript) and text_of(t.slice) in wanted), None)
