"""Examples of calling the LLM service: sound, of the repository's own service, with parameters that it has."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.docs import Document, PythonExample, is_readme
from pytest_readiness.repo.handbook.llm_interface import accepts
from pytest_readiness.repo.handbook.sections import Element
from pytest_readiness.repo.handbook.teams import AgentTeam
from pytest_readiness.repo.modules import Function, Site

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo


class LlmExamples:
    """Which teams show how the LLM service is called, and which Python examples are there at all."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    def of_team(self, team: AgentTeam) -> Element:
        """Whether a README in or below the team's folder has a sound example of a call."""
        tried = [(e, self._problem(e)) for d in self._readmes_below(team.folder) for e in self._repo.docs.examples(d)]
        for example, problem in tried:
            if not problem:
                return Element(team.title, True, tuple(self._shown(example)))
        if not tried:
            return Element(
                team.title, False, (Site(team.path, None, "no README has a Python example"),), "no Python example"
            )
        example, problem = next(((e, p) for e, p in tried if not e.is_sound), tried[0])
        return Element(team.title, False, (Site(example.path, example.line, problem),), problem)

    def in_reference(self) -> list[PythonExample]:
        """The Python examples of the READMEs in or below the LLM service's folder and the agents root."""
        folders = (self._repo.handbook.llm_interface.folder, *self._repo.handbook.agent_folders)
        documents = {d.path: d for f in folders if f is not None for d in self._readmes_below(f)}
        return [e for path in sorted(documents) for e in self._repo.docs.examples(documents[path])]

    def _readmes_below(self, folder: str) -> Iterator[Document]:
        inside = f"{folder}/" if folder else ""
        return (d for d in self._repo.documents.all() if d.path.startswith(inside) and is_readme(d.path))

    def _problem(self, example: PythonExample) -> str:
        """Why the example does not show a call of the service; "" where it does."""
        if not example.is_sound or example.tree is None:
            return example.problem
        asked = [(c, m) for c in ast.walk(example.tree) if isinstance(c, ast.Call) for m in self._methods(c)]
        if any(self._fits(c, m) for c, m in asked):
            return "" if example.imported else "it imports nothing of the repository"
        return _misfit(asked)

    def _methods(self, call: ast.Call) -> list[Function]:
        """The methods of LLM services that a call on an object may run."""
        if not isinstance(call.func, ast.Attribute):
            return []
        return self._repo.handbook.llm_interface.calls.get(call.func.attr, [])

    def _fits(self, call: ast.Call, method: Function) -> bool:
        keywords = [k.arg for k in call.keywords if k.arg is not None]
        given = [*call.args, *(k.value for k in call.keywords)]
        has_ellipsis = any(isinstance(a, ast.Constant) and a.value is Ellipsis for a in given)
        return bool(keywords) and not has_ellipsis and accepts(method, keywords)

    def _shown(self, example: PythonExample) -> Iterator[Site]:
        for call in ast.walk(example.tree) if example.tree else ():
            for method in self._methods(call) if isinstance(call, ast.Call) else ():
                if isinstance(call, ast.Call) and self._fits(call, method):
                    line = example.fence.line + call.lineno - 1
                    yield Site(example.path, line, f"calls {method.qualname} of {method.path}")
                    return


def _misfit(asked: list[tuple[ast.Call, Function]]) -> str:
    """What is wrong with the calls of service methods, or that there are none."""
    for call, method in asked:
        keywords = [k.arg for k in call.keywords if k.arg is not None]
        unknown = [k for k in keywords if not accepts(method, [k])]
        if unknown:
            return f"{method.name} takes no {unknown[0]}"
        return f"the call of {method.name} leaves out its arguments"
    return "it calls no method of the LLM service"
