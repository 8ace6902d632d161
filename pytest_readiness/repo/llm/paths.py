"""What does a function do when the model is away? Its statements are walked with the call failing or the handle None.

Tests whose outcome is known (of the handle, of names with a known value) take one branch, all others both. Every way
through the function ends in an `Ending`. Values are followed only as far as a test of them could matter.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property

from pytest_readiness.repo.modules import Function, FunctionNode, argument, call_name, constant, dotted

STATES, FEW = 48, 4
"""Most ways followed side by side, at first and once many statements were walked; further ones are dropped."""
MANY, PATIENCE = 800, 6000
"""Statements walked before only few ways are followed, and before the rest of a function is not looked at."""
MUTATORS = frozenset({"append", "extend", "insert", "update", "setdefault", "add", "appendleft"})
_READY = ("available", "ready", "enabled", "healthy", "configured", "connected", "active")


@dataclass(frozen=True)
class Fact:
    """What is known of a value: a constant, or (`constant` is None and `known` False) only that it is truthy."""

    truth: bool
    is_none: bool = False
    telling: bool = False
    """It says whether the model answered: a test of it decides between answer and fallback."""


NONE, TRUTHY = Fact(False, is_none=True), Fact(True)
ABSENT = Fact(False, is_none=True, telling=True)


@dataclass(frozen=True)
class Write:
    """An expression that is assigned to a name, or put into what the name holds, by a statement."""

    value: ast.expr
    statement: ast.stmt


@dataclass(frozen=True)
class State:
    """One way so far."""

    facts: dict[str, Fact] = field(default_factory=dict)
    writes: dict[str, tuple[Write, ...]] = field(default_factory=dict)
    failed: bool = False
    """The model was asked in vain."""
    decided: bool = False
    """A test chose the way without the model."""
    yielded: tuple[ast.expr, ...] = ()
    error: str = ""
    """Name under which the exception that is being handled is known."""

    @property
    def key(self) -> tuple[object, ...]:
        writes = tuple((n, tuple(id(w.value) for w in ws)) for n, ws in self.writes.items())
        return tuple(self.facts.items()), writes, self.failed, self.decided, self.yielded, self.error

    def bind(self, name: str, fact: Fact | None, write: Write | None) -> State:
        """The name assigned anew."""
        facts = {k: v for k, v in self.facts.items() if k != name and not k.startswith(f"{name}.")}
        writes = {k: v for k, v in self.writes.items() if k != name}
        if fact is not None:
            facts[name] = fact
        if write is not None:
            writes[name] = (write,)
        return replace(self, facts=facts, writes=writes)

    def put_into(self, name: str, write: Write) -> State:
        """Something put into what the name holds."""
        facts = {k: v for k, v in self.facts.items() if k != name}
        return replace(self, facts=facts, writes={**self.writes, name: (*self.writes.get(name, ()), write)})


@dataclass(frozen=True, eq=False)
class Ending:
    """How one way ends: `kind` is return, end (of the body) or raise; `value` what is returned or raised."""

    kind: str
    function: Function
    node: ast.AST
    value: ast.expr | None
    state: State


@dataclass(frozen=True)
class _Step:
    """One way after a statement: `kind` is next, return, raise, break or continue."""

    kind: str
    state: State
    node: ast.AST | None = None
    value: ast.expr | None = None


@dataclass
class World:
    """What the walk asks about expressions and handlers.

    `hits` are nodes whose evaluation fails; `asks` are further calls of the model, which fail once one has failed;
    `given` are nodes whose value is known. `is_handle(function, node)` and `catches(function, handler, raised)` tell of
    the handle and of exception handlers; `raised` is the raised expression, None for the model's own failure. `method`
    is the repository's function that a call runs, `definitions` what is assigned to an attribute of the object.
    """

    is_handle: Callable[[Function, ast.expr], bool]
    catches: Callable[[Function, ast.ExceptHandler, ast.expr | None], bool]
    method: Callable[[Function, ast.Call], Function | None]
    definitions: Callable[[Function, ast.Attribute], list[tuple[Function, ast.expr]]]
    absent: bool
    hits: frozenset[ast.AST] = frozenset()
    asks: frozenset[ast.AST] = frozenset()
    given: dict[ast.AST, Fact] = field(default_factory=dict)


class Walk:
    """The walk over one function; `endings` are its ways, `executed` the statements that ran on any of them."""

    def __init__(self, function: Function, world: World, depth: int = 3) -> None:
        self.function, self._world, self._depth = function, world, depth
        self.executed: set[ast.stmt] = set()
        self._last: set[str] = set()
        self._spent = 0
        self.is_generator = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in function.own_nodes)
        self.endings = [self._ending(s) for s in self._block(function.node.body, [State()])]

    @cached_property
    def written(self) -> dict[str, list[Write]]:
        """Name -> executed statements that assign to it or put something into what it holds."""
        found: dict[str, list[Write]] = {}
        for statement in self.executed:
            for target, value in _written_by(statement):
                for name in _names_of(target):
                    found.setdefault(name, []).append(Write(value, statement))
        return found

    def _ending(self, step: _Step) -> Ending:
        kind = {"return": "return", "raise": "raise"}.get(step.kind, "end")
        return Ending(kind, self.function, step.node or self.function.node, step.value, step.state)

    # statements

    def _block(self, body: list[ast.stmt], states: list[State]) -> list[_Step]:
        done: list[_Step] = []
        for statement in body:
            following: list[State] = []
            for state in states:
                for step in self._statement(statement, state):
                    if step.kind == "next":
                        following.append(step.state)
                    else:
                        done.append(step)
            states = _distinct(following, STATES if self._spent < MANY else FEW)
            if not states:
                break
        return _distinct_steps([*done, *(_Step("next", s) for s in states)])

    def _statement(self, node: ast.stmt, state: State) -> list[_Step]:
        self.executed.add(node)
        self._spent += 1
        if self._spent > PATIENCE:
            return [_Step("next", state)]
        if any(self._fails(e, state) for e in _expressions(node)):
            return [_Step("raise", replace(state, failed=True), node)]
        match node:
            case ast.Return():
                return self._return(node, state)
            case ast.Raise():
                return [_Step("raise", state, node, node.exc)]
            case ast.Break():
                return [_Step("break", state)]
            case ast.Continue():
                return [_Step("continue", state)]
            case ast.If():
                return self._if(node, state)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, state)
            case ast.Try() | ast.TryStar():
                return self._try(node, state)
            case ast.With() | ast.AsyncWith():
                return self._with(node, state)
            case ast.Match():
                return self._match(node, state)
        return [_Step("next", self._simple(node, state))]

    def _return(self, node: ast.Return, state: State) -> list[_Step]:
        value, state = self._chosen(node.value, state)
        return [_Step("return", state, node, value)]

    def _chosen(self, node: ast.expr | None, state: State) -> tuple[ast.expr | None, State]:
        """The part of `a or b`, `a if c else b` that known facts choose."""
        inner = node.value if isinstance(node, ast.Await) else node
        match inner:
            case ast.IfExp():
                fact = self._fact(inner.test, state)
                if fact is not None:
                    state = _told(state, fact)
                    return self._chosen(inner.body if fact.truth else inner.orelse, state)
            case ast.BoolOp(op=ast.Or(), values=[first, *rest]):
                fact = self._fact(first, state)
                if fact is not None and not fact.truth:
                    return self._chosen(rest[0] if len(rest) == 1 else ast.BoolOp(ast.Or(), rest), _told(state, fact))
        return node, state

    def _simple(self, node: ast.stmt, state: State) -> State:
        match node:
            case ast.Assign():
                for target in node.targets:
                    state = self._assign(target, node.value, node, state)
            case ast.AnnAssign(value=ast.expr() as value):
                state = self._assign(node.target, value, node, state)
            case ast.AugAssign():
                state = self._put(node.target, node.value, node, state)
            case ast.Expr(value=ast.Yield(value=ast.expr() as value) | ast.YieldFrom(value=value)):
                world = self._world
                away = (
                    state.failed or (state.decided and (world.absent or world.given)) or not (world.hits or world.given)
                )
                state = replace(state, yielded=(*state.yielded, value)) if away else state
            case ast.Expr(value=ast.Call() as call):
                state = self._mutated(call, node, state)
        return state

    def _assign(self, target: ast.expr, value: ast.expr, node: ast.stmt, state: State) -> State:
        if isinstance(target, ast.Tuple | ast.List):
            pairs = _paired(target, value)
            for element, part in pairs:
                state = self._assign(element, part, node, state)
            return state
        if isinstance(target, ast.Subscript):
            return self._put(target.value, value, node, state, target)
        name = dotted(target.value if isinstance(target, ast.Starred) else target)
        if name is None:
            return state
        chosen, state = self._chosen(value, state)
        state = state.bind(name, self._fact(value, state), Write(chosen or value, node))
        owner = name.partition(".")[0]
        inner = owner != name and owner in state.writes
        return state.put_into(owner, Write(chosen or value, node)) if inner else state

    def _put(
        self, target: ast.expr, value: ast.expr, node: ast.stmt, state: State, entry: ast.Subscript | None = None
    ) -> State:
        name = dotted(_root(target))
        if name is None:
            return state
        written = ast.Dict([entry.slice], [value]) if entry is not None else value
        return state.put_into(name, Write(written, node))

    def _mutated(self, call: ast.Call, node: ast.stmt, state: State) -> State:
        if call_name(call) not in MUTATORS or not isinstance(call.func, ast.Attribute):
            return state
        keywords = [k for k in call.keywords if k.arg]
        given = [
            *call.args,
            *([ast.Dict([ast.Constant(k.arg) for k in keywords], [k.value for k in keywords])] if keywords else []),
        ]
        for value in given:
            state = self._put(call.func.value, value, node, state)
        return state

    def _if(self, node: ast.If, state: State) -> list[_Step]:
        fact = self._fact(node.test, state)
        if fact is None:
            return [*self._block(node.body, [state]), *self._block(node.orelse, [state])]
        return self._block(node.body if fact.truth else node.orelse, [_told(state, fact)])

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, state: State) -> list[_Step]:
        """Two rounds, the second taken for the last one. A `range` is taken to have at least one round."""
        test = self._fact(node.test, state) if isinstance(node, ast.While) else None
        if test is not None and not test.truth:
            return self._block(node.orelse, [_told(state, test)])
        endless = isinstance(node, ast.While) and test is not None
        some = not isinstance(node, ast.While) and _has_rounds(node.iter)
        ended, entering, done = ([] if some or endless else [state]), [state], []
        for last in (False, True) if self._spent < MANY else (True,):
            steps = self._round(node, entering, last)
            done += [s for s in steps if s.kind in ("return", "raise")]
            broken = [s.state for s in steps if s.kind == "break"]
            done += [_Step("next", s) for s in broken]
            entering = _distinct([s.state for s in steps if s.kind in ("next", "continue")])
            if last or not _counts(node):
                ended += entering
        after = [] if endless else self._block(node.orelse, _distinct(ended))
        return [*done, *after]

    def _round(self, node: ast.For | ast.AsyncFor | ast.While, states: list[State], last: bool) -> list[_Step]:
        name = "" if isinstance(node, ast.While) else dotted(node.target) or ""
        if isinstance(node, ast.While):
            return self._block(node.body, states)
        bound = [s.bind(name, None, Write(node.iter, node)) for s in states] if name else states
        counter = name if _counts(node) else ""
        self._last = (self._last | {counter}) if last and counter else self._last - {counter}
        self._counters = self._counters | {counter} if counter else self._counters
        return self._block(node.body, bound)

    _counters: frozenset[str] = frozenset()

    def _try(self, node: ast.Try | ast.TryStar, state: State) -> list[_Step]:
        steps = self._block(node.body, [state])
        done: list[_Step] = []
        for step in steps:
            if step.kind == "raise":
                done += self._handled(node, step)
            elif step.kind == "next":
                done += self._block(node.orelse, [step.state])
            else:
                done.append(step)
        return self._finally(node, _distinct_steps(done))

    def _handled(self, node: ast.Try | ast.TryStar, step: _Step) -> list[_Step]:
        for handler in node.handlers:
            if self._world.catches(self.function, handler, step.value):
                state = step.state
                if handler.name:
                    state = replace(state.bind(handler.name, TRUTHY, None), error=handler.name)
                steps = self._block(handler.body, [state])
                return [_again(s, step) if s.kind == "raise" and s.value is None else s for s in steps]
        return [step]

    def _finally(self, node: ast.Try | ast.TryStar, steps: list[_Step]) -> list[_Step]:
        if not node.finalbody:
            return steps
        done: list[_Step] = []
        for step in steps:
            for last in self._block(node.finalbody, [step.state]):
                done.append(replace(step, state=last.state) if last.kind == "next" else last)
        return done

    def _with(self, node: ast.With | ast.AsyncWith, state: State) -> list[_Step]:
        for item in node.items:
            if item.optional_vars is not None:
                state = self._assign(item.optional_vars, item.context_expr, node, state)
        steps = self._block(node.body, [state])
        suppressed = [h for i in node.items if (h := _suppressing(i.context_expr)) is not None]
        return [self._let_go(s, suppressed) for s in steps]

    def _let_go(self, step: _Step, suppressed: list[ast.ExceptHandler]) -> _Step:
        """What `contextlib.suppress` around a block makes of a raise."""
        caught = step.kind == "raise" and any(self._world.catches(self.function, h, step.value) for h in suppressed)
        return replace(step, kind="next") if caught else step

    def _match(self, node: ast.Match, state: State) -> list[_Step]:
        steps = [s for case in node.cases for s in self._block(case.body, [state])]
        whole = any(
            isinstance(c.pattern, ast.MatchAs) and c.pattern.pattern is None and not c.guard for c in node.cases
        )
        return steps if whole else [*steps, _Step("next", state)]

    # expressions

    def _fails(self, node: ast.expr, state: State) -> bool:
        """Whether evaluating the expression asks the model in vain."""
        fatal = self._world.hits | (self._world.asks if state.failed or self._world.absent else frozenset())
        return any(part in fatal for part in self._evaluated(node, state))

    def _evaluated(self, node: ast.expr, state: State) -> Iterator[ast.AST]:
        """The parts of an expression that are evaluated, as far as known facts decide."""
        todo: list[ast.AST] = [node]
        while todo:
            part = todo.pop()
            yield part
            if isinstance(part, ast.IfExp) and (fact := self._fact(part.test, state)) is not None:
                todo += [part.test, part.body if fact.truth else part.orelse]
            elif isinstance(part, ast.BoolOp):
                todo += self._reached_operands(part, state)
            else:
                todo += ast.iter_child_nodes(part)

    def _reached_operands(self, node: ast.BoolOp, state: State) -> list[ast.expr]:
        reached: list[ast.expr] = []
        for value in node.values:
            reached.append(value)
            fact = self._fact(value, state)
            if fact is not None and fact.truth is isinstance(node.op, ast.Or):
                break
        return reached

    def _fact(self, node: ast.expr, state: State) -> Fact | None:
        """What is known of the expression's value."""
        if node in self._world.given:
            return self._world.given[node]
        match node:
            case ast.Constant():
                return Fact(bool(node.value), is_none=node.value is None)
            case ast.Await() | ast.NamedExpr():
                return self._fact(node.value, state)
            case ast.UnaryOp(op=ast.Not()):
                fact = self._fact(node.operand, state)
                return fact and Fact(not fact.truth, telling=fact.telling)
            case ast.BoolOp():
                return self._bool_op(node, state)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compared(left, op, right, state)
            case ast.Dict(keys=items) | ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                return Fact(bool(items))
            case ast.Name() | ast.Attribute() | ast.Subscript() | ast.Call():
                return self._looked_up(node, state)
        return None

    def _bool_op(self, node: ast.BoolOp, state: State) -> Fact | None:
        facts = [self._fact(v, state) for v in node.values]
        decisive = isinstance(node.op, ast.Or)
        for fact in facts:
            if fact is not None and fact.truth is decisive:
                return fact
        if all(f is not None for f in facts):
            return Fact(not decisive, telling=any(f.telling for f in facts if f))
        return None

    def _compared(self, left: ast.expr, op: ast.cmpop, right: ast.expr, state: State) -> Fact | None:
        if (
            isinstance(right, ast.Constant)
            and right.value is None
            and isinstance(op, ast.Is | ast.Eq | ast.IsNot | ast.NotEq)
        ):
            fact = self._fact(left, state)
            if fact is None or (not fact.truth and not fact.is_none and not fact.telling):
                return None if fact is None else Fact(isinstance(op, ast.IsNot | ast.NotEq))
            return Fact(fact.is_none is isinstance(op, ast.Is | ast.Eq), telling=fact.telling)
        names = {n.id for n in ast.walk(left) if isinstance(n, ast.Name)} & self._counters
        if not names or (isinstance(right, ast.Constant) and right.value in (0, 1)):
            return None
        is_last = bool(names & self._last)
        if isinstance(op, ast.Eq | ast.GtE | ast.Gt):
            return Fact(is_last)
        return Fact(not is_last) if isinstance(op, ast.Lt | ast.NotEq | ast.LtE) else None

    def _looked_up(self, node: ast.expr, state: State) -> Fact | None:
        name = dotted(node)
        if name is not None and name in state.facts:
            return state.facts[name]
        if self._world.is_handle(self.function, node):
            return ABSENT if self._world.absent else Fact(True, telling=True)
        if isinstance(node, ast.Call):
            return self._called(node, state)
        return self._defined(node) if isinstance(node, ast.Attribute) else None

    def _called(self, node: ast.Call, state: State) -> Fact | None:
        """`bool(x)`, a question to the handle (`llm.is_available()`), a method that only tests the handle."""
        if call_name(node) == "bool" and len(node.args) == 1:
            return self._fact(node.args[0], state)
        if self._asks_readiness(node):
            return Fact(not self._world.absent, telling=True)
        method = self._world.method(self.function, node) if self._depth > 0 else None
        return self._tested_by(method) if method is not None and method is not self.function else None

    def _asks_readiness(self, node: ast.Call) -> bool:
        asked = node.func.value if isinstance(node.func, ast.Attribute) else None
        ready = asked is not None and any(word in call_name(node) for word in _READY)
        return ready and asked is not None and self._world.is_handle(self.function, asked)

    def _defined(self, node: ast.Attribute) -> Fact | None:
        """What an attribute holds, where each assignment to it says the same: `self.on = llm is not None`."""
        facts = []
        for method, value in self._world.definitions(self.function, node) if self._depth > 0 else []:
            there = copy(self)
            there.function, there._depth = method, self._depth - 1
            facts.append(there._fact(value, State()))
        known = [f for f in facts if f is not None]
        same = bool(known) and len(known) == len(facts) and len({f.truth for f in known}) == 1
        return (
            replace(known[0], telling=any(f.telling for f in known)) if same and any(f.telling for f in known) else None
        )

    def _tested_by(self, method: Function) -> Fact | None:
        """The truth of all that a small method may return."""
        if len(method.own_nodes) > 60:
            return None
        walk = Walk(method, replace(self._world, hits=frozenset(), given={}), self._depth - 1)
        facts = [
            walk._fact(e.value, e.state) if e.value is not None else NONE for e in walk.endings if e.kind != "raise"
        ]
        known = [f for f in facts if f is not None]
        if not known or len(known) < len(facts) or len({f.truth for f in known}) > 1:
            return None
        return Fact(
            known[0].truth,
            known[0].is_none,
            any(f.telling for f in known) or any(e.state.decided for e in walk.endings),
        )


def _written_by(statement: ast.stmt) -> Iterator[tuple[ast.expr, ast.expr]]:
    """What a statement writes to, and the value."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            yield from ((t, value) for t in targets)
        case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.AugAssign(target=target, value=value):
            yield target, value
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=root, attr=attr)) as call) if attr in MUTATORS:
            yield root, call


def _names_of(target: ast.expr) -> set[str]:
    if isinstance(target, ast.Tuple | ast.List):
        return {n for e in target.elts for n in _names_of(e)}
    while isinstance(target, ast.Subscript | ast.Starred):
        target = target.value
    return {dotted(target) or ""}


def _told(state: State, fact: Fact) -> State:
    return replace(state, decided=True) if fact.telling else state


def _again(step: _Step, first: _Step) -> _Step:
    """A bare `raise`: the exception that is being handled goes on."""
    return replace(step, value=first.value)


def _expressions(node: ast.stmt) -> list[ast.expr]:
    """The expressions that a statement itself evaluates, blocks and nested definitions left out."""
    if isinstance(node, FunctionNode | ast.ClassDef):
        return []
    children: Iterable[ast.AST] = ast.iter_child_nodes(node)
    if isinstance(node, ast.With | ast.AsyncWith):
        children = [i.context_expr for i in node.items]
    return [c for c in children if isinstance(c, ast.expr)]


def _paired(target: ast.Tuple | ast.List, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
        return list(zip(target.elts, value.elts, strict=True))
    return [(element, value) for element in target.elts]


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


def _has_rounds(node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return bool(node.elts)
    return isinstance(node, ast.Call) and call_name(node) == "range" and constant(argument(node, "stop", 0)) != 0


def _counts(node: ast.stmt) -> bool:
    """A loop over range or enumerate: its variable tells which round is the last."""
    return isinstance(node, ast.For) and isinstance(node.iter, ast.Call) and call_name(node.iter) == "range"


def _suppressing(node: ast.expr) -> ast.ExceptHandler | None:
    """The handler that `suppress(A, B)` stands for."""
    if not isinstance(node, ast.Call) or call_name(node) != "suppress" or not node.args:
        return None
    return ast.ExceptHandler(type=ast.Tuple(list(node.args), ast.Load()), name=None, body=[])


def _distinct(states: list[State], limit: int = STATES) -> list[State]:
    """Each way once, as many as may be followed; where they are few anyway nothing is compared."""
    return list({s.key: s for s in states}.values())[:limit] if len(states) > 1 else states


def _distinct_steps(steps: list[_Step]) -> list[_Step]:
    return list({(s.kind, id(s.node), id(s.value), s.state.key): s for s in steps}.values())[: 2 * STATES]
