"""Where is a tenant compared with the verified credential, and what happens on a mismatch?

One function is looked at with two flows: data of the credential, and the tenant that somebody asked for. A comparison
of the two counts by how its mismatch ends: with a denying response, an exception, a false answer to the caller, or an
object that is left out. Functions of the repository are followed with what they are given.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from pytest_readiness.repo.denial import Denials
from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Function, Module, Site, call_name
from pytest_readiness.repo.names import Names, Symbol
from pytest_readiness.repo.reach import Reach
from pytest_readiness.repo.tenants.mismatch import SELECTING, End, Ended, Mismatch, is_query
from pytest_readiness.repo.tenants.words import is_tenant_name, key_of, names_tenant
from pytest_readiness.repo.verified import Verified

_COMPARED = "asks whether the tenant belongs to the verified credential"
_REFUSED = "another tenant ends here"
DEPTH = 5
"""Most functions of the repository that are followed from where the framework enters."""
_MEMBERSHIP = frozenset({"in_", "contains", "startswith", "endswith", "issubset", "eq", "any_"})
"""Calls on one thing that ask about another."""
_BUILDING = frozenset(
    {"format", "join", "encode", "decode", "dict", "set", "list", "tuple", "str", "print", "append", "add", "update",
     "debug", "info", "warning", "error", "exception", "critical", "log", "bind", "strip", "lower", "upper", "split"}
)  # fmt: skip
"""Calls whose result says nothing about whether two things belong together."""
_SOURCES = {
    "headers": "header", "query_params": "query", "args": "query", "path_params": "path", "url": "path",
    "view_args": "path", "match_info": "path", "json": "body", "body": "body", "form": "body", "get_json": "body",
}  # fmt: skip
"""Attribute of a request -> the part of it that is read."""
_SCOPE = {"headers": "header", "path": "path", "raw_path": "path", "path_params": "path", "query_string": "query"}


@dataclass(frozen=True)
class Finding:
    """A comparison of a tenant with the verified credential."""

    site: Site
    end: End
    denial: Site
    """The statement in which the mismatch ends."""
    status: int | None = None
    raised: tuple[Symbol, ...] = ()
    is_comparison: bool = True
    """False where it is a call whose inside is not known."""
    sources: frozenset[str] = frozenset()
    """The parts of the request that the tenant was read from: header, path, query, body; empty where not known."""


class Guards:
    """Finds and judges comparisons of tenants."""

    def __init__(self, names: Names, verified: Verified, denials: Denials, live: Reach) -> None:
        self._names, self._verified, self._denials, self._live = names, verified, denials, live
        self._known: dict[tuple[ast.AST, frozenset[str], frozenset[str]], list[Finding]] = {}
        self._lines: dict[str, list[int]] = {}

    def findings(
        self,
        function: Function,
        tenants: frozenset[str] = frozenset(),
        verified: frozenset[str] = frozenset(),
        depth: int = DEPTH,
    ) -> list[Finding]:
        """The comparisons that the function makes, itself or through what it calls, with how their mismatch ends.

        `tenants` and `verified` are parameters that hold a requested tenant, and verified data.
        """
        key = (function.node, tenants, verified)
        if key not in self._known:
            self._known[key] = []
            self._known[key] = _Look(self, function, tenants, verified, depth).found()
        return self._known[key]

    def mentions_tenant(self, function: Function) -> bool:
        """A quick look at the text: a function that mentions no tenant, and is given none, compares none."""
        module = function.module
        if module.path not in self._lines:
            lines = enumerate(module.text.splitlines(), 1)
            self._lines[module.path] = [number for number, line in lines if "tenant" in line.lower()]
        end = function.node.end_lineno or function.line
        return any(function.line <= number <= end for number in self._lines[module.path])

    def is_dead(self, module: Module, node: ast.AST) -> bool:
        """Whether the node can never run."""
        return self._live.is_dead(module, node)

    @property
    def names(self) -> Names:
        return self._names

    @property
    def verified(self) -> Verified:
        return self._verified

    @property
    def denials(self) -> Denials:
        return self._denials


class _Look:
    """One function, looked at with what it is given."""

    def __init__(
        self, guards: Guards, function: Function, tenants: frozenset[str], verified: frozenset[str], depth: int
    ) -> None:
        self._guards, self._function, self._depth = guards, function, depth
        self._module = function.module
        given = verified | guards.verified.parameters(function)
        self._verified = guards.verified.flow(function, given)
        self._tenant = Flow(function, self._is_tenant, tenants, self._is_verifying)
        self._mismatch = Mismatch(function, guards.names, guards.denials, self._concerns)

    def found(self) -> list[Finding]:
        """All comparisons whose mismatch ends in a way that says so."""
        found: list[Finding] = []
        for node in self._function.own_nodes:
            if not isinstance(node, ast.Compare | ast.Call) or self._guards.is_dead(self._module, node):
                continue
            found += self._compared(node) if isinstance(node, ast.Compare) else self._called(node)
        return sorted(dict.fromkeys(found), key=lambda f: not f.is_comparison)

    def _is_verifying(self, call: ast.Call) -> bool:
        return self._guards.verified.is_verifying(self._module, call)

    def _is_tenant(self, node: ast.expr) -> bool:
        """An expression that by its name is one tenant, belongs to this call, and is not the credential's own."""
        return names_tenant(node) and not self._is_credentials(node) and self._is_local(node)

    def _is_credentials(self, node: ast.expr) -> bool:
        """Whether what the tenant is read from is the credential: `claims.get("tenant")`, `tenant_of(claims)`."""
        match node:
            case ast.Call(func=ast.Attribute(value=holder, attr="get" | "getlist" | "pop")):
                return self._verified.carries(holder)
            case ast.Attribute(value=holder) | ast.Subscript(value=holder):
                return self._verified.carries(holder) or self._verified.carries(node)
        return self._verified.carries(node)

    def _is_local(self, node: ast.expr) -> bool:
        """Not a constant of a module, not a setting: something that came in with this call, or a column in a query."""
        root, through = _root(node)
        if not isinstance(root, ast.Name):
            return through
        if isinstance(node, ast.Attribute) and self._in_query(node):
            return True
        found = self._guards.names.lookup(self._module, root) if root in self._module.parents else None
        return through or (found is not None and isinstance(found[0], Function))

    def _in_query(self, node: ast.expr) -> bool:
        for parent in self._module.ancestors(node):
            if isinstance(parent, ast.stmt):
                return False
            if isinstance(parent, ast.Call) and is_query(parent):
                return True
        return False

    # -- comparisons -------------------------------------------------------------------------------------------------

    def _compared(self, node: ast.Compare) -> Iterator[Finding]:
        sides = [node.left, *node.comparators]
        pairs = [(a, b) for a in sides for b in sides if a is not b]
        pair = next(((t, v) for t, v in pairs if self._tenant.carries(t) and self._verified.carries(v)), None)
        if pair is None or self._same_credential(*pair):
            return
        negative = isinstance(node.ops[0], ast.NotEq | ast.NotIn | ast.IsNot)
        for ended in self._mismatch.tested(node, negative):
            yield self._finding(node, [pair[0]], ended)

    def _same_credential(self, tenant: ast.expr, verified: ast.expr) -> bool:
        return ast.dump(tenant) == ast.dump(verified)

    def _called(self, call: ast.Call) -> Iterator[Finding]:
        functions = [f for f in self._mismatch.functions(call) if f.node is not self._function.node]
        if functions:
            yield from self._followed(call, functions)
        elif self._related(call) and call_name(call) not in _BUILDING and not call_name(call)[:1].isupper():
            for ended in self._mismatch.tested(call, False):
                # What the call does is not known: only an answer that refuses makes it a check.
                if ended.status in (None, 401, 403, 404):
                    yield replace(self._finding(call, self._arguments(call), ended), is_comparison=False)
        yield from self._selected(call)

    def _related(self, call: ast.Call) -> bool:
        """Whether a tenant and verified data go into the call, each on its own; for a query, into its conditions."""
        values = [part for a in self._arguments(call) for part in _parts(a)]
        if is_query(call):
            values = [n for v in values for n in ast.walk(v) if isinstance(n, ast.expr)]
        receiver = [call.func.value] if isinstance(call.func, ast.Attribute) else []
        tenants = [*values, *receiver] if call_name(call) in _MEMBERSHIP else values
        given = [v for v in (*values, *receiver) if self._verified.carries(v)]
        return any(t is not v for t in tenants if self._tenant.carries(t) for v in given)

    def _arguments(self, call: ast.Call) -> list[ast.expr]:
        return [*call.args, *(k.value for k in call.keywords)]

    def _followed(self, call: ast.Call, functions: Iterable[Function]) -> Iterator[Finding]:
        if self._depth <= 0:
            return
        for function in functions:
            tenants, verified = self._passed(function, call)
            if not (tenants and verified) and not self._guards.mentions_tenant(function):
                continue
            for finding in self._guards.findings(function, tenants, verified, self._depth - 1):
                yield from self._handed_up(call, finding)

    def _passed(self, function: Function, call: ast.Call) -> tuple[frozenset[str], frozenset[str]]:
        """The parameters of a called function that get a tenant, and those that get verified data."""
        params = [p.arg for p in function.params]
        tenants, verified = set(), set()
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        bound = function.cls is not None and not _is_static(function)
        if bound and params and receiver is not None and self._verified.carries(receiver):
            verified.add(params[0])
        names = params[bound:]
        pairs = [*zip(names, call.args, strict=False), *((k.arg, k.value) for k in call.keywords if k.arg in names)]
        for name, value in pairs:
            if self._tenant.carries(value):
                tenants.add(str(name))
            elif self._verified.carries(value):
                verified.add(str(name))
        return frozenset(tenants), frozenset(verified)

    def _handed_up(self, call: ast.Call, finding: Finding) -> Iterator[Finding]:
        """What becomes, in this function, of a mismatch that a called function found."""
        passed = [a for a in self._arguments(call) if self._tenant.carries(a)]
        match finding.end:
            case End.RAISED:
                ends = self._mismatch.escaped(call, finding.raised, finding.status)
            case End.FALSE | End.LEFT_OUT:
                ends = self._mismatch.tested(call, False)
            case End.IGNORED:
                ends = [Ended(End.IGNORED, call)]
            case _:
                ends = self._mismatch.tested(call, True)
        sources = self._sources(passed) or finding.sources
        if finding.end is End.DENIED and self._is_returned(call):
            yield replace(finding, sources=sources)
        for ended in ends:
            denial = finding.denial if ended.node is call else self._module.at(ended.node, _REFUSED)
            found = replace(finding, end=ended.end, denial=denial, status=ended.status, raised=ended.raised)
            yield replace(found, sources=sources)
        if finding.end is End.LEFT_OUT and not ends:
            yield replace(finding, sources=sources)

    def _is_returned(self, call: ast.Call) -> bool:
        parent = self._module.parents.get(call)
        parent = self._module.parents.get(parent) if isinstance(parent, ast.Await) else parent
        return isinstance(parent, ast.Return)

    def _selected(self, call: ast.Call) -> Iterator[Finding]:
        """`filter_by(tenant_id=user.tenant_id)`: other tenants' objects are left out."""
        if call_name(call) not in SELECTING:
            return
        for keyword in call.keywords:
            if keyword.arg and is_tenant_name(keyword.arg.split("__")[0]) and self._verified.carries(keyword.value):
                yield self._finding(call, [], Ended(End.LEFT_OUT, call))

    def _finding(self, node: ast.expr, tenants: list[ast.expr], ended: Ended) -> Finding:
        denial = self._module.at(ended.node, _REFUSED)
        sources = self._sources([t for t in tenants if self._tenant.carries(t)])
        site = self._module.at(node, _COMPARED)
        return Finding(site, ended.end, denial, ended.status, ended.raised, sources=sources)

    def _sources(self, tenants: list[ast.expr]) -> frozenset[str]:
        """The parts of the request that these values were read from."""
        return frozenset(s for s, flow in self._parts.items() if any(flow.carries(t) for t in tenants))

    @cached_property
    def _parts(self) -> dict[str, Flow]:
        """Where the data of each part of the request gets to."""

        def flow(part: str) -> Flow:
            return Flow(self._function, lambda node: _reads(node) == part, (), self._is_verifying)

        return {part: flow(part) for part in dict.fromkeys(_SOURCES.values())}

    def _concerns(self, node: ast.expr) -> bool:
        """Whether an operand is about the tenant or the credential, not about a switch that turns the check off."""
        if isinstance(node, ast.Compare) and is_tenant_name(key_of(node.left)):  # "tenant_id" in request.path_params
            return isinstance(node.ops[0], ast.In | ast.NotIn)
        return any(
            self._tenant.carries(n) or self._verified.carries(n) for n in ast.walk(node) if isinstance(n, ast.expr)
        )


def _root(node: ast.expr) -> tuple[ast.expr, bool]:
    """What a chain hangs on, and whether it goes through a subscript or a call: then it is looked up, not fixed."""
    through = False
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        through = through or isinstance(node, ast.Subscript | ast.Call)
        node = node.func if isinstance(node, ast.Call) else node.value
    return node, through


def _parts(node: ast.expr) -> list[ast.expr]:
    """The elements of a literal container, else the expression itself."""
    match node:
        case ast.Tuple() | ast.List() | ast.Set():
            return node.elts
        case ast.Dict():
            return node.values
    return [node]


def _reads(node: ast.expr) -> str | None:
    """The part of a request that an expression reads: `request.headers`, `scope["headers"]`."""
    match node:
        case ast.Attribute(attr=name):
            return _SOURCES.get(name)
        case ast.Subscript(value=ast.Name(id="scope"), slice=key):
            return _SCOPE.get(key_of(key))
        case ast.Call(func=ast.Attribute(value=ast.Name(id="scope"), attr="get"), args=[key, *_]):
            return _SCOPE.get(key_of(key))
    return None


def _is_static(function: Function) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.node.decorator_list)
