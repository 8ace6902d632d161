"""Infrastructure code of every language, read without running it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from pytest_readiness.repo import Repo
from pytest_readiness.repo.infra_model import Resource


def repo_of(folder: Path, files: dict[str, str]) -> Repo:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
    return Repo(folder)


APP = {
    "infra/cdk.json": '{"app": ".venv/bin/python3 app.py", "context": {}}',
    "infra/app.py": """
    import aws_cdk as cdk
    from stacks.data import Data, NAMES

    app = cdk.App()
    Data(app, "Data", env=cdk.Environment(region="eu-north-1"), retain=True)
    app.synth()
    """,
    "infra/stacks/__init__.py": "",
    "infra/stacks/base.py": """
    from aws_cdk import Stack

    class Base(Stack):
        def __init__(self, scope, id, **kwargs):
            super().__init__(scope, id, **kwargs)
            self.build()
    """,
    "infra/stacks/data.py": """
    from aws_cdk import Duration, aws_lambda as fn, aws_s3 as s3, aws_rds as rds, aws_dynamodb as dynamodb
    from stacks.base import Base

    NAMES = ["a", "b"]
    COMMON = {"versioned": True}

    class Safe(s3.Bucket):
        def __init__(self, scope, id, **kwargs):
            super().__init__(scope, id, enforce_ssl=True, **kwargs)

    class Data(Base):
        def __init__(self, scope, id, retain=False, **kwargs):
            self.retain = retain
            super().__init__(scope, id, **kwargs)

        def build(self):
            self.files = self.bucket()
            self.files.add_lifecycle_rule(expiration=Duration.days(30))
            Safe(self, "Safe", bucket_name="safe")
            for name in NAMES:
                dynamodb.Table(self, name, partition_key=None)
            db = rds.CfnDBInstance(self, "Db", storage_encrypted=self.retain)
            db.multi_az = True
            db.add_property_override("DeletionProtection", True)
            self.handler = fn.Function(
                self, "Fn", handler="src.main.run", code=fn.Code.from_asset("../backend"),
                timeout=Duration.seconds(5),
            )

        def bucket(self):
            return s3.Bucket(self, "Files", **COMMON)

        def never(self):
            s3.Bucket(self, "Never")

    class Unused(Base):
        def build(self):
            s3.Bucket(self, "Unused")
    """,
    "backend/src/main.py": "def run(event, context):\n    return {}\n",
}


def named(repo: Repo, name: str) -> Resource:
    return next(r for r in repo.infra.resources if r.name == name)


def test_constructs_that_the_app_reaches(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, APP)
    (app,) = repo.infra.cdk_apps
    assert [(s.name, s.place.line) for s in app.stacks] == [("Data", 5)]
    assert {(r.name, r.type) for r in repo.infra.resources} == {
        ("Files", ("s3", "bucket")),
        ("Safe", ("s3", "bucket")),
        ("Table", ("dynamodb", "table")),
        ("Db", ("rds", "cfndbinstance")),
        ("Fn", ("lambda", "function")),
    }


def test_settings_of_constructs(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, APP)
    files, safe, db, handler = (named(repo, n) for n in ("Files", "Safe", "Db", "Fn"))
    assert [c.name for c in files.calls] == ["add_lifecycle_rule"]
    assert (found := files.get("versioned")) is not None
    assert found.is_true
    assert (found := safe.get("enforce_ssl")) is not None
    assert found.is_true
    assert (found := safe.get("bucket_name")) is not None
    assert found.text == "safe"
    assert [d.is_true for key in ("multi_az", "deletion_protection") if (d := db.get(key))] == [True, True]
    assert (found := db.get("storage_encrypted")) is not None
    assert not found.is_true, "True in one call, False by default"
    assert (found := handler.get("timeout")) is not None
    assert (found.tag, found.entries["0"].value) == ("aws_cdk.Duration.seconds", 5)


def test_entry_points_and_regions(tmp_path: Path) -> None:
    repo = repo_of(tmp_path, APP)
    assert [(e.module, e.attribute) for e in repo.infra.entry_points()] == [("backend/src/main.py", "run")]
    assert [(r.value.text, r.owner, r.place.line) for r in repo.infra.regions] == [("eu-north-1", "Data", 5)]


def test_infrastructure_code_is_no_product_code(tmp_path: Path) -> None:
    assert [m.path for m in repo_of(tmp_path, APP).product] == ["backend/src/main.py"]


def test_a_cdk_app_beside_the_application(tmp_path: Path) -> None:
    files = {n.removeprefix("infra/"): t for n, t in APP.items()}
    assert [m.path for m in repo_of(tmp_path, files).product] == ["backend/src/main.py", "stacks/__init__.py"]


@pytest.mark.parametrize("command", ["npx ts-node bin/app.ts", "", "python missing.py", "python3 -m nowhere"])
def test_an_app_that_is_no_python_of_ours(tmp_path: Path, command: str) -> None:
    assert repo_of(tmp_path, {"cdk.json": f'{{"app": "{command}"}}'}).infra.cdk_apps == ()


def test_cloudformation(tmp_path: Path) -> None:
    text = """
    AWSTemplateFormatVersion: "2010-09-09"
    Parameters:
      Safe: {Type: String, Default: "true"}
    Conditions:
      Prod: !Equals [a, b]
    Resources:
      Db:
        Type: AWS::RDS::DBInstance
        Properties:
          StorageEncrypted: !Ref Safe
          MultiAZ: !If [Prod, true, false]
          DBName: !Sub "${AWS::StackName}-db"
      Fn:
        Type: AWS::Serverless::Function
        Properties: {CodeUri: src/, Handler: app.handler}
    """
    repo = repo_of(tmp_path, {"deploy/template.yaml": text, "deploy/src/app.py": "def handler(e, c): ...\n"})
    db = named(repo, "Db")
    assert (db.type, db.line) == (("rds", "dbinstance"), 7)
    assert (found := db.get("storage_encrypted")) is not None
    assert (found.is_true, found.line) == (True, 10)
    assert (found := db.get("multi_az")) is not None
    assert not found.is_true
    assert (found := db.get("db_name")) is not None
    assert (found.is_set, found.text) == (True, None)
    assert [(e.module, e.attribute) for e in repo.infra.entry_points()] == [("deploy/src/app.py", "handler")]


def test_terraform(tmp_path: Path) -> None:
    text = """
    variable "days" {
      default = 30
    }

    resource "aws_cloudwatch_log_group" "app" {
      retention_in_days = var.days
      name              = "x-${var.env}"
    }

    resource "aws_s3_bucket" "files" {
      dynamic "lifecycle_rule" {
        for_each = var.rules
        content {
          enabled = true
        }
      }
    }

    data "aws_s3_bucket" "other" {
      bucket = "elsewhere"
    }

    provider "aws" {
      region = "eu-west-1"
    }
    """
    repo = repo_of(tmp_path, {"tf/main.tf": text, "tf/broken.tf": "resource {", "tf/empty.tf": ""})
    assert [(r.kind, r.name, r.line) for r in repo.infra.resources] == [
        ("aws_cloudwatch_log_group", "app", 5),
        ("aws_s3_bucket", "files", 10),
    ]
    assert (found := named(repo, "app").get("retention_in_days")) is not None
    assert (found.value, found.line) == (30, 6)
    assert (found := named(repo, "files").get("lifecycle_rule", "enabled")) is not None
    assert (found.value, found.line) == (True, 14)
    assert [(r.value.text, r.owner) for r in repo.infra.regions] == [("eu-west-1", "aws")]


def test_secrets_that_are_injected(tmp_path: Path) -> None:
    files = {
        "k8s/app.yaml": """
        apiVersion: v1
        kind: List
        items:
        - apiVersion: v1
          kind: Pod
          metadata: {name: app}
          spec:
            containers:
            - name: app
              command: ["python", "serve.py"]
              env:
              - name: FROM_SECRET
                valueFrom: {secretKeyRef: {name: s, key: k}}
              - name: PLAIN
                value: x
        - apiVersion: external-secrets.io/v1
          kind: ExternalSecret
          spec: {data: [{secretKey: FETCHED, remoteRef: {key: x}}]}
        """,
        "compose.yml": """
        services:
          api:
            build: .
            command: uvicorn serve:app
            secrets: [db_password]
            environment: {API_TOKEN_FILE: /run/secrets/token, OTHER: x}
        """,
        "task.tf": """
        resource "aws_ecs_task_definition" "t" {
          container_definitions = jsonencode([{ secrets = [{ name = "FROM_TASK", valueFrom = "arn" }] }])
        }
        """,
        "serve.py": "app = 1\n",
        "Dockerfile": "FROM x\nCOPY . /srv\nWORKDIR /srv\nCMD python serve.py\n",
        "tests/k8s.yaml": "apiVersion: v1\nkind: Pod\nspec:\n  env: [{name: T, valueFrom: {secretKeyRef: {}}}]\n",
    }
    repo = repo_of(tmp_path, files)
    assert set(repo.infra.injected) == {"FROM_SECRET", "FETCHED", "DB_PASSWORD", "API_TOKEN", "FROM_TASK"}
    assert {(e.module, e.attribute, e.place.path) for e in repo.infra.entry_points()} == {
        ("serve.py", "", "k8s/app.yaml"),
        ("serve.py", "app", "compose.yml"),
        ("serve.py", "", "Dockerfile"),
    }


def test_a_helm_chart(tmp_path: Path) -> None:
    text = """
    {{- if .Values.enabled }}
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: {{ include "app.name" . }}
      labels:
        {{- include "app.labels" . | nindent 4 }}
    spec:
      containers:
      - image: "{{ .Values.image }}:{{ .Values.tag }}"
        env:
        - name: API_KEY
          valueFrom:
            secretKeyRef:
              name: {{ .Values.secret }}
              key: api-key
        {{- with .Values.more }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    {{- end }}
    """
    repo = repo_of(tmp_path, {"chart/templates/app.yaml": text})
    assert {n: (s.path, s.line) for n, s in repo.infra.injected.items()} == {
        "API_KEY": ("chart/templates/app.yaml", 12)
    }


def test_a_shell_script_as_entry_point(tmp_path: Path) -> None:
    files = {
        "svc/Dockerfile": 'FROM x\nWORKDIR /app\nCOPY . .\nENTRYPOINT ["./run.sh"]\n',
        "svc/run.sh": "#!/bin/sh\nset -e\npython -m shop.migrate\nexec gunicorn shop.api:app\n",
        "svc/shop/api.py": "app = 1\n",
        "svc/shop/migrate.py": "",
    }
    found = repo_of(tmp_path, files).infra.entry_points()
    assert [(e.module, e.attribute) for e in found] == [("svc/shop/migrate.py", ""), ("svc/shop/api.py", "app")]


@pytest.mark.parametrize(
    "files",
    [
        {"cdk.json": "{"},
        {"cdk.json": '{"app": "python app.py"}', "app.py": "def f(:\n"},
        {
            "cdk.json": '{"app": "python app.py"}',
            "app.py": "import app\nfrom app import x\nclass A(A): pass\nA(A, 'x')\n",
        },
        {"cdk.json": '{"app": ["python"]}'},
        {"t.yaml": "Resources: [AWS::X::Y]\n"},
        {"t.yaml": "Resources:\n  A: {Type: [AWS::X::Y]}\n  B: {Type: AWS::S3::Bucket, Properties: 5}\n"},
        {"t.yaml": "Resources: &r\n  A: {Type: AWS::S3::Bucket, Properties: *r}\n"},
        {"k.yaml": "apiVersion: v1\nkind: [Pod]\n---\n- kind\n---\nkind: PodList\napiVersion: v1\nitems: 5\n"},
        {"compose.yml": "services: [a]\n"},
        {"compose.yml": "services: {a: {build: 5, command: {x: 1}, secrets: {a: 1}, environment: 7}, b: null}\n"},
        {"serverless.yml": "functions: {a: {handler: 5}, b: 7}\n"},
        {"Procfile": "web: gunicorn\nx\n"},
    ],
)
def test_odd_files(tmp_path: Path, files: dict[str, str]) -> None:
    infra = repo_of(tmp_path, files).infra
    assert [r.kind for r in infra.resources if r.kind != "AWS::S3::Bucket"] == []
    assert infra.entry_points() == ()
    assert infra.injected == {}
    assert infra.regions == ()
