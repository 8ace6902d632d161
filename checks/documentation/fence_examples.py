"""Small repositories that prove the check of Python fences."""

from pytest_readiness.authoring import Example

CODE = {
    "backend/__init__.py": "",
    "backend/core/__init__.py": "",
    "backend/core/interfaces.py": "class LLMService:\n    pass\n",
    "backend/core/llm/__init__.py": "",
    "backend/agents/meetmind/adk_agents/coordinator_agent.py": "class CoordinatorAgent:\n    pass\n",
}
SOUND = "from backend.core.interfaces import LLMService\n\nanswer = await LLMService().ask()"
SIGNATURE = "async def ask(self, prompt: str) -> dict"
README = "backend/core/llm/README.md"
TEAM = "backend/agents/meetmind/README.md"


def fences(*codes: str, tag: str = "python", path: str = README) -> dict[str, str]:
    """The code, and a README with these fences."""
    return CODE | {path: "# Examples\n" + "".join(f"\n```{tag}\n{code}\n```\n" for code in codes)}


FENCES_MEET = [
    Example(fences(SOUND, SIGNATURE), why="an await at the top, a bare signature"),
    Example(fences("    import openai\n\n    openai.ask()", tag="py", path=TEAM), why="indented, a library of others"),
    Example(fences(SOUND) | fences('{"cached": true, "cost": 0.1}', tag="json", path=TEAM), why="JSON tagged as such"),
]
FENCES_FALL = [
    Example(fences(SOUND, "ask(prompt='x', ...)"), score=50, why="a positional ... after keyword arguments"),
    Example(fences(SOUND, "from backend.core.service import ask"), score=50, why="a module that does not exist"),
    Example(fences(SOUND, "from backend.core.interfaces import Llm"), score=50, why="a name that does not exist"),
    Example(CODE, score=0, why="no fence at all"),
]
FENCES_DECOYS = [
    Example(fences(SOUND, 'requests_total{agent="a"} 3'), score=50, why="metric lines tagged as Python"),
    Example(
        fences(SOUND, '{"passed": true/false, "score": 0.0-1.0,, }'), score=50, why="JSON that does not parse as Python"
    ),
    Example(fences(SOUND, tag=""), score=0, why="fences without a tag"),
    Example(fences(SOUND, tag="bash"), score=0, why="fences with another tag"),
    Example(fences(SOUND, path="docs/llm.md"), score=0, why="a document elsewhere"),
    Example(
        fences(SOUND) | fences("ask(prompt='x', ...)", path="README.md"),
        score=100,
        why="the root's README is not asked about",
    ),
]
