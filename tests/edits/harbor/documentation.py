"""Edits of Harbor for the checks of documentation."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/harbor"
AGENTS = "documentation.agent_documentation"
API = "documentation.api_documentation"
ARCHITECTURE = "documentation.architecture_documentation"
OPERATIONS = "documentation.operational_documentation"
MEETINGS, ACCOUNTING, INVESTING = (f"{SRC}/{team}/README.md" for team in ("meetings", "accounting", "investing"))
LLM, DESIGN, TROUBLE = f"{SRC}/llm/README.md", "docs/architecture.md", "docs/troubleshooting.md"

PAIRS: dict[str, Pair] = {
    f"{AGENTS}.meetmind_readme_complete": Pair(
        [Edit(MEETINGS, "| Quality assurance | finds what is left open |\n", ""),
         Edit(MEETINGS, "    api --> quality_assurance[Quality assurance] --> llm\n", "")],
        [Edit(MEETINGS, "| Quality assurance | finds", "| QualityAssuranceAgent | finds")],
    ),
    f"{AGENTS}.agent_svea_readme_complete": Pair(
        [Edit(ACCOUNTING, "pytest tests/test_accounting.py", "pytest tests/accounting")],
        [Edit(ACCOUNTING, "pytest tests/test_accounting.py", "python -m pytest -q tests/test_accounting.py::test_without_the_model")],
    ),
    f"{AGENTS}.felicias_finance_readme_complete": Pair(
        [Edit(INVESTING, "```bash\ndocker compose up\n```", "Ask the platform team to start it.")],
        [Edit(INVESTING, "## Running", "Kom igång\n---------")],
    ),
    f"{AGENTS}.llm_integration_examples": Pair(
        [Edit(MEETINGS, 'complete(prompt="', 'complete(question="')],
        [Edit(MEETINGS, 'answer = await llm_service("eu-west-1").complete(', 'model = llm_service("eu-west-1")\nanswer = await model.complete(')],
    ),
    f"{API}.llm_service_api_documented": Pair(
        [Edit(LLM, "## `complete`", "## Asking")],
        [Edit(LLM, "## `complete`", "`complete(prompt)`\n------------------")],
    ),
    f"{API}.service_facade_documented": Pair(
        [Edit("docs/platform.md", "| combined | the cloud first, then this machine; the default |\n", "")],
        [Edit("docs/platform.md", "# Service facade", "# Tjänstefasad")],
    ),
    f"{API}.agent_interfaces_documented": Pair(
        [Edit(ACCOUNTING, "### POST /tenants/{tenant_id}/accounting/plan", "### The plan")],
        [Edit(ACCOUNTING, "### POST /tenants/{tenant_id}/accounting/plan", "### The plan\n\n`/tenants/{id}/accounting/plan` answers POST.")],
    ),
    f"{API}.code_examples_provided": Pair(
        [Edit(LLM, "from harbor.llm.model import ModelUnavailable", "from harbor.llm.errors import ModelUnavailable")],
        [Edit(LLM, "from harbor.llm.model import ModelUnavailable", "from harbor.llm.service import ModelUnavailable")],
    ),
    f"{ARCHITECTURE}.architecture_diagrams_exist": Pair(
        [Edit(DESIGN, "    api --> investing[Investing]\n", ""), Edit(DESIGN, "    investing --> model\n", "")],
        [Edit(DESIGN, "flowchart TD", "graph LR")],
    ),
    f"{ARCHITECTURE}.data_flow_documented": Pair(
        [Edit(DESIGN, "1. A user's client", "A user's client"), Edit(DESIGN, "2. The API hands", "The API hands"),
         Edit(DESIGN, "3. The model service masks", "The model service masks"), Edit(DESIGN, "4. Notes are", "Notes are")],
        [Edit(DESIGN, "## Data flow", "## Dataflöde")],
    ),
    f"{ARCHITECTURE}.deployment_architecture": Pair(
        [Edit(DESIGN, "The storage stack holds", "One stack holds"), Edit(DESIGN, "storage[(Storage: database", "kept[(database")],
        [Edit(DESIGN, "in\ndev, with", "in\nstaging, with")],
    ),
    f"{ARCHITECTURE}.failover_flow_documented": Pair(
        [Edit(DESIGN, " Each failure is a warning in the log.", "")],
        [Edit(DESIGN, "## Failover of the model service", "## Reservdrift")],
    ),
    f"{OPERATIONS}.deployment_guide_complete": Pair(
        [Edit("docs/deployment.md", "## Verification", "## Afterwards")],
        [Edit("docs/deployment.md", "## Verification", "## Kontroll")],
    ),
    f"{OPERATIONS}.monitoring_guide_complete": Pair(
        [Edit("docs/monitoring.md", "aws logs tail harbor --since 1h --filter-pattern '{ $.level = \"ERROR\" }'", "less harbor.log")],
        [Edit("docs/monitoring.md", "# Monitoring", "# Övervakning"),
         Edit("docs/monitoring.md", "error rate > 2 %", "error rate exceeds 2 %")],
    ),
    f"{OPERATIONS}.runbook_exists": Pair(
        [Edit("docs/runbook.md", "## Escalation", "## Afterwards")],
        [Edit("docs/runbook.md", "## HarborIsSlow", "## Harbor is slow"), Edit("docs/runbook.md", "# Runbook", "# Driftshandbok")],
    ),
    f"{OPERATIONS}.troubleshooting_guide_complete": Pair(
        [Edit(TROUBLE, "## The cost rises", "## The bill")],
        [Edit(TROUBLE, "# Troubleshooting", "# Vanliga problem")],
    ),
}  # fmt: skip
