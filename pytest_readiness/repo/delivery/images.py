"""The repository's images: how they are built, which containers run them, and what is wrong with their Dockerfiles."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from pytest_readiness.repo.containers import Dockerfile
from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.delivery.components import Component, EntryModule
from pytest_readiness.repo.delivery.starts import NO_MOUNTS, Container, Mounts, Started, Starter
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_builds import Build, Builds, joined
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.infra_cdk import imported_modules
from pytest_readiness.repo.infra_kubernetes import environment, services, words_of
from pytest_readiness.repo.modules import Module, Site
from pytest_readiness.repo.scope import Scope

_LIBRARIES = frozenset({"uvicorn", "hypercorn", "gunicorn", "granian", "waitress", "werkzeug", "daphne", "wsgiref"})
"""Libraries that serve an application."""
_TEMPLATED = re.compile(r"\$\{|\{\{|^filled-in|\$\(")


class Images:
    """Dockerfiles outside of tests and hidden folders, and the containers that run what they build."""

    def __init__(
        self, files: Files, scope: Scope, builds: Builds, imports: Imports, services: Iterable[EntryModule]
    ) -> None:
        self._files, self._scope, self._imports = files, scope, imports
        self._services = frozenset(s.path for s in services)
        self.builds = builds
        self.starter = Starter(files, builds)

    @cached_property
    def dockerfiles(self) -> dict[str, Dockerfile]:
        """The Dockerfiles that count, by path."""
        return {p: f for p, f in self.builds.dockerfiles.items() if self.counts(p)}

    @cached_property
    def compose(self) -> dict[str, Datum]:
        """The Compose files that count and parse, by path."""
        return {p: d for p, d in self.builds.compose.items() if self.counts(p)}

    def counts(self, path: str) -> bool:
        """Neither test nor excluded nor in a hidden folder."""
        is_hidden = any(part.startswith(".") for part in path.split("/")[:-1])
        return not (is_hidden or self._scope.is_test(path) or self._scope.excluded(path))

    def builds_of(self, file: Dockerfile) -> list[Build]:
        """How the Dockerfile's images are built."""
        return self.builds.of(file)

    @cached_property
    def own(self) -> dict[Build, Container]:
        """Build -> the container that runs its image as it is; left out where the image has no command."""
        builds = [b for f in self.dockerfiles.values() for b in self.builds.of(f)]
        found = ((b, self.starter.own(b)) for b in builds)
        return {b: c for b, c in found if c is not None}

    @cached_property
    def of_compose(self) -> dict[tuple[str, str], Container]:
        """Compose file and service -> the container that it runs, of services that run an image of the repository."""
        found = {}
        for path, document in self.compose.items():
            for name, service in services(document).items():
                build = self.build_of_service(path, service)
                if build is not None:
                    found[path, name] = self._overridden(build, service, f"service {name}")
        return found

    def build_of_service(self, path: str, service: Datum) -> Build | None:
        """The build of the image that a compose service runs, also where it names the image of another one's build."""
        build = self.builds.of_service(path, service)
        image = service.entries.get("image")
        if build is None and image is not None and image.text:
            build = self.build_named(image.text)
        return build if build and build.dockerfile in self.builds.dockerfiles else None

    def build_named(self, image: str) -> Build | None:
        """The build that makes the image of that name, by the tags that builds give; registry and tag do not count."""
        wanted = _bare(image)
        for build in self._built:
            if wanted and wanted in {_bare(t) for t in build.tags}:
                return build
        return None

    def build_meant(self, image: str) -> Build | None:
        """As `build_named`; else of the Dockerfile whose folder or ending the name ends with, or the only one."""
        found = self.build_named(image)
        if found is not None:
            return found
        files = list(self.dockerfiles.values())
        named = [f for f in files if any(_ends_with(_bare(image), n) for n in _names(f))]
        is_ours = "/" in image or bool(_TEMPLATED.search(image))
        chosen = named or (files if len(files) == 1 and is_ours else [])
        return self.builds.of(chosen[0])[0] if len(chosen) == 1 else None

    @cached_property
    def _built(self) -> list[Build]:
        return [b for b in self.builds.declared if b.dockerfile in self.builds.dockerfiles]

    def _overridden(self, build: Build, definition: Datum, name: str) -> Container:
        """The container of a compose service: its own entrypoint and command go before the image's."""
        entry, command = definition.entries.get("entrypoint"), definition.entries.get("command")
        given = tuple((n, str(d.value)) for n, d in environment(definition).items() if d.value is not None)
        mounts = Mounts(tuple(_mounts(definition)), str(_value(definition, "working_dir")), given)
        return self.run(build, entry, command, name, mounts)

    def run(
        self, build: Build, entry: Datum | None, command: Datum | None, name: str, mounts: Mounts = NO_MOUNTS
    ) -> Container:
        """The container with an entrypoint and a command that override the image's, where they are given."""
        own = self.own.get(build) or self.starter.own(build)
        first = words_of(entry) if entry is not None else self.starter.entrypoint(build)
        rest = words_of(command) if command is not None or entry is not None else self.starter.command(build)
        words, last = [*first, *rest], command or entry
        place = own.place if own else Site(build.dockerfile, 1)
        if last is not None:
            place = Site(last.path, last.line, f"{name}: {' '.join(words)}")
        return self.starter.container(build, words, place, name, mounts)

    def copies(self, component: Component) -> list[Site]:
        """The instructions by which an image copies the component's folder."""
        return [
            s for f in self.dockerfiles.values() for b in self.builds.of(f) for s in self._copies(b, component.folder)
        ]

    def copies_in(self, build: Build, component: Component) -> list[Site]:
        """As `copies`, in one build."""
        return list(self._copies(build, component.folder))

    def _copies(self, build: Build, folder: str) -> Iterator[Site]:
        reader, stage = self.builds.reader(build), self.builds.stage(build)
        if reader is None or stage is None:
            return
        image = reader.files(stage)
        works_there = any(folder in f.candidates(".") for f in (image, *(r.files for r in image.runs)))
        context = self.builds.context(build.context, build.dockerfile)
        for line, (instruction, sources) in reader.sources.items():
            paths = [p for s in sources for p in context.matches(s)]
            is_named = any(p == folder or p.startswith(f"{folder}/") for p in paths)
            is_above = works_there and any(not p or folder.startswith(f"{p}/") for p in paths)
            if paths and (build.context == folder or is_named or is_above):
                yield Site(build.dockerfile, line, f"{instruction.name} {instruction.value} copies {folder or '.'}")

    def starts(self, container: Container, component: Component) -> bool:
        """Whether the container runs an entry module of the component, itself or by a program that imports it."""
        entries = {e.path: e.module for e in component.entries}
        return any(s.path in entries or self._runs(s, entries) for s in container.started if s.path)

    def _runs(self, started: Started, entries: dict[str, Module]) -> bool:
        """Whether a program that is no service itself names an entry module to a server, or is a start of one.

        A start of one is a package's `__main__`, a console script, or a program that calls a server's library; it
        imports the entry module. Other programs may import a service for parts of it.
        """
        module = self._imports.modules.get(started.path or "")
        if module is None or module.path in self._services:
            return False
        is_script = bool(started.target.attribute) and not started.target.program
        is_start = is_script or module.path.endswith("__main__.py") or (module.main_guards and _serves(module))
        served = [self._imports.find(text.partition(":")[0], module) for text in _served(module)]
        found = [*served, *(imported_modules(module, self._imports) if is_start else ())]
        return any(isinstance(t, Module) and t.path in entries for t in found)


def _serves(module: Module) -> bool:
    """Whether the module imports a server's library."""
    names = [a.name for s in module.imports if isinstance(s, ast.Import) for a in s.names]
    names += [s.module or "" for s in module.imports if isinstance(s, ast.ImportFrom)]
    return any(n.split(".")[0] in _LIBRARIES for n in names)


def _mounts(service: Datum) -> Iterator[tuple[str, str]]:
    """Folders and files of the repository that a compose service mounts: where they lie, where they appear."""
    folder = posixpath.dirname(service.path)
    declared = service.entries.get("volumes")
    for volume in declared.elements if declared else ():
        source, _, rest = (volume.text or "").partition(":")
        source = source or str(_value(volume, "source"))
        target = rest.partition(":")[0] or str(_value(volume, "target"))
        if source.startswith(".") and target:
            yield joined(folder, source), posixpath.normpath(target)


def _value(datum: Datum, key: str) -> object:
    found = datum.entries.get(key)
    return found.value if found is not None and found.value is not None else ""


def _served(module: Module) -> Iterator[str]:
    """Texts such as "shop.api:app" that the module holds."""
    for node in module.nodes:
        value = getattr(node, "value", None)
        if isinstance(value, str) and re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", value):
            yield value


def _bare(image: str) -> str:
    """The last part of an image's name, without registry, tag and digest."""
    return re.split(r"[:@]", image.partition("@")[0].rpartition("/")[2], maxsplit=1)[0].lower()


def _names(file: Dockerfile) -> Iterable[str]:
    """Names by which an image may say that it is built from the Dockerfile: its ending, else its folder."""
    name = posixpath.basename(file.path).lower()
    ending = name.removeprefix("dockerfile").removesuffix("dockerfile").strip(".-_")
    folder = posixpath.basename(file.folder).lower()
    return [n for n in (ending or folder,) if n]


def _ends_with(image: str, name: str) -> bool:
    plain_image, plain_name = image.replace("_", "-"), name.replace("_", "-")
    return plain_image == plain_name or plain_image.endswith("-" + plain_name)
