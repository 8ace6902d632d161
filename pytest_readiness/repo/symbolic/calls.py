"""Calls: functions of the repository are followed, observed objects recorded, the common library functions known.

A function elsewhere that is handed a callable is taken to run it; one that is handed a coroutine, to await it.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from pytest_readiness.repo.annotations import last_name
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module
from pytest_readiness.repo.origins import is_static
from pytest_readiness.repo.symbolic.core import DEEPEST, builtin_error, from_parts, raised, value
from pytest_readiness.repo.symbolic.objects import Objects
from pytest_readiness.repo.symbolic.values import (
    NONE,
    Answer,
    Call,
    Const,
    Error,
    Frame,
    Func,
    Guarded,
    Items,
    Kind,
    Later,
    Member,
    Obj,
    Partial,
    Refusal,
    State,
    Step,
    Table,
    Unknown,
    Value,
    function_of,
)
from pytest_readiness.repo.symbolic.world import FAILS, WORKS
from pytest_readiness.repo.symbols import External

Args = tuple[Value, ...]
Kwargs = tuple[tuple[str, Value], ...]
At = tuple[Module, ast.AST, Frame]
Manager = Callable[[State], Iterator[Step]]
REPEATS = 2
"""Most times that one function runs inside itself."""
HANDS_BACK = frozenset(
    {
        "functools.wraps", "functools.lru_cache", "functools.cache", "functools.update_wrapper", "typing.cast",
        "contextlib.contextmanager", "contextlib.asynccontextmanager", "abc.abstractmethod", "typing.override",
        "builtins.staticmethod", "builtins.classmethod", "builtins.property", "functools.cached_property",
        "inspect.signature", "builtins.callable", "builtins.repr", "builtins.id", "builtins.hash", "builtins.type",
        "inspect.isawaitable", "inspect.iscoroutine", "asyncio.iscoroutine",
    }
)  # fmt: skip
"""Functions elsewhere that do not run what they are handed."""
ASKS_ASYNC = frozenset({"iscoroutinefunction", "isawaitable", "iscoroutine", "isasyncgenfunction", "isasyncgen"})
CONTEXTS = frozenset({"contextmanager", "asynccontextmanager"})
PLAIN_DECORATORS = frozenset({"staticmethod", "classmethod", "property", "cached_property", "abstractmethod"})
SEQUENCES = frozenset({"builtins.list", "builtins.tuple", "builtins.set", "builtins.frozenset", "builtins.sorted"})
CALLABLE = Func | Partial | Guarded


class Calls(Objects):
    """What calling a value may give."""

    def apply(self, callee: Value, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:
        """What may come of calling the value at that place."""
        self.spend()
        stipulated = self.world.called(callee, args, Step("value", NONE, state, at[1], at[0]))
        if stipulated is not None:
            yield from stipulated
            return
        match callee:
            case Func():
                yield from self._function(callee, args, kwargs, at, state)
            case Partial():
                yield from self.apply(callee.of, (*callee.args, *args), (*callee.kwargs, *kwargs), at, state)
            case Guarded():
                yield from self.guarded(callee.guard, callee.of, args, kwargs, at, state)
            case Kind(of=Class() as cls):
                yield from self._construct(cls, args, kwargs, at, state)
            case Kind(of=External() as external):
                yield from self._external(external, args, kwargs, at, state)
            case Obj():
                yield from self._object(callee, args, kwargs, at, state)
            case Unknown():
                yield from self._unknown(callee, args, kwargs, at, state)
            case Const(value=None):
                yield raised(builtin_error("TypeError"), state, at[1])
            case _:
                yield value(from_parts(callee, *args, *(v for _, v in kwargs)), state)

    # Functions of the repository

    def _function(self, func: Func, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:
        function = function_of(func)
        if function is not None and (_is_async(function) or _is_generator(function)):
            yield value(Later(func, args, kwargs, self.key("later", at[1], at[2].key, args), at), state)
            return
        key = self.key("call", at[1], at[2].key, func.code, func.this, args)
        yield from self.run(func, args, kwargs, key, at, state)

    def run(  # noqa: PLR0913, PLR0917 - what a call is
        self, func: Func, args: Args, kwargs: Kwargs, key: int, at: At, state: State, manager: Manager | None = None
    ) -> Iterator[Step]:
        """The function's body, run with these arguments; what a breaker's own methods run is guarded by it."""
        if self.stack.count(func.code) >= REPEATS or len(self.stack) > DEEPEST:
            yield value(from_parts(*args), state)
            return
        kept: dict[str, Value] = {}
        frame = replace(self.frame_of(func, key), manager=manager, bound=kept)
        outer = state
        state = self._bind(func, frame, args, kwargs, state)
        if func.this is not None and self.world.is_guard(func.this):
            state = replace(state, guards=(*state.guards, func.this))
        self.stack.append(func.code)
        self.sites.append((at[0], at[1]))
        try:
            steps = self._body(func, frame, state, outer)
        finally:
            self.stack.pop()
            self.sites.pop()
        if _has_inner(func.code):
            for step in steps:
                own = ((name, v) for (home, name), v in step.state.store.items() if home == frame.home)
                kept |= {str(name): v for name, v in own if name not in kept}
        yield from steps

    def frame_of(self, func: Func, key: int) -> Frame:
        """The frame of a call of the function."""
        parent = func.frame or self.module_frame(func.module)
        return Frame(func.module, func.code, key, key, parent, func.owner, func.this)

    def _body(self, func: Func, frame: Frame, state: State, outer: State) -> list[Step]:
        self.spend()
        if isinstance(func.code, ast.Lambda):
            return list(self.evaluate(func.code.body, frame, state))
        inner = replace(state, yielded=())
        found: list[Step] = []
        for step in self.block(func.code.body, frame, inner):
            found.append(self._returned(func, step, outer))
        return found

    def _returned(self, func: Func, step: Step, outer: State) -> Step:
        """The outcome of the body as the outcome of the call."""
        function = function_of(func)
        state = replace(step.state, yielded=outer.yielded, handling=outer.handling, guards=outer.guards)
        if step.kind == "raise" or step.kind.startswith("leave"):
            return replace(step, state=state)
        if function is not None and _is_generator(function):
            return Step("value", Items(step.state.yielded, more=True), state, step.node, step.module)
        if step.kind == "return":
            return Step("value", step.value, state, step.node, step.module)
        return Step("value", NONE, state, _last(func.code), func.module)

    def _bind(self, func: Func, frame: Frame, args: Args, kwargs: Kwargs, state: State) -> State:
        a = func.code.args
        positional = [*a.posonlyargs, *a.args]
        args = (func.this, *args) if func.this is not None and not self._is_static(func) else args
        bound: dict[str, Value] = {p.arg: v for p, v in zip(positional, args, strict=False)}
        named = {p.arg for p in (*positional, *a.kwonlyargs)}
        extra = tuple((Const(k), (v,)) for k, v in kwargs if k not in named)
        bound |= {k: v for k, v in kwargs if k in named}
        if a.vararg:
            bound[a.vararg.arg] = Items(tuple(args[len(positional) :]))
        if a.kwarg:
            bound[a.kwarg.arg] = Table(extra)
        for name in named - set(bound):
            bound[name] = self._not_passed(func, name, frame)
        return replace(state, store={**state.store, **{(frame.home, k): v for k, v in bound.items()}})

    def _is_static(self, func: Func) -> bool:
        function = function_of(func)
        return function is None or function.cls is None or is_static(function)

    def _not_passed(self, func: Func, name: str, frame: Frame) -> Value:
        function = function_of(func)
        if function is None:
            return Unknown(name)
        default = function.defaults.get(name)
        if default is None:
            return self.default_of(function, name)[0]
        around = frame.parent or self.module_frame(func.module)
        return (self.loosely(default, around) or [Unknown(name)])[0]

    def force(self, later: Value, at: At, state: State) -> Iterator[Step]:
        """A coroutine or generator run to its end; any other value as it is."""
        if not isinstance(later, Later):
            yield value(later, state)
        elif isinstance(later.of, Func):
            yield from self.run(later.of, later.args, later.kwargs, later.key, later.at or at, state)
        else:
            yield from self._observed(later.of, later.args, later.kwargs, at, state)

    def forced(self, steps: Iterable[Step], at: At) -> Iterator[Step]:
        """The outcomes, coroutines and generators among them run."""
        for step in steps:
            if step.kind == "value" and isinstance(step.value, Later):
                yield from self.force(step.value, at, step.state)
            else:
                yield step

    # Observed objects

    def _observed(self, operation: Unknown, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:
        """A call on an observed object: it is recorded, and works or fails as stipulated."""
        target = operation.of if operation.of is not None else operation
        fate = self.world.fate(target, Const(operation.name))
        decided = state.store.get((0, ("fate", target)))
        if isinstance(decided, Const):
            fate = tuple(f for f in fate if f == decided.value) or fate
        for one in fate:
            call = Call(target, _name_of(operation), args, kwargs, at[0], at[1], state.guards, one == FAILS)
            after = state.with_event(call)
            after = after.put(0, ("fate", target), Const(one)) if len(fate) > 1 else after
            if one == WORKS:
                yield value(Answer(call), after)
            else:
                yield Step("raise", Error(None, at[1]), after, at[1], at[0])

    def _unknown(self, callee: Unknown, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:
        of = callee.of
        if of is not None and self.world.observes(of):
            if self._is_later(of, callee.name):
                yield value(Later(callee, args, kwargs, self.key("later", at[1], at[2].key, args), at), state)
            else:
                yield from self._observed(callee, args, kwargs, at, state)
        elif isinstance(of, Table | Items):
            yield from self._container(of, callee.name, args, kwargs, at, state)
        elif of is not None and self.world.library_guard(of):
            yield from self._library(of, callee.name, args, kwargs, at, state)
        else:
            yield from self._elsewhere(callee, args, kwargs, at, state)

    def _is_later(self, target: Value, name: str) -> bool:
        """Whether the operation is known to be a coroutine function or generator."""
        method = None
        if isinstance(target, Obj) and isinstance(target.of, Class):
            method = self.repo.names.method(target.of, name)
        return method is not None and (_is_async(method) or _is_generator(method))

    # Breakers

    def guarded(self, guard: Value, callee: Value, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:  # noqa: PLR0913, PLR0917 - what a call is
        """A call inside a library's breaker."""
        error = self.world.open_error(guard)
        if error is not None:
            yield Step("raise", error, state.with_event(Refusal(guard)), at[1], at[0])
            return
        inside = replace(state, guards=(*state.guards, guard))
        for done in self.forced(self.apply(callee, args, kwargs, at, inside), at):
            yield replace(done, state=replace(done.state, guards=state.guards))

    def _library(self, guard: Value, name: str, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:  # noqa: PLR0913, PLR0917 - what a call is
        """A method of a library's breaker: one that is handed a callable runs it, any other is a question."""
        if args and isinstance(args[0], CALLABLE | Unknown | Obj) and "call" in name:
            yield from self.guarded(guard, args[0], args[1:], kwargs, at, state)
        elif args and isinstance(args[0], CALLABLE):
            yield value(Guarded(args[0], guard), state)
        else:
            yield value(Unknown(name, guard, args), state)

    # Objects

    def _object(self, callee: Obj, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:
        """An object that is called: its __call__, a decorator that is a breaker."""
        if self.world.library_guard(callee) and args and isinstance(args[0], CALLABLE | Unknown):
            yield value(Guarded(args[0], callee), state)
            return
        if self.world.observes(callee):
            yield from self._observed(Unknown("__call__", callee), args, kwargs, at, state)
            return
        for step in self.attribute(callee, "__call__", state):
            if step.kind == "value" and isinstance(step.value, CALLABLE):
                yield from self.apply(step.value, args, kwargs, at, step.state)
            else:
                yield from self._elsewhere(Unknown("__call__", callee), args, kwargs, at, state)

    def _construct(self, cls: Class, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:
        if self.is_enum(cls):
            yield value(self._member(cls, args), state)
        elif self.is_exception(cls):
            yield value(Error(cls, at[1], (*args, *(v for _, v in kwargs))), state)
        else:
            number = self.key("object", at[1], at[2].key, cls.node)
            self.made.setdefault(number, (*self.sites, (at[0], at[1])))
            yield value(Obj(cls, number, at[0], at[1], args, kwargs), state)

    def _member(self, cls: Class, args: Args) -> Value:
        """`Mode(x)`: the member with that value; the fixed mode where it comes from outside."""
        mode = self.world.mode
        first = args[0] if args else NONE
        if mode is not None and mode.cls is cls and not isinstance(first, Const):
            self.world.modes_seen.append(first)
            return mode.value
        found = [Member(cls, n) for n in self.enum_names(cls) if self.enum_value(Member(cls, n)) == first]
        return found[0] if found else Unknown(cls.name, None, args)

    def enum_value(self, member: Member) -> Value:
        """The value behind a member of an enumeration."""
        for node in member.cls.node.body:
            if isinstance(node, ast.Assign) and last_name(node.targets[0]) == member.name:
                found = node.value
                if isinstance(found, ast.Constant) and isinstance(found.value, str | int):
                    return Const(found.value)
                if isinstance(found, ast.Call) and last_name(found.func) == "auto":
                    return Const(member.name.lower())
        return Unknown("value", member)

    def is_exception(self, cls: Class | External) -> bool:
        """Whether the class is an exception."""
        line = self.repo.names.ancestry(cls) if isinstance(cls, Class) else [cls]
        return any(isinstance(c, External) and _is_error_name(c.name) for c in line)

    # Elsewhere

    def _external(self, external: External, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:
        name = external.name
        short = name.rpartition(".")[2]
        if _is_error_name(name):
            yield value(Error(external, at[1], args), state)
        elif name in HANDS_BACK or short in ASKS_ASYNC:
            yield value(self._asked_async(short, args, kwargs), state)
        elif name in ("builtins.getattr", "builtins.hasattr") and len(args) >= 2:
            yield from self._getattr(short, args, state)
        elif name == "functools.partial" and args:
            yield value(Partial(args[0], args[1:], kwargs), state)
        elif name.startswith(("builtins.", "collections.")):
            yield from self._builtin(name, args, kwargs, at, state)
        elif short[:1].isupper():
            number = self.key("object", at[1], at[2].key, name)
            self.made.setdefault(number, (*self.sites, (at[0], at[1])))
            yield value(Obj(external, number, at[0], at[1], args, kwargs), state)
        else:
            yield from self._elsewhere(Kind(external), args, kwargs, at, state)

    def _asked_async(self, short: str, args: Args, kwargs: Kwargs) -> Value:
        """`inspect.iscoroutinefunction(f)`, `asyncio.iscoroutine(x)`; other such functions give nothing known."""
        first = args[0] if args else NONE
        if short in ASKS_ASYNC:
            if isinstance(first, Func) and (function := function_of(first)) is not None:
                return Const(_is_async(function))
            if isinstance(first, Unknown) and first.of is not None and self.world.observes(first.of):
                method = isinstance(first.of, Obj) and isinstance(first.of.of, Class)
                return Const(self._is_later(first.of, first.name)) if method else Unknown(short, None, args)
            return Const(True) if isinstance(first, Later) else Unknown(short, None, args)
        return Unknown(short, None, (*args, *(v for _, v in kwargs)))

    def _getattr(self, short: str, args: Args, state: State) -> Iterator[Step]:
        if not isinstance(args[1], Const) or not isinstance(args[1].value, str):
            name = next((p.name for p in (args[1],) if isinstance(p, Unknown)), "")
            yield value(Unknown(name or "*", args[0], (args[1],)), state)
            return
        for step in self.attribute(args[0], args[1].value, state):
            if short == "hasattr":
                known = isinstance(step.value, CALLABLE) or step.kind == "raise"
                yield value(Const(step.kind == "value") if known else Unknown("hasattr", None, args), state)
            elif step.kind == "raise" and len(args) > 2:
                yield value(args[2], state)
            else:
                yield step

    def _builtin(self, name: str, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:
        short = name.rpartition(".")[2]
        first = args[0] if args else None
        if name in SEQUENCES:
            known = isinstance(first, Items | Table | Kind)
            items = self.elements(first) if first is not None and known else ()
            yield value(Items(items, more=first is not None and not known), state)
        elif short in ("dict", "OrderedDict"):
            entries = first.entries if isinstance(first, Table) else ()
            yield value(Table((*entries, *((Const(k), (v,)) for k, v in kwargs))), state)
        elif short == "defaultdict":
            yield value(Table(factory=first), state)
        elif short in ("enumerate", "zip", "range", "reversed"):
            yield value(self._sequence(short, args), state)
        elif short == "str" and isinstance(first, Const):
            yield value(Const(str(first.value)), state)
        elif short == "bool" and first is not None:
            truth = self.truth(first, state)
            yield value(Unknown("bool", None, args) if truth is None else Const(truth), state)
        elif short == "isinstance" and len(args) == 2:
            yield value(self._isinstance(args), state)
        else:
            yield from self._elsewhere(Kind(External(name)), args, kwargs, at, state)

    def _sequence(self, short: str, args: Args) -> Value:
        first = args[0] if args else NONE
        if short == "range":
            last = args[1] if len(args) > 1 else first
            stop = last.value if isinstance(last, Const) and isinstance(last.value, int) else None
            rounds = (0,) if stop is None else tuple(sorted({0, 1, stop - 1} & set(range(stop))))
            return Items(tuple(Const(r) for r in rounds))
        items = [self.elements(a) for a in args]
        if short == "enumerate":
            return Items(tuple(Items((Const(i), e)) for i, e in enumerate(items[0] if items else ())))
        if short == "zip":
            return Items(tuple(Items(row) for row in zip(*items, strict=False)))
        return Items(tuple(reversed(items[0]))) if items else Unknown(short, None, args)

    def _isinstance(self, args: Args) -> Value:
        kinds = args[1].items if isinstance(args[1], Items) else (args[1],)
        first = args[0]
        classes = [k.of for k in kinds if isinstance(k, Kind)]
        if isinstance(first, Obj | Error) and first.of is not None and len(classes) == len(kinds):
            return Const(any(self.is_a(first.of, k) for k in classes))
        if isinstance(first, Error) and classes and all(self._is_refusal(k) for k in classes):
            return Const(False)
        return Unknown("isinstance", None, args)

    def _is_refusal(self, kind: Class | External) -> bool:
        """An exception class of the repository that stands for no outage of a dependency."""
        return isinstance(kind, Class) and not any(kind in self.repo.names.ancestry(e) for e in self.world.errors)

    def is_a(self, of: Class | External, kind: Class | External) -> bool:
        """Whether one class is, or extends, the other."""
        line = self.repo.names.ancestry(of) if isinstance(of, Class) else [of]
        return kind in line or any(isinstance(c, External) and _extends(c, kind) for c in line)

    def _elsewhere(self, callee: Value, args: Args, kwargs: Kwargs, at: At, state: State) -> Iterator[Step]:
        """A function that is not known: what it is handed to run, it runs; what it is handed to await, it awaits."""
        values = (*args, *(v for _, v in kwargs))
        runs = next((i for i, a in enumerate(args) if self._is_run(a)), None)
        if runs is not None:
            yield from self.forced(self.apply(args[runs], args[runs + 1 :], (), at, state), at)
            return
        later = next((v for v in values if isinstance(v, Later)), None)
        if later is not None:
            yield from self.force(later, at, state)
            return
        answer = next((v for v in values if isinstance(v, Answer)), None)
        yield value(answer if answer is not None and len(args) <= 2 else Unknown("()", callee, values), state)

    def _is_run(self, one: Value) -> bool:
        bound = isinstance(one, Unknown) and one.of is not None and self.world.observes(one.of)
        return isinstance(one, CALLABLE) or bound

    # Containers

    def _container(  # noqa: PLR0913, PLR0917 - what a call is
        self, held: Table | Items, name: str, args: Args, kwargs: Kwargs, at: At, state: State
    ) -> Iterator[Step]:
        """A method of a dict or list."""
        if isinstance(held, Table) and name in ("get", "pop", "setdefault", "__getitem__") and args:
            default = args[1] if len(args) > 1 else dict(kwargs).get("default", NONE)
            yield from self.looked_up(held, args[0], None if name == "__getitem__" else default, at, state)
        elif isinstance(held, Table) and name in ("items", "keys", "values"):
            yield value(_view(held, name), state)
        elif name == "copy":
            yield value(held, state)
        else:
            yield value(Unknown("()", Unknown(name, held), args), state)

    def looked_up(self, table: Table, key: Value, default: Value | None, at: At, state: State) -> Iterator[Step]:
        """What stands under a key; None as default raises KeyError where nothing does."""
        found = table.under(key)
        if not found and not isinstance(key, Const | Member):
            found = tuple(v for _, values in table.entries for v in values)
        found = found or table.rest or self.world.missing(table, key)
        if not found and table.factory is not None:
            inner = replace(at[2], key=self.key("default", table.key, key))
            yield from self.apply(table.factory, (), (), (at[0], at[1], inner), state)
            return
        seen = state.store.get((0, ("looked", table.key, key)))
        if seen is not None and table.key:
            found = tuple(v for v in found if v == seen)
        for one in found:
            yield value(one, state.put(0, ("looked", table.key, key), one) if table.key else state)
        if not found or (self.world.absent and not table.certain and seen is None and not self._is_present(found)):
            after = state.put(0, ("looked", table.key, key), NONE) if table.key else state
            missing = raised(builtin_error("KeyError"), after, at[1])
            yield missing if default is None else value(default, after)

    def _is_present(self, found: tuple[Value, ...]) -> bool:
        """A breaker is stipulated to be there."""
        return any(self.world.is_guard(v) for v in found)


@lru_cache(maxsize=4096)
def _has_inner(code: ast.AST) -> bool:
    """Whether functions are defined in it, which may outlive its frame."""
    return any(isinstance(n, FunctionNode | ast.Lambda) and n is not code for n in ast.walk(code))


def _last(code: ast.AST) -> ast.AST:
    """The statement at the end of a body, that of the last block in it where it holds blocks."""
    body = getattr(code, "body", None)
    while isinstance(body, list) and body:
        code = body[-1]
        body = code.body if isinstance(code, ast.Try | ast.With | ast.AsyncWith) else None
    return code


def _view(table: Table, name: str) -> Items:
    if name == "keys":
        return Items(tuple(k for k, _ in table.entries), more=bool(table.rest))
    if name == "values":
        return Items(tuple(v for _, values in table.entries for v in values[:1]), more=bool(table.rest))
    return Items(tuple(Items((k, v)) for k, values in table.entries for v in values[:1]), more=bool(table.rest))


def _name_of(operation: Unknown) -> Value:
    return operation.parts[0] if operation.parts else Const(operation.name)


def _is_async(function: Function) -> bool:
    return isinstance(function.node, ast.AsyncFunctionDef)


def _is_generator(function: Function) -> bool:
    return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in function.own_nodes)


def _is_context(function: Function) -> bool:
    return any(last_name(d) in CONTEXTS for d in function.node.decorator_list)


def _is_error_name(name: str) -> bool:
    found = getattr(builtins, name.removeprefix("builtins."), None) if name.startswith("builtins.") else None
    if isinstance(found, type):
        return issubclass(found, BaseException)
    last = name.rpartition(".")[2]
    return last[:1].isupper() and last.endswith(("Error", "Exception", "Timeout", "Interrupt", "Exit"))


def _extends(of: External, kind: Class | External) -> bool:
    if not isinstance(kind, External):
        return False
    known = [getattr(builtins, e.name.removeprefix("builtins."), None) for e in (of, kind)]
    if all(isinstance(k, type) for k in known):
        return issubclass(known[0], known[1])  # type: ignore[arg-type]
    return _is_error_name(of.name) and kind.name in ("builtins.Exception", "builtins.BaseException")
