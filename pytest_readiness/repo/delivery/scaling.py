"""How many copies of a compute resource run, and whether their number follows the demand."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.delivery.code_of import CodeOf
from pytest_readiness.repo.delivery.links import mentions, number
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.infra_model import CDK, KUBERNETES, Resource
from pytest_readiness.repo.modules import Module, Site, call_name

_TARGETS = ("scalabletarget", "cfnscalabletarget", "aws_appautoscaling_target")
_POLICIES = (
    "scalingpolicy", "cfnscalingpolicy", "aws_appautoscaling_policy", "targettrackingscalingpolicy",
    "stepscalingpolicy", "aws_autoscaling_policy", "aws_appautoscaling_scheduled_action",
)  # fmt: skip
_AUTOSCALERS = ("horizontalpodautoscaler", "scaledobject")
_MAXIMUM_NOTES = ("autoscaling.knative.dev/maxScale", "autoscaling.knative.dev/max-scale")
UNBOUNDED = math.inf


@dataclass(frozen=True)
class Scaling:
    """`problem` says why the number of copies does not follow the demand, "" where it does."""

    problem: str
    places: tuple[Site, ...] = ()
    most: float = 1
    """The highest number of copies that may run; infinity where the platform decides or it is not known."""


class Scalings:
    """Finds the scaling of resources."""

    def __init__(self, resources: Sequence[Resource], code: CodeOf) -> None:
        self._resources, self._code = tuple(resources), code

    def of(self, resource: Resource, kind: str) -> Scaling:
        """The scaling of a compute resource of that kind."""
        match kind:
            case "function":
                return _capped(resource, resource.get("reserved_concurrent_executions"), "reserved concurrency")
            case "platform":
                return _capped(resource, self._platform_maximum(resource), "its maximum")
            case "group":
                return self._group(resource)
        if resource.language == KUBERNETES:
            return self._pods(resource)
        return self._service_in_code(resource) if resource.language == CDK else self._service(resource)

    def _platform_maximum(self, resource: Resource) -> Datum | None:
        """The most instances that App Runner, Cloud Run or Knative may start."""
        for keys, datum in resource.settings.walk():
            if keys and (keys[-1] in _MAXIMUM_NOTES or keys[-1].lower() in ("max_instance_count", "maxinstancecount")):
                return datum
        named = resource.get("auto_scaling_configuration_arn") or resource.get("auto_scaling_configuration")
        for other in self._resources:
            is_one = other.type[1].endswith(("autoscalingconfiguration", "auto_scaling_configuration_version"))
            if is_one and (resource.language == CDK or mentions(named, other, resource)):
                return other.get("max_size")
        return None

    def _group(self, resource: Resource) -> Scaling:
        """An auto-scaling group: its bounds, and a policy."""
        least = resource.get("min_capacity") or resource.get("min_size")
        most = resource.get("max_capacity") or resource.get("max_size")
        policies = list(self._policies_in_code(resource)) if resource.language == CDK else []
        for other in self._resources:
            if other.type[1] in _POLICIES and mentions(other.get("auto_scaling_group_name"), resource, other):
                policies.append(_site(other))
        return _judged(resource, least, most, policies, "scaling policy")

    def _service(self, resource: Resource) -> Scaling:
        """An ECS service of a template or Terraform: its scalable target and that one's policies."""
        alone = sum(r.type[1] in ("service", "aws_ecs_service") for r in self._resources) == 1
        for target in (r for r in self._resources if r.type[1] in _TARGETS and r.language == resource.language):
            if mentions(target.get("resource_id"), resource, target) or alone:
                declared = (p for p in self._resources if p.type[1] in _POLICIES)
                policies = [_site(p) for p in declared if self._is_of(p, target, alone)]
                least, most = target.get("min_capacity"), target.get("max_capacity")
                found = _judged(target, least, most, policies, "scaling policy")
                return Scaling(found.problem, (_site(target), *found.places), found.most)
        return _fixed(resource.get("desired_count"))

    def _is_of(self, policy: Resource, target: Resource, alone: bool) -> bool:
        named = (policy.get(k) for k in ("scaling_target_id", "resource_id", "scalable_dimension"))
        return any(mentions(d, target, policy) for d in named) or (alone and policy.language == target.language)

    def _service_in_code(self, resource: Resource) -> Scaling:
        """An ECS service of a CDK app: `auto_scale_task_count(...)` on it, and `scale_on_...` on that."""
        app = self._code.app(resource)
        if app is None:
            return Scaling("nothing scales it")
        if resource.type[1].startswith("queueprocessing"):
            return self._queue(resource)
        for module, call in app.calls:
            if call_name(call) == "auto_scale_task_count" and _leads_to(app, module, call, resource):
                return self._counted(app, module, call)
        for target in (r for r in self._resources if r.type[1] in _TARGETS and r.language == CDK):
            if any(_reaches(app, m, e, resource) for m, e in self._code.passed(target, "resource_id")):
                policies = [*self._policies_in_code(target), *self._targeted(app, target)]
                least, most = target.get("min_capacity"), target.get("max_capacity")
                return _judged(target, least, most, policies, "scaling policy")
        return _fixed(resource.get("desired_count"))

    def _queue(self, resource: Resource) -> Scaling:
        most = resource.get("max_scaling_capacity")
        known = number(most)
        site = (_site(resource, "scales with its queue and its processor"),)
        return Scaling("", site, known or 2) if known is None or known >= 2 else Scaling("at most one copy", site)

    def _counted(self, app: CdkApp, owner: Module, call: ast.Call) -> Scaling:
        policies = [
            m.at(c, f"{call_name(c)} follows the demand")
            for m, c in app.calls
            if call_name(c).startswith("scale_") and _passes(app, m, c, call)
        ]
        values = app.values(owner, call)
        place = owner.at(call, "declares a scalable number of copies")
        found = _bounded(values.get("min_capacity"), values.get("max_capacity"), policies, "scaling policy")
        return Scaling(found.problem, (place, *found.places), found.most)

    def _policies_in_code(self, resource: Resource) -> Iterator[Site]:
        """The `scale_on_...` calls on a construct."""
        app = self._code.app(resource)
        for module, call in app.calls if app else ():
            if app and call_name(call).startswith("scale_") and _leads_to(app, module, call, resource):
                yield module.at(call, f"{call_name(call)} follows the demand")

    def _targeted(self, app: CdkApp, target: Resource) -> Iterator[Site]:
        for policy in (r for r in self._resources if r.type[1] in _POLICIES and r.language == CDK):
            passed = [*self._code.passed(policy, "scaling_target"), *self._code.passed(policy, "scaling_target_id")]
            if any(_reaches(app, m, e, target) for m, e in passed):
                yield _site(policy)

    def _pods(self, resource: Resource) -> Scaling:
        """A workload of Kubernetes: the autoscaler that names it."""
        for scaler in (r for r in self._resources if r.type[1] in _AUTOSCALERS and r.language == KUBERNETES):
            reference = scaler.get("spec", "scaleTargetRef")
            named, kind = _value(reference, "name"), _value(reference, "kind")
            if named == resource.name and kind in ("", resource.kind):
                spec = scaler.get("spec")
                policies = [_site(scaler)] if _metrics(spec) else []
                least = _first(spec, "minReplicas", "minReplicaCount")
                found = _judged(scaler, least, _first(spec, "maxReplicas", "maxReplicaCount"), policies, "metric")
                return Scaling(found.problem, (_site(scaler), *found.places), found.most)
        return _fixed(resource.get("spec", "replicas"))


def _capped(resource: Resource, cap: Datum | None, what: str) -> Scaling:
    """What the platform scales, unless its copies are capped."""
    known = number(cap)
    if cap is not None and known is not None and known <= 1:
        return Scaling(f"{what} is {known:g}", (Site(cap.path, cap.line),))
    return Scaling("", (_site(resource, "the platform scales it"),), UNBOUNDED)


def _fixed(copies: Datum | None) -> Scaling:
    known = number(copies)
    most = 1 if copies is None else UNBOUNDED if known is None else known
    return Scaling("a fixed number of copies: nothing scales it", (), most)


def _judged(owner: Resource, least: Datum | None, most: Datum | None, policies: Sequence[Site], what: str) -> Scaling:
    found = _bounded(least, most, policies, what)
    return Scaling(found.problem, found.places or (_site(owner),), found.most)


def _bounded(least: Datum | None, most: Datum | None, policies: Sequence[Site], what: str) -> Scaling:
    """Bounds with the maximum above the minimum, the minimum at least 1, and something that moves between them."""
    low, high = number(least), number(most)
    low = 1 if least is None else low
    bound = UNBOUNDED if high is None else high
    if most is None:
        return Scaling("no maximum is set", tuple(policies))
    if low is not None and low < 1:
        return Scaling(f"its minimum is {low:g}", tuple(policies), bound)
    if low is not None and high is not None and high <= low:
        return Scaling(f"its maximum of {high:g} is not above its minimum of {low:g}", tuple(policies), bound)
    if not policies:
        return Scaling(f"it can be scaled, and no {what} does", (), bound)
    return Scaling("", tuple(policies), bound)


def _leads_to(app: CdkApp, module: Module, call: ast.Call, resource: Resource) -> bool:
    """Whether a method is called on the construct, on something of it, or on what another method of it gave."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    return receiver is not None and _reaches(app, module, receiver, resource)


def _reaches(app: CdkApp, module: Module, node: ast.expr, resource: Resource) -> bool:
    """Whether the construct, or something of it, stands anywhere in the expression."""
    parts = [n for n in ast.walk(node) if isinstance(n, ast.Name | ast.Attribute | ast.Call)]
    return any(o.node is resource.call for n in parts for o in app.behind(module, n))


def _passes(app: CdkApp, module: Module, call: ast.Call, made: ast.Call) -> bool:
    """Whether the method is called on what the other call made."""
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    return receiver is made or (receiver is not None and any(o.node is made for o in app.behind(module, receiver)))


def _metrics(spec: Datum | None) -> bool:
    """Whether an autoscaler has something to follow."""
    if spec is None:
        return False
    listed = [spec.get("metrics"), spec.get("triggers")]
    return any(d is not None and d.elements for d in listed) or spec.get("targetCPUUtilizationPercentage") is not None


def _first(datum: Datum | None, *keys: str) -> Datum | None:
    return next((f for k in keys if datum is not None and (f := datum.get(k)) is not None), None)


def _value(datum: Datum | None, key: str) -> str:
    found = datum.get(key) if datum is not None else None
    return str(found.value) if found is not None else ""


def _site(resource: Resource, note: str = "") -> Site:
    kind = resource.kind.rpartition(".")[2]
    return Site(resource.path, resource.line, note or f"{kind} {resource.name}")
