"""The machine: statements and expressions."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pytest_readiness.repo.imports import Imports
from pytest_readiness.repo.machine import libraries, operators
from pytest_readiness.repo.machine.choices import Choices
from pytest_readiness.repo.machine.objects import Objects
from pytest_readiness.repo.machine.values import (
    Bound,
    Coroutine,
    Ext,
    ExtObj,
    Fn,
    Managed,
    Moment,
    Obj,
    Raised,
    Scope,
    Span,
    Stream,
    Stuck,
    Unknown,
)
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, Site
from pytest_readiness.repo.names import Names

STEPS = 60_000
"""Most statements and expressions of one run."""
FRAMES = 60
"""Most calls within calls."""
ROUNDS = 300
"""Most rounds of one loop."""
START = 1_700_000_000.0
_UNLIKELY = ast.Is | ast.NotEq | ast.NotIn
"""Comparisons that are more often false: what is asked for is there, and is what it should be."""


class _Return(Exception):
    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


@dataclass(eq=False)
class Hooks:
    """What an observer wants to know or to replace; each may stay as it is."""

    make: Callable[[Class, list[object], dict[str, object]], object | None] = lambda *_: None
    """Called before an object of a class of the repository is made; anything but None takes its place."""
    enter: Callable[[object], object | None] = lambda _: None
    """Called when `with` enters a value; anything but None is handed to `leave` in the end."""
    library: Callable[[str, list[object], dict[str, object]], object | None] = lambda *_: None
    """Called before a call of something outside the repository; anything but None is its result."""
    read: Callable[[Obj, str], object | None] = lambda *_: None
    """Called before an attribute that an object holds is read; anything but None is its value."""
    outside: Callable[[str], object | None] = lambda _: None
    """Called with the dotted name of something outside the repository that is read; anything but None is its value."""
    unset: Callable[[Module, Class | None, str, object], object] = lambda *given: given[-1]
    """Called where a name of a module, or an attribute of an object, holds None or ""; it gives the value to read."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A running call. `receiver` is the object whose method runs."""

    function: Function | None
    receiver: object
    scope: Scope | None = None

    def belongs_to(self, obj: object) -> bool:
        """Whether a method of the object runs, or a function that one of its methods has made."""
        scope = self.scope
        while scope is not None and scope.receiver is not obj:
            scope = scope.parent
        return self.receiver is obj or scope is not None


@dataclass(frozen=True, eq=False)
class Compared:
    """A comparison of numbers or times that a run made."""

    module: Module
    node: ast.Compare
    left: object
    right: object
    result: bool


@dataclass(eq=False)
class Trace:
    """What a run has done, in order."""

    compared: list[Compared] = field(default_factory=list)
    stored: list[tuple[Obj, str, Module, ast.AST]] = field(default_factory=list)


@dataclass(eq=False)
class Budget:
    """Steps that several runs share."""

    left: int = STEPS


class Machine(Objects):
    """Runs functions of the repository on paper. `budget` bounds its steps together with those of other runs."""

    def __init__(
        self,
        names: Names,
        imports: Imports,
        choices: Choices,
        hooks: Hooks | None = None,
        budget: Budget | None = None,
    ) -> None:
        super().__init__()
        self._budget = budget or Budget()
        self.names, self.imports, self.choices, self.hooks = names, imports, choices, hooks or Hooks()
        self.clock: float = START
        self.trace = Trace()
        self.frames: list[Frame] = []
        self.tries = 0
        """How many bodies of `try` with handlers run now, one inside the other."""
        self._steps = 0
        self._handled: list[Raised] = []

    # Entry points

    def evaluate(self, module: Module, node: ast.expr) -> object:
        """The value of an expression as it stands at the top of its module."""
        try:
            return self.expr(node, self.module_scope(module))
        except RecursionError as error:
            raise Stuck("nested too deeply") from error

    def await_(self, value: object) -> object:
        """The result of an awaitable; a value that is none is its own result."""
        while isinstance(value, Coroutine):
            value = value.run()
        return value

    def finish(self, value: object) -> object:
        """Awaits a result, and iterates over it to the end where it is a stream."""
        value = self.await_(value)
        if isinstance(value, Stream):
            value.run(lambda _: None)
            return Unknown()
        return value

    def truth(self, value: object, node: ast.AST, first: bool = True) -> bool:
        """Whether a value is true; a choice where that is not known."""
        known = self.known_truth(value)
        if known is not None:
            return known
        return self.choices.decide(node, first is not (isinstance(value, Unknown) and value.negated))

    def known_truth(self, value: object) -> bool | None:
        if isinstance(value, Unknown):
            return None
        if isinstance(value, Obj):
            for name in ("__bool__", "__len__"):
                method = self.names.method(value.cls, name)
                if method is not None:
                    return self.known_truth(self.call(self.attribute(value, name), [], {}))
            return True
        if isinstance(value, Span):
            return value.seconds != 0
        plain = (bool, int, float, str, bytes, list, dict, set, frozenset, tuple, deque, type(None))
        return bool(value) if isinstance(value, plain) else True

    @contextmanager
    def frame(self, function: Function | None, receiver: object, scope: Scope | None = None) -> Iterator[None]:
        """A call that runs; an observer puts its own here too."""
        if len(self.frames) >= FRAMES:
            raise Stuck("too many calls within calls")
        self.frames.append(Frame(function, receiver, scope))
        try:
            yield
        finally:
            self.frames.pop()

    def raised(self, name: str, site: Site | None = None) -> Raised:
        """An exception of Python's own."""
        return Raised(ExtObj(f"builtins.{name}"), site)

    def run_body(self, fn: Fn, scope: Scope) -> object:
        """Runs a function's body in a scope whose parameters are bound."""
        if isinstance(fn.node, ast.Lambda):
            return self.expr(fn.node.body, scope)
        function = fn.scope.module.function_of(fn.node)
        with self.frame(function, scope.receiver, scope):
            try:
                self.block(fn.node.body, scope)
            except _Return as done:
                return done.value
            except RecursionError as error:
                raise Stuck("nested too deeply") from error
        return None

    # Statements

    def block(self, body: Iterable[ast.stmt], scope: Scope) -> None:
        for statement in body:
            self.statement(statement, scope)

    def _step(self) -> None:
        self._steps += 1
        self._budget.left -= 1
        if self._steps > STEPS or self._budget.left < 0:
            raise Stuck("too many steps")

    def statement(self, node: ast.stmt, scope: Scope) -> None:  # noqa: C901, PLR0912 - one case for each statement
        self._step()
        match node:
            case ast.Expr():
                self.expr(node.value, scope)
            case ast.Return():
                raise _Return(self.expr(node.value, scope) if node.value else None)
            case ast.Assign():
                self._assign(node, scope)
            case ast.AnnAssign():
                if node.value is not None:
                    self.store(node.target, self.expr(node.value, scope), scope, self.site(node.value, scope), node)
            case ast.AugAssign():
                self._augment(node, scope)
            case ast.If():
                self.block(node.body if self._test(node.test, scope) else node.orelse, scope)
            case ast.For() | ast.AsyncFor():
                self._for(node, scope)
            case ast.While():
                self._while(node, scope)
            case ast.With() | ast.AsyncWith():
                self._with(node, list(node.items), scope)
            case ast.Try() | ast.TryStar():
                self._try(node, scope)
            case ast.Raise():
                self._raise(node, scope)
            case ast.Break():
                raise _Break
            case ast.Continue():
                raise _Continue
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                scope.vars[node.name] = self.decorated(Fn(node, scope), scope)
            case ast.ClassDef():
                scope.vars[node.name] = scope.module.class_of(node)
            case ast.Import() | ast.ImportFrom():
                self._import(node, scope)
            case ast.Match():
                self._match(node, scope)
            case ast.Assert():
                if not self._test(node.test, scope):
                    raise self.raised("AssertionError", scope.module.at(node))
            case ast.Delete():
                for target in node.targets:
                    self._delete(target, scope)

    def _test(self, node: ast.expr, scope: Scope) -> bool:
        return self.truth(self.expr(node, scope), node)

    def _assign(self, node: ast.Assign, scope: Scope) -> None:
        value = self.expr(node.value, scope)
        for target in node.targets:
            self.store(target, value, scope, self.site(node.value, scope), node)

    def _augment(self, node: ast.AugAssign, scope: Scope) -> None:
        load = _loaded(node.target)
        value = self._binary(node.op, self.expr(load, scope), self.expr(node.value, scope), node, scope)
        self.store(node.target, value, scope, scope.module.at(node), node)

    def store(self, target: ast.expr, value: object, scope: Scope, site: Site, node: ast.AST) -> None:
        """Binds a target to a value; `site` is where the value was written, `node` the statement that stores it."""
        match target:
            case ast.Name():
                holder = self._binder(target.id, scope)
                holder.vars[target.id], holder.sites[target.id] = value, site
            case ast.Attribute():
                owner = self.expr(target.value, scope)
                self.set_attribute(owner, target.attr, value, site)
                if isinstance(owner, Obj):
                    self.trace.stored.append((owner, target.attr, scope.module, node))
            case ast.Subscript():
                self._set_item(self.expr(target.value, scope), self.expr(target.slice, scope), value)
            case ast.Tuple() | ast.List():
                parts = self._parts(value, len(target.elts))
                for index, (element, part) in enumerate(zip(target.elts, parts, strict=True)):
                    self.store(element, part, scope, self._part_site(site, node, index, scope), node)
            case ast.Starred():
                self.store(target.value, value, scope, site, node)

    def _part_site(self, site: Site, node: ast.AST, index: int, scope: Scope) -> Site:
        """Where one part of `a, b = x, y` was written."""
        written = node.value if isinstance(node, ast.Assign) else None
        if isinstance(written, ast.Tuple | ast.List) and index < len(written.elts):
            return self.site(written.elts[index], scope)
        return site

    def _parts(self, value: object, count: int) -> list[object]:
        if isinstance(value, tuple | list) and len(value) == count:
            return list(value)
        return [Unknown() for _ in range(count)]

    def _binder(self, name: str, scope: Scope) -> Scope:
        """The scope that an assignment binds the name in: `global` and `nonlocal` say another one."""
        node = scope.node
        if not isinstance(node, FunctionNode):
            return scope
        function = scope.module.function_of(node)
        for statement in function.own_nodes:
            if isinstance(statement, ast.Global) and name in statement.names:
                return self.module_scope(scope.module)
            if isinstance(statement, ast.Nonlocal) and name in statement.names and scope.parent:
                return scope.parent.holder(name) or scope
        return scope

    def _set_item(self, container: object, key: object, value: object) -> None:
        if isinstance(container, dict | list | deque):
            self.plainly(container.__setitem__, key, value)
        elif isinstance(container, Obj):
            self._method(container, "__setitem__", [key, value])

    def _delete(self, target: ast.expr, scope: Scope) -> None:
        match target:
            case ast.Name():
                scope.vars.pop(target.id, None)
            case ast.Attribute():
                owner = self.expr(target.value, scope)
                if isinstance(owner, Obj):
                    owner.attrs.pop(target.attr, None)
            case ast.Subscript():
                container, key = self.expr(target.value, scope), self.expr(target.slice, scope)
                if isinstance(container, dict | list | deque) and not isinstance(key, Unknown):
                    self.plainly(container.__delitem__, key)

    # Loops

    def _for(self, node: ast.For | ast.AsyncFor, scope: Scope) -> None:
        def one(value: object) -> None:
            self.store(node.target, value, scope, scope.module.at(node.iter), node)
            try:
                self.block(node.body, scope)
            except _Continue:
                return

        try:
            self.iterate(self.expr(node.iter, scope), one, node)
        except _Break:
            return
        self.block(node.orelse, scope)

    def iterate(self, value: object, each: Callable[[object], None], node: ast.AST) -> None:
        """Runs `each` for every element, as far as they are known; an unknown collection has one or none."""
        value = self.await_(value)
        if isinstance(value, Stream):
            value.run(each)
            return
        found = self.elements(value)
        if found is None:
            if self.choices.decide(node):
                each(_part_of(value))
            return
        for element in found[:ROUNDS]:
            self._step()
            each(element)

    def elements(self, value: object) -> list[object] | None:
        """The elements of a collection; None where they are not known."""
        if isinstance(value, list | tuple | set | frozenset | deque | str | dict):
            return list(value)
        if isinstance(value, range):
            return list(value[:ROUNDS])
        if isinstance(value, Class):
            return list(self.members(value).values())
        if isinstance(value, Obj) and self.names.method(value.cls, "__iter__"):
            return self.elements(self.call(self.attribute(value, "__iter__"), [], {}))
        return None

    def collected(self, value: object, node: ast.AST) -> list[object]:
        """The elements as a list, those of a stream too."""
        found: list[object] = []
        self.iterate(value, found.append, node)
        return found

    def _while(self, node: ast.While, scope: Scope) -> None:
        for round_ in range(ROUNDS):
            value = self.expr(node.test, scope)
            if self.known_truth(value) is None and round_:
                return
            if not self.truth(value, node.test):
                self.block(node.orelse, scope)
                return
            try:
                self.block(node.body, scope)
            except _Continue:
                continue
            except _Break:
                return
        raise Stuck("a loop that does not end")

    # Context managers

    def _with(self, node: ast.With | ast.AsyncWith, items: list[ast.withitem], scope: Scope) -> None:
        if not items:
            self.block(node.body, scope)
            return
        item = items[0]
        value = self.await_(self.expr(item.context_expr, scope))

        def inside(entered: object) -> None:
            if item.optional_vars is not None:
                self.store(item.optional_vars, entered, scope, scope.module.at(item.context_expr), node)
            self._with(node, items[1:], scope)

        self.within(value, inside, isinstance(node, ast.AsyncWith))

    def within(self, value: object, inside: Callable[[object], None], is_async: bool) -> None:
        """Runs `inside` with what the context manager gives."""
        token = self.hooks.enter(value)
        if isinstance(value, Managed):
            value.stream.run(inside)
        elif isinstance(value, ExtObj) and value.name in libraries.LOCKS:
            self._locked(value, inside)
        elif isinstance(value, ExtObj) and value.name == "contextlib.suppress":
            self._suppressed(value, inside)
        elif isinstance(value, Obj) and self.names.method(value.cls, "__aenter__" if is_async else "__enter__"):
            self._entered(value, inside, is_async)
        elif token is not None:
            with self.frame(None, token):
                inside(value)
        else:
            inside(_part_of(value))

    def _locked(self, lock: ExtObj, inside: Callable[[object], None]) -> None:
        if lock.is_held and not lock.name.endswith("RLock"):
            raise Stuck("a lock is taken twice")
        held, lock.is_held = lock.is_held, True
        try:
            inside(None)
        finally:
            lock.is_held = held

    def _suppressed(self, value: ExtObj, inside: Callable[[object], None]) -> None:
        try:
            inside(None)
        except Raised as raised:
            if not any(self.catches(kind, raised.value) for kind in value.args):
                raise

    def _entered(self, value: Obj, inside: Callable[[object], None], is_async: bool) -> None:
        enter, leave = ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__")
        entered = self.await_(self.call(self.attribute(value, enter), [], {}))
        try:
            with self.frame(self.names.method(value.cls, enter), value):
                inside(entered)
        except Raised as raised:
            given = [self.type_of(raised.value), raised.value, Unknown("traceback")]
            result = self.await_(self._method(value, leave, given))
            if self.known_truth(result) is not True:
                raise
            return
        except (_Return, _Break, _Continue):
            self.await_(self._method(value, leave, [None, None, None]))
            raise
        self.await_(self._method(value, leave, [None, None, None]))

    def _method(self, value: Obj, name: str, args: list[object]) -> object:
        return self.call(self.attribute(value, name), args, {})

    # Exceptions

    def _raise(self, node: ast.Raise, scope: Scope) -> None:
        if node.exc is None:
            if self._handled:
                raise self._handled[-1]
            raise self.raised("RuntimeError", scope.module.at(node))
        value = self.expr(node.exc, scope)
        if isinstance(value, Class | Ext):
            value = self.call(value, [], {})
        raise Raised(value, scope.module.at(node))

    def _try(self, node: ast.Try | ast.TryStar, scope: Scope) -> None:
        try:
            self._guarded(node, scope)
        except Stuck:
            raise
        except BaseException:
            self.block(node.finalbody, scope)
            raise
        self.block(node.finalbody, scope)

    def _guarded(self, node: ast.Try | ast.TryStar, scope: Scope) -> None:
        try:
            self._watched(node, scope)
        except Raised as raised:
            handler = next((h for h in node.handlers if self._takes(h, raised, scope)), None)
            if handler is None:
                raise
            self._handle(handler, raised, scope)
        else:
            self.block(node.orelse, scope)

    def _watched(self, node: ast.Try | ast.TryStar, scope: Scope) -> None:
        self.tries += bool(node.handlers)
        try:
            self.block(node.body, scope)
        finally:
            self.tries -= bool(node.handlers)

    def _handle(self, handler: ast.ExceptHandler, raised: Raised, scope: Scope) -> None:
        if handler.name:
            scope.vars[handler.name] = raised.value
        self._handled.append(raised)
        try:
            self.block(handler.body, scope)
        finally:
            self._handled.pop()

    def _takes(self, handler: ast.ExceptHandler, raised: Raised, scope: Scope) -> bool:
        if handler.type is None:
            return True
        found = self.catches(self.expr(handler.type, scope), raised.value)
        return self.choices.decide(handler) if found is None else found

    # Names

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        if self.imports.import_problem(node, scope.module) is not None:
            raise self.raised("ImportError", scope.module.at(node))
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            scope.vars[name] = self.imported(scope.module, node, name)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        subject = self.expr(node.subject, scope)
        for case in node.cases:
            fits = self._fits(case.pattern, subject, scope)
            if fits is None:
                fits = self.choices.decide(case.pattern)
            if fits and (case.guard is None or self._test(case.guard, scope)):
                self.block(case.body, scope)
                return

    def _fits(self, pattern: ast.pattern, subject: object, scope: Scope) -> bool | None:
        match pattern:
            case ast.MatchValue():
                return operators.equals(subject, self.expr(pattern.value, scope))
            case ast.MatchSingleton():
                return operators.compared(ast.Is(), subject, pattern.value)
            case ast.MatchOr():
                found = [self._fits(p, subject, scope) for p in pattern.patterns]
                return True if True in found else None if None in found else False
            case ast.MatchAs():
                fits = self._fits(pattern.pattern, subject, scope) if pattern.pattern else True
                if pattern.name:
                    scope.vars[pattern.name] = subject
                return fits
            case ast.MatchClass(patterns=[], kwd_patterns=[]):
                return self.is_instance(subject, self.expr(pattern.cls, scope))
            case ast.MatchSequence() if isinstance(subject, tuple | list):
                return self._sequence(pattern, subject, scope)
        return None

    def _sequence(
        self, pattern: ast.MatchSequence, subject: tuple[object, ...] | list[object], scope: Scope
    ) -> bool | None:
        if any(isinstance(p, ast.MatchStar) for p in pattern.patterns):
            return None
        if len(pattern.patterns) != len(subject):
            return False
        found = [self._fits(p, s, scope) for p, s in zip(pattern.patterns, subject, strict=True)]
        return False if False in found else None if None in found else True

    # Expressions

    def expr(self, node: ast.expr, scope: Scope) -> object:  # noqa: C901, PLR0912 - one case for each expression
        """The value of an expression."""
        self._step()
        match node:
            case ast.Constant():
                return node.value
            case ast.Name():
                return self.name(node.id, scope)
            case ast.Attribute():
                return self.attribute(self.expr(node.value, scope), node.attr)
            case ast.Call():
                return self._call(node, scope)
            case ast.Await():
                return self.await_(self.expr(node.value, scope))
            case ast.Compare():
                return self._compare(node, scope)
            case ast.BoolOp():
                return self._bool(node, scope)
            case ast.UnaryOp():
                return self._unary(node, scope)
            case ast.BinOp():
                return self._binary(node.op, self.expr(node.left, scope), self.expr(node.right, scope), node, scope)
            case ast.IfExp():
                return self.expr(node.body if self._test(node.test, scope) else node.orelse, scope)
            case ast.Lambda():
                return Fn(node, scope)
            case ast.Tuple():
                return tuple(self._listed(node.elts, scope))
            case ast.List():
                return self._listed(node.elts, scope)
            case ast.Set():
                return self.plainly(set, self._listed(node.elts, scope))
            case ast.Dict():
                return self._dict(node, scope)
            case ast.Subscript():
                return self.item(self.expr(node.value, scope), self.expr(node.slice, scope), node)
            case ast.Slice():
                parts = [self.expr(p, scope) if p else None for p in (node.lower, node.upper, node.step)]
                return slice(*parts) if all(isinstance(p, int | None) for p in parts) else Unknown("slice")
            case ast.JoinedStr():
                return self._joined(node, scope)
            case ast.NamedExpr():
                value = self.expr(node.value, scope)
                self.store(node.target, value, scope, self.site(node.value, scope), node)
                return value
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._comprehension(node, scope)
            case ast.Yield():
                self._yield(self.expr(node.value, scope) if node.value else None, scope)
                return Unknown()
            case ast.YieldFrom():
                self.iterate(self.expr(node.value, scope), lambda v: self._yield(v, scope), node)
                return Unknown()
            case ast.Starred():
                return self.expr(node.value, scope)
        return Unknown()

    def _yield(self, value: object, scope: Scope) -> None:
        holder: Scope | None = scope
        while holder is not None and holder.emit is None:
            holder = holder.parent
        if holder is not None and holder.emit is not None:
            holder.emit(value)

    def _listed(self, nodes: list[ast.expr], scope: Scope) -> list[object]:
        found: list[object] = []
        for node in nodes:
            value = self.expr(node, scope)
            if isinstance(node, ast.Starred):
                found += self.elements(value) or []
            else:
                found.append(value)
        return found

    def _dict(self, node: ast.Dict, scope: Scope) -> dict[object, object]:
        found: dict[object, object] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            given = self.expr(value, scope)
            if key is not None:
                self.plainly(found.__setitem__, self.expr(key, scope), given)
            elif isinstance(given, dict):
                found |= given
        return found

    def _joined(self, node: ast.JoinedStr, scope: Scope) -> object:
        parts: list[str] = []
        for value in node.values:
            part = self.expr(value.value, scope) if isinstance(value, ast.FormattedValue) else self.expr(value, scope)
            parts.append(str(part) if isinstance(part, str | int | float) else "?")
        return "".join(parts)

    def _bool(self, node: ast.BoolOp, scope: Scope) -> object:
        value: object = None
        for operand in node.values:
            value = self.expr(operand, scope)
            if operand is not node.values[-1] and self.truth(value, operand) is isinstance(node.op, ast.Or):
                return value
        return value

    def _unary(self, node: ast.UnaryOp, scope: Scope) -> object:
        value = self.expr(node.operand, scope)
        if isinstance(node.op, ast.Not):
            known = self.known_truth(value)
            negated = isinstance(value, Unknown) and value.negated
            return Unknown(negated=not negated) if known is None else not known
        if isinstance(node.op, ast.USub) and isinstance(value, int | float):
            return -value
        return value if isinstance(node.op, ast.UAdd) else Unknown()

    def _binary(self, op: ast.operator, left: object, right: object, node: ast.AST, scope: Scope) -> object:
        try:
            return operators.binary(op, left, right)
        except (TypeError, ZeroDivisionError, OverflowError, ValueError) as error:
            raise self.raised(type(error).__name__, scope.module.at(node)) from None

    def _compare(self, node: ast.Compare, scope: Scope) -> object:
        left = self.expr(node.left, scope)
        for op, part in zip(node.ops, node.comparators, strict=True):
            right = self.expr(part, scope)
            try:
                result = operators.compared(op, left, right)
            except TypeError:
                raise self.raised("TypeError", scope.module.at(node)) from None
            if result is not None and _is_measure(left) and _is_measure(right):
                self.trace.compared.append(Compared(scope.module, node, left, right, result))
            if result is not True:
                return Unknown(negated=isinstance(op, _UNLIKELY)) if result is None else False
            left = right
        return True

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, scope: Scope
    ) -> object:
        inner = Scope(scope.module, scope, scope.node)
        found: list[object] = []

        def made(_: object = None) -> None:
            if isinstance(node, ast.DictComp):
                found.append((self.expr(node.key, inner), self.expr(node.value, inner)))
            else:
                found.append(self.expr(node.elt, inner))

        self._generate(list(node.generators), inner, made)
        if isinstance(node, ast.DictComp):
            return self.plainly(dict, found)
        return self.plainly(set, found) if isinstance(node, ast.SetComp) else found

    def _generate(self, generators: list[ast.comprehension], scope: Scope, made: Callable[[], None]) -> None:
        if not generators:
            made()
            return
        first = generators[0]

        def each(value: object) -> None:
            self.store(first.target, value, scope, scope.module.at(first.iter), first)
            if all(self._test(t, scope) for t in first.ifs):
                self._generate(generators[1:], scope, made)

        self.iterate(self.expr(first.iter, scope), each, first)

    # Calls

    def _call(self, node: ast.Call, scope: Scope) -> object:
        if isinstance(node.func, ast.Name) and node.func.id == "super" and scope.holder("super") is None:
            return self._super(scope)
        callee = self.expr(node.func, scope)
        args: list[object] = []
        sites: list[Site] = []
        for given in node.args:
            value = self.expr(given, scope)
            if isinstance(given, ast.Starred):
                spread = self.elements(value)
                args += [Unknown()] if spread is None else spread
                sites += [scope.module.at(given)] * (len(args) - len(sites))
            else:
                args.append(value)
                sites.append(self.site(given, scope))
        kwargs, keyword_sites = self._keywords(node, scope)
        self.passed = sites, keyword_sites, scope.module.at(node)
        return self.call(callee, args, kwargs)

    def _keywords(self, node: ast.Call, scope: Scope) -> tuple[dict[str, object], dict[str, Site]]:
        kwargs: dict[str, object] = {}
        sites: dict[str, Site] = {}
        for keyword in node.keywords:
            value = self.expr(keyword.value, scope)
            if keyword.arg is not None:
                kwargs[keyword.arg], sites[keyword.arg] = value, self.site(keyword.value, scope)
            elif isinstance(value, dict):
                kwargs |= {k: v for k, v in value.items() if isinstance(k, str)}
        return kwargs, sites

    def _super(self, scope: Scope) -> object:
        holder: Scope | None = scope
        while holder is not None and holder.owner is None:
            holder = holder.parent
        if holder is None or holder.owner is None:
            return Unknown("super")
        return libraries.Super(holder.receiver, holder.owner)

    def item(self, container: object, key: object, node: ast.AST) -> object:
        """`container[key]`."""
        if isinstance(container, Class):
            return self.members(container).get(key if isinstance(key, str) else "", container)
        if isinstance(container, Obj):
            method = self.names.method(container.cls, "__getitem__")
            return self.call(Bound(container, self.function(method)), [key], {}) if method else Unknown()
        if isinstance(container, Ext):
            return Unknown("environment") if container.name == "os.environ" else container
        if isinstance(container, dict) and isinstance(key, Unknown):
            return container[key] if key in container else self.any_of(list(container.values()), node)
        if isinstance(container, libraries.Defaults):
            return self._defaulted(container, key)
        if isinstance(container, dict | list | tuple | str | deque) and not isinstance(key, Unknown):
            return self.plainly(container.__getitem__, key)
        return _part_of(container)

    def any_of(self, values: list[object], node: ast.AST) -> object:
        """One of the values: a choice."""
        for index, value in enumerate(values[:-1]):
            if self.choices.decide((node, index)):
                return value
        return values[-1] if values else Unknown()

    def _defaulted(self, container: libraries.Defaults, key: object) -> object:
        if key not in container:
            container[key] = self.call(container.factory, [], {})
        return container[key]

    def site(self, node: ast.expr, scope: Scope) -> Site:
        """Where the value of an expression was written: names and attributes are followed, conversions looked into."""
        match node:
            case ast.Name():
                holder = scope.holder(node.id)
                if holder is None:
                    self.name(node.id, scope)
                    holder = self.module_scope(scope.module)
                return holder.sites.get(node.id) or scope.module.at(node)
            case ast.Attribute() if _is_plain(node.value):
                known = self.attribute_site(self.expr(node.value, scope), node.attr)
                return known or scope.module.at(node)
            case ast.BoolOp():
                return self.site(node.values[0], scope)
            case ast.Call(func=ast.Name(id="int" | "float" | "timedelta"), args=[first, *_]):
                return self.site(first, scope)
        return scope.module.at(node)


def _is_measure(value: object) -> bool:
    return operators.is_number(value) or isinstance(value, Moment | Span)


def _part_of(value: object) -> Unknown:
    """Something that comes out of a value that is not known."""
    return Unknown(value.hint, value.origin, args=value.args) if isinstance(value, Unknown) else Unknown()


def _is_plain(node: ast.expr) -> bool:
    """An expression that may be evaluated a second time: names, attributes, `get_settings()`."""
    match node:
        case ast.Name():
            return True
        case ast.Attribute():
            return _is_plain(node.value)
        case ast.Call(func=ast.Name(), args=[], keywords=[]):
            return True
    return False


def _loaded(target: ast.expr) -> ast.expr:
    """The target of an augmented assignment as an expression that reads it."""
    match target:
        case ast.Name():
            return ast.copy_location(ast.Name(target.id, ast.Load()), target)
        case ast.Attribute():
            return ast.copy_location(ast.Attribute(target.value, target.attr, ast.Load()), target)
        case ast.Subscript():
            return ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
    return target
