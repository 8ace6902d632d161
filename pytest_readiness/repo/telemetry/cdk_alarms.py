"""Alarms of CDK apps: Alarm, CfnAlarm and `metric.create_alarm`, with the actions that the app's code adds."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.cdk_names import exists
from pytest_readiness.repo.code_values import CodeValues
from pytest_readiness.repo.data_files import EITHER, EXPRESSION, NAME, Datum
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.modules import Class, Module, call_name, dotted
from pytest_readiness.repo.origins import Origins
from pytest_readiness.repo.telemetry import alarms
from pytest_readiness.repo.telemetry.alarms import Alarm, is_filled, is_number, lacking, operator_of, shown
from pytest_readiness.repo.telemetry.bound import BoundValues, contexts
from pytest_readiness.repo.telemetry.programs import DEEP, MOST
from pytest_readiness.repo.telemetry.template_alarms import template_uses
from pytest_readiness.repo.telemetry.widgets import CDK, cdk_uses, missing_names, texts_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

ACTIONS = "aws_cdk.aws_cloudwatch_actions."
UNDEPLOYED = "no CDK app that is deployed gets to it"
_KINDS = (f"{CDK}Alarm", f"{CDK}CfnAlarm")
_DEPTH = 5


@dataclass(frozen=True, eq=False)
class _Made:
    """A call that makes an alarm."""

    kind: str
    module: Module
    call: ast.Call
    settings: Datum
    values: BoundValues
    """How expressions of its function are to be read."""


class CdkAlarms:
    """The alarms of one app."""

    def __init__(self, app: CdkApp) -> None:
        self._app = app
        self._values = BoundValues(app)

    def all(self) -> list[Alarm]:
        """Every alarm that the app's run makes; of a helper, one for each of its calls."""
        made = [m for m in self._made if not _is_skipped(m.values, m.module, m.call)]
        found = [a for m in made for a in _apart(self._alarm(m), m)]
        return list({(a.name, a.line, a.lacks, *map(str, a.uses)): a for a in found}.values())

    @cached_property
    def _made(self) -> list[_Made]:
        found = []
        for kind, module, call, declared in self._calls():
            for values in contexts(self._app, module, call):
                own = self._settings(values, module, call)
                settings = Datum(own.path, own.line, declared.entries | own.entries)
                found.append(_Made(kind, module, call, settings, values))
        return found

    def _calls(self) -> Iterator[tuple[str, Module, ast.Call, Datum]]:
        """The calls that make alarms: what they make, where they stand, and what is known of all their runs."""
        for resource in self._app.resources:
            if resource.kind in _KINDS and resource.module is not None and resource.call is not None:
                yield resource.kind, resource.module, resource.call, resource.settings
        for method in self._app.method_calls:
            if method.name == "create_alarm":
                yield method.name, method.module, method.call, method.arguments

    @staticmethod
    def _settings(values: BoundValues, module: Module, call: ast.Call) -> Datum:
        """What the call passes; for `metric.create_alarm(self, "id", threshold=...)` the metric too."""
        settings = values.arguments(module, call, DEEP)
        if call_name(call) != "create_alarm" or not isinstance(call.func, ast.Attribute):
            return settings
        metric = {"metric": values.of(module, call.func.value, DEEP)}
        return Datum(settings.path, settings.line, metric | settings.entries)

    def _alarm(self, made: _Made) -> Alarm:
        settings = made.settings
        actions, problems = self._cfn_actions(settings) if made.kind.endswith("CfnAlarm") else self._actions(made)
        metric = settings.get("metric")
        uses = tuple(cdk_uses(metric) if metric is not None else template_uses(settings))
        threshold, enabled = settings.get("threshold"), settings.get("actions_enabled")
        is_off = enabled is not None and enabled.value is False and not enabled.tag
        lacks = lacking(
            None if actions else next(iter(problems), alarms.NO_ACTION),
            None if is_number(threshold) else alarms.NO_THRESHOLD,
            "its actions are switched off" if is_off else None,
            None if uses else alarms.NO_METRIC,
            of=[f"{n} does not exist" for n in missing_names(settings)],
        )
        name = ", ".join(_ids(settings)) or shown(settings.get("alarm_name")) or "alarm"
        return Alarm(
            "cdk", name, made.module.path, made.call.lineno, uses, shown(threshold),
            operator_of(settings.get("comparison_operator")), ", ".join(dict.fromkeys(actions)), lacks,
        )  # fmt: skip

    @staticmethod
    def _cfn_actions(settings: Datum) -> tuple[list[str], list[str]]:
        given = settings.get("alarm_actions")
        return ([shown(given) or "alarm_actions"] if is_filled(given) else []), []

    # Actions

    def _actions(self, made: _Made) -> tuple[list[str], list[str]]:
        """The valid actions of an alarm in words, and why others are none."""
        good: list[str] = []
        bad: list[str] = []
        for module, call in self._given.get(made.call, []):
            beside = module.enclosing_function(call) is made.module.enclosing_function(made.call)
            values = made.values if beside else self._values
            if beside and _is_skipped(values, module, call):
                continue
            for node in (*call.args, *(k.value for k in call.keywords)):
                for datum in _alternatives(values.of(module, node)):
                    problem = self._no_action(datum)
                    (bad if problem else good).append(problem or shown_action(datum))
        return good, bad

    @staticmethod
    def _no_action(datum: Datum) -> str:
        """Why the value is no alarm action; "" where it is one, or is not known."""
        kind = datum.tag if datum.tag not in ("", EXPRESSION, NAME) else str(datum.value) if datum.tag == NAME else ""
        if kind.startswith(ACTIONS) or not kind:
            known = kind == "" or exists(kind)
            given = datum.tag == EXPRESSION or bool(kind)
            return "" if known and given else f"{kind or 'its action'} does not exist"
        if not kind.startswith("aws_cdk."):
            return ""
        return f"{kind} does not exist" if not exists(kind) else f"{kind} is no alarm action"

    @cached_property
    def _given(self) -> dict[ast.AST, list[tuple[Module, ast.Call]]]:
        """Call that makes an alarm -> calls of add_alarm_action on it, as far as the app's run reaches them."""
        found: dict[ast.AST, list[tuple[Module, ast.Call]]] = {}
        for module in self._app.modules:
            for call in module.calls:
                if call_name(call) == "add_alarm_action" and self._app.runs(module, call):
                    for made in (*self._receivers(module, call), *self._parts(module, call)):
                        found.setdefault(made, []).append((module, call))
        return found

    def _receivers(self, module: Module, call: ast.Call) -> list[ast.Call]:
        """The alarms that the method is called on; in a loop over a list that cannot be followed, all of the class."""
        if not isinstance(call.func, ast.Attribute):
            return []
        calls = {m.call for m in self._made}
        if dotted(call.func.value) == "self":
            return [m.call for m in self._made if self._extends(m, module.enclosing_class(call))]
        found = [c for c in self._held(module, call.func.value, _DEPTH) if c in calls]
        if found or not any(isinstance(p, ast.For) for p in module.ancestors(call)):
            return found
        owner = module.enclosing_class(call)
        return [m.call for m in self._made if m.module is module and module.enclosing_class(m.call) is owner]

    def _parts(self, module: Module, call: ast.Call) -> list[ast.Call]:
        """The alarms that a composite alarm is made of, where the action is added to that."""
        composed = {r.call: r for r in self._app.resources if r.kind == f"{CDK}CompositeAlarm"}
        receiver = call.func.value if isinstance(call.func, ast.Attribute) and composed else None
        held = self._held(module, receiver, _DEPTH) if receiver is not None else []
        rules = [(r.module, n) for c in held if (r := composed.get(c)) and r.module for n in ast.walk(c)]
        names = [(m, n) for m, n in rules if isinstance(n, ast.Name | ast.Attribute)]
        calls = {m.call for m in self._made}
        return list(dict.fromkeys(c for m, n in names for c in self._held(m, n, 1) if c in calls))

    def _extends(self, made: _Made, cls: Class | None) -> bool:
        """Whether the call makes an object of the class, or of one below it."""
        classes = self._app.names.constructed(made.module, made.call) if cls is not None else []
        return any(cls in self._app.names.ancestry(c) for c in classes)

    def _held(self, module: Module, node: ast.expr, depth: int) -> list[ast.Call]:
        """The calls that made what the expression holds, lists that are filled step by step looked into."""
        if depth <= 0:
            return []
        found: list[ast.Call] = []
        for origin in self._app.origins.of(module, node):
            if isinstance(origin.node, ast.Call):
                found.append(origin.node)
        return found or [n for m, e in self._looped(module, node) for n in self._held(m, e, depth - 1)]

    def _looped(self, module: Module, node: ast.expr) -> Iterator[tuple[Module, ast.expr]]:
        """What `for alarm in self.alarms` gives, where the list is filled by append or by key."""
        lookup = self._app.names.lookup(module, node) if isinstance(node, ast.Name) else None
        for binding in lookup[1] if lookup else []:
            source = binding.node.iter if isinstance(binding.node, ast.For | ast.comprehension) else None
            while isinstance(source, ast.Call) and isinstance(source.func, ast.Attribute):
                source = source.func.value
            name = dotted(source) if source is not None else None
            if name is not None:
                yield from ((module, e) for e in _put_into(module, name))


def _put_into(module: Module, name: str) -> Iterator[ast.expr]:
    """What the module's code appends to the list, or stores in the table, of that name."""
    for node in module.nodes:
        match node:
            case ast.Call(func=ast.Attribute(attr="append" | "add", value=holder), args=[value]):
                if dotted(holder) == name:
                    yield value
            case ast.Assign(targets=[ast.Subscript(value=holder)], value=value):
                if dotted(holder) == name:
                    yield value


def _alternatives(datum: Datum) -> list[Datum]:
    """The values, one of which it is; the elements of a list that is spread."""
    if datum.tag == EITHER or (not datum.tag and isinstance(datum.value, tuple)):
        return [a for d in datum.elements for a in _alternatives(d)]
    return [datum]


def shown_action(datum: Datum) -> str:
    """The action's class, or the name it is handed in under."""
    return datum.tag.rpartition(".")[2] if datum.tag.startswith("aws_cdk.") else shown(datum) or "an action"


def undeployed(repo: Repo) -> list[Alarm]:
    """Alarms of CDK code that no app's run makes: in a stack that none instantiates, in a method that none calls."""
    made = {r.call for app in repo.infra.cdk_apps for r in app.resources}
    found = []
    for module in (m for m in repo.modules.values() if "aws_cloudwatch" in m.text and not repo.scope.is_test(m.path)):
        values = CodeValues(repo.names, Origins(repo.names, repo.imports, [module]), MOST)
        for call in (c for c in module.calls if call_name(c) in ("Alarm", "CfnAlarm") and c not in made):
            if set(repo.names.dotted(module, call.func)) & set(_KINDS):
                settings = values.arguments(module, call, DEEP)
                metric = settings.get("metric")
                uses = tuple(cdk_uses(metric) if metric is not None else template_uses(settings))
                name = ", ".join(_ids(settings)) or "alarm"
                found.append(Alarm("cdk", name, module.path, call.lineno, uses, "", (), "", (UNDEPLOYED,)))
    return found


def _ids(settings: Datum) -> list[str]:
    """The construct ids that the call may give."""
    return texts_of(settings.entries.get("id") or settings.entries.get("construct_id") or settings.entries.get("1"))


def _apart(alarm: Alarm, made: _Made) -> list[Alarm]:
    """An alarm for each round of the loop that makes them, where the rounds can be told apart."""
    ids, uses = _ids(made.settings), alarm.uses
    if len(ids) < 2 or len(ids) != len(uses):
        return [alarm]
    limits = _limits(made.settings.get("threshold"))
    each = limits if len(limits) == len(ids) else [alarm.threshold] * len(ids)
    rounds = zip(ids, uses, each, strict=True)
    return [replace(alarm, name=name, uses=(use,), threshold=limit) for name, use, limit in rounds]


def _limits(datum: Datum | None) -> list[str]:
    """The alternatives of a number, as texts."""
    return [shown(d) for d in _alternatives(datum)] if datum is not None else []


def _is_skipped(values: BoundValues, module: Module, node: ast.AST) -> bool:
    """Whether an `if` around the node is not taken, by what the parameters hold."""
    child = node
    for parent in module.ancestors(node):
        if isinstance(parent, ast.FunctionDef):
            return False
        if isinstance(parent, ast.If):
            truth = _truth(values, module, parent.test)
            if truth is not None and child in (parent.orelse if truth else parent.body):
                return True
        child = parent
    return False


def _truth(values: BoundValues, module: Module, test: ast.expr) -> bool | None:
    """What a test of a single value comes to; None where it cannot be known."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            found = _truth(values, module, inner)
            return None if found is None else not found
        case ast.Compare(left=left, ops=[ast.Is() | ast.IsNot() as op], comparators=[ast.Constant(value=None)]):
            datum = values.of(module, left)
            known = not datum.tag or bool(datum.entries)
            return (datum.value is None) == isinstance(op, ast.Is) if known else None
        case ast.Name() | ast.Attribute() | ast.Constant():
            datum = values.of(module, test)
            scalar = not datum.tag and not isinstance(datum.value, dict | tuple)
            return bool(datum.value) if scalar else None
    return None
