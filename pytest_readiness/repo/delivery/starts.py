"""What containers start: the command of an image or of what overrides it, followed to files of the repository."""

from __future__ import annotations

import fnmatch
import posixpath
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pytest_readiness.repo.command_lines import Command, Target, folder_after, shell_words, simple_commands, targets
from pytest_readiness.repo.data_files import lines_of
from pytest_readiness.repo.dependencies import table_of, toml_of
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_builds import Build, Builds
from pytest_readiness.repo.image_files import ImageFiles, Run
from pytest_readiness.repo.modules import Site

SCRIPT_LINES = 400
"""Most lines of a script in an image that are looked at."""
DEPTH = 4
"""Most scripts that start each other that are followed."""
_LAMBDA_HANDLER = re.compile(r"^[A-Za-z_][\w./]*\.[A-Za-z_]\w*$")
_REST = re.compile(r"\"?\$(@|\*|\{@\})\"?")
_POSITIONAL = re.compile(r"\$(?=[1-9{])\{?([1-9])(?::?-([^}]*))?\}?")
_PROGRAM_LINE = re.compile(r"^\s*command\s*=\s*(.+)$")
_PROCFILE_LINE = re.compile(r"^[A-Za-z0-9_-]+:\s*(.+)$")
_INSTALLS_PROJECT = re.compile(
    r"\b(pip3?\s+install\b[^&|;]*\s(\.{1,2}(/\S*)?|/\S+|\$\{?\w+\}?)(\[[^\]]*\])?[\"']?(\s|$)|pip3?\s+install\b[^&|;]*\.whl|"
    r"uv\s+sync\b(?![^&|;]*--no-install-project)|poetry\s+install\b(?![^&|;]*--no-root)|pdm\s+(sync|install)\b|"
    r"setup\.py\s+install|python3?\s+-m\s+build\b|(poetry|uv|hatch)\s+build\b)"
)
_PROGRAMS = ("/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/bin", "/usr/sbin", "/sbin")
_WSGI_APP = re.compile(r"""^wsgi_app\s*=\s*["']([\w.]+):([\w.]+)""", re.MULTILINE)
_LAYOUTS = ("", "src/", "lib/", "python/")
"""Where a project keeps its packages, relative to pyproject.toml."""


@dataclass(frozen=True)
class Mounts:
    """What a container adds to its image: mounted folders of the repository, another working folder, variables."""

    copies: tuple[tuple[str, str], ...] = ()
    workdir: str = ""
    environment: tuple[tuple[str, str], ...] = ()

    def on(self, image: ImageFiles) -> ImageFiles:
        """The files of the image with the mounts over them."""
        workdir = image.inside(self.workdir) if self.workdir else image.workdir
        environment = {**image.environment, **dict(self.environment)}
        return replace(image, workdir=workdir, copies=(*image.copies, *self.copies), environment=environment)


NO_MOUNTS = Mounts()


@dataclass(frozen=True)
class Started:
    """Something that a command starts. `path` is the repository's file; None where the image holds none of it."""

    target: Target
    path: str | None

    @property
    def name(self) -> str:
        return self.target.file or self.target.module


@dataclass(frozen=True, eq=False)
class Container:
    """A container that runs an image of the repository, by the image's own command or by one that overrides it."""

    build: Build
    place: Site
    """The line of the command."""
    words: tuple[str, ...]
    started: tuple[Started, ...]
    programs: tuple[str, ...] = ()
    """The programs that it runs, servers by their names."""
    service: str = ""
    """What overrides the command: the compose service, the pod, the task; "" for the image itself."""

    @property
    def paths(self) -> list[str]:
        """The repository's files that it starts."""
        return [s.path for s in self.started if s.path is not None]


class Starter:
    """Follows commands to files of the repository, through the files of the image."""

    def __init__(self, files: Files, builds: Builds) -> None:
        self._files, self._builds = files, builds
        self._paths = files.path_set | files.not_checked_out

    def container(
        self, build: Build, words: Sequence[str], place: Site, service: str = "", mounts: Mounts = NO_MOUNTS
    ) -> Container:
        """The container that runs the command in the build's image."""
        image = mounts.on(self._builds.image(build))
        given = tuple(image.substituted(w) for w in words)
        commands = list(self._commands(list(given), image))
        started = [s for c in commands for s in self._started(c, image, self._is_lambda(build))]
        programs = dict.fromkeys(c.program for c in commands)
        return Container(build, place, given, tuple(dict.fromkeys(started)), tuple(programs), service)

    def own(self, build: Build) -> Container | None:
        """The container that runs the image as it is; None where it has no command."""
        file, stage = self._builds.dockerfiles.get(build.dockerfile), self._builds.stage(build)
        if file is None or stage is None:
            return None
        entry, command = file.inherited(stage, "ENTRYPOINT"), file.inherited(stage, "CMD")
        last = command or entry
        if last is None:
            return None
        ignored = entry is not None and not entry.is_json
        words = [*(entry.words if entry else []), *(command.words if command and not ignored else [])]
        place = entry if entry and (ignored or command is None) else last
        return self.container(build, words, Site(file.path, place.line, f"{place.name} {place.value}"))

    def entrypoint(self, build: Build) -> list[str]:
        """The words of the image's ENTRYPOINT."""
        file, stage = self._builds.dockerfiles.get(build.dockerfile), self._builds.stage(build)
        found = file.inherited(stage, "ENTRYPOINT") if file and stage else None
        return found.words if found else []

    def command(self, build: Build) -> list[str]:
        """The words of the image's CMD."""
        file, stage = self._builds.dockerfiles.get(build.dockerfile), self._builds.stage(build)
        found = file.inherited(stage, "CMD") if file and stage else None
        return found.words if found else []

    def _is_lambda(self, build: Build) -> bool:
        """Whether the image's CMD names a handler."""
        reader, stage = self._builds.reader(build), self._builds.stage(build)
        base = reader.base(stage) if reader and stage else ""
        return "lambda/python" in base or "awslambdaric" in self.entrypoint(build)

    def _commands(self, words: list[str], image: ImageFiles, depth: int = DEPTH) -> Iterator[Command]:
        """The simple commands of a line, those of the scripts that it runs and of process managers put in."""
        for command in simple_commands(words):
            script = self._script(command, image) if depth else None
            if script is None:
                yield command
                continue
            folder = command.folder
            for line in script:
                words_of_line = shell_words(image.substituted(line))
                for inner in self._commands(words_of_line, image, depth - 1):
                    yield Command(inner.words, posixpath.join(folder, inner.folder))
                folder = posixpath.join(folder, folder_after(words_of_line))

    def _script(self, command: Command, image: ImageFiles) -> list[str] | None:
        """The lines that the command runs where it is a shell script or a process manager with a file of its own."""
        words = list(command.words)
        if command.name == "supervisord":
            return self._matches(image, words, _PROGRAM_LINE, ("-c", "--configuration"), "/etc/supervisord.conf")
        if command.name in ("honcho", "foreman") or command.program == "honcho":
            return self._matches(image, words, _PROCFILE_LINE, ("-f", "--procfile"), "Procfile")
        found = next((t for t in targets(words) if t.file and not t.file.endswith(".py")), None)
        if found is None and "/" in words[0] and not command.program.startswith("python"):
            found = Target(file=words[0], arguments=tuple(words[1:]))
        text = self._text(image, posixpath.join(command.folder, found.file)) if found else None
        if text is None or found is None or "\0" in text:
            return None
        arguments = dict(enumerate(found.arguments, start=1))
        lines = [_REST.sub(lambda _: " ".join(found.arguments), line) for line in _logical(text)]
        return [_POSITIONAL.sub(lambda m: arguments.get(int(m.group(1)), m.group(2) or m.group()), x) for x in lines]

    def _matches(
        self, image: ImageFiles, words: list[str], line: re.Pattern[str], options: tuple[str, ...], default: str
    ) -> list[str] | None:
        named = next((words[i + 1] for i, w in enumerate(words[:-1]) if w in options), default)
        text = self._text(image, named)
        found = (line.match(row) for row in lines_of(text or "")[:SCRIPT_LINES])
        return None if text is None else [m.group(1) for m in found if m]

    def _text(self, image: ImageFiles, path: str) -> str | None:
        """The text of a file of the image."""
        written = image.written.get(image.inside(path))
        return written if written is not None else self._read(self.found(image, path))

    def _read(self, path: str | None) -> str | None:
        return self._files.text(path) if path else None

    def found(self, image: ImageFiles, path: str) -> str | None:
        """The repository's file at the path in the image."""
        return next((c for c in image.candidates(path) if c in self._paths), None)

    def _started(self, command: Command, image: ImageFiles, is_lambda: bool) -> Iterator[Started]:
        found = list(targets(command.words))
        if command.program == "gunicorn" and not found:
            found = list(self._configured(command, image))
        handler = _LAMBDA_HANDLER.match(command.words[-1]) if is_lambda and not found else None
        if handler:
            module, _, attribute = command.words[-1].rpartition(".")
            found = [Target(module=module.replace("/", "."), attribute=attribute)]
        for target in self._likeliest(found, command, image):
            folders = [posixpath.join(command.folder, f) for f in ("", *target.folders)]
            path = self._file(target, folders, image) if target.file else self._module(target.module, folders, image)
            yield Started(target, path)
        if not found and (script := self._console_script(command.name, image)):
            module, _, attribute = script.partition(":")
            yield Started(Target(module=module, attribute=attribute), self._module(module, [command.folder], image))

    def _configured(self, command: Command, image: ImageFiles) -> Iterator[Target]:
        """The application that gunicorn's configuration names."""
        words = command.words
        named = next((words[i + 1] for i, w in enumerate(words[:-1]) if w in ("-c", "--config")), "gunicorn.conf.py")
        text = self._text(image, posixpath.join(command.folder, named.removeprefix("file:")))
        if text is not None and (served := _WSGI_APP.search(text)):
            yield Target(module=served.group(1), attribute=served.group(2), program="gunicorn")

    def _likeliest(self, found: list[Target], command: Command, image: ImageFiles) -> list[Target]:
        """Of several files that a server looks for, the first that is there."""
        if len(found) < 2 or not all(t.file for t in found):
            return found
        there = (t for t in found if self.found(image, posixpath.join(command.folder, t.file)))
        return [next(there, found[0])]

    def _file(self, target: Target, folders: Sequence[str], image: ImageFiles) -> str | None:
        places = [posixpath.join(f, target.file) for f in folders]
        if "/" not in target.file:
            places += [f"{f}/{target.file}" for f in (*image.environment.get("PATH", "").split(":"), *_PROGRAMS)]
        return next((p for place in places if (p := self.found(image, place))), None)

    def _module(self, module: str, folders: Sequence[str], image: ImageFiles) -> str | None:
        """The file of a module that Python finds in the folders, in PYTHONPATH, or in an installed project."""
        stem = module.replace(".", "/")
        names = [f"{stem}.py", f"{stem}/__main__.py", f"{stem}/__init__.py", f"{stem}/celery.py"]
        path = [p for p in image.environment.get("PYTHONPATH", "").split(":") if p.startswith("/")]
        for folder in [*(image.inside(f) for f in folders), *path]:
            for name in names:
                if (found := self.found(image, posixpath.join(folder, name))) is not None:
                    return found
        return next((p for r in image.runs for n in names if (p := self._installed(r, n, image))), None)

    def _installed(self, run: Run, name: str, image: ImageFiles) -> str | None:
        """The file of a package of a project that the RUN installs."""
        if not _INSTALLS_PROJECT.search(run.text):
            return None
        for place, _ in self.projects(run):
            for layout in _LAYOUTS:
                path = posixpath.join(place, layout + name)
                found = self.found(run.files, path) or self.found(image, path)
                if found is not None:
                    return found
        return None

    def projects(self, run: Run) -> Iterator[tuple[str, str]]:
        """The projects that the RUN may install: their folder in the image, and their file in the repository."""
        named = [w.strip("\"'").partition("[")[0] for w in shell_words(run.text) if w.startswith((".", "/"))]
        for place in dict.fromkeys(run.files.inside(n) for n in (".", *named)):
            for file in ("pyproject.toml", "setup.py", "setup.cfg"):
                if (path := self.found(run.files, posixpath.join(place, file))) is not None:
                    yield place, path
                    yield from self._members(place, path)

    def _members(self, place: str, path: str) -> Iterator[tuple[str, str]]:
        """The projects of a workspace."""
        declared = table_of(toml_of(self._files.text(path) or ""), "tool", "uv", "workspace").get("members")
        folder = posixpath.dirname(path)
        for member in declared if isinstance(declared, list) else ():
            pattern = posixpath.normpath(posixpath.join(folder, str(member), "pyproject.toml"))
            for found in fnmatch.filter(sorted(self._paths), pattern):
                yield posixpath.join(place, posixpath.relpath(posixpath.dirname(found), folder or ".")), found

    def _console_script(self, name: str, image: ImageFiles) -> str:
        """`package.module:function` that an installed project's script of that name runs."""
        for run in image.runs:
            for _, file in self.projects(run) if _INSTALLS_PROJECT.search(run.text) else ():
                if value := _scripts(self._files.text(file) or "").get(name):
                    return value
        return ""


def is_standard(module: str) -> bool:
    """Whether the module is one of Python's own."""
    return module.partition(".")[0] in sys.stdlib_module_names


def _logical(text: str) -> list[str]:
    """The lines of a script, continued ones joined, comments left out."""
    joined = text.replace("\\\r\n", " ").replace("\\\n", " ")
    return [line for line in lines_of(joined)[:SCRIPT_LINES] if not line.lstrip().startswith("#")]


def _scripts(text: str) -> dict[str, str]:
    data = toml_of(text)
    tables = [table_of(data, "project", "scripts"), table_of(data, "tool", "poetry", "scripts")]
    return {k: v for t in tables for k, v in t.items() if isinstance(v, str)}
