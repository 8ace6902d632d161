"""Is every platform service cut off when it fails, and tried again after a while?"""

from pytest_readiness.authoring import Repo, Units, check

from .breaker_examples import (
    GUARDED,
    RECOVERING,
    RECOVERING_DECOYS,
    STUCK,
    THRESHOLD_DECOYS,
    THRESHOLDS,
    UNGUARDED,
    UNGUARDED_DECOYS,
    WAIT_DECOYS,
    WAITS,
    WITHOUT_THRESHOLD,
    WITHOUT_WAIT,
)
from .breakers import judge_guarded, judge_recovers, judge_recovery, judge_threshold

FACADE = "infrastructure_resilience.service_facade.facade_implemented"
AZURE = "Azure Architecture Center, Circuit Breaker pattern"


@check(
    severity="critical",
    effort_days=3,
    standard=f"Nygard, Release It!, Circuit Breaker; {AZURE}; AWS Well-Architected Reliability, REL 5",
    depends_on=[FACADE],
    meets=GUARDED,
    falls_short=UNGUARDED,
    decoys=UNGUARDED_DECOYS,
)
def test_circuit_breaker_per_service(repo: Repo, units: Units) -> None:
    """Is every operation of every required service run through a breaker of its own?

    Passes: for each required service, a separate breaker is held, and in every mode every operation reaches the primary
    implementation only by a call that this breaker runs: handed to its executing method, decorated by it, inside its
    context. A direct path is allowed only where no breaker is held.
    Falls short: no breaker; one that several services share; one that is created, stored, listed or asked for its state
    but never runs the call; an operation, streaming ones too, that calls the implementation beside the breaker.
    Unknown: the repository uses neither a cloud nor a language model, and names no facade.
    Impact: A hanging dependency ties up all workers, and one failing service takes the whole product down.
    Recommendation: Route every operation, streaming ones too, through dispatch that runs it inside the service's own
    breaker.
    """
    judge_guarded(repo, units)


@check(
    severity="medium",
    effort_days=0.5,
    standard=AZURE,
    depends_on=["circuit_breaker_per_service"],
    meets=THRESHOLDS,
    falls_short=WITHOUT_THRESHOLD,
    decoys=THRESHOLD_DECOYS,
)
def test_failure_threshold_configured(repo: Repo, units: Units) -> None:
    """Does each breaker open after an explicit, sane number of failures?

    Passes: the breaker held for the service is built with a threshold that the repository itself states (a literal, a
    field of the settings, an environment value with a default) between 1 and 100; driven with failing calls it opens
    when that number, or that rate, says so; and success or time clears the count.
    Falls short: no breaker; only a library's default; a value outside 1-100; a threshold that is stored and never
    compared, or compared with a count that never grows; one of a settings class that the breaker is not built from.
    Unknown: the repository uses neither a cloud nor a language model, and names no facade.
    Impact: Breakers that never open, or open on a single hiccup, make outages longer or cause them.
    Recommendation: Pass an explicit failure threshold to every breaker, taken from settings, and test that the breaker
    opens exactly there.
    """
    judge_threshold(repo, units)


@check(
    severity="medium",
    effort_days=0.5,
    standard=AZURE,
    depends_on=["circuit_breaker_per_service"],
    meets=WAITS,
    falls_short=WITHOUT_WAIT,
    decoys=WAIT_DECOYS,
)
def test_recovery_timeout_configured(repo: Repo, units: Units) -> None:
    """Does each breaker wait an explicit, sane time before it tries the service again?

    Passes: the breaker held for the service is built with an open duration that the repository itself states, between 1
    and 900 seconds, and driven with a clock it leaves the open state when that time has passed and not before.
    Falls short: no breaker; only a library's default; a value outside 1-900 s; a duration that is stored and never
    compared with a clock; a comparison replaced by a constant; a time limit of calls that is called recovery timeout.
    Unknown: the repository uses neither a cloud nor a language model, and names no facade.
    Impact: Without a sane wait the system either hammers a service that is trying to recover or stays degraded after it
    is back.
    Recommendation: Pass an explicit open duration (30-60 s is usual) to every breaker and test both sides of it with a
    fake clock.
    """
    judge_recovery(repo, units)


@check(
    severity="high",
    effort_days=1,
    standard=f"{AZURE} (half-open state); Nygard, Release It!",
    depends_on=["circuit_breaker_per_service"],
    meets=RECOVERING,
    falls_short=STUCK,
    decoys=RECOVERING_DECOYS,
)
def test_half_open_state_works(repo: Repo, units: Units) -> None:
    """Does the state machine recover through half-open, also on the real call path?

    Passes: the breaker that guards the required services has six properties: it opens at its threshold; open, it raises
    without running the callable; once the wait is over it is half-open and runs the callable; successes then close it
    and clear the failure count; a failure then opens it and starts the wait anew; and no caller leads around it because
    it reports open, unless that test looks at the wait itself. It is driven on paper, each property by itself.
    Falls short: any property missing. A member of an enumeration, a log text or a method named half-open without the
    transition is nothing. No breaker guards a required service: 0. How many trial calls run at once is not judged.
    Unknown: the repository uses neither a cloud nor a language model, and names no facade.
    Impact: After one outage a service stays cut off until somebody restarts the process.
    Recommendation: Let callers always go through the breaker's executing method and catch its open error; test open,
    wait, trial, close and reopen through the facade.
    """
    judge_recovers(repo, units)
