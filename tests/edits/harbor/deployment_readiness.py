"""Edits of Harbor for the checks of deployment_readiness."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/harbor"
GUIDE, OPERATIONS = "docs/deployment.md", "docs/operations.md"
DOCUMENTS = "deployment_readiness.documentation"
PROCEDURES = "deployment_readiness.operational_procedures"
CONTAINERS = "deployment_readiness.containerization"
INFRASTRUCTURE = "deployment_readiness.infrastructure_as_code"
SCALABILITY = "performance_scalability.scalability"
COMPLETE = "documentation.operational_documentation.deployment_guide_complete"

PAIRS: dict[str, Pair] = {
    f"{CONTAINERS}.dockerfiles_exist": Pair(
        [Edit("Dockerfile", "COPY src .\n", "")],
        [Edit("Dockerfile", 'CMD ["uvicorn", "--host", "0.0.0.0", "harbor.web.app:app"]',
              "CMD exec python -m uvicorn --host 0.0.0.0 harbor.web.app:app"),
         Edit("Dockerfile", "COPY src .", "COPY src /srv/src\nENV PYTHONPATH=/srv/src")],
        also=[f"{CONTAINERS}.images_buildable", f"{PROCEDURES}.health_checks_defined"],
    ),
    f"{CONTAINERS}.docker_compose_exists": Pair(
        [Edit("compose.yaml", "      database: {condition: service_healthy}", "      db: {condition: service_healthy}")],
        [Edit("compose.yaml", "    build: .\n", "    build: {context: ., dockerfile: Dockerfile}\n")],
    ),
    f"{CONTAINERS}.images_buildable": Pair(
        [Edit("requirements.txt", "uvicorn==0.35.0\n", "")],
        [Edit("Dockerfile", "FROM python:3.12 AS build", "ARG PYTHON=3.12\nFROM python:${PYTHON} AS build")],
    ),
    f"{CONTAINERS}.multi_stage_builds": Pair(
        [Edit("Dockerfile", "COPY --from=build /install /usr/local",
              "COPY requirements.txt .\nRUN pip install -r requirements.txt")],
        [Edit("Dockerfile", " AS build", ""), Edit("Dockerfile", "--from=build", "--from=0")],
    ),
    f"{INFRASTRUCTURE}.cdk_code_exists": Pair(
        [Edit("infra/app.py", "app = App()\n", "app = None\n")],
        [Edit("infra/cdk.json", "python3 app.py", "uv run python app.py")],
        also=[f"{INFRASTRUCTURE}.cdk_synthesizes", f"{INFRASTRUCTURE}.all_resources_defined"],
    ),
    f"{INFRASTRUCTURE}.cdk_synthesizes": Pair(
        [Edit("infra/service.py", 'from_asset("..")', 'from_asset("../service")')],
        [Edit("infra/service.py", 'from_asset("..")', 'from_asset(str(Path(__file__).parent.parent))'),
         Edit("infra/service.py", "from aws_cdk import Stack\n", "from pathlib import Path\n\nfrom aws_cdk import Stack\n")],
        also=[f"{SCALABILITY}.auto_scaling_configured", f"{SCALABILITY}.load_balancing_configured"],
    ),
    f"{INFRASTRUCTURE}.all_resources_defined": Pair(
        [Edit(f"{SRC}/jobs.py", None,
              'import boto3\n\n\ndef jobs() -> object:\n    return boto3.client("sqs")\n')],
        [Edit(f"{SRC}/jobs.py", None, 'import boto3\n\n\ndef who() -> object:\n    return boto3.client("sts")\n')],
    ),
    f"{INFRASTRUCTURE}.cdk_documented": Pair(
        [Edit("infra/README.md", "| spending | the budget |\n", "")],
        [Edit("infra/README.md", "| spending | the budget |", "| SpendingStack | the budget |")],
    ),
    f"{PROCEDURES}.health_checks_defined": Pair(
        [Edit("Dockerfile", "localhost:8000/health", "localhost:8000/healthy"),
         Edit("infra/service.py", '        service.target_group.configure_health_check(path="/health")\n', "")],
        [Edit("Dockerfile", "HEALTHCHECK CMD", "HEALTHCHECK --interval=1m --retries=2 CMD")],
        also=[f"{SCALABILITY}.load_balancing_configured"],
    ),
    f"{DOCUMENTS}.deployment_guide_exists": Pair(
        [Edit(GUIDE, "## Prerequisites", "## What you should know")],
        [Edit(GUIDE, "## Prerequisites", "## Förutsättningar"), Edit(GUIDE, "# Deploying Harbor", "Deploying Harbor\n===")],
        also=[f"{DOCUMENTS}.local_setup_documented", COMPLETE],
    ),
    f"{DOCUMENTS}.local_setup_documented": Pair(
        [Edit(GUIDE, "uvicorn --app-dir src --env-file .env harbor.web.app:app", "make serve")],
        [Edit(GUIDE, "cp .env.example .env", "cat .env.example > .env"),
         Edit(GUIDE, "pytest tests", "python -m pytest tests/test_meetings.py -k agenda")],
        also=[COMPLETE],
    ),
    f"{DOCUMENTS}.aws_setup_documented": Pair(
        [Edit(GUIDE, "4. Attach an IAM policy to the role of the tasks that lets them invoke models and read `harbor/*` secrets.",
              "4. Have a coffee.")],
        [Edit(GUIDE, "   cdk diff\n", "   aws cloudformation describe-stacks\n")],
    ),
    f"{DOCUMENTS}.troubleshooting_guide": Pair(
        [Edit("docs/troubleshooting.md", "cdk diff", "python look.py")],
        [Edit("docs/troubleshooting.md", "cdk diff", "cdk synth > template.yaml\ncat template.yaml")],
        also=["documentation.operational_documentation.troubleshooting_guide_complete"],
    ),
    f"{PROCEDURES}.rollback_procedure_documented": Pair(
        [Edit(GUIDE, "harbor-api:41\naws ecs wait services-stable --cluster harbor --services api", "harbor-api:41")],
        [Edit(GUIDE, "## Rollback", "## Återgång")],
    ),
    f"{PROCEDURES}.backup_strategy_documented": Pair(
        [Edit(OPERATIONS, "| 14 days |", "| a while |")],
        [Edit(OPERATIONS, "## Backups", "## Säkerhetskopiering"), Edit(OPERATIONS, "| kept for |\n| --- | --- | --- |\n| database",
              "| sparas i |\n| --- | --- | --- |\n| databas")],
    ),
    f"{PROCEDURES}.disaster_recovery_plan": Pair(
        [Edit(OPERATIONS, "lose 24 hours of notes (RPO)", "lose notes (RPO: to be decided)")],
        [Edit(OPERATIONS, "Harbor may be down for 8 hours (RTO) and lose 24 hours of notes (RPO).",
              "| objective | value |\n| --- | --- |\n| RTO | 8 hours |\n| RPO | 24 hours |\n\n")],
    ),
}  # fmt: skip
