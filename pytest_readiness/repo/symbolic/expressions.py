"""What may come of an expression."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from pytest_readiness.repo.annotations import last_name
from pytest_readiness.repo.binding import Comprehension
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module
from pytest_readiness.repo.symbolic.calls import CALLABLE, Args, At, Calls, Kwargs, _is_context
from pytest_readiness.repo.symbolic.core import builtin_error, from_parts, raised, value
from pytest_readiness.repo.symbolic.objects import matched
from pytest_readiness.repo.symbolic.values import (
    NONE,
    Answer,
    Choice,
    Const,
    Frame,
    Func,
    Guarded,
    Items,
    Kind,
    Log,
    Member,
    Obj,
    Partial,
    Space,
    State,
    Step,
    Table,
    Unknown,
    Value,
)
from pytest_readiness.repo.symbols import External

Applied = Callable[[Args, Kwargs, State], Iterator[Step]]
FILLERS = frozenset({"append", "extend", "insert", "add", "update"})
PROPERTIES = frozenset({"property", "cached_property"})
MOST_ITEMS = 6
"""Most items of a comprehension for which calls are made."""
LARGEST = 10**15
"""Largest number that is reckoned with."""
_ARITHMETIC: dict[type[ast.operator], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod,
}  # fmt: skip
WRAPS = frozenset({"staticmethod", "classmethod", "property", "cached_property", "abstractmethod", "override", "wraps"})


class Expressions(Calls):
    """Evaluation of expressions."""

    def evaluate(self, node: ast.expr, frame: Frame, state: State) -> Iterator[Step]:
        """What may come of the expression: a value, or an exception."""
        match node:
            case ast.Constant():
                yield value(Const(node.value) if not isinstance(node.value, complex) else Unknown("number"), state)
            case ast.Name():
                yield from self._name(node, frame, state)
            case ast.Attribute():
                yield from self._attribute_of(node, frame, state)
            case ast.Call():
                yield from self._call(node, frame, state)
            case ast.Await():
                at = (frame.module, node, frame)
                yield from self.forced(self.evaluate(node.value, frame, state), at)
            case ast.NamedExpr():
                steps = self.evaluate(node.value, frame, state)
                yield from self.then(steps, lambda v, s: iter([value(v, self.assign(node.target, v, frame, s))]))
            case ast.BoolOp():
                yield from self._bool(node, node.values, frame, state)
            case ast.IfExp():
                yield from self._if_expression(node, frame, state)
            case ast.Compare():
                yield from self._compare(node, frame, state)
            case ast.UnaryOp(op=ast.Not()):
                yield from self.then(self.evaluate(node.operand, frame, state), lambda v, s: iter([self._not(v, s)]))
            case ast.Subscript():
                yield from self._subscript(node, frame, state)
            case _:
                yield from self._composed(node, frame, state)

    def _composed(self, node: ast.expr, frame: Frame, state: State) -> Iterator[Step]:
        match node:
            case ast.List() | ast.Tuple() | ast.Set():
                yield from self._display(node.elts, frame, state)
            case ast.Dict():
                yield from self._dict(node, frame, state)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                yield from self._comprehension(node, frame, state)
            case ast.Lambda():
                yield value(Func(frame.module, node, frame), state)
            case ast.Starred():
                yield from self.evaluate(node.value, frame, state)
            case ast.Yield() | ast.YieldFrom():
                yield from self._yield(node, frame, state)
            case _:
                parts = [c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)]
                yield from self.each(parts, frame, state, lambda vs, s: iter([value(self._joined(node, vs), s)]))

    def _joined(self, node: ast.expr, parts: Args) -> Value:
        """An operation over values: texts are put together where all parts are known."""
        if isinstance(node, ast.JoinedStr | ast.FormattedValue) and all(isinstance(p, Const) for p in parts):
            return Const("".join(str(p.value) for p in parts if isinstance(p, Const)))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            texts = [p.value for p in parts if isinstance(p, Const) and isinstance(p.value, str)]
            if len(texts) == 2:
                return Const("".join(texts))
        number = _worked_out(node, parts)
        return Const(number) if number is not None else from_parts(*parts)

    # Names

    def _name(self, node: ast.Name, frame: Frame, state: State) -> Iterator[Step]:
        found = self._looked(node.id, frame, state)
        if not found:
            yield value(Unknown(node.id), state)
        for one in found:
            yield value(self.current(one), state)

    def _looked(self, name: str, frame: Frame, state: State) -> list[Value]:
        at: Frame | None = frame
        while at is not None:
            if (at.home, name) in state.store:
                return [state.store[at.home, name]]
            if name in at.bound and not (at.loose and self.is_rebound(name, at)):
                return [at.bound[name]]
            if at.loose and at.code is not None and not (isinstance(at.code, ast.ClassDef) and at is not frame):
                found = self.loose_local(name, at)
                if found is not None:
                    return found
            at = at.parent
        return list(self.global_values(frame.module, name))

    # Attributes

    def _attribute_of(self, node: ast.Attribute, frame: Frame, state: State) -> Iterator[Step]:
        steps = self.evaluate(node.value, frame, state)
        yield from self.then(steps, lambda v, s: self.attribute(v, node.attr, s))

    def attribute(self, of: Value, name: str, state: State) -> Iterator[Step]:
        """What may come of reading an attribute."""
        match of:
            case Obj():
                yield from self._of_object(of, name, state)
            case Kind(of=Class() as cls):
                yield from self._of_class(cls, of, name, state)
            case Kind(of=External() as external):
                yield value(Kind(External(f"{external.name}.{name}")), state)
            case Space():
                yield from self._of_space(of, name, state)
            case Member():
                yield from self._of_member(of, name, state)
            case Const(value=None):
                yield raised(builtin_error("AttributeError"), state)
            case Func() if name in ("__name__", "__qualname__"):
                yield value(Const(of.name), state)
            case _:
                found = Unknown(name, of)
                told = self.world.told(found)
                yield value(found if told is None else told, state)

    def _of_space(self, of: Space, name: str, state: State) -> Iterator[Step]:
        if isinstance(of.of, Module) and name in self.repo.names.bindings(of.of):
            found: list[Value] = list(self.global_values(of.of, name))
        else:
            symbols = self.repo.names.member(of.of, name)  # type: ignore[arg-type]
            found = [v for s in symbols for v in self.of_symbol(s)]
        for one in found or [Unknown(name, of)]:
            yield value(one, state)

    def _of_member(self, of: Member, name: str, state: State) -> Iterator[Step]:
        if name == "name":
            yield value(Const(of.name), state)
            return
        method = self.repo.names.method(of.cls, name)
        if method is not None:
            yield from self._bound_method(method, of, state)
        else:
            yield value(self.enum_value(of) if name == "value" else Unknown(name, of), state)

    def _of_class(self, cls: Class, of: Value, name: str, state: State) -> Iterator[Step]:
        if self.is_enum(cls) and name in self.enum_names(cls):
            yield value(Member(cls, name), state)
            return
        method = self.repo.names.method(cls, name)
        if method is not None:
            bound = of if "classmethod" in _decorators(method) else None
            yield value(self._as_func(method, bound), state)
            return
        found = self.class_values(cls, name)
        for one in found or [Unknown(name, of)]:
            yield value(one, state)

    def class_values(self, cls: Class, name: str) -> list[Value]:
        """What a class body binds the name to, base classes too."""
        for owner in self.repo.names.ancestry(cls):
            if isinstance(owner, Class) and name in self.repo.names.bindings(owner):
                bindings = self.repo.names.bindings(owner)[name]
                frame = self.class_frame(owner)
                return [v for b in bindings for v in self.binding_values(b, name, frame)]
        return []

    def _of_object(self, obj: Obj, name: str, state: State) -> Iterator[Step]:
        """An attribute of an object: what the way has set, what is stipulated, its members."""
        if (obj.key, name) in state.store:
            yield value(state.store[obj.key, name], state)
            return
        fixed = self.world.fixed(obj, name)
        if fixed is not None:
            yield from (value(v, state) for v in fixed)
            return
        method = self.repo.names.method(obj.of, name) if isinstance(obj.of, Class) else None
        if self.world.observes(obj):
            yield value(Unknown(name, obj), state)
        elif method is not None:
            yield from self._bound_method(method, obj, state)
        else:
            yield from self._data(obj, name, state)

    def _data(self, obj: Obj, name: str, state: State) -> Iterator[Step]:
        """An attribute that is no method."""
        found = list(self.members(obj, name)) or self.field_values(obj, name)
        if not found and isinstance(obj.of, Class):
            found = self.class_values(obj.of, name)
        dynamic = self.repo.names.method(obj.of, "__getattr__") if isinstance(obj.of, Class) else None
        if not found and dynamic is not None and not name.startswith("__"):
            at = (dynamic.module, dynamic.node, self.module_frame(dynamic.module))
            yield from self.apply(self._as_func(dynamic, obj), (Const(name),), (), at, state)
            return
        told = self.world.told(Unknown(name, obj))
        kept = self._present(found) or [Unknown(name, obj) if told is None else told]
        for one in map(self.current, kept):
            yield value(one, state.put(obj.key, name, one) if len(kept) > 1 else state)

    def _present(self, found: list[Value]) -> list[Value]:
        """Without the None that stands there before the system has started, unless absence is looked at."""
        kept = [v for v in found if v != NONE]
        return kept if kept and not self.world.absent else found

    def _bound_method(self, method: Function, this: Value, state: State) -> Iterator[Step]:
        names = _decorators(method)
        if names & PROPERTIES:
            at = (method.module, method.node, self.module_frame(method.module))
            yield from self.apply(self._as_func(method, this), (), (), at, state)
        elif "staticmethod" in names:
            yield value(self._as_func(method, None), state)
        elif "classmethod" in names:
            cls = this.of if isinstance(this, Obj) else method.cls
            yield value(self._as_func(method, Kind(cls) if cls is not None else None), state)
        else:
            yield from self._decorated(method, this, state)

    def _as_func(self, method: Function, this: Value | None) -> Func:
        return Func(method.module, method.node, self.module_frame(method.module), this, method.cls)

    def _decorated(self, method: Function, this: Value | None, state: State) -> Iterator[Step]:
        """The method as its decorators left it; decorators elsewhere are taken to hand it back."""
        raw = self._as_func(method, None)
        found = self.decorate(raw, method, state)
        if found is raw or found == raw:
            yield value(self._as_func(method, this), state)
        elif this is None:
            yield value(found, state)
        else:
            yield value(Partial(found, (this,), ()), state)

    def decorate(self, raw: Func, function: Function, state: State) -> Value:
        """What the decorators of the repository, and breakers used as decorators, make of a function."""
        found: Value = raw
        frame = self.class_frame(function.cls) if function.cls else (raw.frame or self.module_frame(raw.module))
        for node in reversed(function.node.decorator_list):
            target = node.func if isinstance(node, ast.Call) else node
            if last_name(target) in WRAPS or _is_context(function):
                continue
            found = self._decorated_by(node, found, frame, state)
        return found

    def _decorated_by(self, node: ast.expr, inner: Value, frame: Frame, state: State) -> Value:
        for decorator in self.loosely(node, frame):
            library = self.world.library_guard(decorator)
            if library:
                return Guarded(inner, decorator)
            callable_object = isinstance(decorator, Obj) and isinstance(decorator.of, Class)
            if isinstance(decorator, CALLABLE) or callable_object:
                steps = list(self.apply(decorator, (inner,), (), (frame.module, node, frame), state))
                found = [s.value for s in steps if s.kind == "value" and isinstance(s.value, CALLABLE)]
                return found[0] if found else inner
        return inner

    # Calls

    def _call(self, node: ast.Call, frame: Frame, state: State) -> Iterator[Step]:
        self.spend()
        if isinstance(node.func, ast.Name) and node.func.id == "super" and frame.owner is not None:
            yield value(Unknown("super", frame.this), state)
        elif _is_super(node.func) and frame.owner is not None:
            yield from self._super(node, frame, state)
        elif self.repo.logging.calls.is_log(frame.module, node) and not isinstance(node.func, ast.Name):
            yield from self._log(node, frame, state)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in FILLERS and not frame.loose:
            yield from self._filling(node, node.func, frame, state)
        else:
            yield from self._plain_call(node, frame, state)

    def _plain_call(self, node: ast.Call, frame: Frame, state: State) -> Iterator[Step]:
        yield from self.then(
            self.evaluate(node.func, frame, state),
            lambda callee, s: self.with_arguments(
                node, frame, s, lambda a, k, after: self._applied(callee, a, k, node, frame, after)
            ),
        )

    def _filling(self, node: ast.Call, func: ast.Attribute, frame: Frame, state: State) -> Iterator[Step]:
        """`items.append(x)`, `table.update(other)`: the container of that name is another one afterwards."""
        for step in self.evaluate(func.value, frame, state):
            if step.kind != "value" or not isinstance(step.value, Items | Table):
                yield from self._plain_call(node, frame, state)
                return
            held = step.value

            def done(args: Args, kwargs: Kwargs, after: State, held: Items | Table = held) -> Iterator[Step]:
                filled = _filled(held, func.attr, args, kwargs)
                yield value(NONE, self.assign(func.value, filled, frame, after))

            yield from self.with_arguments(node, frame, step.state, done)

    def _applied(  # noqa: PLR0913, PLR0917 - what a call is
        self, callee: Value, args: Args, kwargs: Kwargs, node: ast.Call, frame: Frame, state: State
    ) -> Iterator[Step]:
        if isinstance(callee, Func) and callee.this is None:
            function = callee.module.function_of(callee.code) if isinstance(callee.code, FunctionNode) else None
            if function is not None and function.node.decorator_list:
                callee_or = self.decorate(callee, function, state)
                yield from self.apply(callee_or, args, kwargs, (frame.module, node, frame), state)
                return
        yield from self.apply(callee, args, kwargs, (frame.module, node, frame), state)

    def with_arguments(self, node: ast.Call, frame: Frame, state: State, follow: Applied) -> Iterator[Step]:
        """Evaluates the arguments; stars are taken apart as far as they are known."""
        names = [k.arg for k in node.keywords]
        given = [*node.args, *(k.value for k in node.keywords)]
        count = len(node.args)

        def done(values: Args, after: State) -> Iterator[Step]:
            args: list[Value] = []
            for expression, one in zip(node.args, values, strict=False):
                starred = isinstance(expression, ast.Starred)
                args += self._spread(one) if starred else [one]
            kwargs: list[tuple[str, Value]] = []
            for name, one in zip(names, values[count:], strict=True):
                kwargs += [(name, one)] if name else self._spread_named(one)
            yield from follow(tuple(args), tuple(kwargs), after)

        yield from self.each(given, frame, state, done)

    def _spread(self, one: Value) -> list[Value]:
        return list(one.items) if isinstance(one, Items) else [Unknown("*", one)]

    def _spread_named(self, one: Value) -> list[tuple[str, Value]]:
        if isinstance(one, Table):
            return [(str(k.value), vs[0]) for k, vs in one.entries if isinstance(k, Const) and vs]
        return [("**", one)]

    def _super(self, node: ast.Call, frame: Frame, state: State) -> Iterator[Step]:
        """`super().method(...)`: the next class of the object's line that has it."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        line = self.line(frame.this) if isinstance(frame.this, Obj) else []
        after = line[line.index(frame.owner) + 1 :] if frame.owner in line else []
        method = next((c.methods[name] for c in after if name in c.methods), None)
        callee: Value = Unknown(name, Unknown("super", frame.this))
        if method is not None:
            callee = self._as_func(method, frame.this)
        yield from self.with_arguments(
            node, frame, state, lambda a, k, s: self.apply(callee, a, k, (frame.module, node, frame), s)
        )

    def _log(self, node: ast.Call, frame: Frame, state: State) -> Iterator[Step]:
        level = node.func.attr if isinstance(node.func, ast.Attribute) else ""

        def done(args: Args, kwargs: Kwargs, after: State) -> Iterator[Step]:
            parts = (*args, *(v for _, v in kwargs), *self._bound_to_logger(node, frame))
            yield value(NONE, after.with_event(Log(self._level(level, args), parts, frame.module, node)))

        yield from self.with_arguments(node, frame, state, done)

    def _level(self, name: str, args: Args) -> str:
        """The level in lower case; of `log(logging.WARNING, ...)` the level it is given."""
        if name in ("log", "alog") and args:
            first = args[0]
            named = first.of.name if isinstance(first, Kind) and isinstance(first.of, External) else ""
            return named.rpartition(".")[2].lower() or (str(first.value).lower() if isinstance(first, Const) else name)
        return name.removeprefix("a") if name.startswith("a") and name != "a" else name

    def _bound_to_logger(self, node: ast.Call, frame: Frame) -> Args:
        """What `log.bind(service=name)` and `LoggerAdapter(log, {...})` put into each line."""
        if not isinstance(node.func, ast.Attribute):
            return ()
        return tuple(p for v in self.loosely(node.func.value, frame) for p in _bound_values(v))

    # Tests

    def truth(self, one: Value, state: State) -> bool | None:
        """Whether the value is true; None where that is not known."""
        match one:
            case Const():
                return bool(one.value)
            case Table():
                return bool(one.entries) if not one.rest and (one.certain or one.entries) else None
            case Items():
                return bool(one.items) if not one.more else True if one.items else None
            case Unknown() | Answer():
                known = state.store.get((0, ("true", one)))
                return bool(known.value) if isinstance(known, Const) else self._told_truth(one)
        return True

    def _told_truth(self, one: Value) -> bool | None:
        return True if self.world.observes(one) and not self.world.absent else None

    def decide(self, one: Value, node: ast.AST, frame: Frame, state: State) -> Iterator[tuple[bool, State]]:
        """The ways on from a test of the value."""
        known = self.truth(one, state)
        if known is not None:
            yield known, state
            return
        for truth in (True, False):
            after = state.put(0, ("true", one), Const(truth))
            yield truth, after.with_event(Choice(frame.module, node, truth))

    def _not(self, one: Value, state: State) -> Step:
        known = self.truth(one, state)
        return value(Unknown("not", None, (one,)) if known is None else Const(not known), state)

    def _bool(self, node: ast.BoolOp, values: list[ast.expr], frame: Frame, state: State) -> Iterator[Step]:
        stops = isinstance(node.op, ast.Or)
        for step in self.evaluate(values[0], frame, state):
            if step.kind != "value" or len(values) == 1:
                yield step
                continue
            for truth, after in self.decide(step.value, values[0], frame, step.state):
                if truth is stops:
                    yield value(step.value if truth or not isinstance(step.value, Unknown) else Const(False), after)
                else:
                    yield from self._bool(node, values[1:], frame, after)

    def _if_expression(self, node: ast.IfExp, frame: Frame, state: State) -> Iterator[Step]:
        for step in self.evaluate(node.test, frame, state):
            if step.kind != "value":
                yield step
                continue
            for truth, after in self.decide(step.value, node.test, frame, step.state):
                yield from self.evaluate(node.body if truth else node.orelse, frame, after)

    def _compare(self, node: ast.Compare, frame: Frame, state: State) -> Iterator[Step]:
        parts = [node.left, *node.comparators]
        yield from self.each(parts, frame, state, lambda vs, s: iter([value(self._compared(node, vs), s)]))

    def _compared(self, node: ast.Compare, parts: Args) -> Value:
        if len(parts) != 2:
            return from_parts(*parts)
        one, other = self.world.meant(parts[0]), self.world.meant(parts[1])
        left, right = self.same_mode(one, other), self.same_mode(other, one)
        match node.ops[0]:
            case ast.Eq() | ast.Is():
                known = self.equal(left, right)
            case ast.NotEq() | ast.IsNot():
                known = None if (same := self.equal(left, right)) is None else not same
            case ast.In():
                known = self._contains(left, right)
            case ast.NotIn():
                known = None if (inside := self._contains(left, right)) is None else not inside
            case _:
                known = None
        return Unknown(type(node.ops[0]).__name__, None, (left, right)) if known is None else Const(known)

    def same_mode(self, one: Value, other: Value) -> Value:
        """The mode, where something that comes from outside is compared with one."""
        mode = self.world.mode
        if mode is None or not isinstance(one, Unknown) or not self._has_mode(other):
            return one
        if one.name == "value" and isinstance(one.of, Unknown):
            return one
        self.world.modes_seen.append(one)
        return mode.value

    def _has_mode(self, other: Value) -> bool:
        mode = self.world.mode
        if mode is None:
            return False
        if isinstance(other, Items):
            return bool(other.items) and all(mode.is_one(i) for i in other.items)
        if isinstance(other, Table):
            return bool(other.entries) and all(mode.is_one(k) for k, _ in other.entries)
        return mode.is_one(other)

    def equal(self, left: Value, right: Value) -> bool | None:
        """Whether two values are equal; None where that is not known."""
        if isinstance(left, Const) and isinstance(right, Const):
            return left.value == right.value
        if isinstance(left, Member) and isinstance(right, Member):
            return left == right
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Member) and isinstance(other, Const):
                is_text = self.repo.names.inherits(one.cls, "builtins.str", "enum.StrEnum")
                return is_text and self.enum_value(one) == other
            if other == NONE and isinstance(one, Unknown | Answer):
                return False if self._told_truth(one) else None
            if other == NONE:
                return False
        if isinstance(left, Unknown | Answer) or isinstance(right, Unknown | Answer):
            return True if left == right and not isinstance(left, Answer) else None
        return left == right if type(left) is type(right) and isinstance(left, Obj | Kind) else None

    def _contains(self, one: Value, many: Value) -> bool | None:
        if isinstance(many, Table):
            if many.under(one):
                return None if self.world.absent and not many.certain and not many.rest else True
            return None if many.rest or not isinstance(one, Const | Member) else False
        if isinstance(many, Items) and not many.more:
            known = [self.equal(one, i) for i in many.items]
            return True if True in known else None if None in known else False
        if isinstance(many, Const) and isinstance(many.value, str) and isinstance(one, Const):
            return isinstance(one.value, str) and one.value in many.value
        return None

    # Containers

    def _subscript(self, node: ast.Subscript, frame: Frame, state: State) -> Iterator[Step]:
        at = (frame.module, node, frame)
        parts = [node.value] if isinstance(node.slice, ast.Slice) else [node.value, node.slice]

        def done(values: Args, after: State) -> Iterator[Step]:
            held, key = values[0], values[1] if len(values) > 1 else None
            yield from self._item(held, key, at, after)

        yield from self.each(parts, frame, state, done)

    def _item(self, held: Value, key: Value | None, at: tuple[Module, ast.AST, Frame], state: State) -> Iterator[Step]:
        if isinstance(held, Table) and key is not None:
            wanted = self.same_mode(key, held)
            yield from self.looked_up(held, wanted, None, at, state)
        elif isinstance(held, Items) and isinstance(key, Const) and isinstance(key.value, int):
            known = -len(held.items) <= key.value < len(held.items) and not held.more
            yield value(held.items[key.value] if known else Unknown("[]", held), state)
        elif isinstance(held, Items) and key is None:
            yield value(_sliced(held, at[1]), state)
        elif isinstance(held, Kind) and isinstance(held.of, Class) and self.is_enum(held.of):
            yield value(self._member_named(held.of, key), state)
        elif isinstance(held, Obj) and key is not None:
            yield from self._get_item(held, key, at, state)
        else:
            name = str(key.value) if isinstance(key, Const) and isinstance(key.value, str) else "[]"
            yield value(Unknown(name, held, () if key is None else (key,)), state)

    def _member_named(self, cls: Class, key: Value | None) -> Value:
        mode = self.world.mode
        if mode is not None and mode.cls is cls and isinstance(key, Unknown):
            self.world.modes_seen.append(key)
            return mode.value
        named = key.value if isinstance(key, Const) else None
        return Member(cls, str(named)) if named in self.enum_names(cls) else Unknown(cls.name)

    def _get_item(self, held: Obj, key: Value, at: tuple[Module, ast.AST, Frame], state: State) -> Iterator[Step]:
        method = self.repo.names.method(held.of, "__getitem__") if isinstance(held.of, Class) else None
        if method is None:
            yield value(Unknown("[]", held, (key,)), state)
        else:
            yield from self.apply(self._as_func(method, held), (key,), (), at, state)

    def _display(self, elements: list[ast.expr], frame: Frame, state: State) -> Iterator[Step]:
        def done(values: Args, after: State) -> Iterator[Step]:
            items: list[Value] = []
            more = False
            for node, one in zip(elements, values, strict=True):
                starred = isinstance(node, ast.Starred)
                items += self.elements(one) if starred else [one]
                more = more or (starred and not isinstance(one, Items | Table))
            yield value(Items(tuple(items), more), after)

        yield from self.each(elements, frame, state, done)

    def _dict(self, node: ast.Dict, frame: Frame, state: State) -> Iterator[Step]:
        keys = [k for k in node.keys if k is not None]

        def done(values: Args, after: State) -> Iterator[Step]:
            known, rest = iter(values[: len(keys)]), values[len(keys) :]
            table = Table()
            for key, one in zip(node.keys, rest, strict=True):
                if key is None:
                    inner = one if isinstance(one, Table) else Table(rest=(Unknown("**", one),))
                    table = replace(table, entries=(*table.entries, *inner.entries), rest=(*table.rest, *inner.rest))
                else:
                    found = next(known)
                    plain = isinstance(found, Const | Member | Kind)
                    table = table.put(found, one) if plain else replace(table, rest=(*table.rest, one))
            yield value(table, after)

        yield from self.each([*keys, *node.values], frame, state, done)

    def _comprehension(self, node: Comprehension, frame: Frame, state: State) -> Iterator[Step]:
        """What it goes over is asked for, and run where it is a generator; calls for each item are made."""
        at = (frame.module, node, frame)
        for step in self.forced(self.evaluate(node.generators[0].iter, frame, state), at):
            if step.kind != "value":
                yield step
            elif isinstance(step.value, Answer):
                yield value(Items((Unknown("item", None, (step.value,)),), more=True), step.state)
            else:
                yield from self._each_item(node, frame, step.state)

    def _each_item(self, node: Comprehension, frame: Frame, state: State) -> Iterator[Step]:
        result = self._comprehended(node, frame)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        calls = any(isinstance(n, ast.Call | ast.Await) for p in parts for n in ast.walk(p))
        first = node.generators[0]
        frames = self.rounds_of(node, first.target, first.iter, frame)[:MOST_ITEMS] if calls else []
        yield from self._made_for(parts, frames, result, (frame.module, node, frame), state)

    def _made_for(
        self, parts: list[ast.expr], frames: list[Frame], result: Value, at: At, state: State
    ) -> Iterator[Step]:
        if not frames:
            yield value(result, state)
            return
        steps = self.each(parts, frames[0], state, lambda vs, s: iter([value(vs[-1], s)]))
        for step in self.forced(steps, at):
            if step.kind == "value":
                yield from self._made_for(parts, frames[1:], result, at, step.state)
            else:
                yield step

    def _comprehended(self, node: Comprehension, frame: Frame) -> Value:
        """A comprehension over known items; what it evaluates has no effect on the way."""
        frames = [frame]
        for generator in node.generators:
            frames = [r for f in frames for r in self.rounds_of(node, generator.target, generator.iter, f)]
            frames = [f for f in frames if all(self._kept(t, f) for t in generator.ifs)]
        if isinstance(node, ast.DictComp):
            table = Table()
            for f in frames:
                for key in self.loosely(node.key, f)[:1]:
                    for one in self.loosely(node.value, f)[:1]:
                        table = table.put(key, one) if isinstance(key, Const | Member) else table
            return table if table.entries else Unknown("{}")
        items = [v for f in frames for v in self.loosely(node.elt, f)[:1]]
        return Items(tuple(items)) if items else Items((), more=True)

    def _kept(self, test: ast.expr, frame: Frame) -> bool:
        values = self.loosely(test, frame)
        return not values or any(self.truth(v, State()) is not False for v in values)

    def _yield(self, node: ast.Yield | ast.YieldFrom, frame: Frame, state: State) -> Iterator[Step]:
        """What is yielded is kept as what the generator gives; a context manager's function runs the block there."""
        if frame.manager is not None:
            yield from frame.manager(state)
            return
        at = (frame.module, node, frame)
        steps = self.evaluate(node.value, frame, state) if node.value is not None else iter([value(NONE, state)])

        def done(one: Value, after: State) -> Iterator[Step]:
            kept = one if isinstance(one, Items) and isinstance(node, ast.YieldFrom) else Items((one,))
            known = tuple(i for i in kept.items if i not in after.yielded)
            yield value(Unknown("sent"), replace(after, yielded=(*after.yielded, *known)))

        yield from self.then(
            self.then(
                steps, lambda v, s: self.force(v, at, s) if isinstance(node, ast.YieldFrom) else iter([value(v, s)])
            ),
            done,
        )

    # Targets

    def assign(self, target: ast.expr, one: Value, frame: Frame, state: State) -> State:
        """The state after the value was assigned."""
        match target:
            case ast.Name():
                return state.put(self._home(target.id, frame), target.id, one)
            case ast.Tuple() | ast.List() | ast.Starred():
                for name, part in matched(target, one).items():
                    state = state.put(self._home(name, frame), name, part)
                return state
            case ast.Attribute():
                return self._assign_attribute(target, one, frame, state)
            case ast.Subscript():
                return self._assign_item(target, one, frame, state)
        return state

    def _home(self, name: str, frame: Frame) -> int:
        """Where the name is kept: `global` and `nonlocal` ones outside."""
        code = frame.code
        nodes = frame.module.function_of(code).own_nodes if isinstance(code, FunctionNode) else ()
        if any(isinstance(n, ast.Global) and name in n.names for n in nodes):
            return self.module_frame(frame.module).home
        if any(isinstance(n, ast.Nonlocal) and name in n.names for n in nodes) and frame.parent is not None:
            return frame.parent.home
        return frame.home

    def _assign_attribute(self, target: ast.Attribute, one: Value, frame: Frame, state: State) -> State:
        for step in self.evaluate(target.value, frame, state):
            if step.kind == "value" and isinstance(step.value, Obj):
                return step.state.put(step.value.key, target.attr, one)
            return step.state if step.kind == "value" else state
        return state

    def _assign_item(self, target: ast.Subscript, one: Value, frame: Frame, state: State) -> State:
        for held in self.evaluate(target.value, frame, state):
            if held.kind != "value" or not isinstance(held.value, Table) or isinstance(target.slice, ast.Slice):
                return state
            for key in self.evaluate(target.slice, frame, held.state):
                if key.kind == "value" and isinstance(key.value, Const | Member):
                    filled = replace(held.value.put(key.value, one), key=0)
                    return self.assign(target.value, filled, frame, key.state)
                return state
        return state


def _filled(held: Items | Table, how: str, args: Args, kwargs: Kwargs) -> Items | Table:
    """The container after `append`, `extend`, `insert`, `add` or `update`."""
    if isinstance(held, Table):
        given = args[0].entries if args and isinstance(args[0], Table) else ()
        named = tuple((Const(k), (v,)) for k, v in kwargs)
        for key, values in (*given, *named):
            held = held.put(key, values[0]) if values else held
        return replace(held, key=0)
    if how == "extend":
        more = args[0] if args else NONE
        return Items((*held.items, *more.items)) if isinstance(more, Items) else replace(held, more=True)
    last = args[-1:]
    return replace(held, items=(*last, *held.items) if how == "insert" else (*held.items, *last))


def _sliced(held: Items, node: ast.AST) -> Value:
    """The part of a list that a slice with constant bounds means."""
    part = node.slice if isinstance(node, ast.Subscript) else None
    if not isinstance(part, ast.Slice) or held.more:
        return Unknown("[]", held)
    bounds = [_bound(b) for b in (part.lower, part.upper, part.step)]
    lower, upper, step = (b if isinstance(b, int) else None for b in bounds)
    return Unknown("[]", held) if "?" in bounds else Items(held.items[lower:upper:step])


def _bound(node: ast.expr | None) -> int | str | None:
    """A bound of a slice; "?" where it is not known."""
    match node:
        case None:
            return None
        case ast.Constant(value=int() as number):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return -number
    return "?"


def _worked_out(node: ast.expr, parts: Args) -> int | float | None:
    """The result of arithmetic on numbers that are known; None where it is none, or not plain."""
    known = [p.value for p in parts if isinstance(p, Const)]
    numbers = [n for n in known if isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < LARGEST]
    work = _ARITHMETIC.get(type(node.op)) if isinstance(node, ast.BinOp) and len(numbers) == len(parts) else None
    try:
        result: int | float | None = work(*numbers) if work is not None else None
        return result
    except ZeroDivisionError:
        return None


def _decorators(method: Function) -> set[str]:
    return {last_name(d) for d in method.node.decorator_list}


def _is_super(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super"))):
            return True
    return False


def _bound_values(logger: Value) -> Iterator[Value]:
    """The arguments of the calls that made a logger, `bind` and the like among them."""
    match logger:
        case Unknown():
            yield from logger.parts
            if logger.of is not None:
                yield from _bound_values(logger.of)
        case Obj():
            yield from logger.args
            yield from (v for _, v in logger.kwargs)
