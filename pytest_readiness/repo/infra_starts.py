"""What infrastructure starts: commands of containers and handlers of functions, found again in the repository."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from pytest_readiness.repo.command_lines import Target, split, targets
from pytest_readiness.repo.data_files import DataFiles, Datum, lines_of
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_builds import Build, Builds, joined
from pytest_readiness.repo.image_files import ImageFiles
from pytest_readiness.repo.infra_kubernetes import container_commands, service_command, services
from pytest_readiness.repo.infra_model import EntryPoint, Resource
from pytest_readiness.repo.modules import Site

SCRIPT_LINES = 400
"""Most lines of a shell script that are looked at for what it starts."""
_HANDLER = re.compile(r"^[A-Za-z_][\w./-]*\.[A-Za-z_]\w*$")
_PROCFILE_LINE = re.compile(r"^[A-Za-z0-9_-]+:\s*(.+)$")
_FUNCTIONS = frozenset({"function", "pythonfunction", "singletonfunction", "edgefunction", "cfnfunction"})
_TERRAFORM_FUNCTION = "aws_lambda_function"


class Starts:
    """Finds entry points."""

    def __init__(
        self, files: Files, data: DataFiles, builds: Builds, resources: Iterable[Resource], asset_bases: Sequence[str]
    ) -> None:
        self._files, self._data, self._builds = files, data, builds
        self._resources = tuple(resources)
        self._asset_bases = tuple(asset_bases)

    @cached_property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """All that infrastructure starts, each place once."""
        found = [
            *self._of_images(),
            *self._of_compose(),
            *self._of_pods(),
            *self._of_functions(),
            *self._of_procfiles(),
        ]
        return tuple(dict.fromkeys(found))

    def _of_images(self) -> Iterator[EntryPoint]:
        """Commands of Dockerfiles, in every context that they are built in."""
        for _, file in sorted(self._builds.dockerfiles.items()):
            for build in self._builds.of(file):
                yield from self._of_build(build)

    def _of_build(self, build: Build) -> Iterator[EntryPoint]:
        file, stage = self._builds.dockerfiles[build.dockerfile], self._builds.stage(build)
        entry = file.inherited(stage, "ENTRYPOINT") if stage else None
        command = file.inherited(stage, "CMD") if stage else None
        last = command or entry
        if last is None:
            return
        image = self._builds.image(build)
        words = [*(entry.words if entry else []), *(command.words if command else [])]
        words = [image.substituted(w) for w in words]
        yield from self._started(words, Site(file.path, last.line, f"{last.name} {last.value}"), build.context, image)

    def _of_compose(self) -> Iterator[EntryPoint]:
        for path, document in self._builds.compose.items():
            for name, service in services(document).items():
                words = service_command(service)
                if not words:
                    continue
                build = self._builds.of_service(path, service)
                folder = build.context if build else posixpath.dirname(path)
                place = Site(path, service.line, f"service {name}: {' '.join(words)}")
                yield from self._started(words, place, folder, self._image(build))

    def _image(self, build: Build | None) -> ImageFiles | None:
        return self._builds.image(build) if build and build.dockerfile in self._builds.dockerfiles else None

    def _of_pods(self) -> Iterator[EntryPoint]:
        kubernetes = [r for r in self._resources if r.language == "kubernetes"]
        for words, container in container_commands(kubernetes):
            yield from self._started(words, Site(container.path, container.line, " ".join(words)), "", None)
        for resource in self._resources:
            if resource.language == "kubernetes":
                continue
            for command in resource.all_settings("command"):
                words = [str(d.value) for d in command.elements]
                yield from self._started(words, Site(command.path, command.line, " ".join(words)), "", None)

    def _of_procfiles(self) -> Iterator[EntryPoint]:
        for path in self._files.named("Procfile"):
            for number, line in enumerate(lines_of(self._files.text(path) or ""), start=1):
                if found := _PROCFILE_LINE.match(line):
                    place = Site(path, number, found.group(1))
                    yield from self._started(split(found.group(1)), place, posixpath.dirname(path), None)

    def _started(self, words: list[str], place: Site, folder: str, image: ImageFiles | None) -> Iterator[EntryPoint]:
        for target in targets(words):
            if target.file and not target.file.endswith(".py"):
                yield from self._of_script(target.file, place, folder, image)
            elif (path := self._found(target, folder, image)) is not None:
                yield EntryPoint(path, target.attribute, place)

    def _of_script(self, script: str, place: Site, folder: str, image: ImageFiles | None) -> Iterator[EntryPoint]:
        """What a shell script that the command runs starts in its turn."""
        path = self._existing(script, folder, image)
        text = self._files.text(path) if path else None
        for line in lines_of(text or "")[:SCRIPT_LINES]:
            for target in targets(split(line)):
                if (found := self._found(target, folder, image)) is not None:
                    yield EntryPoint(found, target.attribute, place)

    def _found(self, target: Target, folder: str, image: ImageFiles | None) -> str | None:
        """The Python file of the target, None where the repository has none."""
        if target.file:
            return self._existing(target.file, folder, image) if target.file.endswith(".py") else None
        stem = target.module.replace(".", "/")
        names = [f"{stem}/__main__.py"] if not target.attribute else []
        names = [f"{stem}.py", *names, f"{stem}/__init__.py"]
        return next((p for n in names if (p := self._existing(n, folder, image)) is not None), None)

    def _existing(self, name: str, folder: str, image: ImageFiles | None) -> str | None:
        """The repository's file that a path in an image or folder means; the only one of that name as a last resort."""
        inside = list(image.candidates(name)) if image else []
        relative = name.lstrip("/") if image is None else ""
        guesses = [*inside, joined(folder, name), joined(folder, f"src/{name}"), relative]
        for path in guesses:
            if path in self._files.path_set:
                return path
        tail = "/" + posixpath.normpath(name).lstrip("/")
        same = [p for p in self._files.paths if f"/{p}".endswith(tail)] if not inside else []
        return same[0] if len(same) == 1 else None

    def _of_functions(self) -> Iterator[EntryPoint]:
        for resource in self._resources:
            handler = resource.get("handler")
            service, kind = resource.type
            is_function = (service in ("lambda", "serverless", "lambdapython") and kind in _FUNCTIONS) or (
                kind == _TERRAFORM_FUNCTION
            )
            if is_function:
                yield from self._handled(resource, _text(handler))
        yield from self._of_serverless()

    def _handled(self, resource: Resource, handler: str) -> Iterator[EntryPoint]:
        entry, index = _text(resource.get("entry")), _text(resource.get("index")) or "index.py"
        if entry:
            handler = f"{index.removesuffix('.py')}.{handler or 'handler'}"
        roots = [entry, *(_text(d) for key in ("code", "code_uri", "filename") for d in _leaves(resource.get(key)))]
        place = resource.get("handler") or resource.settings
        yield from self._handler(handler, [r for r in roots if r], Site(place.path, place.line, f"handler {handler}"))

    def _of_serverless(self) -> Iterator[EntryPoint]:
        """The functions of a Serverless Framework file."""
        for path in self._files.named("serverless.yml", "serverless.yaml"):
            for document in self._data.documents(path):
                declared = document.entries.get("functions")
                for function in declared.entries.values() if declared else ():
                    handler = function.entries.get("handler")
                    if handler is not None and handler.text:
                        place = Site(path, handler.line, f"handler {handler.text}")
                        yield from self._handler(handler.text, [], place)

    def _handler(self, handler: str, roots: Sequence[str], place: Site) -> Iterator[EntryPoint]:
        """`package.module.function` below one of the folders of code, else below the declaring file's."""
        if not _HANDLER.match(handler):
            return
        module, _, attribute = handler.rpartition(".")
        name = module.replace(".", "/") + ".py"
        nearest = [b for b in self._asset_bases if not b or place.path.startswith(b + "/")]
        bases = [*sorted(nearest, key=len, reverse=True)[:1], posixpath.dirname(place.path), ""]
        folders = [joined(b, r) for r in roots for b in bases] or [posixpath.dirname(place.path), ""]
        for folder in folders:
            if (path := joined(folder, name)) in self._files.path_set:
                yield EntryPoint(path, attribute, place)
                return


def _text(datum: Datum | None) -> str:
    return datum.text or "" if datum else ""


def _leaves(datum: Datum | None) -> Iterator[Datum]:
    if datum is not None:
        yield from (d for _, d in datum.walk() if isinstance(d.value, str))
