"""Does the system measure itself: its requests, its language models, its circuit breakers, what it spends?"""

from pytest_readiness.authoring import Example, Repo, Units, check, needs_models

from .telemetry_examples import (
    BREAKER_APP,
    CLOUDWATCH,
    COUNTED,
    COUNTERS_IN_ATTRIBUTES,
    DECORATED,
    EXPOSED,
    FACTORY,
    GATEWAY,
    INSTRUMENTATOR,
    LISTENER,
    LLM_METRICS,
    METRICS,
    MOUNTED,
    OTEL,
    OWN_REGISTRY,
    OWN_REGISTRY_APP,
    PLAIN_GATEWAY,
    POWERTOOLS,
    POWERTOOLS_TEMPLATE,
    RECORDER,
    REQUIRED,
    ROUTE,
    SEMCONV,
    STATE_GAUGE,
    STUBS,
    TIMED,
    TRANSITIONS,
    WRAPPED,
    breaker,
)

SIGNALS = ("calls", "latency", "tokens", "errors")
SERVED = {"metrics.py": METRICS, "app.py": COUNTED + ROUTE, **REQUIRED}
COLLECTOR = {"collector.py": OWN_REGISTRY, "app.py": OWN_REGISTRY_APP, **REQUIRED}
MEASURED = {"llm_metrics.py": LLM_METRICS, "gateway.py": GATEWAY, "app.py": EXPOSED}
RECORDED = {"recorder.py": RECORDER, "gateway.py": PLAIN_GATEWAY, "measured.py": WRAPPED, "app.py": EXPOSED}
UNUSED = {"recorder.py": RECORDER, "gateway.py": PLAIN_GATEWAY, "app.py": EXPOSED}
OTHER_REGISTRY = OWN_REGISTRY.replace("generate_latest(self.registry)", "generate_latest()")
ROUTE_OF_ROUTER = "\nrouter = APIRouter()\n" + ROUTE.replace("@app", "@router")


@check(
    severity="high",
    effort_days=2,
    standard="Prometheus docs: Instrumentation, Exposition formats; AWS Well-Architected REL 6 (REL06-BP01)",
    meets=[
        Example(SERVED, why="a middleware counts, a route answers"),
        Example(COLLECTOR, why="a registry of its own behind an accessor, served by a router"),
        Example({"metrics.py": METRICS, "app.py": MOUNTED, **REQUIRED}, why="make_asgi_app, mounted"),
        Example(
            {
                "app.py": INSTRUMENTATOR,
                "pyproject.toml": '[project]\ndependencies = ["prometheus-fastapi-instrumentator"]',
            },
            why="a library that counts and serves",
        ),
        Example({"app.py": OTEL, "setup.py": 'setup(install_requires=["prometheus-client"])'}, why="OpenTelemetry"),
        Example({"work.py": FACTORY, **REQUIRED}, why="a factory, a table of metrics, a server of its own"),
        Example({"web.py": TIMED, **REQUIRED}, why="a timing decorator; WSGI"),
    ],
    falls_short=[
        Example({"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}, score=0, why="no metric"),
        Example(SERVED | {"requirements.txt": "fastapi\n"}, score=0, why="the library is required nowhere"),
        Example(SERVED | {"app.py": COUNTED}, score=0, why="nothing serves the registry"),
    ],
    decoys=[
        Example(
            SERVED
            | {
                "app.py": COUNTED.replace("    REQUESTS.labels(request.method, response.status_code).inc()\n", "")
                + ROUTE
            },
            why="a collector that is never incremented",
        ),
        Example(
            COLLECTOR | {"app.py": OWN_REGISTRY_APP.replace("app.add_middleware(Measured)\n", "")},
            why="a middleware that is not registered",
        ),
        Example(
            SERVED | {"app.py": COUNTED.replace("FastAPI, ", "APIRouter, FastAPI, ") + ROUTE_OF_ROUTER},
            why="a route on a router that no app includes",
        ),
        Example(
            SERVED | {"app.py": COUNTED + ROUTE.replace("generate_latest()", "b'up 1'")},
            why="a handler that returns a fixed string",
        ),
        Example(
            SERVED
            | {
                "app.py": COUNTED
                + ROUTE.replace("    return Resp", "    generate_latest()\n    return Resp").replace(
                    "(generate_latest()", "(b''"
                )
            },
            why="the metrics are thrown away",
        ),
        Example(
            COLLECTOR | {"collector.py": OTHER_REGISTRY},
            why="a handler that returns another registry than the recorded one",
        ),
        Example(SERVED | {"metrics.py": STUBS}, why="fallback stub classes only"),
        Example({"app.py": CLOUDWATCH, **REQUIRED}, why="CloudWatch metrics only"),
        Example(
            SERVED | {"app.py": MOUNTED.replace('app.mount("/metrics", metrics_app)\n', "")},
            why="an application of metrics that is mounted nowhere",
        ),
        Example(
            SERVED
            | {
                "app.py": COUNTED
                + "\ndef never():\n    from prometheus_client import start_http_server\n    start_http_server(9000)\n"
            },
            why="a server that nothing starts",
        ),
    ],
)
def test_prometheus_metrics_exposed(repo: Repo, units: Units) -> None:
    """Are Prometheus metrics declared, recorded and served by the running app?

    Passes: at least one Prometheus metric (or OpenTelemetry with a Prometheus exporter) is declared, recorded in live
        code and served; every one that live code records is in a registry that is served; and the client library is in
        a requirements file, pyproject.toml or setup.
    Falls short: a collector that is never incremented; a /metrics class or middleware that is not registered; a route
        on a router that no app includes; a handler that returns a fixed string or another registry; stub classes
        only; CloudWatch metrics only.
    Impact: Operators are blind; outages are found by customers.
    Recommendation: Record request count, duration and errors in a registered middleware and serve the same registry
        at /metrics.
    """
    found = repo.telemetry.serving.finding
    units.decide("Prometheus metrics", found.ok, *found.places, note=found.note)


@check(
    severity="high",
    effort_days=2,
    standard="OpenTelemetry GenAI semantic conventions: gen_ai.client.operation.duration, gen_ai.client.token.usage; "
    "Google SRE book ch. 6",
    depends_on=["prometheus_metrics_exposed"],
    meets=[
        Example(MEASURED, why="recorded in the gateway"),
        Example(RECORDED, why="a recorder, called by a class around the gateway"),
        Example({"recorder.py": RECORDER, "client.py": DECORATED, "app.py": EXPOSED}, why="a decorator"),
        Example({"ask.py": SEMCONV}, why="the two metrics of OpenTelemetry's conventions"),
        Example({"handler.py": POWERTOOLS, "template.yaml": POWERTOOLS_TEMPLATE}, why="CloudWatch by Powertools"),
    ],
    falls_short=[
        Example({"gateway.py": PLAIN_GATEWAY, "app.py": EXPOSED}, score=0, why="nothing is measured"),
        Example(
            MEASURED | {"gateway.py": GATEWAY.replace('        TOKENS.labels(model, "all").inc(tokens)\n', "")},
            score=75,
            why="no tokens",
        ),
        Example(
            MEASURED | {"gateway.py": GATEWAY.replace('"error"', '"ok"')}, score=75, why="every call is counted as ok"
        ),
        Example(
            MEASURED | {"gateway.py": GATEWAY.replace("time.monotonic() - start", "1.0")}, score=75, why="constant time"
        ),
    ],
    decoys=[
        Example(UNUSED, score=0, why="a metrics class that no LLM path uses"),
        Example(
            {"recorder.py": RECORDER, "client.py": DECORATED.replace("    @measured\n", ""), "app.py": EXPOSED},
            score=0,
            why="a decorator that is never applied",
        ),
        Example({"client.py": COUNTERS_IN_ATTRIBUTES, "app.py": EXPOSED}, score=0, why="counters kept in a dict"),
        Example(
            {"gateway.py": PLAIN_GATEWAY, **SERVED}, score=0, why="generic HTTP metrics"
        ),
        Example(MEASURED | {"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}, score=0, why="not exposed"),
        Example(
            UNUSED | {"tests/test_recorder.py": "from recorder import get_metrics\n\n"
                      "def test_it():\n    get_metrics().record_request('m', 'ok', 1.0, 5, 0.1)\n"},
            score=0,
            why="tests that call the recorder",
        ),
        Example(
            UNUSED | {"app.py": EXPOSED + "\nfrom recorder import get_metrics\n\n@app.get('/health')\ndef health():\n"
                      "    get_metrics().record_request('m', 'ok', now(), used())\n    return {}\n"},
            score=0,
            why="recorded by a health endpoint, not where models are asked",
        ),
        Example(
            RECORDED | {"measured.py": WRAPPED.replace(", len(answer), price(model, answer)", "")},
            score=75,
            why="the recorder is not told the tokens",
        ),
    ],
)  # fmt: skip
def test_llm_metrics_tracked(repo: Repo, units: Units) -> None:
    """Are calls, latency, tokens and errors of LLM calls measured where the calls are made?

    Passes: for each of the four signals, a metric of language models is declared, recorded on the way on which at least
        one class or module asks a model (its methods, what calls them up to four steps, decorators and helpers on that
        way), and exposed. Calls and errors may share one counter with a status label.
    Falls short: a metrics class, helper or decorator that no such way uses; counters kept in attributes or a dict;
        generic HTTP metrics; a registry that nothing serves; tests that call the recorder.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: Slow, failing or runaway AI calls cannot be seen or attributed.
    Recommendation: Call the LLM metrics recorder in the one place where provider calls are made, and serve its
        registry.
    """
    needs_models(repo)
    for signal in SIGNALS:
        found = repo.telemetry.llm.tracked(signal)
        units.decide(signal, found.ok, *found.places, note=found.note)


@check(
    severity="medium",
    effort_days=1,
    standard="Prometheus docs: Instrumentation; AWS Well-Architected REL 6 (REL06-BP02)",
    depends_on=["prometheus_metrics_exposed"],
    meets=[
        Example(breaker(STATE_GAUGE, moved='STATE.labels(self.name).set(state == "open")'), why="a gauge of the state"),
        Example(breaker(TRANSITIONS, moved="MOVES.labels(self.name, state).inc()"), why="a counter of transitions"),
        Example(
            breaker(
                'from prometheus_client import Counter\n\nREFUSED = Counter("circuit_rejections_total", "Refused")\n',
                refused="REFUSED.inc()",
            ),
            why="a counter of refused calls",
        ),
        Example({"app.py": LISTENER}, why="a listener of a library's breaker"),
        Example(
            breaker()
            | {
                "metered.py": TRANSITIONS + "\nfrom breaker import CircuitBreaker\n\nclass Metered(CircuitBreaker):\n"
                "    def _move(self, state):\n        super()._move(state)\n"
                "        MOVES.labels(self.name, state).inc()\n",
                "app.py": BREAKER_APP.replace(
                    "from breaker import CircuitBreaker", "from metered import Metered"
                ).replace("CircuitBreaker(", "Metered("),
            },
            why="a subclass records",
        ),
    ],
    falls_short=[
        Example(breaker(), score=0, why="no metric"),
        Example({"app.py": MOUNTED, "metrics.py": METRICS}, score=0, why="no breaker at all"),
    ],
    decoys=[
        Example(
            breaker(moved='self.stats = {"circuit_breaker_state": state}')
            | {"stats.py": "def get_stats(b):\n    return b.stats\n"},
            why="state kept in attributes and statistics",
        ),
        Example(breaker("import logging", moved='logging.warning("circuit breaker %s", state)'), why="log lines"),
        Example(breaker(STATE_GAUGE), why="a declared gauge that is never set"),
        Example(
            breaker(STATE_GAUGE) | {"start.py": "from breaker import STATE\n\nSTATE.labels('mail').set(0)\n"},
            why="a metric set once at start",
        ),
        Example(
            breaker(STATE_GAUGE, moved='STATE.labels(self.name).set(state == "open")')
            | {"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"},
            why="a breaker that nothing makes, a registry that nothing serves",
        ),
        Example(
            breaker(
                'from prometheus_client import Counter\n\nCALLS = Counter("circuit_breaker_calls_total", "Calls")\n'
            )
            | {
                "app.py": BREAKER_APP.replace("import CircuitBreaker", "import CALLS, CircuitBreaker").replace(
                    "    return await", "    CALLS.inc()\n    return await"
                )
            },
            why="calls counted outside the breaker",
        ),
    ],
)
def test_circuit_breaker_metrics(repo: Repo, units: Units) -> None:
    """Is the state of every circuit breaker measured?

    Passes: a metric with circuit or breaker in its name, for the state or for openings, trips, rejections or
        transitions, is declared, recorded where a breaker class that application code makes changes state or rejects a
        call (in it, a subclass, or a listener that it is given), and exposed.
    Falls short: state kept in attributes, statistics or a health endpoint; log lines on opening; a declared gauge that
        is never set; a metric set once at start; no breaker at all.
    Impact: The system may run on fallbacks for days without anyone knowing.
    Recommendation: Set a labelled state gauge and increment a transition counter inside the breaker's state change.
    """
    found = repo.telemetry.breaker_metrics.finding
    units.decide("circuit breaker metric", found.ok, *found.places, note=found.note)


@check(
    severity="high",
    effort_days=1,
    standard="FinOps Framework: Reporting & Analytics; Prometheus docs: Metric and label naming",
    depends_on=["llm_metrics_tracked"],
    meets=[
        Example(MEASURED, why="a counter of dollars"),
        Example(RECORDED, why="worked out by a function, handed to a recorder"),
        Example({"ask.py": SEMCONV}, why="an OpenTelemetry counter"),
        Example({"handler.py": POWERTOOLS, "template.yaml": POWERTOOLS_TEMPLATE}, why="CloudWatch"),
    ],
    falls_short=[
        Example({"gateway.py": PLAIN_GATEWAY, "app.py": EXPOSED}, score=0, why="no metric of cost"),
        Example(MEASURED | {"app.py": "from fastapi import FastAPI\n\napp = FastAPI()\n"}, score=0, why="not exposed"),
    ],
    decoys=[
        Example({"client.py": COUNTERS_IN_ATTRIBUTES, "app.py": EXPOSED}, why="a tracker that only sums numbers"),
        Example(
            UNUSED
            | {"tracker.py": "from recorder import get_metrics\n\ndef track(tokens):\n    return tokens * 0.00001\n"},
            why="a declared cost counter that no LLM path increments",
        ),
        Example(MEASURED | {"gateway.py": GATEWAY.replace("tokens * PRICE", "0.002")}, why="a constant amount"),
        Example(
            MEASURED | {"gateway.py": GATEWAY.replace("inc(tokens * PRICE)", "inc(PRICE)")}, why="a constant by name"
        ),
        Example(
            MEASURED | {"gateway.py": GATEWAY.replace("        COST.labels(model).inc(tokens * PRICE)\n", "")},
            why="token counts alone",
        ),
        Example(
            RECORDED | {"measured.py": WRAPPED.replace(", price(model, answer)", "")},
            why="the recorder is not told the cost",
        ),
        Example(
            MEASURED | {"gateway.py": GATEWAY.replace("COST.labels(model).inc(", "log.info('llm_cost_usd %s', ")},
            why="a log field without a metric",
        ),
    ],
)
def test_cost_metrics_tracked(repo: Repo, units: Units) -> None:
    """Is the money spent on LLM calls a metric?

    Passes: a metric named with cost, usd, spend or price is declared, increased or set with a computed amount on the
        way on which at least one class or module asks a model, and exposed.
    Falls short: a cost calculator or tracker that only returns or sums numbers; a cost column or log field without a
        metric; a declared cost counter that no such way increments; a constant amount; token counts alone.
    Unknown: the repository has neither agents nor a call of a model.
    Impact: An expensive prompt loop is discovered on the invoice.
    Recommendation: Compute the cost of each call and add it to a counter labelled by agent, model and provider.
    """
    needs_models(repo)
    found = repo.telemetry.llm.tracked("cost")
    units.decide("cost metric", found.ok, *found.places, note=found.note)
