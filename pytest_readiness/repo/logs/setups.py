"""What the code puts on the root logger: handlers, formatters, filters, record factories, processors."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.data_files import Datum
from pytest_readiness.repo.logs.config import Conf, Configs
from pytest_readiness.repo.logs.django import is_settings
from pytest_readiness.repo.modules import AtNode, Class, Function, Module, Site, argument, call_name, constant, text_of
from pytest_readiness.repo.names import External, Instance, Symbol

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

HANDLER, FORMATTER, FILTER, FACTORY, PROCESSOR = "handler", "formatter", "filter", "factory", "processor"
POWERTOOLS = ("aws_lambda_powertools.Logger", "aws_lambda_powertools.logging.Logger",
              "aws_lambda_powertools.logging.logger.Logger")  # fmt: skip
_DEPTH = 4
_MOST = 20
"""Most origins of one expression that are looked at."""


@dataclass(frozen=True, eq=False)
class Part:
    """One thing that records pass: what it is, where it is named, and the texts that it is made with."""

    role: str
    site: Site
    kinds: tuple[Class | Function | External, ...]
    texts: tuple[str, ...] = ()
    inner: tuple[Part, ...] = ()
    """Parts that it is made of: the processors of a ProcessorFormatter."""

    @property
    def externals(self) -> list[str]:
        """Dotted names of what it is, where that stands outside the repository."""
        return [k.name for k in self.kinds if isinstance(k, External)]


@dataclass(frozen=True, eq=False)
class Setup(AtNode):
    """One place that sets logging up: a function's handlers of the root logger, or one call that serves for all."""

    module: Module
    node: ast.AST
    outlets: tuple[tuple[Part, ...], ...] = ()
    """For each handler of the root logger: itself, its formatter and its filters."""
    shared: tuple[Part, ...] = ()
    """What every record passes: processors, record factories, what is put on each handler in a loop."""
    by_server: bool = False
    """The server that runs the application sets it up, from a configuration of its own."""

    @property
    def parts(self) -> list[Part]:
        """All parts, those inside of others too."""
        found = [*self.shared, *(p for outlet in self.outlets for p in outlet)]
        return [*found, *(i for p in found for i in p.inner)]


class Setups:
    """Every set-up in product code, live or not."""

    def __init__(self, repo: Repo) -> None:
        self._repo, self._names, self._origins = repo, repo.names, repo.origins
        self._configs = Configs(repo)

    @cached_property
    def all(self) -> tuple[Setup, ...]:
        """By file and line of the call."""
        return tuple(s for m in self._repo.product for s in self._of_module(m))

    def configured(self, module: Module, names: list[str]) -> list[Setup]:
        """Set-ups that files of these names describe: what `--log-config` is given."""
        return [self._from_config(module, module.tree, c) for c in self._configs.named(module, names) if module.tree]

    def _of_module(self, module: Module) -> Iterator[Setup]:
        calls = [c for c in module.calls if call_name(c) in _SETTING]
        scopes: dict[ast.AST | None, list[ast.Call]] = {}
        for call in sorted(calls, key=lambda c: (c.lineno, c.col_offset)):
            if call_name(call) in ("addHandler", "basicConfig"):
                function = module.enclosing_function(call)
                scopes.setdefault(function.node if function else None, []).append(call)
            else:
                yield from self._single(module, call)
        for together in scopes.values():
            yield from self._handled(module, together)
        yield from self._assigned(module)

    # Handlers

    def _handled(self, module: Module, calls: list[ast.Call]) -> Iterator[Setup]:
        """The handlers that one function gives the root logger."""
        given = [(c, h) for c in calls for h in self._handlers(module, c)]
        outlets = [self._formatted(module, c, self._outlet(m, h)) for c, (m, h) in given]
        plain = [c for c in calls if call_name(c) == "basicConfig" and argument(c, "handlers") is None]
        outlets += [self._default(module, c) for c in plain]
        first = [c for c, _ in given] + plain
        if outlets:
            yield Setup(module, min(first, key=lambda c: c.lineno), tuple(outlets))

    def _handlers(self, module: Module, call: ast.Call) -> Iterator[tuple[Module, ast.expr]]:
        """The handlers that a call gives the root logger."""
        if call_name(call) == "addHandler" and self._is_root(module, _owner(call)) and call.args:
            yield module, call.args[0]
        elif call_name(call) == "basicConfig":
            yield from self._listed(module, argument(call, "handlers"))

    def _listed(self, module: Module, node: ast.expr | None) -> Iterator[tuple[Module, ast.expr]]:
        for origin in self._origins.of(module, node):
            elements = origin.node.elts if isinstance(origin.node, ast.List | ast.Tuple) else []
            yield from ((origin.module, e) for e in elements)

    def _default(self, module: Module, call: ast.Call) -> tuple[Part, ...]:
        """The one handler that basicConfig makes itself, with its text format."""
        return (Part(FORMATTER, module.at(call), (External("logging.Formatter"),), self._texts(module, call)),)

    def _formatted(self, module: Module, call: ast.Call, outlet: tuple[Part, ...]) -> tuple[Part, ...]:
        """A handler that basicConfig is given gets its text format, unless it has a formatter."""
        if call_name(call) != "basicConfig" or any(p.role == FORMATTER for p in outlet):
            return outlet
        return (*outlet, *self._default(module, call))

    def _outlet(self, module: Module, handler: ast.expr) -> tuple[Part, ...]:
        made = {o.node for o in self._origins.of(module, handler)}
        found = [self.part(module, handler, HANDLER)]
        for home, call in self._dressing:
            if made & {o.node for o in self._origins.of(home, _owner(call))}:
                found.append(self.part(home, call.args[0], _ROLES[call_name(call)]))
        return tuple(found)

    @cached_property
    def _dressing(self) -> tuple[tuple[Module, ast.Call], ...]:
        """Every `handler.setFormatter(...)` and `handler.addFilter(...)`."""
        return tuple((m, c) for m in self._repo.product for c in m.calls if call_name(c) in _ROLES and c.args)

    def _assigned(self, module: Module) -> Iterator[Setup]:
        """`root.handlers = [handler]`, Django's `LOGGING = {...}`, gunicorn's `logconfig = ...`."""
        is_server = module.path.rpartition("/")[2].startswith("gunicorn")
        for node in module.nodes:
            if not isinstance(node, ast.Assign):
                continue
            for target in map(_unsliced, node.targets):
                if self._is_handlers(module, target):
                    outlets = [self._outlet(m, h) for m, h in self._listed(module, node.value)]
                    yield Setup(module, node, tuple(outlets))
                elif isinstance(target, ast.Name) and (
                    (target.id == "LOGGING" and is_settings(module)) or (is_server and target.id in _SERVED)
                ):
                    found = self._configs.of(module, node.value)
                    yield from (self._from_config(module, node, c, by_server=is_server) for c in found)

    # One call each

    def _single(self, module: Module, call: ast.Call) -> Iterator[Setup]:
        match call_name(call):
            case "addFilter" | "setFormatter" as name if call.args and self._on_root_handlers(module, call):
                yield Setup(module, call, shared=(self.part(module, call.args[0], _ROLES[name]),))
            case "dictConfig" | "fileConfig":
                config = argument(call, "config", 0) or argument(call, "fname", 0)
                yield from (self._from_config(module, call, c) for c in self._configs.of(module, config))
            case "run" | "Config" if argument(call, "log_config") is not None:
                given = self._configs.of(module, argument(call, "log_config"))
                yield from (self._from_config(module, call, c) for c in given)
            case "setLogRecordFactory":
                yield Setup(module, call, shared=(self.part(module, argument(call, "factory", 0), FACTORY),))
            case "configure" | "configure_once" if self._is_of(module, call, "structlog.", "loguru."):
                yield Setup(module, call, shared=tuple(self._processors(module, call)))
            case "Logger" | "setup_logging" | "add" | "instrument" | "patch_all" | "patch":
                yield from self._of_library(module, call)

    def _is_of(self, module: Module, call: ast.Call, *libraries: str) -> bool:
        return any(n.startswith(libraries) for n in self._names.dotted(module, call.func))

    def _processors(self, module: Module, call: ast.Call) -> Iterator[Part]:
        """`structlog.configure(processors=[...])`, loguru's `logger.configure(patcher=..., handlers=[...])`."""
        is_structlog = self._is_of(module, call, "structlog.")
        listed = argument(call, "processors", 0) if is_structlog else argument(call, "patcher")
        for home, element in self._flat(module, listed):
            yield self.part(home, element, PROCESSOR)
        if not is_structlog:
            for home, entry in self._listed(module, argument(call, "handlers")):
                table = Conf(self._origins, home, entry).table
                yield from self._sink(home, entry, {k: c.value for k, c in table.items()})

    def _flat(self, module: Module, node: ast.expr | None, depth: int = _DEPTH) -> Iterator[tuple[Module, ast.expr]]:
        """The elements of a list that may be put together with `+` and `*`."""
        for origin in self._origins.of(module, node)[:_MOST] if depth > 0 else ():
            match origin.node:
                case ast.List() | ast.Tuple():
                    for element in origin.node.elts:
                        if isinstance(element, ast.Starred):
                            yield from self._flat(origin.module, element.value, depth - 1)
                        else:
                            yield origin.module, element
                case ast.BinOp(left=left, op=ast.Add(), right=right):
                    yield from self._flat(origin.module, left, depth - 1)
                    yield from self._flat(origin.module, right, depth - 1)
                case _:
                    yield origin.module, origin.node
        yield from self._appended(module, node)

    def _appended(self, module: Module, node: ast.expr | None) -> Iterator[tuple[Module, ast.expr]]:
        """What is appended to the list in the same function, or at module level."""
        if not isinstance(node, ast.Name):
            return
        function = module.enclosing_function(node)
        for call in (c for c in module.calls if call_name(c) == "append" and c.args):
            owner = _owner(call)
            same = isinstance(owner, ast.Name) and owner.id == node.id
            if same and module.enclosing_function(call) is function:
                yield module, call.args[0]

    def _of_library(self, module: Module, call: ast.Call) -> Iterator[Setup]:
        """Calls of libraries that set the whole of logging up."""
        for name in self._names.dotted(module, call.func):
            if name in POWERTOOLS or (name.startswith("google.cloud.logging") and name.endswith(".setup_logging")):
                yield Setup(module, call, shared=(Part(FORMATTER, module.at(call), (External(name),)),))
            elif name.startswith("loguru.") and name.endswith(".add"):
                given: dict[str, ast.expr | Datum] = {str(k.arg): k.value for k in call.keywords}
                yield Setup(module, call, shared=tuple(self._sink(module, call, given)))
            elif name.startswith(("opentelemetry.instrumentation.logging.", "ddtrace.")):
                texts = ("%(otelTraceID)s",) if constant(argument(call, "set_logging_format")) is True else ()
                yield Setup(module, call, shared=(Part(FACTORY, module.at(call), (External(name),), texts),))

    def _sink(self, module: Module, node: ast.expr, given: dict[str, ast.expr | Datum]) -> Iterator[Part]:
        """A sink of loguru: `serialize=True` writes JSON, `format` may be a text or a function."""
        if isinstance(flag := given.get("serialize"), ast.expr) and constant(flag) is True:
            yield Part(FORMATTER, module.at(node), (External("loguru.serialize"),))
        if isinstance(form := given.get("format"), ast.expr):
            part = self.part(module, form, FORMATTER)
            yield Part(FORMATTER, part.site, part.kinds, self._texts(module, form))

    # dictConfig

    def _from_config(self, module: Module, node: ast.AST, config: Conf, *, by_server: bool = False) -> Setup:
        """The handlers of the root logger, each with its formatter and filters."""
        tables = {kind: t.table if (t := config.get(kind)) else {} for kind in ("formatters", "filters", "handlers")}
        loggers = config.get("loggers")
        root = config.get("root") or (loggers.get("") or loggers.get("root") if loggers else None)
        outlets = []
        for name in root.texts("handlers") if root else ():
            if (entry := tables["handlers"].get(name)) is not None:
                outlets.append(tuple(self._configured(module, entry, tables)))
        return Setup(module, node, tuple(outlets), by_server=by_server)

    def _configured(self, module: Module, handler: Conf, tables: dict[str, dict[str, Conf]]) -> Iterator[Part]:
        yield self._entry(module, handler, HANDLER)
        form = handler.get("formatter")
        if form is not None and (entry := tables["formatters"].get(form.text or "")) is not None:
            yield self._entry(module, entry, FORMATTER)
        for name in handler.texts("filters"):
            if (entry := tables["filters"].get(name)) is not None:
                yield self._entry(module, entry, FILTER)

    def _entry(self, module: Module, entry: Conf, role: str) -> Part:
        named = entry.get("()") or entry.get("class")
        default = (External("logging.Formatter"),) if role == FORMATTER else ()
        kinds = tuple(self._named(module, named)) if named else default
        texts = tuple(t for c in entry.table.values() if (t := c.text) is not None)
        inner = tuple(self._inner_config(entry))
        return Part(role, (named or entry).site, kinds, texts, inner)

    def _inner_config(self, entry: Conf) -> Iterator[Part]:
        """The processors of a ProcessorFormatter that a configuration describes."""
        for key in ("processor", "processors", "foreign_pre_chain"):
            conf = entry.get(key)
            if conf is None or isinstance(conf.value, Datum):
                continue
            for home, element in self._flat(conf.module, conf.value):
                yield self.part(home, element, PROCESSOR)

    def _named(self, module: Module, named: Conf) -> Iterator[Class | Function | External]:
        text = named.text
        if text is None:
            if isinstance(named.value, ast.expr):
                yield from self.part(named.module, named.value, FORMATTER).kinds
            return
        text = text.removeprefix("ext://")
        found = [k for s in self._imported(text, module) if (k := _thing(s)) is not None]
        yield from found or [External(text)]

    def _imported(self, dotted: str, module: Module) -> list[Symbol]:
        """What a dotted name in a configuration means."""
        home, _, name = dotted.rpartition(".")
        source = self._repo.imports.find(home, module) if home else None
        if isinstance(source, Module):
            return self._names.exported(source, name)
        return []

    # Parts

    def part(self, module: Module, node: ast.expr | None, role: str, depth: int = _DEPTH) -> Part:
        """What the expression puts there."""
        origins = self._origins.of(module, node)[:_MOST]
        symbols = [s for o in origins for s in self._names.resolve(o.module, o.node)]
        kinds = dict.fromkeys(k for s in symbols if (k := _thing(s)) is not None)
        texts = [t for o in origins for t in self._texts(o.module, o.node)]
        calls = [(o.module, o.node) for o in origins if isinstance(o.node, ast.Call)]
        inner = [p for m, c in calls for p in self._inner(m, c, depth - 1)] if depth > 0 else []
        site = module.at(node) if node is not None else Site(module.path, None)
        return Part(role, site, tuple(kinds), tuple(texts), tuple(inner))

    def _inner(self, module: Module, call: ast.Call, depth: int) -> Iterator[Part]:
        """What a ProcessorFormatter runs."""
        for keyword in call.keywords:
            if keyword.arg in ("processor", "processors", "foreign_pre_chain"):
                for home, element in self._flat(module, keyword.value):
                    yield self.part(home, element, PROCESSOR, depth)

    def _texts(self, module: Module, node: ast.expr) -> tuple[str, ...]:
        """The texts that a call is given; names are followed."""
        given = [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else [node]
        found = [text_of(p) for g in given for o in self._origins.of(module, g) for p in ast.walk(o.node)]
        return tuple(t for t in found if t is not None)

    # The root logger

    def _on_root_handlers(self, module: Module, call: ast.Call) -> bool:
        """The receiver is an element of the root logger's `handlers`."""
        node = _owner(call)
        if isinstance(node, ast.Subscript):
            return self._is_handlers(module, node.value)
        found = self._names.lookup(module, node) if isinstance(node, ast.Name) else None
        loops = [b.node.iter for b in found[1] if isinstance(b.node, ast.For)] if found else []
        return any(self._is_handlers(module, _unsliced(i)) for i in loops)

    def _is_handlers(self, module: Module, node: ast.expr) -> bool:
        return isinstance(node, ast.Attribute) and node.attr == "handlers" and self._is_root(module, node.value)

    def _is_root(self, module: Module, node: ast.expr | None) -> bool:
        if node is None:
            return False
        if "logging.root" in self._names.dotted(module, node):
            return True
        for origin in self._origins.of(module, node):
            made = origin.node
            if isinstance(made, ast.Call) and call_name(made) == "getLogger":
                name = argument(made, "name", 0)
                if name is None or constant(name) in (None, "", "root"):
                    return isinstance(name, ast.Constant | None)
        return False


_SERVED = frozenset({"logconfig", "logconfig_dict", "logconfig_json"})
_ROLES = {"setFormatter": FORMATTER, "addFilter": FILTER}
_SETTING = frozenset(
    {"addHandler", "basicConfig", "addFilter", "setFormatter", "dictConfig", "fileConfig", "setLogRecordFactory",
     "configure", "configure_once", "run", "Config", "Logger", "setup_logging", "add", "instrument", "patch_all",
     "patch"}
)  # fmt: skip


def _thing(symbol: Symbol) -> Class | Function | External | None:
    """The class of an object; a class, function or external thing itself."""
    if isinstance(symbol, Instance):
        return symbol.of
    return symbol if isinstance(symbol, Class | Function | External) else None


def _owner(call: ast.Call) -> ast.expr | None:
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def _unsliced(node: ast.expr) -> ast.expr:
    """`root.handlers` for `root.handlers[:]` and `list(root.handlers)`."""
    if isinstance(node, ast.Subscript):
        return node.value
    return node.args[0] if isinstance(node, ast.Call) and call_name(node) in ("list", "tuple") and node.args else node
