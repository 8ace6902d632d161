"""The containers that tasks and pods run: which images of the repository, with which commands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.delivery.code_of import CodeOf
from pytest_readiness.repo.delivery.compute import FUNCTION, ComputeUnit
from pytest_readiness.repo.delivery.images import Images
from pytest_readiness.repo.delivery.starts import Container, Mounts
from pytest_readiness.repo.image_builds import Build
from pytest_readiness.repo.infra_model import CDK, KUBERNETES


@dataclass(frozen=True, eq=False)
class Task:
    """A container of a compute unit. `containers` are empty where its image is none of the repository's."""

    unit: ComputeUnit
    definition: Datum | None
    containers: tuple[Container, ...] = ()


class Tasks:
    """Ties the containers of compute units to the images that the repository builds."""

    def __init__(self, images: Images, code: CodeOf) -> None:
        self._images, self._code = images, code

    def of(self, units: Iterable[ComputeUnit]) -> Iterator[Task]:
        """Every container of every unit; a function that runs an image is one."""
        for unit in units:
            if unit.kind == FUNCTION and unit.resource.language == CDK:
                builds = [Build(file, context) for file, context in self._code.dockerfiles(unit.resource)]
                command = self._code.image_setting(unit.resource, "cmd")
                yield Task(unit, None, tuple(self._images.run(b, None, command, unit.name) for b in builds))
            for definition in unit.definitions:
                yield Task(unit, definition, tuple(self._containers(unit, definition)))

    def _containers(self, unit: ComputeUnit, definition: Datum) -> Iterator[Container]:
        entry, command = definition.get("entry_point"), definition.get("command")
        if unit.resource.language == KUBERNETES:
            entry, command = definition.get("command"), definition.get("args")
        given = Mounts((), "", tuple(_environment(definition)))
        for build in self._builds(unit, definition):
            yield self._images.run(build, entry, command, unit.name, given)

    def _builds(self, unit: ComputeUnit, definition: Datum) -> list[Build]:
        """How the container's image is built; in a loop there may be several."""
        if unit.resource.language == CDK:
            at = unit.definitions.index(definition)
            files = self._code.dockerfiles(unit.resource)
            chosen = [files[at]] if len(files) == len(unit.definitions) else files
            return [Build(file, context) for file, context in chosen]
        image = definition.get("image")
        build = self._images.build_meant(str(image.value)) if image is not None else None
        return [build] if build is not None else []


def _environment(definition: Datum) -> Iterator[tuple[str, str]]:
    """The variables that a container is given as literal values: a mapping, or a list of names with values."""
    for key in ("env", "environment"):
        declared = definition.get(key)
        if declared is None:
            continue
        yield from ((n, d.text) for n, d in declared.entries.items() if d.text is not None)
        for element in declared.elements:
            name, value = element.get("name"), element.get("value")
            if name is not None and value is not None and name.text and value.text is not None:
                yield name.text, value.text
