"""What calls outside the repository give, as far as it is known; everything else is Unknown.

Known are the functions that circuit breakers, facades and their configuration are built with.
"""

from __future__ import annotations

import builtins
import math
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_readiness.repo.machine.values import (
    Bound,
    Coroutine,
    Ext,
    ExtObj,
    Fn,
    Managed,
    Member,
    Moment,
    Native,
    Obj,
    Reading,
    Span,
    Stream,
    Unknown,
)
from pytest_readiness.repo.modules import Class

if TYPE_CHECKING:
    from pytest_readiness.repo.machine.machine import Machine
    from pytest_readiness.repo.machine.objects import Objects

Work = Callable[["Machine", list[Any], dict[str, Any]], object]
LOCKS = frozenset(
    {
        "asyncio.Lock", "threading.Lock", "threading.RLock", "asyncio.locks.Lock", "anyio.Lock", "trio.Lock",
        "multiprocessing.Lock", "multiprocessing.RLock",
    }
)  # fmt: skip
_CLOCKS = frozenset({"time.time", "time.monotonic", "time.perf_counter", "time.process_time", "anyio.current_time"})
_NOWS = frozenset(
    {"datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "django.utils.timezone.now"}
)
_LOOPS = frozenset({"asyncio.get_event_loop", "asyncio.get_running_loop", "asyncio.new_event_loop"})
_SAME = frozenset(
    {
        "asyncio.create_task", "asyncio.ensure_future", "asyncio.shield", "asyncio.wait_for", "typing.cast",
        "asyncio.timeout", "functools.update_wrapper", "copy.copy", "asyncio.get_running_loop.create_task",
    }
)  # fmt: skip
"""Calls that give what they are given, as far as it matters here."""
_RUN_ELSEWHERE = frozenset(
    {
        "asyncio.to_thread", "anyio.to_thread.run_sync", "starlette.concurrency.run_in_threadpool",
        "fastapi.concurrency.run_in_threadpool", "trio.to_thread.run_sync",
    }
)  # fmt: skip
_ALIASES = {
    "asyncio.TimeoutError": "builtins.TimeoutError", "asyncio.exceptions.TimeoutError": "builtins.TimeoutError",
    "concurrent.futures.TimeoutError": "builtins.TimeoutError", "socket.timeout": "builtins.TimeoutError",
    "builtins.IOError": "builtins.OSError", "builtins.EnvironmentError": "builtins.OSError",
}  # fmt: skip
OUTAGE = "outage:"
"""Stands before a package's name: what its clients raise when nobody answers."""
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LOST = frozenset(
    {
        "connection", "connect", "connector", "timeout", "timed", "network", "operational", "transport", "unavailable",
        "socket", "unreachable", "closed", "interface", "server",
    }
)  # fmt: skip
_GENERAL = frozenset(
    {
        "Error", "SQLAlchemyError", "DBAPIError", "DatabaseError", "HTTPError", "RequestError", "RequestException",
        "ClientError", "BotoCoreError", "OpenAIError", "APIError", "APIStatusError", "ApiException", "PyMongoError",
        "KafkaException", "AMQPError", "VaultError", "RpcError", "AioRpcError", "GoogleAPIError", "GoogleAPICallError",
        "AzureError", "OpenSearchException", "ElasticsearchException", "ApiError", "AMQPException", "MySQLError",
    }
)  # fmt: skip
_FAMILIES = (
    frozenset({"boto3", "botocore", "aioboto3", "aiobotocore"}), frozenset({"httpx", "httpcore"}),
    frozenset({"sqlalchemy", "psycopg", "psycopg2", "asyncpg", "sqlite3", "pymysql"}),
    frozenset({"motor", "pymongo"}), frozenset({"opensearchpy", "elasticsearch"}), frozenset({"requests", "urllib3"}),
    frozenset({"redis", "aioredis"}), frozenset({"google", "vertexai"}), frozenset({"urllib", "socket"}),
)  # fmt: skip
_HINTS = ("clock", "now", "timer", "time_source", "monotonic", "time_func", "time_fn", "get_time", "time_provider")
_CONSTANTS: dict[str, object] = {"math.inf": math.inf, "sys.maxsize": 10**9}
_STATELESS = frozenset({"str", "int", "float", "bytes", "tuple", "frozenset", "range"})
_METHODS: dict[type, frozenset[str]] = {
    str: frozenset({"lower", "upper", "strip", "lstrip", "rstrip", "split", "rsplit", "startswith", "endswith", "join",
                    "replace", "title", "capitalize", "isdigit", "isupper", "removeprefix", "removesuffix", "partition",
                    "rpartition", "count", "find"}),
    list: frozenset({"append", "pop", "clear", "extend", "remove", "insert", "index", "count", "reverse", "copy"}),
    deque: frozenset({"append", "appendleft", "pop", "popleft", "clear", "extend", "remove", "count", "copy"}),
    dict: frozenset({"get", "setdefault", "items", "keys", "values", "pop", "popitem", "update", "clear", "copy"}),
    set: frozenset({"add", "discard", "remove", "clear", "update", "union", "difference", "intersection", "copy"}),
    frozenset: frozenset({"union", "difference", "intersection", "copy"}),
    tuple: frozenset({"index", "count"}),
    int: frozenset({"bit_length"}),
    float: frozenset({"is_integer"}),
}  # fmt: skip
_LONGEST = 10_000


class Defaults(dict[object, object]):
    """A defaultdict; what it makes is made by the machine."""

    def __init__(self, factory: object) -> None:
        super().__init__()
        self.factory = factory


@dataclass(frozen=True)
class Super:
    """`super()` inside a method of the class `after`."""

    receiver: object
    after: Class


def constant(name: str) -> object | None:
    """The value of a constant of a library."""
    return _CONSTANTS.get(name)


# Calls


def call(machine: Objects, name: str, args: list[Any], kwargs: dict[str, Any]) -> object:
    """The result of calling something outside the repository."""
    machine = _whole(machine)
    if name in _CLOCKS:
        return machine.clock
    if name in _NOWS:
        return Moment(machine.clock)
    if name in LOCKS:
        return ExtObj(name)
    if name in _LOOPS:
        return ExtObj("asyncio.loop")
    if name in _RUN_ELSEWHERE and args:
        return Coroutine(lambda: machine.call(args[0], args[1:], kwargs))
    if name in _SAME and args:
        return args[1] if name == "typing.cast" and len(args) > 1 else args[0]
    work = _KNOWN.get(name)
    if work is not None:
        return machine.plainly(work, machine, args, kwargs)
    if _is_exception(name):
        return ExtObj(name, list(args), attrs=dict(kwargs))
    return Unknown(name, name, args=_texts(args))


def _texts(args: list[Any]) -> tuple[object, ...]:
    """The texts that a client was made with: the name of a service, an address."""
    return tuple(a for a in args if isinstance(a, str))


def _whole(machine: Objects) -> Machine:
    return machine  # type: ignore[return-value]  # Objects is only ever the base of Machine


def call_unknown(machine: Objects, callee: object, args: list[Any], kwargs: dict[str, Any]) -> object:
    """A call of something that is not known: a clock by its name, else Unknown."""
    if isinstance(callee, Unknown) and callee.origin:
        found = machine.hooks.library(callee.origin, args, kwargs)
        known = callee.args or _texts(args)
        return Unknown(callee.hint, callee.origin, args=known) if found is None else found
    hint = callee.hint.lstrip("_").lower() if isinstance(callee, Unknown) else ""
    if hint in _HINTS and not args and not kwargs:
        return _whole(machine).clock
    if callee is None:
        raise machine.raised("TypeError")
    return Unknown(hint)


def _is_exception(name: str) -> bool:
    kind = getattr(builtins, name.removeprefix("builtins."), None) if name.startswith("builtins.") else None
    last = name.rpartition(".")[2]
    return (isinstance(kind, type) and issubclass(kind, BaseException)) or last.endswith(("Error", "Exception"))


def _partial(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    first, before, given = args[0], args[1:], dict(kwargs)
    return Native("partial", lambda a, k: machine.call(first, [*before, *a], given | k), is_coroutine_function(first))


def _gather(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    return Coroutine(lambda: [machine.await_(a) for a in args])


def _timedelta(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del machine
    units = {"days": 86400.0, "seconds": 1.0, "microseconds": 1e-6, "milliseconds": 1e-3, "minutes": 60.0,
             "hours": 3600.0, "weeks": 604800.0}  # fmt: skip
    given = dict(zip(units, args, strict=False)) | kwargs
    if any(not isinstance(v, int | float) for v in given.values()):
        return Unknown("timedelta")
    return Span(sum(units.get(k, 0.0) * v for k, v in given.items()))


def _sleep(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    if args and isinstance(args[0], int | float):
        machine.clock += args[0]
    return None


def _isinstance(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    found = machine.is_instance(args[0], args[1])
    return Unknown() if found is None else found


def _getattr(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    if not isinstance(args[1], str):
        return Unknown()
    if len(args) > 2 and has(machine, args[0], args[1]) is False:
        return args[2]
    return machine.attribute(args[0], args[1])


def has(machine: Objects, owner: object, name: str) -> bool | None:
    """hasattr(owner, name); None where that is not known."""
    if isinstance(owner, Obj):
        if name in owner.attrs:
            return True
        found = machine.attribute(owner, name)
        if not isinstance(found, Unknown):
            return True
        line = machine.names.ancestry(owner.cls)
        return False if all(isinstance(c, Class) for c in line) and len(line) == 1 else None
    if owner is None or isinstance(owner, str | int | float | list | dict | tuple):
        return hasattr(owner, name)
    return None


def _hasattr(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    found = has(machine, args[0], args[1]) if isinstance(args[1], str) else None
    return Unknown() if found is None else found


def _setattr(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    if isinstance(args[1], str):
        machine.set_attribute(args[0], args[1], args[2])
    return None


def _callable(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del machine, kwargs
    known = isinstance(args[0], Fn | Bound | Native | Class)
    return True if known else Unknown() if isinstance(args[0], Unknown | Obj | Ext) else False


def is_coroutine_function(value: object) -> bool:
    """Whether calling the value gives something to await."""
    if isinstance(value, Bound):
        return is_coroutine_function(value.callee)
    return value.is_async if isinstance(value, Fn | Native) else False


def _asks_coroutine(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del machine, kwargs
    return Unknown() if isinstance(args[0], Unknown) else is_coroutine_function(args[0])


def _asks_awaitable(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del machine, kwargs
    return Unknown() if isinstance(args[0], Unknown) else isinstance(args[0], Coroutine)


def _numbers(work: Callable[..., Any]) -> Work:
    """A function over numbers; Unknown where one is not known."""

    def run(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
        del machine
        values = list(args[0]) if len(args) == 1 and isinstance(args[0], list | tuple | set | deque) else args
        default = kwargs.get("default")
        if not values and "default" in kwargs:
            return default
        if any(isinstance(v, Unknown | Obj | ExtObj) for v in values):
            return Unknown()
        return work(values) if work in (min, max, sum) else work(*values)

    return run


def _convert(kind: type) -> Work:
    def run(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
        del machine, kwargs
        if not args:
            return kind()
        value = args[0].value if isinstance(args[0], Member) and kind is not str else args[0]
        if kind is str and not isinstance(value, str | int | float):
            return "?"
        return kind(value) if isinstance(value, str | int | float) and len(str(value)) < 100 else Unknown()

    return run


def _truth(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    known = machine.known_truth(args[0]) if args else False
    return Unknown() if known is None else known


def _collect(kind: Callable[[list[Any]], object]) -> Work:
    def run(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
        del kwargs
        if not args:
            return kind([])
        found = machine.elements(args[0])
        return Unknown() if found is None else kind(found)

    return run


def _sorted(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    found = machine.elements(args[0])
    if found is None:
        return Unknown()
    plain = all(isinstance(v, int | float) for v in found) or all(isinstance(v, str) for v in found)
    return sorted(found, reverse=kwargs.get("reverse") is True) if plain and "key" not in kwargs else found  # type: ignore[type-var]


def _deque(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    found = machine.elements(args[0]) if args else []
    longest = kwargs.get("maxlen", args[1] if len(args) > 1 else None)
    return deque(found or [], longest if isinstance(longest, int) and 0 < longest < _LONGEST else None)


def _dict(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del machine
    first = args[0] if args else {}
    made = dict(first) if isinstance(first, dict | list | tuple) else {}
    return made | kwargs


def _len(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    found = machine.elements(args[0])
    return Unknown() if found is None else len(found)


def _some(machine: Machine, args: list[Any], decisive: bool) -> object:
    found = machine.elements(args[0])
    known = [machine.known_truth(v) for v in found] if found is not None else [None]
    if decisive in known:
        return decisive
    return Unknown() if None in known else not decisive


def _zip(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    parts = [machine.elements(a) for a in args]
    return Unknown() if None in parts else [tuple(t) for t in zip(*parts, strict=False)]


def _range(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del machine, kwargs
    return range(*args) if all(isinstance(a, int) for a in args) else Unknown()


def _next(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    found = machine.elements(args[0])
    if found is None:
        return Unknown()
    if not found and len(args) > 1:
        return args[1]
    if not found:
        raise machine.raised("StopIteration")
    return found[0]


def _getenv(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del machine
    default = kwargs.get("default", args[1] if len(args) > 1 else None)
    return Unknown("environment") if default is None else default


def _config(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    """decouple's `config("X", default=5, cast=int)`."""
    default = kwargs.get("default", args[1] if len(args) > 1 else Unknown("environment"))
    cast = kwargs.get("cast")
    return machine.call(cast, [default], {}) if isinstance(cast, Ext) and not isinstance(default, Unknown) else default


def _replace(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del machine
    if not isinstance(args[0], Obj):
        return Unknown()
    return Obj(args[0].cls, args[0].attrs | kwargs, dict(args[0].sites))


def _await(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del kwargs
    return machine.await_(args[0])


def _middle(machine: Machine, args: list[Any], kwargs: dict[str, Any]) -> object:
    del machine, kwargs
    return (args[0] + args[1]) / 2 if all(isinstance(a, int | float) for a in args) else Unknown()


_KNOWN: dict[str, Work] = {
    "functools.partial": _partial, "functools.wraps": lambda *_: Native("wraps", lambda a, _: a[0]),
    "functools.lru_cache": lambda m, a, *_: _cached_function(m, a[0]) if a and isinstance(a[0], Fn) else _cached(m),
    "functools.cache": lambda m, a, *_: _cached_function(m, a[0]),
    "asyncio.gather": _gather, "asyncio.run": _await, "anyio.run": _await, "datetime.timedelta": _timedelta,
    "asyncio.sleep": _sleep, "time.sleep": _sleep, "anyio.sleep": _sleep,
    "datetime.datetime.fromtimestamp": lambda _m, a, *_: Moment(a[0]) if isinstance(a[0], int | float) else Unknown(),
    "time.time_ns": lambda m, *_: int(m.clock * 1e9), "time.monotonic_ns": lambda m, *_: int(m.clock * 1e9),
    "asyncio.iscoroutinefunction": _asks_coroutine, "inspect.iscoroutinefunction": _asks_coroutine,
    "inspect.isawaitable": _asks_awaitable, "inspect.iscoroutine": _asks_awaitable,
    "asyncio.iscoroutine": _asks_awaitable, "asgiref.sync.sync_to_async": lambda _m, a, *_: a[0] if a else Unknown(),
    "contextlib.suppress": lambda _m, a, *_: ExtObj("contextlib.suppress", list(a)),
    "collections.deque": _deque, "collections.OrderedDict": _dict,
    "collections.defaultdict": lambda _m, a, *_: Defaults(a[0] if a else None),
    "random.uniform": _middle, "random.randint": _middle, "random.random": lambda *_: 0.5,
    "os.getenv": _getenv, "os.environ.get": _getenv, "decouple.config": _config, "dataclasses.replace": _replace,
    "enum.auto": lambda *_: Unknown("auto"),
    "math.ceil": _numbers(math.ceil), "math.floor": _numbers(math.floor), "math.isclose": _numbers(math.isclose),
    "builtins.isinstance": _isinstance, "builtins.getattr": _getattr, "builtins.hasattr": _hasattr,
    "builtins.setattr": _setattr, "builtins.callable": _callable, "builtins.min": _numbers(min),
    "builtins.max": _numbers(max), "builtins.sum": _numbers(sum), "builtins.abs": _numbers(abs),
    "builtins.round": _numbers(round), "builtins.int": _convert(int), "builtins.float": _convert(float),
    "builtins.str": _convert(str), "builtins.repr": _convert(str), "builtins.bool": _truth,
    "builtins.list": _collect(list), "builtins.tuple": _collect(tuple), "builtins.sorted": _sorted,
    "builtins.reversed": _collect(lambda v: v[::-1]), "builtins.iter": _collect(list),
    "builtins.set": _collect(set), "builtins.frozenset": _collect(frozenset), "builtins.dict": _dict,
    "builtins.len": _len, "builtins.zip": _zip, "builtins.range": _range, "builtins.next": _next,
    "builtins.enumerate": _collect(lambda v: [tuple(p) for p in enumerate(v)]),
    "builtins.any": lambda m, a, *_: _some(m, a, True), "builtins.all": lambda m, a, *_: _some(m, a, False),
    "builtins.type": lambda m, a, *_: m.type_of(a[0]), "builtins.print": lambda *_: None,
}  # fmt: skip


def _cached(machine: Machine) -> Native:
    return Native("lru_cache", lambda a, _: _cached_function(machine, a[0]))


def _cached_function(machine: Machine, function: object) -> Native:
    """A function without arguments runs once."""
    kept: list[object] = []

    def run(args: list[object], kwargs: dict[str, object]) -> object:
        if args or kwargs:
            return machine.call(function, args, kwargs)
        if not kept:
            kept.append(machine.call(function, [], {}))
        return kept[0]

    return Native("cached", run)


# Attributes


def of_external(machine: Objects, owner: Unknown | ExtObj, name: str) -> object:
    """An attribute of an object of a library."""
    machine = _whole(machine)
    if isinstance(owner, ExtObj):
        if owner.name == "asyncio.loop":
            return _of_loop(machine, name)
        if owner.name in LOCKS and name in {"acquire", "release", "locked"}:
            return Native(name, lambda _a, _k: True)
        if name == "args":
            return tuple(owner.args)
        return owner.attrs.get(name, Unknown(name))
    dotted = f"{owner.origin}.{name}" if owner.origin else ""
    found = machine.hooks.outside(dotted) if dotted else None
    return Unknown(name, dotted, args=owner.args) if found is None else found


def _of_loop(machine: Machine, name: str) -> object:
    if name == "time":
        return Native("time", lambda _a, _k: machine.clock)
    if name == "run_in_executor":
        return Native(name, lambda a, _: Coroutine(lambda: machine.call(a[1], a[2:], {})))
    if name in {"create_task", "run_until_complete"}:
        return Native(name, lambda a, _: machine.await_(a[0]) if name == "run_until_complete" else a[0])
    return Unknown(name)


def of_plain(machine: Objects, owner: object, name: str) -> object:
    """A method or attribute of a plain value, a moment or a function."""
    if isinstance(owner, Moment | Span):
        return _of_time(owner, name)
    if isinstance(owner, Reading):
        return 100.0 if name == "total" else Reading(100 - owner) if name in {"free", "available", "idle"} else owner
    if isinstance(owner, Coroutine) and name in {"done", "cancelled", "exception"}:
        return Unknown(name, f"asyncio.Task.{name}")
    if isinstance(owner, Fn | Bound | Native):
        return getattr(owner, "name", name) if name in {"__name__", "__qualname__"} else Unknown(name)
    allowed = next((m for t, m in _METHODS.items() if isinstance(owner, t)), frozenset())
    if name not in allowed:
        return Unknown(name)
    whole = _whole(machine)
    return Native(name, lambda args, kwargs: _plain_call(whole, owner, name, args, kwargs))


def _of_time(owner: Moment | Span, name: str) -> object:
    if isinstance(owner, Span):
        if name == "total_seconds":
            return Native(name, lambda _a, _k: owner.seconds)
        return (
            int(owner.seconds) % 86400
            if name == "seconds"
            else int(owner.seconds) // 86400
            if name == "days"
            else Unknown(name)
        )
    if name == "timestamp":
        return Native(name, lambda _a, _k: owner.seconds)
    return Native(name, lambda _a, _k: owner) if name in {"replace", "astimezone"} else Unknown(name)


def _plain_call(machine: Machine, owner: Any, name: str, args: list[Any], kwargs: dict[str, Any]) -> object:
    if isinstance(owner, dict) and name in {"get", "setdefault", "pop"} and args and isinstance(args[0], Unknown):
        return owner.get(args[0], Unknown())
    if isinstance(owner, str) and any(not isinstance(a, str | int | tuple) for a in args):
        return "?"
    if name in {"extend", "update"} and args and isinstance(args[0], Unknown | Obj):
        return None
    if isinstance(owner, list | deque) and len(owner) > _LONGEST:
        return Unknown()
    found = machine.plainly(lambda: getattr(owner, name)(*args, **kwargs))
    return list(found) if name in {"items", "keys", "values"} else found


# Kinds


def is_plain_instance(value: object, name: str) -> bool | None:
    """isinstance of a plain value and a class of Python's own."""
    kind = getattr(builtins, name.removeprefix("builtins."), None) if name.startswith("builtins.") else None
    if isinstance(kind, type):
        return isinstance(value, kind)
    if isinstance(value, Moment):
        return name == "datetime.datetime"
    if isinstance(value, Coroutine | Stream | Managed | Fn | Bound | Native):
        return None
    return False


def is_outage(kind: str, package: str) -> bool:
    """Whether an exception class is what clients of the package raise when nobody answers, or a base of that."""
    first, last = kind.partition(".")[0], kind.rpartition(".")[2]
    if first == "builtins":
        return last in {"Exception", "BaseException", "OSError", "ConnectionError", "TimeoutError", "IOError"}
    if _ALIASES.get(kind) == "builtins.TimeoutError":
        return True
    words = {w.lower() for w in _CAMEL.findall(last)}
    related = first == package or any({first, package} <= family for family in _FAMILIES)
    general = last in _GENERAL or words - {"error", "exception"} == {package.lower()}
    return related and (general or bool(words & _LOST))


def is_kind(line: list[object], kind: object) -> bool | None:
    """Whether a class is among an exception's classes; bases of classes of libraries are known for Python's own."""
    if kind in line:
        return True
    if not isinstance(kind, Ext):
        return False
    outages = [c.name.removeprefix(OUTAGE) for c in line if isinstance(c, Ext) and c.name.startswith(OUTAGE)]
    if outages:
        return is_outage(kind.name, outages[0])
    names = [_ALIASES.get(c.name, c.name) for c in line if isinstance(c, Ext)]
    wanted = _ALIASES.get(kind.name, kind.name)
    if any(n == wanted or _builtin_is(n, wanted) for n in names):
        return True
    foreign = [n for n in names if not n.startswith("builtins.") and not n.endswith(".CancelledError")]
    return bool(foreign) and wanted in {"builtins.Exception", "builtins.BaseException"}


def _builtin_is(name: str, above: str) -> bool:
    sub = getattr(builtins, name.removeprefix("builtins."), None) if name.startswith("builtins.") else None
    base = getattr(builtins, above.removeprefix("builtins."), None) if above.startswith("builtins.") else None
    return isinstance(sub, type) and isinstance(base, type) and issubclass(sub, base)
