"""All that a check may import.

A check is an ordinary test function in `checks/<category>/check_<criterion>.py`:

    from pytest_readiness.authoring import Example, Repo, Units, check

    @check(severity="high", effort_days=1, standard="OWASP ASVS 5.0 V13.3.1",
           meets=[Example({"app.py": "..."})], falls_short=[Example({"app.py": "..."})], decoys=[...])
    def test_name_of_the_good_condition(repo: Repo, units: Units) -> None:
        '''Is the good condition true?

        Passes: what must hold.
        Falls short: what does not count, lookalikes named.
        Impact: what happens in production without it.
        Recommendation: what to do.
        '''
        for route in repo.web.routes:
            units.decide(route.name, route.is_safe, route.place, note="…")

Outcomes: units settle the score after the body; a plain `assert` fails the check whole; `unknown(reason)` says that the
data needed is missing; any other exception is our own error and scores 0.
"""

from pytest_readiness.authoring.decorator import check
from pytest_readiness.authoring.elements import count, count_best
from pytest_readiness.authoring.examples import Example
from pytest_readiness.authoring.matters import needs_agents, needs_cloud, needs_models
from pytest_readiness.authoring.parts import asking, in_cloud, with_agents
from pytest_readiness.authoring.units import Place, Units, unknown
from pytest_readiness.models import Evidence, Mode, Severity
from pytest_readiness.repo import Repo
from pytest_readiness.settings import Settings

__all__ = [
    "Evidence", "Example", "Mode", "Place", "Repo", "Settings", "Severity", "Units", "asking", "check", "count",
    "count_best", "in_cloud",
    "needs_agents", "needs_cloud", "needs_models", "unknown", "with_agents",
]  # fmt: skip
