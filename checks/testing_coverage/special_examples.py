"""Small repositories that prove the checks of Swedish, tenants and circuit breakers."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TypedDict

from pytest_readiness.authoring import Example

from .example_parts import AUTO, NO_MODEL, WEB, team, tested
from .team_examples import ANSWERED, BOTH, of


class Proof(TypedDict):
    """Arguments of the decorator."""

    meets: Sequence[Example]
    falls_short: Sequence[Example]
    decoys: Sequence[Example]


SVEA = team("agent_svea", "coordinator", "architect", language="sv")
PROMPTED = """
@pytest.mark.parametrize("cls", [Coordinator, Architect])
def test_prompt(cls):
    model = Model()
    asyncio.run(cls(model).plan("x"))
    assert "svenska" in model.prompts[0]
"""
ANSWERS = """
def test_steps():
    model = AsyncMock()
    model.complete.return_value = '{"plan": ["Stäm av kontot"]}'
    answer = asyncio.run(Coordinator(model).plan("x"))
    assert answer["plan"] == ["Stäm av kontot"]

class PlanTests(unittest.IsolatedAsyncioTestCase):
    async def test_keys(self):
        model = AsyncMock(complete=AsyncMock(return_value='{"krav": []}'))
        answer = await Architect(model).plan("x")
        expected = ["obligatoriska_krav", "krav"]
        self.assertTrue(any(word in answer for word in expected))
"""
CALLED = """
async def test_call():
    model = AsyncMock()
    for cls in (Coordinator, Architect):
        await cls(model).plan("moms")
        prompt = model.complete.call_args.args[0]
        assert prompt.startswith("Svara på svenska")
"""
QUIET = of(ANSWERED, *BOTH).replace(
    "Model()", 'AsyncMock(complete=AsyncMock(return_value=\'{"plan": ["a", "b"], "ö": 1}\'))'
)
SWEDISH: Proof = {
    "meets": [
        tested(PROMPTED, "the prompt", settings=SVEA),
        tested(ANSWERS, "values and keys of the answer", settings=SVEA),
        tested(CALLED, "what a mock was called with", settings=SVEA, pytest_DOT_ini=AUTO["pytest.ini"]),
    ],
    "falls_short": [
        tested(PROMPTED.replace("[Coordinator, Architect]", "[Coordinator]"), "one agent of two", 50, SVEA),
        tested(of(ANSWERED, *BOTH), "nothing Swedish", 0, SVEA),
    ],
    "decoys": [
        tested(QUIET, "Swedish only in the double's answer", 0, SVEA),
        tested(
            of(ANSWERED, *BOTH).replace("plan('x')", "plan('svensk moms på köp')"),
            "Swedish only in the request",
            0,
            SVEA,
        ),
        tested(
            "# svenska\n" + of(ANSWERED, *BOTH).replace("_answers():", "_svarar():\n    'på svenska'"),
            "in a name, comment and docstring",
            0,
            SVEA,
        ),
        tested(
            "def test_status():\n    for cls in (Coordinator, Architect):\n"
            "        assert cls(Model()).get_status()['language'] == 'svenska'\n",
            "a status test",
            0,
            SVEA,
        ),
        tested(
            PROMPTED.replace("def test", "async def test").replace("asyncio.run(", "await ("),
            "a test that nothing runs",
            0,
            SVEA,
        ),
        tested(
            PROMPTED.replace("    assert", "    assert 'svenska' == 'svenska' and model\n    print"),
            "a text compared with a text",
            0,
            SVEA,
        ),
        tested(PROMPTED, "no team works in Swedish", None, team("meetmind", "coordinator"), "unknown"),
        tested(PROMPTED, "a repository without agents", None, {"source_roots": ["."]}, "unknown", NO_MODEL),
    ],
}

ROOT = {"source_roots": ["."]}
STORE = """
    class Notes:
        def __init__(self, session):
            self.session = session

        def add(self, tenant_id, text):
            self.session[(tenant_id, text)] = text
            return text

        def list(self, tenant_id):
            return [text for (owner, text) in self.session if owner == tenant_id]

        def delete(self, tenant_id, text):
            if (tenant_id, text) not in self.session:
                raise KeyError(text)
            del self.session[(tenant_id, text)]

    def cache_key(tenant_id, text):
        return f"{tenant_id}:{text}"

    def save(session, tenant_id, text):
        session[(tenant_id, text)] = text

    def notes_of(session, tenant_id):
        return [text for (owner, text) in session if owner == tenant_id]
    """
GUARD = """
    from dataclasses import dataclass
    from fastapi import Depends, FastAPI, HTTPException, Request

    @dataclass
    class Caller:
        user: str
        tenant_id: str

    def caller(request: Request):
        return Caller("anna", request.headers["X-Tenant-ID"])

    def same_tenant(request: Request, known=Depends(caller)):
        if request.path_params["tenant_id"] != known.tenant_id:
            raise HTTPException(status_code=403)

    def create_app():
        app = FastAPI()

        @app.get("/tenants/{tenant_id}/notes", dependencies=[Depends(same_tenant)])
        def notes(tenant_id: str):
            return []

        return app
    """
TENANT_HEAD = """
import pytest, unittest
from types import SimpleNamespace
from fastapi import HTTPException
from fastapi.testclient import TestClient
from app.guard import Caller, create_app, same_tenant
from app.notes import Notes, cache_key, notes_of, save
"""
DATA = """
def test_data():
    notes = Notes({})
    notes.add("nord", "secret")
    assert notes.list("syd") == []

"""
REQUEST = """
def test_request():
    client = TestClient(create_app())
    answer = client.get("/tenants/nord/notes", headers={"X-Tenant-ID": "syd"})
    assert answer.status_code == 403

"""
COMPANIES = GUARD.replace("/tenants/{tenant_id}", "/companies/{tenant_id}")
ELSEWHERE = REQUEST.replace("/tenants/nord", "/companies/nord")
BY_NAME = ELSEWHERE.replace('"/companies/nord/notes"', 'f"/companies/{OTHER}/notes"') + 'OTHER = "nord"\n'
DELETED = """
NORD, SYD = "nord", "syd"

@pytest.fixture
def notes():
    store = Notes(session={})
    store.add(NORD, text="secret")
    return store

def test_delete(notes):
    with pytest.raises(KeyError):
        notes.delete(tenant_id=SYD, text="secret")

def test_guard():
    request = SimpleNamespace(path_params={"tenant_id": NORD})
    with pytest.raises(HTTPException):
        same_tenant(request, Caller("anna", SYD))
"""
FUNCTIONS = """
class TenantTests(unittest.TestCase):
    def setUp(self):
        self.session = {}

    def ask(self, owner, asker):
        client = TestClient(create_app())
        return client.get(f"/tenants/{owner}/notes", headers={"X-Tenant-ID": asker})

    def test_data(self):
        save(self.session, "nord", "secret")
        self.assertNotIn("secret", notes_of(self.session, "syd"))

    def test_request(self):
        self.assertEqual(self.ask("nord", "syd").status_code, 404)
"""


def isolated(
    tests: str, why: str, score: float | None = None, status: str | None = None, guard: str = GUARD
) -> Example:
    """A store and a guard that know tenants, and these tests."""
    files = {"app/__init__.py": "", "app/notes.py": STORE, "app/guard.py": guard}
    return Example({**files, "tests/test_tenants.py": TENANT_HEAD + textwrap.dedent(tests)}, why, score, status, ROOT)


OWN_VALIDATOR = """
class Validator:
    def check(self, tenant_id, owner_tenant):
        if tenant_id != owner_tenant:
            raise PermissionError(tenant_id)

def test_validator():
    with pytest.raises(PermissionError):
        Validator().check("nord", "syd")
    assert create_app()
"""
TENANTS: Proof = {
    "meets": [
        isolated(DATA + REQUEST, "through the store and through the API"),
        isolated(DELETED, "a fixture, constants, a deletion that is refused, the guard itself"),
        isolated(FUNCTIONS, "unittest, functions with a session"),
        isolated(DATA + ELSEWHERE, "a path whose route says where the tenant stands", guard=COMPANIES),
        isolated(DATA + BY_NAME, "the same, put together", guard=COMPANIES),
    ],
    "falls_short": [
        isolated(DATA, "only the store", 50),
        isolated(REQUEST, "only the API", 50),
        isolated("", "no test", 0),
    ],
    "decoys": [
        isolated(
            REQUEST + "def test_keys():\n    assert cache_key('nord', 'a') != cache_key('syd', 'a')\n",
            "ids compared as cache keys",
            50,
        ),
        isolated(REQUEST + "def test_ids():\n    assert 'nord' != 'syd' and Notes({})\n", "ids compared as texts", 50),
        isolated(DATA + OWN_VALIDATOR, "a validator of the test's own", 50),
        isolated(
            (DATA + REQUEST).replace("def test_data", "from app.gone import x\n\ndef test_data"),
            "imports that do not resolve",
            0,
        ),
        isolated(
            DATA.replace('"syd"', '"nord"').replace("== []", "== ['secret']")
            + REQUEST.replace('"syd"', '"nord"').replace("403", "200"),
            "one id passed along",
            0,
        ),
        isolated(DATA.replace("== []", "is not None") + REQUEST, "nothing said of what the second tenant gets", 50),
        isolated(DATA.replace('notes.list("syd")', 'Notes({}).list("syd")') + REQUEST, "another, empty store", 50),
        isolated(DATA + REQUEST.replace("== 403", "== 200"), "the request is answered", 50),
        isolated(DATA + ELSEWHERE.replace("nord", "syd"), "one's own path", 50, guard=COMPANIES),
        isolated(
            DATA + ELSEWHERE, "a path that names no tenant", 50, guard=COMPANIES.replace("/{tenant_id}", "/{name}")
        ),
        Example(
            {**NO_MODEL, "tests/test_tax.py": "from app.tax import tax\n\ndef test_tax():\n    assert tax(4) == 1\n"},
            "a product without tenants",
            None,
            "unknown",
            ROOT,
        ),
    ],
}

BREAKER = '''
    import enum
    import time

    class State(enum.Enum):
        CLOSED = "closed"
        OPEN = "open"
        HALF_OPEN = "half_open"

    class CircuitOpenError(Exception):
        """The breaker refuses."""

    class CircuitBreaker:
        def __init__(self, threshold=2, recovery_seconds=30.0):
            self.threshold, self.recovery_seconds = threshold, recovery_seconds
            self.state, self.failures, self.opened_at = State.CLOSED, 0, 0.0

        @property
        def is_open(self):
            return self.state is State.OPEN

        def call(self, func, *args):
            if self.state is State.OPEN:
                if time.monotonic() - self.opened_at < self.recovery_seconds:
                    raise CircuitOpenError("try later")
                self.state = State.HALF_OPEN
            try:
                result = func(*args)
            except Exception:
                self._on_failure()
                raise
            self.state, self.failures = State.CLOSED, 0
            return result

        def _on_failure(self):
            self.failures += 1
            if self.state is State.HALF_OPEN or self.failures >= self.threshold:
                self.state, self.opened_at = State.OPEN, time.monotonic()

        def force_open(self):
            self.state = State.OPEN
    '''
BREAKER_HEAD = """
import time, unittest
from contextlib import suppress
from unittest.mock import Mock, patch
import pytest
from app.breaker import CircuitBreaker, CircuitOpenError, State

def fail():
    raise OSError("down")

"""
OPENS = """
def test_opens():
    breaker = CircuitBreaker(threshold=2)
    for _ in range(2):
        with pytest.raises(OSError):
            breaker.call(fail)
    assert breaker.state == State.OPEN

"""
REJECTS = """
def test_rejects():
    breaker = CircuitBreaker(threshold=1)
    with suppress(OSError):
        breaker.call(fail)
    with pytest.raises(CircuitOpenError):
        breaker.call(lambda: "fine")
    assert breaker

"""
RECOVERS = """
def test_recovers(monkeypatch):
    breaker = CircuitBreaker(threshold=1)
    with suppress(OSError):
        breaker.call(fail)
    monkeypatch.setattr("app.breaker.time.monotonic", lambda: 10_000.0)
    assert breaker.call(lambda: "fine") == "fine"
    assert breaker.state is State.CLOSED

"""
WHOLE = """
class BreakerTests(unittest.TestCase):
    def trip(self, breaker):
        failing = Mock(side_effect=OSError())
        for _ in range(breaker.threshold):
            with self.assertRaises(OSError):
                breaker.call(failing)

    def test_life(self):
        breaker = CircuitBreaker(recovery_seconds=0.01)
        self.trip(breaker)
        self.assertTrue(breaker.is_open)
        guarded = Mock(return_value=1)
        with suppress(CircuitOpenError):
            breaker.call(guarded)
        guarded.assert_not_called()
        time.sleep(0.02)
        breaker.call(guarded)
        self.assertEqual(breaker.state.value, "closed")
"""
LIBRARY = {
    "app/__init__.py": "",
    "app/clients.py": "import pybreaker\n\nrates = pybreaker.CircuitBreaker(fail_max=1, reset_timeout=5)\n\n"
    "@rates\ndef rate():\n    return 7\n",
}
BY_LIBRARY = """
import time
import pybreaker
import pytest
from unittest.mock import Mock
from app.clients import rates

def test_rates():
    with pytest.raises(OSError):
        rates.call(Mock(side_effect=OSError()))
    assert rates.current_state == "open"
    with pytest.raises(pybreaker.CircuitBreakerError):
        rates.call(lambda: 7)
    time.sleep(5)
    assert rates.call(lambda: 7) == 7
    assert rates.current_state == "closed"
"""
KEPT = {
    "app/__init__.py": "",
    "app/door.py": """
        import pybreaker

        class Service:
            def __init__(self, limits, make):
                self.cloud = make()
                self.breaker = pybreaker.CircuitBreaker(fail_max=limits["failures"], reset_timeout=limits["wait"])

            def run(self, operation, *args):
                return self.breaker.call(getattr(self.cloud, operation), *args)

        class Files(Service):
            def put(self, name, data):
                try:
                    self.run("put", name, data)
                except OSError:
                    return None

            def count(self):
                return len(vars(self))
        """,
}
BY_HOLDER = """
import pybreaker
import pytest
from unittest.mock import MagicMock
from app.door import Files

LIMITS = {"failures": 2, "wait": 60}

def files_of(cloud, **limits):
    return Files({**LIMITS, **limits}, lambda: cloud)

def test_opens():
    cloud = MagicMock(put=MagicMock(side_effect=OSError))
    files = files_of(cloud)
    for _ in range(2):
        files.put("plan", b"")
    assert files.breaker.current_state == pybreaker.STATE_OPEN
    with pytest.raises(pybreaker.CircuitBreakerError):
        files.run("put", "plan", b"")

def test_closes():
    cloud = MagicMock()
    cloud.put.side_effect = OSError
    files = files_of(cloud, wait=0)
    files.put("plan", b"")
    files.put("plan", b"")
    cloud.put.side_effect = None
    files.put("plan", b"")
    assert files.breaker.current_state == pybreaker.STATE_CLOSED
"""
FIXTURE = """
@pytest.fixture
def opened():
    breaker = CircuitBreaker(threshold=1, recovery_seconds=0)
    with pytest.raises(OSError):
        breaker.call(fail)
    return breaker

def test_open(opened):
    assert opened.state is State.OPEN

def test_closed(opened):
    opened.call(list)
    assert opened.state is State.CLOSED

def test_refused():
    breaker = CircuitBreaker(threshold=1)
    with pytest.raises(OSError):
        breaker.call(fail)
    with pytest.raises(CircuitOpenError, match="later"):
        breaker.call(fail)
    assert breaker.is_open
"""


def breaking(
    tests: str,
    why: str,
    score: float | None = None,
    status: str | None = None,
    product: Mapping[str, str] | None = None,
) -> Example:
    """A circuit breaker, and these tests."""
    files = product or {"app/__init__.py": "", "app/breaker.py": BREAKER}
    head = "" if product else BREAKER_HEAD
    return Example({**files, "tests/test_breaker.py": head + tests}, why, score, status, ROOT)


OWN_BREAKER = BREAKER_HEAD.replace("from app.breaker import CircuitBreaker, CircuitOpenError, State", "import app")
OWN_BREAKER = "from app.breaker import State as Known\n" + OWN_BREAKER + textwrap.dedent(BREAKER)
WRITTEN = """
def test_written():
    breaker = CircuitBreaker()
    breaker.state = State.OPEN
    with pytest.raises(CircuitOpenError):
        breaker.call(list)
    assert breaker.state == State.OPEN
"""
BREAKERS: Proof = {
    "meets": [
        breaking(OPENS + REJECTS + RECOVERS, "one test for each transition"),
        breaking(WHOLE, "one test for all of them, unittest, a helper that trips it, a function that is not called"),
        breaking(FIXTURE, "a fixture that opens it, no recovery time"),
        breaking(BY_LIBRARY, "a breaker of a library that the product keeps", product=LIBRARY),
        breaking(BY_HOLDER, "an object of the product that runs its calls inside a breaker of its own", product=KEPT),
    ],
    "falls_short": [
        breaking(OPENS, "only opens", 100 / 3),
        breaking(OPENS + RECOVERS, "never rejects", 200 / 3),
        breaking("", "no test", 0),
        breaking("def test_health():\n    assert True\n", "no breaker in a service", 0, product={"app/web.py": WEB}),
    ],
    "decoys": [
        breaking("def test_initial():\n    assert CircuitBreaker().state is State.CLOSED\n", "the initial state", 0),
        breaking(OPENS.replace("breaker.call(fail)", "breaker.force_open()"), "forced open", 0),
        breaking(
            BY_HOLDER.replace('files.put("plan", b"")', "files.count()"),
            "calls of the object that holds the breaker, and do not run inside it",
            0,
            product=KEPT,
        ),
        breaking(
            BY_HOLDER.replace("cloud.put.side_effect = None", "cloud.get.side_effect = None"),
            "the cloud never comes back",
            200 / 3,
            product=KEPT,
        ),
        breaking(BY_HOLDER.replace("wait=0", "wait=30"), "no recovery time passes", 200 / 3, product=KEPT),
        breaking(
            WRITTEN,
            "the state written",
            0,
        ),
        breaking(
            "def test_private():\n    breaker = CircuitBreaker(1)\n    breaker._on_failure()\n"
            "    assert breaker.is_open\n",
            "a private method by hand",
            0,
        ),
        breaking(
            OWN_BREAKER + OPENS + REJECTS + RECOVERS,
            "a breaker of the test's own",
            0,
            product={"app/breaker.py": BREAKER},
        ),
        breaking("from app.gone import x\n" + OPENS + REJECTS + RECOVERS, "imports that do not resolve", 0),
        breaking(
            "pytestmark = pytest.mark.skipif(True, reason='load')\n" + OPENS + REJECTS + RECOVERS,
            "skipped by default",
            0,
        ),
        breaking(
            OPENS
            + REJECTS
            + RECOVERS.replace('    monkeypatch.setattr("app.breaker.time.monotonic", lambda: 10_000.0)\n', ""),
            "no recovery time passes",
            200 / 3,
        ),
        breaking(OPENS + RECOVERS + REJECTS.replace("CircuitOpenError", "Exception"), "any exception will do", 200 / 3),
        breaking(OPENS + REJECTS + RECOVERS, "no breaker, no service", None, "unknown", NO_MODEL),
    ],
}
