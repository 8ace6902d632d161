"""How images are built: by compose files, by `docker build` in Makefiles, scripts and pipelines, else by convention."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.build_context import BuildContext, context_of
from pytest_readiness.repo.command_lines import shell_words
from pytest_readiness.repo.containers import Dockerfile, Stage, dockerfile, is_dockerfile
from pytest_readiness.repo.data_files import DataFiles, Datum, lines_of
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_files import ImageFiles, ImageReader, substituted
from pytest_readiness.repo.infra_kubernetes import is_compose, services
from pytest_readiness.repo.modules import Site

_PIPELINES = re.compile(
    r"(^|/)(\.github/(workflows|actions)/.*|\.circleci/.*|\.gitlab-ci|\.gitlab/.*|azure-pipelines.*|bitbucket-pipelines"
    r"|buildspec[^/]*|cloudbuild[^/]*|\.drone|\.travis|[Tt]askfile|skaffold|\.buildkite/.*|\.woodpecker.*)\.ya?ml$"
)
_SCRIPTS = re.compile(r"(^|/)(GNUmakefile|[Mm]akefile|[^/]*\.mk|[^/]*\.sh|[Jj]ustfile|Jenkinsfile|Earthfile)$")
_ASSIGNMENT = re.compile(r"^\s*(?:export\s+|local\s+)?([A-Za-z_]\w*)\s*(?:[:?+]?=)\s*(.*?)\s*$")
_MAKE_VARIABLE = re.compile(r"\$\(([A-Za-z_]\w*)\)")
_VALUED = frozenset(
    {
        "-f", "--file", "-t", "--tag", "--target", "--build-arg", "--build-context", "--platform", "--cache-from",
        "--cache-to", "--label", "--network", "-o", "--output", "--progress", "--secret", "--ssh", "--builder",
        "--iidfile", "--metadata-file", "--add-host", "-m", "--memory", "--shm-size", "--cpuset-cpus", "--isolation",
        "--attest", "--sbom", "--provenance", "--allow", "--annotation", "--ulimit", "--layers", "--format",
    }
)  # fmt: skip
_BUILDERS = frozenset({"docker", "podman", "nerdctl", "buildah", "sudo"})
SCRIPT_LIMIT = 200_000
"""Characters; a longer script is not read for builds."""


@dataclass(frozen=True)
class Build:
    """One way in which an image is built."""

    dockerfile: str
    context: str
    """Repo-relative folder, "" for the root."""
    target: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    """Build arguments, name and value."""
    tags: tuple[str, ...] = ()
    """What the image is called."""
    contexts: tuple[str, ...] = ()
    """Names of further contexts, which FROM and --from may name."""
    place: Site | None = None
    """What says so; None where it follows from where the Dockerfile lies."""

    @property
    def command(self) -> str:
        """A command that makes this build."""
        target = f" --target {self.target}" if self.target else ""
        arguments = "".join(f" --build-arg {n}={v}" for n, v in self.arguments)
        return f"docker build -f {self.dockerfile}{target}{arguments} {self.context or '.'}"


class Builds:
    """The Dockerfiles and compose files of the repository, and how images are built from them."""

    def __init__(self, files: Files, data: DataFiles) -> None:
        self._files, self._data = files, data
        self._contexts: dict[tuple[str, str], BuildContext] = {}
        self._images: dict[Build, ImageFiles] = {}

    @cached_property
    def dockerfiles(self) -> dict[str, Dockerfile]:
        """Every Dockerfile, by path: files of such a name, and those that a build names."""
        named = [p for p in self._files.paths if is_dockerfile(p)]
        named += [b.dockerfile for b in self.declared if b.dockerfile in self._files.path_set]
        texts = ((p, self._files.text(p)) for p in dict.fromkeys(named))
        return {p: dockerfile(p, t) for p, t in texts if t is not None}

    @cached_property
    def compose(self) -> dict[str, Datum]:
        """Every compose file that parses, by path."""
        found = ((p, self._data.documents(p)) for p in self._files.paths if is_compose(p))
        return {p: d[0] for p, d in found if d}

    @cached_property
    def declared(self) -> tuple[Build, ...]:
        """Builds that compose files and commands declare, whether their Dockerfile exists or not."""
        found = [b for p, d in self.compose.items() for s in services(d).values() if (b := self.of_service(p, s))]
        return tuple(dict.fromkeys([*found, *self._of_commands()]))

    def of(self, file: Dockerfile) -> list[Build]:
        """How the Dockerfile's images are built: what is declared, else one build by convention."""
        found = [b for b in self.declared if b.dockerfile == file.path]
        return found or [Build(file.path, self.default_context(file))]

    def of_service(self, path: str, service: Datum) -> Build | None:
        """How a compose service is built; None where it uses a finished image or one from elsewhere."""
        declared = service.entries.get("build")
        if declared is None:
            return None
        context = self._value(path, declared if declared.text else declared.entries.get("context")) or "."
        if "://" in context or context.startswith("git@"):
            return None
        folder = joined(posixpath.dirname(path), context)
        name = self._value(path, declared.entries.get("dockerfile")) or "Dockerfile"
        arguments = self._pairs(path, declared.entries.get("args"))
        contexts = tuple(n for n, _ in self._pairs(path, declared.entries.get("additional_contexts")))
        image = self._value(path, service.entries.get("image"))
        tags = tuple(t for t in [image, *self._texts(declared.entries.get("tags"))] if t)
        target = self._value(path, declared.entries.get("target")) or None
        return Build(joined(folder, name), folder, target, arguments, tags, contexts, Site(path, declared.line))

    def default_context(self, file: Dockerfile) -> str:
        """The Dockerfile's folder where all that it copies lies there, else the root."""
        own = self.context(file.folder, file.path)
        copies = [i for i in file.instructions if i.name in ("COPY", "ADD") and "from" not in i.flags]
        sources = [w for i in copies for w in i.words[:-1] if "$" not in w and "://" not in w and "<<" not in w]
        return file.folder if all(own.matches(s) for s in sources) else ""

    def context(self, folder: str, path: str) -> BuildContext:
        """The context of a build of that Dockerfile in the folder."""
        if (folder, path) not in self._contexts:
            self._contexts[folder, path] = context_of(self._files, folder, path)
        return self._contexts[folder, path]

    def reader(self, build: Build) -> ImageReader | None:
        """Reads the images of a build; None where it has no Dockerfile."""
        file = self.dockerfiles.get(build.dockerfile)
        return ImageReader(file, self.context(build.context, file.path), dict(build.arguments)) if file else None

    def stage(self, build: Build) -> Stage | None:
        """The stage that the build ends with."""
        file = self.dockerfiles.get(build.dockerfile)
        return file.stage(build.target.lower() if build.target else None) if file else None

    def image(self, build: Build) -> ImageFiles:
        """The files of the image that the build makes."""
        if build not in self._images:
            reader, stage = self.reader(build), self.stage(build)
            self._images[build] = reader.files(stage) if reader and stage else ImageFiles()
        return self._images[build]

    def _value(self, path: str, datum: Datum | None) -> str:
        """A text of a compose file, the defaults of its variables put in, those of an .env file beside it first."""
        if datum is None or isinstance(datum.value, dict | tuple) or datum.value is None:
            return ""
        text = str(datum.value)
        if "$" not in text:
            return text
        known = self._data.documents(joined(posixpath.dirname(path), ".env"))
        values = {n: str(d.value) for n, d in known[0].entries.items()} if known else {}
        return re.sub(r"\$\{?\w+\}?", "", substituted(text, values))

    def _pairs(self, path: str, datum: Datum | None) -> tuple[tuple[str, str], ...]:
        """Names and values, given as a mapping or as a list of NAME=value."""
        if datum is None:
            return ()
        listed = (self._value(path, d).partition("=") for d in datum.elements)
        return tuple((n, self._value(path, d)) for n, d in datum.entries.items()) or tuple((n, v) for n, _, v in listed)

    @staticmethod
    def _texts(datum: Datum | None) -> list[str]:
        return [d.text for d in datum.elements if d.text] if datum else []

    def _of_commands(self) -> Iterator[Build]:
        """What commands and steps of scripts and pipelines build."""
        for path in self._files.paths:
            text = self._files.text(path) if _SCRIPTS.search(path) or _PIPELINES.search(path) else None
            if text is None or len(text) > SCRIPT_LIMIT or "build" not in text:
                continue
            if _PIPELINES.search(path):
                yield from self._of_pipeline(path)
            else:
                yield from self._of_lines(path, "", 1, lines_of(text), _variables(text))

    def _of_pipeline(self, path: str) -> Iterator[Build]:
        """Commands in the texts of a pipeline's YAML, and steps that use an action."""
        for document in self._data.documents(path):
            for _, datum in document.walk():
                yield from self._of_action(datum)
                run = datum.entries.get("run") or datum.entries.get("script")
                folder = _plain(datum.entries.get("working-directory"))
                if run is not None and run.text:
                    yield from self._of_lines(path, folder, run.line, lines_of(run.text), {})
                for text in datum.elements:
                    if text.text and "build" in text.text:
                        yield from self._of_lines(path, "", text.line, lines_of(text.text), {})

    def _of_action(self, datum: Datum) -> Iterator[Build]:
        """`uses: docker/build-push-action` with context, file and tags."""
        uses, given = datum.entries.get("uses"), datum.entries.get("with")
        if uses is None or given is None or "build-push-action" not in str(uses.value):
            return
        folder = joined("", _plain(given.entries.get("context")) or ".")
        file = _plain(given.entries.get("file"))
        name = joined("", file) if file else joined(folder, "Dockerfile")
        arguments = [line.partition("=") for line in _plain(given.entries.get("build-args")).split("\n") if "=" in line]
        tags = re.split(r"[\n,]\s*", _plain(given.entries.get("tags")))
        target = _plain(given.entries.get("target")) or None
        pairs = tuple((n.strip(), v.strip()) for n, _, v in arguments)
        yield Build(name, folder, target, pairs, tuple(filter(None, tags)), (), Site(uses.path, uses.line))

    def _of_lines(
        self, path: str, folder: str, first: int, lines: Sequence[str], variables: dict[str, str]
    ) -> Iterator[Build]:
        """The builds of a script's lines; `cd` holds for a line, in a shell script for the rest."""
        home = current = folder
        for number, line in _logical(lines):
            words = shell_words(substituted(_MAKE_VARIABLE.sub(r"${\1}", line.strip().lstrip("@-+")), variables))
            is_recipe = line.startswith("\t") or not path.endswith(".sh")
            current = home if is_recipe else current
            for part in _commands(words):
                if part[:1] == ["cd"] and len(part) > 1:
                    current = joined(current, part[1])
                elif (build := _build(part, current, Site(path, first + number))) is not None:
                    yield build


def joined(folder: str, name: str) -> str:
    """The repo-relative path of a name in a folder, "" for the root."""
    path = posixpath.normpath(posixpath.join(folder, name))
    return "" if path == "." else path


def _plain(datum: Datum | None) -> str:
    return str(datum.value) if datum is not None and isinstance(datum.value, str) else ""


def _variables(text: str) -> dict[str, str]:
    """Simple assignments of a Makefile or script."""
    found = (_ASSIGNMENT.match(line) for line in lines_of(text))
    return {m[1]: _MAKE_VARIABLE.sub(r"${\1}", m[2]).strip("\"'") for m in found if m}


def _logical(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Lines with what a backslash at their end continues, and the number of their first."""
    start, parts = 0, list[str]()
    for number, line in enumerate(lines):
        start = number if not parts else start
        if line.rstrip().endswith("\\"):
            parts.append(line.rstrip()[:-1])
            continue
        if not line.lstrip().startswith("#"):
            yield start, " ".join([*parts, line])
        parts = []


def _commands(words: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for word in [*words, ";"]:
        if word in ("&&", "||", ";", "|", "&"):
            if part:
                yield part
            part = []
        else:
            part.append(word)


def _build(words: list[str], folder: str, place: Site) -> Build | None:
    """The build that `docker build -f F -t T CONTEXT` makes."""
    while words and words[0] in ("sudo", "exec", "time", "eval"):
        words = words[1:]
    if not words or posixpath.basename(words[0]) not in _BUILDERS:
        return None
    verb = next((i for i, w in enumerate(words) if w in ("build", "bud")), None)
    if verb is None or any(w in ("compose", "run", "exec") for w in words[:verb]):
        return None
    options, context = _options(words[verb + 1 :])
    if context is None or "://" in context or context == "-":
        return None
    base = joined(folder, context)
    named = options.get("-f") or options.get("--file")
    file = joined(folder, named[-1]) if named else joined(base, "Dockerfile")
    pairs = tuple((a.partition("=")[0], a.partition("=")[2]) for a in options.get("--build-arg", ()) if "=" in a)
    contexts = tuple(c.partition("=")[0] for c in options.get("--build-context", ()))
    tags = (*options.get("-t", ()), *options.get("--tag", ()))
    target = options["--target"][-1] if "--target" in options else None
    return Build(file, base, target, pairs, tuple(tags), contexts, place)


def _options(words: Sequence[str]) -> tuple[dict[str, list[str]], str | None]:
    """The values of options, and the last argument that is none: the context."""
    found: dict[str, list[str]] = {}
    context, index = None, 0
    while index < len(words):
        word = words[index]
        name, equals, value = word.partition("=")
        if not word.startswith("-") or word == "-":
            context = None if word.startswith((">", "2>")) else word
        elif equals and name.startswith("--"):
            found.setdefault(name, []).append(value)
        elif word in _VALUED:
            index += 1
            found.setdefault(word, []).append(words[index] if index < len(words) else "")
        index += 1
    return found, context
