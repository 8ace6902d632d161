"""Which models' rows of a person does an export give, in a form that machines read?"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Function, Site, call_name, text_of
from pytest_readiness.repo.orm import Model
from pytest_readiness.repo.pii import words_of
from pytest_readiness.repo.privacy.operations import DEPTH, Key, Operation, Operations, Step

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_WRITES = frozenset(
    {"dump", "dumps", "writerow", "writerows", "to_json", "to_csv", "to_xml", "tostring", "model_dump_json", "orjson"}
)
_UNREADABLE = frozenset(
    {"pdf", "fpdf", "canvas", "summary", "summarize", "summarise", "html", "render", "docx", "mail", "email", "smtp"}
    | {"template", "chart", "len", "count", "complete", "completion", "chat"}
)
"""Words in names of calls whose result is for people, not for machines."""
_TECHNICAL = ("Token", "Session", "Quota", "Usage", "RateLimit")
"""Words in class names of records that are about the account, not about the person."""
_MEDIA = frozenset({"media_type", "mimetype", "content_type"})
Rows = dict[Model, Site]


@dataclass(frozen=True, eq=False)
class Exported:
    """A model whose rows an operation gives out, and where they are selected."""

    model: Model
    operation: Operation
    site: Site


class Portability:
    """What exports cover."""

    def __init__(self, repo: Repo, operations: Operations) -> None:
        self._repo, self._operations = repo, operations
        self._known: dict[Key, tuple[Rows, Rows]] = {}

    @cached_property
    def models(self) -> tuple[Model, ...]:
        """The models that a person's copy must hold: all personal ones but technical records."""
        return tuple(m for m in self._repo.privacy.models if not any(word in m.name for word in _TECHNICAL))

    @cached_property
    def exports(self) -> tuple[Operation, ...]:
        """Operations whose path or name says export."""
        names = [n.lower() for n in self._repo.settings.export_names]
        return tuple(o for o in self._operations.all if any(n in label for label in o.labels for n in names))

    @cached_property
    def exported(self) -> dict[Model, Exported]:
        """Every model that a trusted export covers."""
        return self._covered([o for o in self.exports if not o.problem])

    @cached_property
    def untrusted(self) -> dict[Model, Exported]:
        """Models that only exports cover which nobody can or may run."""
        return self._covered([o for o in self.exports if o.problem])

    def _covered(self, operations: list[Operation]) -> dict[Model, Exported]:
        found: dict[Model, Exported] = {}
        for operation in operations:
            given, written = self._in(Step(operation.function, operation.subjects), DEPTH)
            rows = written | given if operation.kind == "handler" else written
            for model, site in rows.items():
                found.setdefault(model, Exported(model, operation, site))
        return found

    def _in(self, step: Step, depth: int) -> tuple[Rows, Rows]:
        """The subject's rows that the function returns, and those that it or what it calls writes."""
        if step.key not in self._known:
            self._known[step.key] = ({}, {})
            self._known[step.key] = self._walk(step, depth)
        return self._known[step.key]

    def _walk(self, step: Step, depth: int) -> tuple[Rows, Rows]:
        given: Rows = {}
        written: Rows = {}
        for node, rows in self._selected(step):
            self._follow(step, node, rows, given, written)
        for call, inner in self._operations.calls(step) if depth > 0 else ():
            returned, stored = self._in(inner, depth - 1)
            written |= {m: s for m, s in stored.items() if m not in written}
            if returned:
                self._follow(step, call, returned, given, written)
        return given, written

    def _follow(self, step: Step, node: ast.expr, rows: Rows, given: Rows, written: Rows) -> None:
        """Adds the rows to what is returned, or written, where they get that far."""
        flow = Flow(step.function, seed=_is(node), cleans=_for_people)
        if any(not _is_document(r) for r in flow.returned):
            given |= {m: s for m, s in rows.items() if m not in given}
        if any(call_name(c) in _WRITES and flow.carries(_subject_of(c)) for c in _calls(step.function)):
            written |= {m: s for m, s in rows.items() if m not in written}

    def _selected(self, step: Step) -> list[tuple[ast.expr, Rows]]:
        """Expressions that hold rows of the subject: statements, relationships, the person's own row."""
        flow, module = self._operations.flow(step), step.function.module
        found = self._by_statement(step)
        for node in ast.walk(step.function.node):
            if isinstance(node, ast.Attribute) and flow.carries(node.value):
                behind = [n for m in self._owners(step, node.value) for n in self._repo.orm.behind(m, node.attr)]
                found += [(node, {m: module.at(node, f"takes {m.name} from .{node.attr}") for m in behind})]
            elif isinstance(node, ast.Name) and node.id in step.names and isinstance(node.ctx, ast.Load):
                own = self._owners(step, node)
                found += [(node, {m: module.at(node, f"gives the {m.name} itself") for m in own})]
        return [(node, rows) for node, rows in found if rows]

    def _by_statement(self, step: Step) -> list[tuple[ast.expr, Rows]]:
        read = (s for s in self._operations.statements(step) if s.kind in ("select", "get") and not s.is_count)
        own = (s for s in read if self._operations.selects_subject(step, s))
        return [(s.node, {m: s.at(f"selects {m.name}") for m in s.models}) for s in own]

    def _owners(self, step: Step, node: ast.expr) -> list[Model]:
        """The models of persons that an expression may be a row of, the caller that a dependency loads included."""
        found = self._repo.orm.instances(step.function.module, node)
        if not found and isinstance(node, ast.Name):
            inputs = (i for i in self._repo.web.inputs(step.function) if i.name == node.id and i.dependency)
            functions = (f for i in inputs if i.dependency for f in i.dependency.functions)
            found = [m for f in functions for m in self._repo.orm.returned(f)]
        return [m for m in dict.fromkeys(found) if self._operations.is_person(m)]


def _is(node: ast.AST) -> Callable[[ast.expr], bool]:
    return lambda n: n is node


def _calls(function: Function) -> list[ast.Call]:
    return [n for n in ast.walk(function.node) if isinstance(n, ast.Call)]


def _subject_of(call: ast.Call) -> ast.expr | None:
    """What a writing call writes: its first argument, else what it is called on."""
    return call.args[0] if call.args else call.func.value if isinstance(call.func, ast.Attribute) else None


def _for_people(call: ast.Call) -> bool:
    """The call makes something that is no copy of the data."""
    return bool(_UNREADABLE & set(words_of(call_name(call))))


def _is_document(node: ast.AST) -> bool:
    """A response that is declared to be a document for people."""
    value = getattr(node, "value", None)
    keywords = value.keywords if isinstance(value, ast.Call) else []
    kinds = (text_of(k.value) or "" for k in keywords if k.arg in _MEDIA)
    return any(word in kind for kind in kinds for word in ("pdf", "html", "image", "msword", "officedocument.word"))
