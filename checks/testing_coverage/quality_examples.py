"""Small repositories that prove the checks of runs, outages and faults."""

from collections.abc import Sequence
from typing import TypedDict

from pytest_readiness.authoring import Example

from .example_parts import AUTO, DOUBLES, NO_MODEL, PLAIN_AGENT, PRODUCT, STRICT, TWO, path_of, tested
from .team_examples import ABSENT, ANSWERED, BOTH, FAILING, of


class Proof(TypedDict):
    """Arguments of the decorator."""

    meets: Sequence[Example]
    falls_short: Sequence[Example]
    decoys: Sequence[Example]


TAX_TESTS = """
import pytest
from app.tax import tax

class TestTax:
    @pytest.mark.parametrize("net", [4, 8])
    def test_tax(self, net):
        assert tax(net) == net / 4

def test_none():
    assert tax(0) == 0

"""
NEVER_AWAITED = """
import unittest

class TaxTests(unittest.TestCase):
    async def test_tax(self):
        assert 1 + 1 == 2
"""
TAX = {
    "app/__init__.py": "",
    "app/tax.py": "def tax(net):\n    return net * 25 // 100\n",
    "tests/test_tax.py": TAX_TESTS,
}
CASE = '<testcase classname="tests.test_tax{0}" name="{1}" time="0.1">{2}</testcase>'
FAILURE, SKIPPED = '<failure message="assert 1 == 2">...</failure>', '<skipped message="later"/>'
PASSED = (CASE.format(".TestTax", "test_tax[4]", ""), CASE.format(".TestTax", "test_tax[8]", ""))
LAST = CASE.format("", "test_none", "")
LATER = "async def test_later():\n    assert tax(0) == 0\n"
BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><testsuites><testsuite>&b;</testsuite></testsuites>'


def junit(*cases: str) -> str:
    """A JUnit file as pytest writes it."""
    suite = f'<testsuite name="pytest" timestamp="2026-11-20T02:00:00">{"".join(cases)}</testsuite>'
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites>{suite}</testsuites>\n'


def run_proof(path: str, other: str) -> Proof:
    """The examples of the check that reads the JUnit file at the path, and not the one at the other path."""
    roots = {"source_roots": ["."]}

    def tried(
        report: str | None, why: str, score: float | None = None, status: str | None = None, **more: str
    ) -> Example:
        files = {path_of(name): text for name, text in more.items()}
        files |= {path: report} if report is not None else {}
        return Example({**TAX, **STRICT, **files}, why, score, status, roots)

    late = {"tests__test_tax_DOT_py": TAX["tests/test_tax.py"] + LATER}
    lost = {"tests__test_lost_DOT_py": "from app.gone import lost\n\ndef test_lost():\n    assert lost\n"}
    stuck = "import asyncio\n" + TAX["tests/test_tax.py"].replace("from app", "from app.gone import x\nfrom app")
    shown = CASE.format("", "test_later", "")
    return {
        "meets": [
            tried(junit(*PASSED, LAST), "every test function passed"),
            tried(junit(*PASSED, CASE.format("", "test_none", SKIPPED)), "one of three skipped"),
            tried(junit(*PASSED, LAST, shown), "the run shows that what looks stuck passed", None, None, **late),
            tried(junit(*PASSED, LAST).replace("tests.", ""), "written in the folder of the tests"),
            tried(
                junit(*PASSED, LAST, CASE.format("", "test_later", "")),
                "auto mode",
                None,
                None,
                **late,
                pytest_DOT_ini=AUTO["pytest.ini"],
            ),
        ],
        "falls_short": [
            tried(None, "an async test that nothing runs", 0, **late),
            tried(None, "a test file that cannot be imported", 0, **lost),
            tried(junit(PASSED[0], LAST, CASE.format(".TestTax", "test_tax[8]", FAILURE)), "a failure", 100 * 2 / 3),
            Example({"app/tax.py": TAX["app/tax.py"]}, "no test function", 0, settings=roots),
        ],
        "decoys": [
            tried(junit(*PASSED, LAST), "a file that leaves out what cannot run", 0, **lost),
            tried(
                junit(*PASSED, LAST, CASE.format("", "test_later", SKIPPED)), "what cannot run was skipped", 0, **late
            ),
            tried(None, "no result", None, "unknown"),
            tried(None, "the result of the other run", None, "unknown", **{other: junit(*PASSED, LAST)}),
            tried(junit(*PASSED), "a test function left out", None, "unknown"),
            tried(
                junit(*(c.replace("><", f">{SKIPPED}<") for c in PASSED), LAST), "most of it skipped", None, "unknown"
            ),
            tried("<testsuites><testsuite>", "no whole XML", None, "unknown"),
            tried(BOMB, "entities that grow", None, "unknown"),
            tried(
                "<html><testcase classname='tests.test_tax' name='test_none'/></html>", "no JUnit file", None, "unknown"
            ),
            tried("148 passed in 3 s\n", "a claim", None, "unknown"),
            tried(None, "a test file that does not parse", 0, tests__test_bad_DOT_py="def test_bad(:\n"),
            tried(
                None,
                "a TestCase that never awaits its async test",
                0,
                tests__test_case_DOT_py=NEVER_AWAITED,
                pytest_DOT_ini=AUTO["pytest.ini"],
            ),
            tried(None, "a broken conftest.py", 0, tests__conftest_DOT_py="from app.gone import lost\n"),
            tried(stuck, "a report that is source code", None, "unknown"),
        ],
    }


ALL = of(ABSENT, *BOTH) + of(FAILING, *BOTH)
LATER_SET = """
def test_set(monkeypatch):
    for cls in (Coordinator, Architect):
        agent = cls(llm=Model())
        agent.llm = None
        assert asyncio.run(agent.plan("b a"))["plan"] == ["a", "b"]
        other = cls(llm=Model())
        monkeypatch.setattr(other, "llm", AsyncMock(complete=AsyncMock(side_effect=TimeoutError)))
        assert asyncio.run(other.plan("b a"))["plan"] == ["a", "b"]
"""
PAIRS = """
@pytest.mark.parametrize(("cls", "model"), [(Coordinator, None), (Architect, Model(OSError()))])
def test_plan(cls, model):
    assert asyncio.run(cls(model).plan("b a"))["plan"]
"""
OUTAGES = [
    tested(ALL, "each agent both ways"),
    tested(LATER_SET, "the model taken away later", settings=TWO),
    tested(
        of(ABSENT, "Coordinator") + of(FAILING, "Coordinator"),
        "an agent that asks no model is left out",
        product={**PRODUCT, "app/agents/architect.py": PLAIN_AGENT},
    ),
]
OUTAGES_MISSING = [
    tested(of(ABSENT, *BOTH), "never a model that raises", 50),
    tested(PAIRS, "each agent one way", 50),
    Example({**PRODUCT, **STRICT}, "no test", 0, settings=TWO),
]
OUTAGE_DECOYS = [
    tested(
        of(ABSENT, *BOTH) + "def test_fallback():\n    for cls in (Coordinator, Architect):\n"
        "        assert cls(Model(OSError())).get_status()['language'] == 'svenska'\n",
        "a test of the status",
        50,
    ),
    tested(
        of(ABSENT, *BOTH)
        + "def test_fallback():\n    failing = Model(OSError())\n    for cls in (Coordinator, Architect):\n"
        "        assert asyncio.run(cls(llm=Model()).plan('x'))['plan'] and failing\n",
        "a failing double that never reaches the agent",
        50,
    ),
    tested(
        ALL.replace("assert", "try:\n        assert").replace(
            "['a', 'b']\n", "['a', 'b']\n    except Exception:\n        pass\n"
        ),
        "accepts any outcome",
        None,
    ),
    tested(of(ABSENT, *BOTH) + of(ANSWERED, *BOTH), "a model that answers", 50),
    tested(ALL, "a repository without agents", None, {"source_roots": ["."]}, "unknown", NO_MODEL),
]

RAISED = """
@pytest.mark.parametrize("error", [TimeoutError(), RuntimeError("429 too many requests"), ConnectionError("reset")])
def test_errors(error):
    assert asyncio.run(Coordinator(Model(error)).plan("b a"))["plan"] == ["a", "b"]

def test_no_json():
    model = AsyncMock()
    model.complete.return_value = "Here is your plan: first"
    assert asyncio.run(Coordinator(model).plan("b a"))["plan"] == ["a", "b"]
"""
THREE = RAISED.partition("def test_no_json")[0]
CLIENT = """
from botocore.exceptions import ClientError
from openai import APITimeoutError, RateLimitError

def service(**settings):
    client = MagicMock()
    client.responses.create = AsyncMock(**settings)
    return OpenAIService(client)

def test_timeout():
    with pytest.raises(APITimeoutError):
        asyncio.run(service(side_effect=APITimeoutError(request=None)).complete("x"))

def test_throttled():
    refused = {"Error": {"Code": "ThrottlingException", "Message": "slow down"}}
    with pytest.raises(ClientError):
        asyncio.run(service(side_effect=ClientError(refused, "Invoke")).complete("x"))

def test_unavailable():
    async def refuse(**arguments):
        raise RuntimeError("503 from the provider")
    with pytest.raises(RuntimeError):
        asyncio.run(service(side_effect=refuse).complete("x"))

def test_answer():
    model = AsyncMock(complete=AsyncMock(side_effect=json.JSONDecodeError("no", "", 0)))
    assert asyncio.run(Architect(model).plan("b a"))["plan"] == ["a", "b"]
"""
PATCHED = """
class Chatty:
    async def complete(self, prompt):
        return "I am sorry, I cannot do that"

@patch.object(OpenAIService, "complete", side_effect=[TimeoutError("deadline"), ConnectionError("503")])
def test_service(complete):
    agent = Coordinator(OpenAIService(Mock()))
    assert asyncio.run(agent.plan("b a"))["plan"] == asyncio.run(agent.plan("a b"))["plan"]

def test_quota(monkeypatch):
    monkeypatch.setattr("app.service.OpenAIService.complete", AsyncMock(side_effect=RuntimeError("quota exceeded")))
    assert asyncio.run(Coordinator(OpenAIService(Mock())).plan("b a"))["plan"] == ["a", "b"]

def test_chatty():
    assert asyncio.run(Architect(Chatty()).plan("b a"))["plan"] == ["a", "b"]
"""
FAULTS = [
    tested(RAISED, "a double of the test's own, a mock that answers with text"),
    tested(CLIENT, "the vendor's client fails"),
    tested(PATCHED, "patches"),
]
FAULTS_MISSING = [
    tested(THREE, "never a malformed answer", 75),
    Example({**PRODUCT, **STRICT}, "no test", 0, settings=TWO),
]
CALM = (
    "def test_{0}():\n    '''timeout, 429 rate limit, 503 unavailable, malformed'''\n"
    "    # raises TimeoutError, ConnectionError\n    assert asyncio.run(Coordinator(Model()).plan('x'))['plan']\n"
)
OWN = """
def test_mock():
    model = AsyncMock(side_effect=TimeoutError("429, connection lost"))
    with pytest.raises(TimeoutError):
        asyncio.run(model("x"))
    assert Coordinator()

def test_raise():
    with pytest.raises(ConnectionError):
        raise ConnectionError("429 timeout")
    assert Coordinator()
"""
UNUSED = """
def test_unused():
    errors = [TimeoutError(), ConnectionError("429")]
    assert Coordinator() and errors
"""
TEXT = """
def test_text():
    client = MagicMock()
    client.responses.create = AsyncMock(return_value="just text")
    assert asyncio.run(OpenAIService(client).complete("x"))
"""
FAULT_DECOYS = [
    tested(CALM.format("timeout_and_rate_limit"), "the words in a name, docstring and comment", 0),
    tested(OWN, "a test of the test's own mock", 0),
    tested(
        THREE + TEXT,
        "a text answer to code that does not parse it",
        75,
    ),
    tested(
        RAISED.replace('"Here is your plan: first"', '\'{"plan": ["a", "b"]}\''), "a double that answers normally", 75
    ),
    tested(
        DOUBLES + UNUSED,
        "exceptions that no double raises",
        0,
    ),
    tested("@pytest.mark.skip\n" + THREE, "skipped by default", 0),
    tested(RAISED, "a repository without a model", None, {"source_roots": ["."]}, "unknown", NO_MODEL),
]
