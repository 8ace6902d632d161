"""Do the agents still answer when the model is away, and is that tested?"""

from pytest_readiness.authoring import Repo, Units, check

from .fallback import judge_fallbacks, judge_substance, judge_tested
from .fallback_examples import CONSTANT_DECOYS, CONSTANTS, FALLBACK_DECOYS, MEETS, WITHOUT_FALLBACK
from .tested_examples import TESTED, UNTESTED, UNTESTED_DECOYS


@check(
    severity="critical",
    effort_days=2,
    standard="AWS Well-Architected REL05 (graceful degradation); Google SRE Book ch. 22; project requirement 1.4",
    meets=MEETS,
    falls_short=WITHOUT_FALLBACK,
    decoys=FALLBACK_DECOYS,
)
def test_all_agents_have_fallback(repo: Repo, units: Units) -> None:
    """Does every agent that calls the model still answer when the service is absent and when the call fails?

    Passes: at every call of the model both paths exist, the service being absent and the call failing, and neither ends
    in an error value: None, nothing, an empty literal, False, or a dict that reports an error. A private method may
    answer None where its caller takes that for "no answer". Agents without a call of their own are left out.
    Falls short: a path is missing (a handler that raises again, no try, no test of the service) or ends in an error
    value. A method named _fallback_* that no path returns; an outer handler that returns the error; a handler that only
    logs and falls off the end; an agent that cannot be loaded or read. No agent that calls the model: 0.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: When the model provider has an outage, the user gets an error instead of an answer.
    Recommendation: Guard every LLM call by a test of the service and a try, and return rule-based data on both paths.
    """
    judge_fallbacks(repo, units)


@check(
    severity="high",
    effort_days=2,
    standard="AWS Well-Architected REL12 (test reliability); Google SRE Book ch. 17; project requirement 3.4",
    depends_on=["all_agents_have_fallback"],
    meets=TESTED,
    falls_short=UNTESTED,
    decoys=UNTESTED_DECOYS,
)
def test_fallback_tested(repo: Repo, units: Units) -> None:
    """Is the fallback of every agent that calls the model driven by a test?

    Passes: for every agent that calls the model itself, at least one test that can run, is not skipped by default and
    asserts something builds the agent without the model or with one that raises, calls a method from which a call of
    the model is reached, and has an assertion that mentions the result.
    Falls short: no such test. A test that only builds the agent or asks for its status; a test of a mock; an async test
    that nothing runs; a test that accepts any outcome inside try/except; a double passed where the agent does not read
    it; a script with a main().
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Nobody knows whether the outage path works until the outage.
    Recommendation: Add for each agent a pytest test with no service and one with a raising service, and assert the
    content of the answer.
    """
    judge_tested(repo, units)


@check(
    severity="high",
    effort_days=5,
    standard="AWS Well-Architected REL05 (graceful degradation); Google SRE Book ch. 22; project requirement 2.5",
    depends_on=["all_agents_have_fallback"],
    meets=MEETS,
    falls_short=CONSTANTS,
    decoys=CONSTANT_DECOYS,
)
def test_fallback_maintains_functionality(repo: Repo, units: Units) -> None:
    """Is what the fallback returns worked out from the request, rather than the same text for every input?

    Passes: for every call of the model, whatever is returned instead on both paths is no error value, and a branch,
    loop, operator, formatting or call over data of the request decides some part of it.
    Falls short: a constant, or ids and parameters echoed unchanged. The request stored or logged but not part of the
    answer; a timestamp or a generated id that makes each answer differ; the request added to a constant plan. No call
    at all: 0.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: During an outage customers get plausible text that has nothing to do with what they asked.
    Recommendation: Derive the fallback from the request (filter, rank, extract, look up) or say openly that only
    partial service is given.
    """
    judge_substance(repo, units)
