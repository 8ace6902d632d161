"""Small repositories that prove the checks of diagrams, data flow, deployed architecture and failover."""

from collections.abc import Mapping
from textwrap import dedent

from pytest_readiness.authoring import Example

AGENT = "class CoordinatorAgent:\n    pass\n"
TEAMS = {
    f"backend/agents/{team}/adk_agents/{folder}coordinator_agent.py": AGENT
    for team, folder in (("meetmind", ""), ("agent_svea", ""), ("felicias_finance", "agents/"))
}
SYSTEM = """
    # The system

    ```mermaid
    flowchart TD
        users[Users] --> api[API]
        api --> meetmind[MeetMind]
        api --> svea[Agent Svea]
        api --> felicia[Felicia's Finance]
    ```
    """
BOXES = """
    # Team

    ```
    ┌─────────────┐     ┌──────────┐
    │ Coordinator │────>│ LLM      │
    └──────┬──────┘     └──────────┘
           │
    ┌──────▼──────┐
    │ Architect   │
    └─────────────┘
    ```
    """
SEQUENCE = """
    # Team

    ```mermaid
    sequenceDiagram
        participant C as Coordinator
        C->>LLM: question
        LLM-->>C: answer
    ```
    """
PLANTUML = """
    # Team

    ```plantuml
    @startuml
    [Coordinator] --> [Architect]
    @enduml
    ```
    """
PNG = b"\x89PNG\r\n\x1a\n....."


def texts(files: Mapping[str, str]) -> dict[str, str]:
    """The files with their texts dedented."""
    return {path: dedent(text) for path, text in files.items()}


def drawn(system: Mapping[str, str] | None = None, **teams: str) -> dict[str, str]:
    """The three teams with a diagram each, but for those given by keyword, and the picture of the system."""
    default = {"meetmind": BOXES, "agent_svea": SEQUENCE, "felicias_finance": PLANTUML} | teams
    documents = {f"backend/agents/{team}/README.md": text for team, text in default.items() if text}
    return texts(TEAMS | documents | ({"docs/architecture.md": SYSTEM} if system is None else dict(system)))


NO_TYPE = SEQUENCE.replace("    sequenceDiagram\n", "")
NO_EDGE = """
    # Team

    ```mermaid
    flowchart TD
        coordinator
        architect
    ```
    """
UNFENCED = """
    # Team

    graph TD;
    A[Coordinator] --> B[Architect];
    """
TREE = """
    # Architecture

    ```
    meetmind/
    ├── adk_agents/
    │   └── coordinator_agent.py
    └── server.py
    ```
    """
ARROWS = """
    # Architecture

    ```
    Coordinator -> Architect -> LLM
    ```

    Coordinator → Architect → LLM
    """
DEAD_IMAGE = "# Architecture\n\n![MeetMind](images/meetmind.png)\n"
LISTED = "# Diagrams\n\n- `meetmind.mermaid` - the team\n- `system.mermaid` - MeetMind, Agent Svea, Felicia's Finance\n"

DIAGRAMS_MEET = [
    Example(drawn(), why="Mermaid, boxes, PlantUML"),
    Example(
        drawn({"docs/overview.md": "# Overview\n\n## System architecture\n\n![overview](system.png)\n"})
        | {"docs/system.png": PNG},
        why="an image in a section on the architecture",
    ),
    Example(
        drawn(meetmind="# MeetMind\n")
        | texts({"docs/teams.md": SEQUENCE.replace("# Team", "# Teams\n\n    ## MeetMind")}),
        why="a team's diagram in docs/, in a section that names it",
    ),
    Example(
        drawn({"README.md": SYSTEM.replace("# The system", "# Systemet")}, agent_svea="# Svea\n\n![Svea](svea.svg)\n")
        | {"backend/agents/agent_svea/svea.svg": "<svg/>"},
        why="Swedish, and an image of a team",
    ),
]
DIAGRAMS_FALL = [
    Example(drawn(meetmind="# MeetMind\n"), score=75, why="a team without a diagram"),
    Example(drawn({}), score=75, why="no picture of the system"),
    Example(
        drawn({"docs/a.md": SYSTEM.replace("felicia[Felicia's Finance]", "money[Money]")}),
        score=75,
        why="a team is not in the picture",
    ),
    Example(drawn({}, meetmind="", agent_svea="", felicias_finance=""), score=0, why="no documents"),
]
DIAGRAMS_DECOYS = [
    Example(drawn(meetmind=UNFENCED), score=75, why="Mermaid text outside a fence"),
    Example(drawn(meetmind=NO_TYPE), score=75, why="a Mermaid fence without a diagram type"),
    Example(drawn(meetmind=NO_EDGE), score=75, why="a Mermaid fence without an edge"),
    Example(drawn(meetmind=DEAD_IMAGE), score=75, why="a dead image link"),
    Example(drawn({"docs/diagrams.md": LISTED}), score=75, why="a list of .mermaid files that do not exist"),
    Example(drawn(meetmind=TREE), score=75, why="a directory tree"),
    Example(drawn(meetmind=ARROWS), score=75, why="words joined by arrows"),
    Example(
        drawn({"backend/agents/meetmind/SYSTEM.md": SYSTEM}), score=75, why="the system drawn in one team's folder only"
    ),
]

FLOW = """
    # Harbor

    ## Data flow

    1. A user's browser sends the request with a token to the API.
    2. The API looks up the tenant and asks the team's agent.
    3. The answer is stored in Postgres, encrypted, for the tenant only.
    """
FLOW_DIAGRAM = """
    # Sekvensdiagram

    ```mermaid
    sequenceDiagram
        Klient->>API: fråga
        API->>Agent: fråga utan personuppgifter
        Agent->>Databas: spara
    ```

    Frågan går från klienten till agenten, som sparar svaret. Varje fält med personuppgifter krypteras innan det
    lagras i databasen, och nyckeln byts varje år.
    """
FLOW_MEET = [
    Example({"docs/flow.md": dedent(FLOW)}, why="numbered steps"),
    Example({"docs/floede.md": dedent(FLOW_DIAGRAM)}, why="a Swedish sequence diagram"),
    Example(
        {
            "README.rst": """
            Harbor
            ======

            Request flow
            ------------

            1. The client calls the frontend, which adds the tenant's token.
            2. The frontend calls the service.
            3. The service reads the cache, then DynamoDB, and masks names before it writes the access log.
            """
        },
        why="reStructuredText",
    ),
]
FLOW_FALL = [
    Example(
        {"docs/flow.md": dedent(FLOW).replace("tenant", "caller").replace(", encrypted,", "")},
        score=75,
        why="nothing on protection",
    ),
    Example(
        {"docs/flow.md": dedent(FLOW).replace("Postgres", "the archive").replace("stored", "put")},
        score=75,
        why="no store",
    ),
    Example({"docs/flow.md": "# Harbor\n\nA user asks, the API answers.\n"}, score=0, why="no section"),
    Example({"docs/flow.md": "# Harbor\n\n## Data flow\n\nTODO\n"}, score=0, why="no substance"),
]
FLOW_DECOYS = [
    Example({"docs/flow.md": dedent(FLOW).replace("Data flow", "Workflow")}, score=0, why="a workflow"),
    Example({"docs/flow.md": dedent(FLOW).replace("Data flow", "Demo flow")}, score=0, why="a demo flow"),
    Example(
        {"docs/flow.md": dedent(FLOW).replace("Data flow", "Authentication flow")},
        score=0,
        why="an authentication flow alone",
    ),
    Example(
        {
            "README.md": """
            # Harbor

            ## Message flow

            ```python
            # One call with its headers: the other agent answers later, to the address that is given in reply-to.
            headers = {"tenant-id": "acme", "trace-id": "workflow_123", "reply-to": "mcp://meetings/results"}
            response = await client.call_tool("accounting", "compliance_check", arguments, headers=headers)
            print(response["status"])
            ```
            """
        },
        score=50,
        why="a code sample of one call",
    ),
    Example(
        {
            "docs/flow.md": dedent(FLOW).split("1. ")[0]
            + "User → API → agent → Postgres: the user's request reaches the API, which adds the tenant, asks "
            "the agent, and stores the encrypted answer in the database for as long as the tenant wants it.\n"
        },
        score=75,
        why="arrows in prose",
    ),
    Example({"docs/flow_report.md": dedent(FLOW)}, score=0, why="a work report"),
]

IAC = "backend/infrastructure/aws/iac"
CDK = {
    f"{IAC}/cdk.json": '{"app": "python app.py"}',
    f"{IAC}/app.py": """
        from aws_cdk import App
        from stacks.vpc_stack import VpcStack
        from stacks.api_gateway_stack import ApiGatewayStack

        app = App()
        vpc = VpcStack(app, "Vpc")
        ApiGatewayStack(app, "Api", vpc=vpc)
        app.synth()
        """,
    f"{IAC}/stacks/__init__.py": "",
    f"{IAC}/stacks/vpc_stack.py": """
        from aws_cdk import Stack
        from aws_cdk import aws_ec2 as ec2

        class VpcStack(Stack):
            def __init__(self, scope, name):
                super().__init__(scope, name)
                ec2.Vpc(self, "Net")
        """,
    f"{IAC}/stacks/api_gateway_stack.py": """
        from aws_cdk import Stack
        from aws_cdk import aws_apigateway as apigw

        class ApiGatewayStack(Stack):
            def __init__(self, scope, name, vpc):
                super().__init__(scope, name)
                apigw.RestApi(self, "Api")
        """,
}
STACKS = """
    # Infrastructure

    ## Architecture

    ```mermaid
    flowchart LR
        gateway[API Gateway] --> tasks[Tasks in the VPC]
    ```

    The API Gateway stack receives requests and hands them to tasks in the VPC stack, which has two private subnets in
    two zones. In dev one task runs, in prod at least two.
    """
STACKS_SV = """
    # Harbor

    ## Arkitektur i drift

    ```text
    +-------------+      +---------+
    | API-gateway |----->| VPC     |
    +-------------+      +---------+
    ```

    API-gatewayen tar emot frågor och skickar dem till uppgifter i vpc:n, som har två privata nät i två zoner. I
    utvecklingsmiljön (dev) kör en uppgift, i produktion (prod) minst två.
    """


def deployed(text: str, path: str = f"{IAC}/README.md", code: Mapping[str, str] = CDK) -> dict[str, str]:
    """Two stacks, and a document on them."""
    return texts({**code, path: text})


FLAT = {"backend/infrastructure/aws/iac/main.tf": 'provider "aws" {\n  region = "eu-north-1"\n}\n'}
"""Terraform without modules: the folder is all there is to deploy."""
DEPLOYED_MEET = [
    Example(deployed(STACKS), why="beside the infrastructure code"),
    Example(deployed(STACKS_SV, "docs/drift.md"), why="Swedish, in docs/, boxes of text"),
    Example(
        deployed(
            STACKS_SV.replace("API-gatewayen tar", f"`{IAC}` skapar allt. API-gatewayen tar"), "docs/drift.md", FLAT
        ),
        why="infrastructure code of one piece, named by its folder",
    ),
    Example(
        deployed(STACKS.replace("# Infrastructure", "# Deployment guide"), "docs/deploy.md"),
        why="in a deployment guide",
    ),
]
DEPLOYED_FALL = [
    Example(deployed(STACKS.replace("API Gateway", "Edge")), score=75, why="a stack is not named"),
    Example(deployed(STACKS.replace("```mermaid", "```")), score=75, why="no diagram"),
    Example(
        deployed(STACKS.replace("In dev one task runs, in prod at least two.", "One task runs.")),
        score=75,
        why="no environments",
    ),
    Example(
        deployed(STACKS, "docs/deploy.md", {}),
        score=75,
        why="no infrastructure code",
    ),
    Example(deployed(STACKS, "docs/deploy.md", FLAT), score=75, why="nothing says what creates it"),
    Example(deployed("# Infrastructure\n"), score=0, why="no such section"),
    Example(deployed("# Infrastructure\n\n## Architecture\n\nTo be written\n"), score=0, why="no substance"),
]
DEPLOYED_DECOYS = [
    Example(
        deployed(STACKS.replace("# Infrastructure", "# Agents"), "docs/agents.md"),
        score=0,
        why="a logical component diagram without what it runs on",
    ),
    Example(
        deployed(STACKS.replace("API Gateway", "CloudFront").replace("VPC", "EKS")),
        score=75,
        why="services in the picture that the code does not define",
    ),
    Example(deployed(STACKS, "docs/infrastructure_summary.md"), score=0, why="a work report"),
]

FAILOVER = """
    # Operations

    ## Failover

    After five failed calls in a row the circuit breaker opens and the next provider is asked:

    1. Bedrock
    2. OpenAI
    3. rule-based answers

    After a minute the breaker is half-open and tries Bedrock again. Each change is an error in the log and raises the
    alarm `LlmFailover`.
    """
FAILOVER_SV = """
    # Drift

    Reservdrift
    -----------

    När Bedrock svarar med fel eller inte alls öppnas kretsbrytaren. Efter en minut återgår systemet om leverantören
    har återhämtat sig. Varje byte syns som ett larm.

    ```mermaid
    flowchart LR
        Bedrock --> OpenAI --> Regelbaserad
    ```
    """
FAILOVER_SPLIT = """
    # Operations

    ## Circuit breakers

    Each provider has a breaker that opens when its calls fail five times within a minute. The state is logged, and a
    metric counts how often it opened.

    ## Fallback order

    - first the region of the tenant, which is where nearly every one of the questions is answered
    - then any other

    1. AWS Bedrock in Stockholm
    2. Azure in Amsterdam

    ## Resilience in practice

    A breaker that was open for a minute lets one call through; when that call comes back the provider has recovered and
    gets all traffic again.
    """
FAILOVER_PLAIN = """
    # Drift

    ## Reservlösning för språkmodellen

    Slutar den första leverantören svara tar nästa över:

    1. Bedrock
    2. OpenAI

    Efter en halv minut provar vi den första igen, och går det bra används den som vanligt. Bytet syns i loggarna.
    """
FAILOVER_PRAISE = """
    # Drift

    ## Reservdrift

    Systemet är byggt för att tåla mycket. Vi har arbetat med reservdrift under lång tid och är stolta över resultatet,
    som har fått beröm av flera kunder i vår bransch.
    """
FAILOVER_MEET = [
    Example({"docs/operations.md": dedent(FAILOVER)}, why="one section"),
    Example({"docs/drift.md": dedent(FAILOVER_SV)}, why="Swedish, with a diagram"),
    Example({"docs/drift.md": dedent(FAILOVER_PLAIN)}, why="Swedish in everyday words"),
    Example({"docs/operations.md": dedent(FAILOVER_SPLIT)}, why="three sections of one document taken together"),
]
FAILOVER_FALL = [
    Example(
        {
            "docs/operations.md": dedent(FAILOVER).replace(
                "Each change is an error in the log and raises the\nalarm `LlmFailover`.", "Nobody notices."
            )
        },
        score=75,
        why="one cannot see it",
    ),
    Example(
        {
            "docs/operations.md": dedent(FAILOVER).replace(
                "After a minute the breaker is half-open and tries Bedrock again.", ""
            )
        },
        score=75,
        why="not a word on the way back",
    ),
    Example(
        {
            "docs/operations.md": dedent(FAILOVER).replace(
                "After five failed calls in a row the circuit breaker opens and", "Then"
            )
        },
        score=75,
        why="no trigger",
    ),
    Example(
        {"docs/operations.md": dedent(FAILOVER).replace("1. B", "B").replace("2. O", "O").replace("3. r", "r")},
        score=75,
        why="no order",
    ),
    Example({"docs/operations.md": "# Operations\n"}, score=0, why="no such section"),
    Example(
        {"docs/operations.md": "# Operations\n\n## Failover\n\nFailed calls fall over, see the log.\n"},
        score=0,
        why="too short",
    ),
]
FAILOVER_DECOYS = [
    Example({"docs/drift.md": dedent(FAILOVER_PRAISE)}, score=0, why="praise in the place of a description"),
    Example(
        {"docs/operations.md": dedent(FAILOVER).replace("## Failover", "## Provider selection")},
        score=0,
        why="the order of providers only in a section on provider choice",
    ),
    Example(
        {
            "README.md": """
            # Harbor

            ## Circuit breaker pattern

            ```python
            # Switches between the cloud and local services by itself.
            @circuit_breaker(failure_threshold=5, recovery_timeout=60)
            async def call():
                try:
                    return await aws_client.call_service()
                except AWSServiceError:
                    # Local service
                    return await local_service.call_service()
            ```

            ## Pricing

            1. Bedrock
            2. OpenAI
            """
        },
        score=50,
        why="a code sample of a circuit breaker, the order in a section on prices",
    ),
    Example({"docs/failover_report.md": dedent(FAILOVER)}, score=0, why="a work report"),
    Example({"backend/tests/README.md": dedent(FAILOVER)}, score=0, why="a description of tests"),
]
