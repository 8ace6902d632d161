"""Scores: weighted means of weighted means, in exact arithmetic so that a threshold is met or not, never nearly.

A score is linear in the scores of its checks: every check has a share of its category, every category a share of the
whole. Shares are worked out once; proven, possible and simulated scores are sums over them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from pytest_readiness.engine.scope import Scope
from pytest_readiness.models import CategorySpec, CheckSpec

FULL = Fraction(100)
LARGEST_DENOMINATOR = 10**6


def exact(number: float) -> Fraction:
    """The fraction that a float stands for: 0.15 is 3/20, 100 * 2 / 3 is 200/3."""
    return Fraction(number).limit_denominator(LARGEST_DENOMINATOR)


@dataclass(frozen=True)
class Shares:
    """How much every check weighs in its category, and every category in the whole. Each set of shares adds up to 1."""

    categories: Mapping[str, Fraction]
    checks: Mapping[str, Mapping[str, Fraction]]

    def category_score(self, category: str, scores: Mapping[str, Fraction], broken: Iterable[str] = ()) -> Fraction:
        """Score of a category; 0 where one of its files of checks is broken."""
        if category in broken:
            return Fraction(0)
        shares = self.checks.get(category, {})
        return sum((share * scores[check] for check, share in shares.items()), Fraction(0))

    def overall(self, scores: Mapping[str, Fraction], broken: Iterable[str] = ()) -> Fraction:
        """Score of the whole, 0 where nothing that carries weight was judged."""
        parts = (share * self.category_score(c, scores, broken) for c, share in self.categories.items())
        return sum(parts, Fraction(0))


def shares_of(scope: Scope, broken: Iterable[str]) -> Shares:
    """Shares over what is judged: categories with checks, and `broken` ones, whose checks could not be loaded."""
    judged = [c for c in scope.categories if c.id in broken or scope.checks_of(c.id)]
    return Shares(
        categories=_normalised({c.id: exact(c.weight) for c in judged}),
        checks={c.id: _check_shares(c, scope.checks_of(c.id)) for c in judged},
    )


def _check_shares(category: CategorySpec, specs: list[CheckSpec]) -> dict[str, Fraction]:
    declared = {criterion.id: exact(criterion.weight) for criterion in category.criteria}
    average = sum(declared.values(), Fraction(0)) / len(declared) if declared else Fraction(1)
    criteria = _normalised({spec.criterion: declared.get(spec.criterion, average) for spec in specs})
    shares = {}
    for criterion, weight in criteria.items():
        own = _normalised({spec.id: exact(spec.weight) for spec in specs if spec.criterion == criterion})
        shares.update({check: weight * share for check, share in own.items()})
    return shares


def _normalised(weights: Mapping[str, Fraction]) -> dict[str, Fraction]:
    total = sum(weights.values(), Fraction(0))
    return {key: weight / total for key, weight in weights.items()} if total else dict.fromkeys(weights, Fraction(0))
