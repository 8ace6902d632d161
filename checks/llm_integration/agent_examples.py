"""Small repositories that prove the checks of single agents, made for each role of each team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

from pytest_readiness.authoring import Example

from .agents import LINKS

FOLDERS = {
    "meetmind": "backend/agents/meetmind/adk_agents",
    "agent_svea": "backend/agents/agent_svea/adk_agents",
    "felicias_finance": "backend/agents/felicias_finance/adk_agents/agents",
}

INTERFACE = """
    from abc import ABC, abstractmethod

    class LLMService(ABC):
        @abstractmethod
        async def generate_completion(self, prompt: str) -> dict: ...
    """
SERVICE = """
    from openai import AsyncOpenAI
    from backend.core.interfaces import LLMService

    class OpenAIService(LLMService):
        def __init__(self):
            self.client = AsyncOpenAI()

        async def generate_completion(self, prompt):
            answer = await self.client.chat.completions.create(model="m", messages=[{"content": prompt}])
            return {"content": answer.choices[0].message.content}
    """
CORE = {"backend/core/interfaces.py": INTERFACE, "backend/core/service.py": SERVICE}

BY_PARAMETER = """
    class {name}:
        def __init__(self, llm_service=None):
            self.llm_service = llm_service

        async def plan(self, topic):
            answer = await self.llm_service.generate_completion(prompt=topic)
            return {{"plan": answer["content"]}}
    """
BY_KEY = """
    import json

    class {name}:
        def __init__(self, services=None):
            self.services = services or {{}}
            self.llm_service = self.services.get("llm_service")

        async def handle(self, message):
            if message["tool"] == "plan":
                return await self._plan(message)
            return {{"error": "unknown tool"}}

        async def _plan(self, message):
            if self.llm_service:
                try:
                    answer = await self.llm_service.generate_completion(prompt=json.dumps(message))
                    return {{"plan": json.loads(answer["content"])}}
                except Exception:
                    pass
            return {{"plan": sorted(message)}}
    """
REGISTRY = """
    from {module} import {name}
    from backend.core.registry import register
    from backend.core.service import OpenAIService

    def _services():
        return {{"llm_service": OpenAIService(), "clock": None}}

    @register("agent")
    def build():
        services = _services()
        return {name}(services=services)
    """
REGISTER = "def register(name):\n    return lambda function: function\n"
TEAM = """
    from {module} import {name}
    from backend.core.service import OpenAIService

    agent = {name}(llm_service=OpenAIService())
    """
DATACLASS = """
    from dataclasses import dataclass
    from typing import Protocol

    class TextModel(Protocol):
        async def generate_completion(self, prompt: str) -> dict: ...

    @dataclass
    class {name}:
        brain: TextModel | None = None

        async def stream(self, topic):
            async for part in self._parts(topic):
                yield part

        async def _parts(self, topic):
            async for chunk in self.brain.generate_completion(topic):
                yield chunk["text"]
    """
DATACLASS_TEAM = """
    from {module} import {name}
    from backend.core.service import OpenAIService

    TEAM = [{name}]

    def build(service):
        return {{agent.__name__: agent(brain=service) for agent in TEAM}}

    agents = build(OpenAIService())
    """
BASE = """
    from backend.core.access import get_model

    class Asking:
        def __init__(self):
            self.handlers = {"plan": self._plan}

        async def handle(self, tool, topic):
            return await self.handlers[tool](topic)

        async def _plan(self, topic):
            return {"plan": await self._ask(self.question(topic))}

        async def _ask(self, prompt):
            for attempt in range(3):
                if (llm := get_model()) is not None:
                    answer = await llm.generate_completion(prompt)
                    return answer["content"]
            return prompt.split()
    """
INHERITING = """
    from backend.core.asking import Asking

    class {name}(Asking):
        def question(self, topic):
            return "Plan " + topic
    """
ACCESS = """
    from backend.core.service import OpenAIService

    _service = None

    def get_model():
        global _service
        if _service is None:
            _service = OpenAIService()
        return _service
    """
OWN_CLIENT = """
    import os
    from openai import AsyncOpenAI

    class {name}:
        def __init__(self, services=None):
            self.llm_client = AsyncOpenAI(api_key=os.getenv("OPENAI_API_KEY"))

        async def plan(self, topic):
            answer = await self.llm_client.chat.completions.create(model="m", messages=[{{"content": topic}}])
            return {{"plan": answer.choices[0].message.content}}
    """
GENAI = """
    import google.generativeai as genai

    class {name}:
        def __init__(self, llm_service=None):
            self.llm = genai.GenerativeModel("gemini")

        async def plan(self, topic):
            return {{"plan": self.llm.generate_content(topic).text}}
    """
BOTO3 = """
    import boto3

    class {name}:
        def __init__(self, llm_service=None):
            self.llm = boto3.client("bedrock-runtime")

        def plan(self, topic):
            return self.llm.converse(modelId="m", messages=topic)["output"]
    """
NEVER_CALLED = """
    class {name}:
        def __init__(self, llm_service=None):
            self.llm_service = llm_service

        async def plan(self, topic):
            return {{"plan": topic.split()}}
    """
UNREACHED = """
    class {name}:
        def __init__(self, llm_service=None):
            self.llm_service = llm_service

        async def plan(self, topic):
            return {{"plan": topic.split()}}

        async def _plan_with_model(self, topic):
            answer = await self.llm_service.generate_completion(prompt=topic)
            return {{"plan": answer["content"]}}
    """
THROWN_AWAY = """
    import logging

    class {name}:
        def __init__(self, llm_service=None):
            self.llm_service = llm_service

        async def plan(self, topic):
            answer = await self.llm_service.generate_completion(prompt=topic)
            logging.info("answer %s", answer)
            if answer:
                return {{"plan": ["analyse", "decide"], "model_used": True}}
            return {{"plan": []}}
    """
IGNORED = """
    class {name}:
        def __init__(self, llm_service=None):
            self.llm_service = llm_service

        async def plan(self, topic):
            answer = await self.llm_service.generate_completion(prompt=topic)
            return self._structured(answer["content"])

        def _structured(self, content):
            if not content:
                raise ValueError("no answer")
            return {{"plan": ["analyse", "decide"]}}
    """
STATUS_ONLY = """
    class {name}:
        '''Plans with llm_service.generate_completion, the central LLM service.'''

        def plan(self, topic):
            # self.llm_service.generate_completion(prompt=topic)
            print("asking llm_service.generate_completion")
            return {{"plan": topic.split()}}

        def get_status(self):
            return {{"llm_integration": "enabled", "llm_service": "generate_completion"}}
    """
DEAD_CALL = """
    class {name}:
        def __init__(self, llm_service=None):
            self.llm_service = llm_service

        async def plan(self, topic):
            return {{"plan": topic.split()}}
            answer = await self.llm_service.generate_completion(prompt=topic)
            return {{"plan": answer["content"]}}
    """
STUB = """
    class {name}:
        def __init__(self, llm_service=None):
            self.role = "agent"

    AGENTS = {{"agent": {name}(llm_service=object())}}
    """
BESIDE = """
    import openai

    class {name}:
        def __init__(self, llm_service=None):
            self.llm_service = llm_service
            self.spare = openai.OpenAI()

        async def plan(self, topic):
            answer = await self.llm_service.generate_completion(prompt=topic)
            return {{"plan": answer["content"]}}
    """
SHADOWED = """
    from {module} import {name}
    from backend.core.service import OpenAIService

    class {name}:
        def __init__(self, llm_service):
            self.role = "agent"

    AGENTS = {{"agent": {name}(llm_service=OpenAIService())}}
    """
SETTING = """
    import os
    from {module} import {name}

    agent = {name}(llm_service=os.getenv("LLM_SERVICE", "enabled"))
    """
TEST = """
    from {module} import {name}

    def test_agent():
        assert {name}(llm_service=FakeLLM(), services={{"llm_service": FakeLLM()}})
    """
NONE = """
    from {module} import {name}

    agent = {name}(llm_service=None)
    """
UNUSED = """
    from {module} import {name}
    from backend.core.service import OpenAIService

    def build():
        return {name}(llm_service=OpenAIService())

    if __name__ == "__main__":
        build()
    """
HELPER = """
    async def ask(llm, prompt):
        answer = await llm.generate_completion(prompt)
        return answer["content"]
    """
WITH_HELPER = """
    from backend.core.asking import ask

    class {name}:
        def __init__(self, *, services):
            self._llm = services["llm"]

        async def plan(self, topic):
            try:
                text = await ask(self._llm, "Plan " + topic)
            finally:
                self.last = topic
            return "PASS" in text
    """
HELPER_TEAM = """
    from {module} import {name}
    from backend.core.service import OpenAIService

    class Team:
        def __init__(self):
            self.services = {{}}
            self.services["llm"] = OpenAIService()
            self.agent = {name}(services=self.services)
    """
DELEGATING = """
    from .product_manager_agent import ProductManagerAgent

    class CoordinatorAgent:
        def __init__(self, llm_service=None):
            self.llm_service = llm_service
            self.team = {{"product_manager": ProductManagerAgent(llm_service)}}

        async def plan(self, topic):
            return await self.team["product_manager"].plan(topic)
    """


class Proof(TypedDict):
    """The examples of a check, as `check` takes them."""

    meets: Sequence[Example]
    falls_short: Sequence[Example]
    decoys: Sequence[Example]


class _Place:
    """One role of one team: its file, its class, and repositories around it."""

    def __init__(self, team: str, role: str) -> None:
        self.path = f"{FOLDERS[team]}/{role}_agent.py"
        self.name = "".join(part.title() for part in role.split("_")) + "Agent"
        self.module = self.path.removesuffix(".py").replace("/", ".")

    def fill(self, template: str) -> str:
        return template.format(name=self.name, module=self.module)

    def repository(self, agent: str, team: str = TEAM) -> dict[str, str]:
        """The core, the agent and what builds it."""
        return {**CORE, self.path: self.fill(agent), "backend/team.py": self.fill(team)}


@dataclass(frozen=True)
class _Case:
    """A repository that is short of some links."""

    files: Mapping[str, str]
    why: str
    broken: str

    def example(self, names: Sequence[str]) -> Example:
        """With the score that counts the given links."""
        short = len(names) if self.broken == "ALL" else len(set(self.broken.split()) & set(names))
        return Example(self.files, self.why, score=100 * (len(names) - short) / len(names))


def agent_proof(team: str, role: str) -> Proof:
    """Examples for the four links of an agent."""
    at = _Place(team, role)
    decoys = [c.example(LINKS) for c in _decoys(at)]
    return Proof(meets=_meets(at), falls_short=[c.example(LINKS) for c in _falls_short(at)], decoys=decoys)


def refactored_proof(team: str, role: str) -> Proof:
    """Examples for the four links and DIRECT-FREE."""
    at, names = _Place(team, role), ("DIRECT-FREE", *LINKS)
    summary = at.repository(NEVER_CALLED) | {"SUMMARY.md": "The agent has been refactored to llm_service."}
    more = [
        _Case(at.repository(BESIDE), "a vendor client kept beside the central service", "DIRECT-FREE"),
        _Case(summary, "a summary document that says the refactoring is done", "CENTRAL CALLED USED"),
    ]
    return Proof(
        meets=[*_meets(at), *(_delegating() if role == "coordinator" else [])],
        falls_short=[c.example(names) for c in _falls_short(at)],
        decoys=[c.example(names) for c in (*_decoys(at), *more)],
    )


def _meets(at: _Place) -> list[Example]:
    register = {"backend/core/registry.py": REGISTER}
    base = {"backend/core/asking.py": BASE, "backend/core/access.py": ACCESS}
    return [
        Example(at.repository(BY_PARAMETER), "the service comes through the constructor"),
        Example({**at.repository(BY_KEY, REGISTRY), **register}, "through a mapping that a registered factory fills"),
        Example(at.repository(DATACLASS, DATACLASS_TEAM), "a dataclass that streams, its class taken from a list"),
        Example({**at.repository(INHERITING, ""), **base}, "a base class asks an accessor"),
        Example({**at.repository(WITH_HELPER, HELPER_TEAM), "backend/core/asking.py": HELPER}, "a helper asks"),
    ]


def _falls_short(at: _Place) -> list[_Case]:
    tests_only = {**at.repository(BY_KEY, ""), "tests/test_agent.py": at.fill(TEST)}
    return [
        _Case(at.repository(OWN_CLIENT), "a vendor client of its own", "DIRECT-FREE CENTRAL WIRED"),
        _Case(tests_only, "services.get that only tests ever fill", "WIRED"),
        _Case({**CORE, "backend/core/ask.py": HELPER}, "no file of the agent", "ALL"),
    ]


def _decoys(at: _Place) -> list[_Case]:
    stub = {**at.repository(BY_PARAMETER, STUB), "tests/test_agent.py": at.fill(TEST)}
    broken = {"backend/agents/__init__.py": "from backend.gone import everything\n"}
    return [
        _Case(at.repository(GENAI), "a genai client of its own", "DIRECT-FREE CENTRAL WIRED"),
        _Case(at.repository(BOTO3), "a boto3 client of its own", "DIRECT-FREE CENTRAL WIRED"),
        _Case(at.repository(NEVER_CALLED), "a service stored and never called", "CENTRAL CALLED USED"),
        _Case(at.repository(UNREACHED), "called in a method that nothing reaches", "CALLED USED"),
        _Case(at.repository(DEAD_CALL), "a call that can never run", "CALLED USED"),
        _Case(at.repository(THROWN_AWAY), "an answer assigned, then a hard-coded dict returned", "USED"),
        _Case(at.repository(IGNORED), "an answer handed to a helper that returns fixed text", "USED"),
        _Case(
            at.repository(STATUS_ONLY), "named in a comment, docstring, log, status dict", "CENTRAL CALLED USED WIRED"
        ),
        _Case(stub, "a stub class with the agent's name in a registry", "WIRED"),
        _Case(at.repository(BY_PARAMETER, SHADOWED), "a stub class that takes the imported agent's place", "WIRED"),
        _Case(at.repository(BY_PARAMETER, SETTING), "a setting's text handed over for the service", "WIRED"),
        _Case(at.repository(BY_PARAMETER, NONE), "None handed to the constructor", "WIRED"),
        _Case(at.repository(BY_PARAMETER, UNUSED), "built in a function that only a main guard uses", "WIRED"),
        _Case(at.repository("class {name}(:\n"), "a file that does not parse", "ALL"),
        _Case({**at.repository(BY_PARAMETER), **broken}, "a package that cannot be imported", "ALL"),
    ]


def _delegating() -> list[Example]:
    """A coordinator that hands its service to an agent that asks."""
    at, manager = _Place("felicias_finance", "coordinator"), _Place("felicias_finance", "product_manager")
    files = at.repository(DELEGATING) | {manager.path: manager.fill(BY_PARAMETER)}
    return [Example(files, "a coordinator that only hands its service on")]
