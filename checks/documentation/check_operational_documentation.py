"""Can somebody else deploy the system, watch it and put it right?"""

from pytest_readiness.authoring import Repo, Units, check, count, count_best

from .operations_examples import (
    GUIDE_DECOYS,
    GUIDE_FALL,
    GUIDE_MEET,
    MONITORING_DECOYS,
    MONITORING_FALL,
    MONITORING_MEET,
    RUNBOOK_DECOYS,
    RUNBOOK_FALL,
    RUNBOOK_MEET,
    TROUBLE_DECOYS,
    TROUBLE_FALL,
    TROUBLE_MEET,
)


@check(
    severity="high",
    effort_days=2,
    standard="AWS Well-Architected OPS 5, OPS 6 and OPS 7; Google SRE book ch. 32",
    depends_on=[
        "deployment_readiness.documentation.deployment_guide_exists",
        "deployment_readiness.containerization.dockerfiles_exist",
    ],
    meets=GUIDE_MEET,
    falls_short=GUIDE_FALL,
    decoys=GUIDE_DECOYS,
)
def test_deployment_guide_complete(repo: Repo, units: Units) -> None:
    """Does one deployment guide cover everything from prerequisites to rollback with steps that work?

    Passes: one document whose title or file name is about deployment has seven elements, each an outermost section of
    at least 25 words without dead references: prerequisites; configuration and secrets; local set-up with a command;
    cloud infrastructure with an aws, cdk, terraform, sam or deploy command; release with a command that builds, pushes
    or deploys; verification with a command; rollback with a command. One section may serve several elements.
    Falls short: an element is missing or refers to what does not exist in the best document (score 100 x elements / 7).
    docker build -f of a Dockerfile that does not exist, compose files that do not exist, routes that no code has.
    Impact: A deployment by anyone but the author stops at the first step that does not exist.
    Recommendation: Run the guide step by step on a clean account and repair each dead path, image, compose file and
    URL.
    """
    count_best(units, repo.handbook.guides.deployment, "no document is a deployment guide by its title or file name")


@check(
    severity="medium",
    effort_days=1,
    standard="Google SRE book ch. 12 (Effective Troubleshooting); AWS Well-Architected OPS 7",
    depends_on=["deployment_readiness.documentation.troubleshooting_guide"],
    meets=TROUBLE_MEET,
    falls_short=TROUBLE_FALL,
    decoys=TROUBLE_DECOYS,
)
def test_troubleshooting_guide_complete(repo: Repo, units: Units) -> None:
    """Do the troubleshooting guides cover the failures that this system can have?

    Passes: over all troubleshooting sections, each of seven topics has at least one entry whose title is about it, with
    a remedy (a fence or inline code) and without dead references: start-up and configuration; LLM provider; circuit
    breaker and failover; data stores and cache; performance; cost; deployment.
    Falls short: a topic without one (score 100 x topics / 7); no troubleshooting section. An entry whose remedy runs a
    missing script or calls a missing route, a title without remedy, an FAQ are not enough.
    Impact: The failures that will happen first are the ones without instructions.
    Recommendation: Add an entry with symptom and commands for each uncovered topic.
    """
    topics = repo.handbook.guides.topics
    assert topics, "no document has a troubleshooting section"
    count(units, topics)


@check(
    severity="medium",
    effort_days=1,
    standard="Google SRE book ch. 6 (Monitoring Distributed Systems); AWS Well-Architected OPS 8",
    depends_on=["monitoring_observability.alarms.high_error_rate_alarm"],
    meets=MONITORING_MEET,
    falls_short=MONITORING_FALL,
    decoys=MONITORING_DECOYS,
)
def test_monitoring_guide_complete(repo: Repo, units: Units) -> None:
    """Is it documented what to watch, where, at which limits and what to do then?

    Passes: the outermost monitoring sections of one document (at least 50 words in all) name a dashboard definition by
    a path that exists and at least five metrics, give at least three limits, say how to read the logs (a command or
    query), lead to what to do (a link to a runbook, troubleshooting, incident or rollback document, a subsection), and
    have no dead reference.
    Falls short: an element is missing from the best document (score 100 x elements / 6). Bullet lists of tools,
    dashboard URLs without a definition, a work report on dashboards built are not enough.
    Impact: Alarms ring without anyone knowing what they mean or what to do.
    Recommendation: Write one monitoring guide with the dashboard file, metric table, alarm limits, log queries and a
    link from each alarm to its runbook.
    """
    count_best(units, repo.handbook.guides.monitoring, "no document has 50 words on monitoring")


@check(
    severity="high",
    effort_days=3,
    standard="AWS Well-Architected OPS 7 and OPS 10; Google SRE book ch. 11 and ch. 14 (Managing Incidents)",
    depends_on=["monitoring_observability.alarms.high_error_rate_alarm"],
    meets=RUNBOOK_MEET,
    falls_short=RUNBOOK_FALL,
    decoys=RUNBOOK_DECOYS,
)
def test_runbook_exists(repo: Repo, units: Units) -> None:
    """Is there a runbook with a procedure for every alarm and a way to escalate?

    Passes: one outermost runbook section with substance (a document whose title matches counts as a whole) has at least
    three direct subsections with commands, names every alarm that the repository defines, stands in a document with a
    section on contacts or escalation, and has no dead reference.
    Falls short: an element is missing from the best section (score 25 per element); no such section with substance. A
    script that can print an incident plan, a title with links only, a procedure without commands are not enough.
    Impact: At night the person on call must improvise, and outages last longer.
    Recommendation: Write docs/runbook.md with one procedure per alarm (symptom, checks, mitigation, verification) and
    the escalation path.
    """
    count_best(units, repo.handbook.guides.runbooks, "no section with substance is a runbook")
