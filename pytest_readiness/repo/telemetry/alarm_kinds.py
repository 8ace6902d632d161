"""What do alarms fire on? Errors, cost, circuit breakers, latency."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.telemetry import words
from pytest_readiness.repo.telemetry.alarms import Alarm
from pytest_readiness.repo.telemetry.panels import Use
from pytest_readiness.repo.telemetry.signals import Finding
from pytest_readiness.repo.telemetry.sources import Source

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

ERRORS, COST, BREAKER, LATENCY = "server errors", "cost", "an open circuit breaker", "latency"
_MOST_CITED = 8
_QUANTITIES = frozenset({"sum", "samplecount", "minimum", "n"})


class AlarmKinds:
    """Finds, for each matter, a complete alarm, or what the incomplete ones lack."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._telemetry = repo, repo.telemetry

    def on(self, matter: str) -> Finding:
        """Whether a complete alarm fires on the matter, on a metric that exists."""
        short: list[Site] = []
        for alarm in (*self._telemetry.alarms, *self._telemetry.undeployed_alarms):
            uses = [u for u in alarm.uses if self._tells(alarm, u, matter)]
            if not uses:
                continue
            missing = self._missing(alarm, uses, matter)
            if not missing:
                return self._good(alarm, uses, matter)
            short.append(Site(alarm.path, alarm.line, f"alarm {alarm.name} on {uses[0].name}: {'; '.join(missing)}"))
        note = f"no complete alarm on {matter}" if short else f"no alarm on {matter}"
        return Finding(False, f"{note}: {short[0].note}" if short else note, tuple(short[:_MOST_CITED]))

    def on_cost(self) -> Finding:
        """Whether a complete alarm fires on cost, or a budget or anomaly subscription tells somebody."""
        found = self.on(COST)
        budgets = self._telemetry.budgets
        good = next((b for b in budgets if b.complete), None)
        if found.ok or not budgets:
            return found
        if good is not None:
            note = f"budget {good.name}: limit {good.limit or 'of anomalies'}, tells {good.subscriber}"
            return Finding(True, note, (Site(good.path, good.line, note),))
        short = tuple(Site(b.path, b.line, f"budget {b.name}: {'; '.join(b.lacks)}") for b in budgets[:_MOST_CITED])
        return Finding(False, short[0].note, (*short, *found.places))

    def _good(self, alarm: Alarm, uses: list[Use], matter: str) -> Finding:
        sources = (self._source(u, matter) for u in uses)
        places = [p for s in sources if s is not None for p in s.places]
        sign = alarm.operators[0] if alarm.operators else "against"
        note = f"alarm {alarm.name}: {uses[0].name} {sign} {alarm.threshold}, action {alarm.action}"
        return Finding(True, note, (Site(alarm.path, alarm.line, note), *places[:2]))

    def _missing(self, alarm: Alarm, uses: list[Use], matter: str) -> list[str]:
        """What the alarm lacks, a metric that exists among it."""
        unknown = [] if any(self._source(u, matter) for u in uses) else [_NOWHERE[matter].format(uses[0].name)]
        return [*alarm.lacks, *unknown]

    def _source(self, use: Use, matter: str) -> Source | None:
        """What emits the metric; for a breaker it must be the application, or the log line of its opening."""
        found = self._telemetry.source(use)
        if matter != BREAKER or found is None:
            return found
        if found.metric is not None:
            return found
        logged = self._telemetry.sources.opens(found.filter) if found.filter else None
        return Source((*found.places, logged), found.note, filter=found.filter) if logged else None

    def _tells(self, alarm: Alarm, use: Use, matter: str) -> bool:
        if matter == ERRORS:
            return self._errors(alarm, use)
        if matter == COST:
            billed = use.namespace == "AWS/Billing" and use.name == "EstimatedCharges"
            return (words.of_cost(use.name) or billed) and alarm.rises
        if matter == BREAKER:
            return words.of_breaker(use.name) or self._counts_openings(use)
        return alarm.rises and _is_latency(use)

    def _counts_openings(self, use: Use) -> bool:
        """A metric of any name that a filter counts the opening of a breaker as."""
        found = self._telemetry.source(use)
        counted = found.filter if found is not None else None
        return counted is not None and self._telemetry.sources.opens(counted) is not None

    def _errors(self, alarm: Alarm, use: Use) -> bool:
        """A metric of server errors that may not rise, requests with a failing status, or a success rate that may not
        fall."""
        inverted = use.query is not None and "-" in use.query.operators
        if words.of_server_errors(use.name) and not _only_clients(use):
            return alarm.rises or inverted
        failing, excluded = _statuses(use)
        if failing:
            return alarm.rises or inverted
        return excluded and not alarm.rises


_NOWHERE = {
    ERRORS: "no code declares {}",
    COST: "no code declares {}",
    LATENCY: "no code declares {}",
    BREAKER: "no application code declares {}, and no log line of an opening is counted as it",
}


def _statuses(use: Use) -> tuple[bool, bool]:
    """Whether the query picks out failing statuses, and whether it leaves them out."""
    if use.selector is None:
        return any(words.is_failing(v) for v in use.matches(words.STATUS_LABELS) if v), False
    pairs = [(o, v) for k, o, v in use.selector.matchers if words.is_status(k)]
    failing = any(words.is_failing(v) if o in ("=", "=~") else words.is_fine(v.strip("^$.*")) for o, v in pairs)
    return failing, any(o in ("!=", "!~") and words.is_failing(v) for o, v in pairs)


def _only_clients(use: Use) -> bool:
    """Filtered to the errors of clients: `status=~"4.."`."""
    values = use.matches(words.STATUS_LABELS)
    return any(v.startswith("4") and not words.is_failing(v) for v in values)


def _is_latency(use: Use) -> bool:
    """How long something takes, as an average, a percentile or a quantile."""
    if not words.of_latency(use.name):
        return False
    if use.selector is None or use.query is None:
        return use.statistic.lower().replace("_", "") not in _QUANTITIES
    divided = "/" in use.query.operators
    if use.name.endswith("_bucket"):
        return use.selector.inside("histogram_quantile") or (divided and bool(use.matches({"le"})))
    return divided if use.name.endswith("_sum") else not use.name.endswith("_count")
