"""Calls of a language model: a vendor SDK's, found by what their receiver is, and a completion method's on a handle."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.llm import vendors
from pytest_readiness.repo.modules import Class, Function, Module, argument, call_name, dotted, text_of
from pytest_readiness.repo.names import External, Instance, Names, Symbol, Value
from pytest_readiness.settings import LlmSettings

_GENERAL = frozenset({"complete", "acomplete", "generate", "invoke", "ainvoke"})
_MODEL_CLASS = re.compile(r"llm|model|chat|completion|gpt|claude|bedrock|openai", re.IGNORECASE)
_PROMPT_PARAMETERS = frozenset({"prompt", "prompts", "messages", "system", "question", "conversation"})
PROMPT_KEYWORDS = ("prompt", "messages", "input", "system", "contents", "system_instruction", "body", "inputs")


@dataclass(frozen=True, eq=False)
class LlmCall:
    """One place where a model is asked. A completion method handed to another call (`breaker.call(llm.complete, x)`) is
    one too: `node` is then that other call and `passed` is set."""

    module: Module
    node: ast.Call
    method: ast.expr
    """The expression of the method itself: `self.llm.complete`."""
    sdk: str
    """Dotted name of the vendor's method where it is known (`openai.AsyncOpenAI.chat.completions.create`), the URL of a
    plain HTTP request, else ""."""
    is_vendor: bool
    passed: bool = False

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def name(self) -> str:
        """The method's own name: `generate_completion`."""
        return _last(self.method)

    @property
    def receiver(self) -> ast.expr | None:
        """What the completion method is called on; the client itself for a vendor's chain. None for a bare function."""
        if not isinstance(self.method, ast.Attribute):
            return None
        return _client(self.method.value) if self.is_vendor else self.method.value

    @property
    def provider(self) -> str:
        """bedrock, openai, anthropic, google, local, or "" where the SDK is not known."""
        return vendors.provider_of(self.sdk)

    @property
    def is_http(self) -> bool:
        """A plain HTTP request to a vendor's API."""
        return "/" in self.sdk

    @property
    def function(self) -> Function | None:
        return self.module.enclosing_function(self.node)

    @property
    def prompts(self) -> list[ast.expr]:
        """The arguments that carry the question: prompt, messages, input, system and their like, else the first one."""
        wanted = ("json", "data", "content") if self.is_http else PROMPT_KEYWORDS
        keywords = [k.value for k in self.node.keywords if k.arg in wanted]
        spread = [k.value for k in self.node.keywords if k.arg is None]
        positional = [a for a in self.node.args if a is not self.method]
        return keywords or positional[:1] or spread


@dataclass(frozen=True, eq=False)
class LlmCaller:
    """A class, or outside classes a module, that calls a vendor SDK."""

    owner: Class | Module
    calls: tuple[LlmCall, ...]

    @property
    def name(self) -> str:
        return self.owner.name if isinstance(self.owner, Class) else self.owner.path

    @property
    def path(self) -> str:
        return self.owner.path

    @property
    def line(self) -> int:
        return self.owner.line


class LlmCalls:
    """All calls of a model in the given modules."""

    def __init__(self, modules: Iterable[Module], names: Names, settings: LlmSettings) -> None:
        self._modules, self._names, self._settings = tuple(modules), names, settings
        self._wanted = vendors.METHODS | set(settings.completion_methods)

    @property
    def completion_names(self) -> tuple[str, ...]:
        """Names that a completion method can have."""
        return self._settings.completion_methods

    @cached_property
    def all(self) -> tuple[LlmCall, ...]:
        """Every call, by file and line."""
        return tuple(call for module in self._modules for call in self._by_module(module))

    @cached_property
    def vendor(self) -> tuple[LlmCall, ...]:
        """The calls of a vendor SDK's generating methods."""
        return tuple(c for c in self.all if c.is_vendor)

    @cached_property
    def callers(self) -> tuple[LlmCaller, ...]:
        """Classes and modules that call a vendor SDK; a call whose prompt holds only constants is not counted."""
        found: dict[Class | Module, list[LlmCall]] = {}
        for call in self.vendor:
            if not self.constant_prompt(call):
                found.setdefault(call.module.enclosing_class(call.node) or call.module, []).append(call)
        return tuple(LlmCaller(owner, tuple(calls)) for owner, calls in found.items())

    def of_module(self, module: Module) -> list[LlmCall]:
        """The calls of one module, in the order of its lines; modules that are no product code can be asked too."""
        found = (call for node in module.calls for call in self._calls_at(module, node))
        return sorted(found, key=lambda c: (c.node.lineno, c.node.col_offset))

    def of_function(self, function: Function) -> list[LlmCall]:
        """The calls that stand in the function itself or in a function nested in it."""
        inside = set(ast.walk(function.node))
        return [c for c in self._by_module(function.module) if c.node in inside]

    def _by_module(self, module: Module) -> list[LlmCall]:
        if module not in self._cache:
            self._cache[module] = self.of_module(module)
        return self._cache[module]

    @cached_property
    def _cache(self) -> dict[Module, list[LlmCall]]:
        return {}

    def completion_method(self, cls: Class, name: str) -> Function | None:
        """The class's completion method of that name. A general name (generate, invoke, complete) alone is not enough:
        the class must be named after a model, or the method must take a prompt."""
        method = self._names.method(cls, name) if name in self._settings.completion_methods else None
        if method is None or name not in _GENERAL or _MODEL_CLASS.search(cls.name):
            return method
        return method if any(p.arg in _PROMPT_PARAMETERS for p in method.params) else None

    def declares_completion(self, cls: Class) -> bool:
        """Whether objects of the class have a completion method."""
        return any(self.completion_method(cls, m) for m in self._settings.completion_methods)

    def is_handle(self, module: Module, node: ast.expr) -> bool:
        """Whether the expression is a handle: its name contains `llm`, or its class declares a completion method."""
        if isinstance(node, ast.Name) and node.id in ("self", "cls"):
            return False
        if isinstance(node, ast.Call) and call_name(node) == "super":
            return False
        if "llm" in handle_name(node).lower() or self._holds_handle(module, node):
            return True
        found = self._names.resolve(module, node)
        return any(
            isinstance(s, Instance) and isinstance(s.of, Class) and self.declares_completion(s.of) for s in found
        )

    def _holds_handle(self, module: Module, node: ast.expr) -> bool:
        """Whether what is assigned to a name or attribute is a handle by its own name: `self._model = llm_service`."""
        if isinstance(node, ast.Name):
            values = self._local_values(module, node)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = module.enclosing_class(node)
            family = [c for c in self._names.ancestry(owner) if isinstance(c, Class)] if owner else []
            assigned = [a for c in family for a in self._names.attributes(c).get(node.attr, [])]
            values = [b.value for _, b in assigned if b.value is not None and node.value.id in ("self", "cls")]
        else:
            return False
        return any("llm" in handle_name(v).lower() for value in values for v in _alternatives(value))

    def constant_prompt(self, call: LlmCall) -> bool:
        """Whether the question holds only constants: a health ping."""
        return bool(call.prompts) and all(self._is_constant(call.module, p) for p in call.prompts)

    def _is_constant(self, module: Module, node: ast.expr) -> bool:
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute | ast.Call)]
        if not names:
            return True
        if not isinstance(node, ast.Name):
            return all(isinstance(n, ast.Name) and self._is_constant(module, n) for n in names)
        found = self._names.resolve(module, node)
        return bool(found) and all(isinstance(s, Value) and _is_literal(s.node) for s in found)

    def _calls_at(self, module: Module, node: ast.Call) -> Iterator[LlmCall]:
        if vendors.is_http_method(call_name(node)):
            url = self._url(module, node)
            if url and vendors.asks_over_http(call_name(node), url):
                yield LlmCall(module, node, node.func, url, is_vendor=True)
                return
        method = self._method(module, node.func)
        if method is not None:
            found = self._judged(module, node, method, passed=False)
            if found:
                yield found
        for given in node.args:
            if isinstance(given, ast.Attribute) and given.attr in self._wanted:
                found = self._judged(module, node, given, passed=True)
                if found:
                    yield found

    def _url(self, module: Module, node: ast.Call) -> str:
        """The constant text of the arguments that may be the request's URL, and of the client's base URL."""
        given = [*node.args[:2], *(k.value for k in node.keywords if k.arg == "url")]
        return self._base_url(module) + "".join(self._text(module, g) for g in given)

    def _text(self, module: Module, node: ast.expr) -> str:
        parts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        names = [n for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute)]
        values = [s.node for n in names for s in self._names.resolve(module, n) if isinstance(s, Value)]
        return "".join([*(text_of(v) or "" for v in values), *parts])

    def _base_url(self, module: Module) -> str:
        """`base_url=` of the HTTP clients that the module builds."""
        clients = [c for c in module.calls if call_name(c) in ("Client", "AsyncClient", "ClientSession")]
        found = [argument(c, "base_url") for c in clients]
        return "".join(self._text(module, f) for f in found if f is not None)

    def _method(self, module: Module, func: ast.expr) -> ast.expr | None:
        """The method that is called, a local name for it and `getattr` looked through; None where it cannot be one."""
        if isinstance(func, ast.Attribute):
            return func if func.attr in self._wanted else None
        if isinstance(func, ast.Call) and call_name(func) == "getattr" and len(func.args) >= 2:
            name = text_of(func.args[1])
            return ast.Attribute(func.args[0], name) if name in self._wanted else None
        if not isinstance(func, ast.Name):
            return None
        bound = self._local_values(module, func)
        methods = [v for v in bound if isinstance(v, ast.Attribute) and v.attr in self._wanted]
        return methods[0] if methods else func if func.id in self._wanted else None

    def _local_values(self, module: Module, name: ast.Name) -> list[ast.expr]:
        function = module.enclosing_function(name)
        bindings = self._names.bindings(function).get(name.id, []) if function else []
        return [b.value for b in bindings if b.value is not None]

    def _judged(self, module: Module, node: ast.Call, method: ast.expr, *, passed: bool) -> LlmCall | None:
        found = self._names.resolve(module, method)
        external = [s.name for s in found if isinstance(s, External)]
        sdk = next((name for name in external if vendors.generates(name, self._settings.vendor_sdks)), None)
        if sdk is not None:
            return LlmCall(module, node, method, sdk, is_vendor=True, passed=passed)
        if _is_known(found):
            external = []
        elif vendors.unmistakable(_chain(method), [k.arg for k in node.keywords]):
            return LlmCall(module, node, method, "", is_vendor=True, passed=passed)
        if external or not isinstance(method, ast.Attribute) or method.attr not in self._settings.completion_methods:
            return None
        handled = self.is_handle(module, method.value)
        return LlmCall(module, node, method, "", is_vendor=False, passed=passed) if handled else None


def _alternatives(node: ast.expr) -> list[ast.expr]:
    """The values, one of which the expression has."""
    match node:
        case ast.BoolOp(values=values):
            return values
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
    return [node]


def handle_name(node: ast.expr) -> str:
    """The name by which code holds an object: attribute, local, literal key, or the function that gives it."""
    match node:
        case ast.Await():
            return handle_name(node.value)
        case ast.Attribute():
            return node.attr
        case ast.Name():
            return node.id
        case ast.Subscript():
            return text_of(node.slice) or handle_name(node.value)
        case ast.Call(func=ast.Attribute(attr="get"), args=[key, *_]) if text_of(key):
            return text_of(key) or ""
        case ast.Call():
            return handle_name(node.func)
    return ""


def _is_known(found: list[Symbol]) -> bool:
    """The method is the repository's own, or that of a library that is no vendor."""
    return any(isinstance(s, Function | Class | External) for s in found)


def _client(node: ast.expr) -> ast.expr:
    """The client below `chat.completions`, `messages`, `models` and their like."""
    steps = {
        "chat",
        "completions",
        "responses",
        "messages",
        "beta",
        "aio",
        "models",
        "with_raw_response",
        "with_options",
    }
    while isinstance(node, ast.Attribute) and node.attr in steps:
        node = node.value
    return node


def _chain(method: ast.expr) -> str:
    """The dotted names at the end of an expression: `chat.completions.create` for `x().chat.completions.create`."""
    parts: list[str] = []
    while isinstance(method, ast.Attribute):
        parts.append(method.attr)
        method = method.value
    return ".".join(reversed(parts))


def _last(method: ast.expr) -> str:
    return (dotted(method) or _chain(method)).rpartition(".")[2]


def _is_literal(node: ast.expr) -> bool:
    kinds = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.operator)
    return all(isinstance(n, (*kinds, ast.expr_context)) for n in ast.walk(node))
