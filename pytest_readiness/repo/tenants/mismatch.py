"""What happens on a mismatch: from the test of a comparison to the end of the request.

Data is not asked for here: given an expression and the value that a mismatch gives it, the branch that is taken then is
followed to a denying response, an exception, a false answer, or nothing that would stop the request.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pytest_readiness.repo.denial import Denials
from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, call_name, constant
from pytest_readiness.repo.names import External, Instance, Names, Symbol
from pytest_readiness.repo.tenants.words import is_log_call

SELECTING = frozenset({"filter", "where", "filter_by", "having", "get_or_404", "find", "find_one", "exclude"})

_THROUGH = frozenset(
    {
        "any", "all", "bool", "len", "and_", "Q", "execute", "scalar", "scalars", "exec", "fetch_one", "fetchrow",
        "fetchval", "fetch_val", "list", "first", "next",
    }
)  # fmt: skip
"""Calls whose answer is empty or false where their argument is."""
_ROWS = frozenset(
    {
        "first", "one", "one_or_none", "all", "count", "exists", "scalar", "scalars", "scalar_one",
        "scalar_one_or_none", "fetchone", "fetchall", "get", "unique",
    }
)  # fmt: skip
"""Methods of a query or its result that give rows, or say how many."""
_WITH_ZERO = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt,
    ast.LtE: operator.le,
}  # fmt: skip


class End(StrEnum):
    """How a mismatch ends."""

    DENIED = "denied"
    RAISED = "raised"
    FALSE = "false"
    TRUE = "true"
    LEFT_OUT = "left out"
    IGNORED = "ignored"
    """An exception that is caught, after which the request goes on."""


@dataclass(frozen=True)
class Ended:
    """How a mismatch ends, and the statement in which it does."""

    end: End
    node: ast.AST
    status: int | None = None
    raised: tuple[Symbol, ...] = ()


class Mismatch:
    """One function, asked how it ends."""

    def __init__(
        self, function: Function, names: Names, denials: Denials, concerns: Callable[[ast.expr], bool]
    ) -> None:
        self._function, self._names, self._denials, self._concerns = function, names, denials, concerns
        self._module = function.module

    # -- what a test decides -------------------------------------------------------------------------------------------

    def tested(self, node: ast.expr, value: bool, depth: int = 12) -> list[Ended]:
        """How the function ends where the expression has the value that a mismatch gives it."""
        parent = self._module.parents.get(node)
        if depth <= 0 or parent is None:
            return []
        match parent:
            case ast.Await() | ast.UnaryOp(op=ast.Not()) | ast.BoolOp() | ast.Compare() | ast.BinOp(op=ast.BitAnd()):
                inner = self._combined(parent, node, value)
                return [] if inner is None else self.tested(parent, inner, depth - 1)
            case ast.NamedExpr():
                return [*self.tested(parent, value, depth - 1), *self._bound(parent.target, value, depth)]
            case ast.GeneratorExp() | ast.ListComp() if parent.elt is node:
                outer = self._module.parents.get(parent)
                known = isinstance(outer, ast.Call) and call_name(outer) in {"any", "all"}
                return self.tested(parent, value, depth - 1) if known else []
            case ast.comprehension():
                return [] if value else [Ended(End.LEFT_OUT, node)]
            case ast.Call() if is_query(parent):
                return [] if value else [Ended(End.LEFT_OUT, parent)]
            case ast.Call() if call_name(parent) in _THROUGH and node in parent.args:
                return self.tested(parent, value, depth - 1)
            case ast.Attribute():
                outer = self._module.parents.get(parent)
                follows = isinstance(outer, ast.Call) and outer.func is parent and self._gives_rows(parent, node)
                return self.tested(outer, value, depth - 1) if follows and isinstance(outer, ast.expr) else []
        return self._decided(parent, node, value, depth)

    def _gives_rows(self, attribute: ast.Attribute, node: ast.expr) -> bool:
        """Whether a method on a query, or on a name that holds one, is empty where the query is."""
        return isinstance(node, ast.Call) or attribute.attr in _ROWS

    def _decided(self, parent: ast.AST, node: ast.expr, value: bool, depth: int) -> list[Ended]:
        """How the function ends where the expression is the test of a statement, or is returned or kept."""
        match parent:
            case ast.If():
                return self._branched(parent, value)
            case ast.IfExp():
                branch = parent.body if value else parent.orelse
                return self._answer(parent, branch) if parent.test is node else []
            case ast.Assert():
                return [] if value else self.escaped(parent, (External("builtins.AssertionError"),), None)
            case ast.Return():
                return [Ended(End.TRUE if value else End.FALSE, parent)]
            case ast.Assign(targets=[ast.Name() as target]):
                return self._bound(target, value, depth)
        return []

    def _combined(self, parent: ast.AST, node: ast.expr, value: bool) -> bool | None:
        """The value of an operation on the expression; None where something else may decide it."""
        match parent:
            case ast.UnaryOp():
                return not value
            case ast.BoolOp(op=op, values=values):
                if value is isinstance(op, ast.Or):
                    return value
                return value if all(self._concerns(v) for v in values if v is not node) else None
            case ast.Compare(left=left, ops=[op], comparators=[other]):
                against = constant(other if left is node else left)
                if type(against) is int and left is node and not value and type(op) in _WITH_ZERO:
                    return bool(_WITH_ZERO[type(op)](0, against))
                if against is None or isinstance(against, bool):
                    same = value is bool(against)
                    return same if isinstance(op, ast.Is | ast.Eq) else not same
                return None
        return value

    def _bound(self, target: ast.Name, value: bool, depth: int) -> list[Ended]:
        """The tests of a name that the expression was put into."""
        uses = (
            n
            for n in self._function.own_nodes
            if isinstance(n, ast.Name)
            and n.id == target.id
            and isinstance(n.ctx, ast.Load)
            and n.lineno >= target.lineno
        )
        return [e for n in uses for e in self.tested(n, value, depth - 1)]

    def _branched(self, node: ast.If, value: bool) -> list[Ended]:
        branch = node.body if value else node.orelse
        if branch:
            ended = self._block(branch, self._is_last(node))
            return [ended] if ended else self._answered_later(node, branch)
        other = node.orelse if value else node.body
        if not other or not _leaves(other):
            return [Ended(End.LEFT_OUT, node)] if _collects(other) else []
        ended = self._rest(node)
        return [ended] if ended else []

    def _rest(self, node: ast.stmt) -> Ended | None:
        """How the function goes on after a statement that was passed over."""
        for _ in range(40):
            rest = _following(self._module, node)
            ended = self._block(rest, self._is_last(rest[-1]) if rest else False)
            if ended is not None or _leaves(rest):
                return ended
            parent = self._module.parents.get(node)
            if any(not _is_quiet(s) for s in rest):
                return None  # the function goes on and does something
            if parent is self._function.node or not isinstance(parent, ast.stmt | ast.ExceptHandler | ast.match_case):
                return Ended(End.FALSE, node)
            node = parent if isinstance(parent, ast.stmt) else self._module.statement_of(parent)
            if isinstance(node, FunctionNode):
                return Ended(End.FALSE, node)
        return None

    def _answered_later(self, node: ast.If, branch: list[ast.stmt]) -> list[Ended]:
        """A branch that puts a denying response into a name which is returned after it."""
        for statement in branch:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                status = self._status(statement.value)
                later = [s for s in _following(self._module, node) if isinstance(s, ast.Return)]
                named = [s for s in later if isinstance(s.value, ast.Name) and s.value.id == statement.targets[0].id]
                if status is not None and named:
                    return [Ended(End.DENIED, statement, status)]
        return []

    def _answer(self, node: ast.expr, branch: ast.expr) -> list[Ended]:
        """`return JSONResponse(...) if mismatch else ...`"""
        status = self._status(branch)
        parent = self._module.parents.get(node)
        if status is not None and isinstance(parent, ast.Return | ast.Assign):
            return [Ended(End.DENIED, branch, status)]
        return []

    def functions(self, call: ast.Call) -> list[Function]:
        """The functions of the repository that a call may run."""
        found: list[Function] = []
        for symbol in self._names.resolve(self._module, call.func):
            if isinstance(symbol, Function):
                found.append(symbol)
            elif isinstance(symbol, Instance) and isinstance(symbol.of, Class):
                method = self._names.method(symbol.of, "__call__")
                found += [method] if method else []
            elif isinstance(symbol, Class):
                method = self._names.method(symbol, "__init__")
                found += [method] if method else []
        return found

    # -- how a block ends ----------------------------------------------------------------------------------------------

    def _is_last(self, node: ast.stmt) -> bool:
        """Whether nothing of the function runs after the statement."""
        parent: ast.AST | None = node
        while isinstance(parent, ast.stmt) and parent is not self._function.node:
            if isinstance(parent, ast.For | ast.AsyncFor | ast.While) or _following(self._module, parent):
                return False
            parent = self._module.parents.get(parent)
        return parent is self._function.node

    def _block(self, block: list[ast.stmt], is_last: bool = False) -> Ended | None:
        """How the block ends a request or the function; None where it goes on, or answers as if all were well.

        `is_last` says that the function ends with the block.
        """
        said: int | None = None
        for statement in block:
            match statement:
                case ast.Raise():
                    ends = self._raise(statement)
                    return ends[0] if ends else None
                case ast.Return():
                    return self._return(statement, said)
                case ast.Continue():
                    return Ended(End.LEFT_OUT, statement)
                case ast.With() | ast.AsyncWith() | ast.Try():
                    ended = self._block(statement.body)
                    if ended is not None:
                        return ended
                case ast.Expr():
                    ended, status = self._expression(statement)
                    if ended is not None:
                        return ended
                    said = said or status
                case ast.Assign():
                    said = said or self._status(statement.value)
        return Ended(End.DENIED, block[-1], said) if said is not None and is_last else None

    def _expression(self, statement: ast.Expr) -> tuple[Ended | None, int | None]:
        """An expression statement that ends the request (abort, a helper that always raises), or that only answers."""
        value = statement.value.value if isinstance(statement.value, ast.Await) else statement.value
        if not isinstance(value, ast.Call):
            return None, None
        name = call_name(value)
        if name in {"abort", "_abort"}:
            return Ended(End.DENIED, statement, self._denials.of_call(self._module, value)), None
        if name == "close" and isinstance(value.func, ast.Attribute):
            return None, 403
        for function in self.functions(value):
            last = function.node.body[-1]
            if isinstance(last, ast.Raise):
                status = self._denials.of_call(self._module, value)
                ends = self.escaped(statement, self._raised_by(function, last), status)
                return (ends[0] if ends else None), None
        return None, self._status(value) or self._status(value.func)

    def _raised_by(self, function: Function, statement: ast.Raise) -> tuple[Symbol, ...]:
        return tuple(self._names.resolve(function.module, statement.exc)) if statement.exc else ()

    def _status(self, node: ast.expr | None) -> int | None:
        """The denying status of a response, where it is one."""
        status = self._denials.of_value(self._module, node)
        return status if status in (400, 401, 403, 404, 421, 422) else None

    def _return(self, statement: ast.Return, said: int | None) -> Ended | None:
        value = statement.value
        status = self._status(value)
        if status is not None:
            return Ended(End.DENIED, statement, status)
        empty = value is None or (isinstance(value, ast.Constant) and not value.value) or _is_empty(value)
        if said is not None and (empty or isinstance(value, ast.Name)):
            return Ended(End.DENIED, statement, said)
        if empty:
            return Ended(End.FALSE, statement)
        return None

    def _raise(self, statement: ast.Raise) -> list[Ended]:
        if statement.exc is None:
            return self.escaped(statement, (), None)
        raised = tuple(self._names.resolve(self._module, statement.exc))
        return self.escaped(statement, raised, self._denials.of_value(self._module, statement.exc))

    def escaped(self, node: ast.AST, raised: tuple[Symbol, ...], status: int | None) -> list[Ended]:
        """What becomes of an exception raised at the node: a handler of this function ends it, or it goes up."""
        child = node
        for parent in self._module.ancestors(node):
            if parent is self._function.node:
                break
            if isinstance(parent, ast.With | ast.AsyncWith) and any(_suppresses(i) for i in parent.items):
                return [Ended(End.IGNORED, parent)]
            if isinstance(parent, ast.Try | ast.TryStar) and child in parent.body:
                handler = next((h for h in parent.handlers if self._catches(h, raised)), None)
                if handler is not None and not _passes_on(handler):
                    return [self._block(handler.body) or Ended(End.IGNORED, handler)]
            child = parent
        return [Ended(End.RAISED, node, status, raised)]

    def _catches(self, handler: ast.ExceptHandler, raised: tuple[Symbol, ...]) -> bool:
        return self._denials.catches(self._module, handler, list(raised))


def _passes_on(handler: ast.ExceptHandler) -> bool:
    """Whether the handler raises the same exception again."""
    last = handler.body[-1]
    again = isinstance(last, ast.Raise) and (
        last.exc is None or (isinstance(last.exc, ast.Name) and last.exc.id == handler.name)
    )
    return again and not any(isinstance(n, ast.Return) for n in handler.body)


def _suppresses(item: ast.withitem) -> bool:
    return isinstance(item.context_expr, ast.Call) and call_name(item.context_expr) == "suppress"


def _following(module: Module, node: ast.AST) -> list[ast.stmt]:
    """The statements after this one in its block."""
    parent = module.parents.get(node)
    for field in ("body", "orelse", "finalbody"):
        block = getattr(parent, field, None)
        if isinstance(block, list) and node in block:
            return block[block.index(node) + 1 :]
    return []


def _leaves(block: list[ast.stmt]) -> bool:
    """Whether the block surely leaves the function or the loop."""
    return any(isinstance(s, ast.Return | ast.Raise | ast.Continue | ast.Break) for s in block)


def _collects(block: list[ast.stmt]) -> bool:
    """Whether the block takes an object into a result: without it, the object is left out."""
    for node in (n for s in block for n in ast.walk(s)):
        if isinstance(node, ast.Call) and call_name(node) in {"append", "add", "extend", "update", "put", "send_json"}:
            return True
        if isinstance(node, ast.Yield) or (isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)):
            return True
    return False


def _is_quiet(statement: ast.stmt) -> bool:
    """A statement that does nothing but log."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return is_log_call(statement.value)
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def _is_empty(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Dict):
        return not node.keys
    return isinstance(node, ast.List | ast.Tuple | ast.Set) and not node.elts


def is_query(call: ast.Call) -> bool:
    """`.filter(...)`, `.where(...)`: a comparison among its arguments selects rows."""
    return call_name(call) in SELECTING and isinstance(call.func, ast.Attribute)
