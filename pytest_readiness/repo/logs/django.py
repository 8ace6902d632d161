"""Django: the settings that an application starts with, and the middlewares that they name."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.modules import Class, Function, FunctionNode, Module, call_name, text_of

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

APPLICATIONS = frozenset({"django.core.wsgi.get_wsgi_application", "django.core.asgi.get_asgi_application"})
_VARIABLE = "DJANGO_SETTINGS_MODULE"
_METHODS = ("__call__", "__acall__", "process_request", "process_view")
"""Methods of a middleware that run before the handler."""


def is_settings(module: Module) -> bool:
    """Whether a module holds Django's settings."""
    body: Iterable[ast.stmt] = module.tree.body if module.tree else ()
    targets = (t for s in body if isinstance(s, ast.Assign) for t in s.targets)
    return any(isinstance(t, ast.Name) and t.id in ("INSTALLED_APPS", "MIDDLEWARE") for t in targets)


def settings_of(repo: Repo, module: Module) -> list[Module]:
    """The settings that a module which creates an application names; all there are where it names none of them."""
    found = (repo.imports.find(name, module) for name in _named(module))
    named = [m for m in found if isinstance(m, Module)]
    return named or [m for m in repo.product if is_settings(m)]


def _named(module: Module) -> Iterator[str]:
    """`os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")`, `os.environ["DJANGO_..."] = ...`."""
    for node in module.nodes:
        match node:
            case ast.Call(args=[key, value]) if call_name(node) == "setdefault":
                pass
            case ast.Assign(targets=[ast.Subscript(slice=key)], value=value):
                pass
            case _:
                continue
        if text_of(key) == _VARIABLE and (name := text_of(value)):
            yield name


def middlewares(module: Module) -> Iterator[ast.Constant]:
    """The names of middlewares in a settings module."""
    for node in module.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id="MIDDLEWARE")], value=value):
                given = [value]
            case ast.AugAssign(target=ast.Name(id="MIDDLEWARE"), value=value):
                given = [value]
            case ast.Call(func=ast.Attribute(value=ast.Name(id="MIDDLEWARE")), args=args):
                given = args
            case _:
                continue
        yield from (n for g in given for n in ast.walk(g) if isinstance(n, ast.Constant) and isinstance(n.value, str))


def entered(repo: Repo, module: Module, name: str) -> list[Function]:
    """The functions by which Django enters a middleware that is named `shop.middleware.RequestIds`."""
    home, _, last = name.rpartition(".")
    source = repo.imports.find(home, module)
    if not isinstance(source, Module):
        return []
    symbols = repo.names.exported(source, last)
    classes = [s for s in symbols if isinstance(s, Class)]
    methods = (repo.names.method(c, n) for c in classes for n in _METHODS)
    functions = [s for s in symbols if isinstance(s, Function)]
    inner = (source.function_of(n) for f in functions for n in ast.walk(f.node) if isinstance(n, FunctionNode))
    return [*(m for m in methods if m is not None), *(f for f in inner if f not in functions)]
