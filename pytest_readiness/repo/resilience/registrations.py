"""Which implementations are registered for which service, on which side.

The objects that the facade holds are walked: attributes, entries of mappings, what constructors were given. The names
on the way to an object say the service and the side: `self._local["cache"] = C()`, `Backend(name="cache", local=C())`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.modules import Class, FunctionNode, Site
from pytest_readiness.repo.resilience.words import Side, names_service, side_of
from pytest_readiness.repo.symbolic.core import TooMuch
from pytest_readiness.repo.symbolic.statements import Machine
from pytest_readiness.repo.symbolic.values import (
    Const,
    Func,
    Items,
    Kind,
    Member,
    Obj,
    Partial,
    State,
    Table,
    Value,
)
from pytest_readiness.repo.symbols import External

DEPTH = 6
MOST_OBJECTS = 600
_PLAIN = ("logging.", "structlog.", "asyncio.", "threading.", "builtins.", "collections.", "datetime.", "pathlib.")


@dataclass(frozen=True, eq=False)
class Registration:
    """An implementation that is registered for a service on one side."""

    service: str
    side: Side
    obj: Obj
    site: Site

    @property
    def of(self) -> Class | External:
        return self.obj.of

    @property
    def name(self) -> str:
        return self.of.name.rpartition(".")[2] if isinstance(self.of, External) else self.of.name

    @property
    def path(self) -> str:
        return self.site.path

    @property
    def line(self) -> int | None:
        return self.site.line


class Registry:
    """Walks the objects that the facade holds."""

    def __init__(self, machine: Machine, services: tuple[str, ...], facade: Obj) -> None:
        self._machine, self._services, self._facade = machine, services, facade
        self._seen: set[tuple[int, str | None, Side | None]] = set()
        self._count = 0

    def all(self) -> list[Registration]:
        """Every registration that the facade's objects show, each once."""
        found: dict[tuple[str, Side, Obj], Registration] = {}
        for one in self._object(self._facade, None, None, 0):
            found.setdefault((one.service, one.side, one.obj), one)
        return list(found.values())

    def _walk(self, value: Value, service: str | None, side: Side | None, depth: int) -> Iterator[Registration]:
        self._count += 1
        if depth > DEPTH or self._count > MOST_OBJECTS:
            return
        match value:
            case Table():
                for key, values in value.entries:
                    names = self._names_of_key(key)
                    for one in values:
                        yield from self._named(one, names, service, side, depth)
                for one in value.rest:
                    yield from self._walk(one, service, side, depth + 1)
            case Items():
                for one in value.items:
                    yield from self._walk(one, service, side, depth + 1)
            case Func() | Partial():
                yield from self._made(value, service, side, depth)
            case Kind(of=Class() as cls) if service and side:
                yield from self._instance(cls, service, side, depth)
            case Obj() if not self._machine.world.is_guard(value):
                yield from self._object(value, service, side, depth)

    def _instance(self, cls: Class, service: str, side: Side, depth: int) -> Iterator[Registration]:
        """A class that stands for its object: whoever looks it up constructs it."""
        if not self._machine.is_enum(cls) and not self._machine.is_exception(cls):
            obj = Obj(cls, self._machine.key("registered", cls.node, service, side), cls.module, cls.node)
            yield from self._object(obj, service, side, depth)

    def _names_of_key(self, key: Value) -> tuple[str, ...]:
        if isinstance(key, Const):
            return (str(key.value),)
        if isinstance(key, Member):
            value = self._machine.enum_value(key)
            return (key.name, str(value.value) if isinstance(value, Const) else "")
        return ()

    def _named(
        self, value: Value, names: tuple[str, ...], service: str | None, side: Side | None, depth: int
    ) -> Iterator[Registration]:
        exact = next((s for s in self._services for n in names if n == s), None)
        spoken = next((s for s in self._services for n in names if names_service(n, s)), None)
        own = side_of(names)
        yield from self._walk(value, exact or service or spoken, own or side, depth + 1)

    def _made(
        self, factory: Func | Partial, service: str | None, side: Side | None, depth: int
    ) -> Iterator[Registration]:
        """What a factory constructs."""
        code = factory.code if isinstance(factory, Func) else None
        if service is None or side is None or (isinstance(code, FunctionNode) and code.name.startswith("__")):
            return
        module = factory.module if isinstance(factory, Func) else self._facade.module
        node = code if code is not None else self._facade.node
        at = (module, node, self._machine.module_frame(module))
        for step in self._machine.whole(self._machine.apply(factory, (), (), at, State())):
            if step.kind == "value" and isinstance(step.value, Obj):
                yield from self._walk(step.value, service, side, depth + 1)

    def _object(self, obj: Obj, service: str | None, side: Side | None, depth: int) -> Iterator[Registration]:
        mark = (obj.key, service, side)
        if mark in self._seen:
            return
        self._seen.add(mark)
        external = obj.of if isinstance(obj.of, External) else None
        if external is not None and external.name.startswith(_PLAIN):
            return
        if service and side:
            yield Registration(service, side, obj, obj.place)
            return
        if external is None and isinstance(obj.of, Class):
            yield from self._attributes(obj, service, side, depth)

    def _attributes(self, obj: Obj, service: str | None, side: Side | None, depth: int) -> Iterator[Registration]:
        said = [v.value for v in (*obj.args, *(v for _, v in obj.kwargs)) if isinstance(v, Const)]
        service = service or next((s for s in self._services if s in said), None)
        for name in self._attribute_names(obj):
            for value in self._held(obj, name):
                yield from self._named(value, (name,), service, side, depth)

    def _held(self, obj: Obj, name: str) -> list[Value]:
        """What an attribute holds; nothing where that takes too long to say."""
        machine = self._machine
        machine.rest()
        try:
            values = list(machine.members(obj, name)) or machine.field_values(obj, name)
            return values or machine.class_values(machine.line(obj)[0], name)
        except (TooMuch, RecursionError):
            return []

    def _attribute_names(self, obj: Obj) -> list[str]:
        found: dict[str, None] = {}
        for owner in self._machine.line(obj):
            found |= dict.fromkeys(self._machine.repo.names.attributes(owner))
            found |= dict.fromkeys(owner.fields if "__init__" not in owner.methods else ())
            assigned = (n for n in owner.node.body if isinstance(n, ast.Assign))
            found |= {t.id: None for n in assigned for t in n.targets if isinstance(t, ast.Name)}
        return list(found)
