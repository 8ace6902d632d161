"""Edits of Harbor for the checks of deployment_readiness."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/harbor"
GUIDE, OPERATIONS = "docs/deployment.md", "docs/operations.md"
DOCUMENTS = "deployment_readiness.documentation"
PROCEDURES = "deployment_readiness.operational_procedures"
COMPLETE = "documentation.operational_documentation.deployment_guide_complete"

PAIRS: dict[str, Pair] = {
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
