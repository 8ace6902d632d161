"""Small repositories that prove the checks of numbers of tests."""

import textwrap

from pytest_readiness.authoring import Example

from .example_parts import AUTO, HEAD, NO_MODEL, ONE, PRODUCT, STRICT, TWO, WEB, tested

NUMBERS = ", ".join(map(str, range(48)))
ASKS = """
@pytest.mark.parametrize("number", [{numbers}])
def test_plan(number):
    assert asyncio.run(Coordinator().plan(f"{{number}} a"))["plan"]
"""
FEW = {**TWO, "tests": {"min_llm_tests": 4}}
ONE_TEST = "def test_plan():\n    assert asyncio.run(Coordinator().plan('b a'))['plan'] == ['a', 'b']\n"
SEVERAL = "".join(ONE_TEST.replace("test_plan", f"test_plan_{n}") for n in range(3))

EVERYWHERE = """
import pytest
from app.agents.coordinator import Coordinator

@pytest.fixture(autouse=True)
def agent():
    yield Coordinator()
"""
LLM_MANY = [
    tested(ASKS.format(numbers=NUMBERS), "48 sets of parameters"),
    tested(
        ASKS.format(numbers="1, 2")
        + ONE_TEST.replace("test_plan", "test_it")
        + ONE_TEST.replace("test_plan", "test_it_again")
        + "def test_other():\n    assert OpenAIService(client=Mock()).client is not None\n",
        "by the settings",
        settings=FEW,
    ),
    tested(
        "PLANS = [('a b', 2), ('b', 1)]\n\n@pytest.mark.parametrize('name', ('x', 'y'))\n"
        "@pytest.mark.parametrize(['topic', 'number'], PLANS)\nasync def test_plan(topic, number, name):\n"
        "    assert len((await Coordinator().plan(topic))['plan']) == number, name\n",
        "async tests in auto mode, stacked marks, a list with a name",
        settings=FEW,
        pytest_DOT_ini=AUTO["pytest.ini"],
    ),
    tested(
        "class PlanTests(unittest.IsolatedAsyncioTestCase):\n"
        + "".join(
            f"    async def test_{n}(self):\n        self.assertIn('a', (await Coordinator().plan('a'))['plan'])\n"
            for n in range(4)
        ),
        "unittest",
        settings=FEW,
    ),
]
LLM_FEW = [
    tested(ASKS.format(numbers="1, 2, 3, 3"), "three sets, one of them twice", 100 * 3 / 48),
    Example({**PRODUCT, **STRICT}, "no test at all", 0, settings=TWO),
]
SKIP = "skip_slow = pytest.mark.skipif(os.getenv('SLOW', '0') != '1', reason='slow')\n\n@skip_slow\n"
LLM_DECOYS = [
    tested(ONE_TEST * 4, "a name defined four times is one test", 25, FEW),
    tested(
        "if __name__ == '__main__':\n" + textwrap.indent(SEVERAL, "    "), "tests that only a script defines", 0, FEW
    ),
    tested(
        SEVERAL, "tests that are not collected", 0, FEW, tests__conftest_DOT_py="collect_ignore = ['test_app.py']\n"
    ),
    tested(
        "def test_mock():\n    model = Mock(return_value=1)\n    assert model() == 1\n",
        "a mock, while a fixture of conftest.py uses the product for every test",
        0,
        FEW,
        tests__conftest_DOT_py=EVERYWHERE,
    ),
    tested(SEVERAL.replace("    assert ", "    "), "no assertion", 0, FEW),
    tested(SEVERAL.replace("== ['a', 'b']", "or True"), "assertions that always hold", 0, FEW),
    tested(SEVERAL.replace("def test", "async def test"), "async tests that nothing runs", 0, FEW),
    tested("from app.gone import lost\n" + SEVERAL, "an import that is broken", 0, FEW),
    tested(
        "\n".join(SKIP + test + "\n" for test in SEVERAL.split("\n\n")).replace("\ndef", "def"),
        "skipped unless a variable is set",
        0,
        FEW,
    ),
    tested(
        "@pytest.fixture\ndef key():\n    key = os.environ.get('OPENAI_API_KEY')\n    if not key:\n"
        "        pytest.skip('no key')\n    return key\n\n"
        + SEVERAL.replace("()", "(key)", 3).replace("plan_0()", "plan_0(key)"),
        "skipped by a fixture unless a key is set",
        None,
        FEW,
    ),
    tested("def test_files():\n    assert 'complete' in open('app/service.py').read()\n", "greps source text", 0, FEW),
    tested(
        "def test_mock():\n    model = Model()\n    assert asyncio.run(model.complete('x'))\n",
        "tests its own mock",
        0,
        FEW,
    ),
    tested(
        "def test_range():\n    pass\n\n" + ASKS.format(numbers="").replace("[]", "range(48)"),
        "parameters that are not written out count once",
        25,
        FEW,
    ),
    tested(
        ASKS.format(numbers="1, 2, 3, 4").replace("    assert", "    if number:\n        return\n    assert"),
        "a test behind a condition counts",
        100,
        FEW,
    ),
    tested(SEVERAL.replace("    assert", "    return\n    assert"), "after a return", 0, FEW),
    tested(SEVERAL, "excluded tests", 0, {**FEW, "exclude": ["tests/"]}),
    Example({**PRODUCT, **STRICT, "tests/SUMMARY.md": "# 148 tests pass\n"}, "numbers in a summary", 0, settings=FEW),
    tested(
        ONE_TEST,
        "a repository without a model",
        None,
        status="unknown",
        product=NO_MODEL,
        settings={"source_roots": ["."]},
    ),
]

UNITS = {"source_roots": ["."], "tests": {"min_unit_tests": 4, "min_unit_modules": 2}}
SHOP = {
    "app/__init__.py": "from app.tax import tax\n",
    "app/tax.py": "def tax(net):\n    return net * 25 // 100\n",
    "app/cart.py": "import requests\n\nclass Cart:\n    def total(self, items):\n        return sum(items)\n\n"
    "    def rate(self):\n        return requests.get('https://rates.example').json()\n",
    "app/web.py": WEB,
}
SHOP_HEAD = """
import subprocess
import boto3, pytest, requests
from unittest.mock import patch
from fastapi.testclient import TestClient
from app import tax
from app.cart import Cart
from app.web import app

"""
TAXES = """
@pytest.mark.parametrize(("net", "due"), [(4, 1), (8, 2), (400, 100)])
def test_tax(net, due):
    assert tax(net) == due

"""
TOTAL = "def test_total():\n    assert Cart().total([1, 2]) == 3\n"


def shop(tests: str, why: str, score: float | None = None, path: str = "tests/test_shop.py") -> Example:
    """A shop without a model, with these tests."""
    return Example({**SHOP, path: SHOP_HEAD + tests}, why, score, settings=UNITS)


RATE = """
def test_rate():
    with patch("app.cart.requests.get") as get:
        get.return_value.json.return_value = 7
        assert Cart().rate() == 7
"""
UNIT_MANY = [
    shop(TAXES + TOTAL, "four tests over two modules"),
    shop(TAXES + RATE, "a client that is patched"),
    shop(
        TAXES
        + "@pytest.fixture\ndef cart():\n    return Cart()\n\n"
        + TOTAL.replace("()", "(cart)", 1).replace("Cart()", "cart"),
        "through a fixture",
        path="tests/unit/shop_test.py",
    ),
]
UNIT_FEW = [
    shop(TAXES, "three tests of one module", 50),
    shop(TAXES + "def test_more():\n    assert tax(12) == 3\n", "four tests of one module", 50),
    Example(SHOP, "no test", 0, settings=UNITS),
]
UNIT_DECOYS = [
    shop(
        "def test_one():\n    pass\n\ndef test_two():\n    tax(1)\n",
        "a folder named unit with empty tests",
        0,
        "tests/unit/test_shop.py",
    ),
    shop(TAXES + TOTAL, "a folder named integration", 0, "tests/integration/test_shop.py"),
    shop("pytestmark = pytest.mark.e2e\n\n" + TAXES + TOTAL, "marked e2e", 0),
    shop(
        TAXES + "def test_web():\n    assert TestClient(app).get('/health').status_code == 200\n",
        "a request through the application",
        50,
    ),
    shop(TAXES + "def test_rate():\n    assert requests.get('http://localhost').ok and Cart()\n", "a real client", 50),
    shop(TAXES + "def test_bucket():\n    assert boto3.client('s3') and Cart()\n", "a real client of a cloud", 50),
    shop(TAXES + "def test_start():\n    assert subprocess.run(['app']).returncode == 0 and Cart()\n", "a process", 50),
    shop(TAXES + "def test_text():\n    assert 'Cart' in open('app/cart.py').read()\n", "reads source text", 50),
]

JOINED = {**PRODUCT, "app/web.py": WEB}
WEB_HEAD = (
    "from fastapi.testclient import TestClient\nfrom httpx import ASGITransport, AsyncClient\nfrom app.web import app\n"
)
API = "def test_health():\n    assert TestClient(app).get('/health').json() == {'status': 'ok'}\n\n"
CLIENT = """    client = MagicMock()
    client.responses.create = AsyncMock(return_value=Mock(output_text='{"plan": 1}'))
"""
REAL = (
    f"def test_agent():\n{CLIENT}    agent = Coordinator(llm=OpenAIService(client))\n"
    "    assert asyncio.run(agent.plan('x')) == {'plan': 1}\n\n"
)
ASKED = f"""
def test_service():
{CLIENT}    service = OpenAIService(client=client)
    assert asyncio.run(service.complete("x")) == '{{"plan": 1}}'

"""
PATCHED = """
@pytest.fixture
def service():
    with patch("app.service.AsyncOpenAI") as vendor:
        vendor.return_value.responses.create = AsyncMock(return_value=Mock(output_text="{}"))
        yield OpenAIService()

@pytest.mark.anyio
async def test_service(service):
    answer = await service.complete("x")
    assert answer == "{}"

@pytest.mark.anyio
async def test_agent(service):
    agent = Coordinator(service)
    assert await agent.plan("x") == {}

@pytest.mark.anyio
async def test_api():
    async with AsyncClient(transport=ASGITransport(app=app), base_url="http://test") as client:
        answer = await client.get("/health")
    assert answer.status_code == 200
"""
SUBCLASS = """
class TestedService(OpenAIService):
    async def complete(self, prompt):
        return await self.provider.complete(prompt)

def test_service():
    service = TestedService(client=Mock())
    service.provider = Model()
    assert asyncio.run(service.complete("x"))

"""


def joined(tests: str, why: str, score: float | None = None) -> Example:
    """The product with a web application, and these tests."""
    return tested(WEB_HEAD + tests, why, score, ONE, product=JOINED)


SEAMS = [
    joined(API + REAL + ASKED, "all three seams"),
    joined(PATCHED, "fixtures, the vendor's class patched, an async client"),
    tested(REAL + ASKED, "no web application, no such seam", settings=ONE),
]
SEAMS_MISSING = [
    joined(API, "only the API", 100 / 3),
    joined(REAL + ASKED, "no request", 200 / 3),
    Example(JOINED, "no test", 0, settings=ONE),
]
SEAM_DECOYS = [
    joined(API + ASKED + REAL.replace("OpenAIService(client)", "Model()"), "a mock given to the agent", 200 / 3),
    joined(API + REAL + SUBCLASS, "a subclass of the service in the test", 200 / 3),
    joined(
        REAL
        + ASKED
        + "def test_integration_api():\n    client = TestClient(app)\n    assert client and Coordinator()\n",
        "a test client that no request goes through",
        200 / 3,
    ),
    joined(
        REAL + ASKED + "from fastapi import FastAPI\n\ndef test_api():\n    own = FastAPI()\n    assert app\n"
        "    assert TestClient(own).get('/').status_code == 404\n",
        "an application of the test's own",
        200 / 3,
    ),
    joined("@pytest.mark.skip\n" + API + REAL + ASKED, "skipped by default", 200 / 3),
    joined(
        API
        + REAL
        + ASKED.replace(
            "    assert", "    service = OpenAIService(client=client)\n    service.complete = AsyncMock()\n    assert"
        ).replace("asyncio.run(OpenAIService(client=client)", "asyncio.run(service"),
        "the completion method itself is a mock",
        200 / 3,
    ),
    joined(
        API
        + REAL.replace(" == {'plan': 1}", "\n    assert agent").replace("    assert asyncio", "    asyncio")
        + ASKED,
        "the result is not asserted",
        200 / 3,
    ),
    joined(
        "pytestmark = pytest.mark.integration\n\ndef test_integration():\n    assert Coordinator()\n",
        "only the word",
        0,
    ),
    Example(NO_MODEL, "neither web nor model", None, "unknown", {"source_roots": ["."]}),
]

DRAWN = "def test_draw():\n    assert asyncio.run(Architect(None).plan('b a')) == {'plan': ['a', 'b']}\n"
FACTORY = """
@pytest.fixture
def make():
    def build(cls, error=None):
        model = Model(error)
        return cls(model), model
    return build

@pytest.mark.parametrize("cls", [Coordinator, Architect])
@pytest.mark.asyncio
async def test_plan(make, cls):
    agent, model = make(cls)
    await agent.plan("x")
    assert model.prompts == ["Svara på svenska: x"]
"""
SET_UP = """
class PlanTests(unittest.TestCase):
    def setUp(self):
        self.agents = {"a": Coordinator(), "b": Architect()}

    def check(self, answer):
        self.assertEqual(answer["plan"], ["a"])

    def test_both(self):
        for agent in (self.agents["a"], self.agents["b"]):
            self.check(asyncio.run(agent.plan("a")))
"""
EXERCISED = [
    tested(ONE_TEST + DRAWN, "each agent is called and its answer asserted"),
    tested(
        FACTORY,
        "a factory, both classes as parameters, the double asserted",
    ),
    tested(
        SET_UP,
        "unittest with setUp, a loop and a method that checks",
    ),
]
UNEXERCISED = [
    tested(ONE_TEST, "only one of two", 50),
    Example({**PRODUCT, **STRICT}, "no test", 0, settings=TWO),
]
OTHER = "\nclass Architect:\n    async def plan(self, topic):\n        return {'plan': [topic]}\n\n"
UNEXERCISED_DECOYS = [
    tested(
        ONE_TEST + "def test_build():\n    assert Architect(llm=Model()) is not None\n", "only builds the agent", 50
    ),
    tested(
        ONE_TEST + "def test_status():\n    assert Architect().get_status()['language'] == 'svenska'\n",
        "only its status",
        50,
    ),
    tested(OTHER + ONE_TEST + DRAWN.replace("(None)", "()"), "another class of the same name", 50),
    tested(
        ONE_TEST,
        "a file named after the agent whose import fails",
        50,
        tests__test_architect_DOT_py="from architect import Architect\n"
        + HEAD.replace("from app.agents.architect import Architect", "")
        + DRAWN,
    ),
    tested(
        ONE_TEST + DRAWN.replace("test_draw", "main") + "\nif __name__ == '__main__':\n    main()\n",
        "run by its own main()",
        50,
    ),
    tested(ONE_TEST + DRAWN.replace("assert ", "") + "    assert True\n", "asserts nothing of the answer", 50),
    tested(ONE_TEST, "a repository without agents", None, {"source_roots": ["."]}, "unknown", NO_MODEL),
]
