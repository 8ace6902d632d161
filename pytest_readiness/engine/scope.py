"""What is in the audit: categories in their order, checks that are switched off, weights, and notes on what is odd."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_readiness.models import CategorySpec, CheckSpec, SwitchedOff
from pytest_readiness.settings import Settings
from pytest_readiness.wording import closest

CATEGORY_ORDER = (
    "llm_integration",
    "infrastructure_resilience",
    "testing_coverage",
    "monitoring_observability",
    "security_compliance",
    "deployment_readiness",
    "documentation",
    "performance_scalability",
)
"""Order of the categories in every report; categories of a repository's own follow by id."""


@dataclass(frozen=True)
class Scope:
    """What an audit judges. `specs` holds the checks that are in; those switched off are named in `switched_off`."""

    categories: tuple[CategorySpec, ...]
    specs: Mapping[str, CheckSpec]
    switched_off: tuple[SwitchedOff, ...]
    notes: tuple[str, ...]

    def checks_of(self, category: str) -> list[CheckSpec]:
        """The checks of a category that are in, by id."""
        return [spec for spec in self.specs.values() if spec.category == category]

    def off_reason(self, category: str) -> str | None:
        """Why a whole category is switched off, None where it is not."""
        return next((off.reason for off in self.switched_off if off.id == category), None)


def scope_of(specs: Mapping[str, CheckSpec], categories: Sequence[CategorySpec], settings: Settings) -> Scope:
    """What is in the audit, given all checks and categories there are."""
    known = _ids(specs.values(), categories)
    undeclared = _undeclared(specs, categories)
    switched_off = tuple(_switched_off(id_, specs, settings) for id_ in sorted(settings.disable) if id_ in known)
    gone = {check for off in switched_off for check in off.checks}
    return Scope(
        categories=tuple(_weighted(c, settings) for c in _ordered([*categories, *undeclared])),
        specs={id_: specs[id_] for id_ in sorted(specs) if id_ not in gone},
        switched_off=switched_off,
        notes=(
            *_unknown_ids("disable", settings.disable, known),
            *_unknown_ids("weights", settings.weights, {c.id for c in categories}),
            *(f"{c.id} has no category.toml: its checks are shown but weigh nothing." for c in undeclared),
            *_off_notes(switched_off),
        ),
    )


def near(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` where a known id resembles this one, else a full stop."""
    found = closest(word, known)
    return f"; did you mean '{found}'?" if found else "."


def _ids(specs: Iterable[CheckSpec], categories: Iterable[CategorySpec]) -> set[str]:
    declared = {f"{c.id}.{criterion.id}" for c in categories for criterion in c.criteria} | {c.id for c in categories}
    return declared | {id_ for s in specs for id_ in (s.category, f"{s.category}.{s.criterion}", s.id)}


def _switched_off(id_: str, specs: Mapping[str, CheckSpec], settings: Settings) -> SwitchedOff:
    checks = tuple(check for check in sorted(specs) if f"{check}.".startswith(f"{id_}."))
    return SwitchedOff(id=id_, reason=settings.disable[id_], checks=checks)


def _undeclared(specs: Mapping[str, CheckSpec], categories: Iterable[CategorySpec]) -> list[CategorySpec]:
    """Categories that only checks name: they are shown and their gaps count, but nobody gave them a weight."""
    names = {spec.category for spec in specs.values()} - {c.id for c in categories}
    return [CategorySpec(id=name, title=name.replace("_", " ").capitalize(), weight=0) for name in sorted(names)]


def _ordered(categories: Iterable[CategorySpec]) -> list[CategorySpec]:
    place = {id_: position for position, id_ in enumerate(CATEGORY_ORDER)}
    return sorted(categories, key=lambda c: (place.get(c.id, len(place)), c.id))


def _weighted(category: CategorySpec, settings: Settings) -> CategorySpec:
    return category.model_copy(update={"weight": settings.weights.get(category.id, category.weight)})


def _unknown_ids(setting: str, given: Iterable[str], known: set[str]) -> list[str]:
    strangers = sorted(set(given) - known)
    return [f"{setting}: '{id_}' is ignored: there is no such id{near(id_, known)}" for id_ in strangers]


def _off_notes(switched_off: Iterable[SwitchedOff]) -> list[str]:
    return [f"{o.id} is switched off ({len(o.checks)} checks leave the score): {o.reason}" for o in switched_off]
