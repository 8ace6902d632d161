"""The delivery of the system as one object."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.delivery.components import Component, EntryModule, components, entry_modules
from pytest_readiness.repo.delivery.roots import IacRoot, Roots, Stack, stacks_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Delivery:
    """How the system is built, started and put into the cloud."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def entry_modules(self) -> tuple[EntryModule, ...]:
        """Service entry modules: product modules that bind a server's application or run as a service program."""
        return tuple(entry_modules(self._repo.product, self._repo.names))

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """Folders that run as processes of their own: agents, other services, packages with a start or build script."""
        repo = self._repo
        root = self.iac_root.folder if self.iac_root else None
        found = components(repo.files, repo.scope, self.entry_modules, repo.settings.paths.agents, root)
        return tuple(found)

    @cached_property
    def iac_root(self) -> IacRoot | None:
        """The folder of the infrastructure code: `paths.iac`, else the folder of a cdk.json, of Terraform, templates or
        manifests. None where the repository has none; `kind` is "" where the configured folder holds none."""
        repo = self._repo
        return Roots(repo.files, repo.scope, repo.infra, repo.settings.paths.iac).root()

    @cached_property
    def stacks(self) -> tuple[Stack, ...]:
        """The stacks that the infrastructure code instantiates, one for each place that does so."""
        return tuple(stacks_of(self.iac_root, self._repo.infra))
