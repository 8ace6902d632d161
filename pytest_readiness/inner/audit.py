"""What one process of the inner run knows about the audit: plain facts, settled before anything is collected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pytest_readiness.inner.runfolder import MAIN, Plan, RunFolder
from pytest_readiness.models import CheckSpec
from pytest_readiness.options import Loaded, ReportTarget
from pytest_readiness.settings import Settings

WORKERINPUT = "readiness"


@dataclass
class Audit:
    """Facts of an audit. Only `quarantine` and `interrupted` change while it runs."""

    folder: RunFolder
    plan: Plan
    root: Path
    settings: Settings
    reports: tuple[ReportTarget, ...] = ()
    notes: tuple[str, ...] = ()
    """On the configuration."""
    warnings: tuple[str, ...] = ()
    """On everything else."""
    who: str = MAIN
    """Id of the xdist worker, or `main`."""
    quarantine: dict[str, str] = field(default_factory=dict)
    """File of checks -> why it is not imported: a process died while importing it."""
    interrupted: bool = False
    settled: frozenset[str] = frozenset()
    """Node ids that earlier runs in the same folder have settled. Without xdist only: its workers must all agree."""

    @property
    def checks(self) -> Path:
        """Folder of the checks that run."""
        return Path(self.plan.checks)

    def for_worker(self) -> str:
        """What a worker must know, as text."""
        settings = self.settings.model_dump(mode="json")
        return json.dumps({"root": str(self.root), "settings": settings, "quarantine": self.quarantine})


def of_worker(folder: RunFolder, workerinput: Mapping[str, Any]) -> Audit:
    """The audit, in a worker."""
    data = json.loads(workerinput[WORKERINPUT])
    settings = Settings.model_validate(data["settings"])
    who, quarantine = str(workerinput["workerid"]), dict(data["quarantine"])
    return Audit(folder, folder.plan(), Path(data["root"]), settings, who=who, quarantine=quarantine)


def of_command_line(folder: RunFolder, root: Path, loaded: Loaded, warnings: tuple[str, ...]) -> Audit:
    """The audit, in the process that gathers the results."""
    plan = folder.plan()
    files = {what: why for what, why in plan.crashed.items() if "::" not in what}
    return Audit(
        folder,
        plan,
        root,
        loaded.settings,
        reports=loaded.reports,
        notes=(*plan.notes, *loaded.notes),
        warnings=warnings,
        quarantine=files,
        settled=frozenset({*folder.kept_results(), *plan.crashed}),
    )


AUDIT = pytest.StashKey[Audit]()
SPEC = pytest.StashKey[CheckSpec]()
