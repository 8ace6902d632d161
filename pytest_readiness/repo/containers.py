"""Dockerfiles as stages of instructions, and which code of the repository a container's command starts."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pytest_readiness.repo.data_files import lines_of

_ESCAPE = re.compile(r"^#\s*escape\s*=\s*([\\`])\s*$", re.IGNORECASE)
_HEREDOC = re.compile(r"<<(-?)\s*(['\"]?)([A-Za-z0-9_.]+)\2")
_TAKES_HEREDOC = frozenset({"RUN", "COPY", "ADD"})
_FLAG = re.compile(r"^--([a-z-]+)(?:=(\S*))?\s+")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)(?::-[^}]*)?\}?")
_SOURCE_LIMIT = 1_000_000


@dataclass(frozen=True)
class Instruction:
    """One instruction: `COPY --from=build a b` is name COPY, flags {"from": "build"}, value `a b`."""

    name: str
    value: str
    line: int
    flags: dict[str, str] = field(default_factory=dict)
    heredoc: str = ""
    """The body of a here-document, data of the instruction."""

    @property
    def words(self) -> list[str]:
        """The arguments: of the JSON form as they are, else split as a shell would."""
        return json_form(self.value) or split(self.value)

    @property
    def is_json(self) -> bool:
        """Whether the arguments are given as a JSON array (no shell runs)."""
        return json_form(self.value) is not None


@dataclass(frozen=True)
class Stage:
    """One FROM and what follows it."""

    base: str
    name: str
    line: int
    instructions: tuple[Instruction, ...]

    def last(self, name: str) -> Instruction | None:
        """The last instruction of that name: the one that counts for CMD, ENTRYPOINT, USER."""
        return next((i for i in reversed(self.instructions) if i.name == name), None)

    def named(self, *names: str) -> list[Instruction]:
        return [i for i in self.instructions if i.name in names]


@dataclass(frozen=True)
class Dockerfile:
    """A Dockerfile's stages; instructions before the first FROM (ARG) are in `head`."""

    path: str
    head: tuple[Instruction, ...]
    stages: tuple[Stage, ...]

    @property
    def folder(self) -> str:
        return posixpath.dirname(self.path)

    def stage(self, target: str | None = None) -> Stage | None:
        """The stage of that name or number, else the last one; None in a file without FROM."""
        for number, stage in enumerate(self.stages):
            if target is not None and target in (stage.name, str(number)):
                return stage
        return self.stages[-1] if self.stages else None

    def lineage(self, stage: Stage) -> list[Stage]:
        """The stage, then the stages of this file that it builds on."""
        found = [stage]
        while (below := next((s for s in self.stages if s.name and s.name == found[-1].base), None)) is not None:
            if below in found:
                break
            found.append(below)
        return found

    def inherited(self, stage: Stage, name: str) -> Instruction | None:
        """The instruction of that name that counts: the stage's own last one, else that of a stage it builds on."""
        return next((i for s in self.lineage(stage) if (i := s.last(name))), None)


def is_dockerfile(path: str) -> bool:
    """`Dockerfile`, `Dockerfile.prod`, `api.Dockerfile`, `Containerfile`."""
    name = path.rsplit("/", 1)[-1].lower()
    if name.endswith((".dockerignore", ".md", ".py", ".sh")):
        return False
    return name.split(".")[0] in ("dockerfile", "containerfile") or name.endswith((".dockerfile", "-dockerfile"))


def dockerfile(path: str, text: str) -> Dockerfile:
    """The parsed file; whatever is no instruction is left out."""
    head: list[Instruction] = []
    stages: list[tuple[Instruction, list[Instruction]]] = []
    for instruction in _instructions(text[:_SOURCE_LIMIT]):
        if instruction.name == "FROM":
            stages.append((instruction, []))
        elif stages:
            stages[-1][1].append(instruction)
        else:
            head.append(instruction)
    return Dockerfile(path, tuple(head), tuple(_stage(f, body) for f, body in stages))


def _stage(first: Instruction, body: list[Instruction]) -> Stage:
    words = first.value.split()
    is_named = len(words) >= 3 and words[1].lower() == "as"
    return Stage(words[0] if words else "", words[2].lower() if is_named else "", first.line, tuple(body))


def _instructions(text: str) -> Iterator[Instruction]:
    lines = lines_of(text)
    escape = _escape(lines)
    number = 0
    while number < len(lines):
        start = number
        logical, number = _logical_line(lines, number, escape)
        name, _, rest = logical.strip().partition(" ")
        if not name or name.startswith("#"):
            continue
        heredocs: list[str] = []
        if name.upper() in _TAKES_HEREDOC:
            for dash, _quote, word in _HEREDOC.findall(rest):
                body, number = _heredoc(lines, number, word, bool(dash))
                heredocs.append(body)
        flags, value = _flags(rest.strip())
        yield Instruction(name.upper(), value, start + 1, flags, "\n".join(heredocs))


def _escape(lines: list[str]) -> str:
    """The escape character that a parser directive at the top sets."""
    for line in lines:
        if not line.startswith("#"):
            break
        if found := _ESCAPE.match(line.strip()):
            return found.group(1)
    return "\\"


def _logical_line(lines: list[str], number: int, escape: str) -> tuple[str, int]:
    """The joined line that starts here, and the number of the next; comments and blank lines between are dropped."""
    parts: list[str] = []
    while number < len(lines):
        line = lines[number].rstrip()
        number += 1
        if parts and (not line.strip() or line.lstrip().startswith("#")):
            continue
        if not line.endswith(escape) or line.lstrip().startswith("#"):
            parts.append(line.strip())
            break
        parts.append(line[:-1].strip())
    return " ".join(parts).replace("\t", " "), number


def _heredoc(lines: list[str], number: int, word: str, dash: bool) -> tuple[str, int]:
    body = []
    while number < len(lines):
        line = lines[number].lstrip("\t") if dash else lines[number]
        number += 1
        if line == word:
            break
        body.append(line)
    return "\n".join(body), number


def _flags(rest: str) -> tuple[dict[str, str], str]:
    flags = {}
    while found := _FLAG.match(rest):
        flags[found.group(1)] = found.group(2) or ""
        rest = rest[found.end() :]
    return flags, rest


def json_form(value: str) -> list[str] | None:
    """The words of a JSON array of texts, else None."""
    if not value.lstrip().startswith("["):
        return None
    try:
        words = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return words if isinstance(words, list) and all(isinstance(w, str) for w in words) else None


def split(command: str) -> list[str]:
    """The words of a shell command; split at blanks where its quotes do not match."""
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return command.split()


@dataclass(frozen=True)
class Target:
    """What a command starts: a Python file, or a dotted module, and the object in it that a server serves."""

    file: str = ""
    module: str = ""
    attribute: str = ""


_WRAPPERS = frozenset(
    {
        "exec", "env", "poetry", "uv", "pipenv", "pdm", "hatch", "run", "tini", "dumb-init", "gosu", "su-exec", "nice",
        "nohup", "sudo", "time", "--", "-g", "opentelemetry-instrument", "ddtrace-run", "newrelic-admin", "run-program",
        "xvfb-run", "doppler", "aws-vault", "chamber", "catchsegv", "watchmedo", "auto-restart", "debugpy", "coverage",
    }
)  # fmt: skip
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_SERVERS = frozenset({"uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "waitress-serve", "uwsgi", "fastapi"})
_FILE_RUNNERS = frozenset({"streamlit", "chainlit", "gradio", "fastmcp", "taskiq", "faststream", "litestar", "sanic"})
_PYTHON = re.compile(r"^(?:.*/)?(?:python|pypy)[0-9.]*$")
_ASSIGNMENT = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*=")
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&"})
_DOTTED = re.compile(r"^[A-Za-z_][\w.]*$")
_SERVED = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(.*\))?$")


def targets(words: Sequence[str], depth: int = 3) -> Iterator[Target]:
    """What the command line starts, every part of `a && b` and of `sh -c "..."` looked at."""
    for part in _parts(words):
        name = part[0].rsplit("/", 1)[-1]
        if name in _SHELLS and depth:
            yield from _shell(part[1:], depth)
        elif _PYTHON.match(part[0]):
            yield from _python(part[1:], depth)
        elif name in _SERVERS or name in _FILE_RUNNERS or name in ("celery", "flask", "dramatiq", "arq", "rq"):
            yield from _server(name, part[1:])
        elif part[0].endswith((".py", ".sh")):
            yield Target(file=part[0])


def _parts(words: Sequence[str]) -> Iterator[list[str]]:
    """The simple commands of a line, without wrappers and environment assignments before them."""
    part: list[str] = []
    for word in [*words, ";"]:
        ends = word in _SEPARATORS or word.endswith(";")
        if not ends or (word.endswith(";") and word != ";"):
            part.append(word.rstrip(";"))
        if ends:
            while part and (part[0] in _WRAPPERS or _ASSIGNMENT.match(part[0])):
                part.pop(0)
            if part:
                yield part
            part = []


def _shell(words: list[str], depth: int) -> Iterator[Target]:
    for index, word in enumerate(words):
        if word.startswith("-") and word.endswith("c") and not word.startswith("--"):
            script = " ".join(words[index + 1 : index + 2])
            yield from targets(split(script), depth - 1)
            return
        if not word.startswith("-"):
            yield Target(file=word)
            return


def _python(words: list[str], depth: int) -> Iterator[Target]:
    index = 0
    while index < len(words) and words[index].startswith("-"):
        if words[index] == "-m" and index + 1 < len(words):
            module = words[index + 1]
            if module.split(".")[0] in _SERVERS | _FILE_RUNNERS | _WRAPPERS | {"celery", "flask", "dramatiq"}:
                yield from targets(words[index + 1 :], depth - 1) if depth else ()
            else:
                yield Target(module=module)
            return
        if words[index] == "-c":
            return
        index += 2 if words[index] in ("-W", "-X") else 1
    if index < len(words):
        yield Target(file=words[index])


def _server(name: str, words: list[str]) -> Iterator[Target]:
    """The object that a server is told to serve: `module:attribute`, `-A module`, or a file."""
    for index, word in enumerate(words):
        value = word.partition("=")[2] if word.startswith("--") and "=" in word else word
        if _SERVED.match(value):
            module, _, attribute = value.partition(":")
            yield Target(module=module, attribute=attribute.partition("(")[0])
            return
        if value.endswith(".py"):
            yield Target(file=value)
            return
        before = words[index - 1] if index else ""
        if name in ("celery", "flask") and before in ("-A", "--app") and _DOTTED.match(value):
            yield Target(module=value)
            return
    if name in ("gunicorn", "dramatiq", "uwsgi", "arq"):
        yield from _last_dotted(words)


def _last_dotted(words: list[str]) -> Iterator[Target]:
    """`gunicorn package.module`, `arq worker.Settings`: the first word that is no option and no option's value."""
    previous = ""
    for word in words:
        if _DOTTED.match(word) and not previous.startswith("-"):
            yield Target(module=word)
            return
        previous = word


@dataclass(frozen=True)
class ImageFiles:
    """Where files of an image come from: its working folder and the copies of the build context."""

    workdir: str
    copies: tuple[tuple[str, str], ...]
    """Source in the repository ("" is the root), destination in the image; later ones win."""

    def candidates(self, path: str) -> Iterator[str]:
        """Repository paths that the image's path may be a copy of, most likely first."""
        inside = posixpath.normpath(posixpath.join(self.workdir, path))
        for source, destination in reversed(self.copies):
            if inside == destination:
                yield source
            elif destination == "/" or inside.startswith(destination + "/"):
                rest = inside[len(destination.rstrip("/")) + 1 :]
                yield posixpath.normpath(posixpath.join(source, rest))


class ImageReader:
    """Reads where the files of a Dockerfile's images come from. `folders` are all folders of the repository."""

    def __init__(self, file: Dockerfile, context: str, folders: frozenset[str]) -> None:
        self._file, self._context, self._folders = file, context, folders
        self._done: dict[int, ImageFiles] = {}

    def files(self, stage: Stage) -> ImageFiles:
        """The working folder and copies of a stage, those of the stages below it first."""
        if stage.line not in self._done:
            self._done[stage.line] = ImageFiles("/", ())  # a stage that copies from itself finds nothing
            self._done[stage.line] = self._read(stage)
        return self._done[stage.line]

    def _read(self, stage: Stage) -> ImageFiles:
        workdir, copies = "/", []
        values = dict(_assignments(self._file.head))
        for instruction in (i for below in reversed(self._file.lineage(stage)) for i in below.instructions):
            words = [_substituted(w, values) for w in instruction.words]
            values.update(_assignments([instruction]))
            if instruction.name == "WORKDIR":
                workdir = posixpath.normpath(posixpath.join(workdir, " ".join(words)))
            elif instruction.name in ("COPY", "ADD") and "from" in instruction.flags:
                copies += self._from_stage(instruction, words, workdir)
            elif instruction.name in ("COPY", "ADD"):
                copies += self._from_context(words, workdir)
        return ImageFiles(workdir, tuple(copies))

    def _from_context(self, words: list[str], workdir: str) -> list[tuple[str, str]]:
        if len(words) < 2:
            return []
        *sources, target = words
        destination = posixpath.normpath(posixpath.join(workdir, target))
        into_folder = target.endswith(("/", ".")) or len(sources) > 1
        found = []
        for source in sources:
            path = posixpath.normpath(posixpath.join(self._context, source.lstrip("/"))).removesuffix("/*")
            path = "" if path == "." else path
            is_file = path not in self._folders and path != ""
            name = posixpath.basename(path)
            found.append((path, posixpath.join(destination, name) if into_folder and is_file else destination))
        return found

    def _from_stage(self, instruction: Instruction, words: list[str], workdir: str) -> list[tuple[str, str]]:
        """A copy from another stage of the same file, followed back to the build context."""
        wanted = instruction.flags["from"].lower()
        source = next((s for s in self._file.stages if s.name and s.name == wanted), None)
        if source is None or len(words) != 2:
            return []
        destination = posixpath.normpath(posixpath.join(workdir, words[1]))
        return [(path, destination) for path in self.files(source).candidates(words[0])][:1]


def _assignments(instructions: Iterable[Instruction]) -> Iterator[tuple[str, str]]:
    """The values that ENV and ARG give."""
    for instruction in instructions:
        if instruction.name not in ("ENV", "ARG"):
            continue
        words = instruction.words
        pairs = [w.partition("=") for w in words if "=" in w]
        if not pairs and instruction.name == "ENV" and len(words) >= 2:
            yield words[0], " ".join(words[1:])
        yield from ((name, value) for name, _, value in pairs)


def _substituted(word: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values.get(found.group(1), found.group()), word)
