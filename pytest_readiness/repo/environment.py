"""Which environment variables the system reads, and where: directly, through helper functions, by settings classes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import AtNode, Class, Function, Module, argument, call_name, text_of
from pytest_readiness.repo.names import External, Instance, Names

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

BASE_SETTINGS = (
    "pydantic_settings.BaseSettings", "pydantic.BaseSettings", "pydantic.v1.BaseSettings",
    "pydantic_settings.main.BaseSettings", "pydantic.env_settings.BaseSettings",
)  # fmt: skip
_METHODS = frozenset({"get", "pop", "__getitem__", "__contains__"})
_LIBRARY_READERS = ("decouple.config", "decouple.AutoConfig", "environs.Env", "environ.Env", "starlette.config.Config")
"""Libraries whose objects are called with the name of a variable, or whose methods are."""
_NOT_FIELDS = frozenset({"model_config", "Config"})
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
_ROUNDS = 6
"""Most helper functions that a name is handed through."""


@dataclass(frozen=True, eq=False)
class EnvRead(AtNode):
    """One place where a variable is read. `reader` is the helper function that it is read through, if any."""

    name: str
    module: Module
    node: ast.AST
    reader: Function | None = None
    settings: Class | None = None
    """The settings class whose field it is."""

    @property
    def note(self) -> str:
        return f"reads {self.name}"


@dataclass(frozen=True)
class Helper:
    """A function that reads the variable that its parameter names, as it is or after a prefix of its own."""

    function: Function
    parameter: str
    prefix: str = ""
    upper: bool = False

    def variable(self, text: str) -> str:
        return self.prefix + (text.upper() if self.upper else text)


class Environment:
    """Reads of the environment in product code."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @property
    def _names(self) -> Names:
        return self._repo.names

    @cached_property
    def reads(self) -> tuple[EnvRead, ...]:
        """Every read of a variable whose name is known, by path and line."""
        found = [*self._direct, *self._through_helpers(), *self._fields()]
        known = {(r.name, r.path, r.line): r for r in found if r.name}
        return tuple(sorted(known.values(), key=lambda r: (r.path, r.line, r.name)))

    @cached_property
    def by_name(self) -> dict[str, list[EnvRead]]:
        """Variable -> its reads."""
        found: dict[str, list[EnvRead]] = {}
        for read in self.reads:
            found.setdefault(read.name, []).append(read)
        return found

    @cached_property
    def helpers(self) -> dict[ast.AST, Helper]:
        """Helper functions by node."""
        found: dict[ast.AST, Helper] = {}
        fresh = [(m, key) for m, key, _ in self._lookups]
        for _ in range(_ROUNDS):
            added = [h for m, key in fresh if (h := self._helper(m, key)) and h.function.node not in found]
            found |= {h.function.node: h for h in reversed(added)}
            fresh = [(m, a) for h in added for m, _c, a in self._calls_of(h)]
        return found

    @cached_property
    def _lookups(self) -> tuple[tuple[Module, ast.expr, ast.AST], ...]:
        """Module, expression of the variable's name, and node of every direct look into the environment."""
        return tuple(found for m in self._repo.product if _mentions(m) for found in self._lookups_in(m))

    def _lookups_in(self, module: Module) -> Iterator[tuple[Module, ast.expr, ast.AST]]:
        for node in module.nodes:
            match node:
                case ast.Subscript(ctx=ast.Load()) if self._is_environ(module, node.value):
                    yield module, node.slice, node
                case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[right]) if self._is_environ(module, right):
                    yield module, node.left, node
                case ast.Call() if (key := self._key(module, node)) is not None:
                    yield module, key, node

    def _key(self, module: Module, call: ast.Call) -> ast.expr | None:
        """The name that a call looks up in the environment; None for any other call."""
        declared = argument(call, "envvar")
        if declared is not None:
            return declared
        name = call_name(call)
        is_usual = name in _METHODS or name == "getenv" or "getenv as" in module.text
        if not is_usual and not _may_be_library(module):
            return None
        for dotted in self._names.dotted(module, call.func):
            if dotted in ("os.getenv", "os.environb.get") or _is_environ_method(dotted):
                return argument(call, "key", 0)
            if dotted.startswith(_LIBRARY_READERS) and name[:1].islower():
                return argument(call, "option", 0) or argument(call, "name", 0)
        return self._of_library_object(module, call)

    def _of_library_object(self, module: Module, call: ast.Call) -> ast.expr | None:
        """`env("NAME")` on an object of a library for the environment."""
        if not _may_be_library(module):
            return None
        found = self._names.resolve(module, call.func)
        kinds = [s.of.name for s in found if isinstance(s, Instance) and isinstance(s.of, External)]
        return argument(call, "name", 0) if any(k.startswith(_LIBRARY_READERS) for k in kinds) else None

    def _is_environ(self, module: Module, node: ast.expr) -> bool:
        if not isinstance(node, ast.Name | ast.Attribute | ast.Call):
            return False
        return any(d == "os.environ" for d in self._names.dotted(module, node))

    @cached_property
    def _direct(self) -> tuple[EnvRead, ...]:
        return tuple(
            EnvRead(name, module, node) for module, key, node in self._lookups for name in self._texts(module, key)
        )

    def _texts(self, module: Module, key: ast.expr) -> Iterator[str]:
        """The literal texts that an expression may hold, except those that callers pass.

        Behind a name they count only where all look like variables: a loop may run over more than names.
        """
        if (text := text_of(key)) is not None:
            yield text
        elif isinstance(key, ast.Name | ast.Attribute) and self._helper(module, key) is None:
            behind = [text_of(o.node) for o in self._repo.origins.of(module, key)]
            texts = [t for t in behind if t is not None]
            yield from dict.fromkeys(texts) if all(_VARIABLE.fullmatch(t) for t in texts) else ()

    def _helper(self, module: Module, key: ast.expr) -> Helper | None:
        """The function whose parameter the expression names the variable by."""
        name, prefix, upper = _shaped(key)
        function = module.enclosing_function(key)
        while function is not None and name:
            if any(p.arg == name for p in function.params):
                return Helper(function, name, prefix, upper)
            function = module.enclosing_function(function.node)
        return None

    def _calls_of(self, helper: Helper) -> Iterator[tuple[Module, ast.Call, ast.expr]]:
        """Every call of a helper in product code, with what it passes for the parameter."""
        function = helper.function
        is_init = function.cls is not None and function.name == "__init__"
        for module, call in self._calls.get(function.cls.name if function.cls and is_init else function.name, []):
            called = self._names.resolve(module, call.func)
            if function in called or (is_init and function.cls in called):
                passed = self._repo.origins.argument_of(function, call, helper.parameter)
                if passed is not None:
                    yield module, call, passed

    @cached_property
    def _calls(self) -> dict[str, list[tuple[Module, ast.Call]]]:
        found: dict[str, list[tuple[Module, ast.Call]]] = {}
        for module in self._repo.product:
            for call in module.calls:
                found.setdefault(call_name(call), []).append((module, call))
        return found

    def _through_helpers(self) -> Iterator[EnvRead]:
        for helper in self.helpers.values():
            default = helper.function.defaults.get(helper.parameter)
            if default is not None and (text := text_of(default)):
                yield EnvRead(helper.variable(text), helper.function.module, default, helper.function)
            for module, call, passed in self._calls_of(helper):
                for text in self._texts(module, passed):
                    yield EnvRead(helper.variable(text), module, call, helper.function)

    def _fields(self) -> Iterator[EnvRead]:
        for module in self._repo.product:
            for cls in module.classes:
                if cls.node.bases and self._names.inherits(cls, *BASE_SETTINGS):
                    yield from self._fields_of(cls)

    def _fields_of(self, cls: Class) -> Iterator[EnvRead]:
        prefix = self._prefix(cls)
        for node in cls.node.body:
            if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
                continue
            name = node.target.id
            if name in _NOT_FIELDS or name.startswith("_") or _is_class_variable(node.annotation):
                continue
            for variable in _aliases(node.value) or [f"{prefix}{name}".upper()]:
                yield EnvRead(variable, cls.module, node, settings=cls)

    def _prefix(self, cls: Class) -> str:
        """env_prefix of the class or of one that it extends, in either form."""
        for owner in self._names.ancestry(cls):
            for node in owner.node.body if isinstance(owner, Class) else ():
                prefix = _configured_prefix(node)
                if prefix is not None:
                    return prefix
        return ""


def _mentions(module: Module) -> bool:
    return "environ" in module.text or "getenv" in module.text or "envvar" in module.text or _may_be_library(module)


def _may_be_library(module: Module) -> bool:
    return any(word in module.text for word in ("decouple", "environs", "environ.Env", "starlette.config"))


def _is_environ_method(dotted: str) -> bool:
    owner, _, method = dotted.rpartition(".")
    return owner in ("os.environ", "os.environ.copy") and method in _METHODS


def _shaped(key: ast.expr) -> tuple[str, str, bool]:
    """The name in `name`, `name.upper()`, `f"APP_{name}"`, the prefix before it, and whether it is put in capitals."""
    match key:
        case ast.Name(id=name):
            return name, "", False
        case ast.Call(func=ast.Attribute(attr="upper", value=inner), args=[]):
            name, prefix, _ = _shaped(inner)
            return name, prefix.upper(), True
        case ast.JoinedStr(values=[ast.Constant(value=str() as before), ast.FormattedValue(value=inner)]):
            name, prefix, upper = _shaped(inner)
            return name, before + prefix, upper
        case ast.JoinedStr(values=[ast.FormattedValue(value=inner)]):
            return _shaped(inner)
        case ast.BinOp(op=ast.Add(), left=ast.Constant(value=str() as before), right=inner):
            name, prefix, upper = _shaped(inner)
            return name, before + prefix, upper
    return "", "", False


def _is_class_variable(annotation: ast.expr) -> bool:
    node = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return (isinstance(node, ast.Name) and node.id == "ClassVar") or (
        isinstance(node, ast.Attribute) and node.attr == "ClassVar"
    )


def _aliases(value: ast.expr | None) -> list[str]:
    """Variables that `Field(alias=..., validation_alias=..., env=...)` names."""
    if not isinstance(value, ast.Call):
        return []
    for key in ("validation_alias", "env", "alias"):
        found = argument(value, key)
        if found is not None:
            texts = [text_of(n) for n in ast.walk(found)]
            return [t for t in texts if t]
    return []


def _configured_prefix(node: ast.stmt) -> str | None:
    match node:
        case ast.Assign(targets=[ast.Name(id="model_config")], value=value):
            pass
        case ast.AnnAssign(target=ast.Name(id="model_config"), value=ast.expr() as value):
            pass
        case ast.ClassDef(name="Config"):
            bound = [s for s in node.body if isinstance(s, ast.Assign)]
            named = (s for s in bound if any(isinstance(t, ast.Name) and t.id == "env_prefix" for t in s.targets))
            return next((text_of(s.value) for s in named), None)
        case _:
            return None
    if isinstance(value, ast.Call):
        return text_of(argument(value, "env_prefix"))
    if isinstance(value, ast.Dict):
        pairs = zip(value.keys, value.values, strict=True)
        return next((text_of(v) for k, v in pairs if text_of(k) == "env_prefix"), None)
    return None
