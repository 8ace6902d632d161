"""What a service runs on: the client packages, SDK services and addresses that its classes use."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_readiness.repo.health.clients import NETWORK, package_of
from pytest_readiness.repo.modules import Class, Module, call_name, text_of
from pytest_readiness.repo.names import External
from pytest_readiness.repo.resilience.words import names_service, service_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_SDKS = frozenset({"boto3", "aioboto3", "aiobotocore", "botocore"})
_CLIENT_MAKERS = frozenset({"client", "resource", "create_client"})
_PLAIN = frozenset(
    {
        "self", "cls", "url", "base_url", "client", "path", "endpoint", "host", "port", "timeout", "settings", "config",
        "session", "http", "get", "post", "request", "str", "format", "rstrip", "name", "options", "environ", "os",
    }
)  # fmt: skip
"""Names that say nothing about which address is meant."""
Called = tuple[Module, ast.Call]


class Backends:
    """Tells what a call talks to, and what the classes of a service talk to."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._classes: dict[ast.AST, frozenset[str]] = {}

    # Calls

    def of_call(self, module: Module, call: ast.Call) -> frozenset[str]:
        """What the call talks to: `redis`, `boto3:s3`, `http:search_url`; empty where it is no client's call."""
        return self.of_origins(self._repo.names.dotted(module, call.func), module, call)

    def of_origins(self, origins: list[str], module: Module, call: ast.Call) -> frozenset[str]:
        """The same for a call whose dotted names are known."""
        found: set[str] = set()
        for origin in origins:
            package = package_of(origin)
            first = origin.partition(".")[0]
            if first in _SDKS:
                found |= {f"sdk:{s}" for s in self._services(module, call)}
            elif first in NETWORK:
                found |= {f"http:{a}" for a in self._addresses(module, call)}
            elif package:
                found.add(package)
        return frozenset(found)

    def _services(self, module: Module, call: ast.Call) -> Iterator[str]:
        """The SDK service of `boto3.client("s3")`, or of the client that a call is made on."""
        makers = [c for _, c in self._makers(module, call) if call_name(c) in _CLIENT_MAKERS]
        for made in makers:
            for argument in (*made.args[:1], *(k.value for k in made.keywords if k.arg == "service_name")):
                text = text_of(argument)
                if text:
                    yield text

    def _makers(self, module: Module, call: ast.Call) -> list[Called]:
        """The call itself, and the calls that made what it is made on."""
        found: list[Called] = [(module, call)]
        node: ast.expr = call.func
        while isinstance(node, ast.Attribute | ast.Call | ast.Subscript | ast.Await):
            node = node.func if isinstance(node, ast.Call) else node.value
            if isinstance(node, ast.Call):
                found.append((module, node))
        for origin in self._repo.origins.of(
            module, node if not isinstance(call.func, ast.Attribute) else call.func.value
        ):
            found += [(origin.module, n) for n in ast.walk(origin.node) if isinstance(n, ast.Call)]
        return found

    def _addresses(self, module: Module, call: ast.Call) -> Iterator[str]:
        """Names and hosts in the address of a request, and in what its client was made with."""
        for _, made in self._makers(module, call):
            given = (*made.args, *(k.value for k in made.keywords if k.arg in {"url", "base_url", "address"}))
            for node in (n for a in given for n in ast.walk(a)):
                yield from _marks(node)

    # Classes

    def of_class(self, cls: Class) -> frozenset[str]:
        """What the class talks to; where it uses no client itself, what the classes that it constructs talk to."""
        if cls.node not in self._classes:
            self._classes[cls.node] = frozenset()
            own = self._used(cls)
            inner = (m for c in self._calls(cls) for m in self._repo.names.constructed(*c)) if not own else ()
            self._classes[cls.node] = own or frozenset(b for m in inner for b in self._used(m))
        return self._classes[cls.node]

    def _used(self, cls: Class) -> frozenset[str]:
        return frozenset(b for module, call in self._calls(cls) for b in self.of_call(module, call))

    def _calls(self, cls: Class) -> Iterator[Called]:
        for owner in (c for c in self._repo.names.ancestry(cls) if isinstance(c, Class)):
            for function in owner.functions:
                for node in ast.walk(function.node):
                    if isinstance(node, ast.Call):
                        yield owner.module, node

    # Services

    @cached_property
    def services(self) -> dict[str, frozenset[str]]:
        """Required service -> what it runs on."""
        return {s: self._of_service(s) for s in self._repo.settings.services}

    def _of_service(self, service: str) -> frozenset[str]:
        found: set[str] = set()
        for module, call, kind in self.constructed(service):
            found |= {f"http:{m}" for a in ast.walk(call) for m in _marks(a)} if self._talks_http(kind) else set()
            found |= self.of_class(kind) if isinstance(kind, Class) else self.of_origins([kind.name], module, call)
        return frozenset(found)

    def _talks_http(self, kind: Class | External) -> bool:
        return isinstance(kind, Class) and any(b.startswith("http:") for b in self.of_class(kind))

    def constructed(self, service: str) -> Iterator[tuple[Module, ast.Call, Class | External]]:
        """What the facade module constructs for the service, whether or not the statement can be reached.

        Without a facade: the product's classes that are named after the service, where they are constructed.
        """
        facade = self._repo.resilience.module
        if facade is None or facade.tree is None:
            yield from self._named_after(service)
            return
        modules = self._repo.resilience.modules if self._repo.resilience.problem is None else (facade,)
        for module in modules:
            for call in module.calls:
                if self._is_for(module, call, service):
                    yield from ((module, call, k) for k in self._kinds(module, call))
                yield from self._handed(module, call, service)

    def _handed(self, module: Module, call: ast.Call, service: str) -> Iterator[tuple[Module, ast.Call, Class]]:
        """Classes handed over to be constructed later: `cloud=RedisCache`, `partial(RedisCache, url)`."""
        for given in (*call.args, *(k.value for k in call.keywords)):
            if isinstance(given, ast.Name | ast.Attribute) and self._is_for(module, given, service):
                found = self._repo.names.resolve(module, given)
                yield from ((module, call, k) for k in found if isinstance(k, Class))

    def _named_after(self, service: str) -> Iterator[tuple[Module, ast.Call, Class | External]]:
        for module in self._repo.product:
            for call in module.calls:
                for cls in (
                    self._repo.names.constructed(module, call) if names_service(call_name(call), service) else ()
                ):
                    yield module, call, cls

    def _kinds(self, module: Module, call: ast.Call) -> list[Class | External]:
        found = self._repo.names.resolve(module, call.func)
        return [s for s in found if isinstance(s, Class) or (isinstance(s, External) and package_of(s.name))]

    def _is_for(self, module: Module, call: ast.expr, service: str) -> bool:
        """Stored under the service's name, or passed together with it."""
        child: ast.AST = call
        for parent in module.ancestors(call):
            if isinstance(parent, ast.Dict) and child in parent.values:
                key = parent.keys[parent.values.index(child)]
                if _says(key, service):
                    return True
            elif isinstance(parent, ast.keyword):
                if parent.arg is not None and service_of(parent.arg) == service:
                    return True
            elif isinstance(parent, ast.Call) and any(_says(a, service) for a in parent.args if a is not child):
                return True
            elif isinstance(parent, ast.Assign | ast.AnnAssign):
                targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
                return any(_target_says(t, service) for t in targets)
            elif isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
                return service_of(parent.name) == service or names_service(parent.name, service)
            child = parent
        return False


def _says(node: ast.AST | None, service: str) -> bool:
    text = text_of(node)
    if text is not None:
        return text == service
    return isinstance(node, ast.Attribute) and node.attr.lower() == service


def _target_says(target: ast.expr, service: str) -> bool:
    match target:
        case ast.Subscript():
            return _says(target.slice, service)
        case ast.Attribute():
            return names_service(target.attr, service)
        case ast.Name():
            return names_service(target.id, service)
    return False


def _marks(node: ast.AST) -> Iterator[str]:
    """What an expression says about an address: a host, the name of a setting."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = (node.id if isinstance(node, ast.Name) else node.attr).lower().strip("_")
        if name not in _PLAIN:
            yield name
    text = text_of(node)
    if text and "//" in text:
        host = urlsplit(text).hostname
        if host:
            yield host
    elif text and text.isupper():
        yield text.lower()
