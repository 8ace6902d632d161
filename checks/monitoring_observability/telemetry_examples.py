"""Small applications that measure themselves, and that only seem to."""

from __future__ import annotations

REQUIRED = {"requirements.txt": "fastapi\nprometheus-client>=0.20\n"}
METRICS = """
from prometheus_client import Counter

REQUESTS = Counter("http_requests_total", "Requests", ["method", "status"])
"""
COUNTED = """
from fastapi import FastAPI, Response
from prometheus_client import generate_latest

from metrics import REQUESTS

app = FastAPI()

@app.middleware("http")
async def count(request, call_next):
    response = await call_next(request)
    REQUESTS.labels(request.method, response.status_code).inc()
    return response

"""
ROUTE = """
@app.get("/metrics")
def metrics():
    return Response(generate_latest(), media_type="text/plain")
"""
MOUNTED = """
from fastapi import FastAPI
from prometheus_client import make_asgi_app

from metrics import REQUESTS

app = FastAPI()
metrics_app = make_asgi_app()
app.mount("/metrics", metrics_app)

@app.get("/")
def home():
    REQUESTS.labels(method="GET", status="200").inc()
    return {}
"""
OWN_REGISTRY = """
from prometheus_client import CollectorRegistry, Counter, generate_latest

class Collector:
    def __init__(self):
        self.registry = CollectorRegistry()
        self.requests = Counter("http_requests_total", "Requests", ["path"], registry=self.registry)

    def record_request(self, path):
        self.requests.labels(path=path).inc()

    def text(self):
        return generate_latest(self.registry)

_collector = None

def get_collector() -> Collector:
    global _collector
    if _collector is None:
        _collector = Collector()
    return _collector
"""
OWN_REGISTRY_APP = """
from fastapi import APIRouter, FastAPI, Response
from starlette.middleware.base import BaseHTTPMiddleware

from collector import get_collector

router = APIRouter()

@router.get("/metrics")
def metrics():
    data = get_collector().text()
    return Response(data.decode())

class Measured(BaseHTTPMiddleware):
    def __init__(self, app):
        super().__init__(app)
        self.collector = get_collector()

    async def dispatch(self, request, call_next):
        self.collector.record_request(request.url.path)
        return await call_next(request)

app = FastAPI()
app.add_middleware(Measured)
app.include_router(router, prefix="/ops")
"""
INSTRUMENTATOR = """
from fastapi import FastAPI
from prometheus_fastapi_instrumentator import Instrumentator

app = FastAPI()
Instrumentator().instrument(app).expose(app)
"""
OTEL = """
from fastapi import FastAPI
from opentelemetry import metrics
from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import start_http_server

reader = PrometheusMetricReader()
metrics.set_meter_provider(MeterProvider(metric_readers=[reader]))
start_http_server(9464)
meter = metrics.get_meter("shop")
requests = meter.create_counter("http.requests", unit="1")
app = FastAPI()

@app.get("/")
def home():
    requests.add(1, {"route": "/"})
    return {}
"""
FACTORY = """
from prometheus_client import REGISTRY, Counter, start_http_server

def counter(name, labels=()):
    return Counter(name, name, labels, registry=REGISTRY)

TABLE = {"jobs": counter("jobs_total", ["kind"]), "failed": counter("jobs_failed_total")}

def work():
    TABLE["jobs"].labels("a").inc()

if __name__ == "__main__":
    start_http_server(9000)
    work()
"""
TIMED = """
from flask import Flask
from prometheus_client import Summary, make_wsgi_app
from werkzeug.middleware.dispatcher import DispatcherMiddleware

DURATION = Summary("request_seconds", "Time")
app = Flask(__name__)

@app.route("/")
@DURATION.time()
def home():
    return "ok"

app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/metrics": make_wsgi_app()})
"""
STUBS = """
try:
    from prometheus_sdk import Counter, generate_latest
except ImportError:
    class Counter:
        def __init__(self, *args): pass
        def labels(self, *args): return self
        def inc(self, n=1): pass
    def generate_latest(registry=None): return b""

REQUESTS = Counter("http_requests_total", "Requests", ["method", "status"])
"""
CLOUDWATCH = """
import boto3
from fastapi import FastAPI

app = FastAPI()
cloudwatch = boto3.client("cloudwatch")

@app.get("/")
def home():
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Requests", "Value": 1}])
    return {}
"""

LLM_METRICS = """
from prometheus_client import Counter, Histogram

CALLS = Counter("llm_requests_total", "Calls", ["model", "status"])
SECONDS = Histogram("llm_request_duration_seconds", "Duration", ["model"])
TOKENS = Counter("llm_tokens_total", "Tokens", ["model", "kind"])
COST = Counter("llm_cost_usd_total", "Cost", ["model"])
"""
EXPOSED = """
from fastapi import FastAPI
from prometheus_client import make_asgi_app

app = FastAPI()
app.mount("/metrics", make_asgi_app())
"""
GATEWAY = """
import time
from openai import AsyncOpenAI

from llm_metrics import CALLS, COST, SECONDS, TOKENS

PRICE = 0.00001

class Gateway:
    def __init__(self):
        self.client = AsyncOpenAI()

    async def complete(self, prompt, model):
        start, status = time.monotonic(), "error"
        try:
            answer = await self.client.chat.completions.create(
                model=model, messages=[{"role": "user", "content": prompt}])
            status = "ok"
        finally:
            CALLS.labels(model, status).inc()
            SECONDS.labels(model).observe(time.monotonic() - start)
        tokens = answer.usage.total_tokens
        TOKENS.labels(model, "all").inc(tokens)
        COST.labels(model).inc(tokens * PRICE)
        return answer.choices[0].message.content
"""
PLAIN_GATEWAY = """
from openai import AsyncOpenAI

class Gateway:
    def __init__(self):
        self.client = AsyncOpenAI()

    async def complete(self, prompt, model):
        answer = await self.client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": prompt}])
        return answer.choices[0].message.content
"""
RECORDER = """
from prometheus_client import Counter, Histogram

class LlmMetrics:
    def __init__(self):
        self.calls = Counter("llm_requests_total", "Calls", ["model", "status"])
        self.seconds = Histogram("llm_request_duration_seconds", "Duration", ["model"])
        self.tokens = Counter("llm_tokens_total", "Tokens", ["model"])
        self.errors = Counter("llm_errors_total", "Errors", ["model", "kind"])
        self.cost = Counter("llm_cost_usd_total", "Cost", ["model"])

    def record_request(self, model, status, seconds, tokens=0, cost=0.0):
        self.calls.labels(model=model, status=status).inc()
        self.seconds.labels(model=model).observe(seconds)
        if tokens > 0:
            self.tokens.labels(model=model).inc(tokens)
        if cost > 0:
            self.cost.labels(model=model).inc(cost)

    def record_error(self, model, error):
        self.errors.labels(model=model, kind=type(error).__name__).inc()

_metrics = None

def get_metrics() -> LlmMetrics:
    global _metrics
    if _metrics is None:
        _metrics = LlmMetrics()
    return _metrics
"""
WRAPPED = """
import time

from gateway import Gateway
from recorder import get_metrics

class Measured:
    def __init__(self):
        self.gateway, self.metrics = Gateway(), get_metrics()

    async def ask(self, prompt, model):
        start = time.monotonic()
        try:
            answer = await self.gateway.complete(prompt, model)
        except Exception as error:
            self.metrics.record_error(model, error)
            raise
        self.metrics.record_request(model, "success", time.monotonic() - start, len(answer), price(model, answer))
        return answer

def price(model, answer):
    return len(answer) * 0.00002
"""
DECORATED = """
import functools
import time

from openai import OpenAI
from recorder import get_metrics

def measured(function):
    @functools.wraps(function)
    def wrapper(self, prompt):
        start = time.monotonic()
        try:
            answer = function(self, prompt)
        except Exception as error:
            get_metrics().record_error("gpt", error)
            raise
        used = answer.usage.total_tokens
        get_metrics().record_request("gpt", "ok", time.monotonic() - start, used, cost_of(used))
        return answer
    return wrapper

def cost_of(used):
    return used * 0.00001

class Client:
    def __init__(self):
        self.client = OpenAI()

    @measured
    def ask(self, prompt):
        return self.client.chat.completions.create(model="gpt", messages=[{"role": "user", "content": prompt}])
"""
SEMCONV = """
import time
from anthropic import Anthropic
from opentelemetry import metrics
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

metrics.set_meter_provider(MeterProvider(metric_readers=[PeriodicExportingMetricReader(OTLPMetricExporter())]))
meter = metrics.get_meter("assistant")
duration = meter.create_histogram("gen_ai.client.operation.duration", unit="s")
usage = meter.create_histogram("gen_ai.client.token.usage", unit="{token}")
spent = meter.create_counter("gen_ai.client.cost", unit="usd")

def ask(prompt):
    start, failed = time.monotonic(), ""
    try:
        answer = Anthropic().messages.create(model="claude", messages=[{"role": "user", "content": prompt}])
    except Exception as error:
        failed = type(error).__name__
        raise
    finally:
        duration.record(time.monotonic() - start, {"error.type": failed})
    usage.record(answer.usage.output_tokens)
    spent.add(answer.usage.output_tokens * 0.000015)
    return answer

if __name__ == "__main__":
    ask(input())
"""
POWERTOOLS = """
import time
import boto3
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

metrics = Metrics(namespace="Assistant", service="llm")
bedrock = boto3.client("bedrock-runtime")

@metrics.log_metrics
def handler(event, context):
    start = time.monotonic()
    try:
        answer = bedrock.converse(modelId="claude", messages=[{"role": "user", "content": [{"text": event["q"]}]}])
    except Exception:
        metrics.add_metric(name="LlmErrors", unit=MetricUnit.Count, value=1)
        raise
    metrics.add_metric(name="LlmCalls", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="LlmLatency", unit=MetricUnit.Seconds, value=time.monotonic() - start)
    tokens = answer["usage"]["totalTokens"]
    metrics.add_metric(name="LlmTokens", unit=MetricUnit.Count, value=tokens)
    metrics.add_metric(name="LlmCostUsd", unit=MetricUnit.Count, value=tokens * 0.00001)
    return answer
"""
POWERTOOLS_TEMPLATE = """
Resources:
  Ask:
    Type: AWS::Serverless::Function
    Properties: {Handler: handler.handler, Runtime: python3.12, CodeUri: .}
"""
COUNTERS_IN_ATTRIBUTES = """
from openai import OpenAI

class Client:
    def __init__(self):
        self.client = OpenAI()
        self.stats = {"llm_requests_total": 0, "llm_tokens_total": 0, "llm_errors_total": 0, "llm_latency": 0}
        self.llm_cost_usd = 0.0

    def ask(self, prompt):
        answer = self.client.chat.completions.create(model="gpt", messages=[{"role": "user", "content": prompt}])
        self.stats["llm_requests_total"] += 1
        self.stats["llm_tokens_total"] += answer.usage.total_tokens
        self.llm_cost_usd += answer.usage.total_tokens * 0.00001
        return answer
"""

BREAKER = """
import time

class Refused(Exception):
    pass

class CircuitBreaker:
    def __init__(self, name, threshold=5, wait=30):
        self.name, self.threshold, self.wait = name, threshold, wait
        self.state, self.failures, self.opened_at = "closed", 0, 0.0

    async def call(self, function, *args):
        if self.state == "open":
            if time.monotonic() - self.opened_at < self.wait:
                {refused}
                raise Refused(self.name)
            self._move("half-open")
        try:
            result = await function(*args)
        except Exception:
            self.failures += 1
            if self.failures >= self.threshold:
                self._move("open")
            raise
        self.failures = 0
        self._move("closed")
        return result

    def _move(self, state):
        self.state = state
        self.opened_at = time.monotonic()
        {moved}
"""
BREAKER_APP = """
from fastapi import FastAPI
from prometheus_client import make_asgi_app

from breaker import CircuitBreaker

breaker = CircuitBreaker("mail")
app = FastAPI()
app.mount("/metrics", make_asgi_app())

@app.get("/")
async def home():
    return await breaker.call(send)

async def send():
    return {}
"""


def breaker(imports: str = "", moved: str = "pass", refused: str = "pass") -> dict[str, str]:
    """A breaker with statements in its transition and its refusal, and an application that uses it."""
    code = BREAKER.replace("{moved}", moved).replace("{refused}", refused)
    return {"breaker.py": f"{imports}\n{code}", "app.py": BREAKER_APP}


STATE_GAUGE = """
from prometheus_client import Gauge

STATE = Gauge("circuit_breaker_state", "1 where open", ["service"])
"""
TRANSITIONS = """
from prometheus_client import Counter

MOVES = Counter("breaker_transitions_total", "Changes of state", ["service", "to"])
"""
LISTENER = """
import pybreaker
from fastapi import FastAPI
from prometheus_client import Gauge, make_asgi_app

OPEN = Gauge("circuit_open", "1 where open", ["name"])

class Watch(pybreaker.CircuitBreakerListener):
    def state_change(self, cb, old, new):
        OPEN.labels(cb.name).set(new.name == "open")

breaker = pybreaker.CircuitBreaker(fail_max=3, listeners=[Watch()])
app = FastAPI()
app.mount("/metrics", make_asgi_app())

@app.get("/")
@breaker
def home():
    return {}
"""
