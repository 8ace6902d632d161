"""What the check of faults needs."""

from pytest_readiness.authoring import Repo, Units, needs_models


def judge_faults(repo: Repo, units: Units) -> None:
    """Count the ways of a model call going wrong that a test tries."""
    needs_models(repo)
    for kind, places in repo.tested.faults.tried.items():
        note = "" if places else "no test of the LLM integration makes a double fail that way"
        units.decide(kind, bool(places), *places, note=note)
