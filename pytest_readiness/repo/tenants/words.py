"""Names that stand for a tenant, and the places where a tenant's name means something else."""

from __future__ import annotations

import ast
import re

from pytest_readiness.repo.modules import Class, Function, call_name, constant, dotted, text_of

PARAMETERS = frozenset({"tenant", "tenant_id", "tenantId", "tenant_key", "requested_tenant"})
"""Names under which a function takes the tenant."""
FIELDS = frozenset({"tenant", "tenant_id", "tenantId"})
"""Names under which a body model takes the tenant."""
EXEMPT_FOLDERS = frozenset({"observability", "auth", "migration"})
EXEMPT_CLASSES = ("Secret", "Metrics", "Logger")
"""Platform-wide data: a tenant is a label there."""
LOG_METHODS = frozenset({"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "print"})
_LAST_WORDS = frozenset({"tenant", "id", "key", "slug", "uuid", "code", "name", "path", "header", "body", "request"})
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")


def is_tenant_name(name: str) -> bool:
    """Whether an identifier or key names one tenant: tenant, tenant_id, tenantId, X-Tenant-ID, requested_tenant."""
    words = [w.lower() for w in _WORD.findall(name)]
    return "tenant" in words and words[-1] in _LAST_WORDS and "multi" not in words


def plain(name: str) -> str:
    """A parameter, key or header in one spelling: `X-Tenant-ID`, `x_tenant_id` and `tenantId` are `tenant_id`."""
    words = [w.lower() for w in _WORD.findall(name)]
    return "_".join(words[1:] if words[:1] == ["x"] else words)


def is_exempt(function: Function) -> bool:
    """Whether the function handles platform-wide data, by its folder or its class."""
    cls = function.module.enclosing_class(function.node)
    return in_exempt_folder(function.path) or (cls is not None and _is_platform(cls))


def in_exempt_folder(path: str) -> bool:
    return bool(EXEMPT_FOLDERS & set(path.split("/")[:-1]))


def _is_platform(cls: Class) -> bool:
    return any(word in cls.name for word in EXEMPT_CLASSES)


def is_log_call(call: ast.Call) -> bool:
    """Whether the call only writes a log: logger.info(...), print(...), audit_logger.log_operation(...)."""
    if call_name(call) in LOG_METHODS:
        return True
    receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
    name = (dotted(receiver) or "").rpartition(".")[2] if receiver is not None else ""
    return name.lower().endswith(("logger", "log"))


def key_of(node: ast.expr) -> str:
    """The text of a key, of bytes too; "" where it is none."""
    value = constant(node)
    return value.decode("latin-1") if isinstance(value, bytes) else text_of(node) or ""


def names_tenant(node: ast.expr) -> bool:
    """Whether the expression by its name is one tenant: a name, an attribute, a key, or a call named after it."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return is_tenant_name(name)
        case ast.Subscript(slice=key):
            return is_tenant_name(key_of(key))
        case ast.Call(func=ast.Attribute(attr="get" | "getlist" | "pop"), args=[key, *_]):
            return is_tenant_name(key_of(key))
        case ast.Call(func=ast.Name(id="getattr"), args=[_, key, *_]):
            return is_tenant_name(key_of(key))
        case ast.Call(args=[_, *_]):
            return is_tenant_name(call_name(node)) and not call_name(node)[:1].isupper()
    return False
