"""What a command line starts: Python files and modules, in shells, behind wrappers, under servers."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_WRAPPERS = frozenset(
    {
        "exec", "env", "poetry", "uv", "uvx", "pipenv", "pdm", "hatch", "rye", "run", "tini", "dumb-init", "gosu",
        "su-exec", "nice", "nohup", "sudo", "time", "timeout", "--", "-g", "opentelemetry-instrument", "ddtrace-run",
        "newrelic-admin", "run-program", "xvfb-run", "doppler", "aws-vault", "chamber", "catchsegv", "watchmedo",
        "auto-restart", "debugpy", "coverage", "dotenv", "setpriv", "chroot", "stdbuf", "micromamba", "conda", "mamba",
        "infisical", "op", "then", "do", "else", "!", "command", "tini-static", "catatonit",
    }
)  # fmt: skip
"""Programs that run what follows them, and words of shells that stand before a command."""
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "zsh"})
_SERVERS = frozenset({"uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "waitress-serve", "uwsgi", "fastapi"})
_FILE_RUNNERS = frozenset(
    {"streamlit", "chainlit", "gradio", "fastmcp", "mcp", "taskiq", "faststream", "litestar", "sanic"}
)
_WORKERS = frozenset({"celery", "flask", "dramatiq", "arq", "rq"})
PROGRAMS = _SERVERS | _FILE_RUNNERS | _WORKERS
"""Programs that serve an object of a module."""
_PYTHON = re.compile(r"^(?:.*/)?(?:python|pypy)[0-9.]*$")
_ASSIGNMENT = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*=")
_CASE = re.compile(r"^[^\s()]+\)$")
_SEPARATORS = frozenset({"&&", "||", ";", "|", "&", ";;", "(", ")"})
_SEPARATED = re.compile(r"('[^']*'|\"(?:[^\"\\]|\\.)*\"|\\.|\$\([^()]*\)|\d?>&\d|&>)|(&&|\|\||;;|[;|&])")
_DOTTED = re.compile(r"^[A-Za-z_][\w.]*$")
_SERVED = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(.*\))?$")
_FOLDER_OPTIONS = frozenset({"--app-dir", "--chdir", "--pythonpath", "--python-path", "--workdir", "--working-dir"})
_FASTAPI_FILES = ("main.py", "app.py", "api.py", "app/main.py", "app/app.py", "app/api.py")
"""What `fastapi run` looks for where it is given no file."""


@dataclass(frozen=True)
class Target:
    """What a command starts: a Python file, or a dotted module, and the object in it that a server serves."""

    file: str = ""
    module: str = ""
    attribute: str = ""
    program: str = field(default="", compare=False)
    """The server that runs it, "" for Python itself."""
    folders: tuple[str, ...] = field(default=(), compare=False)
    """Folders that the command changes to or has modules looked up in, relative to the working folder."""
    arguments: tuple[str, ...] = field(default=(), compare=False)
    """What follows the name of a script."""


@dataclass(frozen=True)
class Command:
    """A simple command, without wrappers and environment assignments before it."""

    words: tuple[str, ...]
    folder: str = ""
    """The folder that commands before it changed to, relative to the working folder."""

    @property
    def name(self) -> str:
        return posixpath.basename(self.words[0])

    @property
    def program(self) -> str:
        """The program that runs: `python -m uvicorn` is uvicorn."""
        if _PYTHON.match(self.words[0]):
            index = _after_options(self.words[1:])
            is_module = self.words[1 + index : 2 + index] == ("-m",)
            return self.words[2 + index] if is_module and len(self.words) > 2 + index else "python"
        return self.name


def split(command: str) -> list[str]:
    """The words of a shell command; split at blanks where its quotes do not match."""
    try:
        return shlex.split(command, comments=True)
    except ValueError:
        return command.split()


def shell_words(text: str) -> list[str]:
    """As `split`, with separators as words of their own wherever they stand: `a&&b;c`."""
    return split(_SEPARATED.sub(lambda found: found.group(1) or f" {found.group(2)} ", text))


def simple_commands(words: Sequence[str], depth: int = 3) -> Iterator[Command]:
    """The simple commands of a line: every part of `a && b`, and of `sh -c "..."`."""
    folder = ""
    for part in _parts(words):
        name = posixpath.basename(part[0])
        inner = _script_of(part[1:]) if name in _SHELLS and depth else None
        if name in ("cd", "pushd"):
            folder = posixpath.join(folder, part[1]) if len(part) > 1 else folder
        elif inner is not None:
            nested = simple_commands(shell_words(inner), depth - 1)
            yield from (Command(c.words, posixpath.join(folder, c.folder)) for c in nested)
        else:
            yield Command(tuple(part), folder)


def folder_after(words: Sequence[str]) -> str:
    """The folder that the `cd`s of a line lead to, relative to the one before."""
    folder = ""
    for part in _parts(words):
        if posixpath.basename(part[0]) in ("cd", "pushd") and len(part) > 1:
            folder = posixpath.join(folder, part[1])
    return folder


def targets(words: Sequence[str], depth: int = 3) -> Iterator[Target]:
    """What the command line starts."""
    for command in simple_commands(words, depth):
        for found in _targets(list(command.words), depth):
            folders = (command.folder, *found.folders) if command.folder else found.folders
            yield Target(found.file, found.module, found.attribute, found.program, folders, found.arguments)


def is_python(word: str) -> bool:
    """`python`, `/usr/bin/python3.12`, `pypy3`."""
    return bool(_PYTHON.match(word))


def _targets(words: list[str], depth: int) -> Iterator[Target]:
    name = posixpath.basename(words[0])
    if name in _SHELLS or name in (".", "source"):
        file = next((i for i, w in enumerate(words[1:], start=1) if not w.startswith("-")), None)
        if file is not None:
            yield Target(file=words[file], arguments=tuple(words[file + 1 :]))
    elif _PYTHON.match(words[0]):
        yield from _python(words[1:], depth)
    elif name in PROGRAMS:
        yield from _server(name, words[1:])
    elif words[0].endswith((".py", ".sh")):
        yield Target(file=words[0], arguments=tuple(words[1:]))


def _parts(words: Sequence[str]) -> Iterator[list[str]]:
    """The simple commands of a line, without wrappers and environment assignments before them."""
    part: list[str] = []
    for word in [*words, ";"]:
        ends = word in _SEPARATORS or word.endswith(";")
        if not ends or (word.endswith(";") and word != ";" and word not in _SEPARATORS):
            part.append(word.rstrip(";"))
        if ends:
            part = _unwrapped(part)
            if part:
                yield part
            part = []


def _unwrapped(part: list[str]) -> list[str]:
    """The command that wrappers run; their own options and arguments are skipped."""
    is_wrapped = False
    while part and (posixpath.basename(part[0]) in _WRAPPERS or _ASSIGNMENT.match(part[0]) or _CASE.match(part[0])):
        is_wrapped = is_wrapped or not _ASSIGNMENT.match(part[0])
        part = part[1:]
    if is_wrapped and part and not _is_runnable(part[0]):
        known = next((i for i, w in enumerate(part) if _is_runnable(w) or w == "--"), None)
        return _unwrapped(part[known:]) if known else part
    return part


def _is_runnable(word: str) -> bool:
    name = posixpath.basename(word)
    return name in PROGRAMS | _SHELLS or bool(_PYTHON.match(word)) or word.endswith((".py", ".sh"))


def _script_of(words: Sequence[str]) -> str | None:
    """The text after `-c`; None where the shell runs a file."""
    for index, word in enumerate(words):
        if word.startswith("-") and word.endswith("c") and not word.startswith("--"):
            return " ".join(words[index + 1 : index + 2])
        if not word.startswith("-"):
            return None
    return None


def _after_options(words: Sequence[str]) -> int:
    """How many words of Python's own options stand first."""
    index = 0
    while index < len(words) and words[index].startswith("-") and words[index] not in ("-m", "-c"):
        index += 2 if words[index] in ("-W", "-X") else 1
    return index


def _python(words: list[str], depth: int) -> Iterator[Target]:
    words = words[_after_options(words) :]
    if not words or words[0] == "-c":
        return
    if words[0] != "-m":
        yield Target(file=words[0], arguments=tuple(words[1:]))
    elif len(words) > 1 and words[1].split(".")[0] in PROGRAMS | _WRAPPERS:
        yield from targets(words[1:], depth - 1) if depth else ()
    elif len(words) > 1:
        yield Target(module=words[1])


def _server(name: str, words: list[str]) -> Iterator[Target]:
    """The object that a server is told to serve: `module:attribute`, `-A module`, or a file."""
    folders = tuple(_option_values(words))
    for index, word in enumerate(words):
        value = word.partition("=")[2] if word.startswith("--") and "=" in word else word
        before = words[index - 1] if index else ""
        if before in _FOLDER_OPTIONS:
            continue
        if _SERVED.match(value):
            module, _, attribute = value.partition(":")
            yield Target("", module, attribute.partition("(")[0], name, folders)
            return
        if value.endswith(".py") and before not in ("-c", "--config"):
            yield Target(file=value, program=name, folders=folders)
            return
        is_app = before in ("-A", "--app") or word.startswith("--app=")
        if name in ("celery", "flask") and is_app and _DOTTED.match(value):
            yield Target(module=value, program=name, folders=folders)
            return
    yield from _unnamed(name, words, folders)


def _option_values(words: list[str]) -> Iterator[str]:
    """The folders that options name: `--app-dir src`, `--chdir=src`."""
    for index, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option in _FOLDER_OPTIONS:
            yield value if equals else "".join(words[index + 1 : index + 2])


def _unnamed(name: str, words: list[str], folders: tuple[str, ...]) -> Iterator[Target]:
    """What a server runs that is given no object in the usual form."""
    if name == "fastapi" and words[:1] == ["run"]:
        yield from (Target(file=f, program=name, folders=folders) for f in _FASTAPI_FILES)
    elif name in ("gunicorn", "dramatiq", "uwsgi", "arq"):
        yield from _last_dotted(name, words, folders)


def _last_dotted(name: str, words: list[str], folders: tuple[str, ...]) -> Iterator[Target]:
    """`gunicorn package.module`, `arq worker.Settings`: the first word that is no option and no option's value."""
    previous = ""
    for word in words:
        if _DOTTED.match(word) and not previous.startswith("-"):
            module, attribute = word.rpartition(".")[::2] if name == "arq" else (word, "")
            yield Target("", module or word, attribute, name, folders)
            return
        previous = word
