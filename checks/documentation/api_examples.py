"""Small repositories that prove the checks of examples, references and offered tools."""

from pytest_readiness.authoring import Example

AGENT = """
    class CoordinatorAgent:
        def __init__(self, llm_service):
            self.llm_service = llm_service
    """
INTERFACE = """
    from abc import ABC, abstractmethod

    class LLMService(ABC):
        @abstractmethod
        async def generate_completion(self, prompt: str, agent_id: str, max_tokens: int = 500) -> dict: ...

        @abstractmethod
        async def get_usage_stats(self, *, tenant_id: str) -> dict: ...

        def _key(self):
            return None
    """
FALLBACK_INTERFACE = """
    try:
        from backend.core.interfaces import LLMService
    except ImportError:
        class LLMService:
            async def generate_completion(self, **kwargs): ...

    class CoordinatorAgent:
        def __init__(self, llm_service: LLMService):
            self.llm_service = llm_service
    """
TEAMS = {
    f"backend/agents/{team}/adk_agents/{folder}coordinator_agent.py": AGENT
    for team, folder in (("meetmind", ""), ("agent_svea", ""), ("felicias_finance", "agents/"))
}
CODE = TEAMS | {"backend/__init__.py": "", "backend/core/__init__.py": "", "backend/core/interfaces.py": INTERFACE}
CALL = """
    from backend.core.interfaces import LLMService

    async def ask(llm: LLMService) -> dict:
        return await llm.generate_completion(prompt="Hello", agent_id="x")
    """


def fenced(code: str, tag: str = "python") -> str:
    """A README with the code in a fence."""
    return f"# Team\n\nHow to ask the model:\n\n```{tag}\n{_plain(code)}```\n"


def _plain(code: str) -> str:
    lines = code.strip("\n").splitlines()
    return "".join(f"{line[4:]}\n" for line in lines)


def readmes(text: str, other: str | None = None) -> dict[str, str]:
    """The three teams; two with a sound example, and the README of the third. `other` is for all of them."""
    teams = ("meetmind", "agent_svea", "felicias_finance")
    sound = fenced(CALL) if other is None else other
    return (
        CODE
        | {f"backend/agents/{team}/README.md": sound for team in teams}
        | {"backend/agents/meetmind/README.md": text}
    )


def _two_of_three(text: str, why: str) -> Example:
    return Example(readmes(text), score=pytest_third(2), why=why)


def pytest_third(good: int) -> float:
    """The score of so many of three teams."""
    return 100 * good / 3


SUPPORT_RST = """
    Support
    =======

    .. code-block:: python

       from shop.llm.gateway import LLMGateway

       answer = await LLMGateway().chat(messages=[], temperature=0)
    """
AWAITED = """
    from backend.core.interfaces import LLMService

    answer = await service.generate_completion(prompt="Hello", agent_id="x", max_tokens=100)
    async for row in rows:
        print(row)
    """
EXAMPLES_MEET = [
    Example(readmes(fenced(CALL)), why="a function that asks the service"),
    Example(readmes(fenced(AWAITED, "py")), why="await at the top, another tag"),
    Example(
        {p: t for p, t in readmes("").items() if "meetmind/README" not in p}
        | {"backend/agents/meetmind/adk_agents/README.md": fenced(CALL)},
        why="a README below the team's folder",
    ),
    Example(
        {
            "src/shop/__init__.py": "",
            "src/shop/support/architect.py": AGENT,
            "src/shop/llm/__init__.py": "",
            "src/shop/llm/gateway.py": "class LLMGateway:\n    async def chat(self, messages, **options): ...\n",
            "src/shop/support/README.rst": SUPPORT_RST,
        },
        settings={
            "source_roots": ["src"],
            "teams": {"support": {"files": "src/shop/support/<role>.py"}},
            "paths": {"agents": "src/shop"},
        },
        why="another layout, reStructuredText, a method that takes any keyword",
    ),
]
EXAMPLES_FALL = [
    _two_of_three("# Team\n", "a team without an example"),
    Example(readmes("# Team\n", "# Team\n"), score=0, why="no team has one"),
]
WRONG_PARAMETER = CALL.replace("agent_id=", "agent=")
EXAMPLES_DECOYS = [
    _two_of_three(fenced(CALL.replace('agent_id="x")', 'agent_id="x", ...)')), "a fence that does not parse"),
    _two_of_three(fenced(CALL.replace("core.interfaces", "core.service")), "it imports a module that does not exist"),
    _two_of_three(fenced(CALL.replace("import LLMService", "import Llm")), "it imports a name that does not exist"),
    _two_of_three(
        fenced("""
    from backend.core.interfaces import LLMService
    from openai import AsyncOpenAI

    answer = await AsyncOpenAI().chat.completions.create(model="gpt-4", messages=[])
    """),
        "an example that calls a vendor SDK directly (chat.completions.create)",
    ),
    _two_of_three(
        fenced("    import backend.core.interfaces\n    # llm.generate_completion(prompt=question)\n"), "pseudo-code"
    ),
    _two_of_three(fenced(CALL, ""), "an untagged fence"),
    _two_of_three(fenced(WRONG_PARAMETER), "a call with a parameter the service does not have"),
    _two_of_three(fenced(CALL.replace('"Hello"', "...")), "an Ellipsis instead of an argument"),
    _two_of_three(fenced(CALL.replace('prompt="Hello", agent_id="x"', "question")), "no keyword"),
    _two_of_three(
        fenced(
            CALL.replace("from backend.core.interfaces import LLMService", "import json").replace(": LLMService", "")
        ),
        "it imports nothing of the repository",
    ),
    Example(
        readmes(fenced(WRONG_PARAMETER))
        | {"backend/agents/felicias_finance/adk_agents/agents/coordinator_agent.py": FALLBACK_INTERFACE},
        score=pytest_third(2),
        why="a stand-in for a failed import takes any keyword, the service does not",
    ),
]

GENERATE_DOC = """
    ### `generate_completion()`

    Asks the providers in turn for an answer to one prompt. Failing providers are skipped, and what was answered is
    kept for an hour so that the same question is free of charge the second time.

    | parameter | meaning |
    | --- | --- |
    | `prompt` | the question |
    | `agent_id` | who asks |
    | `max_tokens` | longest answer |

    Returns a dict with `content` and `cost`.
    """
USAGE_DOC = """
    ### get_usage_stats

    ```python
    async def get_usage_stats(self, *, tenant_id: str) -> dict
    ```

    Counts of requests, tokens and money that the tenant has used since the beginning of the current calendar month,
    by agent and by model.
    """
SUMMARY_TABLE = """
    ## Methods

    | method | parameters | returns |
    | --- | --- | --- |
    | `generate_completion()` | `prompt`, `agent_id`, `max_tokens` | the answer of the first provider that has one |
    | `get_usage_stats()` | `tenant_id` | counts of requests, tokens and money since the beginning of the month |
    """
SWEDISH_DOC = """
    # LLM-tjänsten

    Metoden generate_completion
    ---------------------------

    Ställer frågan i `prompt` åt agenten i `agent_id` till leverantörerna i tur och ordning och ger ett svar på högst
    `max_tokens` ord. Den som misslyckas hoppas över och nästa frågas.

    Metoden get_usage_stats
    -----------------------

    Metoden räknar frågor, ord och kronor för hyresgästen i `tenant_id` sedan månadens början, uppdelat på agent och på
    modell, och returnerar dem som en ordbok.
    """
PLACE = "backend/core/llm/README.md"


def reference(*parts: str, path: str = PLACE) -> dict[str, str]:
    """The interface, and its documentation."""
    return CODE | {"backend/core/llm/__init__.py": "", path: "# LLM service\n" + "".join(_dedent(p) for p in parts)}


def _dedent(text: str) -> str:
    return "\n".join(line.removeprefix("    ") for line in text.splitlines()) + "\n"


REFERENCE_MEET = [
    Example(reference(GENERATE_DOC, USAGE_DOC), why="a table and a signature"),
    Example(CODE | {"docs/llm.md": _dedent(SWEDISH_DOC)}, why="Swedish, underlined headings, in docs/"),
    Example(
        {
            "src/shop/llm/model.py": """
                from typing import Protocol

                class TextModel(Protocol):
                    async def complete(self, prompt: str) -> str: ...
                """,
            "src/shop/llm/README.md": """
                # Text model

                ## complete

                `complete(prompt)` asks each provider in turn and returns the text of the first that answers. Where
                none can, ModelUnavailable is raised, and agents then answer from rules of their own.
                """,
            "src/shop/support/architect.py": """
                from shop.llm.model import TextModel

                class ArchitectAgent:
                    def __init__(self, llm: TextModel):
                        self.llm = llm

                    async def plan(self, topic):
                        return {"plan": await self.llm.complete(topic)}
                """,
        },
        settings={"source_roots": ["src"], "teams": {"support": {"files": "src/shop/support/<role>.py"}}},
        why="a Protocol under another name, found by its role",
    ),
]
REFERENCE_FALL = [
    Example(reference(GENERATE_DOC), score=50, why="one method of two"),
    Example(
        reference(GENERATE_DOC.replace("`max_tokens` | longest", "`size` | longest"), USAGE_DOC),
        score=50,
        why="a parameter is not named",
    ),
    Example(CODE, score=0, why="no document"),
    Example(TEAMS | {PLACE: "# LLM service\n" + _dedent(GENERATE_DOC)}, score=0, why="no interface in the code"),
]
REFERENCE_DECOYS = [
    Example(reference(SUMMARY_TABLE), score=0, why="the method in a summary table only"),
    Example(
        CODE
        | {
            "backend/core/interfaces.py": '''
                class LLMService:
                    async def generate_completion(self, prompt, agent_id):
                        """Asks the model the prompt for the agent with agent_id and returns its answer as a dict."""
                '''
        },
        score=0,
        why="a docstring only",
    ),
    Example(
        reference(
            GENERATE_DOC.split("| parameter", maxsplit=1)[0]
            + "```python\nanswer = await llm.generate_completion(prompt=text)\n```\n",
            USAGE_DOC,
        ),
        score=50,
        why="a heading with an example that uses some of the parameters",
    ),
    Example(
        reference(GENERATE_DOC, USAGE_DOC, path="backend/infrastructure/aws/LLM_ADAPTER_README.md"),
        score=0,
        why="an adapter's own README elsewhere",
    ),
    Example(
        reference(GENERATE_DOC.replace("Returns a dict with", "Keys:"), USAGE_DOC),
        score=50,
        why="not a word on what comes back",
    ),
    Example(reference(GENERATE_DOC, USAGE_DOC, path="docs/llm_summary.md"), score=0, why="a work report"),
]
