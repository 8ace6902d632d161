"""Is every agent of a team tested both with and without the model?"""

from pytest_readiness.authoring import Repo, Units, check

from .agents import judge_team
from .team_examples import team_proof


@check(
    severity="high",
    effort_days=2,
    standard="project requirements 3.2 and 3.4",
    depends_on=["testing_coverage.test_count.agent_tests_exist"],
    **team_proof("meetmind"),
)
def test_meetmind_tests_complete(repo: Repo, units: Units) -> None:
    """Is every MeetMind agent tested both with and without the model?

    Passes: for every agent of the team that asks a model, or hands its handle to agents that do, a test that counts
    exercises its calls of the model with a model that answers, and one without a model or with one that raises. For
    every other agent of the team a test that counts calls it and asserts the result.
    Falls short: an agent lacks one of them. One agent tested many times; status tests; an import that means another
    team's module of the same name, or nothing; async tests that nothing runs; a double passed where the agent does not
    read it; prints of "all tests passed".
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Meeting analysis can break, with the model or without it, and the release still looks green.
    Recommendation: Add for each agent one test with an answering double and one without the service, importing the
    agent by its package path.
    """
    judge_team(repo, units, "meetmind")


@check(
    severity="high",
    effort_days=2,
    standard="project requirements 3.2 and 3.4",
    depends_on=["testing_coverage.test_count.agent_tests_exist"],
    **team_proof("agent_svea"),
)
def test_agent_svea_tests_complete(repo: Repo, units: Units) -> None:
    """Is every Agent Svea agent tested both with and without the model?

    Passes: for every agent of the team that asks a model, or hands its handle to agents that do, a test that counts
    exercises its calls of the model with a model that answers, and one without a model or with one that raises. For
    every other agent of the team a test that counts calls it and asserts the result.
    Falls short: an agent lacks one of them. One agent tested many times; status tests; an import that means another
    team's module of the same name, or nothing; async tests that nothing runs; a double passed where the agent does not
    read it; prints of "all tests passed".
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Swedish compliance answers can break, with the model or without it, and the release still looks green.
    Recommendation: Add for each agent one test with an answering double and one without the service, importing the
    agent by its package path.
    """
    judge_team(repo, units, "agent_svea")


@check(
    severity="high",
    effort_days=2,
    standard="project requirements 3.2 and 3.4",
    depends_on=["testing_coverage.test_count.agent_tests_exist"],
    **team_proof("felicias_finance"),
)
def test_felicias_finance_tests_complete(repo: Repo, units: Units) -> None:
    """Is every agent of Felicia's Finance tested both with and without the model?

    Passes: for every agent of the team that asks a model, or hands its handle to agents that do, a test that counts
    exercises its calls of the model with a model that answers, and one without a model or with one that raises. For
    every other agent of the team a test that counts calls it and asserts the result.
    Falls short: an agent lacks one of them. One agent tested many times; status tests; an import that means another
    team's module of the same name, or nothing; async tests that nothing runs; a double passed where the agent does not
    read it; prints of "all tests passed".
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Advice and transactions can break, with the model or without it, and the release still looks green.
    Recommendation: Add for each agent one test with an answering double and one without the service, importing the
    agent by its package path.
    """
    judge_team(repo, units, "felicias_finance")
