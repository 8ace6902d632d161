"""Where the cloud is declared: the folder of cdk.json, or what takes its place, and the stacks that it deploys."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.cdk_script import ScriptApp, script_app
from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.infra import Infra
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.infra_model import CLOUDFORMATION, KUBERNETES, TERRAFORM, Resource
from pytest_readiness.repo.modules import Class, Site
from pytest_readiness.repo.scope import Scope

CDK = "cdk"


@dataclass(frozen=True, eq=False)
class Stack:
    """A unit of deployment: an instantiated CDK stack, a Terraform module, a CloudFormation template."""

    name: str
    """Class of the stack, label of the module, stem of the template."""
    place: Site
    cls: Class | None = None
    constructs: tuple[Site, ...] = ()
    """The constructs that it creates (of a CDK stack: that its class or a base class creates)."""


@dataclass(frozen=True, eq=False)
class IacRoot:
    """The folder of the infrastructure code."""

    folder: str
    """Repo-relative, "" for the repository's root."""
    kind: str
    """cdk, terraform, cloudformation or kubernetes; "" where the folder holds none of them."""
    place: Site
    """The file that makes it the root."""
    app: CdkApp | None = None
    """The Python CDK app; None where there is none, or where its entry does not parse."""
    command: str = ""
    """The `app` command of cdk.json."""
    script: ScriptApp | None = None
    """The CDK app in TypeScript or JavaScript."""

    def holds(self, path: str) -> bool:
        """Whether the path lies in the folder."""
        return not self.folder or path.startswith(self.folder + "/")


class Roots:
    """Finds the infrastructure code: the configured folder first, else by structure."""

    def __init__(self, files: Files, scope: Scope, infra: Infra, configured: str) -> None:
        self._files, self._scope, self._infra = files, scope, infra
        self._configured = configured.strip("/").removeprefix("./")

    def root(self) -> IacRoot | None:
        """The root; of an existing configured folder without infrastructure code one of no kind; None for nothing."""
        inside = [r for r in self._candidates() if r.folder == self._configured]
        below = [r for r in self._candidates() if r.folder.startswith(self._configured + "/")]
        if self._configured in self._files.folders and not (inside or below):
            return IacRoot(self._configured, "", Site(self._configured, None))
        return next(iter(inside or below or self._candidates()), None)

    def _candidates(self) -> Iterator[IacRoot]:
        """Every folder of infrastructure code: CDK apps first, then Terraform, templates, manifests."""
        for path, document in sorted(self._infra.cdk_files.items(), key=lambda item: item[0].count("/")):
            yield self._cdk(path, document)
        yield from self._terraform()
        for language in (CLOUDFORMATION, KUBERNETES):
            yield from self._declared(language)

    def _cdk(self, path: str, document: Datum) -> IacRoot:
        command = document.entries.get("app")
        place = Site(path, command.line if command else 1, f"app: {command.value}" if command else "no app command")
        text = command.text or "" if command else ""
        folder, app = posixpath.dirname(path), self._infra.cdk_app_of.get(path)
        return IacRoot(folder, CDK, place, app, text, None if app else script_app(self._files, text, folder))

    def _terraform(self) -> Iterator[IacRoot]:
        """Folders of Terraform files: those that configure a provider or a backend first, the outermost first."""
        blocks = self._infra.terraform_blocks
        roots = [f for f, several in blocks.items() if any(b.kind in ("provider", "terraform") for b in several)]
        for folder in sorted(roots, key=lambda f: f.count("/")) or sorted(blocks, key=lambda f: f.count("/")):
            for block in blocks[folder][:1]:
                yield IacRoot(folder, TERRAFORM, Site(block.body.path, block.body.line, "Terraform root"))

    def _declared(self, language: str) -> Iterator[IacRoot]:
        """Folders of templates or manifests that are no part of a CDK app's output."""
        found: dict[str, Resource] = {}
        for resource in self._infra.resources:
            is_output = "cdk.out" in resource.path.split("/")
            if resource.language == language and not is_output:
                found.setdefault(posixpath.dirname(resource.path), resource)
        for folder in sorted(found, key=lambda f: (f.count("/"), f)):
            yield IacRoot(folder, language, Site(found[folder].path, found[folder].line, f"declares {language}"))


def stacks_of(root: IacRoot | None, infra: Infra) -> Iterator[Stack]:
    """The stacks that the root deploys."""
    if root is None or not root.kind:
        return
    if root.kind == CDK:
        uses = root.app.stacks if root.app else []
        constructs = root.app.constructs if root.app else {}
        yield from (Stack(u.name, u.place, u.cls, tuple(constructs.get(u.cls, ()))) for u in uses)
        for stack in root.script.stacks if root.script else ():
            yield Stack(stack.name, stack.place, None, tuple(stack.constructs))
    elif root.kind == TERRAFORM:
        yield from _modules(root, infra)
    else:
        yield from _templates(root, infra)


def _modules(root: IacRoot, infra: Infra) -> Iterator[Stack]:
    """The module blocks of a Terraform root."""
    for block in infra.terraform_blocks.get(root.folder, []):
        if block.kind == "module" and block.labels:
            yield Stack(block.labels[0], Site(block.body.path, block.body.line, f"module {block.labels[0]}"))


def _templates(root: IacRoot, infra: Infra) -> Iterator[Stack]:
    """The templates below the folder, each with what it declares."""
    found: dict[str, list[Resource]] = {}
    for resource in infra.resources:
        if resource.language == root.kind and root.holds(resource.path):
            found.setdefault(resource.path, []).append(resource)
    for path, resources in found.items():
        name = posixpath.basename(path).split(".")[0]
        sites = tuple(Site(r.path, r.line, r.kind) for r in resources)
        yield Stack(name, Site(path, 1, f"declares {len(resources)} resources"), None, sites)
