"""What several test files need: the wheel as a user gets it, and properties that no busy machine can fail."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import hypothesis
import pytest

hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

PROJECT = Path(__file__).parent.parent


def built(kind: str, source: Path, folder: Path) -> Path:
    """The distribution of this kind (`wheel` or `sdist`), built from a source tree without any download."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True, timeout=120)
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this project."""
    return built("wheel", PROJECT, tmp_path_factory.mktemp("wheel"))
