"""Data flow inside one function: where does data from given places get to?

A forward walk over the statements in order, so that a name that is assigned anew no longer carries the old data.
Branches are joined, loops walked until nothing new is found. Data flows through assignment, unpacking, subscripts,
attribute access, calls with it as argument or receiver, loops over it, and containers it is put into. Testing it
(`not x`, a comparison, bool()) is no flow; what a `cleans` call returns is clean. Two names for one container are two
containers.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pytest_readiness.repo.modules import Function, FunctionNode, call_name, dotted

MUTATORS = frozenset(
    {"append", "appendleft", "add", "extend", "insert", "update", "setdefault", "put", "put_nowait", "push", "write"}
)
TESTS = frozenset({"bool", "isinstance", "hasattr", "callable", "issubclass"})
State = frozenset[str]


@dataclass
class Flow:
    """The walk over one function.

    `seed(node)` says which expressions the data comes from; `names` are names (or `self.x`) that carry it at entry.
    `cleans(call)` says which calls return clean values whatever goes in,
    `stops(node)` which other expressions do (another field of a record).
    """

    function: Function
    seed: Callable[[ast.expr], bool] = lambda _: False
    names: Iterable[str] = ()
    cleans: Callable[[ast.Call], bool] = lambda _: False
    stops: Callable[[ast.expr], bool] = lambda _: False
    carrying: set[ast.AST] = field(default_factory=set)
    """Expressions that carried the data at least once when they were evaluated."""
    at_exit: State = frozenset()
    """Names and attributes that carry it where the function ends or returns."""

    def __post_init__(self) -> None:
        self._exits: list[State] = []
        self._watched: list[State] = []
        self._inside: dict[str, bool] = {}
        end = self._block(self.function.node.body, frozenset(self.names))
        self.at_exit = frozenset().union(end, *self._exits)

    def carries(self, node: ast.AST | None) -> bool:
        """Whether the expression carried the data when it was evaluated."""
        return node in self.carrying

    @property
    def returned(self) -> list[ast.AST]:
        """Return statements and yield expressions whose value carries the data."""
        kinds = (ast.Return, ast.Yield, ast.YieldFrom)
        return [n for n in self.function.own_nodes if isinstance(n, kinds) and self.carries(n.value)]

    def _block(self, body: list[ast.stmt], state: State) -> State:
        """What carries the data after the block. Try bodies around it take note of each step: any may raise."""
        for statement in body:
            state = self._after_walrus(self._statement(statement, state))
            self._watched = [w | state for w in self._watched]
            if isinstance(statement, ast.Return | ast.Raise | ast.Continue | ast.Break):
                self._exits += [state] if isinstance(statement, ast.Return) else []
                return state if isinstance(statement, ast.Continue | ast.Break) else frozenset()
        return state

    def _statement(self, node: ast.stmt, state: State) -> State:
        match node:
            case ast.Assign():
                return self._assign(node.targets, node.value, state)
            case ast.AnnAssign(value=ast.expr() as value):
                return self._assign([node.target], value, state)
            case ast.AugAssign():
                carried = self._any([node.value, node.target], state)
                return self._bind(node.target, carried, state) if carried else state
            case ast.If():
                state = self._tested(node.test, state)
                return self._block(node.body, state) | self._block(node.orelse, state)
            case ast.For() | ast.AsyncFor() | ast.While():
                return self._loop(node, state)
            case ast.With() | ast.AsyncWith():
                return self._with(node, state)
            case ast.Try() | ast.TryStar():
                return self._try(node, state)
            case ast.Match():
                return self._match(node, state)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._nested(node, state)
            case ast.Delete():
                return self._delete(node, state)
            case ast.ClassDef() | ast.Import() | ast.ImportFrom() | ast.Global() | ast.Nonlocal():
                return state
        return self._simple(node, state)

    def _tested(self, test: ast.expr, state: State) -> State:
        """Evaluates a condition: only what it binds by `:=` is left of it."""
        self._expr(test, state)
        return self._after_walrus(state)

    def _after_walrus(self, state: State) -> State:
        """The names that expressions of the statement have bound by `:=` as the names of the state."""
        for name, carried in self._inside.items():
            state = self._bind(ast.Name(name), carried, state)
        self._inside.clear()
        return state

    def _delete(self, node: ast.Delete, state: State) -> State:
        for target in node.targets:
            state = self._bind(target, False, state)
        return state

    def _simple(self, node: ast.stmt, state: State) -> State:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self._expr(child, state)
        return self._mutated(node, state)

    def _mutated(self, node: ast.stmt, state: State) -> State:
        """`items.append(x)` makes items carry what x carries."""
        for call in (n for n in ast.walk(node) if isinstance(n, ast.Call)):
            if call_name(call) in MUTATORS and isinstance(call.func, ast.Attribute):
                receiver = _root(call.func.value)
                if receiver and any(self.carries(a) for a in _arguments(call)):
                    state |= {receiver}
        return state

    def _assign(self, targets: list[ast.expr], value: ast.expr, state: State) -> State:
        self._expr(value, state)
        for target in targets:
            for element, part in _paired(target, value):
                state = self._bind(element, self.carries(part), state)
        return self._mutated(ast.Expr(value), state)

    def _bind(self, target: ast.expr, carried: bool, state: State) -> State:
        if isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                state = self._bind(element, carried, state)
            return state
        if isinstance(target, ast.Starred):
            return self._bind(target.value, carried, state)
        if isinstance(target, ast.Subscript):
            root = _root(target.value)
            return state | {root} if carried and root else state
        name = dotted(target)
        if name is None:
            return state
        if carried:
            return state | {name}
        return frozenset(n for n in state if n != name and not n.startswith(name + "."))

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, state: State) -> State:
        """Rounds until one brings nothing new; each brings a name at least, so that nested loops stay cheap."""
        while True:
            grown = state | self._block(node.body, self._round(node, state))
            if grown == state:
                return state | self._block(node.orelse, state)
            state = grown

    def _round(self, node: ast.For | ast.AsyncFor | ast.While, state: State) -> State:
        """The state in which a round of the loop starts."""
        if isinstance(node, ast.While):
            return self._tested(node.test, state)
        return self._bind(node.target, self._expr(node.iter, state), state)

    def _with(self, node: ast.With | ast.AsyncWith, state: State) -> State:
        for item in node.items:
            carried = self._expr(item.context_expr, state)
            if item.optional_vars is not None:
                state = self._bind(item.optional_vars, carried, state)
        return self._block(node.body, state)

    def _try(self, node: ast.Try | ast.TryStar, state: State) -> State:
        self._watched.append(state)
        body = self._block(node.body, state)
        reached = self._watched.pop()
        done = self._block(node.orelse, body)
        for handler in node.handlers:
            done |= self._block(handler.body, self._bind(ast.Name(handler.name or ""), False, reached))
        return self._block(node.finalbody, done)

    def _match(self, node: ast.Match, state: State) -> State:
        carried = self._expr(node.subject, state)
        done = state
        for case in node.cases:
            inner = state | _captured(case.pattern) if carried else state - _captured(case.pattern)
            done |= self._block(case.body, self._tested(case.guard, inner) if case.guard else inner)
        return done

    def _nested(self, node: FunctionNode, state: State) -> State:
        """A nested function carries the data when what it returns does."""
        names = state - _parameters(node.args)
        inner = Flow(Function(self.function.module, node), self.seed, names, self.cleans, self.stops)
        self.carrying |= inner.carrying
        return state | {node.name} if inner.returned else state - {node.name}

    def _expr(self, node: ast.expr | None, state: State) -> bool:
        if node is None:
            return False
        carried = self._evaluate(node, state) and not self.stops(node)
        if carried or self.seed(node):
            self.carrying.add(node)
            return True
        return False

    def _evaluate(self, node: ast.expr, state: State) -> bool:
        match node:
            case ast.Name():
                return self._name(node.id, state)
            case ast.NamedExpr(target=ast.Name(id=name)):
                self._inside[name] = self._expr(node.value, state)
                return self._inside[name]
            case ast.Attribute():
                self._expr(node.value, state)
                return self._whole(node, state) or self._any_part(dotted(node), state)
            case ast.Call():
                return self._call(node, state)
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                self._children(node, state)
                return False
            case ast.IfExp():
                self._expr(node.test, state)
                return self._any([node.body, node.orelse], state)
            case ast.Subscript():
                self._expr(node.slice, state)
                return self._expr(node.value, state)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
                return self._expr(node.elt, self._comprehension(node.generators, state))
            case ast.DictComp():
                return self._any([node.key, node.value], self._comprehension(node.generators, state))
            case ast.Lambda():
                return self._expr(node.body, state - _parameters(node.args))
        return self._children(node, state)

    def _name(self, name: str, state: State) -> bool:
        if name in self._inside:
            return self._inside[name]
        return name in state or self._any_part(name, state)

    def _any_part(self, name: str | None, state: State) -> bool:
        """Whether an attribute of it carries the data; an object does not for what `self.x` carries."""
        return name not in (None, "self") and any(n.startswith(f"{name}.") for n in state)

    def _whole(self, node: ast.expr, state: State) -> bool:
        """Whether all attributes of the value carry the data, and not just one that was set."""
        if self.seed(node):
            return True
        if isinstance(node, ast.Attribute):
            return not self.stops(node) and ((bool(state) and dotted(node) in state) or self._whole(node.value, state))
        if isinstance(node, ast.Name):
            return not self.stops(node) and self._inside.get(node.id, node.id in state)
        return self.carries(node)

    def _children(self, node: ast.expr, state: State) -> bool:
        return self._any([c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)], state)

    def _any(self, nodes: list[ast.expr], state: State) -> bool:
        """Whether one of them carries the data; each is evaluated, so that all that carry are known."""
        carried = [self._expr(n, state) for n in nodes]
        return any(carried)

    def _call(self, node: ast.Call, state: State) -> bool:
        carried = self._any([node.func, *_arguments(node)], state)
        return carried and call_name(node) not in TESTS and not self.cleans(node)

    def _comprehension(self, generators: list[ast.comprehension], state: State) -> State:
        for generator in generators:
            state = self._bind(generator.target, self._expr(generator.iter, state), state)
            for test in generator.ifs:
                self._expr(test, state)
        return state


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(k.value for k in call.keywords)]


def _parameters(arguments: ast.arguments) -> frozenset[str]:
    return frozenset(n.arg for n in ast.walk(arguments) if isinstance(n, ast.arg))


def _root(node: ast.expr) -> str | None:
    """The name or `self.attribute` that a chain of subscripts and attributes hangs on."""
    while isinstance(node, ast.Subscript):
        node = node.value
    name = dotted(node)
    if name is None:
        return None
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "self" else parts[0]


def _paired(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Each target with what it is given: `a, b = x, y` taken apart."""
    pair = (ast.Tuple, ast.List)
    if not isinstance(target, pair) or not isinstance(value, pair) or len(target.elts) != len(value.elts):
        return [(target, value)]
    if any(isinstance(e, ast.Starred) for e in (*target.elts, *value.elts)):
        return [(target, value)]
    return [p for t, v in zip(target.elts, value.elts, strict=True) for p in _paired(t, v)]


def _captured(pattern: ast.pattern) -> set[str]:
    nodes = list(ast.walk(pattern))
    names = {n.name for n in nodes if isinstance(n, ast.MatchAs | ast.MatchStar)}
    return {n for n in names | {m.rest for m in nodes if isinstance(m, ast.MatchMapping)} if n}
