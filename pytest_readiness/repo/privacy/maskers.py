"""Functions that give back their input with personal data replaced. Judged by what they do, never by their name.

The patterns of a masker are run on samples (`patterns`), the field names of one that rebuilds mappings are read.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site, call_name, constant, text_of
from pytest_readiness.repo.names import Instance, Names
from pytest_readiness.repo.origins import Origins, is_static
from pytest_readiness.repo.pii import is_mail, pii_phrase
from pytest_readiness.repo.privacy.passing import PASSING
from pytest_readiness.repo.privacy.patterns import kinds_hit
from pytest_readiness.repo.privacy.sources import Sources

FEWEST_OTHERS = 2
"""Kinds of personal data that a masker replaces besides e-mail addresses."""
_SUBSTITUTES = frozenset({"sub", "subn"})
_FINDERS = frozenset({"findall", "finditer", "search", "match", "fullmatch"})
_PATTERN_MODULES = frozenset({"re", "regex", "re2"})
_LIBRARY_METHODS = frozenset({"anonymize", "clean", "deidentify_content", "scan"})
_LIBRARIES = ("presidio_anonymizer.", "scrubadub.", "google.cloud.dlp", "langchain_experimental.data_anonymizer.")
_WHOLE_MATCH = frozenset({r"\g<0>", r"\0"})
_ROUNDS = 5
"""How many functions may lie between a masker and the substitutions it is made of."""
Kinds = Mapping[ast.AST, frozenset[str]]


@dataclass(frozen=True, eq=False)
class Masker:
    """A masking function and the kinds of personal data that it replaces."""

    function: Function
    kinds: tuple[str, ...]

    @property
    def path(self) -> str:
        return self.function.path

    @property
    def site(self) -> Site:
        note = f"{self.function.qualname} masks {', '.join(self.kinds)}"
        return self.function.module.at(self.function.node, note)


class Maskers:
    """The maskers of the product code, and the calls that apply one."""

    def __init__(self, product: tuple[Module, ...], names: Names, origins: Origins, sources: Sources) -> None:
        self._product, self._names, self._origins = product, names, origins
        self._sources = sources
        self._called: dict[ast.Call, list[Function]] = {}

    @cached_property
    def all(self) -> tuple[Masker, ...]:
        """Every masker, in order of path and line."""
        found = ((f, self.kinds(f)) for m in self._product for f in m.functions if f.node in self._kinds)
        return tuple(Masker(f, tuple(sorted(k))) for f, k in found if _enough(k))

    @cached_property
    def _nodes(self) -> frozenset[ast.AST]:
        return frozenset(m.function.node for m in self.all)

    def is_masker(self, function: Function) -> bool:
        return function.node in self._nodes

    def applies(self, module: Module, node: ast.expr) -> bool:
        """Whether the expression is a call that gives back masked data: of a masker, or of a masking library."""
        if not isinstance(node, ast.Call) or not self._may_apply(module, node):
            return False
        return any(self.is_masker(f) for f in self.called(module, node)) or self.is_library(module, node)

    def _may_apply(self, module: Module, call: ast.Call) -> bool:
        """By name alone: a masker's own name, or a local one for something."""
        if call_name(call) in self._masker_names or not isinstance(call.func, ast.Name):
            return call_name(call) in self._masker_names or "__call__" in self._masker_names
        found = self._names.lookup(module, call.func)
        bound = [b.node for b in found[1]] if found else []
        return any(not isinstance(n, FunctionNode | ast.ClassDef | ast.Import) for n in bound)

    @cached_property
    def _masker_names(self) -> frozenset[str]:
        return frozenset({m.function.name for m in self.all} | _LIBRARY_METHODS)

    def is_library(self, module: Module, call: ast.Call) -> bool:
        """Presidio's, Scrubadub's or Google DLP's own masking call."""
        if call_name(call) not in _LIBRARY_METHODS:
            return False
        return any(d.startswith(_LIBRARIES) for d in self._names.dotted(module, call.func))

    def called(self, module: Module, call: ast.Call) -> list[Function]:
        """The functions of the repository that the call may run, an injected object's methods too."""
        if call not in self._called:
            found = self._names.functions(module, call.func)
            self._called[call] = [*self._real(found), *self._injected(module, call)] if not found else self._real(found)
        return self._called[call]

    def kinds(self, function: Function) -> frozenset[str]:
        """The kinds of personal data that are replaced in what the function returns."""
        return self._kinds.get(function.node, frozenset())

    @cached_property
    def _kinds(self) -> dict[ast.AST, frozenset[str]]:
        """First the functions that substitute themselves, then, round by round, those that call one that does."""
        found: dict[ast.AST, frozenset[str]] = {}
        functions = [(f, {call_name(c) for c in f.calls}) for m in self._product for f in m.functions]
        todo = [f for f, called in functions if _may_replace(f, called)]
        loops = [f for f, called in functions if called & _looped(f)]
        for _ in range(_ROUNDS):
            kinds = {f: self._replaced(f, found) for f in todo}
            changed = {f.name for f, k in kinds.items() if k != found.get(f.node, frozenset())}
            found |= {f.node: k for f, k in kinds.items() if k}
            if not changed:
                break
            todo = list(dict.fromkeys([*(f for f, called in functions if called & changed), *loops]))
        return found

    def used(self, module: Module, call: ast.Call) -> bool:
        """Whether something is done with what the call gives back."""
        function = module.enclosing_function(call)
        if function is None:
            return not isinstance(module.parents.get(call), ast.Expr)
        flow = Flow(function, seed=_is(call))
        around = {call, *(p for p in module.ancestors(call) if isinstance(p, ast.Await | ast.expr))}
        passed = not isinstance(module.statement_of(call), ast.Expr | ast.Assign | ast.AnnAssign)
        return passed or bool(flow.carrying - around) or _outlives(flow) or _is_argument(module, call)

    def masks_record(self, function: Function) -> bool:
        """Whether the function replaces personal data in an attribute of what it is given: a log record's text."""
        inputs = [p.arg for p in function.params if not _is_bound(function, p)]
        raw = Flow(function, names=inputs)
        kinds: set[str] = set()
        for node, found in self._parts(function, raw, self._kinds):
            changed = Flow(function, seed=_is(node)).at_exit
            if found and any(n.startswith(f"{p}.") for p in inputs for n in changed):
                kinds |= found
        return _enough(kinds)

    def _real(self, functions: Iterable[Function]) -> list[Function]:
        """Where only an interface is named: the methods of the same name that are real."""
        found = list(functions)
        if any(f.is_real for f in found):
            return found
        return [m for name in {f.name for f in found if f.cls} for m in self._methods.get(name, [])]

    @cached_property
    def _methods(self) -> dict[str, list[Function]]:
        """Real methods by name."""
        found: dict[str, list[Function]] = {}
        for function in (f for m in self._product for f in m.functions):
            if function.cls is not None and function.is_real:
                found.setdefault(function.name, []).append(function)
        return found

    def _injected(self, module: Module, call: ast.Call) -> list[Function]:
        """An object that is called, the method of one that was handed over, or an element of a list of functions."""
        func = call.func
        held = [s.of for s in self._names.resolve(module, func) if isinstance(s, Instance)]
        callable_objects = [self._names.method(c, "__call__") for c in held if isinstance(c, Class)]
        if any(callable_objects):
            return [m for m in callable_objects if m is not None]
        if isinstance(func, ast.Name):
            return [f for o in self._origins.of(module, func) for f in self._names.functions(o.module, o.node)]
        if not isinstance(func, ast.Attribute):
            return []
        made = [o for o in self._origins.of(module, func.value) if isinstance(o.node, ast.Call)]
        objects = [s.of for o in made for s in self._names.resolve(o.module, o.node) if isinstance(s, Instance)]
        methods = [self._names.method(c, func.attr) for c in objects if isinstance(c, Class)]
        return [m for m in methods if m is not None]

    def _replaced(self, function: Function, known: Kinds) -> frozenset[str]:
        inputs = {p.arg for p in function.params if not _is_bound(function, p)}
        if not inputs or not function.is_real:
            return frozenset()
        raw = Flow(function, names=inputs)
        return self._substitutes(function, raw, known) | self._fields(function) if raw.returned else frozenset()

    def _substitutes(self, function: Function, raw: Flow, known: Kinds) -> frozenset[str]:
        """The kinds that are replaced in the text before it is returned; none where it is also returned as it came."""
        parts = {node: kinds for node, kinds in self._parts(function, raw, known) if kinds is not None}
        masked = {n: Flow(function, seed=_is(n), cleans=lambda c: _is_other(c, parts)).returned for n in parts}
        returned = {r for found in masked.values() for r in found}
        if _lets_through(function, [r for r in raw.returned if r not in returned], returned):
            return frozenset()
        return frozenset(k for n, found in masked.items() if found for k in parts[n])

    def _parts(self, function: Function, raw: Flow, known: Kinds) -> Iterator[tuple[ast.expr, frozenset[str] | None]]:
        """Calls that replace in the input, and the kinds that each replaces; None for other calls."""
        for call in (n for n in ast.walk(function.node) if isinstance(n, ast.Call)):
            name = call_name(call)
            if name in _SUBSTITUTES:
                yield call, self._substituted(function.module, call, raw)
            elif name == "replace":
                yield call, self._found_and_replaced(function, call, raw)
            elif any(raw.carries(a) for a in _given(call)):
                yield call, self._helped(function, call, known)

    def _substituted(self, module: Module, call: ast.Call, raw: Flow) -> frozenset[str] | None:
        """The kinds hit by `re.sub(pattern, new, text)` or `pattern.sub(new, text)`."""
        if not isinstance(call.func, ast.Attribute):
            return None
        direct = any(d.split(".")[0] in _PATTERN_MODULES and d.count(".") == 1 for d in self._dotted(module, call))
        arguments = dict(zip(("pattern", "repl", "string") if direct else ("repl", "string"), call.args, strict=False))
        arguments |= {k.arg: k.value for k in call.keywords if k.arg}
        text, new = arguments.get("string"), arguments.get("repl")
        if text is None or not raw.carries(text) or _keeps_match(new):
            return None
        pattern = arguments.get("pattern") if direct else call.func.value
        return self._hit(module, pattern)

    def _dotted(self, module: Module, call: ast.Call) -> list[str]:
        return self._names.dotted(module, call.func)

    def _found_and_replaced(self, function: Function, call: ast.Call, raw: Flow) -> frozenset[str] | None:
        """`text.replace(found, new)`, where `found` comes from a search in the text."""
        if not isinstance(call.func, ast.Attribute) or len(call.args) < 2 or not raw.carries(call.func.value):
            return None
        hit: set[str] = set()
        for finder in (c for c in function.calls if call_name(c) in _FINDERS and isinstance(c.func, ast.Attribute)):
            if Flow(function, seed=_is(finder)).carries(call.args[0]) and isinstance(finder.func, ast.Attribute):
                direct = any(d.split(".")[0] in _PATTERN_MODULES for d in self._dotted(function.module, finder))
                first = finder.args[0] if finder.args else None
                hit |= self._hit(function.module, first if direct and len(finder.args) > 1 else finder.func.value)
        return frozenset(hit) or None

    def _hit(self, module: Module, pattern: ast.expr | None) -> frozenset[str]:
        return frozenset(k for text, flags in self._sources.patterns(module, pattern) for k in kinds_hit(text, flags))

    def _helped(self, function: Function, call: ast.Call, known: Kinds) -> frozenset[str] | None:
        """What the functions that the call hands the input to replace; a call of itself replaces what the rest does."""
        if self.is_library(function.module, call):
            return frozenset({"email", "phone", "payment card", "IBAN"})
        found = self.called(function.module, call)
        if any(f.node is function.node for f in found):
            return frozenset()
        return frozenset(k for f in found for k in known.get(f.node, ())) or None

    def _fields(self, function: Function) -> frozenset[str]:
        """The kinds named by the field lists by which the function rebuilds a mapping that it returns."""
        named: set[str] = set()
        for test, result in _rebuilt(function):
            if _gives_back(function, result):
                named |= {
                    n for module, f in self._lists(function.module, test, 2) for n in self._sources.names_in(module, f)
                }
        kinds = {"email" if is_mail(n) else phrase for n in named if (phrase := pii_phrase(n))}
        return frozenset(kinds) if _enough(kinds) else frozenset()

    def _lists(self, module: Module, test: ast.expr, depth: int) -> Iterator[tuple[Module, ast.expr]]:
        """The lists of field names that a condition on a key asks, helper functions looked into."""
        match test:
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[fields]):
                yield module, fields
            case ast.BoolOp():
                yield from (f for v in test.values for f in self._lists(module, v, depth))
            case ast.UnaryOp():
                yield from self._lists(module, test.operand, depth)
            case ast.Call(func=ast.Name(id="any"), args=[ast.GeneratorExp(generators=[loop, *_])]):
                yield module, loop.iter
            case ast.Call(func=ast.Attribute(attr=name, value=pattern)) if name in _FINDERS:
                yield module, pattern
            case ast.Call() if depth > 0:
                returns = [(f, r.value) for f in self.called(module, test) for r in f.returns]
                yield from (x for f, v in returns if v is not None for x in self._lists(f.module, v, depth - 1))
            case ast.Name() | ast.Attribute() | ast.List() | ast.Tuple() | ast.Set():
                yield module, test


def _enough(kinds: Iterable[str]) -> bool:
    found = set(kinds)
    return "email" in found and len(found) > FEWEST_OTHERS


def _is(node: ast.AST) -> Callable[[ast.expr], bool]:
    return lambda n: n is node


def _is_bound(function: Function, parameter: ast.arg) -> bool:
    """self or cls."""
    return function.cls is not None and not is_static(function) and function.params[0] is parameter


def _outlives(flow: Flow) -> bool:
    """An attribute or a container keeps the value beyond the statement."""
    return any("." in name for name in flow.at_exit)


def _is_argument(module: Module, node: ast.expr) -> bool:
    """The value is passed on to another call in the same expression."""
    return any(isinstance(p, ast.Call) for p in module.ancestors(node) if isinstance(p, ast.expr | ast.keyword))


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(k.value for k in call.keywords)]


def _may_replace(function: Function, called: set[str]) -> bool:
    """Whether the function holds what a masker is made of."""
    if called & (_SUBSTITUTES | _LIBRARY_METHODS) or ("replace" in called and called & _FINDERS):
        return True
    return bool(called & _looped(function)) or any(True for _ in _rebuilt(function))


def _looped(function: Function) -> set[str]:
    """The names that loops of the function bind."""
    return {n.target.id for n in function.own_nodes if isinstance(n, ast.For) and isinstance(n.target, ast.Name)}


def _is_other(call: ast.Call, parts: Collection[ast.AST]) -> bool:
    """What the call gives back is no longer the text that went in: an answer, an object of another kind."""
    name = call_name(call)
    return call not in parts and name not in PASSING and not name[:1].isupper()


def _keeps_match(new: ast.expr | None) -> bool:
    """The replacement is the match itself."""
    if isinstance(new, ast.Lambda):
        body = new.body
        whole = isinstance(body, ast.Call) and call_name(body) == "group" and not any(constant(a) for a in body.args)
        return whole or (isinstance(body, ast.Subscript) and constant(body.slice) == 0)
    return text_of(new) in _WHOLE_MATCH


def _lets_through(function: Function, raw: list[ast.AST], masked: set[ast.AST]) -> bool:
    """Whether the input is returned as it came without any condition. What follows on a check of its type is fine."""
    typed = any(_under_type_check(function, m) for m in masked)
    return any(not _conditional(function, r) and not typed for r in raw)


def _inside(function: Function, node: ast.AST) -> Iterator[ast.AST]:
    """The statements of the function that hold the node, innermost first."""
    for parent in function.module.ancestors(node):
        if parent is function.node:
            return
        yield parent


def _conditional(function: Function, node: ast.AST) -> bool:
    for parent in _inside(function, node):
        if isinstance(parent, ast.ExceptHandler | ast.match_case | FunctionNode):
            return True
        if isinstance(parent, ast.If) and not isinstance(parent.test, ast.Constant):
            return True
    return False


def _under_type_check(function: Function, node: ast.AST) -> bool:
    for parent in _inside(function, node):
        calls = ast.walk(parent.test) if isinstance(parent, ast.If) else ()
        if isinstance(parent, ast.match_case) or any(
            isinstance(c, ast.Call) and call_name(c) in {"isinstance", "type", "hasattr"} for c in calls
        ):
            return True
    return False


def _rebuilt(function: Function) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Conditions on keys (or loops over names of fields) that decide what is replaced, and the mapping that results."""
    for node in function.own_nodes:
        match node:
            case ast.DictComp(value=ast.IfExp(test=test, body=body, orelse=orelse)) if _new(body) or _new(orelse):
                yield test, node
            case ast.DictComp(generators=[ast.comprehension(ifs=[ast.Compare(ops=[ast.NotIn()]) as test])]):
                yield test, node
            case ast.If():
                yield from ((node.test, result) for result in _overwritten(node.body))
            case ast.For(iter=fields):
                yield from ((fields, result) for result in _overwritten(node.body))


def _new(value: ast.expr) -> bool:
    """The value is not simply the old one."""
    return not isinstance(value, ast.Name | ast.Attribute | ast.Subscript)


def _overwritten(body: list[ast.stmt]) -> Iterator[ast.expr]:
    """The mappings one of whose items gets a new value, or is dropped, in the statements or those below them."""
    for node in (n for s in body for n in ast.walk(s)):
        match node:
            case ast.Assign(targets=[ast.Subscript(value=ast.Name() as mapping)], value=value) if _new(value):
                yield mapping
            case ast.Delete(targets=[ast.Subscript(value=ast.Name() as mapping)]):
                yield mapping
            case ast.Call(func=ast.Attribute(value=ast.Name() as mapping, attr="pop"), args=[_, *_]):
                yield mapping


def _gives_back(function: Function, result: ast.expr) -> bool:
    """Whether the function returns the mapping."""
    if isinstance(result, ast.Name):
        names = (n for r in function.returns for n in ast.walk(r))
        return any(isinstance(n, ast.Name) and n.id == result.id for n in names)
    return bool(Flow(function, seed=_is(result)).returned)
