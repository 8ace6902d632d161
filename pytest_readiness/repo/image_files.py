"""Where the files of an image come from: its stages' copies, followed back to the build context."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pytest_readiness.repo.build_context import BuildContext, has_wildcard
from pytest_readiness.repo.containers import Dockerfile, Instruction, Stage

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-+])([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))")
_LAMBDA = re.compile(r"(^|/)lambda/python(:|@|$)|/aws-lambda-python")
_LAMBDA_FOLDER = "/var/task"


@dataclass(frozen=True)
class Run:
    """A RUN instruction, with the files that it finds, mounted ones too."""

    instruction: Instruction
    files: ImageFiles

    @property
    def text(self) -> str:
        """All that it runs, line by line."""
        words = self.instruction.words if self.instruction.is_json else []
        return "\n".join(filter(None, [" ".join(words) or self.instruction.value, self.instruction.heredoc]))


@dataclass(frozen=True)
class ImageFiles:
    """The file system of an image, as far as the Dockerfile tells."""

    workdir: str = "/"
    copies: tuple[tuple[str, str], ...] = ()
    """Source in the repository ("" is the root), destination in the image; later ones win."""
    environment: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    """Files whose text stands in the Dockerfile, by their path in the image."""
    runs: tuple[Run, ...] = ()
    """What was run to build it, in stages that it takes files from too."""
    context: BuildContext | None = None
    """What it copies from."""

    def inside(self, path: str) -> str:
        """The absolute path in the image."""
        return posixpath.normpath(posixpath.join(self.workdir, path))

    def candidates(self, path: str) -> Iterator[str]:
        """Repository paths that the image's path may be a copy of, most likely first."""
        yield from (p for p in self._origins(path) if self.context is None or not self.context.leaves_out(p))

    def _origins(self, path: str) -> Iterator[str]:
        inside = self.inside(path)
        for source, destination in reversed(self.copies):
            if inside == destination:
                yield source
            elif destination == "/" or inside.startswith(destination + "/"):
                rest = inside[len(destination.rstrip("/")) + 1 :]
                yield posixpath.normpath(posixpath.join(source, rest))

    def substituted(self, text: str) -> str:
        """The text with the variables of the image put in; what is not known stays."""
        return substituted(text, self.environment)


class _Building:
    """The file system while the instructions are read."""

    def __init__(self, base: str, values: Mapping[str, str]) -> None:
        is_lambda = bool(_LAMBDA.search(base))
        self.workdir = _LAMBDA_FOLDER if is_lambda else "/"
        self.values = dict(values) | ({"LAMBDA_TASK_ROOT": _LAMBDA_FOLDER} if is_lambda else {})
        self.copies: list[tuple[str, str]] = []
        self.written: dict[str, str] = {}
        self.runs: list[Run] = []

    def done(self, context: BuildContext, mounted: Iterable[tuple[str, str]] = ()) -> ImageFiles:
        """The files as they are now, with what is mounted over them."""
        copies = (*self.copies, *mounted)
        return ImageFiles(self.workdir, copies, dict(self.values), dict(self.written), tuple(self.runs), context)

    def folders(self) -> set[str]:
        """Folders that are known to be there."""
        return {self.workdir} | {posixpath.dirname(d) for _, d in self.copies}


class ImageReader:
    """Reads where the files of a Dockerfile's images come from. `arguments` are build arguments that are given."""

    def __init__(self, file: Dockerfile, context: BuildContext, arguments: Mapping[str, str] | None = None) -> None:
        self._file, self._context = file, context
        self._arguments = dict(arguments or {})
        self._done: dict[int, ImageFiles] = {}
        self.sources: dict[int, tuple[Instruction, tuple[str, ...]]] = {}
        """Line -> a copy from the context and the sources that it names, of the stages that were read."""

    def values(self) -> dict[str, str]:
        """The build arguments that FROM can use."""
        return dict(_assignments(self._file.head, self._arguments))

    def base(self, stage: Stage) -> str:
        """The image below the stage, its arguments put in; for a stage on a stage the image below that."""
        lowest = self._file.lineage(stage)[-1]
        return substituted(lowest.base, self.values())

    def files(self, stage: Stage) -> ImageFiles:
        """The file system of a stage."""
        if stage.line not in self._done:
            self._done[stage.line] = ImageFiles()  # a stage that copies from itself finds nothing
            self._done[stage.line] = self._read(stage)
        return self._done[stage.line]

    def _read(self, stage: Stage) -> ImageFiles:
        state = _Building(self.base(stage), self.values())
        for instruction in self._file.executed(stage):
            words = [substituted(w, state.values) for w in instruction.words]
            state.values.update(_assignments([instruction], self._arguments, state.values))
            match instruction.name:
                case "WORKDIR":
                    state.workdir = posixpath.normpath(posixpath.join(state.workdir, " ".join(words)))
                case "COPY" | "ADD":
                    self._copied(instruction, words, state)
                case "RUN":
                    self._ran(instruction, state)
        return state.done(self._context)

    def _ran(self, instruction: Instruction, state: _Building) -> None:
        mounted = []
        for mount in instruction.mounts:
            given = dict(v.partition("=")[::2] for v in mount.split(","))
            stage = self._file.source(given.get("from", "")) if "from" in given else None
            state.runs += self.files(stage).runs if stage else ()
            if given.get("type", "bind") == "bind" and "from" not in given:
                source = given.get("source") or given.get("src") or "."
                target = given.get("target") or given.get("dst") or given.get("destination") or "."
                place = posixpath.normpath(posixpath.join(state.workdir, target))
                mounted += [(path, place) for path in self._context.matches(source)]
        state.runs.append(Run(instruction, state.done(self._context, mounted)))

    def _copied(self, instruction: Instruction, words: list[str], state: _Building) -> None:
        words = [w for w in words if not w.startswith("<<")] if instruction.heredocs else words
        if not words or (len(words) < 2 and not instruction.heredocs):
            return
        *sources, target = words
        if "from" not in instruction.flags:
            self.sources[instruction.line] = (instruction, tuple(sources))
        destination = posixpath.normpath(posixpath.join(state.workdir, target))
        is_folder = target.endswith(("/", "/.")) or target == "." or destination in state.folders() or len(sources) > 1
        for name, body in instruction.heredocs:
            state.written[posixpath.join(destination, name) if is_folder else destination] = body
        for source in sources:
            if "from" in instruction.flags:
                self._from_stage(instruction.flags["from"], source, destination, is_folder, state)
            else:
                state.copies += self._from_context(source, destination, is_folder, "parents" in instruction.flags)

    def _from_context(self, source: str, destination: str, is_folder: bool, parents: bool) -> Iterator[tuple[str, str]]:
        found = self._context.matches(source)
        for path in found:
            name = posixpath.relpath(path, self._context.folder or ".") if parents else posixpath.basename(path)
            into = is_folder or (len(found) > 1 and has_wildcard(source))
            is_file = path in self._context.files
            yield path, posixpath.join(destination, name) if parents or (into and is_file) else destination

    def _from_stage(self, name: str, source: str, destination: str, is_folder: bool, state: _Building) -> None:
        """A copy from another stage of the same file, followed back to the build context."""
        stage = self._file.source(name)
        if stage is None:
            return
        below, path = self.files(stage), posixpath.normpath("/" + source.lstrip("/"))
        into = posixpath.join(destination, posixpath.basename(path)) if is_folder else destination
        for origin, place in below.copies:
            if found := _moved(origin, place, path, destination):
                is_file = found[0] in self._context.files and found[1] == destination
                state.copies.append((found[0], into) if is_file else found)
        for place, text in below.written.items():
            if place == path or place.startswith(path.rstrip("/") + "/"):
                state.written[into if place == path else destination + place[len(path.rstrip("/")) :]] = text
        state.runs += below.runs


def _moved(origin: str, place: str, path: str, destination: str) -> tuple[str, str] | None:
    """Where a copy that stands at `place` lies after `path` is copied to `destination`; None where it is no part."""
    if path == place:
        return origin, destination
    if place == "/" or path.startswith(place + "/"):
        rest = path[len(place.rstrip("/")) + 1 :]
        return posixpath.normpath(posixpath.join(origin, rest)), destination
    if path == "/" or place.startswith(path + "/"):
        return origin, posixpath.join(destination, place[len(path.rstrip("/")) + 1 :])
    return None


def _assignments(
    instructions: Iterable[Instruction], arguments: Mapping[str, str], known: Mapping[str, str] | None = None
) -> Iterator[tuple[str, str]]:
    """The values that ENV and ARG give; an ARG takes what the build is given."""
    values = dict(known or {})
    for instruction in instructions:
        if instruction.name not in ("ENV", "ARG"):
            continue
        for name, value in _pairs(instruction):
            given = arguments.get(name) if instruction.name == "ARG" else None
            if given is None and value is None:
                continue
            values[name] = given if given is not None else substituted(value or "", values)
            yield name, values[name]


def _pairs(instruction: Instruction) -> list[tuple[str, str | None]]:
    """The names that an ENV or ARG sets; None for an ARG without a default."""
    words = instruction.words
    pairs: list[tuple[str, str | None]] = [(w.partition("=")[0], w.partition("=")[2]) for w in words if "=" in w]
    if instruction.name == "ENV" and words and "=" not in words[0]:
        return [(words[0], " ".join(words[1:]))]
    return pairs + ([(w, None) for w in words if "=" not in w] if instruction.name == "ARG" else [])


def substituted(text: str, values: Mapping[str, str]) -> str:
    """The text with `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}` put in; what is not known stays."""
    return _VARIABLE.sub(lambda found: _value(found, values), text)


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    name, operator, other = found.group(1) or found.group(4), found.group(2) or "", found.group(3) or ""
    value = values.get(name)
    if operator.endswith("+"):
        return other if value is not None else ""
    if operator.endswith("-") and not value:
        return other
    return found.group() if value is None else value
