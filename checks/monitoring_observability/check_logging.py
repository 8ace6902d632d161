"""Can what happened be found in the logs: by machine, by request, by customer, with its cost?"""

from pytest_readiness.authoring import Example, Repo, Units, check, needs_models

from .logging_examples import (
    CORRELATION_APP,
    CORRELATION_LOGS,
    FACTORY,
    FLASK_IDS,
    INSTRUMENTED,
    JSON_FORMATTER,
    LIFESPAN_APP,
    LOGS,
    LOGURU,
    MIDDLEWARE,
    POWERTOOLS,
    PROCESSOR_FORMATTER,
    QUART,
    REQUEST_ID,
    SERVER,
    TEXT_APP,
    TRACED,
    TRACED_APP,
    TRACING,
    changed,
)
from .usage_examples import ASKED, GATEWAY, LINES, LOGGED, METERED, ORM, PROVIDER, RECORDED, ROWS, USER

NO_SERVICE = "no module creates an ASGI or WSGI application"
NO_CALLER = "the repository has agents, but no code that asks a language model"
JSON_LOGS = """
version: 1
formatters:
  json: {class: pythonjsonlogger.jsonlogger.JsonFormatter, format: "%(levelname)s %(name)s %(message)s"}
handlers:
  out: {class: logging.StreamHandler, formatter: json}
root: {level: INFO, handlers: [out]}
"""
FROM_FILE = """
import logging.config
from pathlib import Path

import yaml
from flask import Flask

def create_app():
    path = Path(__file__).parent / "logging.yaml"
    with path.open() as stream:
        logging.config.dictConfig(yaml.safe_load(stream))
    return Flask(__name__)
"""
STRUCTLOG = """
import structlog

shared = [structlog.contextvars.merge_contextvars, structlog.processors.add_log_level]
structlog.configure(processors=shared + [structlog.processors.JSONRenderer()])
"""
DICT_CONFIG = """
import logging.config

CONFIG = {
    "version": 1,
    "formatters": {"json": {"()": "shop.formatters.JsonFormatter"}, "text": {"format": "%(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "INFO", "handlers": ["out"]},
}

def configure():
    logging.config.dictConfig(CONFIG)
"""
STARTED = "from fastapi import FastAPI\n\nfrom shop.logs import configure\n\nconfigure()\napp = FastAPI()\n"


@check(
    severity="medium",
    effort_days=1,
    standard="OWASP ASVS 5.0 V16.2.4; The Twelve-Factor App, factor XI (Logs)",
    meets=[
        Example({"app.py": LIFESPAN_APP, "logs.py": LOGS}, why="an own formatter, set in the lifespan"),
        Example({"web.py": FROM_FILE, "logging.yaml": JSON_LOGS}, why="dictConfig of a YAML file, in a factory"),
        Example(
            {
                "src/shop/app.py": STARTED,
                "src/shop/logs.py": DICT_CONFIG,
                "src/shop/formatters.py": JSON_FORMATTER,
                "src/shop/__init__.py": "",
            },
            why="dictConfig with an own class by its dotted name",
        ),
        Example({"app.py": f"{STRUCTLOG}\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"}, why="structlog"),
        Example(
            {"app.py": QUART},
            why="python-json-logger in a hook",
        ),
        Example(
            {"app.py": PROCESSOR_FORMATTER},
            why="structlog's formatter on a handler",
        ),
        Example(
            {"app.py": POWERTOOLS},
            why="powertools",
        ),
        Example(
            {
                "app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n",
                "serve.py": SERVER,
                "logs.py": LOGS,
            },
            why="set by the program that serves the application",
        ),
        Example(
            {"app.py": LOGURU},
            why="loguru",
        ),
    ],
    falls_short=[
        Example({"app.py": TEXT_APP}, score=0, why="basicConfig with a text format"),
        Example(
            {"one/app.py": LIFESPAN_APP, "two/app.py": TEXT_APP, "logs.py": LOGS}, score=50, why="one service of two"
        ),
        Example({"tool.py": "def double(x):\n    return 2 * x\n"}, score=0, why="no service at all"),
    ],
    decoys=[
        Example(
            {"app.py": f"import structlog\n{TEXT_APP}\nlog = structlog.get_logger()\n"},
            score=0,
            why="structlog imported but never configured",
        ),
        Example({"app.py": TEXT_APP, "logs.py": LOGS}, score=0, why="a formatter that no service uses"),
        Example(
            {
                "app.py": LIFESPAN_APP,
                "logs.py": LOGS.replace("    handler.setFormatter(JsonFormatter())\n", "    JsonFormatter()\n"),
            },
            score=0,
            why="a JSON formatter class that no handler uses",
        ),
        Example(
            {"app.py": LIFESPAN_APP.replace("from logs", "from common.logs"), "logs.py": LOGS},
            score=0,
            why="a set-up imported from a module that does not exist",
        ),
        Example(
            {
                "app.py": TEXT_APP
                + '\nimport json\n\n@app.get("/")\ndef get():\n    logging.info(json.dumps({"event": "get"}))\n'
            },
            score=0,
            why="JSON only in one-off messages",
        ),
        Example(
            {"app.py": LIFESPAN_APP, "logs.py": LOGS.replace("getLogger()", 'getLogger("shop.audit")')},
            score=0,
            why="a handler of another logger",
        ),
        Example(
            {
                "app.py": LIFESPAN_APP,
                "logs.py": LOGS.replace(
                    "return json.dumps(entry)", 'json.dumps(entry)\n        return str(entry["message"])'
                ),
            },
            score=0,
            why="a formatter that writes text",
        ),
        Example(
            {"app.py": LIFESPAN_APP.replace("    set_up_logging()\n", "    # set_up_logging()\n"), "logs.py": LOGS},
            score=0,
            why="a call that is commented out",
        ),
        Example(
            {
                "app.py": LIFESPAN_APP.replace("    set_up_logging()\n", "")
                + '\n@app.post("/debug")\ndef debug():\n    set_up_logging()\n',
                "logs.py": LOGS,
            },
            score=0,
            why="a handler of requests sets logging up, the start does not",
        ),
        Example(
            {"web.py": FROM_FILE, "logging.yaml": JSON_LOGS.replace("formatter: json", "formatter: text")},
            score=0,
            why="a file whose handler uses another formatter",
        ),
        Example(
            {
                "app.py": LIFESPAN_APP.replace("    set_up_logging()\n", "")
                + '\nif __name__ == "__main__":\n    set_up_logging()\n',
                "logs.py": LOGS,
                "Dockerfile": 'FROM python:3.12\nCOPY . .\nCMD ["uvicorn", "app:app"]\n',
            },
            score=0,
            why="below a main guard that the image's command never runs",
        ),
    ],
)
def test_structured_logging(repo: Repo, units: Units) -> None:
    """Does every service write structured logs?

    Passes: code that runs when the service starts (its module, its lifespan or start-up hook, what creates or serves
    the application, or a function that is called there) puts a structured formatter on the root logger's handlers: a
    Formatter whose format returns the JSON of the record, python-json-logger, structlog with a JSON or logfmt renderer,
    powertools' Logger, or a dictConfig with one of these.
    Falls short: basicConfig with a text format; structlog that is never configured; a JSON formatter that no handler
    uses; a set-up imported from a module that does not exist; JSON only in single messages. No service at all: 0.
    Impact: Searching an incident across services takes hours of text matching.
    Recommendation: Call one shared JSON logging set-up at the start of every service.
    """
    assert repo.logging.services, NO_SERVICE
    for service in repo.logging.services:
        found = repo.logging.structured(service)
        units.decide(service.name, found.ok, *found.places, note=found.note)


NO_FORMATTER = changed(TRACED, "logs.py", ', "request_id": request_id.get()', "")


@check(
    severity="medium",
    effort_days=2,
    depends_on=["structured_logging"],
    standard="W3C Trace Context; OWASP ASVS 5.0 V16.2.1; OpenTelemetry Logs data model (TraceId)",
    meets=[
        Example(TRACED, why="a ContextVar, set by a middleware and read by the formatter"),
        Example(
            {
                "app.py": f"{STRUCTLOG}\nfrom uuid import uuid4\nfrom fastapi import FastAPI\n\napp = FastAPI()\n\n"
                '@app.middleware("http")\nasync def bind(request, call_next):\n'
                "    structlog.contextvars.clear_contextvars()\n"
                "    structlog.contextvars.bind_contextvars(correlation_id=str(uuid4()))\n"
                "    return await call_next(request)\n"
            },
            why="structlog's context variables",
        ),
        Example(
            {
                "app.py": CORRELATION_APP,
                "logs.py": CORRELATION_LOGS,
            },
            why="asgi-correlation-id with a filter",
        ),
        Example(
            {"app.py": INSTRUMENTED},
            why="OpenTelemetry instrumentation",
        ),
        Example(
            {"app.py": FLASK_IDS},
            why="flask.g, a filter, and a formatter that writes all attributes",
        ),
        Example(
            changed(
                changed(TRACED, "logs.py", "request_id.get()}", "record.request_id}"),
                "logs.py",
                "def set_up_logging():\n",
                FACTORY,
            ),
            why="a record factory",
        ),
        Example(
            {
                "ids.py": REQUEST_ID.replace("default=None", "default={}"),
                "middleware.py": MIDDLEWARE.replace(
                    'request_id.set(request.headers.get("x-request-id") or str(uuid4()))',
                    'request_id.set({"trace_id": str(uuid4()), "path": request.url.path})',
                ),
                "logs.py": LOGS.replace("import logging\n", "import logging\n\nfrom ids import request_id\n").replace(
                    "return json.dumps(entry)", "entry.update(request_id.get())\n        return json.dumps(entry)"
                ),
                "app.py": TRACED_APP,
            },
            why="a dict in the ContextVar",
        ),
    ],
    falls_short=[
        Example({"app.py": TEXT_APP}, score=0),
        Example({**TRACED, "other.py": TEXT_APP}, score=50, why="one service of two"),
        Example({"tool.py": "def double(x):\n    return 2 * x\n"}, score=0, why="no service at all"),
    ],
    decoys=[
        Example(NO_FORMATTER, score=0, why="a ContextVar that no formatter reads"),
        Example(
            changed(TRACED, "app.py", "app.add_middleware(RequestIds)\n", ""),
            score=0,
            why="a formatter that reads a ContextVar which no live code sets",
        ),
        Example(
            changed(
                NO_FORMATTER,
                "middleware.py",
                "        return await call_next(request)\n",
                "        response = await call_next(request)\n"
                '        response.headers["x-request-id"] = request_id.get()\n        return response\n',
            ),
            score=0,
            why="an id that is only returned in a header",
        ),
        Example(
            changed(
                NO_FORMATTER,
                "middleware.py",
                "        return await call_next(request)\n",
                "        import logging\n"
                '        logging.getLogger(__name__).info("asked", extra={"request_id": request_id.get()})\n'
                "        return await call_next(request)\n",
            ),
            score=0,
            why="an id that is passed to single log calls",
        ),
        Example(
            changed(TRACED, "logs.py", "request_id.get()}", "None}"),
            score=0,
            why="a key without the id",
        ),
        Example(
            changed(TRACED, "middleware.py", 'request.headers.get("x-request-id") or str(uuid4())', '"none"'),
            score=0,
            why="the same text for every request",
        ),
        Example(
            changed(
                NO_FORMATTER,
                "logs.py",
                "    root.addHandler(handler)\n",
                "    root.addHandler(handler)\n    root.addFilter(Ids())\n\nclass Ids(logging.Filter):\n"
                "    def filter(self, record):\n        record.request_id = request_id.get()\n        return True\n",
            ),
            score=0,
            why="a filter of the root logger itself, which records of other loggers never pass",
        ),
        Example(
            changed(
                TRACED,
                "middleware.py",
                'request_id.set(request.headers.get("x-request-id") or str(uuid4()))',
                "request.state.request_id = str(uuid4())",
            ),
            score=0,
            why="an id on the request's object only",
        ),
        Example(
            {
                **changed(TRACED, "app.py", "app.add_middleware(RequestIds)\n", ""),
                "tracing.py": TRACING,
            },
            score=0,
            why="a tracing module that no service uses",
        ),
        Example(
            changed(
                TRACED,
                "logs.py",
                ', "request_id": request_id.get()}',
                "}\n        if record.levelno >= logging.ERROR:\n            entry['request_id'] = request_id.get()",
            ),
            score=0,
            why="only in the records of errors",
        ),
    ],
)
def test_trace_ids_present(repo: Repo, units: Units) -> None:
    """Does every log record of a request carry a trace or correlation id?

    Passes: live code binds an id for each request of the service (a registered middleware that sets a context variable
    from a header or a new id, or OpenTelemetry or ddtrace instrumentation of the application), and the service's
    logging set-up writes it into every record (formatter, filter, record factory or processor) under a key such as
    trace_id, span_id, correlation_id or request_id.
    Falls short: an id that is only returned in a header, kept on a span or passed to single log calls; a context
    variable that no formatter reads; a formatter that reads one which no live code sets; a tracing module that no
    service uses. No service at all: 0.
    Impact: One customer's failing request cannot be followed through the agents.
    Recommendation: Bind trace_id and request_id in a middleware (continue an incoming traceparent) and emit both in the
    JSON formatter of every service.
    """
    assert repo.logging.services, NO_SERVICE
    for service in repo.logging.services:
        found = repo.logging.traced(service)
        units.decide(service.name, found.ok, *found.places, note=found.note)


AGENT = {"backend/agents/meetmind/adk_agents/coordinator_agent.py": "class CoordinatorAgent:\n    pass\n"}
BOUND = {
    **TRACED,
    "middleware.py": MIDDLEWARE.replace(
        'request.headers.get("x-request-id") or str(uuid4())', "verified(request).tenant_id"
    ),
    "logs.py": TRACED["logs.py"].replace('"request_id": request_id.get()', '"tenant_id": request_id.get()'),
    "gateway.py": GATEWAY.replace(
        'extra={"tenant_id": tenant_id, "cost_usd": cost, "model": "gpt-4o-mini"}', "extra={}"
    ),
    "answers.py": USER,
}


@check(
    severity="high",
    effort_days=2,
    standard="OWASP ASVS 5.0 V16.2.1; OpenTelemetry GenAI semantic conventions (spans and events)",
    meets=[
        Example(RECORDED, why="a logger call with a field"),
        Example({"provider.py": PROVIDER, "metered.py": METERED}, why="a row in DynamoDB, written by what hands it on"),
        Example({"rows.py": ROWS, "ask.py": ORM}, why="a row of SQLAlchemy, added by a decorator"),
        Example({"model.py": LINES, "main.py": ASKED}, why="a JSON line"),
        Example(BOUND, why="bound for each request and written into every record"),
        Example(
            changed(RECORDED, "gateway.py", LOGGED, '        log.info(f"tenant={tenant_id} cost={cost:.4f}")\n'),
            why="in the message",
        ),
    ],
    falls_short=[
        Example(changed(RECORDED, "gateway.py", LOGGED, ""), score=0, why="no record at all"),
        Example(
            {**RECORDED, "provider.py": PROVIDER, "other.py": "from provider import Claude\nClaude().complete('x')\n"},
            score=50,
            why="one caller of two",
        ),
        Example(AGENT, score=0, why="agents, but no call of a model"),
        Example({"tool.py": "def double(x):\n    return 2 * x\n"}, status="unknown", why="no model and no agents"),
    ],
    decoys=[
        Example(
            changed(
                RECORDED, "gateway.py", LOGGED, '        self.usage.append({"tenant_id": tenant_id, "cost": cost})\n'
            ),
            score=0,
            why="a record only in memory",
        ),
        Example(
            changed(RECORDED, "gateway.py", LOGGED, '        log.info("call", extra={"user_id": tenant_id})\n'),
            score=0,
            why="the user but not the tenant",
        ),
        Example(
            changed(
                RECORDED,
                "gateway.py",
                LOGGED,
                '        cache_key = f"{tenant_id}:{prompt}"\n        log.debug(f"miss for {cache_key}")\n',
            ),
            score=0,
            why="a tenant that is only part of a cache key",
        ),
        Example(
            changed(
                RECORDED,
                "gateway.py",
                LOGGED,
                "        return answer\n\n    def _log_usage(self, tenant_id, cost):\n" + LOGGED,
            ),
            score=0,
            why="a method _log_usage that nothing on the path calls",
        ),
        Example({"gateway.py": GATEWAY}, score=0, why="a caller that no code uses"),
        Example(
            changed(RECORDED, "gateway.py", 'extra={"tenant_id": tenant_id', 'extra={"tenant_id": "default"'),
            score=0,
            why="the same tenant whoever asks",
        ),
        Example(
            changed(
                changed(RECORDED, "gateway.py", LOGGED, ""),
                "gateway.py",
                "        answer = await self.client.chat.completions.create(\n"
                '            model="gpt-4o-mini", messages=[{"role": "user", "content": prompt}]\n        )\n',
                "        try:\n            answer = await self.client.chat.completions.create(\n"
                '                model="gpt-4o-mini", messages=[{"role": "user", "content": prompt}]\n            )\n'
                '        except TimeoutError:\n            log.error("failed", extra={"tenant_id": tenant_id})\n'
                "            raise\n",
            ),
            score=0,
            why="only failures are logged",
        ),
        Example(
            changed(
                changed(RECORDED, "gateway.py", LOGGED, ""),
                "gateway.py",
                "        answer = await",
                "        if prompt in self.known:\n"
                '            log.info("hit", extra={"tenant_id": tenant_id, "cost": 0})\n'
                "            return self.known[prompt]\n        answer = await",
            ),
            score=0,
            why="only answers from the cache are logged",
        ),
        Example(
            changed(
                RECORDED,
                "gateway.py",
                "return answer.choices[0].message.content\n",
                "return answer.choices[0].message.content\n\n    async def stream(self, prompt):\n"
                "        return await self.client.chat.completions.create(\n"
                '            model="gpt-4o-mini", messages=[{"content": prompt}], stream=True\n        )\n',
            ),
            score=100,
            why="a call that streams is not asked for",
        ),
    ],
)
def test_tenant_id_logged(repo: Repo, units: Units) -> None:
    """Is every LLM call logged with its tenant?

    Passes: for each call of a vendor's SDK that does not stream, the class that makes it, or code that calls its method
    or hands it on, writes on that way a record with the tenant: a logger call with the tenant as a field, as extra or
    in its message, or a usage record with a tenant key that is persisted (put_item, an INSERT, session.add, a JSON
    line). Or the tenant is bound for each request and every service's set-up writes it into every record.
    Falls short: no such record; one only in memory; the user but not the tenant; a tenant that is only part of a cache
    key; a method _log_usage that nothing on the way calls; a caller that no code uses. Agents without a call: 0.
    Unknown: no call of a language model and no agents were found.
    Impact: Use and incidents cannot be attributed to a customer, and abuse cannot be traced.
    Recommendation: Log one structured usage record per LLM call in the gateway with tenant_id, agent_id, model, latency
    and outcome.
    """
    needs_models(repo)
    assert repo.llm.calls.callers, NO_CALLER
    for caller in repo.llm.calls.callers:
        found = repo.logging.usage.tenant(caller)
        units.decide(f"{caller.path} {caller.name}", found.ok, *found.places, note=found.note)


@check(
    severity="medium",
    effort_days=1,
    depends_on=["tenant_id_logged"],
    standard="FinOps Framework: Allocation; OpenTelemetry GenAI semantic conventions (gen_ai.usage attributes)",
    meets=[
        Example(RECORDED, why="a product of tokens and prices"),
        Example({"provider.py": PROVIDER, "metered.py": METERED}, why="a cost function, the row put together in steps"),
        Example({"rows.py": ROWS, "ask.py": ORM}, why="litellm's cost function"),
        Example({"model.py": LINES, "main.py": ASKED}, why="a dataclass"),
        Example(
            changed(BOUND, "gateway.py", "extra={}", 'extra={"llm.cost_usd": cost}'),
            why="the tenant in every record, the cost in the one of the call",
        ),
    ],
    falls_short=[
        Example(changed(RECORDED, "gateway.py", LOGGED, ""), score=0, why="no record at all"),
        Example(
            changed(RECORDED, "gateway.py", '"cost_usd": cost', '"tokens": usage.total_tokens'),
            score=0,
            why="tokens without cost",
        ),
        Example(
            {
                **RECORDED,
                "provider.py": PROVIDER,
                "metered.py": METERED.replace('        item["cost"] = str(cost)\n', ""),
            },
            score=50,
            why="one caller of two",
        ),
        Example(AGENT, score=0, why="agents, but no call of a model"),
        Example({"tool.py": "def double(x):\n    return 2 * x\n"}, status="unknown", why="no model and no agents"),
    ],
    decoys=[
        Example(
            changed(RECORDED, "gateway.py", '"cost_usd": cost', '"cost_usd": 0.01'), score=0, why="a constant cost"
        ),
        Example(
            changed(
                RECORDED,
                "gateway.py",
                "cost = usage.prompt_tokens * PRICE_IN + usage.completion_tokens * PRICE_OUT",
                "cost = 0.0",
            ),
            score=0,
            why="zero cost",
        ),
        Example(
            changed(
                changed(RECORDED, "gateway.py", ', "cost_usd": cost', ""),
                "gateway.py",
                "message.content",
                "message, cost",
            ),
            score=0,
            why="a cost that is only returned to the caller",
        ),
        Example(
            changed(
                changed(RECORDED, "gateway.py", ', "cost_usd": cost', ""),
                "gateway.py",
                "        return answer",
                "        self.total_cost += cost\n        return answer",
            ),
            score=0,
            why="a cost that is only summed in memory",
        ),
        Example(
            {
                **changed(RECORDED, "gateway.py", ', "cost_usd": cost', ""),
                "costs.py": "def cost_of(usage):\n    return usage.total_tokens * 0.0001\n",
            },
            score=0,
            why="a cost calculator that the path does not call",
        ),
        Example(
            changed(
                RECORDED,
                "gateway.py",
                LOGGED,
                '        log.info("call", extra={"tenant_id": tenant_id})\n        log.info("cost %s", cost)\n',
            ),
            score=0,
            why="two records: neither tells both",
        ),
        Example(
            changed(
                {"provider.py": PROVIDER, "metered.py": METERED},
                "metered.py",
                'return round(usage["input_tokens"] / 1000 * 0.00025 + usage["output_tokens"] / 1000 * 0.00125, 6)',
                "return 0.0",
            ),
            score=0,
            why="a cost function that gives a constant",
        ),
    ],
)
def test_cost_logged(repo: Repo, units: Units) -> None:
    """Is every LLM call logged with its cost?

    Passes: as for the tenant, and the same record has a field or value named with cost or usd that is worked out from
    the call's tokens: a product, or what a cost function gives.
    Falls short: tokens without cost; a constant or zero cost; a cost that is only returned to the caller or summed in
    memory; a cost calculator that the way does not call. Agents without a call of a model: 0.
    Unknown: no call of a language model and no agents were found.
    Impact: Costs cannot be charged back or optimized per customer and agent.
    Recommendation: Compute the cost in the gateway and write it in the usage record of every call.
    """
    needs_models(repo)
    assert repo.llm.calls.callers, NO_CALLER
    for caller in repo.llm.calls.callers:
        found = repo.logging.usage.cost(caller)
        units.decide(f"{caller.path} {caller.name}", found.ok, *found.places, note=found.note)
