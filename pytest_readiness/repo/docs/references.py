"""What a document refers to: targets of links, and files, folders, modules, targets, scripts and routes of commands.

Which of them exist is `liveness`' matter; here they are only read off.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote, urlsplit

from pytest_readiness.repo.docs.model import Link
from pytest_readiness.repo.docs.shell import Call

Kind = Literal["link", "image", "file", "data", "folder", "module", "dockerfile", "compose", "make", "npm", "route"]
"""`file` is something to run or to install from, `data` something that a command reads."""
_GENERATED = frozenset({"venv", ".venv", "node_modules", "log", "logs", "build", "dist", "cdk.out"})
"""Folders whose content no checkout holds."""
_OPEN = re.compile(r"[<>{}*$\[\]`|\\]|\.\.\.|…|YOUR_|your[-_]|path/to\b", re.IGNORECASE)
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:(?!$)")
_PYTHON = re.compile(r"^(?:python|pypy)[0-9.]*$")
_PORTS = frozenset({None, 80, 443, 5000, *range(8000, 9000)})
_HOSTS = frozenset({"localhost", "127.0.0.1", "0.0.0.0"})
_PYTEST_VALUES = frozenset(
    {
        "-k", "-m", "-n", "-p", "-c", "-o", "-W", "-r", "--junitxml", "--junit-xml", "--html", "--cov-report",
        "--basetemp", "--report-log", "--json-report-file", "--maxfail", "--tb", "--durations", "--timeout",
        "--dist", "--color", "--ignore", "--ignore-glob", "--deselect", "--cov-fail-under", "--cov-config",
        "--log-cli-level", "--log-level", "--log-file", "--numprocesses", "--count", "--override-ini", "--rootdir",
        "--import-mode", "--reruns",
    }
)  # fmt: skip
_DOCKER_VALUES = frozenset(
    {
        "-t", "--tag", "--build-arg", "--target", "--platform", "--label", "--cache-from", "--cache-to", "--network",
        "-o", "--output", "--secret", "--ssh", "--progress", "--iidfile", "--builder", "--build-context", "-m",
        "--memory", "--add-host", "--shm-size", "--ulimit", "--pull-policy", "--metadata-file", "--provenance",
    }
)  # fmt: skip
_COMPOSE_VALUES = frozenset({"-p", "--project-name", "--profile", "--env-file", "--ansi", "--parallel", "--progress"})
_SENDERS = frozenset({"curl", "wget", "http", "https", "az", "gh", "xh"})
"""Commands that read a file named as `@F`."""
_MOUNT = re.compile(r"^(?:\$\(pwd\)|\$\{?PWD\}?)/([^:$]+):", re.IGNORECASE)
_FILE_URL = re.compile(r"fileb?://(?!/)([^\s,;]+)")
_AT = re.compile(r"(?:^|=)@([^@\s,;]+)")
_NOT_RUN = frozenset({"--version", "-v", "version", "--help", "-h", "help", "ls"})


@dataclass(frozen=True)
class Reference:
    """Something that a document names as if it were there.

    `target` is what is named: a path, a dotted module, a make target, an npm script, the path of a URL. `folder` is
    where a command says it lies, where it says so (`make -C infra`, the context of `docker build`).
    """

    kind: Kind
    target: str
    path: str
    line: int
    folder: str = ""
    problem: str = ""
    """Why it is dead; "" where it is live."""

    @property
    def is_live(self) -> bool:
        return not self.problem


@dataclass(frozen=True)
class Named:
    """A reference as a command names it."""

    kind: Kind
    target: str
    folder: str = ""


def named_by(link: Link) -> Named | None:
    """The file or folder that a relative link or image leads to; None for all others."""
    target = re.sub(r"(?<=\w):\d+$", "", unquote(re.split(r"[#?]", link.target.strip(), maxsplit=1)[0]))
    if target.startswith(("/", "~")) or _SCHEME.match(link.target) or not is_path(target):
        return None
    return Named("image" if link.is_image else "link", target)


def is_path(text: str) -> bool:
    """A path inside the repository that a checkout may hold: relative, nothing to fill in, no generated folder."""
    if not text or text.startswith(("/", "~", "-", "@")) or _OPEN.search(text) or _SCHEME.match(text):
        return False
    parts = [p for p in text.split("/") if p]
    return bool(parts) and not _GENERATED.intersection(p.lower() for p in parts) and text.isprintable()


def named_in(call: Call) -> Iterator[Named]:
    """What a command refers to; only what a checkout may hold."""
    for found in (*_run(call), *_inside_words(call)):
        is_named = found.kind in ("make", "npm", "route", "module") and not _OPEN.search(found.target + found.folder)
        is_default = found.kind == "compose" and not found.target and (not found.folder or is_path(found.folder))
        if is_named or is_default or (found.kind not in ("make", "npm") and is_path(found.target)):
            yield found


def _run(call: Call) -> Iterator[Named]:
    name, arguments = call.name, call.arguments
    if _PYTHON.match(name) and "/" not in call.words[0]:
        yield from _python(call)
    elif name in _COMMANDS:
        yield from _COMMANDS[name](arguments)
    elif call.words and "/" in call.words[0]:
        yield Named("file", call.words[0])


def _python(call: Call) -> Iterator[Named]:
    rest = list(call.arguments)
    while rest and rest[0].startswith("-") and rest[0] not in ("-m", "-c", "-"):
        rest = rest[2:] if rest[0] in ("-W", "-X") else rest[1:]
    if rest[:1] == ["-m"] and len(rest) > 1:
        if rest[1] in _COMMANDS:
            yield from _COMMANDS[rest[1]](tuple(rest[2:]))
        elif re.fullmatch(r"[A-Za-z_]\w*(\.\w+)*", rest[1]):
            yield Named("module", rest[1])
    elif rest and rest[0].endswith(".py"):
        yield Named("file", rest[0])


def _script(arguments: Sequence[str]) -> Iterator[Named]:
    """`bash F`; nothing where the script is given in the line or comes through a pipe."""
    before = ""
    for word in arguments:
        is_short = word.startswith("-") and not word.startswith("--")
        if is_short and set("cs") & set(word):
            return
        if not word.startswith(("-", "+")) and not (before.startswith("-") and before.endswith("o")):
            yield Named("file", word)
            return
        before = word


def _source(arguments: Sequence[str]) -> Iterator[Named]:
    """`source F`; what activates a virtual environment lies in none of the repository's folders."""
    if arguments and not re.search(r"(?:^|/)(?:bin|Scripts)/activate", arguments[0]):
        yield Named("data", arguments[0])


def _pytest(arguments: Sequence[str]) -> Iterator[Named]:
    before = ""
    for word in arguments:
        is_value = before in _PYTEST_VALUES or (before.startswith("--") and "=" not in before and not _like_path(word))
        if not word.startswith("-") and not is_value and word.partition("::")[0]:
            yield Named("file", word.partition("::")[0])
        before = "" if is_value else word if word.startswith("-") else ""


def _like_path(word: str) -> bool:
    return "/" in word or word.partition("::")[0].endswith(".py")


def _pip(arguments: Sequence[str]) -> Iterator[Named]:
    if "install" in arguments:
        yield from (Named("file", value) for value in values(arguments, "-r", "--requirement", "-c", "--constraint"))


def _uv(arguments: Sequence[str]) -> Iterator[Named]:
    if arguments[:1] == ("pip",):
        yield from _pip(arguments[1:])


def _docker(arguments: Sequence[str]) -> Iterator[Named]:
    if arguments[:1] == ("compose",):
        yield from _compose(arguments[1:])
    else:
        kinds = [i for i, word in enumerate(arguments[:3]) if word == "build"]
        yield from _docker_build(arguments[kinds[0] + 1 :]) if kinds else ()


def _docker_build(arguments: Sequence[str]) -> Iterator[Named]:
    files = list(values(arguments, "-f", "--file"))
    contexts = [w for w in plain_words(arguments, _DOCKER_VALUES | {"-f", "--file"}) if w != "-"]
    if files:
        yield from (Named("dockerfile", f) for f in files if f != "-")
    elif contexts and not _SCHEME.match(contexts[-1]) and not contexts[-1].endswith(".git"):
        yield Named("dockerfile", posixpath.join(contexts[-1], "Dockerfile"))


def _compose(arguments: Sequence[str]) -> Iterator[Named]:
    files = list(values(arguments, "-f", "--file"))
    if files:
        yield from (Named("compose", f) for f in files if f != "-")
        return
    folder = next(values(arguments, "--project-directory"), "")
    done = plain_words(arguments, _COMPOSE_VALUES | {"--project-directory"})
    if done and done[0] not in _NOT_RUN and "--help" not in arguments:
        yield Named("compose", "", folder)


def _cd(arguments: Sequence[str]) -> Iterator[Named]:
    if arguments and arguments[0].strip("./"):
        yield Named("folder", arguments[0])


def _cp(arguments: Sequence[str]) -> Iterator[Named]:
    yield from (Named("data", w) for w in plain_words(arguments, {"-t", "-S"})[:-1])


def _cat(arguments: Sequence[str]) -> Iterator[Named]:
    yield from (Named("data", w) for w in plain_words(arguments, frozenset()))


def _make(arguments: Sequence[str]) -> Iterator[Named]:
    folder = next(values(arguments, "-C", "--directory"), "")
    file = next(values(arguments, "-f", "--file", "--makefile"), "")
    where = posixpath.join(folder, file) if file else folder and posixpath.join(folder, "")
    words = plain_words(arguments, {"-C", "--directory", "-f", "--file", "--makefile", "-j", "-l", "-o", "-W"})
    for word in words:
        if "=" not in word and not word.isdecimal():
            yield Named("make", word, where)


def _npm(arguments: Sequence[str]) -> Iterator[Named]:
    folder = next(values(arguments, "--prefix", "-C", "--cwd", "--dir"), "")
    if {"-g", "--global", "-w", "--workspace", "--filter"}.intersection(arguments):
        return
    match plain_words(arguments, {"--prefix", "-C", "--cwd", "--dir"}):
        case ["run" | "run-script", script, *_]:
            yield Named("npm", script, folder)
        case ["start" | "test" as script, *_]:
            yield Named("npm", script, folder)
        case ["install" | "ci" | "i"]:
            yield Named("npm", "install", folder)


def _curl(arguments: Sequence[str]) -> Iterator[Named]:
    for word in plain_words(arguments, _CURL_VALUES):
        bare = word if "://" in word else f"http://{word}"
        try:
            url = urlsplit(bare)
            host, port = url.hostname, url.port
        except ValueError:
            continue
        route = url.path.strip("/")
        if host in _HOSTS and port in _PORTS and route and not _OPEN.search(route):
            yield Named("route", "/" + route, str(port or ""))


_CURL_VALUES = frozenset(
    {
        "-H", "--header", "-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "-X", "--request",
        "-o", "--output", "-u", "--user", "-F", "--form", "-w", "--write-out", "-m", "--max-time",
        "--connect-timeout", "-b", "--cookie", "-c", "--cookie-jar", "-A", "--user-agent", "-e", "--referer", "-T",
        "--upload-file", "--retry", "--cacert", "--cert", "--key", "-x", "--proxy", "--json", "-K",
        "--retry-delay", "--post-data", "-P", "--method", "--body-data", "--timeout", "-t", "--tries",
    }
)  # fmt: skip
_COMMANDS: dict[str, Callable[[Sequence[str]], Iterator[Named]]] = {
    "bash": _script, "sh": _script, "zsh": _script, "source": _source, ".": _source, "pytest": _pytest,
    "py.test": _pytest, "pip": _pip, "pip3": _pip, "uv": _uv, "docker": _docker, "podman": _docker,
    "docker-compose": _compose, "podman-compose": _compose, "cd": _cd, "pushd": _cd, "cp": _cp, "cat": _cat,
    "make": _make, "gmake": _make, "npm": _npm, "pnpm": _npm, "yarn": _npm, "curl": _curl, "wget": _curl,
}  # fmt: skip


def _inside_words(call: Call) -> Iterator[Named]:
    """`file://F`, `@F` and `$(pwd)/F:` wherever they stand in a command."""
    for word in call.arguments:
        yield from (Named("data", found) for found in _FILE_URL.findall(word))
        if call.name in _SENDERS and (found := _AT.search(word)) and re.search(r"[./]", found.group(1)):
            yield Named("data", found.group(1).partition(";")[0])
        mount = _MOUNT.match(word.partition("source=")[2] or word)
        if mount and "." in posixpath.basename(mount.group(1)):
            yield Named("data", mount.group(1))


def values(arguments: Sequence[str], *options: str) -> Iterator[str]:
    """The values of these options: `-f F`, `-fF`, `--file F`, `--file=F`."""
    for index, word in enumerate(arguments):
        if word in options and index + 1 < len(arguments):
            yield arguments[index + 1]
        for option in options:
            if option.startswith("--") and word.startswith(option + "="):
                yield word[len(option) + 1 :]
            elif not option.startswith("--") and word.startswith(option) and len(word) > len(option) and word[0] == "-":
                yield from [word[len(option) :].lstrip("=")] if not word.startswith("--") else []


def plain_words(arguments: Sequence[str], valued: frozenset[str] | set[str]) -> list[str]:
    """The words that are neither options nor the values of these options."""
    found, skip, only = [], False, False
    for word in arguments:
        if skip:
            skip = False
        elif word == "--":
            only = True
        elif word.startswith("-") and len(word) > 1 and not only:
            skip = word in valued
        else:
            found.append(word)
    return found


def created_by(call: Call) -> Iterator[str]:
    """Files and folders that the command makes, as it names them; clones are `cloned_by`'s."""
    yield from call.writes
    name, arguments = call.name, call.arguments
    if _PYTHON.match(name) and arguments[:1] == ("-m",) and len(arguments) > 1:
        name, arguments = arguments[1], arguments[2:]
    plain = plain_words(arguments, frozenset())
    if name in ("mkdir", "touch", "tee", "venv", "virtualenv"):
        yield from plain
    elif name in ("cp", "mv", "ln", "install", "rsync", "scp") and len(plain) > 1:
        yield plain[-1]
    elif name == "wget" or (
        name == "curl" and {"-O", "--remote-name", "-OL", "-LO", "-sLO", "-fsSLO"} & set(arguments)
    ):
        yield from (posixpath.basename(urlsplit(w).path) for w in plain if "/" in w)
    elif name == "uv" and plain[:1] == ["venv"]:
        yield from plain[1:]
    elif name == "nix-build" or (name == "nix" and plain[:1] == ["build"]):
        yield "result"
    yield from values(arguments, "--output", "--out", "--output-file", "--outfile", "-out", "--output-dir", "-O")
    if name not in ("pytest", "grep", "ssh", "set", "az", "kubectl", "find", "mount", "ps"):
        yield from values(arguments, "-o")


def cloned_by(call: Call) -> Iterator[str]:
    """The folder that `git clone` makes."""
    if call.name == "git" and "clone" in call.arguments[:1]:
        plain = plain_words(call.arguments[1:], {"-b", "--branch", "--depth", "-o", "--origin", "-c", "--config"})
        if len(plain) > 1:
            yield plain[1]
        elif plain:
            yield re.split(r"[/:]", plain[0].rstrip("/"))[-1].removesuffix(".git")
