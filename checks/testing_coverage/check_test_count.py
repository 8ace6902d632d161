"""Are there enough tests, and do they try the parts, the seams and the agents?"""

from pytest_readiness.authoring import Repo, Units, check

from .agents import judge_exercised
from .count_examples import (
    EXERCISED,
    LLM_DECOYS,
    LLM_FEW,
    LLM_MANY,
    SEAM_DECOYS,
    SEAMS,
    SEAMS_MISSING,
    UNEXERCISED,
    UNEXERCISED_DECOYS,
    UNIT_DECOYS,
    UNIT_FEW,
    UNIT_MANY,
)
from .counting import judge_llm_tests, judge_seams, judge_unit_tests


@check(
    severity="high",
    effort_days=4,
    standard="project requirement 3.1; Google SRE Book ch. 17 (testing for reliability); pytest docs, conventions for "
    "test discovery",
    meets=LLM_MANY,
    falls_short=LLM_FEW,
    decoys=LLM_DECOYS,
)
def test_total_tests_over_48(repo: Repo, units: Units) -> None:
    """Are there at least 48 tests of the LLM integration that can run and assert something?

    Passes: at least 48 tests (setting `tests.min_llm_tests`) can run, are not skipped by default, use an agent, a
    module that asks a model or one of the LLM package, and have an assertion that can fail. A test counts once for each
    distinct set of parameters that is written out.
    Falls short: fewer; the score is their share. Not counted: empty tests, tests without an effective assertion, tests
    whose imports are broken, async tests that nothing runs, tests that are skipped unless a variable is set, tests that
    read source text, tests of the test's own mocks, numbers that a summary claims.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Faults in the model integration reach customers because too little of it is tried before release.
    Recommendation: First make the existing tests run (imports, async mode), then add tests until 48 of the LLM
    integration count.
    """
    judge_llm_tests(repo, units)


@check(
    severity="high",
    effort_days=3,
    standard="Google SRE Book ch. 17; AWS Well-Architected OPS05 (reduce defects)",
    meets=UNIT_MANY,
    falls_short=UNIT_FEW,
    decoys=UNIT_DECOYS,
)
def test_unit_tests_exist(repo: Repo, units: Units) -> None:
    """Is product code tested in isolation?

    Passes: at least 10 tests that count use at least 3 product modules (settings `tests.min_unit_tests` and
    `tests.min_unit_modules`), send no request through an application, open no real client of an outside service, start
    no process, and are not marked or placed as integration, e2e, load or performance tests.
    Falls short: fewer tests or modules; the score is the smaller share. A folder named unit with empty tests; tests
    that cannot run, assert nothing or test their own mocks.
    Impact: Every change is a gamble because nothing small is checked on its own.
    Recommendation: Write unit tests for the LLM service, its providers, the cache and the cost calculation with the
    outside world replaced by doubles.
    """
    judge_unit_tests(repo, units)


@check(
    severity="high",
    effort_days=3,
    standard="Google SRE Book ch. 17; project requirement 3.2",
    meets=SEAMS,
    falls_short=SEAMS_MISSING,
    decoys=SEAM_DECOYS,
)
def test_integration_tests_exist(repo: Repo, units: Units) -> None:
    """Are the seams of the system tested with the real parts on both sides?

    Passes: a test that counts sends a request through a test client of the product's application (where there is one);
    one builds an agent with a real object of the product's LLM service class, calls a method that asks the model and
    asserts the result; one calls a completion method of such a service with at most the vendor's client, or the HTTP
    layer below it, replaced, and asserts the result.
    Falls short: a seam has no such test. The word integration in a file, class or mark; a mock given to an agent; a
    subclass of the service in the test with mock providers; a test client that no request goes through; tests skipped
    by default.
    Unknown: the repository has neither a web application nor agents nor a call of a model.
    Impact: Parts that work alone fail together on the first day in production.
    Recommendation: Add one test per seam in which only the outermost client is a double.
    """
    judge_seams(repo, units)


@check(
    severity="high",
    effort_days=3,
    standard="project requirement 3.2; Google SRE Book ch. 17",
    meets=EXERCISED,
    falls_short=UNEXERCISED,
    decoys=UNEXERCISED_DECOYS,
)
def test_agent_tests_exist(repo: Repo, units: Units) -> None:
    """Does every agent have a test that makes it work?

    Passes: for every agent of the roster at least one test that counts builds it, calls a method that is no status
    method, and has an assertion that mentions the result or the double.
    Falls short: an agent has none. Tests that only build the agent or ask for its status; tests of another class of the
    same name; files named after the agent with no test that can run; tests run only by their own main().
    Unknown: the repository has neither agents nor a call of a model.
    Impact: An agent can be broken in every release without anybody noticing.
    Recommendation: Add for each agent a pytest test that calls its main method and asserts the content of the answer.
    """
    judge_exercised(repo, units)
