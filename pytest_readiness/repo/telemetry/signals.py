"""What is measured and shown of language models: calls, latency, tokens, cost, errors."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Function, Module, Site
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.telemetry import words
from pytest_readiness.repo.telemetry.metrics import Metric, Recording, plain_label
from pytest_readiness.repo.telemetry.panels import Dashboard, Panel, Use

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

CALLS, LATENCY, TOKENS, COST, ERRORS = "calls", "latency", "tokens", "cost", "errors"
_TIMERS = frozenset({"time", "track_inprogress"})
_DEPTH = 4
_COUNTS_TOO = frozenset({"histogram", "summary"})


@dataclass(frozen=True)
class Finding:
    """A conclusion, the places that show it, and in a sentence what it is."""

    ok: bool
    note: str
    places: tuple[Site, ...] = ()


class Amounts:
    """Whether what is recorded is worked out, or always the same; parameters are followed to callers on the path."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @property
    def _names(self) -> Names:
        return self._repo.names

    def is_computed(self, recording: Recording) -> bool:
        """Whether the amount is worked out; a timer's is."""
        if recording.amount is None:
            return recording.how in _TIMERS or recording.how == "instrumented"
        values = self.values(recording.module, recording.amount, recording.function)
        return any(self._varies(m, n, _DEPTH) for m, n in values)

    def values(
        self, module: Module, node: ast.expr, function: Function | None, depth: int = _DEPTH
    ) -> list[tuple[Module, ast.expr]]:
        """The expressions that give the value; for a parameter, what calls on the path of a model pass."""
        if not isinstance(node, ast.Name) or function is None or depth <= 0:
            return [(module, node)]
        if not any(p.arg == node.id for p in function.params) or self._bound_anew(function, node.id):
            return [(module, node)]
        found: list[tuple[Module, ast.expr]] = []
        for other, call in self._calls(function):
            given = self._repo.origins.argument_of(function, call, node.id)
            spread = any(k.arg is None for k in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args)
            value = given if given is not None else call if spread else function.defaults.get(node.id)
            caller = other.enclosing_function(call)
            found += self.values(other, value, caller, depth - 1) if value is not None else []
        return found or [(module, node)]

    def _bound_anew(self, function: Function, name: str) -> bool:
        return len(self._names.bindings(function).get(name, [])) > 1

    def _calls(self, function: Function) -> list[tuple[Module, ast.Call]]:
        """The calls on the path; where none is there, all."""
        return self._repo.telemetry.llm_paths.calls_of(function) or list(self._repo.origins.calls_of(function))

    def _varies(self, module: Module, node: ast.expr, depth: int) -> bool:
        """Whether the value is not the same each time."""
        if depth <= 0:
            return True
        return any(self._part_varies(o.module, o.node, depth - 1) for o in self._repo.origins.of(module, node))

    def _part_varies(self, module: Module, node: ast.expr, depth: int) -> bool:
        match node:
            case ast.Constant():
                return False
            case ast.BinOp(left=left, right=right):
                return self._varies(module, left, depth) or self._varies(module, right, depth)
            case ast.UnaryOp(operand=operand):
                return self._varies(module, operand, depth)
            case ast.Call(func=ast.Name(id="float" | "int" | "round" | "abs" | "max" | "min" | "Decimal"), args=args):
                return any(self._varies(module, a, depth) for a in args)
        return True


class LlmSignals:
    """The signals of language models, as metrics and as panels."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._amounts = repo, Amounts(repo)

    # Metrics

    def tracked(self, signal: str) -> Finding:
        """Whether a metric for the signal is recorded where models are asked, and exposed; if not, how far it gets."""
        named = [m for m in self._repo.telemetry.metrics if self._could_track(m, signal)]
        findings = [self._tracked(m, signal) for m in named]
        nothing = Finding(False, f"no metric of models for {signal} is declared")
        return next((f for f in findings if f.ok), findings[0] if findings else nothing)

    def _could_track(self, metric: Metric, signal: str) -> bool:
        found = metric.words
        if signal == COST:
            return bool(found & words.COST)
        if not metric.of_model:
            return False
        if signal == TOKENS:
            return bool(found & words.TOKENS)
        if signal == LATENCY:
            return bool(found & words.LATENCY)
        return self._counts_calls(metric) or (signal == ERRORS and bool(found & words.ERRORS))

    @staticmethod
    def _counts_calls(metric: Metric) -> bool:
        """Named after calls; a timing counts them too where the format says how many there were."""
        found = metric.words
        if not found & words.REQUESTS or found & (words.ERRORS | words.TOKENS | words.COST | words.AT_ONCE):
            return False
        return not found & words.LATENCY or metric.kind in _COUNTS_TOO

    def _tracked(self, metric: Metric, signal: str) -> Finding:
        telemetry = self._repo.telemetry
        declared = metric.module.at(metric.node, f"{metric.name} is declared")
        on_path = [r for r in telemetry.recordings_of(metric) if telemetry.on_llm_path(r)]
        if not on_path:
            note = f"{metric.name} is declared, but no code that asks a model records it"
            return Finding(False, note, (metric.module.at(metric.node, note),))
        fitting = [r for r in on_path if self._fits(r, signal)]
        if not fitting:
            note = f"{metric.name} is recorded, but {_MISFIT[signal]}"
            return Finding(False, note, (on_path[0].module.at(on_path[0].node, note),))
        recorded = fitting[0].module.at(fitting[0].node, f"{metric.name} is recorded where a model is asked")
        served = telemetry.exposed(metric)
        if served is None:
            note = f"{metric.name} is recorded, but nothing serves its registry"
            return Finding(False, note, (declared, Site(recorded.path, recorded.line, note)))
        return Finding(True, f"{metric.name} counts {signal}", tuple(dict.fromkeys([declared, recorded, served])))

    def _fits(self, recording: Recording, signal: str) -> bool:
        if signal in (LATENCY, TOKENS, COST):
            return self._amounts.is_computed(recording)
        if signal == ERRORS and not recording.metric.words & words.ERRORS:
            return self._tells_errors(recording)
        return True

    def _tells_errors(self, recording: Recording) -> bool:
        """A status label that is not always the one of success."""
        if recording.metric.lacks_label(words.STATUS_LABELS):
            return False
        given = [v for k, v in recording.labels.items() if plain_label(k) in words.STATUS_LABELS]
        if not given:
            return recording.metric.labels is not None and not recording.labels
        values = [p for v in given for p in self._amounts.values(recording.module, v, recording.function)]
        said = [o.node for m, v in values for o in self._repo.origins.of(m, v)]
        return not all(isinstance(n, ast.Constant) and words.is_fine(str(n.value)) for n in said)

    # Dashboards

    def shown(self, signal: str) -> Finding:
        """Whether a panel shows the signal of a metric that exists; if not, the nearest panel."""
        missing = Finding(False, f"no panel queries a metric of models for {signal}")
        for dashboard in self._repo.telemetry.dashboards:
            for panel in dashboard.panels:
                for use in panel.uses:
                    if signal in self._signals(use):
                        found = self._shown(dashboard, panel, use)
                        if found.ok:
                            return found
                        missing = found if not missing.places else missing
        return missing

    def _shown(self, dashboard: Dashboard, panel: Panel, use: Use) -> Finding:
        source = self._repo.telemetry.source(use)
        shown = f"panel '{panel.title}' of '{dashboard.title}' queries {use.name}"
        if source is None:
            note = f"{shown}, which no code declares"
            return Finding(False, note, (Site(panel.path, panel.line, note),))
        places = (Site(panel.path, panel.line, f"{shown}: {use}"), *source.places)
        return Finding(True, shown, places)

    def _signals(self, use: Use) -> set[str]:
        """What a query of a metric of models shows."""
        if not words.of_model(use.name, use.namespace):
            return set()
        found = words.words(use.name)
        if found & words.ERRORS:
            return {ERRORS}
        if found & words.TOKENS or found & words.COST:
            return {COST}
        if found & words.LATENCY:
            return {CALLS} if use.name.endswith("_count") else {LATENCY} if shows_latency(use) else set()
        if not found & words.REQUESTS or found & words.AT_ONCE:
            return set()
        return {CALLS, ERRORS} if self.splits_by_status(use) and not _only_success(use) else {CALLS}

    def splits_by_status(self, use: Use) -> bool:
        """Whether the query is filtered or grouped by a status label that the metric has."""
        if not use.matches(words.STATUS_LABELS) and not use.grouped_by(words.STATUS_LABELS):
            return False
        named = self._repo.telemetry.named(use.name, use.namespace)
        return not named or any(not m.lacks_label(words.STATUS_LABELS) for m in named)


_MISFIT = {
    LATENCY: "never with a time that is measured",
    TOKENS: "never with a number of tokens of the call",
    COST: "never with a cost that is worked out",
    CALLS: "not for each call",
    ERRORS: "nothing tells its errors apart",
}


def _only_success(use: Use) -> bool:
    """Filtered to the calls that went well: the others are nowhere to be seen."""
    if use.grouped_by(words.STATUS_LABELS) or use.selector is None:
        return False
    pairs = [(o, v.strip("^$.*")) for k, o, v in use.selector.matchers if words.is_status(k)]
    if any(words.is_fine(v) for o, v in pairs if o in ("!=", "!~")):
        return False
    return all(words.is_fine(v) for o, v in pairs if o in ("=", "=~"))


_COUNTING = frozenset({"sum", "samplecount", "minimum", "n"})


def shows_latency(use: Use) -> bool:
    """Whether a query of a timing shows how long things take: a quantile, an average or the histogram itself."""
    if use.selector is None or use.query is None:
        return use.statistic.lower().replace("_", "") not in _COUNTING
    if use.name.endswith("_count"):
        return False
    return not use.name.endswith("_sum") or "/" in use.query.operators
