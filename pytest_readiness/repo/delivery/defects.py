"""What is wrong with a Dockerfile, as far as it can be told without building: it would not build, or not start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pytest_readiness.repo.build_context import BuildContext, has_wildcard
from pytest_readiness.repo.containers import INSTRUCTIONS, Dockerfile, Instruction
from pytest_readiness.repo.delivery.images import Images
from pytest_readiness.repo.delivery.packages import Installer, Packages
from pytest_readiness.repo.delivery.starts import Container, Started, is_standard
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_builds import Build
from pytest_readiness.repo.image_files import ImageFiles, ImageReader, substituted
from pytest_readiness.repo.modules import Site

CHECKED = frozenset({"gunicorn", "uvicorn", "hypercorn", "daphne", "celery", "flask", "streamlit", "fastapi"})
"""Programs that must be installed where a container runs them."""
_SERVES_ITSELF = re.compile(
    r"(^|/)(nginx|nginx-unprivileged|httpd|caddy|traefik|haproxy|envoy|redis|valkey|postgres|pgvector|mysql|mariadb|mongo|"
    r"rabbitmq|grafana|prometheus|alertmanager|otel[\w-]*|opensearch|elasticsearch|kibana|minio|localstack|keycloak|mosquitto|"
    r"uvicorn-gunicorn[\w-]*|meinheld-gunicorn[\w-]*|uwsgi-nginx[\w-]*)([:@]|$)"
)
"""Images of servers that bring their own command."""
_NEEDS_VALUE = frozenset({"RUN", "CMD", "ENTRYPOINT", "COPY", "ADD", "WORKDIR", "ENV", "USER", "EXPOSE"})
_UVICORN_WORKER = re.compile(r"^uvicorn\.workers\.")
_MADE = r"(>|\btee\b|\bcp\b|\bmv\b|\bln\b|\binstall\b|\bcurl\b|\bwget\b|\bclone\b|\bunzip\b|\btar\b|\bbuild\b)"
_SYSTEM = ("/usr/", "/bin/", "/sbin/", "/lib/", "/opt/")


class Defects:
    """Finds the defects of Dockerfiles."""

    def __init__(self, files: Files, images: Images) -> None:
        self._files, self._images = files, images
        self._installer = Installer(files, images.starter)

    def of(self, file: Dockerfile) -> list[Site]:
        """Every defect, with its line and a note; those of one build are told once."""
        found = list(_unparsable(file))
        if not file.stages:
            return found
        for build in self._images.builds_of(file):
            context, reader = self._images.builds.context(build.context, file.path), self._images.builds.reader(build)
            if reader is None:
                continue
            found += _bases(file, build, reader)
            found += _missing(file, reader, context)
            found += [s for i in file.instructions if (s := _origin(file, build, i))]
            found += self._start(file, build)
        return list(dict.fromkeys(found))

    def _start(self, file: Dockerfile, build: Build) -> Iterator[Site]:
        """What keeps the containers of the image from starting."""
        stage = self._images.builds.stage(build)
        containers = self._containers(build)
        if stage is None:
            return
        if not containers:
            base = self._base(build)
            if not _SERVES_ITSELF.search(base):
                yield Site(file.path, stage.line, "the last stage has neither CMD nor ENTRYPOINT")
            return
        image = self._images.builds.image(build)
        packages = self._installer.packages(self._base(build), image.runs)
        for container in containers:
            yield from self._unstartable(container, image, packages)

    def _containers(self, build: Build) -> list[Container]:
        """The containers of the build: by the image's own command, and by compose services."""
        own = self._images.own.get(build)
        services = [c for c in self._images.of_compose.values() if c.build == build and c.words]
        return [*([own] if own else []), *services]

    def _base(self, build: Build) -> str:
        reader, stage = self._images.builds.reader(build), self._images.builds.stage(build)
        return reader.base(stage) if reader and stage else ""

    def _unstartable(self, container: Container, image: ImageFiles, packages: Packages) -> Iterator[Site]:
        place = container.place
        if container.words and container.words[0].startswith("["):
            yield Site(place.path, place.line, f"{' '.join(container.words)} is no JSON array, so that a shell runs it")
            return
        for started in container.started:
            if not self._is_there(started, image, packages):
                yield Site(place.path, place.line, f"{started.name} is not in the image")
        needed = [p for p in container.programs if p in CHECKED]
        needed += ["uvicorn" for w in container.words if _UVICORN_WORKER.match(w)]
        for program in dict.fromkeys(needed):
            if not packages.provides(program):
                yield Site(place.path, place.line, f"runs {program}, which nothing in the Dockerfile installs")

    def _is_there(self, started: Started, image: ImageFiles, packages: Packages) -> bool:
        """Whether what is started is in the image; true where it may have come there unseen."""
        target = started.target
        if started.path is not None or "$" in started.name:
            return True
        if target.module:
            return is_standard(target.module) or packages.may_hold(target.module) or _is_made(target.module, image)
        place = image.inside(target.file)
        if target.file == "docker-entrypoint.sh":  # what official images call their own
            return True
        is_installed = place.startswith(_SYSTEM) and not any(place.startswith(d + "/") for _, d in image.copies)
        return place in image.written or is_installed or _is_made(target.file.rpartition("/")[2], image)


def _is_made(name: str, image: ImageFiles) -> bool:
    """Whether a RUN may make a file of that name, or brings code from outside."""
    brought = re.compile(r"\bgit\s+clone\b|\bunzip\b|\btar\s+-?\w*x")
    made = re.compile(_MADE + r"[^\n]*" + re.escape(name))
    return any(brought.search(r.text) or made.search(r.text) for r in image.runs)


def _unparsable(file: Dockerfile) -> Iterator[Site]:
    """Where the file does not follow the grammar."""
    for instruction in file.head:
        if instruction.name in INSTRUCTIONS and instruction.name != "ARG":
            yield Site(file.path, instruction.line, f"{instruction.name} stands before the first FROM")
    for instruction in file.instructions:
        if instruction.name not in INSTRUCTIONS:
            yield Site(file.path, instruction.line, f"{instruction.name[:30]} is no instruction")
        elif why := _malformed(instruction):
            yield Site(file.path, instruction.line, f"{instruction.name} {why}")
    for stage in file.stages:
        if len(stage.words) not in (1, 3) or (len(stage.words) == 3 and stage.words[1].lower() != "as"):
            yield Site(file.path, stage.line, "FROM takes an image, or an image AS a name")
    if not file.stages:
        yield Site(file.path, 1, "the file has no FROM")


def _malformed(instruction: Instruction) -> str:
    """What is wrong with the arguments of a known instruction, "" where nothing is."""
    if instruction.is_cut:
        return "opens a here-document that does not end"
    if instruction.name in _NEEDS_VALUE and not instruction.value.strip():
        return "has no argument"
    if instruction.name in ("COPY", "ADD") and len(instruction.words) < 2:
        return "needs a source and a destination"
    return ""


def _bases(file: Dockerfile, build: Build, reader: ImageReader) -> Iterator[Site]:
    """Base images that are not pinned to a version."""
    for number, stage in enumerate(file.stages):
        base = substituted(stage.base, reader.values())
        earlier = {s.name for s in file.stages[:number] if s.name} | set(build.contexts)
        if base.lower() not in earlier and base != "scratch" and (why := _unpinned(base)):
            yield Site(file.path, stage.line, f"FROM {stage.base}: {why}")


def _unpinned(base: str) -> str:
    """Why the base image is not pinned, "" where it is."""
    if "$" in base or not base:
        return "no ARG gives it a default, and no build a value"
    name, _, digest = base.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    if digest:
        return ""
    if not tag:
        return "neither tag nor digest"
    return "the tag latest is another image every time" if tag == "latest" else ""


def _missing(file: Dockerfile, reader: ImageReader, context: BuildContext) -> Iterator[Site]:
    """Sources of COPY and ADD that the context does not hold. A pattern beside a source that is there may be empty."""
    for stage in file.stages:
        reader.files(stage)
    for line, (instruction, named) in reader.sources.items():
        sources = [s for s in named if _is_path(s)]
        missing = [s for s in sources if not context.matches(s)]
        is_optional = len(missing) < len(sources)
        for source in missing:
            if not (is_optional and has_wildcard(source)):
                where = context.folder or "the repository's root"
                yield Site(file.path, line, f"{instruction.name} {source}: nothing of that name in {where}")


def _is_path(source: str) -> bool:
    return "://" not in source and "$" not in source and not source.startswith("git@")


def _origin(file: Dockerfile, build: Build, instruction: Instruction) -> Site | None:
    """A `--from` that names no stage, number or image."""
    name = instruction.flags.get("from")
    if name is None or "$" in name or file.source(name) is not None or name in build.contexts:
        return None
    if not name.isdecimal() and any(c in name for c in ":/@"):
        return None
    return Site(file.path, instruction.line, f"--from={name} names no stage of the file and no image with a tag")
