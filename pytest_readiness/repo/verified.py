"""Which values come from a verified credential?

Data is verified where it flows from a call that checks a token: a decoder of a known library, or a function of the
repository that returns what such a call gave, or that looks the credential up and answers 401 or 403 where it finds
nothing. A header, a cookie or a token that was only split or decoded is not verified.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from pytest_readiness.repo.denial import Denials
from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Class, Function, Module, argument, call_name, constant, dotted, text_of
from pytest_readiness.repo.names import External, Instance, Names
from pytest_readiness.repo.web import Dependency, Web

DECODERS = frozenset(
    {
        "jwt.decode", "jwt.decode_complete", "jwt.api_jwt.decode", "jwt.PyJWT.decode", "jose.jwt.decode",
        "jose.jws.verify", "jose.jwt.JWT.decode", "authlib.jose.jwt.decode", "authlib.jose.JsonWebToken.decode",
        "joserfc.jwt.decode",
        "jwcrypto.jwt.JWT", "python_jwt.verify_jwt", "pyseto.decode", "cognitojwt.decode", "cognitojwt.decode_async",
        "google.oauth2.id_token.verify_oauth2_token", "google.oauth2.id_token.verify_token",
        "google.oauth2.id_token.verify_firebase_token", "firebase_admin.auth.verify_id_token",
        "firebase_admin.auth.verify_session_cookie", "flask_jwt_extended.get_jwt",
        "flask_jwt_extended.get_jwt_identity",
        "flask_jwt_extended.get_current_user", "flask_jwt_extended.decode_token", "django.contrib.auth.authenticate",
        "django.contrib.auth.get_user", "auth0.authentication.token_verifier.TokenVerifier.verify",
    }
)  # fmt: skip
"""Calls that check a token and give what is in it."""
LOGGED_IN = frozenset({"flask_login.current_user", "flask_jwt_extended.current_user"})
"""Objects of libraries that stand for the logged-in user."""
UNVERIFIED = frozenset({"verify_signature", "verify"})
SCHEMES = ("fastapi.security.", "starlette.")
"""Dependencies that take a credential from the request without checking it."""
PURE = frozenset(
    {"base64", "json", "binascii", "hashlib", "hmac", "urllib", "builtins", "re", "uuid", "secrets", "str", "logging",
     "typing", "asyncio", "time", "datetime", "os", "string", "ast", "pickle", "zlib", "orjson", "ujson"}
)  # fmt: skip
"""Modules whose functions check no credential."""
CREDENTIALS = frozenset(
    {
        "token", "credentials", "credential", "authorization", "api_key", "apikey", "access_token", "bearer", "jwt",
        "session_id", "session_token", "session_cookie", "id_token", "auth_token", "auth_header", "x_api_key", "key",
        "raw_token", "bearer_token", "refresh_token", "cookie", "jwt_token",
    }
)  # fmt: skip
HEADERS = frozenset({"authorization", "x-api-key", "api-key", "x-auth-token", "x-access-token", "cookie", "token"})
STATES = ("state", "g", "ctx", "scope")
REQUESTS = frozenset({"request", "req", "websocket", "conn", "connection"})

SENT = frozenset({"path", "query", "header", "body", "cookie", "form"})
"""Where a parameter holds what the client sent."""
SENT_PARTS = frozenset({"headers", "query_params", "path_params", "args", "cookies", "form", "view_args"})
CONDITIONS = frozenset({"filter", "where"})
"""Calls whose comparisons select rows."""

Seed = Callable[[ast.expr], bool]


class Verified:
    """Tells verified data from what a client merely sent."""

    def __init__(self, modules: Iterable[Module], names: Names, web: Web, denials: Denials) -> None:
        self._modules = tuple(modules)
        self._names, self._web, self._denials = names, web, denials
        self._verifiers: dict[ast.AST, bool] = {}
        self._parameters: dict[ast.AST, frozenset[str]] = {}
        self._foreign: dict[ast.AST, frozenset[str]] = {}

    def seed(self, module: Module) -> Seed:
        """Says which expressions of a module's functions give verified data by themselves."""

        def is_source(node: ast.expr) -> bool:
            if isinstance(node, ast.Call):
                return self.is_verifying(module, node)
            if isinstance(node, ast.Attribute):
                return self._is_state(node)
            return isinstance(node, ast.Name) and node.id == "current_user" and self._logged_in(module, node)

        return is_source

    def parameters(self, function: Function) -> frozenset[str]:
        """Parameters that the framework fills from a dependency that verifies."""
        if function.node not in self._parameters:
            given = (i for i in self._web.inputs(function) if i.dependency is not None)
            found = frozenset(i.name for i in given if i.dependency and self.depends_on_credential(i.dependency))
            self._parameters[function.node] = found
        return self._parameters[function.node]

    def depends_on_credential(self, dependency: Dependency) -> bool:
        """Whether a dependency gives verified data."""
        if any(self.is_verifier(f) for f in dependency.functions):
            return True
        found = self._names.resolve(dependency.module, dependency.node)
        kinds = [s.of if isinstance(s, Instance) else s for s in found]
        return any(isinstance(k, External) and _is_login_library(k.name) for k in kinds)

    def is_verifying(self, module: Module, call: ast.Call) -> bool:
        """Whether the call checks a token and returns what it says."""
        if call_name(call) not in self._may_verify or _switches_off(call):
            return False
        return any(
            s.name in DECODERS if isinstance(s, External) else isinstance(s, Function) and self.is_verifier(s)
            for s in self._names.resolve(module, call.func)
        )

    def is_verifier(self, function: Function) -> bool:
        """Whether what the function returns (or keeps, for a constructor) comes from a verified credential."""
        if function.node not in self._verifiers:
            self._verifiers[function.node] = False
            self._verifiers[function.node] = self._verifies(function)
        return self._verifiers[function.node]

    def flow(self, function: Function, given: frozenset[str]) -> Flow:
        """Where verified data gets to, the rows that are looked up by it included; `given` are names that carry it."""
        seed, foreign = self.seed(function.module), self._foreign_names(function)
        queries = [c for c in function.calls if call_name(c) in CONDITIONS]
        known: set[ast.AST] = set()

        def is_source(node: ast.expr) -> bool:
            return node in known or seed(node)

        while True:
            flow = Flow(function, is_source, given, stops=lambda n: _field(n, foreign))
            found = {q for q in queries if q not in known and _is_selected_by(flow, q)}
            if not found:
                return flow
            known |= found

    def _verifies(self, function: Function) -> bool:
        flow = self.flow(function, self.parameters(function))
        if flow.returned or (function.name == "__init__" and any(n.startswith("self.") for n in flow.at_exit)):
            return True
        return self._looks_up(function)

    def _foreign_names(self, function: Function) -> dict[str, frozenset[str]]:
        """Parameters and local names that hold a record of a verified credential -> its fields that a client sent."""
        makers = {i.name: i.dependency.functions for i in self._web.inputs(function) if i.dependency is not None}
        for node in function.own_nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                value = node.value.value if isinstance(node.value, ast.Await) else node.value
                if isinstance(value, ast.Call) and self.is_verifying(function.module, value):
                    makers[node.targets[0].id] = tuple(self._names.functions(function.module, value.func))
        fields = {name: frozenset(f for m in found for f in self.foreign(m)) for name, found in makers.items()}
        return {name: found for name, found in fields.items() if found}

    def foreign(self, function: Function) -> frozenset[str]:
        """Fields of the record a function returns that hold what the client sent, and nothing verified."""
        if function.node not in self._foreign:
            self._foreign[function.node] = frozenset()
            self._foreign[function.node] = frozenset(self._sent_fields(function))
        return self._foreign[function.node]

    def _sent_fields(self, function: Function) -> Iterator[str]:
        sent = {i.name for i in self._web.inputs(function) if i.source in SENT}
        asked = Flow(function, _is_sent, sent, lambda c: self.is_verifying(function.module, c))
        verified = Flow(function, self.seed(function.module), self.parameters(function))
        for node in function.returns:
            values = [node.value, *self._bound(function, node.value)]
            for name, value in (pair for v in values for pair in self._fields(function.module, v)):
                if asked.carries(value) and not verified.carries(value):
                    yield name

    def _bound(self, function: Function, node: ast.expr | None) -> list[ast.expr]:
        bindings = self._names.bindings(function).get(node.id, []) if isinstance(node, ast.Name) else []
        return [b.value for b in bindings if b.value is not None]

    def _fields(self, module: Module, node: ast.expr | None) -> Iterator[tuple[str, ast.expr]]:
        """The fields of a record that an expression builds: `Caller(user_id=a, tenant_id=b)`, `{"tenant_id": b}`."""
        if isinstance(node, ast.Dict):
            yield from ((text, v) for k, v in zip(node.keys, node.values, strict=True) if (text := text_of(k)))
        elif isinstance(node, ast.Call):
            yield from ((k.arg, k.value) for k in node.keywords if k.arg)
            for cls in self._names.constructed(module, node):
                yield from zip(cls.fields, node.args, strict=False)

    def _looks_up(self, function: Function) -> bool:
        """Whether it looks a credential up, answers 401 or 403 where nothing is found, and returns what it found."""
        if not any(status in (401, 403) for status in self._raised(function)):
            return False
        carried = Flow(function, _is_credential_read, self._credentials(function))
        asked = {c for c in function.calls if self._is_lookup(function.module, c, carried)}
        asked |= {c for c in function.calls if call_name(c) in CONDITIONS and _is_selected_by(carried, c)}
        return bool(asked) and bool(Flow(function, lambda n: n in asked).returned)

    @cached_property
    def _may_verify(self) -> frozenset[str]:
        """Last names of calls that may lead to a check of a credential; all others need no closer look."""
        callers: dict[str, set[str]] = {}
        known = {n.rpartition(".")[2] for n in DECODERS}
        for function in (f for m in self._modules for f in m.functions):
            name = function.cls.name if function.cls and function.name == "__init__" else function.name
            if _handles_credential(function):
                known.add(name)
            for call in function.calls:
                callers.setdefault(call_name(call), set()).add(name)
        todo = list(known)
        while todo:
            fresh = callers.get(todo.pop(), set()) - known
            known |= fresh
            todo += fresh
        return frozenset(known)

    def _raised(self, function: Function) -> Iterator[int | None]:
        for node in function.own_nodes:
            if isinstance(node, ast.Raise):
                yield self._denials.of_value(function.module, node.exc)

    def _credentials(self, function: Function) -> frozenset[str]:
        """Parameters that hold a credential as the client sent it."""
        inputs = self._web.inputs(function)
        schemes = {i.name for i in inputs if i.dependency and self._is_scheme(i.dependency)}
        named = {i.name for i in inputs if i.name.lower() in CREDENTIALS and i.source != "depends"}
        return frozenset(schemes | named)

    def _is_scheme(self, dependency: Dependency) -> bool:
        """`Depends(HTTPBearer())`: takes the credential from the request."""
        found = self._names.resolve(dependency.module, dependency.node)
        kinds = [s.of if isinstance(s, Instance) else s for s in found]
        return any(isinstance(k, External) and k.name.startswith(SCHEMES) for k in kinds)

    def _is_lookup(self, module: Module, call: ast.Call, carried: Flow) -> bool:
        passed = [*call.args, *(k.value for k in call.keywords)]
        if not any(carried.carries(a) for a in passed) or call_name(call)[:1].isupper():
            return False
        if isinstance(call.func, ast.Attribute) and carried.carries(call.func.value):
            return False
        found = self._names.resolve(module, call.func)
        if any(isinstance(s, Function) for s in found):
            return any(isinstance(s, Function) and self.is_verifier(s) for s in found)
        return not any(isinstance(s, External) and (_top(s.name) in PURE or s.name in DECODERS) for s in found)

    def _is_state(self, node: ast.Attribute) -> bool:
        """`request.state.user`, `g.user`: set by a middleware of the system from a verified credential."""
        holder = (dotted(node.value) or "").rpartition(".")[2]
        if holder in STATES:
            return node.attr in self._states
        return node.attr in {"user", "auth"} and holder in REQUESTS and self._has_backend

    @cached_property
    def _states(self) -> frozenset[str]:
        """Attributes of the request's state that registered code sets to verified data."""
        found: set[str] = set()
        for function in dict.fromkeys(f for r in self._web.registrations for f in r.functions):
            flow = Flow(function, self._token_seed(function.module), self.parameters(function))
            for node in function.own_nodes:
                if isinstance(node, ast.Assign) and flow.carries(node.value):
                    found |= {name for t in node.targets if (name := _state_name(t))}
        return frozenset(found)

    @cached_property
    def _has_backend(self) -> bool:
        """Whether Starlette's AuthenticationMiddleware runs with a backend of the system that verifies."""
        for module in self._modules:
            for call in module.calls:
                backend = argument(call, "backend") if call_name(call) in {"add_middleware", "Middleware"} else None
                found = self._names.resolve(module, backend) if backend is not None else []
                classes = [s.of for s in found if isinstance(s, Instance) and isinstance(s.of, Class)]
                methods = [self._names.method(c, "authenticate") for c in classes]
                if any(m is not None and self.is_verifier(m) for m in methods):
                    return True
        return False

    def _token_seed(self, module: Module) -> Seed:
        """Calls that verify; what other middlewares set is not asked for."""
        return lambda node: isinstance(node, ast.Call) and self.is_verifying(module, node)

    def _logged_in(self, module: Module, node: ast.expr) -> bool:
        return any(isinstance(s, External) and s.name in LOGGED_IN for s in self._names.resolve(module, node))


def _state_name(target: ast.expr) -> str | None:
    """The name under which something is kept for the request: `request.state.user = ...`, `scope["state"]["user"]`."""
    if isinstance(target, ast.Attribute):
        return target.attr if (dotted(target.value) or "").rpartition(".")[2] in STATES else None
    if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Subscript):
        return text_of(target.slice) if text_of(target.value.slice) == "state" else None
    return None


def _handles_credential(function: Function) -> bool:
    """A quick look: does the function take or read anything like a credential?"""
    if any(p.arg.lower() in CREDENTIALS for p in function.params):
        return True
    if "headers" not in function.module.text and "cookies" not in function.module.text:
        return False
    return any(isinstance(n, ast.expr) and _is_credential_read(n) for n in function.own_nodes)


def _is_login_library(name: str) -> bool:
    """A third-party dependency that gives the logged-in user: fastapi_users, fastapi_azure_auth."""
    words = _top(name).replace("-", "_").split("_")
    return not name.startswith(SCHEMES) and bool({"auth", "users", "login", "jwt", "auth0", "cloudauth"} & set(words))


def _top(name: str) -> str:
    return name.partition(".")[0]


def _switches_off(call: ast.Call) -> bool:
    """`verify=False`, `options={"verify_signature": False}`: decoded, not verified."""
    if constant(argument(call, "verify")) is False:
        return True
    options = argument(call, "options")
    pairs = zip(options.keys, options.values, strict=True) if isinstance(options, ast.Dict) else ()
    return any(text_of(k) in UNVERIFIED and constant(v) is False for k, v in pairs)


def _is_selected_by(flow: Flow, query: ast.Call) -> bool:
    """Whether a comparison with verified data is among the query's conditions."""
    parts = (n for a in query.args for n in ast.walk(a) if isinstance(n, ast.Compare))
    equal = (n for n in parts if isinstance(n.ops[0], ast.Eq | ast.In))
    return any(flow.carries(side) for n in equal for side in (n.left, *n.comparators))


def _is_sent(node: ast.expr) -> bool:
    """`request.headers[...]`, `request.query_params.get(...)`; not where a credential is read."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=place), attr="get"), args=[_, *_]):
            return place in SENT_PARTS and not _is_credential_read(node)
        case ast.Subscript(value=ast.Attribute(attr=place)):
            return place in SENT_PARTS and not _is_credential_read(node)
    return False


def _field(node: ast.expr, foreign: dict[str, frozenset[str]]) -> bool:
    """Whether the expression is one of these fields of one of these names: `caller.tenant_id`, `claims["tenant"]`."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=field):
            return field in foreign.get(name, ())
        case ast.Subscript(value=ast.Name(id=name), slice=key):
            return text_of(key) in foreign.get(name, ())
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[key, *_]):
            return text_of(key) in foreign.get(name, ())
    return False


def _is_credential_read(node: ast.expr) -> bool:
    """`request.headers["Authorization"]`, `request.cookies.get("session")`."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=place), attr="get"), args=[key, *_]):
            return place == "cookies" or (place == "headers" and (text_of(key) or "").lower() in HEADERS)
        case ast.Subscript(value=ast.Attribute(attr=place), slice=key):
            return place == "cookies" or (place == "headers" and (text_of(key) or "").lower() in HEADERS)
    return False
