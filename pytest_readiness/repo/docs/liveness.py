"""Does what a document refers to exist? Paths, modules, make targets, npm scripts and routes held against the files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import plain
from pytest_readiness.repo.docs.makefiles import NAMES, Makefile, makefile
from pytest_readiness.repo.docs.model import SHELL, Document, Fence, Section, between
from pytest_readiness.repo.docs.references import Named, Reference, cloned_by, created_by, is_path, named_by, named_in
from pytest_readiness.repo.docs.routes import Routes
from pytest_readiness.repo.docs.shell import Call, calls

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_ROUNDS = 5
"""Folders in folders that a document's `cd` lead into."""
_NEAR = 5
"""Lines above a fence in which it is introduced."""
_MAKES = re.compile(r"\b(?:creat|sav|writ|add|plac|stor|put|skapa|spara|skriv|lägg)\w*\b", re.IGNORECASE)
_TELLS_WHERE = re.compile(r"\b(?:director(?:y|ies)|folder|katalog|mapp)", re.IGNORECASE)
_UNPACKS = re.compile(
    r"^(?:tar|unzip|7z|svn|hg|cookiecutter|copier|gh repo|hub clone|django-admin|npm (?:create|init)|npx (?:--yes "
    r"|-y )?create-"
    r"|yarn create|pnpm create|cargo new|rails new|sls create|cdk init|sam init)\b"
)
"""Commands that may make a folder under a name that does not stand in them."""
_BUILD_FILES = frozenset({"Containerfile", "dockerfile"})
"""What a build takes where there is no Dockerfile."""
_STOCK = re.compile(
    r"(?:^|/)(?:redis|postgres|mysql|mariadb|mongo|elasticsearch|opensearch|kibana|grafana|prometheus|alertmanager"
    r"|jaeger"
    r"|all-in-one|zipkin|localstack|minio|rabbitmq|kafka|zookeeper|vault|consul|keycloak|dynamodb|clickhouse|influxdb"
    r"|neo4j|weaviate|qdrant|chroma|milvus|ollama|traefik|adminer|pgadmin|phpmyadmin|mailhog|mailpit|temporal"
    r"|metabase"
    r"|sonarqube|jenkins|loki|tempo|otel|opentelemetry|memcached|nats|wiremock|mockserver|swagger|redoc"
    r"|unleash)[^/]*$"
)
"""Images of programs that are not the repository's own."""


@dataclass(frozen=True)
class Step:
    """A command of a document and the folder of the repository that its fence has cd-ed into."""

    call: Call
    fence: Fence
    folder: str | None
    is_outside: bool = False
    """In a folder that the document has made, or in a clone of another repository."""

    @property
    def line(self) -> int:
        return self.call.line


@dataclass
class Trail:
    """What the commands of a document do, from its first to its last."""

    steps: list[Step] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    """Folders of the repository that it cd-s into."""
    cloned: set[str] = field(default_factory=set)
    """What `git clone` names this repository."""
    created: set[str] = field(default_factory=set)


class Liveness:
    """References of documents, each with the reason why it is dead."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._files = repo, repo.files
        self.routes = Routes(repo)
        self._trails: dict[Document, Trail] = {}
        self._found: dict[Document, tuple[Reference, ...]] = {}
        self._makefiles: dict[str, Makefile] = {}

    def references(self, part: Document | Section) -> tuple[Reference, ...]:
        """All references of a document or of one of its sections, in order."""
        document = part if isinstance(part, Document) else part.document
        if document not in self._found:
            self._found[document] = tuple(sorted(self._judged(document), key=lambda r: r.line))
        found = self._found[document]
        return found if isinstance(part, Document) else tuple(between(found, part.first, part.end))

    def trail(self, document: Document) -> Trail:
        """The document's commands with the folders they run in."""
        if document not in self._trails:
            self._trails[document] = self._followed(document)
        return self._trails[document]

    def exists(self, path: str) -> bool:
        """Whether the repository has a file or folder at this path, links and files not checked out among them."""
        return path in ("", ".") or self._files.is_there(path)

    def resolved(self, target: str, document: Document, folder: str | None = None) -> str | None:
        """The file or folder that a path means where a document names it; None where there is none."""
        return next((p for p in self._candidates(target, document, folder) if self.exists(p)), None)

    def folders(self, document: Document, folder: str | None = None) -> list[str]:
        """Where a path of the document may start, likeliest first."""
        first = [folder] if folder is not None else []
        return list(dict.fromkeys([*first, document.folder, "", *self.trail(document).folders]))

    # What the commands do

    def _followed(self, document: Document) -> Trail:
        trail = Trail()
        parsed = [(f, [c for command in f.commands for c in calls(command)]) for f in document.fences]
        every = [c for _, found in parsed for c in found]
        clones = list(dict.fromkeys(name for c in every for name in cloned_by(c)))
        trail.cloned = self._own(clones)
        trail.created = {name for name in clones if name not in trail.cloned}
        trail.folders = self._entered(document, every, trail.cloned)
        self._trails[document] = trail
        for fence, found in parsed:
            folder: str | None = None
            is_outside = False
            for number, call in enumerate(found):
                if call.name in ("cd", "pushd") and any(_UNPACKS.match(c.text) for c in found[:number]):
                    trail.created |= set(call.arguments[:1]) - self._files.folders
                trail.steps.append(Step(call, fence, folder, is_outside))
                trail.created |= self._created(call, folder)
                folder, is_outside = self._moved(call, folder, document), self._leaves(call, trail, is_outside)
        trail.created |= set(_written_out(document))
        return trail

    def _entered(self, document: Document, every: Iterable[Call], cloned: set[str]) -> list[str]:
        """The existing folders that `cd` commands and sentences ("from the `api` directory") lead to."""
        named = (n.target for c in every for n in named_in(c) if n.kind == "folder")
        targets = [_inside_clone(t, cloned, document) for t in named]
        found = [document.folder, ""]
        targets += [code for t in document.texts if _TELLS_WHERE.search(t.plain) for code in t.codes if is_path(code)]
        for _ in range(_ROUNDS):
            reached = (_joined(base, t) for base in found for t in targets)
            fresh = [f for f in dict.fromkeys(reached) if f is not None and f not in found and f in self._files.folders]
            if not fresh:
                break
            found += fresh
        return found[2:]

    def _moved(self, call: Call, folder: str | None, document: Document) -> str | None:
        """The folder after the command."""
        if call.name not in ("cd", "pushd"):
            return folder
        target = call.arguments[0] if call.arguments else ""
        if not target.strip("./"):
            return _joined(folder, target) if folder is not None and target.startswith(".") else folder
        return self.resolved(target, document, folder) if is_path(target) else folder

    def _own(self, clones: list[str]) -> set[str]:
        """Of several clones those named like this repository, else the first."""
        name = plain(self._repo.repository_name())
        return {c for c in clones if plain(c) == name} or set(clones[:1])

    def _leaves(self, call: Call, trail: Trail, is_outside: bool) -> bool:
        """Whether the command leads into, or stays in, a folder that is none of the repository's."""
        if call.name not in ("cd", "pushd") or not call.arguments:
            return is_outside
        target = posixpath.normpath(call.arguments[0])
        if target.startswith(("/", "~")):
            return True
        above = (target.rsplit("/", n)[0] for n in range(target.count("/") + 1))
        return any(p in trail.created and p not in self._files.folders for p in above)

    def _created(self, call: Call, folder: str | None) -> set[str]:
        found: set[str] = set()
        for name in created_by(call):
            bare = posixpath.normpath(name) if name else "."
            if name.endswith("/") or bare in self._files.folders:
                sources = [a for a in call.arguments if not a.startswith("-")][:-1]
                names = [posixpath.join(bare, posixpath.basename(s)) for s in sources if call.name in ("cp", "mv")]
                found |= {*names, *([bare] if bare not in self._files.folders else [])}
            elif bare != ".":
                found.add(bare)
        return found | {p for f in found if (p := _joined(folder, f)) is not None and folder is not None}

    # What exists

    def _judged(self, document: Document) -> Iterator[Reference]:
        for link in document.links:
            named = named_by(link)
            if named is not None and (made := self._reference(named, document, link.line, None)):
                yield made
        trail = self.trail(document)
        for step in trail.steps:
            for named in named_in(step.call):
                line = _line_of(step, named.target or step.call.name)
                made = self._reference(named, document, line, step.folder)
                if made and (made.is_live or not step.is_outside):
                    yield made

    def _reference(self, named: Named, document: Document, line: int, folder: str | None) -> Reference | None:
        """The reference with what is wrong about it; None where it is none of the repository's."""
        if self._is_made(named, document, folder):
            return None
        problem: str | None
        match named.kind:
            case "make":
                problem = self._make(named, document, folder)
            case "npm":
                problem = self._npm(named, document, folder)
            case "route":
                problem = self._route(named, document)
            case "module":
                problem = self._module(named, document, folder)
            case "compose" if not named.target:
                problem = self._compose(named, document, folder)
            case _:
                problem = self._path(named, document, folder)
        if problem is None:
            return None
        return Reference(named.kind, named.target, document.path, line, named.folder, problem)

    def _is_made(self, named: Named, document: Document, folder: str | None) -> bool:
        """Whether a command of the document creates it."""
        trail = self.trail(document)
        if named.kind in ("make", "npm", "route", "module"):
            return False
        target = posixpath.normpath(named.target or ".")
        for path in {target, *([p] if (p := _joined(folder, target)) else [])}:
            parts = path.split("/")
            if any("/".join(parts[:n]) in trail.created for n in range(1, len(parts) + 1)):
                return True
        is_own = named.kind == "folder" and plain(target) == plain(self._repo.repository_name())
        return (is_own or target in trail.cloned) and "/" not in target

    def _path(self, named: Named, document: Document, folder: str | None) -> str | None:
        candidates = self._candidates(named.target, document, folder)
        if not candidates:
            return None
        if any(self.exists(c) for c in candidates):
            return ""
        if named.kind == "link" and any(self.exists(page) for c in candidates for page in _pages(c)):
            return ""
        if named.kind == "dockerfile" and any(
            self.exists(posixpath.join(posixpath.dirname(c), name))
            for c in candidates
            for name in _BUILD_FILES
            if posixpath.basename(c) == "Dockerfile"
        ):
            return ""
        if named.kind == "data" and any(self._files.is_ignored(c) for c in candidates):
            return None
        return f"{named.target} does not exist"

    def _candidates(self, target: str, document: Document, folder: str | None) -> list[str]:
        target = _inside_clone(target, self.trail(document).cloned, document)
        found = (_joined(base, target) for base in self.folders(document, folder))
        return [p for p in dict.fromkeys(found) if p is not None]

    def _make(self, named: Named, document: Document, folder: str | None) -> str:
        found = list(self._makefiles_for(named, document, folder))
        if any(m.defines(named.target) for m in found):
            return ""
        return f"no Makefile defines {named.target}" if found else f"there is no Makefile for {named.target}"

    def _makefiles_for(self, named: Named, document: Document, folder: str | None) -> Iterator[Makefile]:
        is_file = bool(named.folder) and not named.folder.endswith("/")
        for base in self.folders(document, folder):
            where = _joined(base, named.folder) if named.folder else base
            names = [where] if is_file else [posixpath.join(where or "", n) for n in NAMES]
            yield from (self._makefile(p) for p in names if p and p in self._files.path_set)

    def _makefile(self, path: str) -> Makefile:
        if path not in self._makefiles:
            self._makefiles[path] = makefile(path, self._files.text, lambda p: self._files.matching("/" + p))
        return self._makefiles[path]

    def _npm(self, named: Named, document: Document, folder: str | None) -> str:
        places = (_joined(base, named.folder or ".") for base in self.folders(document, folder))
        paths = [posixpath.join(p, "package.json") for p in places if p is not None]
        packages = [p for p in dict.fromkeys(paths) if p in self._files.path_set]
        if not packages:
            return f"there is no package.json for npm {named.target}"
        has_it = any(named.target in self._scripts(p) for p in packages)
        return "" if named.target == "install" or has_it else f"no package.json has the script {named.target}"

    def _scripts(self, path: str) -> Iterable[str]:
        found = [d.get("scripts") for d in self._repo.data.documents(path)]
        return {name for d in found if d is not None for name in d.entries}

    def _route(self, named: Named, document: Document) -> str | None:
        if named.folder and int(named.folder) in self._foreign_ports(document):
            return None
        return "" if self.routes.answers(named.target) else f"no route answers {named.target}"

    def _foreign_ports(self, document: Document) -> frozenset[int]:
        """Ports on which programs of others answer: well-known images that compose or `docker run` starts."""
        started = {p for s in self.trail(document).steps if s.call.name == "docker" for p in _published(s.call.words)}
        return self._compose_ports | started

    @cached_property
    def _compose_ports(self) -> frozenset[int]:
        found: set[int] = set()
        for path in self._files.paths:
            if path.rsplit("/", 1)[-1].startswith(("compose", "docker-compose")) and path.endswith((".yml", ".yaml")):
                for datum in self._repo.data.documents(path):
                    services = datum.get("services")
                    for service in services.entries.values() if services else ():
                        ports = service.get("ports")
                        image = service.get("image")
                        if image is not None and _STOCK.search(_untagged(str(image.value))) and ports is not None:
                            found |= {p for d in ports.elements if (p := _host_port(str(d.value))) is not None}
        return frozenset(found)

    def _module(self, named: Named, document: Document, folder: str | None) -> str | None:
        first, *rest = named.target.split(".")
        roots = [r.strip("./") for r in self._repo.settings.source_roots]
        bases = list(dict.fromkeys([*self.folders(document, folder), *roots]))
        paths = [p for b in bases if (p := _joined(b, "/".join([first, *rest]))) is not None]
        if any(self.exists(f"{p}.py") or self.exists(f"{p}/__main__.py") for p in paths):
            return ""
        own = [p for b in bases if (p := _joined(b, first)) is not None and self._is_package(p, bool(rest))]
        is_library = first in self._repo.dependencies.imported_as
        return f"there is no module {named.target} to run" if own and not is_library else None

    def _is_package(self, path: str, is_dotted: bool) -> bool:
        """A folder that `python -m` takes for its own: with an __init__.py, or any that holds Python below it."""
        if path not in self._files.folders:
            return False
        has_code = any(p.startswith(path + "/") and p.endswith(".py") for p in self._files.paths)
        return self.exists(f"{path}/__init__.py") or (is_dotted and has_code)

    def _compose(self, named: Named, document: Document, folder: str | None) -> str:
        places = (_joined(base, named.folder or ".") for base in self.folders(document, folder))
        found = (posixpath.join(p, name) for p in places if p is not None for name in COMPOSE)
        return "" if any(self.exists(p) for p in found) else "there is no compose file"


def _joined(base: str | None, path: str) -> str | None:
    """The path below base, "" for the root; None where it leaves the repository."""
    found = posixpath.normpath(posixpath.join(base or "", path))
    if found == ".." or found.startswith(("../", "/")):
        return None
    return "" if found == "." else found


def _inside_clone(path: str, cloned: Iterable[str], document: Document) -> str:
    """The path without what leads to where one stands: the folder that `git clone` made, the document's own folder."""
    first, _, rest = posixpath.normpath(path).partition("/")
    if first in cloned:
        return rest or "."
    own = posixpath.basename(document.folder)
    return posixpath.join("..", path) if first and first == own else path


def _written_out(document: Document) -> Iterator[str]:
    """Files that the reader is told to make, with their content below: "Save this as `policy.json`:"."""
    for fence in document.fences:
        before = between(document.texts, fence.line - _NEAR, fence.line)
        if fence.language not in SHELL and before and _MAKES.search(before[-1].plain):
            yield from (posixpath.normpath(code) for code in before[-1].codes if is_path(code))


def _pages(path: str) -> Iterator[str]:
    """The files that a site builds a page from: links to pages leave out or change the ending."""
    stem = path.removesuffix(".html").removesuffix("/index")
    if posixpath.splitext(path)[1] in ("", ".html"):
        yield from (
            f"{stem}{end}" for end in (".md", ".mdx", ".rst", "/index.md", "/README.md", "/index.mdx", ".ipynb")
        )


def _line_of(step: Step, target: str) -> int:
    """The line of the command's text that holds the target."""
    below = (number for number, text in step.fence.lines if number >= step.call.line and target in text)
    return next(below, step.call.line)


def _published(words: Iterable[str]) -> Iterator[int]:
    if not any(_STOCK.search(_untagged(w)) for w in words):
        return
    for flag, value in pairwise(words):
        if flag in ("-p", "--publish") and (port := _host_port(value)) is not None:
            yield port


def _untagged(image: str) -> str:
    """The image's name without its version."""
    return re.sub(r"[@:][^/]*$", "", image)


def _host_port(text: str) -> int | None:
    """The port of the host in `8086:8086`, `127.0.0.1:8086:80/tcp`; a lone port is the container's."""
    parts = text.partition("/")[0].split(":")
    return int(parts[-2]) if len(parts) > 1 and parts[-2].isdecimal() else None
