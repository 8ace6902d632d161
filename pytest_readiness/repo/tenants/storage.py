"""Is tenant-owned data scoped by tenant where it is stored? ORM statements, and calls of data clients."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_readiness.repo.flow import Flow
from pytest_readiness.repo.modules import Function, Module, Site, call_name, dotted
from pytest_readiness.repo.names import Names, Value
from pytest_readiness.repo.orm import TENANT_COLUMNS, Orm, Statement
from pytest_readiness.repo.tenants.words import PARAMETERS, is_exempt

_REDIS = frozenset(
    {
        "get", "set", "setex", "psetex", "setnx", "getset", "getdel", "getex", "delete", "unlink", "exists",
        "mget", "mset", "expire", "expireat", "pexpire", "persist", "ttl", "incr", "incrby", "decr", "decrby",
        "append", "hget", "hset", "hsetnx", "hmget", "hmset", "hgetall", "hdel", "hexists", "hkeys", "hvals",
        "hincrby", "lpush", "rpush", "lpop", "rpop", "lrange", "llen", "lrem", "ltrim", "sadd", "srem",
        "smembers", "sismember", "scard", "zadd", "zrem", "zrange", "zrevrange", "zrangebyscore", "zscore",
        "zcard", "scan", "scan_iter", "keys", "hscan", "sscan", "zscan", "xadd", "xread", "xrange", "publish",
        "subscribe", "dump", "restore", "rename", "type",
    }
)  # fmt: skip
_DYNAMO = frozenset(
    {
        "get_item", "put_item", "update_item", "delete_item", "query", "scan", "batch_get_item",
        "batch_write_item", "transact_get_items", "transact_write_items", "execute_statement",
        "batch_execute_statement",
    }
)  # fmt: skip
_S3 = frozenset(
    {
        "get_object", "put_object", "delete_object", "delete_objects", "list_objects", "list_objects_v2",
        "head_object", "copy_object", "upload_file", "upload_fileobj", "download_file", "download_fileobj",
        "generate_presigned_url", "generate_presigned_post", "list_object_versions", "get_object_tagging",
        "put_object_tagging", "create_multipart_upload",
    }
)  # fmt: skip
_SEARCH = frozenset(
    {
        "index", "search", "bulk", "get", "mget", "delete", "update", "create", "exists", "count", "msearch",
        "delete_by_query", "update_by_query", "scroll", "get_source",
    }
)  # fmt: skip
CLIENTS = {"redis": _REDIS, "table": _DYNAMO, "dynamo": _DYNAMO, "dynamodb": _DYNAMO, "ddb": _DYNAMO, "s3": _S3,
           "opensearch": _SEARCH, "elasticsearch": _SEARCH}  # fmt: skip
"""Word in a receiver's name -> the methods that read or write data."""
_WORD = re.compile(r"[A-Z]?[a-z]+\d?|[A-Z]\d|\d+")


@dataclass(frozen=True)
class Access:
    """One access to tenant-owned data."""

    name: str
    site: Site
    is_scoped: bool
    note: str


class Storage:
    """The accesses to tenant-owned data."""

    def __init__(self, modules: tuple[Module, ...], names: Names, orm: Orm) -> None:
        self._modules, self._names, self._orm = modules, names, orm

    def accesses(self) -> Iterator[Access]:
        """Every ORM statement on a model with a tenant column, and every data call of a function with a tenant."""
        yield from (self._statement(s) for s in self._orm.statements if self._is_unit(s))
        for function in (f for m in self._modules for f in m.functions):
            tenants = [p.arg for p in function.params if p.arg in PARAMETERS]
            if tenants and not is_exempt(function):
                yield from self._calls(function, tenants)

    def has_tenant_column(self) -> bool:
        return any(m.tenant_column for m in self._orm.models)

    def _is_unit(self, statement: Statement) -> bool:
        owned = any(m.tenant_column for m in statement.models)
        return owned and not statement.is_count and statement.kind != "remove"

    def _statement(self, statement: Statement) -> Access:
        model = next(m for m in statement.models if m.tenant_column)
        column = model.tenant_column
        wanted = TENANT_COLUMNS | ({column.name, column.attribute} if column else set())
        given = [o for o in statement.compared(wanted) if not _is_column(o, statement)]
        scoped = any(not self._is_constant(statement.module, o) for o in given)
        note = "filtered by tenant in the statement" if scoped else "no condition on the tenant column in the statement"
        return Access(
            f"{statement.kind} on {model.name} at {statement.path}:{statement.line}", statement.at(note), scoped, note
        )

    def _is_constant(self, module: Module, node: ast.expr) -> bool:
        if isinstance(node, ast.Name):
            found = self._names.resolve(module, node)
            return bool(found) and all(isinstance(s, Value) and isinstance(s.node, ast.Constant) for s in found)
        return isinstance(node, ast.Constant)

    def _calls(self, function: Function, tenants: list[str]) -> Iterator[Access]:
        calls = [c for c in function.calls if self._is_data_call(function.module, c)]
        if not calls:
            return
        flow = Flow(function, names=tenants)
        for call in calls:
            values = [*call.args, *(k.value for k in call.keywords)]
            reached = any(_carried(flow, v) for v in values)
            scoped = reached or any(_guards(flow, g, call) for g in function.own_nodes if isinstance(g, ast.If))
            note = (
                f"{tenants[0]} is among the arguments"
                if reached
                else "a guard before it compares the key with the tenant"
            )
            note = note if scoped else f"{tenants[0]} does not reach this call"
            name = f"{dotted(call.func) or call_name(call)}() at {function.path}:{call.lineno}"
            yield Access(name, function.module.at(call, note), scoped, note)

    def _is_data_call(self, module: Module, call: ast.Call) -> bool:
        if not isinstance(call.func, ast.Attribute):
            return False
        methods = [CLIENTS[w] for w in _words(call.func.value) if w in CLIENTS]
        return any(call.func.attr in m for m in methods) and not self._is_container(module, call.func.value)

    def _is_container(self, module: Module, node: ast.expr) -> bool:
        """A dict or list that merely has such a name."""
        found = self._names.resolve(module, node)
        kinds = ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp
        return bool(found) and all(isinstance(s, Value) and isinstance(s.node, kinds) for s in found)


def _is_column(node: ast.expr, statement: Statement) -> bool:
    """A column of the statement's own models: compared with itself it selects every row."""
    names = {m.name for m in statement.models}
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names


def _words(receiver: ast.expr) -> list[str]:
    """The words of a receiver's names: `self.redis_client.pipe` -> self, redis, client, pipe."""
    names = [
        n.id if isinstance(n, ast.Name) else n.attr
        for n in ast.walk(receiver)
        if isinstance(n, ast.Name | ast.Attribute)
    ]
    return [w.lower() for name in names for w in _WORD.findall(name)]


def _carried(flow: Flow, value: ast.expr) -> bool:
    """Whether the tenant is in the argument; in a condition too (`Key("pk").eq(tenant)`, `a == tenant`)."""
    return any(flow.carries(n) for n in ast.walk(value) if isinstance(n, ast.expr))


def _guards(flow: Flow, guard: ast.If, call: ast.Call) -> bool:
    """Whether an earlier test compares what the call is about with the tenant, and raises."""
    if guard.lineno >= call.lineno or not guard.body or not isinstance(guard.body[-1], ast.Raise):
        return False
    parts = [n for n in ast.walk(guard.test) if isinstance(n, ast.expr)]
    passed = {
        n.id for a in (*call.args, *(k.value for k in call.keywords)) for n in ast.walk(a) if isinstance(n, ast.Name)
    }
    compares = any(isinstance(n, ast.Compare) or (isinstance(n, ast.Call) and n.args) for n in parts)
    tested = {n.id for n in parts if isinstance(n, ast.Name) and not flow.carries(n)}
    return compares and bool(tested & passed) and any(flow.carries(n) for n in parts)
