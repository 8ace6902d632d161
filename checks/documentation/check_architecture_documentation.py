"""Is it documented how the system hangs together?"""

from pytest_readiness.authoring import Repo, Units, check, count, count_best

from .architecture_examples import (
    DEPLOYED_DECOYS,
    DEPLOYED_FALL,
    DEPLOYED_MEET,
    DIAGRAMS_DECOYS,
    DIAGRAMS_FALL,
    DIAGRAMS_MEET,
    FAILOVER_DECOYS,
    FAILOVER_FALL,
    FAILOVER_MEET,
    FLOW_DECOYS,
    FLOW_FALL,
    FLOW_MEET,
)
from .judged import skip_without_teams


@check(
    severity="medium",
    effort_days=1,
    standard="C4 model (context and container diagrams); arc42 sections 3 and 5",
    meets=DIAGRAMS_MEET,
    falls_short=DIAGRAMS_FALL,
    decoys=DIAGRAMS_DECOYS,
)
def test_architecture_diagrams_exist(repo: Repo, units: Units) -> None:
    """Is there an architecture diagram of the whole system and of each agent team?

    Passes: a document outside the teams' folders has a diagram that names every team, or an image in a section on the
    architecture; and each team has a diagram in one of its documents, or in docs/ in a section whose heading names it.
    Falls short: the system or a team without one (score 100 x units with / units). Mermaid text outside a fence, a
    Mermaid fence without a diagram type or edge, a dead image link, a list of .mermaid files that do not exist, a
    directory tree, words joined by arrows are no diagrams.
    Unknown: the repository has no agent team.
    Impact: Nobody can see what depends on what before changing it.
    Recommendation: Draw the system and each team as Mermaid (C4 level 1-2) beside the code and check that it renders.
    """
    skip_without_teams(repo)
    pictures = repo.handbook.pictures
    count(units, [pictures.of_system(), *(pictures.of_team(team) for team in repo.handbook.teams)])


@check(
    severity="medium",
    effort_days=2,
    standard="GDPR Art. 30; OWASP Threat Modeling (data flow diagrams)",
    meets=FLOW_MEET,
    falls_short=FLOW_FALL,
    decoys=FLOW_DECOYS,
)
def test_data_flow_documented(repo: Repo, units: Units) -> None:
    """Is it documented how data flows through the system, where it rests and how it is protected?

    Passes: one outermost section on a data, message, request or event flow has substance, the path (a diagram or an
    ordered list of at least three steps), both ends (an entry such as the user or the API, and a store), and the
    protection (tenants, personal data, encryption or masking).
    Falls short: an element is missing from the best section (score 25 per element); no flow section with substance. A
    workflow or demo flow, a code sample of one call, an authentication flow alone, arrows in prose are not enough.
    Impact: Neither a security review nor a GDPR request can be answered without reading the code.
    Recommendation: Add a sequence or data flow diagram from the user to each store that marks tenant boundaries and
    personal data.
    """
    count_best(units, repo.handbook.flows.data, "no section with substance is about the flow of data")


@check(
    severity="medium",
    effort_days=1,
    standard="arc42 section 7 (Deployment View); C4 model (deployment diagram)",
    depends_on=["deployment_readiness.infrastructure_as_code.cdk_code_exists"],
    meets=DEPLOYED_MEET,
    falls_short=DEPLOYED_FALL,
    decoys=DEPLOYED_DECOYS,
)
def test_deployment_architecture(repo: Repo, units: Units) -> None:
    """Is the deployed architecture documented in step with the infrastructure code?

    Passes: one section below the title on the architecture, whose heading or document is about the deployment or the
    infrastructure, has substance, a diagram, the name of every stack that the infrastructure code instantiates, and
    tells at least two of the environments dev, staging and prod apart in its document.
    Falls short: an element is missing from the best section (score 25 per element; without infrastructure code no stack
    is named); no such section with substance. A logical component diagram without what it runs on, services in the
    picture that the code does not define are not enough.
    Impact: Operations, security and cost owners cannot see what runs where.
    Recommendation: Draw the deployed stacks, networks and data stores per environment in the infrastructure README.
    """
    count_best(units, repo.handbook.flows.deployed, "no section with substance is about the deployed architecture")


@check(
    severity="medium",
    effort_days=1,
    standard="AWS Well-Architected REL 5 and REL 11; Google SRE book ch. 22 (Addressing Cascading Failures)",
    depends_on=["infrastructure_resilience.failover.automatic_failover"],
    meets=FAILOVER_MEET,
    falls_short=FAILOVER_FALL,
    decoys=FAILOVER_DECOYS,
)
def test_failover_flow_documented(repo: Repo, units: Units) -> None:
    """Is it documented when the system fails over, to what, how it returns and how one sees it?

    Passes: the outermost failover sections of one document (at least 25 words each), taken together, say what triggers
    the failover, give the order (one ordered list or one diagram that names at least two of the providers, local, rules
    or cache), how the system recovers, and in which log, metric or alarm one sees it.
    Falls short: an element is missing from the best document (score 25 per element); no such section. The order of
    providers only in a section on provider choice or pricing, a code sample of a circuit breaker, work reports,
    descriptions of tests are not enough.
    Impact: During a provider outage nobody knows what the system should be doing.
    Recommendation: Write one failover section with trigger, numbered provider order, recovery and the log line or alarm
    that shows it.
    """
    count_best(units, repo.handbook.flows.failover, "no section of 25 words is about failover")
