"""Edits of Fyren for the checks of deployment_readiness that rest on its image and its infrastructure code."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

BOXES = "deployment_readiness.containerization"
CODE = "deployment_readiness.infrastructure_as_code"
PROCEDURES = "deployment_readiness.operational_procedures"
DATA, API = "deploy/terraform/data.tf", "deploy/k8s/api.yaml"
PROBES = """          readinessProbe:
            httpGet: {path: /healthz, port: 8000}
          livenessProbe:
            httpGet: {path: /healthz, port: 8000}
"""

PAIRS: dict[str, Pair] = {
    f"{BOXES}.dockerfiles_exist": Pair(
        [Edit("Dockerfile", "fyren.webb.server:app", "fyren.webb.start:app")],
        [Edit("Dockerfile", 'CMD ["uvicorn", "fyren.webb.server:app", "--host", "0.0.0.0", "--port", "8000"]',
              "ENTRYPOINT [\"uvicorn\"]\nCMD [\"--host=0.0.0.0\", \"--port=8000\", \"fyren.webb.server:app\"]")],
        also=[f"{BOXES}.images_buildable", f"{PROCEDURES}.health_checks_defined"],
    ),
    f"{BOXES}.docker_compose_exists": Pair(
        [Edit("compose.yaml", "    build: .\n", "    build: ./api\n")],
        [Edit("compose.yaml", "depends_on: [db, cache, vault]", "depends_on: {db: {condition: service_started}, cache: {condition: service_started}}")],
    ),
    f"{BOXES}.images_buildable": Pair(
        [Edit("Dockerfile", "FROM python:3.12-slim AS build", "FROM python AS build")],
        [Edit("Dockerfile", "FROM python:3.12-slim AS build", "FROM python:3.12-slim as build")],
    ),
    f"{BOXES}.multi_stage_builds": Pair(
        [Edit("Dockerfile", "COPY --from=build /venv /venv", "COPY pyproject.toml README.md ./\nRUN python -m venv /venv && /venv/bin/pip install uvicorn .")],
        [Edit("Dockerfile", "AS build", "AS builder"), Edit("Dockerfile", "--from=build ", "--from=builder ")],
    ),
    f"{CODE}.cdk_code_exists": Pair(
        [Edit(file, None if new else "", new) for file, new in (
            ("deploy/terraform/main.tf", "# resource blocks come later\n"),
            (DATA, "# resource blocks come later\n"),
            ("deploy/terraform/drift.tf", "# resource blocks come later\n"),
        )],
        [Edit(DATA, 'resource "aws_db_instance" "fyren"', 'resource "aws_db_instance" "db"')],
        also=[f"{CODE}.cdk_synthesizes", f"{CODE}.all_resources_defined", f"{CODE}.cdk_documented",
              "security_compliance.gdpr_compliance.data_retention_policy", "security_compliance.pii_handling.pii_encryption",
              "monitoring_observability.dashboards.cloudwatch_dashboard_exists", "documentation.architecture_documentation.deployment_architecture"],
    ),
    f"{CODE}.cdk_synthesizes": Pair(
        [Edit("deploy/terraform/main.tf", 'region = "eu-north-1"\n}', 'region = "eu-north-1"\n')],
        [Edit("deploy/terraform/main.tf", 'version = "~> 5.80"', 'version = ">= 5.80, < 6.0"')],
    ),
    f"{CODE}.all_resources_defined": Pair(
        [Edit("src/fyren/webb/halsa.py", "log = logging", 'QUEUE = boto3.client("sqs")\nlog = logging'),
         Edit("src/fyren/webb/halsa.py", "import logging\n", "import logging\n\nimport boto3\n")],
        [Edit("src/fyren/webb/halsa.py", "log = logging", 'ME = boto3.client("sts")\nlog = logging'),
         Edit("src/fyren/webb/halsa.py", "import logging\n", "import logging\n\nimport boto3\n")],
    ),
    f"{PROCEDURES}.health_checks_defined": Pair(
        [Edit("Dockerfile", "HEALTHCHECK CMD [", "HEALTHCHECK NONE\n# ["), Edit(API, PROBES, "")],
        [Edit("Dockerfile", "HEALTHCHECK CMD [", "HEALTHCHECK NONE\n# [")],
        also=["performance_scalability.scalability.load_balancing_configured"],
    ),
}  # fmt: skip
