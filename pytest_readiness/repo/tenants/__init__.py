"""Tenants: are they always given, is their data kept apart, and who refuses the data of others?"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.tenants.endpoints import Endpoint, Endpoints, Guarded
from pytest_readiness.repo.tenants.guards import Guards
from pytest_readiness.repo.tenants.required import Required, Requirement, has_tenants
from pytest_readiness.repo.tenants.storage import Access, Storage

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class Tenants:
    """What the repository does about tenants."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        guards = Guards(repo.names, repo.verified, repo.denials, repo.live)
        self._required = Required(repo.product, repo.names, repo.web, repo.denials)
        self._storage = Storage(repo.product, repo.names, repo.orm)
        self._endpoints = Endpoints(repo.product, repo.names, repo.web, guards)

    @cached_property
    def exist(self) -> bool:
        """Whether the product code knows tenants at all."""
        known = self._storage.has_tenant_column() or any(has_tenants(m) for m in self._repo.product)
        return known or bool(self.requirements)

    @cached_property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every function that takes a tenant or stands in for a missing one."""
        return tuple(self._required.units())

    @cached_property
    def accesses(self) -> tuple[Access, ...]:
        """Every access to tenant-owned data."""
        return tuple(self._storage.accesses())

    @cached_property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every live handler that takes a tenant."""
        return tuple(self._endpoints.endpoints())

    @cached_property
    def api(self) -> Guarded:
        """What runs before the handlers of the API application."""
        app = self._repo.web.api_app
        return self._endpoints.guarded(app) if app else Guarded((), ())
