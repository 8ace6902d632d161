"""Small repositories that prove the checks of guides: deployment, troubleshooting, monitoring, runbook."""

from collections.abc import Mapping
from textwrap import dedent

from pytest_readiness.authoring import Example

GUIDE = """
    # Deployment guide

    ## Prerequisites

    You need Python 3.11 or later, Docker with compose, the AWS command line with an account that may create stacks, and
    the CDK toolkit in version 2.100 or later.

    ## Configuration and secrets

    Every variable stands in `.env.example` with its meaning. API keys lie in AWS Secrets Manager under `harbor/`, one
    secret a provider, and are read when the task starts.

    ## Local set-up

    The compose file starts the service with a database of its own; the data stays in a volume until you remove it by
    hand. It listens on port 8000.

    ```bash
    docker compose -f docker-compose.yml up -d
    ```

    ## AWS infrastructure

    The stacks are deployed once for each environment. The first run in an account needs a bootstrap, which takes about
    two minutes to finish.

    ```bash
    cd infra
    cdk bootstrap
    cdk deploy --all
    ```

    ## Release

    A release is an image with the version as its tag. Tasks are replaced one by one and the old ones stay until the new
    ones are healthy.

    ```bash
    docker build -f Dockerfile -t harbor:1.2 .
    docker push harbor:1.2
    ```

    ## Verification

    The service answers within a minute. A status other than ok means that the database cannot be reached, in which case
    you roll back at once.

    ```bash
    curl http://localhost:8000/health
    ```

    ## Rollback

    Releases are rolled back by deploying the tag before, which is still in the registry for at least ninety days. The
    schema is never changed in a way that old code cannot read.

    ```bash
    cdk deploy --all --context tag=1.1
    ```
    """
GUIDE_SV = """
    Driftsättning
    =============

    Förutsättningar
    ---------------

    Python 3.11 eller senare, Docker med compose, kommandoraden för AWS med ett konto som får skapa stackar, och CDK i
    version 2.100 eller senare på den egna datorn.

    Miljövariabler och hemligheter
    ------------------------------

    Varje variabel står i `.env.example` med sin innebörd. Nycklar ligger i AWS Secrets Manager under `harbor/`, en
    hemlighet för varje leverantör, och läses när uppgiften startar.

    Lokal miljö
    -----------

    Compose startar tjänsten med en egen databas; data ligger kvar i en volym till dess att den tas bort för hand. Den
    lyssnar på port 8000.

        docker compose up

    ```sh
    docker compose up -d
    ```

    Moln
    ----

    Stackarna sätts upp en gång för varje miljö. Första gången i ett konto behövs en bootstrap, som tar ungefär två
    minuter att köra klart innan resten kan börja.

    ```sh
    (cd infra && npx cdk deploy --all)
    ```

    Driftsätta en version
    ---------------------

    En version är en avbild med versionen som tagg. Uppgifterna byts ut en i taget och de gamla finns kvar tills de nya
    mår bra. Kontrollera därefter att tjänsten svarar.

    ```sh
    docker build -t harbor:1.2 .
    docker push harbor:1.2
    ```

    Kontroll
    --------

    Tjänsten svarar inom en minut. En annan status än ok betyder att databasen inte kan nås, och då går man genast
    tillbaka till den tidigare versionen.

    ```sh
    curl -f localhost:8000/health
    ```

    Återgång
    --------

    Man går tillbaka genom att driftsätta taggen före, som finns kvar i registret i minst nittio dagar. Schemat ändras
    aldrig så att gammal kod inte kan läsa det.

    ```sh
    (cd infra && npx cdk deploy --all --context tag=1.1)
    ```
    """
SYSTEM = {
    "Dockerfile": "FROM python:3.11\nCMD python -m app\n",
    "docker-compose.yml": "services:\n  api:\n    image: harbor:1\n",
    ".env.example": "LOG_LEVEL=\n",
    "infra/cdk.json": '{"app": "python app.py"}',
    "infra/app.py": "from aws_cdk import App\n\napp = App()\n",
    "app.py": """
        from fastapi import FastAPI

        app = FastAPI()


        @app.get("/health")
        def health():
            return {"status": "ok"}
        """,
}


def guided(text: str, path: str = "docs/deployment.md", **changes: str) -> dict[str, str]:
    """The system, and the guide."""
    files = {**SYSTEM, path: text}
    return {p: dedent(t) for p, t in files.items() if changes.get(p.replace(".", "_").replace("-", "_")) != ""}


def without(text: str, title: str) -> str:
    """The guide without the section of that title."""
    before, _, rest = text.partition(f"    ## {title}\n")
    return before + (rest[rest.index("    ## ") :] if "    ## " in rest else "")


SECTIONS = ("Prerequisites", "Configuration and secrets", "Local set-up", "Verification", "Rollback")
GUIDE_MEET = [
    Example(guided(GUIDE), why="one guide, seven sections"),
    Example(guided(GUIDE_SV, "docs/drift/deploy.md"), why="Swedish, underlined headings"),
    Example(
        guided(
            GUIDE.replace("## Configuration and secrets", "## Environment variables")
            .replace("## AWS infra", "## Infra")
            .replace("## Release", "## Building and pushing an image")
            .replace("Deployment guide", "Harbor"),
            "wiki/Deploy.md",
        ),
        why="other headings, matched by its file name",
    ),
]
GUIDE_FALL = [
    *(Example(guided(without(GUIDE, s)), score=600 / 7, why=f"no section {s}") for s in SECTIONS),
    Example(
        guided(GUIDE.replace("-f Dockerfile", "-f deploy/Dockerfile")),
        score=600 / 7,
        why="docker build -f of a Dockerfile that does not exist",
    ),
    Example(SYSTEM | {"README.md": "# Harbor\n"}, score=0, why="no guide"),
]
GUIDE_DECOYS = [
    Example(
        guided(GUIDE.replace("docker-compose.yml", "docker-compose.prod.yml")),
        score=600 / 7,
        why="a compose file that does not exist",
    ),
    Example(guided(GUIDE.replace("8000/health", "8000/status")), score=600 / 7, why="a route that no code has"),
    Example(guided(GUIDE.replace("```bash", "```")), score=200 / 7, why="commands in fences without a tag"),
    Example(guided(GUIDE, "docs/deployment_summary.md"), score=0, why="a work report"),
    Example(
        guided(GUIDE.replace("# Deployment guide", "# Handbook"), "docs/handbook.md"), score=0, why="another document"
    ),
]

TROUBLE = """
    # Operations

    ## Troubleshooting

    ### The service does not start

    ```bash
    docker compose logs api
    ```

    ### Bedrock answers with a rate limit

    Ask for a higher quota: `aws service-quotas list-requested-service-quota-change-history`.

    ### The circuit breaker stays open

    ```bash
    curl localhost:8000/health
    ```

    ### The database refuses connections

    ```bash
    docker compose ps
    ```

    ### Answers are slow

    Lower `MAX_TOKENS`.

    ### The cost rises

    Compare agents: `aws ce get-cost-and-usage`.

    ### A stack does not deploy

    ```bash
    cdk diff
    ```
    """
TROUBLE_SV = """
    # Drift

    ## Felsökning

    - **Tjänsten startar inte.** Kontrollera miljön: `env | grep HARBOR`
    - **Språkmodellen svarar inte.** Prova `aws bedrock list-foundation-models`
    - **Kretsbrytaren är öppen.** Se `docker compose logs`
    - **Databasen är full.** `df -h`
    - **Svaren är långsamma.** Sänk `MAX_TOKENS`

    ## Vanliga problem i molnet

    **Kostnaden stiger.** Jämför agenterna: `aws ce get-cost-and-usage`.

    **Driftsättningen fastnar.** Se vad som ändras:

    ```bash
    cdk diff
    ```
    """
TROUBLE_MEET = [
    Example(guided(TROUBLE, "docs/operations.md"), why="one guide"),
    Example(guided(TROUBLE_SV, "docs/drift.md"), why="Swedish, lists and paragraphs with bold titles"),
    Example(
        guided(
            TROUBLE_SV.replace("## Felsökning", "## När något går fel")
            .replace("startar inte", "kommer inte igång")
            .replace("Kretsbrytaren är öppen", "En tjänst är bortkopplad")
            .replace("Svaren är långsamma", "Svaren dröjer")
            .replace("Kostnaden stiger", "Modellerna är för dyra")
            .replace("Driftsättningen fastnar", "Utrullningen fastnar"),
            "docs/drift.md",
        ),
        why="Swedish titles in everyday words",
    ),
    Example(
        guided(TROUBLE.partition("    ### The database")[0], "README.md")
        | guided(
            "# Data\n\n## Common problems\n\n### The database" + dedent(TROUBLE).partition("### The database")[2],
            "docs/data.md",
        ),
        why="two guides",
    ),
]
TROUBLE_FALL = [
    Example(
        guided(TROUBLE.replace("### The cost rises", "### The bill"), "docs/operations.md"),
        score=600 / 7,
        why="no topic of cost",
    ),
    Example(
        guided(TROUBLE.replace("## Trouble", "## Shooting trouble, "), "docs/operations.md"),
        score=0,
        why="no such section",
    ),
]
TROUBLE_DECOYS = [
    Example(
        guided(TROUBLE.replace("cdk diff", "python scripts/fix_stack.py"), "docs/operations.md"),
        score=600 / 7,
        why="an entry whose remedy runs a missing script",
    ),
    Example(
        guided(TROUBLE.replace("8000/health", "8000/admin/breaker/reset"), "docs/operations.md"),
        score=600 / 7,
        why="an entry whose remedy calls a missing route",
    ),
    Example(
        guided(TROUBLE.replace("Lower `MAX_TOKENS`.", "Wait."), "docs/operations.md"),
        score=600 / 7,
        why="a title without remedy",
    ),
    Example(
        guided(TROUBLE.replace("## Troubleshooting", "## Frequently asked questions"), "docs/operations.md"),
        score=0,
        why="an FAQ",
    ),
    Example(guided(TROUBLE, "docs/troubleshooting_review.md"), score=0, why="a work report"),
]

DASHBOARD = {"ops/grafana/llm_dashboard.json": '{"title": "LLM", "panels": []}'}
MONITORING = """
    # Operations

    ## Monitoring

    The dashboard is defined in `ops/grafana/llm_dashboard.json`; import it into Grafana once for each environment.

    | metric | meaning |
    | --- | --- |
    | `llm_requests_total` | questions |
    | `llm_errors_total` | questions without an answer |
    | `llm_request_duration_seconds` | time to the answer |
    | `llm_cost_total` | money spent |
    | `cache_hits_total` | answers from the cache |

    - alarm when the error rate exceeds 5 % for five minutes
    - alarm when p95 latency > 10 seconds
    - warning when the cost of a day is > 50 USD

    ```bash
    aws logs tail /harbor/api --since 1h
    ```

    What to do then stands in the [runbook](runbook.md).
    """
MONITORING_SV = """
    # Drift

    ## Övervakning

    ### Instrumentpanel

    Panelen [LLM](../ops/grafana/llm_dashboard.json) läses in i Grafana en gång för varje miljö.

    ### Mätvärden

    `llm_requests_total` är antalet frågor, `llm_errors_total` de som inte fick svar, `llm_request_duration_seconds`
    tiden till svaret, `llm_cost_total` kostnaden och `cache_hits_total` svaren ur cachen.

    ### Larm

    | larm | gräns |
    | --- | --- |
    | error rate | > 5 % i fem minuter |
    | latency p95 | > 10 s |
    | cost | > 500 kr om dagen |

    ### Loggar

    ```sh
    kubectl logs deploy/api --since 1h
    ```

    ### Felsökning

    Starta om uppgiften med `kubectl rollout restart deploy/api` om felen fortsätter.
    """


def watched(text: str, path: str = "docs/operations.md", **more: str) -> dict[str, str]:
    """A dashboard, a runbook and the guide."""
    files: Mapping[str, str] = {**DASHBOARD, "docs/runbook.md": "# Runbook\n", path: text, **more}
    return {p: dedent(t) for p, t in files.items()}


MONITORING_PROSE = (
    MONITORING_SV.replace("| error rate | > 5 % i fem minuter |", "| MangaFel | fler än 5 % av anropen får fel |")
    .replace("| latency p95 | > 10 s |", "| Langsamt | svarstiden är över 10 sekunder |")
    .replace("| cost | > 500 kr om dagen |", "| Dyrt | modellerna kostar mer än 500 kr om dagen |")
)
MONITORING_BOAST = """
    # Drift

    ## Övervakning

    Vi övervakar allt med Prometheus och Grafana. Larmen är inställda på lämpliga gränser av våra experter, som också
    tittar på kurvorna varje dag och pratar om dem på måndagar. Det har gått bra hittills, och ingen har klagat. Nästa
    år ska vi skriva ner vad som gäller när ett larm kommer, och vem som ska göra vad.
    """
MONITORING_MEET = [
    Example(watched(MONITORING), why="one section"),
    Example(watched(MONITORING_SV, "docs/drift.md"), why="Swedish, subsections"),
    Example(watched(MONITORING_PROSE, "docs/drift.md"), why="Swedish, limits in words"),
]
MONITORING_FALL = [
    Example(
        {p: t for p, t in watched(MONITORING).items() if "grafana" not in p},
        score=500 / 6,
        why="the dashboard is not there",
    ),
    Example(watched(MONITORING.replace("`llm_cost_total`", "`cost`")), score=500 / 6, why="four metrics"),
    Example(watched(MONITORING.replace("exceeds 5 %", "is too high")), score=500 / 6, why="two limits"),
    Example(
        watched(MONITORING.replace("aws logs tail /harbor/api --since 1h", "aws s3 ls")), score=500 / 6, why="no logs"
    ),
    Example(watched(MONITORING.replace("[runbook](runbook.md)", "chat")), score=500 / 6, why="no response"),
    Example(watched(MONITORING.replace("(runbook.md)", "(handling.md)")), score=400 / 6, why="a dead link"),
    Example(watched("# Operations\n"), score=0, why="no such section"),
    Example(
        watched("# Operations\n\n## Monitoring\n\nSee `ops/grafana/llm_dashboard.json`.\n"), score=0, why="too short"
    ),
]
MONITORING_DECOYS = [
    Example(watched(MONITORING_BOAST, "docs/drift.md"), score=100 / 6, why="it says that all is watched, not how"),
    Example(
        watched("""
            # Operations

            ## Monitoring

            - **Prometheus**: collects the numbers of all services, every fifteen seconds, and keeps them for a month
            - **Grafana**: draws the numbers as graphs for everyone who wants to see them, on http://localhost:3000
            - **CloudWatch**: keeps the logs of all tasks for a month, and raises alarms when one of them goes wrong
            - **Cloud Trace**: follows a request through all of the services that take part in the answer
            """),
        score=100 / 6,
        why="a bullet list of tools, dashboard URLs without a definition",
    ),
    Example(watched(MONITORING, "docs/dashboard_report.md"), score=0, why="a work report on dashboards built"),
]

ALARMS = {
    "infra/cdk.json": '{"app": "python app.py"}',
    "infra/app.py": """
        from aws_cdk import App, Stack
        from aws_cdk import aws_cloudwatch as cloudwatch


        class WatchStack(Stack):
            def __init__(self, scope, name):
                super().__init__(scope, name)
                errors = cloudwatch.Metric(namespace="Harbor", metric_name="Errors")
                cloudwatch.Alarm(self, "HighErrorRate", metric=errors, threshold=5, evaluation_periods=1)


        app = App()
        WatchStack(app, "Watch")
        app.synth()
        """,
    "ops/alerts.yml": """
        groups:
          - name: harbor
            rules:
              - alert: ModelSlow
                expr: llm_request_duration_seconds > 10
        """,
}
RUNBOOK = """
    # Runbook

    ## High error rate

    More than five questions in a hundred fail.

    ```bash
    aws logs tail /harbor/api --since 15m
    ```

    ## Model slow

    ```bash
    aws cloudwatch get-metric-data --metric-data-queries file://queries.json
    ```

    Lower the number of tokens until answers come within ten seconds again.

    ## Database full

    ```bash
    aws rds modify-db-instance --db-instance-identifier harbor --allocated-storage 100
    ```

    ## Contact

    The person on call is in the calendar; after half an hour without progress call the head of operations.
    """
RUNBOOK_SECTION = """
    # Drift

    ## Incidenter

    ### HighErrorRate

    Fler än fem frågor av hundra misslyckas.

    ```bash
    kubectl logs deploy/api
    ```

    ### ModelSlow

    ```bash
    kubectl rollout restart deploy/api
    ```

    Sänk antalet ord tills svaren kommer inom tio sekunder igen.

    ### Databasen är full

    ```bash
    kubectl exec deploy/db -- df -h
    ```

    ## Eskalering

    Ring driftchefen efter en halvtimme.
    """


def booked(text: str, path: str = "docs/runbook.md", code: Mapping[str, str] = ALARMS) -> dict[str, str]:
    """Two alarms, and the runbook."""
    return {p: dedent(t) for p, t in {**code, path: text, "docs/queries.json": "[]"}.items()}


RUNBOOK_MEET = [
    Example(booked(RUNBOOK), why="a document of its own", settings={"paths": {"iac": "infra"}}),
    Example(
        booked(RUNBOOK_SECTION, "docs/drift.md"),
        why="Swedish, a section, contacts beside it",
        settings={"paths": {"iac": "infra"}},
    ),
    Example(
        booked(RUNBOOK.replace("# Runbook\n", "# Jourens handbok\n"), "docs/jour.md"),
        why="the handbook of those on call",
        settings={"paths": {"iac": "infra"}},
    ),
    Example(booked(RUNBOOK, code={}), why="no alarm is defined"),
]
RUNBOOK_FALL = [
    Example(booked(RUNBOOK.replace("## Model slow", "## Answers late")), score=75, why="an alarm without a procedure"),
    Example(booked(RUNBOOK.replace("## Contact", "## Words")), score=75, why="nobody to call"),
    Example(booked(RUNBOOK.replace("queries.json", "missing.json")), score=75, why="a dead reference"),
    Example(
        booked(RUNBOOK.replace("## Database full\n\n    ```bash", "## Database full\n\n    ```")),
        score=75,
        why="two procedures",
    ),
    Example(booked("# Operations\n", "docs/operations.md"), score=0, why="no runbook"),
]
RUNBOOK_DECOYS = [
    Example(
        booked("# Operations\n", "docs/operations.md")
        | {"scripts/incident_plan.py": "PLAN = '# Incident runbook'\n\nif __name__ == '__main__':\n    print(PLAN)\n"},
        score=0,
        why="a script that can print an incident plan",
    ),
    Example(
        booked(
            RUNBOOK.replace("## High error rate", "## Run the tests").replace("More than", "HighErrorRate: more than")
        ),
        score=75,
        why="everyday work is no procedure for an alarm",
    ),
    Example(booked("# Runbook\n\n- [errors](errors.md)\n- [slow](slow.md)\n"), score=0, why="a title with links only"),
    Example(booked(RUNBOOK.replace("```bash", "```text")), score=75, why="procedures without a command"),
    Example(booked(RUNBOOK, "docs/runbook_summary.md"), score=0, why="a work report"),
]
