"""Edits of Fyren for the checks of documentation."""

from __future__ import annotations

from tests.edits.model import Edit, Pair

SRC = "src/fyren"
AGENTS = "documentation.agent_documentation"
API = "documentation.api_documentation"
ARCHITECTURE = "documentation.architecture_documentation"
OPERATIONS = "documentation.operational_documentation"
MOTEN, BOKFORING, EKONOMI = (f"{SRC}/agenter/{team}/README.md" for team in ("moten", "bokforing", "ekonomi"))
MODELL, DESIGN, GUIDE, TROUBLE = (
    f"{SRC}/modell/README.md",
    "docs/arkitektur.md",
    "docs/driftsattning.md",
    "docs/felsokning.md",
)
WATCH, RUNBOOK = "docs/overvakning.md", "docs/jour.md"

PAIRS: dict[str, Pair] = {
    f"{AGENTS}.meetmind_readme_complete": Pair(
        [Edit(MOTEN, "| Granskare | hittar det som lämnades öppet |\n", ""),
         Edit(MOTEN, "    api --> granskare[Granskare] --> modell\n", "")],
        [Edit(MOTEN, "| Granskare | hittar", "| Kvalitetsgranskaren | hittar")],
    ),
    f"{AGENTS}.agent_svea_readme_complete": Pair(
        [Edit(BOKFORING, "sin egen reservregel", "en plan"), Edit(BOKFORING, "Reservregeln har svarat", "Regeln har svarat")],
        [Edit(BOKFORING, "följer varje agent sin egen reservregel", "faller varje agent tillbaka på egna regler")],
    ),
    f"{AGENTS}.felicias_finance_readme_complete": Pair(
        [Edit(EKONOMI, "## Köra laget", "## Laget i tjänsten")],
        [Edit(EKONOMI, "## Köra laget", "Komma igång\n-----------")],
    ),
    f"{AGENTS}.llm_integration_examples": Pair(
        [Edit(MOTEN, "complete(prompt=", "complete(fraga=")],
        [Edit(MOTEN, 'svar = await Gateway.in_region("eu-west-1").complete(', 'modell = Gateway.in_region("eu-west-1")\nsvar = await modell.complete(')],
    ),
    f"{API}.llm_service_api_documented": Pair(
        [Edit(MODELL, "## `complete`", "## Att fråga")],
        [Edit(MODELL, "- ger texten i det första svaret", "- lämnar tillbaka det första som en leverantör säger")],
    ),
    f"{API}.service_facade_documented": Pair(
        [Edit("docs/plattform.md", "| `cache` | svar som får glömmas |\n", ""), Edit("docs/plattform.md", "Filer och cache nås", "Filer nås")],
        [Edit("docs/plattform.md", "# Tjänstefasad", "# Fasaden")],
    ),
    f"{API}.agent_interfaces_documented": Pair(
        [Edit(EKONOMI, "(`bills`, kronor per räkning)", "(kronor per räkning)"), Edit(EKONOMI, '{"bills": {', '{"kronor": {')],
        [Edit(EKONOMI, "### POST /ekonomi/manad", "### Månadens räkningar\n\n`POST /ekonomi/manad`")],
    ),
    f"{API}.code_examples_provided": Pair(
        [Edit(MODELL, "from fyren.modell.fel import ModelError", "from fyren.modell.fel import ModellFel")],
        [Edit(MODELL, "from fyren.modell.fel import ModelError", "from fyren.modell import fel"), Edit(MODELL, "except ModelError", "except fel.ModelError")],
    ),
    f"{ARCHITECTURE}.architecture_diagrams_exist": Pair(
        [Edit(DESIGN, "    api --> ekonomi[Ekonomi]\n", ""), Edit(DESIGN, "    ekonomi --> modell\n", "")],
        [Edit(DESIGN, "flowchart TD", "graph TD")],
    ),
    f"{ARCHITECTURE}.data_flow_documented": Pair(
        [Edit(DESIGN, "döljer personuppgifter och frågar", "frågar"), Edit(DESIGN, ", krypterade på disk och med", ", med")],
        [Edit(DESIGN, "## Dataflöde", "## Hur data flödar"), Edit(DESIGN, "döljer personuppgifter", "avidentifierar frågan")],
    ),
    f"{ARCHITECTURE}.deployment_architecture": Pair(
        [Edit(DESIGN, "Allt utom klustret och Vault skapas av `deploy/terraform`; poddarna", "Poddarna")],
        [Edit(DESIGN, "skapas av `deploy/terraform`", "skapas av Terraform"), Edit(DESIGN, "## Arkitektur i drift", "## Arkitektur i produktion")],
    ),
    f"{ARCHITECTURE}.failover_flow_documented": Pair(
        [Edit(DESIGN, "Nästa fråga börjar åter hos Bedrock, så trafiken går tillbaka dit av sig själv. ", "")],
        [Edit(DESIGN, "När ett anrop till en leverantör misslyckas går", "Svarar en leverantör inte går"),
         Edit(DESIGN, "så trafiken går tillbaka dit av sig själv", "som alltså prövas igen varje gång")],
    ),
    f"{OPERATIONS}.deployment_guide_complete": Pair(
        [Edit(GUIDE, "## Kontroll\n", "## Sedan\n")],
        [Edit(GUIDE, "## Kontroll\n", "## Bekräfta att det gick bra\n"), Edit(GUIDE, "## Återgång\n", "## Gå tillbaka till en tidigare version\n"),
         Edit(RUNBOOK, "#återgång", "#gå-tillbaka-till-en-tidigare-version")],
    ),
    f"{OPERATIONS}.troubleshooting_guide_complete": Pair(
        [Edit(TROUBLE, "## Modellerna blir för dyra", "## I slutet av månaden")],
        [Edit(TROUBLE, "## Svaren dröjer", "## Lång svarstid"), Edit(TROUBLE, "# Felsökning\n", "# När något går fel\n")],
    ),
    f"{OPERATIONS}.monitoring_guide_complete": Pair(
        [Edit(WATCH, "`deploy/grafana/fyren.json`", "Grafana")],
        [Edit(WATCH, "fler än 2 % av anropen får fel", "andelen fel är över 2 %"), Edit(WATCH, "kostar mer än 40 dollar", "kostar över 40 dollar")],
    ),
    f"{OPERATIONS}.runbook_exists": Pair(
        [Edit(RUNBOOK, "## BortkoppladTjanst", "## En tjänst är borta")],
        [Edit(RUNBOOK, "# Jourens handbok", "# Driftshandbok"), Edit(RUNBOOK, "## Kontakt", "## Eskalering")],
        alone=True,
    ),
}  # fmt: skip
