"""Small repositories that prove the checks of the teams' tests, made for each team."""

from collections.abc import Sequence
from typing import TypedDict

from pytest_readiness.authoring import Example

from .example_parts import AGENT, DOUBLES, HEAD, NO_MODEL, PLAIN_AGENT, PRODUCT, STRICT, team, tested

ROLES = ("coordinator", "architect")
ANSWERED = "def test_{0}_answers():\n    assert asyncio.run({1}(Model()).plan('x'))['plan'] == ['a', 'b']\n\n"
ABSENT = "def test_{0}_alone():\n    assert asyncio.run({1}(llm=None).plan('b a'))['plan'] == ['a', 'b']\n\n"
FAILING = """
def test_{0}_fails():
    model = Model(error=RuntimeError("down"))
    answer = asyncio.run({1}(model).plan("b a"))
    assert answer == {{"plan": ["a", "b"]}}

"""


def of(text: str, *agents: str) -> str:
    """The tests for these agents."""
    return "".join(text.format(name.lower(), name) for name in agents)


BOTH = ("Coordinator", "Architect")
FIXTURES = """
@pytest.fixture(params=[Coordinator, Architect])
def cls(request):
    return request.param

@pytest.mark.asyncio
@pytest.mark.parametrize("model", [None, AsyncMock(complete=AsyncMock(return_value='{"plan": 1}'))])
async def test_plan(cls, model):
    agent = cls(llm=model)
    answer = await agent.plan("b a")
    assert answer["plan"]
"""
PATCHES = """
class TestPlans:
    @patch.object(OpenAIService, "complete", new_callable=AsyncMock)
    def test_answers(self, complete):
        complete.return_value = '{"plan": ["a"]}'
        for cls in (Coordinator, Architect):
            assert asyncio.run(cls(OpenAIService(Mock())).plan("x")) == {"plan": ["a"]}

    @pytest.mark.parametrize("cls", [Coordinator, Architect])
    def test_fails(self, cls, monkeypatch):
        async def refuse(self, prompt):
            raise ConnectionError("down")
        monkeypatch.setattr(OpenAIService, "complete", refuse)
        agent = cls(OpenAIService(Mock()))
        assert asyncio.run(agent.plan("b a")) == {"plan": ["a", "b"]}
"""
PLAIN = {**PRODUCT, "app/agents/architect.py": PLAIN_AGENT}
DRAWN = "def test_draw():\n    assert Architect().draw('ba') == {'parts': ['a', 'b']}\n"
CHIEF = """
    from app.agents.architect import Architect

    class Coordinator:
        def __init__(self, llm=None):
            self.llm = llm
            self.architect = Architect(llm=self.llm)

        def greet(self, name):
            return f"Hello {name}"

        async def plan(self, topic):
            return {"by": "coordinator", **await self.architect.plan(topic)}
    """
DELEGATING = {**PRODUCT, "app/agents/coordinator.py": CHIEF}
OWN_CLIENT = AGENT.replace("import json\n", "import json\n    from openai import AsyncOpenAI\n").replace(
    "llm=None):\n            self.llm = llm", "services=None):\n            self.llm = AsyncOpenAI()"
)
OTHER = (
    HEAD.replace("app.agents.architect", "other.architect")
    + DOUBLES
    + of(ANSWERED, "Architect")
    + of(ABSENT, "Architect")
)


class Proof(TypedDict):
    """Arguments of the decorator."""

    meets: Sequence[Example]
    falls_short: Sequence[Example]
    decoys: Sequence[Example]


def team_proof(name: str) -> Proof:
    """The examples, for a team of two agents under that name."""
    settings = team(name, *ROLES)
    full = of(ANSWERED, *BOTH) + of(ABSENT, "Coordinator") + of(FAILING, "Architect")
    one = of(ANSWERED, "Coordinator") + of(ABSENT, "Coordinator")

    def tried(
        tests: str, why: str, score: float | None = None, product: dict[str, str] = PRODUCT, **more: str
    ) -> Example:
        return tested(tests, why, score, settings, product=product, **more)

    return {
        "meets": [
            tried(full, "each agent with a model that answers, and without one or with one that raises"),
            tried(FIXTURES, "parametrized fixtures"),
            tried(PATCHES, "the service's method patched"),
            tried(one + DRAWN, "an agent that asks no model needs one test", product=PLAIN),
            tried(full, "an agent that asks through another one", product=DELEGATING),
        ],
        "falls_short": [
            tried(one, "one agent of two", 50),
            tried(of(ANSWERED, *BOTH), "only with a model", 50),
            Example({**PRODUCT, **STRICT}, "no test", 0, settings=settings),
        ],
        "decoys": [
            tried(one * 3, "one agent tested many times", 50),
            tried(
                one + "def test_status():\n    assert Architect().get_status() and Architect(Model()).get_status()\n",
                "its status",
                50,
            ),
            tried(
                one,
                "another team's module of the same name",
                50,
                tests__test_other_DOT_py=OTHER,
                other__architect_DOT_py=AGENT.format(name="Architect"),
            ),
            tried(full.replace("def test", "async def test"), "async tests that nothing runs", 0),
            tried(
                full.replace("Architect(", "Architect(services="),
                "a double passed where the agent does not read it",
                50,
                {**PRODUCT, "app/agents/architect.py": OWN_CLIENT.format(name="Architect")},
            ),
            tried(
                "def test_all():\n    asyncio.run(Coordinator(Model()).plan('x'))\n    print('all tests passed')\n",
                "prints",
                0,
            ),
            tried(
                full.replace("Coordinator(Model()).plan", "Coordinator(Model()).greet"),
                "a method that asks no model",
                75,
                DELEGATING,
            ),
            tested(full, "a repository without agents", None, {"source_roots": ["."]}, "unknown", NO_MODEL),
        ],
    }
