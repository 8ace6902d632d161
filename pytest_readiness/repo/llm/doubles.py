"""What stands for the model in a test: does it answer, does it raise, or is it the real service?"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm.paths import Ending, Walk, World
from pytest_readiness.repo.modules import Class, Function, Module, argument, call_name, constant, dotted, text_of
from pytest_readiness.repo.names import External, Names
from pytest_readiness.repo.suite.definitions import Definitions
from pytest_readiness.repo.suite.replacing import Replacement
from pytest_readiness.repo.suite.values import Found, Spot, TestValues

if TYPE_CHECKING:
    from pytest_readiness.repo.llm.model import Llm

MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "create_autospec"})
_PATCHES = frozenset({"patch", "object"})
_ERROR_NAMES = ("Error", "Exception", "Timeout", "Unavailable", "Exceeded", "Failure")


class Mode(StrEnum):
    """How a test builds an agent."""

    ABSENT = "absent"
    RAISING = "raising"
    ANSWERING = "answering"


@dataclass(frozen=True, eq=False)
class Double:
    """What a test puts in the model's place: what it does, the expression that makes it, and whether it is no double
    at all but an object of the product's own service class."""

    mode: Mode
    node: ast.expr
    real: bool = False


@dataclass(frozen=True, eq=False)
class Setting:
    """`mock.complete.side_effect = error`: the object, the attributes on the way, and what is set."""

    objects: frozenset[ast.expr]
    chain: str
    spot: Spot
    value: ast.expr


class Doubles:
    """Answers for one run of one test."""

    def __init__(self, values: TestValues, definitions: Definitions, names: Names, llm: Llm) -> None:
        self._values, self._definitions, self._names, self._llm = values, definitions, names, llm

    @cached_property
    def _functions(self) -> list[Function]:
        return self._definitions.used(self._values.case)

    @cached_property
    def replaced(self) -> list[Replacement]:
        """Everything that the test, or a function that it draws on, replaces."""
        return self._values.replaced(self._functions)

    @cached_property
    def _settings(self) -> list[Setting]:
        """What is set on objects by attribute, in every function that the test draws on."""
        found = []
        for replacement in self.replaced:
            if isinstance(replacement.node, ast.Assign) and replacement.owner is not None and replacement.value:
                root, chain = _chained(replacement.owner)
                spot = Spot(replacement.function.module, replacement.function)
                objects = frozenset(self._values.nodes(spot, root))
                path = ".".join([*chain, replacement.target])
                found.append(Setting(objects, path, spot, replacement.value))
        return found

    def settings_on(self, found: Found) -> list[Setting]:
        """What is set on the object that the expression makes; where it is evaluated is kept in a helper."""
        on_it = (s for s in self._settings if found.node in s.objects)
        return [replace(s, spot=found.spot) if s.spot.function is found.spot.function else s for s in on_it]

    def of(self, found: Found) -> Iterator[Double]:
        """What the object does when it is asked as a model."""
        node = found.node
        if isinstance(node, ast.Constant):
            yield from [Double(Mode.ABSENT, node)] if node.value is None else ()
        elif isinstance(node, ast.Lambda | ast.Name):
            yield from (Double(m, node) for m in self.called(found))
        elif isinstance(node, ast.Call) and self.is_mock(found):
            yield from (Double(m, node) for m in self._mock_modes(found))
        elif isinstance(node, ast.Call) and call_name(node) == "SimpleNamespace":
            yield from (Double(d.mode, node) for d in self._namespace(found, node))
        elif isinstance(node, ast.Call):
            yield from self._object(found, node)

    @property
    def completion_names(self) -> tuple[str, ...]:
        """Names of completion methods."""
        return self._llm.calls.completion_names

    def classes(self, module: Module, call: ast.Call) -> list[Class]:
        """The classes of which a call in test code builds an object."""
        return self._names.classes(module, call.func)

    def functions(self, found: Found) -> list[Function]:
        """The functions of test code that an expression names."""
        named = isinstance(found.node, ast.Name | ast.Attribute)
        names = self._names.functions(found.spot.module, found.node) if named else []
        return [f for f in names if self._definitions.holds(f.module)]

    def called(self, found: Found, steps: int = 4) -> list[Mode]:
        """What a function, a lambda or a mock does when it is called in the place of another."""
        node = found.node
        if steps <= 0:
            return []
        if isinstance(node, ast.Lambda):
            return self._evaluated(found.spot, node.body, steps)
        if isinstance(node, ast.Call) and call_name(node) == "partial" and node.args:
            return [m for f in self._values.of(found.spot, node.args[0]) for m in self.called(f, steps - 1)]
        functions = self.functions(found)
        if functions:
            return [Mode.RAISING if all(_always_raises(f) for f in functions) else Mode.ANSWERING]
        return [d.mode for d in self.of(found)] if isinstance(node, ast.Call) else []

    def asked(self, found: Found, name: str, at: ast.Call) -> list[Mode]:
        """What a method of a mock, or of an object of the test's own class, does when the test comes to a call."""
        if self.is_mock(found):
            return self._part_modes(found, name, at)
        node = found.node
        classes = self.classes(found.spot.module, node) if isinstance(node, ast.Call) else []
        methods = [(m, c) for c in classes if self._definitions.holds(c.module) and (m := self._names.method(c, name))]
        return [Mode.RAISING if self._raises(m, c, found) else Mode.ANSWERING for m, c in methods]

    def _part_modes(self, mock: Found, name: str, at: ast.Call) -> list[Mode]:
        """What `mock.name` does: what was set on it last before the call, else what it was made with."""
        test = self._values.case.function
        before = [s for s in self.settings_on(mock) if s.spot.function is not test or s.value.lineno < at.lineno]
        latest = [s for s in before if s.chain in (f"{name}.side_effect", name)][-1:]
        if latest:
            return [m for s in latest for m in self._set_mode(s)]
        found: list[Mode] = []
        for given, spot, value in self._given(mock):
            if given == name:
                found += [m for inner in self._values.of(spot, value) for m in self.called(inner)]
            elif given == f"{name}.side_effect":
                found += [Mode.RAISING if self.is_exception(e) else Mode.ANSWERING for e in self._each(spot, value)]
        return found or [Mode.ANSWERING]

    def _evaluated(self, spot: Spot, body: ast.expr, steps: int) -> list[Mode]:
        """What evaluating a lambda's body does: `1 / 0`, `fail()`, `(_ for _ in ()).throw(error)`."""
        match body:
            case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod(), right=ast.Constant(value=0)):
                return [Mode.RAISING]
            case ast.Call(func=ast.Attribute(attr="throw")):
                return [Mode.RAISING]
            case ast.Call(func=func):
                found = [m for f in self._values.of(spot, func) for m in self.called(f, steps - 1)]
                return found or [Mode.ANSWERING]
        return [Mode.ANSWERING]

    def is_mock(self, found: Found) -> bool:
        """A mock, or a patch that makes one."""
        node = found.node
        name = call_name(node) if isinstance(node, ast.Call) else ""
        return name in MOCKS or (name in _PATCHES and isinstance(node, ast.Call) and bool(node.args))

    def _mock_modes(self, found: Found) -> Iterator[Mode]:
        effects = list(self.effects(found))
        if any(self.is_exception(e) for e in effects):
            yield Mode.RAISING
        elif not any(isinstance(e.node, ast.Name | ast.Lambda) for e in effects):
            yield Mode.ANSWERING
        for effect in effects:
            if not self.is_exception(effect):
                yield from self.called(effect) or [Mode.ANSWERING]

    def effects(self, found: Found, seen: frozenset[ast.expr] = frozenset()) -> Iterator[Found]:
        """The side effects of a mock, and of mocks that are part of it: given when it is made, or set on it later."""
        if found.node in seen:
            return
        for name, spot, value in [*self._given(found), *((s.chain, s.spot, s.value) for s in self.settings_on(found))]:
            if name.rpartition(".")[2] == "side_effect":
                yield from self._each(spot, value)
            else:
                parts = (inner for inner in self._values.of(spot, value) if self.is_mock(inner))
                yield from (e for part in parts for e in self.effects(part, seen | {found.node}))

    def _given(self, found: Found) -> Iterator[tuple[str, Spot, ast.expr]]:
        """The named arguments that a mock is made with: `complete=…`, `**{"complete.side_effect": error}`."""
        for keyword in found.node.keywords if isinstance(found.node, ast.Call) else ():
            if keyword.arg is not None:
                yield keyword.arg, found.spot, keyword.value
                continue
            for spread in self._values.of(found.spot, keyword.value):
                node = spread.node
                pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ()
                yield from ((text_of(k) or "", spread.spot, v) for k, v in pairs)

    def _each(self, spot: Spot, node: ast.expr) -> Iterator[Found]:
        """The elements of a list of effects, else the effect itself."""
        for found in self._values.of(spot, node):
            if isinstance(found.node, ast.List | ast.Tuple):
                for element in found.node.elts:
                    yield from self._values.of(found.spot, element)
            else:
                yield found

    def is_exception(self, found: Found) -> bool:
        """Whether the expression is an exception or its class."""
        node = found.node
        named = node.func if isinstance(node, ast.Call) else node
        name = (dotted(named) or "").rpartition(".")[2]
        kind = getattr(builtins, name, None)
        if isinstance(kind, type):
            return issubclass(kind, BaseException)
        symbols = self._names.resolve(found.spot.module, named)
        own = any(isinstance(s, Class) and self._derives_exception(s) for s in symbols)
        outside = any(isinstance(s, External) for s in symbols)
        return own or (outside and name.endswith(_ERROR_NAMES))

    def _derives_exception(self, cls: Class) -> bool:
        bases = [b.name.rpartition(".")[2] for b in self._names.ancestry(cls) if isinstance(b, External)]
        return any(b.endswith(("Error", "Exception")) for b in bases)

    # objects of classes

    def _namespace(self, found: Found, node: ast.Call) -> Iterator[Double]:
        """`SimpleNamespace(complete=AsyncMock(…))`."""
        given = [v for name in self.completion_names if (v := argument(node, name)) is not None]
        for value in given or [k.value for k in node.keywords]:
            for inner in self._values.of(found.spot, value):
                yield from (Double(m, node) for m in self.called(inner))

    def _object(self, found: Found, node: ast.Call) -> Iterator[Double]:
        for cls in self._names.classes(found.spot.module, node.func):
            modes = list(self._modes_of(cls, found))
            real = cls in self._llm.services.classes and not modes
            if real:
                yield Double(Mode.ANSWERING, node, real=True)
            yield from (Double(mode, node) for mode in modes or self._modes_by_class(cls, found, real))

    def _modes_of(self, cls: Class, found: Found) -> Iterator[Mode]:
        """What a test has put in the place of the object's completion method."""
        names = set(self.completion_names)
        for setting in self.settings_on(found):
            if setting.chain.partition(".")[0] in names:
                yield from self._set_mode(setting)
        for replacement in self.replaced:
            patched = replacement.name in names and isinstance(replacement.node, ast.Call)
            if patched and self._is_of(replacement, cls, found):
                yield from self.replaced_by(replacement)

    def _set_mode(self, setting: Setting) -> Iterator[Mode]:
        for inner in self._values.of(setting.spot, setting.value):
            if setting.chain.endswith("side_effect"):
                yield Mode.RAISING if self.is_exception(inner) else Mode.ANSWERING
            else:
                yield from self.called(inner)

    def _is_of(self, replacement: Replacement, cls: Class, found: Found) -> bool:
        """Whether the replaced method is one of the object, or of its class."""
        if replacement.owner is None:
            return replacement.target.split(".")[-2:-1] == [cls.name]
        spot = Spot(replacement.function.module, replacement.function)
        classes = self._names.classes(spot.module, replacement.owner)
        return found.node in self._values.nodes(spot, replacement.owner) or cls in classes

    def replaced_by(self, replacement: Replacement) -> Iterator[Mode]:
        """What the replacement does when it is called."""
        spot = Spot(replacement.function.module, replacement.function)
        if replacement.value is not None and replacement.name in ("side_effect", "return_value"):
            effects = self._each(spot, replacement.value) if replacement.name == "side_effect" else ()
            yield Mode.RAISING if any(self.is_exception(e) for e in effects) else Mode.ANSWERING
        elif replacement.value is not None:
            for inner in self._values.of(spot, replacement.value):
                yield from self.called(inner)
        elif isinstance(replacement.node, ast.Call):
            yield from self._mock_modes(Found(spot, replacement.node))

    def _modes_by_class(self, cls: Class, found: Found, real: bool) -> Iterator[Mode]:
        """By the completion methods of a class of the test's own, or of a product class that is no service."""
        if real:
            return
        methods = [m for n in self.completion_names if (m := self._names.method(cls, n))]
        if methods:
            yield Mode.RAISING if all(self._raises(m, cls, found) for m in methods) else Mode.ANSWERING
        for name in self.completion_names:
            for method, binding in self._names.attributes(cls).get(name, []):
                for inner in self._values.of(Spot(method.module, method), binding.value):
                    yield from self.called(inner)

    def _raises(self, method: Function, cls: Class, found: Found) -> bool:
        """Whether the double's method raises, always or because of what its constructor was given."""
        endings = _endings(method)
        if endings and all(e.kind == "raise" for e in endings):
            return True
        raised = [e.node for e in endings if e.kind == "raise"]
        return any(self._switched_on(test, cls, found) for n in raised for test in _tests(n, method))

    def _switched_on(self, test: ast.expr, cls: Class, found: Found) -> bool:
        """`if self.error: raise …` where this object was built with something true as `error`."""
        if not isinstance(test, ast.Attribute) or not isinstance(found.node, ast.Call):
            return False
        if any(s.chain == test.attr and _is_true(s.value) for s in self.settings_on(found)):
            return True
        for method, binding in self._names.attributes(cls).get(test.attr, []):
            if binding.value is not None and _is_true(binding.value):
                return True
            if isinstance(binding.value, ast.Name) and method.name == "__init__":
                given = self._llm.wiring.given(cls, binding.value.id, found.node)
                if any(_is_true(v.node) for v in self._values.of(found.spot, given)):
                    return True
        return False


def _is_true(node: ast.expr) -> bool:
    """A true constant, or an object such as an exception."""
    return constant(node) is True or isinstance(node, ast.Call)


def _endings(method: Function) -> list[Ending]:
    world = World(lambda *_: False, lambda *_: True, lambda *_: None, lambda *_: [], absent=False)
    return Walk(method, world).endings


def _always_raises(function: Function) -> bool:
    endings = _endings(function)
    return bool(endings) and all(e.kind == "raise" for e in endings)


def _tests(node: ast.AST, function: Function) -> Iterator[ast.expr]:
    for parent in function.module.ancestors(node):
        if parent is function.node:
            return
        if isinstance(parent, ast.If):
            yield from _positive(parent.test)


def _positive(test: ast.expr) -> Iterator[ast.expr]:
    """`self.error is not None` and `self.calls > 1 and self.error` as `self.error`."""
    match test:
        case ast.BoolOp(op=ast.And()):
            yield from (p for v in test.values for p in _positive(v))
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            yield left
        case _:
            yield test


def _chained(node: ast.expr) -> tuple[ast.expr, list[str]]:
    """`mock.chat.completions` as `mock` and the names below it; `self.mock` is a root too."""
    names: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                break
            case ast.Attribute():
                names.append(node.attr)
                node = node.value
            case ast.Subscript() | ast.Call():
                node = node.value if isinstance(node, ast.Subscript) else node.func
            case _:
                break
    return node, names[::-1]
