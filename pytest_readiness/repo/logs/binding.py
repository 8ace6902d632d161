"""What is bound for each request of a service: middlewares, dependencies and instrumentations that keep an id."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pytest_readiness.repo.logs.django import entered, is_settings, middlewares
from pytest_readiness.repo.logs.slots import (
    CORRELATION,
    DDTRACE,
    OTEL,
    POWERTOOLS_KEYS,
    STARLETTE,
    STRUCTLOG,
    XRAY,
    Bound,
    Slot,
    Slots,
    reached,
)
from pytest_readiness.repo.logs.starts import Service, Starts
from pytest_readiness.repo.modules import Module, Site, call_name
from pytest_readiness.repo.web import Registration

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_MIDDLEWARES = (
    (CORRELATION, re.compile(r"^asgi_correlation_id\..*CorrelationIdMiddleware$")),
    (STARLETTE, re.compile(r"^starlette_context\..*ContextMiddleware$")),
    (OTEL, re.compile(r"^opentelemetry\.instrumentation\.\w+\.OpenTelemetryMiddleware$")),
    (DDTRACE, re.compile(r"^ddtrace\.contrib\..*Middleware$")),
    (XRAY, re.compile(r"^aws_xray_sdk\.ext\..*Middleware$")),
)
_INSTRUMENTS = (
    (OTEL, re.compile(r"^opentelemetry\.instrumentation\.(fastapi|starlette|flask|django|asgi|wsgi|falcon|pyramid)\.")),
    (DDTRACE, re.compile(r"^ddtrace\.(patch_all|patch)$")),
    (POWERTOOLS_KEYS, re.compile(r"^aws_lambda_powertools\..*Logger\.inject_lambda_context$")),
)
_COMMANDS = ((OTEL, "opentelemetry-instrument"), (DDTRACE, "ddtrace-run"))
_INSTRUMENTING = frozenset({"instrument", "instrument_app", "patch_all", "patch", "inject_lambda_context"})


class Bindings:
    """Finds what live code binds for a service."""

    def __init__(self, repo: Repo, starts: Starts, slots: Slots) -> None:
        self._repo, self._names, self._starts, self._slots = repo, repo.names, starts, slots

    def of(self, service: Service) -> list[Bound]:
        """What is bound before each handler of the service runs."""
        apps = self._starts.around(service)
        guards = [g for app in apps for g in self._repo.web.guards_of(app)]
        found = [b for g in guards for b in self._guard(g)]
        return [*found, *self._configured(service), *self._instrumented(service), *self._commanded(service)]

    def _guard(self, guard: Registration) -> Iterator[Bound]:
        for function in reached(self._repo, list(guard.functions)):
            yield from self._slots.bound(function)
        for name in self._names.dotted(guard.module, guard.node):
            for kind, pattern in _MIDDLEWARES:
                if pattern.match(name):
                    keys = frozenset(["X-Request-ID", "X-Correlation-ID"]) if kind == STARLETTE else None
                    yield Bound(Slot(kind), keys, guard.module.at(guard.node))

    def _configured(self, service: Service) -> Iterator[Bound]:
        """Middlewares that Django's settings name."""
        for module in sorted(self._starts.roots(service).modules, key=lambda m: m.path):
            for constant in middlewares(module) if is_settings(module) else ():
                for function in reached(self._repo, entered(self._repo, module, str(constant.value))):
                    yield from self._slots.bound(function)
                if str(constant.value).startswith("django_structlog.middlewares."):
                    yield Bound(Slot(STRUCTLOG), frozenset(["request_id", "user_id"]), module.at(constant))

    def _instrumented(self, service: Service) -> Iterator[Bound]:
        """Instrumentation of the application, or of all applications, in code that runs at its start."""
        for module, node in self._instruments:
            func = node.func if isinstance(node, ast.Call) else node
            for name in self._names.dotted(module, func):
                kind = next((k for k, pattern in _INSTRUMENTS if pattern.match(name)), None)
                if kind is not None and self._concerns(service, module, node):
                    keys = frozenset(["function_request_id"]) if kind == POWERTOOLS_KEYS else None
                    yield Bound(Slot(kind), keys, module.at(node))

    @property
    def _instruments(self) -> list[tuple[Module, ast.expr]]:
        calls = [(m, c) for m in self._repo.product for c in m.calls if call_name(c) in _INSTRUMENTING]
        decorators = [(m, d) for m in self._repo.product for f in m.functions for d in f.node.decorator_list]
        bare = [(m, d) for m, d in decorators if isinstance(d, ast.Attribute) and d.attr in _INSTRUMENTING]
        return [*calls, *bare]

    def _concerns(self, service: Service, module: Module, node: ast.expr) -> bool:
        """Whether the call names one of the service's applications, or names none and runs at its start."""
        given = [*node.args, *(k.value for k in node.keywords)] if isinstance(node, ast.Call) else []
        named = {o for a in given for o in self._repo.web_objects.of(module, a)}
        if named:
            return bool(named & set(self._starts.around(service))) and self._repo.live.runs(module, node)
        return self._starts.runs(service, module, node)

    def _commanded(self, service: Service) -> Iterator[Bound]:
        """`opentelemetry-instrument uvicorn ...` in a container's command."""
        for entry in self._starts.entries(service):
            for kind, command in _COMMANDS:
                if command in entry.place.note:
                    yield Bound(Slot(kind), None, Site(entry.place.path, entry.place.line))
