"""Which models' rows of a person does an operation erase?"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Module, Site, call_name, constant, text_of
from pytest_readiness.repo.orm import Column, Model, Statement
from pytest_readiness.repo.pii import SUBJECT_COLUMNS
from pytest_readiness.repo.privacy.operations import (
    Key,
    Operation,
    Operations,
    Step,
    inner_functions,
    personal_columns,
)

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_DELETE = re.compile(r"\bdelete\s+from\s+[\"'`]?(?:\w+\.)?(\w+)[\"'`]?\s+where\s+(?:\w+\.)?[\"'`]?(\w+)", re.IGNORECASE)
_UPDATE = re.compile(r"\bupdate\s+[\"'`]?(?:\w+\.)?(\w+)[\"'`]?\s+set\s+(.+?)\s+where\b", re.IGNORECASE | re.DOTALL)
_SQL_LIMIT = 5_000
_HASHES = frozenset({"hexdigest", "digest", "sha256", "sha512", "uuid4", "token_hex"})
_NEW_VALUES = frozenset({"uuid4", "token_hex", "token_urlsafe", "hexdigest", "hash", "format", "str", "hex"})


@dataclass(frozen=True, eq=False)
class Erased:
    """A model whose rows an operation erases, and where."""

    model: Model
    operation: Operation
    site: Site


class Erasure:
    """The models that operations erase a person's rows of."""

    def __init__(self, repo: Repo, operations: Operations) -> None:
        self._repo, self._operations = repo, operations
        self._known: dict[Key, list[tuple[Model, Site, bool]]] = {}

    @cached_property
    def erased(self) -> dict[Model, Erased]:
        """Every model that a trusted operation erases, with the first one that does."""
        found: dict[Model, Erased] = {}
        for operation in self._operations.trusted:
            for erased in self.by(operation):
                found.setdefault(erased.model, erased)
        return found

    @cached_property
    def untrusted(self) -> dict[Model, Erased]:
        """Models that only operations erase which nobody can or may run."""
        found: dict[Model, Erased] = {}
        for operation in (o for o in self._operations.all if o.problem):
            for erased in self.by(operation):
                found.setdefault(erased.model, erased)
        return found

    def by(self, operation: Operation) -> list[Erased]:
        """What one operation erases, cascades included."""
        found: dict[Model, Erased] = {}
        for step in self._operations.steps(operation):
            for model, site, by_object in self._erased_in(step):
                for reached in self._with_cascades(model, by_object):
                    note = (
                        site
                        if reached is model
                        else Site(site.path, site.line, f"{reached.name} goes with {model.name}")
                    )
                    found.setdefault(reached, Erased(reached, operation, note))
        return list(found.values())

    def _with_cascades(self, model: Model, by_object: bool) -> list[Model]:
        """The model, and those whose rows go with its rows."""
        found = [model]
        for current in found:
            by_key = [m for m in self._repo.orm.models for c in m.columns if self._goes_with(c, current)]
            by_orm = [m for m in self._repo.orm.models if by_object and m.name in current.cascades_to]
            found += [m for m in dict.fromkeys((*by_key, *by_orm)) if m not in found]
        return found

    def _goes_with(self, column: Column, model: Model) -> bool:
        return column.on_delete == "CASCADE" and model in self._repo.orm.referenced(column)

    def _erased_in(self, step: Step) -> list[tuple[Model, Site, bool]]:
        if step.key not in self._known:
            self._known[step.key] = list(self._in(step))
        return self._known[step.key]

    def _in(self, step: Step) -> Iterator[tuple[Model, Site, bool]]:
        """Models erased in one function, where, and whether as loaded objects."""
        for statement in self._operations.statements(step):
            if statement.kind == "delete" and self._operations.selects_subject(step, statement):
                yield from ((m, statement.at(f"deletes {m.name}"), m.family == "active") for m in statement.models)
            elif statement.kind == "remove" and self._removes_subject(step, statement):
                yield from ((m, statement.at(f"deletes {m.name}"), True) for m in statement.models)
            elif statement.kind == "update" and self._operations.selects_subject(step, statement):
                yield from ((m, statement.at(f"overwrites {m.name}"), False) for m in self._blanked(statement))
        yield from ((m, s, False) for m, s in (*self._assigned(step), *self._by_sql(step)))

    def _removes_subject(self, step: Step, statement: Statement) -> bool:
        """`session.delete(obj)`, where obj was loaded for the subject."""
        call = statement.node
        if not isinstance(call, ast.Call):
            return False
        target = call.args[0] if call.args else call.func.value if isinstance(call.func, ast.Attribute) else call
        loads = [
            s
            for s in self._operations.statements(step)
            if s.kind in ("select", "get") and set(s.models) & set(statement.models)
        ]
        feeding = [s for s in loads if Flow(step.function, seed=_is(s.node)).carries(target)]
        if feeding:
            return any(self._operations.selects_subject(step, s) for s in feeding)
        return self._operations.flow(step).carries(target) and not self._picked(step, target)

    def _picked(self, step: Step, target: ast.expr) -> bool:
        """A helper loaded it by an id that is not the subject's: `get_note(note_id, user.id)`."""
        flow = self._operations.flow(step)
        bindings = self._repo.names.bindings(step.function).get(target.id, []) if isinstance(target, ast.Name) else []
        calls = [n for b in bindings if b.value for n in ast.walk(b.value) if isinstance(n, ast.Call)]
        given = (a for c in calls for a in (*c.args, *(k.value for k in c.keywords)))
        return any(isinstance(a, ast.Name) and a.id.endswith("id") and not flow.carries(a) for a in given)

    def _blanked(self, statement: Statement) -> list[Model]:
        """The models all of whose personal columns an update sets to nothing of the person."""
        given: dict[str, ast.expr] = {}
        for call in (n for n in ast.walk(statement.node) if isinstance(n, ast.Call)):
            if call_name(call) in {"values", "update"}:
                given |= {k.arg: k.value for k in call.keywords if k.arg}
                given |= {n: v for a in call.args if isinstance(a, ast.Dict) for n, v in _entries(a)}
        blank = {n for n, v in given.items() if self._is_blank(statement.module, v)}
        return [m for m in statement.models if (own := _names(m)) and own <= blank]

    def _assigned(self, step: Step) -> Iterator[tuple[Model, Site]]:
        """`user.email = None` for all personal columns of an object that was loaded for the subject."""
        module = step.function.module
        done: dict[Model, set[str]] = {}
        for node in (n for f in [step.function, *inner_functions(step.function)] for n in f.own_nodes):
            for owner, name, value in self._sets(module, node):
                if self._is_subject(step, owner) and self._is_blank(module, value) and not self._picked(step, owner):
                    for model in self._repo.orm.instances(module, owner):
                        done.setdefault(model, set()).add(name)
                        if (own := _names(model)) and own <= done[model]:
                            yield model, module.at(node, f"overwrites {model.name}")

    def _is_blank(self, module: Module, value: ast.expr) -> bool:
        """A constant, a made-up value, or what a function of the repository hashes: nothing of the person."""
        if _is_made_up(value):
            return True
        called = self._repo.names.functions(module, value.func) if isinstance(value, ast.Call) else []
        return any(Flow(f, seed=_is(c)).returned for f in called for c in f.calls if call_name(c) in _HASHES)

    def _is_subject(self, step: Step, owner: ast.expr) -> bool:
        """The object was loaded for the subject. What is assigned to is not evaluated, so its making is asked."""
        flow = self._operations.flow(step)
        bound = self._repo.names.bindings(step.function).get(owner.id, []) if isinstance(owner, ast.Name) else []
        named = isinstance(owner, ast.Name) and owner.id in step.names
        return named or flow.carries(owner) or any(flow.carries(b.value) for b in bound)

    def _sets(self, module: Module, node: ast.AST) -> Iterator[tuple[ast.expr, str, ast.expr]]:
        match node:
            case ast.Assign(targets=targets, value=value):
                yield from ((t.value, t.attr, value) for t in targets if isinstance(t, ast.Attribute))
            case ast.Call(func=ast.Name(id="setattr"), args=[owner, name, value]):
                yield from ((owner, n, value) for n in self._repo.privacy.sources.texts(module, name))

    def _by_sql(self, step: Step) -> Iterator[tuple[Model, Site]]:
        """DELETE statements with the subject among their values."""
        module, flow = step.function.module, self._operations.flow(step)
        for call in (n for n in ast.walk(step.function.node) if isinstance(n, ast.Call)):
            passed = [*call.args, *(k.value for k in call.keywords)]
            if len(passed) > 1 and any(flow.carries(a) for a in passed[1:]):
                for text in self._sql(module, call.args[0] if call.args else None):
                    yield from ((m, module.at(call, f"deletes {m.name}")) for m in self._deleted(text))

    def _sql(self, module: Module, node: ast.expr | None) -> list[str]:
        inner = (
            node.args[0] if isinstance(node, ast.Call) and call_name(node) in {"text", "SQL"} and node.args else node
        )
        return [t[:_SQL_LIMIT] for t in self._repo.privacy.sources.texts(module, inner)]

    def _deleted(self, text: str) -> Iterator[Model]:
        for model in self._repo.orm.models:
            for table, column in _DELETE.findall(text):
                person = self._operations.is_person(model) and column.lower() in {"id", "email"}
                if table.lower() == model.table.lower() and (column.lower() in SUBJECT_COLUMNS or person):
                    yield model
            for table, columns in _UPDATE.findall(text):
                own = {n.lower() for n in _names(model)}
                blank = {m.lower() for m in re.findall(r"(\w+)\s*=\s*(?:null|''|'[^']*')", columns, re.IGNORECASE)}
                if table.lower() == model.table.lower() and own and own <= blank:
                    yield model


def _is(node: ast.AST) -> Callable[[ast.expr], bool]:
    return lambda n: n is node


def _names(model: Model) -> set[str]:
    return {c.attribute for c in personal_columns(model)}


def _entries(table: ast.Dict) -> Iterator[tuple[str, ast.expr]]:
    for key, value in zip(table.keys, table.values, strict=True):
        name = text_of(key) or (key.attr if isinstance(key, ast.Attribute) else None)
        if name:
            yield name, value


def _is_made_up(value: ast.expr) -> bool:
    """A constant, or a value that is made here."""
    if isinstance(value, ast.Constant):
        return not isinstance(constant(value), bool)
    if isinstance(value, ast.JoinedStr):
        return any(isinstance(p, ast.Constant) for p in value.values)
    return isinstance(value, ast.Call) and call_name(value) in _NEW_VALUES
