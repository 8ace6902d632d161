"""Where requests come in: load balancers, API gateways, ingresses, proxies, and what they spread requests over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.delivery.cdk_links import CdkLinks
from pytest_readiness.repo.delivery.compute import ComputeUnit
from pytest_readiness.repo.delivery.links import mentions
from pytest_readiness.repo.delivery.proxies import Upstream
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.infra_model import CDK, CLOUDFORMATION, KUBERNETES, TERRAFORM, Resource
from pytest_readiness.repo.modules import Module, Site, argument, call_name

BALANCER, API = "load balancer", "API"
_BALANCERS = re.compile(r"^(cfn)?(application|network)?loadbalancer(v2)?$|^aws_a?lb$")
_APIS = re.compile(
    r"^(cfn)?(lambda|spec|stepfunctions)?(rest|http|websocket)?api$|^aws_(api_gateway_rest_api|apigatewayv2_api)$"
)
_LISTENERS = re.compile(r"^(cfn)?(application|network)?listener$|^aws_a?lb_listener$")
_RULES = re.compile(r"^(cfn)?(application)?listenerrule$|^aws_a?lb_listener_rule$")
_GROUPS = re.compile(r"^(cfn)?(application|network)?targetgroup$|^aws_a?lb_target_group$")
_ATTACHMENTS = re.compile(r"^aws_(a?lb_target_group_attachment|autoscaling_attachment)$")
_ROUTING = frozenset({"add_method", "add_proxy", "add_routes", "add_route", "add_integration"})
_HEALTH_KEYS = ("health_check", "health_check_path", "health_check_protocol", "health_check_interval_seconds")


@dataclass(frozen=True, eq=False)
class Entry:
    """Something that takes requests in. `problem` says why it spreads them over nothing, "" where it does."""

    name: str
    place: Site
    problem: str
    places: tuple[Site, ...] = ()
    """Its targets and their health checks."""


@dataclass
class _Found:
    """What is known of an entry."""

    units: list[ComputeUnit]
    healthy: list[Site]
    unknown: bool = False


class Entries:
    """Finds the entries of deployed infrastructure code and configuration."""

    def __init__(
        self, resources: Sequence[Resource], units: Sequence[ComputeUnit], links: Mapping[CdkApp, CdkLinks]
    ) -> None:
        self._resources, self._units, self._links = tuple(resources), tuple(units), links

    def all(self, upstreams: Iterable[Upstream]) -> Iterator[Entry]:
        """Every entry."""
        seen: set[tuple[str, str]] = set()
        for resource in self._resources:
            kind = self._kind(resource)
            is_again = kind == KUBERNETES and (resource.kind, resource.name) in seen
            seen.add((resource.kind, resource.name))
            if kind and not is_again:
                yield _judged(resource.name, _site(resource), self._found(resource, kind), kind != API)
        for unit in self._units:
            if unit.resource.language == CDK and "loadbalanced" in unit.resource.type[1]:
                yield _judged(unit.name, unit.place, self._pattern(unit), needs_health=True)
            elif self._has_own_api(unit.resource):
                yield _judged(unit.name, unit.place, _Found([unit], []), needs_health=False)
        for upstream in upstreams:
            problem = "" if upstream.servers >= 2 else f"{upstream.servers} server: there is nothing to spread over"
            yield Entry(upstream.name, upstream.place, problem)

    def _kind(self, resource: Resource) -> str:
        """Which kind of entry a resource is, "" for none."""
        service, kind = resource.type
        if resource.language == KUBERNETES:
            is_balanced = kind == "service" and _value(resource.get("spec", "type")) == "LoadBalancer"
            return KUBERNETES if kind == "ingress" or is_balanced else ""
        if _BALANCERS.match(kind) and (resource.language == TERRAFORM or service.startswith("elasticloadbalancing")):
            return BALANCER if self._has_listener(resource) else ""
        is_api = service in ("apigateway", "apigatewayv2", "serverless", "sam") or resource.language == TERRAFORM
        return API if is_api and _APIS.match(kind) else ""

    def _has_listener(self, balancer: Resource) -> bool:
        if balancer.language != CDK:
            return any(self._listens(r, balancer) for r in self._resources if _LISTENERS.match(r.type[1]))
        if balancer.type[0] == "elasticloadbalancing":
            return True
        return any(True for _ in self._listening(balancer))

    @staticmethod
    def _listens(listener: Resource, balancer: Resource) -> bool:
        return mentions(listener.get("load_balancer_arn"), balancer, listener)

    def _found(self, resource: Resource, kind: str) -> _Found:
        if kind == KUBERNETES:
            return self._of_kubernetes(resource)
        if resource.language == CDK:
            return self._of_cdk(resource, kind)
        return self._of_balancer(resource) if kind == BALANCER else self._of_api(resource)

    # CloudFormation and Terraform

    def _of_balancer(self, balancer: Resource) -> _Found:
        listeners = [r for r in self._resources if _LISTENERS.match(r.type[1]) and self._listens(r, balancer)]
        rules = [r for r in self._resources if _RULES.match(r.type[1])]
        rules = [r for r in rules if any(mentions(r.get("listener_arn"), x, r) for x in listeners)]
        groups = [r for r in self._resources if _GROUPS.match(r.type[1])]
        groups = [g for g in groups if any(mentions(x.settings, g, x) for x in (*listeners, *rules))]
        units = [u for u in self._units for g in groups if self._is_in(u, g)]
        healthy = [_site(g, "its health check") for g in groups if any(g.get(k) is not None for k in _HEALTH_KEYS)]
        complete = len(healthy) == len(groups)
        return _Found(list(dict.fromkeys(units)), healthy if complete else [])

    def _is_in(self, unit: ComputeUnit, group: Resource) -> bool:
        """Whether the unit is registered with the target group."""
        if mentions(unit.resource.settings, group, unit.resource) or mentions(
            group.get("targets"), unit.resource, group
        ):
            return True
        attached = (r for r in self._resources if _ATTACHMENTS.match(r.kind) and mentions(r.settings, group, r))
        return any(mentions(a.settings, unit.resource, a) for a in attached)

    def _of_api(self, api: Resource) -> _Found:
        found = [u for u in self._units if self._calls_api(u.resource, api) or mentions(api.settings, u.resource, api)]
        for other in self._resources:
            if other.language == api.language and other is not api and mentions(other.settings, api, other):
                found += [
                    u for u in self._units if mentions(other.settings, u.resource, other) and u.resource is not other
                ]
        return _Found(list(dict.fromkeys(found)), [])

    @staticmethod
    def _calls_api(function: Resource, api: Resource) -> bool:
        """Whether a SAM function has an event of the API."""
        events = function.get("events") if function.language == CLOUDFORMATION else None
        for event in events.entries.values() if events else ():
            named = event.get("properties", "rest_api_id") or event.get("properties", "api_id")
            if _value(event.get("type")) in ("Api", "HttpApi") and mentions(named, api, function):
                return True
        return False

    @staticmethod
    def _has_own_api(function: Resource) -> bool:
        """Whether a SAM function has an event of an API that the transform makes for it."""
        events = function.get("events") if function.kind == "AWS::Serverless::Function" else None
        for event in events.entries.values() if events else ():
            named = event.get("properties", "rest_api_id") or event.get("properties", "api_id")
            if _value(event.get("type")) in ("Api", "HttpApi") and named is None:
                return True
        return False

    # CDK

    def _of_cdk(self, resource: Resource, kind: str) -> _Found:
        links = next((x for a, x in self._links.items() if resource.module in a.modules), None)
        if links is None:
            return _Found([], [])
        return self._cdk_api(resource, links) if kind == API else self._cdk_balancer(resource, links)

    def _cdk_api(self, api: Resource, links: CdkLinks) -> _Found:
        reached: set[Resource] = set()
        for module, call in links.app.calls:
            receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
            if call_name(call) in _ROUTING and receiver is not None and api in links.of(module, receiver):
                for passed in (*call.args, *(k.value for k in call.keywords)):
                    reached |= links.of(module, passed)
        for module, node in self._passed(api, "handler", "default_integration", "default_handler"):
            reached |= links.of(module, node)
        behind = {x for r in reached for x in self._balancers_of(r, links)}
        return _Found(
            self._among(reached | {u.resource for b in behind for u in self._cdk_balancer(b, links).units}), []
        )

    def _balancers_of(self, resource: Resource, links: CdkLinks) -> list[Resource]:
        """The load balancer that a resource is, or that a listener belongs to."""
        if _BALANCERS.match(resource.type[1]):
            return [resource]
        passed = self._passed(resource, "load_balancer") if _LISTENERS.match(resource.type[1]) else ()
        return [r for m, n in passed for r in links.of(m, n) if _BALANCERS.match(r.type[1])]

    def _passed(self, resource: Resource, *names: str) -> Iterator[tuple[Module, ast.expr]]:
        for name in names:
            node = argument(resource.call, name) if resource.call else None
            if node is not None and resource.module is not None:
                yield resource.module, node

    def _among(self, reached: Iterable[Resource]) -> list[ComputeUnit]:
        found = set(reached)
        return [u for u in self._units if u.resource in found]

    def _listening(self, balancer: Resource) -> Iterator[tuple[Module, ast.Call]]:
        """The calls that make listeners of the load balancer, fill them, or register targets with them."""
        links = next((x for a, x in self._links.items() if balancer.module in a.modules), None)
        for module, call in links.app.calls if links else ():
            name, receiver = call_name(call), call.func.value if isinstance(call.func, ast.Attribute) else None
            named = argument(call, "load_balancer") if name.endswith("Listener") else None
            fills = name.startswith("add_") and links and self._leads(links, module, receiver, balancer)
            passed = (*call.args, *(k.value for k in call.keywords)) if name.startswith("register_") else ()
            registers = any(links and self._leads(links, module, p, balancer) for p in passed)
            if fills or registers or (links and balancer in links.of(module, named)):
                yield module, call

    def _leads(self, links: CdkLinks, module: Module, node: ast.expr | None, balancer: Resource) -> bool:
        """Whether the expression holds the load balancer or one of its listeners."""
        found = links.of(module, node)
        listeners = (r for r in found if _LISTENERS.match(r.type[1]))
        owned = (links.of(m, n) for x in listeners for m, n in self._passed(x, "load_balancer"))
        return balancer in found or any(balancer in o for o in owned)

    def _cdk_balancer(self, balancer: Resource, links: CdkLinks) -> _Found:
        reached: set[Resource] = set()
        healthy: list[Site] = []
        wanting = 0
        for module, call in self._listening(balancer):
            passed = [*call.args, *(k.value for k in call.keywords)]
            if call_name(call).startswith("register_") and isinstance(call.func, ast.Attribute):
                passed.append(call.func.value)
            found = {r for p in passed for r in links.of(module, p)} - {balancer}
            units = self._among(found)
            groups = [r for r in found if _GROUPS.match(r.type[1])]
            reached |= {u.resource for u in units}
            if units and (call_name(call) == "add_targets" or call_name(call).startswith("register_")):
                checked = _gives_health_check(call) or self._configured(links, call)
                healthy += [module.at(call, "its health check")] if checked else []
                wanting += 0 if checked else 1
            for group in groups:
                members, is_checked = self._group(group, links)
                reached |= members
                healthy += [_site(group, "its health check")] if is_checked else []
                wanting += 0 if is_checked else 1
        units = self._among(reached)
        own = [s for u in units if (s := self._probed(u, links)) is not None]
        if wanting and len(own) < len(units):
            healthy = []
        return _Found(units, healthy or own)

    def _group(self, group: Resource, links: CdkLinks) -> tuple[set[Resource], bool]:
        """The members of a target group, and whether it has a health check."""
        members: set[Resource] = set()
        for module, node in self._passed(group, "targets"):
            members |= links.of(module, node)
        is_checked = any(group.get(k) is not None for k in _HEALTH_KEYS) or bool(group.called("configure_health_check"))
        for module, call in links.app.calls:
            receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
            given = {r for p in call.args for r in links.of(module, p)} if receiver is not None else set()
            if call_name(call).startswith("attach_to_") and group in given:
                members |= links.of(module, receiver)
            elif call_name(call) == "add_target" and receiver is not None and group in links.of(module, receiver):
                members |= given
        return members, is_checked

    def _configured(self, links: CdkLinks, made: ast.Call) -> bool:
        """Whether `configure_health_check` is called on what the call made."""
        for module, call in links.app.calls:
            receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
            is_one = call_name(call) == "configure_health_check" and receiver is not None
            if is_one and any(o.node is made for o in links.app.behind(module, receiver)):
                return True
        return False

    def _pattern(self, unit: ComputeUnit) -> _Found:
        """A service that brings its own load balancer."""
        links = next((x for a, x in self._links.items() if unit.resource.module in a.modules), None)
        healthy = [s] if links and (s := self._probed(unit, links)) is not None else []
        return _Found([unit], healthy)

    def _probed(self, unit: ComputeUnit, links: CdkLinks) -> Site | None:
        """The health check of a service's containers, or of the target group that it brings."""
        if unit.kind == "function":
            return unit.place
        if unit.resource.get("health_check") is not None or unit.resource.get("task_image_options", "health_check"):
            return unit.place
        for module, call in links.app.calls:
            receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
            if receiver is None:
                continue
            if call_name(call) == "configure_health_check" and unit.resource in links.of(module, receiver):
                return module.at(call, "its health check")
            if call_name(call) == "add_container" and argument(call, "health_check") is not None:
                tasks = {r for m, n in self._passed(unit.resource, "task_definition") for r in links.of(m, n)}
                if tasks & links.of(module, receiver):
                    return module.at(call, "its health check")
        return None

    # Kubernetes

    def _of_kubernetes(self, entry: Resource) -> _Found:
        names = [entry.name] if entry.kind == "Service" else list(_backends(entry))
        services = [r for r in self._resources if r.language == KUBERNETES and r.kind == "Service" and r.name in names]
        units = [u for u in self._units for s in services if _selects(s, u.resource)]
        checked = [
            Site(d.path, d.line, "its readiness probe")
            for u in units
            for d in u.definitions
            if d.get("readiness_probe")
        ]
        complete = all(any(d.get("readiness_probe") for d in u.definitions) for u in units)
        return _Found(list(dict.fromkeys(units)), checked if complete else [])


def _gives_health_check(call: ast.Call) -> bool:
    """Whether the call, or one inside it, is given a health check."""
    return any(isinstance(n, ast.keyword) and n.arg == "health_check" for n in ast.walk(call))


def _judged(name: str, place: Site, found: _Found, needs_health: bool) -> Entry:
    """Whether the entry spreads requests over at least two copies of code that is there and whose health is checked."""
    places = (*(u.place for u in found.units), *found.healthy)
    if not found.units:
        return Entry(name, place, "it has no target that runs code of a declared resource")
    for unit in found.units:
        if not unit.code.exists:
            return Entry(name, place, f"its target {unit.name} is a placeholder: {unit.code.note}", places)
        if not unit.runs_two:
            return Entry(name, place, f"its target {unit.name} runs one copy", places)
    if needs_health and not found.healthy:
        return Entry(name, place, "no health check of its targets is declared", places)
    return Entry(name, place, "", places)


def _backends(ingress: Resource) -> Iterator[str]:
    """The services that an ingress names."""
    for keys, datum in ingress.settings.walk():
        if keys and keys[-1] == "service" and datum.entries.get("name") is not None:
            yield str(datum.entries["name"].value)
        elif keys and keys[-1] == "serviceName":
            yield str(datum.value)


def _selects(service: Resource, workload: Resource) -> bool:
    """Whether the service's selector matches the labels of the workload's pods."""
    selector = service.get("spec", "selector")
    labels = workload.get("spec", "template", "metadata", "labels")
    wanted = {k: d.value for k, d in selector.entries.items()} if selector else {}
    given = {k: d.value for k, d in labels.entries.items()} if labels else {}
    return bool(wanted) and all(given.get(k) == v for k, v in wanted.items())


def _value(datum: Datum | None) -> str:
    return str(datum.value) if datum is not None and isinstance(datum.value, str) else ""


def _site(resource: Resource, note: str = "") -> Site:
    kind = resource.kind.rpartition(".")[2]
    return Site(resource.path, resource.line, note or f"{kind} {resource.name}")
