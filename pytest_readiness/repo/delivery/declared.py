"""Is the cloud declared as code, and what is missing where it is not?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pytest_readiness.repo.delivery.roots import CDK, IacRoot, Stack
from pytest_readiness.repo.infra_model import KUBERNETES, Resource
from pytest_readiness.repo.modules import Site

_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Service"})


@dataclass(frozen=True)
class Declared:
    """What the infrastructure code declares. `problem` is "" where that is enough."""

    places: tuple[Site, ...]
    problem: str = ""


def declared(root: IacRoot | None, stacks: Sequence[Stack], resources: Sequence[Resource]) -> Declared:
    """The evidence that the cloud is declared as code, or why it is not."""
    if root is None or not root.kind:
        folder = f" in {root.folder}" if root else ""
        return Declared((), f"no cdk.json, Terraform, CloudFormation template or Kubernetes manifest{folder}")
    if root.kind == CDK:
        return _cdk(root, stacks)
    found = [r for r in resources if r.language == root.kind and root.holds(r.path)]
    if root.kind == KUBERNETES:
        found = [r for r in found if r.kind in _WORKLOADS]
    problem = "" if found else f"the {root.kind} code declares no resource"
    return Declared((root.place, *_sites(found)), problem)


def _cdk(root: IacRoot, stacks: Sequence[Stack]) -> Declared:
    app = root.app or root.script
    if not root.command:
        return Declared((root.place,), "cdk.json has no app command")
    if app is None:
        return Declared((root.place,), f"the app command `{root.command}` starts no file that exists and parses")
    if app.creates_app is None:
        return Declared((root.place,), "what the app command starts creates no App")
    full = [s for s in stacks if s.constructs]
    if not full:
        problem = (
            "the stacks that the app instantiates create no construct" if stacks else "the app instantiates no stack"
        )
        return Declared((root.place, app.creates_app, *(s.place for s in stacks)), problem)
    return Declared((root.place, app.creates_app, *(s.place for s in full)))


def _sites(resources: Sequence[Resource]) -> Iterator[Site]:
    for resource in resources:
        yield Site(resource.path, resource.line, f"declares {resource.kind} {resource.name}")
