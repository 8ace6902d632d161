"""Literals that a program would use as its own secret: session keys, signing keys, passwords of its own services."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.credential_names import OWN_ENDINGS, ends_with, is_third_party
from pytest_readiness.repo.modules import Class, FunctionNode, Module, argument, call_name, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.origins import Origins
from pytest_readiness.repo.pii import words_of
from pytest_readiness.secret_formats import is_placeholder

_MENTIONED = re.compile(r"(?i)secret|password|passphrase|pepper|(?:signing|encryption|hmac)_?key")
_LOOKUPS = frozenset({"get", "getenv", "pop", "setdefault", "env", "str", "config", "decouple", "getattr"})
"""Calls whose second argument stands in where the first, a name, is not set."""
_SCHEMA = frozenset({"Required", "Optional", "Exclusive", "Inclusive"})
"""Calls that declare a key of a mapping."""
_ASKED = ("secret", "parameter", "env", "credential", "secret_value")
"""Endings of functions that are asked for a secret by its name."""
_FIELDS = frozenset(
    {"Field", "field", "SecretStr", "SecretBytes", "Form", "Query", "Header", "Body", "Option", "Argument"}
)
_ENUMS = frozenset({"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag"})
_VERBS = frozenset({"reset", "change", "forgot", "update", "verify", "confirm", "rotate", "set", "create", "delete"})
"""First words of the names of operations on a secret."""
_EXITS = frozenset({"exit", "_exit", "quit", "abort"})
_MASKED = re.compile(
    r"[\W_]+|[xX]{3,}|[\[<(]?\s*(?:redact\w*|mask\w*|hidden|filtered|removed|secret hidden)\s*[\])>]?", re.IGNORECASE
)
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[_./:-][A-Za-z0-9]+)+")


@dataclass(frozen=True, eq=False)
class OwnSecret:
    """A literal, the name that it is the secret of, and where it stands. `value` must be masked before it is shown."""

    module: Module
    node: ast.expr
    name: str
    value: str


class OwnSecrets:
    """Looks for them in product code."""

    def __init__(self, modules: Iterable[Module], names: Names, origins: Origins) -> None:
        self._names, self._origins, self._modules = names, origins, tuple(modules)
        self.found = tuple(s for m in self._modules for s in self._of(m) if not self._is_refused(s))

    def _of(self, module: Module) -> Iterator[OwnSecret]:
        seen: set[ast.AST] = set()
        for node in module.nodes if _MENTIONED.search(module.text) else ():
            for name, value in self._bound(module, node):
                for literal, text in self._literals(module, value, name):
                    if literal not in seen and self._counts(module, node, name, text):
                        seen.add(literal)
                        yield OwnSecret(module, literal, name, text)

    def _bound(self, module: Module, node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
        """What is assigned or defaults to a name of a secret, and lookups of such a name with a second argument."""
        match node:
            case ast.Assign():
                pairs = [(_target(t), node.value) for t in node.targets]
            case ast.AnnAssign(value=ast.expr() as value):
                pairs = [(_target(node.target), value)]
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                pairs = list(module.function_of(node).defaults.items())
            case ast.Call():
                pairs = list(_fallback(node))
            case _:
                return
        yield from ((n, v) for n, v in pairs if n and ends_with(n, OWN_ENDINGS))

    def _literals(self, module: Module, node: ast.expr, name: str) -> Iterator[tuple[ast.expr, str]]:
        """The literals that the expression may come to."""
        match node:
            case ast.Constant(value=str() | bytes() as value) if value:
                yield node, value if isinstance(value, str) else value.decode("utf-8", "replace")
            case ast.BoolOp(op=ast.Or()):
                yield from (p for v in node.values for p in self._literals(module, v, name))
            case ast.IfExp():
                yield from (p for v in (node.body, node.orelse) for p in self._literals(module, v, name))
            case ast.Call():
                defaults = (d for d in _defaults_of(node) if words_of(text_of(d) or "") != words_of(name))
                yield from (p for d in defaults for p in self._literals(module, d, name))
            case ast.Name() | ast.Attribute():
                yield from self._constant(module, node)

    def _constant(self, module: Module, node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
        """The literal behind the name of a constant, where it stands; what callers pass for a parameter is none."""
        function = module.enclosing_function(node)
        if function is not None and isinstance(node, ast.Name) and node.id in {p.arg for p in function.params}:
            return
        for origin in self._origins.of(module, node):
            if origin.module is module and (text := text_of(origin.node)):
                yield origin.node, text

    def _counts(self, module: Module, node: ast.AST, name: str, text: str) -> bool:
        """No masking, no name of a field, place or vendor's setting, no prompt."""
        if not text.strip() or _MASKED.fullmatch(text.strip()) or text.rstrip().endswith((":", "?")):
            return False
        if is_third_party(name) and is_placeholder(text):
            return False
        return not (isinstance(node, ast.Assign | ast.AnnAssign) and self._is_label(module, node, name, text))

    def _is_label(self, module: Module, node: ast.Assign | ast.AnnAssign, name: str, text: str) -> bool:
        """The literal names where the secret is kept, or what is done with one: `RESET_PASSWORD = "reset_password"`."""
        cls = module.enclosing_class(node)
        if cls is not None and self._is_enum(cls):
            return True
        if "://" in text or text.startswith(("arn:", "/")) or (_IDENTIFIER.fullmatch(text) and "/" in text):
            return True
        if words_of(text) == words_of(name) and words_of(name)[0] in _VERBS:
            return True
        return name.isupper() and name in self._keys

    def _is_enum(self, cls: Class) -> bool:
        return self._names.inherits(cls, *_ENUMS)

    @cached_property
    def _keys(self) -> frozenset[str]:
        """Names that code uses as the key of a lookup, of a dict or schema: `config[CONF_PASSWORD]`, `getenv(NAME)`."""
        return frozenset(name for m in self._modules for node in m.nodes for name in _keys_in(node))

    def _is_refused(self, secret: OwnSecret) -> bool:
        """The same function, class or module raises or exits when the value equals the literal."""
        module = secret.module
        tests = [n for n in module.nodes if isinstance(n, ast.If) and _ends_run(n.body)]
        return any(self._tests_for(module, test, secret) for test in tests if _is_near(module, test, secret.node))

    def _tests_for(self, module: Module, test: ast.If, secret: OwnSecret) -> bool:
        for compare in ast.walk(test.test):
            if not isinstance(compare, ast.Compare) or len(compare.ops) != 1:
                continue
            if not isinstance(compare.ops[0], ast.Eq | ast.In | ast.Is):
                continue
            left, right = compare.left, compare.comparators[0]
            sides = ((left, right), (right, left)) if isinstance(compare.ops[0], ast.Eq) else ((left, right),)
            if any(self._is_value(module, v, secret) and self._holds(module, w, secret.value) for v, w in sides):
                return True
        return False

    def _is_value(self, module: Module, node: ast.expr, secret: OwnSecret) -> bool:
        """Whether the expression is the secret: the same name, or what a validator of that field is handed."""
        name = _target(node) or (_target(node.func.value) if _is_method_call(node) else "")  # type: ignore[attr-defined]
        if name and (words_of(name) == words_of(secret.name) or ends_with(name, ["".join(words_of(secret.name)[-2:])])):
            return True
        function = module.enclosing_function(node)
        if function is None or not isinstance(node, ast.Name) or node.id not in {p.arg for p in function.params}:
            return False
        fields = (text_of(a) for d in function.node.decorator_list if isinstance(d, ast.Call) for a in d.args)
        return any(f is not None and words_of(f) == words_of(secret.name) for f in fields)

    def _holds(self, module: Module, node: ast.expr, value: str) -> bool:
        """Whether the expression is the literal or a collection with it, named or written out."""
        if text_of(node) == value:
            return True
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return any(self._holds(module, e, value) for e in node.elts)
        if isinstance(node, ast.Call) and node.args and call_name(node) in ("frozenset", "set", "tuple", "list"):
            return self._holds(module, node.args[0], value)
        if isinstance(node, ast.Name | ast.Attribute):
            behind = (o for o in self._origins.of(module, node) if not isinstance(o.node, ast.Name | ast.Attribute))
            return any(self._holds(o.module, o.node, value) for o in behind)
        return False


def _keys_in(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Subscript(slice=key):
            yield _target(key)
        case ast.Dict():
            yield from (_target(key) for key in node.keys if key is not None)
        case ast.Call(args=[key, *_]) if call_name(node) in _LOOKUPS | _SCHEMA or ends_with(call_name(node), _ASKED):
            yield _target(key)


def _target(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as key)):
            return key
    return ""


def _fallback(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """`getenv("JWT_SECRET", "dev")`: the looked-up name with what stands in for it."""
    name_at = 1 if call_name(call) == "getattr" else 0
    if call_name(call) in _LOOKUPS and len(call.args) > name_at and (name := text_of(call.args[name_at])):
        default = argument(call, "default", name_at + 1)
        if default is not None:
            yield name, default


def _defaults_of(call: ast.Call) -> Iterator[ast.expr]:
    """What a call comes to where nothing is set: `Field(default=...)`, `getenv(name, default)`, `SecretStr(...)`."""
    name = call_name(call)
    if name in _FIELDS:
        default = argument(call, "default", 0) or argument(call, "default_factory")
        inner = default.body if isinstance(default, ast.Lambda) else default
        yield from [inner] if inner is not None else []
    elif name in _LOOKUPS and (default := argument(call, "default", 2 if name == "getattr" else 1)) is not None:
        yield default
    elif name in ("encode", "strip", "decode") and isinstance(call.func, ast.Attribute):
        yield call.func.value


def _ends_run(body: list[ast.stmt]) -> bool:
    """Whether the statements raise, or exit the program."""
    for statement in body:
        if isinstance(statement, ast.Raise):
            return True
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and call_name(call) in _EXITS:
            return True
    return False


def _is_near(module: Module, test: ast.If, literal: ast.expr) -> bool:
    """In the same function or class as the literal; anywhere in the module, for a literal of the module itself."""
    scope = next((p for p in module.ancestors(literal) if isinstance(p, FunctionNode | ast.ClassDef)), None)
    return (
        scope is None
        or scope in module.ancestors(test)
        or not any(isinstance(p, FunctionNode | ast.ClassDef) for p in module.ancestors(test))
    )


def _is_method_call(node: ast.expr) -> bool:
    """`secret.lower()`"""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
