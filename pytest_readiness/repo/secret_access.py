"""How the application gets its credentials: which functions ask a secrets manager, and for which names."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.credential_names import READ_ENDINGS, ends_with
from pytest_readiness.repo.environment import EnvRead
from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import (
    AtNode,
    Class,
    Function,
    Module,
    Site,
    argument,
    call_name,
    constant,
    imported_names,
    text_of,
)
from pytest_readiness.repo.names import Instance, Names
from pytest_readiness.repo.pii import words_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_ASKS = frozenset(
    {
        "get_secret_value", "batch_get_secret_value", "get_parameter", "get_parameters", "get_parameters_by_path",
        "read_secret_version", "read_secret", "access_secret_version", "get_secret", "get_secret_string",
    }
)  # fmt: skip
"""Last names of the calls that ask a secrets manager, of whichever library."""
_HELPFUL_LIBRARIES = (
    "azure.keyvault.secrets.", "aws_lambda_powertools.utilities.parameters.", "aws_secretsmanager_caching.",
    "google.cloud.secretmanager", "hvac.",
)  # fmt: skip
_SOURCES = frozenset(
    {"AWSSecretsManagerSettingsSource", "AzureKeyVaultSettingsSource", "GoogleSecretManagerSettingsSource"}
)
"""pydantic-settings' sources that ask a secrets manager for every field."""
_EXEMPT = frozenset({"VAULT_TOKEN"})
_ROUNDS = 5
"""Most functions that a name is handed through on its way to the secrets manager."""


@dataclass(frozen=True, eq=False)
class AccessRead(AtNode):
    """A place where an accessor is asked for a credential by name."""

    name: str
    module: Module
    node: ast.AST

    @property
    def note(self) -> str:
        return f"asks the secrets manager for {self.name}"


@dataclass(eq=False)
class Credential:
    """A credential that the application reads, and every way in which it does."""

    name: str
    direct: list[EnvRead] = field(default_factory=list)
    """Reads of the environment that go past the secrets manager."""
    asked: list[AccessRead] = field(default_factory=list)


class SecretAccess:
    """Accessors of secrets managers and the credentials that are read."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @property
    def _names(self) -> Names:
        return self._repo.names

    @cached_property
    def credentials(self) -> tuple[Credential, ...]:
        """Every credential that product code reads, by name."""
        found: dict[str, Credential] = {}
        for read in self._repo.environment.reads:
            name = credential_name(read.name)
            if not name:
                continue
            credential = found.setdefault(name, Credential(name))
            if self.is_from_manager(read):
                credential.asked.append(AccessRead(name, read.module, read.node))
            elif not self._is_inside_accessor(read):
                credential.direct.append(read)
        for name, asked in self._asked():
            known = found.setdefault(name, Credential(name)).asked
            known += [] if any((a.path, a.line) == (asked.path, asked.line) for a in known) else [asked]
        return tuple(found[name] for name in sorted(found) if found[name].direct or found[name].asked)

    @cached_property
    def vendor_imports(self) -> tuple[Site, ...]:
        """The first import of each provider's SDK: what needs a credential."""
        found: dict[str, Site] = {}
        for module in self._repo.product:
            for node in module.nodes:
                for name in imported_names(node):
                    vendor = next((v for v in self._repo.settings.llm.vendor_sdks if _is_under(name, v)), None)
                    if vendor is not None:
                        found.setdefault(vendor, module.at(node, f"imports {name}"))
        return tuple(found.values())

    @cached_property
    def accessors(self) -> dict[ast.AST, tuple[Function, frozenset[str]]]:
        """Functions that ask a secrets manager, by node, with the parameters that name what they ask for."""
        found: dict[ast.AST, tuple[Function, frozenset[str]]] = {}
        for module in self._repo.product:
            for call in module.calls:
                function = module.enclosing_function(call) if self.asks(module, call) else None
                if function is not None:
                    found[function.node] = (function, _reaching(function, call))
        for _ in range(_ROUNDS):
            known = len(found)
            for function, parameters in list(self._handing_on(found)):
                found.setdefault(function.node, (function, parameters))
            if len(found) == known:
                break
        return found

    def asks(self, module: Module, call: ast.Call) -> bool:
        """Whether the call asks a secrets manager for a value."""
        name = call_name(call)
        if name not in _ASKS:
            return False
        keywords = {k.arg: k.value for k in call.keywords}
        if name in ("get_secret_value", "batch_get_secret_value"):
            return bool({"SecretId", "SecretIdList", None} & keywords.keys())
        if name.startswith("get_parameter"):
            return constant(keywords.get("WithDecryption")) is True or self._is_library(module, call)
        if name in ("read_secret_version", "access_secret_version"):
            return True
        return self._is_library(module, call)

    def is_from_manager(self, read: EnvRead) -> bool:
        """Whether a read of the environment is the first look of an accessor, or a field that is filled from one."""
        if read.reader is not None:
            return read.reader.node in self.accessors
        return read.settings is not None and self._is_filled(read, read.settings)

    def _is_library(self, module: Module, call: ast.Call) -> bool:
        return any(d.startswith(_HELPFUL_LIBRARIES) for d in self._names.dotted(module, call.func))

    def _is_inside_accessor(self, read: EnvRead) -> bool:
        """The accessor's own look at the environment before it asks."""
        function = read.module.enclosing_function(read.node)
        return function is not None and function.node in self.accessors

    def _handing_on(
        self, known: dict[ast.AST, tuple[Function, frozenset[str]]]
    ) -> Iterator[tuple[Function, frozenset[str]]]:
        """Functions that hand a parameter of theirs to a known accessor, and methods that one implements."""
        yield from self._implemented(known)
        wanted = {f.name for f, _ in known.values()}
        for module in self._repo.product:
            for call in module.calls:
                is_dispatch = any(text_of(a) in wanted for a in call.args)
                if call_name(call) not in wanted and not is_dispatch:
                    continue
                function = module.enclosing_function(call)
                if function is None or function.node in known:
                    continue
                if is_dispatch or any(f.node in known for f in self._names.functions(module, call.func)):
                    parameters = _reaching(function, call)
                    if parameters:
                        yield function, parameters

    def _implemented(
        self, known: dict[ast.AST, tuple[Function, frozenset[str]]]
    ) -> Iterator[tuple[Function, frozenset[str]]]:
        """Methods of interfaces and base classes whose implementation is a known accessor."""
        for function, parameters in known.values():
            for owner in self._names.ancestry(function.cls)[1:] if function.cls else ():
                method = owner.methods.get(function.name) if isinstance(owner, Class) else None
                if method is not None and method.node not in known:
                    yield method, parameters & {p.arg for p in method.params}

    def _asked(self) -> Iterator[tuple[str, AccessRead]]:
        """Literal names that accessors, or the secrets manager itself, are asked for."""
        for module in self._repo.product:
            for call in module.calls:
                for text in self._literals(module, call):
                    name = credential_name(text)
                    if name:
                        yield name, AccessRead(name, module, call)

    def _literals(self, module: Module, call: ast.Call) -> Iterator[str]:
        if self.asks(module, call):
            yield from (t for a in [*call.args, *(k.value for k in call.keywords)] if (t := text_of(a)))
            return
        if call_name(call) not in self._accessor_names:
            return
        for function in self._names.functions(module, call.func):
            _, parameters = self.accessors.get(function.node, (function, frozenset()))
            passed = (self._repo.origins.argument_of(function, call, p) for p in parameters)
            yield from (t for a in passed if (t := text_of(a)))

    @cached_property
    def _accessor_names(self) -> frozenset[str]:
        return frozenset(f.name for f, _ in self.accessors.values())

    def _is_filled(self, read: EnvRead, cls: Class) -> bool:
        """Whether a settings field is set from an accessor: by its default, an assignment, a keyword or a source."""
        if not isinstance(read.node, ast.AnnAssign) or not isinstance(read.node.target, ast.Name):
            return False
        if self._has_source(cls) or (read.node.value is not None and self._holds_access(cls.module, read.node.value)):
            return True
        return (cls.node, read.node.target.id) in self._filled

    def _has_source(self, cls: Class) -> bool:
        method = self._names.method(cls, "settings_customise_sources")
        return method is not None and any(call_name(c) in _SOURCES for c in method.calls)

    @cached_property
    def _filled(self) -> frozenset[tuple[ast.AST, str]]:
        """Settings class and field of every assignment or keyword that an accessor's answer flows into."""
        found: set[tuple[ast.AST, str]] = set()
        for module in self._repo.product:
            if not any(name in module.text for name in (*self._accessor_names, *_ASKS)):
                continue
            for function in module.functions:
                found |= set(self._filled_in(function))
            found |= set(self._keywords(module))
        return frozenset(found)

    def _filled_in(self, function: Function) -> Iterator[tuple[ast.AST, str]]:
        """Attributes of objects that the accessor's answer reaches in the function."""
        module = function.module
        if not any(self._is_access(module, c) for c in function.calls):
            return
        flow = Flow(function, seed=lambda e: isinstance(e, ast.Call) and self._is_access(module, e))
        for node in function.own_nodes:
            if not isinstance(node, ast.Assign) or not flow.carries(node.value):
                continue
            for target in node.targets:
                if isinstance(target, ast.Attribute):
                    owners = self._names.resolve(module, target.value)
                    classes = [s.of for s in owners if isinstance(s, Instance) and isinstance(s.of, Class)]
                    yield from ((a.node, target.attr) for c in classes for a in self._line(c))

    def _line(self, cls: Class) -> list[Class]:
        return [c for c in self._names.ancestry(cls) if isinstance(c, Class)]

    def _keywords(self, module: Module) -> Iterator[tuple[ast.AST, str]]:
        """`Settings(api_key=get_secret("API_KEY"))`"""
        for call in module.calls:
            given = [k for k in call.keywords if k.arg and self._holds_access(module, k.value)]
            if given:
                for cls in self._names.constructed(module, call):
                    yield from ((a.node, k.arg) for a in self._line(cls) for k in given if k.arg)

    def _holds_access(self, module: Module, node: ast.expr) -> bool:
        return any(isinstance(n, ast.Call) and self._is_access(module, n) for n in ast.walk(node))

    def _is_access(self, module: Module, call: ast.Call) -> bool:
        if self.asks(module, call):
            return True
        if call_name(call) not in self._accessor_names:
            return False
        return any(f.node in self.accessors for f in self._names.functions(module, call.func))


def _is_under(name: str, vendor: str) -> bool:
    """Whether a dotted name is the SDK's module or lies in it; `langchain_*` stands for all that begin so."""
    if vendor.endswith("*"):
        return name.startswith(vendor[:-1])
    return name == vendor or name.startswith(f"{vendor}.")


def credential_name(text: str) -> str:
    """The name in capitals where it is one of a credential of the application's own (`prod/openai-api-key` too)."""
    last = text.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    name = "_".join(words_of(last)).upper()
    if not ends_with(last, READ_ENDINGS) or name.startswith("AWS_") or name in _EXEMPT or " " in text:
        return ""
    return name


def _reaching(function: Function, call: ast.Call) -> frozenset[str]:
    """The parameters of the function that reach the arguments of the call."""
    found = set()
    for parameter in function.params:
        flow = Flow(function, names=[parameter.arg])
        passed = [*call.args, *(k.value for k in call.keywords)]
        if parameter.arg not in ("self", "cls") and any(flow.carries(a) for a in passed):
            found.add(parameter.arg)
    return frozenset(found)


def secret_id(call: ast.Call) -> str:
    """The literal text in what names the secret of a call, an f-string's fixed parts joined."""
    for key in ("SecretId", "Name", "name", "path", "parent", "secret_id"):
        node = argument(call, key)
        if isinstance(node, ast.JoinedStr):
            return "".join(text_of(v) or "" for v in node.values)
        if node is not None:
            return text_of(node) or ""
    return text_of(call.args[0]) or "" if call.args else ""
