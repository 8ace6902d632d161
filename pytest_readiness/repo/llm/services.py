"""The language model service that a repository offers its agents: interfaces, service classes, completion methods."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.llm.agents import instances
from pytest_readiness.repo.llm.calls import LlmCalls
from pytest_readiness.repo.modules import Class, Function, Module
from pytest_readiness.repo.names import External, Names

if TYPE_CHECKING:
    from pytest_readiness.repo.imports import Imports

_ABSTRACT = frozenset({"abc.ABC", "typing.Protocol", "typing_extensions.Protocol"})


class LlmServices:
    """The service classes among the given modules, agent folders left out.

    `supplied` are classes of the objects that live code hands to the agents: what is really used counts as offered.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what the facts are made of, by name
        self,
        modules: Iterable[Module],
        names: Names,
        imports: Imports,
        calls: LlmCalls,
        agent_folders: frozenset[str],
        supplied: Iterable[Class] = (),
    ) -> None:
        self._modules, self._names, self._imports, self._calls = tuple(modules), names, imports, calls
        self._supplied = tuple(supplied)
        self._agent_folders = agent_folders

    @cached_property
    def interfaces(self) -> tuple[Class, ...]:
        """ABCs and Protocols that declare a completion method."""
        found = (c for m in self._modules for c in m.classes if self.is_abstract(c))
        return tuple(c for c in found if self._calls.declares_completion(c))

    @cached_property
    def candidates(self) -> tuple[Class, ...]:
        """Service classes as they would be if their module could be imported: for saying why one is dead."""
        offered = [c for m in self._modules for c in m.classes if self._implements(c)]
        return tuple(
            c
            for c in dict.fromkeys([*offered, *self._returned, *self._supplied])
            if self._outside(c) and self.methods(c)
        )

    @cached_property
    def classes(self) -> tuple[Class, ...]:
        """Concrete classes of loadable product code, offered as the service, whose completion method has a body."""
        return tuple(c for c in self.candidates if self._imports.loadable(c.module))

    def is_service(self, cls: Class) -> bool:
        """Whether the class could serve: loadable, outside the agents, with a completion method of its own."""
        return self._outside(cls) and self._imports.loadable(cls.module) and bool(self.methods(cls))

    def methods(self, cls: Class) -> list[Function]:
        """Completion methods of a concrete class that have a body, inherited ones too; none for an abstract class."""
        if self.is_abstract(cls):
            return []
        found = (self._calls.completion_method(cls, name) for name in self._calls.completion_names)
        return [m for m in found if m is not None and has_body(m)]

    def is_abstract(self, cls: Class) -> bool:
        """A Protocol, or a class with an abstract method that it does not fill in."""
        if any(isinstance(b, External) and b.name.endswith(".Protocol") for b in self._names.bases(cls)):
            return True
        family = [c for c in self._names.ancestry(cls) if isinstance(c, Class)]
        abstract = {name for c in family for name, m in c.methods.items() if is_abstract_method(m)}
        left = [name for name in abstract if (m := self._names.method(cls, name)) and is_abstract_method(m)]
        return bool(left) or (self._bare_abc(cls) and not any(has_body(m) for m in cls.methods.values()))

    def _bare_abc(self, cls: Class) -> bool:
        return any(isinstance(b, External) and b.name in _ABSTRACT for b in self._names.bases(cls))

    def _implements(self, cls: Class) -> bool:
        above = self._names.ancestry(cls)[1:]
        return any(c in self.interfaces for c in above if isinstance(c, Class))

    @cached_property
    def _returned(self) -> list[Class]:
        """Classes of which a product function whose name contains `llm` returns an object."""
        found: list[Class] = []
        for function in (f for m in self._modules for f in m.functions if "llm" in f.name.lower()):
            found += returned_classes(self._names, function)
        return found

    def _outside(self, cls: Class) -> bool:
        return not any(cls.path.startswith(folder) for folder in self._agent_folders)


def returned_classes(names: Names, function: Function) -> list[Class]:
    """Classes of the repository that what the function returns may be an object of."""
    values = [r.value for r in function.returns if r.value is not None]
    found = [c for v in values for c in instances(names, function.module, v)]
    return [*found, *names.annotated(function.module, function.node.returns)]


def is_abstract_method(function: Function) -> bool:
    """Decorated with abstractmethod."""
    return any("abstractmethod" in ast.unparse(d) for d in function.node.decorator_list)


def has_body(function: Function) -> bool:
    """The body is more than docstring, pass, `...`, `return None` or raise."""
    return any(not _is_empty(s) for s in function.node.body)


def _is_empty(statement: ast.stmt) -> bool:
    match statement:
        case ast.Pass() | ast.Raise() | ast.Expr(value=ast.Constant()):
            return True
        case ast.Return(value=None | ast.Constant(value=None)):
            return True
    return False
