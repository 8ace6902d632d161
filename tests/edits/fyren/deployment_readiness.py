"""Edits of Fyren for the checks of deployment_readiness."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

GUIDE, OPERATIONS, TROUBLE = "docs/driftsattning.md", "docs/drift.md", "docs/felsokning.md"
DOCUMENTS = "deployment_readiness.documentation"
PROCEDURES = "deployment_readiness.operational_procedures"
CODE = "deployment_readiness.infrastructure_as_code"
COMPLETE = "documentation.operational_documentation.deployment_guide_complete"

PAIRS: dict[str, Pair] = {
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
