"""Breakers of libraries: what they were constructed with. Their state machine is taken as correct."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from pytest_readiness.repo.breakers.concrete import Concrete
from pytest_readiness.repo.breakers.driving import Setting
from pytest_readiness.repo.machine import Span
from pytest_readiness.repo.modules import Class, Site, constant
from pytest_readiness.repo.names import Names
from pytest_readiness.repo.symbolic import values as symbolic

THRESHOLDS = {"fail_max": 0, "failure_threshold": 0}
"""Parameter -> 0-based position."""
WAITS = {"reset_timeout": 1, "timeout_duration": 1, "recovery_timeout": 1}
_CLASS_FIELDS = {"failure_threshold": "FAILURE_THRESHOLD", "recovery_timeout": "RECOVERY_TIMEOUT"}


@dataclass(frozen=True, eq=False)
class LibraryBreaker:
    """A breaker of a library as one place constructs it."""

    obj: symbolic.Obj
    concrete: Concrete
    names: Names

    @property
    def threshold(self) -> Setting | None:
        """The failures that open it; None where only the library's default says so."""
        return self._setting(THRESHOLDS)

    @property
    def recovery(self) -> Setting | None:
        """The seconds it stays open; None where only the library's default says so."""
        return self._setting(WAITS)

    def _setting(self, parameters: dict[str, int]) -> Setting | None:
        for name, position in parameters.items():
            found = self._passed(name, position) or self._inherited(name)
            if found is not None:
                return found
        return None

    def _passed(self, name: str, position: int) -> Setting | None:
        call = self.obj.node if isinstance(self.obj.node, ast.Call) else None
        written = next((k.value for k in call.keywords if k.arg == name), None) if call else None
        values = dict(self.obj.kwargs)
        if name in values:
            return self._number(values[name], written)
        if position < len(self.obj.args):
            node = call.args[position] if call and position < len(call.args) else None
            return self._number(self.obj.args[position], node)
        return None

    def _number(self, value: symbolic.Value, node: ast.expr | None) -> Setting | None:
        module = self.obj.module
        found = self.concrete.of(value, (module, node) if node is not None else None)
        number = found.seconds if isinstance(found, Span) else found
        if isinstance(number, bool) or not isinstance(number, int | float):
            return None
        site = self.concrete.site(module, node) if node is not None else self.obj.place
        return Setting(float(number), site, self.obj.place)

    def _inherited(self, name: str) -> Setting | None:
        """A class attribute of a class that extends the library's."""
        wanted = _CLASS_FIELDS.get(name)
        line = self.names.ancestry(self.obj.of) if isinstance(self.obj.of, Class) and wanted else []
        for cls in (c for c in line if isinstance(c, Class)):
            for binding in self.names.bindings(cls).get(str(wanted), []):
                value = constant(binding.value)
                if isinstance(value, int | float):
                    site: Site = cls.module.at(binding.node)
                    return Setting(float(value), site, site)
        return None
