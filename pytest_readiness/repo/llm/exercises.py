"""Which tests drive an agent's calls of the model, and how they build it: without the model, failing, answering."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.llm.handles import Origin, Source
from pytest_readiness.repo.llm.paths import Walk, World
from pytest_readiness.repo.modules import Class, Function, Site, argument, call_name, constant, dotted, text_of
from pytest_readiness.repo.names import External
from pytest_readiness.repo.suite import TestCase
from pytest_readiness.repo.suite.assertions import assertions_in, subjects_of_assertion
from pytest_readiness.repo.suite.values import Found, Spot, TestValues

if TYPE_CHECKING:
    from pytest_readiness.repo.llm.links import Links
    from pytest_readiness.repo.llm.model import Llm
    from pytest_readiness.repo.suite import Suite

_MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "create_autospec"})


class Mode(StrEnum):
    """How a test builds an agent."""

    ABSENT = "absent"
    RAISING = "raising"
    ANSWERING = "answering"


@dataclass(frozen=True, eq=False)
class Exercise:
    """A test that builds an agent, calls a method of it, and asserts something about the result."""

    case: TestCase
    call: Site
    modes: frozenset[Mode]
    reaches_model: bool
    """The method reaches a call of the model."""


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
        for case in self._suite.counted:
            reader = _Reader(case, self._suite, self._llm)
            for title, exercise in reader.exercises():
                found.setdefault(title, []).append(exercise)
        return found


class _Reader:
    """Reads one test."""

    def __init__(self, case: TestCase, suite: Suite, llm: Llm) -> None:
        self._case, self._llm = case, llm
        self._definitions = suite.definitions(case.module)
        self._names = suite.context(case.module)[1]
        self._values = TestValues(case, self._definitions, self._names)

    @property
    def _function(self) -> Function:
        return self._case.function

    def exercises(self) -> Iterator[tuple[str, Exercise]]:
        """Agent and exercise for each call of an agent's method whose result is asserted."""
        for node in ast.walk(self._function.node):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Call):
                yield from self._called(node)

    def _called(self, node: ast.Call) -> Iterator[tuple[str, Exercise]]:
        receiver, method = _receiver(node, self._case)
        if receiver is None or method in self._llm.settings.status_methods:
            return
        spot = Spot(self._function.module, self._function)
        for built in self._values.of(spot, receiver):
            for links in self._agents(built):
                function = links.agent.methods.get(method)
                if function is not None and self._asserted(node):
                    modes = frozenset(self._modes(links, built, receiver))
                    call = self._function.module.at(node, f"{self._case.name} calls {method}")
                    yield links.agent.role.title, Exercise(self._case, call, modes, self._reaches(links, function))

    def _agents(self, built: Found) -> Iterator[Links]:
        """The roster agents of whose class an expression builds an object."""
        if not isinstance(built.node, ast.Call):
            return
        classes = self._names.classes(built.spot.module, built.node.func)
        for value in self._values.of(built.spot, built.node.func) if not classes else []:
            classes = [*classes, *self._names.classes(value.spot.module, value.node)]
        yield from (k for k in self._llm.all_links if k.agent.cls in classes)

    def _reaches(self, links: Links, method: Function) -> bool:
        holders = {links.agent.holder(s) for s in links.sites}
        if holders & links.agent.reaching([method]):
            return True
        return not links.sites and bool(links.delegates)

    # is the result asserted?

    def _asserted(self, call: ast.Call) -> bool:
        flow = Flow(self._function, lambda n: n is call)
        carried = flow.carrying
        if any(self._mentions(a, carried) for a in assertions_in(self._function)):
            return True
        return any(self._checks(c, carried) for c in ast.walk(self._function.node) if isinstance(c, ast.Call))

    def _mentions(self, assertion: ast.AST, carried: set[ast.AST]) -> bool:
        return any(n in carried for e in subjects_of_assertion(assertion) for n in ast.walk(e))

    def _checks(self, call: ast.Call, carried: set[ast.AST]) -> bool:
        """A helper that is given the result and asserts something about it."""
        helper = self._values.helper(Spot(self._function.module, self._function), call)
        if helper is None or not any(a in carried for a in [*call.args, *(k.value for k in call.keywords)]):
            return False
        flow = Flow(helper, names=[p.arg for p in helper.params if p.arg != "self"])
        return any(self._mentions(a, flow.carrying) for a in assertions_in(helper))

    # how is the agent built?

    def _modes(self, links: Links, built: Found, receiver: ast.expr) -> Iterator[Mode]:
        later = list(self._set_later(links, receiver))
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

    def _supplied(self, links: Links, origin: Origin, built: Found) -> Iterator[Mode]:
        call = built.node
        if not isinstance(call, ast.Call) or (origin.function is not None and origin.function.name != "__init__"):
            return
        value = self._llm.wiring.given(links.agent.cls, origin.name, call)
        if value is None:
            spread = any(k.arg is None for k in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args)
            yield from () if spread else [Mode.ABSENT]
            return
        for found in self._values.of(built.spot, value):
            yield from self._entry(found, origin.key) if origin.key else self._behaviour(found)

    def _entry(self, found: Found, key: str) -> Iterator[Mode]:
        """The mode of a mapping's entry."""
        if isinstance(found.node, ast.Constant) and found.node.value is None:
            yield Mode.ABSENT
        if isinstance(found.node, ast.Dict):
            values = [v for k, v in zip(found.node.keys, found.node.values, strict=True) if text_of(k) == key]
            if not values and None not in found.node.keys:
                yield Mode.ABSENT
            for value in values:
                for inner in self._values.of(found.spot, value):
                    yield from self._behaviour(inner)
        elif isinstance(found.node, ast.Call):
            given = argument(found.node, key)
            for inner in self._values.of(found.spot, given) if given is not None else []:
                yield from self._behaviour(inner)
            if given is None and call_name(found.node) == "dict" and not found.node.args:
                yield Mode.ABSENT

    def _behaviour(self, found: Found) -> Iterator[Mode]:
        """What a service, or its double, does when it is asked."""
        if isinstance(found.node, ast.Constant):
            yield from [Mode.ABSENT] if found.node.value is None else ()
            return
        if not isinstance(found.node, ast.Call):
            return
        if self._is_mock(found):
            yield Mode.RAISING if self._mock_raises(found) else Mode.ANSWERING
            return
        for cls in self._names.classes(found.spot.module, found.node.func):
            methods = [m for n in self._llm.calls.completion_names if (m := self._names.method(cls, n))]
            if methods:
                yield Mode.RAISING if all(self._raises(m, cls, found) for m in methods) else Mode.ANSWERING

    def _is_mock(self, found: Found) -> bool:
        name = call_name(found.node) if isinstance(found.node, ast.Call) else ""
        return name in _MOCKS

    def _mock_raises(self, found: Found) -> bool:
        """A side_effect that is an exception: given when the mock is built, or set on it in the same function."""
        call = found.node
        effects = [
            n.value for n in ast.walk(call) if isinstance(n, ast.keyword) and (n.arg or "").endswith("side_effect")
        ]
        effects += [v for k, v in _dict_items(call) if k.endswith("side_effect")]
        function = found.spot.function
        for node in ast.walk(function.node) if function else ():
            if isinstance(node, ast.Assign) and any(_sets_effect(t) for t in node.targets):
                names = {_root(t) for t in node.targets}
                bound = [n for n in names if n and self._bound_to(function, n, call)]
                effects += [node.value] if bound else []
            elif isinstance(node, ast.Assign) and any(isinstance(t, ast.Attribute) for t in node.targets):
                inner = [k.value for k in ast.walk(node.value) if isinstance(k, ast.keyword) and k.arg == "side_effect"]
                names = {_root(t) for t in node.targets}
                effects += inner if any(n and self._bound_to(function, n, call) for n in names) else []
        return any(self._is_exception(found.spot, e) for e in effects)

    def _bound_to(self, function: Function | None, name: str, call: ast.expr) -> bool:
        bindings = self._names.bindings(function).get(name, []) if function else []
        return any(b.value is not None and call in ast.walk(b.value) for b in bindings)

    def _is_exception(self, spot: Spot, node: ast.expr) -> bool:
        if isinstance(node, ast.List | ast.Tuple):
            return any(self._is_exception(spot, e) for e in node.elts)
        named = node.func if isinstance(node, ast.Call) else node
        name = (dotted(named) or "").rpartition(".")[2]
        kind = getattr(builtins, name, None)
        if isinstance(kind, type):
            return issubclass(kind, BaseException)
        found = self._names.resolve(spot.module, named)
        own = any(isinstance(s, Class) and self._derives_exception(s) for s in found)
        outside = any(isinstance(s, External) for s in found)
        return own or (outside and name.endswith(("Error", "Exception", "Timeout", "Unavailable")))

    def _derives_exception(self, cls: Class) -> bool:
        bases = [b.name.rpartition(".")[2] for b in self._names.ancestry(cls) if isinstance(b, External)]
        return any(b.endswith(("Error", "Exception")) for b in bases)

    def _raises(self, method: Function, cls: Class, found: Found) -> bool:
        """Whether the double's method raises, always or because of what its constructor was given."""
        world = World(lambda *_: False, lambda *_: True, lambda *_: None, lambda *_: [], absent=False)
        endings = Walk(method, world).endings
        if endings and all(e.kind == "raise" for e in endings):
            return True
        raised = [e.node for e in endings if e.kind == "raise"]
        return any(self._switched_on(test, cls, found) for n in raised for test in _tests(n, method))

    def _switched_on(self, test: ast.expr, cls: Class, found: Found) -> bool:
        """`if self.should_fail: raise …` where this object was built with a true `should_fail`."""
        if not isinstance(test, ast.Attribute) or not isinstance(found.node, ast.Call):
            return False
        for method, binding in self._names.attributes(cls).get(test.attr, []):
            if isinstance(binding.value, ast.Constant) and binding.value.value is True:
                return True
            if isinstance(binding.value, ast.Name) and method.name == "__init__":
                given = self._llm.wiring.given(cls, binding.value.id, found.node)
                values = self._values.of(found.spot, given) if given is not None else []
                if any(constant(v.node) is True for v in values):
                    return True
        return False

    def _set_later(self, links: Links, receiver: ast.expr) -> Iterator[Mode]:
        """`agent.llm = None`, `monkeypatch.setattr(agent, "llm", FailingModel())` before the method is called."""
        name = dotted(receiver)
        attributes = {s.receiver.attr for s in links.sites if isinstance(s.receiver, ast.Attribute)}
        spot = Spot(self._function.module, self._function)
        values = [_set_value(n, name, attributes) for n in ast.walk(self._function.node)] if name else []
        for value in values:
            for found in self._values.of(spot, value) if value is not None else []:
                yield from self._behaviour(found)

    def _vendor(self, links: Links) -> Iterator[Mode]:
        """For a client that the agent builds itself: its key variable removed, or its class patched."""
        wanted = {text_of(a) for f in links.agent.own for c in f.calls if _reads_environment(c) for a in c.args[:1]}
        if any(self._removes(f, wanted) for f in self._definitions.used(self._case)):
            yield Mode.ABSENT
        clients = {o.name.rpartition(".")[2] for o in links.origins if o.source is Source.VENDOR}
        yield from (m for name in clients for m in self._patched(name))

    def _removes(self, function: Function, wanted: set[str | None]) -> bool:
        for call in (*function.calls, *(d for d in function.node.decorator_list if isinstance(d, ast.Call))):
            if call_name(call) in ("delenv", "pop", "delitem") and any(text_of(a) in wanted for a in call.args):
                return True
            clears = constant(argument(call, "clear")) is True
            if clears and dotted(call.func) in ("patch.dict", "mock.patch.dict", "mocker.patch.dict"):
                return True
        deleted = (t for n in ast.walk(function.node) if isinstance(n, ast.Delete) for t in n.targets)
        return any(isinstance(t, ast.Subscript) and text_of(t.slice) in wanted for t in deleted)

    def _patched(self, name: str) -> Iterator[Mode]:
        """What is patched in for an accessor or a vendor's class."""
        spot = Spot(self._function.module, self._function)
        for function in self._definitions.used(self._case):
            decorators = [d for d in function.node.decorator_list if isinstance(d, ast.Call)]
            for call in (*function.calls, *decorators):
                if not _patches(call, name):
                    continue
                returned = argument(call, "return_value")
                if returned is not None:
                    yield from (m for f in self._values.of(spot, returned) for m in self._behaviour(f))
                elif self._effect_anywhere(spot, call):
                    yield Mode.RAISING
                else:
                    yield from (m for a in call.args[1:] for m in self._replacement(spot, a))

    def _replacement(self, spot: Spot, node: ast.expr) -> Iterator[Mode]:
        if isinstance(node, ast.Lambda):
            node = node.body
        for found in self._values.of(spot, node):
            yield from self._behaviour(found)

    def _effect_anywhere(self, spot: Spot, call: ast.Call) -> bool:
        effect = argument(call, "side_effect")
        effects = [effect] if effect is not None else []
        for node in ast.walk(self._function.node):
            if isinstance(node, ast.Assign) and any(_sets_effect(t) for t in node.targets):
                effects.append(node.value)
        return any(self._is_exception(spot, e) for e in effects)


def _receiver(node: ast.Call, case: TestCase) -> tuple[ast.expr | None, str]:
    """The object and the method of `agent.plan(…)` or `getattr(agent, "plan")(…)`."""
    if isinstance(node.func, ast.Attribute):
        return node.func.value, node.func.attr
    inner = node.func
    if isinstance(inner, ast.Call) and call_name(inner) == "getattr" and len(inner.args) >= 2:
        name = text_of(inner.args[1])
        given = case.parameters.get(inner.args[1].id, []) if isinstance(inner.args[1], ast.Name) else []
        return inner.args[0], name or next((text_of(v) or "" for v in given), "")
    return None, ""


def _tests(node: ast.AST, function: Function) -> Iterator[ast.expr]:
    for parent in function.module.ancestors(node):
        if parent is function.node:
            return
        if isinstance(parent, ast.If):
            yield parent.test


def _dict_items(call: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(call):
        if isinstance(node, ast.Dict):
            yield from ((text_of(k) or "", v) for k, v in zip(node.keys, node.values, strict=True))


def _sets_effect(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == "side_effect"


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _set_value(node: ast.AST, name: str, attributes: set[str]) -> ast.expr | None:
    """What a statement puts into one of the object's attributes."""
    if isinstance(node, ast.Assign) and any(_is_attribute(t, name, attributes) for t in node.targets):
        return node.value
    if isinstance(node, ast.Call) and call_name(node) in ("setattr", "object") and len(node.args) >= 3:
        return node.args[2] if dotted(node.args[0]) == name and text_of(node.args[1]) in attributes else None
    return None


def _is_attribute(target: ast.expr, name: str, attributes: set[str]) -> bool:
    return isinstance(target, ast.Attribute) and dotted(target.value) == name and target.attr in attributes


def _reads_environment(call: ast.Call) -> bool:
    return (dotted(call.func) or "").endswith(("getenv", "environ.get"))


def _patches(call: ast.Call, name: str) -> bool:
    if call_name(call) not in ("patch", "object", "setattr") or not call.args or not name:
        return False
    targets = [text_of(a) for a in call.args[:2]]
    return any(t is not None and t.rpartition(".")[2] == name for t in targets)
