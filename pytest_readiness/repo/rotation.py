"""By which mechanism can keys be rotated: schedules, code that writes new versions, written procedures."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.command_lines import targets
from pytest_readiness.repo.credential_names import ENDINGS, ends_with
from pytest_readiness.repo.data_files import lines_of
from pytest_readiness.repo.docs import Command, Section
from pytest_readiness.repo.modules import Function, Module, Site, call_name, is_main_guard
from pytest_readiness.repo.secret_access import secret_id

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_SCHEDULE_METHODS = frozenset({"add_rotation_schedule", "add_rotation_single_user", "add_rotation_multi_user"})
_SCHEDULE_TYPES = frozenset(
    {
        ("secretsmanager", "rotationschedule"), ("secretsmanager", "cfnrotationschedule"),
        ("secretsmanager", "secretrotation"),
    }
)  # fmt: skip
_TERRAFORM_SCHEDULE = "aws_secretsmanager_secret_rotation"
_WRITES = frozenset(
    {
        "put_secret_value", "update_secret", "update_secret_version_stage", "add_secret_version", "set_secret",
        "create_or_update_secret", "put_parameter",
    }
)  # fmt: skip
"""Calls that put a new version of a secret; which secret decides whether that is rotation."""
_ROTATION_WORD = re.compile(r"rotat|renew|roter", re.IGNORECASE)
HEADING = r"\b(?:rotat(?:e|es|ing|ions)|\w*rotation|roter(?:a|ar|ing))\b"
_WRITE_COMMAND = re.compile(
    r"put-secret-value|update-secret\b|rotate-secret|\bvault\s+kv\s+(?:put|patch)|gcloud\s+secrets\s+versions\s+add"
    r"|az\s+keyvault\s+secret\s+set|ssm\s+put-parameter"
)
_TAKE_UP = re.compile(
    r"restart|re-?deploy|force-new-deployment|reload|rollout|starta\s+om|omstart|driftsätt"
    r"|(?:cache|ttl)[^.\n]{0,80}\d+\s*(?:s|sec|second|min|minut|h|hour|timm)",
    re.IGNORECASE,
)
_DENIAL = re.compile(r"\b(?:no|not|never|without|inte|ingen|utan)\b|n't\b", re.IGNORECASE)
"""A line that says so asks for no step: "no restart is needed"."""
_PATH_WORD = re.compile(r"^(?:\./)?[\w.-]+(?:/[\w.-]+)+$|^[\w-]+\.(?:py|sh)$")
_OPTION_PATH = re.compile(r"^(?:file|fileb)://(?!/)(.+)$")


class Rotation:
    """Mechanisms of rotation, and what only looks like one."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def mechanisms(self) -> tuple[Site, ...]:
        """Everything that defines how a key is rotated."""
        return (*self.schedules, *self.calls, *self.procedures)

    @cached_property
    def schedules(self) -> tuple[Site, ...]:
        """Rotation schedules that infrastructure code gives to a secret."""
        infra = self._repo.infra
        calls = [c for app in infra.cdk_apps for c in app.method_calls if c.name in _SCHEDULE_METHODS]
        found = [Site(c.path, c.line, f"{c.name} gives the secret a rotation schedule") for c in calls]
        for resource in infra.resources:
            if resource.type in _SCHEDULE_TYPES or resource.kind == _TERRAFORM_SCHEDULE:
                found.append(Site(resource.path, resource.line, f"{resource.name} is a rotation schedule"))
        return tuple(found)

    @cached_property
    def calls(self) -> tuple[Site, ...]:
        """Calls of the secrets manager that rotate an application key, in live code or scripts that can be started."""
        found = ((m, c) for m, c in self._manager_calls() if self._rotates(m, c) and self._can_start(m, c))
        return tuple(m.at(c, f"{call_name(c)} writes a new version of the key") for m, c in found)

    @cached_property
    def procedures(self) -> tuple[Site, ...]:
        """Sections that say how to rotate a key, with commands that work."""
        found = (s for s in self._sections() if not self.shortcomings(s))
        return tuple(Site(s.path, s.line, f"procedure “{s.title}”") for s in found)

    @cached_property
    def lookalikes(self) -> tuple[Site, ...]:
        """What is no mechanism, with the reason."""
        infra = self._repo.infra
        kms = (d for r in infra.resources if "kms" in r.type[0] + r.kind for d in r.all_settings("enable_key_rotation"))
        found = [Site(d.path, d.line, "rotates a KMS key, not the application's keys") for d in kms]
        for section in self._sections():
            found.append(Site(section.path, section.line, f"“{section.title}”: {self.shortcomings(section)}"))
        for module, call in self._manager_calls():
            if self._rotates(module, call) and not self._can_start(module, call):
                found.append(module.at(call, "nothing that runs calls this"))
        return tuple(found)

    def shortcomings(self, section: Section) -> str:
        """What a procedure lacks; "" for one that can be followed."""
        commands = [c for f in section.fences for c in (f.commands or _untagged(f.language, f.lines))]
        if not any(_WRITE_COMMAND.search(c.text) for c in commands):
            return "no command that writes the new value"
        body = lines_of(section.document.text)[section.line : section.end - 1]
        if not any(_TAKE_UP.search(line) and not _DENIAL.search(line) for line in body):
            return "no step that makes running processes use the new value"
        missing = [p for c in commands for p in self._missing(c, section.document.folder)]
        return f"{missing[0]} does not exist" if missing else ""

    def _sections(self) -> Iterator[Section]:
        for document in self._repo.documents.all(self._repo.documents.handbooks):
            yield from document.outermost(HEADING)

    def _missing(self, command: Command, folder: str) -> Iterator[str]:
        """Paths of the repository that the command names and that are not there."""
        files = self._repo.files
        named = {t.file for t in targets(command.words) if t.file}
        named |= {found.group(1) for w in command.words if (found := _OPTION_PATH.match(w))}
        modules = (t.module.replace(".", "/") for t in targets(command.words) if t.module)
        for module in modules:
            is_ours = files.exists(module.split("/")[0])
            if is_ours and not any(files.exists(f"{module}{end}") for end in (".py", "/__main__.py")):
                yield module
        for path in sorted(named):
            inside = posixpath.normpath(path)
            is_path = _PATH_WORD.match(path) and not path.startswith("/")
            if is_path and not any(files.exists(posixpath.normpath(f"{base}{inside}")) for base in ("", f"{folder}/")):
                yield path

    def _manager_calls(self) -> Iterator[tuple[Module, ast.Call]]:
        for module in self._repo.modules.values():
            if self._repo.scope.is_test(module.path) or not _mentions_manager(module):
                continue
            for call in module.calls:
                if call_name(call) in _WRITES or call_name(call) == "rotate_secret":
                    yield module, call

    def _rotates(self, module: Module, call: ast.Call) -> bool:
        """Whether the call rotates: by its own name, that of the code around it, or that of the key it writes."""
        name = call_name(call)
        keywords = {k.arg for k in call.keywords}
        if name == "rotate_secret":
            return "SecretId" in keywords or None in keywords
        if name == "put_parameter" and "Overwrite" not in keywords:
            return False
        function = module.enclosing_function(call)
        around = [function.name if function else "", module.path.rsplit("/", 1)[-1]]
        named = re.split(r"[/:]", secret_id(call).rstrip("-_/"))[-1]
        return any(_ROTATION_WORD.search(text) for text in around) or ends_with(named, ENDINGS)

    def _can_start(self, module: Module, call: ast.Call) -> bool:
        """Live, or reached from the main guard of its own module."""
        function = module.enclosing_function(call)
        if self._repo.scope.is_product(module.path) and self._repo.live.runs(module, call):
            return True
        if module.in_main_guard(call) or not module.main_guards:
            return bool(module.main_guards) and module.in_main_guard(call)
        return function is None or function.node in _reached_from_guard(module)


def _untagged(language: str, lines: list[tuple[int, str]]) -> list[Command]:
    """The lines of a fence without a language, as commands."""
    return [Command(text.strip(), number) for number, text in lines if text.strip()] if not language else []


def _mentions_manager(module: Module) -> bool:
    return any(word in module.text for word in ("secretsmanager", "secretmanager", "hvac", "keyvault", "ssm"))


def _reached_from_guard(module: Module) -> set[ast.AST]:
    """Functions of a script that its main guard calls, by name and through each other."""
    functions: dict[str, list[Function]] = {}
    for function in module.functions:
        functions.setdefault(function.name, []).append(function)
    todo: list[ast.AST] = [n for n in module.main_guards if is_main_guard(n)]
    reached: set[ast.AST] = set()
    while todo:
        names = {_name_of(node) for node in ast.walk(todo.pop())}
        for found in (f for name in names for f in functions.get(name, [])):
            if found.node not in reached:
                reached.add(found.node)
                todo.append(found.node)
    return reached


def _name_of(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
