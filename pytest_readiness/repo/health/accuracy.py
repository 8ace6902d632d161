"""Is what a health route reports derived from what it has just looked at?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.repo.health.driving import HealthDriver, Run
from pytest_readiness.repo.health.routes import HealthRoute
from pytest_readiness.repo.modules import Function, Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

MOST_LOOKS = 3


@dataclass(frozen=True)
class Verdict:
    """Whether a route reports what is, and where that shows."""

    holds: bool
    note: str
    places: tuple[Site, ...]


class Accuracy:
    """Judges health routes by driving them while all is well and while all is away."""

    def __init__(self, repo: Repo, driver: HealthDriver) -> None:
        self._repo, self._driver = repo, driver

    def judged(self, route: HealthRoute) -> Verdict:
        """Whether the route's answer follows what it looks at."""
        here = route.module.at(route.function.node)
        problem = self._repo.imports.problem(route.module)
        if problem is not None:
            return Verdict(False, "its module cannot be imported", (here, problem))
        if route.is_liveness:
            return Verdict(True, "says that the process runs", (here,))
        well, away = self._driver.runs(route.function, False), self._driver.runs(route.function, True)
        looking = [r for r in away if r.looks]
        if not looking and not any(r.looks for r in well):
            return Verdict(False, self._why_blind(well), (here,))
        places = (here, *_looked(looking or well))
        wrong = self._wrong(route.function, looking)
        return Verdict(not wrong, wrong or "its answer follows what it looks at", places)

    def _why_blind(self, well: Iterable[Run]) -> str:
        constant = next((w for r in well for w in r.answer.good.values()), "")
        if constant:
            return f"says {constant!r} without a look at anything"
        return "looks at nothing live: what it reports is worked out from settings, objects or constants"

    def _wrong(self, function: Function, looking: list[Run]) -> str:
        """What is wrong with the answers that are given while everything looked at is away."""
        if not looking:
            return "what it looks at cannot fail"
        for run in looking:
            if run.answer.good and not run.answer.is_failure:
                where, word = next(iter(run.answer.good.items()))
                return f"says {word!r} ({'.'.join(where)}) also while what it looks at is away"
            well = self._driver.again(function, run)
            says_so = run.answer.is_failure or run.answer.poor
            if not says_so or well is None or run.answer == well.answer:
                return "answers the same while what it looks at is away"
        return ""


def _looked(runs: list[Run]) -> tuple[Site, ...]:
    looks = {look.site: look for r in runs for look in r.looks}
    sites = [Site(s.path, s.line, f"looks at {_spoken(look.origin)}") for s, look in looks.items() if s.path]
    return tuple(sites[:MOST_LOOKS])


def _spoken(origin: str) -> str:
    parts = origin.split(".")
    return ".".join([parts[0], parts[-1]]) if len(parts) > 2 else origin
