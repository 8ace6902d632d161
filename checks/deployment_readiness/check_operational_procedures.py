"""Is it written down, and set up, what keeps the system running when something goes wrong?"""

from pytest_readiness.authoring import Example, Repo, Units, check, count, count_best

from .image_examples import COMPOSE, DOCKERFILE, FARGATE, KUBERNETES, PACKAGE, SERVICE, STAGED, WORKER, probed, service
from .procedure_examples import (
    BACKUP_DECOYS,
    BACKUP_FALLS,
    BACKUP_MEETS,
    DISASTER_DECOYS,
    DISASTER_FALLS,
    DISASTER_MEETS,
    ROLLBACK_DECOYS,
    ROLLBACK_FALLS,
    ROLLBACK_MEETS,
)


@check(
    severity="high",
    effort_days=2,
    standard="AWS Well-Architected OPS 6 (How do you mitigate deployment risks?); Google SRE book ch. 8",
    depends_on=["deployment_readiness.documentation.deployment_guide_exists"],
    meets=ROLLBACK_MEETS,
    falls_short=ROLLBACK_FALLS,
    decoys=ROLLBACK_DECOYS,
)
def test_rollback_procedure_documented(repo: Repo, units: Units) -> None:
    """Is there a rollback procedure that can be followed and confirmed?

    Passes: one section on rollback with substance has a command, names what it goes back to (a previous version, last
    known good, revision, tag, snapshot, backup), confirms the result (a subsection on verification, or a command that
    checks: curl, validate, verify, health, rollout status, wait, smoke), and has no dead reference.
    Falls short: an element is missing from the best section (score 25 per element); there is no such section with
    substance. A checklist item, a flag name, a heading in a table of contents, a script that exists but that no
    document explains are not enough.
    Impact: A bad release stays in production while the team works out how to undo it.
    Recommendation: Describe for each release type how to return to the last good version and how to confirm that it
    worked, with commands that exist.
    """
    count_best(units, repo.instructions.procedures.rollback, "no section with substance is about rolling back")


@check(
    severity="high",
    effort_days=2,
    standard="CIS Docker Benchmark 4.6; Docker docs, HEALTHCHECK; AWS Well-Architected REL 11",
    depends_on=[
        "deployment_readiness.containerization.dockerfiles_exist",
        "infrastructure_resilience.health_monitoring.health_endpoints_available",
    ],
    meets=[
        Example(probed(), why="HEALTHCHECK in the Dockerfile"),
        Example(
            {
                **SERVICE,
                "Dockerfile": "FROM python:3.12-slim AS base\n"
                + probed()["Dockerfile"].partition("\n")[2]
                + "FROM base\n",
            },
            why="inherited from a stage that the last one builds on",
        ),
        Example(
            {
                **service("api"),
                "compose.yaml": """
                services:
                  api:
                    build: api
                    healthcheck:
                      test: ["CMD", "python", "-c", "import urllib.request as u; u.urlopen('http://localhost:8000/health')"]
                """,
            },
            why="a healthcheck of compose",
        ),
        Example(
            {
                "jobs/worker.py": WORKER,
                "jobs/alive.py": "print(1)\n",
                "jobs/Dockerfile": """
                FROM python:3.12-slim
                WORKDIR /srv
                COPY . .
                HEALTHCHECK CMD ["python", "alive.py"]
                CMD ["python", "worker.py"]
                """,
            },
            why="a worker that a script of the image asks",
        ),
        Example({**SERVICE, "Dockerfile": DOCKERFILE, "deploy/api.yaml": KUBERNETES}, why="a readiness probe"),
        Example({**SERVICE, "Dockerfile": DOCKERFILE, **FARGATE}, why="the health check of a target group"),
        Example(
            {
                "web/package.json": PACKAGE,
                "web/Dockerfile": "FROM nginx:1.27\nCOPY . /srv\nHEALTHCHECK CMD wget -qO- localhost/\n",
            },
            why="a front end",
        ),
    ],
    falls_short=[
        Example({**SERVICE, "Dockerfile": DOCKERFILE}, why="nothing probes it", score=0),
        Example({"README.md": "# Shop\n"}, why="no component", score=0),
        Example({**service("api", probed()["Dockerfile"]), **service("search")}, why="one of two", score=50),
    ],
    decoys=[
        Example({**SERVICE, "Dockerfile": STAGED}, why="a health route that nothing probes", score=0),
        Example(
            probed('CMD curl -f "http://localhost:8000/health" || exit 1', "NONE"), why="HEALTHCHECK NONE", score=0
        ),
        Example(probed("/health", "/healthz"), why="a path that the service does not answer", score=0),
        Example(probed("HEALTHCHECK", "# HEALTHCHECK"), why="a comment", score=0),
        Example(probed('curl -f "http://localhost:8000/health" ||', ""), why="a probe that asks nothing", score=0),
        Example(
            {
                **SERVICE,
                "Dockerfile": DOCKERFILE,
                "compose.yml": COMPOSE.replace(
                    "build: .", "build: .\n    healthcheck: {test: curl localhost/health, disable: true}"
                ),
            },
            why="disable: true",
            score=0,
        ),
        Example(
            {
                **SERVICE,
                "Dockerfile": DOCKERFILE,
                "compose.yml": COMPOSE.replace("postgres:16", "postgres:16\n    healthcheck: {test: pg_isready}"),
            },
            why="the database alone is probed",
            score=0,
        ),
        Example(
            {
                **SERVICE,
                "Dockerfile": "FROM python:3.12 AS build\nRUN x\n"
                + "HEALTHCHECK CMD curl localhost/health\n"
                + DOCKERFILE,
            },
            why="in a stage that is left behind",
            score=0,
        ),
        Example(
            {**SERVICE, "Dockerfile": DOCKERFILE, "Makefile": "health:\n\tcurl -f localhost:8000/health\n"},
            why="a target of a Makefile",
            score=0,
        ),
    ],
)
def test_health_checks_defined(repo: Repo, units: Units) -> None:
    """Does the platform probe the health of every component?

    Passes: each component has an active probe where it is deployed: a HEALTHCHECK in the last stage of a Dockerfile
    that starts it, a healthcheck of its compose service, a liveness or readiness probe, a health check of its
    container, target group or of Route 53; a path that is requested of a Python component is one of its routes.
    Falls short: a component that nothing probes, a probe of a path that does not exist, HEALTHCHECK NONE, a disabled
    one; a health route, a Makefile target or a route of an API gateway probes nothing (score 100 x probed / all).
    Impact: A hung component keeps receiving traffic until a user complains.
    Recommendation: Give each image a HEALTHCHECK, or each service a platform probe, that calls its health route.
    """
    components = repo.delivery.components
    assert components, "no component was found: nothing binds a server's application or runs as a service"
    for component in components:
        probes = repo.delivery.probes_of(component)
        good = [place for p in probes if not p.problem for place in p.places]
        if good:
            units.good(component.name, *good)
        else:
            problems = [p.problem for p in probes]
            units.bad(
                component.name, *(p.place for p in probes), component.place, note=(problems or ["nothing probes it"])[0]
            )


@check(
    severity="high",
    effort_days=2,
    standard="AWS Well-Architected REL 9 (How do you back up data?); NIST SP 800-34 Rev. 1; Google SRE book ch. 26",
    meets=BACKUP_MEETS,
    falls_short=BACKUP_FALLS,
    decoys=BACKUP_DECOYS,
)
def test_backup_strategy_documented(repo: Repo, units: Units) -> None:
    """Is it documented what is backed up, how often, how long it is kept and how it is restored?

    Passes: the sections on backups that have substance and no dead reference name, taken together, a data store, a
    schedule, how long backups are kept, and a command that restores.
    Falls short: an element is missing (score 25 per element); there is no such section. "Backup and recovery plan in
    place" in a checklist, one-off backup commands before a release, backups configured in code but explained nowhere,
    log retention are not enough.
    Impact: Customer data may be lost for good, and nobody knows how much.
    Recommendation: Write for each store what is backed up, when, for how long, and the tested restore commands.
    """
    procedures = repo.instructions.procedures
    if not procedures.backup:
        units.bad("backups", *procedures.dead_backup, note="no live section with substance is about backups")
    count(units, procedures.backup)


@check(
    severity="high",
    effort_days=4,
    standard="AWS Well-Architected REL 13 (How do you plan for disaster recovery?); NIST SP 800-34; GDPR Art. 32(1)(c)",
    depends_on=["backup_strategy_documented"],
    meets=DISASTER_MEETS,
    falls_short=DISASTER_FALLS,
    decoys=DISASTER_DECOYS,
)
def test_disaster_recovery_plan(repo: Repo, units: Units) -> None:
    """Is there a disaster recovery plan with objectives and steps?

    Passes: one section on disaster recovery with substance has a recovery time objective with a number, a recovery
    point objective with a number, a command and no dead reference, a second region, zone, account or site (or two
    regions by name), and says how and when it is exercised.
    Falls short: an element is missing from the best section (score 20 per element); there is no such section with
    substance. A checklist item, the words in a list of benefits, failover code, an empty template are not enough.
    Impact: After the loss of a region or an account the business does not know when, or if, the service returns.
    Recommendation: Agree on RTO and RPO per service, write the recovery steps for the second region and exercise them
    twice a year.
    """
    count_best(units, repo.instructions.procedures.disaster, "no section with substance is about disaster recovery")
