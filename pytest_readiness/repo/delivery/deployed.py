"""The resources that infrastructure code deploys: what no root reaches, and examples, are left out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from pytest_readiness.repo.delivery.roots import CDK, IacRoot
from pytest_readiness.repo.image_builds import joined
from pytest_readiness.repo.infra import Infra
from pytest_readiness.repo.infra_model import CLOUDFORMATION, TERRAFORM, Resource
from pytest_readiness.repo.infra_terraform import Block

_OTHER_FOLDERS = frozenset({"examples", "example", "docs", "doc", "samples", "templates-archive"})
OUTPUT = "cdk.out"


def deployed(infra: Infra) -> Iterator[Resource]:
    """Resources of CDK apps, of Terraform roots and the modules that they call, of templates and manifests."""
    reached = terraform_folders(infra.terraform_blocks)
    for resource in infra.resources:
        folder = posixpath.dirname(resource.path)
        if _OTHER_FOLDERS & set(folder.split("/")) or OUTPUT in folder.split("/"):
            continue
        if resource.language != TERRAFORM or folder in reached:
            yield resource


def outputs(infra: Infra) -> Iterator[Resource]:
    """Resources of templates that `cdk synth` left in the repository."""
    for resource in infra.resources:
        is_output = OUTPUT in resource.path.split("/") and resource.path.endswith(".template.json")
        if resource.language == CLOUDFORMATION and is_output:
            yield resource


def terraform_folders(blocks: Mapping[str, list[Block]]) -> set[str]:
    """The folders that a Terraform root reaches: those with a provider or backend, and the modules they call."""
    todo = [f for f, several in blocks.items() if any(b.kind in ("provider", "terraform") for b in several)]
    called = {folder for f, several in blocks.items() for folder in _modules(f, several)}
    todo = [f for f in todo if f not in called] or [f for f in blocks if f not in called]
    reached: set[str] = set()
    while todo:
        folder = todo.pop()
        if folder not in reached:
            reached.add(folder)
            todo += _modules(folder, blocks.get(folder, []))
    return reached


def _modules(folder: str, blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        source = block.body.get("source") if block.kind == "module" else None
        if source is not None and (source.text or "").startswith("."):
            yield joined(folder, source.text or "")


def is_declared(root: IacRoot | None) -> bool:
    """Whether there is infrastructure code of any kind."""
    return root is not None and bool(root.kind) and (root.kind != CDK or root.app is not None)
