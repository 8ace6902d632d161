"""Does the system know, and say, how it is?"""

from pytest_readiness.authoring import Repo, Units, check

from .health import judge_accuracy, judge_dashboard, judge_endpoints, judge_probes
from .health_examples import (
    ACCURATE,
    ANSWERING,
    BLIND,
    BLIND_DECOYS,
    PROBED,
    SHOWN,
    SILENT,
    SILENT_DECOYS,
    UNPROBED,
    UNPROBED_DECOYS,
    UNSHOWN,
    UNSHOWN_DECOYS,
)

AZURE = "Azure Architecture Center, Health Endpoint Monitoring pattern"
KUBERNETES = "Kubernetes documentation, liveness and readiness probes"


@check(
    severity="high",
    effort_days=3,
    standard=f"AWS Well-Architected Reliability, REL 11 (monitor all components of the workload); {AZURE}",
    meets=PROBED,
    falls_short=UNPROBED,
    decoys=UNPROBED_DECOYS,
)
def test_health_checks_implemented(repo: Repo, units: Units) -> None:
    """Does each required service have a health probe that touches the service itself?

    Passes: for each required service, a health route or the facade's health method reaches (by name, five calls deep) a
    probe that does I/O, inside a try, against the service's own backend: the client package, SDK service or address
    that a class which the facade module constructs for it uses, or that class's own ping. It yields healthy where the
    call succeeds and another status where it fails, out of three or more. A loop that pings every registered service
    counts for each. Without a facade, a class named after the service stands in.
    Falls short: no probe; a sleep or a constant in place of I/O; the presence of a setting or an object; a probe of
    something else mapped to the service (the host's CPU for secrets, another database product); a probe in code that
    cannot be imported or that nothing reaches.
    Unknown: the repository uses neither a cloud nor a language model, and names no facade.
    Impact: The platform cannot tell which of its services is down.
    Recommendation: Give every adapter a cheap ping of its real backend, return healthy, degraded or unhealthy, and
    reach them all from the health route.
    """
    judge_probes(repo, units)


@check(
    severity="high",
    effort_days=2,
    standard=f"{AZURE}; {KUBERNETES}",
    depends_on=["health_checks_implemented"],
    meets=ACCURATE,
    falls_short=BLIND,
    decoys=BLIND_DECOYS,
)
def test_health_status_accurate(repo: Repo, units: Units) -> None:
    """Is the health that is reported derived from live probes?

    Passes: for each GET route with a segment health, healthz, live, ready or the like in its path (as its own file says
    it): the module can be imported; the handler, or what it calls, looks at something live (a database, cache, HTTP,
    SDK or socket client, a psutil reading, a running task or process, a breaker); while all that is away the answer has
    a status that is not healthy, or HTTP 500 and above; and no status says all is well all the same. A route whose last
    segment is live or livez may be constant.
    Falls short: a constant good status; mock figures; a status from the mere presence of settings, environment
    variables or objects; a simulated probe; a module that cannot be imported. No health route at all: 0.
    Impact: Load balancers and people keep trusting a system that says it is healthy while it is down.
    Recommendation: Compute every reported status from probes with timeouts; delete routes that return constants.
    """
    judge_accuracy(repo, units)


@check(
    severity="high",
    effort_days=1,
    standard=f"{KUBERNETES}; {AZURE}",
    meets=ANSWERING,
    falls_short=SILENT,
    decoys=SILENT_DECOYS,
)
def test_health_endpoints_available(repo: Repo, units: Units) -> None:
    """Can a load balancer ask every HTTP service for its health?

    Passes: each module that constructs an HTTP application (FastAPI, Starlette, Flask, Quart, Sanic, Litestar, aiohttp,
    Django's urlpatterns) can be imported and has a GET route with a literal path one segment of which is health,
    healthz, healthcheck, health-check, live(z), ready(z) or ping, on the application or on a router that an executed
    statement adds to it; and neither route, router nor application asks for a credential.
    Falls short: no such route; one that is commented out or on a router that nothing includes; an application that
    cannot be imported; a health route behind an API key.
    Unknown: no module constructs an HTTP application.
    Impact: Orchestrators and load balancers cannot take a sick instance out of service.
    Recommendation: Give every HTTP service an unauthenticated GET /healthz without sensitive detail, and request it in
    a start-up smoke test.
    """
    judge_endpoints(repo, units)


@check(
    severity="medium",
    effort_days=2,
    standard=(
        "AWS Well-Architected Operational Excellence, OPS 8 (utilize workload observability); Google SRE book ch. 6"
    ),
    depends_on=["health_status_accurate"],
    meets=SHOWN,
    falls_short=UNSHOWN,
    decoys=UNSHOWN_DECOYS,
)
def test_health_dashboard_exists(repo: Repo, units: Units) -> None:
    """Is there a dashboard that shows the health of the services?

    Passes: a dashboard that can be deployed (Grafana, CloudWatch, a construct of a CDK stack that the app instantiates)
    has a panel whose query names a health signal: a metric with the word up, health, healthy, availability, breaker or
    circuit, probe_success, HealthyHostCount, UnHealthyHostCount or StatusCheckFailed. The metric exists: the platform
    emits it, or application code that can run records it.
    Falls short: no such panel; only traffic, cost or usage; text panels; a dashboard named health without such a query;
    a JSON endpoint called dashboard; a metric that nothing emits; a put_dashboard call that nothing makes.
    Impact: In an incident nobody sees at a glance which service is unhealthy.
    Recommendation: Add a dashboard with one availability and one breaker-state panel per service, and emit those two
    metrics.
    """
    judge_dashboard(repo, units)
