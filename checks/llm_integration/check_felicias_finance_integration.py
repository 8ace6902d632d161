"""Does each agent of Felicia's Finance answer with the central language model service?"""

from pytest_readiness.authoring import Repo, Units, check

from .agent_examples import refactored_proof
from .agents import judge_refactored


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.3; OWASP LLM09:2025 Misinformation",
    depends_on=["product_manager_refactored", "architect_refactored", "implementation_refactored"],
    **refactored_proof("felicias_finance", "coordinator"),
)
def test_coordinator_refactored(repo: Repo, units: Units) -> None:
    """Has Felicia's coordinator been moved to the central LLM service, itself or through the team it builds?

    Passes: no vendor SDK is imported or built in the file (DIRECT-FREE), and the four links hold: CENTRAL, CALLED,
    USED, WIRED. An agent that only hands its service to other agents of the roster is judged through them.
    Falls short: any link fails; a missing file, or one that cannot be imported, fails all five. A service that the
    constructor takes and nothing calls; an answer that is thrown away for a hard-coded plan; only tests or a stub class
    of the same name building the agent; a vendor client kept beside the central service; a summary document that says
    the refactoring is done.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: The investment team's plan is presented as advice although the model did not influence it.
    Recommendation: Call the central LLM service, return its parsed and checked answer instead of fixed text, drop
    vendor clients, and supply the service where live code builds the agent.
    """
    judge_refactored(repo, units, "felicias_finance", "coordinator")


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.3; OWASP LLM09:2025 Misinformation",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **refactored_proof("felicias_finance", "architect"),
)
def test_architect_refactored(repo: Repo, units: Units) -> None:
    """Has Felicia's architect been moved to the central LLM service?

    Passes: no vendor SDK is imported or built in the file (DIRECT-FREE), and the four links hold: CENTRAL, CALLED,
    USED, WIRED. An agent that only hands its service to other agents of the roster is judged through them.
    Falls short: any link fails; a missing file, or one that cannot be imported, fails all five. A service that the
    constructor takes and nothing calls; an answer that is thrown away for a hard-coded plan; only tests or a stub class
    of the same name building the agent; a vendor client kept beside the central service; a summary document that says
    the refactoring is done.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Trading designs are not the model's, or the model call is paid for and dropped.
    Recommendation: Call the central LLM service, return its parsed and checked answer instead of fixed text, drop
    vendor clients, and supply the service where live code builds the agent.
    """
    judge_refactored(repo, units, "felicias_finance", "architect")


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.3; OWASP LLM09:2025 Misinformation",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **refactored_proof("felicias_finance", "product_manager"),
)
def test_product_manager_refactored(repo: Repo, units: Units) -> None:
    """Has Felicia's product manager been moved to the central LLM service?

    Passes: no vendor SDK is imported or built in the file (DIRECT-FREE), and the four links hold: CENTRAL, CALLED,
    USED, WIRED. An agent that only hands its service to other agents of the roster is judged through them.
    Falls short: any link fails; a missing file, or one that cannot be imported, fails all five. A service that the
    constructor takes and nothing calls; an answer that is thrown away for a hard-coded plan; only tests or a stub class
    of the same name building the agent; a vendor client kept beside the central service; a summary document that says
    the refactoring is done.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Customers' missions are answered with a strategy that the model did not influence.
    Recommendation: Call the central LLM service, return its parsed and checked answer instead of fixed text, drop
    vendor clients, and supply the service where live code builds the agent.
    """
    judge_refactored(repo, units, "felicias_finance", "product_manager")


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.3; OWASP LLM05:2025 Improper Output Handling",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **refactored_proof("felicias_finance", "implementation"),
)
def test_implementation_refactored(repo: Repo, units: Units) -> None:
    """Has Felicia's implementation agent (execution plans) been moved to the central LLM service?

    Passes: no vendor SDK is imported or built in the file (DIRECT-FREE), and the four links hold: CENTRAL, CALLED,
    USED, WIRED. An agent that only hands its service to other agents of the roster is judged through them.
    Falls short: any link fails; a missing file, or one that cannot be imported, fails all five. A service that the
    constructor takes and nothing calls; an answer that is thrown away for a hard-coded plan; only tests or a stub class
    of the same name building the agent; a vendor client kept beside the central service; a summary document that says
    the refactoring is done.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Trades are executed on a plan that the model did not influence.
    Recommendation: Call the central LLM service, return its parsed and checked answer instead of fixed text, drop
    vendor clients, and supply the service where live code builds the agent.
    """
    judge_refactored(repo, units, "felicias_finance", "implementation")


@check(
    severity="medium",
    effort_days=2,
    standard="project requirement 1.3; OWASP LLM09:2025 Misinformation",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **refactored_proof("felicias_finance", "quality_assurance"),
)
def test_quality_assurance_refactored(repo: Repo, units: Units) -> None:
    """Has Felicia's quality assurance agent been moved to the central LLM service?

    Passes: no vendor SDK is imported or built in the file (DIRECT-FREE), and the four links hold: CENTRAL, CALLED,
    USED, WIRED. An agent that only hands its service to other agents of the roster is judged through them.
    Falls short: any link fails; a missing file, or one that cannot be imported, fails all five. A service that the
    constructor takes and nothing calls; an answer that is thrown away for a hard-coded plan; only tests or a stub class
    of the same name building the agent; a vendor client kept beside the central service; a summary document that says
    the refactoring is done.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Risk and compliance assessments are made without the model.
    Recommendation: Call the central LLM service, return its parsed and checked answer instead of fixed text, drop
    vendor clients, and supply the service where live code builds the agent.
    """
    judge_refactored(repo, units, "felicias_finance", "quality_assurance")


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.3; OWASP LLM05:2025 Improper Output Handling",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **refactored_proof("felicias_finance", "banking"),
)
def test_banking_agent_refactored(repo: Repo, units: Units) -> None:
    """Has Felicia's banking agent been moved to the central LLM service?

    Passes: no vendor SDK is imported or built in the file (DIRECT-FREE), and the four links hold: CENTRAL, CALLED,
    USED, WIRED. An agent that only hands its service to other agents of the roster is judged through them.
    Falls short: any link fails; a missing file, or one that cannot be imported, fails all five. A service that the
    constructor takes and nothing calls; an answer that is thrown away for a hard-coded plan; only tests or a stub class
    of the same name building the agent; a vendor client kept beside the central service; a summary document that says
    the refactoring is done.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: A customer's request can be handled as something else when the model's reading of it is not used.
    Recommendation: Call the central LLM service, return its parsed and checked answer instead of fixed text, drop
    vendor clients, and supply the service where live code builds the agent.
    """
    judge_refactored(repo, units, "felicias_finance", "banking")
