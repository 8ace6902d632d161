"""Log calls that hold personal data, and whether every record is masked on its way out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Function, Module, Site, argument, call_name, constant, text_of
from pytest_readiness.repo.names import External, Instance
from pytest_readiness.repo.pii import words_of
from pytest_readiness.repo.privacy.holding import NOTHING, Held, Holding, mentions
from pytest_readiness.repo.privacy.maskers import Maskers

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

LEVELS = frozenset(
    {"debug", "info", "warning", "warn", "error", "critical", "exception", "log", "fatal", "trace", "success"}
    | {"adebug", "ainfo", "awarning", "aerror", "acritical", "aexception", "alog"}
)
_LOGGER_WORDS = frozenset({"log", "logger", "logging", "loguru"})
_LOGGER_MAKERS = ("logging.", "structlog.", "loguru.", "aws_lambda_powertools.")
_RECORD_METHODS = ("filter", "format", "emit", "__call__", "process")


@dataclass(frozen=True, eq=False)
class LogPlace:
    """A log call that holds personal data: `held` names it, `masked_by` is what masks every record on its way out."""

    module: Module
    node: ast.Call
    held: Held
    masked_by: Site | None = None

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def line(self) -> int:
        return self.node.lineno

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line}"

    @property
    def note(self) -> str:
        """What is logged, and how it is hidden, where it is."""
        if not self.held.bare:
            return f"{', '.join(self.held.hidden)} is hidden in the call"
        logged = f"logs {', '.join(self.held.bare)}"
        return f"{logged}, which is masked at {self.masked_by.path}:{self.masked_by.line}" if self.masked_by else logged

    @property
    def is_clean(self) -> bool:
        return not self.held.bare or self.masked_by is not None


class Logs:
    """Where the product code logs personal data."""

    def __init__(self, repo: Repo, maskers: Maskers) -> None:
        self._repo, self._names, self._maskers = repo, repo.names, maskers

    @cached_property
    def places(self) -> tuple[LogPlace, ...]:
        """Every log call with personal data among its arguments, by path and line."""
        return tuple(p for m in self._repo.product for p in self._places(m))

    def _places(self, module: Module) -> Iterator[LogPlace]:
        holding: dict[ast.AST | None, Holding] = {}
        telling: dict[ast.AST | None, bool] = {}
        for call in sorted(module.calls, key=lambda c: (c.lineno, c.col_offset)):
            if not self.is_log(module, call):
                continue
            function = module.enclosing_function(call)
            key = function.node if function else None
            if key not in telling:
                telling[key] = mentions(function.node if function else call)
            if not telling[key]:
                continue
            if key not in holding:
                holding[key] = Holding(module, function, self._names, self._maskers)
            held = self._held(holding[key], call)
            if held:
                yield LogPlace(module, call, held, self._masked_by(module, call))

    def _held(self, holding: Holding, call: ast.Call) -> Held:
        found = NOTHING
        for part in _chain(call):
            for node in part.args:
                found |= holding.held(node)
            for keyword in part.keywords:
                found |= holding.under(keyword.arg, keyword.value)
        return found

    def _masked_by(self, module: Module, call: ast.Call) -> Site | None:
        """What masks this call's text: a logger class of the repository itself, or what the root handlers run."""
        if isinstance(call.func, ast.Name):
            return None
        for method in self._names.functions(module, call.func):
            if self._masks(method):
                return Site(method.path, method.line)
        return self.root_masking

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

    @cached_property
    def root_masking(self) -> Site | None:
        """Where live code puts a masking filter, formatter or processor on all handlers of the root logger."""
        return next(self._root_masking(), None)

    def _root_masking(self) -> Iterator[Site]:
        for module in self._repo.product:
            for call in module.calls:
                if (
                    call_name(call) in _ATTACHING
                    and self._attaches(module, call)
                    and self._repo.live.runs(module, call)
                ):
                    yield module.at(call)

    def _attaches(self, module: Module, call: ast.Call) -> bool:
        match call_name(call):
            case "addHandler":
                return self._is_root(module, _owner(call)) and self._all_masked(module, call)
            case "basicConfig":
                return self._all_masked(module, call)
            case "addFilter" | "setFormatter":
                return self._on_root_handlers(module, call) and self._masking(module, argument(call, "", 0))
            case "dictConfig":
                return self._configured(module, call)
            case "setLogRecordFactory":
                return self._masking(module, argument(call, "factory", 0))
            case "configure":
                return self._processed(module, call)
        return False

    def _processed(self, module: Module, call: ast.Call) -> bool:
        """`structlog.configure(processors=[...])`, loguru's `logger.configure(patcher=...)`."""
        given = [k.value for k in call.keywords if k.arg in {"processors", "patcher"}]
        lists = [o for g in given for o in self._repo.origins.of(module, g)]
        for origin in lists:
            elements = origin.node.elts if isinstance(origin.node, ast.List | ast.Tuple) else [origin.node]
            if any(self._masking(origin.module, e) for e in elements):
                return True
        return False

    def _all_masked(self, module: Module, call: ast.Call) -> bool:
        """Whether each handler that this function gives the root logger masks what it writes."""
        function = module.enclosing_function(call)
        scope = function.calls if function else module.calls
        handlers = [h for c in scope for h in self._handlers(module, c)]
        return bool(handlers) and all(self._masks_handler(module, h, scope) for h in handlers)

    def _handlers(self, module: Module, call: ast.Call) -> Iterator[ast.expr]:
        """The handlers that a call gives the root logger."""
        if call_name(call) == "addHandler" and self._is_root(module, _owner(call)) and call.args:
            yield call.args[0]
        elif call_name(call) == "basicConfig":
            listed = argument(call, "handlers")
            for origin in self._repo.origins.of(module, listed):
                yield from origin.node.elts if isinstance(origin.node, ast.List | ast.Tuple) else []

    def _masks_handler(self, module: Module, handler: ast.expr, scope: tuple[ast.Call, ...]) -> bool:
        if self._masking(module, handler):
            return True
        made = {o.node for o in self._repo.origins.of(module, handler)}
        for call in scope:
            if call_name(call) in {"addFilter", "setFormatter"} and call.args:
                same = made & {o.node for o in self._repo.origins.of(module, _owner(call))}
                if same and self._masking(module, call.args[0]):
                    return True
        return False

    def _on_root_handlers(self, module: Module, call: ast.Call) -> bool:
        """The receiver is an element of the root logger's `handlers`."""
        node = _owner(call)
        if isinstance(node, ast.Subscript):
            return self._is_handlers(module, node.value)
        found = self._names.lookup(module, node) if isinstance(node, ast.Name) else None
        loops = [b.node.iter for b in found[1] if isinstance(b.node, ast.For)] if found else []
        return any(self._is_handlers(module, i) for i in loops)

    def _is_handlers(self, module: Module, node: ast.expr) -> bool:
        return isinstance(node, ast.Attribute) and node.attr == "handlers" and self._is_root(module, node.value)

    def _is_root(self, module: Module, node: ast.expr | None) -> bool:
        if node is None:
            return False
        if "logging.root" in self._names.dotted(module, node):
            return True
        for origin in self._repo.origins.of(module, node):
            made = origin.node
            if isinstance(made, ast.Call) and call_name(made) == "getLogger":
                name = argument(made, "name", 0)
                if name is None or constant(name) in (None, "", "root"):
                    return isinstance(name, ast.Constant | None)
        return False

    def _masking(self, module: Module, node: ast.expr | None) -> bool:
        """Whether the expression is a function, class or object that masks records."""
        for origin in self._repo.origins.of(module, node):
            named = text_of(origin.node)
            symbols = self._imported(named, origin.module) if named else self._names.resolve(origin.module, origin.node)
            for symbol in symbols:
                thing = symbol.of if isinstance(symbol, Instance) else symbol
                if isinstance(thing, Class) and self._masks_records(thing):
                    return True
                if isinstance(thing, Function) and self._masks(thing):
                    return True
        return False

    def _imported(self, dotted: str, module: Module) -> list[object]:
        """What a dotted name in a configuration means."""
        home, _, name = dotted.rpartition(".")
        source = self._repo.imports.find(home, module) if home else None
        return list(self._names.exported(source, name)) if isinstance(source, Module) else []

    def _masks_records(self, cls: Class) -> bool:
        methods = (self._names.method(cls, n) for n in _RECORD_METHODS)
        return any(m is not None and self._masks(m) for m in methods)

    def _masks(self, function: Function) -> bool:
        """It applies a masker and uses what comes back, or substitutes in the record itself."""
        applied = (c for c in function.calls if self._maskers.applies(function.module, c))
        if any(self._maskers.used(function.module, c) for c in applied):
            return True
        return self._maskers.is_masker(function) or self._maskers.masks_record(function)

    def _configured(self, module: Module, call: ast.Call) -> bool:
        """`dictConfig`: every handler of the root logger names a masking filter or formatter."""
        for origin in self._repo.origins.of(module, argument(call, "config", 0)):
            config = _table(origin.node)
            masking = {
                (kind, name)
                for kind in ("filters", "formatters")
                for name, entry in _table(config.get(kind)).items()
                if any(self._masking(origin.module, _table(entry).get(k)) for k in ("()", "class"))
            }
            root = config.get("root") or _table(config.get("loggers")).get("")
            names = _texts(_table(root).get("handlers"))
            handlers = _table(config.get("handlers"))
            if names and all(_names_one(_table(handlers.get(n)), masking) for n in names):
                return True
        return False


_ATTACHING = frozenset(
    {"addHandler", "basicConfig", "addFilter", "setFormatter", "dictConfig", "setLogRecordFactory", "configure"}
)


def _names_one(handler: dict[str, ast.expr], masking: set[tuple[str, str]]) -> bool:
    filters = {("filters", n) for n in _texts(handler.get("filters"))}
    formatter = ("formatters", text_of(handler.get("formatter")) or "")
    return bool((filters | {formatter}) & masking)


def _table(node: ast.expr | None) -> dict[str, ast.expr]:
    """A dict literal by its literal keys."""
    if not isinstance(node, ast.Dict):
        return {}
    pairs = zip(node.keys, node.values, strict=True)
    return {key: v for k, v in pairs if (key := text_of(k)) is not None}


def _texts(node: ast.expr | None) -> list[str]:
    elements = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else []
    return [t for e in elements if (t := text_of(e))]


def _owner(call: ast.Call) -> ast.expr | None:
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _receiver(node: ast.expr) -> str:
    """The last name of what a level's method is called on, `.bind(...)` and `.opt(...)` looked through."""
    if isinstance(node, ast.Call) and call_name(node) in {"bind", "opt", "new", "contextualize"}:
        return _receiver(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _chain(call: ast.Call) -> Iterator[ast.Call]:
    """The call, and the `.bind(...)` calls before it."""
    yield call
    inner = _owner(call)
    while isinstance(inner, ast.Call) and call_name(inner) in {"bind", "new"}:
        yield inner
        inner = _owner(inner)


def _is_maker(of: Class | External) -> bool:
    return isinstance(of, External) and of.name.startswith(_LOGGER_MAKERS)
