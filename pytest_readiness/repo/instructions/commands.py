"""What the commands of instructions are for: install, configure, start, check, provision, undo."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.command_lines import Target, targets
from pytest_readiness.repo.docs import Call, Document, Section, Step
from pytest_readiness.repo.modules import Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_INSTALL = re.compile(
    r"^(?:pip[0-9.]*|pipx) install\b|^python[0-9.]* -m pip install\b|^uv (?:sync|pip|add|venv)\b|^(?:poetry|pdm|rye"
    r"|hatch) "
    r"(?:install|sync|env)\b|^pipenv (?:install|sync)\b|^(?:npm|pnpm|yarn)(?: \S+)* (?:install|ci|i)\b|^(?:npm"
    r"|pnpm) i$|^yarn$"
    r"|^make(?: \S+)* (?:install|setup|deps|bootstrap|init)\b|^(?:docker|podman)(?: |-)compose\b.* (?:build\b"
    r"|up\b.* --build)"
    r"|^(?:conda|mamba|micromamba) (?:env )?(?:create|install)\b|^pip-sync\b|^bundle install\b"
    r"|^(?:docker|podman) (?:buildx |image )?build\b"
)
_START = re.compile(
    r"^(?:docker|podman)(?: |-)compose\b.* (?:up|start|run)\b|^(?:npm|pnpm|yarn)(?: \S+)* (?:run )?(?:start|dev"
    r"|serve)\b"
    r"|^make(?: \S+)* (?:dev|run|up|start|serve)(?:\s|$)"
)
_RUN_IMAGE = re.compile(r"^(?:docker|podman) (?:container )?run\b")
_BUILT = re.compile(r"^(?:docker|podman) (?:buildx |image )?build\b.*?(?:-t|--tag)[ =](\S+)")
_START_SCRIPT = re.compile(r"(?:^|/)(?:start|run|serve|dev|up)[\w-]*(?:\.sh)?$")
_SERVERS = frozenset({"uvicorn", "gunicorn", "hypercorn", "granian", "daphne", "waitress-serve", "fastapi", "flask"})
_CHECK = re.compile(
    r"^(?:py\.?test|tox|nox)\b|^python[0-9.]* -m (?:pytest|unittest)\b|^make(?: \S+)* (?:test|check|smoke)[\w-]*\b"
    r"|^(?:npm|pnpm|yarn)(?: \S+)* (?:run )?test\b|^https? \S"
)
_CREDENTIALS = re.compile(
    r"^aws (?:configure|sts|sso login)\b|^az login\b|^gcloud (?:auth|init)\b|^aws-vault\b|^saml2aws\b|^granted\b"
    r"|^assume\b"
)
_PROVISION = re.compile(
    r"^aws (?:.* )?create-|^aws cloudformation deploy\b|^aws s3 mb\b"
    r"|^(?:npx |pnpm |yarn )?(?:aws-)?cdk(?:local)? (?:.* )?(?:deploy|bootstrap)\b"
    r"|^(?:terraform|tofu|terragrunt)(?: -\S+)* (?:run-all )?apply\b|^sam deploy\b|^pulumi up\b|^eksctl create\b"
    r"|^(?:npx )?(?:serverless|sls) deploy\b|^az .*\bcreate\b|^az deployment\b|^gcloud .*\b(?:create|deploy|enable)\b"
    r"|^helm (?:install|upgrade)\b|^kubectl apply\b|^ansible-playbook\b"
)
_STORE_SECRET = re.compile(
    r"\bsecretsmanager (?:create-secret|put-secret-value|update-secret)\b|\bssm put-parameter\b|^vault (?:kv )?(?:put"
    r"|write|patch)\b"
    r"|^az keyvault secret set\b|^gcloud secrets (?:create|versions add)\b|^kubectl(?: \S+)* create secret\b"
    r"|^(?:doppler|chamber|infisical) (?:secrets )?(?:set|write)\b|^terraform .*vault"
)
_PERMIT = re.compile(
    r"^aws iam\b|^az role\b|^az ad sp create-for-rbac\b|^gcloud iam\b|^gcloud .*add-iam-policy-binding\b"
    r"|^eksctl create iam"
)
_INSPECT = re.compile(
    r"^aws (?:.* )?(?:describe-|list-|get-(?!login-password))|^aws s3 ls\b|\bvalidat|^(?:npx )?cdk (?:diff"
    r"|ls|list)\b"
    r"|^(?:terraform|tofu) (?:validate|plan|show|output|state)\b|^az .*\b(?:show|list)\b|^gcloud .*\b(?:describe"
    r"|list)\b"
    r"|^kubectl (?:get|describe|rollout status)\b|^(?:helm|pulumi|sam) (?:status|list|preview|validate)\b|\bsmoke"
)
_CONFIRM = re.compile(r"validat|verif|health|\brollout status\b|\bwait\b|smoke", re.IGNORECASE)
_RESTORE = re.compile(r"restor|\brollback-db\b|point-in-time", re.IGNORECASE)
_SNAPSHOT = re.compile(r"snapshot", re.IGNORECASE)
_TAKES_SNAPSHOT = re.compile(
    r"(?:create|copy|start|take|delete|describe|list|make|modify)[\w-]*snapshot|snapshot[\w-]*[ -](?:create|save"
    r"|delete|list|take)",
    re.IGNORECASE,
)
_CLIENTS = frozenset({"psql", "mysql", "mariadb", "mongorestore", "pg_restore", "sqlite3", "redis-cli"})
_DUMP = re.compile(r"\.(?:sql|dump|bak|gz|rdb|archive)\b|backup", re.IGNORECASE)
_DEPLOY_SCRIPT = re.compile(
    r"(?:deploy|provision|bootstrap|create)[^/]*\.(?:py|sh|ts|js)$|(?:^|/)deploy$", re.IGNORECASE
)
_DEPLOY_TARGET = re.compile(r"deploy|provision|bootstrap", re.IGNORECASE)
_READERS = frozenset({"bash", "sh", "zsh", "tar", "gpg", "python", "python3", "apt-key", "jar", "unzip", "psql"})
_CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_ENV_FILE = re.compile(r"(?:^|/)\.env(?:rc)?(?:\.[\w-]+)?$")
_TEMPLATE = re.compile(r"(?:example|sample|template|dist|tpl)$")
Predicate = Callable[[Step], bool]


def text_of(step: Step) -> str:
    """The command without what stands before it."""
    return step.call.text


def installs(step: Step) -> bool:
    """Puts packages or images of the system in place."""
    return bool(_INSTALL.search(text_of(step))) and not {"-g", "--global"} & set(step.call.words)


def configures(step: Step) -> bool:
    """Makes an .env file or sets variables."""
    call = step.call
    if call.name in ("export", "setx", "declare", "direnv") or (call.assigned and not call.words):
        return True
    made = [*call.writes, *(call.words[-1:] if call.name in ("cp", "mv", "touch", "tee", "ln") else ())]
    return any(_ENV_FILE.search(m) and not _TEMPLATE.search(m) for m in made)


def checks(step: Step) -> bool:
    """Asks the system for an answer, or runs its tests."""
    return asks(step) or bool(_CHECK.search(text_of(step)))


def asks(step: Step) -> bool:
    """A request whose answer is looked at: no download."""
    call = step.call
    if call.name not in ("curl", "wget"):
        return False
    words = set(call.words)
    saved = [w for w in call.words if w in ("-o", "--output", "-O", "--remote-name")]
    is_saved = bool(saved) and not words & {"/dev/null", "-"} and not (call.name == "wget" and "-qO-" in words)
    return call.pipes_into not in _READERS and not is_saved


def logs_in(step: Step) -> bool:
    """Sets the credentials of the cloud account."""
    named = [*step.call.assigned, *step.call.words]
    return bool(_CREDENTIALS.search(text_of(step))) or any(w.startswith("AWS_PROFILE=") for w in named)


def provisions(step: Step) -> bool:
    """Makes resources in the cloud."""
    return bool(_PROVISION.search(text_of(step)))


def stores_secret(step: Step) -> bool:
    return bool(_STORE_SECRET.search(text_of(step)))


def permits(step: Step) -> bool:
    return bool(_PERMIT.search(text_of(step)))


def inspects(step: Step) -> bool:
    """Looks at what was made."""
    return bool(_INSPECT.search(text_of(step))) or asks(step)


def confirms(step: Step) -> bool:
    """Checks the result of a change: a request that changes nothing, a validation, waiting for health."""
    call = step.call
    if call.name in ("curl", "wget"):
        return asks(step) and not _changes(call)
    return bool(_CONFIRM.search(text_of(step)))


def restores(step: Step) -> bool:
    """Brings data back from a backup or snapshot."""
    text = text_of(step)
    if _RESTORE.search(text):
        return True
    if step.call.name in _CLIENTS and _DUMP.search(text):
        return "<" in _source(step) or " -f " in text or " --file" in text
    return bool(_SNAPSHOT.search(text)) and not _TAKES_SNAPSHOT.search(text)


def _source(step: Step) -> str:
    """The command as it is written, redirections and all."""
    return next((c.text for c in step.fence.commands if c.line == step.call.line), "")


def _changes(call: Call) -> bool:
    """Whether a request changes something."""
    joined = {w.removeprefix("-X").removeprefix("--request=") for w in call.words}
    sends = any(
        w in ("-d", "--data", "--data-raw", "--data-binary", "-F", "--form", "-T", "--json") for w in call.words
    )
    return bool(_CHANGING & joined) or (sends and not {"GET", "-G", "--get"} & set(call.words))


def short(call: Call) -> str:
    """What is called, for a note: its first words, no values."""
    kept: list[str] = []
    for word in call.words[:3]:
        if word.startswith("-") or "=" in word or len(word) > 60:
            break
        kept.append(word)
    return " ".join(kept) or (f"{call.assigned[0].partition('=')[0]}=" if call.assigned else call.name)


class Steps:
    """Finds commands in documents."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def of(self, part: Section | Document, wanted: Predicate) -> Iterator[Site]:
        """Where the commands of a kind stand."""
        for step in self._repo.docs.steps(part):
            if (step.call.words or step.call.assigned) and wanted(step):
                yield Site(part.path, step.call.line, f"`{short(step.call)}`")

    def starting(self, section: Section) -> Iterator[Site]:
        """Commands that start the system: a service program, a server, compose, an image built here, npm, make."""
        for step in self._repo.docs.steps(section):
            if step.call.words and (_START.search(text_of(step)) or self._starts_program(step, section)):
                yield Site(section.path, step.call.line, f"`{short(step.call)}` starts the system")

    def _starts_program(self, step: Step, section: Section) -> bool:
        if step.call.name in _SERVERS or "manage.py runserver" in text_of(step):
            return True
        if step.call.words[0] in self._own_commands or self._runs_built_image(step, section):
            return True
        started = list(targets(step.call.words))
        scripts = [t.file for t in started if _START_SCRIPT.search(t.file)]
        is_script = any(self._repo.docs.liveness.resolved(f, section.document, step.folder) for f in scripts)
        return is_script or any(t.program in _SERVERS or self._is_entry(t, step, section) for t in started)

    @cached_property
    def _own_commands(self) -> frozenset[str]:
        """Commands that the repository's packages install."""
        every = [d for p in self._repo.files.named("pyproject.toml") for d in self._repo.data.documents(p)]
        tables = [d.get(*keys) for d in every for keys in (("project", "scripts"), ("tool", "poetry", "scripts"))]
        return frozenset(name for table in tables if table is not None for name in table.entries)

    def _runs_built_image(self, step: Step, section: Section) -> bool:
        """`docker run` of an image that the document builds."""
        if not _RUN_IMAGE.match(text_of(step)):
            return False
        built = (_BUILT.match(text_of(s)) for s in self._repo.docs.steps(section.document))
        return any(found.group(1) in step.call.words for found in built if found)

    def _is_entry(self, target: Target, step: Step, section: Section) -> bool:
        """Whether what Python runs is a service entry module of the repository."""
        entries = {e.path for e in self._repo.delivery.entry_modules}
        return any(path in entries for path in self._paths(target, step, section.document))

    def _paths(self, target: Target, step: Step, document: Document) -> Iterator[str]:
        """The files that a started file or module may be."""
        liveness = self._repo.docs.liveness
        if target.file:
            found = liveness.resolved(target.file, document, step.folder)
            yield from [found] if found else []
            return
        tail = target.module.replace(".", "/")
        roots = [r.strip("./") for r in self._repo.settings.source_roots]
        for base in [*liveness.folders(document, step.folder), *roots]:
            prefix = f"{base}/" if base else ""
            yield from (f"{prefix}{tail}.py", f"{prefix}{tail}/__main__.py", f"{prefix}{tail}/__init__.py")

    def deploying(self, section: Section) -> Iterator[Site]:
        """Scripts and make targets of the repository that deploy."""
        for reference in self._repo.docs.references(section):
            pattern = _DEPLOY_TARGET if reference.kind == "make" else _DEPLOY_SCRIPT
            if reference.is_live and reference.kind in ("file", "make") and pattern.search(reference.target):
                yield Site(reference.path, reference.line, f"runs {reference.target}")


def first(places: Iterable[Site]) -> list[Site]:
    """The places, at most three of them: more prove no more."""
    found = list(dict.fromkeys(places))
    return found[:3]
