"""Which ways of a model call going wrong are tried: what doubles raise, and answers that cannot be parsed."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.llm.doubles import MOCKS, Doubles
from pytest_readiness.repo.modules import Function, Module, Site, call_name, constant, dotted, text_of
from pytest_readiness.repo.suite import TestCase
from pytest_readiness.repo.suite.cases import is_fixture
from pytest_readiness.repo.suite.definitions import Definitions
from pytest_readiness.repo.suite.replacing import decorating_calls, patch_kind
from pytest_readiness.repo.suite.values import Found, Spot, TestValues

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo
    from pytest_readiness.repo.tested.model import Tested

KINDS = {
    "timeout": re.compile(r"timeout|timed.?out|deadline", re.IGNORECASE),
    "rate limit": re.compile(r"rate.?limit|throttl|too.?many.?requests|\b429\b|quota", re.IGNORECASE),
    "unavailable": re.compile(r"connection|unavailable|APIError|internal.?server|\b50[0234]\b", re.IGNORECASE),
}
MALFORMED = "malformed answer"
_DECODE_ERROR = "JSONDecodeError"
_PARSERS = frozenset({"loads", "validate_json", "model_validate_json", "parse_raw"})
_CONTENT = frozenset(
    {"content", "text", "completion", "output", "output_text", "answer", "response", "message", "generated_text",
     "body", "outputText", "generation", "result"}
)  # fmt: skip


class Faults:
    """Kind of fault -> the tests that try it."""

    def __init__(self, repo: Repo, tested: Tested) -> None:
        self._repo, self._tested = repo, tested

    @cached_property
    def tried(self) -> dict[str, list[Site]]:
        """For each kind the places where LLM TESTs make a double fail that way."""
        found: dict[str, list[Site]] = {kind: [] for kind in (*KINDS, MALFORMED)}
        for case in self._tested.llm_tests:
            for kind, site in self._in(case):
                found[kind].append(site)
        return found

    def _in(self, case: TestCase) -> Iterator[tuple[str, Site]]:
        suite = self._repo.suite
        definitions, names = suite.definitions(case.module), suite.context(case.module)[1]
        seen: set[tuple[str, str, int | None]] = set()
        for row in case.rows:
            values = suite.values(case, row)
            doubles = Doubles(values, definitions, names, self._repo.llm)
            reader = _Reader(case, definitions, values, doubles)
            for kind, site in self._kinds(case, reader):
                if (kind, site.path, site.line) not in seen:
                    seen.add((kind, site.path, site.line))
                    yield kind, site

    def _kinds(self, case: TestCase, reader: _Reader) -> Iterator[tuple[str, Site]]:
        for found in reader.raised():
            words = " ".join(reader.words(found))
            note = f"{case.name}: the double raises {ast.unparse(found.node)[:80]}"
            site = found.spot.module.at(found.node, note)
            yield from ((kind, site) for kind, pattern in KINDS.items() if pattern.search(words))
            if _DECODE_ERROR in words:
                yield MALFORMED, site
        if any(self.parses(m) for m in self._repo.suite.subjects(case)):
            for found in reader.answers():
                yield MALFORMED, found.spot.module.at(found.node, f"{case.name}: the double's answer is no JSON")

    def parses(self, module: Module) -> bool:
        """Whether the module parses a model's answer as JSON."""
        if module not in self._parsing:
            holders = {c.function for c in self._repo.llm.calls.of_module(module)} - {None}
            self._parsing[module] = any(f is not None and self._parses_answer(f) for f in holders)
        return self._parsing[module]

    @cached_property
    def _parsing(self) -> dict[Module, bool]:
        return {}

    def _parses_answer(self, function: Function) -> bool:
        sites = {c.node for c in self._repo.llm.calls.of_function(function)}
        flow = Flow(function, lambda n: n in sites)
        return any(self._parsed(call, function, flow, 2) for call in function.calls) or self._by_callers(function, flow)

    def _parsed(self, call: ast.Call, function: Function, flow: Flow, steps: int) -> bool:
        given = [*call.args, *(k.value for k in call.keywords)]
        if not any(flow.carries(a) for a in given):
            return False
        if call_name(call) in _PARSERS:
            return True
        helpers = self._repo.names.functions(function.module, call.func) if steps > 0 else []
        for helper in helpers:
            inner = Flow(helper, names=[p.arg for p in helper.params if p.arg not in ("self", "cls")])
            if any(self._parsed(c, helper, inner, steps - 1) for c in helper.calls):
                return True
        return False

    def _by_callers(self, function: Function, flow: Flow) -> bool:
        """Whether a function of the same module parses what this one returns of the answer."""
        if not flow.returned:
            return False
        for other in (f for f in function.module.functions if f is not function):
            calls = {c for c in other.calls if function in self._repo.names.functions(other.module, c.func)}
            inner = Flow(other, lambda n, calls=calls: n in calls) if calls else None  # type: ignore[misc]
            if inner is not None and any(self._parsed(c, other, inner, 1) for c in other.calls):
                return True
        return False


class _Reader:
    """Reads one run of one test: what do its doubles raise and answer?"""

    def __init__(self, case: TestCase, definitions: Definitions, values: TestValues, doubles: Doubles) -> None:
        self._case, self._definitions, self._values, self._doubles = case, definitions, values, doubles
        self._functions = definitions.used(case)

    def raised(self) -> Iterator[Found]:
        """The exceptions that doubles of the test raise: given as side effect, or raised by code of the test's own
        that takes the place of something."""
        for made in self._made():
            yield from (e for e in self._doubles.effects(made) if self._doubles.is_exception(e))
            for effect in self._doubles.effects(made):
                yield from self._raised_by(effect)
        for replacement in self._doubles.replaced:
            spot = Spot(replacement.function.module, replacement.function)
            for found in self._values.of(spot, replacement.value):
                yield from self._raised_by(found)
        yield from self._by_classes()

    def words(self, found: Found) -> Iterator[str]:
        """An exception's class name, and the texts and numbers that it is made with."""
        node = found.node
        yield (dotted(node.func if isinstance(node, ast.Call) else node) or "").rpartition(".")[2]
        given = [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else []
        values = [v for g in given for v in self._values.of(found.spot, g)]
        parts = (p for v in values for p in ast.walk(v.node))
        yield from (str(p.value) for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str | int))

    def _made(self) -> Iterator[Found]:
        """The mocks and patches that the test puts in the place of something."""
        for function in self._functions:
            inner = [n for statement in function.node.body for n in ast.walk(statement) if isinstance(n, ast.Call)]
            made = [n for n in [*inner, *decorating_calls(function)] if self._stands_in(n, function)]
            spots = self._values.spots(function, self._functions) if made else []
            yield from (Found(spot, node) for node in made for spot in spots)

    def _stands_in(self, node: ast.Call, function: Function) -> bool:
        mock = call_name(node) in MOCKS and self._is_handed_on(node, function)
        return mock or patch_kind(node) in ("patch", "object")

    def _by_classes(self) -> Iterator[Found]:
        """What methods of the test's own classes raise, where an object of the class is handed to something."""
        for piece in self._definitions.pieces(self._case):
            if not isinstance(piece.node, ast.ClassDef) or piece.node is getattr(self._case.cls, "node", None):
                continue
            cls = piece.module.class_of(piece.node)
            built = [(f, c) for f in self._functions for c in f.calls if cls in self._doubles.classes(f.module, c)]
            if any(self._is_handed_on(c, f) for f, c in built):
                for method in (m for m in cls.functions if m.name != "__init__"):
                    yield from self._raises_in(method, [Found(Spot(f.module, f), c) for f, c in built])

    def _raises_in(self, method: Function, built: list[Found]) -> Iterator[Found]:
        """The exceptions of the method's raise statements; `raise self.error` is what the object was built with."""
        for node in (n for n in ast.walk(method.node) if isinstance(n, ast.Raise) and n.exc is not None):
            own = isinstance(node.exc, ast.Attribute) and dotted(node.exc.value) == "self"
            for found in built if own else ():
                member = ast.Attribute(found.node, node.exc.attr, ast.Load())  # type: ignore[union-attr]
                yield from self._values.of(found.spot, member)
            if not own and node.exc is not None:
                yield from self._values.of(Spot(method.module, method), node.exc)

    def _raised_by(self, found: Found) -> Iterator[Found]:
        """What a function of the test's own raises that stands in for another."""
        for function in self._doubles.functions(found):
            for node in (n for n in ast.walk(function.node) if isinstance(n, ast.Raise) and n.exc is not None):
                yield from self._values.of(Spot(function.module, function), node.exc)

    def _is_handed_on(self, node: ast.expr, function: Function) -> bool:
        """Whether what the expression makes is given to something: as an argument, an attribute or a result."""
        return any(self._goes_on(n, function) for n in [node, *self._named(node, function)])

    def _named(self, node: ast.expr, function: Function) -> Iterator[ast.Name]:
        """Reads of the names that the expression is assigned to in the function."""
        names = {t.id for s in _assignments_of(node, function) for t in s.targets if isinstance(t, ast.Name)}
        reads = (n for n in ast.walk(function.node) if isinstance(n, ast.Name) and n.id in names)
        yield from (n for n in reads if isinstance(n.ctx, ast.Load))

    def _goes_on(self, node: ast.expr, function: Function) -> bool:
        child: ast.AST = node
        for parent in function.module.ancestors(node):
            match parent:
                case ast.Call() if child is not parent.func:
                    return call_name(parent) not in ("raises", "isinstance", "print", "len", "id")
                case ast.keyword() | ast.Dict() | ast.List() | ast.Tuple() | ast.Await() | ast.Starred():
                    pass
                case ast.Return() | ast.Yield():
                    return is_fixture(function) or function is not self._case.function
                case ast.Assign():
                    return any(isinstance(t, ast.Attribute | ast.Subscript) for t in parent.targets)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    return child in parent.decorator_list
                case _:
                    return False
            child = parent
        return False

    # answers

    def answers(self) -> Iterator[Found]:
        """The texts that doubles give for an answer and that are no JSON."""
        for made in self._made():
            yield from (f for f in self._given(made) if _is_no_json(f.node))
        for piece in self._definitions.pieces(self._case):
            if isinstance(piece.node, ast.ClassDef) and piece.node is not getattr(self._case.cls, "node", None):
                for method in piece.module.class_of(piece.node).functions:
                    yield from self._returned(method)

    def _given(self, made: Found) -> Iterator[Found]:
        for node in ast.walk(made.node):
            if isinstance(node, ast.keyword) and (node.arg or "").endswith("return_value"):
                yield from self._contents(made.spot, node.value)
        for setting in self._doubles.settings_on(made):
            last = setting.chain.rpartition(".")[2]
            if last == "return_value" or last in _CONTENT:
                yield from self._contents(setting.spot, setting.value)
            elif last == "side_effect":
                for found in self._values.of(setting.spot, setting.value):
                    for part in getattr(found.node, "elts", []):
                        yield from self._contents(found.spot, part)

    def _returned(self, method: Function) -> Iterator[Found]:
        names = self._doubles.completion_names
        if method.name in names:
            spot = Spot(method.module, method)
            contents = (f for r in method.returns for f in self._contents(spot, r.value))
            yield from (f for f in contents if _is_no_json(f.node))

    def _contents(self, spot: Spot, node: ast.expr | None) -> Iterator[Found]:
        """The answer's text in what a double gives: the text itself, or what stands under a key for the content."""
        for found in self._values.of(spot, node):
            if isinstance(found.node, ast.Dict):
                pairs = zip(found.node.keys, found.node.values, strict=True)
                for value in (v for k, v in pairs if text_of(k) in _CONTENT):
                    yield from self._contents(found.spot, value)
            elif isinstance(found.node, ast.List | ast.Tuple):
                for element in found.node.elts:
                    yield from self._contents(found.spot, element)
            elif isinstance(found.node, ast.Call) and call_name(found.node) in ("BytesIO", "StringIO"):
                for text in found.node.args:
                    yield from self._contents(found.spot, text)
            elif isinstance(found.node, ast.Call) and call_name(found.node) in (*MOCKS, "SimpleNamespace"):
                set_later = [s for s in self._doubles.settings_on(found) if s.chain.rpartition(".")[2] in _CONTENT]
                given = [(found.spot, k.value) for k in found.node.keywords if k.arg in _CONTENT]
                for where, value in [*given, *((s.spot, s.value) for s in set_later)]:
                    yield from self._contents(where, value)
            else:
                yield found


def _assignments_of(node: ast.expr, function: Function) -> Iterator[ast.Assign]:
    for parent in function.module.ancestors(node):
        if isinstance(parent, ast.Assign):
            yield parent
        if isinstance(parent, ast.stmt):
            return


def _is_no_json(node: ast.expr) -> bool:
    """A constant text that a JSON parser rejects."""
    value = constant(node)
    if not isinstance(value, str | bytes):
        return False
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return True
    return False
