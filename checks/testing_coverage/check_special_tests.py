"""Is tested what this product promises in particular: Swedish, tenants kept apart, circuit breakers?"""

from pytest_readiness.authoring import Repo, Units, check

from .agents import judge_swedish
from .special import judge_breakers, judge_tenants
from .special_examples import BREAKERS, SWEDISH, TENANTS


@check(
    severity="medium",
    effort_days=1,
    standard="project requirement 3.5",
    depends_on=["llm_integration.agent_svea_integration.swedish_language_support"],
    **SWEDISH,
)
def test_swedish_language_tested(repo: Repo, units: Units) -> None:
    """Is it tested that each Agent Svea agent works in Swedish?

    Passes: for every agent of the teams with language sv a test that counts exercises its calls of the model, and an
    assertion compares a Swedish text with the agent's answer (a value or a key) or with the prompt that the double
    received. A text is Swedish when it holds å, ä or ö, or one of the words of the setting `tests.swedish_words`.
    Falls short: an agent has none. Swedish only in the double's answer or in the request; in comments, names or
    docstrings; a status test that compares the language; tests that nothing runs; tests of another team's agent.
    Unknown: the repository has neither agents nor a call of a model, or no team works in Swedish.
    Impact: A change of prompt can turn the product English without a red test.
    Recommendation: Assert for each agent that the prompt it sends asks for Swedish and that Swedish content comes
    through with its letters.
    """
    judge_swedish(repo, units)


@check(
    severity="high",
    effort_days=2,
    standard="OWASP ASVS 5.0 V8.4.1 (multi-tenant authorization); CWE-639; AWS Well-Architected SaaS Lens (tenant "
    "isolation)",
    depends_on=["security_compliance.multi_tenant_isolation.data_isolation_enforced"],
    **TENANTS,
)
def test_multi_tenant_tested(repo: Repo, units: Units) -> None:
    """Is it tested that one tenant cannot reach another's data?

    Passes: DATA: a test that counts writes under one tenant's id through a storage object of the product, then reads,
    lists, changes or deletes under another id through the same object, and asserts that there is nothing, or an
    exception. REQUEST: one sends a request through the application, or calls a guard of the product, with one tenant's
    identity for another tenant's resource, and asserts 401, 403, 404 or an exception.
    Falls short: a unit has no such test. Two ids that are only compared as texts or cache keys; a tenant validator
    defined in the test itself; tests whose imports do not resolve; one id passed along.
    Unknown: nothing in the product code knows tenants.
    Impact: A customer may see another customer's data and no test would tell.
    Recommendation: Add a two-tenant test at the storage layer and one through the API, asserting that the second tenant
    gets nothing.
    """
    judge_tenants(repo, units)


@check(
    severity="high",
    effort_days=1,
    standard="Google SRE Book ch. 22; AWS Well-Architected REL12; Azure Architecture Center, Circuit Breaker pattern",
    depends_on=["infrastructure_resilience.circuit_breakers.circuit_breaker_per_service"],
    **BREAKERS,
)
def test_circuit_breaker_tested(repo: Repo, units: Units) -> None:
    """Are the three transitions of the circuit breaker tested?

    Passes: on a circuit breaker of the product tests that count show that it OPENS (calls that raise are made through
    it and the open state is asserted), REJECTS (after such calls a further one is asserted to raise the breaker's own
    error, or the function not to be called) and RECOVERS (after the recovery time, which is 0, patched or slept, a call
    succeeds and the closed state is asserted).
    Falls short: a transition has no such test. The initial state asserted; the state written or forced; private methods
    called by hand; tests of a breaker defined in the test; tests whose imports do not resolve, or that are skipped.
    Unknown: the product has no circuit breaker, and neither asks a model nor serves requests.
    Impact: The part that is to protect the system in an outage may itself be what fails.
    Recommendation: Add tests that drive the breaker with failing calls to open, check that it rejects, and let it
    recover.
    """
    judge_breakers(repo, units)
