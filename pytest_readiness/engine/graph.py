"""Dependencies among open gaps: who waits for whom, without cycles, and the longest chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from pytest_readiness.models import Severity

Graph = dict[str, frozenset[str]]
"""Id -> ids that must come before it."""


@dataclass(frozen=True)
class Untangled:
    """A graph without cycles, and a sentence for every edge that had to go."""

    graph: Graph
    warnings: tuple[str, ...]


def open_dependencies(open_ids: Iterable[str], declared: Mapping[str, Iterable[str]]) -> Graph:
    """What each open gap waits for among the open ones; what waits for a closed one waits for what that waits for."""
    known = frozenset(open_ids)
    return {id_: _nearest_open(id_, known, declared) for id_ in sorted(known)}


def untangle(graph: Graph, severity: Mapping[str, Severity]) -> Untangled:
    """The same graph with every cycle broken at its least severe edge.

    An edge is as severe as its two ends together; the id decides between equals.
    """
    kept = dict(graph)
    warnings = []
    while cycle := _cycle(kept):
        waiting, needed = max(pairwise(cycle), key=lambda e: _mildness(e, severity))
        kept[waiting] = kept[waiting] - {needed}
        circle = " needs ".join(cycle)
        warnings.append(f"Dependency cycle: {circle}. The roadmap ignores that {waiting} needs {needed}.")
    return Untangled(kept, tuple(warnings))


def in_order(graph: Graph) -> list[str]:
    """Ids such that none comes before one it depends on. The graph has no cycles."""
    return list(TopologicalSorter(graph).static_order())


def longest_chain(graph: Graph, days: Mapping[str, float]) -> list[str]:
    """The chain of dependencies that takes most days, first step first; the id decides between equals."""
    length: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for id_ in in_order(graph):
        before[id_] = max(sorted(graph[id_]), key=lambda needed: length[needed], default=None)
        earlier = before[id_]
        length[id_] = days[id_] + (length[earlier] if earlier is not None else 0.0)
    chain, step = [], max(sorted(length), key=lambda id_: length[id_], default=None)
    while step is not None:
        chain.append(step)
        step = before[step]
    return chain[::-1]


def _nearest_open(start: str, known: frozenset[str], declared: Mapping[str, Iterable[str]]) -> frozenset[str]:
    found: set[str] = set()
    seen = {start}
    todo = list(declared.get(start, ()))
    while todo:
        id_ = todo.pop()
        if id_ in known:
            found.add(id_)
        elif id_ not in seen:
            seen.add(id_)
            todo += declared.get(id_, ())
    return frozenset(found)


def _cycle(graph: Graph) -> list[str]:
    """Ids of one cycle, each needing the next, the first again at the end; empty where there is none."""
    ordered = {id_: sorted(graph[id_]) for id_ in sorted(graph)}
    try:
        TopologicalSorter(ordered).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def _mildness(edge: tuple[str, str], severity: Mapping[str, Severity]) -> tuple[int, int, tuple[str, str]]:
    waiting, needed = edge
    return severity[waiting].rank + severity[needed].rank, severity[needed].rank, edge
