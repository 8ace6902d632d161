"""The road to production: gaps in the order in which to close them, and the score reached after each step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from pytest_readiness.engine.gaps import COLLECTION
from pytest_readiness.engine.graph import Graph, in_order, longest_chain
from pytest_readiness.engine.scoring import FULL, Shares, exact
from pytest_readiness.models import Gap, RoadmapItem


@dataclass
class Progress:
    """The state of the system while gaps are closed one after another."""

    shares: Shares
    scores: dict[str, Fraction]
    broken: list[str]
    """Categories once for every file of theirs that does not load: a category scores only when none is left."""
    overall: Fraction = field(init=False)

    def __post_init__(self) -> None:
        self.overall = self.shares.overall(self.scores, self.broken)

    def gain(self, gap: Gap) -> Fraction:
        """How many points the overall score wins if this gap is closed now."""
        if gap.check_id.startswith(COLLECTION):
            last = self.broken.count(gap.category) == 1
            return self._weight(gap) * self.shares.category_score(gap.category, self.scores) if last else Fraction(0)
        if gap.category in self.broken:
            return Fraction(0)
        share = self.shares.checks[gap.category][gap.check_id]
        return self._weight(gap) * share * (FULL - self.scores[gap.check_id])

    def close(self, gap: Gap) -> None:
        """Take the step."""
        self.overall += self.gain(gap)
        if gap.check_id not in self.scores:
            self.broken.remove(gap.category)
        else:
            self.scores[gap.check_id] = FULL

    def _weight(self, gap: Gap) -> Fraction:
        return self.shares.categories.get(gap.category, Fraction(0))


def roadmap_of(gaps: Sequence[Gap], progress: Progress) -> tuple[RoadmapItem, ...]:
    """The steps. No gap comes before one it depends on; then severity, score gained per day, id decide.

    A gap that a more severe one waits for counts as severe as that one: else the severe gap would come late.
    """
    graph: Graph = {gap.check_id: frozenset(gap.dependencies) for gap in gaps}
    chain = frozenset(longest_chain(graph, {gap.check_id: gap.effort_days for gap in gaps}))
    items: list[RoadmapItem] = []
    days = Fraction(0)
    for gap in _ordered({gap.check_id: gap for gap in gaps}, graph, progress):
        days += exact(gap.effort_days)
        items.append(_item(len(items) + 1, gap, float(days), progress, gap.check_id in chain))
    return tuple(items)


def critical_path_days(items: Iterable[RoadmapItem]) -> float:
    """Days of the longest chain of dependencies: the least time to production, however many work on it."""
    return float(sum((exact(item.days) for item in items if item.on_critical_path), Fraction(0)))


def _item(position: int, gap: Gap, days: float, progress: Progress, on_critical_path: bool) -> RoadmapItem:
    return RoadmapItem(
        position=position,
        check_id=gap.check_id,
        category=gap.category,
        severity=gap.severity,
        action=gap.recommendation,
        days=gap.effort_days,
        cumulative_days=days,
        score_after=float(progress.overall),
        dependencies=gap.dependencies,
        on_critical_path=on_critical_path,
    )


def _ordered(gaps: Mapping[str, Gap], graph: Graph, progress: Progress) -> Iterable[Gap]:
    """Gaps in order; each is closed in `progress` before it is handed out."""
    urgency = _urgency(gaps, graph)
    waiting = dict(graph)
    while waiting:
        ready = [id_ for id_, needed in waiting.items() if needed.isdisjoint(waiting)]
        best = min(ready, key=lambda id_: (urgency[id_], -progress.gain(gaps[id_]) / exact(gaps[id_].effort_days), id_))
        del waiting[best]
        progress.close(gaps[best])
        yield gaps[best]


def _urgency(gaps: Mapping[str, Gap], graph: Graph) -> dict[str, int]:
    """Rank of the most severe gap among each one and all that wait for it."""
    urgency = {id_: gap.severity.rank for id_, gap in gaps.items()}
    for id_ in reversed(in_order(graph)):
        for needed in graph[id_]:
            urgency[needed] = min(urgency[needed], urgency[id_])
    return urgency
