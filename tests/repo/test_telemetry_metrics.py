"""Metrics: what is declared, where it is recorded, which registry is served, what runs when a model is asked."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.telemetry import Metric
from pytest_readiness.repo.telemetry.metrics import CLOUDWATCH, DEFAULT

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
SERVED = "from prometheus_client import make_asgi_app\n\napp.mount('/metrics', make_asgi_app())\n"


def repo_of(folder: Path, **modules: str) -> Repo:
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(text).lstrip("\n"))
    return Repo(folder)


def metric(repo: Repo, name: str) -> Metric:
    return next(m for m in repo.telemetry.metrics if m.name == name)


def declared(folder: Path, code: str) -> dict[str, Metric]:
    text = f"from prometheus_client import *\nfrom prometheus_client import Counter, Gauge, Histogram, Info\n{code}"
    repo = repo_of(folder, metrics=text)
    return {m.name: m for m in repo.telemetry.metrics}


@pytest.mark.parametrize(
    ("code", "name", "exposed"),
    [
        ("Counter('a', 'doc')", "a", {"a_total", "a_created"}),
        ("Counter('a_total', 'doc')", "a_total", {"a_total", "a_created"}),
        ("Counter(name='a', documentation='', namespace='shop', subsystem='web')", "shop_web_a", {"shop_web_a_total"}),
        (
            "Histogram('h', 'doc', unit='seconds')",
            "h_seconds",
            {"h_seconds_bucket", "h_seconds_sum", "h_seconds_count"},
        ),
        ("Gauge('g', 'doc')", "g", {"g"}),
        ("Info('i', 'doc')", "i", {"i_info"}),
        ("P = 'shop'\nCounter(f'{P}_a_total', 'doc')", "shop_a_total", {"shop_a_total"}),
        ("N = 'b_total'\nCounter(N, 'doc')", "b_total", {"b_total"}),
    ],
)
def test_names(tmp_path: Path, code: str, name: str, exposed: set[str]) -> None:
    found = declared(tmp_path, code)
    assert exposed <= set(found[name].exposed_names)


def test_a_name_that_is_partly_known_is_a_pattern(tmp_path: Path) -> None:
    found = declared(tmp_path, "import os\nCounter(f\"{os.environ['P']}_errors_total\", 'doc')")
    (only,) = found.values()
    assert only.is_called("shop_errors_total")
    assert not only.is_called("shop_requests_total")


def test_labels_and_what_has_none(tmp_path: Path) -> None:
    found = declared(
        tmp_path, "L = ['model', 'status']\nCounter('a', 'd', L)\nCounter('b', 'd')\nCounter('c', 'd', labels())"
    )
    assert found["a"].labels == ("model", "status")
    assert found["b"].labels == ()
    assert found["c"].labels is None
    assert found["b"].lacks_label({"status"})
    assert not found["c"].lacks_label({"status"})


@pytest.mark.parametrize(
    "code", ["class Counter: ...\nCounter('a', 'd')", "from collections import Counter\nCounter('a')"]
)
def test_what_is_no_metric(tmp_path: Path, code: str) -> None:
    assert repo_of(tmp_path, app=code).telemetry.metrics == ()


def test_a_stand_in_beside_the_library_leaves_the_metric_one(tmp_path: Path) -> None:
    code = """
    try:
        from prometheus_client import Counter
    except ImportError:
        class Counter:
            def __init__(self, *args): ...

    CALLS = Counter("calls_total", "Calls")
    """
    assert [m.name for m in repo_of(tmp_path, app=code).telemetry.metrics] == ["calls_total"]


def test_registries(tmp_path: Path) -> None:
    code = "R = CollectorRegistry()\nCounter('a', 'd', registry=R)\nCounter('b', 'd', registry=None)\nCounter('c', 'd')"
    found = declared(tmp_path, code)
    assert len(found["a"].registries) == 1
    assert found["a"].registries != (DEFAULT,)
    assert found["b"].registries == ()
    assert found["c"].registries == (DEFAULT,)


def test_a_function_that_makes_metrics_declares_one_for_each_call(tmp_path: Path) -> None:
    code = """
    def make(name):
        return Counter(name, name)

    CALLS, FAILS = make("calls_total"), make("fails_total")

    def work():
        CALLS.inc()
    """
    found = declared(tmp_path, textwrap.dedent(code))
    repo = Repo(tmp_path)
    assert set(found) == {"calls_total", "fails_total"}
    recorded = {r.metric.name for r in repo.telemetry.recordings}
    assert recorded == {"calls_total"}


RECORDINGS = """
from prometheus_client import Counter, Gauge, Histogram

class Collector:
    def __init__(self):
        self.calls = Counter("calls_total", "d", ["kind"])
        self.table = {"up": Gauge("up_now", "d"), "down": Gauge("down_now", "d")}

TIME = Histogram("work_seconds", "d")
collector = Collector()

def by_attribute():
    collector.calls.labels(kind="a").inc(3)

def by_child():
    child = collector.calls.labels("b")
    child.inc()

def by_key():
    collector.table["up"].set(1)

@TIME.time()
def by_decorator():
    pass

def by_context():
    with TIME.time():
        pass

def handed_in(counter):
    counter.inc()

def hands_on():
    handed_in(collector.calls)
"""


@pytest.mark.parametrize(
    ("function", "name"),
    [
        ("by_attribute", "calls_total"),
        ("by_child", "calls_total"),
        ("by_key", "up_now"),
        ("by_decorator", "work_seconds"),
        ("by_context", "work_seconds"),
        ("handed_in", "calls_total"),
    ],
)
def test_recordings(tmp_path: Path, function: str, name: str) -> None:
    repo = repo_of(tmp_path, metrics=RECORDINGS)
    found = [r.metric.name for r in repo.telemetry.recordings if r.function and r.function.name == function]
    assert found == [name]


def test_amount_and_labels(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, metrics=RECORDINGS)
    first = next(r for r in repo.telemetry.recordings if r.function and r.function.name == "by_attribute")
    assert first.how == "inc"
    assert getattr(first.amount, "value", None) == 3
    assert list(first.labels) == ["kind"]


@pytest.mark.parametrize(
    ("code", "ok"),
    [
        ("", False),
        (SERVED, True),
        ("from prometheus_client import make_asgi_app\n\nmake_asgi_app()\n", False),
        ("from prometheus_client import start_http_server\n\nstart_http_server(9000)\n", True),
        ("def never():\n    from prometheus_client import start_http_server\n    start_http_server(9000)\n", False),
        (
            "from prometheus_client import generate_latest\n\n@app.get('/m')\ndef m():\n    return generate_latest()\n",
            True,
        ),
        (
            "from prometheus_client import generate_latest\n\n@app.get('/m')\ndef m():\n"
            "    generate_latest()\n    return 'up 1'\n",
            False,
        ),
        (
            "from prometheus_client import CollectorRegistry, generate_latest\n\nOTHER = CollectorRegistry()\n\n"
            "@app.get('/m')\ndef m():\n    return generate_latest(OTHER)\n",
            False,
        ),
        (
            "from prometheus_client import CollectorRegistry, generate_latest, multiprocess\n\n"
            "@app.get('/m')\ndef m():\n"
            "    registry = CollectorRegistry()\n    multiprocess.MultiProcessCollector(registry)\n"
            "    return generate_latest(registry)\n",
            True,
        ),
        (
            "from prometheus_client import generate_latest\n\nclass Metrics:\n"
            "    def __init__(self, app): self.app = app\n"
            "    async def __call__(self, scope, receive, send):\n"
            "        await send({'type': 'http.response.body', 'body': generate_latest()})\n\n"
            "app.add_middleware(Metrics)\n",
            True,
        ),
    ],
)
def test_which_registry_is_served(tmp_path: Path, code: str, ok: bool) -> None:
    counter = "from prometheus_client import Counter\n\nCALLS = Counter('calls_total', 'd')\nCALLS.inc()\n"
    repo = repo_of(tmp_path, app=APP + code + counter)
    assert (repo.telemetry.exposed(metric(repo, "calls_total")) is not None) is ok


@pytest.mark.parametrize(
    ("reader", "serve", "ok"),
    [
        ("PeriodicExportingMetricReader(OTLPMetricExporter())", "", True),
        ("PrometheusMetricReader()", "", False),
        ("PrometheusMetricReader()", "start_http_server(9000)", True),
    ],
)
def test_opentelemetry(tmp_path: Path, reader: str, serve: str, ok: bool) -> None:
    code = f"""
    from opentelemetry import metrics
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from prometheus_client import start_http_server

    metrics.set_meter_provider(MeterProvider(metric_readers=[{reader}]))
    calls = metrics.get_meter("x").create_counter("gen_ai.calls", unit="1")
    {serve}

    if __name__ == "__main__":
        calls.add(1)
    """
    repo = repo_of(tmp_path, app=code)
    found = metric(repo, "gen_ai.calls")
    assert found.is_called("gen_ai_calls_total")
    assert repo.telemetry.live_recordings(found)
    assert (repo.telemetry.exposed(found) is not None) is ok


CLOUDWATCH_CODE = """
import boto3
from dataclasses import dataclass
from fastapi import FastAPI

app = FastAPI()

@dataclass
class Point:
    name: str
    value: float

    def row(self):
        return {"MetricName": self.name, "Value": self.value}

class Sender:
    namespace = "Shop"

    def __init__(self):
        self.client, self.points = boto3.client("cloudwatch"), []

    def put(self, name, value, dimensions=None):
        self.points.append(Point(name, value))

    def flush(self):
        self.client.put_metric_data(Namespace="Shop", MetricData=[p.row() for p in self.points])

sender = Sender()

@app.get("/")
def home():
    sender.put("Requests", 1, {"Path": "/"})
    sender.flush()

def never():
    sender.put("Never", 1)
"""


def test_cloudwatch_names_are_followed_from_the_data_point_to_who_says_them(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, app=CLOUDWATCH_CODE)
    found = {m.name: m for m in repo.telemetry.metrics}
    assert set(found) == {"Requests", "Never"}
    assert {m.library for m in found.values()} == {CLOUDWATCH}
    assert found["Requests"].labels == ("Path",)
    assert found["Requests"].is_called("Requests", "Shop")
    assert not found["Requests"].is_called("Requests", "Other")
    assert repo.telemetry.live_recordings(found["Requests"])
    assert not repo.telemetry.live_recordings(found["Never"])


LLM = """
from openai import OpenAI
from prometheus_client import Counter

CALLS = Counter("llm_calls_total", "d")

class Provider:
    def __init__(self):
        self.client = OpenAI()

    def complete(self, prompt):
        return self.client.chat.completions.create(model="m", messages=[{"role": "user", "content": prompt}])

class Gateway:
    def __init__(self, provider):
        self.provider = provider

    def ask(self, prompt):
        return breaker.call(self.provider.complete, prompt)

def one(gateway, prompt):
    return gateway.ask(prompt)

def two(gateway, prompt):
    return one(gateway, prompt)

def three(gateway, prompt):
    return two(gateway, prompt)

def four(gateway, prompt):
    return three(gateway, prompt)

def elsewhere():
    return 1
"""


def test_the_path_of_a_model_goes_four_steps_up(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, llm=LLM)
    (path,) = repo.telemetry.llm_paths.all
    assert {f.qualname: n for f, n in path.functions.items()} == {
        "Provider.complete": 0, "Gateway.ask": 1, "one": 2, "two": 3, "three": 4,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "on_path"),
    [
        ("        return breaker.call", "        CALLS.inc()\n        return breaker.call", True),
        ("def elsewhere():\n", "def elsewhere():\n    CALLS.inc()\n", False),
        ("        return breaker.call", "        count()\n        return breaker.call", True),
        ("    def ask", "    @counted\n    def ask", True),
        ("        return breaker.call", "        with Watch():\n            return breaker.call", True),
        ("class Gateway:", "        CALLS.inc()\n\nclass Gateway:", False),
    ],
)
def test_what_is_recorded_on_the_path(tmp_path: Path, old: str, new: str, on_path: bool) -> None:
    helpers = """
def count():
    CALLS.inc()

def counted(function):
    def wrapper(*args):
        CALLS.inc()
        return function(*args)
    return wrapper

class Watch:
    def __enter__(self):
        CALLS.inc()
    def __exit__(self, *error):
        pass
"""
    repo = repo_of(tmp_path, llm=LLM.replace(old, new, 1) + helpers)
    recordings = repo.telemetry.recordings_of(metric(repo, "llm_calls_total"))
    assert any(repo.telemetry.on_llm_path(r) for r in recordings) is on_path


def test_a_provider_that_only_fits_a_protocol_is_on_the_path(tmp_path: Path) -> None:
    code = (
        LLM.replace("from openai", "from typing import Protocol\nfrom openai", 1)
        + """
class Answers(Protocol):
    def complete(self, prompt): ...

def typed(provider: Answers, prompt):
    CALLS.inc()
    return provider.complete(prompt)
"""
    )
    repo = repo_of(tmp_path, llm=code)
    assert all(repo.telemetry.on_llm_path(r) for r in repo.telemetry.recordings)


@pytest.mark.parametrize(
    ("amount", "varies"),
    [
        ("used * 0.001", True),
        ("0.001", False),
        ("PRICE", False),
        ("PRICE * 3", False),
        ("round(PRICE, 2)", False),
        ("cost_of(used)", True),
        ("fixed()", False),
    ],
)
def test_an_amount_is_worked_out_or_always_the_same(tmp_path: Path, amount: str, varies: bool) -> None:
    code = f"""
    from openai import OpenAI
    from prometheus_client import Counter, start_http_server

    PRICE = 0.002
    COST = Counter("llm_cost_usd_total", "d")

    def cost_of(used):
        return used * PRICE

    def fixed():
        return 0.5

    def record(cost=0.0):
        COST.inc(cost)

    def ask(prompt):
        answer = OpenAI().responses.create(model="m", input=prompt)
        used = answer.usage.total_tokens
        record({amount})
        return answer

    if __name__ == "__main__":
        start_http_server(9000)
        ask(input())
    """
    assert repo_of(tmp_path, llm=code).telemetry.llm.tracked("cost").ok is varies
