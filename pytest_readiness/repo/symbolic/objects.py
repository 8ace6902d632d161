"""Names and attributes: what do they hold when nothing on the way has set them?

An attribute stands for whatever the methods of its class ever assign to it, worked out when it is asked for: the order
in which the system starts need not be known. What a constructor was given is known for each object. Loops over known
items are unrolled, so that `for name in NAMES: self.breakers[name] = Breaker()` makes one breaker a name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice, product
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, dotted
from pytest_readiness.repo.names import Binding
from pytest_readiness.repo.origins import is_static
from pytest_readiness.repo.symbolic.core import ALTERNATIVES, Core, TooMuch
from pytest_readiness.repo.symbolic.values import (
    NONE,
    Const,
    Error,
    Frame,
    Func,
    Items,
    Kind,
    Member,
    Obj,
    Space,
    State,
    Table,
    Unknown,
    Value,
)
from pytest_readiness.repo.symbolic.world import World
from pytest_readiness.repo.symbols import External, Instance, Symbol

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

ENUMS = ("enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag")
LOOPS = ast.For | ast.AsyncFor
ROUNDS = 24
"""Most rounds of a loop over known items."""
CALLERS = 3
"""Most callers of callers that are looked at for the arguments of a method."""
CONTEXTS = 12
"""Most callers whose arguments stand for the parameters of a method."""
ADDS = frozenset({"append", "add", "appendleft", "insert"})
Bound = dict[str, Value]


class Objects(Core):
    """Loose values of names and attributes; each is worked out once."""

    def __init__(self, repo: Repo, world: World) -> None:
        super().__init__(repo, world)
        self._globals: dict[tuple[str, str], tuple[Value, ...]] = {}
        self._members: dict[tuple[int, str], tuple[Value, ...]] = {}
        self._busy: set[object] = set()
        self._tables: dict[int, Table] = {}
        self._contexts: dict[tuple[Value | None, ast.AST], list[Frame]] = {}
        self._nested = 0
        self._cuts = 0
        """How often a question came up inside itself, so that what was worked out around it is not the whole."""

    # Names

    def global_values(self, module: Module, name: str) -> tuple[Value, ...]:
        """What a name of the module may stand for."""
        key = (module.path, name)
        if key in self._globals:
            return self._globals[key]
        if ("global", *key) in self._busy:
            self._cuts += 1
            return ()
        before, outermost = self._cuts, not self._busy
        self._busy.add(("global", *key))
        try:
            found = tuple(self._global_values(module, name))[:ALTERNATIVES]
        finally:
            self._busy.discard(("global", *key))
        if outermost or self._cuts == before:
            self._globals[key] = found
        return found

    def _global_values(self, module: Module, name: str) -> Iterator[Value]:
        seen: set[Value] = set()
        for found in self.scopes.definitions(module, name):
            if isinstance(found, External):
                values: Iterable[Value] = [Kind(found)]
            else:
                values = self._bound_globally(*found, name)
            for one in values:
                if one not in seen:
                    seen.add(one)
                    yield one

    def _bound_globally(self, module: Module, binding: Binding, name: str) -> Iterable[Value]:
        if isinstance(binding.node, ast.Import | ast.ImportFrom):
            symbols = self.repo.names.resolve(module, ast.Name(name, ast.Load()))
            return [v for s in symbols for v in self.of_symbol(s)]
        inside = module.enclosing_function(binding.node)
        frame = self.loose_frame(inside) if inside else self.module_frame(module)
        values = list(self.binding_values(binding, name, frame))
        own = next((n for n, bs in self.repo.names.bindings(module).items() if binding in bs), name)
        return [self._filled(v, module, None, own) for v in values]

    def of_symbol(self, symbol: Symbol) -> Iterator[Value]:
        """The value that stands for what a name resolves to."""
        match symbol:
            case Class() | External():
                yield Kind(symbol)
            case Function():
                yield Func(symbol.module, symbol.node, self.module_frame(symbol.module), None, symbol.cls)
            case Module():
                yield Space(symbol)
            case Instance(of=External() as external):
                yield Unknown(external.name)

    def binding_values(self, binding: Binding, name: str, frame: Frame) -> Iterable[Value]:
        """What one binding gives the name, in a frame that is not running."""
        node = binding.node
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return [Func(frame.module, node, frame)]
            case ast.ClassDef():
                return [Kind(frame.module.class_of(node))]
            case ast.Import() | ast.ImportFrom():
                return self._imported(frame.module, binding, name)
            case ast.For() | ast.AsyncFor():
                return [b[name] for b in self.rounds(node.target, node.iter, frame) if name in b]
            case ast.ExceptHandler():
                return [Error()]
            case ast.arg():
                return self.parameter(frame, name)
        return self.loosely(binding.value, frame) if binding.value is not None else self._declared(binding, name, frame)

    def _declared(self, binding: Binding, name: str, frame: Frame) -> list[Value]:
        return [] if isinstance(binding.node, ast.AnnAssign) and frame.code is None else [Unknown(name)]

    def _imported(self, module: Module, binding: Binding, name: str) -> Iterator[Value]:
        for found in self.scopes.imported(module, binding, name, 20):
            if isinstance(found, External):
                yield Kind(found)
            else:
                yield from self._bound_globally(*found, name)

    def loose_local(self, name: str, frame: Frame) -> list[Value] | None:
        """What a function or class body that is not running ever binds to the name; None where it does not."""
        scope = self._scope(frame)
        bindings = self.repo.names.bindings(scope).get(name) if scope else None
        if bindings is None:
            return None
        key = (frame.key, name, "local")
        if key in self._busy:
            self._cuts += name not in frame.bound
            return [frame.bound[name]] if name in frame.bound else []
        self._busy.add(key)
        try:
            return list(dict.fromkeys(self._locally(name, bindings, frame)))[:ALTERNATIVES]
        finally:
            self._busy.discard(key)

    def is_rebound(self, name: str, frame: Frame) -> bool:
        """Whether a function assigns to its own parameter: `mode = mode or default`."""
        scope = self._scope(frame)
        bindings = self.repo.names.bindings(scope).get(name, []) if isinstance(scope, Function) else []
        given = any(isinstance(b.node, ast.arg) for b in bindings)
        return given and any(isinstance(b.node, ast.Assign | ast.AnnAssign) for b in bindings)

    def _locally(self, name: str, bindings: list[Binding], frame: Frame) -> Iterator[Value]:
        for binding in bindings:
            if isinstance(binding.node, ast.comprehension) or not self.takes_place(binding.node, frame):
                continue
            around = frame
            while around.loop is not None and around.outer is not None and not _inside(binding.node, around):
                around = around.outer
            found = [v for f in self.placed(binding.node, around) for v in self.binding_values(binding, name, f)]
            yield from (self._filled(v, frame.module, frame, name) for v in found)

    def takes_place(self, node: ast.AST, frame: Frame) -> bool:
        """Whether the statement can run: it is not dead, and no condition around it is false in this mode."""
        if isinstance(node, ast.arg):
            return True
        return self.scopes.takes_effect(frame.module, node) and self.feasible(node, frame)

    def _scope(self, frame: Frame) -> Function | Class | None:
        code = frame.code
        if isinstance(code, FunctionNode):
            return frame.module.function_of(code)
        return frame.module.class_of(code) if isinstance(code, ast.ClassDef) else None

    # Frames of code that is not running

    def loose_frame(self, function: Function, this: Value | None = None, bound: Bound | None = None) -> Frame:
        """A frame in which the function's names stand for whatever it binds to them."""
        values = tuple((bound or {}).items())
        number = self.key("loose", function.node, this, values)
        parent = self._around(function)
        return Frame(function.module, function.node, number, number, parent, function.cls, this, True, bound or {})

    def _around(self, function: Function) -> Frame:
        outside = function.module.enclosing_function(function.node)
        return self.loose_frame(outside) if outside else self.module_frame(function.module)

    def class_frame(self, cls: Class) -> Frame:
        """The loose frame of a class body."""
        number = self.key("class", cls.node)
        outside = cls.module.enclosing_function(cls.node)
        parent = self.loose_frame(outside) if outside else self.module_frame(cls.module)
        return Frame(cls.module, cls.node, number, number, parent, cls, None, True)

    def contexts(self, this: Value | None, function: Function) -> list[Frame]:
        """The function as it is called: one frame for each caller whose arguments matter to it."""
        if isinstance(this, Obj) and function.name in ("__init__", "__post_init__"):
            return [self.loose_frame(function, this, self.constructor_values(this, function))]
        names = [p.arg for p in function.params[1 if this is not None and not is_static(function) else 0 :]]
        key = (this, function.node)
        if key in self._contexts:
            return self._contexts[key]
        if not names or ("contexts", key) in self._busy or self._nested >= CALLERS:
            self._cuts += bool(names)
            return [self.loose_frame(function, this, {})]
        before, outermost = self._cuts, not self._busy
        bounds = self._bounds(this, function)
        found = [self.loose_frame(function, this, b) for b in bounds[: CONTEXTS * 4] or [{}]]
        if outermost or self._cuts == before:
            self._contexts[key] = found
        return found

    def _bounds(self, this: Value | None, function: Function) -> list[Bound]:
        """What each call passes."""
        key = ("contexts", (this, function.node))
        self._busy.add(key)
        self._nested += 1
        try:
            return [b for m, c in self.repo.origins.calls_of(function) for b in self._passed(this, function, m, c)]
        except TooMuch:
            self._cuts += 1
            return []
        finally:
            self._nested -= 1
            self._busy.discard(key)

    def _passed(self, this: Value | None, function: Function, module: Module, call: ast.Call) -> list[Bound]:
        """What one call passes for each parameter, in every round of the loops around it."""
        inside = module.enclosing_function(call)
        frames = self._callers(this, module, inside, call)
        return [b for f in frames for p in self.placed(call, f) for b in self._arguments(function, call, p)]

    def _callers(self, this: Value | None, module: Module, inside: Function | None, call: ast.Call) -> list[Frame]:
        if inside is None:
            return [self.module_frame(module)]
        frames = self.contexts(this if self._same_object(this, inside) else None, inside)[:CONTEXTS]
        return [f for f in frames if self.takes_place(module.statement_of(call), f)]

    def _same_object(self, this: Value | None, inside: Function) -> bool:
        return isinstance(this, Obj) and inside.cls is not None and inside.cls in self.line(this)

    def _arguments(self, function: Function, call: ast.Call, frame: Frame) -> list[Bound]:
        names, alternatives = [], []
        for parameter in function.params:
            given = self.repo.origins.argument_of(function, call, parameter.arg)
            if given is not None:
                names.append(parameter.arg)
                alternatives.append(self.loosely(given, frame)[:4] or [Unknown(parameter.arg)])
        return [dict(zip(names, values, strict=True)) for values in islice(product(*alternatives), CONTEXTS)]

    def placed(self, node: ast.AST, frame: Frame) -> list[Frame]:
        """The frame in each round of the loops around the node; the frame itself where there is none."""
        loops = [p for p in frame.module.ancestors(node) if isinstance(p, LOOPS) and _is_under(node, p, frame)]
        frames = [frame]
        for loop in reversed(loops):
            if any(_has_loop(f, loop) for f in frames):
                continue
            frames = [r for f in frames for r in self.rounds_of(loop, loop.target, loop.iter, f)] or frames
        return frames

    def rounds_of(self, loop: ast.AST, target: ast.expr, source: ast.expr, frame: Frame) -> list[Frame]:
        """One frame for each round of a loop over known items."""
        return [self.round_frame(loop, bound, frame) for bound in self.rounds(target, source, frame)]

    def round_frame(self, loop: ast.AST, bound: Bound, frame: Frame) -> Frame:
        """The frame of one round, its variables known."""
        number = self.key("round", loop, tuple(bound.items()), frame.key)
        return replace(frame, key=number, bound={**frame.bound, **bound}, loop=loop, outer=frame)

    def rounds(self, target: ast.expr, source: ast.expr, frame: Frame) -> list[Bound]:
        """What each round of a loop binds, where the items are known."""
        items = [i for v in self.loosely(source, frame) for i in self.elements(v)]
        return [matched(target, i) for i in items[:ROUNDS]]

    def elements(self, value: Value) -> tuple[Value, ...]:
        """What a loop over the value gives, as far as it is known."""
        match value:
            case Items():
                return value.items
            case Table():
                return tuple(k for k, _ in value.entries)
            case Kind(of=Class() as cls) if self.is_enum(cls):
                return tuple(Member(cls, n) for n in self.enum_names(cls))
        return ()

    def feasible(self, node: ast.AST, frame: Frame) -> bool:
        """Whether no condition around the node is false for certain."""
        if self.world.mode is None:
            return True
        child = node
        for parent in frame.module.ancestors(node):
            if isinstance(parent, FunctionNode | ast.ClassDef):
                return parent is not frame.code or self._called_at_all(frame)
            if isinstance(parent, ast.If) and child is not parent.test:
                wanted = child in parent.body
                if self._excluded(parent.test, wanted, frame):
                    return False
            child = parent
        return True

    def _excluded(self, test: ast.expr, wanted: bool, frame: Frame) -> bool:
        key = ("test", test, frame.key)
        if key in self._busy:
            return False
        self._busy.add(key)
        try:
            values = self.loosely(test, frame)
        finally:
            self._busy.discard(key)
        return bool(values) and all(self.truth(v, State()) is (not wanted) for v in values)

    def _called_at_all(self, frame: Frame) -> bool:
        """Whether some call of the function takes place; one that nothing calls is taken to be called."""
        function = self._scope(frame)
        if not isinstance(function, Function) or frame.this is None or function.name == "__init__":
            return True
        key = ("called", frame.this, function.node)
        if key in self._busy:
            return True
        self._busy.add(key)
        try:
            calls = [
                (m, c, f)
                for m, c in self.repo.origins.calls_of(function)
                if (f := m.enclosing_function(c)) is not None and self._same_object(frame.this, f)
            ]
            return not calls or any(
                self.feasible(c, self.loose_frame(f, frame.this, self._known(frame.this, f))) for _, c, f in calls
            )
        finally:
            self._busy.discard(key)

    def _known(self, this: Value | None, function: Function) -> Bound:
        own = isinstance(this, Obj) and function.name == "__init__"
        return self.constructor_values(this, function) if own and isinstance(this, Obj) else {}

    def truth(self, value: Value, state: State) -> bool | None:
        """Whether the value is true; None where that is not known."""
        raise NotImplementedError

    # Attributes

    def line(self, obj: Obj) -> list[Class]:
        """The classes of the repository that the object's members come from."""
        return (
            [c for c in self.repo.names.ancestry(obj.of) if isinstance(c, Class)] if isinstance(obj.of, Class) else []
        )

    def members(self, obj: Obj, name: str) -> tuple[Value, ...]:
        """What an attribute may hold by what the object's methods assign to it; nothing where they do not."""
        key = (obj.key, name)
        if key in self._members:
            return self._members[key]
        if ("member", *key) in self._busy:
            self._cuts += 1
            begun = self._tables.get(self.key("table", name, obj.key))
            return (begun,) if begun is not None else ()
        before, outermost, spent = self._cuts, not self._busy, self._spent
        self._spent = 0 if outermost else spent
        self._busy.add(("member", *key))
        try:
            found = tuple(dict.fromkeys(self._assigned(obj, name)))[:ALTERNATIVES]
        finally:
            self._busy.discard(("member", *key))
            if outermost:
                self._total, self._spent = self._total + self._spent, spent
        if outermost or self._cuts == before:
            self._members[key] = found
        return found

    def _assigned(self, obj: Obj, name: str) -> Iterator[Value]:
        for owner in self.line(obj):
            for method, binding in self.repo.names.attributes(owner).get(name, []):
                yield from self._assigned_by(obj, method, binding, name)

    def _assigned_by(self, obj: Obj, method: Function, binding: Binding, name: str) -> Iterator[Value]:
        for context in self.contexts(obj, method):
            if not self.takes_place(binding.node, context):
                continue
            for frame in self.placed(binding.node, context):
                values = self.loosely(binding.value, frame) if binding.value is not None else [Unknown(name, obj)]
                yield from (self._filled(self.given(v, binding, name), frame.module, obj, name) for v in values)

    def given(self, value: Value, binding: Binding, name: str) -> Value:
        """The value, or the mode that is held fixed where the attribute keeps the mode and it comes from outside."""
        mode = self.world.mode
        outside = not isinstance(value, Const | Member) or not _is_literal(binding.value)
        if mode is None or not outside:
            return value
        if mode.is_one(value) or (name in mode.names and isinstance(value, Const | Unknown)):
            self.world.modes_seen.append(value)
            return mode.value
        return value

    def field_values(self, obj: Obj, name: str) -> list[Value]:
        """What a field of a dataclass or settings class holds: what was passed, else its default."""
        for owner in self.line(obj):
            fields = owner.fields if "__init__" not in owner.methods else ()
            if name not in fields:
                continue
            passed = dict(obj.kwargs)
            order = self._field_order(obj)
            if name in order and order.index(name) < len(obj.args):
                passed[name] = obj.args[order.index(name)]
            return (
                [self.as_mode(passed[name], name, owner, None)] if name in passed else self._default(obj, owner, name)
            )
        return []

    def _field_order(self, obj: Obj) -> list[str]:
        return list(dict.fromkeys(n for c in reversed(self.line(obj)) for n in c.fields))

    def _default(self, obj: Obj, owner: Class, name: str) -> list[Value]:
        statement = next(n for n in owner.node.body if isinstance(n, ast.AnnAssign) and dotted(n.target) == name)
        frame = self.class_frame(owner)
        given = self._field_default(statement.value)
        values = self.loosely(given, frame) if given is not None else self.declared(statement.annotation, name, frame)
        if isinstance(statement.value, ast.Call) and given is not None and given is _factory_of(statement.value):
            values = [v for f in values for v in self._made(f, statement.value, obj, frame)]
        return [self.as_mode(v, name, owner, statement.annotation) for v in values] or [Unknown(name, obj)]

    def _made(self, factory: Value, node: ast.Call, obj: Obj, frame: Frame) -> list[Value]:
        """What a default_factory gives this object."""
        own = replace(frame, key=self.key("factory", node, obj.key))
        steps = self.apply(factory, (), (), (frame.module, node, own), State())
        return [s.value for s in steps if s.kind == "value"]

    def _field_default(self, node: ast.expr | None) -> ast.expr | None:
        """The default in `field(default_factory=X)`, `Field(X)`, `Field(default=X)`."""
        if isinstance(node, ast.Call) and (dotted(node.func) or "").rpartition(".")[2] in ("field", "Field"):
            named = {k.arg: k.value for k in node.keywords}
            first = node.args[0] if node.args and constant_is_given(node.args[0]) else None
            if "default_factory" in named:
                return named["default_factory"]
            return named.get("default", first)
        return node

    def as_mode(self, value: Value, name: str, owner: Class, annotation: ast.expr | None) -> Value:
        """The value of a field or parameter that comes from outside; the fixed mode where it keeps the mode."""
        mode = self.world.mode
        if mode is None:
            return value
        named = mode.cls is not None and mode.cls in self.repo.names.annotated(owner.module, annotation)
        if named and value == NONE:
            return Unknown(name)
        if mode.is_one(value) or named or (name in mode.names and isinstance(value, Const | Unknown)):
            self.world.modes_seen.append(value)
            return mode.value
        return value

    def constructor_values(self, obj: Obj, function: Function) -> Bound:
        """The parameters of an __init__ of the object's class or a base class."""
        if function.cls is None:
            return {}
        args, kwargs = self._handed_up(obj, function)
        names = [p.arg for p in function.params[1:]]
        bound = dict(zip(names, args, strict=False)) | {k: v for k, v in kwargs if k in names}
        for name in names:
            annotation = next(p.annotation for p in function.params if p.arg == name)
            values = [bound[name]] if name in bound else self.default_of(function, name)
            if isinstance(values[0], Unknown) or values[0] == NONE:
                declared = self.declared(annotation, name, self.module_frame(function.module))
                values = [*(d for d in declared if isinstance(d, Obj)), *values]
            bound[name] = self.as_mode(values[0], name, function.cls, annotation)
        return bound

    def _handed_up(self, obj: Obj, function: Function) -> tuple[tuple[Value, ...], tuple[tuple[str, Value], ...]]:
        """The arguments that reach this __init__: the object's own, or those of `super().__init__(...)`."""
        first = next((c.methods["__init__"] for c in self.line(obj) if "__init__" in c.methods), function)
        if first.node is function.node:
            return obj.args, obj.kwargs
        key = ("up", obj.key, function.node)
        call = _super_call(first)
        if call is None or key in self._busy:
            return (), ()
        self._busy.add(key)
        try:
            frame = self.loose_frame(first, obj, self.constructor_values(obj, first))
            args = tuple(
                (self.loosely(a, frame) or [Unknown()])[0] for a in call.args if not isinstance(a, ast.Starred)
            )
            kwargs = tuple(
                (k.arg, (self.loosely(k.value, frame) or [Unknown(k.arg)])[0]) for k in call.keywords if k.arg
            )
        finally:
            self._busy.discard(key)
        return args, kwargs

    def default_of(self, function: Function, name: str) -> list[Value]:
        """What a parameter holds that nobody passes: its default, else an object of the class it is annotated with."""
        frame = self.module_frame(function.module)
        default = function.defaults.get(name)
        values = self.loosely(default, frame) if default is not None else []
        annotation = next((p.annotation for p in function.params if p.arg == name), None)
        return values or self.declared(annotation, name, frame) or [Unknown(name)]

    def parameter(self, frame: Frame, name: str) -> list[Value]:
        """What a parameter of a function that is not running holds."""
        function = self._scope(frame)
        if name in frame.bound:
            return [frame.bound[name]]
        if not isinstance(function, Function):
            return [Unknown(name)]
        if function.cls and function.params and function.params[0].arg == name and not is_static(function):
            return [frame.this if frame.this is not None else self.some(function.cls)]
        return self.default_of(function, name)

    def some(self, cls: Class) -> Value:
        """An object of the class about which nothing else is known."""
        return Obj(cls, self.key("some", cls.node), cls.module, cls.node)

    def declared(self, annotation: ast.expr | None, name: str, frame: Frame) -> list[Value]:
        """An object of the class that an annotation names, where that is a class with bodies."""
        found: list[Value] = []
        for cls in self.repo.names.annotated(frame.module, annotation):
            if self.is_enum(cls) or self.is_abstract(cls):
                found.append(Unknown(name))
            else:
                found.append(Obj(cls, self.key("declared", annotation, name), frame.module, cls.node))
        return found[:1]

    def is_enum(self, cls: Class) -> bool:
        """Whether the class is an enumeration."""
        return self.repo.names.inherits(cls, *ENUMS)

    def enum_names(self, cls: Class) -> list[str]:
        """The members of an enumeration in order."""
        assigned = (n.targets[0] for n in cls.node.body if isinstance(n, ast.Assign))
        return [t.id for t in assigned if isinstance(t, ast.Name) and not t.id.startswith("_")]

    def is_abstract(self, cls: Class) -> bool:
        """A protocol or a class with methods of which none has a body."""
        if self.repo.names.inherits(cls, "typing.Protocol", "typing_extensions.Protocol"):
            return True
        own = [m for n, m in cls.methods.items() if not n.startswith("__")]
        return bool(own) and not any(m.is_real for m in own)

    # What statements put into containers

    def _filled(self, value: Value, module: Module, holder: Obj | Frame | None, name: str) -> Value:
        """The container with what statements elsewhere put into it."""
        if not isinstance(value, Table | Items) or (isinstance(value, Table) and value.name):
            return value
        if isinstance(value, Items):
            more = [v for _, v in self._written(module, holder, name, 0) if v not in value.items]
            return replace(value, items=(*value.items, *more[:ALTERNATIVES])) if more else value
        number = self.key("table", name, holder.key if holder is not None else module.path)
        if number in self._tables:
            return self._tables[number]
        before, outermost = self._cuts, len(self._busy) <= 1
        self._tables[number] = replace(value, name=name, key=number)
        filled = _with_entries(self._tables[number], list(self._written(module, holder, name, number)))
        self._tables[number] = filled
        if not outermost and self._cuts != before:
            del self._tables[number]
        return filled

    def current(self, value: Value) -> Value:
        """The mapping as it is known by now: while it was worked out it was known without what is put into it."""
        return self._tables.get(value.key, value) if isinstance(value, Table) and value.key else value

    def _written(
        self, module: Module, holder: Obj | Frame | None, name: str, number: int
    ) -> Iterator[tuple[Value | None, Value]]:
        for frame, node, alias in self._writers(module, holder, name):
            if not self.takes_place(node, frame):
                continue
            for place in self.placed(node, frame):
                if alias is None or self._is_table(alias, place, number):
                    yield from self._put_by(node, place)

    def _is_table(self, alias: ast.Name, frame: Frame, number: int) -> bool:
        return any(isinstance(v, Table) and v.key == number for v in self.loosely(alias, frame))

    def _writers(
        self, module: Module, holder: Obj | Frame | None, name: str
    ) -> Iterator[tuple[Frame, ast.stmt, ast.Name | None]]:
        """Statements that put something into the container, with the frames they run in and another name for it."""
        if isinstance(holder, Obj):
            yield from self._writing_methods(holder, name)
            return
        for node in self._statements(module, holder):
            if _fills(node, name) and isinstance(node, ast.stmt):
                inside = module.enclosing_function(node)
                frames = [holder] if holder else self.contexts(None, inside) if inside else [self.module_frame(module)]
                yield from ((f, node, None) for f in frames)

    def _writing_methods(self, holder: Obj, name: str) -> Iterator[tuple[Frame, ast.stmt, ast.Name | None]]:
        for function in self._writing_functions(holder):
            me = function.params[0].arg if function.params and function.cls else ""
            found = [(n, self._alias(n, function, name)) for n in function.own_nodes if isinstance(n, ast.stmt)]
            nodes = [(n, a) for n, a in found if a is not None or _fills(n, f"{me}.{name}")]
            this = holder if function.cls is not None else None
            for frame in self.contexts(this, function) if nodes else ():
                yield from ((frame, n, a) for n, a in nodes)

    def _alias(self, node: ast.stmt, function: Function, name: str) -> ast.Name | None:
        """The plain name of a container that a statement fills, where it may be another name for the attribute."""
        alias = _filled_name(node)
        if alias is None:
            return None
        bindings = self.repo.names.bindings(function).get(alias.id, [])
        handed = any(isinstance(b.node, ast.arg | ast.For | ast.AsyncFor) for b in bindings)
        read = (n for b in bindings if b.value is not None for n in ast.walk(b.value))
        return alias if handed or any(isinstance(n, ast.Attribute) and n.attr == name for n in read) else None

    def _writing_functions(self, holder: Obj) -> Iterator[Function]:
        """The methods of the object, and the plain functions of their modules: they may be handed the container."""
        line = self.line(holder)
        for cls in line:
            yield from cls.functions
        for module in dict.fromkeys(c.module for c in line):
            yield from (f for f in module.functions if f.cls is None)

    def _statements(self, module: Module, holder: Frame | None) -> Iterable[ast.AST]:
        if holder is None:
            return module.nodes
        scope = self._scope(holder)
        return scope.own_nodes if isinstance(scope, Function) else scope.node.body if scope else ()

    def _put_by(self, node: ast.stmt, frame: Frame) -> Iterator[tuple[Value | None, Value]]:
        match node:
            case (
                ast.Assign(targets=[ast.Subscript(slice=key), *_], value=value)
                | ast.AnnAssign(target=ast.Subscript(slice=key), value=ast.expr() as value)
            ):
                yield from ((k, v) for k in self.loosely(key, frame) for v in self.loosely(value, frame))
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="setdefault"), args=[key, value])):
                yield from ((k, v) for k in self.loosely(key, frame) for v in self.loosely(value, frame))
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="update"), args=args, keywords=keywords)):
                yield from self._updated(args, keywords, frame)
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr), args=[*_, value])) if attr in ADDS:
                yield from ((None, v) for v in self.loosely(value, frame))

    def _updated(
        self, args: list[ast.expr], keywords: list[ast.keyword], frame: Frame
    ) -> Iterator[tuple[Value | None, Value]]:
        for table in (t for a in args for t in self.loosely(a, frame)):
            if isinstance(table, Table):
                yield from ((k, v) for k, vs in table.entries for v in vs)
        for keyword in keywords:
            if keyword.arg:
                yield from ((Const(keyword.arg), v) for v in self.loosely(keyword.value, frame))


def matched(target: ast.expr, value: Value) -> Bound:
    """The names of a target with their parts of the value."""
    if isinstance(target, ast.Name):
        return {target.id: value}
    found: Bound = {}
    if isinstance(target, ast.Tuple | ast.List):
        known = value.items if isinstance(value, Items) and not value.more else ()
        for index, element in enumerate(target.elts):
            part = known[index] if index < len(known) else Unknown(str(index), value)
            found |= matched(element, part)
    return found


def _factory_of(call: ast.Call) -> ast.expr | None:
    """What makes the default in `field(default_factory=X)`."""
    return next((k.value for k in call.keywords if k.arg == "default_factory"), None)


def constant_is_given(node: ast.expr) -> bool:
    """Anything but `...`, which stands for no default."""
    return not (isinstance(node, ast.Constant) and node.value is Ellipsis)


def _with_entries(table: Table, written: Iterable[tuple[Value | None, Value]]) -> Table:
    entries = dict(table.entries)
    rest = list(table.rest)
    certain = table.certain
    for key, one in written:
        certain = certain and key in dict(table.entries)
        if isinstance(key, Const | Member):
            before = entries.get(key, ())
            entries[key] = before if one in before else (*before, one)
        elif one not in rest:
            rest.append(one)
    return replace(table, entries=tuple(entries.items()), rest=tuple(rest), certain=certain)


def _fills(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Assign(targets=[ast.Subscript(value=held), *_]) | ast.AnnAssign(target=ast.Subscript(value=held)):
            return dotted(held) == name
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr, value=held))):
            return attr in ADDS | {"update", "setdefault"} and dotted(held) == name
    return False


def _filled_name(node: ast.stmt) -> ast.Name | None:
    """The plain name of a container that a statement puts something into."""
    match node:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name() as held), *_]):
            return held
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="update" | "setdefault", value=ast.Name() as held))):
            return held
    return None


def _super_call(function: Function) -> ast.Call | None:
    """`super().__init__(...)` in an __init__."""
    for call in function.calls:
        match call.func:
            case ast.Attribute(attr="__init__", value=ast.Call(func=ast.Name(id="super"))):
                return call
    return None


def _is_literal(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant | ast.Attribute)


def _inside(node: ast.AST, frame: Frame) -> bool:
    return frame.loop is None or frame.loop in frame.module.ancestors(node)


def _is_under(node: ast.AST, loop: ast.For | ast.AsyncFor, frame: Frame) -> bool:
    """Whether the node is run in each round of the loop, in the frame's own code."""
    child = node
    for parent in frame.module.ancestors(node):
        if parent is loop:
            return child in loop.body
        if isinstance(parent, FunctionNode | ast.ClassDef):
            return False
        child = parent
    return False


def _has_loop(frame: Frame, loop: ast.AST) -> bool:
    at: Frame | None = frame
    while at is not None:
        if at.loop is loop:
            return True
        at = at.outer
    return False
