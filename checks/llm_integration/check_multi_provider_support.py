"""Can the language model service get its answers from several providers, and does it change over by itself?"""

from pytest_readiness.authoring import Repo, Units, check

from .provider_examples import (
    FAILOVER_DECOYS,
    FAILOVER_SHORT,
    GOOD,
    LOCAL_DECOYS,
    LOCAL_MEETS,
    LOCAL_SHORT,
    ONLY_BEDROCK,
    ONLY_GPT,
    served,
    support_decoys,
)
from .providers import judge_failover, judge_local, judge_provider


@check(
    severity="high",
    effort_days=2,
    standard="AWS Well-Architected REL05; project requirement 1.5",
    meets=[*GOOD, served(ONLY_BEDROCK, "Bedrock alone")],
    falls_short=[served(ONLY_GPT, "the provider is there, no service selects it", 50), served("x = 1\n", "none", 50)],
    decoys=support_decoys("bedrock"),
)
def test_bedrock_support(repo: Repo, units: Units) -> None:
    """Can the LLM service get its answers from AWS Bedrock?

    Passes: PROVIDER, a class outside the agents that can be imported obtains a Bedrock runtime client, and a completion
    method of it makes the call and returns data of the response. SELECTED, the completion method of an LLM service
    class that can be imported makes that call itself or asks such a provider, which live code gives it.
    Falls short: boto3 imported and no client; a model map or setting that names Bedrock; a provider that no service
    uses; a service whose module cannot be imported; generation that raises NotImplementedError; a provider used only by
    a test or by one agent.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: The provider that production on AWS is planned on cannot answer.
    Recommendation: Write a Bedrock provider with a real runtime call and let the completion method of an importable LLM
    service call it.
    """
    judge_provider(repo, units, "bedrock")


@check(
    severity="high",
    effort_days=1,
    standard="AWS Well-Architected REL05; project requirement 1.5",
    meets=[*GOOD, served(ONLY_GPT, "OpenAI alone")],
    falls_short=[
        served(ONLY_BEDROCK, "the provider is there, no service selects it", 50),
        served("x = 1\n", "none", 50),
    ],
    decoys=support_decoys("openai"),
)
def test_openai_support(repo: Repo, units: Units) -> None:
    """Can the LLM service get its answers from OpenAI?

    Passes: PROVIDER, a class outside the agents that can be imported builds an OpenAI client (SDK, litellm, HTTP and
    the like), and a completion method of it makes the call and returns data of the response. SELECTED, the completion
    method of an LLM service class that can be imported makes that call itself or asks such a provider.
    Falls short: openai imported and no client; clients that agents build for themselves; a key read from the
    environment and no call; a provider that no service uses; a service whose module cannot be imported; a client that
    points at another host.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: There is no second provider to fall over to, and no provider at all in local mode.
    Recommendation: Provide one OpenAI provider class and let the LLM service call it.
    """
    judge_provider(repo, units, "openai")


@check(
    severity="high",
    effort_days=3,
    standard="AWS Well-Architected REL05 (graceful degradation); project requirement 1.5 (Bedrock, OpenAI and local)",
    meets=LOCAL_MEETS,
    falls_short=LOCAL_SHORT,
    decoys=LOCAL_DECOYS,
)
def test_local_fallback(repo: Repo, units: Units) -> None:
    """Does the LLM service have an answer of its own when no remote provider can be used?

    Passes: where the remote client is not configured or remote calls have failed, a completion method of the service
    (or of a provider that it reaches) returns an answer without any call to another host, and that answer is worked out
    from the prompt or comes from a model that runs locally.
    Falls short: no such path. A class called Local* that calls a remote API; a cache hit; a constant apology; the
    agents' own fallbacks, which stand outside the service; an enum member or comment; a path in a module that cannot be
    imported.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Without internet or keys every model question fails, also in development and in an AWS outage.
    Recommendation: Give the LLM service a last step that answers from rules or a local model instead of raising.
    """
    judge_local(repo, units)


@check(
    severity="critical",
    effort_days=3,
    standard="AWS Well-Architected REL05 and REL11; Google SRE Book ch. 22; project requirement 1.5",
    depends_on=["bedrock_support", "openai_support", "local_fallback"],
    meets=GOOD,
    falls_short=FAILOVER_SHORT,
    decoys=FAILOVER_DECOYS,
)
def test_automatic_failover(repo: Repo, units: Units) -> None:
    """Does a failing provider hand the same request on to the next one (Bedrock to OpenAI, remote to local)?

    Passes: two hops, each in live code that the completion method of an LLM service class reaches. When the ask of the
    first provider fails, a handler or what follows it asks the second one and its answer is returned; or a loop over
    the providers, filled by live code, tries each and goes on after an error.
    Falls short: a hop is missing. A failover class or list that no product code calls or fills; a chain in a module
    that cannot be imported; from OpenAI to OpenAI under another name; logging "trying next provider" and raising; the
    same provider again.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: One provider's outage stops every agent although a second provider is paid for.
    Recommendation: Chain the providers in the completion method of the one service that production uses, ending in the
    local answer, and make it importable.
    """
    judge_failover(repo, units)
