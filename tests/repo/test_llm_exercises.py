"""How tests build an agent: which ways of writing them are understood, and which only look like it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.llm.exercises import Exercise
from pytest_readiness.settings import settings_of

SETTINGS = {
    "source_roots": ["."],
    "teams": {
        "meetmind": {"files": "app/agents/<role>.py", "roles": ["planner", "buyer"]},
        "agent_svea": {"roles": []},
        "felicias_finance": {"roles": []},
    },
}
PRODUCT = {
    "app/__init__.py": "",
    "app/service.py": """
        from openai import AsyncOpenAI

        class ModelService:
            def __init__(self, client=None):
                self.client = client or AsyncOpenAI()

            async def complete(self, prompt):
                return (await self.client.responses.create(input=prompt)).output_text

        def llm_service():
            return ModelService()
        """,
    "app/agents/planner.py": """
        class PlannerAgent:
            def __init__(self, services=None):
                self.llm = (services or {}).get("llm")

            def status(self):
                return {"status": "active"}

            def greet(self):
                return "hello"

            async def plan(self, topic):
                if self.llm is None:
                    return {"plan": topic}
                try:
                    return {"plan": await self.llm.complete(topic)}
                except Exception:
                    return {"plan": topic}
        """,
    "app/agents/buyer.py": """
        import os
        from openai import AsyncOpenAI

        class BuyerAgent:
            def __init__(self):
                key = os.getenv("OPENAI_API_KEY")
                self.client = AsyncOpenAI(api_key=key) if key else None

            async def buy(self, what):
                if not self.client:
                    return what
                try:
                    return (await self.client.chat.completions.create(messages=[what])).choices[0].message.content
                except Exception:
                    return what
        """,
}
HEAD = """
import asyncio, os, unittest
from types import SimpleNamespace
from unittest.mock import AsyncMock, MagicMock, Mock, patch
import pytest
from app.agents.buyer import BuyerAgent
from app.agents.planner import PlannerAgent
from app.service import ModelService

TARGET = "app.agents.buyer.AsyncOpenAI"

class Model:
    def __init__(self, answer="fine", error=None):
        self.answer, self.error, self.prompts = answer, error, []

    async def complete(self, prompt):
        self.prompts.append(prompt)
        if self.error:
            raise self.error
        return self.answer

"""
PLAN = "assert asyncio.run({0}.plan('x'))['plan']"
BUY = "assert asyncio.run({0}.buy('x'))"


def exercises(folder: Path, body: str) -> list[Exercise]:
    """The exercises of both agents in one file of tests."""
    files = PRODUCT | {"tests/test_agents.py": HEAD + textwrap.dedent(body)}
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(textwrap.dedent(text))
    llm = Repo(folder, settings_of(SETTINGS)).llm
    return [*llm.exercises.of("meetmind.planner"), *llm.exercises.of("meetmind.buyer")]


def modes(folder: Path, *lines: str) -> set[str]:
    """How a test of these lines builds the agent; nothing where it exercises none."""
    body = "def test_it(monkeypatch):\n" + "".join(f"    {line}\n" for line in lines)
    return {mode.value for e in exercises(folder, body) for mode in e.modes}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([PLAN.format("PlannerAgent()")], {"absent"}),
        ([PLAN.format("PlannerAgent(services=None)")], {"absent"}),
        ([PLAN.format("PlannerAgent({'llm': None})")], {"absent"}),
        ([PLAN.format("PlannerAgent(dict(clock=1))")], {"absent"}),
        ([PLAN.format("PlannerAgent({'llm': Model()})")], {"answering"}),
        ([PLAN.format("PlannerAgent(services=dict(llm=Model(error=OSError())))")], {"raising"}),
        (["services = {}", "services['llm'] = Model()", PLAN.format("PlannerAgent(services)")], {"answering"}),
        (["base = {'llm': Model()}", PLAN.format("PlannerAgent({**base, 'clock': 1})")], {"answering"}),
        (
            [
                "model = Mock()",
                "model.complete = AsyncMock(side_effect=OSError)",
                PLAN.format("PlannerAgent({'llm': model})"),
            ],
            {"raising"},
        ),
        (
            ["model = AsyncMock(**{'complete.side_effect': OSError()})", PLAN.format("PlannerAgent({'llm': model})")],
            {"raising"},
        ),
        (
            [
                "model = AsyncMock()",
                "model.complete.side_effect = [OSError(), 'x']",
                PLAN.format("PlannerAgent({'llm': model})"),
            ],
            {"raising", "answering"},
        ),
        (
            [
                "model = SimpleNamespace(complete=AsyncMock(return_value='x'))",
                PLAN.format("PlannerAgent({'llm': model})"),
            ],
            {"answering"},
        ),
        (["agent = PlannerAgent({'llm': Model()})", "agent.llm = None", PLAN.format("agent")], {"absent"}),
        (["agent = PlannerAgent()", "monkeypatch.setattr(agent, 'llm', Model())", PLAN.format("agent")], {"answering"}),
        (
            [
                "agent = PlannerAgent({'llm': Model()})",
                "agent.llm.complete = AsyncMock(side_effect=OSError())",
                PLAN.format("agent"),
            ],
            {"raising"},
        ),
        (
            [
                "monkeypatch.setattr(ModelService, 'complete', AsyncMock(side_effect=OSError()))",
                PLAN.format("PlannerAgent({'llm': ModelService(Mock())})"),
            ],
            {"raising"},
        ),
        (
            [
                "with patch('app.service.ModelService.complete', new_callable=AsyncMock) as complete:",
                "    " + PLAN.format("PlannerAgent({'llm': ModelService(Mock())})"),
            ],
            {"answering"},
        ),
        (
            [
                "with pytest.raises(OSError):",
                "    asyncio.run(PlannerAgent({'llm': Model(error=OSError())}).plan('x'))",
            ],
            {"raising"},
        ),
        (["monkeypatch.delenv('OPENAI_API_KEY', raising=False)", BUY.format("BuyerAgent()")], {"absent"}),
        (["with patch.dict(os.environ, {}, clear=True):", "    " + BUY.format("BuyerAgent()")], {"absent"}),
        (["agent = BuyerAgent()", "agent.client = None", BUY.format("agent")], {"absent"}),
        (
            [
                "agent = BuyerAgent()",
                "agent.client = MagicMock()",
                "agent.client.chat.completions.create = AsyncMock(side_effect=TimeoutError())",
                BUY.format("agent"),
            ],
            {"raising"},
        ),
        (
            [
                "with patch(TARGET) as vendor:",
                "    vendor.return_value.chat.completions.create = AsyncMock(return_value=Mock())",
                "    " + BUY.format("BuyerAgent()"),
            ],
            {"answering"},
        ),
        (
            [
                "create = AsyncMock(side_effect=OSError)",
                "monkeypatch.setattr(f'{TARGET}', lambda **given: Mock(**{'chat.completions.create': create}))",
                BUY.format("BuyerAgent()"),
            ],
            {"raising"},
        ),
        (
            [
                "agent = BuyerAgent()",
                "with patch.object(agent.client.chat.completions, 'create', side_effect=OSError()):",
                "    " + BUY.format("agent"),
            ],
            {"raising"},
        ),
    ],
)
def test_ways_of_building_an_agent(tmp_path: Path, lines: list[str], expected: set[str]) -> None:
    assert modes(tmp_path, *lines) == expected


@pytest.mark.parametrize(
    "lines",
    [
        ["assert PlannerAgent({'llm': None}).status()"],
        ["assert PlannerAgent().llm is None"],
        ["asyncio.run(PlannerAgent().plan('x'))", "assert PlannerAgent"],
        ["answer = asyncio.run(PlannerAgent().plan('x'))", "answer = 1", "assert answer"],
        ["model = Model()", "asyncio.run(PlannerAgent({'llm': model}).plan('x'))", "assert model"],
        ["model = Mock()", "assert model.plan('x') and PlannerAgent"],
    ],
)
def test_what_exercises_no_agent(tmp_path: Path, lines: list[str]) -> None:
    body = "def test_it():\n" + "".join(f"    {line}\n" for line in lines)
    assert exercises(tmp_path, body) == []


def test_a_double_where_the_agent_does_not_look_supplies_nothing(tmp_path: Path) -> None:
    assert modes(tmp_path, PLAN.format("PlannerAgent({'llm': None, 'model': Model()})")) == {"absent"}
    assert modes(tmp_path, "agent = BuyerAgent()", "agent.llm = Model()", BUY.format("agent")) == set()


def test_each_row_of_parameters_is_told_apart(tmp_path: Path) -> None:
    body = """
        @pytest.mark.parametrize(("cls", "method", "given"), [
            (PlannerAgent, "plan", {"services": {"llm": Model()}}), (PlannerAgent, "greet", {}),
        ])
        def test_it(cls, method, given):
            assert getattr(cls(**given), method)("x")
        """
    found = [(e.reaches_model, sorted(e.modes)) for e in exercises(tmp_path, body)]
    assert found == [(True, ["answering"]), (False, ["absent"])]


def test_fixtures_factories_and_helpers_are_looked_through(tmp_path: Path) -> None:
    body = """
        @pytest.fixture
        def model():
            return Model(error=OSError())

        @pytest.fixture
        def make(model):
            def build(**more):
                return PlannerAgent({"llm": model, **more})
            return build

        def ask(agent):
            return asyncio.run(agent.plan("x"))

        def check(answer):
            assert answer["plan"] == "x"

        def test_it(make):
            check(ask(make(clock=1)))
        """
    (found,) = exercises(tmp_path, body)
    assert (found.reaches_model, sorted(found.modes)) == (True, ["raising"])


def test_a_fixture_may_ask_and_the_test_assert(tmp_path: Path) -> None:
    body = """
        @pytest.fixture(params=[None, Model()])
        def answer(request):
            return asyncio.run(PlannerAgent({"llm": request.param}).plan("x"))

        def test_it(answer):
            assert answer["plan"] == "x"
        """
    (found,) = exercises(tmp_path, body)
    assert sorted(found.modes) == ["absent", "answering"]


def test_a_real_service_is_told_from_doubles(tmp_path: Path) -> None:
    body = "def test_it():\n    " + PLAN
    real = exercises(tmp_path / "a", body.format("PlannerAgent({'llm': ModelService(Mock())})"))
    own = exercises(tmp_path / "b", body.format("PlannerAgent({'llm': Model()})"))
    assert [e.has_real_service for e in (*real, *own)] == [True, False]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("assert answer['plan'] == ['första steget']", {"plan", "första steget"}),
        ("assert 'krav' in str(answer)", {"krav"}),
        ("assert model.prompts[0].startswith('Svara')", {"Svara"}),
        ("prompt = model.prompts[-1]\n    assert 'svenska' in prompt", {"svenska"}),
        ("words = ['moms', 'konto']\n    assert any(w in answer['plan'] for w in words)", {"plan", "moms", "konto"}),
        ("found = any(w in str(answer) for w in ('moms',))\n    assert found", {"moms"}),
        ("assert answer and 'svenska' == 'svenska'", set()),
        ("assert answer == model.answer", set()),
    ],
)
def test_texts_that_are_compared(tmp_path: Path, line: str, expected: set[str]) -> None:
    ask = "answer = asyncio.run(PlannerAgent({'llm': model}).plan('moms'))"
    body = f"def test_it():\n    model = Model('på svenska')\n    {ask}\n    {line}\n"
    (found,) = exercises(tmp_path, body)
    assert found.texts == expected


def test_endless_helpers_and_names_end(tmp_path: Path) -> None:
    body = """
        def again(x):
            x = x or again(x) or again([x])
            return again(again(x))

        def test_it():
            agent = PlannerAgent(again(1))
            agent = agent or again(agent)
            assert again(asyncio.run(agent.plan(again("x"))))
        """
    assert len(exercises(tmp_path, body)) == 1
