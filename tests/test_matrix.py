"""The same audit under every supported Python, with the oldest and the newest packages, with and without xdist.

Marked `matrix`: each test makes an environment of its own and installs the wheel from the package registry.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PROJECT

pytestmark = pytest.mark.matrix

OLDEST, NEWEST = "oldest packages", "newest packages"
MACHINES = [("3.11", OLDEST), ("3.12", NEWEST), ("3.13", NEWEST), ("3.14", NEWEST)]
MODES = (("-n", "2"), ("-n", "0"), ("-p", "no:xdist"), ())
READY = Path(__file__).parent / "ready_repo"


@dataclass(frozen=True)
class Machine:
    """An environment with the wheel installed."""

    folder: Path

    def program(self, name: str) -> str:
        """Path of a program of the environment."""
        return str(self.folder / "bin" / name)

    def pip(self, *args: str) -> None:
        """Run pip on the environment."""
        pip = [sys.executable, "-m", "pip", "--python", self.program("python"), "--disable-pip-version-check", "-q"]
        subprocess.run([*pip, *args], check=True, timeout=300)

    def version_of(self, package: str) -> str:
        """The installed version of a package."""
        code = f"from importlib.metadata import version; print(version({package!r}))"
        return printed(self.program("python"), "-c", code).strip()


def printed(*command: str) -> str:
    """What a command prints, nothing where it fails."""
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return run.stdout if run.returncode == 0 else ""


def interpreters(version: str) -> Iterator[str]:
    """Where an interpreter of this version may stand: on PATH, or kept by pyenv (whose shims may point elsewhere)."""
    name = f"python{version}"
    kept = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from filter(None, [shutil.which(name)])
    yield from map(str, sorted(kept.glob(f"{version}.*/bin/{name}")))


def interpreter(version: str) -> str:
    """An interpreter of this version; the test is skipped where there is none."""
    for found in interpreters(version):
        if printed(found, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip() == version:
            return found
    pytest.skip(f"no interpreter python{version} on this machine")


def pins(which: str) -> list[str]:
    """pip constraints: the lowest version of each package that pyproject.toml allows, or none."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    return [re.sub(r">=(.*)", r"==\1.*", one) for one in project["dependencies"]] if which == OLDEST else []


def made(folder: Path, version: str, which: str, wheel: Path) -> Machine:
    """An environment of this Python with the wheel and these packages."""
    subprocess.run([interpreter(version), "-m", "venv", "--without-pip", folder], check=True, timeout=120)
    machine = Machine(folder)
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(pins(which)))
    machine.pip("install", str(wheel), "--constraint", str(constraints))
    return machine


def copied(root: Path) -> Path:
    """The ready repository, with one file that does not parse."""
    shutil.copytree(READY, root)
    (root / "src" / "broken.py").write_text("def f(:\n")
    return root


def audited(machine: Machine, repository: Path, *args: str) -> dict[str, Any]:
    """The report of an audit of the repository, started as a user would from inside it."""
    out = machine.folder / "report.json"
    out.unlink(missing_ok=True)
    command = [machine.program("pytest"), "--readiness", f"--readiness-report=json:{out}", *args]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "PYTHON", "COV"))}
    run = subprocess.run(command, cwd=repository, env=kept, capture_output=True, text=True, check=False, timeout=200)
    assert run.returncode in (0, 1), f"{args}: {run.stdout}{run.stderr}"
    return dict(json.loads(out.read_text("utf-8")))


def installed(machine: Machine) -> list[Path]:
    """What lies in the installed package, compiled modules aside."""
    (package,) = machine.folder.glob("lib/python*/site-packages/pytest_readiness")
    return sorted(path for path in package.rglob("*") if "__pycache__" not in path.parts)


def verdicts(report: dict[str, Any]) -> dict[str, tuple[str, float]]:
    """Check id -> status and score."""
    return {c["id"]: (c["status"], c["score"]) for audit in report["audit_results"] for c in audit["checks"]}


@pytest.mark.parametrize(("version", "which"), MACHINES, ids=lambda value: str(value).replace(" ", "-"))
def test_the_same_audit_everywhere(version: str, which: str, wheel: Path, tmp_path: Path) -> None:
    machine = made(tmp_path / "venv", version, which, wheel)
    repository = copied(tmp_path / "repo")
    before = installed(machine)
    reports = {" ".join(mode): audited(machine, repository, *mode) for mode in MODES}
    assert installed(machine) == before, "an audit writes nothing into the installation"
    machine.pip("uninstall", "--yes", "pytest-xdist")
    reports["xdist uninstalled"] = audited(machine, repository)
    first, score = verdicts(reports[""]), reports[""]["overall_score"]
    assert first
    assert [one for one, (status, _) in first.items() if status == "error"] == []
    for mode, report in reports.items():
        assert verdicts(report) == first, mode
        assert report["overall_score"] == pytest.approx(score), mode


def test_the_oldest_packages_are_what_the_project_promises(wheel: Path, tmp_path: Path) -> None:
    machine = made(tmp_path / "venv", "3.11", OLDEST, wheel)
    assert machine.version_of("pytest").startswith("8.4.")
    assert machine.version_of("pytest-xdist").startswith("3.6.")
    assert machine.version_of("pytest-asyncio").startswith("1.1.")


def test_a_fresh_installation_knows_its_checks(wheel: Path, tmp_path: Path) -> None:
    machine = made(tmp_path / "venv", "3.12", NEWEST, wheel)
    listed = printed(machine.program("pytest"), "--readiness-list")
    ours = printed(sys.executable, "-m", "pytest", "--readiness-list")
    assert "Security & Compliance (security_compliance" in listed
    assert listed == ours
