"""Small repositories that prove the check that fallbacks are tested."""

from pytest_readiness.authoring import Example

from .agent_examples import CORE
from .fallback_examples import AGENT, GUARDED, RULES, SETTINGS, agent

STATUS = 'def get_status(self):\n    return {"status": "active"}'
SOURCE = agent(GUARDED, RULES, STATUS)
BY_KEY = SOURCE.replace("def __init__(self, llm=None):\n        self.llm = llm", "def __init__(self, services=None):\n"
                        "        self.llm = (services or {}).get('llm_service')")  # fmt: skip
OWN = SOURCE.replace("def __init__(self, llm=None):\n        self.llm = llm", "def __init__(self):\n"
                     "        key = os.getenv('OPENAI_API_KEY')\n"
                     "        self.llm = AsyncOpenAI(api_key=key) if key else None")  # fmt: skip
OWN = "import os\nfrom openai import AsyncOpenAI\n" + OWN.replace("self.llm.generate_completion(topic)",
      "self.llm.responses.create(input=topic)")  # fmt: skip
HEAD = """
import asyncio
import pytest
from unittest.mock import AsyncMock, Mock
from app.agents.coordinator import Coordinator

"""
FAILING = "class Failing:\n    async def generate_completion(self, prompt):\n        raise RuntimeError('down')\n\n"
SWITCHED = """
class Double:
    def __init__(self, should_fail=False):
        self.should_fail = should_fail

    async def generate_completion(self, prompt):
        if self.should_fail:
            raise RuntimeError("down")
        return "fine"

"""
OTHER = """
class Own:
    def __init__(self, llm):
        self.llm = llm

    async def plan(self, topic):
        return {"plan": sorted(topic.split())}

"""
ASK = "answer = asyncio.run(Coordinator({}).plan('b a'))"
CHECKED = "assert answer['plan'] == ['a', 'b']"


def tried(test: str, why: str, score: float | None = None, source: str = SOURCE, **more: str) -> Example:
    """A repository with the agent and one file of tests; further files of the tests' folder by name."""
    files = {f"tests/{name}.py": text for name, text in more.items()}
    ini = {"pytest.ini": "[pytest]\nasyncio_mode = strict\n"}
    return Example(
        {**CORE, AGENT: source, "tests/test_plan.py": HEAD + test, **ini, **files}, why, score, settings=SETTINGS
    )


def case(ask: str, check: str = CHECKED, before: str = "") -> str:
    """A test that asks and checks."""
    return f"{before}def test_plan():\n    {ask}\n    {check}\n"


CONFTEST = """
import pytest
from app.agents.coordinator import Coordinator

class Failing:
    async def generate_completion(self, prompt):
        raise RuntimeError("down")

@pytest.fixture
def model():
    return Failing()

@pytest.fixture
def coordinator(model):
    yield Coordinator(model)
"""
FIXTURE = """
@pytest.mark.asyncio
async def test_plan(coordinator):
    answer = await coordinator.plan("b a")
    steps = answer["plan"]
    assert steps == ["a", "b"]
"""
UNITTEST = """
import unittest

class PlanTests(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.agent = Coordinator(llm=None)

    async def test_plan(self):
        answer = await self.agent.plan("b a")
        self.assertEqual(answer["plan"], ["a", "b"])
"""
MOCKED = """
def make(model):
    return Coordinator(model)

def check(answer):
    assert answer["plan"] == ["a", "b"]

def test_plan():
    model = Mock()
    model.generate_completion = AsyncMock(side_effect=RuntimeError("down"))
    check(asyncio.run(make(model).plan("b a")))
"""
PARAMETERS = """
@pytest.mark.parametrize("model", [None, Failing()])
def test_plan(model):
    answer = asyncio.run(Coordinator(llm=model).plan("b a"))
    assert answer["plan"] == ["a", "b"]
"""
TESTED = [
    tried(case(ASK.format("llm=None")), "without the service"),
    tried(case(ASK.format("llm=Failing()"), before=FAILING), "a service that raises"),
    tried(case(ASK.format("Double(should_fail=True)"), before=SWITCHED), "a double switched to failing"),
    tried(FIXTURE, "fixtures in conftest.py, a marked async test", conftest=CONFTEST),
    tried(UNITTEST, "unittest with setUp"),
    tried(MOCKED, "a mock with a side effect, helpers that build and check"),
    tried(FAILING + PARAMETERS, "parametrized"),
    tried(case(ASK.format("services={}")), "an empty mapping", source=BY_KEY),
    tried("def test_plan(monkeypatch):\n    monkeypatch.delenv('OPENAI_API_KEY', raising=False)\n    "
          + ASK.format("") + "\n    " + CHECKED + "\n", "the key of an own client removed", source=OWN),
]  # fmt: skip
UNTESTED = [
    tried(case(ASK.format("llm=Double()"), before=SWITCHED), "only with a double that answers", 0),
    tried("", "no test at all", 0),
]
UNTESTED_DECOYS = [
    tried(case("agent = Coordinator(llm=None)", "assert agent is not None"), "only builds the agent", 0),
    tried(case("answer = Coordinator(llm=None).get_status()", "assert answer['status'] == 'active'"), "its status", 0),
    tried(case("answer = asyncio.run(AsyncMock(side_effect=[{'plan': 1}]).plan('b'))", "assert answer"), "a mock", 0),
    tried("async def test_plan():\n    answer = await Coordinator(llm=None).plan('b a')\n    " + CHECKED + "\n",
          "an async test that nothing runs", 0),
    tried(case(f"try:\n        {ASK.format('llm=None')}\n        {CHECKED}\n    except Exception:\n        pass", ""),
          "accepts any outcome", 0),
    tried(case(ASK.format("services={'llm': Failing(), 'llm_service': Double()}"), before=FAILING + SWITCHED),
          "a double passed where the agent does not read it", 0, source=BY_KEY),
    tried(case(ASK.format("llm=None")).replace("test_plan", "main") + "\nif __name__ == '__main__':\n    main()\n",
          "a script with a main()", 0),
    tried(case(ASK.format("llm=None"), "assert True"), "asserts nothing of the answer", 0),
    tried(case(ASK.format("llm=None"), "assert answer or True"), "an assertion that always holds", 0),
    tried("@pytest.mark.skip\n" + case(ASK.format("llm=None")), "skipped by default", 0),
    tried("from app.gone import x\n" + case(ASK.format("llm=None")), "a test file that cannot be imported", 0),
    tried(case(ASK.format("llm=None").replace("Coordinator", "Own"), before=OTHER), "a class of the test's own", 0),
]  # fmt: skip
