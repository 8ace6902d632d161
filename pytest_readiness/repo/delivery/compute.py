"""Compute units: the resources that run the application's code, with that code, their copies and their scaling."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.delivery.code_of import INLINE, Code, CodeOf
from pytest_readiness.repo.delivery.links import mentions
from pytest_readiness.repo.delivery.scaling import Scaling, Scalings
from pytest_readiness.repo.image_builds import joined
from pytest_readiness.repo.infra_kubernetes import FILLED_IN
from pytest_readiness.repo.infra_model import CDK, CLOUDFORMATION, KUBERNETES, TERRAFORM, Resource
from pytest_readiness.repo.infra_terraform import Block
from pytest_readiness.repo.modules import Site

FUNCTION, SERVICE, GROUP, PLATFORM, WORKLOAD = "function", "service", "group", "platform", "workload"
_LAMBDAS = ("lambda", "lambdapython", "lambdanodejs", "lambdago", "serverless", "sam")
_FUNCTION = re.compile(r"^(cfn)?(docker(image)?|python|nodejs|go|rust|singleton|edge)?function$")
_SERVICE = re.compile(r"^(cfn|fargate|ec2|external)?service$")
_PATTERN = re.compile(
    r"^((application|network)(loadbalanced|multipletargetgroups)|queueprocessing)(fargate|ec2)service$"
)
_TERRAFORM = {
    "aws_lambda_function": FUNCTION, "aws_ecs_service": SERVICE, "aws_autoscaling_group": GROUP,
    "aws_apprunner_service": PLATFORM, "google_cloud_run_service": PLATFORM, "google_cloud_run_v2_service": PLATFORM,
}  # fmt: skip
THIRD_PARTY = re.compile(
    r"(^|/)(redis|valkey|postgres|postgresql|pgvector|mysql|mariadb|mongo|mongodb|rabbitmq|kafka|zookeeper|nats|memcached|"
    r"nginx|nginx-unprivileged|haproxy|envoy|traefik|caddy|grafana|prometheus|alertmanager|loki|tempo|jaeger|all-in-one|"
    r"opentelemetry-collector[\w-]*|otel[\w-]*|elasticsearch|opensearch|kibana|opensearch-dashboards|minio|localstack|"
    r"keycloak|vault|consul|qdrant|weaviate|chroma|milvus|neo4j|clickhouse-server|pgbouncer|adminer|mailhog|busybox|ollama)"
    r"([:@]|$)"
)
"""Images of programs that are not the application."""


@dataclass(frozen=True, eq=False)
class ComputeUnit:
    """A resource that runs application code."""

    resource: Resource
    kind: str
    code: Code
    scaling: Scaling
    definitions: tuple[Datum, ...] = ()
    """The containers that it runs, where it says so."""

    @property
    def name(self) -> str:
        """Its own name; the file's where a chart fills it in."""
        name = self.resource.name
        return posixpath.basename(self.resource.path).split(".")[0] if FILLED_IN in name else name

    @property
    def place(self) -> Site:
        kind = self.resource.kind.rpartition(".")[2]
        return Site(self.resource.path, self.resource.line, f"{kind} {self.resource.name}")

    @property
    def problem(self) -> str:
        """Why it does not scale with demand, "" where it does."""
        if not self.code.exists:
            return f"a placeholder: {self.code.note}"
        return self.scaling.problem

    @property
    def runs_two(self) -> bool:
        """Whether it can run at least two copies."""
        return self.code.exists and self.scaling.most >= 2


class Compute:
    """Finds compute units."""

    def __init__(self, resources: Sequence[Resource], code: CodeOf, blocks: Iterable[Block]) -> None:
        self._resources, self._code, self._blocks = tuple(resources), code, tuple(blocks)
        self._scalings = Scalings(self._resources, code)

    def units(self) -> Iterator[ComputeUnit]:
        """Every compute unit; one that several manifests describe comes once."""
        seen: set[tuple[str, str, str]] = set()
        for resource in self._resources:
            kind = kind_of(resource)
            definitions = tuple(self.definitions(resource)) if kind else ()
            is_chart = FILLED_IN in resource.name
            key = (resource.language, resource.kind, resource.path if is_chart else resource.name)
            is_overlay = resource.language == KUBERNETES and (key in seen or not definitions)
            if not kind or is_overlay or _is_third_party(definitions):
                continue
            code = self._code_of(resource, kind, definitions)
            if code.note != INLINE:
                seen.add(key)
                yield ComputeUnit(resource, kind, code, self._scalings.of(resource, kind), definitions)

    def definitions(self, resource: Resource) -> Iterator[Datum]:
        """The container definitions of a workload, or of the task that a service runs."""
        if resource.language == KUBERNETES:
            yield from _containers(resource)
        elif resource.language == CDK:
            yield from self._code.definitions(resource)
        elif resource.language in (CLOUDFORMATION, TERRAFORM):
            task = resource.get("task_definition")
            for other in self._resources:
                if other.type[1] in ("taskdefinition", "aws_ecs_task_definition") and mentions(task, other, resource):
                    declared = other.get("container_definitions")
                    yield from declared.elements if declared is not None else ()

    def _code_of(self, resource: Resource, kind: str, definitions: tuple[Datum, ...]) -> Code:
        if resource.language == CDK:
            return self._of_cdk(resource, kind)
        if kind == FUNCTION:
            return self._of_function(resource)
        if kind == SERVICE and not definitions:
            task = resource.get("task_definition")
            return Code(task is not None and task.is_set, "its task definition lies elsewhere" if task else "no task")
        images = [d.get("image") for d in definitions]
        named = [i for i in images if i is not None and i.is_set]
        if kind in (SERVICE, WORKLOAD):
            return Code(bool(named), f"runs the image {named[0].value}" if named else "no container has an image")
        return Code(True, "runs an image")

    def _of_cdk(self, resource: Resource, kind: str) -> Code:
        handler = _text(resource.get("handler"))
        found = None
        if kind == FUNCTION and (own := self._code.made(resource, "code")):
            found = self._code.of_calls(resource, own, handler)
        elif kind == FUNCTION:
            found = self._code.of_calls(resource, self._code.own_call(resource), handler)
        elif kind == SERVICE:
            found = self._code.of_calls(resource, self._code.images(resource), "")
        elif kind in (GROUP, PLATFORM):
            return Code(True, "runs an image")
        return found or Code(False, "nothing says what code it runs")

    def _of_function(self, resource: Resource) -> Code:
        if resource.language == TERRAFORM:
            return self._code.of_terraform(resource, self._blocks)
        handler, code = _text(resource.get("handler")), resource.get("code") or resource.get("code_uri")
        image, context = resource.get("image_uri"), resource.get("metadata", "DockerContext")
        folder = resource.path.rpartition("/")[0]
        if image is not None and image.is_set:
            return Code(True, "runs an image")
        staged = resource.get("metadata", "aws:asset:path")
        if staged is not None and staged.text:
            is_packed = staged.text.startswith("asset.")  # a copy that synthesis made: the code was there
            return Code(True, "packed") if is_packed else self._code.in_folder(staged.text, [folder, ""], handler)
        if context is not None:
            file = _text(resource.get("metadata", "Dockerfile")) or "Dockerfile"
            return self._code.in_folder(joined(context.text or ".", file), [folder, ""], "")
        if resource.get("inline_code") is not None or (code is not None and code.get("zip_file") is not None):
            return Code(False, INLINE)
        if code is None:
            return Code(False, "nothing says what code it runs")
        if code.text is not None and "://" not in code.text:
            return self._code.in_folder(code.text, [folder, ""], handler)
        return Code(True, "its code lies outside of the repository")


def kind_of(resource: Resource) -> str:
    """What kind of compute the resource is, "" for none."""
    service, kind = resource.type
    if resource.language == TERRAFORM:
        return _TERRAFORM.get(resource.kind, "")
    if resource.language == KUBERNETES:
        version = resource.settings.entries.get("apiVersion")
        is_knative = kind == "service" and "serving.knative.dev" in str(version.value if version else "")
        return PLATFORM if is_knative else WORKLOAD if kind in ("deployment", "statefulset") else ""
    if service in _LAMBDAS and _FUNCTION.match(kind):
        return FUNCTION
    if (service == "ecs" and _SERVICE.match(kind)) or (service == "ecspatterns" and _PATTERN.match(kind)):
        return SERVICE
    if service == "autoscaling" and kind in ("autoscalinggroup", "cfnautoscalinggroup"):
        return GROUP
    return PLATFORM if service == "apprunner" and kind in ("service", "cfnservice") else ""


def _containers(resource: Resource) -> Iterator[Datum]:
    spec = resource.get("spec", "template", "spec") or resource.get("spec")
    declared = spec.get("containers") if spec else None
    yield from (d for d in (declared.elements if declared else ()) if d.get("image") is not None)


def _is_third_party(definitions: Sequence[Datum]) -> bool:
    """Whether all that runs are programs of others."""
    images = [_text(i) or _text(i.get("0")) for d in definitions if (i := d.get("image")) is not None]
    return bool(images) and all(THIRD_PARTY.search(i) for i in images)


def _text(datum: Datum | None) -> str:
    return str(datum.value) if datum is not None and isinstance(datum.value, str) and not datum.tag else ""
