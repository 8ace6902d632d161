"""What infrastructure code declares, in one shape for CDK, CloudFormation, Terraform, Kubernetes and compose."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from pytest_readiness.repo.data_files import Datum, plain
from pytest_readiness.repo.modules import Module, Site

CDK, CLOUDFORMATION, TERRAFORM, KUBERNETES, COMPOSE = "cdk", "cloudformation", "terraform", "kubernetes", "compose"


@dataclass(frozen=True, eq=False)
class MethodCall:
    """A method that CDK code calls on a construct: `bucket.add_lifecycle_rule(...)`."""

    name: str
    kind: str
    """Dotted name, such as `aws_cdk.aws_s3.Bucket.add_lifecycle_rule`."""
    arguments: Datum
    """Keywords by name, positional arguments by "0", "1"."""
    path: str
    line: int
    module: Module
    call: ast.Call


@dataclass(frozen=True, eq=False)
class Resource:
    """One resource that infrastructure code declares; one call in a loop is one resource."""

    language: str
    kind: str
    """`aws_cdk.aws_s3.Bucket`, `AWS::S3::Bucket`, `aws_s3_bucket`, or the kind of a Kubernetes object."""
    name: str
    """Construct id, logical id, or label."""
    path: str
    line: int
    settings: Datum
    """What it is declared with; `settings.get("storage_encrypted")` finds every spelling."""
    calls: list[MethodCall] = field(default_factory=list)
    module: Module | None = None
    call: ast.Call | None = None
    """The construct's call in CDK code."""

    def get(self, *keys: str) -> Datum | None:
        """The setting below these keys, compared by letters and digits alone."""
        return self.settings.get(*keys)

    def called(self, *names: str) -> list[MethodCall]:
        """The calls of these methods on the construct."""
        return [c for c in self.calls if c.name in names]

    def all_settings(self, key: str) -> Iterator[Datum]:
        """Every setting of that name at any depth, in the declaration and in method calls on it."""
        for datum in (self.settings, *(c.arguments for c in self.calls)):
            yield from (d for keys, d in datum.walk() if keys and plain(keys[-1]) == plain(key))

    @property
    def is_cloud(self) -> bool:
        """Whether it lives in a cloud provider's account, by its language or by the provider of its kind."""
        of_provider = self.language == TERRAFORM and self.kind.startswith(("aws_", "azurerm_", "google_"))
        return of_provider or self.language in (CDK, CLOUDFORMATION)

    @property
    def type(self) -> tuple[str, str]:
        """Service and type in plain letters, equal for all spellings of one: ("s3", "bucket")."""
        match self.language:
            case "cdk":
                *_, service, name = ["", *self.kind.split(".")]
                return _service(service), plain(name)
            case "cloudformation":
                parts = self.kind.split("::")
                return (plain(parts[1]), plain(parts[-1])) if len(parts) >= 3 else ("", plain(self.kind))
        return "", self.kind if self.language == "terraform" else plain(self.kind)


@dataclass(frozen=True)
class EntryPoint:
    """Code of the repository that infrastructure starts: a module as a program, or a function or object in it."""

    module: str
    """Repo-relative path of the Python file."""
    attribute: str
    """Function or application object, dotted inside the module; "" where the module is run as a program."""
    place: Site


@dataclass(frozen=True)
class Injection:
    """An environment variable that infrastructure fills from a secret."""

    name: str
    place: Site


@dataclass(frozen=True, eq=False)
class RegionBinding:
    """A region that infrastructure code deploys to: a stack's Environment, a provider block."""

    value: Datum
    place: Site
    module: Module | None = None
    node: ast.expr | None = None
    """The expression, in CDK code."""
    owner: str = ""
    """What is deployed there: the stack's class, or the provider."""


def _service(name: str) -> str:
    """`aws_dynamodb`, `aws_redshift_alpha` -> `dynamodb`, `redshift`."""
    return plain(name.removeprefix("aws_").removesuffix("_alpha"))
