"""All that the repository does with personal data, as one object."""

from __future__ import annotations

import ast
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.modules import Module
from pytest_readiness.repo.orm import Model
from pytest_readiness.repo.pii import SUBJECT_COLUMNS, part_name, pii_phrase
from pytest_readiness.repo.privacy.erasure import Erasure
from pytest_readiness.repo.privacy.logs import Logs
from pytest_readiness.repo.privacy.maskers import Maskers
from pytest_readiness.repo.privacy.masking import Masking
from pytest_readiness.repo.privacy.operations import Operations
from pytest_readiness.repo.privacy.portability import Portability
from pytest_readiness.repo.privacy.prompts import Prompts
from pytest_readiness.repo.privacy.regions import Regions
from pytest_readiness.repo.privacy.sources import Sources

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_PROMPTS = frozenset({"prompt", "prompt text"})
"""Questions to a user or a model: as names alone they prove no personal data."""


class Privacy:
    """Lazy view; each part is made once."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def maskers(self) -> Maskers:
        """Functions that mask personal data, and where they are applied."""
        return Maskers(self._repo.product, self._repo.names, self._repo.origins, self.sources)

    @cached_property
    def sources(self) -> Sources:
        """Literal values behind expressions."""
        return Sources(self._repo.names, self._repo.origins)

    def regions(self, folder: str) -> Regions:
        """The regions that the code below a folder is bound to."""
        return Regions(self._repo, folder)

    @cached_property
    def masking(self) -> Masking:
        """Calls of maskers."""
        return Masking(self._repo, self.maskers)

    @cached_property
    def logs(self) -> Logs:
        """Log calls with personal data."""
        return Logs(self._repo, self.maskers)

    @cached_property
    def prompts(self) -> Prompts:
        """What is sent to language models."""
        return Prompts(self._repo, self.maskers)

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """ORM classes that hold data of persons: a column of personal data, or one that says whose row it is."""
        return tuple(m for m in self._repo.orm.models if any(_is_personal(c.name, c.attribute) for c in m.columns))

    @cached_property
    def operations(self) -> Operations:
        """Handlers, commands and jobs, and whose data they are about."""
        return Operations(self._repo)

    @cached_property
    def erasure(self) -> Erasure:
        """Whose rows are erased on request."""
        return Erasure(self._repo, self.operations)

    @cached_property
    def portability(self) -> Portability:
        """Whose rows are exported on request."""
        return Portability(self._repo, self.operations)

    @cached_property
    def traced(self) -> tuple[Datum, ...]:
        """API Gateway settings that write whole requests to the log."""
        found = self._repo.infra.settings_named("data_trace_enabled")
        return tuple(d for d in found if _is_on(d))

    @cached_property
    def handled(self) -> bool:
        """Whether the product code handles data of persons: in a model, under a telling name, or by asking a model."""
        if self.models or self._repo.llm.calls.all or self._repo.llm.agents or self.maskers.all:
            return True
        return any(_names_person(n) for m in self._repo.product for n in _fields(m))


def _is_on(setting: Datum) -> bool:
    """On, or on in one of the cases."""
    return setting.is_true or any(_is_on(d) for d in setting.elements)


def _is_personal(*names: str) -> bool:
    return any(n in SUBJECT_COLUMNS or pii_phrase(n) for n in names)


def _fields(module: Module) -> list[str]:
    """Names of parameters, attributes, keys and annotated fields."""
    named = [n.arg if isinstance(n, ast.arg) else part_name(n) for n in module.nodes if not isinstance(n, ast.Name)]
    declared = [n.target.id for n in module.nodes if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
    return [n for n in (*named, *declared) if n]


def _names_person(name: str) -> bool:
    phrase = pii_phrase(name)
    return phrase is not None and phrase not in _PROMPTS
