"""Values of expressions for one call of the function they stand in: its parameters hold what that call passes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice

from pytest_readiness.repo.code_values import CodeValues
from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.modules import Function, Module
from pytest_readiness.repo.names import External
from pytest_readiness.repo.origins import is_static
from pytest_readiness.repo.telemetry.programs import MOST

STEPS = 4
"""Most callers of callers that are told apart."""
MOST_CALLS = 80
"""Most ways of running one piece of code that are told apart."""


class BoundValues(CodeValues):
    """`bound` holds, for parameters, the expression that is passed, and the values in which that is to be read."""

    def __init__(self, app: CdkApp, bound: dict[ast.arg, tuple[Module, ast.expr, BoundValues]] | None = None) -> None:
        super().__init__(app.names, app.origins, MOST)
        self._app, self._bound = app, bound or {}

    def given(self, function: Function, module: Module, call: ast.Call) -> BoundValues:
        """The values inside the function, when this call runs it."""
        found: dict[ast.arg, tuple[Module, ast.expr, BoundValues]] = {}
        params = function.params if function.cls is None or is_static(function) else function.params[1:]
        for parameter in params:
            passed = self._app.origins.argument_of(function, call, parameter.arg)
            default = function.defaults.get(parameter.arg)
            if passed is not None:
                found[parameter] = (module, passed, self)
            elif default is not None:
                found[parameter] = (function.module, default, self)
        return BoundValues(self._app, found)

    def _named(self, module: Module, node: ast.expr, depth: int) -> Datum:
        lookup = self._app.names.lookup(module, node) if isinstance(node, ast.Name) and self._bound else None
        bindings = [b.node for b in lookup[1]] if lookup else []
        parameter = bindings[0] if len(bindings) == 1 else None
        if isinstance(parameter, ast.arg) and parameter in self._bound:
            source, passed, outer = self._bound[parameter]
            return outer.of(source, passed, depth - 1)
        return super()._named(module, node, depth)

    def _call(self, module: Module, node: ast.Call, depth: int) -> Datum:
        functions = self._app.names.functions(module, node.func) if depth > 1 else []
        known = any(isinstance(s, External) for s in self._app.names.resolve(module, node.func))
        values = [r.value for r in functions[0].returns if r.value is not None] if len(functions) == 1 else []
        if known or not values:
            return super()._call(module, node, depth)
        inner = self.given(functions[0], module, node)
        return self._either(module, node.lineno, [inner.of(functions[0].module, v, depth - 1) for v in values])


def contexts(app: CdkApp, module: Module, node: ast.AST) -> list[BoundValues]:
    """The values in which the node is evaluated, once for each way in which the app's run calls its function."""
    return list(islice(_contexts(app, module, node, STEPS), MOST_CALLS))


def _contexts(app: CdkApp, module: Module, node: ast.AST, steps: int) -> Iterator[BoundValues]:
    function = module.enclosing_function(node)
    calls = list(app.origins.calls_of(function)) if function is not None and steps else []
    calls = [(m, c) for m, c in calls if app.runs(m, c)]
    if function is None or not calls:
        yield BoundValues(app)
        return
    for caller, call in calls:
        for outer in _contexts(app, caller, call, steps - 1):
            yield outer.given(function, caller, call)
