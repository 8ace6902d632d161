"""Which tests show that one tenant cannot reach another's data: in the storage, and by a request."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_readiness.repo.modules import Class, Function, Site, call_name, constant, text_of
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.suite import TestCase
from pytest_readiness.repo.suite.outcomes import Check, Outcome, Outcomes, expanded
from pytest_readiness.repo.suite.parameters import Row
from pytest_readiness.repo.suite.values import Found, Spot, arguments
from pytest_readiness.repo.tenants.words import is_tenant_name
from pytest_readiness.repo.tested.outside import Request

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo
    from pytest_readiness.repo.tested.model import Tested

DEPTH = 4
"""Most objects within objects in which a tenant's id is looked for."""
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_WRITES = frozenset(
    {"add", "create", "insert", "put", "set", "save", "store", "write", "register", "upload", "append", "record",
     "index", "publish", "upsert", "cache", "post", "ingest", "log", "track", "import", "enqueue", "push", "new",
     "spara", "skapa"}
)  # fmt: skip
_NO_ACCESS = frozenset(
    {
        "key",
        "validate",
        "check",
        "build",
        "make",
        "format",
        "hash",
        "id",
        "name",
        "verify",
        "authorize",
        "require",
        "assert",
    }
)
_PATH = re.compile(r"tenants?/([^/?{}\s]+)|tenant_?id=([^&\s{}]+)", re.IGNORECASE)
_PARAMETER = re.compile(r"[{<]([^{}<>]+)[}>]")
"""`{tenant_id}`, `{tenant_id:str}`, `<string:tenant_id>`: the parameters of a path, the text between is split off."""
_DENIED = frozenset({401, 403, 404})
_DENIED_NAME = re.compile(r"UNAUTHORIZED|FORBIDDEN|NOT_FOUND|HTTP_40[134]")
Tenant = object
"""A tenant's id: its constant, or the expression that makes it."""


@dataclass(frozen=True, eq=False)
class Access:
    """A call of a product function under tenants' ids: what it is, and the objects that it goes through."""

    function: Function
    tenants: frozenset[Tenant]
    through: frozenset[object]

    @property
    def writes(self) -> bool:
        """Whether it creates something, by its name."""
        return bool(_words(self.function.name) & _WRITES)

    @property
    def reaches(self) -> bool:
        """Whether it reads, changes or deletes something, by its name and by giving anything back."""
        return not _words(self.function.name) & (_NO_ACCESS | _WRITES)


class TenantTests:
    """The tests of each kind, as places with what they show."""

    def __init__(self, repo: Repo, tested: Tested) -> None:
        self._repo, self._tested = repo, tested

    @cached_property
    def data(self) -> list[Site]:
        """Tests that write under one tenant and get nothing under another."""
        return [site for reader in self._readers() for site in reader.data()]

    @cached_property
    def request(self) -> list[Site]:
        """Tests in which a tenant asks for another's resource and is refused."""
        return [site for reader in self._readers() for site in reader.refused()]

    @cached_property
    def routes(self) -> tuple[re.Pattern[str], ...]:
        """Paths of the product's handlers in which a tenant stands: `/companies/{tenant_id}/notes`."""
        web = self._repo.web
        paths = {p for h in web.handlers for p in web.paths(h)}
        return tuple(re.compile(r) for p in sorted(paths) if (r := _route(p)) is not None)

    def _readers(self) -> list[_Reader]:
        return self._known

    @cached_property
    def _known(self) -> list[_Reader]:
        return [_Reader(self._repo, self._tested, c, row) for c in self._repo.suite.counted for row in c.rows[:8]]


class _Reader:
    """Reads one run of one test."""

    def __init__(self, repo: Repo, tested: Tested, case: TestCase, row: Row) -> None:
        self._repo, self._tested, self._case = repo, tested, case
        self._values = repo.suite.values(case, row)
        self._names: Names = repo.suite.context(case.module)[1]
        self._outcomes = Outcomes(case, repo.suite, self._values)
        self._functions = repo.suite.definitions(case.module).used(case)

    @property
    def _speaks_of_tenants(self) -> bool:
        """Whether the test's own code mentions tenants at all."""
        return any("tenant" in f.module.text.lower() for f in self._functions)

    # data

    def data(self) -> Iterator[Site]:
        """Where the test asserts that the second tenant gets nothing."""
        if not self._speaks_of_tenants:
            return
        outcomes = self._outcomes.of(self._accesses)
        for second in (o for o in outcomes if o.what.reaches and any(_is_nothing(c) for c in o.checks)):
            first = next((o for o in outcomes if o.what.writes and self._apart(o.what, second.what)), None)
            if first is not None:
                yield self._shown(first, second)
                return

    def _apart(self, first: Access, second: Access) -> bool:
        """Under different tenants, through the same object."""
        return first.tenants.isdisjoint(second.tenants) and not first.through.isdisjoint(second.through)

    def _shown(self, first: Outcome[Access], second: Outcome[Access]) -> Site:
        one, other = (", ".join(sorted(map(_told, o.what.tenants))) for o in (first, second))
        return second.spot.module.at(second.call, f"{self._case.name}: written as {one}, nothing found as {other}")

    def _accesses(self, spot: Spot, call: ast.Call) -> Iterator[Access]:
        for function in self._names.functions(spot.module, call.func) or self._methods(spot, call):
            if self._repo.scope.is_product(function.path) and function.name != "__init__":
                given = arguments(function, call, spot)
                tenants = self._given_tenants(given) | self._of_receiver(spot, call)
                if tenants:
                    yield Access(function, frozenset(tenants), self._through(spot, call, function, given))

    def _methods(self, spot: Spot, call: ast.Call) -> list[Function]:
        """The methods that a call on an object of the product runs, fixtures and helpers looked through."""
        if not isinstance(call.func, ast.Attribute):
            return []
        found = self._values.of(spot, call.func.value)
        classes = [c for f in found for c in self._made(f)]
        methods = (self._names.method(c, call.func.attr) for c in classes)
        return [m for m in methods if m is not None]

    def _made(self, found: Found) -> list[Class]:
        return self._names.classes(found.spot.module, found.node.func) if isinstance(found.node, ast.Call) else []

    def _of_receiver(self, spot: Spot, call: ast.Call) -> set[Tenant]:
        """Ids that the object was built for: `Notes(session, tenant_id="nord")`."""
        if not isinstance(call.func, ast.Attribute):
            return set()
        found = [f for f in self._values.of(spot, call.func.value) if isinstance(f.node, ast.Call)]
        return {t for f in found for t in self._ids(f.spot, f.node, DEPTH)}

    def _given_tenants(self, given: dict[str, tuple[Spot, ast.expr]]) -> set[Tenant]:
        found: set[Tenant] = set()
        for name, (spot, value) in given.items():
            found |= self._named(spot, value) if is_tenant_name(name) else self._ids(spot, value, DEPTH)
        return found

    def _through(
        self, spot: Spot, call: ast.Call, function: Function, given: dict[str, tuple[Spot, ast.expr]]
    ) -> frozenset[object]:
        """What two accesses share that go through the same object: the receiver, what it was built on, a session."""
        parts: list[tuple[Spot, ast.expr]] = [v for n, v in given.items() if not is_tenant_name(n)]
        if isinstance(call.func, ast.Attribute):
            receivers = self._values.of(spot, call.func.value)
            built = [(f.spot, a) for f in receivers if isinstance(f.node, ast.Call) for a in _arguments(f.node)]
            parts += [(spot, call.func.value), *built]
        nodes: set[object] = {f.node for s, v in parts for f in self._values.of(s, v) if not _is_plain(f.node)}
        return frozenset(nodes | ({function.module} if function.cls is None else set()))

    # ids

    def _ids(self, spot: Spot, node: ast.expr, depth: int) -> set[Tenant]:
        """The tenants' ids in what an expression holds, by the names and keys that they stand under."""
        found: set[Tenant] = set()
        for value in self._values.of(spot, node) if depth > 0 else ():
            found |= self._in_value(value, depth)
        return found

    def _in_value(self, value: Found, depth: int) -> set[Tenant]:
        spot = value.spot
        match value.node:
            case ast.Dict(keys=keys, values=values):
                pairs = [(text_of(k) or "", v) for k, v in zip(keys, values, strict=True)]
            case ast.Call():
                pairs = self._named_arguments(value.node, spot)
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                pairs = [("", e) for e in elements]
            case ast.JoinedStr():
                return self._in_text(spot, value.node)
            case ast.Constant(value=str() as text):
                return {m for pair in _PATH.findall(text) for m in pair if m}
            case _:
                return set()
        named = [self._named(spot, v) for name, v in pairs if is_tenant_name(name)]
        inner = [self._ids(spot, v, depth - 1) for name, v in pairs if not is_tenant_name(name)]
        return {t for ids in (*named, *inner) for t in ids}

    def _named_arguments(self, call: ast.Call, spot: Spot) -> list[tuple[str, ast.expr]]:
        """The arguments of a call with the names of the parameters that they fill."""
        names: list[str] = []
        for cls in self._names.classes(spot.module, call.func):
            names = list(cls.fields)
        for function in self._names.functions(spot.module, call.func):
            names = list(arguments(function, call, spot))
        filled = [*names[: len(call.args)], *[""] * max(0, len(call.args) - len(names))]
        return [*zip(filled, call.args, strict=False), *((k.arg or "", k.value) for k in call.keywords)]

    def _in_text(self, spot: Spot, node: ast.JoinedStr) -> set[Tenant]:
        """`f"/tenants/{tenant}/notes"`."""
        found: set[Tenant] = set()
        before = ""
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                after_tenants = re.search(r"tenants?/$|tenant_?id=$", before, re.IGNORECASE)
                found |= self._named(spot, part.value) if after_tenants else set()
            else:
                before = text_of(part) or ""
                found |= {m for pair in _PATH.findall(before) for m in pair if m}
        return found

    def _named(self, spot: Spot, node: ast.expr) -> set[Tenant]:
        """The id that an expression stands for: its constant, else the expression that makes it."""
        found: set[Tenant] = set()
        for value in self._values.of(spot, node):
            if isinstance(value.node, ast.Constant):
                found |= {value.node.value} if value.node.value not in (None, "") else set()
            else:
                found.add(value.node)
        return found

    # requests

    def refused(self) -> Iterator[Site]:
        """Where the test asserts that a request for another tenant's resource is refused."""
        if not self._speaks_of_tenants:
            return
        for outcome in self._outcomes.of(self._guarded_calls):
            if any(c.raises or _is_denial(c) for c in outcome.checks):
                yield outcome.spot.module.at(outcome.call, f"{self._case.name}: {_both(outcome.what)}: refused")
                return
        yield from self._refused_requests()

    def _guarded_calls(self, spot: Spot, call: ast.Call) -> Iterator[frozenset[Tenant]]:
        """Calls of a product function under the ids of two tenants."""
        for access in self._accesses(spot, call):
            if len(access.tenants) >= 2:
                yield access.tenants

    def _refused_requests(self) -> Iterator[Site]:
        sent = [r for r in self._tested.outside(self._case).requests() if self._tested.seams.is_product(r)]
        requests = {r.call for r in sent}
        tenants = self._all_ids() | {t for r in sent for t in self._asked_for(r)} if requests else set()
        if len(tenants) < 2:
            return
        for outcome in self._outcomes.of(lambda _, call: ["request"] if call in requests else []):
            if any(c.raises or _is_denial(c) for c in outcome.checks):
                yield outcome.spot.module.at(outcome.call, f"{self._case.name}: {_both(tenants)}: refused")
                return

    def _asked_for(self, request: Request) -> Iterator[Tenant]:
        """The tenants in the path of a request, where the route that answers says that one stands there."""
        call = request.call
        written = call.args[1 if call_name(call) in ("request", "stream") else 0 :][:1]
        texts = {t for a in written for v in self._values.of(request.spot, a) for t in self._texts(v)}
        for text in texts:
            path = urlsplit(text).path.rstrip("/")
            yield from (m["tenant"] for r in self._tested.tenants.routes if (m := r.fullmatch(path)))

    def _texts(self, found: Found) -> Iterator[str]:
        """What a text may be; the values in it that are not known stand as they are written."""
        if isinstance(found.node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.FormattedValue) else p for p in found.node.values]
            known = [[text_of(v.node) for v in self._values.of(found.spot, p)][:1] for p in parts]
            yield "".join(k[0] if k and k[0] else ast.unparse(p) for k, p in zip(known, parts, strict=True))
        elif (text := text_of(found.node)) is not None:
            yield text

    def _all_ids(self) -> set[Tenant]:
        """Every tenant's id that stands in the test or in what it draws on."""
        found: set[Tenant] = set()
        for function in self._functions:
            for spot in self._values.spots(function, self._functions):
                for node in (n for n in ast.walk(function.node) if isinstance(n, ast.Call | ast.Dict | ast.Lambda)):
                    inner = node.body if isinstance(node, ast.Lambda) else node
                    found |= self._shallow(spot, inner)
        return found

    def _shallow(self, spot: Spot, node: ast.expr) -> set[Tenant]:
        """Ids that an expression itself names."""
        match node:
            case ast.Dict():
                pairs = [(text_of(k) or "", v) for k, v in zip(node.keys, node.values, strict=True)]
            case ast.Call():
                pairs = self._named_arguments(node, spot)
                texts = [a for a in node.args if isinstance(a, ast.Constant | ast.JoinedStr)]
                found = {t for a in texts for t in self._in_value(Found(spot, a), 1)}
                return found | {t for name, v in pairs if is_tenant_name(name) for t in self._named(spot, v)}
            case _:
                return set()
        return {t for name, v in pairs if is_tenant_name(name) for t in self._named(spot, v)}


def _route(path: str) -> str | None:
    """A path as a regular expression whose group `tenant` is the tenant; None where none stands in it."""
    parts = _PARAMETER.split(path.rstrip("/"))
    names = [n.rpartition(":")[2] if "<" in path else n.partition(":")[0] for n in parts[1::2]]
    named = next((i for i, n in enumerate(names) if is_tenant_name(n)), None)
    if named is None:
        return None
    groups = [r"(?P<tenant>[^/]+)" if i == named else r"[^/]+" for i in range(len(names))]
    return "".join(re.escape(p) + g for p, g in zip(parts[::2], [*groups, ""], strict=True))


def _words(name: str) -> set[str]:
    return {w.lower() for w in _WORDS.findall(name)}


def _told(tenant: Tenant) -> str:
    return ast.unparse(tenant) if isinstance(tenant, ast.AST) else str(tenant)


def _both(tenants: frozenset[Tenant] | set[Tenant]) -> str:
    return " and ".join(sorted(map(_told, tenants))[:3])


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(k.value for k in call.keywords)]


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant | ast.Dict | ast.List | ast.Tuple | ast.JoinedStr)


def _is_nothing(check: Check) -> bool:
    """Whether an assertion says that there is nothing: absence, emptiness, False or an exception."""
    if check.raises:
        return True
    expressions = expanded(check.node, check.spot.function)
    if isinstance(check.node, ast.Call):
        return _says_nothing(check.node)
    return any(_is_empty_test(e, check) for e in expressions)


def _says_nothing(call: ast.Call) -> bool:
    name = call_name(call)
    if name in ("assertIsNone", "assertFalse", "assertNotIn"):
        return True
    return name.startswith(("assertEqual", "assertListEqual", "assertCountEqual", "assertDictEqual")) and any(
        _is_empty(a) for a in call.args
    )


def _is_empty_test(node: ast.expr, check: Check) -> bool:
    about = any(n in check.about for n in ast.walk(node))
    match node:
        case ast.BoolOp(op=ast.And()):
            return any(_is_empty_test(v, check) for v in node.values)
        case ast.UnaryOp(op=ast.Not()):
            return about
        case ast.Compare(ops=[ast.NotIn()]):
            return about
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            return about and (_is_empty(left) or _is_empty(right))
        case ast.Call():
            return about and call_name(node) == "all"
    return False


def _is_empty(node: ast.expr) -> bool:
    """None, False, 0, or an empty display or text."""
    match node:
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
            return True
        case ast.Call(func=ast.Name(id="set" | "list" | "dict" | "tuple"), args=[]):
            return True
    return isinstance(node, ast.Constant) and not node.value


def _is_denial(check: Check) -> bool:
    """Whether an assertion demands 401, 403 or 404."""
    expressions = expanded(check.node, check.spot.function)
    nodes = [n for e in expressions for n in ast.walk(e)]
    compared = [n for n in nodes if isinstance(n, ast.Compare) and any(p in check.about for p in ast.walk(n))]
    sides = [s for c in compared if isinstance(c.ops[0], ast.Eq | ast.In) for s in (c.left, *c.comparators)]
    if isinstance(check.node, ast.Call) and call_name(check.node) in ("assertEqual", "assertIn"):
        sides += check.node.args
    return any(_is_denied(s) for s in sides)


def _is_denied(node: ast.expr) -> bool:
    if isinstance(node, ast.Tuple | ast.List | ast.Set):
        return bool(node.elts) and all(_is_denied(e) for e in node.elts)
    if isinstance(node, ast.Attribute):
        return bool(_DENIED_NAME.search(node.attr))
    return constant(node) in _DENIED
