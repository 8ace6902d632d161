"""Infrastructure code of all kinds as one list of resources, and what follows from it: starts, secrets, regions."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import cached_property

from pytest_readiness.repo import infra_kubernetes, infra_templates, infra_terraform
from pytest_readiness.repo.command_lines import Target, shell_words, targets
from pytest_readiness.repo.data_files import DataFiles, Datum, plain
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_builds import Builds, joined
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.infra_model import EntryPoint, Injection, RegionBinding, Resource
from pytest_readiness.repo.infra_starts import Starts
from pytest_readiness.repo.modules import Module, Site
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.scope import Scope

TERRAFORM_LIMIT = 3_000_000
"""Characters of Terraform that are read in all: about fifteen seconds of its parser."""
_SECRET_LISTS = frozenset({"secrets", "runtimeenvironmentsecrets"})
_RESOLVED = ("{{resolve:secretsmanager:", "{{resolve:ssm-secure:")


class Infra:
    """The infrastructure that the repository declares. Tests and vendored folders are not read."""

    def __init__(
        self, files: Files, data: DataFiles, scope: Scope, modules: dict[str, Module], source_roots: tuple[str, ...]
    ) -> None:
        self._files, self._data, self._scope = files, data, scope
        self._modules, self._source_roots = modules, source_roots

    @cached_property
    def cdk_files(self) -> dict[str, Datum]:
        """Every cdk.json outside tests, by path."""
        found = ((p, self._data.documents(p)) for p in self._files.named("cdk.json") if not self._skipped(p))
        return {p: d[0] for p, d in found if d}

    @cached_property
    def cdk_apps(self) -> tuple[CdkApp, ...]:
        """The Python apps that the cdk.json files start."""
        return tuple(self.cdk_app_of.values())

    @cached_property
    def cdk_app_of(self) -> dict[str, CdkApp]:
        """Path of a cdk.json -> the Python app that it starts; only those that parse."""
        found = ((path, self._app(path, document)) for path, document in self.cdk_files.items())
        return {path: app for path, app in found if app is not None}

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """All resources, of every language."""
        of_apps = [r for app in self.cdk_apps for r in app.resources]
        return (*of_apps, *self._templates(), *self._terraform(), *self.kubernetes)

    @cached_property
    def kubernetes(self) -> tuple[Resource, ...]:
        """Objects of Kubernetes manifests."""
        found: list[Resource] = []
        for path in self._data.yaml_paths:
            text = self._files.text(path) or ""
            is_object = "apiVersion" in text and "kind" in text and "kind: CustomResourceDefinition" not in text
            if is_object and not self._skipped(path):
                documents = self._data.documents(path) or infra_kubernetes.chart_documents(path, text)
                found += infra_kubernetes.objects(documents)
        return tuple(found)

    @cached_property
    def terraform_blocks(self) -> dict[str, list[infra_terraform.Block]]:
        """The top-level blocks of each folder of Terraform files."""
        found: dict[str, list[infra_terraform.Block]] = {}
        left = TERRAFORM_LIMIT
        for path in self._files.ending(".tf"):
            text = None if self._skipped(path) else self._files.text(path)
            left -= len(text or "")
            if text is not None and left >= 0:
                found.setdefault(posixpath.dirname(path), []).extend(infra_terraform.blocks(path, text))
        return found

    @cached_property
    def builds(self) -> Builds:
        """Dockerfiles, compose files, and how images are built from them."""
        return Builds(self._files, self._data)

    @property
    def compose(self) -> dict[str, Datum]:
        """Compose files that parse, by path."""
        return self.builds.compose

    @cached_property
    def starts(self) -> Starts:
        bases = [posixpath.dirname(p) for p in self.cdk_files]
        return Starts(self._files, self._data, self.builds, self.resources, bases)

    def entry_points(self) -> tuple[EntryPoint, ...]:
        """What infrastructure starts: commands of Dockerfiles, compose, pods and tasks; handlers of functions."""
        return self.starts.entry_points

    @cached_property
    def injected(self) -> dict[str, Site]:
        """Environment variables that infrastructure fills from a secret -> where."""
        found = [*self._injections(), *infra_kubernetes.injected(self.kubernetes)]
        found += [i for d in self.compose.values() for i in infra_kubernetes.compose_injected(d)]
        return {i.name: i.place for i in reversed(found)}

    @cached_property
    def regions(self) -> tuple[RegionBinding, ...]:
        """Regions that stacks, providers and frameworks are bound to."""
        found = [r for app in self.cdk_apps for r in app.regions]
        for blocks in self.terraform_blocks.values():
            bound = infra_terraform.regions(blocks)
            found += [RegionBinding(value, Site(value.path, value.line), owner=owner) for owner, value in bound]
        for path in self._files.named("serverless.yml", "serverless.yaml", "samconfig.toml"):
            for document in self._data.documents(path):
                named = (d for keys, d in document.walk() if keys and keys[-1] == "region")
                found += [RegionBinding(d, Site(d.path, d.line), owner=path) for d in named]
        return tuple(found)

    def settings_named(self, key: str) -> Iterator[Datum]:
        """Every setting of that name anywhere in infrastructure code, such as `data_trace_enabled`."""
        for app in self.cdk_apps:
            yield from (d for name, d in app.keywords if plain(name) == plain(key))
        for resource in self.resources:
            if resource.language != "cdk":
                yield from resource.all_settings(key)

    def is_iac(self, path: str) -> bool:
        """Infrastructure code: below the setting `paths.iac` or the folder of a cdk.json.

        Where that folder holds the application too (the root, a source root), only what the CDK app reaches is.
        """
        if self._scope.is_iac(path) or any(path.startswith(f + "/") for f in self._iac_folders):
            return True
        is_shared = len(self._iac_folders) < len(self.cdk_files)
        return is_shared and path in self._reached

    @cached_property
    def _iac_folders(self) -> tuple[str, ...]:
        """Folders of a cdk.json that hold nothing but infrastructure."""
        folders = {posixpath.dirname(p) for p in self.cdk_files}
        roots = {r.strip("/") for r in self._source_roots}
        return tuple(f for f in folders if f and not any(r == f or r.startswith(f + "/") for r in roots))

    @cached_property
    def _reached(self) -> frozenset[str]:
        return frozenset(m.path for app in self.cdk_apps for m in app.modules if "aws_cdk" in m.text)

    def _app(self, path: str, document: Datum) -> CdkApp | None:
        """The app of a cdk.json; None where its command starts no Python file of the repository."""
        command, folder = document.entries.get("app"), posixpath.dirname(path)
        for target in targets(shell_words(command.text or "")) if command else ():
            place = joined(folder, posixpath.join(*target.folders)) if target.folders else folder
            entry = self._modules.get(self._entry_path(target, place))
            if entry is not None and entry.tree is not None:
                roots = dict.fromkeys([entry.folder or ".", place or ".", folder or ".", *self._source_roots])
                imports = Imports(self._modules, tuple(roots), self._files.paths)
                return CdkApp(entry, Names(imports), imports, place, is_script=bool(target.file))
        return None

    def _entry_path(self, target: Target, folder: str) -> str:
        path = joined(folder, target.file or target.module.replace(".", "/") + ".py")
        return path if target.file or path in self._modules else path.removesuffix(".py") + "/__main__.py"

    def _templates(self) -> Iterator[Resource]:
        paths = [*self._data.yaml_paths, *self._data.json_paths, *self._files.ending(".template")]
        for path in paths:
            text = None if self._skipped(path) else self._files.text(path)
            if text is not None and infra_templates.might_hold_resources(text):
                for document in self._data.documents(path):
                    yield from infra_templates.resources(document)

    def _terraform(self) -> Iterator[Resource]:
        for blocks in self.terraform_blocks.values():
            yield from infra_terraform.resources(blocks)

    def _injections(self) -> Iterator[Injection]:
        """Secrets of task definitions, in CDK and templates, and `{{resolve:secretsmanager:...}}` values."""
        for app in self.cdk_apps:
            for name, datum in app.keywords:
                if name == "secrets":
                    yield from _from_secrets(datum)
        for resource in self.resources:
            if resource.language == "kubernetes":
                continue
            for keys, datum in resource.settings.walk():
                if keys and plain(keys[-1]) in _SECRET_LISTS:
                    yield from _from_secrets(datum)
                elif keys and str(datum.value).startswith(_RESOLVED):
                    yield Injection(keys[-1], Site(datum.path, datum.line, f"{keys[-1]} is resolved from a secret"))
                elif datum.get("value_source", "secret_key_ref") and (label := datum.get("name")) and label.text:
                    yield Injection(label.text, Site(label.path, label.line, f"{label.text} is filled from a secret"))

    def _skipped(self, path: str) -> bool:
        return self._scope.is_test(path) or self._scope.excluded(path)


def _from_secrets(datum: Datum) -> Iterator[Injection]:
    """`{"NAME": ecs.Secret.from_...}`, or a list of mappings with a name and where its value comes from."""
    for name, value in datum.entries.items():
        if "Secret.from_" in value.tag:
            yield Injection(name, Site(value.path, value.line, f"{name} is injected from a secret"))
    for element in datum.elements:
        name_of, source = element.get("name"), element.get("value_from") or element.get("value")
        if name_of is not None and name_of.text and source is not None:
            yield Injection(name_of.text, Site(name_of.path, name_of.line, f"{name_of.text} is injected from a secret"))
