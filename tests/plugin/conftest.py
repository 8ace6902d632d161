"""A laboratory: tiny folders of checks, tiny repositories, and audits of them in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

HEAD = """
import asyncio, itertools, os, signal, sys, threading, time
import pytest
from pytest_readiness.authoring import Evidence, Repo, Units, check, unknown
FACTS = dict(severity="high", effort_days=1, standard="none", meets=[], falls_short=[])
"""
DOCSTRING = '''    """Is it so?

    Passes: it is.
    Falls short: it is not.
    Impact: none.
    Recommendation: make it so.
    """
'''
GOOD = "units.good('one')"
BAD = "units.bad('one', note='too small')"


def checks(**bodies: str) -> str:
    """The text of a file of checks: name -> body of the check."""
    return HEAD + "".join(one(name, body) for name, body in bodies.items())


def one(name: str, body: str, before: str = "", head: str = "def {}(repo, units):", facts: str = "**FACTS") -> str:
    """The text of one check. `before` stands above its decorator, `head` is its `def` line."""
    return "\n".join(
        ["", before, f"@check({facts})", head.format(f"test_{name}"), DOCSTRING + textwrap.indent(body, "    "), ""]
    )


def category(weight: float = 1.0, *criteria: str) -> str:
    """The text of a category.toml."""
    rows = "".join(f'[criteria.{name}]\ntitle = "{name}"\nweight = 1\n' for name in criteria)
    return f'title = "A category"\nweight = {weight}\n{rows}'


@dataclass
class Run:
    """One audit that ended."""

    status: int
    out: str
    err: str
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def results(self) -> dict[str, dict[str, Any]]:
        """Check name -> result."""
        return {c["name"]: c for a in self.report["audit_results"] for c in a["checks"]}

    @property
    def statuses(self) -> dict[str, str]:
        """Check name -> status."""
        return {name: result["status"] for name, result in self.results.items()}

    @property
    def gaps(self) -> dict[str, dict[str, Any]]:
        """Check id -> gap."""
        return {g["check_id"]: g for gaps in self.report["gaps_by_category"].values() for g in gaps}


class Lab:
    """Where an audit is tried."""

    def __init__(self, folder: Path, cache: Path) -> None:
        self.folder = folder
        self.repo = folder / "repo"
        self.checks = folder / "checks"
        self.out = folder / "out.json"
        self.temp = folder / "temp"
        self.cache = cache
        self.environment: dict[str, str] = {}
        for made in (self.repo / ".git", self.checks, self.temp, folder / "home"):
            made.mkdir(parents=True)

    def write(self, files: Mapping[str, str | bytes], base: Path | None = None) -> None:
        """Write files of the repository (or below `base`)."""
        for name, content in files.items():
            path = (base or self.repo) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())

    def check_files(self, files: Mapping[str, str], tomls: Mapping[str, str] | None = None) -> None:
        """Write files of checks; every folder gets a category.toml unless one is given."""
        self.write(files, self.checks)
        for name in {Path(file).parent.name for file in files}:
            text = (tomls or {}).get(name, category())
            self.write({f"{name}/category.toml": text}, self.checks)

    def command(self, *args: str, start: tuple[str, ...] | None = None) -> list[str]:
        """The command line of an audit; `start` is what is typed first."""
        typed = start or (str(Path(sys.executable).with_name("pytest")), "--readiness")
        return [*typed, f"--readiness-report=json:{self.out}", *args]

    def env(self) -> dict[str, str]:
        """The environment of an audit."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "READINESS", "PYTHON"))}
        kept |= {"READINESS_BUNDLED_CHECKS": str(self.checks), "XDG_CACHE_HOME": str(self.cache)}
        kept |= {"HOME": str(self.folder / "home"), "TMPDIR": str(self.temp), "COLUMNS": "80"}
        return kept | self.environment

    def popen(self, *args: str, start: tuple[str, ...] | None = None, cwd: Path | None = None) -> subprocess.Popen[str]:
        """Begin an audit, in a process group of its own."""
        return subprocess.Popen(
            self.command(*args, start=start), cwd=cwd or self.repo, env=self.env(), text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, errors="replace",
        )  # fmt: skip

    def ended(self, process: subprocess.Popen[str], limit: float = 50) -> Run:
        """The run, once it has ended. The test fails where it has not after `limit` seconds."""
        try:
            out, err = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            pytest.fail(f"the audit hung:\n{process.communicate()}")
        report = json.loads(self.out.read_text("utf-8")) if self.out.exists() else {}
        print(f"exit {process.returncode}", out, err, sep="\n")  # noqa: T201
        return Run(process.returncode, out, err, report)

    def run(self, *args: str, start: tuple[str, ...] | None = None, cwd: Path | None = None) -> Run:
        """Audit, and wait for the end."""
        return self.ended(self.popen(*args, start=start, cwd=cwd))


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compiled checks of all audits of this test run."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def lab(tmp_path: Path, cache: Path) -> Lab:
    """An empty laboratory."""
    return Lab(tmp_path, cache)


@pytest.fixture(params=["-n0", "-n1"])
def mode(request: pytest.FixtureRequest) -> str:
    """Without and with xdist."""
    return str(request.param)


MODULE = (sys.executable, "-P", "-m", "pytest_readiness")
"""What a gate on pull requests types."""
