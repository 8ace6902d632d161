"""Where an agent's handle on the model comes from: a parameter, a key, an accessor, or an SDK of its own."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from pytest_readiness.repo.binding import matched
from pytest_readiness.repo.finder import Missing
from pytest_readiness.repo.llm.agents import Agent, is_self
from pytest_readiness.repo.modules import Class, Function, Module, Site, argument, call_name, constant, text_of
from pytest_readiness.repo.names import External, Instance, Names

STEPS = 8


class Source(StrEnum):
    """Kinds of origin."""

    PARAMETER = "parameter"
    """Of the constructor, or of another method that is given the handle."""
    ACCESSOR = "accessor"
    """A function or object of the repository that the agent asks itself."""
    BUILT = "built"
    """An object of a class of the repository that the agent builds itself."""
    VENDOR = "vendor"
    ASSIGNED = "assigned"
    """An attribute that code outside the agent fills."""
    MISSING = "missing"
    """A name of the repository that is not there."""


@dataclass(frozen=True)
class Origin:
    """One origin of a handle, and the place that shows it."""

    source: Source
    site: Site
    name: str = ""
    """The parameter's name."""
    key: str | None = None
    """The key that is read from the parameter's mapping, or the attribute that is read from its object."""
    function: Function | None = None
    """The accessor, or the method whose parameter it is; None for a field of a dataclass."""
    cls: Class | None = None
    """The class that the agent builds."""

    @property
    def label(self) -> str:
        """For people: `llm_service`, `services["llm_service"]`."""
        return f'{self.name}["{self.key}"]' if self.key else self.name


def constructor_fields(names: Names, cls: Class) -> list[str]:
    """Fields that a generated `__init__` takes, in order: dataclasses, attrs and pydantic models; else none."""
    family = [c for c in names.ancestry(cls) if isinstance(c, Class)]
    made = names.inherits(cls, "pydantic.BaseModel", "pydantic.main.BaseModel", "typing.NamedTuple")
    if not made and not any(_generates_init(c) for c in family):
        return []
    fields: dict[str, None] = {}
    for owner in reversed(family):
        fields |= dict.fromkeys(name for n in owner.node.body if (name := _field_name(n)))
    return list(fields)


def _generates_init(cls: Class) -> bool:
    names = {call_name(d) if isinstance(d, ast.Call) else ast.unparse(d) for d in cls.node.decorator_list}
    return bool({n.rpartition(".")[2] for n in names} & {"dataclass", "define", "frozen", "mutable", "attrs", "s"})


def _field_name(node: ast.stmt) -> str:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if "ClassVar" not in ast.unparse(
            annotation
        ):
            return name
    return ""


class Handles:
    """Answers for one agent. `is_vendor(dotted)` says which external names belong to a vendor SDK."""

    def __init__(self, agent: Agent, names: Names, is_vendor: Callable[[str], bool]) -> None:
        self._agent, self._names, self._is_vendor = agent, names, is_vendor

    def origins(self, function: Function, node: ast.expr) -> list[Origin]:
        """All origins of the expression in the function; constants such as None are none."""
        return list(dict.fromkeys(self._of(function.module, function, node, STEPS)))

    def stored(self) -> list[Origin]:
        """For an agent without a call of its own: the parameters and keys that it stores under a name with `llm`."""
        found: list[Origin] = []
        for owner in self._agent.family:
            for name, assigned in self._names.attributes(owner).items():
                if "llm" in name.lower():
                    found += [o for m, b in assigned if b.value for o in self.origins(m, b.value)]
        fields = [f for f in constructor_fields(self._names, self._agent.cls) if "llm" in f.lower()]
        found += [self._field(f) for f in fields]
        return [o for o in dict.fromkeys(found) if o.source is Source.PARAMETER]

    def _of(self, module: Module, function: Function | None, node: ast.expr, steps: int) -> Iterator[Origin]:
        if steps <= 0:
            return
        match node:
            case ast.Await() | ast.NamedExpr() | ast.Starred():
                yield from self._of(module, function, node.value, steps)
            case ast.BoolOp():
                for value in node.values:
                    yield from self._of(module, function, value, steps - 1)
            case ast.IfExp():
                for value in (node.body, node.orelse):
                    yield from self._of(module, function, value, steps - 1)
            case ast.Name():
                yield from self._name(module, function, node, steps)
            case ast.Attribute():
                yield from self._attribute(module, function, node, steps)
            case ast.Subscript():
                yield from self._keyed(module, function, node.value, node.slice, steps)
            case ast.Call():
                yield from self._call(module, function, node, steps)

    def _name(self, module: Module, function: Function | None, node: ast.Name, steps: int) -> Iterator[Origin]:
        inner = module.enclosing_function(node) or function
        while inner is not None:
            bindings = self._names.bindings(inner).get(node.id)
            if bindings:
                for binding in bindings:
                    if isinstance(binding.node, ast.arg):
                        yield from self._parameter(inner, binding.node, steps)
                    elif (value := binding.value or matched(module, binding.node)) is not None:
                        yield from self._of(module, inner, value, steps - 1)
                return
            inner = module.enclosing_function(inner.node)
        yield from self._global(module, node)

    def _global(self, module: Module, node: ast.expr) -> Iterator[Origin]:
        """An object that the repository makes outside the agent: a module's own, an accessor's result."""
        for symbol in self._names.resolve(module, node):
            match symbol:
                case Instance(of=Class()):
                    yield Origin(Source.ACCESSOR, module.at(node))
                case Instance(of=External(name=name)) | External(name=name) if self._is_vendor(name):
                    yield Origin(Source.VENDOR, module.at(node))
                case Missing():
                    yield Origin(Source.MISSING, module.at(node), name=symbol.name)

    def _parameter(self, function: Function, node: ast.arg, steps: int) -> Iterator[Origin]:
        if not self._agent.is_method(function):
            yield from self._handed(function, node.arg, steps)
        elif function.params[0] is node and not _is_static(function):
            return
        elif function.name != "__init__" or function is self._agent.constructor:
            yield Origin(Source.PARAMETER, function.module.at(node), name=node.arg, function=function)
        else:
            yield from self._inherited(function, node.arg, steps)

    def _handed(self, helper: Function, name: str, steps: int) -> Iterator[Origin]:
        """What the agent's methods pass to a helper's parameter."""
        for edge in self._agent.into(helper):
            value = passed(edge.call, helper, name) if edge.call else None
            if value is not None:
                yield from self._of(edge.source.module, edge.source, value, steps - 1)

    def _inherited(self, init: Function, name: str, steps: int) -> Iterator[Origin]:
        """What the constructors below hand up to a base class's `__init__`."""
        calls = [(m, c) for m in self._agent.own if m.name == "__init__" for c in m.calls if call_name(c) == "__init__"]
        for method, call in calls:
            if method is init:
                continue
            value = passed(call, init, name)
            if value is not None:
                yield from self._of(method.module, method, value, steps - 1)
            elif any(k.arg is None for k in call.keywords):
                yield Origin(Source.PARAMETER, method.module.at(call), name=name, function=method)

    def _attribute(
        self, module: Module, function: Function | None, node: ast.Attribute, steps: int
    ) -> Iterator[Origin]:
        if self._is_own(module, function, node.value):
            yield from self._own_attribute(node.attr, steps)
            return
        found = list(self._of(module, function, node.value, steps - 1))
        held = [replace(o, key=node.attr) for o in found if o.source is Source.PARAMETER]
        yield from (
            held or [o for o in found if o.source in (Source.ACCESSOR, Source.BUILT)] or self._global(module, node)
        )

    def _is_own(self, module: Module, function: Function | None, node: ast.expr) -> bool:
        """`self`, in a method of the agent or in a function nested in one."""
        while function is not None and not self._agent.is_method(function):
            function = module.enclosing_function(function.node)
        return function is not None and is_self(node, function)

    def _own_attribute(self, name: str, steps: int) -> Iterator[Origin]:
        method = self._agent.methods.get(name)
        if method is not None:
            for returned in method.returns:
                if returned.value is not None:
                    yield from self._of(method.module, method, returned.value, steps - 1)
            yield from self._assigned(name, steps)
            return
        if name in constructor_fields(self._names, self._agent.cls):
            yield self._field(name)
        yield from self._assigned(name, steps)
        for owner in self._agent.family:
            yield from self._class_level(owner, name, steps)

    def _assigned(self, name: str, steps: int) -> Iterator[Origin]:
        for owner in self._agent.family:
            for where, binding in self._names.attributes(owner).get(name, []):
                if binding.value is not None:
                    yield from self._of(where.module, where, binding.value, steps - 1)

    def _class_level(self, owner: Class, name: str, steps: int) -> Iterator[Origin]:
        if name not in constructor_fields(self._names, self._agent.cls):
            for binding in self._names.bindings(owner).get(name, []):
                if binding.value is not None:
                    yield from self._of(owner.module, None, binding.value, steps - 1)

    def _field(self, name: str) -> Origin:
        cls = next(c for c in self._agent.family if name in self._names.bindings(c))
        return Origin(Source.PARAMETER, cls.module.at(self._names.bindings(cls)[name][0].node), name=name)

    def _keyed(
        self, module: Module, function: Function | None, base: ast.expr, key: ast.expr, steps: int
    ) -> Iterator[Origin]:
        text = text_of(key)
        found = list(self._of(module, function, base, steps - 1))
        for origin in found:
            if origin.source is Source.PARAMETER and text is not None:
                stars = origin.function.node.args.kwarg if origin.function else None
                is_kwargs = stars is not None and stars.arg == origin.name
                yield replace(origin, name=text) if is_kwargs else replace(origin, key=text)
            elif origin.source is not Source.PARAMETER:
                yield origin

    def _call(self, module: Module, function: Function | None, node: ast.Call, steps: int) -> Iterator[Origin]:
        name = call_name(node)
        if name in ("cast", "getattr") and len(node.args) >= 2:
            yield from self._of(module, function, _looked_through(node), steps - 1)
            return
        if name == "get" and isinstance(node.func, ast.Attribute) and node.args and text_of(node.args[0]):
            keyed = list(self._keyed(module, function, node.func.value, node.args[0], steps))
            if keyed:
                yield from keyed
                return
        own = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if own in self._agent.methods and self._is_own(module, function, node.func.value):  # type: ignore[attr-defined]
            yield from self._own_attribute(own, steps)
        else:
            yield from self._resolved_call(module, node)

    def _resolved_call(self, module: Module, node: ast.Call) -> Iterator[Origin]:
        for symbol in self._names.resolve(module, node.func):
            match symbol:
                case Function():
                    vendor = any(self._is_vendor(n) for n in self._external_classes(module, node))
                    source = Source.VENDOR if vendor else Source.ACCESSOR
                    yield Origin(source, module.at(node), name=symbol.name, function=symbol)
                case Class():
                    yield Origin(Source.BUILT, module.at(node), name=symbol.name, cls=symbol)
                case External(name=name) if self._is_vendor(name):
                    yield Origin(Source.VENDOR, module.at(node), name=name)
                case Missing():
                    yield Origin(Source.MISSING, module.at(node), name=symbol.name)

    def _external_classes(self, module: Module, node: ast.expr) -> Iterable[str]:
        found = self._names.resolve(module, node)
        return [s.of.name for s in found if isinstance(s, Instance) and isinstance(s.of, External)]


def passed(call: ast.Call, function: Function, name: str) -> ast.expr | None:
    """The argument that the call gives to the function's parameter, counted without self; None where it gives none."""
    arguments = function.node.args
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if function.cls is not None and positional and not _is_static(function):
        positional = positional[1:]
        if call_name(call) == "__init__" and isinstance(call.func, ast.Attribute) and _is_explicit(call):
            positional = ["self", *positional]
    return argument(call, name, positional.index(name) if name in positional else None)


def _is_explicit(call: ast.Call) -> bool:
    """`Base.__init__(self, …)`, not `super().__init__(…)`."""
    base = call.func.value if isinstance(call.func, ast.Attribute) else None
    return not (isinstance(base, ast.Call) and call_name(base) == "super")


def _is_static(function: Function) -> bool:
    return any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.node.decorator_list)


def _looked_through(node: ast.Call) -> ast.expr:
    """`cast(T, x)` is x; `getattr(x, "name", …)` is x.name."""
    if call_name(node) == "cast":
        return node.args[1]
    return ast.Attribute(node.args[0], str(constant(node.args[1])), ast.Load())
