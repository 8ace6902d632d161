"""When the managed services fail: does the product go on by itself on local implementations, and is it seen?"""

from pytest_readiness.authoring import Repo, Units, check

from .failover import judge_automatic, judge_failover, judge_logs, judge_share
from .failover_examples import (
    AUTOMATIC,
    AUTOMATIC_DECOYS,
    FAILING_OVER,
    FAILOVER_DECOYS,
    LEFT,
    LEFT_DECOYS,
    LOGGED,
    LOGGED_DECOYS,
    NOT_AUTOMATIC,
    NOT_FAILING_OVER,
    NOT_LEFT,
    NOT_LOGGED,
)

COVERED = "infrastructure_resilience.service_facade.all_services_covered"
BREAKER = "infrastructure_resilience.circuit_breakers.circuit_breaker_per_service"
HALF_OPEN = "infrastructure_resilience.circuit_breakers.half_open_state_works"


@check(
    severity="critical",
    effort_days=6,
    standard="AWS Well-Architected Reliability, REL 11 (fail over to healthy resources); REL 5 (graceful degradation)",
    depends_on=[COVERED, BREAKER],
    meets=FAILING_OVER,
    falls_short=NOT_FAILING_OVER,
    decoys=FAILOVER_DECOYS,
)
def test_aws_to_local_failover(repo: Repo, units: Units) -> None:
    """When the managed service fails, does the same call succeed on a local implementation?

    Passes: in combined mode, for each service: (a) when the guarded primary call raises, dispatch runs the same
    operation with the same arguments on the local implementation and returns its result; (b) so it does when the
    breaker is open; (c) the local implementation is registered, does something and has every operation; (d) the
    primary's operations let failures out: no handler around the remote call that catches Exception, OSError or the
    SDK's base error returns a value, unless under a test for a not-found code.
    Falls short: any of the four missing. A fallback branch that logs and returns None; an empty stand-in class; a local
    class in a module that cannot be imported or registered where no run gets to; an adapter that turns an outage into
    None, False, [] or an error dict, so that no breaker or fallback ever sees it.
    Unknown: the repository has no facade, and uses neither a cloud nor a language model.
    Impact: In a cloud outage users get empty answers or errors although a local fallback is said to exist.
    Recommendation: Let adapters raise, run the same operation on a complete local implementation on any failure or
    open breaker, and test it per service.
    """
    judge_failover(repo, units)


@check(
    severity="critical",
    effort_days=2,
    standard="AWS Well-Architected Reliability, REL 11 (automate healing on all layers)",
    depends_on=[HALF_OPEN],
    meets=AUTOMATIC,
    falls_short=NOT_AUTOMATIC,
    decoys=AUTOMATIC_DECOYS,
)
def test_automatic_failover(repo: Repo, units: Units) -> None:
    """Does failover, and the way back, happen without anybody doing anything?

    Passes: default_on: the facade's default mode is the combined one. on_error: an exception of the guarded primary
    call leads, in the same request, to a call on the local side. on_open: so does an open breaker. fail_back: after
    the breaker's wait, dispatch itself sends a trial call to the primary and, once it is closed, normal traffic.
    Falls short: a property missing: a path that ends without a call; failover only through an operator method,
    endpoint, flag or script; a recovery loop that only logs or is never started.
    Unknown: the repository has no facade, and uses neither a cloud nor a language model.
    Impact: Somebody must be awake to move traffic in an outage, and again to move it back.
    Recommendation: Make combined mode the default and let breaker state alone decide, per call, between primary and
    local.
    """
    judge_automatic(repo, units)


@check(
    severity="medium",
    effort_days=0.5,
    standard="AWS Well-Architected Reliability, REL 11 (send notifications when events impact availability); "
    "Google SRE book ch. 6",
    depends_on=["automatic_failover"],
    meets=LOGGED,
    falls_short=NOT_LOGGED,
    decoys=LOGGED_DECOYS,
)
def test_failover_logged(repo: Repo, units: Units) -> None:
    """Can an operator see from the logs which service failed over, and when it came back?

    Passes: opened: entering the open state logs at warning or above. used_fallback: every path on which a guarded
    operation goes to the local implementation because its primary failed or is open does so too. recovered: returning
    to closed logs at info or above. Each line names the service or breaker, and those of opened and recovered are
    written only when the state changes.
    Falls short: no log; print; a lower level; a message that does not name the service or breaker, so that every
    breaker writes the same line; a log in a method nobody calls. No dispatch or no breaker: 0.
    Unknown: the repository has no facade, and uses neither a cloud nor a language model.
    Impact: An outage that fails over quietly is discovered by customers, and its length cannot be told afterwards.
    Recommendation: Log opened, used_fallback and recovered with service name and cause, and alarm on opened.
    """
    judge_logs(repo, units)


@check(
    severity="high",
    effort_days=5,
    standard="AWS Well-Architected Reliability, REL 5 (implement graceful degradation); the product's own 70 % "
    "requirement",
    depends_on=[COVERED],
    meets=LEFT,
    falls_short=NOT_LEFT,
    decoys=LEFT_DECOYS,
)
def test_functionality_maintained(repo: Repo, units: Units) -> None:
    """Is at least 70 % of the platform's functionality left on the local side?

    Passes: of all operations of the required services, at least 70 % are there, with a body that does something, on a
    local implementation that is registered for the service. The score is the share in percent.
    Falls short: a lower share. Stand-in classes; methods that return a literal or raise NotImplementedError; classes in
    modules that cannot be imported or are registered where no run gets to; operations under another name. No operation
    at all: 0. Claims about percentages in documents are not read.
    Unknown: the repository has no facade, and uses neither a cloud nor a language model.
    Impact: Below 70 % a cloud outage is an outage of the product, not a reduced service.
    Recommendation: Complete the local implementations, starting with the services whose operations are missing
    altogether.
    """
    judge_share(repo, units)
