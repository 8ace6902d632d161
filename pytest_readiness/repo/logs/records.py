"""Records of what happened: log calls with fields, and rows or lines that are persisted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.logs.calls import LogCalls, chain
from pytest_readiness.repo.logs.contents import Contents, Entry
from pytest_readiness.repo.logs.order import after_exception
from pytest_readiness.repo.logs.values import Frame, Spot, Values
from pytest_readiness.repo.modules import Class, Function, Site, argument, call_name
from pytest_readiness.repo.pii import words_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

PUTS = frozenset(
    {"put_item", "put_record", "put_records", "put_events", "put_log_events", "send_message", "send_message_batch",
     "xadd", "insert", "insert_one", "insert_many", "insert_rows_json", "bulk_insert_mappings", "bulk_save_objects",
     "writerow", "index_document"}
)  # fmt: skip
"""Methods that persist what they are given."""
EXECUTES = frozenset({"execute", "executemany", "fetchrow", "fetchval", "exec_driver_sql"})
_SESSIONS = frozenset({"session", "db", "tx", "uow", "s"})
_NOT_FIELDS = frozenset({"extra", "exc_info", "stack_info", "stacklevel"})
_CONTEXT = ("__init__", "__post_init__", "__enter__", "__aenter__", "__exit__", "__aexit__")
DEPTH = 3
"""Most calls within calls that lead from a path to the record."""


@dataclass(frozen=True, eq=False)
class Record:
    """One record: the call that writes it, and its fields."""

    frame: Frame
    node: ast.Call
    entries: tuple[Entry, ...]

    def at(self, note: str) -> Site:
        return self.frame.module.at(self.node, note)


class Records:
    """Finds what functions record."""

    def __init__(self, repo: Repo, calls: LogCalls, contents: Contents, values: Values) -> None:
        self._repo, self._names = repo, repo.names
        self._calls, self._contents, self._values = calls, contents, values

    def of(self, frame: Frame, depth: int = DEPTH) -> Iterator[tuple[ast.Call, Record]]:
        """What a function records itself or through what it calls, with the call in the function that leads there."""
        function = frame.function
        if function is None:
            return
        for call in function.calls:
            if self._repo.live.is_dead(frame.module, call):
                continue
            record = self.record(frame, call)
            if record is not None:
                yield call, record
            for inner in self._frames(frame, call) if depth > 0 else ():
                yield from ((call, r) for n, r in self.of(inner, depth - 1) if not _raised(inner, n))

    def _frames(self, frame: Frame, call: ast.Call) -> Iterator[Frame]:
        """The functions that the call runs, hands on, or enters."""
        outer = frame
        while outer.outer is not None:
            if outer.outer.function is frame.function:
                return
            outer = outer.outer
        for function in self._run_by(frame, call):
            if function is not frame.function:
                yield Frame(function.module, function, call, frame)

    def _run_by(self, frame: Frame, call: ast.Call) -> Iterator[Function]:
        for node in (call.func, *call.args, *(k.value for k in call.keywords)):
            if isinstance(node, ast.Name | ast.Attribute):
                yield from self._names.functions(frame.module, node)
        for cls in self._names.constructed(frame.module, call):
            yield from (m for n in _CONTEXT if (m := self._names.method(cls, n)) is not None)
        if isinstance(call.func, ast.Attribute) and not self._names.resolve(frame.module, call.func):
            yield from self._recorders.get(call.func.attr, [])

    @cached_property
    def _recorders(self) -> dict[str, list[Function]]:
        """Methods that write a record themselves, by name: what a call on an object that is not known may run."""
        found: dict[str, list[Function]] = {}
        for module in self._repo.product:
            for function in module.functions:
                if function.cls is not None and any(self._persists(function, c) for c in function.calls):
                    found.setdefault(function.name, []).append(function)
        return found

    def _persists(self, function: Function, call: ast.Call) -> bool:
        frame = Frame(function.module, function)
        return not self._calls.is_log(function.module, call) and self.record(frame, call) is not None

    def record(self, frame: Frame, call: ast.Call) -> Record | None:
        """The record that the call itself writes."""
        entries = tuple(self._entries(frame, call))
        return Record(frame, call, entries) if entries else None

    def _entries(self, frame: Frame, call: ast.Call) -> Iterator[Entry]:
        name = call_name(call)
        if name == "print" or name in ("write", "writelines"):
            yield from self._line(frame, call)
        elif self._calls.is_log(frame.module, call):
            yield from self._logged(frame, call)
        elif name in EXECUTES:
            yield from self._contents.inserted(frame, call)
            yield from self._put(frame, call) if self._inserts(call) else ()
        elif name == "dump" and call.args:
            yield from self._contents.of(Spot(frame, call.args[0]))
        elif self._keeps(frame, call):
            yield from self._put(frame, call)

    def _logged(self, frame: Frame, call: ast.Call) -> Iterator[Entry]:
        for part in chain(call):
            yield from self._contents.keywords(frame, part, _NOT_FIELDS)
            yield from self._contents.message(frame, part.args)
        extra = argument(call, "extra")
        if extra is not None:
            yield from self._contents.of(Spot(frame, extra))

    def _line(self, frame: Frame, call: ast.Call) -> Iterator[Entry]:
        """A line of JSON that is written or printed."""
        for given in call.args:
            found = [s.node for s in self._values.of(Spot(frame, given))]
            nodes = [n for f in (given, *found) for n in ast.walk(f) if isinstance(n, ast.Call)]
            if any(call_name(n) in ("dumps", "model_dump_json", "to_json") for n in nodes):
                yield from self._contents.of(Spot(frame, given), texts=True)

    def _put(self, frame: Frame, call: ast.Call) -> Iterator[Entry]:
        yield from self._contents.keywords(frame, call)
        for given in (*call.args, *(k.value for k in call.keywords)):
            yield from self._contents.of(Spot(frame, given))
        if call_name(call) in ("save", "asave") and isinstance(call.func, ast.Attribute):
            yield from self._contents.of(Spot(frame, call.func.value))

    def _keeps(self, frame: Frame, call: ast.Call) -> bool:
        """Whether the call persists its arguments (or its receiver); methods of the repository with a body do not."""
        func = call.func
        if not isinstance(func, ast.Attribute) or any(f.is_real for f in self._names.functions(frame.module, func)):
            return False
        name, words = func.attr, words_of(_last(func.value))
        if name in PUTS or name == "values":
            return name != "values" or self._inserts(call)
        if name in ("add", "add_all", "merge"):
            return bool(words) and words[-1] in _SESSIONS
        if name in ("create", "acreate", "bulk_create"):
            return _last(func.value) == "objects" or bool(self._names.classes(frame.module, func.value))
        if name in ("save", "asave"):
            return self._is_model(frame, func.value) or bool(call.args)
        return False

    def _is_model(self, frame: Frame, node: ast.expr) -> bool:
        found = self._values.of(Spot(frame, node))
        return any(isinstance(c, Class) for s in found for c in self._values.classes(s))

    def _inserts(self, call: ast.Call) -> bool:
        """`insert(Usage).values(...)`, also inside of `execute(...)`."""
        return any(isinstance(n, ast.Call) and call_name(n) == "insert" for n in ast.walk(call))


def _raised(frame: Frame, node: ast.AST) -> bool:
    return frame.function is not None and after_exception(frame.function, node)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
