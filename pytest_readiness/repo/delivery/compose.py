"""Compose files: what each of their services runs, and what keeps `docker compose up` from working."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_readiness.repo.data_files import DataFiles, Datum
from pytest_readiness.repo.delivery.images import Images
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_builds import Build, joined
from pytest_readiness.repo.infra_kubernetes import is_compose, services
from pytest_readiness.repo.modules import Site

EXTENDS = 5
"""Most services that extend each other that are followed."""


@dataclass(frozen=True)
class Service:
    """A service of a Compose file. `build` is None where it runs an image from elsewhere."""

    name: str
    place: Site
    build: Build | None = None


@dataclass(frozen=True)
class ComposeFile:
    """A Compose file; it is valid where it has no problems."""

    path: str
    services: tuple[Service, ...] = ()
    problems: tuple[Site, ...] = ()


class ComposeFiles:
    """Reads every Compose file outside of tests and hidden folders."""

    def __init__(self, files: Files, data: DataFiles, images: Images) -> None:
        self._files, self._data, self._images = files, data, images

    def all(self) -> list[ComposeFile]:
        """The Compose files, by path."""
        paths = [p for p in self._files.paths if is_compose(p) and self._images.counts(p)]
        return [self._read(p) for p in paths]

    def _read(self, path: str) -> ComposeFile:
        document = self._images.compose.get(path)
        if document is None or not isinstance(document.value, dict):
            return ComposeFile(path, (), (Site(path, 1, "is no YAML mapping"),))
        declared = services(document)
        if not declared and not any(services(d) for d in self._included(path)):
            return ComposeFile(path, (), (Site(path, document.line, "declares no services"),))
        found = [self._service(path, n, s) for n, s in declared.items()]
        problems = [p for n, s in declared.items() for p in self._problems(path, n, s)]
        return ComposeFile(path, tuple(found), tuple(problems))

    def _service(self, path: str, name: str, service: Datum) -> Service:
        build = self._images.build_of_service(path, service)
        note = f"service {name}" + (f" is built from {build.dockerfile}" if build else "")
        return Service(name, Site(path, service.line, note), build)

    def _problems(self, path: str, name: str, service: Datum) -> Iterator[Site]:
        if not isinstance(service.value, dict):
            yield Site(path, service.line, f"service {name} says nothing")
            return
        if not self._has_image(path, name, service):
            yield Site(path, service.line, f"service {name} has neither image nor build")
        declared = service.entries.get("build")
        build = self._images.builds.of_service(path, service)
        is_inline = declared is not None and "dockerfile_inline" in declared.entries
        if declared is not None and build and not is_inline and build.dockerfile not in self._files.path_set:
            yield Site(path, declared.line, f"service {name} is built from {build.dockerfile}, which is missing")
        yield from self._dangling(path, name, service)

    def _dangling(self, path: str, name: str, service: Datum) -> Iterator[Site]:
        """Services that it depends on and that there are not."""
        declared = service.entries.get("depends_on")
        if declared is None:
            return
        known = self._known(path)
        for other in [*declared.entries, *(str(d.value) for d in declared.elements)]:
            if other not in known:
                yield Site(path, declared.line, f"service {name} depends on {other}, which is no service")

    def _known(self, path: str) -> set[str]:
        """The services that a file can name: its own, included ones, those of the file that it is laid over."""
        known = set(services(self._images.compose[path]))
        for included in self._included(path):
            known |= set(services(included))
        if self._is_override(path):
            known |= {n for d in self._beside(path).values() for n in services(d)}
        return known

    def _is_override(self, path: str) -> bool:
        """Whether the file is laid over another one: its name says so, or it leaves out what a service runs."""
        own = services(self._images.compose[path])
        return "override" in posixpath.basename(path) or any(not _runs(s) for s in own.values())

    def _included(self, path: str) -> Iterator[Datum]:
        declared = self._images.compose[path].entries.get("include")
        for element in declared.elements if declared else ():
            listed = element.entries.get("path", element)
            for name in [listed, *listed.elements]:
                yield from self._data.documents(joined(posixpath.dirname(path), name.text or "")) if name.text else ()

    def _beside(self, path: str) -> Mapping[str, Datum]:
        """The other Compose files of the folder."""
        folder = posixpath.dirname(path)
        return {p: d for p, d in self._images.compose.items() if p != path and posixpath.dirname(p) == folder}

    def _has_image(self, path: str, name: str, service: Datum) -> bool:
        """Whether the service says what it runs: itself, by what it extends, or in another file of the folder."""
        others = [s for d in self._beside(path).values() if (s := services(d).get(name)) is not None]
        return any(self._runs(path, s) for s in (service, *others))

    def _runs(self, path: str, service: Datum, depth: int = EXTENDS) -> bool:
        if _runs(service):
            return True
        extended = service.entries.get("extends")
        if extended is None or not depth:
            return False
        name = extended.text or _text(extended, "service")
        file = joined(posixpath.dirname(path), _text(extended, "file")) if _text(extended, "file") else path
        found = [s for d in self._data.documents(file)[:1] if (s := services(d).get(name)) is not None]
        return any(self._runs(file, s, depth - 1) for s in found)


def _runs(service: Datum) -> bool:
    """Whether the service has an image or a build of its own."""
    return any((found := service.entries.get(k)) is not None and found.is_set for k in ("image", "build"))


def _text(datum: Datum, key: str) -> str:
    found = datum.entries.get(key)
    return found.text or "" if found is not None else ""
