"""Route modules, and the state of requests that they keep in the process."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pytest_readiness.repo.data_files import lines_of
from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site, call_name, dotted
from pytest_readiness.repo.names import External, Instance, Names
from pytest_readiness.repo.web import Web

_CONTAINERS = frozenset({"dict", "list", "set", "deque", "defaultdict", "OrderedDict", "Counter", "UserDict"})
_DISPLAYS = ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp | ast.SetComp
_CHANGES = frozenset(
    {
        "append", "appendleft", "add", "update", "pop", "popleft", "popitem", "setdefault", "remove", "discard",
        "clear", "insert", "extend", "extendleft", "__setitem__", "__delitem__", "difference_update",
        "intersection_update", "symmetric_difference_update", "rotate", "sort", "reverse",
    }
)  # fmt: skip
_INNER = frozenset({"get", "setdefault", "values", "pop", "items"})
"""Methods that give what stands in a container."""
_METRICS = ("prometheus_client.", "opentelemetry.")
_CACHE = re.compile(r"cache|memo(iz|$|_)", re.IGNORECASE)
_ROUTE_LINE = re.compile(r"^\s*@[A-Za-z_][\w.]*\.(get|post|put|delete|patch|route|api_route|websocket)\s*\(")
_STARTING = frozenset(
    {"startup", "before_serving", "before_first_request", "after_server_start", "before_server_start"}
)


@dataclass(frozen=True, eq=False)
class Kept:
    """A container that lives as long as the process and that requests change."""

    name: str
    place: Site
    changed_at: Site


@dataclass(frozen=True, eq=False)
class RouteModule:
    """A file that registers routes."""

    path: str
    place: Site
    """Its first route."""
    kept: tuple[Kept, ...] = ()
    problem: str = ""
    """Why Python refuses the file, "" where it does not."""


class RequestState:
    """Finds route modules and what they keep."""

    def __init__(self, modules: Mapping[str, Module], imports: Imports, names: Names, web: Web) -> None:
        self._modules, self._imports, self._names, self._web = modules, imports, names, web

    def of(self, is_product: Iterable[str]) -> Iterator[RouteModule]:
        """The route modules; `is_product` are the paths of product files, those that do not parse among them."""
        for path in sorted(is_product):
            module = self._modules[path]
            if module.tree is None:
                line = self._registers(module)
                if line is not None:
                    problem = f"does not parse: {module.problem}"
                    yield RouteModule(path, Site(path, module.problem_line or line), (), problem)
            elif path in self._routes:
                yield RouteModule(path, self._routes[path], tuple(self._kept(module)))

    @staticmethod
    def _registers(module: Module) -> int | None:
        """The line of the first route in a text."""
        return next((i for i, line in enumerate(lines_of(module.text), 1) if _ROUTE_LINE.match(line)), None)

    @cached_property
    def _routes(self) -> dict[str, Site]:
        """Path -> the first route that is registered by a decorator."""
        found: dict[str, Site] = {}
        for handler in self._web.handlers:
            for route in handler.routes:
                parent = route.module.parents.get(route.node)
                if isinstance(parent, FunctionNode) and route.node in parent.decorator_list:
                    found.setdefault(route.module.path, route.site)
        return found

    def _kept(self, module: Module) -> Iterator[Kept]:
        for name, node in self._containers(module):
            changes = list(self._changes(module, name))
            if changes and not (_CACHE.search(name) and self._is_bounded(module, name)):
                yield Kept(name, module.at(node, f"{name} holds state in the process"), changes[0])
        yield from self._imported(module)
        for name, cls in self._objects(module):
            yield from self._attributes(module, name, cls)
        yield from self._on_others(module)

    def _containers(self, module: Module) -> Iterator[tuple[str, ast.AST]]:
        """The containers that the module's own statements bind."""
        for name, bindings in self._names.bindings(module).items():
            for binding in bindings:
                if binding.value is not None and is_container(binding.value):
                    yield name, binding.node
                    break

    def _imported(self, module: Module) -> Iterator[Kept]:
        """Containers of other modules that this one's functions change."""
        statements = (n for n in module.imports if isinstance(n, ast.ImportFrom))
        for node, alias in ((n, a) for n in statements for a in n.names):
            name = alias.asname or alias.name
            source = self._source(module, node, alias.name)
            changes = list(self._changes(module, name)) if source and not _CACHE.search(name) else []
            if changes and source:
                yield Kept(name, Site(source.path, source.line, f"{name} holds state in the process"), changes[0])

    def _source(self, module: Module, node: ast.ImportFrom, name: str) -> Site | None:
        """Where the container stands that is imported under the name; None for anything else."""
        target = self._imports.source(node, module)
        if not isinstance(target, Module):
            return None
        values = ((b.node, b.value) for b in self._names.bindings(target).get(name, []))
        return next((target.at(n) for n, v in values if v is not None and is_container(v)), None)

    def _on_others(self, module: Module) -> Iterator[Kept]:
        """Containers that a class holds itself, or that the module's own statements put on an object."""
        for cls in module.classes:
            for name, bindings in self._names.bindings(cls).items():
                held = [b for b in bindings if b.value is not None and is_container(b.value)]
                changes = [s for n in (cls.name, "cls") for s in _changed_by(module, module.functions, f"{n}.{name}")]
                if held and changes and not _CACHE.search(name):
                    yield Kept(f"{cls.name}.{name}", module.at(held[0].node, "holds state in the process"), changes[0])
        for node in module.tree.body if module.tree else ():
            match node:
                case ast.Assign(targets=[ast.Attribute() as target], value=value) if is_container(value):
                    name = dotted(target) or ""
                    changes = list(_ended(module, ".".join(name.split(".")[-2:]))) if name else []
                    if changes:
                        yield Kept(name, module.at(node, f"{name} holds state in the process"), changes[0])

    def _objects(self, module: Module) -> Iterator[tuple[str, Class]]:
        """Objects of classes of the file that its own statements bind."""
        for name, bindings in self._names.bindings(module).items():
            for binding in bindings:
                if isinstance(binding.value, ast.Call):
                    made = self._names.resolve(module, binding.value)
                    owners = (s.of for s in made if isinstance(s, Instance) and isinstance(s.of, Class))
                    yield from ((name, c) for c in owners if c.module is module)

    def _attributes(self, module: Module, name: str, cls: Class) -> Iterator[Kept]:
        """The containers of an object that its methods, or functions of the file, change."""
        owners = [c for c in self._names.ancestry(cls) if isinstance(c, Class)]
        if any(isinstance(c, External) and c.name.startswith(_METRICS) for c in self._names.ancestry(cls)):
            return
        for owner in owners:
            for attribute, place in self._container_attributes(owner):
                changes = [s for o in owners for s in _changed_by(o.module, o.functions, f"self.{attribute}")]
                changes += self._changes(module, f"{name}.{attribute}")
                is_cache = _CACHE.search(attribute) or _CACHE.search(cls.name)
                if changes and not (
                    is_cache and any(_bounds(f, f"self.{attribute}") for o in owners for f in o.functions)
                ):
                    note = f"{name}.{attribute} holds state in the process"
                    yield Kept(f"{name}.{attribute}", Site(owner.path, place, note), changes[0])

    def _container_attributes(self, cls: Class) -> Iterator[tuple[str, int]]:
        """Attributes that hold a container: set in a method, or in the class body."""
        seen: set[str] = set()
        for name, found in self._names.attributes(cls).items():
            for _, binding in found:
                if binding.value is not None and is_container(binding.value) and name not in seen:
                    seen.add(name)
                    yield name, getattr(binding.node, "lineno", cls.line)
        for name, bindings in self._names.bindings(cls).items():
            for binding in bindings:
                if binding.value is not None and is_container(binding.value) and name not in seen:
                    seen.add(name)
                    yield name, getattr(binding.node, "lineno", cls.line)

    def _changes(self, module: Module, name: str) -> Iterator[Site]:
        """Where functions of the module change the container while requests are served."""
        functions = [f for f in module.functions if not self._runs_first(f)]
        for site, node in _changed(module, functions, name):
            if self._means_module(module, node, name.partition(".")[0]):
                yield site

    def _means_module(self, module: Module, node: ast.AST, name: str) -> bool:
        """Whether the name is the module's there, not a parameter or a local variable."""
        names = (n for n in ast.walk(node) if isinstance(n, ast.Name) and n.id == name)
        for use in names:
            found = self._names.lookup(module, use)
            if found is not None and isinstance(found[0], Function) and name not in module.declared_global:
                return False
        return True

    def _runs_first(self, function: Function) -> bool:
        """Whether the function runs while the process starts, not for requests: a registry's decorator, a lifespan."""
        decorators = function.node.decorator_list
        names = {(dotted(d.func if isinstance(d, ast.Call) else d) or "").rpartition(".")[2] for d in decorators}
        texts = {a.value for d in decorators if isinstance(d, ast.Call) for a in d.args if isinstance(a, ast.Constant)}
        if names & _STARTING or ("on_event" in names and texts & _STARTING):
            return True
        if "asynccontextmanager" in names and "lifespan" in function.name:
            return True
        outer = function.module.enclosing_function(function.node)
        return self._only_imports(outer or function)

    def _only_imports(self, function: Function) -> bool:
        """Whether nothing but module-level code calls the function, as a decorator or plainly."""
        if function.cls is not None or self._web.handler_of(function) is not None:
            return False
        uses = self._uses.get(function.name, [])
        return bool(uses) and all(m.enclosing_function(n) is None for m, n in uses)

    @cached_property
    def _uses(self) -> dict[str, list[tuple[Module, ast.AST]]]:
        """Name -> where any module reads it, as a name or an attribute."""
        found: dict[str, list[tuple[Module, ast.AST]]] = {}
        for module in self._modules.values():
            for node in module.nodes:
                if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
                    found.setdefault(node.id if isinstance(node, ast.Name) else node.attr, []).append((module, node))
        return found

    @staticmethod
    def _is_bounded(module: Module, name: str) -> bool:
        return any(_bounds(f, name) for f in module.functions)


def is_container(node: ast.expr) -> bool:
    """Whether the expression makes a container that can be changed, without a bound of its own."""
    if isinstance(node, _DISPLAYS):
        return True
    if not isinstance(node, ast.Call) or call_name(node) not in _CONTAINERS:
        return False
    return not (call_name(node) == "deque" and (len(node.args) > 1 or any(k.arg == "maxlen" for k in node.keywords)))


def _changed(module: Module, functions: Iterable[Function], name: str) -> Iterator[tuple[Site, ast.AST]]:
    """The statements by which functions change what the name holds."""
    for function in functions:
        held = {name, *_aliases(function, name)}
        for node in function.own_nodes:
            target = _changed_part(node, function)
            if target is not None and _root(target) in held:
                yield module.at(node, f"{function.qualname} changes {name}"), target


def _changed_by(module: Module, functions: Iterable[Function], name: str) -> list[Site]:
    return [s for s, _ in _changed(module, (f for f in functions if f.name != "__init__"), name)]


def _ended(module: Module, ending: str) -> Iterator[Site]:
    """Where functions change what a dotted name with this ending holds."""
    for function in module.functions:
        for node in function.own_nodes:
            target = _changed_part(node, function)
            if target is not None and f".{_root(target)}".endswith(f".{ending}"):
                yield module.at(node, f"{function.qualname} changes {ending}")


def _changed_part(node: ast.AST, function: Function) -> ast.expr | None:
    """What a node changes: `x[k] = v`, `del x[k]`, `x.append(v)`, `x += [v]`, a global that is bound anew."""
    match node:
        case ast.Subscript(ctx=ast.Store() | ast.Del()):
            return node.value
        case ast.Call(func=ast.Attribute(value=receiver, attr=method)) if method in _CHANGES:
            return receiver
        case ast.AugAssign(target=ast.Name() | ast.Attribute() as target):
            return target
        case ast.Assign(targets=[ast.Name(id=name) as target]):
            is_global = any(isinstance(n, ast.Global) and name in n.names for n in function.own_nodes)
            return target if is_global else None
    return None


def _root(node: ast.expr) -> str:
    """The dotted name that an expression starts from: `x` for `x[k].get(j)`."""
    while True:
        match node:
            case ast.Subscript(value=inner):
                node = inner
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in _INNER:
                node = inner
            case _:
                return dotted(node) or ""


def _aliases(function: Function, name: str) -> set[str]:
    """Local names that hold the container or what stands in it."""
    found: set[str] = set()
    for node in function.own_nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=local)], value=value) if _root(value) == name and not _is_copy(value):
                found.add(local)
    return found - {name.partition(".")[0]}


def _is_copy(value: ast.expr) -> bool:
    """`x.pop(k)` takes something out; `x[:]` is another list."""
    is_slice = isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice)
    return is_slice or (isinstance(value, ast.Call) and call_name(value) == "pop")


def _bounds(function: Function, name: str) -> bool:
    """Whether the function keeps the container small: it compares its length or an entry's age, and removes."""
    removes = any(
        isinstance(t, ast.expr) and _root(t) == name
        for n in function.own_nodes
        if _removes(n) and (t := _changed_part(n, function)) is not None
    )
    compares = any(isinstance(n, ast.Compare) and _limits(n, name) for n in function.own_nodes)
    return removes and compares


def _removes(node: ast.AST) -> bool:
    is_deletion = isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Del)
    return is_deletion or (
        isinstance(node, ast.Call) and call_name(node) in ("pop", "popitem", "popleft", "clear", "remove")
    )


def _limits(node: ast.Compare, name: str) -> bool:
    """`len(x) > LIMIT`, `time.time() - stored > ttl`."""
    if not any(isinstance(o, ast.Gt | ast.GtE | ast.Lt | ast.LtE) for o in node.ops):
        return False
    text = ast.unparse(node)
    return f"len({name})" in text or bool(re.search(r"\b(time|monotonic|now|utcnow|expir\w*|ttl|age)\b", text))
