"""Does the service really get to an agent? Who builds the agent, and what is handed to its constructor there."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from pytest_readiness.repo.finder import Missing
from pytest_readiness.repo.llm.handles import Origin, constructor_fields, passed
from pytest_readiness.repo.modules import (
    Class,
    Function,
    FunctionNode,
    Module,
    Site,
    argument,
    call_name,
    dotted,
    text_of,
)
from pytest_readiness.repo.names import Binding, External, Instance, Names, Value

STEPS = 5
"""Most calls that a handed-on parameter is followed through."""
DEPTH = 14
"""Most expressions that one value is followed through in all."""
_CONTAINERS = frozenset({"dict", "SimpleNamespace", "ChainMap", "copy", "deepcopy", "cast"})
_PLAIN = frozenset({"staticmethod", "classmethod", "property", "cached_property", "cache", "lru_cache", "wraps"})
"""Decorators that register a function nowhere."""
_PLAIN_TYPES = frozenset({"str", "bool", "int", "float", "dict", "list", "tuple", "set", "object", "bytes"})


@dataclass(frozen=True, eq=False)
class Construction:
    """A call that builds objects of a class; `shift` arguments before the constructor's own name the class."""

    module: Module
    call: ast.Call
    shift: int = 0

    @property
    def function(self) -> Function | None:
        return self.module.enclosing_function(self.call)

    def at(self, note: str) -> Site:
        """Where it stands."""
        return self.module.at(self.call, note)


@dataclass(frozen=True)
class Supply:
    """Whether something that is not None gets there; the place and the reason."""

    ok: bool
    site: Site


@dataclass(frozen=True, eq=False)
class Trail:
    """Where a value is followed: module and function, the key of its mapping that is wanted, and the patience left."""

    module: Module
    function: Function | None
    key: str | None
    steps: int = STEPS
    depth: int = DEPTH

    @property
    def ended(self) -> bool:
        return self.steps <= 0 or self.depth <= 0

    def deeper(self) -> Trail:
        """One expression further."""
        return replace(self, depth=self.depth - 1)

    def under(self, key: str | None) -> Trail:
        """The same place, another key wanted; None for the value itself."""
        return replace(self, key=key)

    def step(self, module: Module | None = None, function: Function | None = None) -> Trail:
        """One call further, in the caller or the called."""
        return replace(self, module=module or self.module, function=function, steps=self.steps - 1)

    def handed(self, node: ast.AST) -> Supply:
        """Something that is not None stands here."""
        return Supply(True, self.module.at(node, "the service is handed over here"))


def best(found: Iterable[Supply]) -> Supply | None:
    """The first that holds, else the first at all."""
    first = None
    for supply in found:
        if supply.ok:
            return supply
        first = first or supply
    return first


class Wiring:
    """Follows constructions over the product modules. `is_live(module, node)` says whether a statement can run."""

    def __init__(
        self,
        modules: Iterable[Module],
        names: Names,
        is_live: Callable[[Module, ast.AST], bool],
        started: Callable[[Function], bool],
    ) -> None:
        self._modules, self._names, self._is_live, self._started = tuple(modules), names, is_live, started

    # who builds objects of a class

    def constructions(self, cls: Class) -> list[Construction]:
        """Every place in product code that builds objects of the class, dead ones too."""
        if cls not in self._constructions:
            self._constructions[cls] = [*self._direct(cls), *self._indirect(cls), *self._handed_over(cls)]
        return self._constructions[cls]

    @cached_property
    def _constructions(self) -> dict[Class, list[Construction]]:
        return {}

    def _direct(self, cls: Class) -> Iterator[Construction]:
        named = [cls, *self._plain_subclasses(cls)]
        for module, call in (pair for c in named for pair in self._calls_named(c.name)):
            if any(self._makes(c, cls) for c in self._names.constructed(module, call)):
                yield Construction(module, call)
        for module, call in self._calls_named("cls"):
            function = module.enclosing_function(call)
            if function and function.cls and function.cls in self._names.ancestry(cls):
                yield Construction(module, call)

    def _plain_subclasses(self, cls: Class) -> list[Class]:
        """Classes below the class that are built as it is itself."""
        init = self._names.method(cls, "__init__")
        return [c for c in self._below.get(cls, []) if c.name != cls.name and self._names.method(c, "__init__") is init]

    @cached_property
    def _below(self) -> dict[Class, list[Class]]:
        found: dict[Class, list[Class]] = {}
        for cls in (c for m in self._modules for c in m.classes if c.node.bases):
            for base in self._names.ancestry(cls)[1:]:
                if isinstance(base, Class):
                    found.setdefault(base, []).append(cls)
        return found

    def _makes(self, built: Class, cls: Class) -> bool:
        return built is cls or cls in self._names.ancestry(built)

    def _indirect(self, cls: Class) -> Iterator[Construction]:
        """`AGENTS[role](…)`, `for agent in (A, B): agent(…)`: the class is taken out of a container."""
        for module, call in self._unnamed_calls:
            if cls in self._held(module, call):
                yield Construction(module, call)

    def _handed_over(self, cls: Class) -> Iterator[Construction]:
        """`partial(A, llm=…)`, `Factory(A, llm=…)`: the class is handed over together with its arguments."""
        for module in self._mentioning(cls.name):
            for call in module.calls:
                first = call.args[0] if call.args else None
                if isinstance(first, ast.Name | ast.Attribute) and cls in self._names.classes(module, first):
                    yield from self._made_there(module, call) or [Construction(module, call, shift=1)]

    def _made_there(self, module: Module, call: ast.Call) -> list[Construction]:
        """Where the function that the class is handed to builds the object: `def make(cls): return cls(llm=…)`."""
        found = self._names.functions(module, call.func)
        named = [(f, p.arg) for f in found for p in f.params if passed(call, f, p.arg) is call.args[0]]
        return [Construction(f.module, c) for f, name in named for c in f.calls if _is_name(c.func, name)]

    def _mentioning(self, name: str) -> Iterator[Module]:
        return (m for m in self._modules if name in m.text)

    def _calls_named(self, name: str) -> list[tuple[Module, ast.Call]]:
        """Calls of something of that name, aliases of an import looked through."""
        return self._by_name.get(name, [])

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[Module, ast.Call]]]:
        found: dict[str, list[tuple[Module, ast.Call]]] = {}
        for module in self._modules:
            aliases = _aliases(module)
            for call in module.calls:
                name = call_name(call)
                for known in {name, aliases.get(name, name)}:
                    found.setdefault(known, []).append((module, call))
        return found

    @cached_property
    def _unnamed_calls(self) -> list[tuple[Module, ast.Call]]:
        """Calls of what is no definition's name: a subscript, a lookup, a local variable."""
        return [(m, c) for m in self._modules for c in m.calls if self._is_unnamed(m, c.func)]

    def _is_unnamed(self, module: Module, func: ast.expr) -> bool:
        if isinstance(func, ast.Name):
            function = module.enclosing_function(func)
            bound = self._names.bindings(function).get(func.id) if function else None
            bound = bound or _comprehension_bindings(module, func)
            return bool(bound) and all(not isinstance(b.node, (ast.arg, *_DEFINITIONS)) for b in bound or ())
        lookup = isinstance(func, ast.Call) and call_name(func) in ("get", "pop", "__getitem__")
        return lookup or isinstance(func, ast.Subscript)

    def _held(self, module: Module, call: ast.Call) -> list[Class]:
        if call not in self._held_cache:
            self._held_cache[call] = list(dict.fromkeys(self._classes_in(module, call.func, 4)))
        return self._held_cache[call]

    @cached_property
    def _held_cache(self) -> dict[ast.Call, list[Class]]:
        return {}

    def _classes_in(self, module: Module, node: ast.expr, steps: int) -> Iterator[Class]:
        """Classes that the expression, or a container that it names, holds; results of calls are no classes."""
        if steps <= 0:
            return
        for part in _without_called(node):
            if not isinstance(part, ast.Name | ast.Attribute) or not isinstance(part.ctx, ast.Load):
                continue
            yield from self._names.classes(module, part)
            if isinstance(part, ast.Name):
                yield from self._decorated(module, part)
            for where, value in self._values(module, part):
                yield from self._classes_in(where, value, steps - 1)

    def _values(self, module: Module, node: ast.Name | ast.Attribute) -> Iterator[tuple[Module, ast.expr]]:
        """The expressions that a name is bound to, loops over a container and entries put into it included."""
        for symbol in self._names.resolve(module, node):
            if isinstance(symbol, Value) and symbol.node is not node:
                yield symbol.module, symbol.node
                yield from ((symbol.module, value) for value in self._entries(symbol))
        if isinstance(node, ast.Name):
            function = module.enclosing_function(node)
            bound = self._names.bindings(function).get(node.id, []) if function else []
            for binding in [*bound, *_comprehension_bindings(module, node)]:
                held = binding.value or getattr(binding.node, "iter", None)
                if isinstance(held, ast.expr):
                    yield module, held

    def _entries(self, container: Value) -> Iterator[ast.expr]:
        """`CONTAINER[key] = value` anywhere in the container's module."""
        names = {
            b for b, bound in self._names.bindings(container.module).items() for x in bound if x.value is container.node
        }
        for node in container.module.nodes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Subscript) and dotted(target.value) in names:
                        yield node.value

    def _decorated(self, module: Module, node: ast.Name) -> Iterator[Class]:
        """The classes that a decorator puts into a registry: the name is its parameter."""
        function = module.enclosing_function(node)
        bound = self._names.bindings(function).get(node.id, []) if function else []
        if function is None or not any(isinstance(b.node, ast.arg) for b in bound):
            return
        makers = {function, module.enclosing_function(function.node)}
        for other in self._mentioning(function.name):
            yield from (c for c in other.classes if self._is_decorated(c, makers))
        outer = module.enclosing_function(function.node)
        for other in self._mentioning(outer.name) if outer else ():
            yield from (c for c in other.classes if self._is_decorated(c, makers))

    def _is_decorated(self, cls: Class, makers: set[Function | None]) -> bool:
        named = (d.func if isinstance(d, ast.Call) else d for d in cls.node.decorator_list)
        return any(f in makers for d in named for f in self._names.functions(cls.module, d))

    # where a construction stands

    def placed(self, construction: Construction) -> bool:
        """At module level, in a constructor, in a registered function, or in one that product code refers to."""
        module, function = construction.module, construction.function
        if module.in_main_guard(construction.call):
            return False
        while function is not None:
            if not self._is_used(function):
                return False
            function = module.enclosing_function(function.node)
        return True

    def _is_used(self, function: Function) -> bool:
        if function.name.startswith("__") and function.name.endswith("__"):
            return True
        decorators = {ast.unparse(d.func if isinstance(d, ast.Call) else d) for d in function.node.decorator_list}
        if {d.rpartition(".")[2] for d in decorators} - _PLAIN:
            return True
        return self._started(function) or any(self._refers(m, n, function) for m, n in self._references(function.name))

    def _refers(self, module: Module, node: ast.expr, function: Function) -> bool:
        """Whether a mention of the function's name, outside its own body and main guards, means the function."""
        if module is function.module and any(p is function.node for p in module.ancestors(node)):
            return False
        if module.in_main_guard(node):
            return False
        found = self._names.resolve(module, node)
        if function in found:
            return True
        unknown = not any(isinstance(s, Function | Class | External) for s in found)
        return unknown and isinstance(node, ast.Attribute) and function.cls is not None

    def _references(self, name: str) -> list[tuple[Module, ast.expr]]:
        return self._mentions.get(name, [])

    @cached_property
    def _mentions(self) -> dict[str, list[tuple[Module, ast.expr]]]:
        found: dict[str, list[tuple[Module, ast.expr]]] = {}
        for module in self._modules:
            aliases = _aliases(module)
            for node in module.nodes:
                if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    name = node.id if isinstance(node, ast.Name) else node.attr
                    for known in {name, aliases.get(name, name)}:
                        found.setdefault(known, []).append((module, node))
        return found

    # what is supplied

    def supply(self, cls: Class, origin: Origin, construction: Construction) -> Supply:
        """Whether the construction gives the class's constructor parameter (or its key) something that is not None."""
        if not self._is_live(construction.module, construction.call):
            return Supply(False, construction.at("builds the agent, but this statement is never run"))
        if not self.placed(construction):
            return Supply(False, construction.at("builds the agent in a function that product code never uses"))
        value = self.argument(cls, origin.name, construction)
        if value is None:
            return Supply(False, construction.at(f"builds the agent without `{origin.label}`"))
        trail = Trail(construction.module, construction.function, origin.key)
        return best(self._follow(trail, value)) or Supply(
            False, construction.at(f"gives the agent no `{origin.label}`")
        )

    def method_supply(self, origin: Origin) -> Supply | None:
        """The same for a handle that is a parameter of another method than the constructor."""
        function = origin.function
        if function is None:
            return None
        return best(self._handed(Trail(function.module, function, origin.key), function, origin.name))

    def assignments(self, cls: Class, name: str) -> list[tuple[Module, ast.Assign]]:
        """`agent.<name> = …` in product code outside the class."""
        found = []
        for module in self._mentioning(f".{name} = "):
            for node in (n for n in module.nodes if isinstance(n, ast.Assign)):
                targets = [t for t in node.targets if isinstance(t, ast.Attribute) and t.attr == name]
                held = (s for t in targets for s in self._names.resolve(module, t.value))
                if (
                    any(isinstance(s, Instance) and s.of is cls for s in held)
                    and module.enclosing_class(node) is not cls
                ):
                    found.append((module, node))
        return found

    def assigned(self, cls: Class, name: str) -> Iterator[Supply]:
        """What those assignments supply."""
        for module, node in self.assignments(cls, name):
            if self.runs(module, node):
                yield from self._follow(Trail(module, module.enclosing_function(node), None), node.value)

    def argument(self, cls: Class, name: str, construction: Construction) -> ast.expr | None:
        """What the construction gives to the constructor's parameter of that name; None where it gives nothing."""
        call = construction.call
        if construction.shift:
            call = ast.Call(call.func, call.args[construction.shift :], call.keywords)
        value = self.given(cls, name, call)
        return value if value is not None else self._spread(construction.module, call, name)

    def given(self, cls: Class, name: str, call: ast.Call) -> ast.expr | None:
        """What a call of the class gives to the constructor's parameter by keyword or position."""
        init = self._names.method(cls, "__init__")
        if init is not None:
            return passed(call, init, name)
        fields = constructor_fields(self._names, cls)
        return argument(call, name, fields.index(name) if name in fields else None)

    def _spread(self, module: Module, call: ast.Call, name: str) -> ast.expr | None:
        """The value that `**mapping` gives the parameter, where the mapping can be read."""
        for keyword in (k for k in call.keywords if k.arg is None):
            for symbol in [*self._names.resolve(module, keyword.value), Value(module, keyword.value)]:
                found = _entries(symbol.node).get(name) if isinstance(symbol, Value) else None
                if found is not None:
                    return found
            for binding in self._local(module, keyword.value):
                found = _entries(binding.value).get(name)
                if found is not None:
                    return found
        return None

    def _local(self, module: Module, node: ast.expr) -> list[Binding]:
        found = self._names.lookup(module, node) if isinstance(node, ast.Name) else None
        return found[1] if found else []

    def _follow(self, trail: Trail, node: ast.expr) -> Iterator[Supply]:
        """What the expression (its entry under the trail's key) is. Nothing where no such entry is found."""
        if trail.ended:
            return
        trail = trail.deeper()
        match node:
            case ast.Await() | ast.NamedExpr() | ast.BoolOp() | ast.IfExp():
                for value in (v for v in _choices(node) if self._is_live(trail.module, v)):
                    yield from self._follow(trail, value)
            case ast.Name():
                yield from self._name(trail, node)
            case ast.Attribute(value=ast.Name(id="self")) if owner := _owner(trail.function):
                yield from self._own_attribute(trail, owner, node)
            case ast.Call():
                yield from self._call(trail, node)
            case _ if trail.key is not None:
                yield from self._entry(trail, node)
            case ast.Constant(value=None):
                yield Supply(False, trail.module.at(node, "None is handed over"))
            case ast.Constant() | ast.JoinedStr() | ast.Dict() | ast.List() | ast.Tuple() | ast.Set():
                yield Supply(False, trail.module.at(node, "a plain value is handed over, no service"))
            case ast.Subscript() if text_of(node.slice) is not None:
                found = list(self._follow(trail.under(text_of(node.slice)), node.value))
                open_ended = [] if self._is_written_out(trail, node.value) else [trail.handed(node)]
                yield from found or open_ended
            case _:
                yield from self._plain(trail, node)

    def _is_written_out(self, trail: Trail, node: ast.expr) -> bool:
        """Whether all that a mapping holds stands in the code: a dict literal, or a parameter with such a default."""
        bound = [*self._local(trail.module, node)]
        defaults = [trail.function.defaults.get(node.id)] if trail.function and isinstance(node, ast.Name) else []
        values = [b.value for b in bound if not isinstance(b.node, ast.arg)]
        known = [*values, *(d for d in defaults if d is not None)]
        return bool(known) and all(isinstance(v, ast.Dict) for v in known)

    def _plain(self, trail: Trail, node: ast.expr) -> Iterator[Supply]:
        found = self._names.resolve(trail.module, node)
        missing = [s.name for s in found if isinstance(s, Missing)]
        if missing:
            yield Supply(False, trail.module.at(node, f"`{missing[0]}` does not exist"))
        elif found and all(_is_no_service(s) for s in found):
            yield Supply(False, trail.module.at(node, "a plain value or a test double is handed over, no service"))
        else:
            yield trail.handed(node)

    def _name(self, trail: Trail, node: ast.Name) -> Iterator[Supply]:
        scope = trail.function
        while scope is not None:
            bindings = self._names.bindings(scope).get(node.id)
            if bindings:
                yield from self._bound(replace(trail, function=scope), scope, bindings, node)
                return
            scope = trail.module.enclosing_function(scope.node)
        yield from self._module_level(replace(trail, function=None), node)

    def _bound(self, trail: Trail, scope: Function, bindings: list[Binding], node: ast.Name) -> Iterator[Supply]:
        for binding in bindings:
            if isinstance(binding.node, ast.arg):
                yield from self._handed(trail, scope, node.id)
            elif binding.value is not None:
                if self._is_live(trail.module, binding.node):
                    yield from self._follow(trail, binding.value)
            elif isinstance(binding.node, ast.Import | ast.ImportFrom):
                yield from self._plain(trail, node) if trail.key is None else ()
            elif trail.key is None:
                yield trail.handed(binding.node)
        yield from self._mutations(trail, scope.node, node.id)

    def _module_level(self, trail: Trail, node: ast.Name) -> Iterator[Supply]:
        own = [b.value for b in self._names.bindings(trail.module).get(node.id, []) if b.value is not None]
        for value in own:
            yield from self._follow(trail, value)
        yield from self._global_assignments(trail, node.id)
        if trail.module.tree is not None:
            yield from self._mutations(trail, trail.module.tree, node.id)
        if own:
            return
        values = [s for s in self._names.resolve(trail.module, node) if isinstance(s, Value)]
        for symbol in values:
            yield from self._follow(replace(trail, module=symbol.module), symbol.node)
        if trail.key is None and not values:
            yield from self._plain(trail, node)

    def _global_assignments(self, trail: Trail, name: str) -> Iterator[Supply]:
        """Assignments to a module's name in functions that declare it global."""
        for function in trail.module.functions:
            if any(isinstance(n, ast.Global) and name in n.names for n in function.own_nodes):
                for binding in self._names.bindings(function).get(name, []):
                    if binding.value is not None:
                        yield from self._follow(replace(trail.step(), function=function), binding.value)

    def _mutations(self, trail: Trail, scope: ast.AST, name: str) -> Iterator[Supply]:
        """`name[key] = value`, `name.update({key: value})`, `name.setdefault(key, value)`, also for `self.name`."""
        if trail.key is None:
            return
        for node in ast.walk(scope):
            inner = replace(trail, function=trail.module.enclosing_function(node) or trail.function)
            if isinstance(node, ast.Assign):
                if any(_subscript_of(t, name, trail.key) for t in node.targets):
                    yield from self._follow(inner.under(None), node.value)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _named(node.func.value, name):
                yield from self._updated(inner, node)

    def _updated(self, trail: Trail, call: ast.Call) -> Iterator[Supply]:
        if call_name(call) == "update":
            for keyword in call.keywords:
                if keyword.arg == trail.key:
                    yield from self._follow(trail.under(None), keyword.value)
            for given in call.args[:1]:
                yield from self._follow(trail, given)
        elif call_name(call) == "setdefault" and len(call.args) == 2 and text_of(call.args[0]) == trail.key:
            yield from self._follow(trail.under(None), call.args[1])

    def _own_attribute(self, trail: Trail, owner: Class, node: ast.Attribute) -> Iterator[Supply]:
        found = False
        for cls in (c for c in self._names.ancestry(owner) if isinstance(c, Class)):
            for method, binding in self._names.attributes(cls).get(node.attr, []):
                if binding.value is not None:
                    found = True
                    yield from self._follow(replace(trail, module=method.module, function=method), binding.value)
            yield from self._mutations(replace(trail, module=cls.module), cls.node, node.attr)
        if node.attr in constructor_fields(self._names, owner):
            yield from self._built(trail, owner, node.attr)
        elif not found and trail.key is None:
            yield from self._plain(trail, node)

    def _handed(self, trail: Trail, function: Function, name: str) -> Iterator[Supply]:
        """What a parameter is given; where no live code gives it anything, that is what is said."""
        found = list(self._given_to(trail, function, name))
        note = f"no live code gives `{function.qualname}` a `{name}`"
        yield from found or [Supply(False, function.module.at(function.node, note))]

    def _given_to(self, trail: Trail, function: Function, name: str) -> Iterator[Supply]:
        """What callers give to a parameter; its default where that is more than a constant."""
        default = function.defaults.get(name)
        if default is not None and not isinstance(default, ast.Constant):
            yield from self._follow(Trail(function.module, None, trail.key, trail.steps, trail.depth), default)
        annotation = next((p.annotation for p in function.params if p.arg == name), None)
        aliases = [b.value for b in self._local(function.module, annotation) if b.value] if annotation else []
        if annotation is not None and any("Depends(" in ast.unparse(a) for a in (annotation, *aliases)):
            yield Supply(True, function.module.at(annotation, "the framework hands the service over here"))
        if function.name == "__init__" and function.cls:
            yield from self._built(trail, function.cls, name)
            return
        for module, call in self._calls_named(function.name):
            if self._may_call(module, call, function) and self.runs(module, call):
                value = passed(call, function, name)
                if value is not None:
                    yield from self._follow(trail.step(module, module.enclosing_function(call)), value)

    def runs(self, module: Module, call: ast.AST) -> bool:
        """Whether the statement can run, other than from a main guard."""
        return self._is_live(module, call) and not module.in_main_guard(call)

    def _may_call(self, module: Module, call: ast.Call, function: Function) -> bool:
        found = self._names.resolve(module, call.func)
        if function in found:
            return True
        return function.cls is not None and not found and isinstance(call.func, ast.Attribute)

    def _built(self, trail: Trail, cls: Class, name: str) -> Iterator[Supply]:
        for construction in self.constructions(cls):
            value = (
                self.argument(cls, name, construction) if self.runs(construction.module, construction.call) else None
            )
            if value is not None:
                yield from self._follow(trail.step(construction.module, construction.function), value)

    def _call(self, trail: Trail, node: ast.Call) -> Iterator[Supply]:
        if trail.key is not None and call_name(node) in _CONTAINERS:
            yield from self._entry(trail, node)
            return
        looked_up = list(self._looked_up(trail, node))
        if looked_up or self._finds_nothing(trail, node):
            yield from looked_up
            return
        for symbol in self._names.resolve(trail.module, node.func):
            if isinstance(symbol, Function):
                yield from self._returned(trail, symbol, node)
                return
            if isinstance(symbol, Class) and trail.key is not None:
                yield from self._member(trail, symbol, node)
                return
        if trail.key is None:
            yield from self._plain(trail, node.func)

    def _finds_nothing(self, trail: Trail, node: ast.Call) -> bool:
        """A lookup in a mapping that is written out and was found to lack the key."""
        base = node.func.value if isinstance(node.func, ast.Attribute) and call_name(node) == "get" else None
        return trail.key is None and base is not None and self._is_written_out(trail, base)

    def _looked_up(self, trail: Trail, node: ast.Call) -> Iterator[Supply]:
        """`mapping.get("key")`."""
        if trail.key is None and call_name(node) == "get" and node.args and isinstance(node.func, ast.Attribute):
            key = text_of(node.args[0])
            if key is not None:
                yield from self._follow(trail.under(key), node.func.value)

    def _returned(self, trail: Trail, called: Function, node: ast.Call) -> Iterator[Supply]:
        values = [r.value for r in called.returns if r.value is not None]
        values += [n.value for n in called.own_nodes if isinstance(n, ast.Yield) and n.value is not None]
        if not values and trail.key is None:
            yield Supply(False, called.module.at(called.node, f"`{called.name}` returns nothing"))
        for value in values:
            if trail.key is None and not isinstance(value, ast.Constant | ast.Name):
                yield Supply(True, trail.module.at(node, f"`{called.name}` hands the service over"))
            else:
                yield from self._follow(trail.step(called.module, called), value)

    def _member(self, trail: Trail, cls: Class, node: ast.Call) -> Iterator[Supply]:
        """The attribute, named by the trail's key, of a freshly built object of the repository."""
        key = trail.key or ""
        value = self.argument(cls, key, Construction(trail.module, node))
        if value is not None:
            yield from self._follow(trail.under(None), value)
        elif self._names.method(cls, key):
            yield Supply(True, trail.module.at(node, f"`{cls.name}` hands the service over"))
        elif key in self._names.attributes(cls):
            attribute = ast.Attribute(ast.Name("self", ast.Load()), key, ast.Load())
            yield from self._own_attribute(trail.under(None), cls, attribute)

    def _entry(self, trail: Trail, node: ast.expr) -> Iterator[Supply]:
        """The entry under the trail's key of a mapping that is written out."""
        match node:
            case ast.Dict():
                for name, value in zip(node.keys, node.values, strict=True):
                    if name is None:
                        yield from self._follow(trail, value)
                    elif self._text(trail.module, name) == trail.key:
                        yield from self._follow(trail.under(None), value)
            case ast.Call():
                for keyword in node.keywords:
                    if keyword.arg in (trail.key, None):
                        yield from self._follow(trail if keyword.arg is None else trail.under(None), keyword.value)
                receiver = [node.func.value] if isinstance(node.func, ast.Attribute) else []
                for given in [*node.args, *receiver]:
                    yield from self._follow(trail, given)
            case ast.BinOp(op=ast.BitOr()):
                for side in (node.left, node.right):
                    yield from self._follow(trail, side)

    def _text(self, module: Module, node: ast.expr) -> str | None:
        if isinstance(node, ast.Constant):
            return text_of(node)
        found = [text_of(s.node) for s in self._names.resolve(module, node) if isinstance(s, Value)]
        return found[0] if found else None


def _entries(node: ast.expr | None) -> dict[str | None, ast.expr]:
    """The entries of a dict that is written out, by literal key."""
    match node:
        case ast.Dict(keys=keys, values=values):
            return {text_of(k): v for k, v in zip(keys, values, strict=True)}
        case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
            return {k.arg: k.value for k in keywords}
    return {}


def _choices(node: ast.Await | ast.NamedExpr | ast.BoolOp | ast.IfExp) -> list[ast.expr]:
    """The expressions, one of which is the value."""
    match node:
        case ast.BoolOp():
            return node.values
        case ast.IfExp():
            return [node.body, node.orelse]
    return [node.value]


def _is_no_service(symbol: object) -> bool:
    """An external function or class that gives text, plain data or a test double."""
    name = symbol.name if isinstance(symbol, External) else ""
    kind = name.removeprefix("builtins.")
    return name.startswith(("unittest.mock.", "os.getenv", "os.environ")) or kind in _PLAIN_TYPES


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _owner(function: Function | None) -> Class | None:
    """The class whose method the function is, or is nested in."""
    while function is not None and function.cls is None:
        function = function.module.enclosing_function(function.node)
    return function.cls if function else None


_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


def _aliases(module: Module) -> dict[str, str]:
    """Alias -> imported name."""
    imports = (n for n in module.nodes if isinstance(n, ast.ImportFrom))
    return {a.asname: a.name for n in imports for a in n.names if a.asname}


def _comprehension_bindings(module: Module, name: ast.Name) -> list[Binding]:
    """How a comprehension around the name binds it."""
    found = []
    for parent in module.ancestors(name):
        for generator in getattr(parent, "generators", []):
            if any(isinstance(n, ast.Name) and n.id == name.id for n in ast.walk(generator.target)):
                found.append(Binding(generator))
        if isinstance(parent, FunctionNode):
            break
    return found


def _without_called(node: ast.expr) -> Iterator[ast.AST]:
    """Parts of an expression that may be a class itself: what is called is left out, lookups are looked into."""
    todo: list[ast.AST] = [node]
    while todo:
        part = todo.pop()
        yield part
        if isinstance(part, ast.Call):
            looks_up = isinstance(part.func, ast.Attribute) and part.func.attr in ("get", "pop", "items", "values")
            todo += [part.func.value] if looks_up else []  # type: ignore[attr-defined]
            todo += part.args if call_name(part) in ("zip", "enumerate", "tuple", "list", "dict", "sorted") else []
        else:
            todo += ast.iter_child_nodes(part)


def _subscript_of(target: ast.expr, name: str, key: str) -> bool:
    return isinstance(target, ast.Subscript) and text_of(target.slice) == key and _named(target.value, name)


def _named(node: ast.expr, name: str) -> bool:
    """`name` or `self.name`."""
    if isinstance(node, ast.Attribute):
        return node.attr == name and isinstance(node.value, ast.Name)
    return isinstance(node, ast.Name) and node.id == name
