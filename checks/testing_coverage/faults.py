"""What the check of faults needs."""

from pytest_readiness.authoring import Repo, Units

from .agents import skip_without_llm


def judge_faults(repo: Repo, units: Units) -> None:
    """Count the ways of a model call going wrong that a test tries."""
    skip_without_llm(repo)
    for kind, places in repo.tested.faults.tried.items():
        note = "" if places else "no test of the LLM integration makes a double fail that way"
        units.decide(kind, bool(places), *places, note=note)
