"""Small repositories that prove the checks of team READMEs, made for each team."""

from collections.abc import Sequence
from textwrap import dedent
from typing import TypedDict

from pytest_readiness.authoring import Example

AGENTS = "backend/agents"

PURPOSE = """
    MeetMind turns the notes of a meeting into an agenda, a list of promises and a list of questions that are still
    open, so that nobody has to write minutes by hand.
    """
WHO = """
    ## Agents

    | agent | task |
    | --- | --- |
    | Coordinator | puts the topics in order |
    | Quality assurance | finds what is left open |
    """
CONFIGURATION = """
    ## Configuration

    The team reads `NOTES_BUCKET` and `OPENAI_API_KEY` from the environment.
    """
RUN = """
    ## Running the team

    ```bash
    python -m backend.agents.{team}.server
    ```
    """
LLM = """
    ## Language model

    Questions go to Claude on Bedrock. Without a model the agents use a rule-based fallback.
    """
TESTS = """
    ## Tests

    ```bash
    pytest backend/agents/{team}/tests
    ```
    """
TROUBLE = """
    ## Troubleshooting

    ### The model times out

    ```bash
    aws bedrock list-foundation-models
    ```

    ### No agenda comes back

    Set `LOG_LEVEL=DEBUG` and look for the topic.
    """
PARTS = (PURPOSE, WHO, CONFIGURATION, RUN, LLM, TESTS, TROUBLE)
SETEXT = """
    MeetMind
    ========

    What it does
    ------------

    MeetMind turns the notes of a meeting into an agenda, a list of promises and a list of questions that are still
    open, so that nobody has to write minutes by hand. The coordinator puts topics in order; the *quality-assurance*
    agent finds what is left open.

    Environment variables
    ---------------------

    | variable | meaning |
    | --- | --- |
    | `NOTES_BUCKET` | where notes lie |

    Getting started
    ---------------

    ```console
    $ cd backend/agents/{team}
    $ uvicorn server:app --port 8100
    ```

    LLM and reserve
    ---------------

    1. Claude on Bedrock
    2. GPT at OpenAI
    3. fallback: our own rules

    How to test
    -----------

    ```sh
    cd backend/agents/{team} && python -m pytest tests/test_agents.py -q
    ```

    Common problems
    ---------------

    - **Nothing starts.** Is the port taken? `lsof -i :8100`
    - **Answers are thin.** The rules answered: `grep fallback server.log`
    """
SWEDISH = """
    # MeetMind

    ## Syfte

    MeetMind gör om anteckningar från möten till en dagordning, en lista med löften och en lista med öppna frågor, så
    att ingen behöver skriva protokoll för hand.

    ## Agenter

    Samordnaren ordnar ämnena. Agenten för kvalitetssäkring letar efter det som lämnats öppet.

    ## Konfiguration

    Miljövariabeln `NOTES_BUCKET` säger var anteckningarna ligger.

    ## Starta

    ```bash
    docker compose up
    ```

    ## Språkmodell

    Frågorna går till Claude. När modellen är borta svarar agenterna i reservläge, regelbaserat.

    ## Tester

    ```bash
    make test
    ```

    ## Felsökning

    ### Modellen svarar inte

    Kontrollera nyckeln: `echo $OPENAI_API_KEY`.

    ### Dagordningen blir tom

    ```bash
    docker compose logs
    ```
    """
HEADINGS_ONLY = """
    # MeetMind

    ## Agents
    ## Configuration
    TODO
    ## Running the team
    TBD
    ## Language model
    ## Tests
    ## Troubleshooting
    """
FILES_ONLY = """
    ## Files

    ```
    adk_agents/
    ├── coordinator_agent.py
    └── quality_assurance_agent.py
    ```

    - `adk_agents/coordinator_agent.py`
    - `adk_agents/quality_assurance_agent.py`
    """


class Proof(TypedDict):
    """The example lists of a check."""

    meets: Sequence[Example]
    falls_short: Sequence[Example]
    decoys: Sequence[Example]


def readme_proof(team: str) -> Proof:
    """The examples of the team's check."""
    whole = readme(team)
    missing = [
        Example(
            repo(team, _without(team, part)), score=87.5, why=f"no section: {part.split('#')[-1].split(chr(10))[0]}"
        )
        for part in (WHO, CONFIGURATION, RUN, LLM, TESTS, TROUBLE)
    ]
    return {
        "meets": [
            Example(repo(team, whole), why="plain Markdown"),
            Example(repo(team, dedent(SETEXT).format(team=team)), why="underlined headings, tables, lists, a console"),
            Example(
                repo(
                    team,
                    dedent(SWEDISH).replace(
                        "svarar agenterna i reservläge, regelbaserat", "faller de tillbaka på egna regler"
                    ),
                )
                | {"docker-compose.yml": COMPOSE, "Makefile": "test:\n\tpytest\n"},
                why="a Swedish README that starts the team with compose",
            ),
            Example(
                {
                    f"app/meetings/{p.rpartition('/')[2]}": t
                    for p, t in repo(team, "").items()
                    if p.endswith("_agent.py")
                }
                | {
                    "app/meetings/README.md": whole.replace(f"backend/agents/{team}/", "app/meetings/").replace(
                        f"backend.agents.{team}.", "app.meetings."
                    ),
                    "app/meetings/server.py": SERVER,
                    "app/meetings/tests/test_agents.py": TEST,
                },
                settings={"teams": {team: {"files": "app/meetings/<role>_agent.py"}}, "paths": {"agents": "app"}},
                why="another layout",
            ),
        ],
        "falls_short": [
            *missing,
            Example(repo(team, whole + "\nSee [the design](docs/design.md).\n"), score=87.5, why="a dead link"),
            Example(repo(team, _without(team, PURPOSE)), score=87.5, why="no word on what it is for"),
            Example({p: t for p, t in repo(team, "").items() if not p.endswith("README.md")}, score=0, why="no README"),
        ],
        "decoys": [
            Example(repo(team, dedent(HEADINGS_ONLY)), score=12.5, why="headings without body, TODO"),
            Example(
                {p: t for p, t in repo(team, "").items() if not p.endswith("README.md")}
                | {f"{AGENTS}/{team}/adk_agents/README.md": whole, f"demo/{team}/README.md": whole},
                score=0,
                why="a README in a sub-folder or a demo script of the same team",
            ),
            Example(
                repo(team, _without(team, WHO) + dedent(FILES_ONLY)),
                score=87.5,
                why="code files named instead of explained",
            ),
            Example(
                repo(team, whole.replace(f"pytest backend/agents/{team}/tests", "pytest backend/agents/other/tests")),
                score=75,
                why="the tests that it names do not exist",
            ),
            Example(
                repo(team, whole.replace(".server", ".service")),
                score=75,
                why="what it starts does not exist",
            ),
            Example(
                repo(
                    team,
                    "# Assistant for AI meetings\n"
                    + "\n".join(_without(team, LLM).splitlines()[1:]).replace(
                        "The model times out", "The fallback answers, GPT is away"
                    ),
                ),
                score=87.5,
                why="the title names AI; no section says what happens without the model",
            ),
        ],
    }


SERVER = (
    "import uvicorn\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\nif __name__ == '__main__':\n    uvicorn.run(app)"
)
TEST = "def test_order():\n    assert sorted([2, 1]) == [1, 2]\n"
COMPOSE = "services:\n  team:\n    image: meetmind:1\n"
AGENT = "class {name}:\n    def __init__(self, llm_service=None):\n        self.llm_service = llm_service\n"


def readme(team: str) -> str:
    """A README with all eight elements."""
    return "# MeetMind\n" + "".join(dedent(part).format(team=team) for part in PARTS)


def repo(team: str, text: str) -> dict[str, str]:
    """A repository with the team, two agents, a server, a test, and this README."""
    folder = f"{AGENTS}/{team}"
    return {
        f"{folder}/README.md": text,
        f"{folder}/adk_agents/coordinator_agent.py": AGENT.format(name="CoordinatorAgent"),
        f"{folder}/adk_agents/quality_assurance_agent.py": AGENT.format(name="QualityAssuranceAgent"),
        f"{folder}/server.py": SERVER,
        f"{folder}/tests/test_agents.py": TEST,
    }


def _without(team: str, part: str) -> str:
    return readme(team).replace(dedent(part).format(team=team), "\n")
