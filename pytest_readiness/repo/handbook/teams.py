"""Agent teams as documents speak of them: their folder, their names in prose, their agents and their code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.delivery.components import EntryModule
from pytest_readiness.repo.docs import Document, is_readme, words
from pytest_readiness.repo.modules import Module
from pytest_readiness.settings import Team

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W_]+")
_CODE_FILE = re.compile(r"(?<![\w./\\-])[\w./\\-]*\.pyi?\b")
_TREE_LINE = re.compile(r"^[ \t│|]*(?:[├└]|[|+`]--).*$", re.MULTILINE)
_PLAIN_FILES = frozenset({"agent", "agents", "init", "main", "app", "core", "service", "team", "index"})
_INFLECTED = "(?:s|n|en|et|ns|ens|ets)?"
"""Endings that a name takes in a sentence: agents, samordnaren."""
_SWEDISH_ROLES = {
    "coordinator": r"samordnar\w*|koordinator\w*",
    "architect": r"arkitekt(?!ur)\w*",
    "product manager": r"produkt(?:chef|ägar|ansvarig|ledar)\w*",
    "implementation": r"implementering\w*|implementerar\w*|genomföra(?:nde|r)\w*",
    "quality assurance": r"kvalitets(?:säkr|gransk|kontroll)\w*|granskar\w*",
    "banking": r"bankagent\w*|bank(?:en|tjänst\w*|ärende\w*)?",
}
"""What Swedish prose calls the usual roles."""


def letters(text: str) -> str:
    """The text's letters and digits in lower case: how names are compared."""
    return "".join(_WORD.findall(text)).lower()


def words_of(text: str) -> list[str]:
    """The words in lower case; `QualityAssurance` and `quality_assurance` are two words each."""
    return [w.lower() for w in _WORD.findall(_HUMP.sub(" ", text))]


def without_files(text: str) -> str:
    """The text without names of code files and without lines of a directory tree: those name files, not agents."""
    return _CODE_FILE.sub(" ", _TREE_LINE.sub(" ", text))


@dataclass(frozen=True)
class AgentName:
    """An agent of a team: `name` is what prose calls it, such as "quality assurance"; `stem` is its file."""

    name: str
    path: str
    line: int | None = 1
    stem: str = ""

    def is_named(self, text: str) -> bool:
        """Whether the text names the agent, in English or Swedish; a file's name is no mention."""
        prose = without_files(text)
        joined = f" {words.folded(' '.join(words_of(prose)))} "
        if any(re.search(rf" {re.escape(words.folded(n))}{_INFLECTED} ", joined) for n in (self.name, self.stem) if n):
            return True
        swedish = _SWEDISH_ROLES.get(self.name)
        return swedish is not None and re.search(rf"\b(?:{swedish})\b", prose, re.IGNORECASE) is not None


class AgentTeam:
    """One team of the settings."""

    line = None

    def __init__(self, repo: Repo, name: str, team: Team) -> None:
        self._repo, self.id, self._team = repo, name, team

    @cached_property
    def folder(self) -> str:
        """The team's folder, "" for the root."""
        if self._team.folder is not None:
            return self._team.folder.strip("/")
        root = self._repo.settings.paths.agents.strip("/")
        if f"{root}/{self.id}" in self._repo.files.folders:
            return f"{root}/{self.id}"
        fixed = self._team.files.partition("<role>")[0].rpartition("/")[0]
        below = fixed.removeprefix(root + "/") if fixed.startswith(root + "/") else ""
        return f"{root}/{below.partition('/')[0]}" if below else fixed

    @property
    def path(self) -> str:
        return self.folder or "."

    @property
    def names(self) -> tuple[str, ...]:
        """What documents call the team."""
        return self._team.names or (self.id.replace("_", " "),)

    @property
    def title(self) -> str:
        return self.names[0]

    def is_named(self, text: str) -> bool:
        """Whether the text names the team, compared by letters and digits."""
        plain = letters(text)
        return any(letters(name) in plain for name in (*self.names, self.id) if letters(name))

    @property
    def roles(self) -> tuple[str, ...]:
        return self._team.roles

    @cached_property
    def role_files(self) -> dict[str, str]:
        """Role -> file, for the roles whose file exists."""
        files = {role: self._team.file_of(role) for role in self._team.roles}
        return {role: path for role, path in files.items() if path in self._repo.files.path_set}

    @cached_property
    def exists(self) -> bool:
        """Whether the repository has the team: a file of a role, or its folder."""
        has_folder = bool(self.folder) and self.folder in self._repo.files.folders
        return bool(self.role_files) or (has_folder and bool(self._team.roles))

    def holds(self, path: str) -> bool:
        """Whether a path lies below the team's folder."""
        return not self.folder or path.startswith(self.folder + "/")

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The team's code: product modules below its folder."""
        return tuple(m for m in self._repo.product if self.holds(m.path))

    @cached_property
    def entry_modules(self) -> tuple[EntryModule, ...]:
        """The team's service entry modules."""
        return tuple(e for e in self._repo.delivery.entry_modules if self.holds(e.path))

    @cached_property
    def readmes(self) -> tuple[Document, ...]:
        """The documents named README* directly in its folder."""
        found = self._repo.documents.all()
        return tuple(d for d in found if d.folder == self.folder and is_readme(d.path))

    @cached_property
    def agents(self) -> tuple[AgentName, ...]:
        """The agents: modules named `*_agent.py`, files of the roles; without any, classes named `*Agent`."""
        found = {p: AgentName(role.replace("_", " "), p, stem=_stem(p)) for role, p in self.role_files.items()}
        for module in self.modules:
            if module.path.endswith("_agent.py"):
                found.setdefault(module.path, AgentName(_stem(module.path), module.path))
        return tuple({a.name: a for a in (found.values() or self._agent_classes())}.values())

    def _agent_classes(self) -> Iterable[AgentName]:
        classes = (c for m in self.modules for c in m.classes if c.is_top_level and c.name.endswith("Agent"))
        named = ((c, " ".join(words_of(c.name.removesuffix("Agent")))) for c in classes)
        return [AgentName(name, c.path, c.line) for c, name in named if name]


def _stem(path: str) -> str:
    """The words of a file's name, without "agent": `quality_assurance_agent.py` is "quality assurance".

    "" for a name that says nothing of the agent: `coordinator/agent.py`.
    """
    name = path.rsplit("/", 1)[-1].removesuffix(".py").lower().strip("_")
    return "" if name in _PLAIN_FILES else name.removesuffix("_agent").replace("_", " ")


def teams_of(repo: Repo) -> dict[str, AgentTeam]:
    """Every team of the settings, by id, whether the repository has it or not."""
    return {name: AgentTeam(repo, name, team) for name, team in repo.settings.teams.items()}
