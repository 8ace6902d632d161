"""Do calls fit the signatures of what they call?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pytest_readiness.repo.annotations import last_name
from pytest_readiness.repo.modules import Class, Function, Module, Site
from pytest_readiness.repo.names import External, Instance, Names
from pytest_readiness.repo.origins import is_static

KEEPING = frozenset(
    {"staticmethod", "classmethod", "abstractmethod", "override", "wraps", "contextmanager", "asynccontextmanager",
     "lru_cache", "cache"}
)  # fmt: skip
"""Decorators that leave a function's parameters as they are."""
OPEN_BASES = ("pydantic.", "pydantic_settings.", "enum.", "typing.", "typing_extensions.")


class Signatures:
    """Compares calls with the functions and classes of the repository that they name."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def mismatch(self, module: Module, call: ast.Call) -> Site | None:
        """Why the call cannot work; None where it fits one of the things it may mean, or where that is not known."""
        reasons = []
        for symbol in self._names.resolve(module, call.func):
            reason = self._reason(module, call, symbol)
            if not reason:
                return None
            reasons.append(reason)
        return module.at(call, reasons[0]) if reasons else None

    def _reason(self, module: Module, call: ast.Call, symbol: object) -> str:
        if isinstance(symbol, Class):
            return self._construction(call, symbol)
        if isinstance(symbol, Function) and not self._changed(symbol):
            return _unfit(call, symbol.name, *self._parameters(module, call, symbol))
        return ""

    def _changed(self, function: Function) -> bool:
        """Whether a decorator may give the function other parameters."""
        names = (last_name(d.func if isinstance(d, ast.Call) else d) for d in function.node.decorator_list)
        return any(n not in KEEPING for n in names)

    def _parameters(self, module: Module, call: ast.Call, function: Function) -> tuple[ast.arguments, int]:
        """The parameters, and how many of them are bound already."""
        bound = function.cls is not None and not is_static(function) and self._is_bound(module, call, function)
        return function.node.args, int(bound)

    def _is_bound(self, module: Module, call: ast.Call, function: Function) -> bool:
        if not isinstance(call.func, ast.Attribute):
            return False
        if "classmethod" in {last_name(d) for d in function.node.decorator_list}:
            return True
        owners = self._names.resolve(module, call.func.value)
        return (
            not owners or any(isinstance(o, Instance) for o in owners) or not any(isinstance(o, Class) for o in owners)
        )

    def _construction(self, call: ast.Call, cls: Class) -> str:
        line = self._names.ancestry(cls)
        if any(isinstance(c, External) and c.name.startswith(OPEN_BASES) for c in line):
            return ""
        init = self._names.method(cls, "__init__")
        if init is not None:
            return "" if self._changed(init) else _unfit(call, cls.name, init.node.args, 1)
        outside = any(isinstance(c, External) and c.name not in ("builtins.object", "abc.ABC") for c in line)
        if outside or self._names.method(cls, "__new__") is not None:
            return ""
        return self._record(call, cls, [c for c in line if isinstance(c, Class)])

    def _record(self, call: ast.Call, cls: Class, line: list[Class]) -> str:
        """A dataclass takes its fields; a plain class without __init__ takes nothing."""
        if not any(_is_dataclass(c) for c in line):
            decorated = any(c.node.decorator_list or c.node.keywords for c in line)
            return "" if decorated or not (call.args or call.keywords) else f"{cls.name}() takes no arguments"
        fields = list(dict.fromkeys(f for c in reversed(line) for f in c.fields))
        unknown = next((k.arg for k in call.keywords if k.arg and k.arg not in fields), None)
        if unknown is not None:
            return f"{cls.name} has no field {unknown}"
        stars = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
        given = set(fields[: len(call.args)]) | {k.arg for k in call.keywords}
        missing = [f for f in fields if f not in given and not _has_default(f, line)]
        return f"{cls.name} is not given {missing[0]}" if missing and not stars else ""


def _is_dataclass(cls: Class) -> bool:
    targets = (d.func if isinstance(d, ast.Call) else d for d in cls.node.decorator_list)
    return any(last_name(t) in ("dataclass", "define", "frozen") for t in targets)


def _has_default(name: str, line: list[Class]) -> bool:
    for cls in line:
        for node in cls.node.body:
            if isinstance(node, ast.AnnAssign) and last_name(node.target) == name:
                return node.value is not None or "ClassVar" in ast.dump(node.annotation)
    return False


def _unfit(call: ast.Call, name: str, arguments: ast.arguments, bound: int) -> str:
    """Why a call does not fit parameters; nothing where it does."""
    positional = [p.arg for p in (*arguments.posonlyargs, *arguments.args)][bound:]
    only = len(arguments.posonlyargs)
    accepted = {*positional[max(0, only - bound) :], *(p.arg for p in arguments.kwonlyargs)}
    unknown = next((k.arg for k in call.keywords if k.arg and k.arg not in accepted), None)
    if unknown is not None and arguments.kwarg is None:
        return f"{name} has no parameter {unknown}"
    stars = any(isinstance(a, ast.Starred) for a in call.args)
    if len(call.args) > len(positional) and arguments.vararg is None and not stars:
        return f"{name} takes {len(positional)} positional arguments, {len(call.args)} are given"
    if stars or any(k.arg is None for k in call.keywords):
        return ""
    return _missing(call, name, arguments, positional)


def _missing(call: ast.Call, name: str, arguments: ast.arguments, positional: list[str]) -> str:
    given = set(positional[: len(call.args)]) | {k.arg for k in call.keywords}
    optional = set(positional[len(positional) - len(arguments.defaults) :]) if arguments.defaults else set()
    pairs: Iterator[tuple[ast.arg, ast.expr | None]] = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    needed = [p for p in positional if p not in optional] + [p.arg for p, d in pairs if d is None]
    missing = next((p for p in needed if p not in given), None)
    return f"{name} is not given {missing}" if missing is not None else ""
