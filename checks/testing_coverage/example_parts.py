"""A small product with a model service, two agents and a web application: what the examples of tests are about."""

import textwrap

from pytest_readiness.authoring import Example

SERVICE = """
    from abc import ABC, abstractmethod
    from openai import AsyncOpenAI

    class LLMService(ABC):
        @abstractmethod
        async def complete(self, prompt): ...

    class OpenAIService(LLMService):
        def __init__(self, client=None):
            self.client = client or AsyncOpenAI()

        async def complete(self, prompt):
            answer = await self.client.responses.create(model="m", input=prompt)
            return answer.output_text
    """
AGENT = """
    import json

    class {name}:
        def __init__(self, llm=None):
            self.llm = llm

        def get_status(self):
            return {{"language": "svenska"}}

        async def plan(self, topic):
            if self.llm is None:
                return self._rules(topic)
            try:
                return json.loads(await self.llm.complete(f"Svara på svenska: {{topic}}"))
            except Exception:
                return self._rules(topic)

        def _rules(self, topic):
            return {{"plan": sorted(topic.split())}}
    """
PLAIN_AGENT = """
    class Architect:
        def draw(self, topic):
            return {"parts": sorted(topic)}
    """
WEB = """
    from fastapi import FastAPI
    app = FastAPI()

    @app.get("/health")
    def health():
        return {"status": "ok"}
    """
PRODUCT = {
    "app/__init__.py": "",
    "app/service.py": SERVICE,
    "app/agents/coordinator.py": AGENT.format(name="Coordinator"),
    "app/agents/architect.py": AGENT.format(name="Architect"),
}
NO_MODEL = {"app/__init__.py": "", "app/tax.py": "def tax(net):\n    return net * 25 // 100\n"}
STRICT = {"pytest.ini": "[pytest]\nasyncio_mode = strict\n"}
AUTO = {"pytest.ini": "[pytest]\nasyncio_mode = auto\n"}
HEAD = """
import asyncio
import json
import os
import unittest
from unittest.mock import AsyncMock, MagicMock, Mock, patch
import pytest
from app.agents.architect import Architect
from app.agents.coordinator import Coordinator
from app.service import OpenAIService
"""
DOUBLES = """
class Model:
    def __init__(self, error=None):
        self.error = error
        self.prompts = []

    async def complete(self, prompt):
        self.prompts.append(prompt)
        if self.error is not None:
            raise self.error
        return '{"plan": ["a", "b"]}'

"""


def team(name: str, *roles: str, language: str | None = None) -> dict[str, object]:
    """Settings for a repository whose one team has these agents."""
    teams: dict[str, dict[str, object]] = {t: {"roles": []} for t in ("meetmind", "agent_svea", "felicias_finance")}
    teams[name] = {"files": "app/agents/<role>.py", "roles": list(roles), "language": language}
    return {"source_roots": ["."], "teams": teams}


ONE, TWO = team("meetmind", "coordinator"), team("meetmind", "coordinator", "architect")


def path_of(name: str) -> str:
    """A path as a keyword: `__` stands for a slash and `_DOT_` for a dot."""
    return name.replace("__", "/").replace("_DOT_", ".")


def tested(  # noqa: PLR0913, PLR0917 - each says one thing of the example
    tests: str,
    why: str,
    score: float | None = None,
    settings: dict[str, object] = TWO,
    status: str | None = None,
    product: dict[str, str] = PRODUCT,
    **more: str,
) -> Example:
    """A repository with that product and one file of tests below the usual imports; further files by `path_of`."""
    files = {path_of(name): text for name, text in more.items()}
    body = HEAD + DOUBLES + textwrap.dedent(tests)
    return Example({**product, **STRICT, "tests/test_app.py": body, **files}, why, score, status, settings)
