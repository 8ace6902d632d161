"""Does each agent of MeetMind answer with the central language model service?"""

from pytest_readiness.authoring import Repo, Units, check

from .agent_examples import agent_proof
from .agents import judge_links


@check(
    severity="high",
    effort_days=1,
    standard="project requirements 1.1 and LLM audit 5 (one central service); Google SRE Book ch. 32",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **agent_proof("meetmind", "coordinator"),
)
def test_coordinator_llm_integration(repo: Repo, units: Units) -> None:
    """Does the MeetMind coordinator answer requests with the central LLM service?

    Passes: all four links hold for the agent class of the roster file: it calls a completion method of a service it was
    given (CENTRAL), on a path that a public method reaches (CALLED), the answer's data is in what is returned (USED),
    and live product code hands it that service (WIRED). A call in an inherited method counts as the agent's own.
    Falls short: any link fails. An agent that builds its own vendor client; a key that only tests ever fill; a service
    stored and never called, or called in a method that nothing reaches; an answer assigned and then a hard-coded dict
    returned; the service named in a status dict, comment, docstring or log; a stub class with the agent's name; a file
    or package that cannot be imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Meeting workflows are planned without the model, or by a client that the shared cost, failover and
    tenant rules do not cover.
    Recommendation: Take the LLM service through the constructor or the services mapping, call its completion
    method, return the parsed answer, and supply the service where live code builds the agent.
    """
    judge_links(repo, units, "meetmind", "coordinator")


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.1; Google SRE Book ch. 32",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **agent_proof("meetmind", "architect"),
)
def test_architect_llm_integration(repo: Repo, units: Units) -> None:
    """Does the MeetMind architect answer requests with the central LLM service?

    Passes: all four links hold for the agent class of the roster file: it calls a completion method of a service it was
    given (CENTRAL), on a path that a public method reaches (CALLED), the answer's data is in what is returned (USED),
    and live product code hands it that service (WIRED). A call in an inherited method counts as the agent's own.
    Falls short: any link fails. An agent that builds its own vendor client; a key that only tests ever fill; a service
    stored and never called, or called in a method that nothing reaches; an answer assigned and then a hard-coded dict
    returned; the service named in a status dict, comment, docstring or log; a stub class with the agent's name; a file
    or package that cannot be imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Analysis frameworks are designed without the model, or by a client that the shared rules do not cover.
    Recommendation: Take the LLM service through the constructor or the services mapping, call its completion
    method, return the parsed answer, and supply the service where live code builds the agent.
    """
    judge_links(repo, units, "meetmind", "architect")


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.1; Google SRE Book ch. 32",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **agent_proof("meetmind", "product_manager"),
)
def test_product_manager_llm_integration(repo: Repo, units: Units) -> None:
    """Does the MeetMind product manager answer requests with the central LLM service?

    Passes: all four links hold for the agent class of the roster file: it calls a completion method of a service it was
    given (CENTRAL), on a path that a public method reaches (CALLED), the answer's data is in what is returned (USED),
    and live product code hands it that service (WIRED). A call in an inherited method counts as the agent's own.
    Falls short: any link fails. An agent that builds its own vendor client; a key that only tests ever fill; a service
    stored and never called, or called in a method that nothing reaches; an answer assigned and then a hard-coded dict
    returned; the service named in a status dict, comment, docstring or log; a stub class with the agent's name; a file
    or package that cannot be imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Requirements and priorities are worked out without the model, or by a client that the shared rules do
    not cover.
    Recommendation: Take the LLM service through the constructor or the services mapping, call its completion
    method, return the parsed answer, and supply the service where live code builds the agent.
    """
    judge_links(repo, units, "meetmind", "product_manager")


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.1; OWASP LLM02:2025 Sensitive Information Disclosure",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **agent_proof("meetmind", "implementation"),
)
def test_implementation_llm_integration(repo: Repo, units: Units) -> None:
    """Does the MeetMind implementation agent (transcripts, pipelines) answer requests with the central LLM service?

    Passes: all four links hold for the agent class of the roster file: it calls a completion method of a service it was
    given (CENTRAL), on a path that a public method reaches (CALLED), the answer's data is in what is returned (USED),
    and live product code hands it that service (WIRED). A call in an inherited method counts as the agent's own.
    Falls short: any link fails. An agent that builds its own vendor client; a key that only tests ever fill; a service
    stored and never called, or called in a method that nothing reaches; an answer assigned and then a hard-coded dict
    returned; the service named in a status dict, comment, docstring or log; a stub class with the agent's name; a file
    or package that cannot be imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Meeting transcripts, the most sensitive data of the product, may leave by a client that no central rule
    covers.
    Recommendation: Take the LLM service through the constructor or the services mapping, call its completion
    method, return the parsed answer, and supply the service where live code builds the agent.
    """
    judge_links(repo, units, "meetmind", "implementation")


@check(
    severity="medium",
    effort_days=1,
    standard="project requirement 1.1; Google SRE Book ch. 32",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **agent_proof("meetmind", "quality_assurance"),
)
def test_quality_assurance_llm_integration(repo: Repo, units: Units) -> None:
    """Does the MeetMind quality assurance agent answer requests with the central LLM service?

    Passes: all four links hold for the agent class of the roster file: it calls a completion method of a service it was
    given (CENTRAL), on a path that a public method reaches (CALLED), the answer's data is in what is returned (USED),
    and live product code hands it that service (WIRED). A call in an inherited method counts as the agent's own.
    Falls short: any link fails. An agent that builds its own vendor client; a key that only tests ever fill; a service
    stored and never called, or called in a method that nothing reaches; an answer assigned and then a hard-coded dict
    returned; the service named in a status dict, comment, docstring or log; a stub class with the agent's name; a file
    or package that cannot be imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Quality verdicts on meeting analyses do not come from the service that the rest of the system is
    operated on.
    Recommendation: Take the LLM service through the constructor or the services mapping, call its completion
    method, return the parsed answer, and supply the service where live code builds the agent.
    """
    judge_links(repo, units, "meetmind", "quality_assurance")
