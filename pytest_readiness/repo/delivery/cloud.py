"""Which AWS services the application uses, and which resources provide them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.infra_model import Resource
from pytest_readiness.repo.modules import Module, Site, argument, call_name, text_of

_SDKS = frozenset({"boto3", "aioboto3", "aiobotocore"})
_OTHER_FOLDERS = frozenset({"scripts", "tools", "examples", "migrations"})
_SAME = {"es": "opensearch", "apigatewayv2": "apigateway"}
_FUNCTIONS = r"(cfn|docker\w*|python|nodejs|go|rust|singleton|edge)?function(version)?"
_LAMBDAS = ("lambda", "lambdapython", "lambdanodejs", "lambdago", "serverless", "sam")
_APIS = r"(cfn)?(lambda|spec|stepfunctions)?(rest|http|websocket)?api"
_DATABASES = r"(cfn)?(databaseinstance\w*|databasecluster\w*|serverlesscluster\w*|dbinstance|dbcluster)"
_CACHES = r"(cfn)?(cachecluster|replicationgroup|serverlesscache)"
PROVIDED_BY: dict[str, tuple[tuple[str, ...], str, str]] = {
    "dynamodb": (("dynamodb", "serverless"), r"(cfn)?(global)?table(v2)?|simpletable", "dynamodb(_global)?_table"),
    "s3": (("s3",), r"(cfn)?bucket", "s3_bucket"),
    "sqs": (("sqs",), r"(cfn)?queue", "sqs_queue"),
    "sns": (("sns",), r"(cfn)?topic", "sns_topic"),
    "kinesis": (("kinesis",), r"(cfn)?stream", "kinesis_stream"),
    "elasticache": (("elasticache",), _CACHES, "elasticache_(cluster|replication_group|serverless_cache)"),
    "opensearch": (
        ("opensearchservice", "opensearch", "elasticsearch"),
        r"(cfn)?domain",
        "(open|elastic)search_domain",
    ),
    "secretsmanager": (("secretsmanager",), r"(cfn|database)?secret", "secretsmanager_secret"),
    "lambda": (_LAMBDAS, _FUNCTIONS, "lambda_function"),
    "stepfunctions": (("stepfunctions", "serverless"), r"(cfn)?statemachine", "sfn_state_machine"),
    "apigateway": (("apigateway", "apigatewayv2", "serverless", "sam"), _APIS, "api_gateway_rest_api|apigatewayv2_api"),
    "logs": (("logs",), r"(cfn)?loggroup", "cloudwatch_log_group"),
    "kms": (("kms",), r"(cfn)?key", "kms_key"),
    "rds": (("rds",), _DATABASES, "db_instance|rds_cluster(_instance)?"),
    "cognito-idp": (("cognito",), r"(cfn)?userpool", "cognito_user_pool"),
    "ecs": (("ecs",), r"(cfn)?cluster", "ecs_cluster"),
    "ecr": (("ecr",), r"(cfn)?(public)?repository", "ecr_repository"),
    "events": (("events", "eventbridge"), r"(cfn)?(rule|eventbus)", "cloudwatch_event_(rule|bus)"),
}
"""Service -> the services of constructs, their types in plain letters, the Terraform types (without aws_)."""
_PATTERNS = {"ecspatterns": {"ecs"}}
"""Constructs that bring other services with them."""


@dataclass(frozen=True, eq=False)
class CloudService:
    """An AWS service that the application calls."""

    name: str
    used_at: tuple[Site, ...]
    provided_at: tuple[Site, ...] = ()
    """The resources that provide it."""


def used(modules: Iterable[Module]) -> dict[str, list[Site]]:
    """Service -> where clients of it are made, in modules that import an AWS SDK."""
    found: dict[str, list[Site]] = {}
    for module in modules:
        if not _OTHER_FOLDERS & set(module.path.split("/")[:-1]) and _imports_sdk(module):
            for call in module.calls:
                if isinstance(call.func, ast.Attribute) and call_name(call) in ("client", "resource", "create_client"):
                    name = text_of(argument(call, "service_name", 0)) or ""
                    name = _SAME.get(name, name)
                    if name in PROVIDED_BY:
                        found.setdefault(name, []).append(module.at(call, f"uses {name}"))
    return found


def _imports_sdk(module: Module) -> bool:
    for node in module.imports:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        if any(n.split(".")[0] in _SDKS for n in names):
            return True
    return False


def provides(resource: Resource, service: str) -> bool:
    """Whether the resource provides the service."""
    services, kinds, terraform = PROVIDED_BY[service]
    owner, kind = resource.type
    if resource.language == "terraform":
        return re.fullmatch(f"aws_({terraform})", resource.kind) is not None
    if service in _PATTERNS.get(owner, ()):
        return True
    if owner == "serverless" and kind == "function" and service == "apigateway":
        return _has_api_event(resource)
    return owner in services and re.fullmatch(kinds, kind) is not None


def _has_api_event(resource: Resource) -> bool:
    """Whether a SAM function has an event of an API: the transform makes one where none is named."""
    events = resource.get("events")
    kinds = [e.get("type") for e in (events.entries.values() if events else ())]
    return any(k is not None and k.text in ("Api", "HttpApi") for k in kinds)


def services(modules: Iterable[Module], resources: Iterable[Resource]) -> Iterator[CloudService]:
    """The services that the application uses, with what provides them."""
    resources = list(resources)
    for name, places in sorted(used(modules).items()):
        found = [
            Site(r.path, r.line, f"declares {r.kind.rpartition('.')[2]} {r.name}")
            for r in resources
            if provides(r, name)
        ]
        yield CloudService(name, tuple(places), tuple(found))
