"""Does text leave for a language model unmasked? Backwards from the call: what it sends, where that came from."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.llm import LlmCall, LlmCaller
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site, call_name, text_of
from pytest_readiness.repo.names import External
from pytest_readiness.repo.origins import is_static
from pytest_readiness.repo.pii import part_name, part_owner, pii_part, pii_phrase, words_of
from pytest_readiness.repo.privacy.maskers import Maskers
from pytest_readiness.repo.privacy.passing import HARMLESS

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

CALLS_UP = 3
"""How many calls a parameter is followed back."""
_MOST_CALLERS = 60
_LABELS = frozenset(
    {
        "id", "ids", "uuid", "role", "type", "kind", "model", "language", "lang", "locale", "timestamp",
        "date", "time", "at", "count", "total", "temperature", "tokens", "format", "level", "status",
        "version", "index", "score",
    }
)  # fmt: skip
"""Last words of fields and parameters that hold no text of persons."""
_THINGS = [["model"], ["tool"], ["agent"], ["function"], ["provider"], ["schema"]]
"""Words before `name` of what is no person."""
_NUMBERS = frozenset({"int", "float", "bool", "datetime", "date", "timedelta", "UUID", "Decimal", "Literal", "Enum"})
_PLAIN_SOURCES = (
    "builtins.", "datetime.", "time.", "uuid.", "os.", "json.", "random.", "math.", "textwrap.",
    "string.",
)  # fmt: skip
_SETTINGS = frozenset(
    {
        "config", "settings", "prompts", "templates", "template", "options", "env", "environ", "constants",
    }
)  # fmt: skip
_READS = frozenset({"read", "read_text", "json", "form", "body", "text", "input", "recv", "receive", "receive_text"})
_TEXT_KEYS = frozenset({"content", "text", "prompt", "input", "messages", "parts", "body"})
"""Keys under which a message or a request keeps its text."""
_FILE_READS = frozenset({"read", "read_text", "readlines"})
_FETCHES = ("get", "fetch", "load", "search", "find", "query", "retrieve", "recall", "list", "receive", "download")

Above = frozenset[ast.AST]
"""Functions that a question has come through."""


@dataclass(frozen=True)
class Sent:
    """One call of an SDK: `source` is where unmasked text comes from, None where all that is sent is masked."""

    call: LlmCall
    source: Site | None


class Prompts:
    """What the callers of a provider's SDK send."""

    def __init__(self, repo: Repo, maskers: Maskers) -> None:
        self._repo, self._names, self._maskers = repo, repo.names, maskers
        self._answers: dict[tuple[ast.AST, str, int], Site | None] = {}
        self._in_place: dict[ast.AST, dict[str, list[tuple[int, int]]]] = {}
        self._raw_returns: dict[ast.AST, bool] = {}
        self._passes: dict[ast.AST, bool] = {}
        self._kept: dict[tuple[ast.AST, str], bool] = {}

    def sent(self, caller: LlmCaller) -> list[Sent]:
        """Each call of the caller whose prompt is more than constants."""
        calls = (c for c in caller.calls if not self._repo.llm.calls.constant_prompt(c))
        return [Sent(c, self.source(c)) for c in calls]

    def source(self, call: LlmCall) -> Site | None:
        """Where the unmasked text that the call sends comes from."""
        return self._sent(call.module, call.node, call.prompts, CALLS_UP, frozenset())

    def _sent(self, module: Module, node: ast.AST, sent: list[ast.expr], depth: int, above: Above) -> Site | None:
        """What stands at the node may come from each of the functions around it."""
        around = [module.function_of(n) for n in module.ancestors(node) if isinstance(n, FunctionNode)]
        found = (self._source(f, sent, depth, above) for f in around or [_top_level(module)])
        return next((s for s in found if s is not None), None)

    def _source(self, function: Function, sent: list[ast.expr], depth: int, above: Above) -> Site | None:
        module, params = function.module, self._params(function)
        whole = self._flow(function, params, self._seed(module))
        if not any(whole.carries(e) for e in sent):
            return None
        for start in (n for n in whole.carrying if isinstance(n, ast.expr) and self._starts(module, n)):
            alone = self._flow(function, (), _is(start))
            if any(alone.carries(e) for e in sent):
                return module.at(start, f"unmasked text: {_shown(start)}")
        reaching = (p for p in params if any(self._flow(function, (p,)).carries(e) for e in sent))
        found = (self._given(function, p, depth, above) for p in reaching)
        return next((s for s in found if s is not None), None)

    def _given(self, function: Function, name: str, depth: int, above: Above) -> Site | None:
        """Where a caller passes unmasked text for the parameter; the parameter itself where no caller is seen."""
        key = (function.node, name, depth)
        if key not in self._answers:
            self._answers[key] = self._from_callers(function, name, depth, above | {function.node})
        return self._answers[key]

    def _from_callers(self, function: Function, name: str, depth: int, above: Above) -> Site | None:
        callers = [c for c in self._callers(function) if not above & set(c[0].ancestors(c[1].func))]
        if depth <= 0 or not callers or self._repo.web.handler_of(function) is not None:
            here = next((p for p in function.params if p.arg == name), function.node)
            return function.module.at(here, f"unmasked text: the parameter {name}")
        for module, call in callers:
            given = _passed(function, call, name)
            found = self._sent(module, call.func, given, depth - 1, above) if given else None
            if found:
                return found
        return None

    def _flow(
        self, function: Function, names: Iterable[str], seed: Callable[[ast.expr], bool] = lambda _: False
    ) -> Flow:
        return Flow(function, seed, names, self._ends(function.module), self._stops(function))

    def _stops(self, function: Function) -> Callable[[ast.expr], bool]:
        """Expressions that hold no text of persons: labels, messages whose text was replaced."""
        done = self._masked_in_place(function)

        def stops(node: ast.expr) -> bool:
            if isinstance(node, ast.Name):
                return any(start < node.lineno <= end for start, end in done.get(node.id, ()))
            return _is_label(node) or (isinstance(node, ast.Dict) and self._replaces_text(function.module, node))

        return stops

    def _replaces_text(self, module: Module, node: ast.Dict) -> bool:
        """`{**message, "content": mask(message["content"])}`."""
        texts = (v for k, v in zip(node.keys, node.values, strict=True) if text_of(k) in _TEXT_KEYS)
        return None in node.keys and any(isinstance(v, ast.Call) and self.clean_call(module, v) for v in texts)

    def _masked_in_place(self, function: Function) -> dict[str, list[tuple[int, int]]]:
        """Names whose texts are replaced where they stand, with the lines between which that holds."""
        if function.node not in self._in_place:
            self._in_place[function.node] = self._replaced_texts(function)
        return self._in_place[function.node]

    def _replaced_texts(self, function: Function) -> dict[str, list[tuple[int, int]]]:
        found: dict[str, list[tuple[int, int]]] = {}
        for node in function.own_nodes:
            if isinstance(node, ast.Assign) and self._is_masked_part(function.module, node):
                owner = part_owner(node.targets[0])
                loop = function.module.parents.get(node)
                at_once = loop in (function.node, None) or isinstance(loop, ast.With | ast.AsyncWith | ast.Try)
                if (
                    isinstance(loop, ast.For)
                    and isinstance(loop.iter, ast.Name)
                    and ast.dump(loop.target) == _stored(owner)
                ):
                    found.setdefault(loop.iter.id, []).append(_lines(function, loop, loop.iter.id))
                elif at_once and isinstance(owner, ast.Name):
                    found.setdefault(owner.id, []).append(_lines(function, node, owner.id))
        return found

    def _is_masked_part(self, module: Module, node: ast.Assign) -> bool:
        """`message["content"] = mask(...)`, `message.content = mask(...)`."""
        named = part_name(node.targets[0]) in _TEXT_KEYS and not isinstance(node.targets[0], ast.Name)
        return named and isinstance(node.value, ast.Call) and self._maskers.applies(module, node.value)

    def _seed(self, module: Module) -> Callable[[ast.expr], bool]:
        return lambda node: self._starts(module, node)

    def _ends(self, module: Module) -> Callable[[ast.Call], bool]:
        return lambda call: self.clean_call(module, call)

    def _params(self, function: Function) -> tuple[str, ...]:
        bound = function.cls is not None and not is_static(function)
        return tuple(p.arg for p in function.params[bound:] if not _is_number(p))

    def clean_call(self, module: Module, call: ast.Call) -> bool:
        """What the call gives back is masked or tells nothing, whatever goes in."""
        if call_name(call) in HARMLESS or self._maskers.applies(module, call):
            return True
        called = [f for f in self._maskers.called(module, call) if f.is_real]
        return bool(called) and not any(self._lets_pass(f) for f in called)

    def _lets_pass(self, function: Function) -> bool:
        """Whether what goes in comes back unmasked."""
        if function.node not in self._passes:
            self._passes[function.node] = True
            self._passes[function.node] = bool(self._flow(function, self._params(function)).returned)
        return self._passes[function.node]

    def _starts(self, module: Module, node: ast.expr) -> bool:
        """Whether the expression brings in text from outside the function that may be about persons."""
        if isinstance(node, ast.Call):
            return self._brings(module, node)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            return not _is_label(node) and self._kept_raw(module, node)
        return isinstance(node, ast.Name) and self._is_outer(module, node)

    def _brings(self, module: Module, call: ast.Call) -> bool:
        if call_name(call) in HARMLESS or self._maskers.applies(module, call) or _is_label(call):
            return False
        if pii_part(call):
            return True
        called = [f for f in self._maskers.called(module, call) if f.is_real]
        if called:
            return any(self._returns_raw(f) for f in called)
        name, owner = call_name(call), _owner_name(call)
        if name in _FILE_READS and self._reads_given_file(module, call):
            return True
        if any(d.startswith(_PLAIN_SOURCES) for d in self._names.dotted(module, call.func)) and name != "input":
            return False
        if _SETTINGS & set(words_of(owner)[-1:]) or self._is_literal(module, call):
            return False
        return name in _READS or name.lower().startswith(_FETCHES)

    def _reads_given_file(self, module: Module, call: ast.Call) -> bool:
        """The file's name depends on a parameter; one with a fixed name is a template."""
        made = self._repo.origins.of(module, call.func.value) if isinstance(call.func, ast.Attribute) else []
        names = ((o.module, n) for o in made for n in ast.walk(o.node) if isinstance(n, ast.Name))
        found = (
            b.node for home, n in names if n in home.parents for b in (self._names.lookup(home, n) or (None, []))[1]
        )
        return any(isinstance(n, ast.arg) for n in found)

    def _is_literal(self, module: Module, call: ast.Call) -> bool:
        """A method of a literal table."""
        made = self._repo.origins.of(module, call.func.value) if isinstance(call.func, ast.Attribute) else []
        return bool(made) and all(isinstance(o.node, ast.Dict | ast.Constant) for o in made)

    def _returns_raw(self, function: Function) -> bool:
        """Whether the function gives back text that it took from somewhere itself."""
        if function.node not in self._raw_returns:
            self._raw_returns[function.node] = False
            flow = self._flow(function, (), self._seed(function.module))
            self._raw_returns[function.node] = bool(flow.returned)
        return self._raw_returns[function.node]

    def _kept_raw(self, module: Module, node: ast.Attribute) -> bool:
        """Whether a method keeps unmasked text in the attribute, or its name says that it holds some."""
        cls = module.enclosing_class(node)
        if cls is None:
            return False
        key = (cls.node, node.attr)
        if key not in self._kept:
            self._kept[key] = False
            self._kept[key] = self._keeps(cls, node.attr)
        return self._kept[key]

    def _keeps(self, cls: Class, name: str) -> bool:
        for method in (m for n, m in cls.methods.items() if n != "__init__"):
            if any(isinstance(n, ast.Attribute) and n.attr == name for n in method.own_nodes):
                flow = self._flow(method, self._params(method), self._seed(method.module))
                if f"self.{name}" in flow.at_exit:
                    return True
        return bool(pii_phrase(name)) and self._built_raw(cls, name)

    def _built_raw(self, cls: Class, name: str) -> bool:
        """Whether the constructor puts unmasked text into an attribute that by its name holds personal data."""
        assigned = (pair for pair in self._names.attributes(cls).get(name, []) if pair[0].name == "__init__")
        values = [(method, b.value) for method, b in assigned if b.value is not None]
        return any(self._source(method, [value], 1, frozenset()) is not None for method, value in values)

    def _is_outer(self, module: Module, node: ast.Name) -> bool:
        """A name of an outer function or of the module that holds text of persons by its name or its making."""
        found = self._names.lookup(module, node)
        function = module.enclosing_function(node)
        if found is None or found[0] is function or not pii_phrase(node.id):
            return False
        return any(isinstance(b.node, ast.arg) or isinstance(b.value, ast.Call) for b in found[1])

    def _callers(self, function: Function) -> Iterator[tuple[Module, ast.Call]]:
        """The calls that may run the function: of itself, of the interface it implements, or through its decorator."""
        wrapped = list(self._wrapped(function))
        if wrapped:
            yield from wrapped
            return
        name = function.cls.name if function.cls and function.name == "__init__" else function.name
        for module, call in self._calls.get(name, [])[:_MOST_CALLERS]:
            if self._may_call(module, call, function):
                yield module, call

    @cached_property
    def _calls(self) -> dict[str, list[tuple[Module, ast.Call]]]:
        """Calls by the name of what they run; functions handed over to run later count as run."""
        found: dict[str, list[tuple[Module, ast.Call]]] = {}
        for module in self._repo.product:
            imported = (a for n in module.imports if isinstance(n, ast.ImportFrom) for a in n.names)
            aliases = {a.asname: a.name for a in imported if a.asname}
            for call in module.calls:
                name = call_name(call)
                found.setdefault(aliases.get(name, name), []).append((module, call))
                for handed in (a for a in call.args if isinstance(a, ast.Attribute | ast.Name)):
                    found.setdefault(part_name(handed) or "", []).append((module, _as_call(call, handed)))
        return found

    def _may_call(self, module: Module, call: ast.Call, function: Function) -> bool:
        if function.name == "__init__":
            return function.cls in self._names.constructed(module, call)
        known = self._names.functions(module, call.func)
        if function in known or isinstance(call.func, ast.Name):
            return function in known
        if any(f.is_real for f in known) and not any(self._above(f, function) for f in known):
            return False
        if any(isinstance(s, External) for s in self._names.resolve(module, call.func)):
            return False
        return (function.cls is not None) == isinstance(call.func, ast.Attribute) and _fits(function, call)

    def _above(self, method: Function, function: Function) -> bool:
        """A method of a base class that the function overrides."""
        return function.cls is not None and method.cls in self._names.ancestry(function.cls)

    def _wrapped(self, function: Function) -> Iterator[tuple[Module, ast.Call]]:
        """Where a decorator of the repository runs the function that it was given."""
        for decorator in function.node.decorator_list:
            target = decorator.func if isinstance(decorator, ast.Call) else decorator
            for outer in self._names.functions(function.module, target):
                yield from _runs_given(outer)


def _is(node: ast.AST) -> Callable[[ast.expr], bool]:
    return lambda n: n is node


def _runs_given(outer: Function) -> Iterator[tuple[Module, ast.Call]]:
    given = {p.arg for p in outer.params}
    for node in ast.walk(outer.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in given:
            inner = outer.module.enclosing_function(node)
            if inner is not None and inner is not outer:
                yield outer.module, node


def _passed(function: Function, call: ast.Call, name: str) -> list[ast.expr]:
    """What a call passes for the parameter; what it unpacks where that may be it; nothing where the default holds."""
    named = [k.value for k in call.keywords if k.arg == name]
    bound = function.cls is not None and not is_static(function) and isinstance(call.func, ast.Attribute)
    names = [p.arg for p in function.params[bound:]]
    position = names.index(name) if name in names else len(names)
    before = call.args[: position + 1]
    starred = [a.value for a in before if isinstance(a, ast.Starred)]
    if named or starred:
        return named or starred
    extra = function.node.args.vararg is not None and function.node.args.vararg.arg == name
    if extra or position < len(call.args):
        return call.args[position:] if extra else [call.args[position]]
    spread = [k.value for k in call.keywords if k.arg is None]
    catching = function.node.args.kwarg is not None and function.node.args.kwarg.arg == name
    return [k.value for k in call.keywords if k.arg not in names] if catching else spread


def _fits(function: Function, call: ast.Call) -> bool:
    """Whether the function could take the call's arguments."""
    arguments = function.node.args
    bound = function.cls is not None and not is_static(function)
    names = [p.arg for p in (*arguments.posonlyargs, *arguments.args)][bound:]
    keywords = {k.arg for k in call.keywords if k.arg}
    loose = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
    known = {*names, *(p.arg for p in arguments.kwonlyargs)}
    if (arguments.vararg is None and len(call.args) > len(names)) or (arguments.kwarg is None and keywords - known):
        return False
    filled = {*names[: len(call.args)], *keywords, *function.defaults}
    return loose or set(names) <= filled


def _as_call(outer: ast.Call, handed: ast.Attribute | ast.Name) -> ast.Call:
    """`breaker.call(llm.ask, x)` as `llm.ask(x)`."""
    rest = outer.args[outer.args.index(handed) + 1 :]
    return ast.copy_location(ast.Call(handed, rest, outer.keywords), outer)


def _stored(owner: ast.expr | None) -> str:
    """How the owner looks as a loop's target."""
    return ast.dump(ast.Name(owner.id, ast.Store())) if isinstance(owner, ast.Name) else ""


def _lines(function: Function, start: ast.stmt, name: str) -> tuple[int, int]:
    """From the statement to the next one that binds the name anew, or to the function's end."""
    after = start.end_lineno or start.lineno
    again = (n.lineno for n in function.own_nodes if isinstance(n, ast.Name) and n.id == name and _is_store(n))
    return after, min((line for line in again if line > after), default=function.node.end_lineno or after)


def _is_store(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _top_level(module: Module) -> Function:
    """The module's own statements as a function without parameters."""
    arguments = ast.arguments([], [], None, [], [], None, [])
    return Function(module, ast.FunctionDef("", arguments, module.tree.body if module.tree else [], [], lineno=1))


def _is_number(parameter: ast.arg) -> bool:
    """The parameter holds a number, a date, an id, a switch."""
    kinds = {n.id for n in ast.walk(parameter.annotation) if isinstance(n, ast.Name)} if parameter.annotation else set()
    if kinds and kinds <= _NUMBERS | {"None", "Optional", "list", "List"}:
        return True
    return _labels(parameter.arg)


def _is_label(node: ast.expr) -> bool:
    """A part of a record that holds no text of persons: its id, its role."""
    name = part_name(node)
    return name is not None and not isinstance(node, ast.Name) and _labels(name)


def _labels(name: str) -> bool:
    words = words_of(name)
    if not words or pii_phrase(name):
        return False
    return words[-1] in _LABELS or (words[-1] == "name" and words[-2:-1] in _THINGS)


def _owner_name(call: ast.Call) -> str:
    node = call.func.value if isinstance(call.func, ast.Attribute) else None
    return (part_name(node) or "") if node is not None else ""


def _shown(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 60 else f"{text[:57]}..."
