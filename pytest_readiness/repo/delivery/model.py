"""The delivery of the system as one object."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.containers import Dockerfile
from pytest_readiness.repo.delivery.cdk_links import CdkLinks
from pytest_readiness.repo.delivery.cloud import CloudService, services
from pytest_readiness.repo.delivery.code_of import CodeOf
from pytest_readiness.repo.delivery.components import Component, EntryModule, components, entry_modules
from pytest_readiness.repo.delivery.compose import ComposeFile, ComposeFiles
from pytest_readiness.repo.delivery.compute import Compute, ComputeUnit, kind_of
from pytest_readiness.repo.delivery.declared import Declared, declared
from pytest_readiness.repo.delivery.defects import Defects
from pytest_readiness.repo.delivery.deployed import deployed, outputs
from pytest_readiness.repo.delivery.documented import Documented
from pytest_readiness.repo.delivery.entries import Entries, Entry
from pytest_readiness.repo.delivery.images import Images
from pytest_readiness.repo.delivery.output import Output
from pytest_readiness.repo.delivery.probes import Probe, Probes
from pytest_readiness.repo.delivery.proxies import upstreams
from pytest_readiness.repo.delivery.roots import CDK, IacRoot, Roots, Stack, stacks_of
from pytest_readiness.repo.delivery.staged import Staged, has_run, taken
from pytest_readiness.repo.delivery.starts import Container
from pytest_readiness.repo.delivery.state import RequestState, RouteModule
from pytest_readiness.repo.delivery.synth import SYNTH, Synthesis
from pytest_readiness.repo.delivery.tasks import Task, Tasks
from pytest_readiness.repo.handbook.sections import Element
from pytest_readiness.repo.infra_cdk import CdkApp
from pytest_readiness.repo.infra_model import Resource
from pytest_readiness.repo.modules import Site

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
        root = self.iac_root.folder if self.iac_root and self.iac_root.kind == CDK else None
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

    @cached_property
    def synth_defects(self) -> tuple[Site, ...]:
        """What keeps the infrastructure code from being turned into templates."""
        repo, root = self._repo, self.iac_root
        synthesis = Synthesis(repo.files, repo.modules)
        return tuple(synthesis.defects(root, repo.infra.terraform_blocks)) if root else ()

    @cached_property
    def iac(self) -> Declared:
        """Whether the cloud is declared as code."""
        return declared(self.iac_root, self.stacks, self.resources)

    @property
    def synth_suspicions(self) -> list[Site]:
        """What may keep the app from being synthesized, and is no certain defect."""
        return Synthesis.suspicions(self.iac_root) if self.iac_root else []

    @property
    def synth_command(self) -> str:
        """The command that would show whether the infrastructure code can be turned into templates."""
        root = self.iac_root
        command = SYNTH.get(root.kind, "") if root else ""
        return command.format(folder=root.folder or ".", file=root.place.path.rpartition("/")[2]) if root else ""

    @cached_property
    def synth_output(self) -> tuple[Site, ...]:
        """The templates that `cdk synth` made of the audited commit; none where the repository holds none for it."""
        repo, root = self._repo, self.iac_root
        output = Output(repo.root, repo.files, repo.data, repo.scope)
        return tuple(output.templates(root, self.stacks)) if root else ()

    @property
    def iac_documented(self) -> list[tuple[Element, ...]]:
        """The elements of each document on the infrastructure code."""
        root = self.iac_root
        return list(Documented(self._repo).candidates(root, self.stacks)) if root and root.kind else []

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """What the infrastructure code of all kinds deploys."""
        return tuple(deployed(self._repo.infra))

    @cached_property
    def cloud_services(self) -> tuple[CloudService, ...]:
        """The AWS services that the application calls, with the resources that provide them."""
        repo, root = self._repo, self.iac_root
        folder = f"{root.folder}/" if root and root.folder else None
        found = [m for p, m in repo.modules.items() if m.tree is not None and not repo.scope.is_test(p)]
        found = [m for m in found if not (folder and m.path.startswith(folder)) and not repo.infra.is_iac(m.path)]
        return tuple(services(found, [*self.resources, *outputs(repo.infra)]))

    @cached_property
    def code_of(self) -> CodeOf:
        """Where the code of compute resources lies."""
        return CodeOf(self._repo.files, self._repo.infra.cdk_apps)

    @cached_property
    def compute_units(self) -> tuple[ComputeUnit, ...]:
        """The resources that run application code, with their scaling."""
        blocks = [b for several in self._repo.infra.terraform_blocks.values() for b in several]
        return tuple(Compute(self._running, self.code_of, blocks).units())

    @cached_property
    def _running(self) -> tuple[Resource, ...]:
        """What is deployed; templates that `cdk synth` left stand for the code of their stacks."""
        left = tuple(outputs(self._repo.infra))
        return (*left, *(r for r in self.resources if r.language != CDK)) if left else self.resources

    @cached_property
    def _links(self) -> dict[CdkApp, CdkLinks]:
        return {app: CdkLinks(app) for app in self._repo.infra.cdk_apps}

    def links_of(self, resource: Resource) -> CdkLinks | None:
        """What follows expressions in the CDK app that declares the resource."""
        app = self.code_of.app(resource)
        return self._links[app] if app is not None else None

    def probes_of(self, component: Component) -> list[Probe]:
        """What asks the component whether it is well, with what is wrong with it."""
        return Probes(self._repo, self).of(component)

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Load balancers, API gateways, ingresses and proxies: what takes requests in, and whether it spreads them."""
        repo = self._repo
        found = (u for u in upstreams(repo.files, repo.data) if self.images.counts(u.place.path))
        return tuple(Entries(self._running, self.compute_units, self._links).all(found))

    @property
    def runs_code(self) -> list[Site]:
        """The resources that run code of any kind."""
        return [Site(r.path, r.line, f"declares {r.kind}") for r in self.resources if kind_of(r)]

    @cached_property
    def route_modules(self) -> tuple[RouteModule, ...]:
        """The files that register routes, with the state of requests that they keep in the process."""
        repo = self._repo
        state = RequestState(repo.modules, repo.imports, repo.names, repo.web)
        paths = [p for p in repo.modules if repo.scope.is_product(p) and not repo.infra.is_iac(p)]
        return tuple(state.of(paths))

    @cached_property
    def images(self) -> Images:
        """Dockerfiles, how images are built from them, and the containers that run them."""
        repo = self._repo
        return Images(repo.files, repo.scope, repo.infra.builds, repo.imports, self.entry_modules)

    @cached_property
    def defects(self) -> Defects:
        """What keeps images from being built and containers from starting."""
        return Defects(self._repo.files, self.images)

    @cached_property
    def compose_files(self) -> tuple[ComposeFile, ...]:
        """The Compose files outside of tests and hidden folders, with what is wrong with them."""
        return tuple(ComposeFiles(self._repo.files, self._repo.data, self.images).all())

    @cached_property
    def staged(self) -> tuple[Staged, ...]:
        """The Dockerfiles that run anything while they build, and what their images take from earlier stages."""
        found = (f for f in self.images.dockerfiles.values() if has_run(f))
        return tuple(Staged(f, tuple(taken(f, self.images.builds_of(f)))) for f in found)

    def started_by(self, component: Component) -> list[Container]:
        """The containers that run a service entry module of the component."""
        return [c for c in self.containers if self.images.starts(c, component)]

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """Every container of an image of the repository: by the image's own command, and as something overrides it."""
        tasks = (c for t in self.tasks for c in t.containers)
        return (*self.images.own.values(), *self.images.of_compose.values(), *tasks)

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The containers of compute units."""
        return tuple(Tasks(self.images, self.code_of).of(self.compute_units))

    def images_of(self, component: Component) -> list[Site]:
        """The lines of Dockerfiles that start the component; of a package.json component those that copy its folder."""
        if not component.entries:
            return self.images.copies(component)
        found = self.started_by(component)
        own = [Site(c.place.path, c.place.line, f"starts {', '.join(c.paths)}") for c in found]
        return list(dict.fromkeys(own))

    def why_not_started(self, component: Component) -> str:
        """What the Dockerfiles in the component's folder do instead of starting it."""
        inner = [c.folder for c in self.components if len(c.folder) > len(component.folder)]
        files = [f for f in self.images.dockerfiles.values() if _inside(f.folder, component.folder)]
        near = [f for f in files if not any(_inside(f.folder, i) for i in inner)]
        if not near:
            return "no Dockerfile starts it" if component.entries else "no Dockerfile copies its folder"
        return f"{near[0].path} {self._does(near[0])}"

    def _does(self, file: Dockerfile) -> str:
        containers = [c for b in self.images.builds_of(file) if (c := self.images.own.get(b)) is not None]
        if not file.stages or not containers:
            return "has no FROM" if not file.stages else "starts nothing"
        names = [s.path or f"{s.name}, which is not in the image" for c in containers for s in c.started]
        return f"starts {', '.join(dict.fromkeys(names)) or ' '.join(containers[0].words)[:60]}"


def _inside(folder: str, outer: str) -> bool:
    return not outer or folder == outer or folder.startswith(outer + "/")
