"""The ways through statements."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

from pytest_readiness.repo.modules import Class, FunctionNode
from pytest_readiness.repo.symbolic.calls import Args, At
from pytest_readiness.repo.symbolic.core import value
from pytest_readiness.repo.symbolic.expressions import Expressions
from pytest_readiness.repo.symbolic.objects import matched
from pytest_readiness.repo.symbolic.values import (
    NONE,
    Answer,
    Choice,
    Const,
    Error,
    Frame,
    Func,
    Items,
    Kind,
    Later,
    Obj,
    Refusal,
    State,
    Step,
    Table,
    Unknown,
    Value,
)
from pytest_readiness.repo.symbols import External

With = ast.With | ast.AsyncWith
Inside = Callable[[Value, State], Iterator[Step]]
LEAVES = "leave "
"""Before the kind of a step that leaves the function around a context manager."""
HEAVY = 40
"""Names and attributes that are known, at which a statement counts twice: they are copied when one is set."""
TURNS = 3
"""Most rounds of a loop whose end is not known."""
BROAD = frozenset(
    {
        "Exception", "BaseException", "OSError", "IOError", "EnvironmentError", "ConnectionError"
    }
)  # fmt: skip
"""Exceptions of Python that an outage of a dependency is among."""


class Machine(Expressions):
    """Follows code without running it: every way through it, as far as it matters what is stipulated."""

    def block(self, body: list[ast.stmt], frame: Frame, state: State) -> list[Step]:
        """The ways through statements."""
        done: list[Step] = []
        states = [state]
        for statement in body:
            following: list[State] = []
            for one in states:
                for step in self._statement(statement, frame, one):
                    if step.kind in ("next", "value"):
                        following.append(step.state)
                    else:
                        done.append(step)
            states = following[: self.ways]
            if not states:
                break
        return [*done[: 2 * self.ways], *(Step("next", NONE, s) for s in states)]

    def _statement(self, node: ast.stmt, frame: Frame, state: State) -> Iterator[Step]:
        self.spend(1 + len(state.store) // HEAVY)
        match node:
            case ast.Expr():
                yield from self.evaluate(node.value, frame, state)
            case ast.Assign():
                yield from self._assigned_to(node.targets, node.value, frame, state)
            case ast.AnnAssign(value=ast.expr() as given):
                yield from self._assigned_to([node.target], given, frame, state)
            case ast.Return():
                yield from self._return(node, frame, state)
            case ast.Raise():
                yield from self._raise(node, frame, state)
            case ast.Break() | ast.Continue():
                yield Step(type(node).__name__.lower(), NONE, state, node, frame.module)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield Step("next", NONE, self._defined(node, frame, state))
            case _:
                yield from self._compound(node, frame, state)

    def _compound(self, node: ast.stmt, frame: Frame, state: State) -> Iterator[Step]:
        match node:
            case ast.If():
                yield from self._if(node, frame, state)
            case ast.Try() | ast.TryStar():
                yield from self._try(node, frame, state)
            case ast.With() | ast.AsyncWith():
                yield from self._with(list(node.items), node, frame, state)
            case ast.For() | ast.AsyncFor():
                yield from self._for(node, frame, state)
            case ast.While():
                yield from self._while(node, frame, state)
            case ast.Match():
                yield from self._match(node, frame, state)
            case _:
                yield from self._rarer(node, frame, state)

    def _rarer(self, node: ast.stmt, frame: Frame, state: State) -> Iterator[Step]:
        match node:
            case ast.AugAssign():
                yield from self._augmented(node, frame, state)
            case ast.Assert():
                yield from self._assert(node, frame, state)
            case ast.Import() | ast.ImportFrom():
                yield from self._import(node, frame, state)
            case _:
                yield Step("next", NONE, state)

    def _assigned_to(self, targets: list[ast.expr], given: ast.expr, frame: Frame, state: State) -> Iterator[Step]:
        for step in self.evaluate(given, frame, state):
            if step.kind != "value":
                yield step
                continue
            after = step.state
            for target in targets:
                after = self.assign(target, step.value, frame, after)
            yield Step("next", NONE, after)

    def _augmented(self, node: ast.AugAssign, frame: Frame, state: State) -> Iterator[Step]:
        load = _as_load(node.target)

        def done(values: tuple[Value, ...], after: State) -> Iterator[Step]:
            held = self._added(node.op, values)
            yield Step("next", NONE, self.assign(node.target, held, frame, after))

        yield from self.each([load, node.value], frame, state, done)

    def _added(self, op: ast.operator, values: tuple[Value, ...]) -> Value:
        left, right = values
        numbers = [v.value for v in values if isinstance(v, Const) and isinstance(v.value, int)]
        if isinstance(op, ast.Add) and len(numbers) == 2:
            return Const(sum(numbers))
        return Unknown(type(op).__name__, None, (left, right))

    def _return(self, node: ast.Return, frame: Frame, state: State) -> Iterator[Step]:
        if node.value is None:
            yield Step("return", NONE, state, node, frame.module)
            return
        for step in self.evaluate(node.value, frame, state):
            if step.kind != "value":
                yield step
            elif step.node is not None:
                yield replace(step, kind="return")
            else:
                yield replace(step, kind="return", node=node, module=frame.module)

    def _raise(self, node: ast.Raise, frame: Frame, state: State) -> Iterator[Step]:
        if node.exc is None:
            error = state.handling[-1] if state.handling else Error(None, node)
            yield Step("raise", error, state, node, frame.module)
            return
        for step in self.evaluate(node.exc, frame, state):
            if step.kind != "value":
                yield step
                continue
            yield Step("raise", self._as_error(step.value, node), step.state, node, frame.module)

    def _as_error(self, one: Value, node: ast.AST) -> Error:
        if isinstance(one, Error):
            return one
        return Error(one.of, node) if isinstance(one, Kind) else Error(None, node)

    def _assert(self, node: ast.Assert, frame: Frame, state: State) -> Iterator[Step]:
        for step in self.evaluate(node.test, frame, state):
            if step.kind != "value":
                yield step
                continue
            for truth, after in self.decide(step.value, node.test, frame, step.state):
                error = Error(External("builtins.AssertionError"), node)
                yield Step("next", NONE, after) if truth else Step("raise", error, after, node, frame.module)

    def _import(self, node: ast.Import | ast.ImportFrom, frame: Frame, state: State) -> Iterator[Step]:
        """An import inside a function: it raises where it fails, else its names are bound."""
        failure = self.repo.imports.failure(node, frame.module)
        if failure is not None:
            error = Error(External(f"builtins.{failure.kind.__name__}"), node)
            yield Step("raise", error, state, node, frame.module)
            return
        bindings = (
            self.repo.names.bindings(frame.module.function_of(frame.code))
            if isinstance(frame.code, FunctionNode)
            else {}
        )
        for alias in node.names:
            name = alias.asname or alias.name.split(".")[0]
            for binding in bindings.get(name, []):
                if binding.node is node:
                    found = list(self._imported(frame.module, binding, name))
                    state = state.put(frame.home, name, found[0]) if found else state
        yield Step("next", NONE, state)

    def _defined(self, node: FunctionNode, frame: Frame, state: State) -> State:
        raw = Func(frame.module, node, frame)
        function = frame.module.function_of(node)
        found = self.decorate(raw, function, state) if node.decorator_list else raw
        return state.put(frame.home, node.name, found)

    # Branches

    def _if(self, node: ast.If, frame: Frame, state: State) -> Iterator[Step]:
        for step in self.evaluate(node.test, frame, state):
            if step.kind != "value":
                yield step
                continue
            for truth, after in self.decide(step.value, node.test, frame, step.state):
                yield from self.block(node.body if truth else node.orelse, frame, after)

    def _match(self, node: ast.Match, frame: Frame, state: State) -> Iterator[Step]:
        for step in self.evaluate(node.subject, frame, state):
            if step.kind != "value":
                yield step
            else:
                yield from self._cases(node.cases, step.value, frame, step.state)

    def _cases(self, cases: list[ast.match_case], subject: Value, frame: Frame, state: State) -> Iterator[Step]:
        if not cases:
            yield Step("next", NONE, state)
            return
        first, rest = cases[0], cases[1:]
        fits = self._fits(first.pattern, subject, frame)
        if fits is not False:
            after = self._captured(first.pattern, subject, frame, state)
            if fits is None:
                after = after.with_event(Choice(frame.module, first.pattern, True))
            if first.guard is None:
                yield from self.block(first.body, frame, after)
            else:
                for step in self.evaluate(first.guard, frame, after):
                    for truth, then in self.decide(step.value, first.guard, frame, step.state):
                        yield from (
                            self.block(first.body, frame, then) if truth else self._cases(rest, subject, frame, then)
                        )
        if fits is not True:
            yield from self._cases(rest, subject, frame, state)

    def _fits(self, pattern: ast.pattern, subject: Value, frame: Frame) -> bool | None:
        match pattern:
            case ast.MatchAs(pattern=None):
                return True
            case ast.MatchAs(pattern=ast.pattern() as inner):
                return self._fits(inner, subject, frame)
            case ast.MatchOr():
                known = [self._fits(p, subject, frame) for p in pattern.patterns]
                return True if True in known else None if None in known else False
            case ast.MatchValue():
                wanted = self.loosely(pattern.value, frame)
                return self.equal(self.same_mode(subject, wanted[0]), wanted[0]) if wanted else None
            case ast.MatchSingleton():
                return self.equal(subject, Const(pattern.value))
        return None

    def _captured(self, pattern: ast.pattern, subject: Value, frame: Frame, state: State) -> State:
        if isinstance(pattern, ast.MatchAs) and pattern.name:
            return state.put(frame.home, pattern.name, subject)
        return state

    # Loops

    def _for(self, node: ast.For | ast.AsyncFor, frame: Frame, state: State) -> Iterator[Step]:
        at = (frame.module, node, frame)
        for step in self.forced(self.evaluate(node.iter, frame, state), at):
            if step.kind != "value":
                yield step
                continue
            yield from self._rounds(node, step.value, frame, step.state)

    def _rounds(self, node: ast.For | ast.AsyncFor, source: Value, frame: Frame, state: State) -> Iterator[Step]:
        items, may_be_empty = self._items_of(source)
        states = [state]
        if may_be_empty:
            yield from self.block(node.orelse, frame, state)
        for index, item in enumerate(items):
            inner = replace(frame, key=self.key("turn", node, index, frame.key))
            following: list[State] = []
            for one in states:
                bound = one
                for name, part in matched(node.target, item).items():
                    bound = bound.put(self._home(name, frame), name, part)
                for step in self.block(node.body, inner, bound):
                    if step.kind in ("next", "continue"):
                        following.append(step.state)
                    else:
                        yield Step("next", NONE, step.state) if step.kind == "break" else step
            states = following[: self.ways]
        for one in states if items else ():
            yield from self.block(node.orelse, frame, one)

    def _items_of(self, source: Value) -> tuple[tuple[Value, ...], bool]:
        """The items of a loop, and whether there may be none."""
        if isinstance(source, Items | Table) or (isinstance(source, Kind) and isinstance(source.of, Class)):
            known = self.elements(source)
            more = isinstance(source, Items) and source.more
            if known or not more:
                return known[:8], not known
        if isinstance(source, Answer):
            return (Unknown("item", None, (source,)),), False
        return (Unknown("item", source),), True

    def _while(self, node: ast.While, frame: Frame, state: State) -> Iterator[Step]:
        states = [state]
        for turn in range(TURNS):
            following: list[State] = []
            for one in states:
                inner = replace(frame, key=self.key("turn", node, turn, frame.key))
                for test in self.evaluate(node.test, inner, one):
                    if test.kind != "value":
                        yield test
                        continue
                    for truth, after in self.decide(test.value, node.test, inner, test.state):
                        for step in self.block(node.body if truth else node.orelse, inner, after):
                            if truth and step.kind in ("next", "continue"):
                                following.append(step.state)
                            else:
                                yield Step("next", NONE, step.state) if step.kind == "break" else step
            states = following[: self.ways]

    # Exceptions

    def _try(self, node: ast.Try | ast.TryStar, frame: Frame, state: State) -> Iterator[Step]:
        for step in self._tried(node, frame, state):
            if not node.finalbody:
                yield step
                continue
            for last in self.block(node.finalbody, frame, step.state):
                yield replace(step, state=last.state) if last.kind == "next" else last

    def _tried(self, node: ast.Try | ast.TryStar, frame: Frame, state: State) -> Iterator[Step]:
        for step in self.block(node.body, frame, state):
            if step.kind == "raise" and isinstance(step.value, Error):
                yield from self._handled(node.handlers, step, step.value, frame)
            elif step.kind == "next":
                yield from self.block(node.orelse, frame, step.state)
            else:
                yield step

    def _handled(self, handlers: list[ast.ExceptHandler], step: Step, error: Error, frame: Frame) -> Iterator[Step]:
        for handler in handlers:
            if not self.catches(handler.type, error, frame):
                continue
            before = step.state.handling
            inside = replace(step.state, handling=(*before, error))
            if handler.name:
                inside = inside.put(frame.home, handler.name, error)
            for after in self.block(handler.body, frame, inside):
                yield replace(after, state=replace(after.state, handling=before))
            return
        yield step

    def catches(self, handler: ast.expr | None, error: Error, frame: Frame) -> bool:
        """Whether a handler of that type catches the exception."""
        if handler is None:
            return True
        kinds = [k for v in self.loosely(handler, frame) for k in (v.items if isinstance(v, Items) else (v,))]
        if error.of is None:
            return any(self._outage(k) for k in kinds)
        return any(self.is_a(error.of, k.of) for k in kinds if isinstance(k, Kind))

    def _outage(self, kind: Value) -> bool:
        """Whether the exception class covers what an outage of a dependency raises."""
        if not isinstance(kind, Kind):
            return True
        if isinstance(kind.of, Class):
            return any(kind.of in self.repo.names.ancestry(e) for e in self.world.errors)
        if kind.of.name.startswith("builtins."):
            return kind.of.name.removeprefix("builtins.") in BROAD
        return "Timeout" not in kind.of.name and kind.of.name.partition(".")[0] not in (
            "asyncio",
            "pybreaker",
            "aiobreaker",
            "circuitbreaker",
        )

    # Contexts

    def _with(
        self, items: list[ast.withitem], node: ast.With | ast.AsyncWith, frame: Frame, state: State
    ) -> Iterator[Step]:
        if not items:
            yield from self.block(node.body, frame, state)
            return
        first, rest = items[0], items[1:]
        for step in self.evaluate(first.context_expr, frame, state):
            if step.kind != "value":
                yield step
            else:
                yield from self._entered(step.value, first, rest, node, frame, step.state)

    def _entered(  # noqa: PLR0913, PLR0917 - what a call is
        self,
        manager: Value,
        item: ast.withitem,
        rest: list[ast.withitem],
        node: ast.With | ast.AsyncWith,
        frame: Frame,
        state: State,
    ) -> Iterator[Step]:
        def inside(given: Value, after: State) -> Iterator[Step]:
            bound = self.assign(item.optional_vars, given, frame, after) if item.optional_vars is not None else after
            yield from self._with(rest, node, frame, bound)

        guard = manager.of if isinstance(manager, Unknown) and manager.of is not None else manager
        if self.world.library_guard(guard):
            error = self.world.open_error(guard)
            if error is not None:
                yield Step("raise", error, state.with_event(Refusal(guard)), node, frame.module)
                return
            for step in inside(manager, replace(state, guards=(*state.guards, guard))):
                yield replace(step, state=replace(step.state, guards=state.guards))
        elif isinstance(manager, Later) and isinstance(manager.of, Func):
            yield from self._managed(manager, manager.of, inside, (frame.module, node, frame), state)
        elif isinstance(manager, Obj) and isinstance(manager.of, Class):
            yield from self._object_context(manager, node, frame, state, inside)
        elif isinstance(manager, Obj) and str(getattr(manager.of, "name", "")).endswith("suppress"):
            yield from self._suppressed(manager, inside(NONE, state))
        else:
            yield from inside(manager, state)

    def _managed(self, later: Later, func: Func, inside: Inside, at: At, state: State) -> Iterator[Step]:
        """A function made a context manager: the block runs where it yields."""

        def block(after: State) -> Iterator[Step]:
            for step in inside(Unknown("entered"), after):
                if step.kind in ("next", "raise"):
                    yield replace(step, kind="value") if step.kind == "next" else step
                else:
                    yield replace(step, kind=LEAVES + step.kind)

        for step in self.run(func, later.args, later.kwargs, later.key, at, state, block):
            kind = "next" if step.kind == "value" else step.kind.removeprefix(LEAVES)
            yield replace(step, kind=kind)

    def _suppressed(self, manager: Obj, steps: Iterator[Step]) -> Iterator[Step]:
        for step in steps:
            caught = step.kind == "raise" and isinstance(step.value, Error) and self._is_suppressed(manager, step.value)
            yield Step("next", NONE, step.state) if caught else step

    def _is_suppressed(self, manager: Obj, error: Error) -> bool:
        kinds = [a for a in manager.args if isinstance(a, Kind)]
        if error.of is None:
            return any(self._outage(k) for k in kinds)
        return any(self.is_a(error.of, k.of) for k in kinds)

    def _object_context(self, manager: Obj, node: With, frame: Frame, state: State, inside: Inside) -> Iterator[Step]:
        """`with obj:` of a class of the repository: its __enter__, the block, its __exit__."""
        at = (frame.module, node, frame)
        names = ("__aenter__", "__aexit__") if isinstance(node, ast.AsyncWith) else ("__enter__", "__exit__")
        is_guard = self.world.is_guard(manager)
        for entered in self._method_of(manager, names[0], (), at, state):
            if entered.kind != "value":
                yield entered
                continue
            inner = replace(entered.state, guards=(*state.guards, manager)) if is_guard else entered.state
            for step in inside(entered.value, inner):
                after = replace(step.state, guards=state.guards)
                yield from self._left(manager, names[1], replace(step, state=after), at)

    def _left(self, manager: Obj, name: str, step: Step, at: At) -> Iterator[Step]:
        failed = step.kind == "raise"
        error = step.value if isinstance(step.value, Error) else Error()
        kind = Kind(error.of) if error.of is not None else Unknown("exc_type", None, (error,))
        args: tuple[Value, ...] = (
            kind if failed else NONE,
            error if failed else NONE,
            Unknown("tb") if failed else NONE,
        )
        before = step.state
        inside = before.put(0, ("true", kind), Const(True)) if isinstance(kind, Unknown) and failed else before
        for out in self._method_of(manager, name, args, at, inside):
            if out.kind != "value":
                yield out
            elif failed and self.truth(out.value, out.state) is True:
                yield Step("next", NONE, out.state)
            else:
                yield replace(step, state=out.state)

    def _method_of(self, obj: Obj, name: str, args: Args, at: At, state: State) -> Iterator[Step]:
        method = self.repo.names.method(obj.of, name) if isinstance(obj.of, Class) else None
        if method is None:
            yield value(NONE if args else obj, state)
            return
        steps = self.apply(self._as_func(method, obj), args, (), at, state)
        yield from self.forced(steps, at)


def _as_load(target: ast.expr) -> ast.expr:
    match target:
        case ast.Name():
            return ast.Name(target.id, ast.Load())
        case ast.Attribute():
            return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
        case ast.Subscript():
            return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target
