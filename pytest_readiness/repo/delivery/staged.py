"""Does an image leave its build tools behind, by taking what it needs from an earlier stage?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pytest_readiness.repo.containers import Dockerfile, Instruction, Stage
from pytest_readiness.repo.image_builds import Build
from pytest_readiness.repo.modules import Site


@dataclass(frozen=True, eq=False)
class Staged:
    """A Dockerfile that runs something, and where its image takes files from earlier stages."""

    file: Dockerfile
    taken: tuple[Site, ...]

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def stages(self) -> list[Site]:
        """Every FROM."""
        return [Site(self.path, s.line, f"FROM {s.base}") for s in self.file.stages]

    @property
    def problem(self) -> str:
        """Why nothing is left behind."""
        if len(self.file.stages) < 2:
            return "builds in one stage"
        return "its last stage takes nothing from an earlier one"


def has_run(file: Dockerfile) -> bool:
    """Whether the file runs anything that could leave tools in the image."""
    return any(s.named("RUN") for s in file.stages)


def taken(file: Dockerfile, builds: Iterable[Build]) -> list[Site]:
    """Where the image takes files from an earlier stage: its last stage, else every stage that builds name; none where
    it does not."""
    last = file.stage()
    found = list(_taken(file, last)) if last else []
    if found:
        return found
    stages = [s for b in builds if b.target and (s := file.stage(b.target.lower())) is not None]
    by_stage = [list(_taken(file, s)) for s in stages]
    return [site for sites in by_stage for site in sites] if by_stage and all(by_stage) else []


def _taken(file: Dockerfile, stage: Stage) -> Iterator[Site]:
    """The copies and mounts of the stage, and of stages that it builds on, from stages that it does not build on."""
    below = file.lineage(stage)
    for part in below:
        for instruction in part.instructions:
            for name in _sources(instruction):
                source = file.source(name)
                if source is not None and source not in below and source.line < part.line:
                    yield Site(file.path, instruction.line, f"{instruction.name} takes files from the stage {name}")


def _sources(instruction: Instruction) -> list[str]:
    """The stages that an instruction takes files from."""
    if instruction.name == "COPY":
        return [instruction.flags["from"]] if "from" in instruction.flags else []
    given = (dict(v.partition("=")[::2] for v in m.split(",")) for m in instruction.mounts)
    return [g["from"] for g in given if "from" in g and g.get("type", "bind") == "bind"]
