"""What a test does with the world outside: requests through an application, real clients, processes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.modules import argument, call_name, dotted, text_of
from pytest_readiness.repo.names import External, Names
from pytest_readiness.repo.suite import TestCase
from pytest_readiness.repo.suite.definitions import Definitions
from pytest_readiness.repo.suite.values import Found, Spot, TestValues

REQUESTS = frozenset(
    {"get", "post", "put", "patch", "delete", "request", "websocket_connect", "options", "head", "stream"}
)
_CLIENTS = frozenset({"TestClient", "AsyncClient", "Client", "AsyncTestClient", "FlaskClient"})
_SERVICES = (
    "boto3", "aioboto3", "botocore", "psycopg", "psycopg2", "asyncpg", "pymysql", "MySQLdb", "mysql", "pymongo",
    "motor", "redis", "aioredis", "httpx", "requests", "aiohttp", "openai", "anthropic", "groq", "cohere", "mistralai",
    "ollama",
    "google.generativeai", "google.genai", "google.cloud", "vertexai", "urllib.request", "urllib3", "elasticsearch",
    "opensearchpy", "kafka", "aiokafka", "pika", "aio_pika", "smtplib", "paramiko", "pymemcache", "cassandra",
    "websockets",
)  # fmt: skip
_PROCESSES = (
    "subprocess", "multiprocessing.Process", "asyncio.create_subprocess", "os.system", "os.popen", "os.fork", "os.exec",
    "os.spawn", "pexpect", "testcontainers", "docker", "uvicorn.run",
)  # fmt: skip
_OPENERS = frozenset(
    {"client", "resource", "connect", "create_pool", "from_url", "urlopen", "Session", "session", "ClientSession",
     "get", "post", "put", "patch", "delete", "request", "head", "options", "stream", "SMTP", "SSHClient", "Cluster",
     "BlockingConnection", "PoolManager", "GenerativeModel", "configure"}
)  # fmt: skip
_STANDS_IN = frozenset(
    {"mock_aws", "mock_s3", "mock_dynamodb", "moto", "respx_mock", "respx", "httpx_mock", "requests_mock", "responses",
     "aioresponses", "vcr"}
)  # fmt: skip
_FAKE = frozenset({"api_key", "aws_access_key_id", "access_key", "token", "password"})


@dataclass(frozen=True, eq=False)
class Request:
    """A request that a test sends through an application: the call, and the application's expression."""

    spot: Spot
    call: ast.Call
    app: Found | None


class Outside:
    """Answers for one run of one test."""

    def __init__(self, values: TestValues, definitions: Definitions, names: Names) -> None:
        self._values, self._definitions, self._names = values, definitions, names
        self._functions = definitions.used(values.case)

    def requests(self) -> Iterator[Request]:
        """The requests that the test and its helpers send through a test client."""
        for function in self._functions:
            spot = Spot(function.module, function)
            for call in (n for n in ast.walk(function.node) if isinstance(n, ast.Call)):
                if isinstance(call.func, ast.Attribute) and call.func.attr in REQUESTS:
                    for client in self._values.of(spot, call.func.value):
                        yield from (Request(spot, call, app) for app in self._applications(client))

    def _applications(self, client: Found) -> Iterator[Found | None]:
        """What the client is built on; None for a client of an application that is not named."""
        node = client.node
        if not isinstance(node, ast.Call):
            return
        if call_name(node) == "test_client" and isinstance(node.func, ast.Attribute):
            yield from self._values.of(client.spot, node.func.value)
        elif call_name(node) in _CLIENTS:
            yield from self._built_on(client, node)

    def _built_on(self, client: Found, node: ast.Call) -> Iterator[Found | None]:
        transport = argument(node, "transport")
        if transport is not None:
            for found in self._values.of(client.spot, transport):
                if isinstance(found.node, ast.Call) and call_name(found.node) in ("ASGITransport", "WSGITransport"):
                    yield from self._values.of(found.spot, argument(found.node, "app", 0))
            return
        given = argument(node, "app", 0)
        if given is None and "django" in ".".join(self._names.dotted(client.spot.module, node.func)):
            yield None
        for found in self._values.of(client.spot, given):
            server = isinstance(found.node, ast.Call) and call_name(found.node) in ("TestServer", "LifespanManager")
            yield from self._values.of(found.spot, found.node.args[0]) if server and found.node.args else [found]  # type: ignore[attr-defined]

    def is_unit(self) -> bool:
        """No request through an application, no real client, no process."""
        if any(True for _ in self.requests()):
            return False
        calls = [(f, n) for f in self._functions for n in ast.walk(f.node) if isinstance(n, ast.Call)]
        patched = self._patched()
        return not any(self._leaves(Spot(f.module, f), call, patched) for f, call in calls)

    def _leaves(self, spot: Spot, call: ast.Call, patched: frozenset[str]) -> bool:
        """Whether a call opens a real client of an outside service, or starts a process."""
        names = [s.name for s in self._names.resolve(spot.module, call.func) if isinstance(s, External)]
        if any(_is_below(n, p) for n in names for p in _PROCESSES):
            return not _touches(names, patched)
        opening = [n for n in names if any(_is_below(n, s) for s in _SERVICES) and _opens(n)]
        return bool(opening) and not (_touches(opening, patched) or _is_harmless(call))

    def _patched(self) -> frozenset[str]:
        """Names that the test replaces, and libraries that stand in for all clients."""
        replaced = self._values.replaced(self._functions)
        found = {part for r in replaced for part in r.target.split(".")}
        roots = [r.owner for r in replaced if r.owner is not None]
        found |= {part for root in roots for part in (dotted(root) or "").split(".")}
        asked = {p.arg for f in self._functions for p in f.params}
        used = {n.id for f in self._functions for n in ast.walk(f.node) if isinstance(n, ast.Name)}
        return frozenset(found | ({"*"} if _STANDS_IN & (asked | used | _decorators(self._values.case)) else set()))


def _decorators(case: TestCase) -> set[str]:
    written = [*case.function.node.decorator_list, *(case.cls.node.decorator_list if case.cls else [])]
    return {part for d in written for part in (dotted(d.func if isinstance(d, ast.Call) else d) or "").split(".")}


def _is_below(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith((f"{prefix}.", f"{prefix}_"))


def _opens(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last in _OPENERS or (
        last[:1].isupper() and last.endswith(("Client", "AI", "Redis", "Anthropic", "Connection", "Groq"))
    )


def _touches(names: list[str], patched: frozenset[str]) -> bool:
    return "*" in patched or any(part in patched for n in names for part in n.split("."))


def _is_harmless(call: ast.Call) -> bool:
    """With a made-up key, or with a transport or engine of the test's own."""
    keywords = {k.arg: k.value for k in call.keywords}
    fake = any(name in _FAKE and text_of(value) is not None for name, value in keywords.items())
    return fake or "transport" in keywords or "http_client" in keywords
