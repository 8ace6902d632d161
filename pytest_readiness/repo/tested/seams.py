"""Which tests join the real parts of the system: its API, agents with the service, the service with its providers."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm import vendors
from pytest_readiness.repo.llm.doubles import Doubles
from pytest_readiness.repo.modules import Class, Function, Module, Site
from pytest_readiness.repo.suite import TestCase
from pytest_readiness.repo.suite.outcomes import Outcomes
from pytest_readiness.repo.suite.parameters import Row
from pytest_readiness.repo.suite.replacing import Replacement
from pytest_readiness.repo.suite.values import Found, Spot, TestValues
from pytest_readiness.repo.tested.outside import Request

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo
    from pytest_readiness.repo.tested.model import Tested


class Seams:
    """The tests of each seam, as places with what they show."""

    def __init__(self, repo: Repo, tested: Tested) -> None:
        self._repo, self._tested = repo, tested

    @cached_property
    def api(self) -> list[Site]:
        """Tests that send a request through a product application."""
        found = []
        for case in self._repo.suite.counted:
            request = next((r for r in self._tested.outside(case).requests() if self.is_product(r)), None)
            if request is not None:
                note = f"{case.name} sends a request through the application"
                found.append(request.spot.module.at(request.call, note))
        return found

    def is_product(self, request: Request) -> bool:
        """Whether the request goes through an application that the product makes."""
        if request.app is None:
            return bool(self._repo.web_objects.apps)
        module, node = request.app.spot.module, request.app.node
        if any(o.is_app for o in self._repo.web_objects.of(module, node)):
            return True
        made = self._repo.names.functions(module, node.func) if isinstance(node, ast.Call) else []
        return any(self._repo.scope.is_product(f.path) for f in made)

    @cached_property
    def agent_service(self) -> list[Site]:
        """Tests that ask a roster agent built with an object of the product's own LLM service class."""
        exercises = (e for role in self._repo.llm.roster for e in self._repo.llm.exercises.of(role.title))
        found = {(e.call.path, e.call.line): e.call for e in exercises if e.reaches_model and e.has_real_service}
        return list(found.values())

    @cached_property
    def service_provider(self) -> list[Site]:
        """Tests that ask a product LLM service, with nothing replaced above the vendor's client."""
        found = []
        services = {c.module for c in self._repo.llm.services.classes}
        for case in self._repo.suite.counted:
            if not services.isdisjoint(self._repo.suite.subjects(case)):
                asked = next((s for row in case.rows for s in self._asked(case, row)), None)
                found += [asked] if asked is not None else []
        return found

    def _asked(self, case: TestCase, row: Row) -> Iterator[Site]:
        suite, llm = self._repo.suite, self._repo.llm
        values = suite.values(case, row)
        doubles = Doubles(values, suite.definitions(case.module), suite.context(case.module)[1], llm)
        reader = _Reader(self._repo, self, values, doubles)
        for outcome in Outcomes(case, suite, values).of(reader.asked):
            if outcome.checks:
                yield outcome.spot.module.at(outcome.call, f"{case.name} asks {outcome.what.name} for real")

    @cached_property
    def asking_methods(self) -> frozenset[str]:
        """Names of product functions that ask a model, and of completion methods."""
        functions = (c.function for c in self._repo.llm.calls.all)
        return frozenset({f.name for f in functions if f is not None} | set(self._repo.llm.calls.completion_names))

    @cached_property
    def asked_attributes(self) -> frozenset[str]:
        """Attributes through which product code asks other parts of the product."""
        receivers = (c.receiver for c in self._repo.llm.calls.all if not c.is_vendor)
        return frozenset(r.attr for r in receivers if isinstance(r, ast.Attribute))

    @cached_property
    def client_attributes(self) -> frozenset[str]:
        """Attributes in which product code keeps a vendor's client."""
        receivers = (c.receiver for c in self._repo.llm.calls.vendor)
        return frozenset(r.attr for r in receivers if isinstance(r, ast.Attribute))


class _Reader:
    """Reads one run of one test: which calls ask a real service?"""

    def __init__(self, repo: Repo, seams: Seams, values: TestValues, doubles: Doubles) -> None:
        self._repo, self._seams, self._values, self._doubles = repo, seams, values, doubles
        self._names = repo.suite.context(values.case.module)[1]

    def asked(self, spot: Spot, call: ast.Call) -> Iterator[Class]:
        """The service classes whose completion method a call runs, with all of their own parts real."""
        llm = self._repo.llm
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in llm.calls.completion_names:
            return
        if any(self._replaces_part(r) for r in self._doubles.replaced):
            return
        for found in self._values.of(spot, call.func.value):
            for cls in self._built(found):
                real = any(d.real for d in self._doubles.of(found))
                if cls in llm.services.classes and real and not self._is_given_double(cls, found):
                    yield cls

    def _built(self, found: Found) -> list[Class]:
        return self._names.classes(found.spot.module, found.node.func) if isinstance(found.node, ast.Call) else []

    def _is_given_double(self, cls: Class, found: Found) -> bool:
        """Whether the constructor is given a double for anything but the vendor's client."""
        call = found.node
        assert isinstance(call, ast.Call)
        given = [*call.args, *(k.value for k in call.keywords)]
        suspects = [v for v in given if self._holds_double(found.spot, v)]
        clients = [self._repo.llm.wiring.given(cls, name, call) for name in self._client_parameters(cls)]
        return any(v not in clients for v in suspects)

    def _holds_double(self, spot: Spot, node: ast.expr) -> bool:
        """Whether the value is a double, holds one, or is a product object that was given one above its client."""
        for found in self._values.of(spot, node):
            match found.node:
                case ast.List() | ast.Tuple() | ast.Dict():
                    parts = found.node.values if isinstance(found.node, ast.Dict) else found.node.elts
                    if any(self._holds_double(found.spot, p) for p in parts):
                        return True
                case ast.Call() if self._is_double(found):
                    return True
                case ast.Call():
                    if any(self._is_given_double(c, found) for c in self._built(found)):
                        return True
        return False

    def _is_double(self, found: Found) -> bool:
        own = (self._repo.scope.is_product(c.path) for c in self._built(found))
        return self._doubles.is_mock(found) or not all(own)

    def _client_parameters(self, cls: Class) -> list[str]:
        """Parameters of the constructor that end as the client on which the class calls the vendor."""
        clients = self._vendor_attributes(cls)
        assigned = self._names.attributes(cls)
        kept = [b.value for name in clients for _, b in assigned.get(name, []) if b.value is not None]
        return [n.id for value in kept for n in ast.walk(value) if isinstance(n, ast.Name)]

    def _vendor_attributes(self, cls: Class) -> set[str]:
        """Attributes of the class on which a vendor's SDK or HTTP API is called."""
        calls = (c for f in cls.functions for c in self._repo.llm.calls.of_function(f) if c.is_vendor)
        receivers = (c.receiver for c in calls)
        return {r.attr for r in receivers if isinstance(r, ast.Attribute)}

    # replacements

    def _replaces_part(self, replacement: Replacement) -> bool:
        """Whether it replaces a part of the system above the vendor's client: a provider, a completion method."""
        if isinstance(replacement.node, ast.Assign) and self._sets_up_mock(replacement):
            return False
        if replacement.owner is None:
            return self._is_part(replacement)
        asking = replacement.name in self._seams.asking_methods or replacement.name in self._seams.asked_attributes
        return asking and not self._is_client(replacement.owner, replacement.name)

    def _is_client(self, owner: ast.expr, name: str) -> bool:
        """Whether the owner of what is replaced is a vendor's client."""
        last = owner.attr if isinstance(owner, ast.Attribute) else ""
        chain = f"{ast.unparse(owner)}.{name}"
        return last in self._seams.client_attributes or vendors.unmistakable(chain, ["model"])

    def _sets_up_mock(self, replacement: Replacement) -> bool:
        root = replacement.owner
        while isinstance(root, ast.Attribute | ast.Call | ast.Subscript):
            root = root.func if isinstance(root, ast.Call) else root.value
        spot = Spot(replacement.function.module, replacement.function)
        return any(self._doubles.is_mock(f) for f in self._values.of(spot, root))

    def _is_part(self, replacement: Replacement) -> bool:
        """Whether a dotted text names a product class or function that asks a model."""
        names = replacement.target.split(".")
        if names[-1] in self._seams.asking_methods:
            return True
        for end in range(len(names) - 1, 0, -1):
            module = self._repo.imports.find(".".join(names[:end]), replacement.function.module)
            symbols = self._names.exported(module, names[end]) if isinstance(module, Module) else []
            if symbols:
                return any(self._asks(s) for s in symbols)
        return False

    def _asks(self, symbol: object) -> bool:
        calls = self._repo.llm.calls
        if isinstance(symbol, Class):
            return calls.declares_completion(symbol)
        return isinstance(symbol, Function) and bool(calls.of_function(symbol))
