"""What the repository logs and how, each fact computed once: `repo.logging`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.repo.logs.binding import Bindings
from pytest_readiness.repo.logs.calls import LogCalls
from pytest_readiness.repo.logs.emitting import Emission, Emitting
from pytest_readiness.repo.logs.formats import Formats
from pytest_readiness.repo.logs.setups import Setup, Setups
from pytest_readiness.repo.logs.slots import Bound, Slots, is_trace_key
from pytest_readiness.repo.logs.starts import Service, Starts
from pytest_readiness.repo.logs.usage import Usage
from pytest_readiness.repo.modules import Site
from pytest_readiness.repo.telemetry.signals import Finding
from pytest_readiness.repo.tenants.words import is_tenant_name

if TYPE_CHECKING:
    from pytest_readiness.repo.repository import Repo

_LOG_CONFIG = re.compile(r"""--log-config["',=\s]+([^\s"',\]]+)""")


_MOST = 3
"""Most places that say what is half done."""


class Logging:
    """Entry to the facts about logging."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo

    @cached_property
    def calls(self) -> LogCalls:
        """Which calls write a record."""
        return LogCalls(self._repo.names)

    @cached_property
    def setups(self) -> Setups:
        """What product code puts on the root logger."""
        return Setups(self._repo)

    @cached_property
    def formats(self) -> Formats:
        """Which parts of a set-up write structured records."""
        return Formats(self._repo.names, self._repo.origins)

    @cached_property
    def starts(self) -> Starts:
        """Services, and what runs when they start."""
        return Starts(self._repo)

    @cached_property
    def slots(self) -> Slots:
        """Where values are kept for the length of a request."""
        return Slots(self._repo)

    @cached_property
    def _emitting(self) -> Emitting:
        return Emitting(self._repo, self.slots)

    @cached_property
    def _bindings(self) -> Bindings:
        return Bindings(self._repo, self.starts, self.slots)

    @cached_property
    def usage(self) -> Usage:
        """What is recorded of the calls of models."""
        return Usage(self._repo)

    @property
    def services(self) -> tuple[Service, ...]:
        """Modules that create an ASGI or WSGI application."""
        return self.starts.services

    def setups_of(self, service: Service) -> list[Setup]:
        """The set-ups that run when the service starts, in code or by its server's command."""
        if service not in self._of_service:
            found = [s for s in self.setups.all if s.by_server or self.starts.runs(service, s.module, s.node)]
            self._of_service[service] = [*found, *self._by_command(service)]
        return self._of_service[service]

    @cached_property
    def _of_service(self) -> dict[Service, list[Setup]]:
        return {}

    def _by_command(self, service: Service) -> list[Setup]:
        """`uvicorn --log-config logging.yaml` in a container's command."""
        notes = [e.place.note for e in self.starts.entries(service)]
        names = [m.group(1) for n in notes for m in _LOG_CONFIG.finditer(n)]
        return self.setups.configured(service.module, list(dict.fromkeys(names)))

    def structured(self, service: Service) -> Finding:
        """Whether what the service logs is structured, and where that is set up."""
        setups = self.setups_of(service)
        for setup in setups:
            for part in setup.parts:
                if self.formats.structured(part):
                    place = setup.module.at(setup.node, "runs when the service starts")
                    return Finding(True, "records are structured", (place, _noted(part.site, "writes JSON or logfmt")))
        places = [s.module.at(s.node, "runs when the service starts and writes text") for s in setups]
        note = "writes plain text" if setups else "no logging set-up runs when the service starts"
        return Finding(False, note, tuple(places) or (self._created(service),))

    def traced(self, service: Service) -> Finding:
        """Whether every record of a request of the service carries the id of the request or its trace."""
        return self._carried(service, is_trace_key, "an id")

    def with_tenant(self, service: Service) -> Finding:
        """Whether every record of a request of the service carries the tenant."""
        return self._carried(service, is_tenant_name, "the tenant")

    @cached_property
    def tenant_everywhere(self) -> Finding:
        """Whether every record of every service carries the tenant; the places that prove it."""
        found = [self.with_tenant(s) for s in self.services]
        ok = bool(found) and all(v.ok for v in found)
        return Finding(ok, "every record tells the tenant", tuple(p for v in found for p in v.places))

    def _carried(self, service: Service, wanted: Callable[[str], bool], what: str) -> Finding:
        bound, emitted = self._bindings.of(service), self._emitted(service)
        for emission in emitted:
            for one in bound:
                if one.slot == emission.slot and (key := _key(one, emission, wanted)) is not None:
                    binding = _noted(one.site, f"binds {what} for each request")
                    written = _noted(emission.site, f"written into every record as {key}")
                    return Finding(True, f"every record carries {key}", (binding, written))
        unread = [_noted(b.site, "is bound, but no logging set-up of the service writes it") for b in bound]
        unset = [_noted(e.site, "is written, but nothing binds it for the service") for e in emitted]
        halves = (*unread[:_MOST], *unset[:_MOST])
        return Finding(False, f"its records do not carry {what}", halves or (self._created(service),))

    def _emitted(self, service: Service) -> list[Emission]:
        """What the service's set-ups write into every record."""
        return self._emitting.of([p for s in self.setups_of(service) for p in s.parts])

    def _created(self, service: Service) -> Site:
        return Site(service.path, service.line, "creates the application")


def _key(bound: Bound, emission: Emission, wanted: Callable[[str], bool]) -> str | None:
    """The wanted key under which what is bound is written."""
    keys = [emission.key] if emission.key is not None else sorted(bound.keys or ())
    return next((k for k in keys if wanted(k)), None)


def _noted(site: Site, note: str) -> Site:
    return Site(site.path, site.line, note)
