"""Data stores that infrastructure code declares or that code creates by an AWS API, and the settings of each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.code_values import CodeValues
from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.infra_model import Resource
from pytest_readiness.repo.modules import Class, Module, call_name
from pytest_readiness.repo.origins import Origins

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

LOG_GROUP, BUCKET, TABLE = "log group", "bucket", "DynamoDB table"
DATABASE, CACHE, SEARCH, FILES, VOLUME, WAREHOUSE = (
    "database",
    "cache",
    "search domain",
    "file system",
    "volume",
    "Redshift",
)

_CONSTRUCTS = {
    ("logs", "loggroup"): LOG_GROUP,
    ("s3", "bucket"): BUCKET,
    ("dynamodb", "table"): TABLE,
    ("dynamodb", "tablev2"): TABLE,
    ("dynamodb", "globaltable"): TABLE,
    ("serverless", "simpletable"): TABLE,
    ("rds", "databaseinstance"): DATABASE,
    ("rds", "databaseinstancefromsnapshot"): DATABASE,
    ("rds", "databaseinstancereadreplica"): DATABASE,
    ("rds", "databasecluster"): DATABASE,
    ("rds", "databaseclusterfromsnapshot"): DATABASE,
    ("rds", "serverlesscluster"): DATABASE,
    ("rds", "dbinstance"): DATABASE,
    ("rds", "dbcluster"): DATABASE,
    ("elasticache", "cachecluster"): CACHE,
    ("elasticache", "replicationgroup"): CACHE,
    ("elasticache", "serverlesscache"): CACHE,
    ("opensearchservice", "domain"): SEARCH,
    ("opensearch", "domain"): SEARCH,
    ("elasticsearch", "domain"): SEARCH,
    ("efs", "filesystem"): FILES,
    ("ec2", "volume"): VOLUME,
    ("redshift", "cluster"): WAREHOUSE,
}
"""Service and type of constructs and templates, "Cfn" before the type left out."""
_TERRAFORM = {
    "aws_cloudwatch_log_group": LOG_GROUP,
    "aws_s3_bucket": BUCKET,
    "aws_dynamodb_table": TABLE,
    "aws_db_instance": DATABASE,
    "aws_rds_cluster": DATABASE,
    "aws_elasticache_cluster": CACHE,
    "aws_elasticache_replication_group": CACHE,
    "aws_elasticache_serverless_cache": CACHE,
    "aws_opensearch_domain": SEARCH,
    "aws_elasticsearch_domain": SEARCH,
    "aws_efs_file_system": FILES,
    "aws_ebs_volume": VOLUME,
    "aws_redshift_cluster": WAREHOUSE,
}
_CALLS = {
    "create_log_group": (LOG_GROUP, {"logGroupName"}),
    "create_bucket": (BUCKET, {"Bucket"}),
    "create_table": (TABLE, {"TableName", "KeySchema"}),
    "create_db_instance": (DATABASE, {"DBInstanceIdentifier"}),
    "create_db_cluster": (DATABASE, {"DBClusterIdentifier"}),
    "create_cache_cluster": (CACHE, {"CacheClusterId"}),
    "create_replication_group": (CACHE, {"ReplicationGroupId"}),
    "create_serverless_cache": (CACHE, {"ServerlessCacheName"}),
    "create_domain": (SEARCH, {"DomainName"}),
    "create_elasticsearch_domain": (SEARCH, {"DomainName"}),
    "create_file_system": (FILES, {"CreationToken"}),
    "create_volume": (VOLUME, {"AvailabilityZone"}),
    "create_cluster": (WAREHOUSE, {"ClusterIdentifier", "NodeType"}),
}
"""Method of an AWS client -> kind, and the parameters that tell the API from others of that name."""
_MEMBER_OF = ("db_cluster_identifier", "replication_group_id", "cluster_identifier")
"""Settings of a node of a cluster that is a store itself."""


@dataclass(frozen=True, eq=False)
class ApiCall:
    """A call of an AWS API, with what it passes."""

    module: Module
    node: ast.Call
    arguments: Datum

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.node.lineno


@dataclass(frozen=True, eq=False)
class Store:
    """One data store: a resource, or what a class or module creates of one kind by API calls."""

    kind: str
    name: str
    path: str
    line: int
    resource: Resource | None = None
    calls: list[ApiCall] = field(default_factory=list)
    scope: Class | Module | None = None
    """The class or module that makes the calls."""

    @property
    def label(self) -> str:
        """Kind and name, for people."""
        return f"{self.kind} {self.name}"

    @property
    def settings(self) -> list[Datum]:
        """What it is declared with: of a resource one set, of API calls one each."""
        return [self.resource.settings] if self.resource else [c.arguments for c in self.calls]


class Stores:
    """The stores of the repository. Tests, demos and the setting `exclude` are left out."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def all(self) -> tuple[Store, ...]:
        """Every store, by path and line."""
        found = [*self._declared(), *self._created()]
        return tuple(sorted(found, key=lambda s: (s.path, s.line)))

    def of(self, *kinds: str) -> list[Store]:
        """The stores of these kinds."""
        return [s for s in self.all if s.kind in kinds]

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """Product code, and infrastructure code with its scripts."""
        repo = self._repo
        others = (m for p, m in repo.modules.items() if not repo.scope.is_test(p) and repo.infra.is_iac(p))
        return tuple(dict.fromkeys([*repo.product, *(m for m in others if m.tree is not None)]))

    @cached_property
    def values(self) -> CodeValues:
        """Reads what calls pass, in product and infrastructure code."""
        return CodeValues(self._repo.names, Origins(self._repo.names, self._repo.imports, self.modules))

    def calls_in(self, scope: Class | Module, *names: str) -> list[ApiCall]:
        """Calls of these methods in a class, or in a module, that something runs."""
        module = scope.module if isinstance(scope, Class) else scope
        calls = (c for c in module.calls if call_name(c) in names and self._is_in(module, c, scope))
        return [ApiCall(module, c, self.values.arguments(module, c)) for c in calls if self._is_used(module, c)]

    def _declared(self) -> Iterator[Store]:
        for resource in self._repo.infra.resources:
            kind = _kind_of(resource)
            if kind is not None and not _is_member(resource):
                yield Store(kind, resource.name, resource.path, resource.line, resource)

    def _created(self) -> Iterator[Store]:
        found: dict[tuple[ast.AST | str, str], Store] = {}
        for module in self.modules:
            for call in module.calls:
                known = _CALLS.get(call_name(call))
                if known is None:
                    continue
                kind, needed = known
                arguments = self.values.arguments(module, call)
                if not needed <= arguments.entries.keys():
                    continue
                scope: Class | Module = module.enclosing_class(call) or module
                key = (scope.node if isinstance(scope, Class) else module.path, kind)
                name = scope.name if isinstance(scope, Class) else module.path.rsplit("/", 1)[-1]
                store = found.setdefault(key, Store(kind, f"of {name}", module.path, call.lineno, scope=scope))
                store.calls.append(ApiCall(module, call, arguments))
        yield from found.values()

    def _is_in(self, module: Module, call: ast.Call, scope: Class | Module) -> bool:
        return isinstance(scope, Module) or scope.node in module.ancestors(call)

    def _is_used(self, module: Module, call: ast.Call) -> bool:
        """Whether the function around the call is named anywhere: a helper that nothing calls applies nothing."""
        function = module.enclosing_function(call)
        return function is None or function.name in self._mentioned or function.name.startswith("__")

    @cached_property
    def _mentioned(self) -> frozenset[str]:
        nodes = (n for m in self.modules for n in m.nodes)
        return frozenset(
            n.id if isinstance(n, ast.Name) else n.attr for n in nodes if isinstance(n, ast.Name | ast.Attribute)
        )


def _kind_of(resource: Resource) -> str | None:
    if resource.language == "terraform":
        return _TERRAFORM.get(resource.kind)
    service, kind = resource.type
    return _CONSTRUCTS.get((service, kind.removeprefix("cfn")))


def _is_member(resource: Resource) -> bool:
    """A node of a cluster: what counts is declared there."""
    _, kind = resource.type
    is_node = kind.removeprefix("cfn") in ("dbinstance", "cachecluster") or resource.kind == "aws_elasticache_cluster"
    return is_node and any(d is not None and d.is_set for d in map(resource.get, _MEMBER_OF))
