"""Which calls write a log record."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from pytest_readiness.repo.modules import Class, Module, call_name
from pytest_readiness.repo.names import External, Instance, Names
from pytest_readiness.repo.pii import words_of

LEVELS = frozenset(
    {"debug", "info", "warning", "warn", "error", "critical", "exception", "log", "fatal", "trace", "success"}
    | {"adebug", "ainfo", "awarning", "aerror", "acritical", "aexception", "alog"}
)
_LOGGER_WORDS = frozenset({"log", "logger", "logging", "loguru"})
_LOGGER_MAKERS = ("logging.", "structlog.", "loguru.", "aws_lambda_powertools.")
_BINDERS = frozenset({"bind", "opt", "new", "contextualize"})


class LogCalls:
    """Tells log calls from others."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def is_log(self, module: Module, call: ast.Call) -> bool:
        """print, or a level's method on logging or on a logger."""
        if isinstance(call.func, ast.Name):
            return call.func.id == "print" and self._names.dotted(module, call.func) == ["builtins.print"]
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in LEVELS:
            return False
        return self._is_logger(module, call.func.value)

    def _is_logger(self, module: Module, node: ast.expr) -> bool:
        name = _receiver(node)
        if name and words_of(name)[-1:] and words_of(name)[-1] in _LOGGER_WORDS:
            return True
        if isinstance(node, ast.Call) and call_name(node) in {"getLogger", "get_logger"}:
            return True
        made = self._names.resolve(module, node)
        return any(isinstance(s, Instance) and _is_maker(s.of) for s in made)


def chain(call: ast.Call) -> Iterator[ast.Call]:
    """The call, and the `.bind(...)` calls before it."""
    yield call
    inner = call.func.value if isinstance(call.func, ast.Attribute) else None
    while isinstance(inner, ast.Call) and call_name(inner) in {"bind", "new"}:
        yield inner
        inner = inner.func.value if isinstance(inner.func, ast.Attribute) else None


def _receiver(node: ast.expr) -> str:
    """The last name of what a level's method is called on, `.bind(...)` and `.opt(...)` looked through."""
    if isinstance(node, ast.Call) and call_name(node) in _BINDERS:
        return _receiver(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_maker(of: Class | External) -> bool:
    return isinstance(of, External) and of.name.startswith(_LOGGER_MAKERS)
