"""Can the infrastructure be deployed from its documentation? Five elements of one document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import plain
from pytest_readiness.repo.delivery.roots import IacRoot, Stack
from pytest_readiness.repo.docs import Document, Step
from pytest_readiness.repo.handbook.sections import Element, at, found
from pytest_readiness.repo.instructions.commands import Steps, first
from pytest_readiness.repo.modules import Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_DEPLOYS = re.compile(
    r"\bcdk(local)? (\S+ )*?(deploy|synth|bootstrap)\b|\b(terraform|tofu|terragrunt)( -\S+)* (run-all )?apply\b"
    r"|\bsam deploy\b|\baws cloudformation (deploy|create-stack|update-stack)\b|\bkubectl( \S+)* apply\b"
    r"|\bhelm( \S+)* (install|upgrade)\b|\bpulumi up\b|\b(serverless|sls) deploy\b"
)
_STACK_WORD = re.compile(r"(stack|construct)s?$", re.IGNORECASE)


class Documented:
    """The elements of the documents on the infrastructure code."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._steps = Steps(repo)

    def candidates(self, root: IacRoot, stacks: Sequence[Stack]) -> Iterator[tuple[Element, ...]]:
        """The elements of each document in the root, or that names its path."""
        for document in self._repo.documents.all():
            names_root = bool(root.folder) and re.search(
                rf"(?<![\w.-]){re.escape(root.folder)}(?![\w-])", document.text
            )
            if (root.folder and root.holds(document.path)) or names_root or not root.folder:
                yield self._elements(document, stacks)

    def _elements(self, document: Document, stacks: Sequence[Stack]) -> tuple[Element, ...]:
        place = at(document.whole)
        prepared = [at(s, s.title) for s in document.matching("prereq") if s.commands]
        sections = [s for s in document.sections if s.matches("deploy") or s.matches("local")]
        deployed = [site for s in sections for site in (*self._steps.of(s, _deploys), *self._steps.deploying(s))]
        configured = [at(s, s.title) for s in document.matching("config") if s.has_substance]
        return (
            found("prerequisites", prepared[:1], "no section on prerequisites has commands", place),
            found("deployment", first(deployed), "no section on deployment has a command that deploys", place),
            found("configuration", configured[:1], "no section on configuration says anything", place),
            self._stacks(document, stacks),
            self._references(document),
        )

    def _stacks(self, document: Document, stacks: Sequence[Stack]) -> Element:
        unnamed = [s for s in stacks if _place_of(s.name, document) is None]
        if unnamed:
            names = ", ".join(dict.fromkeys(s.name for s in unnamed))
            return Element("stacks", False, tuple(s.place for s in unnamed), f"{document.path} does not name {names}")
        named = [Site(document.path, _place_of(s.name, document), f"names {s.name}") for s in stacks]
        return Element("stacks", True, tuple(dict.fromkeys(named)) or (at(document.whole),), "")

    def _references(self, document: Document) -> Element:
        dead = self._repo.docs.dead(document)
        if dead:
            places = tuple(Site(r.path, r.line, r.problem) for r in dead)
            return Element("references", False, places, dead[0].problem)
        return Element("references", True, (at(document.whole, "no dead reference"),), "")


def _deploys(step: Step) -> bool:
    return bool(_DEPLOYS.search(step.call.text))


def _place_of(name: str, document: Document) -> int | None:
    """The line that names the stack, compared by letters and digits alone; None where none does."""
    letters = plain(_STACK_WORD.sub("", name)) or plain(name)
    expression = r"[\W_]{0,3}".join(map(re.escape, letters))
    pattern = re.compile(rf"(?<![a-z0-9]){expression}(?:[\W_]*stacks?)?(?![a-z0-9])", re.IGNORECASE)
    match = pattern.search(document.text)
    return document.text.count("\n", 0, match.start()) + 1 if match else None
