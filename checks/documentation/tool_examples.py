"""Small repositories that prove the check of offered tools."""

from pytest_readiness.authoring import Example

AGENT = "class CoordinatorAgent:\n    def _plan(self, topic):\n        return topic\n"
DECORATED = """
    from mcp.server.fastmcp import Context, FastMCP

    mcp = FastMCP("meetmind")


    @mcp.tool()
    async def summarize_meeting(meeting_id: str, style: str = "short", ctx: Context = None) -> str:
        return meeting_id + style


    @mcp.tool
    def ping() -> str:
        return "ok"
    """
LISTED = """
    from mcp import types
    from mcp.server import Server

    app = Server("svea")
    SCHEMA = {"type": "object", "properties": {"account": {"type": "string"}, "year": {"type": "integer"}}}


    @app.list_tools()
    async def list_tools():
        return [types.Tool(name="check_account", description="Checks an account.", inputSchema=SCHEMA)]
    """
ROUTED = """
    from fastapi import APIRouter, Depends, FastAPI, Request
    from pydantic import BaseModel

    app = FastAPI()
    router = APIRouter(prefix="/finance")


    class Order(BaseModel):
        symbol: str
        amount: float


    @router.post("/orders")
    def place(order: Order, request: Request, dry_run: bool = False):
        return order


    @router.get("/orders/{order_id}")
    def show(order_id: str):
        return order_id


    app.include_router(router)
    """
MEETMIND_DOC = """
    # MeetMind

    ## Tools

    ### `summarize_meeting`

    Writes the minutes of the meeting with that `meeting_id` in the given `style` and returns them as text.

    ### ping

    Answers ok when the server is up.
    """
SVEA_DOC = """
    # Svea

    Verktyg
    -------

    | verktyg | parametrar | svar |
    | --- | --- | --- |
    | `check_account` | `account`: kontonummer, `year`: räkenskapsår | om kontot finns i kontoplanen |
    """
FINANCE_DOC = """
    # Finance

    ## Routes

    `POST /finance/orders` places an order (`{"symbol": "BTC", "amount": 0.1}`); with `dry_run` nothing is bought.

    ```bash
    curl http://localhost:8002/finance/orders/42
    ```
    """
AGENTS = "backend/agents"
CODE = {
    f"{AGENTS}/meetmind/adk_agents/coordinator_agent.py": AGENT,
    f"{AGENTS}/agent_svea/adk_agents/coordinator_agent.py": AGENT,
    f"{AGENTS}/felicias_finance/adk_agents/agents/coordinator_agent.py": AGENT,
    f"{AGENTS}/meetmind/server.py": DECORATED,
    f"{AGENTS}/agent_svea/server.py": LISTED,
    f"{AGENTS}/felicias_finance/server.py": ROUTED,
    f"{AGENTS}/agent_svea/README.md": SVEA_DOC,
    f"{AGENTS}/felicias_finance/README.md": FINANCE_DOC,
}


def offered(meetmind: str, **changes: str) -> dict[str, str]:
    """The three teams, and what MeetMind's README says."""
    paths = {f"{AGENTS}/{name.replace('__', '/')}.py": text for name, text in changes.items()}
    return CODE | {f"{AGENTS}/meetmind/README.md": meetmind} | paths


SCORE = 200 / 3
TOOLS_MEET = [
    Example(offered(MEETMIND_DOC), why="decorators, a list of Tool objects, routes"),
    Example(
        CODE
        | {"docs/meetmind.md": MEETMIND_DOC, f"{AGENTS}/agent_svea/README.md": "# Svea\n", "docs/svea.md": SVEA_DOC},
        why="documented in docs/",
    ),
    Example(
        offered(
            MEETMIND_DOC.replace(
                "### `summarize_meeting`\n", '### Minutes\n\n    ```json\n    {"tool": "summarize_meeting"}\n    ```\n'
            )
        ),
        why="the tool's name in a fence",
    ),
]
TOOLS_FALL = [
    Example(offered("# MeetMind\n"), score=SCORE, why="tools without a word"),
    Example(offered(MEETMIND_DOC.replace(" in the given `style`", "")), score=SCORE, why="a parameter is not named"),
    Example(offered(MEETMIND_DOC, meetmind__server="PORT = 8003\n"), score=SCORE, why="neither tools nor routes"),
    Example(offered(MEETMIND_DOC.replace("### ping", "### Health")), score=SCORE, why="one tool of two"),
    Example(
        offered(MEETMIND_DOC)
        | {f"{AGENTS}/felicias_finance/README.md": FINANCE_DOC.replace("/orders/42", "/portfolio")},
        score=SCORE,
        why="a route without a word",
    ),
]
TOOLS_DECOYS = [
    Example(
        offered(
            "# MeetMind\n\n## Coordinator\n\nCalls `_plan(topic)`, `summarize()` for the `meeting_id` in the `style`.\n"
        ),
        score=SCORE,
        why="internal method names of agents",
    ),
    Example(
        offered(
            "# MeetMind\n\n## Files\n\nmeeting_id, style, these files:\n\n```\ntools/\n"
            "├── summarize_meeting\n└── ping\n```\n"
        ),
        score=SCORE,
        why="tool names in a tree of files",
    ),
    Example(
        offered(
            "# MeetMind\n\nThe server exposes MCP tools that summarize a meeting for any meeting id, in any style.\n"
        ),
        score=SCORE,
        why='a generic "exposes MCP tools"',
    ),
    Example(
        offered(MEETMIND_DOC)
        | {f"{AGENTS}/meetmind/tests/test_server.py": "from mcp import Tool\n\nfake = Tool(name='fake')\n"},
        score=100,
        why="a tool of a test is offered to nobody",
    ),
    Example(
        offered("# MeetMind\n\nNothing yet.\n") | {f"{AGENTS}/agent_svea/TOOLS.md": MEETMIND_DOC},
        score=SCORE,
        why="another team's documents",
    ),
]
