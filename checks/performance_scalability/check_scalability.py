"""Does the system grow with its users?"""

from pytest_readiness.authoring import Example, Repo, Units, check, unknown

from .run_examples import history, k6, locust, ran, run_json, unsettled
from .runs import LOAD_TEST, missing
from .scaling_examples import (
    BALANCED,
    FUNCTION,
    HEAD,
    KUBERNETES,
    PATTERN,
    SAM,
    SCALED,
    SERVICE,
    TERRAFORM,
    stack,
    without,
)

NO_UNIT = "no resource that runs the application's code is declared: no function, service, group or deployment"
NO_ENTRY = "nothing that takes requests in is declared: no load balancer, API gateway, ingress or proxy upstream"
NO_ROUTES = "no module registers HTTP or WebSocket routes"
ROUTER = "from fastapi import APIRouter\n\nrouter = APIRouter()\n"


def routes(text: str, **files: str) -> dict[str, str]:
    """A module with a router and further modules by the name of their stem."""
    return {"orders.py": ROUTER + text} | {f"{name}.py": content for name, content in files.items()}


STORE = """
orders: dict[str, dict] = {}


@router.post("/orders")
def add(order: dict) -> dict:
    orders[order["id"]] = order
    return order
"""
BUS = """
class Bus:
    def __init__(self) -> None:
        self.queues: dict[str, list] = {}

    def join(self, name: str, queue: object) -> None:
        self.queues.setdefault(name, []).append(queue)


bus = Bus()


@router.websocket("/events/{name}")
async def events(socket, name: str) -> None:
    bus.join(name, socket)
"""
STATELESS = """
from store import Store
from .run_examples import history, k6, locust, ran, run_json, unsettled
from .runs import LOAD_TEST, missing

PRICES = {"a": 1}
PRICES["b"] = 2
KINDS = {"a", "b"}


@router.get("/orders/{key}")
def show(key: str, store: Store) -> dict:
    found = {"key": key, "kinds": sorted(KINDS)}
    found["price"] = PRICES[key]
    return found | store.read(key)
"""


@check(
    severity="high",
    effort_days=4,
    standard="AWS Well-Architected Reliability, REL 7 (adapt to changes in demand)",
    depends_on=["deployment_readiness.infrastructure_as_code.cdk_code_exists"],
    meets=[
        Example(stack(FUNCTION), why="a function, which its platform scales"),
        Example(stack(SERVICE, SCALED), why="a service with a scalable number of copies and a policy"),
        Example(
            stack(
                PATTERN,
                '        service.service.auto_scale_task_count(max_capacity=6).scale_on_request_count("Requests",'
                " requests_per_target=100, target_group=service.target_group)\n",
            ),
            why="a service that brings its load balancer",
        ),
        Example(
            stack(
                SERVICE,
                """
        from aws_cdk import aws_applicationautoscaling as scaling

        target = scaling.ScalableTarget(
            self,
            "Target",
            min_capacity=1,
            max_capacity=4,
            resource_id=f"service/{cluster.cluster_name}/{service.service_name}",
            scalable_dimension="ecs:service:DesiredCount",
            service_namespace=scaling.ServiceNamespace.ECS,
        )
        target.scale_to_track_metric("Cpu", target_value=50)
""",
            ),
            why="a scalable target of its own",
        ),
        Example({"infra/main.tf": TERRAFORM}, why="Terraform"),
        Example({"template.yaml": SAM, "functions/main.py": "def handler(event, context): ...\n"}, why="SAM"),
        Example({"deploy/api.yaml": KUBERNETES}, why="Kubernetes with an autoscaler"),
        Example(
            {
                "deploy/api.yaml": KUBERNETES,
                "deploy/db.yaml": "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\n"
                "spec: {template: {spec: {containers: [{name: db, image: 'postgres:16'}]}}}\n",
            },
            why="a database is no unit of the application",
        ),
    ],
    falls_short=[
        Example({"main.py": "print(1)\n"}, why="no compute unit", score=0),
        Example(stack(SERVICE), why="a fixed number of copies", score=0),
        Example(stack(FUNCTION, SERVICE), why="one of two", score=50),
        Example(
            {"deploy/api.yaml": KUBERNETES.partition("---\napiVersion: autoscaling")[0]}, why="no autoscaler", score=0
        ),
    ],
    decoys=[
        Example(stack(SERVICE, SCALED.partition("\n")[0] + "\n"), why="a scalable target without a policy", score=0),
        Example(stack(SERVICE, without(SCALED, "max_capacity=10", "max_capacity=2")), why="maximum equals minimum"),
        Example(stack(SERVICE, without(SCALED, "min_capacity=2", "min_capacity=0")), why="a minimum of 0"),
        Example(stack(without(FUNCTION, "../functions", "../handlers")), why="a placeholder", score=0),
        Example(stack(without(FUNCTION, "main.handler", "web.handler")), why="a folder without the handler", score=0),
        Example(
            stack(
                without(
                    FUNCTION, "            code=", "            reserved_concurrent_executions=1,\n            code="
                )
            ),
            why="a function capped at one copy",
            score=0,
        ),
        Example(
            stack(FUNCTION) | {"infra/app.py": "from aws_cdk import App\n\nApp().synth()\n"},
            why="a stack that the app never instantiates",
            score=0,
        ),
        Example(
            {
                "settings.py": "AUTO_SCALING_ENABLED = True\n",
                "README.md": "# Auto scaling\n\n```bash\naws application-autoscaling register-scalable-target\n```\n",
            },
            why="a flag, a README and a shell snippet",
            score=0,
        ),
        Example(
            {"deploy/api.yaml": KUBERNETES.replace("kind: Deployment, name: api}", "kind: Deployment, name: web}")},
            why="the autoscaler of something else",
            score=0,
        ),
        Example(
            {"infra/main.tf": TERRAFORM.partition('resource "aws_appautoscaling_policy"')[0]},
            why="in Terraform: a target without a policy",
            score=0,
        ),
    ],
)
def test_auto_scaling_configured(repo: Repo, units: Units) -> None:
    """Does every compute resource that serves requests scale with demand?

    Passes: the code of every function, service, auto-scaling group and deployment exists, and a service, group or
    deployment has a maximum above a minimum of at least one with a policy or metric; functions, App Runner, Cloud Run
    and Knative scale by platform unless they are capped at one.

    Falls short: a fixed number of copies, a scalable target without a policy, a placeholder, a stack that the app never
    instantiates, no compute resource; flags, comments and documents.

    Impact: A traffic peak overloads the system, or idle capacity is paid for around the clock.

    Recommendation: Declare the services that run the application in IaC, each with minimum, maximum and a
    target-tracking policy.
    """
    assert repo.delivery.compute_units, NO_UNIT
    for unit in repo.delivery.compute_units:
        units.decide(unit.name, not unit.problem, unit.place, *unit.scaling.places, note=unit.problem)


@check(
    severity="high",
    effort_days=5,
    standard="The Twelve-Factor App, VI Processes and VIII Concurrency; AWS Well-Architected Reliability, REL 5",
    meets=[
        Example(routes(STATELESS, store="class Store: ...\n"), why="containers that are filled at import time alone"),
        Example(
            {
                "src/shop/api.py": """
                import asyncio
                from cachetools import TTLCache
                from flask import Flask
                from prometheus_client import Counter

                app = Flask(__name__)
                REQUESTS = Counter("requests", "Requests")
                lock = asyncio.Lock()
                recent = TTLCache(maxsize=100, ttl=60)

                @app.route("/")
                def index():
                    REQUESTS.inc()
                    recent["index"] = "x"
                    return recent["index"]
                """
            },
            why="metrics, locks and a bounded cache, in Flask",
        ),
        Example(
            routes(
                """
handlers = {}
models = {}


def register(name: str):
    def keep(function):
        handlers[name] = function
        return function

    return keep


@register("a")
def a() -> dict:
    return {}


@router.on_event("startup")
def load() -> None:
    models["a"] = object()


@router.get("/{name}")
def call(name: str) -> dict:
    return handlers[name]()
"""
            ),
            why="a registry that decorators fill, models that the start loads",
        ),
    ],
    falls_short=[
        Example({"main.py": "print(1)\n"}, why="no route module", score=0),
        Example(routes(STORE), why="orders in a dictionary", score=0),
        Example(routes(STORE) | {"items.py": ROUTER + STATELESS, "store.py": "class Store: ...\n"}, score=50),
    ],
    decoys=[
        Example(routes("# In production use Redis.\n" + STORE), why="a comment", score=0),
        Example(routes(BUS), why="an object that holds sockets", score=0),
        Example(
            routes(
                STORE.replace("orders: dict", "history: list")
                .replace("{}", "[]")
                .replace(
                    '    orders[order["id"]] = order',
                    "    history.append(order)\n    if len(history) > 100:\n        history.pop(0)",
                )
            ),
            why="a history is no cache, bounded or not",
            score=0,
        ),
        Example(routes(STORE + "\nbroken(\n"), why="a file that does not parse", score=0),
        Example(
            routes(STORE.replace("    orders[", "    held = orders\n    held[")),
            why="changed under another name",
            score=0,
        ),
        Example(
            routes(STORE.replace("orders: dict[str, dict] = {}", "from state import orders"), state="orders = {}\n"),
            why="the container stands in another module",
            score=0,
        ),
        Example(
            routes(STORE.replace("    orders[order", "    orders = {}\n    orders[order")),
            why="a local variable of the same name",
            score=100,
        ),
    ],
)
def test_horizontal_scaling_possible(repo: Repo, units: Units) -> None:
    """Can a second copy of each request-serving module run without losing state?

    Passes: each file that registers routes parses and holds no container, at module level or in an object that it binds
    there, that its functions change; containers filled while the process starts, metrics, locks and bounded caches hold
    no state of requests.

    Falls short: such a container (sessions, tokens, sockets, resources, history), a file that does not parse, no route
    module. A comment changes nothing.

    Impact: With two instances, sessions, tokens and messages are lost at random, so the system cannot grow beyond one
    process.

    Recommendation: Move request state to Redis, DynamoDB or the database behind a small store class, and publish events
    through a broker.
    """
    assert repo.delivery.route_modules, NO_ROUTES
    for module in repo.delivery.route_modules:
        places = [p for k in module.kept for p in (k.place, k.changed_at)]
        names = ", ".join(k.name for k in module.kept)
        note = module.problem or (f"keeps {names} in the process" if names else "")
        units.decide(module.path, not note, *(places or [module.place]), note=note)


@check(
    severity="high",
    effort_days=2,
    standard="AWS Well-Architected Reliability, REL 10 and REL 11; Google SRE book ch. 20",
    depends_on=["auto_scaling_configured"],
    meets=[
        Example(stack(SERVICE, BALANCED), why="a load balancer over two copies"),
        Example(
            stack(
                FUNCTION,
                """        api = apigateway.RestApi(self, "Api")
        functions = {}
        functions["orders"] = handler
        orders = api.root.add_resource("orders")
        orders.add_method("GET", apigateway.LambdaIntegration(functions["orders"]))
""",
            ),
            why="an API in front of a function",
        ),
        Example(
            stack(PATTERN, '        service.target_group.configure_health_check(path="/health")\n'),
            why="a service that brings its load balancer",
        ),
        Example(
            stack(
                SERVICE.replace(", desired_count=2", ""),
                SCALED,
                """        group = elb.ApplicationTargetGroup(self, "Group", health_check=elb.HealthCheck(path="/"))
        service.attach_to_application_target_group(group)
        balancer = elb.ApplicationLoadBalancer(self, "Balancer", vpc=vpc)
        balancer.add_listener("Http", port=80, default_target_groups=[group])
""",
            ),
            why="a target group that the service joins",
        ),
        Example({"infra/main.tf": TERRAFORM}, why="Terraform"),
        Example({"template.yaml": SAM, "functions/main.py": "def handler(event, context): ...\n"}, why="SAM"),
        Example({"deploy/api.yaml": KUBERNETES}, why="an ingress"),
        Example(
            {"proxy/nginx.conf": "http {\n  upstream api {\n    server a:80;\n    server b:80;\n  }\n}\n"},
            why="nginx with two servers",
        ),
    ],
    falls_short=[
        Example({"main.py": "print(1)\n"}, why="no entry", score=0),
        Example(stack(SERVICE.replace(", desired_count=2", ""), BALANCED), why="one copy", score=0),
        Example(
            stack(SERVICE, without(BALANCED, ', health_check=elb.HealthCheck(path="/health")')),
            why="no health check",
            score=0,
        ),
        Example(
            {"deploy/api.yaml": KUBERNETES, "proxy/nginx.conf": "upstream api {\n  server a:80;\n}\n"},
            why="one server behind one of two entries",
            score=50,
        ),
    ],
    decoys=[
        Example(stack(SERVICE, "\n".join(BALANCED.split("\n")[:2]) + "\n"), why="no targets", score=0),
        Example(
            stack(
                without(FUNCTION, "../functions", "../handlers"),
                '        apigateway.LambdaRestApi(self, "Api", handler=handler)\n',
            ),
            why="a target that is a placeholder",
            score=0,
        ),
        Example(
            {"scripts/balance.py": 'import boto3\n\nboto3.client("elbv2").create_load_balancer(Name="public")\n'},
            why="an SDK client in a script",
            score=0,
        ),
        Example(
            {"docs/scaling.md": "# Scaling\n\n```bash\naws elbv2 create-load-balancer --name public\n```\n"},
            why="a guide with commands",
            score=0,
        ),
        Example(
            {
                "deploy/api.yaml": without(
                    KUBERNETES, "          readinessProbe: {httpGet: {path: /health, port: 80}}\n"
                )
            },
            why="no readiness probe",
            score=0,
        ),
        Example(
            {"deploy/api.yaml": KUBERNETES.replace("service: {name: api", "service: {name: web")},
            why="an ingress to a service that there is not",
            score=0,
        ),
        Example(
            {"proxy/nginx.conf": "upstream api {\n  server a:80;\n  server b:80 down;\n  # server c:80;\n}\n"},
            why="one server that is up",
            score=0,
        ),
        Example(
            {"infra/stack.py": HEAD + FUNCTION, "infra/cdk.json": '{"app": "python main.py"}\n'},
            why="an app that there is not",
            score=0,
        ),
    ],
)
def test_load_balancing_configured(repo: Repo, units: Units) -> None:
    """Does something spread requests over several copies of the service?

    Passes: every load balancer with a listener, API gateway, ingress, LoadBalancer service and proxy upstream has
    targets, each a compute resource whose code exists and that can run two copies (or two servers of a proxy), and load
    balancers and Kubernetes have a health check of the target.

    Falls short: an entry without targets, with a placeholder, one copy or one server, without a health check; no entry.
    Clients of an SDK and guides declare nothing.

    Impact: One instance takes all traffic and its failure takes the product down.

    Recommendation: Put the services behind a load balancer or API Gateway in IaC, with at least two copies in two zones
    and a health check on the health route.
    """
    assert repo.delivery.entries, NO_ENTRY
    for entry in repo.delivery.entries:
        units.decide(entry.name, not entry.problem, entry.place, *entry.places, note=entry.problem)


ROUTES = (
    ("GET", "/api/notes", 5000, 10, 300.0),
    ("POST", "/api/chat", 2000, 4, 2000.0),
    ("GET", "/healthz", 900, 0, 3.0),
)
LOAD = {"load_stats.csv": locust(*ROUTES), "load_stats_history.csv": history(100, 300)}

BROKEN_OFF = history(100, 200) + history(20, 10, 5).partition("\n")[2]


def loaded(why: str, score: float | None = None, **files: str) -> Example:
    """The load test with other files."""
    return ran(LOAD | {f"load_{name}.csv": text for name, text in files.items()}, why, score)


@check(
    severity="critical",
    effort_days=3,
    standard="AWS Well-Architected Reliability, REL 12 (test scaling and performance requirements); Google SRE book "
    "ch. 17; Locust documentation, running without the web UI",
    mode="artifact",
    depends_on=["deployment_readiness.containerization.images_buildable"],
    meets=[
        ran(LOAD, "Locust, 100 users for 300 s"),
        ran({"k6.json": k6(900, users=120, requests=9000, notes=700.0)}, "k6", sidecar=run_json(hold_s=300)),
    ],
    falls_short=[
        loaded("p95 above 3 s", 0, stats=locust(*ROUTES, overall=("", "Aggregated", 7900, 14, 3001.0))),
        loaded("more than 1 % fail", 0, stats=locust(*ROUTES, overall=("", "Aggregated", 7900, 80, 200.0))),
        ran(LOAD | {"b_stats.csv": locust(("GET", "/a", 9000, 900, 10.0)), "b_stats_history.csv": history(200, 400)},
            "the worst of two runs decides", 0),
    ],
    decoys=[
        unsettled(LOAD | {"load_stats_history.csv": history(99, 900)}, "99 users"),
        unsettled(LOAD | {"load_stats_history.csv": history(100, 290)}, "290 s"),
        unsettled(LOAD | {"load_stats_history.csv": BROKEN_OFF}, "not held"),
        unsettled({"load_stats.csv": locust(*ROUTES)}, "the number of users cannot be told"),
        unsettled(LOAD | {"load_stats.csv": locust(("GET", "/a", 900, 0, 9.0))}, "fewer than 1000 requests"),
        unsettled(LOAD | {"load_stats.csv": locust(("GET", "/healthz", 900, 0, 9.0), ("GET", "/a", 800, 0, 9.0))},
                  "mostly health routes"),
        unsettled(LOAD, "against a mock", run_json(target="mock-server")),
        Example({"tests/test_load.py": "import asyncio\n\nasync def test_100_users():\n"
                 "    await asyncio.gather(*(handle(n) for n in range(100)))\n    assert True\n"},
                "100 coroutines in a test", None, "unknown"),
    ],
)  # fmt: skip
def test_handles_100_concurrent_users(repo: Repo, units: Units) -> None:
    """Has the system been shown to serve 100 concurrent users?

    Passes: a fresh run of the real system held at least 100 users (setting target_users) for at least 300 s, with at
    least 1000 requests, at least half of them on other than health routes, at most 1 % failed requests, and an overall
    p95 of at most 3000 ms. If several such runs are fresh, all hold.
    Falls short: a fresh run that held the users for 300 s broke the limit on failures or on p95.
    Unknown: no such run: fewer users, shorter, mostly health routes, or no number of users. Tests that start 100
    coroutines against one function, a provider's SDK or a mock are no run of the system, whatever they assert.
    Impact: Nobody knows whether launch day works.
    Recommendation: Run Locust headless with 100 users for 6 minutes against a deployed build, with think time and a
    real mix of routes, and keep the CSV files with their run.json.
    """
    load = repo.results.load
    found = load.broken or load.proofs
    if not found:
        unknown(missing(repo, f"{repo.settings.performance.target_users} users held for 300 s", LOAD_TEST, load.weak))
    units.decide("the load test", found[0].ok, found[0].site, note=found[0].note)
