"""The audited repository as one object."""

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path

from pytest_readiness.models import RepositoryState
from pytest_readiness.repo.breakers import Breakers
from pytest_readiness.repo.breakers.services import ServiceBreakers
from pytest_readiness.repo.caches import Caches
from pytest_readiness.repo.costs import CostFacts
from pytest_readiness.repo.credentials import Credentials
from pytest_readiness.repo.data_files import DataFiles
from pytest_readiness.repo.delivery import Delivery
from pytest_readiness.repo.denial import Denials
from pytest_readiness.repo.dependencies import Dependencies
from pytest_readiness.repo.docs import Docs, Documents
from pytest_readiness.repo.encryption import Encryption
from pytest_readiness.repo.env_docs import EnvDocs
from pytest_readiness.repo.environment import Environment
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.handbook import Handbook
from pytest_readiness.repo.health import Health
from pytest_readiness.repo.identity import repository_name, repository_state
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.infra import Infra
from pytest_readiness.repo.instructions import Instructions
from pytest_readiness.repo.llm import Llm
from pytest_readiness.repo.logs import Logging
from pytest_readiness.repo.modules import Module, imported_names
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.origins import Origins
from pytest_readiness.repo.orm import Orm
from pytest_readiness.repo.parsing import many_objects
from pytest_readiness.repo.privacy import Privacy
from pytest_readiness.repo.reach import Reach
from pytest_readiness.repo.resilience import Resilience
from pytest_readiness.repo.results import Results
from pytest_readiness.repo.retention import Retention
from pytest_readiness.repo.rotation import Rotation
from pytest_readiness.repo.scope import Scope
from pytest_readiness.repo.secret_access import SecretAccess
from pytest_readiness.repo.statements import Statements
from pytest_readiness.repo.stores import Stores
from pytest_readiness.repo.suite import Suite
from pytest_readiness.repo.telemetry import Telemetry
from pytest_readiness.repo.tenants import Tenants
from pytest_readiness.repo.tested import Tested
from pytest_readiness.repo.uses import Uses
from pytest_readiness.repo.verified import Verified
from pytest_readiness.repo.web import Web
from pytest_readiness.repo.webobjects import WebObjects
from pytest_readiness.settings import Settings

CLOUD_SDKS = ("boto3", "botocore", "aioboto3", "aiobotocore", "azure.", "google.cloud", "aws_cdk")
"""Beginnings of the names of cloud providers' packages."""
FRAMES = 10_000
"""Calls within calls that an analysis needs at most: a handful for each level of the deepest tree that is analysed."""


class Repo:
    """Lazy view of one repository; each fact is computed once. Nothing of it is ever executed."""

    def __init__(self, root: Path, settings: Settings | None = None) -> None:
        self.root = root
        self.settings = settings or Settings()
        self.files = Files(root)
        self.scope = Scope(self.settings)
        sys.setrecursionlimit(max(sys.getrecursionlimit(), FRAMES))

    @cached_property
    def uses_cloud(self) -> bool:
        """Whether product code imports a cloud provider's SDK, or infrastructure code declares anything in a cloud."""
        names = {d for m in self.product for n in m.imports for d in imported_names(n)}
        declared = bool(self.infra.cdk_apps) or any(r.is_cloud for r in self.infra.resources)
        return declared or any(name.startswith(CLOUD_SDKS) for name in names)

    @cached_property
    def modules(self) -> dict[str, Module]:
        """Every Python file that could be read, by path; excluded ones are left out."""
        with many_objects():
            found = (self._module(p) for p in self.files.ending(".py") if not self.scope.excluded(p))
            return {m.path: m for m in found if m}

    def _module(self, path: str) -> Module | None:
        """The module; None where its text is not known (too large, no permission)."""
        text, problem = self.files.source(path)
        return None if text is None else Module(path, text, problem)

    def not_read(self) -> dict[str, str]:
        """Files that a question so far needed and that could not be read or do not parse -> why."""
        broken = (m for m in self.__dict__.get("modules", {}).values() if m.problem)
        refused = {m.path: f"line {m.problem_line}: {m.problem}" for m in broken}
        return refused | self.data.problems | self.files.unread

    def repository_name(self) -> str:
        """The system's name for the report's title: the setting `name`, else what the repository calls itself."""
        return self.settings.name or repository_name(self.root, self.files, self.documents)

    def state(self) -> RepositoryState:
        """What is audited: name, commit, and whether the files differ from it."""
        return repository_state(self.root, self.repository_name())

    @cached_property
    def product(self) -> tuple[Module, ...]:
        """The modules that are the system itself and parse (`Scope.is_product`); no infrastructure code."""
        parsed = (m for p, m in self.modules.items() if m.tree is not None and self.scope.is_product(p))
        return tuple(m for m in parsed if not self.infra.is_iac(m.path))

    @cached_property
    def imports(self) -> Imports:
        known = self.dependencies.imported_as.union(s for s in self.settings.llm.vendor_sdks if s.isidentifier())
        paths = self.files.path_set | self.files.not_checked_out | self.dependencies.generated
        return Imports(self.modules, self.settings.source_roots, paths, known)

    @cached_property
    def dependencies(self) -> Dependencies:
        """The packages that the repository declares it needs."""
        return Dependencies(self.files)

    @cached_property
    def statements(self) -> Statements:
        """Which statements can run."""
        return Statements(self.imports)

    @cached_property
    def names(self) -> Names:
        return Names(self.imports)

    @cached_property
    def orm(self) -> Orm:
        """ORM classes and the statements on them."""
        return Orm(self.product, self.names)

    @cached_property
    def llm(self) -> Llm:
        """Language models: calls, services, agents, fallbacks."""
        return Llm(self)

    @cached_property
    def logging(self) -> Logging:
        """Log calls, what is put on the root logger, and what every record of a service carries."""
        return Logging(self)

    @cached_property
    def suite(self) -> Suite:
        """The repository's own tests."""
        return Suite(self)

    @cached_property
    def tested(self) -> Tested:
        """What the repository's tests show."""
        return Tested(self)

    @cached_property
    def origins(self) -> Origins:
        """Which expression created an object."""
        return Origins(self.names, self.imports, self.product)

    @cached_property
    def web_objects(self) -> WebObjects:
        """Applications and routers, and which includes which."""
        return WebObjects(self.product, self.names, self.origins)

    @cached_property
    def live(self) -> Reach:
        """What a start of the system can reach."""
        return Reach(self)

    @cached_property
    def caches(self) -> Caches:
        """Classes that write to a cache: what expires, is removed, is counted."""
        return Caches(self)

    @cached_property
    def costs(self) -> CostFacts:
        """What the system costs: the estimate, the levers, who sees it and who is told."""
        return CostFacts(self)

    @cached_property
    def uses(self) -> Uses:
        """Which product code uses a class."""
        return Uses(self)

    @cached_property
    def web(self) -> Web:
        """Handlers, what runs before them, and the API application."""
        return Web(self.product, self.names, self.web_objects, self.live, self.settings.paths.api_app)

    @cached_property
    def privacy(self) -> Privacy:
        """Personal data: what masks it, where it is logged, sent, erased and exported."""
        return Privacy(self)

    @cached_property
    def data(self) -> DataFiles:
        """Data files (YAML, JSON, TOML, .env, ini) as trees with lines."""
        return DataFiles(self.files)

    @cached_property
    def infra(self) -> Infra:
        """Infrastructure code: CDK, CloudFormation, Terraform, Kubernetes, compose, Dockerfiles."""
        return Infra(self.files, self.data, self.scope, self.modules, self.settings.source_roots)

    @cached_property
    def denials(self) -> Denials:
        """Statuses of responses and exceptions."""
        return Denials(self.product, self.names)

    @cached_property
    def verified(self) -> Verified:
        """Which values come from a verified credential."""
        return Verified(self.product, self.names, self.web, self.denials)

    @cached_property
    def tenants(self) -> Tenants:
        """What the repository does about tenants."""
        return Tenants(self)

    @cached_property
    def credentials(self) -> Credentials:
        """Credentials that stand in the repository's files."""
        return Credentials(self)

    @cached_property
    def environment(self) -> Environment:
        """Environment variables that the system reads."""
        return Environment(self)

    @cached_property
    def documents(self) -> Documents:
        """Markdown documents."""
        return Documents(self.files, self.scope, self.settings)

    @cached_property
    def docs(self) -> Docs:
        """What the documents say about the repository: references, entries, diagrams, examples."""
        return Docs(self)

    @cached_property
    def instructions(self) -> Instructions:
        """What the documents tell those who deploy and operate the system."""
        return Instructions(self)

    @cached_property
    def secret_access(self) -> SecretAccess:
        """How the application gets its credentials."""
        return SecretAccess(self)

    @cached_property
    def results(self) -> Results:
        """Result files of runs."""
        return Results(self)

    @cached_property
    def rotation(self) -> Rotation:
        """Mechanisms by which keys are rotated."""
        return Rotation(self)

    @cached_property
    def env_docs(self) -> EnvDocs:
        """Where environment variables are documented."""
        return EnvDocs(self.files, self.documents)

    @cached_property
    def handbook(self) -> Handbook:
        """What the documents must say, held against the code."""
        return Handbook(self)

    @cached_property
    def telemetry(self) -> Telemetry:
        """Metrics, dashboards and alarms."""
        return Telemetry(self)

    @cached_property
    def stores(self) -> Stores:
        """Data stores that are declared or created by API."""
        return Stores(self)

    @cached_property
    def breakers(self) -> Breakers:
        """Circuit breakers: which classes are breakers, how they behave, where they are used."""
        return Breakers(self)

    @cached_property
    def guarding(self) -> ServiceBreakers:
        """Which breaker guards which platform service."""
        return ServiceBreakers(self)

    @cached_property
    def health(self) -> Health:
        """Health routes, and the live probes behind them."""
        return Health(self)

    @cached_property
    def resilience(self) -> Resilience:
        """The service facade: its services, their implementations, and what happens on their calls."""
        return Resilience(self)

    @cached_property
    def retention(self) -> Retention:
        """How long data is kept."""
        return Retention(self)

    @cached_property
    def encryption(self) -> Encryption:
        """Encryption of stores and columns."""
        return Encryption(self)

    @cached_property
    def delivery(self) -> Delivery:
        """Components, images, infrastructure code: how the system is built, started and put into the cloud."""
        return Delivery(self)
