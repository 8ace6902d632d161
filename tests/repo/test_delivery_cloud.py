"""The cloud side of delivery: roots, defects of synthesis, services, compute units, entries, kept state, probes."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_readiness.repo import Repo
from pytest_readiness.repo.cdk_script import script_app
from pytest_readiness.repo.data_files import EXPRESSION, Datum
from pytest_readiness.repo.delivery.links import number
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.source_paths import SourcePath, SourcePaths
from pytest_readiness.settings import settings_of

CDK = '{"app": "python app.py"}\n'
HEAD = """
from aws_cdk import App, Duration, Stack, Stage, aws_apigateway as apigateway, aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2, aws_ecs as ecs, aws_ecs_patterns as patterns, aws_lambda as lambda_
from aws_cdk import aws_elasticloadbalancingv2 as elb, aws_s3 as s3
"""
EC2_SERVICE = """
app = App()
stack = Stack(app, "S")
task = ecs.FargateTaskDefinition(stack, "T")
task.add_container("c", image=ecs.ContainerImage.from_registry("registry.example/api:1"))
service = ecs.FargateService(stack, "Api", task_definition=task)
"""


def repo_of(folder: Path, files: dict[str, str], **settings: object) -> Repo:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
    return Repo(folder, settings_of(settings))


def cdk(folder: Path, text: str, **files: str) -> Repo:
    """A repository whose app.py holds the text, below the imports."""
    return repo_of(folder, {"infra/cdk.json": CDK, "infra/app.py": HEAD + text, **files})


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, None),
        ({"backend/infrastructure/aws/iac/README.md": ""}, ("backend/infrastructure/aws/iac", "")),
        ({"deploy/cdk/cdk.json": CDK, "main.tf": 'resource "a" "b" {}\n'}, ("deploy/cdk", "cdk")),
        ({"tests/cdk.json": CDK, "tf/main.tf": 'provider "aws" {}\n'}, ("tf", "terraform")),
        ({"tf/modules/x/main.tf": 'resource "a" "b" {}\n', "tf/main.tf": "terraform {}\n"}, ("tf", "terraform")),
        ({"sam/template.yml": "Resources: {A: {Type: AWS::S3::Bucket}}\n"}, ("sam", "cloudformation")),
        ({"k8s/a.yml": "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"}, ("k8s", "kubernetes")),
        ({"infra/cdk.out/a.template.json": '{"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}'}, None),
    ],
)
def test_the_root_of_infrastructure_code(tmp_path: Path, files: dict[str, str], found: tuple[str, str] | None) -> None:
    root = repo_of(tmp_path, files).delivery.iac_root
    assert (root and (root.folder, root.kind)) == found


def test_the_configured_root_goes_first(tmp_path: Path) -> None:
    files = {"a/cdk.json": CDK, "b/main.tf": "terraform {}\n"}
    root = repo_of(tmp_path, files, paths={"iac": "b"}).delivery.iac_root
    assert root is not None
    assert (root.folder, root.kind) == ("b", "terraform")


def test_stacks_and_what_they_create(tmp_path: Path) -> None:
    text = """
    def bucket(scope, name):
        return s3.Bucket(scope, name)

    class Base(Stack):
        def __init__(self, scope, name):
            super().__init__(scope, name)
            bucket(self, "A")

    class Data(Base):
        pass

    class Empty(Stack):
        def __init__(self, scope, name):
            super().__init__(scope, name)

    class Prod(Stage):
        def __init__(self, scope, name):
            super().__init__(scope, name)
            for kind in (Data, Empty):
                kind(self, kind.__name__)

    Prod(App(), "Prod")
    """
    found = cdk(tmp_path, textwrap.dedent(text)).delivery.stacks
    assert [(s.name, len(s.constructs)) for s in found] == [("Data", 1), ("Empty", 0)]


def test_modules_and_templates_are_stacks_too(tmp_path: Path) -> None:
    terraform = 'terraform {}\nmodule "network" {\n  source = "./network"\n}\n'
    repo = repo_of(tmp_path, {"tf/main.tf": terraform, "tf/network/main.tf": 'resource "aws_vpc" "a" {}\n'})
    assert [s.name for s in repo.delivery.stacks] == ["network"]


@pytest.mark.parametrize(
    ("command", "app", "files", "notes"),
    [
        ("python app.py", "from a import x", {"a.py": "x = 1\n"}, []),
        ("python app.py", "from a import y", {"a.py": "x = 1\n"}, ["infra/app.py:1"]),
        ("python app.py", "from .a import x", {"a.py": "x = 1\n"}, ["infra/app.py:1"]),
        (
            "python app.py",
            "try:\n    from .a import x\nexcept ImportError:\n    from a import x",
            {"a.py": "x = 1\n"},
            [],
        ),
        (
            "python app.py",
            "try:\n    from .a import x\nexcept ImportError:\n    pass",
            {"a.py": "x = 1\n"},
            ["infra/app.py:2"],
        ),
        (
            "python app.py",
            "import p.a",
            {"p/__init__.py": "", "p/a.py": "from ..b import x\n", "b.py": "x = 1\n"},
            ["infra/p/a.py:1"],
        ),
        ("python app.py", "import p.a", {"p/a.py": "def broken(:\n"}, ["infra/p/a.py:1"]),
        ("python app.py", "def unused():\n    import missing.thing\n    from a import y", {"a.py": "x = 1\n"}, []),
        ("python app.py", "def used():\n    from a import y\nused()", {"a.py": "x = 1\n"}, ["infra/app.py:2"]),
        ("python -m p.app", "", {"p/__init__.py": "", "p/app.py": "from .a import x\n", "p/a.py": "x = 1\n"}, []),
        ("cd .. && python -m infra.app", "from .a import x", {"__init__.py": "", "a.py": "x = 1\n"}, []),
        ("PYTHONPATH=lib python app.py", "from z import x", {"lib/z.py": "x = 1\n"}, []),
    ],
)
def test_imports_of_an_app(tmp_path: Path, command: str, app: str, files: dict[str, str], notes: list[str]) -> None:
    inside = {f"infra/{n}": t for n, t in files.items()}
    repo = repo_of(tmp_path, {"infra/cdk.json": f'{{"app": "{command}"}}', "infra/app.py": app + "\n", **inside})
    assert [f"{d.path}:{d.line}" for d in repo.delivery.synth_defects] == notes


@pytest.mark.parametrize(
    ("line", "fits"),
    [
        ("aws-cdk-lib>=2.100.0", True),
        ("aws-cdk.aws-s3>=1.100,<2", True),
        ("aws-cdk.aws-s3==1.41.0", True),
        ("aws-cdk.aws-s3", True),
        ("aws-cdk.aws-s3>=2", False),
        ("aws_cdk.aws_s3 ~= 2.1", False),
        ("aws-cdk.core==2.0.0", False),
        ("aws-cdk.aws-lambda-python-alpha>=2.100.0a0", True),
        ("# aws-cdk.aws-s3>=2", True),
    ],
)
def test_pins_of_packages_of_version_1(tmp_path: Path, line: str, fits: bool) -> None:
    files = {"infra/cdk.json": CDK, "infra/app.py": "", "infra/requirements-dev.txt": line + "\n"}
    assert (repo_of(tmp_path, files).delivery.synth_defects == ()) is fits


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('"../web"', [SourcePath("../web")]),
        ("HERE / 'web'", [SourcePath("pkg/web", True)]),
        ("str(HERE.parent.joinpath('web'))", [SourcePath("web", True)]),
        ("os.path.join(os.path.dirname(__file__), '..', 'web')", [SourcePath("pkg/../web", True)]),
        ("Path(__file__).resolve().parents[1] / 'web'", [SourcePath("web", True)]),
        ("f'../{NAME}/x'", [SourcePath("../web/x")]),
        ("os.path.join('..', unknown)", [SourcePath("../*")]),
        ("Path.cwd() / 'web'", [SourcePath("./web")]),
        ("'../' + NAME", [SourcePath("../web")]),
        ("unknown", []),
        ("[f'{n}/x' for n in NAMES][0]", []),
    ],
)
def test_paths_that_code_computes(tmp_path: Path, expression: str, found: list[SourcePath]) -> None:
    text = "import os\nfrom pathlib import Path\nHERE = Path(__file__).parent\nNAME = 'web'\n"
    repo = repo_of(tmp_path, {"pkg/m.py": f"{text}value = {expression}\n"})
    module = repo.modules["pkg/m.py"]
    statement = module.tree.body[-1] if module.tree else None
    assert isinstance(statement, ast.Assign)
    assert SourcePaths(repo.origins).of(module, statement.value) == found


@pytest.mark.parametrize(
    ("call", "service"),
    [
        ('boto3.client("s3")', "s3"),
        ('boto3.Session().resource(service_name="dynamodb")', "dynamodb"),
        ('boto3.client("es")', "opensearch"),
        ('boto3.client("apigatewayv2")', "apigateway"),
        ('boto3.client("bedrock-runtime")', None),
        ("boto3.client(name)", None),
    ],
)
def test_services_that_are_used(tmp_path: Path, call: str, service: str | None) -> None:
    repo = repo_of(tmp_path, {"a.py": f"import boto3\nname = 'x'\nc = {call}\n"})
    assert [s.name for s in repo.delivery.cloud_services] == ([service] if service else [])


def test_modules_that_use_no_service_of_the_application(tmp_path: Path) -> None:
    text = 'import boto3\nc = boto3.client("s3")\n'
    files = {f"{n}.py": text for n in ("scripts/a", "tests/test_a", "migrations/a", "infra/a", "tools/a")}
    files |= {"b.py": 'import other\nc = other.client("s3")\n', "infra/cdk.json": CDK}
    assert repo_of(tmp_path, files).delivery.cloud_services == ()


@pytest.mark.parametrize(
    ("service", "declared"),
    [
        ("s3", 'resource "aws_s3_bucket" "a" {}'),
        ("dynamodb", 'resource "aws_dynamodb_table" "a" {}'),
        ("elasticache", 'resource "aws_elasticache_replication_group" "a" {}'),
        ("lambda", 'resource "aws_lambda_function" "a" {}'),
        ("events", 'resource "aws_cloudwatch_event_rule" "a" {}'),
        ("rds", 'resource "aws_rds_cluster" "a" {}'),
    ],
)
def test_resources_of_terraform_that_provide_a_service(tmp_path: Path, service: str, declared: str) -> None:
    files = {"a.py": f'import boto3\nc = boto3.client("{service}")\n', "tf/main.tf": f"terraform {{}}\n{declared}\n"}
    (found,) = repo_of(tmp_path, files).delivery.cloud_services
    assert [p.path for p in found.provided_at] == ["tf/main.tf"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "service.auto_scale_task_count(max_capacity=4).scale_on_memory_utilization('M')",
            "",
        ),
        ("s = service.auto_scale_task_count(max_capacity=4)\ns.scale_on_schedule('S', schedule=None)", ""),
        ("service.auto_scale_task_count(max_capacity=4)", "it can be scaled, and no scaling policy does"),
        (
            "service.auto_scale_task_count(max_capacity=1).scale_on_schedule('S')",
            "its maximum of 1 is not above its minimum of 1",
        ),
        ("", "a fixed number of copies: nothing scales it"),
        (
            "def f():\n    service.auto_scale_task_count(max_capacity=4).scale_on_schedule('S')",
            "a fixed number of copies: nothing scales it",
        ),
    ],
)
def test_scaling_of_a_service(tmp_path: Path, text: str, problem: str) -> None:
    (unit,) = cdk(tmp_path, EC2_SERVICE + text + "\n").delivery.compute_units
    assert unit.problem == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("code=lambda_.Code.from_asset('fn')", ""),
        ("code=lambda_.Code.from_asset('none')", "a placeholder: there is no folder none with main.py"),
        ("code=lambda_.Code.from_bucket(b, 'k')", ""),
        ("code=lambda_.Code.from_asset(os.path.join(somewhere(), 'fn'))", ""),
        ("code=lambda_.Code.from_asset(somewhere())", "a placeholder: the path of its code is not known"),
        ("code=lambda_.Code.from_asset('fn'), reserved_concurrent_executions=0", "reserved concurrency is 0"),
        ("code=lambda_.Code.from_asset('fn'), reserved_concurrent_executions=5", ""),
        ("code=CODE", ""),
        ("**COMMON", ""),
    ],
)
def test_functions(tmp_path: Path, text: str, problem: str) -> None:
    common = "import os\nfrom lib import somewhere\nb = s3.Bucket.from_bucket_arn('b')\n"
    common += 'CODE = lambda_.Code.from_asset("fn")\nCOMMON = {"code": CODE}\n'
    made = f'lambda_.Function(Stack(App(), "S"), "F", handler="main.handler", {text})\n'
    delivery = cdk(tmp_path, common + made, **{"infra/fn/main.py": ""}).delivery
    (unit,) = delivery.compute_units
    assert unit.problem == problem
    assert bool(delivery.synth_defects) is ("folder none" in problem)


def test_functions_with_inline_code_run_no_application(tmp_path: Path) -> None:
    made = 'lambda_.Function(Stack(App(), "S"), "F", handler="index.f", code=lambda_.Code.from_inline("x"))\n'
    assert cdk(tmp_path, made).delivery.compute_units == ()


def test_settings_that_a_class_of_the_repository_hands_up(tmp_path: Path) -> None:
    text = """
class Agent(lambda_.DockerImageFunction):
    def __init__(self, scope, name):
        super().__init__(scope, name, code=lambda_.DockerImageCode.from_image_asset("../agent"))

Agent(Stack(App(), "S"), "Mail")
"""
    (unit,) = cdk(tmp_path, text, **{"agent/Dockerfile": "FROM a:1\n"}).delivery.compute_units
    assert (unit.kind, unit.problem) == ("function", "")


TEMPLATE = """
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: app.main}
  Image:
    Type: AWS::Serverless::Function
    Metadata: {DockerContext: ./img, Dockerfile: Dockerfile}
    Properties: {PackageType: Image}
  Service:
    Type: AWS::ECS::Service
    Properties: {TaskDefinition: !Ref Task, DesiredCount: 2}
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {ContainerDefinitions: [{Name: a, Image: "registry.example/a:1"}]}
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      MinCapacity: 1
      MaxCapacity: 3
      ResourceId: !Join ["/", [service, !Ref Cluster, !GetAtt Service.Name]]
  Policy:
    Type: AWS::ApplicationAutoScaling::ScalingPolicy
    Properties: {ScalingTargetId: !Ref Target}
  Group:
    Type: AWS::AutoScaling::AutoScalingGroup
    Properties: {MinSize: "1", MaxSize: "4"}
  GroupPolicy:
    Type: AWS::AutoScaling::ScalingPolicy
    Properties: {AutoScalingGroupName: !Ref Group}
"""


def test_units_of_a_template(tmp_path: Path) -> None:
    files = {"deploy/t.yaml": TEMPLATE, "deploy/src/app.py": "", "deploy/img/Dockerfile": "FROM a:1\n"}
    units = repo_of(tmp_path, files).delivery.compute_units
    assert {u.name: u.problem for u in units} == {"Fn": "", "Image": "", "Service": "", "Group": ""}


def test_a_policy_of_another_target_scales_nothing(tmp_path: Path) -> None:
    second = TEMPLATE.replace(
        "  Target:", "  Second: {Type: AWS::ECS::Service, Properties: {TaskDefinition: x}}\n  Target:"
    )
    units = repo_of(tmp_path, {"t.yaml": second.replace("Service.Name", "Second.Name")}).delivery.compute_units
    problems = {u.name: u.problem for u in units}
    assert problems["Second"] == ""
    assert problems["Service"] == "a fixed number of copies: nothing scales it"


def test_functions_of_terraform(tmp_path: Path) -> None:
    text = """
    terraform {}
    data "archive_file" "a" {
      type = "zip"
      source_dir = "${path.module}/../src"
      output_path = "a.zip"
    }
    resource "aws_lambda_function" "a" {
      handler = "main.f"
      filename = data.archive_file.a.output_path
    }
    resource "aws_lambda_function" "b" {
      handler = "other.f"
      filename = data.archive_file.a.output_path
    }
    resource "aws_lambda_function" "c" {
      image_uri = "registry.example/c:1"
    }
    """
    units = repo_of(tmp_path, {"tf/main.tf": text, "src/main.py": ""}).delivery.compute_units
    assert {u.name: u.code.exists for u in units} == {"a": True, "b": False, "c": True}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("apigateway.LambdaRestApi(stack, 'Api', handler=fn)", ""),
        ("api = apigateway.RestApi(stack, 'Api')\napi.root.add_method('GET', apigateway.LambdaIntegration(fn))", ""),
        ("api = apigateway.RestApi(stack, 'Api')", "it has no target that runs code of a declared resource"),
        (
            "held = []\nheld.append(fn)\napi = apigateway.RestApi(stack, 'Api')\nfor f in held:\n"
            "    api.root.add_resource('x').add_method('GET', apigateway.LambdaIntegration(f))",
            "",
        ),
    ],
)
def test_apis(tmp_path: Path, text: str, problem: str) -> None:
    made = 'lambda_.Function(stack, "F", handler="m.f", code=lambda_.Code.from_asset("fn"))'
    head = f'stack = Stack(App(), "S")\nfn = {made}\n'
    (entry,) = cdk(tmp_path, f"{head}{text}\n", **{"infra/fn/m.py": ""}).delivery.entries
    assert entry.problem == problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("listener.add_targets('a', targets=[service], health_check=elb.HealthCheck(path='/'))", ""),
        ("t = listener.add_targets('a', targets=[service])\nt.configure_health_check(path='/')", ""),
        ("listener.add_targets('a', targets=[service])", "no health check of its targets is declared"),
        (
            "listener.add_target_groups('a', target_groups=[elb.ApplicationTargetGroup(stack, 'G', targets=[service],"
            " health_check=elb.HealthCheck())])",
            "",
        ),
        ("", "it has no target that runs code of a declared resource"),
    ],
)
def test_load_balancers(tmp_path: Path, text: str, problem: str) -> None:
    service = EC2_SERVICE.replace("task_definition=task", "task_definition=task, desired_count=2")
    balancer = 'listener = elb.ApplicationLoadBalancer(stack, "L").add_listener("h", port=80)\n'
    (entry,) = cdk(tmp_path, f"{service}{balancer}{text}\n").delivery.entries
    assert entry.problem == problem


@pytest.mark.parametrize(
    ("name", "text", "servers"),
    [
        ("nginx/default.conf", "upstream a {\n  least_conn;\n  server a:1;\n  server b:1 weight=2;\n}\n", [2]),
        ("nginx.conf", "# upstream a { server a:1; server b:1; }\nserver { listen 80; }\n", []),
        ("haproxy.cfg", "frontend f\n  bind :80\nbackend b\n  server a a:1 check\n  server b b:1 backup\n", [1]),
        ("haproxy.cfg", "backend b\n  server-template w 3 api:80\n", [2]),
        (
            "envoy.yaml",
            "static_resources: {clusters: [{name: a, load_assignment: {endpoints: [{lb_endpoints: [x, y]}]}}]}\n",
            [2],
        ),
        ("traefik.toml", "[http.services.a.loadBalancer]\n[[http.services.a.loadBalancer.servers]]\nurl = 'x'\n", [1]),
        ("tests/nginx.conf", "upstream a { server a:1; }\n", []),
    ],
)
def test_proxies(tmp_path: Path, name: str, text: str, servers: list[int]) -> None:
    entries = repo_of(tmp_path, {name: text}).delivery.entries
    assert [e.problem == "" for e in entries] == [n >= 2 for n in servers]


ROUTES = "from fastapi import FastAPI\napp = FastAPI()\n\n@app.get('/')\ndef index():\n    return change()\n\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("X = {}\ndef change():\n    X['a'] = 1\n", ["X"]),
        ("X = []\ndef change():\n    X.append(1)\n", ["X"]),
        ("X = set()\ndef change():\n    y = X\n    y.add(1)\n", ["X"]),
        ("X = {}\ndef change():\n    X.setdefault('a', []).append(1)\n", ["X"]),
        ("X = {}\ndef change():\n    del X['a']\n", ["X"]),
        ("X = {}\ndef change():\n    global X\n    X = {}\n", ["X"]),
        ("X = {}\ndef change():\n    return dict(X)\n", []),
        ("X = {}\ndef change(X):\n    X['a'] = 1\n", []),
        ("X = {}\ndef change():\n    y = X.copy()\n    y['a'] = 1\n", []),
        ("from collections import deque\nX = deque(maxlen=9)\ndef change():\n    X.append(1)\n", []),
        ("X = {}\nX['a'] = 1\nX.update(b=2)\ndef change():\n    return X['a']\n", []),
        (
            "class C:\n    held = {}\n    def put(self):\n        C.held['a'] = 1\ndef change():\n    C().put()\n",
            ["C.held"],
        ),
        (
            "class C:\n    def __init__(self):\n        self.x = {}\n    def put(self):\n        self.x['a'] = 1\n"
            "c = C()\ndef change():\n    c.put()\n",
            ["c.x"],
        ),
        (
            "class C:\n    def __init__(self):\n        self.x = {}\n    def put(self):\n        self.x['a'] = 1\n"
            "def change():\n    C().put()\n",
            [],
        ),
        ("cache = {}\ndef change():\n    if len(cache) > 9:\n        cache.clear()\n    cache['a'] = 1\n", []),
        ("cache = {}\ndef change():\n    cache['a'] = 1\n", ["cache"]),
        ("app.state.held = {}\ndef change(request):\n    request.app.state.held['a'] = 1\n", ["app.state.held"]),
    ],
)
def test_state_that_route_modules_keep(tmp_path: Path, text: str, kept: list[str]) -> None:
    (module,) = repo_of(tmp_path, {"api.py": ROUTES + text}).delivery.route_modules
    assert [k.name for k in module.kept] == kept


def test_a_route_module_that_does_not_parse(tmp_path: Path) -> None:
    files = {"a.py": "@router.get('/')\ndef f(:\n", "b.py": "x = '@router.get('\ndef f(:\n"}
    found = repo_of(tmp_path, files).delivery.route_modules
    assert [(m.path, m.problem.partition(":")[0]) for m in found] == [("a.py", "does not parse")]


@pytest.mark.parametrize(
    ("check", "problem"),
    [
        ("CMD curl -f localhost:8000/health", ""),
        ("CMD curl -f http://localhost:8000/v1/health?x=1", ""),
        ("CMD curl -f http://localhost:8000/ready", "no route of the component answers /ready"),
        ("CMD python -c \"import urllib.request as r; r.urlopen('http://127.0.0.1/health')\"", ""),
        ("CMD nc -z localhost 8000", ""),
        ("CMD curl -f http://localhost:$PORT/health", ""),
        ("CMD exit 0", "it asks nothing"),
        ("CMD python alive.py", "no route of the component answers /gone"),
        ("CMD python missing.py", "missing.py is not in the image"),
        ("NONE", None),
    ],
)
def test_probes_of_an_image(tmp_path: Path, check: str, problem: str | None) -> None:
    files = {
        "main.py": """
        from fastapi import APIRouter, FastAPI
        router = APIRouter(prefix="/v1")
        @router.get("/health")
        def health(): ...
        app = FastAPI()
        app.include_router(router)
        """,
        "alive.py": "import httpx\nhttpx.get('http://localhost:8000/gone')\n",
        "Dockerfile": f"FROM python:3\nCOPY . .\nHEALTHCHECK {check}\nCMD uvicorn main:app\n",
    }
    repo = repo_of(tmp_path, files)
    (component,) = repo.delivery.components
    assert [p.problem for p in repo.delivery.probes_of(component)] == ([] if problem is None else [problem])


def test_prefixes_that_are_computed(tmp_path: Path) -> None:
    text = """
    from fastapi import APIRouter, FastAPI
    from config import PREFIX
    router = APIRouter()
    @router.get("/health")
    def health(): ...
    app = FastAPI()
    app.include_router(router, prefix=PREFIX)
    """
    files = {
        "main.py": text,
        "Dockerfile": "FROM p:3\nCOPY . .\nHEALTHCHECK CMD curl localhost/api/health\nCMD uvicorn main:app\n",
    }
    repo = repo_of(tmp_path, files)
    assert [p.problem for c in repo.delivery.components for p in repo.delivery.probes_of(c)] == [""]


def test_a_pod_is_its_component_s_by_its_image(tmp_path: Path) -> None:
    pod = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: x}
    spec: {template: {spec: {containers: [{name: x, image: "r.example/b:1", livenessProbe: {tcpSocket: {port: 1}}}]}}}
    """
    app = "from flask import Flask\napp = Flask('x')\n"
    image = "FROM p:3\nCOPY . .\nCMD gunicorn app:app\n"
    repo = repo_of(
        tmp_path, {"a/app.py": app, "a/Dockerfile": image, "b/app.py": app, "b/Dockerfile": image, "k8s.yml": pod}
    )
    assert {c.folder: len(repo.delivery.probes_of(c)) for c in repo.delivery.components} == {"a": 0, "b": 1}


def test_a_script_app_is_read_as_text(tmp_path: Path) -> None:
    files = {
        "bin/app.ts": 'import { A } from "../lib/a";\nimport "./gone";\nnew A(new App(), "a"); // new B(this, "b")\n',
        "lib/a.ts": """
        class Base extends cdk.Stack { x() { new s3.Bucket(this, `b`); "new C(this, 'c')" } }
        export class A extends Base {}
        """,
    }
    repo_of(tmp_path, files)
    app = script_app(Files(tmp_path), "npx ts-node bin/app.ts", "")
    assert app is not None
    assert [(s.name, [c.note for c in s.constructs]) for s in app.stacks] == [("A", ["creates Bucket"])]
    assert [(m.path, m.line) for m in app.missing] == [("bin/app.ts", 2)]


@given(st.text(alphabet="\"'`/*\n \\new(),X", max_size=60))
def test_any_script_can_be_read(text: str) -> None:
    from pytest_readiness.repo.cdk_script import _without

    assert _without(text, keep=False).count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("value", "tag", "found"),
    [(2, "", 2), ("3", "", 3), (True, "", None), ("x", "", None), ("var.n", EXPRESSION, None), (None, "", None)],
)
def test_numbers(value: str | int | None, tag: str, found: float | None) -> None:
    assert number(Datum("a", 1, value, tag)) == found


HOSTILE = {
    "cdk.json": '{"app": ["x"], "context": ' + "[" * 90 + "]" * 90 + "}",
    "infra/cdk.json": CDK,
    "infra/app.py": "from app import x\nfrom infra import app\nclass A(A): pass\nA(A, 'a')\n",
    "Dockerfile": "FROM Dockerfile\nFROM 9\nCOPY --from=0 / /\nCOPY --from=1 . .\nCMD [1]\nHEALTHCHECK\n",
    "compose.yml": "services: {a: &a {build: {context: [x]}, depends_on: 3, healthcheck: {test: {}}, extends: *a}}\n",
    "docker-compose.x.yml": "services: [1]\ninclude: 3\n",
    "main.tf": """
    module "a" {
      source = "./"
    }
    resource "aws_ecs_service" "a" {
      task_definition = aws_ecs_service.a
    }
    """,
    "t.yaml": """
    Resources:
      A: {Type: AWS::ECS::Service, Properties: 3}
      B: {Type: AWS::Serverless::Function, Properties: {Events: {A: 1}}}
    """,
    "k.yaml": """
    apiVersion: apps/v1
    kind: Deployment
    spec: 3
    ---
    apiVersion: v1
    kind: Service
    spec: {type: LoadBalancer, selector: 3}
    """,
    "main.py": "from fastapi import FastAPI\napp = FastAPI()\n" + "x = " + "[" * 60 + "]" * 60 + "\n",
}


def test_odd_files_do_no_harm(tmp_path: Path) -> None:
    delivery = repo_of(tmp_path, HOSTILE).delivery
    for component in delivery.components:
        delivery.probes_of(component)
        delivery.images_of(component)
        delivery.why_not_started(component)
    assert delivery.iac.places
    assert delivery.synth_defects is not None
    assert [bool(f.problems) for f in delivery.compose_files] == [False, True]
    assert {e.problem for e in delivery.entries} != {""}
    assert [d for f in delivery.images.dockerfiles.values() for d in delivery.defects.of(f)]
    assert delivery.staged == ()


OUTPUT = """{"Resources": {
  "F": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:asset:path": "asset.1"}, "Properties": {"Handler": "m.f"}},
  "G": {"Type": "AWS::Lambda::Function", "Metadata": {"aws:asset:path": "../gone"}, "Properties": {"Handler": "m.f"}},
  "A": {"Type": "AWS::ApiGatewayV2::Api"},
  "I": {"Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {"ApiId": {"Ref": "A"}, "IntegrationUri": {"Fn::GetAtt": ["F", "Arn"]}}}
}}"""


def test_templates_stand_for_the_code_that_made_them(tmp_path: Path) -> None:
    delivery = cdk(tmp_path, EC2_SERVICE, **{"infra/cdk.out/S.template.json": OUTPUT}).delivery
    assert {u.name: u.code.exists for u in delivery.compute_units} == {"F": True, "G": False}
    assert [(e.name, e.problem) for e in delivery.entries] == [("A", "")]


@pytest.mark.parametrize(
    ("run", "resources", "counts"),
    [
        ('{"commit": "abc"}', '{"A": {"Type": "AWS::S3::Bucket"}}', True),
        ("{}", '{"A": {}}', False),
        ('{"commit": "a"}', "{}", False),
    ],
)
def test_templates_count_where_they_are_tied_to_the_commit(
    tmp_path: Path, run: str, resources: str, counts: bool
) -> None:
    files = {"infra/cdk.out/run.json": run, "infra/cdk.out/S.template.json": f'{{"Resources": {resources}}}'}
    assert bool(cdk(tmp_path, EC2_SERVICE, **files).delivery.synth_output) is counts


def test_names_that_aws_cdk_does_not_offer_are_suspicious(tmp_path: Path) -> None:
    text = 'stack = Stack(App(), "S")\ns3.Bukket(stack, "B")\ns3.Bucket(stack, "C").grant_all()\n'
    delivery = cdk(tmp_path, text).delivery
    assert [(s.line, s.note) for s in delivery.synth_suspicions] == [
        (5, "aws_cdk.aws_s3.Bukket is none of aws_cdk's names")
    ]
    assert delivery.synth_defects == ()
