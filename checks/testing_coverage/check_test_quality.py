"""Does the suite pass, and does it try the ways in which the model fails?"""

from pytest_readiness.authoring import Repo, Units, check

from .agents import judge_outages
from .faults import judge_faults
from .quality_examples import (
    FAULT_DECOYS,
    FAULTS,
    FAULTS_MISSING,
    OUTAGE_DECOYS,
    OUTAGES,
    OUTAGES_MISSING,
    run_proof,
)
from .runs import judge_run


@check(
    severity="high",
    effort_days=3,
    standard="project requirement 3.3; AWS Well-Architected REL08 (implement change)",
    depends_on=["tests_pass_without_api_keys"],
    mode="artifact",
    **run_proof("reports/junit-with-keys.xml", "reports/junit-without-keys.xml"),
)
def test_tests_pass_with_api_keys(repo: Repo, units: Units) -> None:
    """Does the whole suite pass when LLM API keys are set?

    Passes: the JUnit file of the setting `tests.junit_with_keys` reports no failure and no error, holds a testcase for
    every test function, and at least half of its testcases are not skipped.
    Falls short: a test function cannot run and the file does not show it passed (its file cannot be imported, or it is
    async and nothing runs it): score 0. A failure or error in the file: the score is the share of passed tests. No test
    function at all: 0. A file that leaves test functions out overrules nothing.
    Unknown: no test function is proved unable to run, and the file is missing, cannot be read, leaves test functions
    out, or skips most of them.
    Impact: The path customers use, with a real model, is not known to work.
    Recommendation: Make every test file importable and every async test runnable, then run the suite with keys in a
    nightly job and keep its JUnit file.
    """
    judge_run(repo, units, repo.settings.tests.junit_with_keys, "with LLM API keys set")


@check(
    severity="high",
    effort_days=3,
    standard="project requirement 3.3; AWS Well-Architected OPS05; pytest-asyncio docs (strict and auto mode)",
    mode="artifact",
    **run_proof("reports/junit-without-keys.xml", "reports/junit-with-keys.xml"),
)
def test_tests_pass_without_api_keys(repo: Repo, units: Units) -> None:
    """Does the whole suite pass when no LLM API key is set?

    Passes: the JUnit file of the setting `tests.junit_without_keys` reports no failure and no error, holds a testcase
    for every test function, and at least half of its testcases are not skipped.
    Falls short: a test function cannot run and the file does not show it passed (its file cannot be imported, or it is
    async and nothing runs it): score 0. A failure or error in the file: the score is the share of passed tests. No test
    function at all: 0. A file that leaves test functions out overrules nothing.
    Unknown: no test function is proved unable to run, and the file is missing, cannot be read, leaves test functions
    out, or skips most of them.
    Impact: Nobody can run the tests on a clean machine or in CI, so nothing guards the main branch.
    Recommendation: Make every test file importable, configure the async mode, replace real clients by doubles, and run
    the suite without keys on every change.
    """
    judge_run(repo, units, repo.settings.tests.junit_without_keys, "with every LLM API key removed")


@check(
    severity="high",
    effort_days=2,
    standard="project requirement 3.4; AWS Well-Architected REL12 (test reliability)",
    depends_on=["llm_integration.fallback_logic.all_agents_have_fallback"],
    meets=OUTAGES,
    falls_short=OUTAGES_MISSING,
    decoys=OUTAGE_DECOYS,
)
def test_fallback_logic_tested(repo: Repo, units: Units) -> None:
    """Are both ways of losing the model, no service and a failing service, tested for every agent?

    Passes: for every agent that asks the model itself, a test that counts exercises its calls of the model without a
    model, and one with a model that raises. This is stricter than the check of the fallbacks, which takes either.
    Falls short: an agent lacks one of them. A test called test_fallback that only asks for the status; a failing double
    that never reaches the agent.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: The outage path exists on paper and fails in one of its two forms.
    Recommendation: Add for each agent one test without the service and one with a double whose completion method
    raises.
    """
    judge_outages(repo, units)


@check(
    severity="medium",
    effort_days=1,
    standard="LLM audit requirement 10.5; OWASP LLM05:2025 Improper Output Handling; AWS Well-Architected REL05",
    meets=FAULTS,
    falls_short=FAULTS_MISSING,
    decoys=FAULT_DECOYS,
)
def test_error_handling_tested(repo: Repo, units: Units) -> None:
    """Are the four ways a model call goes wrong tested?

    Passes: for timeout, rate limit and unavailable a test of the LLM integration has a double that raises an exception
    whose class name, code or message says so; for a malformed answer a double answers with text that is no JSON to code
    that parses answers as JSON, or raises JSONDecodeError.
    Falls short: a kind has no such test. The words in a test's name, docstring or comment; a double that answers
    normally; a test of the test's own mock; a text answer given to code that does not parse it.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Throttling, timeouts and broken answers, the everyday faults of model providers, hit users unhandled.
    Recommendation: Add a test for each kind that makes the provider's double fail that way and asserts what the caller
    gets.
    """
    judge_faults(repo, units)
