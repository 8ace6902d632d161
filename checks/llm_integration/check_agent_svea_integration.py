"""Does each agent of Agent Svea answer with the central language model service?"""

from pytest_readiness.authoring import Repo, Units, check

from .agent_examples import agent_proof
from .agents import judge_links, judge_swedish
from .swedish_examples import DECOYS, FALLS_SHORT, MEETS


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.2; Google SRE Book ch. 32",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **agent_proof("agent_svea", "coordinator"),
)
def test_coordinator_llm_integration(repo: Repo, units: Units) -> None:
    """Does the Agent Svea coordinator answer compliance requests with the central LLM service?

    Passes: all four links hold for the agent class of the roster file: it calls a completion method of a service it was
    given (CENTRAL), on a path that a public method reaches (CALLED), the answer's data is in what is returned (USED),
    and live product code hands it that service (WIRED). A call in an inherited method counts as the agent's own.
    Falls short: any link fails. An agent that builds its own vendor client; a key that only tests ever fill; a service
    stored and never called, or called in a method that nothing reaches; an answer assigned and then a hard-coded dict
    returned; the service named in a status dict, comment, docstring or log; a stub class with the agent's name; a file
    or package that cannot be imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Compliance workflows are planned without the model, whatever the product promises.
    Recommendation: Take the LLM service through the constructor or the services mapping, call its completion
    method, return the parsed answer, and supply the service where live code builds the agent.
    """
    judge_links(repo, units, "agent_svea", "coordinator")


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.2; Google SRE Book ch. 32",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **agent_proof("agent_svea", "architect"),
)
def test_architect_llm_integration(repo: Repo, units: Units) -> None:
    """Does the Agent Svea architect answer requests with the central LLM service?

    Passes: all four links hold for the agent class of the roster file: it calls a completion method of a service it was
    given (CENTRAL), on a path that a public method reaches (CALLED), the answer's data is in what is returned (USED),
    and live product code hands it that service (WIRED). A call in an inherited method counts as the agent's own.
    Falls short: any link fails. An agent that builds its own vendor client; a key that only tests ever fill; a service
    stored and never called, or called in a method that nothing reaches; an answer assigned and then a hard-coded dict
    returned; the service named in a status dict, comment, docstring or log; a stub class with the agent's name; a file
    or package that cannot be imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: ERP architectures are designed without the model, whatever the product promises.
    Recommendation: Take the LLM service through the constructor or the services mapping, call its completion
    method, return the parsed answer, and supply the service where live code builds the agent.
    """
    judge_links(repo, units, "agent_svea", "architect")


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.2; Google SRE Book ch. 32",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **agent_proof("agent_svea", "product_manager"),
)
def test_product_manager_llm_integration(repo: Repo, units: Units) -> None:
    """Does the Agent Svea product manager answer requests with the central LLM service?

    Passes: all four links hold for the agent class of the roster file: it calls a completion method of a service it was
    given (CENTRAL), on a path that a public method reaches (CALLED), the answer's data is in what is returned (USED),
    and live product code hands it that service (WIRED). A call in an inherited method counts as the agent's own.
    Falls short: any link fails. An agent that builds its own vendor client; a key that only tests ever fill; a service
    stored and never called, or called in a method that nothing reaches; an answer assigned and then a hard-coded dict
    returned; the service named in a status dict, comment, docstring or log; a stub class with the agent's name; a file
    or package that cannot be imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Regulatory requirements are analysed without the model, whatever the product promises.
    Recommendation: Take the LLM service through the constructor or the services mapping, call its completion
    method, return the parsed answer, and supply the service where live code builds the agent.
    """
    judge_links(repo, units, "agent_svea", "product_manager")


@check(
    severity="high",
    effort_days=1,
    standard="project requirement 1.2; Google SRE Book ch. 32",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **agent_proof("agent_svea", "implementation"),
)
def test_implementation_llm_integration(repo: Repo, units: Units) -> None:
    """Does the Agent Svea implementation agent answer requests with the central LLM service?

    Passes: all four links hold for the agent class of the roster file: it calls a completion method of a service it was
    given (CENTRAL), on a path that a public method reaches (CALLED), the answer's data is in what is returned (USED),
    and live product code hands it that service (WIRED). A call in an inherited method counts as the agent's own.
    Falls short: any link fails. An agent that builds its own vendor client; a key that only tests ever fill; a service
    stored and never called, or called in a method that nothing reaches; an answer assigned and then a hard-coded dict
    returned; the service named in a status dict, comment, docstring or log; a stub class with the agent's name; a file
    or package that cannot be imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: ERP customisations are planned without the model, whatever the product promises.
    Recommendation: Take the LLM service through the constructor or the services mapping, call its completion
    method, return the parsed answer, and supply the service where live code builds the agent.
    """
    judge_links(repo, units, "agent_svea", "implementation")


@check(
    severity="medium",
    effort_days=1,
    standard="project requirement 1.2; Google SRE Book ch. 32",
    depends_on=["llm_integration.multi_provider_support.openai_support"],
    **agent_proof("agent_svea", "quality_assurance"),
)
def test_quality_assurance_llm_integration(repo: Repo, units: Units) -> None:
    """Does the Agent Svea quality assurance agent answer requests with the central LLM service?

    Passes: all four links hold for the agent class of the roster file: it calls a completion method of a service it was
    given (CENTRAL), on a path that a public method reaches (CALLED), the answer's data is in what is returned (USED),
    and live product code hands it that service (WIRED). A call in an inherited method counts as the agent's own.
    Falls short: any link fails. An agent that builds its own vendor client; a key that only tests ever fill; a service
    stored and never called, or called in a method that nothing reaches; an answer assigned and then a hard-coded dict
    returned; the service named in a status dict, comment, docstring or log; a stub class with the agent's name; a file
    or package that cannot be imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Compliance validation plans are drawn up without the model, whatever the product promises.
    Recommendation: Take the LLM service through the constructor or the services mapping, call its completion
    method, return the parsed answer, and supply the service where live code builds the agent.
    """
    judge_links(repo, units, "agent_svea", "quality_assurance")


@check(
    severity="medium",
    effort_days=1,
    standard="project requirements 1.2 and 3.5",
    meets=MEETS,
    falls_short=FALLS_SHORT,
    decoys=DECOYS,
)
def test_swedish_language_support(repo: Repo, units: Units) -> None:
    """Is every question that Agent Svea sends to the model asked in Swedish, or with an order to answer in Swedish?

    Passes: for every agent of the teams whose language is sv: its file can be loaded, it calls the model where a public
    method reaches the call, and the constant text of each question holds an order to answer in Swedish, or at least
    five different common Swedish words.
    Falls short: an English prompt, no call of the model, a file that cannot be loaded. Swedish in a docstring, comment,
    log, status dict, file or agent name, or in a string that does not reach the call; domain words alone.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Swedish accountants get English answers to questions about Swedish law.
    Recommendation: Write the prompt in Swedish or add the order to answer in Swedish to the text that is passed to the
    LLM call.
    """
    judge_swedish(repo, units)
