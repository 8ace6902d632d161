"""Edits of Fyren for the checks of deployment_readiness."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

GUIDE, OPERATIONS, TROUBLE = "docs/driftsattning.md", "docs/drift.md", "docs/felsokning.md"
DOCUMENTS = "deployment_readiness.documentation"
PROCEDURES = "deployment_readiness.operational_procedures"
CODE = "deployment_readiness.infrastructure_as_code"
COMPLETE = "documentation.operational_documentation.deployment_guide_complete"

CONTAINERS = "deployment_readiness.containerization"
CLOUDWATCH = "monitoring_observability.dashboards.cloudwatch_dashboard_exists"
DOCKERFILE, COMPOSE, CLUSTER = "Dockerfile", "compose.yaml", "deploy/k8s/api.yaml"
DATA, WATCH, TERRAFORM = (f"deploy/terraform/{name}.tf" for name in ("data", "drift", "main"))
LAST = "FROM python:3.12-slim\nCOPY --from=build /venv /venv\n"

PAIRS: dict[str, Pair] = {
    f"{CONTAINERS}.dockerfiles_exist": Pair(
        [Edit(DOCKERFILE, '"uvicorn", "fyren.webb.server:app", "--host", "0.0.0.0", "--port", "8000"', '"python", "-m", "fyren.data.gallring"')],
        [Edit(DOCKERFILE, '"uvicorn", "fyren', '"python", "-m", "uvicorn", "fyren')],
        also=[f"{PROCEDURES}.health_checks_defined"],
    ),
    f"{CONTAINERS}.docker_compose_exists": Pair(
        [Edit(COMPOSE, "depends_on: [db, cache, vault]", "depends_on: [db, cache, vault, queue]")],
        [Edit(COMPOSE, "build: .", "build: {context: ., dockerfile: Dockerfile}")],
    ),
    f"{CONTAINERS}.images_buildable": Pair(
        [Edit(DOCKERFILE, "COPY --from=build", "COPY --from=builder")],
        [Edit(DOCKERFILE, "FROM python:3.12-slim AS build", "ARG PYTHON=3.12-slim\nFROM python:${PYTHON} AS build")],
        also=[f"{CONTAINERS}.multi_stage_builds"],
    ),
    f"{CONTAINERS}.multi_stage_builds": Pair(
        [Edit(DOCKERFILE, LAST, "FROM python:3.12-slim\nWORKDIR /src\nCOPY pyproject.toml README.md ./\nCOPY src ./src\n"
              "RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir .\n")],
        [Edit(DOCKERFILE, "COPY --from=build", "COPY --from=0")],
    ),
    f"{CODE}.cdk_code_exists": Pair(
        [Edit(DATA, 'resource "', 'data "'), Edit(WATCH, 'resource "', 'data "')],
        [Edit(TERRAFORM, 'region = "eu-north-1"', "region = var.region"),
         Edit(TERRAFORM, 'provider "aws"', 'variable "region" {\n  type    = string\n  default = "eu-north-1"\n}\n\nprovider "aws"')],
        also=[f"{CODE}.cdk_synthesizes", f"{CODE}.all_resources_defined", CLOUDWATCH, "security_compliance.pii_handling.pii_encryption"],
    ),
    f"{CODE}.cdk_synthesizes": Pair(
        [Edit(WATCH, '  time_unit    = "MONTHLY"\n', '  time_unit    = "MONTHLY\n')],
        [Edit(WATCH, '  time_unit    = "MONTHLY"\n', '  time_unit    = "MONTHLY" # inte "DAILY\n')],
        also=[CLOUDWATCH],
    ),
    f"{CODE}.all_resources_defined": Pair(
        [Edit(DATA, 'resource "aws_s3_bucket" "files" {\n  bucket = "fyren-files"\n}', 'data "aws_s3_bucket" "files" {\n  bucket = "fyren-files"\n}'),
         Edit(DATA, 'resource "aws_s3_bucket" "exports" {\n  bucket = "fyren-exports"\n}', 'data "aws_s3_bucket" "exports" {\n  bucket = "fyren-exports"\n}')],
        [Edit(DATA, '  bucket = "fyren-files"\n', '  bucket_prefix = "fyren-files"\n')],
    ),
    f"{PROCEDURES}.health_checks_defined": Pair(
        [Edit(DOCKERFILE, "localhost:8000/healthz", "localhost:8000/health"), Edit(CLUSTER, "path: /healthz", "path: /health")],
        [Edit(CLUSTER, "          livenessProbe:\n            httpGet: {path: /healthz, port: 8000}\n",
              "          livenessProbe:\n            httpGet: {path: /healthz, port: 8000}\n            periodSeconds: 30\n")],
    ),
    f"{DOCUMENTS}.deployment_guide_exists": Pair(
        [Edit(GUIDE, "## Förutsättningar", "## Bra att veta")],
        [Edit(GUIDE, "## Förutsättningar", "## Innan du börjar"), Edit(GUIDE, "# Driftsättning av Fyren", "Att rulla ut Fyren\n===")],
        also=[f"{DOCUMENTS}.local_setup_documented", f"{CODE}.cdk_documented", COMPLETE],
    ),
    f"{DOCUMENTS}.local_setup_documented": Pair(
        [Edit(GUIDE, "curl http://localhost:8000/healthz", "curl http://localhost:8000/status")],
        [Edit(GUIDE, "## Lokal utvecklingsmiljö", "## Kom igång på din egen dator"), Edit(GUIDE, "pytest tests\n", "python -m pytest tests/test_moten.py\n")],
        also=[f"{CODE}.cdk_documented", COMPLETE],
    ),
    f"{DOCUMENTS}.aws_setup_documented": Pair(
        [Edit(GUIDE, "4. Koppla en IAM-policy till poddarnas roll som låter dem fråga modeller i Bedrock och nå hinken `fyren-files`.",
              "4. Ta en kopp kaffe.")],
        [Edit(GUIDE, "## Förbereda AWS", "## Sätta upp AWS-kontot"), Edit(GUIDE, "4. Koppla en IAM-policy till", "4. Ge en IAM-policy åt")],
    ),
    f"{DOCUMENTS}.troubleshooting_guide": Pair(
        [Edit(TROUBLE, "kubectl describe deployment fyren-api", "bash skript/titta.sh")],
        [Edit(TROUBLE, "## Den nya versionen kommer inte ut\n\nPoddarna säger varför:", "**Utrullningen fastnar.** Poddarna säger varför:")],
        also=["documentation.operational_documentation.troubleshooting_guide_complete"],
    ),
    f"{CODE}.cdk_documented": Pair(
        [Edit(GUIDE, "docker version\nterraform version\nkubectl cluster-info\nvault status\n", "# de är redan på plats\n")],
        [Edit(GUIDE, "   terraform apply\n   ```", "   terraform apply -input=false\n   ```")],
    ),
    f"{PROCEDURES}.rollback_procedure_documented": Pair(
        [Edit(GUIDE, "undo deployment/fyren-api\nkubectl rollout status deployment/fyren-api", "undo deployment/fyren-api")],
        [Edit(GUIDE, "så den föregående versionen är ett kommando bort", "så den förra är ett kommando bort"),
         Edit(GUIDE, "undo deployment/fyren-api\nkubectl rollout status deployment/fyren-api", "undo deployment/fyren-api\ncurl --fail https://fyren.example/healthz")],
    ),
    f"{PROCEDURES}.backup_strategy_documented": Pair(
        [Edit(OPERATIONS, "| 14 dagar |", "| tills vidare |")],
        [Edit(OPERATIONS, "## Säkerhetskopior", "## Backup"), Edit(OPERATIONS, "varje natt, och", "en gång om dygnet, och")],
    ),
    f"{PROCEDURES}.disaster_recovery_plan": Pair(
        [Edit(OPERATIONS, "tappa ett dygns protokoll (RPO 24 timmar)", "tappa protokoll (RPO bestäms senare)")],
        [Edit(OPERATIONS, "## Katastrofplan", "## Haveriplan"), Edit(OPERATIONS, "Vi övar varje halvår.", "Planen provas två gånger om året.")],
    ),
}  # fmt: skip
