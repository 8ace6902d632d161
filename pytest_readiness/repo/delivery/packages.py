"""Which packages a Dockerfile installs, by its RUN instructions and the requirement files that they read."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from pytest_readiness.repo.command_lines import shell_words
from pytest_readiness.repo.data_files import lines_of
from pytest_readiness.repo.delivery.starts import Starter
from pytest_readiness.repo.dependencies import requirements_of_setup, table_of, toml_of
from pytest_readiness.repo.files import Files
from pytest_readiness.repo.image_files import Run

_SPEC = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*(?=$|[<>=!~;,@#\s])")
_PLAIN_BASES = re.compile(
    r"(^|/)(python|pypy|debian|ubuntu|alpine|fedora|amazonlinux|centos|rockylinux|almalinux|ubi\d*[\w-]*|python3[\w.-]*|uv|"
    r"buildpack-deps|cuda|miniconda3?|micromamba|wolfi-base|scratch|busybox|node|bookworm[\w-]*|bullseye[\w-]*|static[\w-]*|"
    r"base[\w-]*|cc[\w-]*)([:@]|$)"
)
_OPENS = re.compile(r"\b(make|invoke|nox|tox|just|task|git\s+clone|ansible-playbook)\b|(^|\s)[\w./-]+\.sh\b")
"""What a RUN may install with it cannot be read from the Dockerfile."""
_EXPORTS = re.compile(
    r"\b(poetry\s+export|uv\s+export|uv\s+pip\s+compile|pip-compile|pdm\s+export|pipenv\s+(lock|requirements))"
)
_VALUED = frozenset(
    {
        "-c", "--constraint", "-t", "--target", "--prefix", "-i", "--index-url", "--extra-index-url", "-f",
        "--find-links", "--root", "--python", "-p", "-w", "--wheel-dir", "--trusted-host", "--index", "--timeout",
        "--retries", "--platform", "--default-timeout", "--cache-dir", "--proxy", "--progress-bar", "--src", "-d",
        "--dest", "--channel", "-n", "--name", "--upgrade-strategy", "--use-feature", "--report", "--log",
    }
)  # fmt: skip
_BUNDLES = {
    "fastapi": {"standard": {"uvicorn", "fastapi"}, "all": {"uvicorn", "fastapi"}, "": set()},
    "fastapi-cli": {"": {"uvicorn", "fastapi"}}, "uvicorn-worker": {"": {"uvicorn", "gunicorn"}},
    "fastapi-slim": {"standard": {"uvicorn", "fastapi"}},
    "mcp": {"": {"uvicorn"}}, "fastmcp": {"": {"uvicorn"}}, "chainlit": {"": {"uvicorn"}},
    "gradio": {"": {"uvicorn"}}, "litellm": {"proxy": {"uvicorn", "gunicorn"}}, "langserve": {"all": {"uvicorn"}},
    "channels": {"daphne": {"daphne"}}, "mlflow": {"": {"gunicorn", "flask"}}, "google-adk": {"": {"uvicorn"}},
    "litestar": {"standard": {"uvicorn"}, "full": {"uvicorn"}},
    "connexion": {"uvicorn": {"uvicorn"}, "flask": {"flask"}},
    "apache-airflow": {"": {"gunicorn", "flask"}, "celery": {"celery"}}, "flower": {"": {"celery"}},
    "quart": {"": {"hypercorn"}}, "django-celery-beat": {"": {"celery"}},
}  # fmt: skip
"""Packages that bring a server with them: extra ("" for none) -> the servers."""
_PROJECT_TOOLS = frozenset({"poetry", "uv", "pdm", "rye", "hatch"})
_DEFAULT_GROUPS = frozenset({"dev"})


@dataclass
class Packages:
    """What is installed. `is_open` where more may be installed than can be read."""

    names: set[str] = field(default_factory=set)
    """Normalised names of the packages, and of the servers that bundles bring."""
    is_open: bool = False

    def provides(self, program: str) -> bool:
        """Whether the program, such as gunicorn, is installed; true where that cannot be told."""
        return self.is_open or program in self.names

    def may_hold(self, module: str) -> bool:
        """Whether a package may bring the module."""
        first = _normal(module.partition(".")[0])
        near = (n for n in self.names if n == first or n.startswith(first + "-") or n.endswith("-" + first))
        return self.is_open or next(near, None) is not None

    def add(self, line: str) -> None:
        """Take a requirement: `uvicorn[standard]>=0.24`."""
        found = _SPEC.match(line)
        if found:
            name, extras = _normal(found.group(1)), re.split(r"\s*,\s*", found.group(2) or "")
            bundle = _BUNDLES.get(name, {"": {name}})
            self.names |= {name} - ({"fastapi"} if name == "fastapi" else set())
            self.names |= {p for e in ("", *extras) for p in bundle.get(e, ())}
            self.names |= {"flask"} if name.startswith("flask-") else set()


class Installer:
    """Reads what RUN instructions install."""

    def __init__(self, files: Files, starter: Starter) -> None:
        self._files, self._starter = files, starter

    def packages(self, base: str, runs: Sequence[Run]) -> Packages:
        """What the runs install on top of the base image."""
        found = Packages(is_open=not _PLAIN_BASES.search(base))
        exports = [r for r in runs if _EXPORTS.search(r.text)]
        for run in runs:
            for words in _commands(run.text):
                found.is_open = found.is_open or bool(_OPENS.search(" ".join(words)) and not _is_install(words))
                self._installed(words, run, found, exports)
        return found

    def _installed(self, words: list[str], run: Run, found: Packages, exports: list[Run]) -> None:
        tool, arguments = _tool(words)
        if tool == "pip":
            self._pip(arguments, run, found, exports)
        elif tool in ("project", "pipenv"):
            self._project(run, found, arguments)
            for word in arguments if "add" in words or tool == "pipenv" else ():
                found.add(word)
        elif tool == "packages":
            for word in arguments:
                found.add(word.removeprefix("python3-"))

    def _pip(self, arguments: list[str], run: Run, found: Packages, exports: list[Run]) -> None:
        index = 0
        while index < len(arguments):
            word = arguments[index]
            option, equals, value = word.partition("=")
            if word in ("-r", "--requirement") or (option == "--requirement" and equals) or word.startswith("-r="):
                name = value if equals else "".join(arguments[index + 1 : index + 2])
                self._file(name, run, found, exports)
                index += 0 if equals else 1
            elif word.startswith("-r") and len(word) > 2:
                self._file(word[2:], run, found, exports)
            elif word in _VALUED:
                index += 1
            elif word.startswith((".", "/")) and not word.endswith(".whl") and "*" not in word:
                self._project(run, found, ["--extra", *word.partition("[")[2].rstrip("]").split(",")])
            elif not word.startswith("-"):
                found.add(word)
            index += 1

    def _file(self, name: str, run: Run, found: Packages, exports: list[Run], depth: int = 6) -> None:
        """The requirements of a file of the image; one that an export writes holds the project's."""
        written = run.files.written.get(run.files.inside(name))
        path = self._starter.found(run.files, name)
        text = written if written is not None else self._files.text(path) if path else None
        if text is None:
            for exporting in exports:
                self._project(exporting, found, [])
            return
        for line in lines_of(text):
            nested = re.match(r"^\s*(?:-r|--requirement)[ =]?\s*(\S+)", line)
            if nested and depth:
                inner = posixpath.join(posixpath.dirname(name), nested.group(1))
                self._file(inner, run, found, exports, depth - 1)
            elif not line.lstrip().startswith(("#", "-")):
                found.add(line)

    def _project(self, run: Run, found: Packages, arguments: Sequence[str]) -> None:
        """The dependencies of the projects that the run can see."""
        for _, path in self._starter.projects(run):
            text = self._files.text(path) or ""
            if path.endswith(".toml"):
                data = toml_of(text)
                direct = list(_of_project(data, arguments))
                lock = self._lock(path)
                for line in [*direct, *_locked(lock, direct)]:
                    found.add(line)
            else:
                for line in requirements_of_setup(path, text):
                    found.add(line)
        pipfile = self._starter.found(run.files, "Pipfile")
        packages = table_of(toml_of(self._files.text(pipfile) or ""), "packages") if pipfile else {}
        for name, value in packages.items():
            extras = value.get("extras", []) if isinstance(value, dict) else []
            found.add(f"{name}[{','.join(map(str, extras))}]")

    def _lock(self, path: str) -> dict[str, Any]:
        folder = posixpath.dirname(path)
        texts = (self._files.text(posixpath.join(folder, n)) for n in ("uv.lock", "poetry.lock", "pdm.lock"))
        return toml_of(next((t for t in texts if t is not None), ""))


def _commands(text: str) -> Iterator[list[str]]:
    """The simple commands of a RUN, wrappers left in."""
    part: list[str] = []
    for line in text.replace("\\\n", " ").split("\n"):
        for word in [*shell_words(line), ";"]:
            if word in ("&&", "||", ";", "|", "&"):
                if part:
                    yield part
                part = []
            else:
                part.append(word)


def _tool(words: list[str]) -> tuple[str, list[str]]:
    """pip, project, pipenv or packages, with the arguments behind the verb; "" where nothing is installed."""
    for index, word in enumerate(words):
        name, rest = posixpath.basename(word), words[index + 1 :]
        if re.match(r"^pip[0-9.]*$", name) or name == "pipx":
            verb = next((i for i, w in enumerate(rest) if w in ("install", "wheel", "sync", "download")), None)
            if verb is None:
                return "", []
            arguments = rest[verb + 1 :]
            return "pip", [x for a in arguments for x in (["-r", a] if rest[verb] == "sync" and a[:1] != "-" else [a])]
        if name == "pip-sync":
            return "pip", [x for a in rest for x in ("-r", a)]
        if name in _PROJECT_TOOLS and {"install", "sync", "add"} & set(rest[:3]) and "pip" not in rest[:1]:
            return "project", rest
        if name == "pipenv":
            return "pipenv", rest
        if name in ("apt-get", "apt", "apk", "dnf", "yum", "conda", "mamba", "micromamba", "microdnf"):
            return "packages", rest
        if name == "setup.py" and "install" in rest:
            return "project", rest
    return "", []


def _is_install(words: list[str]) -> bool:
    return bool(_tool(words)[0])


def _of_project(data: dict[str, Any], arguments: Sequence[str]) -> Iterator[str]:
    """The requirements of a pyproject.toml that an installation with these arguments takes."""
    project, given = table_of(data, "project"), set(arguments)
    yield from _texts(project.get("dependencies"))
    named = {
        e
        for o, v in _options(arguments)
        if o in ("--extra", "-E", "--extras", "-G", "--group")
        for e in re.split(r"[ ,]", v)
    }
    named |= given if "--extra" in given else set()
    for extra, lines in table_of(project, "optional-dependencies").items():
        if extra in named or given & {"--all-extras"}:
            yield from _texts(lines)
    only_main = bool(given & {"--no-dev", "--only=main", "--prod", "--no-default-groups"}) or (
        "--only",
        "main",
    ) in _options(arguments)
    for group, lines in table_of(data, "dependency-groups").items():
        if group in named or "--all-groups" in given or (group in _DEFAULT_GROUPS and not only_main):
            yield from _texts(lines)
    yield from _of_poetry(table_of(data, "tool", "poetry"), arguments, only_main)


def _of_poetry(poetry: dict[str, Any], arguments: Sequence[str], only_main: bool) -> Iterator[str]:
    options = _options(arguments)
    chosen = {g for o, v in options if o in ("--only", "--with") for g in v.split(",")}
    without = {g for o, v in options if o == "--without" for g in v.split(",")}
    is_only = any(o == "--only" for o, _ in options)
    if not is_only or "main" in chosen:
        yield from _poetry_lines(table_of(poetry, "dependencies"))
    groups = {n: g for n, g in table_of(poetry, "group").items() if isinstance(g, dict)}
    groups |= {"dev": {"dependencies": poetry["dev-dependencies"]}} if "dev-dependencies" in poetry else {}
    for name, group in groups.items():
        is_default = not is_only and not only_main and not group.get("optional") and name not in without
        if name in chosen or is_default:
            yield from _poetry_lines(table_of(group, "dependencies"))


def _poetry_lines(table: dict[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        extras = value.get("extras", []) if isinstance(value, dict) else []
        yield f"{name}[{','.join(map(str, extras))}]" if isinstance(extras, list) else name


def _options(arguments: Sequence[str]) -> list[tuple[str, str]]:
    """Options with their values, in either form."""
    found = []
    for index, word in enumerate(arguments):
        name, equals, value = word.partition("=")
        if word.startswith("-"):
            found.append((name, value if equals else "".join(arguments[index + 1 : index + 2])))
    return found


def _locked(lock: dict[str, Any], direct: Iterable[str]) -> Iterator[str]:
    """What a lock file says that the direct requirements bring with them."""
    entries = [p for p in lock.get("package", []) if isinstance(p, dict) and isinstance(p.get("name"), str)]
    needs = {_normal(p["name"]): set(_needed(p)) for p in entries}
    todo = [_normal(m.group(1)) for line in direct if (m := _SPEC.match(line))]
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += needs.get(name, ())
    yield from (n for n in seen if n in needs)


def _needed(package: dict[str, Any]) -> Iterator[str]:
    listed = package.get("dependencies", [])
    pairs = (
        listed.items() if isinstance(listed, dict) else [(d.get("name", ""), d) for d in listed if isinstance(d, dict)]
    )
    names = [n for n, value in pairs if not (isinstance(value, dict) and value.get("optional"))]
    names += [] if isinstance(listed, dict) else [d for d in listed if isinstance(d, str)]
    yield from (_normal(m.group(1)) for n in names if isinstance(n, str) and (m := _SPEC.match(n)))


def _texts(value: object) -> list[str]:
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
