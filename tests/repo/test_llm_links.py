"""What keeps or breaks the links of one agent, and its fallbacks, when its code is written in another way."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.settings import settings_of

NOBODY = {"files": "app/none/<role>.py", "roles": []}
TEAMS = {
    "meetmind": {"files": "app/agents/<role>.py", "roles": ["planner"]},
    "agent_svea": NOBODY,
    "felicias_finance": NOBODY,
}
SETTINGS = settings_of({"source_roots": ["."], "teams": TEAMS})
SERVICE = """
from abc import ABC, abstractmethod
from openai import AsyncOpenAI

class Away(Exception): ...

class Model(ABC):
    @abstractmethod
    async def complete(self, prompt: str) -> str: ...

class Service(Model):
    def __init__(self):
        self.client = AsyncOpenAI()

    async def complete(self, prompt):
        if not prompt:
            raise Away()
        return (await self.client.responses.create(model="m", input=prompt)).output_text
"""
AGENT = """
import asyncio, contextlib, functools, json
from app.service import Away, Model

class PlannerAgent:
    def __init__(self, llm: Model | None = None):
        self.llm = llm

    async def plan(self, topics):
        if self.llm is None:
            return self._by_rules(topics)
        try:
            answer = await self.llm.complete(f"Plan {topics}")
        except Away:
            return self._by_rules(topics)
        return {"plan": answer.splitlines()}

    def _by_rules(self, topics):
        return {"plan": sorted(topics)}
"""
TEAM = """
from app.agents.planner import PlannerAgent
from app.service import Service

agent = PlannerAgent(llm=Service())
"""
TAIL = '        return {"plan": answer.splitlines()}\n'
BODY = AGENT[AGENT.index("        if self.llm is None") : AGENT.index("\n    def _by_rules")]


def repository(folder: Path, agent: str = AGENT, team: str = TEAM) -> Repo:
    """An agent, its service, and the module that builds it."""
    files = {"app/__init__.py": "", "app/agents/__init__.py": "", "app/service.py": SERVICE}
    for path, text in {**files, "app/agents/planner.py": agent, "app/team.py": team}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Repo(folder, SETTINGS)


def broken(folder: Path, agent: str = AGENT, team: str = TEAM) -> list[str]:
    """The links that do not hold."""
    links = repository(folder, agent, team).llm.links["meetmind.planner"]
    return [link.name for link in links.four if not link.ok]


def shortcomings(folder: Path, agent: str) -> list[str]:
    """Why the agent gives no answer, or no answer of its own, without the model."""
    outages = repository(folder, agent).llm.links["meetmind.planner"].outages
    return [site.note for o in outages for site in (*o.shortcomings, *o.hollow)]


def ending(tail: str, helper: str = "") -> str:
    """The agent with other last lines of `plan`, and a further helper."""
    return AGENT.replace(TAIL, textwrap.indent(textwrap.dedent(tail).strip("\n"), " " * 8) + "\n") + helper


def body(text: str, helper: str = "") -> str:
    """The agent with another body of `plan`."""
    return AGENT.replace(BODY, textwrap.indent(textwrap.dedent(text).strip("\n"), " " * 8) + "\n") + helper


IGNORES = """
    def _parsed(self, answer):
        return {"plan": ["open", "close"]}
"""
LOGS = """
    def _parsed(self, answer):
        if "x" not in answer:
            raise ValueError(answer)
        print(len(answer))
        return {"plan": ["open", "close"]}
"""
PARSES = """
    @staticmethod
    def _parsed(answer):
        found = json.loads(answer)
        return found if isinstance(found, dict) else {"plan": []}
"""
CLASSIFIES = """
    def _parsed(self, answer):
        if "urgent" in answer.lower():
            return "today"
        return "tomorrow"
"""
MATCHES = """
    def _parsed(self, answer):
        match answer.strip():
            case "A": return 1
        return 2
"""
LOOKS_UP = """
    def _parsed(self, answer):
        return TABLE[answer.strip()]

TABLE = {"a": 1}
"""
FILLS = """
    def _parsed(self, answer):
        base = {"plan": []}
        for line in answer.splitlines():
            base["plan"].append(line)
        return base
"""
TWICE = """
    def _parsed(self, answer):
        return self._again(answer)

    def _again(self, answer):
        return {"plan": ["open"]}
"""


@pytest.mark.parametrize("helper", [IGNORES, LOGS, TWICE], ids=["ignores", "checks and logs", "hands on to one"])
def test_a_helper_that_ignores_the_answer_does_not_use_it(tmp_path: Path, helper: str) -> None:
    assert broken(tmp_path, ending("return self._parsed(answer)", helper)) == ["USED"]


@pytest.mark.parametrize("helper", [PARSES, CLASSIFIES, MATCHES, LOOKS_UP, FILLS])
def test_a_helper_that_reads_the_answer_uses_it(tmp_path: Path, helper: str) -> None:
    assert broken(tmp_path, ending("return self._parsed(answer)", helper)) == []


def test_the_length_of_the_answer_is_no_use_of_it(tmp_path: Path) -> None:
    assert broken(tmp_path, ending('return {"plan": ["open"], "long": len(answer) > 3}')) == ["USED"]


GETATTR = """
try:
    return await getattr(self, f"_on_{len(topics)}")(topics)
except AttributeError:
    return self._by_rules(topics)
"""
ON = """
    async def _on_2(self, topics):
        try:
            return await self.llm.complete(f"Plan {topics}")
        except Exception:
            return self._by_rules(topics)
"""
NESTED = """
async def ask(prompt):
    return await self.llm.complete(prompt)
try:
    return await ask(f"Plan {topics}")
except Exception:
    return self._by_rules(topics)
"""
MATCH = """
match self.llm:
    case None:
        return self._by_rules(topics)
    case model:
        try:
            return await model.complete(f"Plan {topics}")
        except Away:
            return self._by_rules(topics)
"""
TASK = """
if self.llm is None:
    return self._by_rules(topics)
task = asyncio.create_task(self.llm.complete(f"Plan {topics}"))
try:
    return await task
except Away:
    return self._by_rules(topics)
"""
SUPPRESS = """
result = None
if self.llm is not None:
    with contextlib.suppress(Away):
        result = await self.llm.complete(f"Plan {topics}")
return result or self._by_rules(topics)
"""
RECORD = """
result = Plan()
try:
    result.steps = (await self.llm.complete(f"Plan {topics}")).splitlines()
except Exception:
    result.steps = sorted(topics)
return result
"""
PLAN = "\nclass Plan:\n    steps: list[str] = []\n"


@pytest.mark.parametrize(
    "agent",
    [body(GETATTR, ON), body(NESTED), body(MATCH), body(TASK), body(SUPPRESS), body(RECORD, PLAN)],
    ids=["getattr", "nested function", "match", "task", "suppress", "record"],
)
def test_other_ways_to_ask(tmp_path: Path, agent: str) -> None:
    assert broken(tmp_path, agent) == []
    assert shortcomings(tmp_path, agent) == []


def test_a_method_that_no_name_can_reach_is_not_called(tmp_path: Path) -> None:
    agent = body(GETATTR, ON.replace("_on_2", "_off_2"))
    assert broken(tmp_path, agent) == ["CALLED", "USED"]


def test_what_is_suppressed_must_be_the_failure(tmp_path: Path) -> None:
    agent = body(SUPPRESS.replace("suppress(Away)", "suppress(KeyError)"))
    assert shortcomings(tmp_path, agent) == ["call fails (line 13): the failure leaves `plan`"]


def test_a_task_that_is_awaited_outside_the_try_fails_there(tmp_path: Path) -> None:
    late = TASK.replace("try:\n    return await task", "plan = await task\ntry:\n    return plan")
    assert shortcomings(tmp_path, body(late)) == ["call fails (line 12): the failure leaves `plan`"]


def test_a_record_that_is_filled_with_constants_is_hollow(tmp_path: Path) -> None:
    notes = shortcomings(tmp_path, body(RECORD.replace("sorted(topics)", '["open"]'), PLAN))
    assert [n.partition(": ")[2] for n in notes] == ["what is returned instead does not depend on the request"] * 2


INHERITED = """
from app.service import Away, Model

class Asking:
    def __init__(self, llm=None):
        self.llm = llm

    async def ask(self, prompt):
        if self.llm is None:
            return None
        try:
            return await self.llm.complete(prompt)
        except Away:
            return None

class PlannerAgent(Asking):
    async def plan(self, topics):
        answer = await self.ask(f"Plan {topics}")
        if answer is None:
            return sorted(topics)
        return answer.splitlines()
"""


def test_an_inherited_method_may_answer_none_where_the_agent_goes_on(tmp_path: Path) -> None:
    assert shortcomings(tmp_path, INHERITED) == []
    plain = INHERITED.replace("        if answer is None:\n            return sorted(topics)\n", "")
    assert shortcomings(tmp_path, plain.replace("answer.splitlines()", "answer")) != []


def test_an_attribute_of_another_name_is_still_the_handle(tmp_path: Path) -> None:
    untyped = AGENT.replace("llm: Model | None = None", "llm=None").replace("self.llm", "self._brain")
    by_key = untyped.replace("llm=None):", "services=None):").replace("= llm\n", '= services.get("llm_service")\n')
    assert broken(tmp_path / "a", untyped) == []
    assert broken(tmp_path / "b", by_key, TEAM.replace("llm=Service()", 'services={"llm_service": Service()}')) == []
    assert broken(tmp_path / "c", by_key, TEAM.replace("llm=Service()", "services={}")) == ["WIRED"]


def test_a_property_with_a_setter_is_what_it_reads(tmp_path: Path) -> None:
    setter = """
    @property
    def llm(self):
        return self._kept

    @llm.setter
    def llm(self, value):
        self._kept = value
"""
    assert broken(tmp_path / "a", AGENT.replace("self.llm = llm\n", "self._kept = llm\n") + setter) == []
    assert broken(tmp_path / "b", AGENT + setter) == []
    assert broken(tmp_path / "c", AGENT.replace("self.llm = llm\n", "self._kept = None\n") + setter) == ["WIRED"]


GOOD_TEAMS = {
    "class handed to a maker": "def make(cls):\n    return cls(llm=Service())\nagent = make(PlannerAgent)",
    "dict() unpacked": "shared = dict(llm=Service())\nagent = PlannerAgent(**shared)",
    "subclass": "class Tuned(PlannerAgent): ...\nagent = Tuned(Service())",
    "alias with Depends": """
from typing import Annotated
from fastapi import Depends, FastAPI
Shared = Annotated[object, Depends(Service)]
app = FastAPI()
@app.get("/")
async def plan(model: Shared):
    return await PlannerAgent(model).plan([])
""",
    "switched by a setting": "import os\nagent = PlannerAgent(Service() if os.getenv('X') else None)",
}
BAD_TEAMS = {
    "text": "agent = PlannerAgent('enabled')",
    "true": "agent = PlannerAgent(llm=True)",
    "environment": "import os\nagent = PlannerAgent(llm=os.getenv('LLM_SERVICE'))",
    "double": "from unittest.mock import MagicMock\nagent = PlannerAgent(MagicMock())",
    "empty default": "def build(services={}):\n    return PlannerAgent(services.get('llm'))\nagent = build()",
    "switched off": "ON = False\nagent = PlannerAgent(Service() if ON else None)",
    "class of the same name below": """
class PlannerAgent:
    def __init__(self, llm): ...
agent = PlannerAgent(Service())
""",
    "class of the same name below a function": """
def build():
    return PlannerAgent(Service())
class PlannerAgent:
    def __init__(self, llm): ...
agent = build()
""",
}
HEAD = TEAM[: TEAM.index("agent =")]


@pytest.mark.parametrize("team", GOOD_TEAMS.values(), ids=GOOD_TEAMS)
def test_ways_to_hand_the_service_over(tmp_path: Path, team: str) -> None:
    assert broken(tmp_path, team=HEAD + team) == []


@pytest.mark.parametrize("team", BAD_TEAMS.values(), ids=BAD_TEAMS)
def test_what_hands_no_service_over(tmp_path: Path, team: str) -> None:
    assert broken(tmp_path, team=HEAD + team) == ["WIRED"]


def test_a_construction_above_the_class_of_the_same_name_builds_the_imported_one(tmp_path: Path) -> None:
    assert broken(tmp_path, team=TEAM + "class PlannerAgent: ...\n") == []
