"""The LLM service as its users see it: the root interface, its public methods, and what a call may pass."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Function, Module

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_SERVICE = re.compile(r"(?:LLM|Llm).*(?:Service|Client|Gateway)$")
_CALLED = re.compile(r"(?:LLM|Llm).*(?:Service|Client|Gateway|Adapter)$")
_ASKS = re.compile(r"generat|complet|chat|stream")


class LlmInterface:
    """The LLM service's interface.

    By name in the configured places; where nothing lies there, by name anywhere outside the agents, else by role: the
    interface or class with a completion method that agents are given.
    """

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def folder(self) -> str | None:
        """The LLM service's folder: the configured one where it exists, else the interface's; None without both."""
        configured = self._repo.settings.paths.llm.strip("/")
        if configured in self._repo.files.folders:
            return configured
        return self.root.module.folder if self.root is not None else None

    @cached_property
    def root(self) -> Class | None:
        """The class that the others of the service derive from."""
        for candidates in (self._configured(), self._named(), self._by_role()):
            found = self._roots(candidates)
            if found:
                return max(found, key=self._standing)
        return None

    @cached_property
    def methods(self) -> tuple[Function, ...]:
        """The public methods of the interface, in source order."""
        return public_methods(self.root) if self.root is not None else ()

    @cached_property
    def calls(self) -> dict[str, list[Function]]:
        """Method name -> the methods of LLM services by which a caller asks the model."""
        named = (c for m in self._outside_tests() for c in m.classes if _CALLED.search(c.name) and not _is_stand_in(c))
        found = [m for c in named for m in public_methods(c) if _ASKS.search(m.name.lower())]
        services = (*self._repo.llm.services.interfaces, *self._repo.llm.services.candidates)
        asking = self._repo.settings.llm.completion_methods
        found += [m for c in services if not _is_stand_in(c) for m in public_methods(c) if m.name in asking]
        listed: dict[str, list[Function]] = {}
        for method in dict.fromkeys(found):
            listed.setdefault(method.name, []).append(method)
        return listed

    def _outside_tests(self) -> Iterable[Module]:
        return (m for p, m in self._repo.modules.items() if m.tree is not None and not self._repo.scope.is_test(p))

    def _configured(self) -> list[Class]:
        paths = self._repo.settings.paths
        folder = paths.llm.strip("/") + "/"
        modules = [m for m in self._repo.product if m.path.startswith(folder) or m.path == paths.llm_interface]
        return [c for m in modules for c in m.classes if _SERVICE.search(c.name)]

    def _named(self) -> list[Class]:
        classes = (c for m in self._repo.product for c in m.classes if c.is_top_level and _SERVICE.search(c.name))
        return [c for c in classes if self._is_outside_teams(c)]

    def _by_role(self) -> list[Class]:
        services = self._repo.llm.services
        offered = [c for c in services.interfaces if self._is_outside_teams(c)]
        return offered or list(services.candidates)

    def _is_outside_teams(self, cls: Class) -> bool:
        return not any(t.folder and t.holds(cls.path) for t in self._repo.handbook.teams)

    def _roots(self, classes: list[Class]) -> list[Class]:
        return [c for c in classes if not set(self._repo.names.ancestry(c)[1:]) & set(classes)]

    def _standing(self, cls: Class) -> tuple[int, int]:
        """How many classes derive from it, and how many public methods it has."""
        heirs = sum(cls in self._repo.names.ancestry(c)[1:] for m in self._repo.product for c in m.classes)
        return heirs, len(public_methods(cls))


def public_methods(cls: Class) -> tuple[Function, ...]:
    """The methods that the class itself defines, without those with a leading underscore."""
    found = (m for m in cls.methods.values() if not m.name.startswith("_") and not _is_property(m))
    return tuple(sorted(found, key=lambda m: m.line))


def _is_stand_in(cls: Class) -> bool:
    """Defined where an import failed: it takes whatever it is given, the service does not."""
    return any(isinstance(a, ast.ExceptHandler) for a in cls.module.ancestors(cls.node))


def own_parameters(function: Function) -> tuple[str, ...]:
    """The parameters that a caller passes: without self and cls, in order, stars included."""
    bound = function.cls is not None and not _has_decorator(function, "staticmethod")
    return tuple(p.arg for p in function.params[bound:])


def accepts(function: Function, keywords: Iterable[str]) -> bool:
    """Whether a call may pass all these keywords."""
    arguments = function.node.args
    taken = {p.arg for p in (*arguments.args, *arguments.kwonlyargs)}
    return arguments.kwarg is not None or set(keywords) <= taken


def _is_property(function: Function) -> bool:
    return _has_decorator(function, "property") or _has_decorator(function, "cached_property")


def _has_decorator(function: Function, name: str) -> bool:
    found = (getattr(d, "attr", getattr(d, "id", "")) for d in function.node.decorator_list)
    return name in found
