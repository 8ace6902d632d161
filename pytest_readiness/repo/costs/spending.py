"""Is what models cost measured in code that runs, does anybody see it, and is somebody told when it is too much?"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Function, Module, Site, call_name, dotted, text_of
from pytest_readiness.repo.pii import words_of
from pytest_readiness.repo.reach import HOOK_STARTS, HOOKS
from pytest_readiness.repo.telemetry import words
from pytest_readiness.repo.telemetry.metrics import Metric, Recording
from pytest_readiness.repo.telemetry.panels import Use
from pytest_readiness.repo.telemetry.shown import Shown
from pytest_readiness.repo.telemetry.signals import Finding

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_MONITORS = frozenset({("ce", "anomalymonitor"), ("ce", "cfnanomalymonitor"), ("", "aws_ce_anomaly_monitor")})
_REPORTS = frozenset(
    {("cur", "reportdefinition"), ("cur", "cfnreportdefinition"), ("", "aws_cur_report_definition"),
     ("bcmdataexports", "export"), ("bcmdataexports", "cfnexport"), ("", "aws_bcmdataexports_export")}
)  # fmt: skip
_SPENT = frozenset({"cost", "costs", "spend", "spent", "spending", "usd", "charges"})
_BUDGET = frozenset({"budget", "budgets", "limit", "cap", "quota", "allowance", "ceiling", "threshold", "max"})
_SENDERS = frozenset(
    {"publish", "send_email", "sendmail", "send_message", "send_mail", "send_templated_email", "trigger",
     "chat_postMessage", "create_incident", "enqueue"}
)  # fmt: skip
_POSTS = frozenset({"post", "request", "urlopen", "put"})
_NOTIFY_WORDS = frozenset({"notify", "page", "alert", "mail", "email", "slack", "webhook", "pagerduty", "sns", "teams",
                           "opsgenie", "chat", "escalate"})  # fmt: skip
_DEPTH = 3


class Spending:
    """Follows cost from the call of a model to the panel, and to whoever is told."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._names = repo, repo.names
        self._shown = Shown(repo)

    # Measured and shown

    @cached_property
    def monitored(self) -> Finding:
        """Whether a metric of cost or tokens is updated by code in use, and shown; else the first broken link."""
        report = self._report
        if report is not None:
            return Finding(True, "the cloud's own cost report is deployed", (report,))
        found = [self._monitored(m) for m in self._repo.telemetry.metrics if m.words & (words.COST | words.TOKENS)]
        nothing = Finding(False, "no metric with cost or token in its name is declared")
        return next((f for f in found if f.ok), max(found, key=lambda f: len(f.places), default=nothing))

    def _monitored(self, metric: Metric) -> Finding:
        declared = metric.module.at(metric.node, f"{metric.name} is declared")
        measured = self.measured(metric)
        if not measured.ok:
            return Finding(False, measured.note, (declared, *measured.places))
        shown = self._shown.asked(metric)
        if shown is None:
            return Finding(False, f"no panel, alarm or alert rule asks for {metric.name}", (declared, *measured.places))
        return Finding(True, f"{metric.name} is measured and shown", (*measured.places, shown))

    def measured(self, metric: Metric) -> Finding:
        """Whether the metric is updated in code that can be imported and is in use."""
        recordings = self._repo.telemetry.recordings_of(metric)
        alive = [r for r in recordings if not self._repo.live.is_dead(r.module, r.node)]
        if not alive:
            return Finding(False, f"nothing updates {metric.name}")
        for recording in alive:
            used = self._used(recording)
            if used is not None and self._repo.imports.loadable(recording.module):
                return Finding(True, f"{metric.name} is updated", (_at(recording), used))
        note = f"{metric.name} is updated by code that nothing uses"
        return Finding(False, note, tuple(_at(r) for r in alive[:2]))

    def _used(self, recording: Recording) -> Site | None:
        function = recording.function
        if function is None:
            return recording.module.at(recording.node) if self._repo.live.live_module(recording.module) else None
        return self.in_use(function)

    def in_use(self, function: Function) -> Site | None:
        """Where code outside its module runs the function, directly or through others of its module.

        Hooks of a class run where the class is used; in a module that is started itself, what the start reaches.
        """
        seen, todo = {function}, [function]
        for current in todo:
            for module, node in self._repo.telemetry.llm_paths.uses(current):
                if module is not function.module:
                    return module.at(node, f"uses {current.qualname}")
                user = module.enclosing_function(node)
                if user is not None and user not in seen and len(todo) < _MOST:
                    seen.add(user)
                    todo.append(user)
            hooked = current.cls is not None and (current.name in HOOKS or current.name.startswith(HOOK_STARTS))
            if hooked and current.cls is not None and (place := self._repo.uses.from_outside(current.cls)):
                return place
            if self._repo.web.handler_of(current) is not None and self._repo.live.is_live(current):
                return current.module.at(current.node, "answers requests")
        started = bool(function.module.main_guards) and self._repo.live.is_live(function)
        return function.module.at(function.node, "runs when the module is started") if started else None

    @property
    def _report(self) -> Site | None:
        """A cost report, or an anomaly monitor that somebody is subscribed to."""
        subscribed = any(b.complete and b.of_anomalies for b in self._repo.telemetry.budgets)
        for resource in self._repo.infra.resources:
            kind = ("", resource.kind) if resource.language == "terraform" else resource.type
            if kind in _REPORTS or (kind in _MONITORS and subscribed):
                return Site(resource.path, resource.line, f"{resource.kind} {resource.name}")
        return None

    # Budgets

    @cached_property
    def alerted(self) -> Finding:
        """Whether somebody is told, or calls are refused, when spending passes a budget; else what comes nearest."""
        found = [*self._budgets(), *self._alarms(), *self._guards()]
        nothing = Finding(False, "no budget, no alarm on cost and no code that compares cost with a budget")
        return next((f for f in found if f.ok), found[0] if found else nothing)

    def _budgets(self) -> Iterator[Finding]:
        for budget in self._repo.telemetry.budgets:
            if not budget.of_anomalies:
                note = f"budget {budget.name}: limit {budget.limit}, tells {budget.subscriber}"
                lacking = f"budget {budget.name}: {'; '.join(budget.lacks)}"
                told = note if budget.complete else lacking
                yield Finding(budget.complete, told, (Site(budget.path, budget.line, told),))

    def _alarms(self) -> Iterator[Finding]:
        for alarm in self._repo.telemetry.alarms:
            uses = [u for u in alarm.uses if words.of_cost(u.name) or _is_billed(u)]
            if not uses or not alarm.rises:
                continue
            missing = [*alarm.lacks] or [m for u in uses if (m := self._unmeasured(u))]
            ok = alarm.complete and any(self._unmeasured(u) is None for u in uses)
            note = f"alarm {alarm.name} on {uses[0].name}: {'complete' if ok else '; '.join(missing)}"
            yield Finding(ok, note, (Site(alarm.path, alarm.line, note),))

    def _unmeasured(self, use: Use) -> str | None:
        """Why nobody measures what an alarm asks for; None where it is measured."""
        if _is_billed(use):
            return None
        found = [self.measured(m) for m in self._repo.telemetry.named(use.name, use.namespace)]
        if any(f.ok for f in found):
            return None
        return found[0].note if found else f"nobody emits {use.name}"

    def _guards(self) -> Iterator[Finding]:
        """Code that compares what was spent with a budget."""
        for module in self._repo.product:
            for node in module.nodes:
                if isinstance(node, ast.Compare) and _is_budget(node):
                    function = module.enclosing_function(node)
                    if function is not None and not self._repo.live.is_dead(module, node):
                        yield self._guard(module, function, node)

    def _guard(self, module: Module, function: Function, test: ast.Compare) -> Finding:
        place = module.at(test, "compares what was spent with a budget")
        acted = next(self._acts(module, function, test, _DEPTH), None)
        if acted is None:
            return Finding(False, "cost is compared with a budget, but nobody is told and nothing refused", (place,))
        if not self._repo.imports.loadable(module):
            return Finding(False, "the code that compares cost with a budget cannot be imported", (place, acted))
        used = self.in_use(function)
        if used is None:
            return Finding(False, "the code that compares cost with a budget is not in use", (place, acted))
        return Finding(True, "spending over the budget has a consequence", (place, acted, used))

    def _acts(self, module: Module, function: Function, test: ast.expr, depth: int) -> Iterator[Site]:
        """What happens where the test says so: calls are refused, or somebody is notified."""
        for branch in self._branches(module, function, test):
            yield from self._consequences(module, branch)
        if depth > 0 and self._is_answer(module, function, test):
            for user_module, node in self._repo.telemetry.llm_paths.uses(function):
                user = user_module.enclosing_function(node)
                call = user_module.parents.get(node)
                if user is not None and isinstance(call, ast.Call):
                    yield from self._acts(user_module, user, call, depth - 1)

    def _branches(self, module: Module, function: Function, test: ast.expr) -> Iterator[ast.stmt]:
        """The statements that depend on the test, directly or through a name that is bound to it."""
        bound = {t.id for n in function.own_nodes if isinstance(n, ast.Assign) and test in set(ast.walk(n.value))
                 for t in n.targets if isinstance(t, ast.Name)}  # fmt: skip
        for node in function.own_nodes:
            if isinstance(node, ast.If):
                inside = set(ast.walk(node.test))
                named = any(isinstance(n, ast.Name) and n.id in bound for n in inside)
                if test in inside or named:
                    yield from (*node.body, *node.orelse)
                    yield from self._after(module, node)

    @staticmethod
    def _after(module: Module, node: ast.If) -> list[ast.stmt]:
        """What follows `if within_budget: return`."""
        if not node.body or not isinstance(node.body[-1], ast.Return):
            return []
        block = getattr(module.parents.get(node), "body", [])
        return block[block.index(node) + 1 :] if node in block else []

    @staticmethod
    def _is_answer(module: Module, function: Function, test: ast.expr) -> bool:
        """Whether the function gives the result of the test back."""
        statement = module.statement_of(test)
        names = {t.id for t in getattr(statement, "targets", []) if isinstance(t, ast.Name)}
        for returned in function.returns:
            inside = set(ast.walk(returned))
            if test in inside or any(isinstance(n, ast.Name) and n.id in names for n in inside):
                return True
        return isinstance(statement, ast.If) and any(isinstance(s, ast.Return) for s in statement.body)

    def _consequences(self, module: Module, statement: ast.stmt) -> Iterator[Site]:
        for node in ast.walk(statement):
            if isinstance(node, ast.Raise) and node.exc is not None:
                yield module.at(node, "the call is refused")
            elif isinstance(node, ast.Call) and self._notifies(module, node, _DEPTH):
                yield module.at(node, "somebody is told")

    def _notifies(self, module: Module, call: ast.Call, depth: int) -> bool:
        if self._repo.logging.calls.is_log(module, call):
            return False
        name = call_name(call)
        receiver = dotted(call.func) or ""
        own = self._names.functions(module, call.func)
        if own:
            return depth > 0 and any(self._notifies(f.module, c, depth - 1) for f in own for c in f.calls)
        told = {w for t in (receiver, *_texts(call)) for w in words_of(t)}
        if name in _SENDERS:
            return True
        if name in _POSTS:
            return bool(told & _NOTIFY_WORDS)
        return bool(set(words_of(name)) & {"notify", "page", "alert", "email", "mail"})


_MOST = 200


def _at(recording: Recording) -> Site:
    return recording.module.at(recording.node, f"updates {recording.metric.name}")


def _is_billed(use: Use) -> bool:
    return use.namespace == "AWS/Billing" and use.name == "EstimatedCharges"


def _texts(call: ast.Call) -> list[str]:
    parts = [n for a in (*call.args, *(k.value for k in call.keywords)) for n in ast.walk(a)]
    texts = [text_of(n) or "" for n in parts if isinstance(n, ast.Constant)]
    return [
        *texts,
        *(n.id for n in parts if isinstance(n, ast.Name)),
        *(n.attr for n in parts if isinstance(n, ast.Attribute)),
    ]


def _is_budget(node: ast.Compare) -> bool:
    """What was spent on one side, a budget on the other."""
    sides = [node.left, *node.comparators]
    if len(sides) != 2 or not isinstance(node.ops[0], ast.Gt | ast.GtE | ast.Lt | ast.LtE):
        return False
    left, right = (_spoken(s) for s in sides)
    return any(_SPENT & a and _BUDGET & b and not _BUDGET & a for a, b in ((left, right), (right, left)))


def _spoken(node: ast.expr) -> set[str]:
    names = (n.id if isinstance(n, ast.Name) else n.attr if isinstance(n, ast.Attribute) else text_of(n) or ""
             for n in ast.walk(node))  # fmt: skip
    return {w for name in names if len(name) < 60 for w in words_of(name)}
