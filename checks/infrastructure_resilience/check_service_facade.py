"""Are the platform services reached through one facade that works, in every mode and from the start?"""

from pytest_readiness.authoring import Repo, Units, check

from .facade import judge_coverage, judge_facade, judge_modes, judge_start
from .facade_examples import (
    COVERED,
    FACADE_DECOYS,
    FACADES,
    MODE_DECOYS,
    NO_FACADE,
    NOT_COVERED,
    NOT_ROBUST,
    NOT_SWITCHING,
    ROBUST,
    START_DECOYS,
    SWITCHING,
    UNCOVERED_DECOYS,
)


@check(
    severity="critical",
    effort_days=5,
    standard="AWS Well-Architected Reliability, REL 5 (design interactions to mitigate or withstand failures)",
    meets=FACADES,
    falls_short=NO_FACADE,
    decoys=FACADE_DECOYS,
)
def test_facade_implemented(repo: Repo, units: Units) -> None:
    """Is there one facade class through which the platform services are reached, and can it be imported?

    Passes: the facade module can be imported; its facade has an accessor for more than half of the required services;
    each accessor has a body and returns an object that it builds or holds; and at least one implementation that does
    something is registered on either side.
    Falls short: no module or class; the module or anything it imports from the repository is missing, does not parse
    or reads an unbound name; accessors that return None or a literal; a facade that only a README, a docstring or an
    interface describes.
    Unknown: the repository has no facade, and uses neither a cloud nor a language model.
    Impact: Without one working entry to storage, cache, search and LLM, no protection or fallback built around it
    exists.
    Recommendation: Build one facade with an accessor per platform service, and make `python -c "import <facade
    module>"` a CI step.
    """
    judge_facade(repo, units)


@check(
    severity="high",
    effort_days=4,
    standard="AWS Well-Architected Reliability, REL 5",
    depends_on=["facade_implemented"],
    meets=COVERED,
    falls_short=NOT_COVERED,
    decoys=UNCOVERED_DECOYS,
)
def test_all_services_covered(repo: Repo, units: Units) -> None:
    """Does the facade reach a working implementation of every required service?

    Passes: for each service the facade has an accessor, and on at least one side an implementation is registered that
    has every operation of the service with a body that does something.
    Falls short: no accessor; nothing registered on either side; the registered class is an empty stand-in, lies in a
    module that cannot be imported, is registered after a statement that must raise, or lacks an operation. A name in a
    list, an enumeration, a comment or a docstring is no coverage.
    Unknown: the repository has no facade, and uses neither a cloud nor a language model.
    Impact: A call to an uncovered service fails or returns nothing on first use in production.
    Recommendation: Register a complete, importable implementation for each service named, and test every operation of
    the facade against it.
    """
    judge_coverage(repo, units)


@check(
    severity="high",
    effort_days=1,
    standard="The Twelve-Factor App, III Config; AWS Well-Architected Reliability, REL 11",
    depends_on=["facade_implemented"],
    meets=SWITCHING,
    falls_short=NOT_SWITCHING,
    decoys=MODE_DECOYS,
)
def test_mode_switching_works(repo: Repo, units: Units) -> None:
    """Does each operating mode (cloud only, local only, combined) send calls to the implementations it names?

    Passes: with the mode fixed and a breaker there and closed, every path through dispatch runs the operation on an
    implementation of a side that the mode names and returns its result, or raises; combined tries the cloud first. The
    mode comes from outside: a constructor parameter, a settings object or the environment.
    Falls short: a mode in which some path ends without running an implementation (falls off the end, returns None or
    another literal) or runs one of the wrong side; fewer than two modes; a mode setting that dispatch never reads.
    Unknown: the repository has no facade, and uses neither a cloud nor a language model.
    Impact: Switching to local operation during a cloud outage would silently answer nothing instead of serving users.
    Recommendation: Give dispatch one explicit branch per mode that ends in a call or an exception, and a test per mode
    with recording fakes.
    """
    judge_modes(repo, units)


@check(
    severity="high",
    effort_days=2,
    standard="The Twelve-Factor App, III Config; AWS Well-Architected Reliability, REL 11",
    depends_on=["facade_implemented"],
    meets=ROBUST,
    falls_short=NOT_ROBUST,
    decoys=START_DECOYS,
)
def test_initialization_robust(repo: Repo, units: Units) -> None:
    """Does the facade start so that one bad dependency neither stops the others nor goes unnoticed?

    Passes: isolated: each implementation is constructed, and imported if the import stands in the initialiser, under a
    try of its own; one try in a loop or helper per service will do. reported: each handler there logs at warning or
    above or raises, and no handler puts an empty class, None or a no-op in an implementation's place without such a
    log. configured: no host, URL or bucket literal is handed to an implementation. consistent: every call in the facade
    class and its subclasses to a function or class of the repository fits its signature. wired: start-up code of the
    application (lifespan, startup handler, main) calls the initialiser.
    Falls short: any guarantee broken. One try around all services; a stub class in `except ImportError`; a placeholder
    endpoint beside a comment "should be configurable"; an initialiser that only tests call.
    Unknown: the repository has no facade, and uses neither a cloud nor a language model.
    Impact: One missing package or wrong endpoint silently removes fallback for several services, and nobody is told.
    Recommendation: Construct every service in its own guarded step from settings, report each failure by name, and
    call the initialiser from application start-up.
    """
    judge_start(repo, units)
